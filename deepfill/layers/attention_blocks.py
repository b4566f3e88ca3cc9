"""Contextual attention computed block by block: the same sums within a given amount of memory."""

from typing import NamedTuple

import tensorflow as tf

# Small blocks spend most of their time on scores of the places around them; larger blocks than this gain little.
_ENOUGH = 2**26
_PLACES = 512


class Sources(NamedTuple):
    """The sources with which places are compared and from which they are rebuilt; N = height * width, row by row.

    Attributes:
        keys: float [B, N, D], patches of length one.
        norms: float32 [B, N, 1], the lengths by which they were divided.
        values: float [B, N, 4 * V]: four blocks per patch, which overlap those of neighbouring places.
        valid: float32 [B, 1, N], 0 if a patch touches a hole; B may be 1.
        height: of the grid of places.
        width: of the grid of places.
    """

    keys: tf.Tensor
    norms: tf.Tensor
    values: tf.Tensor
    valid: tf.Tensor
    height: tf.Tensor
    width: tf.Tensor


def attend_in_blocks(
    sources: Sources, needed: tf.Tensor, reach: int, scale: float, memory: int, find_best: bool = True
) -> tuple[tf.Tensor, tf.Tensor]:
    """Scores, fuses, weighs and pastes block by block; each block's fused scores need those of a few places around it.

    Args:
        sources: the places.
        needed: bool [height, width]; others are also rebuilt if their block has a needed one, and are 0 otherwise.
        reach: how far scores are fused along a diagonal in each direction; 0 for no fusing.
        scale: factor on the scores before the softmax.
        memory: bytes that the scores of a block may take, unless it is a single place; several copies exist at a time.
        find_best: whether to find each place's best source.

    Returns:
        The pasted blocks, float [B, height + 1, width + 1, V], where overlapping ones were added up, and the number of
        each place's best source, int32 [B, height, width]; 0 everywhere without `find_best`.
    """
    height, width, channels = sources.height, sources.width, sources.values.shape[-1] // 4
    batch = tf.shape(sources.keys)[0]

    def one(planes: tuple[tf.Tensor, ...]) -> tuple[tf.Tensor, tf.Tensor]:
        keys, norms, values, valid = planes
        return _attend(Sources(keys, norms, values, valid, height, width), needed, reach, scale, memory, find_best)

    # One picture after the other: TensorFlow multiplies two matrices twice as fast as two batches of them.
    valid = tf.broadcast_to(sources.valid, [batch, 1, height * width])
    shapes = (
        tf.TensorSpec([None, None, channels], sources.values.dtype),
        tf.TensorSpec([None, None], tf.int32),
    )
    planes = (sources.keys, sources.norms, sources.values, valid)
    return tf.map_fn(one, planes, fn_output_signature=shapes, parallel_iterations=1)


