import os
import pathlib
import re
import subprocess
import sys

import pydantic
import pytest
import yaml

from deepfill.config import RunSettings, write_settings
from deepfill.errors import DeepFillError
from deepfill.systems.deepfill_v2.settings import DeepFillV2Model, DeepFillV2Settings
from deepfill.systems.settings import read_model_settings, read_settings

CONFIGS = pathlib.Path(__file__).resolve().parents[2] / "configs"


@pytest.fixture
def read(tmp_path):
    """A function from YAML text and overrides to the settings."""

    def read_text(text, *overrides):
        path = tmp_path / "run.yml"
        path.write_text(text)
        return read_settings(path, overrides)

    return read_text


def message(read, text, *overrides):
    with pytest.raises(DeepFillError) as caught:
        read(text, *overrides)
    assert "\n" not in str(caught.value), "a fault is one line"
    return str(caught.value)


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yml")), ids=lambda path: path.name)
def test_every_file_that_we_ship_is_valid(path):
    assert isinstance(read_settings(path), RunSettings)


def test_what_a_file_leaves_out_keeps_its_default(read):
    settings = read("model: {width: 8, attention: {fuse: false}}\ntraining: {batch_size: 2}")
    assert (settings.model.width, settings.model.attention.fuse, settings.training.batch_size) == (8, False, 2)
    assert (settings.model.attention.kernel_size, settings.training.steps) == (3, 100_000_000)


def test_overrides_are_stronger_than_the_file_and_later_ones_than_earlier_ones(read):
    text = "model: {width: 8, guided: true}"
    assert read(text, "model.width=12").model == DeepFillV2Model(width=12, guided=True)
    assert read(text, "model.width=12", "model.width=16").model.width == 16


def test_overrides_reach_every_level_and_every_type(read):
    settings = read(
        "",
        "model.attention.fuse=false",
        "masks.strokes.width=[2, 5]",
        "data.images=pictures/a=b.flist",
        "losses.adversarial=0.1",
        "training={steps: 7, seed: 3}",
    )
    assert settings.model.attention.fuse is False
    assert settings.masks.strokes.width == (2, 5)
    assert settings.data.images == "pictures/a=b.flist"
    assert settings.losses.adversarial == 0.1
    assert (settings.training.steps, settings.training.seed) == (7, 3)


@pytest.mark.parametrize("text", ["1e-4", "1E-4", "1.0e-4", "0.0001", "+1e-4", "1.e-4"])
def test_exponents_are_numbers_in_files_and_in_overrides(read, text):
    assert read(f"training: {{learning_rate: {text}}}").training.learning_rate == 1e-4
    assert read("", f"training.learning_rate={text}").training.learning_rate == 1e-4


def test_shorter_sides_are_a_number_or_a_range(read, tmp_path):
    for given, taken in (("96", 96), ("[256, 384]", (256, 384))):
        settings = read(f"data: {{shorter_side: {given}}}")
        assert settings.data.shorter_side == taken
        write_settings(settings, tmp_path / "written.yml")
        assert read_settings(tmp_path / "written.yml") == settings


@pytest.mark.parametrize(
    "text, key, taken",
    [
        ("modle: {width: 8}", "modle", "model, data, masks, losses, training"),
        ("model: {wdith: 8}", "model.wdith", "name, width, guided"),
        ("model: {attention: {fus: 2}}", "model.attention.fus", "kernel_size, fuse"),
        ("training: {phases: [{stepz: 2}]}", "training.phases.0.stepz", "steps, learn, learning_rate, frozen"),
        ("masks: {strokes: {widht: [1, 2]}}", "masks.strokes.widht", "strokes, vertices, width"),
    ],
)
def test_unknown_key_is_named_with_the_keys_that_there_are(read, text, key, taken):
    fault = message(read, text)
    assert f"{key}: no such setting" in fault
    assert taken in fault


