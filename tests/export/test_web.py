"""A site of static files: the browser itself completes, as `deepfill inpaint` does in windows, also offline."""

import base64
import contextlib
import io
import os
import pathlib
import shutil

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

import deepfill
from deepfill.defaults import DEFAULT_CHECKPOINT
from deepfill.errors import DeepFillError
from deepfill.export import export_onnx, export_web
from deepfill.export.web_runtime import FILES, VERSION, runtime_files
from deepfill.inpainting import Inpainter
from deepfill.inpainting.exemplar import complete_with_patches
from deepfill.inpainting.scales import complete_by_scale
from deepfill.inpainting.texture import describe_texture
from deepfill.inpainting.windows import plan_windows
from tests.making.exports import centre_only
from tests.making.static_host import static_host
from tests.serving.browser import Editor, chromium, decode

PAGE = pathlib.Path(deepfill.__file__).parent / "serving" / "page"
PHOTO = pathlib.Path(__file__).parents[2] / "examples/images/coffee.jpg"
HEIGHT, WIDTH = 512, 768
PATH = "/below/site/"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder of which the site, with the bundled weights, is a part."""
    pytest.importorskip("onnx")
    if not shutil.which("npm") and not os.environ.get("CI"):
        pytest.skip("there is no npm to download onnxruntime-web with: apt-get install npm")
    folder = tmp_path_factory.mktemp("host")
    written = export_web(DEFAULT_CHECKPOINT, folder / "below/site", PAGE)
    files = [path for path in (folder / "below/site").rglob("*") if path.is_file()]
    assert written == (sum(path.stat().st_size for path in files), "")
    assert [path.name for path in (folder / "below").iterdir()] == ["site"], "something temporary was left"
    return folder


@pytest.fixture(scope="module")
def host(site):
    """A static host of that folder; closing it ends it."""
    with contextlib.ExitStack() as stack:
        stack.port = stack.enter_context(static_host(site))
        yield stack


@pytest.fixture(scope="module")
def editor(host, tmp_path_factory):
    with chromium() as browser:
        editor = Editor(browser, host.port, tmp_path_factory.mktemp("shots"), path=PATH)
        yield editor
        assert not editor.complaints and not editor.elsewhere


@pytest.fixture(scope="module")
def page(editor):
    """A function: runs a program with a module of the site as `it`; bytes are handed over and returned as such."""
    helpers = """
        const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
        const textOf = (bytes) => {
          let text = "";
          for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
          return btoa(text);
        };"""

    def call(module, program, data, **given):
        given["data"] = base64.b64encode(data).decode()
        return editor.page.evaluate(
            f"async (given) => {{ {helpers} const it = await import('./page/{module}'); {program} }}", given
        )

    return call


def test_windows_are_planned_as_in_python(page):
    random = np.random.default_rng(0)
    program = "return it.planWindows(bytesOf(given.data), given.width, given.height, given.side)"
    for height, width, side, count, large in [(90, 140, 64, 6, 30), (301, 203, 96, 20, 120), (400, 330, 64, 4, 250)]:
        hole = np.zeros([height, width], bool)
        for y, x, h, w in zip(*random.integers(0, [[height], [width], [large], [large]], [4, count]), strict=True):
            hole[y : y + h // 2, x : x + w] = True
        expected = [[list(map(list, box)) for box in (each.view, each.core)] for each in plan_windows(hole, side)]
        found = page("windows.js", program, hole, width=width, height=height, side=side)
        assert len(expected) > 1
        assert [[each["view"], each["core"]] for each in found] == expected


def test_holes_of_any_thickness_are_completed_at_the_scale_that_python_chooses(page):
    rows, columns = np.mgrid[:260, :560]
    image = np.stack([rows // 3, columns // 4, (rows + columns) // 7], -1).astype(np.uint8)
    hole = np.zeros([260, 560], bool)
    hole[40:220, 20:540] = hole[240:250, 200:500] = True  # seen scaled down, and thin
    program = """
        const [width, height] = [560, 260];
        const [data, hole] = [bytesOf(given.data), bytesOf(given.hole)];
        const painted = (value, i, hole) => (hole[Math.floor(i / 3)] ? 90 : value - (value >> 3));
        const network = async ({ data, hole }) => data.map((value, i) => painted(value, i, hole));
        let told = [];
        const picture = { width, height, data, hole, lines: null };
        const made = await it.completeByScale(picture, network, 0, (...one) => (told = one));
        return [textOf(made), told];"""

    def network(part, hole, _):
        return np.where(hole[..., None], np.uint8(90), part - (part >> 3))

    told = []
    expected = complete_by_scale(network, image, hole, progress=lambda *one: told.append(list(one)))
    data, last = page("scales.js", program, image, hole=base64.b64encode(hole).decode())
    made = np.frombuffer(base64.b64decode(data), np.uint8).reshape(image.shape)
    assert last == told[-1] and last[1] > 3
    assert np.array_equal(made[~hole], image[~hole])
    assert np.abs(made.astype(int) - expected).max() <= 2


def test_thick_holes_get_the_texture_around_them_as_in_python(page):
    random = np.random.default_rng(0)
    image = cv2.GaussianBlur(random.normal(0, 150, [120, 130, 3]), (0, 0), 1.5)
    image = np.clip(image + np.array([90, 120, 140]), 0, 255).astype(np.uint8)
    hole = np.zeros([120, 130], bool)
    hole[42:78, 42:88] = True
    fog = image.copy()  # as networks leave it
    fog[hole] = [90, 120, 140]
    expected = fog.copy()
    complete_with_patches(expected, hole, 512)
    program = """
        const [width, height] = [130, 120];
        const hole = bytesOf(given.hole);
        const { describeTexture } = await import("./page/texture.js");
        const { addDetail } = await import("./page/detail.js");
        const filled = (variation) => {
          const data = bytesOf(given.data);
          it.completeWithPatches({ width, height, data, hole, lines: null }, null, 512, variation, () => told++);
          return textOf(data);
        };
        let told = 0;
        const detailed = bytesOf(given.data);
        addDetail({ width, height, data: detailed, lines: null }, hole, hole, 0.92, 512);
        const texture = describeTexture(bytesOf(given.data), hole, width, height);
        return [[filled(1), filled(1), filled(2), textOf(detailed), textOf(texture)], told];"""
    made, told = page("exemplar.js", program, fog, hole=base64.b64encode(hole).decode())
    *pictures, texture = [np.frombuffer(base64.b64decode(each), np.uint8).reshape(120, 130, -1) for each in made]
    first, again, second, detailed = pictures
    assert told > 6, "it tells nothing of its progress"
    assert np.abs(texture.astype(int) - describe_texture(fog, hole))[20:-20, 20:-20].max() <= 1
    assert all(np.array_equal(each[~hole], image[~hole]) for each in pictures)
    assert np.array_equal(first, again) and not np.array_equal(first, second)
    roughness = [np.abs(np.diff(each[46:74, 46:84].astype(int), axis=0)).mean() for each in (fog, detailed, image)]
    assert roughness[1] > 0.3 * roughness[2] > roughness[0]
    for each in (first, second, expected):
        assert np.abs(np.diff(each[46:74, 46:84].astype(int), axis=0)).mean() > 0.7 * roughness[2]


def test_without_a_graphics_processor_that_works_webassembly_runs_the_model(editor, page, site):
    program = """
        const { gpu } = navigator;
        const adapter = { info: { isFallbackAdapter: false } };
        Object.defineProperty(navigator, "gpu", { configurable: true, value: { requestAdapter: async () => adapter } });
        await it.load();
        delete navigator.gpu;
        const loaded = performance.getEntriesByType("resource").map(({ name }) => name.split("/").pop());
        const planes = (from, to) => bytesOf(given.data).slice(from * 64 * 64, to * 64 * 64);
        const [data, hole, expected] = [planes(0, 3), planes(3, 4), planes(4, 7)];
        const painted = await it.paint({ width: 64, height: 64, data, hole, lines: null });
        const differs = (level, at) => hole[Math.floor(at / 3)] && Math.abs(level - painted[at]) > 1;
        const runtimes = ["ort-webgpu.js", "ort.js"].map((name) => loaded.includes(name));
        return [await it.onGraphics(), runtimes, expected.some(differs)];"""
    probe = (site / "below/site/probe.bin").read_bytes()
    assert page("model.js", program, probe) == [False, [True, True], False]
    assert editor.complaints == ["Aborted()"]  # the runtime's own, about the adapter
    editor.complaints.clear()


def test_files_keep_their_pixels_and_their_colours(page):
    random = np.random.default_rng(0)
    colours = random.integers(0, 256, [21, 26, 4], np.uint8)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    cases = {
        "rgb": (Image.fromarray(colours[..., :3]), "png", {"icc_profile": profile}),
        "alpha": (Image.fromarray(colours), "png", {}),
        "grey": (Image.fromarray(colours[..., 0]), "png", {}),
        "grey_alpha": (Image.fromarray(colours[..., :2]), "png", {}),
        "palette": (Image.fromarray(colours[..., :3]).quantize(13), "png", {}),
        "clear": (Image.fromarray(colours[..., :3]).quantize(200), "png", {"transparency": 3}),
        "bits": (Image.fromarray(colours[..., 0] > 127), "png", {}),
        "photo": (Image.fromarray(colours[..., :3]), "jpeg", {"icc_profile": profile, "quality": 95}),
        "lossless": (Image.fromarray(colours[..., :3]), "webp", {"icc_profile": profile, "lossless": True}),
        "bitmap": (Image.fromarray(colours[..., :3]), "bmp", {}),
    }
    program = """
        const file = new File([bytesOf(given.data)], "a", { type: `image/${given.kind}` });
        return textOf(new Uint8Array(await (await it.writePixels(await it.readPixels(file))).arrayBuffer()));"""
    for name, (image, kind, options) in cases.items():
        file = io.BytesIO()
        image.save(file, kind, **options)
        made = Image.open(io.BytesIO(base64.b64decode(page("pixels.js", program, file.getvalue(), kind=kind))))
        expected = np.asarray(Image.open(file).convert("RGBA")).astype(int)
        # Decoders of JPEG differ by a level or two.
        assert np.abs(np.asarray(made.convert("RGBA")) - expected).max() <= (2 if kind == "jpeg" else 0), name
        assert made.info.get("icc_profile") == options.get("icc_profile"), name


def test_a_click_selects_what_has_its_colour_and_is_joined_to_it(page):
    image, clicked = np.full([20, 30, 4], 200, np.uint8), np.zeros([2, 20, 30], bool)
    image[5:12, 4:11, :3] = image[5:12, 20:27, :3] = (90, 20, 20)
    image += np.random.default_rng(0).integers(0, 4, image.shape, np.uint8)
    clicked[0, 8, 6] = clicked[1, 11, 4:11] = True  # and what does not belong to it
    program = """
        const [inside, outside] = [bytesOf(given.inside), bytesOf(given.outside)];
        return textOf(it.find({ width: 30, height: 20, data: bytesOf(given.data) }, inside, outside));"""
    inside, outside = (base64.b64encode(plane).decode() for plane in clicked)
    found = base64.b64decode(page("wand.js", program, image, inside=inside, outside=outside))
    expected = np.zeros([20, 30], np.uint8)
    expected[5:11, 4:11] = 1
    assert np.array_equal(np.frombuffer(found, np.uint8).reshape(20, 30), expected)


@pytest.fixture(scope="module")
def inpainter(tmp_path_factory):
    """The server's networks, float32, as `deepfill serve` runs them without TensorFlow: no graph has to be traced."""
    path = tmp_path_factory.mktemp("onnx") / "model.onnx"
    export_onnx(DEFAULT_CHECKPOINT, path)
    return Inpainter(path, strategy="window", detail=0)


