"""The precision in which pictures are completed."""

import pathlib

import tensorflow as tf

from deepfill.errors import DeepFillError

POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}


def resolve_precision(precision: str) -> str:
    """The mixed precision policy that `auto`, `float32` or `bfloat16` means here.

    `auto` is bfloat16 if the hardware multiplies matrices in it (otherwise it is slower than float32): NVIDIA GPUs
    from compute capability 8.0, processors with AMX or AVX-512 BF16.

    Raises:
        DeepFillError: another name.
    """
    if precision == "auto":
        precision = "bfloat16" if _has_bfloat16_units() else "float32"
    if precision not in POLICIES:
        raise DeepFillError(f"precision: expected auto, float32 or bfloat16, got {precision}")
    return POLICIES[precision]


def _has_bfloat16_units() -> bool:
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
        return all(detail.get("compute_capability", (0, 0)) >= (8, 0) for detail in details)
    processor = pathlib.Path("/proc/cpuinfo")
    return processor.exists() and not {"amx_bf16", "avx512_bf16"}.isdisjoint(processor.read_text().split())
