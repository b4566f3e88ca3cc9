"""The editor in a real browser: what is painted is what is sent, and what is saved is what the command writes."""

import base64
import json

import numpy as np
import pytest
from PIL import Image, ImageCms

from deepfill.inpainting import FileSettings, Job, complete_job
from deepfill.photos import MaskRule
from deepfill.photos.holes import grow_hole
from tests.making import odd_files
from tests.making.waiting import until
from tests.serving.browser import decode
from tests.serving.conftest import HEIGHT, WIDTH, pixels, running
from tests.serving.test_app import Slow


@pytest.fixture(scope="module")
def by_command(inpainter):
    """A function: the bytes of the file that `deepfill inpaint` writes."""

    def run(image, hole, output, sketch=None, grow=0):
        mask = output.with_name("mask.png")
        Image.fromarray(hole).save(mask)
        lines = output.with_name("sketch.png") if sketch is not None else None
        if lines:
            Image.fromarray(sketch).save(lines)
        complete_job(
            inpainter, Job(image, mask if hole.any() else None, output, lines), FileSettings(MaskRule(grow=grow))
        )
        return output.read_bytes()

    return run


def disc(x, y, radius):
    rows, columns = np.ogrid[:HEIGHT, :WIDTH]
    return (rows - y) ** 2 + (columns - x) ** 2 <= radius**2


def test_what_is_saved_is_the_commands_file_to_the_byte_fill_upon_fill(opened, by_command, photo, tmp_path):
    editor = opened(photo)
    editor.tool("b", 16)
    editor.drag((40, 30), (80, 40))
    first = editor.mask()
    assert first[disc(40, 30, 7) | disc(80, 40, 7)].all() and not first[:15].any()
    editor.complete()
    assert not editor.mask().any(), "the hole is filled"
    name, data = editor.download()
    editor.says("Outside the holes its pixels are exactly those of your file.")
    assert name == "photo_completed.png"
    assert data == by_command(photo, first, tmp_path / "first.png")
    assert np.array_equal(decode(data)[~first], pixels()[~first])
    editor.drag((100, 70), (110, 75))
    editor.page.locator("#margin").fill("3")
    second = editor.mask()
    editor.says("--grow_mask=3")
    editor.complete()
    data = editor.download()[1]
    assert data == by_command(tmp_path / "first.png", second, tmp_path / "second.png", grow=3)
    known = ~first & ~grow_hole(second, 3)
    assert np.array_equal(decode(data)[known], pixels()[known])
    for form, suffix in (("jpg", "jpg"), ("webp", "webp"), ("tiff", "tiff")):
        name, data = editor.download(form)
        assert name == f"photo_completed.{suffix}"
        assert data == by_command(tmp_path / "first.png", second, tmp_path / f"second.{suffix}", grow=3)
    # Fill by fill it can be undone and done again, and the file is the former one.
    editor.press("Control+z")
    editor.press("Control+z")
    assert not (editor.mask() & first).any()
    editor.page.select_option("#format", "keep")
    assert editor.download()[1] == (tmp_path / "first.png").read_bytes()
    editor.press("Control+z")
    editor.press("Control+z")
    assert editor.page.locator("#download").is_disabled()
    for _ in range(4):
        editor.press("Control+Shift+z")
    editor.says("Redone")
    assert editor.download()[1] == (tmp_path / "second.png").read_bytes()


def test_odd_files_come_back_as_from_the_command(opened, by_command, tmp_path):
    upright = Image.fromarray(pixels())
    lying = upright.transpose(Image.Transpose.ROTATE_90)  # what orientation 6 turns upright
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    told = {"exif": odd_files.exif(6), "dpi": (300, 300)}
    alpha = upright.copy()
    alpha.putalpha(Image.fromarray(np.where(disc(100, 60, 12), 0, 255).astype(np.uint8)))
    cases = {
        "phone.jpg": (lying, {**told, "icc_profile": profile, "quality": 90}),
        "turned.png": (lying, told),
        "turned.tif": (lying, told),
        "grey.png": (upright.convert("L"), {}),
        "palette.png": (upright.quantize(60), {}),
        "alpha.png": (alpha, {}),
        "alpha.webp": (alpha, {"lossless": True, "exact": True}),
    }
    editor = opened()
    editor.page.on("dialog", lambda dialog: dialog.accept())
    for name, (image, options) in cases.items():
        path = tmp_path / name
        image.save(path, **options)
        editor.open(path)
        editor.says(f"{name}, {WIDTH} × {HEIGHT} pixels")
        form = {"jpg": "JPEG", "tif": "TIFF", "webp": "WebP"}.get(name.rpartition(".")[2], "PNG")
        assert editor.page.locator("#format option").first.text_content() == f"its own format ({form})"
        editor.tool("r")
        editor.drag((20, 20), (50, 40))
        hole = editor.mask()
        assert hole[20:41, 20:51].all() and hole.sum() == 21 * 31, name
        editor.complete()
        saved, data = editor.download("keep")
        suffix = saved.rpartition(".")[2]
        assert data == by_command(path, hole, tmp_path / f"out.{suffix}"), name
    # Without a hole painted, what is transparent is the hole, as for the command.
    editor.open(tmp_path / "alpha.png")
    editor.complete()
    assert editor.download()[1] == by_command(tmp_path / "alpha.png", np.zeros([2, 2], bool), tmp_path / "filled.png")


