"""The systems, by their names in `model.name`."""

from deepfill.errors import DeepFillError
from deepfill.systems import context_encoder, deepfill_v1, deepfill_v2, glcic, partial_convolution, pen_net
from deepfill.systems.registration import Registration

SYSTEMS: dict[str, Registration] = {
    "deepfill_v2": deepfill_v2.REGISTRATION,
    "deepfill_v1": deepfill_v1.REGISTRATION,
    "pen_net": pen_net.REGISTRATION,
    "partial_convolution": partial_convolution.REGISTRATION,
    "glcic": glcic.REGISTRATION,
    "context_encoder": context_encoder.REGISTRATION,
}


def register(name: str, registration: Registration) -> None:
    """Adds a system of one's own, which is then read, trained, completed, evaluated and exported like the others.

    Args:
        name: its `model.name`, also the default of that setting.
        registration: its settings and its class.

    Raises:
        DeepFillError: another system has this name, or the settings' default is another name.
    """
    if SYSTEMS.get(name, registration) != registration:
        raise DeepFillError(f"{name}: expected a name that no system has, got one of {', '.join(SYSTEMS)}")
    default = registration.model.model_fields["name"].default
    if default != name:
        raise DeepFillError(f"{name}: expected settings whose model.name is {name}, got {default}")
    SYSTEMS[name] = registration
