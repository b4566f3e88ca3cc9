"""Damaged and hostile files keep no reader busy, fill no memory, and end in a sentence."""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]
SECONDS = os.environ.get("DEEPFILL_FUZZ_SECONDS", "5")


def test_damaged_and_hostile_files_are_read_or_refused_within_bounds(tmp_path):
    # In a process of its own, whose memory is measured, and which a decoder may crash.
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.drills.photos", f"--seconds={SECONDS}"]
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr[-2000:]
    print(ended.stdout)
