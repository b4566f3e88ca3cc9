"""The files of onnxruntime-web with which a site runs the model."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile

from deepfill.errors import DeepFillError, error_line
from deepfill.files import write_bytes

VERSION = "1.30.0"

FILES = {
    "ort.wasm.min.mjs": ("ort.js", "219e6a1fc8a9938268d18efca3c91d310bd2f4a59bbd13744df5b2b7fc6cee3b"),
    "ort-wasm-simd-threaded.mjs": (
        "ort-wasm.js",
        "e13f7f94fc51b4ca72b12faeb1ee95f4ace6dfbc8939bc718aabdc0a27c4299b",
    ),
    "ort-wasm-simd-threaded.wasm": (
        "ort-wasm.wasm",
        "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
    ),
    "ort.jspi.min.mjs": ("ort-webgpu.js", "bc57179d923fda2d88d4a395359c8df44399dde087bf9ff44fc0e40ab398e4d9"),
    "ort-wasm-simd-threaded.jspi.mjs": (
        "ort-webgpu-wasm.js",
        "270e2c6da9f297239d301d329782b6446641cb1e16a77967690adcfca35f3268",
    ),
    "ort-wasm-simd-threaded.jspi.wasm": (
        "ort-webgpu-wasm.wasm",
        "a54c76f86b0f0d9572380cf1c6292a7b3903716ffcbcd6b0e5c7050bf430eb93",
    ),
}
"""The package's files that a site needs, the last three where it runs the model on a graphics processor: the names that
they get, because some hosts do not serve `.mjs` as JavaScript, and the SHA-256 of the pinned version."""

_SECONDS = 600


def runtime_files(folder: str | pathlib.Path | None = None) -> dict[str, bytes]:
    """The files by the names that they get.

    Args:
        folder: the package's files, of any version, in it or in its folder `dist`. If omitted, npm downloads the pinned
            version, once: it is kept in the user's cache.

    Raises:
        DeepFillError: a file is missing or cannot be read, npm is missing or fails, or the files are not the pinned
            ones.
    """
    if folder is not None:
        return _read(_with_files(pathlib.Path(folder)))
    cache = _cache()
    if not all((cache / name).is_file() for name in FILES):
        _download(cache)
    found = _read(cache)
    for name, (own, digest) in FILES.items():
        if hashlib.sha256(found[own]).hexdigest() != digest:
            raise DeepFillError(f"{cache / name}: expected onnxruntime-web {VERSION}'s, got another file; delete it")
    return found


def _cache() -> pathlib.Path:
    home = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(home) / "deepfill" / f"onnxruntime-web-{VERSION}"


def _with_files(folder: pathlib.Path) -> pathlib.Path:
    for each in (folder, folder / "dist"):
        if (each / "ort.wasm.min.mjs").is_file():
            return each
    raise DeepFillError(f"{folder}: expected the files of onnxruntime-web, such as ort.wasm.min.mjs, got none")


def _read(folder: pathlib.Path) -> dict[str, bytes]:
    try:
        return {own: (folder / name).read_bytes() for name, (own, _) in FILES.items()}
    except OSError as error:
        raise DeepFillError(f"{error.filename}: cannot be read: {error.strerror}") from error


def _download(cache: pathlib.Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise DeepFillError(
            f"format web: npm, which downloads onnxruntime-web {VERSION}, cannot be found: install Node.js with npm, "
            "or give --runtime=FOLDER with the package's files"
        )
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", "--silent", f"onnxruntime-web@{VERSION}"]
        try:
            ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise DeepFillError(f"format web: npm failed: {error_line(error)}") from error
        packed = next(pathlib.Path(folder).glob("*.tgz"), None)
        if ended.returncode or packed is None:
            lines = (ended.stderr or ended.stdout).strip().splitlines() or ["no reason given"]
            raise DeepFillError(f"format web: npm could not download onnxruntime-web {VERSION}: {lines[-1]}")
        with tarfile.open(packed) as archive:
            for name in FILES:
                file = archive.extractfile(f"package/dist/{name}")
                assert file is not None
                write_bytes(cache / name, file.read())
