"""Completing with an exported ONNX file, without TensorFlow."""

import os
import subprocess
import sys

import numpy as np
import pytest

from deepfill.errors import DeepFillError
from deepfill.export import export_onnx
from deepfill.inpainting import Inpainter
from tests.making.checkpoints import checkpoint
from tests.making.exports import hole
from tests.making.pictures import picture

SIZE = (100, 132)
WITHOUT_TENSORFLOW = """
import sys
for module in ("tensorflow", "keras"):
    sys.modules[module] = None
import numpy as np
from deepfill import Inpainter
image, mask, *_ = (np.load(path) for path in sys.argv[2:4])
np.save(sys.argv[4], Inpainter(sys.argv[1], detail=float(sys.argv[5]), strategy=sys.argv[6])(image, mask))
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    pytest.importorskip("onnxruntime")
    folder = checkpoint(tmp_path_factory.mktemp("onnx") / "guided", guided=True)
    export_onnx(folder, folder.with_suffix(".onnx"))
    return folder, folder.with_suffix(".onnx")


def test_pictures_are_those_of_the_checkpoint(files):
    image, mask, lines = picture(*SIZE), hole(*SIZE), np.zeros(SIZE, np.uint8)
    lines[:, 60:70] = 1
    ours, theirs = (Inpainter(path, "float32", detail=0, window_side=64) for path in files)
    assert theirs.guided and theirs.batch_size == 1 and theirs.fixed_side == 0
    for strategy in ("whole", "window", "auto"):
        expected, completed = (each.variant(strategy=strategy)(image, mask, lines) for each in (ours, theirs))
        assert np.abs(expected.astype(int) - completed).max() <= 1


def test_tensorflow_is_not_needed(files, tmp_path):
    image, mask = picture(*SIZE), hole(*SIZE)
    np.save(tmp_path / "image.npy", image), np.save(tmp_path / "mask.npy", mask)
    paths = [tmp_path / name for name in ("image.npy", "mask.npy", "completed.npy")]
    command = [sys.executable, "-c", WITHOUT_TENSORFLOW, files[1], *paths, "0", "auto"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run(command, check=True, env=environment)
    completed, expected = np.load(paths[2]), Inpainter(files[0], "float32", detail=0)(image, mask)
    assert np.array_equal(completed[mask == 0], image[mask == 0])
    assert np.abs(completed.astype(int) - expected).max() <= 1


def test_settings_that_a_file_cannot_follow_are_errors(files):
    with pytest.raises(
        DeepFillError, match=r"precision: expected auto or float32, in which ONNX files .*, got bfloat16"
    ):
        Inpainter(files[1], "bfloat16")
    with pytest.raises(DeepFillError, match="average: expected true, because an ONNX file holds one set of weights"):
        Inpainter(files[1], average=False)
    with pytest.raises(DeepFillError, match=r"attention_memory: expected none, because an ONNX file .*, got 1000"):
        Inpainter(files[1], attention_memory=1000)


def test_other_files_are_refused_by_name(files, tmp_path):
    path = tmp_path / "model.onnx"
    with pytest.raises(DeepFillError, match=r"model.onnx: cannot be read: No such file"):
        Inpainter(path)
    path.write_bytes(files[1].read_bytes()[:1000])
    with pytest.raises(DeepFillError, match=r"model.onnx: onnxruntime cannot read it: "):
        Inpainter(path)
    export_onnx(files[0], path, (64, 64))
    with pytest.raises(DeepFillError, match=r"model.onnx: expected a file of DeepFill v2 .*, got one for .* 64 x 64"):
        Inpainter(path)
