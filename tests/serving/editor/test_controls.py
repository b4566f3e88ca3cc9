"""How the editor is handled: on a phone, with a pen, on other keyboards; painting, comparing, variations."""

import json
import pathlib
import re

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

import deepfill.serving
from tests.serving.browser import decode
from tests.serving.conftest import HEIGHT, WIDTH, pixels
from tests.serving.stand_in import colour

PAGE = pathlib.Path(deepfill.serving.__file__).parent / "page"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def test_files_of_the_page_are_short_and_ask_for_nothing_at_the_hosts_root():
    for path in PAGE.iterdir():
        text = path.read_text()
        assert len(text.splitlines()) <= 250, path.name
        assert not re.search(r"""(src|href)="/|["'`]/(v1|page|health)""", text), path.name


@pytest.mark.parametrize(("width", "height"), [(390, 844), (844, 390)])
def test_on_a_phone_the_picture_is_large_and_everything_within_reach(opened, photo, width, height):
    editor = opened(photo, **{**PHONE, "viewport": {"width": width, "height": height}})
    page = editor.page
    assert page.evaluate("document.documentElement.scrollWidth") == width
    stage = page.locator("#stage").bounding_box()
    assert stage["height"] >= 0.6 * height and stage["width"] >= 0.8 * width
    for sheet in ("tools", "size", "more"):
        page.tap(f"#sheet-{sheet}")
        editor.shoot(f"phone_{width}_{sheet}")
        boxes = page.evaluate(
            """[...document.querySelectorAll(
                'button, select, summary, .tools label, #panel input:not([type=radio])'
            )].map((each) => {
                const { x, y, width, height } = each.getBoundingClientRect();
                return [each.id || each.textContent, x, y, width, height, each.closest('#panel') !== null];
            }).filter((each) => each[3] > 1)"""
        )
        assert len(boxes) > 9
        for name, x, y, wide, high, in_panel in boxes:
            assert high >= 44 and wide >= 44, (sheet, name, wide, high)
            assert x >= 0 and x + wide <= width and y >= 0 and (in_panel or y + high <= height), (sheet, name)
    page.tap("#sheet-tools")
    page.tap("#tools label:has-text('Rectangle')")
    assert page.evaluate("editor.tools.name") == "rectangle" and page.locator("#panel").is_hidden()


def test_a_pen_paints_and_the_palm_beside_it_does_nothing(opened, photo):
    editor = opened(photo, has_touch=True)
    editor.tool("b", 8)
    devices = editor.context.new_cdp_session(editor.page)

    def pen(kind, *point):
        x, y = editor.at(*point)
        buttons = 0 if kind == "mouseReleased" else 1
        event = {"type": kind, "x": x, "y": y, "button": "left", "buttons": buttons, "pointerType": "pen"}
        devices.send("Input.dispatchMouseEvent", {**event, "clickCount": 1, "force": 0.5})

    def palm(kind, *points):
        touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(editor.at(*each) for each in points)]
        devices.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def marked():
        return np.array(editor.page.evaluate("[...editor.hole.data]"), bool).reshape(HEIGHT, WIDTH)

    scale = editor.page.evaluate("editor.view.scale")
    palm("touchStart", (100, 70))  # the palm comes first
    palm("touchMove", (102, 72))
    assert marked().any()
    pen("mousePressed", 30, 30)
    assert not marked()[60:].any(), "what the palm began is taken back"
    palm("touchMove", (104, 74))
    palm("touchStart", (104, 74), (120, 80))
    pen("mouseMoved", 60, 30)
    palm("touchMove", (90, 70), (125, 85))
    pen("mouseMoved", 90, 30)
    palm("touchEnd")
    pen("mouseReleased", 90, 30)
    stroke = marked()
    assert stroke[30, 30:91].all() and not stroke[40:].any()
    assert editor.page.evaluate("[editor.view.scale, editor.fills]") == [scale, 0]
    palm("touchStart", (60, 70))  # between two strokes
    palm("touchMove", (80, 70))
    palm("touchEnd")
    assert np.array_equal(marked(), stroke)
    editor.page.click("#undo")
    assert not marked().any()


