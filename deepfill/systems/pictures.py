"""Pictures as networks take them and as people see them."""

import cv2
import numpy as np
import tensorflow as tf

from deepfill.systems.base import MEMORY, Batch, GeneratorProtocol


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


def flow_picture(offsets: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Draws offsets as colours: the hue is the direction, the brightness the length relative to the longest.

    Args:
        offsets: int [B, h, w, 2], rows and columns from each place to its best source.
        size: height and width of the pictures to draw.

    Returns:
        uint8 RGB [B, height, width, 3].
    """
    rows, columns = np.moveaxis(offsets.astype(np.float32), -1, 0)
    distance = np.hypot(rows, columns)
    direction = np.arctan2(rows, columns) % (2 * np.pi)
    hue = (direction * 90 / np.pi).astype(np.uint8)  # OpenCV's hues end at 180
    value = (255 * distance / max(distance.max(), 1)).astype(np.uint8)
    colours = np.stack([hue, np.full_like(hue, 255), value], axis=-1)
    pictures = [cv2.cvtColor(picture, cv2.COLOR_HSV2RGB) for picture in colours]
    return np.stack([cv2.resize(picture, size[::-1], interpolation=cv2.INTER_NEAREST) for picture in pictures])
