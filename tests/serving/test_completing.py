"""Requests are completed by any system; tests of the whole server use DeepFill v2."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from deepfill.errors import DeepFillError
from deepfill.inpainting import Inpainter
from deepfill.serving import Limits
from deepfill.serving.completing import Completer
from deepfill.serving.options import RequestOptions
from deepfill.serving.uploads import Upload
from tests.making.exports import centre_only
from tests.serving.stand_in import StandIn


def test_a_system_of_one_size_warms_up_completes_and_rejects_others_by_name(tmp_path):
    completer = Completer(Inpainter(centre_only(tmp_path / "centre"), "float32"), Limits())
    completer.warm_up()
    rng = np.random.default_rng(0)

    def ask(side, hole):
        mask = np.zeros((side, side, 3), np.uint8)
        mask[hole] = 255
        planes = {"image": rng.integers(0, 256, (side, side, 3), np.uint8), "mask": mask}
        uploads = {}
        for name, plane in planes.items():
            file = io.BytesIO()
            Image.fromarray(plane).save(file, "PNG")
            uploads[name] = Upload(f"{name}.png", file)
        return completer.complete(uploads, RequestOptions(), lambda done, of: None)

    assert ask(128, np.s_[40:80, 50:90]).data.startswith(b"\x89PNG")
    for side, hole in ((96, np.s_[40:50, 40:50]), (128, np.s_[10:50, 50:90])):
        with pytest.raises(DeepFillError, match="size: context_encoder completes only the centre, 64 x 64, of 128 x 1"):
            ask(side, hole)


def test_iopaints_masks_follow_the_rule_of_all_masks():
    inpainter = StandIn()
    completer = Completer(inpainter, Limits())
    rng = np.random.default_rng(0)
    image, hole = rng.integers(0, 256, (48, 64, 3), np.uint8), np.zeros((48, 64), np.uint8)
    hole[10:20, 30:50] = 255

    def ask(mask):
        body = {}
        for name, plane in (("image", image), ("mask", mask)):
            file = io.BytesIO()
            Image.fromarray(plane).save(file, "PNG")
            body[name] = base64.b64encode(file.getvalue()).decode()
        completer.complete_iopaint(io.BytesIO(json.dumps(body).encode()), lambda done, of: None)
        return inpainter.asked.pop()[2][0].hole

    labels = hole.copy()
    labels[30:40] = 60
    strokes = np.dstack([hole] * 4)  # as its page sends them, on a transparent layer
    deep = np.where(hole > 0, np.uint16(0x8100), np.uint16(300))
    for mask in (hole, strokes, np.dstack([hole, 0 * hole, 0 * hole]), hole // 255, deep):
        assert np.array_equal(ask(mask), hole > 0)
    for mask, words in ((image[::-1], "looks like a photograph"), (labels, "as labels have")):
        with pytest.raises(DeepFillError, match=words):
            ask(mask)
