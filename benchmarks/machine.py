"""What benchmarks measure of the machine they run on."""

import resource
import statistics
import time
from collections.abc import Callable
from typing import Any


def matrix_product_rate(side: int = 4096, repetitions: int = 3) -> float:
    """TFLOP/s of a float32 product of two square matrices, from the median time."""
    import tensorflow as tf

    a = tf.random.normal([side, side])
    # Reading one number waits for the product, on a GPU too.
    seconds = [timed(lambda: float(tf.matmul(a, a)[0, 0])) for _ in range(1 + repetitions)]
    return 2 * side**3 / statistics.median(seconds[1:]) / 1e12


def timed(function: Callable[[], Any]) -> float:
    """Seconds that a call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def peak_memory() -> float:
    """GiB: the largest resident memory of this process; with GPUs what was allocated on all of them together."""
    import tensorflow as tf

    gpus = range(len(tf.config.list_logical_devices("GPU")))
    if gpus:
        return sum(tf.config.experimental.get_memory_info(f"GPU:{gpu}")["peak"] for gpu in gpus) / 2**30
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
