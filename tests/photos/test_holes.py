"""A hole is read from a mask of any kind that shows it, or from transparency; what would be a guess is refused."""

import numpy as np
import pytest
from PIL import Image

from deepfill.errors import DeepFillError
from deepfill.photos import holes, read_hole, read_photo, read_sketch
from tests import odd_files

HOLE = np.zeros([odd_files.HEIGHT, odd_files.WIDTH], bool)
HOLE[2:7, 3:12] = True
PAINT = np.where(HOLE, np.uint8(255), np.uint8(0))


@pytest.fixture
def photo(odd):
    return read_photo(odd["turned_1.png"])


@pytest.fixture
def read(photo, tmp_path):
    """Saves a mask and reads it for the photograph."""

    def save_and_read(mask, name="m.png", invert=False, resize=False, **options):
        image = mask if isinstance(mask, Image.Image) else Image.fromarray(mask)
        image.save(tmp_path / name, **options)
        return read_hole(photo, photo.path, tmp_path / name, invert, resize)

    return save_and_read


def test_greys_over_half_are_the_hole(read):
    levels = np.resize(np.array([0, 127, 128, 255], np.uint8), HOLE.shape)
    assert np.array_equal(read(levels), levels > 127)
    assert np.array_equal(read(levels, invert=True), levels <= 127)


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


def test_colours_count_by_their_grey(read):
    mask = np.zeros([*HOLE.shape, 3], np.uint8)
    mask[0, :4] = [(255, 255, 0), (0, 255, 0), (255, 0, 0), (0, 0, 255)]  # greys of 226, 150, 76 and 29
    assert np.argwhere(read(mask)).tolist() == [[0, 0], [0, 1]]


def test_masks_are_turned_as_their_own_exif_says(odd, photo, read, tmp_path):
    assert np.array_equal(read(np.rot90(PAINT), exif=odd_files.exif(6)), HOLE)
    turned = read_photo(odd["turned_6.png"])
    Image.fromarray(np.rot90(PAINT, -1)).save(tmp_path / "upright.png")
    assert np.array_equal(read_hole(turned, turned.path, tmp_path / "upright.png"), np.rot90(HOLE, -1))


def test_an_empty_mask_is_fine(read):
    assert not read(np.zeros_like(PAINT)).any()
    assert not read(Image.new("RGBA", PAINT.shape[::-1])).any()  # nothing was painted


def painted(grey, alpha):
    """A mask with transparency."""
    image = Image.fromarray(grey)
    image.putalpha(Image.fromarray(alpha))
    return image


def test_what_a_mask_leaves_transparent_is_known(read):
    for under in (0, 255):  # whatever colour lies under the transparency
        white = np.where(HOLE, np.uint8(255), np.uint8(under))
        assert np.array_equal(read(painted(white, PAINT)), HOLE)
        assert np.array_equal(read(painted(255 - white, PAINT), invert=True), HOLE)


def test_transparent_masks_that_would_be_a_guess_are_refused(read):
    rubbed_out = Image.fromarray(odd_files.picture())
    rubbed_out.putalpha(Image.fromarray(255 - PAINT))
    black = painted(np.zeros_like(PAINT), PAINT)
    for mask in (rubbed_out, black):
        with pytest.raises(DeepFillError, match=r"m\.png is transparent in parts and not painted in white"):
            read(mask)


def test_without_a_mask_the_transparency_is_the_hole(odd, photo):
    with_alpha = read_photo(odd["alpha_turned.png"])
    hole = read_hole(with_alpha, "a.png", None)
    assert np.array_equal(hole, with_alpha.alpha < 128) and hole.any()
    assert np.array_equal(read_hole(with_alpha, "a.png", None, invert=True), ~hole)
    with pytest.raises(DeepFillError, match=r"a\.png has no transparency"):
        read_hole(photo, "a.png", None)


def test_another_size_is_refused_or_resized_by_the_nearest_pixels(read):
    with pytest.raises(DeepFillError, match=r"m\.png has 24 x 34 pixels.*turned_1\.png has 12 x 17 pixels"):
        read(np.kron(PAINT, np.ones([2, 2], np.uint8)))
    fine = np.full([3 * side for side in PAINT.shape], 255, np.uint8)
    fine[1::3, 1::3] = PAINT
    assert np.array_equal(read(fine, resize=True), HOLE)
    larger = read(PAINT[::2], resize=True)
    assert np.array_equal(larger, np.repeat(HOLE[::2], 2, axis=0))


def test_a_mask_that_leaves_nothing_known_is_refused(read):
    with pytest.raises(DeepFillError, match=r"m\.png leaves nothing of .*turned_1\.png known"):
        read(np.full_like(PAINT, 255))


def test_a_photograph_over_the_limit_may_have_a_mask(read, monkeypatch):
    monkeypatch.setattr(holes, "MAX_PIXELS", 1)
    assert np.array_equal(read(PAINT), HOLE)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin")  # pytest drops the filter of deepfill.photos
def test_masks_that_cannot_be_read_are_named(photo, refused):
    for path in refused:
        with pytest.raises(DeepFillError, match=path.name):
            read_hole(photo, photo.path, path)


def test_a_sketch_has_its_lines_where_it_is_bright_and_not_transparent(tmp_path):
    grey, alpha = np.array([[0, 127, 128, 255]] * 2, np.uint8), np.array([[255] * 4, [0, 0, 127, 128]], np.uint8)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    Image.fromarray(np.dstack([grey, grey, grey, alpha])).save(tmp_path / "transparent.png")
    assert read_sketch(tmp_path / "grey.png").tolist() == [[False, False, True, True]] * 2
    assert read_sketch(tmp_path / "transparent.png").tolist() == [[False, False, True, True], [False] * 3 + [True]]
    with pytest.raises(DeepFillError, match=r"absent\.png cannot be read"):
        read_sketch(tmp_path / "absent.png")
