import keras
import numpy as np
import pytest
import tensorflow as tf

from deepfill.objectives import losses
from deepfill.systems.pictures import to_float
from deepfill.weights import loading as released

REAL = np.array([[-0.5, 0.25], [1.0, 3.0]], np.float32)
COMPLETED = np.array([[-3.0, -1.0], [-0.25, 2.0]], np.float32)


def test_discriminator_pays_for_scores_on_the_wrong_side_of_the_margins():
    # (1.5 + 0.75 + 0 + 0) / 4 for the real, (0 + 0 + 0.75 + 3) / 4 for the completed
    assert losses.discriminator_hinge(REAL, COMPLETED).numpy() == pytest.approx(0.5 * 2.25 / 4 + 0.5 * 3.75 / 4)


def test_discriminator_pays_nothing_beyond_the_margins():
    assert losses.discriminator_hinge(tf.fill([2, 3], 1.5), tf.fill([2, 3], -1.5)).numpy() == 0


def test_scores_count_by_their_places_and_pictures_alike():
    scores = tf.constant([[[1.0, -1.0]], [[0.0, 3.0]]])[..., None]  # [2, 1, 2, 1]
    where = tf.constant([[[1.0, 0.0]], [[0.25, 0.25]]])[..., None]
    assert losses.generator_hinge(scores, where).numpy() == pytest.approx(-(1 + 1.5) / 2)
    both = tf.concat([scores, -scores], axis=-1)  # weights are shared by the channels
    assert losses.generator_hinge(both, where).numpy() == pytest.approx(0)
    expected = 0.5 * ((0 + (1 + 0) / 2) / 2 + (2 + (1 + 4) / 2) / 2)
    assert losses.discriminator_hinge(scores, scores, where).numpy() == pytest.approx(expected)
    assert losses.generator_hinge(scores, 0 * where).numpy() == 0


def test_generator_is_paid_by_the_scores():
    assert losses.generator_hinge(COMPLETED).numpy() == pytest.approx(2.25 / 4)


def test_l1_is_the_mean_over_the_whole_picture():
    real = np.zeros([1, 2, 2, 3], np.float32)
    predicted = np.full([1, 2, 2, 3], -0.5, np.float32)
    predicted[0, 0, 0] = 1
    mask = np.array([1, 0, 0, 0], np.float32).reshape(1, 2, 2, 1)
    assert losses.l1(real, predicted, mask).numpy() == pytest.approx((1 + 3 * 0.5) / 4)
    assert losses.l1(real, predicted, mask, hole_weight=5).numpy() == pytest.approx((5 * 1 + 3 * 0.5) / 4)


def test_errors_of_colour_count_on_top():
    real, mask = tf.zeros([1, 1, 2, 3]), tf.zeros([1, 1, 2, 1])
    predicted = tf.constant([[[[0.5, 0.5, 0.5], [0.9, 0.0, 0.0]]]])  # the first is off in grey alone
    assert losses.l1(real, predicted, mask).numpy() == pytest.approx(0.4)
    assert losses.l1(real, predicted, mask, colour_weight=2).numpy() == pytest.approx(0.4 + 2 * (0.6 + 0.3 + 0.3) / 6)


def maps(seed, channels=(3, 5)):
    shapes = [[2, 8, 6, channels[0]], [2, 4, 3, channels[1]]]
    return [tf.random.stateless_uniform(shape, [seed, number]) for number, shape in enumerate(shapes)]


def test_perceptual_compares_directions_place_by_place():
    real = maps(1)
    assert losses.perceptual(real, real).numpy() == 0
    assert losses.perceptual(real, [3 * x for x in real]).numpy() == pytest.approx(0, abs=1e-4)
    assert losses.perceptual(real, [-x for x in real]).numpy() == pytest.approx(2 * 4, rel=1e-4)


