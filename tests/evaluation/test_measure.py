"""Samples become cases with figures; what cannot be read is told, and the rest measured."""

import numpy as np
import pytest

from deepfill.evaluation.measure import measure
from deepfill.evaluation.methods import Method, make_methods
from deepfill.evaluation.pictures import find_samples
from deepfill.photos.images import write_image


def brighter(images, masks):
    """Every value of the hole 51, a fifth of the range, away from the true one; and the true one itself."""
    away = np.where(images < 128, images + 51, images - 51).astype(np.uint8)
    return [np.where(masks[..., np.newaxis], away, images), images]


def test_each_picture_and_row_has_its_figures(samples):
    cases, faults = measure(samples, [Method(("brighter", "true"), brighter)], 32)
    assert not faults and len(cases) == 6
    for row in ("brighter", "true"):
        assert [case.sample for case in cases if case.method == row] == samples
    assert [case.hole for case in cases if case.method == "true"] == [1 / 4, 1 / 8, 1 / 16]
    for case in cases:
        wrong = case.method == "brighter"
        assert case.figures["l1"] == pytest.approx(20 * wrong, rel=1e-5)
        assert case.figures["l2"] == pytest.approx(4 * wrong, rel=1e-5)
        assert case.figures["psnr"] == pytest.approx(-10 * np.log10(0.04 * case.hole) if wrong else np.inf, rel=1e-5)
        assert (case.figures["ssim"] < 0.999) == wrong
        assert (case.sharpness == 1) != wrong


def test_sharpness_of_a_flat_fill_is_none_at_all(samples):
    (case,), _ = measure(samples[:1], make_methods(["mean"], [], "float32", True), 32)
    assert case.figures["true_gradient"] > 0 and case.sharpness == 0


def test_what_fails_is_told_and_does_not_stop_the_others(samples, tmp_path):
    samples[1].image.write_bytes(b"\x89PNG not really")
    samples[0].mask.unlink()
    found = find_samples(tmp_path / "images", tmp_path / "masks")
    cases, faults = measure(found, make_methods(["mean"], [], "float32", True), 32)
    assert [case.sample.name for case in cases] == [samples[2].name]
    assert len(faults) == 2 and "a.png" in faults[0] and "b.png is not a picture" in faults[1]


def test_a_picture_too_small_for_lpips_is_told(samples):
    mean = make_methods(["mean"], [], "float32", True)
    write_image(samples[0].mask, np.eye(24, dtype=np.uint8) * 255)
    cases, faults = measure(samples[:1], mean, 24, lpips=lambda *_: pytest.fail("too small"))
    assert not cases and faults == [f"{samples[0].image}: expected at least 31 x 31 pixels, as LPIPS needs them"]


def test_where_all_fail_all_are_told(samples):
    cases, faults = measure(samples, make_methods(["mean"], [], "float32", True), 64)
    assert not cases and len(faults) == len(samples)
    assert all(
        f"{sample.image}: expected at least 64 x 64" in fault for sample, fault in zip(samples, faults, strict=True)
    )
