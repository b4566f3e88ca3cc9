"""How fluid painting on 12 megapixels is in the editor, by `python -m tests.drills.painting [PAGE ...]`.

Each PAGE is a folder like deepfill/serving/page, the default; several are measured in turns, so that other work on the
machine slows all of them alike. The browser draws by software, and the picture has the focus. The page itself moves
the pointer in each frame. A row has the frames in a second that the page was asked for and the processor's
milliseconds per frame: those of the page's main thread, and of all of the browser's threads.
"""

import io
import json
import pathlib
import sys
import time

import numpy as np
from PIL import Image

from tests.serving.browser import chromium

PAGE = pathlib.Path(__file__).parents[2] / "deepfill/serving/page"
ORIGIN = "http://localhost:1"
FRAMES = 90
ROUNDS = 3
SIZE = (4000, 3000)
HEALTH = {"guided": True, "detail": 0.9, "max_bytes": 2**30, "max_pixels": 2**26}
MOVE = """async ([frames, paints]) => {
    const stage = document.getElementById("stage");
    const box = stage.getBoundingClientRect();
    const times = [];
    for (let i = 0; i < frames; i++) {
        times.push(await new Promise((resolve) => requestAnimationFrame(resolve)));
        const angle = i / 9;
        const [clientX, clientY] = [0.5 + 0.3 * Math.cos(angle), 0.5 + 0.3 * Math.sin(angle * 0.7)].map(
            (share, axis) => share * [box.width, box.height][axis] + [box.left, box.top][axis]);
        const event = { pointerId: 1, pointerType: "mouse", buttons: paints ? 1 : 0, clientX, clientY, bubbles: true };
        stage.dispatchEvent(new PointerEvent("pointermove", event));
    }
    return times;
}"""


def photograph() -> bytes:
    """A JPEG of 12 megapixels with detail everywhere."""
    noise = np.random.default_rng(0).integers(0, 256, [SIZE[1] // 8, SIZE[0] // 8, 3], np.uint8)
    data = io.BytesIO()
    Image.fromarray(noise).resize(SIZE, Image.Resampling.BICUBIC).save(data, "JPEG", quality=85)
    return data.getvalue()


def open_editor(browser: object, folder: pathlib.Path, image: bytes) -> object:
    """A page with the photograph open. There is no server: files come from the folder."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()

    def answer(route: object) -> None:
        path = route.request.url.removeprefix(ORIGIN).partition("?")[0]
        if path == "/health":
            route.fulfill(body=json.dumps(HEALTH), content_type="application/json")
        elif path.startswith("/v1/"):
            route.fulfill(status=204)
        else:
            route.fulfill(path=folder / (path.removeprefix("/page/") if path != "/" else "index.html"))

    page.route(f"{ORIGIN}/**", answer)
    page.goto(ORIGIN)
    page.wait_for_selector("body[data-ready]")
    page.set_input_files("#file", {"name": "large.jpg", "mimeType": "image/jpeg", "buffer": image})
    page.wait_for_selector("#complete:not([disabled])", timeout=60_000)
    page.wait_for_timeout(1000)
    return page


def measure(browser: object, page: object, paints: bool) -> tuple[float, float, float]:
    """Frames in a second, and milliseconds of the main thread and of all threads per frame."""
    page.mouse.move(500, 300)
    if paints:
        page.mouse.down()
    browser.start_tracing(page=page, categories=["toplevel", "disabled-by-default-devtools.timeline", "__metadata"])
    times = page.evaluate(MOVE, [FRAMES, paints])
    trace = json.loads(browser.stop_tracing())["traceEvents"]
    if paints:
        page.mouse.up()
        page.keyboard.press("Delete")
    names = {(each["pid"], each["tid"]): each["args"]["name"] for each in trace if each.get("name") == "thread_name"}
    spent: dict[str, float] = {}
    for each in trace:
        if each.get("name", "").endswith("RunTask") and "tdur" in each:
            name = names.get((each["pid"], each["tid"]), "")
            spent[name] = spent.get(name, 0) + each["tdur"] / 1000 / FRAMES
    seconds = (times[-1] - times[0]) / 1000
    return (len(times) - 1) / seconds, spent.get("CrRendererMain", 0), sum(spent.values())


def main(folders: list[pathlib.Path]) -> None:
    """Prints the table."""
    image = photograph()
    rows: dict[tuple[pathlib.Path, str], list[tuple[float, float, float]]] = {}
    with chromium() as browser:
        pages = [(folder, open_editor(browser, folder, image)) for folder in folders]
        for _ in range(ROUNDS):
            for folder, page in pages:
                page.bring_to_front()
                for name, paints in (("moving the pointer", False), ("painting", True)):
                    rows.setdefault((folder, name), []).append(measure(browser, page, paints))
                    time.sleep(1)
    print("| page | | frames per second | main thread, ms per frame | all threads, ms per frame |")
    print("| --- | --- | --- | --- | --- |")
    for (folder, name), figures in rows.items():
        medians = np.median(figures, axis=0)
        print(f"| {folder} | {name} | {' | '.join(f'{each:.1f}' for each in medians)} |")


if __name__ == "__main__":
    main([pathlib.Path(each).resolve() for each in sys.argv[1:]] or [PAGE])
