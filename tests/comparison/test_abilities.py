"""Every system and every method that learns nothing has its abilities told."""

from deepfill.comparison.abilities import ABILITIES, CLASSICAL, DIMENSIONS, Abilities
from deepfill.config import RUNS
from deepfill.evaluation.methods import CLASSICAL as METHODS


def test_all_are_told():
    assert set(ABILITIES) == {*RUNS, *CLASSICAL} and set(CLASSICAL) <= set(METHODS)
    assert tuple(name.replace("_", "-") for name in Abilities._fields) == DIMENSIONS


def test_the_paper_s_own_system_has_all_of_them():
    assert [name for name, abilities in ABILITIES.items() if all(abilities)] == ["deepfill_v2"]
