"""How a dataclass and a row of data objects belong together: one declaration for reading and writing.

A field says by an annotation which object it stands in::

    text: Annotated[Text, Part(Tag.TEXT_STRING, TEXT)]                      # must be there
    icon: Annotated[Icon | None, Part(Tag.ICON, ICON)] = None               # may be there
    items: Annotated[tuple[Item, ...], Part(Tag.ITEM, ITEM, many=True)] = ()

Objects of one tag go to the fields with that tag in their order. `before` keeps a field from taking an object that
stands behind the first one with another tag: that is how the standard tells some pairs apart.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable, Sequence
from dataclasses import MISSING, dataclass, fields
from typing import Any, Generic, TypeVar

from simtool.codec.comprehension import ComprehensionTlv
from simtool.codec.proactive.tags import Tag
from simtool.errors import DecodeError, EncodeError, MissingObjectError

_Value = TypeVar("_Value")
_Shape = TypeVar("_Shape")


@dataclass(frozen=True, slots=True)
class Coding(Generic[_Value]):
    """The value of one data object, both directions. Raises `DecodeError` and `EncodeError`."""

    decode: Callable[[bytes], _Value]
    encode: Callable[[_Value], bytes]


@dataclass(frozen=True, slots=True)
class Part:
    """Where a field's value stands. `comprehension` is the flag that is written; either is read.

    `leading` is for a field shared by many classes that is written before the class's own.
    """

    tag: Tag
    coding: Coding[Any]
    many: bool = False
    comprehension: bool = True
    before: Tag | None = None
    leading: bool = False


@dataclass(frozen=True, slots=True)
class _Slot:
    name: str
    part: Part
    required: bool


_SLOTS: dict[type, tuple[_Slot, ...]] = {}


def read(shape: type[_Shape], objects: Sequence[ComprehensionTlv], **given: object) -> tuple[_Shape, tuple[int, ...]]:
    """A value of `shape`, and the places of the objects that it has no field for. `given` are fields without a part.

    Raises `MissingObjectError` for a field that must be there, `DecodeError` for what does not fit its coding.
    """
    taken: set[int] = set()
    values: dict[str, object] = dict(given)
    for slot in slots_of(shape):
        places = [place for place in _places(objects, slot.part) if place not in taken]
        if not slot.part.many:
            places = places[:1]
        if not places and slot.required:
            raise MissingObjectError(f"{shape.__name__}: {_title(slot)} is missing")
        taken.update(places)
        found = [_decoded(slot, objects[place].value) for place in places]
        if slot.part.many:
            values[slot.name] = tuple(found)
        elif found:
            values[slot.name] = found[0]
    return shape(**values), tuple(place for place in range(len(objects)) if place not in taken)


def write(value: object) -> list[ComprehensionTlv]:
    """The data objects of a value, in the order of its fields. Raises `EncodeError`."""
    objects = []
    for slot in slots_of(type(value)):
        held = getattr(value, slot.name)
        part = slot.part
        absent = (held is None or held is False) and not slot.required
        said: Iterable[object] = held if part.many else () if absent else (held,)
        objects += [ComprehensionTlv(part.tag, part.coding.encode(one), part.comprehension) for one in said]
    return objects


def slots_of(shape: type) -> tuple[_Slot, ...]:
    """The fields that stand in data objects: the class's own in their order, then those that it shares with others."""
    if shape not in _SLOTS:
        _SLOTS[shape] = tuple(_slots(shape))
    return _SLOTS[shape]


def _slots(shape: Any) -> list[_Slot]:
    hints = typing.get_type_hints(shape, include_extras=True)
    own = list(shape.__dict__.get("__annotations__", {}))
    slots = []
    for field in fields(shape):
        extras = getattr(hints[field.name], "__metadata__", ())
        part = next((extra for extra in extras if isinstance(extra, Part)), None)
        if part is not None:
            slots.append(_Slot(field.name, part, field.default is MISSING))
    place = {name: number for number, name in enumerate(own)}
    return sorted(slots, key=lambda slot: -1 if slot.part.leading else place.get(slot.name, len(own)))


def _places(objects: Sequence[ComprehensionTlv], part: Part) -> list[int]:
    end = len(objects)
    if part.before is not None:
        end = next((place for place, one in enumerate(objects) if one.tag == part.before), end)
    return [place for place, one in enumerate(objects[:end]) if one.tag == part.tag]


def _decoded(slot: _Slot, value: bytes) -> object:
    try:
        return slot.part.coding.decode(value)
    except EncodeError as error:  # a value class that refuses what the bytes say
        raise DecodeError(f"{_title(slot)}: {error}") from error
    except DecodeError as error:
        raise DecodeError(f"{_title(slot)}: {error}") from error


def _title(slot: _Slot) -> str:
    return slot.name.replace("_", " ")
