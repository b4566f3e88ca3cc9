"""What a step depends on: which networks learn, and the learning rate.

Functions of the step's number only, so that a resumed run does the same.
"""

import math
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


def learning_rate(options: TrainingSettings, step: int) -> float:
    """The learning rate of a step, counted from 1.

    Returns:
        During the warm-up, a share of `options.learning_rate` that rises linearly to 1; afterwards as
        `options.schedule` says, down to `options.final_learning_rate` at `options.steps`.
        In a phase with its own learning rate, that one.
    """
    if own := phase(options, step).learning_rate:
        return own
    top, bottom, warmup = options.learning_rate, options.final_learning_rate, options.warmup_steps
    if step < warmup:
        return top * step / warmup
    if options.schedule == "constant":
        return top
    progress = min(1.0, (step - warmup) / max(1, options.steps - warmup))
    remaining = 1 - progress if options.schedule == "linear" else (1 + math.cos(math.pi * progress)) / 2
    return bottom + (top - bottom) * remaining
