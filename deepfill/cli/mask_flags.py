"""Flags of several commands: which mask belongs to a picture, and what marks the hole in it."""

from absl import flags

from deepfill.defaults import MASK_SOURCES

flags.disclaim_key_flags()  # they belong to the calling command


def define_mask_flags() -> None:
    """Defines --mask_suffix, --mask_from and --mask_threshold, at this place in the command's help."""
    flags.DEFINE_string(
        "mask_suffix", "", "The mask of photo.jpg is photoSUFFIX.png, such as photo_mask.png with --mask_suffix=_mask."
    )
    flags.DEFINE_enum(
        "mask_from",
        MASK_SOURCES[0],
        MASK_SOURCES,
        "What marks the hole in a mask: light, dark, transparent or non-zero pixels; auto: light pixels, and masks "
        "with transparent parts are rejected.",
    )
    flags.DEFINE_float(
        "mask_threshold",
        0.5,
        "A pixel is marked if it is lighter, darker or more transparent than this share, 0 to 1.",
        0,
    )
