"""Trains every system at its published width on photographs: `python -m tests.drills.systems PHOTOS [SYSTEM ...]`.

Systems: context_encoder, glcic, deepfill_v1, partial_convolution and pen_net; by default all.

Not part of the tests, for the hours that it takes. Each system learns from the first sixteen photographs,
cut to the smallest squares that it takes, for some hundred steps; what its YAML file in configs/ says about losses,
holes, optimiser and learning rate stands, but for phases, which are short enough for all of them to come. A table tells
the mean of the loss of pictures over the first and the last tenth of the steps in which the generator learnt.

Then each starts anew for six steps, the last three of them again from a checkpoint, twice. Every number of the last
checkpoints is compared: of the resumed run with the one at a stretch, and of the two resumed ones. These steps run on
one thread, because several add up in an order of their own each time.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import tensorflow as tf

from tests.drills.names import chosen

ROOT = pathlib.Path(__file__).resolve().parents[2]
PHOTOS = 16
AGAIN = 3  # steps that resumed runs take, after as many others
# Steps, the loss of pictures, and the settings that differ from the system's file.
DRILLS = {
    "context_encoder": (300, "generator/hole", {"training.batch_size": 4}),
    "glcic": (
        *(300, "generator/hole"),
        {
            "model.size": 64,
            "model.local_size": 32,
            "data.size": 64,
            "data.shorter_side": "[64, 96]",
            "masks.rectangle": "{}",
            "training.batch_size": 4,
            "training.phases": "[{steps: 100, learn: [generator]}, {steps: 50, learn: [discriminator]}]",
        },
    ),
    "deepfill_v1": (
        *(400, "generator/hole"),
        {
            "model.size": 64,
            "model.local_size": 32,
            "data.size": 64,
            "data.shorter_side": 96,
            "masks.rectangle": "{}",
            "training.batch_size": 4,
        },
    ),
    "partial_convolution": (
        *(200, "generator/total"),
        {
            "data.size": 256,
            "losses.features": "lite0",
            "training.batch_size": 1,
            "training.phases": "[{steps: 150}, {learning_rate: 5.0e-5, frozen: true}]",
        },
    ),
    "pen_net": (
        *(300, "generator/hole"),
        {"data.size": 64, "masks.rectangle": "{turn: 45}", "training.batch_size": 4},
    ),
}


def main(photos: str, *names: str) -> None:
    """Prints a row for each system."""
    systems = chosen(DRILLS, [*names])
    columns = [
        "system",
        "steps",
        "loss",
        "first tenth",
        "last tenth",
        "numbers",
        "resumed: off by",
        "two resumed: apart by",
    ]
    print("| " + " | ".join(columns) + " |")
    print("|" + " --- |" * len(columns), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        listed = pathlib.Path(folder) / "photos.flist"
        listed.write_text("".join(f"{path.resolve()}\n" for path in sorted(pathlib.Path(photos).iterdir())[:PHOTOS]))
        for name in systems:
            print("| " + " | ".join([name, *drilled(name, listed, pathlib.Path(folder) / name)]) + " |", flush=True)


def drilled(name: str, photos: pathlib.Path, workdir: pathlib.Path) -> list[str]:
    """The cells of a system's row."""
    steps, loss, changes = DRILLS[name]
    options = {"data.images": photos, "training.log_every": 1, "training.pictures_every": steps, **changes}
    saved = {"training.steps": steps, "training.checkpoint_every": steps}
    train(name, workdir, options | saved)
    lines = [json.loads(line) for line in (workdir / "scalars.jsonl").read_text().splitlines()]
    course = [line[loss] for line in lines if loss in line]
    tenth = max(1, len(course) // 10)
    first, last = np.mean(course[:tenth]), np.mean(course[-tenth:])
    numbers, *differences = resumed(name, workdir, options)
    return [f"{steps}", loss, f"{first:.4f}", f"{last:.4f}", f"{numbers:,}", *map("{:.2g}".format, differences)]


def resumed(name: str, workdir: pathlib.Path, options: dict[str, object]) -> tuple[int, float, float]:
    """How many numbers a checkpoint has; by how much any differs after resuming, and between two resumed runs."""
    # Without phases all networks learn from the first step on.
    saved = {"training.steps": 2 * AGAIN, "training.checkpoint_every": AGAIN, "training.phases": "[]"}
    whole = workdir.with_name(f"{name}-whole")
    train(name, whole, options | saved, threads=1)
    ends = [values_in(whole / f"ckpt-{2 * AGAIN}")]
    for again in (workdir.with_name(f"{name}-{which}") for which in ("again", "and-again")):
        again.mkdir()
        for file in [whole / "model.yml", *whole.glob(f"ckpt-{AGAIN}.*")]:
            shutil.copy(file, again)
        train(name, again, options | saved, threads=1)
        ends.append(values_in(again / f"ckpt-{2 * AGAIN}"))
    first, second, third = ends
    return sum(map(np.size, first.values())), worst(first, second), worst(second, third)


def worst(some: dict[str, np.ndarray], others: dict[str, np.ndarray]) -> float:
    """The largest difference of any number."""
    return float(max(np.abs(others[key].astype(float) - value).max(initial=0) for key, value in some.items()))


def train(name: str, workdir: pathlib.Path, options: dict[str, object], threads: int = 0) -> None:
    """Trains in a process of its own, whose output is shown where it fails; on as many threads as cores for 0."""
    settings = [f"--set={key}={value}" for key, value in options.items()]
    command = [sys.executable, "train.py", f"--config=configs/{name}.yml", f"--workdir={workdir}", *settings]
    environment = os.environ | {f"TF_NUM_{kind}_THREADS": str(threads) for kind in ("INTRAOP", "INTEROP") if threads}
    ended = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if ended.returncode:
        sys.exit(f"{name}: {ended.stdout[-2000:]}")


def values_in(checkpoint: pathlib.Path) -> dict[str, np.ndarray]:
    """Every number of a checkpoint, by name."""
    reader = tf.train.load_checkpoint(str(checkpoint))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map() if "VALUE" in name}


if __name__ == "__main__":
    main(*sys.argv[1:])
