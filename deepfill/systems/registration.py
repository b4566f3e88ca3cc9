"""Registrations: what is known of a system before its networks are loaded, without TensorFlow."""

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
        semantics: it learns semantics from data.
        non_local: it uses distant places of the picture.
        free_form: it completes holes of any shape.
        user_guided: it follows a user's sketch or the like.
    """

    semantics: bool
    non_local: bool
    free_form: bool
    user_guided: bool


@dataclasses.dataclass(frozen=True)
class Registration:
    """What is known of a system before it is loaded.

    Attributes:
        settings: the class of the settings of a whole run, with the system's own sections `model` and `losses`.
        system: the class, as `MODULE:CLASS`, which is imported only when needed, because networks require TensorFlow;
            or the class itself.
        abilities: for comparisons.
        released: modules that read published weights, in the order in which they are tried.
        reads_any: whether they take any file of their kind, and report what is wrong with it: then they are tried after
            those of all other systems; see `deepfill.weights.loading`.
    """

    settings: type[RunSettings]
    system: "str | SystemClass"
    abilities: Abilities
    released: tuple[str, ...] = ()
    reads_any: bool = False

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