@pytest.mark.parametrize(
    "text, key, taken, came",
    [
        ("training: {steps: '5'}", "training.steps", "integer", "'5'"),
        ("training: {steps: true}", "training.steps", "integer", "True"),
        ("masks: {strokes: {width: 12}}", "masks.strokes.width", "tuple", "12"),
        ("masks: {strokes: {width: ['1', 2]}}", "masks.strokes.width.0", "integer", "'1'"),
        ("masks: {strokes: {width: [12]}}", "masks.strokes.width", "required", "[12]"),
        ("model: 3", "model", "dictionary", "3"),
    ],
)
def test_wrong_type_is_an_error_that_names_key_and_type(read, text, key, taken, came):
    fault = message(read, text)
    assert f": {key}" in fault and taken in fault and fault.endswith(f"got {came}")


@pytest.mark.parametrize(
    "text, key, taken, came",
    [
        ("model: {width: 6}", "model.width", "multiple of 4", "6"),
        ("model: {attention: {fuse_kernel: 2}}", "model.attention.fuse_kernel", "odd", "2"),
        ("data: {size: 100}", "data.size", "multiple of 8", "100"),
        ("data: {fit: stretch}", "data.fit", "'crop' or 'resize'", "'stretch'"),
        ("data: {shorter_side: -1}", "data.shorter_side", "pixels, such as 320, or a range, such as [256, 384]", "-1"),
        ("data: {shorter_side: true}", "data.shorter_side", "pixels, such as 320", "True"),
        ("data: {shorter_side: [256]}", "data.shorter_side", "pixels, such as 320", "[256]"),
        ("data: {shorter_side: [384, 256]}", "data.shorter_side", "the lower bound first", "[384, 256]"),
        ("training: {learning_rate: .inf}", "training.learning_rate", "finite", "inf"),
        ("masks: {strokes: {width: [40, 12]}}", "masks.strokes.width", "lower bound first", "[40, 12]"),
        ("masks: {strokes: {width: [12, 12]}}", "masks.strokes.width", "different", "[12, 12]"),
        ("masks: {strokes: {vertices: [0, 2]}}", "masks.strokes.vertices.0", "greater than 0", "0"),
        ("masks: {rectangle: {height: 32}}", "masks.rectangle", "shrink must be less than half", "{'height': 32}"),
    ],
)
def test_impossible_value_is_an_error_that_names_key_and_bounds(read, text, key, taken, came):
    fault = message(read, text)
    assert f": {key}: " in fault and taken in fault and fault.endswith(f"got {came}")


def test_missing_file_is_named(tmp_path):
    path = tmp_path / "missing.yml"
    with pytest.raises(DeepFillError, match=r"missing\.yml: cannot read the settings: No such file"):
        read_settings(path)
    with pytest.raises(DeepFillError, match="cannot read the settings"):
        read_settings(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "model: [1",
        "a: b: c",
        "\tmodel:",
        "model: !!python/name:os.system",
        "model: *x",
        "\0",
        "training: {steps: 2023-30-06}",
        "training: {steps: 0100}",
        "training: {steps: 1:30}",
        "training: {learning_rate: 1:30.5}",
        "data: {images: " + "[" * 3000,
    ],
)
def test_what_is_not_yaml_is_named(read, text):
    assert "run.yml: not YAML: " in message(read, text)


@pytest.mark.parametrize(
    "value", ["2023", "no", "1e3", "2023-06-30", "2023-30-06", "010", "1:30", "0x1f", "on", "~x", "1_0"]
)
def test_text_is_text_whatever_yaml_takes_it_for(read, value):
    for settings in (
        read(f"data: {{images: {value}}}"),
        read("", f"data.images={value}"),
        read(f"data: {{images: '{value}'}}"),
    ):
        assert settings.data.images == value


