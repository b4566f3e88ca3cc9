"""The learning rate, step by step."""

import math

from deepfill.config import TrainingSettings
from deepfill.training.phases import phase


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