def test_shortcuts_follow_the_letter_or_else_the_place_of_a_key(opened, photo):
    editor = opened(photo)
    keyboard = editor.context.new_cdp_session(editor.page)

    def press(key, code, modifiers=0):
        for kind in ("rawKeyDown", "keyUp"):
            event = {"type": kind, "key": key, "code": code, "modifiers": modifiers}
            keyboard.send("Input.dispatchKeyEvent", event)

    def tool():
        return editor.page.evaluate("document.querySelector('input[name=tool]:checked').value")

    control, shift, alt = 2, 8, 1
    for key, code in (("z", "KeyZ"), ("я", "KeyZ"), ("ζ", "KeyZ"), ("ז", "KeyZ"), ("ئ", "KeyZ"), ("z", "KeyY")):
        editor.page.evaluate("editor.edit((hole) => hole.rectangle(10, 10, 59, 49, 1))")
        press(key, code, control)
        assert not editor.page.evaluate("editor.hole.count()"), key
        press(key.upper(), code, control | shift)
        assert editor.page.evaluate("editor.hole.count()"), f"redone by {key}"
        editor.page.evaluate("editor.clear()")
    for key, code, expected in (("у", "KeyE", "eraser"), ("b", "KeyN", "brush"), ("к", "KeyR", "rectangle")):
        press(key, code)
        assert tool() == expected, key
    press("q", "KeyE")  # another Latin letter at the place of E
    assert tool() == "rectangle"
    press("b", "KeyB")
    size = editor.page.evaluate("editor.tools.size")
    press("+", "BracketRight")  # German: + lies there, and zooms
    assert editor.page.evaluate("editor.tools.size") <= size
    press("ü", "BracketLeft")
    assert editor.page.evaluate("editor.tools.size") < size
    press("e", "KeyE", alt)
    assert tool() == "brush", "Alt is for menus"


def test_what_the_server_refuses_is_said_when_the_file_is_opened(opened, tmp_path):
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 65536, (9, 12)).astype(np.uint16)).save(tmp_path / "deep.png")
    Image.fromarray(pixels()).convert("CMYK").save(tmp_path / "print.jpg")
    Image.fromarray(pixels()).save(
        tmp_path / "moving.gif", save_all=True, append_images=[Image.fromarray(255 - pixels())]
    )
    editor = opened()
    for name, words in (("deep.png", "16 bits"), ("print.jpg", "CMYK"), ("moving.gif", "several pictures")):
        editor.page.set_input_files("#file", tmp_path / name)
        editor.says(name)
        assert words in editor.page.inner_text("#status"), name
        assert editor.page.evaluate("editor.picture") is None
    assert all("status of 415" in complaint for complaint in editor.complaints)
    editor.complaints.clear()


def test_painting(opened, photo, tmp_path):
    editor = opened(photo)
    page = editor.page
    complete = page.locator("#complete")
    assert complete.get_attribute("aria-disabled") == "true"
    editor.press("Control+Enter")
    editor.says("There is no hole yet: paint over what should disappear.")
    # The brush is as wide on the screen, whatever the picture's size and the zoom.
    assert page.evaluate("editor.tools.size * editor.view.scale") == pytest.approx(24, rel=0.3)
    page.keyboard.press("+")
    assert page.evaluate("editor.tools.size * editor.view.scale") == pytest.approx(24, rel=0.3)
    page.keyboard.press("0")
    # The wheel with Shift changes it, and the zoom stays.
    size, scale = page.evaluate("[editor.tools.size, editor.view.scale]")
    page.mouse.move(*editor.at(40, 30))
    page.keyboard.down("Shift")
    page.mouse.wheel(0, -300)
    editor.until(f"editor.tools.size > {size}")
    assert page.evaluate("editor.view.scale") == scale
    page.mouse.wheel(0, 1000)
    editor.until(f"editor.tools.size < {size}")
    page.keyboard.up("Shift")
    # Shift and a click: straight from where the last stroke ended.
    editor.tool("b", 6)
    editor.drag((20, 20), (22, 20))
    page.keyboard.down("Shift")
    page.mouse.click(*editor.at(100, 60))
    page.keyboard.up("Shift")
    hole = editor.mask()
    for share in (0.25, 0.5, 0.75):
        assert hole[round(20 + share * 40), round(22 + share * 78)]
    assert hole.sum() == pytest.approx(6 * np.hypot(40, 78), rel=0.15)
    assert complete.get_attribute("aria-disabled") == "false"
    # Everything can be undone.
    editor.press("Control+z")
    assert 0 < editor.mask().sum() < 80
    editor.press("Control+z")
    assert not editor.mask().any() and complete.get_attribute("aria-disabled") == "true"
    editor.says("Paint over what should disappear")
    # Half of 12 megapixels' brush of before: no wire needs more.
    path = tmp_path / "large.png"
    Image.new("RGB", (4000, 3000)).save(path)
    editor.open(path)
    editor.says("large.png")
    assert page.evaluate("editor.tools.size") < 130


