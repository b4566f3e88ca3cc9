"""Measures whole training steps: pictures per second, arithmetic rate and peak memory, beside the machine's own rate.

A step is what the training loop runs: the generator, the discriminator on real and completed pictures, both updates.
The machine's rate is that of a float32 product of two 4096 x 4096 matrices, measured before the first step that counts
and after each; the ratio is the median of each step's rate over the mean of the rates on both sides of it, so that a
machine that others use too, or that changes its clock, is judged by what it could do at that moment.

Every row of the table has a process of its own, so that its peak memory is its own. On a processor that is the largest
resident memory, with TensorFlow's code (about 0.6 GiB) and the matrices (0.2 GiB) in it; on GPUs what was allocated on
all of them together.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from absl import app, flags
from machine import matrix_product_rate, peak_memory, timed

PRECISIONS = ["float32", "mixed_bfloat16", "mixed_float16"]

FLAGS = flags.FLAGS
flags.DEFINE_multi_enum("precision", PRECISIONS[:2], PRECISIONS, "Precision, a row each; repeatable.")
flags.DEFINE_multi_integer("replicas", [1, 2], "Replicas, logical ones without GPUs, a row each; repeatable.")
flags.DEFINE_integer("batch_size", 4, "Pictures a step, over all replicas.")
flags.DEFINE_integer("steps", 3, "Steps that count.")
flags.DEFINE_bool("row", False, "Measure one row in this process and print its figures as JSON.")

SIDE = 256
# Multiplications and additions of a step at that size as the published networks are written down. A layer that
# computes the same with fewer has not done less.
GFLOP_PER_PICTURE = 206
WARM_UP = 1  # step, which is traced and compiled
COLUMNS = "precision", "replicas", "pictures/s", "TFLOP/s", "matrix product, TFLOP/s", "ratio", "peak memory, GiB"


def main(arguments: list[str]) -> None:
    """Prints the table, or one row's figures."""
    del arguments
    if FLAGS.row:
        print(json.dumps(measure(FLAGS.precision[0], FLAGS.replicas[0])))
        return
    print(f"{SIDE} x {SIDE}, batch {FLAGS.batch_size}, median of {FLAGS.steps} steps\n")
    print("| " + " | ".join(COLUMNS) + " |")
    print("|" + " --- |" * len(COLUMNS), flush=True)
    for precision in FLAGS.precision:
        for replicas in FLAGS.replicas:
            figures = measure_apart(precision, replicas)
            cells = [f"{figures[name]:.3f}" for name in ("pictures", "rate", "product")]
            cells += [f"{figures[name]:.2f}" for name in ("ratio", "memory")]
            print("| " + " | ".join([precision, str(replicas), *cells]) + " |", flush=True)


def measure_apart(precision: str, replicas: int) -> dict[str, float]:
    """Measures in a process of its own, which tells its progress to standard error; as `measure`."""
    shared = [f"--{name}={FLAGS[name].value}" for name in ("batch_size", "steps")]
    command = [sys.executable, __file__, "--row", f"--precision={precision}", f"--replicas={replicas}", *shared]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([*command, "--verbosity=-1"], stdout=subprocess.PIPE, text=True, check=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def measure(precision: str, replicas: int) -> dict[str, float]:
    """Measures in this process.

    Returns:
        `pictures` a second, `rate` and matrix `product` in TFLOP/s, the `ratio` of the two, peak `memory` in GiB.
    """
    step, batches = make_run(precision, replicas)
    work = FLAGS.batch_size * GFLOP_PER_PICTURE / 1000
    seconds, products, ratios = [], [], []
    for number in range(WARM_UP + FLAGS.steps):
        if number == WARM_UP:
            products.append(matrix_product_rate())
        taken = timed(lambda: float(step(next(batches))["generator/total"]))
        kind = "warm-up" if number < WARM_UP else "step"
        print(f"{precision}, {replicas} replicas, {kind}: {taken:.2f} s", file=sys.stderr, flush=True)
        if number >= WARM_UP:
            products.append(matrix_product_rate())
            seconds.append(taken)
            ratios.append(work / taken / statistics.mean(products[-2:]))
    taken = statistics.median(seconds)
    return {
        "pictures": FLAGS.batch_size / taken,
        "rate": work / taken,
        "product": statistics.median(products),
        "ratio": statistics.median(ratios),
        "memory": peak_memory(),
    }


def make_run(precision: str, replicas: int) -> tuple[Callable[[Any], Any], Iterator[Any]]:
    """The step that training runs at the published settings, and batches of noise with holes as in training."""
    import keras
    import tensorflow as tf

    from deepfill.data.masks import random_mask
    from deepfill.systems.deepfill_v2.settings import DeepFillV2Settings
    from deepfill.training.state import State
    from deepfill.training.step import make_step
    from deepfill.training.strategy import distribute, make_strategy

    logical = not tf.config.list_physical_devices("GPU")
    options = {"precision": precision, "replicas": replicas, "logical_replicas": logical}
    options |= {"batch_size": FLAGS.batch_size}
    settings = DeepFillV2Settings(training=options)
    strategy = make_strategy(settings.training)
    keras.utils.set_random_seed(0)
    state = State(settings, strategy)
    step = make_step(strategy, state.system, *state.optimizers, loss_scale=state.loss_scale)

    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2 * FLAGS.batch_size, SIDE, SIDE, 3), dtype=np.uint8)
    masks = np.stack([random_mask(rng, SIDE, SIDE, settings.masks)[:, :, None] for _ in images])
    dataset = tf.data.Dataset.from_tensor_slices({"image": images, "mask": masks})
    dataset = dataset.batch(FLAGS.batch_size, drop_remainder=True).repeat()
    going_on = tf.constant(0.0)
    return lambda batch: step(batch, going_on), iter(distribute(strategy, dataset, FLAGS.batch_size))


if __name__ == "__main__":
    app.run(main)
