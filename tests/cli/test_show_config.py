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


def test_settings_show_without_waiting_for_tensorflow(tmp_path):
    (tmp_path / "inpaint.yml").write_text("batch_size: 8\ngpu_type: p100")
    program = f"""
import atexit, sys
atexit.register(lambda: print("# loaded:", *({{"tensorflow", "keras"}} & sys.modules.keys())))
sys.argv = ["deepfill", "show-config", "--config={tmp_path / "inpaint.yml"}"]
from deepfill.cli import main
main.run()
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert yaml.safe_load(ended.stdout)["training"]["batch_size"] == 8 and ended.stdout.endswith("# loaded:\n")
    assert ended.stderr.startswith("warning: ")
    assert "inpaint.yml: these settings of the original have no effect here: gpu_type" in ended.stderr
