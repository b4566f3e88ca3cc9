import tensorflow as tf

from deepfill.training.loss_scale import LossScale


def told(scale, *finite):
    for each in finite:
        scale.update(tf.constant(each))
    return float(scale.scale), int(scale.steps)


def test_it_halves_where_gradients_overflow_and_begins_to_count_anew():
    assert told(LossScale(), True, True, False) == (2.0**14, 0)
    assert told(LossScale(), False, False, True) == (2.0**13, 1)


def test_it_never_falls_below_one():
    assert told(LossScale(), *[False] * 40) == (1.0, 0)


def test_it_doubles_after_two_thousand_finite_steps_in_a_row():
    scale = LossScale()
    scale.steps.assign(1998)
    assert told(scale, True) == (2.0**15, 1999)
    assert told(scale, True) == (2.0**16, 0)
