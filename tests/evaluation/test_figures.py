"""Every system is measured on the holes that it completes, once."""

import dataclasses
import os

import numpy as np
import pytest

from deepfill.config import TrainingSettings, write_settings
from deepfill.evaluation.abilities import CLASSICAL
from deepfill.evaluation.figures import measure_contestants, sheet_picture, sheet_samples, trained_pictures
from deepfill.evaluation.measure import measure
from deepfill.evaluation.methods import make_methods
from deepfill.evaluation.pictures import read_mask, read_sample
from deepfill.evaluation.plan import Contestant
from deepfill.evaluation.tables import mean_figures
from deepfill.photos.images import read_image
from deepfill.systems.glcic.settings import GlcicSettings


@pytest.fixture(scope="module")
def systems(checkpoints):
    return [Contestant(name, folder) for name, folder in checkpoints.items()]


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    return tmp_path_factory.mktemp("comparison")


@pytest.fixture(scope="module")
def results(systems, holes, workdir):
    return {each.name: each for each in measure_contestants(systems, holes, 128, workdir, None)}


def test_networks_and_methods_that_learn_nothing_are_measured_alike(results):
    assert tuple(results) == ("glcic", "context_encoder", *CLASSICAL)
    for name in ("glcic", *CLASSICAL):
        for figures in results[name].figures.values():
            assert set(figures) == {"l1", "l2", "psnr", "ssim", "sharpness"}
        assert not results[name].refused and results[name].seconds > 0
        assert [(line["kind"], line["picture"]) for line in results[name].lines] == [
            (kind, f"{picture}.png") for kind in ("rectangle", "free-form") for picture in "abcd"
        ]
    assert results["glcic"].parameters > 10_000 and results["glcic"].side == 256
    assert results["telea"].parameters is results["telea"].gflop is None


def test_figures_are_those_of_evaluate(results, holes):
    cases, _ = measure(holes["free-form"], make_methods(["telea"], [], "float32", True), 128)
    found = results["telea"].figures["free-form"]
    assert {name: found[name] for name in ("l1", "psnr")} == pytest.approx(
        {name: mean_figures(cases)[name] for name in ("l1", "psnr")}
    )


def test_a_system_that_completes_the_centre_alone_says_so_and_is_measured_there(results):
    only = results["context_encoder"]
    assert tuple(only.figures) == ("rectangle",) and only.side == 128
    assert only.refused == {
        "free-form": "context_encoder completes only the centre, 64 x 64, of 128 x 128, got a hole outside of it"
    }


def test_the_workdir_of_a_training_tells_how_many_pictures_it_has_seen(results, tmp_path):
    assert {name: each.pictures for name, each in results.items()} == dict.fromkeys(results)
    write_settings(GlcicSettings(training=TrainingSettings(batch_size=6)), tmp_path / "settings.yml")
    assert trained_pictures(tmp_path) is None  # no step has been saved
    (tmp_path / "ckpt-30.index").touch()
    assert trained_pictures(tmp_path) == 180
    (tmp_path / "settings.yml").write_text("model: {name: another}")
    assert trained_pictures(tmp_path) is None


def test_pictures_that_fail_are_told(results):
    for result in results.values():
        assert result.faults and all("e.png: expected at least 128 x 128" in fault for fault in result.faults)


def test_pictures_of_the_sheet_are_kept(results, holes, workdir):
    samples = sheet_samples(holes["free-form"], ["a.png", "b.png", "c.png", "d.png"])
    assert [sample.name for sample in samples] == ["a.png", "c.png", "d.png"]
    for name in ("glcic", "telea"):
        image, mask = read_sample(samples[1], 128)
        completed = read_image(sheet_picture(workdir, name, "free-form", samples[1]))
        assert np.array_equal(completed[~mask], image[~mask]) and not np.array_equal(completed, image)
    assert not sheet_picture(workdir, "context_encoder", "free-form", samples[0]).exists()


def test_what_was_measured_is_measured_again_only_where_something_changed(
    results, systems, holes, workdir, monkeypatch
):
    measured = []

    def spy(self, column):
        measured.append(column if isinstance(column, str) else column.name)
        return results[measured[-1]]

    def timed(columns):
        rounds.append({name: len(pairs) for name, (_, pairs) in columns.items()})
        return dict.fromkeys(columns, 2.0)

    rounds = []
    monkeypatch.setattr("deepfill.evaluation.figures._Measuring.of", spy)
    monkeypatch.setattr("deepfill.evaluation.figures.median_seconds", timed)
    again = measure_contestants(systems, holes, 128, workdir, None)
    assert not measured and not rounds and again == list(results.values())
    os.utime(systems[0].checkpoint / "ckpt-0.index")
    measure_contestants(systems, holes, 128, workdir, None)
    assert measured == ["glcic"]
    # All are timed again together, or other work of the machine would distort the comparison.
    assert rounds == [dict.fromkeys(results, 4)]
    (workdir / "figures" / "telea.json").write_text("half a fi")
    measure_contestants(systems, holes, 128, workdir, None)
    assert measured == ["glcic", "telea"]
    fewer = {kind: samples[1:] for kind, samples in holes.items()}
    measure_contestants([dataclasses.replace(systems[1])], fewer, 128, workdir, None)
    assert measured[2:] == ["context_encoder", *CLASSICAL]


def test_the_masks_are_what_is_measured(results, holes):
    shares = {line["picture"]: line["hole"] for line in results["patchmatch"].lines if line["kind"] == "free-form"}
    for sample in holes["free-form"][:4]:
        assert shares[sample.name] == pytest.approx(read_mask(sample.mask).mean())
