"""Pictures that settings name are looked for before anything is loaded."""

import pytest

from deepfill.cli.sources import require_sources
from deepfill.config import DataSettings, ValidationSettings
from deepfill.errors import DeepFillError
from deepfill.systems.deepfill_v2.settings import DeepFillV2Settings


def test_a_source_that_is_not_there_is_named_by_its_setting(tmp_path):
    images = DataSettings(images=str(tmp_path))
    require_sources(DeepFillV2Settings(data=images))
    require_sources(
        DeepFillV2Settings(data=DataSettings(images="photos/*/[0-9]*.jpg"))
    )  # a glob: what it finds is seen later
    with pytest.raises(DeepFillError, match=r"data\.images: expected a folder, .*, got .*none, which does not exist"):
        require_sources(DeepFillV2Settings(data=DataSettings(images=str(tmp_path / "none"))))
    with pytest.raises(DeepFillError, match=r"validation\.masks: .*none"):
        require_sources(DeepFillV2Settings(data=images, validation=ValidationSettings(masks=str(tmp_path / "none"))))
