"""Takes docs/editor.jpg and docs/editor_views.jpg, by `python -m tests.making.editor_picture`.

Not part of the tests. To be run again when the editor has changed or the bundled weights have become guided.
"""

import pathlib
import tempfile

from PIL import Image

from deepfill.defaults import DEFAULT_CHECKPOINT
from tests.serving.browser import Editor, chromium
from tests.serving.load import ROOT, Process

HANDLE = [(412, 72), (408, 110), (400, 150), (392, 200), (384, 240)]
BOWL = [(384, 240), (376, 262), (358, 270), (348, 290), (352, 305), (375, 308), (388, 292), (380, 275), (366, 290)]
SECOND_BOWL = [(330, 250), (345, 245), (360, 238)]
TOUCH = {"has_touch": True, "is_mobile": True}
VIEWS = {
    "dark": {"color_scheme": "dark"},
    "portrait": {"viewport": {"width": 390, "height": 844}, **TOUCH},
    "landscape": {"viewport": {"width": 844, "height": 390}, "color_scheme": "dark", **TOUCH},
}
STRIP = ("dark", "portrait")
"""Views with several pictures open."""
_HIGH = 420
"""Height, in pixels, of the picture of all views."""


def take(browser: object, port: int, folder: pathlib.Path, name: str, complete: bool, **options: object) -> Image.Image:
    """Marks the spoon of examples/images/coffee.jpg, completes it if asked to, and takes the picture."""
    editor = Editor(browser, port, folder, margin=None, **options)
    names = ("coffee", "astronaut", "chelsea", "rocket") if name in STRIP else ("coffee",)
    editor.open([ROOT / f"examples/images/{each}.jpg" for each in names])
    editor.page.evaluate("document.getElementById('more').open = false; editor.tools.sizes.brush = 34")
    for stroke in (HANDLE + BOWL, SECOND_BOWL):
        if options.get("has_touch"):
            editor.page.evaluate(
                "(points) => { editor.tools.start(...points[0]); for (const each of points) editor.tools.move(...each);"
                " editor.tools.end(); }",
                stroke,
            )
        else:
            editor.drag(*stroke, steps=8)
    if complete:
        editor.complete()
        editor.page.keyboard.press("3")
        editor.page.wait_for_selector("#status:has-text('Variation 3')", timeout=180_000)
        editor.page.click("#compare")
        editor.drag((300, 300), (390, 300))
    editor.page.evaluate("document.activeElement.blur()")
    editor.page.wait_for_timeout(600)
    editor.folder = folder
    editor.shoot(name)
    editor.context.close()
    return Image.open(folder / f"{name}.png").convert("RGB")


def main(folder: pathlib.Path) -> None:
    """Takes all pictures."""
    server = Process(DEFAULT_CHECKPOINT, folder)
    with chromium() as browser:
        picture = take(browser, server.port, folder, "light", False)
        views = [take(browser, server.port, folder, name, name == "dark", **options) for name, options in VIEWS.items()]
    server.stop()
    picture.save(ROOT / "docs/editor.jpg", quality=85, optimize=True)
    scaled = [view.resize((round(view.width * _HIGH / view.height), _HIGH), Image.Resampling.LANCZOS) for view in views]
    sheet = Image.new("RGB", (sum(view.width for view in scaled) + 12 * (len(scaled) - 1), _HIGH), "white")
    left = 0
    for view in scaled:
        sheet.paste(view, (left, 0))
        left += view.width + 12
    sheet.save(ROOT / "docs/editor_views.jpg", quality=82, optimize=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        main(pathlib.Path(temporary))
