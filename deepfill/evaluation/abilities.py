"""Abilities of systems and classical baselines, the four dimensions of the paper's table 1."""

from deepfill.systems import SYSTEMS, Abilities

DIMENSIONS = ("semantics", "non-local", "free-form", "user-guided")
"""The names of the fields of `Abilities`, as the paper writes them."""

CLASSICAL: dict[str, Abilities] = {
    "telea": Abilities(semantics=False, non_local=False, free_form=True, user_guided=False),
    "navier-stokes": Abilities(semantics=False, non_local=False, free_form=True, user_guided=False),
    "patchmatch": Abilities(semantics=False, non_local=True, free_form=True, user_guided=True),
}
"""The classical baselines, as `deepfill.evaluation.make_methods` names them."""


def abilities_of(name: str) -> Abilities:
    """Those of a system or of a classical baseline."""
    return SYSTEMS[name].abilities if name in SYSTEMS else CLASSICAL[name]
