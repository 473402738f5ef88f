"""Keys and contexts that phone and network leave in the USIM: EPS and 5G contexts, bootstrapping, MBMS.

Fields with keys do not show in the value's repr.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simtool.errors import DecodeError
from simtool.files.contents.base import Coding, Fields, build, from_hex, number, padded, stripped
from simtool.files.contents.objects import Row, objects
from simtool.files.contents.parts import counted, exact, raw, struct, uint, utf8

_SECURITY_CONTEXT = 0xA0


@dataclass(frozen=True, slots=True)
class EpsContext:
    """A record of EF.EPSNSC (TS 31.102 §4.2.92): KSI (7: none), K_ASME in hex, NAS counts, algorithms in hex."""

    ksi: int | str | None = 7
    key: str | None = field(default=None, repr=False)
    uplink: int | str | None = None
    downlink: int | str | None = None
    algorithms: str | None = None
    extra: str = ""
    rest: str = ""

    def __str__(self) -> str:
        return f"key set {self.ksi}"


@dataclass(frozen=True, slots=True)
class NasContext5g:
    """A record of EF.5GS3GPPNSC or EF.5GSN3GPPNSC (TS 31.102 §4.4.11.4): ngKSI (7: none), K_AMF in hex, NAS counts,
    algorithms of 5GS and of EPS in hex.
    """

    ksi: int | str | None = 7
    key: str | None = field(default=None, repr=False)
    uplink: int | str | None = None
    downlink: int | str | None = None
    algorithms: str | None = None
    eps_algorithms: str | None = None
    extra: str = ""
    rest: str = ""

    def __str__(self) -> str:
        return f"key set {self.ksi}"


@dataclass(frozen=True, slots=True)
class AnchorKeys:
    """EF.5GAUTHKEYS (TS 31.102 §4.4.11.6): K_AUSF and K_SEAF in hex; further data objects in hex."""

    k_ausf: str | None = field(default=None, repr=False)
    k_seaf: str | None = field(default=None, repr=False)
    extra: str = field(default="", repr=False)

    def __str__(self) -> str:
        return "keys of 5G"


@dataclass(frozen=True, slots=True)
class Bootstrapping:
    """EF.GBABP (TS 31.102 §4.2.79): RAND in hex, B-TID, lifetime in hex."""

    rand: str = ""
    b_tid: str = ""
    lifetime: str = ""
    rest: str = ""

    def __str__(self) -> str:
        return self.b_tid


@dataclass(frozen=True, slots=True)
class BootstrappedServer(Fields):
    """A record of EF.GBANL (TS 31.102 §4.2.83): a server's NAF_ID in hex, and the B-TID used with it."""

    naf_id: str | None = None
    b_tid: str | None = None
    extra: str = ""


@dataclass(frozen=True, slots=True)
class ServiceKey(Fields):
    """A key of MBMS in EF.MSK: its number in hex and its counter."""

    key_id: str
    counter: int


@dataclass(frozen=True, slots=True)
class ServiceKeys(Fields):
    """A record of EF.MSK (TS 31.102 §4.2.80): key domain in hex, and its keys."""

    domain: str
    keys: tuple[ServiceKey, ...] = ()


@dataclass(frozen=True, slots=True)
class UserKeyName(Fields):
    """The two parts of a user key's name in EF.MUK, in hex."""

    receiver: str | None = None
    initiator: str | None = None
    extra: str = ""


@dataclass(frozen=True, slots=True)
class UserKey(Fields):
    """A record of EF.MUK (TS 31.102 §4.2.81): the key's name, and its counter."""

    name: UserKeyName | str | None = None
    counter: int | str | None = None
    extra: str = ""


_COUNTS = (
    Row(0x80, "ksi", uint(1)),
    Row(0x81, "key", exact()),
    Row(0x82, "uplink", uint(4)),
    Row(0x83, "downlink", uint(4)),
    Row(0x84, "algorithms", exact()),
)
_CONTEXT_5G = objects(NasContext5g, *_COUNTS, Row(0x85, "eps_algorithms", exact()), outer=_SECURITY_CONTEXT)


def _encode_bootstrapping(value: Any, size: int | None) -> bytes:
    given = build(Bootstrapping, value)
    parts = (from_hex(given.rand, "rand"), given.b_tid.encode(), from_hex(given.lifetime, "lifetime"))
    content = b"".join(number(len(part), 1, "length") + part for part in parts)
    return padded(content + from_hex(given.rest, "rest"), size)


def _decode_bootstrapping(content: bytes) -> Bootstrapping:
    parts, rest = [], content
    for _ in range(3):
        if not rest or len(rest) < 1 + rest[0]:
            raise DecodeError("a length says more than there is")
        parts.append(rest[1 : 1 + rest[0]])
        rest = rest[1 + rest[0] :]
    return Bootstrapping(parts[0].hex(), utf8().decode(parts[1]), parts[2].hex(), stripped(rest).hex())


FILES: Mapping[str, Coding] = {
    "EF.EPSNSC": objects(EpsContext, *_COUNTS, outer=_SECURITY_CONTEXT).coding("TS 31.102 §4.2.92"),
    "EF.5GS3GPPNSC": _CONTEXT_5G.coding("TS 31.102 §4.4.11.4"),
    "EF.5GSN3GPPNSC": _CONTEXT_5G.coding("TS 31.102 §4.4.11.5"),
    "EF.5GAUTHKEYS": objects(AnchorKeys, Row(0x80, "k_ausf", exact()), Row(0x81, "k_seaf", exact())).coding(
        "TS 31.102 §4.4.11.6"
    ),
    "EF.GBABP": Coding("TS 31.102 §4.2.79", _encode_bootstrapping, _decode_bootstrapping),
    "EF.GBANL": objects(BootstrappedServer, Row(0x80, "naf_id", exact()), Row(0x81, "b_tid", utf8())).coding(
        "TS 31.102 §4.2.83"
    ),
    "EF.MSK": struct(
        ServiceKeys,
        ("domain", raw(3)),
        ("keys", counted(struct(ServiceKey, ("key_id", raw(4)), ("counter", uint(4))))),
    ).coding("TS 31.102 §4.2.80"),
    "EF.MUK": objects(
        UserKey,
        Row(0xA0, "name", objects(UserKeyName, Row(0x80, "receiver", exact()), Row(0x82, "initiator", exact()))),
        Row(0x81, "counter", uint(4)),
    ).coding("TS 31.102 §4.2.81"),
}
