import contextlib

import keras
import numpy as np
import pytest
import tensorflow as tf

from deepfill import config
from deepfill.objectives import losses
from deepfill.systems.deepfill_v2.settings import DeepFillV2Losses, DeepFillV2Model
from deepfill.systems.deepfill_v2.system import DeepFillV2
from deepfill.training.average import Average
from deepfill.training.loss_scale import LossScale
from deepfill.training.step import make_step, prepare
from deepfill.training.strategy import make_strategy
from tests.making.eager import eagerly

TINY = DeepFillV2Model(width=4, discriminator_width=4)


@pytest.fixture(scope="module")
def batches():
    """Three batches as the pipeline delivers them."""
    rng = np.random.default_rng(1)
    pictures = rng.integers(0, 256, (3, 4, 64, 64, 3), dtype=np.uint8)
    masks = np.zeros((3, 4, 64, 64, 1), np.uint8)
    masks[:, :, 16:48, 16:48] = 1
    masks[:, ::2, 10:50, 30:40] = 1  # holes of different sizes, so that averaging over replicas shows
    return [{"image": image, "mask": mask} for image, mask in zip(pictures, masks, strict=True)]


@pytest.fixture(scope="module")
def trained(enliven):
    """A function that trains a system on batches and returns it and the losses of each step; in a graph if asked to."""

    def train(batches, replicas=1, build=None, weights=None, optimizer=keras.optimizers.Adam, graph=False, **options):
        strategy = make_strategy(config.TrainingSettings(replicas=replicas, logical_replicas=True))
        with strategy.scope():
            system = build() if build else fresh(enliven, weights=weights)
            optimizers = [optimizer(1e-4) for _ in range(2)]
            for each, network in zip(optimizers, system.networks.values(), strict=True):
                each.jit_compile = False  # Keras 2.15 would compile the update of each variable on its own, for minutes
                each.build(network.trainable_variables)
        step = make_step(strategy, system, *optimizers, **options)
        dataset = tf.data.Dataset.from_generator(
            lambda: iter(batches),
            output_signature={name: tf.TensorSpec(x.shape, x.dtype) for name, x in batches[0].items()},
        )
        goes_on = tf.constant(0.0)
        with contextlib.nullcontext() if graph else eagerly():
            reports = [step(batch, goes_on) for batch in strategy.experimental_distribute_dataset(dataset)]
        return system, [{name: float(loss) for name, loss in report.items()} for report in reports]

    return train


def fresh(enliven, model=TINY, weights=None):
    """Always the same untrained system."""
    keras.utils.set_random_seed(7)
    system = DeepFillV2(model, weights or DeepFillV2Losses(), "float32")
    enliven(system.generator)
    return system


def value(variable):
    return tf.convert_to_tensor(variable).numpy()


def weights_of(system):
    return [value(v) for network in system.networks.values() for v in network.weights]


@pytest.fixture(scope="module")
def few_layers(own):
    """Options that train a system of three convolutions, whose steps are soon traced, in a graph."""

    def build():
        keras.utils.set_random_seed(7)
        return own.OwnSystem(own.OwnModel(width=4), own.OwnLosses())

    return {"build": build, "graph": True}


@pytest.fixture(scope="module")
def on_one_replica(trained, batches, few_layers):
    return trained(batches, **few_layers)


@pytest.fixture(scope="module")
def by_gradient_descent(trained, batches):
    return trained(batches[:1], optimizer=keras.optimizers.SGD)


@pytest.mark.parametrize("graph", [False, True])
def test_the_same_global_batch_gives_the_same_losses_and_weights(trained, batches, few_layers, request, graph):
    one, one_losses = request.getfixturevalue("on_one_replica" if graph else "by_gradient_descent")
    options = few_layers if graph else {"optimizer": keras.optimizers.SGD}
    two, two_losses = trained(batches[: len(one_losses)], replicas=2, **options)
    for alone, together in zip(one_losses, two_losses, strict=True):
        assert together == pytest.approx(alone, abs=1e-5)
    for alone, together in zip(weights_of(one), weights_of(two), strict=True):
        np.testing.assert_allclose(together, alone, atol=1e-5)


def test_a_step_follows_the_gradients_of_the_losses_with_the_discriminator_first(by_gradient_descent, enliven, batches):
    """Plain gradient descent, written out the straightforward way, must end at the same weights."""
    by_hand = fresh(enliven)
    batch = prepare(batches[0])
    image, mask = batch["image"], batch["mask"]
    generator, discriminator = by_hand.generator, by_hand.discriminator
    completed = generator(image, mask)["completed"]
    with tf.GradientTape() as tape:
        scores = discriminator(tf.concat([image, completed], 0), tf.concat([mask, mask], 0), training=True)
        loss = losses.discriminator_hinge(scores[:4], scores[4:])
    descend(discriminator, tape, loss)
    with tf.GradientTape() as tape:
        outputs = generator(image, mask)
        loss = losses.generator_hinge(discriminator(outputs["completed"], mask, training=True))
        loss += losses.l1(image, outputs["coarse"], mask) + losses.l1(image, outputs["refined"], mask)
    descend(generator, tape, loss)

    for expected, found in zip(weights_of(by_hand), weights_of(by_gradient_descent[0]), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-6)


