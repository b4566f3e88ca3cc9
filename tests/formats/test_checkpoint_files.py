"""Whether a path can be a checkpoint's is told by file names; an error describes one and names those nearby."""

import pytest

from deepfill.errors import DeepFillError
from deepfill.formats.checkpoint_files import require_checkpoint_files


@pytest.fixture
def files(tmp_path):
    for name in (
        *("run/model.yml", "run/ckpt-5.index", "run/ckpt-5.data-00000-of-00001"),
        *("release/snap-0.index", "release/snap-0.meta", "release/snap-0.data-00000-of-00001"),
        *("port/states.pth", "notes.txt", "empty/none/deeper.index"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize("name", ["run", "release", "release/snap-0", "port/states.pth"])
def test_what_may_be_a_checkpoint_passes(files, name):
    require_checkpoint_files(files / name)


@pytest.mark.parametrize(
    "name, nearby",
    [
        ("run/ckpt-5", "; expected its folder, {}/run"),
        ("run/ckpt-5.index", "; this file belongs to the one at {}/run"),
        ("release/snap-0.data-00000-of-00001", "; this file belongs to the one at {}/release/snap-0"),
        ("port", "; there is one at {}/port/states.pth"),
        ("", "; there is one at {}/port/states.pth"),
        ("empty", "; there is one at {}/empty/none"),
        ("empty/none/x", ""),
        ("notes.txt", ""),
        ("absent", ""),
        ("a" * 300, ""),
    ],
)
def test_what_is_none_is_refused_with_what_one_looks_like(files, name, nearby):
    with pytest.raises(DeepFillError) as error:
        require_checkpoint_files(files / name)
    start, _, end = str(error.value).partition(": no checkpoint there; expected a training's workdir or ")
    assert start == str(files / name) and "FOLDER/NAME" in end
    assert end.partition("; ")[1:] == (nearby[:2], nearby[2:].format(files))
