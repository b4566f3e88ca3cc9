"""Where the default weights are."""

import pathlib

_PACKAGE = pathlib.Path(__file__).resolve().parent

# An installed package carries them inside; a checkout has them in checkpoints/.
_INSTALLED = _PACKAGE / "default_checkpoint"
DEFAULT_CHECKPOINT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent / "checkpoints" / "photos-256"
