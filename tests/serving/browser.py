"""Drives the editor in a real browser, as people do: with mouse, keys, fingers and files."""

import contextlib
import io
import os
import pathlib
import shutil

import numpy as np
import pytest
from PIL import Image

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextlib.contextmanager
def chromium():
    """A browser; without one, tests skip, or fail where CI is set."""
    if not os.path.exists(CHROMIUM):
        sentence = "there is no chromium to test the editor with: apt-get install chromium"
        pytest.fail(sentence) if os.environ.get("CI") else pytest.skip(sentence)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Editor:
    """The page, open in a browser. Points are of the picture, in its pixels."""

    def __init__(self, browser, port, folder, margin=0, path="", **options):
        self.origin = f"http://127.0.0.1:{port}"
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        self.page = self.context.new_page()
        self.complaints, self.elsewhere = [], []
        self.page.on(
            "console", lambda message: self.complaints.append(message.text) if message.type == "error" else None
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._note(request.url))
        # Where the screenshots go that one wants to look at.
        self.folder = pathlib.Path(os.environ.get("EDITOR_SCREENSHOTS") or folder)
        self.page.goto(self.origin + path)
        self.page.wait_for_selector("body[data-ready]")
        self.page.evaluate("document.getElementById('more').open = true")
        if margin is not None:
            self.page.evaluate(f"editor.chosenMargin = {margin}")

    def _note(self, url):
        if not url.startswith((self.origin, f"blob:{self.origin}")):
            self.elsewhere.append(url)

    def open(self, path):
        self.page.set_input_files("#file", path)
        self.page.wait_for_selector("#complete:not([disabled])")

    def at(self, x, y):
        """The place on the screen of a point of the picture."""
        box = self.page.locator("#stage").bounding_box()
        scale, left, top = self.page.evaluate("[editor.view.scale, editor.view.x, editor.view.y]")
        return box["x"] + left + (x + 0.5) * scale, box["y"] + top + (y + 0.5) * scale

    def drag(self, *points, button="left", steps=6):
        self.page.mouse.move(*self.at(*points[0]))
        self.page.mouse.down(button=button)
        for point in points[1:]:
            self.page.mouse.move(*self.at(*point), steps=steps)
        self.page.mouse.up(button=button)

    def tool(self, key, size=None):
        self.page.keyboard.press(key)
        if size:
            self.page.evaluate(f"editor.tools.sizes[editor.tools.name] = {size}")

    def mask(self):
        """The hole as bool [H, W], by the file that the editor saves."""
        with self.page.expect_download() as download:
            self.page.click("#save-mask")
        return self.plane(download.value.path())

    @staticmethod
    def plane(path):
        image = Image.open(path)
        assert image.mode == "1" and image.format == "PNG"
        return np.asarray(image)

    def complete(self):
        self.page.click("#complete")
        self.page.wait_for_selector("#status:has-text('Completed in')", timeout=180_000)  # graphs are made first

    def complete_rectangle(self):
        """Completes pixels (60, 20) to (110, 70)."""
        self.tool("r")
        self.drag((60, 20), (110, 70))
        self.complete()

    def download(self, form=None):
        """Name and bytes of the file that the editor saves."""
        if form:
            self.page.select_option("#format", form)
        with self.page.expect_download() as download:
            self.page.click("#download")
        self.page.wait_for_selector("#status:has-text('Downloaded')")
        return download.value.suggested_filename, pathlib.Path(download.value.path()).read_bytes()

    def press(self, key):
        """Presses a key and waits until what it began has ended."""
        self.page.keyboard.press(key)
        self.page.wait_for_selector("#stage[aria-busy=false]")

    def says(self, words, seconds=30):
        self.page.wait_for_selector(f"#status:has-text('{words}')", timeout=1000 * seconds)

    def select(self, x, y):
        """Clicks with Select, and waits for what is found."""
        self.page.mouse.click(*self.at(x, y))
        self.says("Selected")
        self.page.wait_for_selector("#stage[aria-busy=false]")

    def until(self, condition):
        """Waits until an expression is true; the page's policy forbids Playwright's own way."""
        for _ in range(400):
            if self.page.evaluate(condition):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"waited in vain until {condition}")

    def shoot(self, name):
        self.page.screenshot(path=self.folder / f"{name}.png")


def decode(data):
    return np.asarray(Image.open(io.BytesIO(data)))
