"""Pictures as networks take them and as people see them."""

import numpy as np
import tensorflow as tf

from deepfill.systems.base import MEMORY, Batch, GeneratorProtocol
from deepfill.systems.flow import flow_picture


def to_uint8(images: tf.Tensor) -> tf.Tensor:
    """From the networks' [-1, 1] to uint8, rounded."""
    return tf.cast(tf.round(tf.clip_by_value((images + 1) * 127.5, 0, 255)), tf.uint8)


def to_float(images: tf.Tensor) -> tf.Tensor:
    """From uint8 to the networks' float32 [-1, 1]."""
    return tf.cast(images, tf.float32) / 127.5 - 1


def pictures_to_show(batch: Batch, generator: GeneratorProtocol) -> dict[str, np.ndarray]:
    """The `input` with grey holes, the generator's stages, `completed` and, if it has attention offsets, `flow`.

    Args:
        batch: what is completed.
        generator: completes it; the system's own, or the average of its weights.

    Returns:
        uint8 RGB [B, H, W, 3] each.
    """
    outputs = generator.complete(batch, memory=MEMORY)
    named = {"input": batch["image"] * (1 - batch["mask"])} | {k: outputs[k] for k in (*generator.stages, "completed")}
    pictures = {name: to_uint8(value).numpy() for name, value in named.items()}
    if not generator.has_attention_offsets:
        return pictures
    return {**pictures, "flow": flow_picture(outputs["offsets"].numpy(), pictures["input"].shape[1:3])}
