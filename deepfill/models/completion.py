"""From uint8 pictures to completed uint8 pictures, inside one graph: what the Inpainter and a SavedModel share."""

import tensorflow as tf

from deepfill.models.boxes import GRID
from deepfill.models.deepfill_v2 import to_float, to_uint8
from deepfill.models.generator import ATTENTION_MEMORY, Generator


def complete(
    generator: Generator,
    image: tf.Tensor,
    mask: tf.Tensor,
    sketch: tf.Tensor | None = None,
    attention_memory: int = ATTENTION_MEMORY,
) -> dict[str, tf.Tensor]:
    """Completes a batch of pictures of any size; known pixels come back as they were.

    Args:
        generator: trained.
        image: uint8 RGB [B, H, W, 3].
        mask: uint8 [B, H, W, 1], 1 = hole, 0 = known.
        sketch: uint8 [B, H, W, 1], 1 = line, for guided generators; empty where left out.
        attention_memory: about how many bytes attention's scores may take, see `ContextualAttention`.

    Returns:
        `coarse` and `completed`, uint8 [B, H, W, 3]: both are the image itself outside the hole.
    """
    outputs = refine(generator, image, mask, sketch, 0, attention_memory)
    stages = {"coarse": outputs["coarse"], "completed": outputs["refined"]}
    return {name: tf.where(mask > 0, stage, image) for name, stage in stages.items()}


def refine(
    generator: Generator,
    image: tf.Tensor,
    mask: tf.Tensor,
    sketch: tf.Tensor | None = None,
    ring: int = 0,
    attention_memory: int = ATTENTION_MEMORY,
) -> dict[str, tf.Tensor]:
    """What the networks make of pictures in and near the holes; arguments as `complete`, and

    Args:
        ring: so many pixels around holes are computed, too.

    Returns:
        `coarse` and `refined`, uint8 [B, H, W, 3], not pasted, to be read in the holes and the rings; `offsets`, int32
        [B, ceil(H / 8), ceil(W / 8), 2], where attention looked from there, see `ContextualAttention`.
    """
    planes = [image, mask] if sketch is None else [image, mask, sketch]
    padded, *rest = (_padded(plane) for plane in planes)
    rest = [tf.cast(plane, tf.float32) for plane in rest]
    wanted = tf.nn.max_pool2d(rest[0], 2 * ring + 1, 1, "SAME") if ring else rest[0]
    outputs = generator(to_float(padded), *rest, return_offsets=True, wanted=wanted, attention_memory=attention_memory)
    height, width = tf.unstack(tf.shape(image)[1:3])
    stages = {name: to_uint8(outputs[name])[:, :height, :width] for name in ("coarse", "refined")}
    return {**stages, "offsets": outputs["offsets"]}


def _padded(pictures: tf.Tensor) -> tf.Tensor:
    """Mirrors the lower and right borders until `GRID` divides the sides; a mirrored hole is a hole there too.

    By gathering, because TensorFlow's own mirroring refuses to add more rows than there are.
    """
    for axis in (1, 2):
        side = tf.shape(pictures)[axis]
        place = tf.range(side + -side % GRID) % (2 * side)
        pictures = tf.gather(pictures, tf.minimum(place, 2 * side - 1 - place), axis=axis)
    return pictures
