"""Curves: what is read from a run's numbers, and a picture of them."""

import json
import logging

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure

from deepfill.errors import DeepFillError
from deepfill.photos.images import read_image
from deepfill.training.curves import _figure, _smoothed, draw_curves, read_curves

NAMES = [
    *("generator/total", "generator/coarse", "generator/refined", "generator/adversarial", "generator/gradient_norm"),
    *("discriminator/total", "discriminator/real", "discriminator/completed", "discriminator/gradient_norm"),
    *("learning_rate", "pictures_per_second", "waiting_for_data", "unreadable_pictures"),
]


@pytest.fixture
def write(tmp_path):
    """A function from lines, and the run's name, to its workdir."""

    def write_lines(*lines, name="run"):
        workdir = tmp_path / name
        workdir.mkdir(exist_ok=True)
        texts = [line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines]
        (workdir / "scalars.jsonl").write_text("".join(texts))
        return workdir

    return write_lines


@pytest.fixture
def warnings(caplog):
    """A function that returns the warnings so far."""
    caplog.set_level(logging.WARNING, "absl")
    return lambda: [record.getMessage() for record in caplog.records]


def run_lines(count=50, **others):
    rng = np.random.default_rng(0)
    for step in range(100, 100 * count + 1, 100):
        yield {"step": step, "time": 1.7e9} | {name: rng.uniform(0.1, 1) for name in NAMES} | others
        if step % 1000 == 0:
            yield {"step": step, "time": 1.7e9, "validation/l1": 0.1, "validation/psnr": 20.0, "validation/ssim": 0.8}


def panels(*workdirs):
    """The titles of the panels, and the labels in each."""
    figure = _figure({workdir.name: read_curves(workdir) for workdir in workdirs})
    legends = [axes.get_legend() for axes in figure.axes]
    labels = [[text.get_text() for text in legend.get_texts()] if legend else [] for legend in legends]
    return dict(zip([axes.get_title("left") for axes in figure.axes], labels, strict=True))


def test_numbers_by_name(write):
    curves = read_curves(write({"step": 1, "time": 5.0, "a": 2.5}, {"step": 2, "time": 6.0, "a": 3, "b/c": -1.0}))
    assert curves.keys() == {"a", "b/c"}
    assert (curves["a"].steps.tolist(), curves["a"].values.tolist()) == ([1, 2], [2.5, 3.0])
    assert (curves["b/c"].steps.tolist(), curves["b/c"].values.tolist()) == ([2], [-1.0])


def test_a_later_line_of_a_step_wins_name_by_name(write):
    curves = read_curves(write({"step": 2, "a": 1.0, "b": 1.0}, {"step": 3, "a": 1.0}, {"step": 2, "a": 9.0}))
    assert (curves["a"].steps.tolist(), curves["a"].values.tolist()) == ([2, 3], [9.0, 1.0])
    assert curves["b"].values.tolist() == [1.0]


def test_a_half_written_last_line_is_skipped(write, warnings):
    curves = read_curves(write({"step": 1, "a": 1.0}, '{"step": 2, "a'))
    assert curves["a"].steps.tolist() == [1] and warnings() == []


def test_other_lines_that_are_none_are_skipped_with_a_warning(write, warnings):
    lines = ['{"step": 2, "a{"step": 3, "a": 2.0}\n', "[1]\n", '{"a": 1}\n', '{"step": "4", "a": 1}\n']
    workdir = write({"step": 1, "a": 1.0}, *lines, {"step": 5, "a": 1.0})
    assert read_curves(workdir)["a"].steps.tolist() == [1, 5]
    assert warnings() == [f"{workdir / 'scalars.jsonl'}: skipped 4 unreadable of 6 lines: 2, 3, 4, 5"]


def test_what_is_no_number_is_left_out(write):
    curves = read_curves(write({"step": 1, "a": "x", "b": None, "c": True, "d": [1], "e": float("nan"), "f": 0}))
    assert curves.keys() == {"e", "f"} and np.isnan(curves["e"].values[0])


