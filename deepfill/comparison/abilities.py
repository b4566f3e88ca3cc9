"""What systems can do, in the four dimensions of the paper's table 1."""

from typing import NamedTuple


class Abilities(NamedTuple):
    """A column of table 1 of Yu et al. 2019.

    Attributes:
        semantics: it learns from data what pictures show.
        non_local: it borrows from distant places of the picture.
        free_form: it takes holes of any shape.
        user_guided: a user's sketch or the like may lead it.
    """

    semantics: bool
    non_local: bool
    free_form: bool
    user_guided: bool


DIMENSIONS = ("semantics", "non-local", "free-form", "user-guided")
"""The names of the fields of `Abilities`, as the paper writes them."""

ABILITIES: dict[str, Abilities] = {
    "patchmatch": Abilities(False, True, True, True),
    "glcic": Abilities(True, False, False, False),
    "deepfill_v1": Abilities(True, True, False, False),
    "partial_convolution": Abilities(True, False, True, False),
    "deepfill_v2": Abilities(True, True, True, True),
    # The paper's table ends here. The rest is judged alike: what their own papers show.
    "context_encoder": Abilities(True, False, False, False),
    "pen_net": Abilities(True, True, True, False),
    "telea": Abilities(False, False, True, False),
    "navier-stokes": Abilities(False, False, True, False),
}
"""By `model.name` or the name of a method that learns nothing."""

CLASSICAL = ("telea", "navier-stokes", "patchmatch")
"""The methods that learn nothing beside which systems stand, as `deepfill.evaluation.make_methods` names them."""
