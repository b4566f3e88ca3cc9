"""Writes a generator as a site of static files: the editor, and the model, which runs in the browser."""

import hashlib
import json
import os
import pathlib
import shutil
import uuid

import numpy as np

from deepfill.errors import DeepFillError
from deepfill.export.onnx import GRAPHS, missing, written_graph
from deepfill.export.saved_model import Written, require_free
from deepfill.export.web_runtime import runtime_files
from deepfill.files import write_bytes
from deepfill.weights import loading

SIDE = 64
"""Height and width of the picture by which pages check a graphics processor."""

MODULES = pathlib.Path(__file__).parent / "site"
"""What the site adds to the editor's page: `server.js`, which takes the place of the page's own, what that needs, and
`sw.js`."""


def export_web(
    checkpoint: str | pathlib.Path,
    output: str | pathlib.Path,
    page: str | pathlib.Path,
    runtime: str | pathlib.Path | None = None,
    quantize: str | None = "float16",
    average: bool = True,
) -> Written:
    """Writes the generator of a checkpoint as a folder for any static host, at any path.

    The folder appears whole or not at all.

    Args:
        checkpoint: a folder of ours, or a published checkpoint; of DeepFill v2.
        output: the folder to write, absent or empty.
        page: the folder of the editor's files.
        runtime: a folder with the files of onnxruntime-web; see `runtime_files`.
        quantize: as for `export_onnx`.
        average: use the moving average of the weights if the training kept one.

    Raises:
        DeepFillError: it is no checkpoint of DeepFill v2, or it is damaged; the folder is not empty or cannot be
            written; and as `runtime_files`.
    """
    output = pathlib.Path(os.path.realpath(output))
    require_free(output)
    files = {f"runtime/{name}": data for name, data in runtime_files(runtime).items()}
    generator, _ = loading.load_generator(checkpoint, average=average)
    if generator.system not in GRAPHS:
        raise DeepFillError(f"format web: expected a checkpoint of {', '.join(GRAPHS)}, got one of {generator.system}")
    files["model.onnx"] = written_graph(generator, None, quantize, omissible=False)
    files["probe.bin"] = _probe(files["model.onnx"], generator.guided)
    files["site.json"] = json.dumps({"guided": generator.guided}).encode()
    files |= _page(pathlib.Path(page))
    files["sw.js"] = _service_worker(files)
    temporary = output.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        for name, data in files.items():
            write_bytes(temporary / name, data)
        os.replace(temporary, output)
    except OSError as error:
        raise DeepFillError(f"{output}: cannot be written: {error.strerror}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return Written(sum(map(len, files.values())), "")


def _probe(model: bytes, guided: bool) -> bytes:
    """A picture of `SIDE` x `SIDE`, its hole, and what the model paints there: uint8, one after the other.

    Pages compare with it what a graphics processor computes.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise missing("onnxruntime", error) from error
    image = np.random.default_rng(0).integers(0, 256, [1, SIDE, SIDE, 3], np.uint8)
    mask = np.zeros([1, SIDE, SIDE, 1], np.uint8)
    mask[:, 20:44, 16:52] = 1
    inputs = {"image": image, "mask": mask, "ring": np.zeros([1], np.int64)}
    if guided:
        inputs["sketch"] = np.zeros([1, 1, 1, 1], np.uint8)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    (painted,) = session.run(["predicted"], inputs)
    return image.tobytes() + mask.tobytes() + painted.tobytes()


def _page(page: pathlib.Path) -> dict[str, bytes]:
    """The editor's files by their names in the site; those of `MODULES` replace the page's own."""
    own = {path.name: path for folder in (page, MODULES) for path in sorted(folder.iterdir()) if path.is_file()}
    del own["sw.js"]
    return {name if name == "index.html" else f"page/{name}": path.read_bytes() for name, path in own.items()}


def _service_worker(files: dict[str, bytes]) -> bytes:
    """`sw.js` with the names of the files, and digests, by which browsers know which ones to load anew."""
    digests = {name: hashlib.sha256(files[name]).hexdigest()[:16] for name in sorted(files)}
    return f"const FILES = {json.dumps(digests, indent=2)};\n".encode() + (MODULES / "sw.js").read_bytes()
