"""Where the bundled weights are, and choices and defaults of completing."""

import pathlib

_PACKAGE = pathlib.Path(__file__).resolve().parent

# An installed package contains them; a checkout has them in checkpoints/.
_INSTALLED = _PACKAGE / "default_checkpoint"
DEFAULT_CHECKPOINT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent / "checkpoints" / "photos-256"

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