def test_painting_has_nothing_else_of_the_page_drawn_again(opened, browser, photo):
    editor = opened(photo)
    assert editor.page.evaluate("document.activeElement.matches('#stage:focus-visible')")
    editor.page.mouse.move(*editor.at(20, 20))
    editor.page.mouse.down()
    editor.page.mouse.move(*editor.at(30, 30))
    editor.page.wait_for_timeout(300)  # what changes as the stroke begins
    categories = ["cc", "devtools.timeline", "disabled-by-default-devtools.timeline"]
    browser.start_tracing(page=editor.page, categories=categories)
    editor.page.mouse.move(*editor.at(90, 60), steps=12)
    names = [each["name"] for each in json.loads(browser.stop_tracing())["traceEvents"]]
    editor.page.mouse.up()
    assert names.count("FireAnimationFrame") > 3
    assert names.count("RasterTask") < names.count("FireAnimationFrame"), "the page was rasterized again"


def test_nothing_but_the_picture_while_painting(opened, photo):
    editor = opened(photo)
    editor.complete_rectangle()
    floats = editor.page.locator(".floats")
    assert floats.get_attribute("data-away") is None and editor.page.locator("#variations").is_visible()
    editor.page.mouse.move(*editor.at(20, 20))
    editor.page.mouse.down()
    assert floats.get_attribute("data-away") is not None
    editor.page.mouse.up()
    assert floats.get_attribute("data-away") is None


def test_the_line_between_before_and_after_is_dragged_on_the_picture(opened, photo):
    editor = opened(photo)
    page = editor.page
    editor.complete_rectangle()

    def seen(x, y):
        left, top = page.evaluate(f"editor.view.toScreen({x}, {y}).map(Math.round)")
        return page.evaluate(
            f"[...document.querySelector('canvas').getContext('2d').getImageData({left}, {top}, 1, 1).data].slice(0, 3)"
        )

    def near(x, y, wanted):
        page.evaluate("editor.view.paint()")
        return np.abs(np.array(seen(x, y)) - wanted).max() < 24

    original, completed = pixels().astype(int), colour(1)
    assert near(85, 40, completed)
    page.keyboard.press("v")
    assert page.get_attribute("#compare", "aria-pressed") == "true"
    editor.drag((70, 50), (100, 50))
    assert page.evaluate("editor.view.compared") == pytest.approx(100 / WIDTH, abs=0.02)
    assert near(85, 40, original[40, 85]) and near(106, 40, completed)
    editor.drag((100, 50), (70, 50))
    assert near(85, 40, completed) and near(64, 40, original[40, 64])
    assert not editor.mask().any(), "nothing was painted"
    page.locator("#compare-at").fill("90")
    assert near(85, 40, original[40, 85])
    page.focus("#stage")
    page.keyboard.press("Shift+ArrowLeft")
    assert page.evaluate("editor.view.compared") == pytest.approx(0.8)
    page.keyboard.press("Escape")
    assert near(64, 40, completed) and page.locator("#compare-bar").is_hidden()
    page.keyboard.down("c")
    assert near(109, 69, original[69, 109]), "held: all of the original"
    page.keyboard.up("c")
    assert near(85, 40, completed)


