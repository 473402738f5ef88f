"""Multimedia messages (TS 31.102 §4.2.67, 4.2.69 to 4.2.71)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simtool.files.contents.base import Coding, Fields
from simtool.files.contents.objects import Row, objects, repeated
from simtool.files.contents.parts import alpha, exact, flags, optional, raw, struct, uint, utf8

_CONNECTION = 0xAB
_IMPLEMENTATIONS = flags("WAP")


@dataclass(frozen=True, slots=True)
class MmsNotification(Fields):
    """A record of EF.MMSN (TS 31.102 §4.2.67). `status`: used, read, retrieved, rejected (the last two together:
    forwarded); the notification of TS 23.140 in hex; `extension` the record of EF.EXT8 with more of it.
    """

    status: tuple[str, ...] = ()
    implementation: tuple[str, ...] = ()
    notification: str = ""
    extension: int | None = None


@dataclass(frozen=True, slots=True)
class MmsConnection:
    """One set of parameters in EF.MMSICP or EF.MMSUCP (TS 31.102 §4.2.69): the relay's address; bearers and gateway
    in hex, as their clause codes them, the most wanted bearer first.
    """

    implementation: tuple[str, ...] | None = None
    relay: str | None = None
    bearers: tuple[str, ...] = ()
    gateway: str | None = None
    extra: str = ""

    def __str__(self) -> str:
        return str(self.relay)


@dataclass(frozen=True, slots=True)
class MmsPreference(Fields):
    """A record of EF.MMSUP (TS 31.102 §4.2.70): a profile's name, and its settings in hex."""

    implementation: tuple[str, ...] | None = None
    name: str | None = None
    settings: str | None = None
    extra: str = ""


_SET = objects(
    MmsConnection,
    Row(0x80, "implementation", _IMPLEMENTATIONS),
    Row(0x81, "relay", utf8()),
    Row(0x82, "bearers", exact(), repeated=True),
    Row(0x83, "gateway", exact()),
    short="relay",
)


_SETS = repeated(_CONNECTION, _SET)

FILES: Mapping[str, Coding] = {
    "EF.MMSN": struct(
        MmsNotification,
        ("status", flags("used", "read", "retrieved", "rejected", size=2)),
        ("implementation", _IMPLEMENTATIONS),
        ("notification", raw()),
        ("extension", optional(uint(1))),
    ).coding("TS 31.102 §4.2.67"),
    "EF.MMSICP": _SETS.coding("TS 31.102 §4.2.69"),
    "EF.MMSUCP": _SETS.coding("TS 31.102 §4.2.71"),
    "EF.MMSUP": objects(
        MmsPreference,
        Row(0x80, "implementation", _IMPLEMENTATIONS),
        Row(0x81, "name", alpha()),
        Row(0x82, "settings", exact()),
        short="name",
    ).coding("TS 31.102 §4.2.70"),
}
