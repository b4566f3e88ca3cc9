"""All systems see equally many pictures, whatever their batch sizes, and each has a name of its own."""

import pathlib

import pytest

from deepfill.errors import DeepFillError
from deepfill.evaluation.plan import plan_contestants
from deepfill.systems import SYSTEMS
from deepfill.systems.settings import read_settings

PUBLISHED = {"deepfill_v2": "configs/places2.yml"}
"""The published settings that are not named by their system."""


@pytest.fixture
def plan(tmp_path):
    """A function that plans trainings with these batch sizes, in files named by their place."""

    def planned(*batches, steps=30, more="", checkpoints=()):
        paths = [tmp_path / f"{number}.yml" for number in range(len(batches))]
        for path, batch in zip(paths, batches, strict=True):
            path.write_text(f"model: {{name: deepfill_v2}}\ntraining: {{steps: 1000, batch_size: {batch}{more}}}\n")
        return plan_contestants(list(map(str, paths)), ["data.images=photos"], steps, checkpoints, pathlib.Path("work"))

    return planned


def test_equally_many_pictures_take_as_many_steps_as_the_batch_sizes_need(plan):
    systems = plan(16, 6, 4, steps=30)
    assert [system.settings.training.steps for system in systems] == [30, 80, 120]
    assert [system.pictures for system in systems] == [480] * 3
    assert {system.settings.data.images for system in systems} == {"photos"}


def test_steps_that_do_not_divide_are_refused_with_those_that_do(plan):
    with pytest.raises(DeepFillError, match=r"steps: expected a multiple of 3, .* got 10, .*batch_size 6 of .*1\.yml"):
        plan(16, 6, steps=10)
    assert plan(16, 6, steps=3)[1].settings.training.steps == 8


def test_phases_and_the_warm_up_keep_their_shares(plan):
    phases = ", warmup_steps: 100, phases: [{steps: 180, learn: [generator]}, {steps: 1}, {frozen: true}]"
    training = plan(4, steps=50, more=phases)[0].settings.training
    assert [phase.steps for phase in training.phases] == [9, 1, 0] and training.warmup_steps == 5
    assert training.phases[0].learn == ("generator",) and training.phases[2].frozen


def test_what_is_trained_already_comes_after_what_is_trained_here(plan):
    systems = plan(4, checkpoints=["runs/mine", "weights/G_0.pth"])
    assert [system.name for system in systems] == ["0", "mine", "G_0"]
    assert [system.checkpoint for system in systems] == list(
        map(pathlib.Path, ["work/runs/0", "runs/mine", "weights/G_0.pth"])
    )
    assert systems[1].settings is None and systems[1].pictures is None


def test_names_that_are_taken_become_whole_paths(plan):
    systems = plan(4, checkpoints=["a/best", "b/best", "c/0", "telea"])
    assert [system.name for system in systems[1:4]] == ["a_best", "b_best", "c_0"]
    assert systems[0].name.endswith("_0.yml")
    with pytest.raises(DeepFillError, match="expected different systems, got a_best 2 times"):
        plan(checkpoints=["a/best", "a/best"])


def test_nothing_to_compare_and_no_steps_are_told(plan):
    with pytest.raises(DeepFillError, match="expected at least one --config or --checkpoint_dir, got none"):
        plan()
    with pytest.raises(DeepFillError, match=r"steps: expected the number of steps of the first --config"):
        plan(4, steps=None)


def test_there_are_settings_for_comparing_all_systems_as_published():
    paths = sorted(map(str, pathlib.Path("configs/compare").glob("*.yml")))
    systems = plan_contestants(paths, [], 70, [], pathlib.Path("work"))
    assert sorted(system.settings.model.name for system in systems) == sorted(SYSTEMS)
    assert {system.pictures for system in systems} == {560}
    for system in systems:
        published = read_settings(PUBLISHED.get(system.name, f"configs/{system.name}.yml"))
        assert system.settings.model.width == published.model.width
        assert system.settings.training.learning_rate == published.training.learning_rate
        ours, theirs = (run.losses.model_dump(exclude={"features"}) for run in (system.settings, published))
        assert ours == theirs
