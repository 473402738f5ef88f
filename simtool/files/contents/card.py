"""What the card says about itself: its applications (EF.DIR) and its access rules (EF.ARR)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simtool.codec import tlv
from simtool.codec.access import AccessRules, decode_expanded
from simtool.errors import DecodeError, EncodeError
from simtool.files.contents.base import Coding, build, from_hex, padded
from simtool.files.contents.parts import flags, struct, uint

_APPLICATION, _AID, _LABEL = 0x61, 0x4F, 0x50


@dataclass(frozen=True, slots=True)
class Application:
    """A record of EF.DIR (TS 102 221 §13.1): AID in hex, label, further data objects in hex."""

    aid: str
    label: str = ""
    extra: str = ""

    def __str__(self) -> str:
        return f"{self.aid} {self.label}".rstrip()


@dataclass(frozen=True, slots=True)
class PowerLimits:
    """EF.UMPC (TS 102 221 §13.6): the operator's limits for an application: milliampere, seconds; what the card has."""

    current: int
    time: int
    has: tuple[str, ...] = ()
    rest: str = ""

    def __str__(self) -> str:
        return f"{self.current} mA"


def _encode_application(value: Any, size: int | None) -> bytes:
    application = build(Application, value, short="aid")
    content = tlv.encode(_AID, from_hex(application.aid, "AID"))
    if application.label:
        content += tlv.encode(_LABEL, application.label.encode())
    return padded(tlv.encode(_APPLICATION, content + from_hex(application.extra, "extra")), size)


def _decode_application(content: bytes) -> Application:
    template = tlv.first(tlv.parse(content, padding=b"\xff"), _APPLICATION)
    objects = tlv.parse(template) if template is not None else []
    aid, label = tlv.first(objects, _AID), tlv.first(objects, _LABEL)
    if aid is None:
        raise DecodeError("EF.DIR: no application identifier")
    try:
        text = (label or b"").decode()
    except UnicodeDecodeError:
        raise DecodeError("EF.DIR: the label is not UTF-8") from None
    return Application(aid.hex(), text, tlv.join(item for item in objects if item.tag not in (_AID, _LABEL)).hex())


def _encode_rules(value: Any, size: int | None) -> bytes:
    if not isinstance(value, AccessRules):
        raise EncodeError("access rules are given as AccessRules, or in hex")
    return padded(value.encode_expanded(), size)


DIR = Coding("TS 102 221 §13.1", _encode_application, _decode_application)
ARR = Coding("TS 102 221 §13.4", _encode_rules, lambda content: decode_expanded(content))
UMPC = struct(
    PowerLimits,
    ("current", uint(1)),
    ("time", uint(1)),
    ("has", flags("increased idle current", "suspension")),
).coding("TS 102 221 §13.6")
