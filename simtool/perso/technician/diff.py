"""Two contents side by side: card and card, card and backup, card and profile. What is equal is not mentioned.

Units are compared by the bits that both sides know (or that a profile wants). Where a file has another size on another
product, its value counts. Secrets are compared, never shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from simtool.files.product import CardModel
from simtool.perso.image import CardImage, Content, Unit
from simtool.perso.keys import once_started
from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord
from simtool.perso.render import render
from simtool.perso.technician.own import OwnData, stand_in_record, without_keys
from simtool.perso.technician.show import in_line, is_secret, value_of, view_unit


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: what a person calls it, its product, and its content (a profile's is only what it asks for)."""

    name: str
    model: CardModel
    image: CardImage
    is_wish: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """A unit that differs: both values in words, cut down to what differs; `why` is the profile's reason."""

    unit: Unit
    left: str
    right: str
    why: str = ""
    left_value: Any = None
    right_value: Any = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`compared` units were known on both sides; `not_compared` were known on one side only, with the reason."""

    left: Side
    right: Side
    compared: int
    differences: tuple[Difference, ...]
    not_compared: tuple[tuple[str, str], ...]

    def __bool__(self) -> bool:
        return bool(self.differences)


def wish_side(name: str, profile: Profile, own: OwnData, record: CardRecord | None) -> Side:
    """What a profile wants of the card that `own` was read from.

    With its record everything; without one what follows from the card's own numbers, and no keys. Raises `PlanError`
    for what the product has no room for.
    """
    desired = render(profile, record or stand_in_record(own, profile), own.model)
    image = desired.image if record is not None else without_keys(desired.image, own.model)
    return Side(name, desired.model, image, is_wish=True)


def compare(left: Side, right: Side) -> Comparison:
    """Everything that both sides know, or that one wants."""
    left, right = _started(left, right), _started(right, left)
    differences: list[Difference] = []
    missing: dict[str, str] = {}
    compared = 0
    for unit in _units(left, right):
        one, other = left.image.units.get(unit), right.image.units.get(unit)
        lost = _lost(left, unit, one) or _lost(right, unit, other)
        if one is None or other is None or lost:
            missing.setdefault(str(unit.path), lost)
            continue
        compared += 1
        found = _difference(unit, left, right, one, other)
        if found is not None:
            differences.append(found)
    return Comparison(left, right, compared, tuple(differences), tuple(missing.items()))


def _started(side: Side, other: Side) -> Side:
    """A wish without sequence numbers to start from, where the card of the other side has come further."""
    if not side.is_wish or other.is_wish:
        return side
    return replace(side, image=once_started(side.image, other.image, side.model))


def _units(left: Side, right: Side) -> Iterator[Unit]:
    """What there is to compare, in the order of the first side; of a wish only what it asks for."""
    if left.is_wish:
        yield from left.image.units
    elif right.is_wish:
        yield from right.image.units
    else:
        yield from dict.fromkeys((*left.image.units, *right.image.units))


def _lost(side: Side, unit: Unit, content: Content | None) -> str:
    """Why this side has nothing to say about a unit; empty when it has."""
    if content is not None and not content.is_unknown:
        return ""
    if not side.model.has(unit.path):
        return f"{side.name}: no such file on {side.model.name}"
    off = unit.path in side.image.deactivated
    return f"{side.name}: {view_unit(side.model, unit, None, deactivated=off).reason}"


def _difference(unit: Unit, left: Side, right: Side, one: Content, other: Content) -> Difference | None:
    why = (right if right.is_wish else left).image.origins.get(unit, "")
    if not _differs(one, other):
        return None
    if left.model.name != right.model.name and _same_value(unit, one, other):
        return None
    whole_left = one.over(other) if left.is_wish else one
    whole_right = other.over(one) if right.is_wish else other
    before, after = (
        view_unit(side.model, unit, content) for side, content in ((left, whole_left), (right, whole_right))
    )
    if is_secret(left.model.file(unit.path)) or before.hidden or after.hidden:
        return _hidden(unit, before.value, after.value, why)
    words = in_short(before.value, after.value)
    return Difference(unit, words[0], words[1], why, before.value, after.value)


def _differs(one: Content, other: Content) -> bool:
    size = min(len(one.data), len(other.data))
    inside = any((one.data[i] ^ other.data[i]) & one.mask[i] & other.mask[i] for i in range(size))
    return inside or (len(one.data) != len(other.data) and not _only_padding(one, other, size))


def _only_padding(one: Content, other: Content, size: int) -> bool:
    return not (one.data[size:] + other.data[size:]).strip(b"\xff")


def _same_value(unit: Unit, one: Content, other: Content) -> bool:
    """On another product a file may be longer or filled otherwise and still say the same."""
    if not (one.is_complete and other.is_complete):
        return False
    values = [value_of(unit.path, content.data) for content in (one, other)]
    return bool(values[0] == values[1]) and not str(values[0]).startswith("hex:")


def _hidden(unit: Unit, left: Any, right: Any, why: str) -> Difference:
    """Settings and check values that differ; where they all look the same, just that the bytes do not."""
    if isinstance(left, dict) and isinstance(right, dict) and left != right:
        words = in_short(left, right)
        return Difference(unit, words[0], words[1], why, left, right)
    return Difference(unit, "secret", "another secret", why)


def in_short(left: Any, right: Any) -> tuple[str, str]:
    """Two values in words, each cut down to what the other does not have."""
    if isinstance(left, dict) and isinstance(right, dict):
        names = [name for name in dict.fromkeys((*left, *right)) if left.get(name) != right.get(name)]
        if names:
            pairs = {name: in_short(left.get(name), right.get(name)) for name in names}
            one, other = (", ".join(f"{name}: {pair[at]}" for name, pair in pairs.items()) for at in (0, 1))
            return one, other
    if isinstance(left, list) and isinstance(right, list) and (left or right):
        gone = [item for item in left if item not in right]
        come = [item for item in right if item not in left]
        if (gone or come) and len(gone) + len(come) < len(left) + len(right):
            return _only(gone), _only(come)
    return _one(left), _one(right)


def _one(value: Any) -> str:
    return "nothing" if value in ("", []) else in_line(value)


def _only(items: list[Any]) -> str:
    return f"only here: {in_line(items)}" if items else "–"
