"""The search for the most similar place."""

import numpy as np

from deepfill.inpainting.patchmatch import Features, Search

SIZE = (40, 50)


def planes(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A description of each pixel, sources, and targets of which each has its like among the sources."""
    described = np.random.default_rng(seed).integers(0, 256, [*SIZE, 9], dtype=np.uint8)
    targets = np.zeros(SIZE, bool)
    targets[10:20, 10:20] = True
    described[10:20, 10:20] = described[25:35, 30:40]
    return described, ~targets, targets


def search(seed: int = 0) -> Search:
    described, sources, targets = planes()
    found = Search(sources, targets, seed)
    found.describe([Features(described.reshape(-1, 9)[:, :4], described[targets][:, :4]),
                    Features(described.reshape(-1, 9)[:, 4:], described[targets][:, 4:])])  # fmt: skip
    for step in (8, 4, 2, 1, 1, 1, 1):
        found.sweep(step, max(SIZE))
    return found


def test_neighbours_lead_one_another_to_a_copy() -> None:
    found = search()
    np.testing.assert_array_equal(found.found - found.places, np.full([100, 2], (15, 20)))
    np.testing.assert_array_equal(found.costs, 0)


def test_the_seed_decides_alone() -> None:
    _, sources, targets = planes()
    first, second, other = (Search(sources, targets, seed).found for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()


def test_only_sources_are_found() -> None:
    described, sources, targets = planes()
    sources[25:35] = False
    found = Search(sources, targets)
    found.describe([Features(described.reshape(-1, 9), described[targets])])
    found.start(np.full_like(found.found, 30))
    found.sweep(1, 50)
    assert sources[found.found[:, 0], found.found[:, 1]].all()


def test_costs_are_exact_whole_numbers_times_the_weight() -> None:
    described = np.zeros([20, 20, 147], np.uint8)
    described[5] = 255
    targets = np.zeros([20, 20], bool)
    targets[5, :3] = True
    sources = np.zeros_like(targets)
    sources[9, 9] = True
    found = Search(sources, targets)
    found.describe([Features(described.reshape(-1, 147), described[targets], 2.5)])
    np.testing.assert_array_equal(found.costs, 147 * 255**2 * 2.5)


def test_a_search_goes_on_from_what_is_handed_to_it() -> None:
    _, sources, targets = planes()
    found = Search(sources, targets)
    before = found.found.copy()
    start = found.places + np.array([15, 20], np.int32)
    start[0], start[1] = -1, (12, 12)  # none, and a target
    found.start(start)
    np.testing.assert_array_equal(found.found[2:], start[2:])
    np.testing.assert_array_equal(found.found[:2], before[:2])
