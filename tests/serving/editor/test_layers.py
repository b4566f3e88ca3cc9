"""The completed picture saved as layers: what an OpenRaster file holds."""

import io
import zipfile
from xml.etree import ElementTree

import numpy as np
from PIL import Image, ImageCms

from deepfill.photos.holes import grow_hole
from tests.making import odd_files
from tests.serving.conftest import HEIGHT, WIDTH, pixels
from tests.serving.stand_in import colour

RECTANGLE = "editor.edit((hole) => hole.rectangle(60, 20, 109, 69, 1))"


def layers(data):
    """An OpenRaster file's layers, the uppermost first: (name, place, visibility) and images; and the merged image."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    assert archive.infolist()[0].filename == "mimetype" and archive.read("mimetype") == b"image/openraster"
    stack = ElementTree.fromstring(archive.read("stack.xml"))
    found = [
        (each.get("name"), (int(each.get("x")), int(each.get("y"))), each.get("visibility", "visible"))
        for each in stack.iter("layer")
    ]
    images = [Image.open(io.BytesIO(archive.read(each.get("src")))) for each in stack.iter("layer")]
    merged = Image.open(io.BytesIO(archive.read("mergedimage.png")))
    assert merged.size == (int(stack.get("w")), int(stack.get("h")))
    assert max(Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png"))).size) <= 256
    return found, images, merged


def test_layers_have_the_files_pixels_the_hole_and_the_completed_picture(opened, tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    upright = Image.fromarray(pixels())
    lying = upright.transpose(Image.Transpose.ROTATE_90)
    alpha = np.dstack([pixels(), np.where(np.arange(WIDTH) < 30, 0, 200) * np.ones([HEIGHT, 1])]).astype(np.uint8)
    cases = {
        "plain.png": (upright, {"icc_profile": profile}),
        "grey.png": (upright.convert("L"), {}),
        "turned.jpg": (lying, {"exif": odd_files.exif(6), "quality": 90}),
        "alpha.png": (Image.fromarray(alpha), {}),
    }
    editor = opened(margin=3)
    editor.page.on("dialog", lambda dialog: dialog.accept())
    for name, (image, options) in cases.items():
        image.save(tmp_path / name, **options)
        editor.open(tmp_path / name)
        editor.says(f"{name}, {WIDTH} × {HEIGHT} pixels")
        if name != "alpha.png":
            editor.page.evaluate(RECTANGLE)
        editor.complete()
        saved, data = editor.download("ora")
        assert saved == f"{name[:-4]}_completed.ora"
        found, (hole, completed, photograph), merged = layers(data)
        assert found == [
            ("Hole", (0, 0), "hidden"),
            ("Completed", (0, 0), "visible"),
            ("Photograph", (0, 0), "visible"),
        ]
        hole = np.asarray(hole)
        painted = np.zeros_like(hole)
        painted[20:70, 60:110] = True
        assert np.array_equal(hole, alpha[..., 3] < 128 if name == "alpha.png" else grow_hole(painted, 3)), name
        made, original = (np.asarray(each.convert("RGBA")) for each in (completed, photograph))
        assert np.array_equal(np.asarray(merged.convert("RGBA")), made)
        assert np.array_equal(made[~hole], original[~hole]), name
        assert name == "grey.png" or (made[hole][:, :3] == colour(1)).all(), name
        if name == "turned.jpg":  # its own file lies
            assert np.abs(original[..., :3].astype(int) - pixels()).mean() < 3
        else:
            assert np.array_equal(original, np.asarray(image.convert("RGBA"))), name
            assert np.array_equal(np.asarray(merged.convert("RGBA")), decode_rgba(editor.download("png")[1]))
        assert merged.info.get("icc_profile") == options.get("icc_profile"), name


def decode_rgba(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))


def test_layers_of_an_extended_picture_keep_the_photograph_in_its_place(opened, photo):
    editor = opened(photo)
    editor.page.evaluate(RECTANGLE)
    editor.complete()
    editor.page.evaluate("editor.project.expand = [10, 0, 0, 30]; editor.update()")
    editor.complete()
    found, (hole, completed, photograph), merged = layers(editor.download("ora")[1])
    assert found[2] == ("Photograph", (30, 10), "visible") and photograph.size == (WIDTH, HEIGHT)
    assert completed.size == hole.size == merged.size == (WIDTH + 30, HEIGHT + 10)
    hole = np.asarray(hole)
    assert hole[:10].all() and hole[:, :30].all() and hole[30:80, 90:140].all()
    assert hole.sum() == hole.size - WIDTH * HEIGHT + 50 * 50
    assert np.array_equal(np.asarray(completed)[10:, 30:][~hole[10:, 30:]], np.asarray(photograph)[~hole[10:, 30:]])