def test_tools_mark_what_they_show_and_each_change_is_undone(opened, photo, tmp_path):
    editor = opened(photo)
    editor.tool("l")
    editor.drag((20, 20), (60, 20), (60, 60), (20, 60))
    lasso = editor.mask()
    assert lasso[22:59, 22:59].all() and lasso.sum() == pytest.approx(40 * 40, rel=0.06)
    editor.tool("e", 10)
    editor.drag((40, 40), (40, 41))
    assert not (editor.mask() & disc(40, 40, 4)).any()
    editor.tool("r")
    editor.drag((22, 22), (30, 30), button="right")
    erased = editor.mask()
    assert not erased[22:31, 22:31].any() and erased[33:58, 22:35].all()
    editor.shoot("tools")
    editor.page.locator("#reach").fill("3")
    editor.page.click("#grow")
    grown = editor.mask()
    near = np.hypot(*np.mgrid[-3:4, -3:4]) <= 3
    padded = np.pad(erased, 3)
    expected = np.zeros_like(erased)
    for row, column in np.argwhere(near):
        expected |= padded[row : row + HEIGHT, column : column + WIDTH]
    assert np.array_equal(grown, expected)
    editor.page.click("#shrink")
    assert (editor.mask() & ~grown).sum() == 0 and (erased & ~editor.mask()).sum() == 0
    editor.page.click("#invert")
    editor.page.click("#clear")
    assert not editor.mask().any()
    for _ in range(3):
        editor.page.click("#undo")
    assert np.array_equal(editor.mask(), grown)
    for _ in range(4):
        editor.page.click("#undo")
    assert not editor.mask().any() and editor.page.locator("#undo").is_disabled()
    # A mask that is saved can be loaded, and one of another size is refused.
    Image.fromarray(grown).save(tmp_path / "mask.png")
    editor.page.set_input_files("#mask-file", tmp_path / "mask.png")
    editor.says("Loaded the hole from mask.png")
    assert np.array_equal(editor.mask(), grown)
    Image.new("L", (20, 10), 255).save(tmp_path / "small.png")
    editor.page.set_input_files("#mask-file", tmp_path / "small.png")
    editor.says("small.png has 20 x 10 pixels, but the picture has 140 x 90")


def test_zoom_and_pan_change_nothing_but_the_view(opened, photo):
    editor = opened(photo)
    editor.page.mouse.move(*editor.at(100, 40))
    fitted = editor.page.evaluate("editor.view.scale")
    place = editor.at(100, 40)
    editor.page.mouse.wheel(0, -400)
    until(lambda: editor.page.evaluate("editor.view.scale") > 1.5 * fitted)
    assert editor.at(100, 40) == pytest.approx(place, abs=0.5), "the wheel zooms around the pointer"
    editor.page.keyboard.down(" ")
    editor.page.mouse.down()
    editor.page.mouse.move(place[0] - 50, place[1] + 20)
    editor.page.mouse.up()
    editor.page.keyboard.up(" ")
    assert editor.at(100, 40) == pytest.approx((place[0] - 50, place[1] + 20), abs=0.5)
    assert not editor.mask().any()
    editor.tool("b", 5)
    editor.drag((100, 40), (100, 41))
    assert editor.mask()[40, 100] and editor.mask().sum() < 40
    editor.page.keyboard.press("z")
    assert editor.page.inner_text("#zoom") == "100 %"
    editor.page.keyboard.press("0")
    assert editor.page.evaluate("editor.view.scale") == fitted


