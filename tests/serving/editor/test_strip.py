"""Several pictures in the editor: a strip to choose from, completed one after the other, and a zip file."""

import hashlib
import zipfile

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from tests.serving.browser import decode
from tests.serving.conftest import HEIGHT, WIDTH, pixels
from tests.serving.editor.test_controls import PHONE
from tests.serving.stand_in import colour

RECTANGLE = "editor.edit((hole) => hole.rectangle(60, 20, 109, 69, 1))"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Three pictures, two of which have the same name but for their suffix, and a file that is none between them."""
    folder = tmp_path_factory.mktemp("folder")
    (folder / "text.txt").write_text("no picture")
    paths = [folder / name for name in ("Mauer 1.png", "text.txt", "Mauer 1.bmp", "høst.tif")]
    for turn, path in enumerate(paths):
        if path.suffix != ".txt":
            Image.fromarray(np.roll(pixels(), 40 * turn, axis=1)).save(path)
    return paths


@pytest.fixture
def strip(opened, files):
    """A function: an editor with the three pictures open."""

    def start(**options):
        editor = opened(**options)
        editor.page.set_input_files("#file", files)
        editor.says("Opened 3 of 4 pictures")
        editor.complaints.clear()  # the browser itself says that the server refused one
        return editor

    return start


def names(editor):
    return [each.get_attribute("aria-label") for each in editor.page.locator("#pictures button").all()]


def show(editor, number):
    editor.page.click(f"#pictures button >> nth={number - 1}")
    editor.says(f", {number} of 3. ")


def zipped(editor, form=None):
    """The zip file of all completed pictures: names and bytes."""
    if form:
        editor.page.select_option("#format", form)
    with editor.page.expect_download() as download:
        editor.page.click("#download-all")
    assert download.value.suggested_filename == "completed.zip"
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def digest(data):
    return hashlib.sha256(data).hexdigest()


def test_several_files_make_a_strip_and_one_that_is_refused_is_named(strip):
    editor = strip()
    page = editor.page
    assert "text.txt cannot be read: expected a JPEG" in page.inner_text("#status")
    assert names(editor) == ["1 of 3: Mauer 1.png", "2 of 3: Mauer 1.bmp", "3 of 3: høst.tif"]
    assert page.evaluate("editor.project.file.name") == "Mauer 1.png", "the first is shown"
    # Only what is shown is decoded, and nothing of the others is in memory but their thumbnails.
    assert page.evaluate("editor.pictures.all.map((each) => each.project !== null)") == [True, False, False]
    drawn = page.evaluate(
        "editor.pictures.all.map(({ thumb }) => [...thumb.getContext('2d').getImageData(70, 50, 1, 1).data])"
    )
    assert len({tuple(each) for each in drawn}) == 3 and all(each[3] == 255 for each in drawn)


def test_pictures_are_chosen_by_click_and_key_and_keep_hole_and_history(strip):
    editor = strip()
    page = editor.page
    editor.complete_rectangle()
    first = editor.download()[1]
    editor.drag((10, 10), (30, 30))
    hole = editor.mask()
    show(editor, 3)
    assert not editor.mask().any() and page.locator("#undo").is_disabled() and page.locator("#download").is_disabled()
    assert page.evaluate("editor.pictures.all[0].project.picture.bitmap") is None, "its pixels are gone"
    assert names(editor)[0] == "1 of 3: Mauer 1.png, hole painted"
    editor.drag((70, 30), (90, 50))
    other = editor.mask()
    for _ in range(2):
        page.keyboard.press("PageUp")
        page.wait_for_selector("#stage[aria-busy=false]")
    editor.says("Mauer 1.png, 1 of 3")
    page.keyboard.press("PageUp")  # there is none before
    assert np.array_equal(editor.mask(), hole)
    editor.press("Control+z")
    assert names(editor)[0] == "1 of 3: Mauer 1.png, completed"
    assert editor.download()[1] == first
    editor.press("Control+z")
    assert editor.mask()[20:70, 60:110].all() and page.locator("#download").is_disabled()
    # In the list, arrows move the focus, and Enter shows.
    page.focus("#pictures [aria-selected=true]")
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("editor.pictures.all.indexOf(editor.pictures.current)") == 0
    page.keyboard.press("Enter")
    editor.says("høst.tif, 3 of 3")
    assert page.evaluate("document.activeElement.getAttribute('aria-selected')") == "true"
    assert np.array_equal(editor.mask(), other)


def test_all_are_completed_kept_and_downloaded_as_one_zip(strip):
    editor = strip()
    page = editor.page
    page.on("dialog", lambda dialog: dialog.accept())
    assert page.get_attribute("#complete-all", "aria-disabled") == "true"
    page.click("#complete-all", force=True)
    editor.says("No picture has a hole yet")
    for number in (1, 2):
        show(editor, number) if number > 1 else None
        page.evaluate(RECTANGLE)
    page.click("#complete-all")
    editor.says("Completed 2 of 2 pictures.")
    completed = ["1 of 3: Mauer 1.png, completed", "2 of 3: Mauer 1.bmp, completed", "3 of 3: høst.tif"]
    assert names(editor) == completed
    show(editor, 3)
    page.evaluate("editor.edit((hole) => hole.rectangle(0, 0, 9, 9, 1))")
    editor.until("editor.kept && editor.pictures.all.every((each) => each.kept)")
    page.reload()
    editor.says("3 pictures are as they were before the page was reloaded")
    page.evaluate("document.getElementById('more').open = true")
    assert names(editor) == [*completed[:2], "3 of 3: høst.tif, hole painted"]
    assert page.evaluate("editor.project.file.name") == "høst.tif" and editor.mask().sum() == 100
    assert page.evaluate("editor.pictures.unsaved")
    # What is in the zip is what each download gives, to the byte.
    alone = {form: zipped(editor, form) for form in ("png", "keep")}
    editor.says("Downloaded 2 of 2 pictures.")
    assert list(alone["keep"]) == ["Mauer 1_completed.png", "Mauer 1_completed.bmp"]
    assert list(alone["png"]) == ["Mauer 1_completed.png", "Mauer 1_completed (2).png"]
    assert not page.evaluate("editor.pictures.unsaved")
    for number in (1, 2):
        show(editor, number)
        for form, files in alone.items():
            assert digest(editor.download(form)[1]) == digest(list(files.values())[number - 1])
        made = decode(list(alone["png"].values())[number - 1])
        assert (made[20:70, 60:110] == colour(1)).all()


def test_completing_all_is_cancelled_between_pictures_and_goes_on_after_a_failure(strip):
    editor = strip()
    page = editor.page
    for number in (1, 2, 3):
        show(editor, number) if number > 1 else None
        page.evaluate(RECTANGLE)
    # The whole picture as the hole is refused.
    show(editor, 2)
    page.evaluate("editor.invert(), editor.edit((hole) => hole.rectangle(0, 0, 200, 200, 1))")
    page.click("#complete-all")
    editor.says("Completed 2 of 3 pictures. Mauer 1.bmp")
    assert [name.rpartition(", ")[2] for name in names(editor)] == ["completed", "hole painted", "completed"]
    for number in (1, 3):
        show(editor, number)
        page.evaluate(RECTANGLE)
    editor.complaints.clear()
    page.evaluate(
        "() => { const say = editor.progress; editor.progress = (name, state) => {"
        " say(name, state); if (name === 'Completing 3 of 3') editor.cancel(); } }"
    )
    page.click("#complete-all")
    editor.says("Cancelled. Completed 1 of 3 pictures.")
    editor.complaints.clear()


def test_pictures_join_and_are_closed(strip, files, photo):
    editor = strip()
    page = editor.page
    page.set_input_files("#file", photo)
    editor.says(f"photo.png, {WIDTH} × {HEIGHT} pixels")
    assert len(names(editor)) == 4 and page.evaluate("editor.project.file.name") == "photo.png"
    for name in ("photo.png", "høst.tif", "Mauer 1.bmp"):
        page.click("#close")
        editor.says(f"Closed {name}.")
    assert page.locator("#strip").is_hidden(), "one picture alone needs none"
    editor.until("editor.kept")
    page.reload()
    editor.says("Mauer 1.png is as it was before the page was reloaded")
    page.set_input_files("#file", photo)
    editor.says("photo.png")
    assert page.locator("#strip").is_hidden(), "one takes the place of one"
    page.set_input_files("#file", files[1:3])
    editor.says("Opened 1 of 2 pictures.")
    assert names(editor) == ["1 of 2: photo.png", "2 of 2: Mauer 1.bmp"]
    editor.complaints.clear()


def test_a_folder_is_dropped(opened, files):
    editor = opened()
    nested = files[0].parent / "nested"
    nested.mkdir()
    Image.fromarray(pixels()).save(nested / "10.png")
    Image.fromarray(pixels()).save(nested / "9.png")
    (nested / ".hidden").write_text("")
    devices = editor.context.new_cdp_session(editor.page)
    box = editor.page.locator("#stage").bounding_box()
    for kind in ("dragEnter", "dragOver", "drop"):
        data = {"items": [], "files": [str(nested)], "dragOperationsMask": 1}
        place = {"x": box["x"] + 50, "y": box["y"] + 50}
        devices.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})
    editor.says("Opened 2 of 2 pictures.")
    assert names(editor) == ["1 of 2: 9.png", "2 of 2: 10.png"]


def test_axe_finds_nothing_to_complain_of_in_the_strip(strip):
    for options in ({"color_scheme": "dark"}, PHONE):
        editor = strip(**options)
        editor.page.evaluate(RECTANGLE)
        if options is not PHONE:
            editor.complete()
            editor.page.evaluate("document.getElementById('more').open = false")
            editor.shoot("strip_dark")
        violations = Axe().run(editor.page).response["violations"]
        assert not [f"{each['id']}: {each['nodes'][0]['html']}" for each in violations], options


@pytest.mark.parametrize(("width", "height"), [(390, 844), (844, 390)])
def test_on_a_phone_the_strip_leaves_the_picture_large(strip, width, height):
    editor = strip(**{**PHONE, "viewport": {"width": width, "height": height}})
    page = editor.page
    editor.shoot(f"strip_{width}")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    stage = page.locator("#stage").bounding_box()
    assert stage["height"] >= 0.6 * height and stage["width"] >= 0.8 * width
    for button in page.locator("#strip button").all():
        box = button.bounding_box()
        assert box["width"] >= 44 and box["height"] >= 44
    for button in page.locator("#strip > button").all():
        box = button.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width and box["y"] + box["height"] <= height
    page.tap("#pictures button >> nth=1")
    editor.says("Mauer 1.bmp, 2 of 3")
