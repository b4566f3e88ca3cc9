"""What is known of a system before its networks are loaded. Importing this loads no TensorFlow."""

import dataclasses
import importlib
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

from deepfill.config import NetworkSettings, RunSettings

if TYPE_CHECKING:
    from deepfill.systems.base import SystemClass


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


@dataclasses.dataclass(frozen=True)
class Registration:
    """What the commands know of a system before they load it.

    Attributes:
        settings: of a whole run, with the system's own sections `model` and `losses`.
        system: the class, as `MODULE:CLASS`, or the class itself. One that is named is imported only when it is needed:
            networks need TensorFlow, settings do not.
        abilities: what it can do, for comparisons.
        released: modules that read published weights, in the order in which they are asked; see
            `deepfill.weights.loading`.
    """

    settings: type[RunSettings]
    system: "str | SystemClass"
    abilities: Abilities
    released: tuple[str, ...] = ()

    @property
    def model(self) -> type[NetworkSettings]:
        """The class of the section `model`."""
        kind = self.settings.model_fields["model"].annotation
        if not (isinstance(kind, type) and issubclass(kind, NetworkSettings)):
            raise TypeError(f"model: expected settings of networks, got {kind}")
        return kind

    def load(self) -> "SystemClass":
        """Imports the system's class."""
        if not isinstance(self.system, str):
            return self.system
        module, _, name = self.system.partition(":")
        builder: SystemClass = getattr(importlib.import_module(module), name)
        return builder

    def released_modules(self) -> list[ModuleType]:
        """Imports the modules that read published weights."""
        return [importlib.import_module(name) for name in self.released]
