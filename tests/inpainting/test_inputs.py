"""Files, arrays, tensors and Pillow's images show the same pixels and holes."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from deepfill.errors import DeepFillError
from deepfill.inpainting import inputs
from deepfill.inpainting.inputs import FileBytes, is_batch, read_picture
from deepfill.photos import MaskRule

RULE = MaskRule()
PIXELS = np.random.default_rng(0).integers(0, 256, [12, 17, 3], np.uint8)
HOLE = np.zeros([12, 17], bool)
HOLE[2:7, 3:12] = True
GREY = np.where(HOLE, np.uint8(255), np.uint8(0))


class Tensor:
    """Stands for tensors of other libraries."""

    def __init__(self, values):
        self._values = values

    def __array__(self, dtype=None, copy=None):
        if self._values is None:
            raise TypeError("can't convert cuda:0 device type tensor to numpy")
        return self._values


def read(image=PIXELS, mask=GREY, sketch=None, sources=None, rule=RULE):
    return read_picture(rule, image, mask, sketch, sources)


IMAGES = {
    "array": PIXELS,
    "tensor": tf.constant(PIXELS),
    "other tensor": Tensor(PIXELS),
    "Pillow's": Image.fromarray(PIXELS),
    "with alpha": Image.fromarray(np.dstack([PIXELS, GREY])),
}
MASKS = {
    "bool": HOLE,
    "bool of Pillow": Image.fromarray(HOLE),
    "grey": Image.fromarray(GREY),
    "colours": Image.fromarray(np.stack([GREY, 0 * GREY, 0 * GREY], -1)),
    "palette": Image.fromarray(GREY).convert("P"),
    "16 bits": Image.fromarray(GREY.astype(np.uint16) * 257),
    "floats of Pillow": Image.fromarray(HOLE.astype(np.float32)),
    "CMYK": Image.fromarray(GREY).convert("RGB").convert("CMYK"),
    "tensor": tf.constant(HOLE.astype(np.float32) * 0.6),
    "with a channel": tf.constant(GREY[..., None]),
    "other tensor": Tensor(HOLE.astype(np.int64)),
}


@pytest.mark.parametrize("image", IMAGES.values(), ids=IMAGES)
def test_images_of_all_kinds_show_the_same_pixels(image):
    picture = read(image)
    pixels = picture.pixels
    assert np.array_equal(pixels, PIXELS) and pixels.dtype == np.uint8 and pixels.flags.c_contiguous
    assert np.array_equal(picture.hole, HOLE) and picture.sketch is None and picture.sources is None


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
def test_masks_sketches_and_sources_of_all_kinds_show_the_same_places_and_sources_end_at_the_hole(mask):
    picture = read(mask=mask, sketch=mask)
    assert np.array_equal(picture.hole, HOLE) and np.array_equal(picture.sketch, HOLE)
    hole = np.zeros_like(HOLE)
    hole[5:9, 1:5] = True
    sources = read(mask=hole, sources=mask).sources
    assert np.array_equal(sources, HOLE & ~hole)
    assert picture.hole.dtype == picture.sketch.dtype == sources.dtype == bool


def test_all_known_pixels_may_be_sources():
    assert np.array_equal(read(sources=np.ones([12, 17])).sources, ~HOLE)


def test_grey_and_palette_images_of_pillow_become_rgb():
    grey = Image.fromarray(PIXELS[..., 0])
    assert np.array_equal(read(grey).pixels, np.repeat(PIXELS[..., :1], 3, axis=-1))
    palette = Image.fromarray(PIXELS).quantize(13)
    assert np.array_equal(read(palette).pixels, np.asarray(palette.convert("RGB")))


def test_files_arrays_and_pillows_images_may_be_mixed(tmp_path):
    Image.fromarray(PIXELS).save(tmp_path / "a.png")
    Image.fromarray(GREY).save(tmp_path / "m.png")
    a, m = (FileBytes(f"{name}.png", (tmp_path / f"{name}.png").read_bytes()) for name in "am")
    for image in (tmp_path / "a.png", PIXELS, Image.open(tmp_path / "a.png"), a):
        for mask in (str(tmp_path / "m.png"), GREY, Image.open(tmp_path / "m.png"), m):
            picture = read(image, mask, mask)
            assert np.array_equal(picture.pixels, PIXELS)
            assert np.array_equal(picture.hole, HOLE) and np.array_equal(picture.sketch, HOLE)


def test_without_a_mask_the_transparency_is_the_hole(tmp_path):
    clear = Image.fromarray(np.dstack([PIXELS, 255 - GREY]))
    clear.save(tmp_path / "a.png")
    for image in (clear, tmp_path / "a.png"):
        picture = read(image, None)
        assert np.array_equal(picture.hole, HOLE) and (picture.alpha == 255).all()
        assert read(image, None, rule=MaskRule(grow=1)).hole.sum() > HOLE.sum()
    with pytest.raises(DeepFillError, match="image has no transparent pixels to complete: give a mask"):
        read(PIXELS, None)


def test_a_pillow_image_is_taken_as_it_lies(tmp_path):
    tags = Image.Exif()
    tags[274] = 6
    Image.fromarray(PIXELS).save(tmp_path / "a.png", exif=tags)
    assert np.array_equal(read(Image.open(tmp_path / "a.png")).pixels, PIXELS)
    assert np.array_equal(read(tmp_path / "a.png", np.rot90(GREY, -1)).pixels, np.rot90(PIXELS, -1))


def test_what_is_a_batch():
    assert not any(
        map(
            is_batch,
            (PIXELS, tf.constant(PIXELS), Image.fromarray(PIXELS), "a.png", Tensor(PIXELS), FileBytes("a", b"")),
        )
    )
    assert all(map(is_batch, ([PIXELS], (PIXELS,), PIXELS[None], tf.constant(PIXELS[None]))))


@pytest.mark.parametrize(
    "given, words",
    [
        ({"image": Image.fromarray(PIXELS).convert("F")}, "image: expected 8 bits of grey or RGB, got Pillow's mode F"),
        ({"image": 3}, "image: expected an array, a Pillow image or a file, got int"),
        ({"image": Tensor(None)}, "image: expected an array, got a Tensor that is not one: can't convert cuda:0"),
        ({"image": np.float32(PIXELS) / 255}, r"image: expected uint8 \[H, W, 3\], got float32 \[12, 17, 3\]"),
        ({"mask": [[0, 1]]}, "mask: expected an array, a Pillow image or a file, got list"),
        ({"mask": Image.fromarray(GREY.T.copy())}, "mask has 17 x 12 pixels, but image has 12 x 17 .*swapped"),
        ({"mask": Image.fromarray(np.dstack([PIXELS, GREY]))}, "mask is partly transparent"),
        ({"mask": np.where(HOLE, 0.3, 0)}, r"mask is not empty .* largest value is 0\.3"),
        ({"mask": "absent.png"}, r"absent\.png cannot be read"),
        ({"mask": FileBytes("m.png", b"BM")}, r"m\.png cannot be read"),
        ({"sources": HOLE}, "sources: expected light pixels outside the hole, got none"),
        ({"sources": np.zeros([12, 17])}, "sources: expected light pixels outside the hole, got none"),
        ({"sources": GREY // 3}, "sources is not empty but marks nothing: its largest value is 85"),
        ({"sources": GREY[1:]}, r"sources: expected the image's \[H, W\], \[12, 17\], got \[11, 17\]"),
    ],
)
def test_what_does_not_fit_is_a_sentence(given, words):
    with pytest.raises(DeepFillError, match=words):
        read(**given)


def test_a_photograph_over_the_limit_may_have_a_mask(tmp_path, monkeypatch):
    Image.fromarray(GREY).save(tmp_path / "m.png")
    monkeypatch.setattr(inputs, "MAX_PIXELS", 1)
    assert np.array_equal(read(mask=tmp_path / "m.png").hole, HOLE)


def test_a_sketch_has_its_lines_where_it_is_bright_and_not_transparent(tmp_path):
    grey, alpha = np.array([[0, 127, 128, 255]] * 2, np.uint8), np.array([[255] * 4, [0, 0, 127, 128]], np.uint8)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    Image.fromarray(np.dstack([grey, grey, grey, alpha])).save(tmp_path / "transparent.png")

    def lines(name):
        return read(PIXELS[:2, :4], np.zeros([2, 4], bool), sketch=tmp_path / name).sketch.tolist()

    assert lines("grey.png") == [[False, False, True, True]] * 2
    assert lines("transparent.png") == [[False, False, True, True], [False] * 3 + [True]]


def test_what_its_file_must_keep_goes_along(tmp_path):
    Image.fromarray(PIXELS).save(tmp_path / "a.png", dpi=(300, 300))
    photo = read(tmp_path / "a.png").photo
    assert photo.data == (tmp_path / "a.png").read_bytes() and photo.format == "PNG"
    assert photo.kept.dpi == pytest.approx((300, 300), abs=0.1)
    assert not read(PIXELS).photo.data and not read(Image.open(tmp_path / "a.png")).photo.data
