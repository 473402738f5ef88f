"""What the operator lets the phone do, beside the network lists: NAS settings, data off, warnings, access points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simtool.codec import tlv
from simtool.errors import DecodeError, EncodeError
from simtool.files.contents.base import Coding, Fields, build, many, number, padded
from simtool.files.contents.objects import PLAIN, DataObject, Row, objects, repeated
from simtool.files.contents.parts import Part, alpha, exact, flags, or_hex, plmn, raw, settings, struct, uint, utf8

_APN, _URI, _EARFCN_LIST = 0xDD, 0x80, 0xA0
_MAX_LABEL = 63
_DATA_OFF = flags(
    "USSI",
    "MMTEL voice",
    "MMTEL video",
    "XCAP",
    "SMS over IP",
    "bearer independent protocol",
    "device management",
)


@dataclass(frozen=True, slots=True)
class NasSettings:
    """EF.NASCONFIG (TS 31.102 §4.2.94); the values are those of TS 24.368 §5, None where the file does not say."""

    signalling_priority: int | str | None = None
    nmo_i_behaviour: int | str | None = None
    attach_with_imsi: int | str | None = None
    minimum_periodic_search_timer: int | str | None = None
    extended_access_barring: int | str | None = None
    timer_t3245_behaviour: int | str | None = None
    override_low_priority: int | str | None = None
    override_access_barring: int | str | None = None
    fast_first_search: int | str | None = None
    eutra_disabling: int | str | None = None
    extra: str = ""

    def __str__(self) -> str:
        return "settings of the non-access stratum"


@dataclass(frozen=True, slots=True)
class DataOff:
    """EF.3GPPPSDATAOFF (TS 31.102 §4.2.109): services that go on while the user has switched data off.

    With service 131 `home` and `roaming` are apart; without it `home` counts everywhere.
    """

    home: tuple[str, ...] = ()
    roaming: tuple[str, ...] = ()
    rest: str = ""

    def __str__(self) -> str:
        return f"home: {', '.join(self.home) or 'none'}; roaming: {', '.join(self.roaming) or 'none'}"


@dataclass(frozen=True, slots=True)
class UriEntry:
    """A record of EF.FDNURI, BDNURI or SDNURI (TS 31.102 §4.2.97): an address, and its name."""

    uri: str = ""
    name: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.name, self.uri) if part)


@dataclass(frozen=True, slots=True)
class CarrierArea:
    """A part of EF.EARFCNList (TS 31.102 §4.2.112): a carrier, and polygons of three bytes latitude, three bytes
    longitude per point, in hex.
    """

    earfcn: int | str | None = None
    areas: tuple[str, ...] = ()
    extra: str = ""

    def __str__(self) -> str:
        return f"EARFCN {self.earfcn}"


@dataclass(frozen=True, slots=True)
class Television(Fields):
    """A record of EF.TVCONFIG (TS 31.102 §4.2.108): a network, and its lists as data objects."""

    plmn: str | None
    lists: tuple[DataObject, ...] = ()


@dataclass(frozen=True, slots=True)
class SignalThresholds(Fields):
    """EF.OCST (TS 31.102 §4.2.115): whether thresholds count, and these in hex."""

    active: tuple[str, ...] = ()
    thresholds: str = ""


def _encode_apns(value: Any, size: int | None) -> bytes:
    names = many(value)
    content = number(len(names), 1, "number of access points")
    for name in names:
        content += tlv.encode(_APN, _labels(str(name)))
    return padded(content, size)


def _labels(name: str) -> bytes:
    """An access point name as labels with their lengths (TS 23.003 §9.1); empty: the one the network provides."""
    content = b""
    for label in name.split(".") if name else []:
        if not label.isascii() or not 1 <= len(label) <= _MAX_LABEL:
            raise EncodeError(f"{name!r} is no access point name: each part has 1 to {_MAX_LABEL} letters or digits")
        content += bytes((len(label),)) + label.encode()
    return content


def _decode_apns(content: bytes) -> tuple[str, ...]:
    found = tlv.parse(content[1:], padding=b"\xff") if content else []
    if not content or len(found) != content[0] or any(item.tag != _APN for item in found):
        raise DecodeError("not the access points that their number says")
    return tuple(_name(item.value) for item in found)


def _name(raw_labels: bytes) -> str:
    labels, rest = [], raw_labels
    while rest:
        label = rest[1 : 1 + rest[0]]
        if len(label) < rest[0] or not label.isascii() or not label:
            raise DecodeError("not labels")
        labels.append(label.decode())
        rest = rest[1 + len(label) :]
    return ".".join(labels)


def _encode_uri(value: Any, size: int | None) -> bytes:
    given = build(UriEntry, value, short="uri")
    uri = tlv.encode(_URI, given.uri.encode())
    return uri + alpha().encode(given.name, None if size is None else max(0, size - len(uri)))


def _decode_uri(content: bytes) -> UriEntry:
    first, rest = tlv.split_first(content)
    if first.tag != _URI:
        raise DecodeError("no URI at the start")
    return UriEntry(utf8().decode(first.value), alpha().decode(rest))


_CARRIER = objects(CarrierArea, Row(0x80, "earfcn", uint(4)), Row(0x81, "areas", exact(), repeated=True))


_NAS_FIELDS = (
    "signalling_priority", "nmo_i_behaviour", "attach_with_imsi", "minimum_periodic_search_timer",
    "extended_access_barring", "timer_t3245_behaviour", "override_low_priority", "override_access_barring",
    "fast_first_search", "eutra_disabling",
)  # fmt: skip
_OBJECTS_OR_NONE = Part(None, PLAIN.encode, lambda content: PLAIN.decode(content) if content.strip(b"\xff") else ())

FILES: Mapping[str, Coding] = {
    "EF.ACL": Coding("TS 31.102 §4.2.48", _encode_apns, _decode_apns),
    "EF.NASCONFIG": objects(NasSettings, *(Row(0x80 + i, name, uint(1)) for i, name in enumerate(_NAS_FIELDS))).coding(
        "TS 31.102 §4.2.94"
    ),
    "EF.PWS": settings("TS 31.102 §4.2.96", "ignore at home", "ignore abroad"),
    **{
        f"EF.{name}": Coding(f"TS 31.102 §{clause}", _encode_uri, _decode_uri)
        for name, clause in (("FDNURI", "4.2.97"), ("BDNURI", "4.2.98"), ("SDNURI", "4.2.99"))
    },
    "EF.FromPreferred": settings("TS 31.102 §4.2.106", "from preferred"),
    "EF.TVCONFIG": struct(Television, ("plmn", plmn()), ("lists", or_hex(_OBJECTS_OR_NONE))).coding(
        "TS 31.102 §4.2.108"
    ),
    "EF.3GPPPSDATAOFF": struct(DataOff, ("home", _DATA_OFF), ("roaming", _DATA_OFF)).coding("TS 31.102 §4.2.109"),
    "EF.EARFCNList": repeated(_EARFCN_LIST, _CARRIER).coding("TS 31.102 §4.2.112"),
    "EF.eAKA": settings("TS 31.102 §4.2.114", "enhanced sequence number"),
    "EF.OCST": struct(SignalThresholds, ("active", flags("thresholds")), ("thresholds", raw())).coding(
        "TS 31.102 §4.2.115"
    ),
}
