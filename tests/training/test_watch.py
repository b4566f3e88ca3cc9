import numpy as np
import pytest
import tensorflow as tf

from deepfill.errors import DeepFillError
from deepfill.training.watch import Watch


class Heard:
    """Reports that remember."""

    def __init__(self):
        self.steps, self.failed, self.notes = [], 0, []

    def step(self, values, waited):
        self.steps.append(values)

    def failed_step(self, waited):
        self.failed += 1

    def note(self, message):
        self.notes.append(message)


def report(finite=1.0, stopping=0.0, **values):
    values = {"generator/total": 1.0, "generator/gradient_norm": 2.0, **values}
    return {name: tf.constant(x) for name, x in {"finite": finite, "stopping": stopping, **values}.items()}


BAD_LOSS = {"finite": 0.0, "generator/total": np.nan, "generator/gradient_norm": np.nan}


def test_steps_are_read_one_late_and_at_once_when_settled():
    heard = Heard()
    watch = Watch(heard, 3)
    watch.add(1, report(), 0.0)
    assert heard.steps == []
    watch.add(2, report(**{"generator/total": 5.0}), 0.0)
    assert heard.steps == [{"generator/total": 1.0, "generator/gradient_norm": 2.0}]
    watch.settle()
    watch.settle()
    assert [values["generator/total"] for values in heard.steps] == [1.0, 5.0]


def test_bad_steps_in_a_row_end_the_run_and_say_which_loss_at_which_step():
    heard = Heard()
    watch = Watch(heard, 3)
    for number, values in enumerate([BAD_LOSS, BAD_LOSS, {}, BAD_LOSS, BAD_LOSS, BAD_LOSS], 11):
        watch.add(number, report(**values), 0.0)
    assert heard.notes[0] == "step 11 not applied: not finite: generator/total, generator/gradient_norm"
    with pytest.raises(DeepFillError, match=r"step 16: 3 steps in a row were not finite, the last in generator/total"):
        watch.settle()
    assert len(heard.steps) == 1 and heard.failed == 5


def test_float16_may_overflow_as_long_as_the_scale_can_fall():
    heard = Heard()
    watch = Watch(heard, 2)
    overflow = {"finite": 0.0, "generator/gradient_norm": np.inf}
    for number in range(1, 17):
        watch.add(number, report(**overflow, loss_scale=2.0 ** (16 - number)), 0.0)
    watch.settle()
    assert heard.failed == 16
    with pytest.raises(DeepFillError, match="step 18: 2 steps in a row"):
        watch.add(18, report(**overflow, loss_scale=1.0), 0.0)
        watch.settle()


def test_an_overflow_in_the_discriminator_excuses_the_generator_that_it_then_judges_but_not_itself():
    heard = Heard()
    watch = Watch(heard, 1)
    overflow = {"finite": 0.0, "loss_scale": 2.0, "discriminator/gradient_norm": np.inf, "generator/total": np.nan}
    watch.add(1, report(**overflow), 0.0)
    watch.settle()
    assert heard.failed == 1 and heard.notes == []
    with pytest.raises(DeepFillError, match=r"step 2: .* the last in generator/total, discriminator/total"):
        watch.add(2, report(**{"discriminator/total": np.nan, **overflow}), 0.0)
        watch.settle()


def test_any_worker_that_wants_to_stop_is_heard():
    watch = Watch(Heard(), 2)
    watch.add(1, report(), 0.0)
    watch.settle()
    assert not watch.stopping
    watch.add(2, report(stopping=0.25), 0.0)
    watch.settle()
    assert watch.stopping
