"""Compares the speed of two trees of this repository: completing pictures and training steps of DeepFill v2.

    git worktree add --detach ../before REVISION
    python benchmarks/two_trees.py --before=../before

Each tree has a process of its own, and both do the same work in turn, so that whatever else the machine does slows them
alike. The networks are those of the older tree's bundled weights, alone. Processor seconds add up over threads; ratios
are medians over pairs of runs, later over earlier: over 1 is slower now.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
from absl import app, flags

FLAGS = flags.FLAGS
flags.DEFINE_string("before", None, "The older tree.", required=True)
flags.DEFINE_integer("runs", 7, "Pairs of runs that count, after one that does not.")
flags.DEFINE_bool("worker", False, "Work for another process that says what, line by line.")

HERE = pathlib.Path(__file__).resolve().parents[1]
WORKS = ("complete 256 x 256", "complete 512 x 512", "train 256 x 256, batch 1")


def main(arguments: list[str]) -> None:
    """Prints the table, or works."""
    del arguments
    if FLAGS.worker:
        return work()
    workers = [worker(pathlib.Path(tree).resolve()) for tree in (FLAGS.before, HERE)]
    print("| work | processor seconds before | after | ratio | ratio of seconds by the clock | smallest, largest |")
    print("|" + " --- |" * 6, flush=True)
    for name in WORKS:
        pairs = [[ask(each, name) for each in workers] for _ in range(1 + FLAGS.runs)][1:]
        before, after = (statistics.median(pair[tree][0] for pair in pairs) for tree in (0, 1))
        ratios, by_clock = ([after[kind] / before[kind] for before, after in pairs] for kind in (0, 1))
        cells = [f"{before:.2f}", f"{after:.2f}", f"{statistics.median(ratios):.3f}"]
        cells += [f"{statistics.median(by_clock):.2f}", f"{min(ratios):.2f}, {max(ratios):.2f}"]
        print("| " + " | ".join([name, *cells]) + " |", flush=True)
    for each in workers:
        each.stdin.close()


def worker(tree: pathlib.Path) -> subprocess.Popen:
    """A process that works with a tree's code."""
    environment = {**os.environ, "PYTHONPATH": f"{tree}{os.pathsep}{tree / 'benchmarks'}", "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, __file__, "--worker", f"--before={pathlib.Path(FLAGS.before).resolve()}"]
    return subprocess.Popen(
        command, cwd=tree, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def ask(process: subprocess.Popen, name: str) -> list[float]:
    """Processor seconds and seconds by the clock that a worker took."""
    process.stdin.write(f"{name}\n")
    process.stdin.flush()
    while not (line := process.stdout.readline()).startswith("["):
        if not line:
            sys.exit("a worker ended")
    return json.loads(line)


def work() -> None:
    """Does what the lines of standard input say, and answers each with the seconds that it took."""
    sys.path.remove(str(pathlib.Path(__file__).parent))  # the other tree's programs, not those beside this one
    works: dict[str, Callable[[], object]] = {}
    for line in sys.stdin:
        name = line.strip()
        if name not in works:
            works[name] = training() if name.startswith("train") else completing(name)
        start, began = time.process_time(), time.monotonic()
        works[name]()
        print(json.dumps([time.process_time() - start, time.monotonic() - began]), flush=True)


def completing(name: str) -> Callable[[], object]:
    """Completes a picture whole, a quarter of which is hole."""
    import inspect

    from deepfill import Inpainter  # the name that all trees have

    side = int(name.rpartition(" ")[2])
    checkpoint = next(path.parent for path in (pathlib.Path(FLAGS.before) / "checkpoints").glob("*/checkpoint"))
    alone = {"detail": 0.0} if "detail" in inspect.signature(Inpainter).parameters else {}
    inpainter = Inpainter(checkpoint, "float32", strategy="whole", **alone)
    image, hole = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8), np.zeros((side, side), bool)
    hole[side // 4 : 3 * side // 4, side // 4 : 3 * side // 4] = True
    return lambda: inpainter(image, hole)


def training() -> Callable[[], object]:
    """Takes a step, as `training.py` does."""
    import training as program

    flags.FLAGS.batch_size = 1
    step, batches = program.make_run("float32", 1)
    return lambda: float(step(next(batches))["generator/total"])


if __name__ == "__main__":
    app.run(main)
