"""Takes docs/editor.jpg, the editor with a spoon marked in a photograph: `python -m tests.making.editor_picture`.

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


def main(folder: pathlib.Path) -> None:
    """Marks the spoon of examples/images/coffee.jpg and takes the picture."""
    server = Process(DEFAULT_CHECKPOINT, folder)
    with chromium() as browser:
        editor = Editor(browser, server.port, folder)
        editor.open(ROOT / "examples/images/coffee.jpg")
        editor.tool("b", 34)
        for stroke in (HANDLE + BOWL, SECOND_BOWL):
            editor.drag(*stroke, steps=8)
        editor.page.locator("#reach").fill("6")
        editor.page.click("#grow")
        editor.page.mouse.move(*editor.at(398, 300))
        editor.page.evaluate("document.activeElement.blur()")
        editor.page.wait_for_timeout(300)
        editor.folder = folder
        editor.shoot("editor")
    server.stop()
    picture = Image.open(folder / "editor.png").convert("RGB")
    picture.save(ROOT / "docs/editor.jpg", quality=85, optimize=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        main(pathlib.Path(temporary))
