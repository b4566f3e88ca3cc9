"""Breaks real runs on purpose and looks at what is left: `python -m tests.drills.fault [DRILL ...]`, some minutes each.

Drills: exact_resumption, sigterm, kill_while_saving, truncated, full_disk, broken_files and vanishing_pictures; by
default all.

Not part of the tests: the drills kill at random moments, and the full disk is a mount, which only root may make.
"""

import contextlib
import json
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import numpy as np
import tensorflow as tf

from tests.drills.names import chosen

ROOT = pathlib.Path(__file__).resolve().parents[2]
KILLS = 20
SETTINGS = {
    "data.images": ROOT / "examples/images",
    "data.size": 64,
    "data.shorter_side": 96,
    "masks.rectangle.height": 32,
    "masks.rectangle.width": 32,
    "masks.rectangle.shrink": 4,
    "masks.strokes.width": "[4,12]",
    "model.width": 8,
    "model.discriminator_width": 8,
    "training.batch_size": 4,
    "training.log_every": 1,
    "training.average": 0.9,
    "training.steps": 100000,
}
WIDE = {"model.width": 48, "model.discriminator_width": 64, "training.batch_size": 1}


def start(workdir, out=None, **changes):
    """Starts `train.py`; its output goes to a file, beside the workdir unless said otherwise."""
    arguments = [f"--set={key}={value}" for key, value in {**SETTINGS, **changes}.items()]
    command = [sys.executable, "train.py", "--config=configs/photos.yml", f"--workdir={workdir}", *arguments]
    with open(out or f"{workdir}.out", "a") as file:
        return subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=file)


def said(workdir):
    """The last lines of the output that are ours."""
    text = pathlib.Path(f"{workdir}.out").read_text().replace("\r", "\n")
    return [line for line in text.splitlines() if line.startswith(("error:", "stopped", "saved", "resuming"))]


def wait_for(condition, process, seconds=300):
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, "it ended by itself"
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.01)


def steps_in(workdir):
    return sorted(int(path.stem.removeprefix("ckpt-")) for path in workdir.glob("ckpt-*.index"))


def newest(workdir):
    return max(steps_in(workdir), default=0)


def values_in(workdir):
    """Every number in the newest checkpoint; TensorFlow checks their sums."""
    reader = tf.train.load_checkpoint(str(workdir / f"ckpt-{newest(workdir)}"))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map() if "VALUE" in name}


def require_whole(workdir):
    """Reads the newest checkpoint; all numbers must be finite."""
    for name, value in values_in(workdir).items():
        assert np.isfinite(value).all(), name


def exact_resumption(folder):
    """Ten steps, and five, SIGKILL after the seventh, and again from the fifth: the same weights and moments."""
    results = []
    for replicas in (1, 2):
        options = {"training.steps": 10, "training.checkpoint_every": 5, "training.replicas": replicas}
        options["training.logical_replicas"] = "true"
        straight, killed = folder / f"straight{replicas}", folder / f"killed{replicas}"
        assert start(straight, **options).wait() == 0
        process = start(killed, **options)
        wait_for(lambda killed=killed: "step 7 " in _log(killed), process)
        process.kill()
        process.wait()
        assert steps_in(killed) == [5]
        assert start(killed, **options).wait() == 0
        expected, found = values_in(straight), values_in(killed)
        assert expected.keys() == found.keys()
        worst = max(np.abs(found[name].astype(float) - value).max() for name, value in expected.items())
        results.append(f"{replicas} replica(s): {len(expected)} variables, largest difference {worst:g}")
        assert worst <= (0 if replicas == 1 else 1e-6)
    return results


def sigterm(folder):
    """SIGTERM in the middle: saves, says so, and ends with 143; SIGINT with 130."""
    results = []
    for number in (signal.SIGTERM, signal.SIGINT):
        workdir = folder / number.name
        process = start(workdir)
        wait_for(lambda workdir=workdir: "step 3 " in _log(workdir), process)
        process.send_signal(number)
        began = time.monotonic()
        status = process.wait(120)
        require_whole(workdir)
        results.append(f"{number.name}: status {status} after {time.monotonic() - began:.1f} s, {said(workdir)[-1]!r}")
        assert status == 128 + number
    return results


