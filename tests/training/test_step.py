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


def trained(batches, build, replicas=1, optimizer=keras.optimizers.SGD, graph=False, **options):
    """A system that was trained on batches, and the losses of each step; in a graph if asked to."""
    strategy = make_strategy(config.TrainingSettings(replicas=replicas, logical_replicas=True))
    with strategy.scope():
        system = build()
        optimizers = [optimizer(1e-4) for _ in range(2)]
        for each, network in zip(optimizers, system.networks.values(), strict=True):
            each.jit_compile = False  # Keras 2.15 would compile the update of each variable on its own, for minutes
            each.build(network.trainable_variables)
    step = make_step(strategy, system, *optimizers, **options)
    dataset = tf.data.Dataset.from_generator(
        lambda: iter(batches),
        output_signature={name: tf.TensorSpec(x.shape, x.dtype) for name, x in batches[0].items()},
    )
    with contextlib.nullcontext() if graph else eagerly():
        reports = [step(batch, tf.constant(0.0)) for batch in strategy.experimental_distribute_dataset(dataset)]
    return system, [{name: float(loss) for name, loss in report.items()} for report in reports]


def fresh(enliven, model=TINY):
    """Always the same untrained system."""
    keras.utils.set_random_seed(7)
    system = DeepFillV2(model, DeepFillV2Losses(), "float32")
    enliven(system.generator)
    return system


def value(variable):
    return tf.convert_to_tensor(variable).numpy()


def weights_of(system):
    return [value(v) for network in system.networks.values() for v in network.weights]


@pytest.fixture(scope="module")
def few_layers(own):
    """A function that makes a system of three convolutions, whose steps are soon traced, always the same."""

    def build(**weights):
        keras.utils.set_random_seed(7)
        return own.OwnSystem(own.OwnModel(width=4), own.OwnLosses(**weights))

    return build


@pytest.fixture(scope="module")
def in_a_graph(batches, few_layers):
    return trained(batches, few_layers, optimizer=keras.optimizers.Adam, graph=True)


@pytest.fixture(scope="module")
def by_gradient_descent(batches, few_layers):
    return trained(batches, few_layers)


def test_two_replicas_take_the_same_steps_as_one(batches, few_layers, in_a_graph):
    one, one_losses = in_a_graph
    two, two_losses = trained(batches, few_layers, replicas=2, optimizer=keras.optimizers.Adam, graph=True)
    for alone, together in zip(one_losses, two_losses, strict=True):
        assert together == pytest.approx(alone, abs=1e-5)
    for alone, together in zip(weights_of(one), weights_of(two), strict=True):
        np.testing.assert_allclose(together, alone, atol=1e-5)


def test_a_step_follows_the_gradients_of_the_losses_with_the_discriminator_first(enliven, batches):
    """Plain gradient descent, written out the straightforward way, must end at the same weights."""
    system, _ = trained(batches[:1], lambda: fresh(enliven))
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

    for expected, found in zip(weights_of(by_hand), weights_of(system), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-6)


def descend(network, tape, loss):
    gradients = tape.gradient(loss, [tf_variable(v) for v in network.trainable_variables])
    for variable, gradient in zip(network.trainable_variables, gradients, strict=True):
        variable.assign(value(variable) - 1e-4 * gradient.numpy())


def tf_variable(variable):
    """Keras 3 wraps TensorFlow's variables."""
    return variable if isinstance(variable, tf.Variable) else variable.value


def test_without_adversarial_weight_the_discriminator_stands_still_and_is_not_asked(few_layers, batches):
    system, reports = trained(batches[:1], lambda: few_layers(adversarial=0.0))
    before, after = (each.networks["discriminator"].weights for each in (few_layers(), system))
    for untrained, found in zip(before, after, strict=True):
        np.testing.assert_array_equal(value(untrained), value(found))
    assert not any(name.startswith(("discriminator", "generator/adversarial")) for name in reports[0])


