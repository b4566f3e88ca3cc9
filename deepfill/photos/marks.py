"""What marks the hole in a mask: the one rule for files, arrays and training."""

import dataclasses
import functools

import numpy as np

from deepfill.defaults import MASK_SOURCES
from deepfill.errors import DeepFillError
from deepfill.photos.not_masks import dark_areas, why_a_photograph


@dataclasses.dataclass(frozen=True)
class MaskRule:
    """What marks the hole in a mask, and what is done to it before it is used.

    Attributes:
        mask_from: one of `MASK_SOURCES`.
        threshold: 0 to 1; pixels that are lighter, darker or more transparent than this share mark the hole.
        invert: the rest is the hole.
        resize: scale masks of another size to their pictures'.
        grow: pixels by which the hole grows on all sides; negative, it shrinks.
        expand: pixels by which the picture is extended at its top, right, bottom and left; they join the hole.

    Raises:
        DeepFillError: a value is not one of these.
    """

    mask_from: str = "auto"
    threshold: float = 0.5
    invert: bool = False
    resize: bool = False
    grow: int = 0
    expand: tuple[int, int, int, int] = (0, 0, 0, 0)

    def __post_init__(self) -> None:
        if self.mask_from not in MASK_SOURCES:
            raise DeepFillError(f"mask_from: expected one of {', '.join(MASK_SOURCES)}, got {self.mask_from}")
        if not 0 <= self.threshold < 1:
            raise DeepFillError(f"mask_threshold: expected 0 or more and less than 1, got {self.threshold}")
        if min(self.expand) < 0:
            raise DeepFillError(
                f"expand: expected 0 or more pixels at each side, got {','.join(map(str, self.expand))}"
            )


_WHITES = (1, 255, 65535)

DEFAULT_RULE = MaskRule()
"""Half of white, and no other treatment."""


@dataclasses.dataclass(frozen=True)
class Planes:
    """A mask's values before any rule is applied.

    Attributes:
        colours: [H, W, 1 or 3], of any numeric type.
        alpha: [H, W], of the same type; None where every pixel is opaque by its format.
        white: the value of full white and of full opacity.
    """

    colours: np.ndarray
    alpha: np.ndarray | None = None
    white: float = 255


def mark(planes: Planes, rule: MaskRule = DEFAULT_RULE, name: object = "mask") -> np.ndarray:
    """Finds the hole in a mask.

    `light`: where any of red, green and blue is above the threshold. `dark`: where any of them is as far below white.
    `alpha`: where the mask is more transparent than the threshold. `nonzero`: where any of red, green and blue is not
    0. What is transparent is neither light nor dark. `auto` is `light` for masks without transparent parts. In others
    the hole may be what was painted or what was erased, so they are refused unless `invert` makes both the same.
    `auto` also refuses what looks like a photograph, and what has areas of several dark values, as labels have.

    Args:
        planes: the mask.
        rule: `resize` and `grow` are not applied here.
        name: what to call the mask in an error.

    Returns:
        bool [H, W]: True, a hole. All False only if the mask is empty: nothing in it is light at all (for `dark`,
        dark; for `alpha`, transparent).

    Raises:
        DeepFillError: the mask is not empty but marks nothing, marks everything, could mean one thing and its
            opposite, or is probably not a mask; the sentence names a flag that would serve.
    """
    hole = _find(planes, rule, name)
    if hole.all():
        raise DeepFillError(f"{name} marks everything: expected some known pixels{_hint(planes, rule)}")
    return hole


def mark_light(planes: Planes, name: object = "mask") -> np.ndarray:
    """Finds the light pixels of a mask as `mark` does, which here may be all of them.

    Returns:
        bool [H, W]: True, light.

    Raises:
        DeepFillError: the mask is not empty but has no light pixel.
    """
    return _find(planes, MaskRule("light"), name)


def planes_of_array(plane: np.ndarray, name: str = "mask") -> Planes:
    """An array as a mask.

    Args:
        plane: bool, integer or float, [H, W] or [H, W, 1, 3 or 4] with alpha as the fourth; see `planes_of_values`.
        name: what to call it in an error.

    Raises:
        DeepFillError: another type or shape, or as `planes_of_values`.
    """
    if plane.dtype.kind not in "buif":
        raise DeepFillError(f"{name}: expected booleans or numbers, got {plane.dtype}")
    if plane.ndim not in (2, 3) or (plane.ndim == 3 and plane.shape[-1] not in (1, 3, 4)) or not plane.size:
        raise DeepFillError(f"{name}: expected [H, W], got {list(plane.shape)}")
    values = plane.reshape(*plane.shape[:2], -1)
    colours, alpha = (values[..., :3], values[..., 3]) if values.shape[-1] == 4 else (values, None)
    return planes_of_values(colours, alpha, name)


