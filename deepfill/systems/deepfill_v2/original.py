"""Translates the original's settings, the flat `inpaint.yml` of JiahuiYu/generative_inpainting, to our sections.

Settings that we support are translated. Those with values that we do not support are errors, because a run that
silently trains something else wastes days. Those without effect here are listed in one warning.
"""

from collections.abc import Mapping
from typing import Any

from absl import logging

from deepfill.config import RunSettings
from deepfill.config.files import put
from deepfill.errors import DeepFillError

_RENAMED = {
    "num_gpus_per_job": ["training.replicas"],
    "num_cpus_per_job": ["data.workers"],
    "gan_loss_alpha": ["losses.adversarial"],
    "random_seed": ["training.seed"],
    "train_spe": ["training.checkpoint_every"],
    "max_iters": ["training.steps"],
    "val_psteps": ["training.pictures_every", "validation.every"],
    "static_view_size": ["validation.pictures"],
    "height": ["masks.rectangle.height"],
    "width": ["masks.rectangle.width"],
    "batch_size": ["training.batch_size"],
    "l1_loss_alpha": ["losses.l1"],
    "guided": ["model.guided"],
    "edge_threshold": ["data.edge_threshold"],
}

# Choices of the original of which only one is supported.
_FIXED = {
    "gan": "sngan",
    "gan_with_mask": True,
    "padding": "SAME",
    "vertical_margin": 0,
    "horizontal_margin": 0,
    "model_restore": "",
}

_SWITCHES = ("random_crop", "val", "ae_loss")
_COMPUTED = ("dataset", "data_flist", "img_shapes", "max_delta_height", "max_delta_width", *_SWITCHES)

_KEYS = frozenset({*_RENAMED, *_FIXED, *_COMPUTED})

ORIGINAL_NAMES = {ours: theirs for theirs, names in _RENAMED.items() for ours in names} | {
    "data.size": "img_shapes",
    "data.images": "data_flist",
    "validation.images": "data_flist",
    "masks.rectangle": "height, width, max_delta_height and max_delta_width",
}
"""From our names, with their sections, to the original's, for messages about a file that uses the latter."""


def is_original(tree: Mapping[str, Any]) -> bool:
    """Whether a file's top level has keys of the original's `inpaint.yml` that have a meaning here.

    None of them is also the name of one of our sections.
    """
    return not _KEYS.isdisjoint(tree)


def translate(tree: Mapping[str, Any], path: Any) -> dict[str, Any]:
    """Translates the original's settings to our sections, and lists those without effect in a warning.

    Args:
        tree: the file's content, for which `is_original` holds.
        path: the file, for messages.

    Returns:
        Sections of `RunSettings`, not yet checked; missing settings stay missing.

    Raises:
        DeepFillError: the file also has our sections, or a value is not supported.
    """
    ours = [key for key in tree if key in RunSettings.model_fields]
    if ours:
        theirs = [str(key) for key in tree if key in _KEYS]
        raise DeepFillError(
            f"{path}: expected our sections or the keys of the original's inpaint.yml, "
            f"got both: {', '.join(ours)} and {', '.join(theirs)}"
        )
    try:
        _reject_other_choices(tree)
        settings = {name: tree[key] for key, names in _RENAMED.items() if key in tree for name in names}
        settings |= _pictures(tree) | _holes(tree)
    except DeepFillError as error:
        raise DeepFillError(f"{path}: {error}") from None
    if isinstance(tree.get("random_seed"), bool):
        del settings["training.seed"]
    if tree.get("ae_loss") is False:
        settings["losses.l1"] = 0.0
    if tree.get("guided") is True:
        settings["data.edges"] = "files"
    gpus, batch_size = tree.get("num_gpus_per_job"), tree.get("batch_size")
    if type(gpus) is type(batch_size) is int and gpus > 1:
        settings["training.batch_size"] = gpus * batch_size  # the original's is per GPU
    _warn(tree, settings, path)
    sections: dict[str, Any] = {}
    for name, value in settings.items():
        put(sections, name.split("."), value)
    return sections


def _reject_other_choices(tree: Mapping[str, Any]) -> None:
    for key, expected in _FIXED.items():
        if key in tree and tree[key] != expected:
            raise DeepFillError(f"{key}: expected {expected!r}, the only value supported, got {tree[key]!r}")
    for key in _SWITCHES:
        if not isinstance(tree.get(key, True), bool):
            raise DeepFillError(f"{key}: expected true or false, got {tree[key]!r}")


def _pictures(tree: Mapping[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = {"data.flip": False}  # the original never does
    if "random_crop" in tree:
        settings["data.fit"] = "crop" if tree["random_crop"] else "resize"
    if "img_shapes" in tree:
        settings["data.size"] = _square_side(tree["img_shapes"])
    if "data_flist" in tree:
        training, *validation = _lists(tree["data_flist"], tree.get("dataset"))
        settings["data.images"] = training
        if tree.get("val"):
            if not validation:
                raise DeepFillError(
                    f"data_flist: expected a second list, for validation, because val is true, got only {training!r}"
                )
            settings["validation.images"] = validation[0]
    return settings


def _square_side(shape: Any) -> Any:
    if not isinstance(shape, list) or len(shape) != 3 or shape[0] != shape[1] or shape[2] != 3:
        raise DeepFillError(f"img_shapes: expected a square with three channels, such as [256, 256, 3], got {shape!r}")
    return shape[0]


def _lists(flists: Any, dataset: Any) -> list[Any]:
    if not isinstance(flists, dict) or dataset not in list(flists):
        known = ", ".join(map(str, flists)) if isinstance(flists, dict) else repr(flists)
        raise DeepFillError(f"dataset: expected one of those in data_flist, {known}, got {dataset!r}")
    lists = flists[dataset]
    if not isinstance(lists, list) or not lists:
        raise DeepFillError(f"data_flist: expected the lists [training, validation] for {dataset}, got {lists!r}")
    return lists


def _holes(tree: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("max_delta_height", "max_delta_width")
    if not any(key in tree for key in keys):
        return {}
    deltas = [tree.get(key, 32) for key in keys]
    # Half of it is removed at either end; ours is the number for one end and for both directions.
    if any(type(delta) is not int for delta in deltas) or deltas[0] // 2 != deltas[1] // 2:
        raise DeepFillError(f"max_delta_height, max_delta_width: expected one number of pixels for both, got {deltas}")
    return {"masks.rectangle.shrink": deltas[0] // 2}


def _warn(tree: Mapping[str, Any], settings: Mapping[str, Any], path: Any) -> None:
    # The others: its cluster, the run's name and folder (a flag here), how many pictures a summary shows, additions of
    # forks, and `discounted_mask` and `l1_loss`, which are in the file although its version 2 never reads them.
    idle = [str(key) for key in tree if key not in _KEYS]
    if "random_seed" in tree and "training.seed" not in settings:
        idle.append("random_seed")
    if "dataset" in tree and "data.images" not in settings:
        idle.append("dataset")
    if idle:
        logging.warning("%s: these settings of the original have no effect here: %s", path, ", ".join(idle))
