"""Where the bundled weights and examples are, and defaults of completing."""

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
