"""DF.5GS and DF.SNPN but for keys, locations and names (TS 31.102 §4.4.11, 4.4.12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simtool.codec import tlv
from simtool.codec.identifiers import PLMN_SIZE
from simtool.errors import DecodeError
from simtool.files.contents.base import Coding, Fields, build, from_hex, many, padded, plmn_bytes, plmn_text
from simtool.files.contents.ims import texts_coding
from simtool.files.contents.objects import PLAIN, Row, objects, single
from simtool.files.contents.parts import choice, flags, optional, raw, settings, struct, uint, utf8
from simtool.files.contents.simple import number_coding

_URSP = 0x80
_PRESENT = ("wait range", "return range", "visited lists", "home list")


@dataclass(frozen=True, slots=True)
class SupiNai:
    """EF.SUPI_NAI (TS 31.102 §4.4.11.10): the subscriber's identity where it is no IMSI."""

    network_specific: str | None = None
    global_line: str | None = None
    global_cable: str | None = None
    extra: str = ""

    def __str__(self) -> str:
        return self.network_specific or self.global_line or self.global_cable or ""


@dataclass(frozen=True, slots=True)
class NetworkPolicies:
    """A part of EF.URSP: a network, and its rules as TS 24.526 §5.2 codes them, in hex."""

    plmn: str | None
    rules: str = ""

    def __str__(self) -> str:
        return f"{self.plmn}: {len(self.rules) // 2} bytes of rules"


@dataclass(frozen=True, slots=True)
class DisasterRoaming(Fields):
    """EF.DRI (TS 31.102 §4.4.11.17). `absent`: the parameters that the file does not give, by name.

    The ranges are minimum and maximum of TS 24.501 in hex, `rest` the list of networks where the file has it.
    """

    enabled: tuple[str, ...] = ()
    absent: tuple[str, ...] = (*_PRESENT, "bit 5", "bit 6", "bit 7", "bit 8")
    wait_range: str | None = None
    return_range: str | None = None
    applicability: int | None = None
    rest: str = ""


@dataclass(frozen=True, slots=True)
class SnpnIdentifier(Fields):
    """A record of EF.NID (TS 31.102 §4.4.12.3): how the number was assigned (TS 23.003 §12.7), and it, in hex."""

    assignment: str | int
    identifier: str


def _encode_policies(value: Any, size: int | None) -> bytes:
    content = b""
    for item in many(value):
        given = build(NetworkPolicies, item)
        rules = from_hex(given.rules, "rules")
        content += plmn_bytes(given.plmn) + tlv.encode_length(len(rules)) + rules
    return padded(tlv.encode(_URSP, content), size)


def _decode_policies(content: bytes) -> tuple[NetworkPolicies, ...]:
    rest = single(_URSP, raw()).decode(content)
    data, start, policies = bytes.fromhex(rest), 0, []
    while start < len(data):
        length, begin = tlv.decode_length(data, start + PLMN_SIZE)
        if begin + length > len(data):
            raise DecodeError("a network's rules are cut short")
        policies.append(NetworkPolicies(plmn_text(data[start : start + PLMN_SIZE]), data[begin : begin + length].hex()))
        start = begin + length
    return tuple(policies)


FILES: Mapping[str, Coding] = {
    "EF.UAC_AIC": settings("TS 31.102 §4.4.11.7", "multimedia priority service", "mission critical services"),
    "EF.SUPI_NAI": objects(
        SupiNai,
        Row(0x80, "network_specific", utf8()),
        Row(0x81, "global_line", utf8()),
        Row(0x82, "global_cable", utf8()),
        short="network_specific",
    ).coding("TS 31.102 §4.4.11.10"),
    "EF.URSP": Coding("TS 31.102 §4.4.11.12", _encode_policies, _decode_policies),
    "EF.TN3GPPSNN": texts_coding("TS 31.102 §4.4.11.13"),
    "EF.CAG": PLAIN.coding("TS 31.102 §4.4.11.14"),
    "EF.SOR-CMCI": PLAIN.coding("TS 31.102 §4.4.11.15"),
    "EF.DRI": struct(
        DisasterRoaming,
        ("enabled", flags("disaster roaming")),
        ("absent", flags(*_PRESENT)),
        ("wait_range", optional(raw(2))),
        ("return_range", optional(raw(2))),
        ("applicability", optional(uint(1))),
    ).coding("TS 31.102 §4.4.11.17"),
    "EF.MCHPPLMN": number_coding("TS 31.102 §4.4.11.20", 1, blank=True),
    "EF.PWS_SNPN": settings("TS 31.102 §4.4.12.2", "ignore in subscribed", "ignore in others"),
    "EF.NID": struct(
        SnpnIdentifier,
        ("assignment", choice({0: "coordinated, option 1", 1: "self", 2: "coordinated, option 2"})),
        ("identifier", raw(5)),
    ).coding("TS 31.102 §4.4.12.3"),
}