def test_style_does_not_ask_where_things_are():
    real = maps(1)
    assert losses.style(real, [tf.reverse(x, [1, 2]) for x in real]).numpy() == pytest.approx(0, abs=1e-6)
    ones, twos = tf.ones([1, 4, 4, 2]), tf.fill([1, 4, 4, 2], 2.0)
    assert losses.style([ones], [twos]).numpy() == pytest.approx(3)


@pytest.mark.parametrize("loss", [losses.perceptual, losses.style])
def test_losses_on_features_of_nothing_have_finite_gradients(loss):
    empty = [tf.zeros([1, 4, 4, 3])]
    with tf.GradientTape() as tape:
        tape.watch(empty)
        value = loss([tf.ones([1, 4, 4, 3])], empty)
    (gradient,) = tape.gradient(value, empty)
    assert np.isfinite(value) and np.isfinite(gradient).all()


def test_windows_are_enlarged_alike_and_are_those_that_were_drawn():
    real, draws = (
        tf.random.stateless_uniform([3, 32, 48, 3], [1, 2], -1, 1),
        tf.random.stateless_uniform([3, 3], [1, 2]),
    )
    windows, others = losses.enlarged_windows(real, -real, draws)
    assert windows.shape == (3, 40, 60, 3)
    np.testing.assert_allclose(others, -windows, atol=1e-6)
    np.testing.assert_array_equal(losses.enlarged_windows(real[1:2], real[1:2], draws[1:2])[0][0], windows[1])
    same = tf.repeat(real[:1], 3, axis=0)  # a picture in three epochs
    first, second, third = losses.enlarged_windows(same, same, draws)[0]
    assert min(np.abs(a - b).max() for a, b in ((first, second), (first, third), (second, third))) > 0.1
    ramp = tf.broadcast_to(tf.linspace(-1.0, 1.0, 48)[:, None], [48, 48])[None, ..., None] + tf.zeros([1, 1, 1, 3])
    for side in (0.0, 0.5, 0.99):
        shown = losses.enlarged_windows(ramp, ramp, tf.constant([[side, 0.3, 0.6]]))[0][0, :, 5, 1]
        assert float(shown[-1] - shown[0]) / 2 == pytest.approx(1 - side / 2, abs=0.01)


@pytest.mark.parametrize(
    "loss",
    [
        lambda x: losses.discriminator_hinge(x, x),
        losses.generator_hinge,
        lambda x: losses.l1(x, 0 * x, tf.ones([1, 300, 1, 1], x.dtype)),
    ],
)
def test_losses_are_summed_in_float32(loss):
    # A mean of bfloat16 values in bfloat16 would be off by up to 1 in 256.
    values = tf.cast(tf.random.stateless_uniform([1, 300, 1, 1], [1, 2]), tf.bfloat16)
    assert loss(values).dtype == tf.float32
    assert loss(values).numpy() == pytest.approx(loss(tf.cast(values, tf.float32)).numpy(), rel=1e-6)


@pytest.fixture(scope="module")
def published_step(golden):
    """The golden losses, gradients and states, and ours in the same situation."""
    expected = np.load(golden / "deepfill_v2" / "losses_and_gradients.npz")
    generator, discriminator, _ = released.load_networks(golden / "deepfill_v2")
    images = to_float(expected["images"][..., ::-1].copy())  # golden pictures are blue, green, red
    masks = tf.cast(tf.repeat(expected["mask"][None, ..., None] > 127, 2, axis=0), tf.float32)
    for _ in range(20):
        # The power iteration depends on the kernels alone, so it may run on small pictures.
        discriminator(tf.zeros([1, 8, 8, 3]), tf.zeros([1, 8, 8, 1]), training=True)
    with tf.GradientTape(persistent=True) as tape:
        outputs = generator(images, masks)
        pictures = tf.concat([images, outputs["completed"]], axis=0)
        scores = discriminator(pictures, tf.concat([masks, masks], axis=0), training=True)
        real, completed = tf.split(scores, 2)
        d_loss = losses.discriminator_hinge(real, completed)
        g_loss = sum(losses.l1(images, outputs[stage], masks) for stage in ("coarse", "refined"))
        g_loss += losses.generator_hinge(completed)
    variables = {released_name(name, "inpaint_net"): v for name, v in generator.named_variables().items()}
    gradients = tape.gradient(g_loss, tensorflows(variables))
    variables = {
        released_name(name, "discriminator/sn_patch_gan"): v for name, v in discriminator.named_variables().items()
    }
    states = {name: variables.pop(name) for name in list(variables) if name.endswith("/u")}
    gradients |= tape.gradient(d_loss, tensorflows(variables))
    norms = {name: tf.norm(gradient).numpy() for name, gradient in gradients.items()}
    return expected, {"d_loss": d_loss, "g_loss": g_loss, "norms": norms, "states": states}