def planes_of_values(colours: np.ndarray, alpha: np.ndarray | None, name: object = "mask") -> Planes:
    """The values of a mask, from whatever it was read, with the white that they are measured by.

    White is 1 where nothing is larger, else 255 where nothing is larger, else 65535, whatever the type: a mask means
    the same as a file and as the array that a program makes of it.

    Args:
        colours: bool, integer or float [H, W, 1 or 3].
        alpha: [H, W], of the same type, or None.
        name: what to call it in an error.

    Raises:
        DeepFillError: larger values, or values that are not finite.
    """
    largest = max(colours.max(), colours.max() if alpha is None else alpha.max())
    if not np.isfinite(largest):
        raise DeepFillError(f"{name}: expected finite values, got {largest}")
    # Floats overshoot a little where they have been interpolated.
    over = 2 if colours.dtype.kind == "f" else 1
    white = next((white for white in _WHITES if largest <= white or largest < over * white), None)
    if white is None:
        raise DeepFillError(f"{name}: expected values of at most 1, 255 or 65535, got {largest}")
    # Others would overflow where they are taken from white.
    kept = np.uint8 if colours.dtype in (bool, np.uint8) else np.float32
    return Planes(colours.astype(kept, copy=False), None if alpha is None else alpha.astype(kept, copy=False), white)


def _find(planes: Planes, rule: MaskRule, name: object) -> np.ndarray:
    """What `mark` returns, or everything."""
    source = rule.mask_from
    if source == "alpha" and planes.alpha is None:
        raise DeepFillError(f"{name} has no transparency: expected --mask_from=light or dark, got alpha.")
    if source == "auto":
        _refuse_to_guess(planes, rule, name)
    strength = _strength(planes, source)
    if source == "auto" and (why := why_a_photograph(strength, planes.white)):
        raise DeepFillError(
            f"{name} looks like a photograph: {why}; --mask_from=light takes it as a mask all the same."
        )
    hole = strength > (0 if source == "nonzero" else rule.threshold * planes.white)
    if not hole.any() and (largest := strength.max()) > 0:
        raise DeepFillError(_marks_nothing(planes, rule, name, float(largest)))
    if source == "auto" and len(values := dark_areas(strength, planes.white, rule.threshold)) > 1:
        raise DeepFillError(_several_classes(planes, rule, name, values))
    return ~hole if rule.invert else hole


def _marked(planes: Planes, source: str, threshold: float) -> np.ndarray:
    return _strength(planes, source) > (0 if source == "nonzero" else threshold * planes.white)


def _strength(planes: Planes, source: str) -> np.ndarray:
    """How strongly each pixel marks the hole, [H, W], 0 to `planes.white`."""
    if source == "alpha":
        return np.zeros(planes.colours.shape[:2]) if planes.alpha is None else planes.white - planes.alpha
    strength = planes.white - _extreme(np.minimum, planes) if source == "dark" else _extreme(np.maximum, planes)
    if planes.alpha is None or (planes.alpha == planes.white).all():
        return strength
    return strength * (planes.alpha / np.float32(planes.white))


def _extreme(function: np.ufunc, planes: Planes) -> np.ndarray:
    # Plane by plane: along so short an axis NumPy's own reduction takes ten times as long.
    return functools.reduce(function, (planes.colours[..., channel] for channel in range(planes.colours.shape[-1])))


def _refuse_to_guess(planes: Planes, rule: MaskRule, name: object) -> None:
    if planes.alpha is None:
        return
    clear = _marked(planes, "alpha", 0.5)
    soft = planes.alpha.min() < planes.alpha.max() and not _marked(planes, "light", rule.threshold).any()
    if not clear.any() and not soft:
        return
    # White paint on nothing and a white layer with a part erased are the same file. Only when inverted do both have
    # the same hole: whatever is not white.
    painted = planes.colours[~clear]
    if rule.invert and painted.size and (painted.max(axis=-1) > rule.threshold * planes.white).all():
        return
    raise DeepFillError(
        f"{name} is partly transparent, so the hole may be what was painted or what was erased: choose "
        "--mask_from=alpha (transparent pixels), light (light paint) or dark (dark paint)."
    )


def _several_classes(planes: Planes, rule: MaskRule, name: object, values: list[float]) -> str:
    shown = ", ".join(f"{value:.3g}" for value in values[:4])
    return (
        f"{name} has areas of several values that are not over {rule.threshold * planes.white:g} ({shown}), as labels"
        " have: choose --mask_from=nonzero (all but 0) or light (what is lighter)."
    )


def _marks_nothing(planes: Planes, rule: MaskRule, name: object, largest: float) -> str:
    what = {"dark": "its darkest pixel is {} below white", "alpha": "its largest transparency is {}"}
    value = what.get(rule.mask_from, "its largest value is {}").format(f"{largest:g}")
    limit = f"{rule.threshold * planes.white:g} of {planes.white:g}"
    return f"{name} is not empty but marks nothing: {value}, expected more than {limit}{_hint(planes, rule)}"


def _hint(planes: Planes, rule: MaskRule) -> str:
    """Names the flag under which a part of the mask, but not all of it, is the hole."""
    for source in ("nonzero", "alpha", "light", "dark"):
        if source == rule.mask_from or (source == "alpha" and planes.alpha is None):
            continue
        marked = _marked(planes, source, rule.threshold)
        if marked.any() and not marked.all():
            return f"; --mask_from={source} would mark {marked.mean():.1%} of it."
    weakest, strongest = (float(getattr(_strength(planes, rule.mask_from), side)()) for side in ("min", "max"))
    if weakest < strongest:
        return f"; --mask_threshold={(weakest + strongest) / 2 / planes.white:.2g} would mark a part of it."
    return "."