def _attend(
    sources: Sources, needed: tf.Tensor, reach: int, scale: float, memory: int, find_best: bool
) -> tuple[tf.Tensor, tf.Tensor]:
    """`attend_in_blocks` for a single picture: no tensor has the first axis."""
    height, width, dtype = sources.height, sources.width, sources.values.dtype
    channels = sources.values.shape[-1] // 4
    padded_keys = tf.pad(sources.keys, [[reach, reach], [0, 0]])
    rows, columns = _block_size(height, width, memory)

    def block(top: tf.Tensor, left: tf.Tensor, bottom: tf.Tensor, right: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        scores = _fused_scores(sources, padded_keys, reach, tf.range(top, bottom), tf.range(left, right))
        attention = tf.nn.softmax(scores * (scale * sources.valid)) * sources.valid
        shape = [bottom - top, right - left]
        patches = tf.matmul(tf.cast(attention, dtype), sources.values)
        # In a loop TensorFlow would not notice that the result is unused.
        best = (
            tf.reshape(tf.argmax(attention, axis=-1, output_type=tf.int32), shape)
            if find_best
            else tf.zeros(shape, tf.int32)
        )
        return tf.reshape(patches, [*shape, 4 * channels]), best

    def row_of_blocks(top: tf.Tensor, bottom: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        used = tf.where(tf.reduce_any(needed[top:bottom], axis=0))[:, 0]
        first, last = tf.cond(
            tf.size(used) > 0, lambda: (tf.cast(used[0], tf.int32), tf.cast(used[-1], tf.int32) + 1), lambda: (0, 0)
        )
        # Column by column, so that blocks of unequal width are concatenated along the first axis.
        patches, best = _pieces(dtype, [None, 4 * channels]), _pieces(tf.int32, [None])
        patches = patches.write(0, tf.zeros([first, bottom - top, 4 * channels], dtype))
        best = best.write(0, tf.zeros([first, bottom - top], tf.int32))

        def step(i: tf.Tensor, left: tf.Tensor, patches: tf.TensorArray, best: tf.TensorArray) -> tuple:
            right = tf.minimum(left + columns, last)
            block_patches, block_best = block(top, left, bottom, right)
            patches = patches.write(i, tf.transpose(block_patches, [1, 0, 2]))
            return i + 1, right, patches, best.write(i, tf.transpose(block_best))

        i, _, patches, best = tf.while_loop(
            lambda i, left, *_: left < last, step, (1, first, patches, best), parallel_iterations=1
        )
        patches = patches.write(i, tf.zeros([width - last, bottom - top, 4 * channels], dtype))
        best = best.write(i, tf.zeros([width - last, bottom - top], tf.int32))
        patches = tf.transpose(tf.reshape(patches.concat(), [width, bottom - top, 4 * channels]), [1, 0, 2])
        return overlapped(patches[None])[0], tf.transpose(tf.reshape(best.concat(), [width, bottom - top]))

    def step(i: tf.Tensor, top: tf.Tensor, carried: tf.Tensor, pasted: tf.TensorArray, best: tf.TensorArray) -> tuple:
        bottom = tf.minimum(top + rows, height)
        blocks, block_best = row_of_blocks(top, bottom)
        # The last row of blocks overlaps the first row of the next places.
        blocks = tf.concat([blocks[:1] + carried, blocks[1:]], axis=0)
        carried = tf.ensure_shape(blocks[-1:], carried.shape)
        return i + 1, bottom, carried, pasted.write(i, blocks[:-1]), best.write(i, block_best)

    carried = tf.zeros([1, width + 1, channels], dtype)
    i, _, carried, pasted, best = tf.while_loop(
        lambda i, top, *_: top < height,
        step,
        (0, 0, carried, _pieces(dtype, [None, channels]), _pieces(tf.int32, [None])),
        parallel_iterations=1,
    )
    pasted = tf.reshape(pasted.write(i, carried).concat(), [height + 1, width + 1, channels])
    return pasted, tf.reshape(best.concat(), [height, width])


def _pieces(dtype: tf.DType, shape: list[int | None]) -> tf.TensorArray:
    """An array of tensors [any, *shape], to be concatenated along the first axis."""
    return tf.TensorArray(dtype, 0, dynamic_size=True, infer_shape=False, element_shape=[None, *shape])


def overlapped(patches: tf.Tensor) -> tf.Tensor:
    """Adds up patches of 2x2 blocks that are one block apart.

    Args:
        patches: [B, rows, columns, 4 * V], a patch's blocks row by row.

    Returns:
        [B, rows + 1, columns + 1, V].
    """
    corners = zip(tf.split(patches, 4, axis=-1), [(0, 0), (0, 1), (1, 0), (1, 1)], strict=True)
    return tf.add_n(
        [tf.pad(corner, [[0, 0], [down, 1 - down], [right, 1 - right], [0, 0]]) for corner, (down, right) in corners]
    )


def _block_size(height: tf.Tensor, width: tf.Tensor, memory: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Rows and columns of a block: whole rows if several fit, because the places around a block are scored, too."""
    bytes_a_place = 4 * tf.cast(height, tf.int64) * tf.cast(width, tf.int64)
    places = tf.minimum(memory // bytes_a_place, tf.maximum(_ENOUGH // bytes_a_place, _PLACES))
    places = tf.cast(tf.clip_by_value(places, 1, tf.cast(height * width, tf.int64)), tf.int32)
    side = tf.cast(tf.sqrt(tf.cast(places, tf.float32)), tf.int32)
    columns = tf.minimum(width, tf.where(places >= 4 * width, width, side))
    return tf.maximum(places // columns, 1), columns


def _fused_scores(
    sources: Sources, padded_keys: tf.Tensor, reach: int, rows: tf.Tensor, columns: tf.Tensor
) -> tf.Tensor:
    """[places, N] float32: the scores of a block, summed along diagonals row by row, then column by column."""
    height, width = sources.height, sources.width
    count = height * width
    high, wide = tf.size(rows), tf.size(columns)
    rows = tf.range(rows[0] - reach, rows[-1] + reach + 1)
    around = tf.range(columns[0] - reach, columns[-1] + reach + 1)

    numbers, _ = _places(rows, around, height, width)
    # Before the first and after the last place are keys of zeros.
    numbers = tf.reshape(tf.clip_by_value(numbers + reach, 0, count + 2 * reach - 1), [-1])
    queries = tf.gather(padded_keys, numbers)
    norms = tf.gather(sources.norms, tf.clip_by_value(numbers - reach, 0, count - 1))
    scores = tf.cast(tf.matmul(queries, padded_keys, transpose_b=True), tf.float32) * norms
    if not reach:
        return scores

    steps = range(2 * reach + 1)
    scores = tf.reshape(scores, [high + 2 * reach, wide + 2 * reach, count + 2 * reach])
    begin, size = ([0, k, k] for k in steps), [high + 2 * reach, wide, count]
    scores = tf.add_n([tf.slice(scores, at, size) for at in begin])

    _, exist = _places(rows, columns, height, width)
    scores = tf.cond(tf.reduce_all(exist), lambda: scores, lambda: scores * tf.cast(exist, tf.float32)[..., None])
    ends = []
    for beyond in (tf.range(-reach, 0), tf.range(height, height + reach)):
        numbers, exist = (tf.reshape(x, [-1]) for x in _places(beyond, tf.range(width), height, width))
        ends.append(tf.gather(scores, tf.clip_by_value(numbers, 0, count - 1), axis=-1) * tf.cast(exist, tf.float32))
    scores = tf.concat([ends[0], scores, ends[1]], axis=-1)
    begin, size = ([k, 0, k * width] for k in steps), [high, wide, count]
    return tf.reshape(tf.add_n([tf.slice(scores, at, size) for at in begin]), [high * wide, count])


def _places(rows: tf.Tensor, columns: tf.Tensor, height: tf.Tensor, width: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Number, row by row, of each place of a grid, and whether it exists, [rows, columns] each.

    A row above the first means what comes before it in column-major order: the last row, one column to the left.
    """
    columns = columns[None] + rows[:, None] // height
    return rows[:, None] % height * width + columns, (columns >= 0) & (columns < width)
