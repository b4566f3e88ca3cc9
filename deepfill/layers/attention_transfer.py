"""Attention transfer (Zeng et al. 2019, section 3.1): similarities of deep features fill shallower ones."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from deepfill.layers.attention_blocks import overlapped
from deepfill.layers.patches import blocks, pixels, untouched, windows

_SCALE = 10.0
_SMALLEST = 1e-8


@keras.saving.register_keras_serializable("deepfill")
class AttentionTransfer(keras.layers.Layer):
    """Rebuilds a feature map from its own patches, weighted by similarities of a deeper map of half its size.

    Each place of the deeper map is compared with all sources, by the product of its patch with the source's patch of
    length one. The softmax of ten times that weights the sources' 4x4 patches of the shallower map, which are pasted
    with overlap. A source whose patch touches a hole has almost no weight. Scores and softmax are computed in float32
    whatever the compute dtype is, the two matrix products in the compute dtype.

    Args:
        kernel_size: side of the patches compared; 3, and 1 for the deepest map.
        **kwargs: `name`, `dtype` and other arguments of Keras' layers.

    Call arguments:
        low: float [B, 2h, 2w, C], the map that is rebuilt.
        high: float [B, h, w, D], the deeper map.
        mask: float [B, H, W, 1] of any size, 1 = hole, 0 = known.
        memory: about how many bytes scores may take; places are then processed in blocks, with the same sums. If
            omitted, all scores at once, N x N for N = h w places.

    Returns:
        float [B, 2h, 2w, C] in the compute dtype.

    Reference:
        Zeng et al., "Learning Pyramid-Context Encoder Network for High-Quality Image Inpainting", CVPR 2019, section
        3.1.
    """

    def __init__(self, kernel_size: int = 3, **kwargs: Any):
        super().__init__(**kwargs)
        self.kernel_size = kernel_size

    def build(self, low_shape: Any, high_shape: Any = None, mask_shape: Any = None) -> None:
        self.built = True

    def call(self, low: tf.Tensor, high: tf.Tensor, mask: tf.Tensor, memory: int | None = None) -> tf.Tensor:
        height, width = tf.unstack(tf.shape(high)[1:3])
        border = self.kernel_size // 2
        queries = windows(tf.pad(high, [[0, 0], [border, border], [border, border], [0, 0]]), self.kernel_size)
        norms = tf.maximum(tf.norm(tf.cast(queries, tf.float32), axis=-1, keepdims=True), 1e-4)
        keys = queries / tf.cast(norms, queries.dtype)
        values = windows(blocks(tf.pad(low, [[0, 0], [1, 1], [1, 1], [0, 0]]), 2), 2)
        small = tf.raw_ops.ResizeBilinear(images=tf.cast(mask, tf.float32), size=[height, width], align_corners=True)
        valid = untouched(small, self.kernel_size)

        def attend(queries: tf.Tensor) -> tf.Tensor:
            scores = tf.cast(tf.matmul(queries, keys, transpose_b=True), tf.float32)
            attention = tf.maximum(tf.nn.softmax(scores * (_SCALE * valid)) * valid, _SMALLEST)
            return tf.matmul(tf.cast(attention, values.dtype), values)

        patches = attend(queries) if memory is None else _in_blocks(attend, queries, values.shape[-1], memory)
        pasted = pixels(overlapped(tf.reshape(patches, [-1, height, width, values.shape[-1]])), 2)
        # Overlapping patches add up: four of them at every pixel away from the border.
        return tf.ensure_shape(tf.slice(pasted, [0, 1, 1, 0], tf.shape(low)) / 4, low.shape)

    def compute_output_shape(self, low_shape: Any, high_shape: Any = None, mask_shape: Any = None) -> Any:
        return tuple(low_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "kernel_size": self.kernel_size}


def _in_blocks(attend: Callable[[tf.Tensor], tf.Tensor], queries: tf.Tensor, channels: int, memory: int) -> tf.Tensor:
    """Applies `attend` to all queries [B, N, D], to as many at a time as have scores that fit into the memory."""
    batch, places = tf.unstack(tf.shape(queries)[:2])
    bytes_a_place = 4 * tf.cast(batch, tf.int64) * tf.cast(places, tf.int64)
    step = tf.cast(tf.clip_by_value(memory // bytes_a_place, 1, tf.cast(places, tf.int64)), tf.int32)

    def block(number: tf.Tensor, start: tf.Tensor, parts: tf.TensorArray) -> tuple:
        made = attend(queries[:, start : start + step])
        # Blocks of unequal length are concatenated along the first axis.
        return number + 1, start + step, parts.write(number, tf.transpose(made, [1, 0, 2]))

    parts = tf.TensorArray(queries.dtype, 0, dynamic_size=True, infer_shape=False, element_shape=[None, None, channels])
    _, _, parts = tf.while_loop(
        lambda number, start, parts: start < places, block, (0, 0, parts), parallel_iterations=1
    )
    return tf.transpose(tf.ensure_shape(parts.concat(), [None, None, channels]), [1, 0, 2])