def test_it_completes_below_a_path_and_offline_as_the_servers_networks_do(editor, host, inpainter, tmp_path):
    photo = np.asarray(Image.open(PHOTO).convert("RGB").resize((WIDTH, HEIGHT)))
    Image.fromarray(photo).save(tmp_path / "photo.png")
    assert editor.page.evaluate("crossOriginIsolated"), "threads need it"
    editor.open(tmp_path / "photo.png")
    assert editor.page.locator("input[value=sources]").is_visible()
    assert editor.page.locator("option[value=webp]").get_attribute("hidden") is not None
    editor.tool("r")
    editor.drag((300, 200), (350, 230))
    first = editor.mask()
    editor.shoot("web")
    editor.page.evaluate("editor.detail = 0")  # the networks' own picture
    editor.complete()
    name, data = editor.download()
    assert name == "photo_completed.png"
    completed = decode(data)
    require_close(completed, photo, first, inpainter)

    host.close()  # and the page works on
    editor.page.reload()
    editor.page.wait_for_selector("body[data-ready]")
    editor.says("photo.png is as it was before")
    editor.page.evaluate("editor.chosenMargin = 0; document.getElementById('more').open = true")
    editor.tool("r")
    editor.drag((500, 400), (540, 440))
    second = editor.mask()
    editor.page.click("#complete")
    editor.page.click("#cancel")
    editor.says("Cancelled. Nothing has changed.")
    editor.complete()
    made = [decode(editor.download()[1])]
    editor.press("2")
    editor.says("Variation 2: completed in", seconds=180)
    made.append(decode(editor.download()[1]))
    editor.shoot("web-variation")
    assert np.array_equal(made[0][~second], made[1][~second])
    assert not np.array_equal(*made)
    for each in made:
        assert np.array_equal(each[~second], completed[~second])
        assert np.abs(each.astype(int) - completed)[second].mean() > 1


