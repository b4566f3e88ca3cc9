"""The abilities of what is compared."""

from deepfill.evaluation.abilities import CLASSICAL, DIMENSIONS, abilities_of
from deepfill.evaluation.methods import CLASSICAL as METHODS
from deepfill.systems import SYSTEMS, Abilities


def test_the_baselines_are_methods_and_the_dimensions_the_paper_s():
    assert set(CLASSICAL) <= set(METHODS) and not set(CLASSICAL) & set(SYSTEMS)
    assert tuple(name.replace("_", "-") for name in Abilities._fields) == DIMENSIONS


def test_the_paper_s_own_system_has_all_of_them():
    assert [name for name in (*SYSTEMS, *CLASSICAL) if all(abilities_of(name))] == ["deepfill_v2"]
