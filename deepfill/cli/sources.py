"""Checks that the pictures and masks of settings exist, before TensorFlow loads."""

import glob
import os

from deepfill import config
from deepfill.errors import DeepFillError


def require_sources(settings: config.RunSettings) -> None:
    """Makes sure that the sources of pictures and masks exist; their contents are read later.

    Raises:
        DeepFillError: no source is set, or one does not exist; the message names the setting.
    """
    data, validation = settings.data, settings.validation
    if not (data.images or data.records or data.tfds):
        raise DeepFillError(
            "expected one of data.images, data.records and data.tfds, got none (try --set=data.images=FOLDER)"
        )
    sources = {
        "data.images": data.images,
        "data.records": data.records,
        "masks.files": settings.masks.files,
        "validation.images": validation.images,
        "validation.masks": validation.masks,
    }
    for setting, source in sources.items():
        if source and not glob.has_magic(source) and not os.path.exists(source):
            raise DeepFillError(f"{setting}: expected a folder, a glob or a list, got {source}, which does not exist")
