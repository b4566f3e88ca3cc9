import pytest

from deepfill.config import TrainingSettings
from deepfill.training.schedule import learning_rate


def rates(**options):
    options = TrainingSettings(steps=10, learning_rate=1.0, **options)
    return [round(learning_rate(options, step), 6) for step in range(1, 11)]


def test_a_constant_rate_stands():
    assert rates() == [1.0] * 10


def test_the_warm_up_rises_straight_and_its_last_step_has_the_whole_rate():
    assert rates(warmup_steps=4) == [0.25, 0.5, 0.75] + [1.0] * 7


def test_a_linear_rate_ends_at_the_final_one():
    assert rates(schedule="linear") == [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0]
    assert rates(schedule="linear", final_learning_rate=0.5)[-1] == 0.5


def test_a_cosine_is_half_way_in_the_middle_after_the_warm_up():
    found = rates(schedule="cosine", warmup_steps=2, final_learning_rate=0.1)
    assert found[:2] == [0.5, 1.0]
    assert found[5] == pytest.approx(0.55) and found[-1] == 0.1
    assert found[2:] == sorted(found[2:], reverse=True)


def test_a_run_that_goes_on_beyond_its_steps_stays_at_the_final_rate():
    options = TrainingSettings(steps=10, schedule="cosine", final_learning_rate=0.2)
    assert learning_rate(options, 15) == pytest.approx(0.2)
