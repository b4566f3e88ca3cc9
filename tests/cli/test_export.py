"""`deepfill export`: a published or a trained checkpoint becomes a SavedModel; for each mistake one sentence."""

import pytest
import tensorflow as tf

from deepfill.images import read_image

pytestmark = pytest.mark.usefixtures("quick")


def test_a_published_checkpoint_is_exported_and_completes_as_inpaint_does(deepfill_command, files, guided_release):
    ended = deepfill_command("export", f"--checkpoint_dir={guided_release}", f"--output={files / 'models/1'}")
    assert ended.status == 0 and not ended.errors
    size = sum(path.stat().st_size for path in (files / "models/1").rglob("*") if path.is_file())
    assert ended.out == f"{files / 'models/1'}: {size / 1e6:.1f} MB in float32\n"
    assert [path.name for path in (files / "models").iterdir()] == ["1"], "something temporary was left"

    given = {"image": "a", "mask": "m", "sketch": "s", "output": "o"}
    flags = [f"--{name}={files / letter}.png" for name, letter in given.items()]
    deepfill_command("inpaint", f"--checkpoint_dir={guided_release}", "--precision=float32", *flags)
    encoded = tf.saved_model.load(str(files / "models/1")).signatures["encoded"]
    inputs = {name: tf.constant([(files / f"{given[name]}.png").read_bytes()]) for name in ("image", "mask", "sketch")}
    (files / "p.png").write_bytes(encoded(**inputs)["completed_bytes"].numpy()[0])
    assert (read_image(files / "p.png") == read_image(files / "o.png")).all()


def test_an_empty_folder_is_taken_and_one_that_holds_something_is_not(deepfill_command, tmp_path, plain_release):
    given = [f"--checkpoint_dir={plain_release}", f"--output={tmp_path / 'model'}", "--precision=bfloat16"]
    (tmp_path / "model").mkdir()
    ended = deepfill_command("export", *given)
    assert ended.status == 0 and ended.out.endswith("MB in bfloat16\n")
    before = sorted((tmp_path / "model").rglob("*"))
    ended = deepfill_command("export", *given)
    assert ended.status == 1 and len(ended.errors) == 1
    assert f"{tmp_path / 'model'}: expected a folder that is absent or empty" in ended.errors[0]
    assert sorted((tmp_path / "model").rglob("*")) == before


def test_without_a_checkpoint_nothing_is_written(deepfill_command, tmp_path):
    ended = deepfill_command("export", f"--checkpoint_dir={tmp_path}", f"--output={tmp_path / 'model'}")
    assert ended.status == 1 and len(ended.errors) == 1
    assert ended.errors[0].startswith(f"{tmp_path}: no checkpoint there; expected a training's workdir")
    assert list(tmp_path.iterdir()) == []


def test_the_output_is_wanted(deepfill_command):
    ended = deepfill_command("export")
    assert ended.status == 1 and "--output" in ended.err
