"""The original's `inpaint.yml` works as it is: every key of the published file, and those people change in it."""

import logging

import pytest
import yaml

from deepfill.config import RectangleSettings
from deepfill.errors import DeepFillError
from deepfill.systems.deepfill_v2.settings import DeepFillV2Settings
from deepfill.systems.settings import read_settings

PUBLISHED = {
    "num_gpus_per_job": 1,
    "num_cpus_per_job": 4,
    "num_hosts_per_job": 1,
    "memory_per_job": 32,
    "gpu_type": "nvidia-tesla-p100",
    "name": "places2_gated_conv_v100",
    "model_restore": "",
    "dataset": "celebahq",
    "random_crop": False,
    "val": False,
    "log_dir": "logs/full_model_celeba_hq_256",
    "gan": "sngan",
    "gan_loss_alpha": 1,
    "gan_with_mask": True,
    "discounted_mask": True,
    "random_seed": False,
    "padding": "SAME",
    "train_spe": 4000,
    "max_iters": 100000000,
    "viz_max_out": 10,
    "val_psteps": 2000,
    "data_flist": {
        "celebahq": ["data/celeba_hq/train_shuffled.flist", "data/celeba_hq/validation_static_view.flist"],
        "places2": ["data/places2/train_shuffled.flist", "data/places2/validation_static_view.flist"],
    },
    "static_view_size": 30,
    "img_shapes": [256, 256, 3],
    "height": 128,
    "width": 128,
    "max_delta_height": 32,
    "max_delta_width": 32,
    "batch_size": 16,
    "vertical_margin": 0,
    "horizontal_margin": 0,
    "ae_loss": True,
    "l1_loss": True,
    "l1_loss_alpha": 1.0,
    "guided": False,
    "edge_threshold": 0.6,
}


@pytest.fixture
def read(tmp_path):
    """A function from the file's content and overrides to the settings."""

    def read_tree(tree, *overrides):
        path = tmp_path / "inpaint.yml"
        path.write_text(yaml.safe_dump(tree, sort_keys=False))
        return read_settings(path, overrides)

    return read_tree


def differences(settings):
    """What is not our default, by name with the section."""
    default = DeepFillV2Settings()
    return {
        f"{section}.{name}": value
        for section in DeepFillV2Settings.model_fields
        for name, value in getattr(settings, section)
        if value != getattr(getattr(default, section), name)
    }


def message(read, *arguments):
    with pytest.raises(DeepFillError) as caught:
        read(*arguments)
    assert "inpaint.yml: " in str(caught.value) and "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def warnings(caplog):
    """A function that returns the warnings so far."""
    caplog.set_level(logging.WARNING, "absl")
    return lambda: [record.getMessage() for record in caplog.records]


def test_the_published_file_works_as_it_is(read):
    assert differences(read(PUBLISHED)) == {
        "data.images": "data/celeba_hq/train_shuffled.flist",
        "data.fit": "resize",
        "data.flip": False,  # the original never does
        "training.replicas": 1,
        "training.pictures_every": 2000,
        "training.checkpoint_every": 4000,
        "validation.pictures": 30,
    }


def test_one_warning_names_what_changes_nothing(read, warnings, tmp_path):
    read(PUBLISHED)
    assert warnings() == [
        f"{tmp_path / 'inpaint.yml'}: these settings of the original have no effect here: num_hosts_per_job, "
        "memory_per_job, gpu_type, name, log_dir, discounted_mask, viz_max_out, l1_loss, random_seed"
    ]


def test_keys_of_forks_are_named(read, warnings):
    read({"batch_size": 8, "identity_loss": True})
    assert warnings()[0].endswith("have no effect here: identity_loss")


@pytest.mark.parametrize(
    "changed, expected",
    [
        ({"max_iters": 7}, {"training.steps": 7}),
        ({"train_spe": 50}, {"training.checkpoint_every": 50}),
        ({"val_psteps": 30}, {"training.pictures_every": 30, "validation.every": 30}),
        ({"random_seed": 5}, {"training.seed": 5}),
        ({"num_cpus_per_job": 12}, {"data.workers": 12}),
        ({"batch_size": 4}, {"training.batch_size": 4}),
        (
            {"img_shapes": [512, 512, 3]},
            {"data.size": 512, "masks.rectangle": RectangleSettings(height=256, width=256, shrink=32)},
        ),
        ({"random_crop": True}, {}),
        ({"random_crop": False}, {"data.fit": "resize"}),
        ({"gan_loss_alpha": 0.1}, {"losses.adversarial": 0.1}),
        ({"l1_loss_alpha": 2}, {"losses.l1": 2.0}),
        ({"ae_loss": False, "l1_loss_alpha": 2}, {"losses.l1": 0.0}),
        ({"l1_loss": False, "val": False, "batch_size": 16}, {}),  # version 2 never reads l1_loss
        ({"guided": True, "edge_threshold": 0.8}, {"model.guided": True, "data.edges": "files"}),
        ({"static_view_size": 3}, {"validation.pictures": 3}),
    ],
)
def test_every_key_that_means_something_is_translated(read, changed, expected):
    found = differences(read(changed))
    assert found.pop("data.flip") is False  # the original never does
    assert found.items() >= expected.items()
    assert found.keys() <= expected.keys() | {"data.edge_threshold"}


