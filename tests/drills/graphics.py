"""Whether a site's model runs by WebGPU as by WebAssembly: `python -m tests.drills.graphics SITE [own]`.

SITE is a folder that `deepfill export --format=web` wrote. Chromium's software adapter is used, which takes minutes at
the published width; with `own`, the machine's. Prints the adapter, whether the site uses it, the seconds of each, the
first and the second window, and how the levels in the hole differ; then that a wrong probe is noticed.
"""

import sys

from playwright.sync_api import sync_playwright

from tests.making.static_host import static_host
from tests.serving.browser import CHROMIUM, FLAGS

SOFTWARE = ["--enable-unsafe-swiftshader", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"]
MINUTES = 20
PROGRAM = """async ({ name, imitates, damaged, side }) => {
    const { fetch } = window;
    Object.defineProperty(GPUAdapterInfo.prototype, "isFallbackAdapter", { configurable: true, get: () => imitates });
    window.fetch = async (url) => {
        const answer = await fetch(url);
        if (!damaged || !String(url).endsWith("probe.bin")) return answer;
        return new Response((await answer.bytes()).map((level) => 255 - level));
    };
    const it = await import(`./page/model.js?${name}`);
    const seconds = [];
    const timed = async (made) => {
        const began = performance.now();
        const result = await made();
        seconds.push((performance.now() - began) / 1000);
        return result;
    };
    await timed(it.load);
    window.fetch = fetch;
    const wave = (at) => 128 + 90 * Math.sin(at / 50) * Math.cos(at / side / 20);
    const data = new Uint8Array(side * side * 3).map((_, at) => wave(at));
    const hole = new Uint8Array(side * side);
    for (let y = side >> 2; y < side >> 1; y++) hole.fill(1, y * side + (side >> 2), y * side + (side >> 1) + 20);
    const part = { width: side, height: side, data, hole, lines: null };
    const painted = damaged ? [] : await timed(() => it.paint(part));
    if (!damaged) await timed(() => it.paint(part));
    return [await it.onGraphics(), seconds, Array.from(painted).filter((_, at) => hole[Math.floor(at / 3)])];
}"""


def main(site: str, *own: str) -> None:
    flags = [flag for flag in FLAGS if flag != "--disable-gpu"] + ["--enable-unsafe-webgpu"]
    with static_host(site) as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags + ([] if own else SOFTWARE))
        page = browser.new_page()
        page.set_default_timeout(1000 * 60 * MINUTES)
        page.goto(f"http://127.0.0.1:{port}/")
        page.wait_for_selector("body[data-ready]")
        page.wait_for_timeout(3000)  # the first visit loads the page once more
        print(page.evaluate("navigator.gpu.requestAdapter().then(({ info }) => `${info.vendor} ${info.architecture}`)"))
        levels = {}
        for name, imitates, damaged in (("WebAssembly", True, False), ("WebGPU", False, False), ("wrong", False, True)):
            given = {"name": name, "imitates": imitates, "damaged": damaged, "side": 64}
            graphics, seconds, levels[name] = page.evaluate(PROGRAM, given)
            print(f"{name}: on graphics {graphics}, seconds", *(f"{each:.2f}" for each in seconds))
        differences = [abs(a - b) for a, b in zip(levels["WebAssembly"], levels["WebGPU"], strict=True)]
        print(f"levels differ by {sum(differences) / len(differences):.4f} in the mean, {max(differences)} at most")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
