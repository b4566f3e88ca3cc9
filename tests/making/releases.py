"""Makes small checkpoints as TensorFlow 1 published them and as the PyTorch port converts them."""

import pathlib

import keras
import numpy as np
import tensorflow as tf


def made_up(generator: keras.Model, discriminator: keras.Model, gain: float = 1.5) -> dict[str, np.ndarray]:
    """Weights for two networks by their published names, none of them zero; kernels are as strong as `gain` says."""
    rng = np.random.default_rng(0)
    values = {}
    for name, variable in generator.named_variables().items():
        layer, part = name.split("/")
        scope = f"{layer}/{layer}_conv" if layer.endswith("_upsample") else layer
        values[f"inpaint_net/{scope}/{part}"] = _random(rng, variable.shape, gain)
    for name, variable in discriminator.named_variables().items():
        name = name.replace("/u", "/kernel_sn/u")
        values[f"discriminator/sn_patch_gan/{name}"] = _random(rng, variable.shape, gain)
    return values


def save(folder: pathlib.Path, values: dict[str, np.ndarray]) -> pathlib.Path:
    """Writes a checkpoint `snap-0`: flat names, and for each weight what Adam keeps; returns the folder."""
    everything = {
        "global_step": np.int64(0),
        **{name: np.float32(0.5) for name in ("beta1_power", "beta2_power", "lr")},
    }
    for name, value in values.items():
        everything[name] = value
        if not name.endswith("/u"):
            everything |= {f"{name}/Adam": np.zeros_like(value), f"{name}/Adam_1": np.zeros_like(value)}
    folder.mkdir(exist_ok=True)
    tf.raw_ops.SaveV2(
        prefix=str(folder / "snap-0"),
        tensor_names=list(everything),
        shape_and_slices=[""] * len(everything),
        tensors=[tf.constant(value) for value in everything.values()],
    )
    (folder / "checkpoint").write_text('model_checkpoint_path: "snap-0"\nall_model_checkpoint_paths: "snap-0"\n')
    return folder


def port_states(generator: keras.Model, discriminator: keras.Model | None = None) -> dict[str, dict[str, np.ndarray]]:
    """What the PyTorch port's file holds of two networks, or of the generator alone."""
    states = {"G": _states(generator, "conv")}
    return {**states, "D": _states(discriminator, "conv_sn")} if discriminator else states


def _states(network: keras.Model, convolution: str) -> dict[str, np.ndarray]:
    states = {}
    for name, variable in network.named_variables().items():
        layer, part = name.split("/")
        scope = f"{layer}.conv.{convolution}" if layer.endswith("upsample") else f"{layer}.{convolution}"
        values = variable.numpy()
        match part:
            case "kernel":
                states[f"{scope}.weight"] = np.ascontiguousarray(values.transpose(3, 2, 0, 1))
            case "bias":
                states[f"{scope}.bias"] = values
            case "u":
                states[f"{scope}.weight_u"] = np.ascontiguousarray(values.T)
    return states


def _random(rng: np.random.Generator, shape: tf.TensorShape, gain: float) -> np.ndarray:
    spread = gain / np.sqrt(np.prod(shape[:-1])) if len(shape) > 1 else 0.1
    return rng.normal(0, spread, shape).astype(np.float32)