def test_the_rectangle(read):
    masks = read({"height": 64, "width": 96, "max_delta_height": 17, "max_delta_width": 16}).masks
    assert masks.rectangle.model_dump() == {"height": 64, "width": 96, "shrink": 8, "turn": 0}
    assert masks.kind == "union"


def test_a_batch_is_that_of_one_gpu(read):
    training = read({"num_gpus_per_job": 4, "batch_size": 16}).training
    assert (training.replicas, training.batch_size) == (4, 64)
    assert read({"num_gpus_per_job": 0, "batch_size": 16}).training.batch_size == 16


def test_the_chosen_dataset_is_read_and_validated_on_where_asked(read):
    settings = read(PUBLISHED | {"dataset": "places2", "val": True})
    assert settings.data.images == "data/places2/train_shuffled.flist"
    assert settings.validation.images == "data/places2/validation_static_view.flist"
    assert read({"dataset": "x", "val": False, "data_flist": {"x": ["one.flist"]}}).data.images == "one.flist"


def test_overrides_are_stronger(read):
    settings = read(PUBLISHED, "training.batch_size=2", "data.images=mine", "training.replicas=0")
    assert (settings.training.batch_size, settings.data.images, settings.training.replicas) == (2, "mine", 0)


@pytest.mark.parametrize(
    "changed, fault",
    [
        ({"gan": "wgan_gp"}, "gan: expected 'sngan', the only value supported, got 'wgan_gp'"),
        ({"gan_with_mask": False}, "gan_with_mask: expected True, the only value supported, got False"),
        ({"padding": "VALID"}, "padding: expected 'SAME', the only value supported, got 'VALID'"),
        ({"vertical_margin": 10}, "vertical_margin: expected 0, the only value supported, got 10"),
        ({"model_restore": "logs/old"}, "model_restore: expected '', the only value supported, got 'logs/old'"),
        (
            {"img_shapes": [256, 512, 3]},
            "img_shapes: expected a square with three channels, such as [256, 256, 3], got [256, 5",
        ),
        ({"img_shapes": [256, 256, 1]}, "img_shapes: expected a square with three channels"),
        ({"img_shapes": 256}, "img_shapes: expected a square with three channels, such as [256, 256, 3], got 256"),
        (
            {"max_delta_height": 8},
            "max_delta_height, max_delta_width: expected one number of pixels for both, got [8, 32]",
        ),
        ({"max_delta_height": "8"}, "max_delta_height, max_delta_width: expected one number"),
        ({"val": "yes"}, "val: expected true or false, got 'yes'"),
        ({"data_flist": {"a": ["a"]}, "dataset": "b"}, "dataset: expected one of those in data_flist, a, got 'b'"),
        ({"data_flist": {"a": ["a"]}}, "dataset: expected one of those in data_flist, a, got None"),
        ({"data_flist": {"a": ["a"]}, "dataset": ["a"]}, "dataset: expected one of those in data_flist, a, got ['a']"),
        ({"data_flist": "a", "dataset": "a"}, "dataset: expected one of those in data_flist, 'a', got 'a'"),
        (
            {"data_flist": {"a": "b"}, "dataset": "a"},
            "data_flist: expected the lists [training, validation] for a, got 'b'",
        ),
        ({"data_flist": {"a": ["b"]}, "dataset": "a", "val": True}, "data_flist: expected a second list"),
    ],
)
def test_what_we_cannot_train_with_is_an_error_that_names_it(read, changed, fault):
    assert fault in message(read, changed)


@pytest.mark.parametrize(
    "changed, fault",
    [
        (
            {"max_iters": "many"},
            "training.steps (the original's max_iters): Input should be a valid integer, got 'many'",
        ),
        ({"img_shapes": [100, 100, 3]}, "data.size (the original's img_shapes): "),
        ({"num_gpus_per_job": -1, "batch_size": 4}, "training.replicas (the original's num_gpus_per_job): "),
        ({"batch_size": True, "num_gpus_per_job": 2}, "training.batch_size (the original's batch_size): "),
        ({"height": 32}, "masks.rectangle (the original's height, width, max_delta_height and max_delta_width): "),
        ({"data_flist": {"a": [3]}, "dataset": "a"}, "data.images (the original's data_flist): "),
    ],
)
def test_impossible_values_are_told_by_the_names_in_the_file(read, changed, fault):
    assert fault in message(read, changed)


def test_a_mixture_with_our_sections_is_an_error(read):
    fault = message(read, {"batch_size": 8, "training": {"steps": 3}, "gan": "sngan"})
    assert fault.endswith(
        "expected our sections or the keys of the original's inpaint.yml, got both: training and batch_size, gan"
    )


def test_a_misspelt_section_is_not_taken_for_the_originals(read):
    assert "modle: no such setting; expected one of model, data" in message(read, {"modle": {"width": 8}})