def test_without_a_mouse(opened, by_command, photo, tmp_path):
    editor = opened(photo)
    page = editor.page
    assert page.evaluate("document.activeElement.id") == "stage"
    editor.tool("r")
    for _ in range(4):
        page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    for key in ("Shift+ArrowRight", "Shift+ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    assert "Pointer at" in page.inner_text("#spoken")
    page.keyboard.press("Enter")
    hole = editor.mask()
    assert hole.sum() > 20
    page.keyboard.press("Control+Enter")
    editor.says("Completed in")
    with page.expect_download() as download:
        page.keyboard.press("Control+s")
    with open(download.value.path(), "rb") as file:
        assert file.read() == by_command(photo, hole, tmp_path / "out.png")
    page.focus("#stage")
    page.keyboard.press("?")
    assert page.locator("dialog").is_visible()
    editor.shoot("keys")
    page.keyboard.press("Escape")
    # Each control can be reached by Tab and has a name.
    names = page.evaluate(
        """[...document.querySelectorAll('button, input:not([hidden]), select')].map((each) =>
            (each.labels?.[0]?.textContent || '') + (each.getAttribute('aria-label') || '') + each.textContent)"""
    )
    assert all(name.strip() for name in names), names
    told = page.locator("body").aria_snapshot()
    for line in ('button "Complete"', 'radio "Brush B"', "status", 'slider "Size', "application"):
        assert line in told, told


def test_fingers_paint_and_two_of_them_zoom(opened, photo):
    editor = opened(photo, has_touch=True)
    touch = editor.context.new_cdp_session(editor.page)

    def send(kind, *points):
        touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    editor.tool("b", 12)
    send("touchStart", editor.at(40, 40))
    send("touchMove", editor.at(60, 40))
    send("touchEnd")
    painted = editor.mask()
    assert painted[40, 40:61].all()
    scale = editor.page.evaluate("editor.view.scale")
    first, second = editor.at(60, 60), editor.at(80, 60)
    send("touchStart", first)
    send("touchStart", first, second)
    send("touchMove", (first[0] - 60, first[1]), (second[0] + 60, second[1]))
    send("touchEnd")
    assert editor.page.evaluate("editor.view.scale") > 1.5 * scale
    assert np.array_equal(editor.mask(), painted), "the first finger's stroke is taken back"


def test_dropped_and_pasted_pictures_open_and_others_are_refused(opened, photo):
    editor = opened()
    hand_over = """([type, name, data]) => {
        const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
        const transfer = new DataTransfer();
        transfer.items.add(new File([bytes], name, { type: name.endsWith('.png') ? 'image/png' : 'text/plain' }));
        const options = { bubbles: true, cancelable: true, dataTransfer: transfer, clipboardData: transfer };
        const kind = type === 'paste' ? ClipboardEvent : DragEvent;
        document.getElementById('stage').dispatchEvent(new kind(type, options));
    }"""
    picture = base64.b64encode(photo.read_bytes()).decode()
    editor.page.evaluate(hand_over, ["drop", "text.txt", base64.b64encode(b"no picture").decode()])
    editor.says("text.txt cannot be read: expected a JPEG")
    editor.shoot("refused")
    editor.page.evaluate(hand_over, ["dragenter", "a.png", picture])
    assert editor.page.locator("#drop").is_visible()
    editor.page.evaluate(hand_over, ["drop", "dropped.png", picture])
    editor.says("dropped.png")
    editor.page.evaluate(hand_over, ["paste", "pasted.png", picture])
    editor.says("pasted.png")
    assert editor.page.locator("#drop").is_hidden()
    # The browser itself says that the server answered with an error.
    assert all("status of 415" in complaint for complaint in editor.complaints)
    editor.complaints.clear()


def test_a_sketch_is_drawn_as_lines_and_followed(opened, by_command, photo, tmp_path, unguided):
    editor = opened(photo)
    editor.tool("r")
    editor.drag((30, 20), (110, 70))
    editor.tool("s", 3)
    editor.drag((30, 45), (110, 45))
    editor.shoot("sketch")
    colour = editor.page.evaluate(
        """[...document.querySelectorAll('canvas')[1].getContext('2d')
            .getImageData(...editor.view.toScreen(70, 45).map(Math.round), 1, 1).data]"""
    )
    assert colour == [0, 230, 255, 255]
    hole = editor.mask()
    sketch = np.array(editor.page.evaluate("[...editor.sketch.data]"), bool).reshape(HEIGHT, WIDTH)
    assert sketch[44:47, 30:111].all() and not sketch[:40].any()
    editor.complete()
    data = editor.download()[1]
    assert data == by_command(photo, hole, tmp_path / "out.png", sketch)
    assert data != by_command(photo, hole, tmp_path / "plain.png")
    editor.page.keyboard.press("Control+z")
    editor.says("Undone")
    editor.tool("e", 20)
    editor.drag((70, 45), (71, 45))
    assert editor.page.evaluate("editor.sketch.count()") < sketch.sum(), "the eraser erases both"
    with running(unguided) as server:
        other = opened(photo, server.port)
        assert other.page.locator("input[value=sketch]").is_disabled()
        assert other.page.locator("#sketch-why").is_visible()


def test_patches_come_from_where_copy_from_was_painted(opened, inpainter, photo):
    editor = opened(photo)
    editor.tool("r")
    editor.drag((60, 20), (110, 70))
    editor.tool("p", 30)
    editor.drag((25, 20), (25, 70))
    colour = editor.page.evaluate(
        """[...document.querySelectorAll('canvas')[1].getContext('2d')
            .getImageData(...editor.view.toScreen(25, 45).map(Math.round), 1, 1).data]"""
    )
    assert colour[1] > 2 * max(colour[0], colour[2]) and 0 < colour[3] < 255, "green, half transparent"
    editor.shoot("sources")
    hole, sources = editor.mask(), np.array(editor.page.evaluate("[...editor.sources.data]"), bool)
    assert hole.sum() == 51 * 51 and 1400 < sources.sum() < 2400
    editor.complete()
    assert not editor.page.evaluate("editor.sources.count()"), "they were for this hole"
    made = decode(editor.download()[1])
    sources = sources.reshape(HEIGHT, WIDTH)
    assert np.array_equal(made, inpainter(pixels(), hole, sources=sources))
    assert not np.array_equal(made, inpainter(pixels(), hole))
    editor.press("Control+z")
    assert editor.page.evaluate("editor.sources.count()") == sources.sum()
    editor.tool("e", 10)
    editor.drag((25, 45), (25, 46))
    assert 0 < editor.page.evaluate("editor.sources.count()") < sources.sum(), "the eraser erases them, too"
    for _ in range(2):
        editor.press("Control+z")
    assert not editor.page.evaluate("editor.sources.count()") and np.array_equal(editor.mask(), hole)


def test_cancel_frees_the_server_and_changes_nothing(opened, completer, photo):
    slow = Slow(completer)
    with running(slow) as server:
        editor = opened(photo, server.port)
        editor.tool("b", 20)
        editor.drag((50, 50), (60, 50))
        painted = editor.mask()
        # By keys: the focus goes to Cancel, and comes back.
        editor.page.focus("#complete")
        editor.page.keyboard.press("Enter")
        editor.says("1 of 3 windows")
        assert editor.page.evaluate("document.activeElement.id") == "cancel"
        assert editor.page.get_attribute("#progress", "value") == str(1 / 3)
        editor.shoot("progress")
        editor.page.keyboard.press("Enter")
        editor.says("Cancelled")
        assert editor.page.evaluate("document.activeElement.id") == "complete"
        until(lambda: not json.loads(server.ask("/health").body)["running"])
        assert np.array_equal(editor.mask(), painted)
        slow.go.set()
        editor.complete()
    editor.drag((90, 50), (95, 50))
    editor.page.click("#complete")
    editor.says("The server cannot be reached")
    assert any("ERR_CONNECTION_REFUSED" in complaint for complaint in editor.complaints)
    editor.complaints.clear()


def test_24_megapixels_stay_fluid_and_full_size(opened, tmp_path):
    path = tmp_path / "large.jpg"
    Image.fromarray(pixels()).resize((6000, 4000)).save(path, quality=85)
    editor = opened(path)
    editor.tool("b", 300)
    # How long people wait for a movement of the brush or of the picture, for a stroke's begin and end, and for Grow.
    times = editor.page.evaluate(
        """async () => {
            const { tools, view } = editor;
            const timed = async (act) => {
                await new Promise((resolve) => requestAnimationFrame(resolve));
                const began = performance.now();
                act();
                view.paint();
                return performance.now() - began;
            };
            const times = { begin: [await timed(() => tools.start(500, 500, false))], paint: [], move: [] };
            for (let i = 0; i < 40; i++) {
                times.paint.push(await timed(() => tools.move(500 + 120 * i, 500 + 70 * i)));
            }
            times.end = [await timed(() => tools.end())];
            for (let i = 0; i < 20; i++) times.move.push(await timed(() => view.pan(i % 2 ? 9 : -9, 0)));
            times.grow = [await timed(() => editor.grow(20))];
            editor.undo();
            return times;
        }"""
    )
    medians = {name: float(np.median(each)) for name, each in times.items()}
    print("24 megapixels, milliseconds:", ", ".join(f"{name} {median:.1f}" for name, median in medians.items()))
    assert medians["paint"] < 200 and medians["move"] < 400, medians
    assert medians["begin"] < 2000 and medians["end"] < 4000 and medians["grow"] < 10_000, medians
    editor.shoot("large")
    hole = editor.mask()
    assert hole.shape == (4000, 6000) and hole[2600, 4100]
    assert hole.sum() == pytest.approx(300 * np.hypot(39 * 120, 39 * 70) + np.pi * 150**2, rel=0.01)
    editor.page.click("#undo")
    assert not editor.mask().any()