def descend(network, tape, loss):
    gradients = tape.gradient(loss, [tf_variable(v) for v in network.trainable_variables])
    for variable, gradient in zip(network.trainable_variables, gradients, strict=True):
        variable.assign(value(variable) - 1e-4 * gradient.numpy())


def tf_variable(variable):
    """Keras 3 wraps TensorFlow's variables."""
    return variable if isinstance(variable, tf.Variable) else variable.value


def test_without_adversarial_weight_the_discriminator_stands_still_and_is_not_asked(trained, enliven, batches):
    system, reports = trained(batches[:1], weights=DeepFillV2Losses(adversarial=0.0))
    untrained = fresh(enliven)
    for before, after in zip(untrained.discriminator.weights, system.discriminator.weights, strict=True):
        np.testing.assert_array_equal(value(before), value(after))
    assert not any(name.startswith(("discriminator", "generator/adversarial")) for name in reports[0])


@pytest.mark.parametrize("graph", [False, True])
def test_a_batch_in_parts_trains_as_a_whole_one(trained, batches, few_layers, by_gradient_descent, graph):
    options = {"optimizer": keras.optimizers.SGD, **(few_layers if graph else {})}
    whole, whole_reports = trained(batches[:2], **options) if graph else by_gradient_descent
    parts, parts_reports = trained(batches[: len(whole_reports)], **options, accumulation=4)
    for together, apart in zip(whole_reports, parts_reports, strict=True):
        for name in ("generator/l1",) if graph else ("generator/coarse", "generator/refined"):
            assert apart[name] == pytest.approx(together[name], rel=1e-5)
        # Later parts meet a spectral norm that the first one's power iteration has already improved.
        assert apart == pytest.approx(together, rel=0.05, abs=0.02)
    for expected, found in zip(weights_of(whole), weights_of(parts), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_gradients_beyond_the_norm_are_scaled_down_to_it_and_told_as_they_were(trained, enliven, batches):
    limit = 0.01
    options = {"replicas": 2, "optimizer": lambda rate: keras.optimizers.SGD(10.0), "clip_norm": limit}
    system, (report,) = trained(batches[:1], **options)
    assert report["generator/gradient_norm"] > limit and report["discriminator/gradient_norm"] > limit
    before = fresh(enliven)
    for name in ("generator", "discriminator"):
        pairs = zip(getattr(before, name).trainable_variables, getattr(system, name).trainable_variables, strict=True)
        moved = np.sqrt(sum(np.square(value(new) - value(old)).sum() for old, new in pairs))
        assert moved == pytest.approx(10.0 * limit, rel=1e-3)


def test_a_step_that_is_not_finite_is_taken_back_on_all_replicas(trained, few_layers, batches, on_one_replica):
    batches = [{name: x.astype(np.float32) for name, x in batch.items()} for batch in batches]
    poisoned = {name: x.copy() for name, x in batches[1].items()}
    poisoned["image"][3, 5, 5, 0] = np.nan  # in the last replica's share
    average = Average(*(few_layers["build"]().networks["generator"] for _ in range(2)), 0.5)
    system, reports = trained([batches[0], poisoned, *batches[1:]], replicas=2, average=average, **few_layers)
    assert [report["finite"] for report in reports] == [1.0, 0.0, 1.0, 1.0]
    assert not np.isfinite(reports[1]["generator/total"])
    assert int(average.updates) == 3
    # As if it had never been.
    for expected, found in zip(weights_of(on_one_replica[0]), weights_of(system), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_loss_scaling_changes_no_update(trained, batches, by_gradient_descent):
    scale = LossScale()
    scaled, reports = trained(batches[:1], optimizer=keras.optimizers.SGD, loss_scale=scale)
    for expected, found in zip(weights_of(by_gradient_descent[0]), weights_of(scaled), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-7)
    assert [report["loss_scale"] for report in reports] == [2.0**15] and int(scale.steps) == 1


def test_a_step_trains_with_the_wrapper_of_tensorflow_addons(trained, enliven, batches):
    pytest.importorskip("tensorflow_addons")  # lives in an environment of its own, where this test runs too
    model = DeepFillV2Model(**TINY.model_dump() | {"spectral_norm": "addons"})
    system, reports = trained(batches[:2], build=lambda: fresh(enliven, model))
    assert all(np.isfinite(list(report.values())).all() for report in reports)
    kernel = value(system.discriminator.patches[0].layer.kernel)
    # It overwrites the kernel with the normalised one, so it cannot have strayed far from norm 1.
    assert np.linalg.norm(kernel.reshape(-1, kernel.shape[-1]), 2) < 2


def test_pictures_become_floats_in_the_networks_range(batches):
    batch = prepare(batches[0])
    assert batch["image"].dtype == batch["mask"].dtype == tf.float32
    np.testing.assert_allclose(batch["image"], batches[0]["image"] / 127.5 - 1.0, atol=1e-6)
    np.testing.assert_array_equal(batch["mask"], batches[0]["mask"])
