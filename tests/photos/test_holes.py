"""A hole is read from a mask of any kind that shows it, or from transparency; what would be a guess is refused."""

import cv2
import numpy as np
import pytest
from PIL import Image

from deepfill.errors import DeepFillError
from deepfill.photos import (
    MaskRule,
    hole_from_alpha,
    hole_from_mask,
    mark,
    planes_of_array,
    read_photo,
    read_planes,
    scale_hole,
)
from tests.making import odd_files

HOLE = np.zeros([odd_files.HEIGHT, odd_files.WIDTH], bool)
HOLE[2:7, 3:12] = True
PAINT = np.where(HOLE, np.uint8(255), np.uint8(0))


def read_hole(photo, path, **rule):
    return hole_from_mask(read_planes(path), photo.pixels.shape[:2], MaskRule(**rule), photo.name, path)


@pytest.fixture
def photo(odd):
    return read_photo(odd["turned_1.png"])


@pytest.fixture
def read(photo, tmp_path):
    """Saves a mask and reads it for the photograph."""

    def save_and_read(mask, name="m.png", options=None, **rule):
        image = mask if isinstance(mask, Image.Image) else Image.fromarray(mask)
        image.save(tmp_path / name, **(options or {}))
        return read_hole(photo, tmp_path / name, **rule)

    return save_and_read


def test_all_kinds_of_masks_show_the_same_hole(read):
    colours = Image.fromarray(PAINT).convert("RGB")
    for name, mask in [
        ("m.png", Image.fromarray(PAINT)),
        ("bit.png", Image.fromarray(PAINT).convert("1")),
        ("bit.tif", Image.fromarray(PAINT).convert("1")),
        ("m.jpg", Image.fromarray(PAINT)),
        ("rgb.png", colours),
        ("palette.png", colours.quantize(2)),
        ("m.gif", colours.quantize(2)),
        ("m.webp", colours),
        ("opaque.png", colours.convert("RGBA")),
    ]:
        assert np.array_equal(read(mask, name), HOLE), name
        assert np.array_equal(read(mask, name, invert=True), ~HOLE), name


@pytest.mark.parametrize("name", ["deep.png", "deep.tif"])
def test_masks_of_16_bits_count_in_their_own_depth(read, name):
    for inside, outside, source in [(65535, 0, "auto"), (33000, 32000, "auto"), (1, 0, "nonzero"), (9, 65535, "dark")]:
        mask = np.where(HOLE, inside, outside).astype(np.uint16)
        assert np.array_equal(read(mask, name, mask_from=source), HOLE)
    assert np.array_equal(read(np.where(HOLE, 255, 0).astype(np.uint16), name), HOLE)
    with pytest.raises(DeepFillError, match=r"largest value is 256, expected more than 32767\.5 of 65535.*nonzero"):
        read(np.where(HOLE, 256, 0).astype(np.uint16), name)
    turned = np.rot90(np.where(HOLE, 65535, 0).astype(np.uint16))
    assert np.array_equal(read(np.ascontiguousarray(turned), name, {"exif": odd_files.exif(6)}), HOLE)


@pytest.mark.parametrize("depth", [1, 8, 16])
def test_a_tiff_file_whose_zero_is_white_marks_what_programs_show_as_white(read, tmp_path, depth):
    # Pillow turns values of up to 8 bits over as it writes them.
    images = {
        1: Image.fromarray(HOLE),
        8: Image.fromarray(PAINT),
        16: Image.fromarray(np.where(HOLE, np.uint16(0), np.uint16(65535))),
    }
    assert np.array_equal(read(images[depth], "m.tif", {"tiffinfo": {262: 0}}), HOLE)
    assert Image.open(tmp_path / "m.tif").tag_v2[262] == 0


def test_masks_of_16_bits_in_colours_and_of_floats(photo, read, tmp_path):
    colours = np.zeros([*HOLE.shape, 3], ">u2")
    colours[HOLE] = (0, 1, 0)
    (tmp_path / "m.png").write_bytes(odd_files.png(16, 2, colours))
    assert np.array_equal(read_hole(photo, tmp_path / "m.png", mask_from="nonzero"), HOLE)
    for white in (1, 255):
        assert np.array_equal(read(Image.fromarray(HOLE.astype(np.float32) * white), "m.tif"), HOLE)


def test_soft_and_ringing_masks_end_at_the_threshold(tmp_path):
    large = np.kron(PAINT, np.ones([9, 9], np.uint8))
    soft = cv2.GaussianBlur(large, (0, 0), 4)
    Image.fromarray(soft).save(tmp_path / "soft.png")
    for threshold in (0.1, 0.5, 0.9):
        wanted = soft > 255 * threshold
        assert np.array_equal(mark(read_planes(tmp_path / "soft.png"), MaskRule(threshold=threshold)), wanted)
    Image.fromarray(large).save(tmp_path / "ringing.jpg", quality=30)
    with Image.open(tmp_path / "ringing.jpg") as image:
        assert len(np.unique(image)) > 30
    assert np.array_equal(mark(read_planes(tmp_path / "ringing.jpg")), large > 0)


def test_masks_are_turned_as_their_own_exif_says(odd, photo, read, tmp_path):
    assert np.array_equal(read(np.rot90(PAINT), options={"exif": odd_files.exif(6)}), HOLE)
    turned = read_photo(odd["turned_6.png"])
    Image.fromarray(np.rot90(PAINT, -1)).save(tmp_path / "upright.png")
    assert np.array_equal(read_hole(turned, tmp_path / "upright.png"), np.rot90(HOLE, -1))


