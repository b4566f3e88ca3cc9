import numpy as np
import pytest
import tensorflow as tf

from deepfill.layers import ContextualAttention


def random_features(batch, height, width, channels=4):
    return np.random.default_rng(0).standard_normal((batch, height, width, channels)).astype(np.float32)


def hole(height, width, rows, columns):
    mask = np.zeros((1, height, width, 1), np.float32)
    mask[:, rows, columns] = 1
    return mask


FEATURES = random_features(2, 16, 24)
MASKS = np.concatenate([hole(16, 24, slice(4, 9), slice(6, 13)), hole(16, 24, slice(9, 16), slice(0, 5))])


def reference(features, mask, fuse):
    """The eight steps of the specification, place by place, at rate 2, kernel 3, fuse kernel 3, scale 10."""
    full_height, full_width, channels = features.shape
    height, width = full_height // 2, full_width // 2
    count = height * width
    rows = [int(r * (full_height - 1) / (height - 1) + 0.5) for r in range(height)]
    columns = [int(c * (full_width - 1) / (width - 1) + 0.5) for c in range(width)]
    small, small_mask = (np.pad(x[rows][:, columns].astype(float), [(1, 1), (1, 1), (0, 0)]) for x in (features, mask))
    places = [(r, c) for r in range(height) for c in range(width)]

    scores, valid = np.zeros((count, count)), np.zeros(count)
    for j, (r, c) in enumerate(places):
        key = small[r : r + 3, c : c + 3]
        valid[j] = not small_mask[r : r + 3, c : c + 3].any()
        for i, (row, column) in enumerate(places):
            query = small[row : row + 3, column : column + 3]
            scores[i, j] = (query * key).sum() / max(np.linalg.norm(key), 1e-4)
    if fuse:
        scores = diagonal_sums(scores)
        by_columns = [r * width + c for c in range(width) for r in range(height)]
        fused = diagonal_sums(scores[by_columns][:, by_columns])
        scores = np.zeros_like(scores)
        for i, row in enumerate(by_columns):
            scores[row, by_columns] = fused[i]
    weighted = 10 * scores * valid
    attention = np.exp(weighted - weighted.max(axis=1, keepdims=True))
    attention = attention / attention.sum(axis=1, keepdims=True) * valid

    padded = np.pad(features.astype(float), [(1, 1), (1, 1), (0, 0)])
    completed = np.zeros((full_height + 2, full_width + 2, channels))
    offsets = np.zeros((height, width, 2), int)
    for i, (row, column) in enumerate(places):
        for j, (r, c) in enumerate(places):
            value = padded[2 * r : 2 * r + 4, 2 * c : 2 * c + 4]
            completed[2 * row : 2 * row + 4, 2 * column : 2 * column + 4] += attention[i, j] * value / 4
        offsets[row, column] = np.subtract(places[attention[i].argmax()], (row, column))
    return completed[1:-1, 1:-1], offsets


def diagonal_sums(scores):
    count = len(scores)
    sums = np.zeros_like(scores)
    for i in range(count):
        for j in range(count):
            for k in (-1, 0, 1):
                if 0 <= i + k < count and 0 <= j + k < count:
                    sums[i, j] += scores[i + k, j + k]
    return sums


@pytest.mark.parametrize("settings", [{}, {"fuse": False, "softmax_scale": 5.0}, {"rate": 4, "fuse_kernel": 5}])
def test_attention_does_what_every_layer_must(run_layer_test, settings):
    # Small features and few of them: their scores' rounding errors are multiplied by the softmax's scale.
    features = 0.1 * FEATURES
    run_layer_test(lambda dtype: ContextualAttention(**settings, dtype=dtype), [features, MASKS], FEATURES.shape)


@pytest.mark.parametrize("system", ["deepfill_v2", "deepfill_v2_guided"])
@pytest.mark.parametrize("fuse, name", [(True, "output"), (False, "output_without_fuse")])
def test_attention_computes_what_the_release_computes(golden, agrees, system, fuse, name):
    data = np.load(golden / system / "contextual_attention.npz")
    outputs = ContextualAttention(fuse=fuse)(data["features"], data["mask"])
    agrees("deepfill_v2", "contextual attention", outputs, data[name], 1e-4)


