"""Which networks the phone looks for, and under which names it shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simtool.codec import tlv
from simtool.codec.access_technology import AccessTechnology
from simtool.codec.identifiers import NO_PLMN, PLMN_SIZE
from simtool.codec.text import NetworkName as CodedName
from simtool.codec.text import decode_alpha, encode_alpha
from simtool.errors import DecodeError, EncodeError
from simtool.files.contents.base import (
    RAW,
    Coding,
    build,
    fixed,
    from_hex,
    many,
    number,
    padded,
    pieces,
    plmn_bytes,
    plmn_text,
    trimmed,
)

ALL_TECHNOLOGIES = "all"
_ALL_BITS = b"\xff\xff"
_WITH_TECHNOLOGY = 5
_SPN_NAME_SIZE = 16
_SHOW_PLMN_AT_HOME, _HIDE_WHEN_ROAMING = 0x01, 0x02
_FULL_NAME, _SHORT_NAME = 0x43, 0x45
_SPDI, _SPDI_LIST = 0xA3, 0x80
_LAC_SIZE, _TAC_SIZE = 2, 3
_EPDG_ROW = 6
_FQDN_FORMS = ("operator", "location")


@dataclass(frozen=True, slots=True)
class PreferredNetwork:
    """One entry of EF.PLMNwAcT and its like. `technologies` are names of `AccessTechnology`, or `all` for FFFF."""

    plmn: str | None = None
    technologies: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.plmn} ({', '.join(self.technologies)})"


@dataclass(frozen=True, slots=True)
class ServiceProviderName:
    """EF.SPN (TS 31.102 §4.2.12): the operator's name, and when the network's own name is shown or the name hidden."""

    name: str = ""
    show_plmn_at_home: bool = False
    hide_when_roaming: bool = False

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class NetworkName:
    """A record of EF.PNN (TS 31.102 §4.2.58). `extra` are further data objects in hex."""

    full: str = ""
    short: str | None = None
    add_country: bool = False
    extra: str = ""

    def __str__(self) -> str:
        return f"{self.full} ({self.short})" if self.short else self.full


@dataclass(frozen=True, slots=True)
class NetworkArea:
    """A record of EF.OPL or EF.OPL5G: networks and areas that bear the name in a record of EF.PNN (0: none of them)."""

    plmn: str | None
    name_record: int
    first_area: int = 0
    last_area: int = 0xFFFE

    def __str__(self) -> str:
        return f"{self.plmn} areas {self.first_area:04x}-{self.last_area:04x}: name {self.name_record}"


@dataclass(frozen=True, slots=True)
class EpdgNetwork:
    """One entry of EF.ePDGSelection (TS 31.102 §4.2.104): which network's gateways to try, in which order, and how
    their name is made: from the network (`operator`) or from the tracking area (`location`).
    """

    plmn: str | None
    priority: int = 1
    fqdn: str = "operator"

    def __str__(self) -> str:
        return f"{self.plmn} ({self.priority}, {self.fqdn})"


def _encode_list(value: Any, size: int | None) -> bytes:
    return padded(b"".join(plmn_bytes(item) for item in many(value)), size)


def _decode_list(content: bytes) -> tuple[str | None, ...]:
    return trimmed([plmn_text(entry) for entry in pieces(content, PLMN_SIZE)], None)


def _encode_technologies(names: Any) -> bytes:
    if isinstance(names, AccessTechnology):
        return names.encode()
    names = many(names)
    if len(names) == 1 and names[0] == ALL_TECHNOLOGIES:
        return _ALL_BITS
    if len(names) == 1 and isinstance(names[0], str) and names[0].startswith(RAW):
        return fixed(from_hex(names[0].removeprefix(RAW), "technologies"), 2, "technologies")
    return AccessTechnology.from_names(names).encode()


def _decode_technologies(raw: bytes) -> tuple[str, ...]:
    if raw == _ALL_BITS:
        return (ALL_TECHNOLOGIES,)
    names = AccessTechnology.decode(raw).names
    return names if AccessTechnology.from_names(names).encode() == raw else (RAW + raw.hex(),)


def _encode_preferred(value: Any, size: int | None) -> bytes:
    content = b""
    for item in many(value):
        entry = build(PreferredNetwork, item, short="plmn")
        content += plmn_bytes(entry.plmn) + _encode_technologies(entry.technologies)
    if size is not None:
        content += (NO_PLMN + bytes(2)) * ((size - len(content)) // _WITH_TECHNOLOGY)
    return padded(content, size)


def _decode_preferred(content: bytes) -> tuple[PreferredNetwork, ...]:
    entries = [
        PreferredNetwork(plmn_text(entry[:PLMN_SIZE]), _decode_technologies(entry[PLMN_SIZE:]))
        for entry in pieces(content, _WITH_TECHNOLOGY)
    ]
    return trimmed(entries, PreferredNetwork())


def _encode_spn(value: Any, size: int | None) -> bytes:
    spn = build(ServiceProviderName, value, short="name")
    display = _SHOW_PLMN_AT_HOME * spn.show_plmn_at_home | _HIDE_WHEN_ROAMING * spn.hide_when_roaming
    return padded(bytes((display,)) + encode_alpha(spn.name, (size or 1 + _SPN_NAME_SIZE) - 1), size)


def _decode_spn(content: bytes) -> ServiceProviderName:
    if not content or content[0] & ~(_SHOW_PLMN_AT_HOME | _HIDE_WHEN_ROAMING):
        raise DecodeError("EF.SPN has a display condition that is not known")
    return ServiceProviderName(
        name=decode_alpha(content[1:]),
        show_plmn_at_home=bool(content[0] & _SHOW_PLMN_AT_HOME),
        hide_when_roaming=bool(content[0] & _HIDE_WHEN_ROAMING),
    )


def _encode_name(value: Any, size: int | None) -> bytes:
    name = build(NetworkName, value, short="full")
    content = tlv.encode(_FULL_NAME, CodedName(name.full, name.add_country).encode())
    if name.short is not None:
        content += tlv.encode(_SHORT_NAME, CodedName(name.short, name.add_country).encode())
    return padded(content + from_hex(name.extra, "extra"), size)


def _decode_name(content: bytes) -> NetworkName:
    objects = tlv.parse(content, padding=b"\xff")
    full, short = tlv.first(objects, _FULL_NAME), tlv.first(objects, _SHORT_NAME)
    if full is None:
        raise DecodeError("EF.PNN: no full name")
    named = CodedName.decode(full)
    return NetworkName(
        full=named.text,
        short=CodedName.decode(short).text if short is not None else None,
        add_country=named.add_country,
        extra=tlv.join(item for item in objects if item.tag not in (_FULL_NAME, _SHORT_NAME)).hex(),
    )


def _area_coding(clause: str, area_size: int) -> Coding:
    def encode(value: Any, size: int | None) -> bytes:
        row = build(NetworkArea, value)
        areas = number(row.first_area, area_size, "first_area") + number(row.last_area, area_size, "last_area")
        return padded(plmn_bytes(row.plmn) + areas + number(row.name_record, 1, "name_record"), size)

    def decode(content: bytes) -> NetworkArea:
        if len(content) < PLMN_SIZE + 2 * area_size + 1:
            raise DecodeError("the record is too short")
        first, last = PLMN_SIZE, PLMN_SIZE + area_size
        return NetworkArea(
            plmn=plmn_text(content[:PLMN_SIZE]),
            first_area=int.from_bytes(content[first:last]),
            last_area=int.from_bytes(content[last : last + area_size]),
            name_record=content[last + area_size],
        )

    return Coding(clause, encode, decode)


def _encode_spdi(value: Any, size: int | None) -> bytes:
    networks = b"".join(plmn_bytes(item) for item in many(value))
    return padded(tlv.encode(_SPDI, tlv.encode(_SPDI_LIST, networks)), size)


def _decode_spdi(content: bytes) -> tuple[str | None, ...]:
    outer = tlv.first(tlv.parse(content, padding=b"\xff"), _SPDI)
    if outer is None:
        raise DecodeError("EF.SPDI: no display information")
    networks = tlv.first(tlv.parse(outer), _SPDI_LIST)
    if networks is None or len(networks) % PLMN_SIZE:
        raise DecodeError("EF.SPDI: no list of networks")
    return tuple(plmn_text(entry) for entry in pieces(networks, PLMN_SIZE))


def _encode_epdg_list(value: Any, size: int | None) -> bytes:
    content = b""
    for item in many(value):
        row = build(EpdgNetwork, item, short="plmn")
        if row.fqdn not in _FQDN_FORMS:
            raise EncodeError(f"fqdn is one of {', '.join(_FQDN_FORMS)}")
        content += plmn_bytes(row.plmn) + number(row.priority, 2, "priority") + bytes((_FQDN_FORMS.index(row.fqdn),))
    return padded(tlv.encode(_SPDI_LIST, content), size)


def _decode_epdg_list(content: bytes) -> tuple[EpdgNetwork, ...]:
    rows = tlv.first(tlv.parse(content, padding=b"\xff"), _SPDI_LIST)
    if rows is None or len(rows) % _EPDG_ROW or any(row[-1] >= len(_FQDN_FORMS) for row in pieces(rows, _EPDG_ROW)):
        raise DecodeError("EF.ePDGSelection: no list of networks")
    return tuple(
        EpdgNetwork(plmn_text(row[:PLMN_SIZE]), int.from_bytes(row[PLMN_SIZE:5]), _FQDN_FORMS[row[5]])
        for row in pieces(rows, _EPDG_ROW)
    )


PLMN_LIST = Coding("TS 31.102 §4.2.16", _encode_list, _decode_list, blank=False)
PREFERRED_LIST = Coding("TS 31.102 §4.2.5", _encode_preferred, _decode_preferred, blank=False)
SPN = Coding("TS 31.102 §4.2.12", _encode_spn, _decode_spn)
PNN = Coding("TS 31.102 §4.2.58", _encode_name, _decode_name)
OPL = _area_coding("TS 31.102 §4.2.59", _LAC_SIZE)
OPL5G = _area_coding("TS 31.102 §4.4.11.9", _TAC_SIZE)
SPDI = Coding("TS 31.102 §4.2.66", _encode_spdi, _decode_spdi)
EPDG_SELECTION = Coding("TS 31.102 §4.2.104", _encode_epdg_list, _decode_epdg_list)