def painted(grey, alpha):
    """A mask with transparency."""
    image = Image.fromarray(grey)
    image.putalpha(Image.fromarray(alpha))
    return image


def test_what_was_painted_or_erased_is_the_hole_as_the_flag_says(read):
    for name in ("m.png", "m.tif", "m.webp"):
        for under in (0, 255):  # whatever colour lies under the transparency
            white = np.where(HOLE, np.uint8(255), np.uint8(under))
            options = {"lossless": True} if name.endswith("webp") else {}
            assert np.array_equal(read(painted(white, PAINT), name, options, mask_from="light"), HOLE)
            assert np.array_equal(read(painted(255 - white, PAINT), name, options, mask_from="dark"), HOLE)
            for colour in (under, 120):
                erased = painted(np.full_like(PAINT, colour), 255 - PAINT)
                assert np.array_equal(read(erased, name, options, mask_from="alpha"), HOLE)


def test_without_a_mask_the_transparency_is_the_hole(odd, photo):
    with_alpha = read_photo(odd["alpha_turned.png"])
    hole = hole_from_alpha(with_alpha)
    assert np.array_equal(hole, with_alpha.alpha < 128) and hole.any()
    assert np.array_equal(hole_from_alpha(with_alpha, MaskRule(invert=True)), ~hole)
    low = hole_from_alpha(with_alpha, MaskRule(threshold=0.001))
    assert np.array_equal(low, with_alpha.alpha < 255)
    with pytest.raises(DeepFillError, match=r"turned_1\.png has no transparent pixels"):
        hole_from_alpha(photo)


def test_another_size_is_refused_with_the_flag_that_scales(read):
    with pytest.raises(DeepFillError, match=r"m\.png has 24 x 34 .*turned_1\.png has 12 x 17 pixels.*--resize_mask"):
        read(np.kron(PAINT, np.ones([2, 2], np.uint8)))


def test_a_line_stays_whole_when_its_mask_shrinks(read):
    for factor in (2, 3, 7):
        for place in range(factor):
            fine = np.zeros([factor * side for side in PAINT.shape], np.uint8)
            fine[place::factor, place::factor] = PAINT
            assert np.array_equal(read(fine, resize=True), HOLE)
    random = np.random.default_rng(0)
    for height, width in [(31, 44), (17, 24), (13, 18), (500, 708)]:
        hole = random.random([height, width]) < 20 / (height * width)
        scaled = scale_hole(hole, (12, 17))
        touched = np.zeros_like(scaled)
        for row, column in np.argwhere(hole):  # whatever pixels of the picture a pixel of the mask lies over
            rows, columns = (
                slice(at * to // have, -(-(at + 1) * to // have))
                for at, to, have in ((row, 12, height), (column, 17, width))
            )
            touched[rows, columns] = True
        assert np.array_equal(scaled, touched)


def test_a_mask_grows_by_its_nearest_pixels():
    small = np.random.default_rng(0).random([6, 8]) < 0.3
    assert np.array_equal(scale_hole(small, (24, 32)), np.kron(small, np.ones([4, 4], bool)))
    rounded = hole_from_mask(planes_of_array(small), (25, 33), MaskRule(resize=True))
    assert rounded.shape == (25, 33)


@pytest.mark.parametrize("resize", [False, True])
def test_swapped_sides_and_other_shapes_are_refused_with_that_reason(read, resize):
    for turned in (PAINT.T, np.kron(PAINT.T, np.ones([3, 3], np.uint8))):
        with pytest.raises(DeepFillError, match=r"m\.png has .*12 x 17 pixels .*: its sides are swapped"):
            read(np.ascontiguousarray(turned), resize=resize)
    for other in (PAINT[::2], PAINT[:, :12], np.kron(PAINT, np.ones([5, 4], np.uint8))):
        with pytest.raises(DeepFillError, match=r"12 x 17 pixels .*: .* or at least its proportions"):
            read(np.ascontiguousarray(other), resize=resize)


def disc(hole, radius):
    """What lies within a radius of a hole, by the definition."""
    rows, columns = np.indices(hole.shape)
    near = [(rows - row) ** 2 + (columns - column) ** 2 <= radius**2 for row, column in np.argwhere(hole)]
    return np.any(near, axis=0)


@pytest.mark.parametrize("pixels", [1, 2, 3])
def test_holes_grow_and_shrink_in_circles(read, pixels):
    dot = np.zeros_like(PAINT)
    dot[6, 8] = 255
    for mask in (PAINT, dot):
        assert np.array_equal(read(mask, grow=pixels), disc(mask > 0, pixels))
    assert np.array_equal(read(255 - dot, grow=-pixels), ~disc(dot > 0, pixels))
    corner = np.zeros_like(PAINT)
    corner[:5, :5] = 255
    assert np.array_equal(read(corner, grow=-pixels)[0, : 5 - pixels], [True] * (5 - pixels))  # the border is no rim


def test_a_hole_that_grows_over_everything_or_shrinks_to_nothing_is_refused(read):
    with pytest.raises(DeepFillError, match=r"m\.png has no hole left: --grow_mask=-5 shrinks it to nothing"):
        read(PAINT, grow=-5)
    with pytest.raises(DeepFillError, match=r"m\.png leaves no known pixels of .*: the hole, grown by 99 pixels, is"):
        read(PAINT, grow=99)
    assert not read(np.zeros_like(PAINT), grow=99).any()


@pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin")  # pytest drops the filter of deepfill.photos
def test_masks_that_cannot_be_read_are_named(photo, refused):
    for path in (path for path, words in refused.items() if words not in ("CMYK", "16 bits", "32 bits")):
        with pytest.raises(DeepFillError, match=path.name):
            read_hole(photo, path)