@pytest.mark.parametrize(
    "text, fault",
    [
        ("", "expected numbers, got an empty file; the run has not reported yet"),
        ("\n\n", "expected numbers, got an empty file; the run has not reported yet"),
        ("step 3 total=2", 'expected lines such as {"step": 100, "generator/total": 1.2}, got \'step 3 total=2\''),
        ('{"step": 3}\n', 'expected lines such as {"step": 100, "generator/total": 1.2}, got \'{"step": 3}\''),
    ],
)
def test_files_without_numbers_are_named(write, text, fault):
    workdir = write(text)
    with pytest.raises(DeepFillError) as caught:
        read_curves(workdir)
    assert str(caught.value) == f"{workdir / 'scalars.jsonl'}: {fault}"


def test_bytes_that_are_no_text_are_named(write):
    workdir = write("")
    (workdir / "scalars.jsonl").write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(DeepFillError, match=r"scalars\.jsonl: expected lines such as"):
        read_curves(workdir)


def test_a_folder_without_the_file_is_named(tmp_path):
    with pytest.raises(DeepFillError, match=r"scalars\.jsonl: no such file; expected the workdir of a run"):
        read_curves(tmp_path)


def test_related_curves_share_a_panel(write):
    assert panels(write(*run_lines())) == {
        "generator: losses": ["total", "coarse", "refined", "adversarial"],
        "discriminator: loss": [],
        "discriminator: scores": ["real", "completed"],
        "validation: L1": [],
        "validation: PSNR, dB": [],
        "validation: SSIM": [],
        "gradient norms": ["generator", "discriminator"],
        "learning rate": [],
        "pictures per second": [],
        "share of time waiting for data": [],
        "unreadable pictures": [],
    }


def test_other_names_get_a_panel_and_troubles_only_where_there_were_any(write):
    found = panels(write(*run_lines(unreadable_pictures=0, failed_steps=0, teacher=0.5)))
    assert "teacher" in found and not {"unreadable pictures", "failed steps"} & found.keys()
    assert "failed steps" in panels(write(*run_lines(failed_steps=1)))


def test_runs_are_compared_number_by_number(write):
    figure = _figure({name: read_curves(write(*run_lines(count), name=name)) for name, count in [("a", 40), ("b", 50)]})
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "b"]
    assert [axes.get_title("left") for axes in figure.axes][:4] == NAMES[:4]
    assert {line.get_color() for line in figure.axes[0].lines} == {"C0", "C1"}


def test_runs_of_one_name_are_told_by_their_folders(write, tmp_path, monkeypatch):
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
        write(*run_lines(3), name=f"{name}/run")
    drawn = []
    monkeypatch.setattr("deepfill.training.curves._figure", lambda runs: drawn.extend(runs) or Figure())
    draw_curves([tmp_path / "x/run", tmp_path / "y/run"], tmp_path / "curves.png")
    assert drawn == [str(tmp_path / "x/run"), str(tmp_path / "y/run")]


def test_smoothing_keeps_a_level_calms_noise_and_leaves_gaps():
    assert np.allclose(_smoothed(np.full(100, 3.0)), 3.0)
    noise = np.random.default_rng(0).normal(size=1000)
    assert _smoothed(noise).std() < 0.25 * noise.std()
    noise[[0, 500]] = np.inf, np.nan
    smooth = _smoothed(noise)
    assert np.flatnonzero(np.isnan(smooth)).tolist() == [0, 500] and not np.isinf(smooth).any()


@pytest.mark.parametrize("lines", [list(run_lines()), [{"step": 0, "generator/gradient_norm": float("inf"), "b": 0}]])
def test_the_picture_is_written_whole(write, lines, tmp_path):
    output = tmp_path / "new" / "curves.png"
    draw_curves([write(*lines)], output)
    image = read_image(output)
    assert image.shape[1] > 1500 and image.std() > 0
    assert [path.name for path in output.parent.iterdir()] == ["curves.png"]
    assert pyplot.get_fignums() == []


def test_an_output_that_cannot_be_written_is_named(write, tmp_path):
    workdir = write(*run_lines(2))
    with pytest.raises(DeepFillError, match=r"curves\.pdf: expected a name that ends in \.png"):
        draw_curves([workdir], tmp_path / "curves.pdf")
    (tmp_path / "file").touch()
    with pytest.raises(DeepFillError, match=r"curves\.png cannot be written: "):
        draw_curves([workdir], tmp_path / "file" / "curves.png")