# A byte makes blocks of one place; the last makes one of all.
@pytest.mark.parametrize("memory", [1, 20_000, 2**30])
@pytest.mark.parametrize(
    "size, settings",
    [
        ((16, 10), {}),
        ((2, 2), {}),
        ((2, 14), {}),
        ((26, 4), {}),
        ((10, 16), {"fuse": False}),
        ((16, 8), {"rate": 4}),
        ((12, 10), {"fuse_kernel": 5}),
        ((2, 12), {"fuse_kernel": 5}),
    ],
)
def test_blocks_of_any_size_give_the_same(size, settings, memory):
    features, (height, width) = 0.3 * random_features(2, *size), size
    masks = np.concatenate(
        [hole(*size, slice(height // 3, height // 2), slice(0, width // 2)), np.zeros([1, *size, 1])]
    )
    layer = ContextualAttention(**settings)
    expected, expected_offsets = layer(features, masks, return_offsets=True)
    outputs, offsets = layer(features, masks, return_offsets=True, memory=memory)
    np.testing.assert_allclose(outputs, expected, rtol=0, atol=1e-5)
    np.testing.assert_array_equal(offsets, expected_offsets)


@pytest.mark.parametrize("memory", [1, 20_000])
def test_places_that_nobody_reads_are_left_out(memory):
    needed, read = np.zeros([8, 12], bool), np.zeros([16, 24], bool)
    for row, column in [(1, 3), (2, 8)]:
        # Pixels of a place are made by the patches of the places around it, too.
        needed[row - 1 : row + 2, column - 1 : column + 2] = True
        read[2 * row : 2 * row + 2, 2 * column : 2 * column + 2] = True
    expected = ContextualAttention()(FEATURES, MASKS).numpy()
    outputs = ContextualAttention()(FEATURES, MASKS, needed=needed, memory=memory).numpy()
    np.testing.assert_allclose(outputs[:, read], expected[:, read], rtol=0, atol=1e-5)
    if memory == 1:
        assert not outputs[:, 9:].any() and not outputs[:, :, :3].any() and not outputs[:, :, 21:].any()


@pytest.mark.parametrize("fuse", [True, False])
def test_attention_follows_the_specification_step_by_step(fuse):
    features, mask = random_features(1, 8, 12), hole(8, 12, slice(3, 5), slice(3, 6))
    # Soft scores, so that every source counts and not just the best one.
    features *= 0.1
    outputs, offsets = ContextualAttention(fuse=fuse)(features, mask, return_offsets=True)
    expected, expected_offsets = reference(features[0], mask[0], fuse)
    np.testing.assert_allclose(outputs[0], expected, rtol=0, atol=1e-5)
    np.testing.assert_array_equal(offsets[0], expected_offsets)


def test_keys_are_divided_by_their_norm_or_by_the_smallest_norm_allowed():
    features, mask = random_features(1, 8, 20), hole(8, 20, slice(3, 5), slice(3, 6))
    # Sources with a norm between 1e-4 and 1e-1, and below 1e-4, to be compared with the queries of all the others.
    features[:, :, 8:14] *= 1e-3
    features[:, :, 14:] *= 1e-7
    outputs = ContextualAttention(fuse=False, softmax_scale=10.0)(features, mask)
    np.testing.assert_allclose(outputs[0], reference(features[0], mask[0], fuse=False)[0], rtol=0, atol=1e-5)


@pytest.mark.parametrize("settings", [{}, {"fuse": False}, {"fuse_kernel": 5}, {"rate": 4}])
def test_gradient_is_the_slope(settings):
    features = tf.constant(0.1 * FEATURES)
    layer = ContextualAttention(**settings)
    weights, direction = (tf.random.stateless_normal(FEATURES.shape, seed=[1, seed]) for seed in (2, 3))

    def loss(features):
        return tf.reduce_sum(tf.cast(layer(features, MASKS) * weights, tf.float64))

    with tf.GradientTape() as tape:
        tape.watch(features)
        result = loss(features)
    slope = tf.reduce_sum(tape.gradient(result, features) * direction)
    step = 1e-4
    expected = (loss(features + step * direction) - loss(features - step * direction)) / (2 * step)
    np.testing.assert_allclose(slope, expected, rtol=1e-2)


def test_every_sample_has_its_own_mask():
    layer = ContextualAttention()
    together = layer(FEATURES, MASKS)
    alone = [layer(FEATURES[i : i + 1], MASKS[i : i + 1]) for i in (0, 1)]
    np.testing.assert_allclose(together, np.concatenate(alone), atol=1e-5)
    swapped = layer(FEATURES, MASKS[::-1])
    assert np.abs(together - swapped).max(axis=(1, 2, 3)).min() > 0.1


def test_one_mask_serves_a_whole_batch():
    layer = ContextualAttention()
    np.testing.assert_allclose(layer(FEATURES, MASKS[:1]), layer(FEATURES, MASKS[[0, 0]]), atol=1e-5)


def test_integer_masks_are_as_good_as_floats():
    layer = ContextualAttention()
    np.testing.assert_array_equal(layer(FEATURES, MASKS.astype(np.uint8)), layer(FEATURES, MASKS))


def test_offsets_point_at_places_whose_patch_is_known():
    _, offsets = ContextualAttention()(FEATURES, MASKS, return_offsets=True)
    assert offsets.shape == (2, 8, 12, 2) and offsets.dtype == tf.int32
    # Each side of the small map is round(i * (in - 1) / (out - 1)) of the large one; see test_resize.py.
    rows, columns = ([round(i * (2 * n - 1) / (n - 1)) for i in range(n)] for n in (8, 12))
    touched = tf.nn.max_pool2d(MASKS[:, rows][:, :, columns], 3, 1, "SAME").numpy()
    for sample in range(2):
        for place in np.ndindex(8, 12):
            row, column = place + offsets[sample][place].numpy()
            assert touched[sample, row, column] == 0


def test_what_repeats_elsewhere_is_found_and_pasted():
    # Blocks of 2x2 equal pixels: whatever pixel of a block the resizing picks, the small map is the same.
    small = random_features(1, 10, 14, 8)
    small[:, 3:8, 1:6] = small[:, 1:6, 8:13]
    features = small.repeat(2, axis=1).repeat(2, axis=2)
    mask = hole(20, 28, slice(6, 16), slice(2, 12))
    outputs, offsets = ContextualAttention()(features, mask, return_offsets=True)
    # Two blocks inside the hole all pixels of all neighbours' patches are repeated, too.
    np.testing.assert_array_equal(offsets[0, 4:7, 2:5], np.broadcast_to([-2, 7], (3, 3, 2)))
    np.testing.assert_allclose(outputs[0, 10:12, 6:8], features[0, 10:12, 6:8], atol=1e-3)


def test_without_a_hole_every_place_is_its_own_best_source():
    outputs, offsets = ContextualAttention()(FEATURES, np.zeros_like(MASKS), return_offsets=True)
    assert not np.any(offsets)
    # Patches overlap fourfold everywhere but in the outermost row and column of pixels.
    np.testing.assert_allclose(outputs[:, 1:-1, 1:-1], FEATURES[:, 1:-1, 1:-1], atol=1e-3)


def test_without_anything_known_the_result_is_zero():
    outputs, offsets = ContextualAttention()(FEATURES, np.ones_like(MASKS), return_offsets=True)
    assert not np.any(outputs)
    assert np.all(np.isfinite(offsets))


def test_features_that_are_all_zero_give_finite_results():
    features = tf.zeros_like(FEATURES)
    with tf.GradientTape() as tape:
        tape.watch(features)
        outputs = ContextualAttention()(features, MASKS)
    assert not np.any(outputs)
    assert np.all(np.isfinite(tape.gradient(outputs, features)))


def test_even_fuse_kernel_is_refused_by_name():
    with pytest.raises(ValueError, match=r"fuse_kernel: expected an odd number.*got 2"):
        ContextualAttention(fuse_kernel=2)
