"""`deepfill show-config`: all settings on stdout, and they are a --config again."""

import subprocess
import sys

import yaml

from deepfill.systems.deepfill_v2.settings import DeepFillV2Settings
from deepfill.systems.settings import read_settings


def test_all_settings_are_printed_with_the_overrides(deepfill_command, tmp_path):
    (tmp_path / "run.yml").write_text("model: {width: 8}")
    ended = deepfill_command("show-config", f"--config={tmp_path / 'run.yml'}", "--set=training.steps=7")
    assert ended.status == 0 and not ended.err
    shown = yaml.safe_load(ended.out)
    assert shown["model"]["width"] == 8 and shown["training"]["steps"] == 7
    assert shown["losses"] == DeepFillV2Settings().losses.model_dump(mode="json")
    (tmp_path / "again.yml").write_text(ended.out)
    assert read_settings(tmp_path / "again.yml") == read_settings(tmp_path / "run.yml", ["training.steps=7"])


def test_settings_of_the_original_without_an_effect_are_warned_of(tmp_path):
    (tmp_path / "inpaint.yml").write_text("batch_size: 8\ngpu_type: p100")
    command = [sys.executable, "-m", "deepfill", "show-config", f"--config={tmp_path / 'inpaint.yml'}"]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert yaml.safe_load(ended.stdout)["training"]["batch_size"] == 8
    assert ended.stderr.startswith("warning: ")
    assert "inpaint.yml: these settings of the original have no effect here: gpu_type" in ended.stderr