def test_a_tilde_is_the_home_folder_and_an_address_is_refused(read, monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert read("data: {images: ~}").data.images == read("", "data.images=~").data.images == "/home/me"
    for address in ("gs://bucket/photos", "s3://a/b", "hdfs:///photos", "https://example.org/a.zip", "file:///photos"):
        assert f"data.images: expected a path on this machine, got the address {address}" in message(
            read, "", f"data.images={address}"
        )


def test_whole_numbers_may_have_an_exponent(read):
    settings = read("training: {steps: 1e6, learning_rate: 1e-4, batch_size: 0x10}", "training.seed=2E2")
    assert (settings.training.steps, settings.training.seed, settings.training.batch_size) == (1_000_000, 200, 16)


def test_references_to_references_are_bounded(read):
    bomb = ["a0: &a0 [1, 2]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60))]
    merged = ["a0: &a0 {x: 1}", *(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 60))]
    for lines in (bomb, merged, ["a: &a [*a]"]):
        assert "run.yml: not YAML: expected at most 10000 values" in message(read, "\n".join(lines))
    assert "not YAML: expected at most 262144 characters" in message(read, "#" * 300_000)


def test_settings_written_on_windows_are_read(tmp_path):
    (tmp_path / "run.yml").write_bytes("data:\r\n  images: photos\\Käse\\a\r\n".encode("utf-16"))
    assert read_settings(tmp_path / "run.yml").data.images == "photos/Käse/a"


@pytest.mark.parametrize(
    "text, key", [("model: {width: 8}\nmodel: {}", "model"), ("model: {width: 8, width: 8}", "width")]
)
def test_a_key_that_stands_twice_is_named(read, text, key):
    assert re.search(rf"run\.yml: not YAML: {key} is given twice in .*, line \d", message(read, text))


def test_bytes_that_are_no_text_are_not_yaml(tmp_path):
    (tmp_path / "run.yml").write_bytes(b"\x80\xff")
    with pytest.raises(DeepFillError, match=r"run\.yml: not YAML"):
        read_settings(tmp_path / "run.yml")


def test_settings_are_utf_8_whatever_the_system_writes_in(tmp_path):
    (tmp_path / "run.yml").write_bytes("\ufeffdata: {images: Bücher}".encode())
    program = "import sys, deepfill.systems as c; print(ascii(c.read_settings(sys.argv[1]).data.images))"
    environment = os.environ | {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    command = [sys.executable, "-c", program, str(tmp_path / "run.yml")]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert ended.stdout == "'B\\xfccher'\n", ended.stderr


@pytest.mark.parametrize("text", ["[1, 2]", "3", "model"])
def test_yaml_without_sections_is_an_error_that_shows_it(read, text):
    assert f"expected sections of settings, as in configs/photos.yml, got {yaml.safe_load(text)!r}" in message(
        read, text
    )


@pytest.mark.parametrize("override", ["training.steps", "=3", "training.=3", "", "."])
def test_malformed_override_is_shown_with_the_right_form(read, override):
    fault = message(read, "", override)
    assert fault == f"--set={override}: expected section.key=value, such as training.batch_size=8"


@pytest.mark.parametrize(
    "override", ["data.images=[1", "data.images=@a", "data.images=a: b: c", "training.steps=2023-30-06"]
)
def test_override_whose_value_is_not_yaml_is_shown(read, override):
    assert message(read, "", override) == f"--set={override}: the value is not YAML"


@pytest.mark.parametrize("value", ["shoot #3", "#3", "[a, b] # c"])
def test_an_override_is_not_cut_at_what_yaml_takes_for_a_comment(read, value):
    assert f"--set=data.images={value}: # begins a comment" in message(read, "", f"data.images={value}")
    assert read("", f"data.images='{value}'").data.images == value


@pytest.mark.parametrize(
    "override, key",
    [
        ("training.stepz=3", "training.stepz: no such setting"),
        ("trainin.steps=3", "trainin: no such setting"),
        ("training.steps=many", "training.steps: Input should be a valid integer, got 'many'"),
        ("training.steps.more=3", "training.steps: Input should be a valid integer"),
        ("training=3", "training: "),
        ("training.steps=", "training.steps: Input should be a valid integer, got None"),
    ],
)
def test_overrides_are_checked_as_the_file_is(read, override, key):
    assert key in message(read, "", override)


@pytest.mark.parametrize("override", ["training.batchsize=2", "trainin.steps=3", "model.width=6", "data={sise: 64}"])
def test_a_fault_of_an_override_is_blamed_on_it_and_not_on_the_file(read, override):
    fault = message(read, "model: {width: 8}", "training.seed=1", override)
    assert fault.startswith(f"--set={override}: ") and "run.yml" not in fault


def test_faults_of_the_file_and_of_overrides_are_told_apart(read, tmp_path):
    fault = message(read, "model: {wdith: 8}\ntraining: {steps: 0}", "data.sise=64", "training.seed=-1")
    in_file, data, training = re.split(r"; (?=--set=)", fault)
    assert in_file.startswith(f"{tmp_path / 'run.yml'}: model.wdith: ") and "training.steps: " in in_file
    assert data.startswith("--set=data.sise=64: data.sise: no such setting")
    assert training.startswith("--set=training.seed=-1: training.seed: ")


def test_an_override_mends_what_is_wrong_in_the_file(read):
    assert read("model: {width: 6}", "model.width=8").model.width == 8


def test_rectangles_that_are_not_set_suit_the_size(read):
    def rectangle(*overrides):
        return tuple(read("", *overrides).masks.rectangle.model_dump().values())[:3]

    assert rectangle("data.size=512") == (256, 256, 32)
    assert rectangle("data.size=64", "masks.rectangle.height=40") == (40, 32, 4)
    assert rectangle("data.size=8") == (4, 4, 0)
    assert "data.size" in message(read, "", "data.size=100") and "masks: " in message(
        read, "masks: 3\ndata: {size: 64}"
    )


def test_a_path_may_begin_at_the_home_folder(read, monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    settings = read(
        "data: {images: ~/photos}", "validation.images=~/val", "masks.files=~/masks", "training.initial=~/run"
    )
    assert (settings.data.images, settings.validation.images) == ("/home/me/photos", "/home/me/val")
    assert (settings.masks.files, settings.training.initial) == ("/home/me/masks", "/home/me/run")
    assert read("data: {images: photos/~a}").data.images == "photos/~a"


def test_files_of_masks_need_no_kind_and_no_other_kind_stands_beside_them(read):
    assert read("", "masks.files=holes").masks.kind == read("", "masks.kind=files").masks.kind == "files"
    assert "kind must be files, not strokes" in message(read, "", "masks.files=holes", "masks.kind=strokes")


def test_what_is_written_reads_as_the_same(tmp_path):
    settings = DeepFillV2Settings.model_validate(
        {
            "model": {"width": 8, "guided": True, "attention": {"softmax_scale": 2.5}},
            "data": {"images": "bücher/#1: *.png", "fit": "resize"},
            "masks": {"strokes": {"width": [2, 5]}},
            "training": {"learning_rate": 3e-05, "precision": "mixed_bfloat16"},
        }
    )
    write_settings(settings, tmp_path / "settings.yml")
    assert read_settings(tmp_path / "settings.yml") == settings
    write_settings(settings.model, tmp_path / "model.yml")
    assert read_model_settings(tmp_path / "model.yml") == settings.model


def test_faults_of_a_model_file_are_named_too(tmp_path):
    (tmp_path / "model.yml").write_text("wdith: 8")
    with pytest.raises(DeepFillError, match=r"model\.yml: wdith: no such setting; expected one of name, width"):
        read_model_settings(tmp_path / "model.yml")


def test_settings_do_not_change_once_read():
    with pytest.raises(pydantic.ValidationError, match="frozen"):
        DeepFillV2Settings().training.steps = 3
