"""Where the bundled weights are, and defaults of completing."""

import pathlib

_PACKAGE = pathlib.Path(__file__).resolve().parent

# An installed package contains them; a checkout has them in checkpoints/.
_INSTALLED = _PACKAGE / "default_checkpoint"
DEFAULT_CHECKPOINT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent / "checkpoints" / "photos-256"

DETAIL = 0.92
"""How much of the photograph's fine detail holes receive: more texture, higher L1; see docs/notes/training_log.md."""

WHOLE_PIXELS = 2**16 - 1
"""The most pixels of a picture that the strategy `auto` completes as a whole: smaller than training pictures."""
