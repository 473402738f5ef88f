"""Files about single cells and areas: home cells (TS 31.102 §4.4.6), localised service areas (TS 51.011 §10.4.1),
carriers and neighbours that the phone keeps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simtool.errors import DecodeError, EncodeError
from simtool.files.contents.base import Coding, Fields, build, number
from simtool.files.contents.objects import PLAIN, Row, objects, single
from simtool.files.contents.parts import (
    Part,
    alpha,
    choice,
    exact,
    flags,
    or_hex,
    plmn,
    raw,
    sequence,
    settings,
    struct,
    uint,
    utf8,
)

_CSG_LIST = 0xA0
_CSG_SIZE, _CSG_BITS, _CSG_SPARE = 6, 27, 5


@dataclass(frozen=True, slots=True)
class ClosedGroup:
    """A closed subscriber group: its number of 27 bits, and records of EF.CSGT and EF.HNBN (0: not from there)."""

    group: int
    type_record: int = 0
    name_record: int = 0

    def __str__(self) -> str:
        return str(self.group)


@dataclass(frozen=True, slots=True)
class ClosedGroups:
    """A record of EF.ACSGL or EF.OCSGL (TS 31.102 §4.4.6.2, 4.4.6.5): a network's closed groups.

    `display` of EF.OCSGL: which groups the phone shows.
    """

    plmn: str | None = None
    groups: tuple[ClosedGroup | str, ...] = ()
    display: str | int | None = None
    extra: str = ""
    rest: str = ""

    def __str__(self) -> str:
        return f"{self.plmn}: {', '.join(map(str, self.groups))}"


@dataclass(frozen=True, slots=True)
class GroupType(Fields):
    """A record of EF.CSGT or EF.OCSGT (TS 31.102 §4.4.6.3): a type's name, and its icon as URI or record of EF.IMG."""

    name: str | None = None
    icon_uri: str | None = None
    icon_image: int | str | None = None
    extra: str = ""


@dataclass(frozen=True, slots=True)
class AreaIndicator(Fields):
    """EF.SAI (TS 51.011 §10.4.1.1): whether service is had in localised areas only, and the text for it."""

    only: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class LocalisedArea(Fields):
    """A record of EF.SLL (TS 51.011 §10.4.1.2): an area's name and settings, and where its descriptor lies."""

    name: str
    configuration: int
    reserved: int
    icon: int
    priority: int
    plmn: str | None
    descriptor_file: str
    descriptor_record: int


def _encode_group(value: Any, room: int | None) -> bytes:
    given = build(ClosedGroup, value, short="group")
    head = number(given.type_record, 1, "type_record") + number(given.name_record, 1, "name_record")
    if not isinstance(given.group, int) or not 0 <= given.group < 1 << _CSG_BITS:
        raise EncodeError(f"group: a whole number of {_CSG_BITS} bits is needed")
    return head + number(given.group << _CSG_SPARE, _CSG_SIZE - 2, "group")


def _decode_group(content: bytes) -> ClosedGroup:
    if len(content) != _CSG_SIZE:
        raise DecodeError(f"{_CSG_SIZE} bytes are expected")
    return ClosedGroup(int.from_bytes(content[2:]) >> _CSG_SPARE, content[0], content[1])


_GROUP = Part(None, _encode_group, _decode_group)
_PLMN = Part(None, plmn().encode, plmn().decode)
_GROUP_ROWS = (Row(0x80, "plmn", _PLMN), Row(0x81, "groups", _GROUP, repeated=True))
_DISPLAY = Row(0x82, "display", choice({0: "all available", 1: "listed only"}))
_TYPE = objects(
    GroupType,
    Row(0x89, "name", alpha(ucs2=True)),
    Row(0x80, "icon_uri", utf8()),
    Row(0x81, "icon_image", uint(1)),
    short="name",
)
_HOME_CELL = single(0x80, alpha(ucs2=True))

FILES: Mapping[str, Coding] = {
    "EF.ACSGL": objects(ClosedGroups, *_GROUP_ROWS, _DISPLAY, outer=_CSG_LIST).coding("TS 31.102 §4.4.6.2"),
    "EF.OCSGL": objects(ClosedGroups, *_GROUP_ROWS, _DISPLAY, outer=_CSG_LIST).coding("TS 31.102 §4.4.6.5"),
    "EF.CSGT": _TYPE.coding("TS 31.102 §4.4.6.3"),
    "EF.OCSGT": _TYPE.coding("TS 31.102 §4.4.6.6"),
    "EF.HNBN": _HOME_CELL.coding("TS 31.102 §4.4.6.4"),
    "EF.OHNBN": _HOME_CELL.coding("TS 31.102 §4.4.6.7"),
    "EF.SAI": struct(AreaIndicator, ("only", flags("localised areas only")), ("text", or_hex(alpha()))).coding(
        "TS 51.011 §10.4.1.1"
    ),
    "EF.SLL": struct(
        LocalisedArea,
        ("name", or_hex(alpha())),
        ("configuration", uint(1)),
        ("reserved", uint(1)),
        ("icon", uint(1)),
        ("priority", uint(1)),
        ("plmn", plmn()),
        ("descriptor_file", raw(2)),
        ("descriptor_record", uint(1)),
    ).coding("TS 51.011 §10.4.1.2"),
    "EF.NETPAR": PLAIN.coding("TS 31.102 §4.2.57"),
    "EF.BCCH": exact().coding("TS 51.011 §10.3.14", blank=False),
    "EF.CPBCCH": sequence(raw(2)).coding("TS 51.011 §10.3.38", blank=False),
    "EF.InvScan": settings("TS 51.011 §10.3.39", "in limited service", "after network selection"),
}
