"""Breaks real batches on purpose and looks at what is left: `python -m tests.drills.batch [DRILL ...]`, minutes each.

Drills: stopped, ten_thousand, hundred_thousand, ray_same_bytes and ray_killed; by default all.

Not part of the tests: the drills kill at random moments, and a batch of ten thousand takes its time.
"""

import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

import numpy as np

from tests.drills.names import chosen
from tests.making.checkpoints import checkpoint

ROOT = pathlib.Path(__file__).resolve().parents[2]
PHOTOS = ROOT.parent / "shared" / "data"
COUNT = 40


def draw_pictures(folder, count, height, width):
    """A folder of random pictures, and one mask for all."""
    from deepfill.photos.images import write_image

    rng = np.random.default_rng(0)
    for number in range(count):
        write_image(folder / "in" / f"{number:05}.png", rng.integers(0, 256, [height, width, 3], np.uint8))
    mask = np.zeros([height, width], np.uint8)
    mask[height // 5 : height * 4 // 5, width // 5 : width * 4 // 5] = 255  # of 96 rows: thick enough for patches
    write_image(folder / "mask.png", mask)
    return {"image": folder / "in", "mask": folder / "mask.png"}


def start(folder, name, *arguments, **given):
    """Starts `test.py` with an output folder, a report and a log of this name."""
    given = {"checkpoint_dir": folder / "tiny", "output": folder / name, "report": folder / f"{name}.jsonl", **given}
    command = [sys.executable, str(ROOT / "test.py"), *(f"--{key}={value}" for key, value in given.items()), *arguments]
    with open(folder / f"{name}.log", "a") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)


def said(folder, name):
    """The last lines of the log that are ours."""
    lines = (folder / f"{name}.log").read_text().replace("\r", "\n").splitlines()
    return [line for line in lines if line.startswith(("error:", "stopped")) or "pictures completed" in line]


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def wait_for_files(folder, count, process):
    while len(list(folder.glob("*.png")) if folder.exists() else []) < count:
        assert process.poll() is None, "it ended by itself"
        time.sleep(0.002)