def require_close(completed, image, hole, inpainter):
    """Known pixels are the picture's; in the hole, levels differ from the inpainter's by 0.3 in the mean at most."""
    assert completed.shape == image.shape and hole.any()
    assert np.array_equal(completed[~hole], image[~hole])
    difference = np.abs(completed.astype(int) - inpainter(image, hole))[hole]
    assert np.abs(completed.astype(int) - image)[hole].mean() > 1
    assert difference.mean() <= 0.3 and difference.max() <= 3


def test_without_the_runtime_or_with_another_model_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", "")
    expected = "npm, which downloads onnxruntime-web .*, cannot be found: install Node.js with npm, or give --runtime="
    with pytest.raises(DeepFillError, match=expected):
        runtime_files()
    with pytest.raises(DeepFillError, match="expected the files of onnxruntime-web"):
        export_web(DEFAULT_CHECKPOINT, tmp_path / "site", PAGE, tmp_path)
    package = tmp_path / "package" / "dist"
    package.mkdir(parents=True)
    for name in FILES:
        (package / name).write_bytes(name.encode())
    assert runtime_files(package.parent) == runtime_files(package)
    assert runtime_files(package)["ort.js"] == b"ort.wasm.min.mjs"
    with pytest.raises(DeepFillError, match="expected a checkpoint of deepfill_v2, got one of context_encoder"):
        export_web(centre_only(tmp_path / "centre"), tmp_path / "site", PAGE, package)
    assert not (tmp_path / "site").exists()


def test_a_damaged_cache_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = tmp_path / "deepfill" / f"onnxruntime-web-{VERSION}"
    folder.mkdir(parents=True)
    for name in FILES:
        (folder / name).write_bytes(b"damaged")
    with pytest.raises(DeepFillError, match=r"expected onnxruntime-web .*'s, got another file; delete it"):
        runtime_files()
