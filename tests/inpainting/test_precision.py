"""`auto` follows the hardware; bfloat16 completes nearly as float32 does."""

import pathlib

import numpy as np
import pytest
import tensorflow as tf

from deepfill.errors import DeepFillError
from deepfill.inpainting import Inpainter
from deepfill.layers import precision
from deepfill.layers.precision import resolve_precision


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Makes a machine of GPUs, each by what TensorFlow tells of it, and of a processor with these flags."""

    def make(gpus=(), processor=None):
        cpuinfo = tmp_path / "cpuinfo"
        if processor is not None:
            cpuinfo.write_text(f"processor\t: 0\nflags\t\t: fpu sse2 {processor} avx2\n")
        monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: list(gpus))
        monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda gpu: gpu)
        # The module's own view of pathlib: everything else still finds its files.
        paths = type("Paths", (), {"Path": staticmethod(lambda path: cpuinfo)})
        monkeypatch.setattr(precision, "pathlib", paths)

    return make


def gpu(*capability):
    return {"compute_capability": capability}


@pytest.mark.parametrize(
    "gpus, processor, policy",
    [
        ([gpu(8, 0)], "", "mixed_bfloat16"),
        ([gpu(12, 0), gpu(9, 0)], "", "mixed_bfloat16"),
        ([gpu(7, 5)], "", "float32"),
        ([gpu(9, 0), gpu(7, 0)], "", "float32"),
        ([{"device_name": "METAL"}], "", "float32"),
        ([gpu(7, 5)], "amx_bf16", "float32"),  # where there is a GPU, it computes
        ([], "amx_bf16", "mixed_bfloat16"),
        ([], "avx512_bf16", "mixed_bfloat16"),
        ([], "avx512f avx512_fp16", "float32"),
        ([], None, "float32"),  # no /proc, as on macOS
    ],
)
def test_auto_is_bfloat16_where_the_hardware_multiplies_in_it(machine, gpus, processor, policy):
    machine(gpus, processor)
    assert resolve_precision("auto") == policy


@pytest.mark.parametrize("name, policy", [("float32", "float32"), ("bfloat16", "mixed_bfloat16")])
def test_a_precision_asked_for_is_taken_whatever_the_hardware(machine, name, policy):
    for processor in ("amx_bf16", ""):
        machine(processor=processor)
        assert resolve_precision(name) == policy


@pytest.mark.parametrize("name", ["float16", "mixed_bfloat16", "", "AUTO"])
def test_another_name_is_an_error(name):
    with pytest.raises(DeepFillError) as error:
        resolve_precision(name)
    assert str(error.value) == f"precision: expected auto, float32 or bfloat16, got {name}"


def test_auto_works_on_this_machine():
    assert resolve_precision("auto") in ("float32", "mixed_bfloat16")
    assert isinstance(precision.pathlib.Path("/"), pathlib.Path)


@pytest.mark.newest
def test_bfloat16_completes_nearly_as_float32_does(plain, plain_checkpoint):
    rng = np.random.default_rng(0)
    image, mask = rng.integers(0, 256, [30, 44, 3], np.uint8), np.zeros([30, 44], bool)
    mask[10:20, 12:30] = True
    inpainter = Inpainter(plain_checkpoint, "bfloat16", detail=0)
    completed, expected = inpainter(image, mask), plain(image, mask)
    assert np.array_equal(completed[~mask], image[~mask])
    # These weights make the most of every rounding: trained networks stay much closer.
    difference = np.abs(completed[mask].astype(int) - expected[mask])
    assert 0 < difference.mean() < 12
