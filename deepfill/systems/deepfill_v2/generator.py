"""The two-stage generator of DeepFill v2 (Yu et al. 2019, figure 3); names are those of the released checkpoints."""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import tensorflow as tf

from deepfill.layers import ContextualAttention, GatedConv2D, UpsampleGatedConv2D, resize_nearest
from deepfill.systems.base import BaseGenerator, Batch, InputSize, Tensors, make_variables
from deepfill.systems.deepfill_v2.boxes import GRID, box_around, grown, margin_of, paste, run_layers, whole_box


@keras.saving.register_keras_serializable("deepfill")
class Generator(BaseGenerator):
    """Completes the holes of a batch of pictures: a coarse network, then a refinement with contextual attention.

    Args:
        width: base width c; 48 in the release, which makes 4,052,478 parameters.
        guided: whether the coarse network takes a sketch.
        attention: settings of `ContextualAttention`; the published ones if omitted.
        precision: dtype or mixed precision policy of the layers.

    Call arguments:
        image: float [B, H, W, 3] in [-1, 1]; 8 divides H and W. Hole pixels are ignored.
        mask: float [B, H, W, 1], 1 = hole, 0 = known; one for each picture.
        sketch: float [B, H, W, 1], 1 = line, 0 = none, if guided; empty if omitted. Only used in the hole.
        return_offsets: also return attention's offsets.
        needed_pixels: [B, H, W, 1], over 0 at pixels of `coarse` and `refined` that will be used; all if omitted. There
            both are the same up to rounding; unneeded regions are skipped, and other pixels may have any value.
        attention_memory: about how many bytes attention's scores may take, see `ContextualAttention`; no limit if
            omitted.

    Returns:
        A dictionary of float32 [B, H, W, 3] in [-1, 1]: `coarse`, `refined` and `completed`, which is `refined` in the
        hole and the image elsewhere; if asked for, `offsets` int32 [B, H / 8, W / 8, 2].

    Reference:
        Yu et al., "Free-Form Image Inpainting with Gated Convolution", ICCV 2019, section 3.2 and figure 3.
    """

    system = "deepfill_v2"
    input_size = InputSize(multiple=GRID)
    stages = ("coarse",)
    has_attention_offsets = True

    def __init__(
        self,
        width: int = 48,
        guided: bool = False,
        attention: Mapping[str, Any] | None = None,
        precision: str = "float32",
        name: str = "generator",
    ):
        super().__init__(width, precision, name)
        self.guided = guided

        def conv(name: str, kernel: int, filters: int, **settings: Any) -> GatedConv2D:
            return GatedConv2D(filters, kernel, name=name, dtype=precision, **settings)

        def upsample(name: str, filters: int) -> UpsampleGatedConv2D:
            return UpsampleGatedConv2D(filters, name=name, dtype=precision)

        def picture(name: str) -> keras.layers.Conv2D:
            options = {"padding": "same", "data_format": "channels_last", "activation": "tanh"}
            return keras.layers.Conv2D(3, 3, **options, name=name, dtype=precision)

        layers = two_stages(width, conv, upsample, picture)
        self.coarse, self.convolution_branch, self.attention_encoder, attention_decoder, decoder = layers
        self.attention = ContextualAttention(**(attention or {}), name="contextual_attention", dtype=precision)
        self.attention_decoder, self.decoder = attention_decoder, decoder
        make_variables(self, tf.zeros([1, 8, 8, 3]), tf.zeros([1, 8, 8, 1]))

    def call(
        self,
        image: tf.Tensor,
        mask: tf.Tensor,
        sketch: tf.Tensor | None = None,
        return_offsets: bool = False,
        needed_pixels: tf.Tensor | None = None,
        attention_memory: int | None = None,
    ) -> dict[str, tf.Tensor]:
        known = image * (1.0 - mask)
        picture = whole_box(image)
        box = picture if needed_pixels is None else box_around(needed_pixels)

        coarse = run_layers(self.coarse, self._coarse_input(known, mask, sketch), picture, picture, box)
        coarse = paste(tf.cast(coarse, tf.float32), box, picture, image)
        pasted = coarse * mask + known

        context = grown(box, margin_of(self.decoder, stride=4), picture)
        convolved = run_layers(self.convolution_branch, pasted, picture, picture, context)

        attended = run_layers(self.attention_encoder, pasted, picture, picture, picture)
        small_mask = resize_nearest(mask, tf.shape(attended)[1:3])
        needed = None if needed_pixels is None else self._places_read(needed_pixels)
        attended = self.attention(
            attended, small_mask, return_offsets=return_offsets, needed=needed, memory=attention_memory
        )
        attended, offsets = attended if return_offsets else (attended, None)
        attended = run_layers(self.attention_decoder, attended, picture, picture, context, stride=4)

        refined = run_layers(self.decoder, tf.concat([convolved, attended], axis=-1), picture, context, box, stride=4)
        refined = paste(tf.cast(refined, tf.float32), box, picture, image)

        outputs = {"coarse": coarse, "refined": refined, "completed": refined * mask + known}
        return {**outputs, "offsets": offsets} if return_offsets else outputs

    def complete(self, batch: Batch, needed_pixels: tf.Tensor | None = None, memory: int | None = None) -> Tensors:
        """Completes a batch, see `deepfill.systems.base`."""
        inputs = (batch["image"], batch["mask"], batch.get("sketch"))
        outputs = self(
            *inputs, return_offsets=needed_pixels is None, needed_pixels=needed_pixels, attention_memory=memory
        )
        return {"predicted": outputs.pop("refined"), **outputs}

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "guided": self.guided, "attention": self.attention.settings}

    def _places_read(self, needed_pixels: tf.Tensor) -> tf.Tensor:
        """bool [H / 8, W / 8]: the places whose patches reach a needed pixel through the layers after attention."""
        # A patch is twice as wide as a place, so it reaches one further.
        places = 1 + -(-(margin_of(self.attention_decoder, stride=4) + margin_of(self.decoder, stride=4)) // GRID)
        needed_pixels = tf.nn.max_pool2d(tf.cast(needed_pixels, tf.float32), GRID, GRID, "VALID")
        return tf.reduce_any(tf.nn.max_pool2d(needed_pixels, 2 * places + 1, 1, "SAME") > 0, axis=[0, 3])

    def _coarse_input(self, known: tf.Tensor, mask: tf.Tensor, sketch: tf.Tensor | None) -> tf.Tensor:
        if not self.guided:
            return tf.concat([known, tf.ones_like(mask), mask], axis=-1)
        sketch = tf.zeros_like(mask) if sketch is None else sketch
        return tf.concat([known, sketch * mask, tf.ones_like(mask), mask], axis=-1)

    def adapt(self, weights: Mapping[str, tf.Variable]) -> None:
        """Takes the weights of a generator of the same width, guided or not.

        Those of an unguided one have no channel for the sketch; it starts at zero, so that both complete alike. The
        channel of a guided one is dropped, as if its sketch were empty.

        Args:
            weights: the `named_variables()` of the other generator.
        """
        for name, variable in self.named_variables().items():
            value = tf.convert_to_tensor(weights[name])
            if value.shape != variable.shape:  # conv1/kernel: image, perhaps sketch, ones and mask
                image, rest = value[:, :, :3], value[:, :, -2:]
                value = tf.concat([image, *([tf.zeros_like(rest[:, :, :1])] if self.guided else []), rest], axis=2)
            variable.assign(value)


def two_stages(
    c: int,
    conv: Callable[..., keras.layers.Layer],
    upsample: Callable[[str, int], keras.layers.Layer],
    picture: Callable[[str], keras.layers.Layer],
) -> tuple[list[keras.layers.Layer], ...]:
    """Makes the layers of both stages; those of DeepFill v1 are the same, without gates.

    Args:
        c: base width.
        conv: makes a convolution from its name, its kernel's side and its filters, with an ELU unless `activation` says
            otherwise.
        upsample: makes a convolution of doubled pictures from its name and its filters.
        picture: makes the convolution whose output is a picture from its name.

    Returns:
        The coarse stage, and of the refinement the branch of convolutions, attention's encoder and decoder, and the
        decoder of both branches.
    """
    coarse = [
        conv("conv1", 5, c),
        conv("conv2_downsample", 3, 2 * c, strides=2),
        conv("conv3", 3, 2 * c),
        conv("conv4_downsample", 3, 4 * c, strides=2),
        conv("conv5", 3, 4 * c),
        conv("conv6", 3, 4 * c),
        conv("conv7_atrous", 3, 4 * c, dilation_rate=2),
        conv("conv8_atrous", 3, 4 * c, dilation_rate=4),
        conv("conv9_atrous", 3, 4 * c, dilation_rate=8),
        conv("conv10_atrous", 3, 4 * c, dilation_rate=16),
        conv("conv11", 3, 4 * c),
        conv("conv12", 3, 4 * c),
        upsample("conv13_upsample", 2 * c),
        conv("conv14", 3, 2 * c),
        upsample("conv15_upsample", c),
        conv("conv16", 3, c // 2),
        picture("conv17"),
    ]
    convolution_branch = [
        conv("xconv1", 5, c),
        conv("xconv2_downsample", 3, c, strides=2),
        conv("xconv3", 3, 2 * c),
        conv("xconv4_downsample", 3, 2 * c, strides=2),
        conv("xconv5", 3, 4 * c),
        conv("xconv6", 3, 4 * c),
        conv("xconv7_atrous", 3, 4 * c, dilation_rate=2),
        conv("xconv8_atrous", 3, 4 * c, dilation_rate=4),
        conv("xconv9_atrous", 3, 4 * c, dilation_rate=8),
        conv("xconv10_atrous", 3, 4 * c, dilation_rate=16),
    ]
    attention_encoder = [
        conv("pmconv1", 5, c),
        conv("pmconv2_downsample", 3, c, strides=2),
        conv("pmconv3", 3, 2 * c),
        conv("pmconv4_downsample", 3, 4 * c, strides=2),
        conv("pmconv5", 3, 4 * c),
        conv("pmconv6", 3, 4 * c, activation="relu"),
    ]
    attention_decoder = [conv("pmconv9", 3, 4 * c), conv("pmconv10", 3, 4 * c)]
    decoder = [
        conv("allconv11", 3, 4 * c),
        conv("allconv12", 3, 4 * c),
        upsample("allconv13_upsample", 2 * c),
        conv("allconv14", 3, 2 * c),
        upsample("allconv15_upsample", c),
        conv("allconv16", 3, c // 2),
        picture("allconv17"),
    ]
    return coarse, convolution_branch, attention_encoder, attention_decoder, decoder