def test_light_and_dark_follow_the_system(opened, photo):
    backs = []
    for scheme in ("light", "dark"):
        page = opened(photo, color_scheme=scheme).page
        backs.append(page.evaluate("getComputedStyle(document.querySelector('header')).backgroundColor"))
    assert backs == ["rgb(255, 255, 255)", "rgb(34, 37, 43)"]


def test_variations_lie_side_by_side_and_keys_show_them(opened, server, photo):
    editor = opened(photo)
    page = editor.page
    editor.complete_rectangle()
    buttons = page.locator("#variations button")
    assert buttons.count() == 4 and buttons.locator("canvas").count() == 1
    page.keyboard.press("3")
    editor.says("Variation 3: completed in")
    page.keyboard.press("t")
    editor.says("Variation 4: completed in")
    asked = len(server.stand_in.asked)
    page.keyboard.press("3")
    page.wait_for_selector("#variations button:nth-child(3)[aria-pressed=true]")
    assert len(server.stand_in.asked) == asked, "what has been made is only shown"
    assert buttons.locator("canvas").count() == 3
    assert [each.get_attribute("aria-pressed") for each in buttons.all()] == ["false", "false", "true", "false"]
    editor.shoot("variations")
    assert tuple(decode(editor.download()[1])[40, 80]) == colour(3)
    for variation in (4, 3, 1):
        editor.press("Control+z")
        if variation != 3:
            assert tuple(decode(editor.download()[1])[40, 80]) == colour(variation)
    editor.drag((10, 10), (20, 20))
    assert page.locator("#variations").is_hidden(), "another hole is under way"
    editor.press("Control+z")
    assert page.locator("#variations").is_visible()


def test_axe_finds_nothing_to_complain_of(opened, photo):
    axe = Axe()
    for options in ({"color_scheme": "light"}, {"color_scheme": "dark"}, PHONE):
        editor = opened(**options)
        found = [axe.run(editor.page).response["violations"]]
        editor.open(photo)
        if options is PHONE:
            editor.page.tap("#sheet-more")
        else:
            editor.complete_rectangle()
            editor.page.click("#compare")
        found.append(axe.run(editor.page).response["violations"])
        sentences = [
            f"{each['id']} ({each['impact']}): {each['nodes'][0]['html']}"
            for violations in found
            for each in violations
        ]
        assert not sentences, options


def test_a_reload_loses_nothing(opened, photo):
    editor = opened(photo)
    page = editor.page
    page.on("dialog", lambda dialog: dialog.accept())
    editor.complete_rectangle()
    data = editor.download()[1]
    editor.drag((20, 10), (40, 30))
    editor.tool("p", 10)
    editor.drag((10, 60), (30, 60))
    hole, sources = editor.mask(), page.evaluate("editor.sources.count()")
    editor.until("editor.kept")
    page.reload()
    editor.says("photo.png is as it was before the page was reloaded")
    page.evaluate("document.getElementById('more').open = true")
    assert np.array_equal(editor.mask(), hole) and hole.any()
    assert page.evaluate("editor.sources.count()") == sources
    assert editor.download()[1] == data
    # Another tab knows nothing of it.
    other = editor.context.new_page()
    other.goto(editor.origin)
    other.wait_for_selector("body[data-ready]")
    assert other.inner_text("#status") == "Ready."


def test_the_completed_picture_is_copied(opened, photo):
    editor = opened(photo, permissions=["clipboard-read", "clipboard-write"])
    editor.complete_rectangle()
    editor.page.keyboard.press("Control+c")
    editor.says("Copied the completed picture.")
    copied = editor.page.evaluate(
        """async () => {
            const [item] = await navigator.clipboard.read();
            return [...new Uint8Array(await (await item.getType("image/png")).arrayBuffer())];
        }"""
    )
    assert np.array_equal(decode(bytes(copied))[..., :3], decode(editor.download("png")[1]))
