"""Where the bundled weights and examples are, and choices and defaults of completing."""

import pathlib

_PACKAGE = pathlib.Path(__file__).resolve().parent


def _bundled(installed: str, checkout: str) -> pathlib.Path:
    """A folder that an installed package contains, and that a checkout has elsewhere."""
    inside = _PACKAGE / installed
    return inside if inside.is_dir() else _PACKAGE.parent / checkout


DEFAULT_CHECKPOINT = _bundled("default_checkpoint", "checkpoints/photos-256")
EXAMPLES = _bundled("default_examples", "examples")

DETAIL = 0.92
"""How much of the photograph's fine detail holes receive: more texture, higher L1; see docs/notes/training_log.md."""

WHOLE_PIXELS = 2**16 - 1
"""The most pixels of a picture that the strategy `auto` completes as a whole: smaller than training pictures."""

MASK_SOURCES = ("auto", "light", "dark", "alpha", "nonzero")
"""What may mark the hole in a mask, the default first; `deepfill.photos.mark` says what each means."""

STRATEGIES = ("auto", "whole", "window")
"""How the networks may see a picture, the default first; see `deepfill.inpainting.Inpainter`."""

BLENDS = ("none", "poisson")
"""How the holes may be blended into their pictures, the default first."""
