"""The image for containers, as far as it can be tested without a program that builds images."""

import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]


def test_the_image_gets_all_that_the_package_is_made_of(tmp_path):
    stage = (ROOT / "deploy/Dockerfile").read_text().split("\nFROM ")[1]
    sent = (ROOT / "deploy/Dockerfile.dockerignore").read_text().splitlines()
    copied = [line.split()[1:] for line in stage.splitlines() if line.startswith("COPY ")]
    for *sources, place in copied:
        for source in sources:
            assert f"!{source}" in sent
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, tmp_path / place)
            else:
                shutil.copy(ROOT / source, tmp_path / place)
    subprocess.run([sys.executable, "setup.py", "--quiet", "build_py"], cwd=tmp_path, check=True)
    built = tmp_path / "build/lib/deepfill"
    assert list(built.glob("default_examples/images/*")) and list(built.glob("default_checkpoint/*.index"))
