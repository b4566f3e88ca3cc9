"""Between the starts of a run settings may change, which is told; networks may not, which is refused by name."""

import pytest

from deepfill import config
from deepfill.errors import DeepFillError
from deepfill.systems.deepfill_v2.settings import DeepFillV2Model, DeepFillV2Settings
from deepfill.systems.settings import read_settings
from deepfill.training.resuming import replace_settings, require_resumable, require_same_networks


@pytest.fixture
def saved(tmp_path):
    """A folder that looks as if it held a checkpoint of networks of width 8."""
    config.write_settings(DeepFillV2Model(width=8), tmp_path / "model.yml")
    (tmp_path / "ckpt-3.index").touch()
    return tmp_path


def test_networks_of_other_settings_are_refused_by_the_settings_names(saved):
    other = DeepFillV2Model(width=12, guided=True, discriminator_width=32)
    with pytest.raises(DeepFillError) as caught:
        require_same_networks(other, saved, "use another workdir")
    message = str(caught.value)
    assert message.startswith(f"model.width: expected 8, as {saved / 'model.yml'} says, got 12; model.guided: ")
    assert "model.discriminator_width: expected 64" in message and message.endswith("; use another workdir")
    with pytest.raises(DeepFillError, match=r"^model\.width: [^;]*; model\.guided: [^;]*; why$"):
        require_same_networks(other, saved, "why", free=["discriminator_width"])


def test_what_changes_no_tensor_may_differ(saved):
    require_same_networks(DeepFillV2Model(width=8), saved, "why")
    require_same_networks(DeepFillV2Model(width=8, attention={"fuse": False}, spectral_norm="addons"), saved, "why")


@pytest.mark.parametrize(("former", "now", "fits"), [("adam", "muon", True), ("adam", "adadelta", False)])
def test_optimisers_with_another_state_are_refused_by_name(saved, former, now, fits):
    config.write_settings(
        DeepFillV2Settings(model={"width": 8}, training={"optimizer": former}), saved / "settings.yml"
    )
    settings = DeepFillV2Settings(model={"width": 8}, training={"optimizer": now})
    if fits:
        require_resumable(settings, saved)
        return
    with pytest.raises(
        DeepFillError, match=r"^training\.optimizer: expected 'adam', as .* got 'adadelta'; .* workdir$"
    ):
        require_resumable(settings, saved)
    (saved / "ckpt-3.index").unlink()
    require_resumable(settings, saved)


def test_a_folder_without_checkpoints_may_be_used_for_any_networks(saved):
    (saved / "ckpt-3.index").unlink()
    require_same_networks(DeepFillV2Model(width=12), saved, "why")
    require_same_networks(DeepFillV2Model(width=12), saved / "none", "why")


def settings(**training):
    return DeepFillV2Settings(data={"images": "photos"}, training=training)


def test_changed_settings_are_told_and_the_former_ones_kept(tmp_path):
    first, second = settings(seed=1), settings(seed=7, batch_size=3, optimizer="muon")
    assert replace_settings(tmp_path, first, 0) == ""
    assert replace_settings(tmp_path, first, 20) == ""
    told = replace_settings(tmp_path, second, 20)
    for change in ("training.seed 1 -> 7", "training.batch_size 16 -> 3", "training.optimizer 'adam' -> 'muon'"):
        assert change in told
    assert "after step 20" in told and "settings-until-20.yml" in told and told.count("->") == 3
    assert read_settings(tmp_path / "settings-until-20.yml") == first
    assert read_settings(tmp_path / "settings.yml") == second
    assert sorted(path.name for path in tmp_path.iterdir()) == ["settings-until-20.yml", "settings.yml"]


def test_settings_that_no_step_was_taken_with_do_not_replace_those_that_are_kept(tmp_path):
    for seed in (1, 2, 3):
        replace_settings(tmp_path, settings(seed=seed), 20)
    assert read_settings(tmp_path / "settings-until-20.yml").training.seed == 1


def test_a_new_run_in_a_used_folder_has_no_former_settings(tmp_path):
    replace_settings(tmp_path, settings(seed=1), 0)
    assert replace_settings(tmp_path, settings(seed=2), 0) == ""
    assert [path.name for path in tmp_path.iterdir()] == ["settings.yml"]


def test_former_settings_that_cannot_be_read_are_kept_as_they_are(tmp_path):
    (tmp_path / "settings.yml").write_text("training: {sede: 1}")
    told = replace_settings(tmp_path, settings(), 4)
    assert "the earlier ones cannot be read" in told and "training.sede: no such setting" in told
    assert (tmp_path / "settings-until-4.yml").read_text() == "training: {sede: 1}"
