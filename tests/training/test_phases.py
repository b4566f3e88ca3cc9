import pytest

from deepfill.config import PhaseSettings, TrainingSettings
from deepfill.training.schedule import learning, learning_rate, phase

BOTH = ("generator", "discriminator")


def test_phases_follow_one_another_and_then_everything_learns():
    phases = [{"steps": 3, "learn": ["generator"]}, {"steps": 2, "learn": ["discriminator"], "learning_rate": 5e-5}]
    options = TrainingSettings(phases=phases)
    assert [learning(options, BOTH, step) for step in range(1, 8)] == [
        *[("generator",)] * 3,
        *[("discriminator",)] * 2,
        *[BOTH] * 2,
    ]
    rates = [learning_rate(options, step) for step in (3, 4, 5, 6)]
    assert rates == pytest.approx([1e-4, 5e-5, 5e-5, 1e-4])


def test_a_phase_of_no_length_lasts_to_the_end():
    options = TrainingSettings(phases=[{"steps": 1}, {"frozen": True}, {"steps": 5}])
    assert [phase(options, step).frozen for step in (1, 2, 9)] == [False, True, True]
    assert phase(TrainingSettings(), 1) == PhaseSettings()


def test_the_generator_waits_for_several_steps_of_the_discriminator():
    options = TrainingSettings(discriminator_steps=3)
    assert [learning(options, BOTH, step) for step in range(1, 5)] == [*[("discriminator",)] * 2, BOTH, BOTH[1:]]
    assert learning(options, ["generator"], 1) == ("generator",)
