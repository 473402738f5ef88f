"""Voice groups and priorities (TS 31.102 §4.2.39, 4.2.40, 4.2.73 to 4.2.78; TS 51.011 §10.3.20 to 10.3.25)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simtool.errors import DecodeError, EncodeError
from simtool.files.contents.base import Coding, Fields, build, many, padded
from simtool.files.contents.parts import digits, flags, or_hex, sequence, settings, struct, uint

_GROUPS = 50
_STATUS_SIZE = 7
_SPARE_BITS = 6
PRIORITIES = ("A", "B", "0", "1", "2", "3", "4")


@dataclass(frozen=True, slots=True)
class ActiveGroups:
    """EF.VGCSS, EF.VBSS (TS 51.011 §10.3.21): places in the list of groups, from 1, that are switched on.

    `spare` are the six bits behind the fifty, all 1 by the specification.
    """

    active: tuple[int, ...] = ()
    spare: int = 0x3F

    def __str__(self) -> str:
        return ", ".join(map(str, self.active)) or "none"


@dataclass(frozen=True, slots=True)
class GroupCiphers(Fields):
    """An entry of EF.VGCSCA, EF.VBSCA (TS 31.102 §4.2.77): the algorithms for a group's two master keys (0: none)."""

    first_key: int
    second_key: int


@dataclass(frozen=True, slots=True)
class PriorityLevels(Fields):
    """EF.eMLPP (TS 31.102 §4.2.39): levels subscribed, and those with fast call set-up."""

    levels: tuple[str, ...] = ()
    fast_set_up: tuple[str, ...] = ()


def _encode_active(value: Any, size: int | None) -> bytes:
    given = build(ActiveGroups, value if not isinstance(value, list | tuple) else ActiveGroups(tuple(value)))
    if not 0 <= given.spare < 1 << _SPARE_BITS:
        raise EncodeError("spare has six bits")
    bits = given.spare << _GROUPS
    for place in many(given.active):
        if not isinstance(place, int) or not 1 <= place <= _GROUPS:
            raise EncodeError(f"a group's place is a number from 1 to {_GROUPS}, not {place!r}")
        bits |= 1 << place - 1
    return padded(bits.to_bytes(_STATUS_SIZE, "little"), size)


def _decode_active(content: bytes) -> ActiveGroups:
    if len(content) != _STATUS_SIZE:
        raise DecodeError(f"{_STATUS_SIZE} bytes are expected")
    bits = int.from_bytes(content, "little")
    return ActiveGroups(tuple(i + 1 for i in range(_GROUPS) if bits >> i & 1), bits >> _GROUPS)


_LIST = sequence(or_hex(digits(4)))
_ACTIVE = Coding("TS 51.011 §10.3.21", _encode_active, _decode_active, blank=False)
_CIPHERS = sequence(struct(GroupCiphers, ("first_key", uint(1)), ("second_key", uint(1))))
_LEVELS = flags(*PRIORITIES)

FILES: Mapping[str, Coding] = {
    "EF.VGCS": _LIST.coding("TS 31.102 §4.2.73", blank=False),
    "EF.VBS": _LIST.coding("TS 31.102 §4.2.75", blank=False),
    "EF.VGCSS": _ACTIVE,
    "EF.VBSS": _ACTIVE,
    "EF.VGCSCA": _CIPHERS.coding("TS 31.102 §4.2.77", blank=False),
    "EF.VBSCA": _CIPHERS.coding("TS 31.102 §4.2.78", blank=False),
    "EF.eMLPP": struct(PriorityLevels, ("levels", _LEVELS), ("fast_set_up", _LEVELS)).coding("TS 31.102 §4.2.39"),
    "EF.AAeM": settings("TS 31.102 §4.2.40", *PRIORITIES),
}
