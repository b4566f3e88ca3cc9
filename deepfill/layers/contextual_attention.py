"""Contextual attention (Yu et al. 2018, section 4): holes borrow patches from known places."""

from typing import Any

import keras
import tensorflow as tf

from deepfill.layers.attention_blocks import Sources, attend_in_blocks, overlapped
from deepfill.layers.patches import blocks, pixels, untouched, windows
from deepfill.layers.resize import resize_nearest


@keras.saving.register_keras_serializable("deepfill")
class ContextualAttention(keras.layers.Layer):
    """Rebuilds every place of a feature map as a weighted sum of patches from known places.

    At 1/`rate` of the map's size each place is compared, by the cosine of its patch, with the patch of every source;
    the scores are fused along diagonals, so that neighbours prefer neighbouring sources; their softmax weights the
    sources' patches at full size, which are pasted with overlap. Scores, softmax and offsets are computed in float32
    whatever the compute dtype is, the two matrix products in the compute dtype.

    Args:
        rate: how much smaller the map is where places are compared; patches pasted are `2 * rate` wide.
        kernel_size: side of the patches compared.
        fuse: whether scores are fused along diagonals.
        fuse_kernel: length of the diagonal, odd.
        softmax_scale: factor on the scores before the softmax.
        **kwargs: `name`, `dtype` and other arguments of Keras' layers.

    Call arguments:
        features: float [B, h, w, C]; `rate` divides h and w.
        mask: float or integer [B, h, w, 1] (B may be 1: one mask for all), 1 = hole, 0 = known.
        return_offsets: also return the offset of each place's best source.
        needed: bool [h / rate, w / rate], the places that will be used, if `memory` is given; others may be 0.
        memory: about how many bytes scores may take; places are then processed in blocks. The sums are the same, but
            the loop has no gradient. If omitted: all scores at once, N x N for N places.

    Returns:
        float [B, h, w, C] in the compute dtype and, if asked for, the offsets int32 [B, h / rate, w / rate, 2]: row and
        column of the best source minus the place's own.

    Raises:
        ValueError: `fuse_kernel` is even.

    Reference:
        Yu et al., "Generative Image Inpainting with Contextual Attention", CVPR 2018, section 4.
    """

    def __init__(
        self,
        rate: int = 2,
        kernel_size: int = 3,
        fuse: bool = True,
        fuse_kernel: int = 3,
        softmax_scale: float = 10.0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if fuse_kernel % 2 == 0:
            raise ValueError(f"fuse_kernel: expected an odd number, so that it has a centre, got {fuse_kernel}")
        self.rate = rate
        self.kernel_size = kernel_size
        self.fuse = fuse
        self.fuse_kernel = fuse_kernel
        self.softmax_scale = softmax_scale

    @property
    def settings(self) -> dict[str, Any]:
        """The arguments that are its own, by their names."""
        names = ("rate", "kernel_size", "fuse", "fuse_kernel", "softmax_scale")
        return {name: getattr(self, name) for name in names}

    def build(self, features_shape: Any, mask_shape: Any = None) -> None:
        self.built = True

    def call(
        self,
        features: tf.Tensor,
        mask: tf.Tensor,
        return_offsets: bool = False,
        needed: tf.Tensor | None = None,
        memory: int | None = None,
    ) -> Any:
        height, width = tf.unstack(tf.shape(features)[1:3] // self.rate)
        sources = self._sources(features, mask, height, width)
        if memory is None:
            pasted, best = self._attend_at_once(sources)
        else:
            reach = self.fuse_kernel // 2 if self.fuse else 0
            needed = tf.ones([height, width], tf.bool) if needed is None else needed
            pasted, best = attend_in_blocks(sources, needed, reach, self.softmax_scale, memory, return_offsets)
        completed = self._cropped(pasted, features)
        return (completed, _offsets(best, width)) if return_offsets else completed

    def _sources(self, features: tf.Tensor, mask: tf.Tensor, height: tf.Tensor, width: tf.Tensor) -> Sources:
        small = resize_nearest(features, [height, width])
        patches = windows(tf.pad(small, [[0, 0], *self._border(self.kernel_size - 1), [0, 0]]), self.kernel_size)
        norms = tf.maximum(tf.norm(tf.cast(patches, tf.float32), axis=-1, keepdims=True), 1e-4)
        # A patch is 2x2 blocks of `rate` x `rate` pixels, of a picture with a border of half a block on each side.
        grid = blocks(tf.pad(features, [[0, 0], *self._border(self.rate), [0, 0]]), self.rate)
        valid = untouched(resize_nearest(tf.cast(mask, tf.float32), [height, width]), self.kernel_size)
        return Sources(patches / tf.cast(norms, patches.dtype), norms, windows(grid, 2), valid, height, width)

    @staticmethod
    def _border(pixels: int) -> list[list[int]]:
        return [[pixels // 2, pixels - pixels // 2]] * 2

    def _attend_at_once(self, sources: Sources) -> tuple[tf.Tensor, tf.Tensor]:
        """What `attend_in_blocks` returns, with all scores in memory: for gradients, which need them all."""
        height, width = sources.height, sources.width
        queries = sources.keys * tf.cast(sources.norms, sources.keys.dtype)
        scores = tf.cast(tf.matmul(queries, sources.keys, transpose_b=True), tf.float32)
        if self.fuse:
            scores = _swap_orders(self._sum_diagonals(scores), height, width)
            scores = _swap_orders(self._sum_diagonals(scores), width, height)
        attention = tf.nn.softmax(scores * (self.softmax_scale * sources.valid)) * sources.valid
        patches = tf.matmul(tf.cast(attention, sources.values.dtype), sources.values)
        best = tf.reshape(tf.argmax(attention, axis=-1, output_type=tf.int32), [-1, height, width])
        return overlapped(tf.reshape(patches, [-1, height, width, patches.shape[-1]])), best

    def _sum_diagonals(self, scores: tf.Tensor) -> tf.Tensor:
        reach = self.fuse_kernel // 2

        @tf.custom_gradient
        def summed(scores: tf.Tensor) -> tuple[tf.Tensor, Any]:
            places = tf.shape(scores)[1]
            padded = tf.pad(scores, [[0, 0], [reach, reach], [reach, reach]])
            # Neighbours are mutual, so the sum is its own gradient.
            return tf.add_n([padded[:, k : k + places, k : k + places] for k in range(2 * reach + 1)]), summed

        return summed(scores)

    def _cropped(self, grid: tf.Tensor, features: tf.Tensor) -> tf.Tensor:
        """Crops the pasted blocks, which have half a block more on each side, to the features' size."""
        before = self.rate // 2
        pasted = tf.slice(pixels(grid, self.rate), [0, before, before, 0], tf.shape(features))
        # Overlapping patches add up: at rate 2, four of them at every pixel away from the border.
        return tf.ensure_shape(pasted / 4, features.shape)

    def compute_output_shape(self, features_shape: Any, mask_shape: Any = None) -> Any:
        return tuple(features_shape)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | self.settings


def _swap_orders(scores: tf.Tensor, rows: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
    """From places and sources flattened row by row to flattened column by column."""
    grid = tf.reshape(scores, [-1, rows, columns, rows, columns])
    return tf.reshape(tf.transpose(grid, [0, 2, 1, 4, 3]), tf.shape(scores))


def _offsets(best: tf.Tensor, width: tf.Tensor) -> tf.Tensor:
    """int32 [B, h, w, 2]: row and column of the best source minus the place's own."""
    rows, columns = tf.meshgrid(*(tf.range(side) for side in tf.unstack(tf.shape(best)[1:])), indexing="ij")
    return tf.stack([best // width - rows, best % width - columns], axis=-1)
