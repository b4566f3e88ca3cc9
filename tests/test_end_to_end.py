"""From photographs to a completed photograph through the real commands, with a crash in between."""

import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest

from deepfill.photos import mark, read_planes
from deepfill.photos.images import read_image
from tests.making.waiting import until

ROOT = pathlib.Path(__file__).parents[1]
STEPS = 20
EXAMPLES = ("chelsea", "rocket")
# For the few steps before the crash: to trace one takes longer.
EAGERLY = """
import runpy, sys, tensorflow as tf
tf.config.run_functions_eagerly(True)
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def command(*arguments):
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True)


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    """A run on the example photographs that was killed after its first checkpoint and started again."""
    workdir = tmp_path_factory.mktemp("run")
    arguments = ["train.py", "--config=configs/smoke.yml", f"--workdir={workdir}"]
    arguments += ["--set=training.log_every=1", "--set=training.checkpoint_every=2", f"--set=validation.every={STEPS}"]
    log = workdir / "train.log"
    with subprocess.Popen([sys.executable, "-c", EAGERLY, *arguments], cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        # Past the checkpoint at step 2, so that steps are lost and taken again.
        until(lambda: process.poll() is not None or (log.exists() and "step 3 " in log.read_text()), 300)
        assert process.poll() is None, "training ended before its first checkpoint"
        process.kill()
    done = command(*arguments)
    assert done.returncode == 0, done.stderr
    return workdir


def test_a_killed_run_goes_on_from_its_last_checkpoint_and_its_losses_stay_in_line(workdir):
    log = (workdir / "train.log").read_text()
    resumed = int(re.search(r"resuming from .*ckpt-(\d+)", log)[1])
    first, second = log.split("resuming from")
    before, after = (
        {int(step): float(loss) for step, loss in re.findall(r"step (\d+) .*generator/total=(\S+)", part)}
        for part in (first, second)
    )
    assert min(after) == resumed + 1 and max(after) == STEPS
    # Steps that were lost in the crash are taken again, on the same pictures with the same holes.
    lost = before.keys() & after.keys()
    assert lost
    for step in lost:
        assert after[step] == pytest.approx(before[step], rel=1e-3)
    losses = list({**before, **after}.values())
    assert np.isfinite(losses).all() and np.mean(losses[-5:]) < np.mean(losses[:5])


def test_the_trained_checkpoint_completes_a_folder_of_photographs(workdir, tmp_path):
    examples = ROOT / "examples"
    (tmp_path / "photos").mkdir()
    for name in EXAMPLES:
        (tmp_path / f"photos/{name}.jpg").symlink_to(examples / f"images/{name}.jpg")
    folders = {"image": tmp_path / "photos", "mask": examples / "masks", "output": tmp_path / "out"}
    flags = [f"--{name}={folder}" for name, folder in folders.items()]
    done = command("test.py", *flags, f"--checkpoint_dir={workdir}")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [f"{name}.png" for name in EXAMPLES]
    for name in EXAMPLES:
        image, mask = read_image(examples / f"images/{name}.jpg"), mark(read_planes(examples / f"masks/{name}.png"))
        completed = read_image(tmp_path / f"out/{name}.png")
        np.testing.assert_array_equal(completed[~mask], image[~mask])
        assert (completed[mask] != image[mask]).any()
