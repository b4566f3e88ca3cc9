"""Which networks learn at a step: a function of its number only, so that a resumed run does the same."""

from collections.abc import Collection

from deepfill.config import PhaseSettings, TrainingSettings

_WHOLE = PhaseSettings()


def phase(options: TrainingSettings, step: int) -> PhaseSettings:
    """The phase of a step, counted from 1; after the last one everything learns."""
    last = 0
    for each in options.phases:
        last += each.steps
        if step <= last or not each.steps:
            return each
    return _WHOLE


def learning(options: TrainingSettings, networks: Collection[str], step: int) -> tuple[str, ...]:
    """The names of those `networks` that learn at a step, counted from 1.

    While the discriminator learns, the generator learns only at every `training.discriminator_steps`-th step.
    """
    names = tuple(name for name in networks if name in phase(options, step).learn)
    waits = "discriminator" in names and step % options.discriminator_steps
    return ("discriminator",) if waits else names
