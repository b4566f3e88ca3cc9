import numpy as np
import pytest
import tensorflow as tf

from deepfill.systems.deepfill_v1.settings import DeepFillV1Losses, DeepFillV1Model
from deepfill.systems.deepfill_v1.system import DeepFillV1
from deepfill.systems.pictures import to_float
from deepfill.systems.settings import read_settings
from deepfill.weights import loading as released

TINY = [
    *("model.width=4", "model.discriminator_width=4", "model.size=64", "model.local_size=32", "data.size=64"),
    *("masks.rectangle={}", "training.discriminator_steps=2"),
]
"""Overrides of `configs/deepfill_v1.yml`, a width that tests can afford."""

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.uniform(-1, 1, (2, 64, 64, 3)).astype(np.float32)
MASKS = np.zeros((2, 64, 64, 1), np.float32)
MASKS[0, 8:30, 20:41] = 1
MASKS[1, 36:60, 2:12] = 1
BATCH = {
    "image": tf.constant(IMAGES),
    "mask": tf.constant(MASKS),
    "random": tf.constant(RANDOM.uniform(0, 255, (2, 24))),
}
MODEL = DeepFillV1Model(width=4, discriminator_width=4, size=64, local_size=32)


@pytest.fixture(scope="module")
def published(golden):
    generator, settings = released.load_generator(golden / "deepfill_v1")
    assert settings == DeepFillV1Model()
    return generator


@pytest.fixture(scope="module")
def system(enliven):
    system = DeepFillV1(MODEL, DeepFillV1Losses())
    enliven(system.generator)
    return system


@pytest.mark.parametrize("size", ["128x192", "256x256"])
def test_the_generator_computes_what_the_published_graph_computes(golden, agrees, published, size):
    data = np.load(golden / "deepfill_v1" / f"inpaint_{size}.npz")
    image = to_float(data["image"][None, ..., ::-1].copy())  # golden pictures are blue, green, red
    outputs = published(image, np.float32(data["mask"] > 127)[None, ..., None], memory=2**26)
    for name, expected in {"coarse": "coarse", "predicted": "refined"}.items():
        agrees("deepfill_v1", name, outputs[name][0, ..., ::-1], data[expected], 1e-4)


def test_published_width_makes_the_published_number_of_parameters(published):
    assert published.count_params() == pytest.approx(3.6e6, rel=0.01)
    assert {id(v) for v in published.named_variables().values()} == {id(v) for v in published.variables}


def test_offsets_are_returned_only_if_all_pixels_are_needed(system):
    everywhere, part = system.generator.complete(BATCH), system.generator.complete(BATCH, BATCH["mask"])
    assert everywhere["offsets"].shape == (2, 8, 8, 2) and set(everywhere) - set(part) == {"offsets"}
    np.testing.assert_array_equal(part["predicted"], everywhere["predicted"])


def test_the_losses_are_those_of_the_released_program(system):
    pictures = {name: RANDOM.uniform(-1, 1, IMAGES.shape) for name in ("coarse", "predicted", "completed")}
    parts = system.generator_losses(
        BATCH, {name: tf.constant(x, tf.float32) for name, x in pictures.items()}, adversarial=False
    )
    # Its formulas for one picture at a time: there, all pictures of a batch have the same hole.
    weights = np.array([[max(0.9 ** min(i, 32 - i), 0.9 ** min(j, 32 - j)) for j in range(32)] for i in range(32)])
    totals = []
    for image, mask, coarse, predicted, (top, left) in zip(
        IMAGES, MASKS, pictures["coarse"], pictures["predicted"], ((3, 14), (32, 0)), strict=True
    ):
        box = np.s_[top : top + 32, left : left + 32]  # before it was shortened; the second is at the picture's edges
        errors = [np.abs(image - picture) for picture in (coarse, predicted)]
        l1_loss, l1_fine = (np.mean(error[box] * weights[..., None]) for error in errors)
        ae_loss, ae_fine = (np.mean(error * (1 - mask)) / np.mean(1 - mask) for error in errors)
        totals.append(1.2 * (1.2 * l1_loss + l1_fine) + 1.2 * (1.2 * ae_loss + ae_fine))
    assert float(parts["total"]) == pytest.approx(np.mean(totals), abs=1e-5)


def test_errors_count_less_the_farther_from_the_windows_edge_they_are_also_where_pixels_are_known(system):
    outputs = {name: tf.constant(IMAGES) for name in ("coarse", "predicted", "completed")}
    for row, depth in ((3, 0), (8, 5), (19, 16), (34, 1)):  # rows 8 to 29 are hole
        wrong = IMAGES.copy()
        wrong[0, row, 30] += 0.3
        parts = system.generator_losses(BATCH, {**outputs, "predicted": tf.constant(wrong)}, adversarial=False)
        assert float(parts["hole"]) == pytest.approx(0.5 * 0.3 * 0.9**depth / 32**2, rel=1e-3)


def test_pictures_are_not_flipped():
    assert not read_settings("configs/deepfill_v1.yml").data.flip


def test_the_critics_are_punished_for_slopes_in_the_hole_that_are_not_1(system):
    completed = np.where(MASKS == 1, -IMAGES, IMAGES)
    losses = system.discriminator_losses(BATCH, {"completed": tf.constant(completed)})
    total = losses["completed"] - losses["real"] + 10 * losses["gradient_penalty"]
    assert float(losses["total"]) == pytest.approx(float(total), rel=1e-4)
    # Where critics say the same of all pictures, both slopes are 0 and each penalty is 1.
    weights = system.discriminator.get_weights()
    system.discriminator.set_weights([0 * weight for weight in weights])
    flat = system.discriminator_losses(BATCH, {"completed": tf.constant(completed)})
    system.discriminator.set_weights(weights)
    assert float(flat["gradient_penalty"]) == pytest.approx(2.0, abs=1e-4)


def test_the_penalty_has_gradients_for_every_kernel_of_the_critics(system):
    with tf.GradientTape() as tape:
        penalty = system.discriminator_losses(BATCH, {"completed": -BATCH["image"]})["gradient_penalty"]
    kernels = [v for name, v in system.discriminator.named_variables().items() if name.endswith("kernel")]
    for gradient in tape.gradient(penalty, [v if isinstance(v, tf.Variable) else v.value for v in kernels]):
        assert np.abs(gradient).max() > 0