def kill_while_saving(folder):
    """SIGKILL at a random moment of the writing of a large checkpoint, many times in one run."""
    workdir = folder / "run"
    halves = 0
    for _ in range(KILLS):
        last = newest(workdir)
        shutil.rmtree(workdir / ".saving", ignore_errors=True)  # of the kill before: this run's own is waited for
        process = start(workdir, **{"training.checkpoint_every": 1, "training.keep": 2, **WIDE})
        wait_for(lambda last=last: newest(workdir) > last and (workdir / ".saving").exists(), process)
        time.sleep(random.uniform(0, 0.1))
        process.kill()
        process.wait()
        halves += (workdir / ".saving").exists()
        assert newest(workdir) > last
        require_whole(workdir)
    return [f"{KILLS} kills, {halves} in the middle of a save; the newest was whole each time, at last {last}"]


def truncated(folder):
    """The newest checkpoint's data is cut in half: it is named, and the one before is used."""
    workdir = folder / "run"
    assert start(workdir, **{"training.steps": 4, "training.checkpoint_every": 2}).wait() == 0
    data = next(workdir.glob("ckpt-4.data*"))
    data.write_bytes(data.read_bytes()[: data.stat().st_size // 2])
    assert start(workdir, **{"training.steps": 6, "training.checkpoint_every": 2}).wait() == 0
    log = pathlib.Path(f"{workdir}.out").read_text()
    assert "ckpt-4: damaged" in log and "resuming from " + str(workdir / "ckpt-2") in log
    require_whole(workdir)
    return [line.split("] ")[-1] for line in log.splitlines() if "damaged" in line][:1]


def full_disk(folder):
    """A disk of 12 MB that fills up: an error that says so, and the checkpoints of before stay whole."""
    workdir = folder / "disk" / "run"
    with _small_disk(folder / "disk", megabytes=12):
        process = start(folder / "outside", **{"training.steps": 1})
        assert process.wait() == 0
        shutil.copytree(folder / "outside", workdir)
        out = folder / "full.out"
        status = start(workdir, out, **{"training.checkpoint_every": 2, "training.keep": 50}).wait()
        assert status == 1
        require_whole(workdir)
        lines = out.read_text().replace("\r", "\n").splitlines()
        assert not any("Traceback" in line for line in lines)
        return [line for line in lines if line.startswith("error:")] + [f"left whole: {steps_in(workdir)}"]


def broken_files(folder):
    """A folder in which one file of twenty is broken: the run goes on and names each once."""
    pictures = folder / "pictures"
    pictures.mkdir()
    examples = sorted((ROOT / "examples/images").iterdir())
    for number in range(100):
        target = pictures / f"{number:03}.jpg"
        shutil.copy(examples[number % len(examples)], target)
        if number % 20 == 0:
            target.write_bytes(target.read_bytes()[:300])
    workdir = folder / "run"
    assert start(workdir, **{"data.images": pictures, "training.steps": 30}).wait() == 0
    skipped = pathlib.Path(f"{workdir}.out").read_text().count("Skipped:")
    last = json.loads((workdir / "scalars.jsonl").read_text().splitlines()[-1])
    assert skipped == last["unreadable_pictures"] == 5
    return [f"30 steps of 4 pictures; named once each: {skipped}"]


def vanishing_pictures(folder):
    """The pictures are deleted while the run lasts: it saves, says so, and ends with status 1."""
    pictures = folder / "pictures"
    shutil.copytree(ROOT / "examples/images", pictures)
    workdir = folder / "run"
    process = start(workdir, **{"data.images": pictures})
    wait_for(lambda: "step 3 " in _log(workdir), process)
    shutil.rmtree(pictures)
    assert process.wait(120) == 1
    require_whole(workdir)
    return said(workdir)[-2:]


def _log(workdir):
    path = workdir / "train.log"
    return path.read_text() if path.exists() else ""


@contextlib.contextmanager
def _small_disk(path, megabytes):
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", path], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", path], check=True)


DRILLS = {
    drill.__name__: drill
    for drill in (exact_resumption, sigterm, kill_while_saving, truncated, full_disk, broken_files, vanishing_pictures)
}

if __name__ == "__main__":
    for each in map(DRILLS.get, chosen(DRILLS, sys.argv[1:])):
        with tempfile.TemporaryDirectory() as temporary:
            for result in each(pathlib.Path(temporary)):
                print(f"{each.__name__}: {result}", flush=True)