def test_a_batch_in_parts_trains_as_a_whole_one(batches, few_layers, by_gradient_descent):
    whole, whole_reports = by_gradient_descent
    parts, parts_reports = trained(batches, few_layers, graph=True, accumulation=4)
    for together, apart in zip(whole_reports, parts_reports, strict=True):
        assert apart["generator/l1"] == pytest.approx(together["generator/l1"], rel=1e-5)
        # Later parts meet a spectral norm that the first one's power iteration has already improved.
        assert apart == pytest.approx(together, rel=0.05, abs=0.02)
    for expected, found in zip(weights_of(whole), weights_of(parts), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_gradients_beyond_the_norm_are_scaled_down_to_it_and_told_as_they_were(few_layers, batches):
    limit = 0.01
    options = {"replicas": 2, "optimizer": lambda rate: keras.optimizers.SGD(10.0), "clip_norm": limit}
    system, (report,) = trained(batches[:1], few_layers, **options)
    assert report["generator/gradient_norm"] > limit and report["discriminator/gradient_norm"] > limit
    for before, after in zip(few_layers().networks.values(), system.networks.values(), strict=True):
        pairs = zip(before.trainable_variables, after.trainable_variables, strict=True)
        moved = np.sqrt(sum(np.square(value(new) - value(old)).sum() for old, new in pairs))
        assert moved == pytest.approx(10.0 * limit, rel=1e-3)


def test_a_step_that_is_not_finite_is_taken_back_on_all_replicas(few_layers, batches, in_a_graph):
    batches = [{name: x.astype(np.float32) for name, x in batch.items()} for batch in batches]
    poisoned = {name: x.copy() for name, x in batches[1].items()}
    poisoned["image"][3, 5, 5, 0] = np.nan  # in the last replica's share
    average = Average(*(few_layers().networks["generator"] for _ in range(2)), 0.5)
    options = {"optimizer": keras.optimizers.Adam, "graph": True, "replicas": 2, "average": average}
    system, reports = trained([batches[0], poisoned, *batches[1:]], few_layers, **options)
    assert [report["finite"] for report in reports] == [1.0, 0.0, 1.0, 1.0]
    assert not np.isfinite(reports[1]["generator/total"])
    assert int(average.updates) == 3
    # As if it had never been.
    for expected, found in zip(weights_of(in_a_graph[0]), weights_of(system), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_loss_scaling_changes_no_update(batches, few_layers, by_gradient_descent):
    scale = LossScale()
    scaled, reports = trained(batches, few_layers, loss_scale=scale)
    for expected, found in zip(weights_of(by_gradient_descent[0]), weights_of(scaled), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-7)
    assert [report["loss_scale"] for report in reports] == [2.0**15] * 3 and int(scale.steps) == 3


def test_a_step_trains_with_the_wrapper_of_tensorflow_addons(enliven, batches):
    pytest.importorskip("tensorflow_addons")  # lives in an environment of its own, where this test runs too
    model = DeepFillV2Model(**TINY.model_dump() | {"spectral_norm": "addons"})
    system, reports = trained(batches[:2], lambda: fresh(enliven, model), optimizer=keras.optimizers.Adam)
    assert all(np.isfinite(list(report.values())).all() for report in reports)
    kernel = value(system.discriminator.patches[0].layer.kernel)
    # It overwrites the kernel with the normalised one, so it cannot have strayed far from norm 1.
    assert np.linalg.norm(kernel.reshape(-1, kernel.shape[-1]), 2) < 2


def test_pictures_become_floats_in_the_networks_range(batches):
    batch = prepare(batches[0])
    assert batch["image"].dtype == batch["mask"].dtype == tf.float32
    np.testing.assert_allclose(batch["image"], batches[0]["image"] / 127.5 - 1.0, atol=1e-6)
    np.testing.assert_array_equal(batch["mask"], batches[0]["mask"])