def released_name(name, scope):
    """Upsampling layers repeat their name, and the states stand below the kernels."""
    layer, part = name.split("/")
    repeated = f"/{layer}_conv" if layer.endswith("upsample") else ""
    return f"{scope}/{layer}{repeated}/{'kernel_sn/u' if part == 'u' else part}"


def tensorflows(variables):
    """TensorFlow's own variables, which Keras 3 wraps, as the tape wants them."""
    return {name: v.value if keras.__version__ >= "3" else v for name, v in variables.items()}


@pytest.mark.parametrize("name", ["d_loss", "g_loss"])
def test_losses_are_those_of_the_release(published_step, name):
    expected, ours = published_step
    np.testing.assert_allclose(ours[name], expected[name], rtol=0, atol=1e-4)


def test_norm_of_every_gradient_is_that_of_the_release(published_step):
    expected, ours = published_step
    for kind, count in (("d", 12), ("g", 84)):
        assert len(expected[f"{kind}_grad_names"]) == count
        for name, norm in zip(expected[f"{kind}_grad_names"], expected[f"{kind}_grad_norms"], strict=True):
            assert ours["norms"][name] == pytest.approx(float(norm), rel=1e-3, abs=1e-6), name


def test_states_of_the_spectral_normalisation_move_as_those_of_the_release(published_step):
    expected, ours = published_step
    assert len(ours["states"]) == 6
    for name, state in ours["states"].items():
        np.testing.assert_allclose(state.numpy(), expected[f"u:{name}"], rtol=0, atol=1e-4, err_msg=name)


HOLE = np.zeros([2, 128, 128, 1], np.float32)
HOLE[:, 16:112, 16:112] = 1
NOISE = np.random.default_rng(0).normal(0, 0.2, (*HOLE.shape[:3], 3)).astype(np.float32)


