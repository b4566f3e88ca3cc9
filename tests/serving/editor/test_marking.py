"""How the editor helps to mark what goes: Select, the margin, and the hint that a rim cuts through an object."""

import numpy as np
import pytest
from PIL import Image

from deepfill.defaults import DETAIL
from deepfill.inpainting import FileSettings, Job, complete_job
from deepfill.photos import MaskRule
from tests.serving.browser import decode
from tests.serving.stand_in import colour

HEIGHT, WIDTH = 200, 300


@pytest.fixture(scope="module")
def ball():
    """bool [H, W]: where the ball is."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return np.hypot(rows - 100, columns - 120) < 40


@pytest.fixture(scope="module")
def photo(tmp_path_factory, ball):
    """A red ball on grey."""
    rng = np.random.default_rng(0)
    pixels = np.where(ball[..., None], (190, 40, 40), (150, 150, 140)) + rng.normal(0, 6, [HEIGHT, WIDTH, 3])
    path = tmp_path_factory.mktemp("photo") / "ball.png"
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(path)
    return path


def plane(editor, name):
    return np.array(editor.page.evaluate(f"[...{name}.data]"), bool).reshape(HEIGHT, WIDTH)


def test_select_shows_an_object_before_it_becomes_part_of_the_hole(opened, photo, ball):
    editor = opened(photo)
    page = editor.page
    page.keyboard.press("w")
    editor.drag((110, 90), (130, 105))
    editor.until("editor.selection.plane && !editor.busy")
    found = plane(editor, "editor.view.proposal")
    assert np.count_nonzero(found & ball) > 0.97 * np.count_nonzero(found | ball)
    editor.shoot("selected")
    assert not editor.mask().any() and page.get_attribute("#complete", "aria-disabled") == "false"
    page.click("#selection-add")
    assert np.array_equal(editor.mask(), found) and page.locator("#selection").is_hidden()
    # Taken out again, and undone.
    editor.select(120, 100)
    page.click("#selection-remove")
    assert editor.mask().sum() < 0.1 * found.sum()
    editor.press("Control+z")
    assert np.array_equal(editor.mask(), found)
    # Escape, and undo, let go of what is selected.
    for key in ("Escape", "Control+z"):
        editor.select(120, 100)
        page.keyboard.press(key)
        editor.says("Nothing is selected")
    assert np.array_equal(editor.mask(), found)


def test_strokes_add_to_what_is_selected_and_subtract(opened, photo):
    editor = opened(photo)
    page = editor.page
    page.keyboard.press("w")
    editor.select(110, 95)
    page.mouse.click(*editor.at(250, 30))
    editor.until("editor.selection.strokes.length === 2 && !editor.busy")
    assert plane(editor, "editor.view.proposal")[30, 250]
    page.click("#selection-subtract")
    page.mouse.click(*editor.at(140, 100))
    editor.until("editor.selection.strokes.length === 3 && !editor.busy")
    assert not plane(editor, "editor.view.proposal")[100, 140]
    page.focus("#stage")
    page.keyboard.press("Enter")
    assert editor.mask()[95, 110]


def test_a_margin_around_the_hole_is_completed_with_it_and_the_chosen_detail(opened, server, photo):
    editor = opened(photo, margin=None)
    assert editor.page.inner_text("#detail-shown") == f"{round(100 * DETAIL)} %"
    editor.tool("r")
    editor.drag((100, 50), (150, 90))
    painted = editor.mask()
    editor.complete()
    hole = server.stand_in.asked[-1][2][0].hole
    assert hole[48:93, 100:151].all() and hole.sum() > painted.sum() and not hole[:48].any()
    editor.press("Control+z")
    editor.page.locator("#margin").fill("0")
    editor.page.locator("#detail").fill("0")
    editor.complete()
    _, settings, [picture] = server.stand_in.asked[-1]
    assert np.array_equal(picture.hole, painted) and settings["detail"] == 0


def test_a_hole_that_cuts_through_an_object_is_told_quietly(opened, photo, ball):
    editor = opened(photo)
    hint = editor.page.locator("#hint")
    editor.page.evaluate("editor.edit((hole) => hole.stroke(120, 100, 120, 100, 34, 1))")
    editor.page.wait_for_selector("#hint:visible")
    editor.shoot("hint")
    pixels = int(editor.page.inner_text("#hint-grow").split()[2])
    assert 5 <= pixels <= 12
    editor.page.click("#hint-grow")
    assert not (ball & ~editor.mask()).any(), "nothing of the ball is left"
    editor.page.wait_for_timeout(600)
    assert hint.is_hidden()
    # A hole in the middle of what looks alike is no reason.
    editor.page.evaluate("editor.clear(); editor.edit((hole) => hole.stroke(230, 60, 230, 60, 20, 1))")
    editor.page.wait_for_timeout(600)
    assert hint.is_hidden()


def test_a_side_that_is_dragged_outward_extends_the_picture(opened, server, photo, tmp_path):
    editor = opened(photo)
    page = editor.page
    page.keyboard.press("-")
    editor.tool("b", 10)
    editor.drag((100, 100), (120, 100))
    page.keyboard.press("x")
    editor.drag((WIDTH - 1, 60), (WIDTH + 39, 60))
    assert page.evaluate("editor.project.expand") == [0, 40, 0, 0]
    page.focus("#stage")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowUp")
    assert page.evaluate("editor.project.expand") == [10, 40, 0, 0]
    editor.shoot("extended")
    mask = editor.mask()
    editor.complete()
    assert page.evaluate("[editor.picture.width, editor.picture.height]") == [WIDTH + 40, HEIGHT + 10]
    data = editor.download()[1]
    # The command writes the same file, and curl receives it.
    Image.fromarray(mask).save(tmp_path / "mask.png")
    job = Job(photo, tmp_path / "mask.png", tmp_path / "out.png")
    complete_job(server.stand_in, job, FileSettings(MaskRule(expand=(10, 40, 0, 0))))
    assert data == job.output.read_bytes()
    assert data == server.complete(image=photo, mask=tmp_path / "mask.png", expand="10,40,0,0").body
    made = decode(data)
    assert (made[:10] == colour(1)).all() and (made[:, WIDTH:] == colour(1)).all()
    assert np.array_equal(made[10:, :WIDTH][~mask], decode(photo.read_bytes())[~mask])
    # A second hole in the larger picture; then everything is undone and done again.
    editor.tool("b", 10)
    editor.drag((WIDTH + 10, 50), (WIDTH + 20, 50))
    editor.press("Control+z")
    editor.press("Control+z")
    assert page.evaluate("[editor.picture.width, editor.project.expand[1]]") == [WIDTH, 40]
    assert np.array_equal(editor.mask(), mask)
    for _ in range(4):
        editor.press("Control+z")
    assert page.evaluate("editor.project.expand") == [0, 0, 0, 0]
    for _ in range(5):
        editor.press("Control+Shift+z")
    assert editor.download()[1] == data