def memory(process):
    """Resident megabytes."""
    return int(pathlib.Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20


def stopped(folder):
    """SIGINT, SIGTERM and SIGKILL in the middle, and the same command again: the files of an undisturbed run."""
    checkpoint(folder / "tiny", guided=False)
    given = draw_pictures(folder, COUNT, 96, 128)
    assert start(folder, "straight", batch_size=4, **given).wait() == 0, said(folder, "straight")
    expected = contents(folder / "straight")
    assert len(expected) == COUNT
    results = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        name = number.name
        process = start(folder, name, batch_size=4, **given)
        wait_for_files(folder / name, random.randint(1, COUNT // 2), process)
        process.send_signal(number)
        status = process.wait()
        assert status == (-number if number == signal.SIGKILL else 128 + number)
        found = contents(folder / name)
        whole = {file: data for file, data in found.items() if not file.endswith(".tmp")}
        assert whole.items() <= expected.items() and len(whole) < COUNT
        assert number == signal.SIGKILL or found == whole
        assert start(folder, name, "--skip_existing", batch_size=4, **given).wait() == 0
        assert {file: data for file, data in contents(folder / name).items() if not file.endswith(".tmp")} == expected
        lines = [json.loads(line)["output"] for line in (folder / f"{name}.jsonl").read_text().splitlines()]
        results.append(
            f"{name}: status {status}, {len(whole)} whole files, {len(found) - len(whole)} temporary; then"
            f" {said(folder, name)}; {len(lines)} lines of report, {len(set(lines))} of them different"
        )
    return results


def ten_thousand(folder):
    """Ten thousand small pictures: resident memory after 500 and at the end."""
    checkpoint(folder / "tiny", guided=False)
    given = draw_pictures(folder, 10_000, 32, 32)
    process = start(folder, "out", **given)
    report, measured, began = folder / "out.jsonl", {}, time.monotonic()
    while process.poll() is None:
        ended = report.read_bytes().count(b"\n") if report.exists() else 0
        if ended >= 500:
            measured.setdefault("after 500", memory(process))
        if ended < 10_000:
            measured["at the end"] = memory(process)
        time.sleep(0.05)
    seconds = time.monotonic() - began
    assert process.wait() == 0 and len(contents(folder / "out")) == 10_000
    figures = ", ".join(f"{when} {megabytes:.0f} MB" for when, megabytes in measured.items())
    return [f"{figures}; {seconds:.0f} s with the start; {said(folder, 'out')}"]


def hundred_thousand(folder):
    """A list of 1e5 jobs starts at once: what is timed is until the first picture is there."""
    checkpoint(folder / "tiny", guided=False)
    draw_pictures(folder, 1, 32, 32)
    lines = [f"in/00000.png mask.png many/{number:06}.png" for number in range(100_000)]
    results = []
    for count in (10, 100_000):
        (folder / "list.txt").write_text("\n".join(lines[-count:]))
        command = [sys.executable, str(ROOT / "test.py"), "--flist=list.txt", f"--checkpoint_dir={folder / 'tiny'}"]
        began = time.monotonic()
        with open(folder / "log", "w") as log:
            process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        wait_for_files(folder / "many", 1, process)
        results.append(f"{count} jobs: first picture after {time.monotonic() - began:.1f} s")
        process.send_signal(signal.SIGINT)
        process.wait()
        for path in (folder / "many").iterdir():
            path.unlink()
    return results


def ray_same_bytes(folder):
    """Six photographs with both engines, by two workers of Ray: the same files.

    Four are small enough to be completed whole and in batches, two are completed in windows and scales.
    """
    from deepfill.photos.images import read_image, write_image

    checkpoint(folder / "tiny", guided=False)
    for images, masks, count, side in (("photos/val", "val-masks", 4, 240), ("large", "large-masks", 2, 500)):
        for path in sorted((PHOTOS / images).iterdir())[:count]:
            mask = f"{path.stem}.png"
            write_image(folder / "in" / mask, read_image(path)[:side, :side])
            write_image(folder / "masks" / mask, read_image(PHOTOS / masks / mask)[:side, :side])
    given = {"image": folder / "in", "mask": folder / "masks"}
    results = []
    for batch_size in (1, 2):
        names = {engine: f"{engine}{batch_size}" for engine in ("local", "ray")}
        for engine, name in names.items():
            began = time.monotonic()
            process = start(folder, name, engine=engine, batch_size=batch_size, **given)
            assert process.wait() == 0, said(folder, name)
            results.append(f"{name}: {time.monotonic() - began:.0f} s, {said(folder, name)}")
        local, ray = (contents(folder / name) for name in names.values())
        assert len(local) == 6 and local == ray
        reports = [
            {
                line["image"]: (line["size"], line["hole"])
                for line in map(json.loads, (folder / f"{name}.jsonl").read_text().splitlines())
            }
            for name in names.values()
        ]
        assert reports[0] == reports[1]
        results.append(f"batch size {batch_size}: {len(local)} files, the same bytes; reports agree")
    return results


def ray_killed(folder):
    """SIGKILL to a worker of Ray in the middle, and SIGINT to the command: nothing is lost, and it goes on."""
    checkpoint(folder / "tiny", guided=False)
    given = draw_pictures(folder, COUNT, 96, 128)
    assert start(folder, "straight", **given).wait() == 0
    expected = contents(folder / "straight")
    process = start(folder, "killed", engine="ray", **given)
    wait_for_files(folder / "killed", 5, process)
    victim = _ray_workers(process)[0]
    os.kill(victim, signal.SIGKILL)
    there = len(contents(folder / "killed"))
    assert process.wait() == 0, said(folder, "killed")
    found = contents(folder / "killed")
    assert {name: data for name, data in found.items() if not name.endswith(".tmp")} == expected
    results = [f"worker {victim} killed with {there} files there: {said(folder, 'killed')}, the same bytes"]
    process = start(folder, "stopped", engine="ray", **given)
    wait_for_files(folder / "stopped", 5, process)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    status = process.wait()
    found = contents(folder / "stopped")
    assert status == 130 and found.items() <= expected.items() and len(found) < COUNT
    results.append(f"SIGINT: status {status} after {time.monotonic() - began:.1f} s, {said(folder, 'stopped')}")
    assert start(folder, "stopped", "--skip_existing", engine="ray", **given).wait() == 0
    assert contents(folder / "stopped") == expected
    return [*results, f"then {said(folder, 'stopped')[-1]}, the same bytes"]


def _ray_workers(command):
    """Processes of Ray, started by a command, that hold an inpainter."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            raylet = _parent(path)
            if (
                b"_Worker" in (path / "cmdline").read_bytes()
                and _parent(pathlib.Path(f"/proc/{raylet}")) == command.pid
            ):
                found.append(int(path.name))
        except OSError:
            continue  # it has ended
    return found


def _parent(process):
    return int((process / "stat").read_text().rpartition(")")[2].split()[1])


DRILLS = {drill.__name__: drill for drill in (stopped, ten_thousand, hundred_thousand, ray_same_bytes, ray_killed)}

if __name__ == "__main__":
    for each in map(DRILLS.get, chosen(DRILLS, sys.argv[1:])):
        with tempfile.TemporaryDirectory() as temporary:
            for result in each(pathlib.Path(temporary)):
                print(f"{each.__name__}: {result}", flush=True)