@pytest.mark.parametrize("period, repeats", [(8, True), (4, True), (2, True), (7, False), (12, False)])
def test_checkerboard_is_what_repeats_every_8_pixels(period, repeats):
    cell = np.random.default_rng(period).normal(0, 0.2, [period, period, 3])
    pattern = np.tile(cell, [1, 128 // period + 1, 128 // period + 1, 1])[:, :128, :128].repeat(2, 0).astype(np.float32)
    share = losses.checkerboard(tf.constant(pattern), tf.constant(HOLE)).numpy()
    assert share > 0.9 if repeats else share < 0.25


def test_checkerboard_of_noise_is_little_and_its_strength_does_not_matter():
    shares = [losses.checkerboard(tf.constant(scale * NOISE), tf.constant(HOLE)).numpy() for scale in (1, 3)]
    assert shares[0] == pytest.approx(1 / 25, rel=0.3) and shares[0] == pytest.approx(shares[1], rel=1e-2)


def test_checkerboard_does_not_look_at_known_pixels_thin_holes_or_flat_pictures():
    cell = np.random.default_rng(1).normal(0, 0.2, [8, 8, 3])
    pattern = np.tile(cell, [2, 16, 16, 1]).astype(np.float32)
    known = np.where(HOLE > 0, NOISE, pattern)
    share = losses.checkerboard(tf.constant(NOISE), tf.constant(HOLE)).numpy()
    assert losses.checkerboard(tf.constant(known), tf.constant(HOLE)).numpy() == pytest.approx(share, rel=0.1)
    thin = np.zeros_like(HOLE)
    thin[:, 40:56, 16:112] = 1
    assert losses.checkerboard(tf.constant(pattern), tf.constant(thin)).numpy() == 0
    assert losses.checkerboard(tf.zeros_like(pattern), tf.constant(HOLE)).numpy() == 0


def test_minimising_checkerboard_takes_the_pattern_away_and_leaves_other_texture():
    cell = np.random.default_rng(2).normal(0, 0.2, [8, 8, 3])
    picture = tf.Variable((np.tile(cell, [2, 16, 16, 1]) + NOISE).astype(np.float32))
    inside = HOLE[..., 0] > 0

    def likeness_to_noise():
        return np.corrcoef(picture.numpy()[inside].ravel(), NOISE[inside].ravel())[0, 1]

    optimizer, before, likeness = keras.optimizers.Adam(0.02), None, likeness_to_noise()
    for _ in range(60):
        with tf.GradientTape() as tape:
            loss = losses.checkerboard(picture, tf.constant(HOLE))
        before = loss if before is None else before
        optimizer.apply_gradients([(tape.gradient(loss, picture), picture)])
    assert loss < 0.2 * before
    assert likeness_to_noise() > likeness + 0.08
    assert picture.numpy()[inside].std() > 0.9 * NOISE.std()


def test_autocorrelation_is_what_numpy_sums():
    rng = np.random.default_rng(3)
    real, completed = rng.normal(0, 0.2, [2, 1, 40, 48, 3]).astype(np.float32)
    mask = np.zeros([1, 40, 48, 1], np.float32)
    mask[:, 4:38, 10:46] = 1

    def texture(picture):
        grey = picture.mean(-1, keepdims=True)
        return ((grey - tf.nn.avg_pool2d(grey, 17, 1, "SAME")) * mask).numpy()[0, ..., 0]

    def similarity(fine, down, right):
        high, wide = (length - abs(offset) for length, offset in zip(fine.shape, (down, right), strict=True))
        here, there = (fine[max(a, 0) :][:high, max(b, 0) :][:, :wide] for a, b in ((down, right), (-down, -right)))
        return (here * there).sum() / ((fine**2).sum() + 1e-4 * mask.sum())

    offsets = [(y, x) for y in range(-16, 17) for x in range(-16, 17) if max(abs(y), abs(x)) >= 4]
    true, made = texture(real), texture(completed)
    expected = np.mean([(similarity(true, *by) - similarity(made, *by)) ** 2 for by in offsets])
    assert losses.autocorrelation(real, completed, mask).numpy() == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("period", [5, 8, 11])
def test_autocorrelation_pays_for_regular_textures_whatever_their_period_and_strength(period):
    cell = np.random.default_rng(period).normal(0, 0.2, [period, period, 3])
    regular = np.tile(cell, [2, 128 // period + 1, 128 // period + 1, 1])[:, :128, :128].astype(np.float32)
    noise, other, regular, hole = (x[:1, :88, :88] for x in (NOISE, -NOISE[:, ::-1], regular, HOLE))
    other, faint, flat = (losses.autocorrelation(noise, x, hole).numpy() for x in (other, regular / 4, 0 * regular))
    assert losses.autocorrelation(noise, regular, hole).numpy() > 20 * other
    assert faint > 10 * other and losses.autocorrelation(regular, regular, hole).numpy() == 0
    assert np.isfinite(flat) and losses.autocorrelation(noise, noise, 0 * hole).numpy() == 0
