"""Trains every system at its published width on photographs: `python tests/systems_drills.py PHOTOS [SYSTEM ...]`.

Not part of the tests: it takes two idle cores about ten minutes. Each system learns from the first sixteen photographs,
cut to the smallest squares that it takes, for 50 to 400 steps; what its YAML file in configs/ says about losses,
holes, optimiser and learning rate stands, but for phases, which are short enough for all of them to come. A table tells
the mean of the loss of pictures over the first and the last tenth of the steps in which the generator learnt. Then the
last steps are taken again from a checkpoint before them, and every number of the two last checkpoints is compared.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import tensorflow as tf

ROOT = pathlib.Path(__file__).resolve().parents[1]
PHOTOS = 16
AGAIN = 3  # steps that are taken twice
# Steps, the loss of pictures, and the settings that differ from the system's file.
DRILLS = {
    "context_encoder": (60, "generator/hole", {"training.batch_size": 4}),
    "glcic": (
        *(150, "generator/hole"),
        {
            "model.size": 64,
            "model.local_size": 32,
            "data.size": 64,
            "data.shorter_side": "[64, 96]",
            "masks.rectangle": "{}",
            "training.batch_size": 4,
            "training.phases": "[{steps: 60, learn: [generator]}, {steps: 20, learn: [discriminator]}]",
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
        *(50, "generator/total"),
        {
            "data.size": 256,
            "losses.features": "lite0",
            "training.batch_size": 1,
            "training.phases": "[{steps: 40}, {learning_rate: 5.0e-5, frozen: true}]",
        },
    ),
    "pen_net": (60, "generator/hole", {"data.size": 64, "data.shorter_side": 96, "training.batch_size": 4}),
}


def main(photos: str, *names: str) -> None:
    """Prints a row for each system."""
    print("| system | steps | loss | first tenth | last tenth | numbers in the checkpoint | resumed: differ by |")
    print("|" + " --- |" * 7, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        listed = pathlib.Path(folder) / "photos.flist"
        listed.write_text("".join(f"{path.resolve()}\n" for path in sorted(pathlib.Path(photos).iterdir())[:PHOTOS]))
        for name in names or DRILLS:
            print("| " + " | ".join([name, *drilled(name, listed, pathlib.Path(folder) / name)]) + " |", flush=True)


def drilled(name: str, photos: pathlib.Path, workdir: pathlib.Path) -> list[str]:
    """The cells of a system's row."""
    steps, loss, changes = DRILLS[name]
    options = {
        "data.images": photos,
        "training.steps": steps,
        "training.log_every": 1,
        "training.pictures_every": steps,
        "training.checkpoint_every": steps - AGAIN,
        **changes,
    }
    train(name, workdir, options)
    lines = [json.loads(line) for line in (workdir / "scalars.jsonl").read_text().splitlines()]
    course = [line[loss] for line in lines if loss in line]
    tenth = max(1, len(course) // 10)
    first, last = np.mean(course[:tenth]), np.mean(course[-tenth:])
    again = workdir.with_name(f"{name}-again")
    again.mkdir()
    for file in [workdir / "model.yml", *workdir.glob(f"ckpt-{steps - AGAIN}.*")]:
        shutil.copy(file, again)
    train(name, again, options)
    expected, found = (values_in(path / f"ckpt-{steps}") for path in (workdir, again))
    worst = max(np.abs(found[key].astype(float) - value).max(initial=0) for key, value in expected.items())
    return [
        f"{steps}",
        loss,
        f"{first:.4f}",
        f"{last:.4f}",
        f"{sum(map(np.size, expected.values())):,}",
        f"{worst:.2g}",
    ]


def train(name: str, workdir: pathlib.Path, options: dict[str, object]) -> None:
    """Trains in a process of its own, whose output is shown where it fails."""
    settings = [f"--set={key}={value}" for key, value in options.items()]
    command = [sys.executable, "train.py", f"--config=configs/{name}.yml", f"--workdir={workdir}", *settings]
    ended = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if ended.returncode:
        sys.exit(f"{name}: {ended.stdout[-2000:]}")


def values_in(checkpoint: pathlib.Path) -> dict[str, np.ndarray]:
    """Every number of a checkpoint, by name."""
    reader = tf.train.load_checkpoint(str(checkpoint))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map() if "VALUE" in name}


if __name__ == "__main__":
    main(*sys.argv[1:])
