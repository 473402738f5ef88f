"""Images and icons (TS 31.102 §4.6.1.1, 4.2.88, 4.2.89), and the title of the toolkit's menu."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simtool.codec import comprehension, tlv
from simtool.codec.text import decode_alpha, encode_alpha
from simtool.errors import DecodeError, EncodeError
from simtool.files.contents.base import Coding, Fields, build, from_hex, many, number, padded, stripped
from simtool.files.contents.parts import Part, choice, counted, raw, struct, uint

_INSTANCE_SIZE = 9
_URI, _RECORD = 0x80, 0x81
_TITLE = 0x05


@dataclass(frozen=True, slots=True)
class ImageInstance(Fields):
    """Where one form of an image lies: in the file `fid` (hex) at `offset`, `length` bytes."""

    width: int
    height: int
    coding: str | int
    fid: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Image:
    """A record of EF.IMG (TS 31.102 §4.6.1.1)."""

    instances: tuple[ImageInstance, ...] = ()
    rest: str = ""

    def __str__(self) -> str:
        return f"{len(self.instances)} forms"


@dataclass(frozen=True, slots=True)
class Icon:
    """A link to an icon in EF.SPNI or EF.PNNI (TS 31.102 §4.2.88): a `uri` or the record of EF.IMG in `image`.

    `usage`: alone (the icon stands for the name), with name, or a number.
    """

    uri: str | None = None
    image: int | None = None
    usage: str | int = "alone"

    def __str__(self) -> str:
        return self.uri if self.uri is not None else f"image {self.image}"


@dataclass(frozen=True, slots=True)
class MenuTitle:
    """EF.SUME (TS 51.011 §10.3.34): the title; further data objects in hex. `comprehension`: the bit in its tag."""

    title: str = ""
    comprehension: bool = True
    extra: str = ""

    def __str__(self) -> str:
        return self.title


_CODINGS = choice({0x11: "black and white", 0x21: "colour", 0x22: "colour with transparency"})
_USAGES = choice({0x01: "alone", 0x02: "with name"})
_INSTANCES = counted(
    struct(
        ImageInstance,
        ("width", uint(1)),
        ("height", uint(1)),
        ("coding", _CODINGS),
        ("fid", raw(2)),
        ("offset", uint(2)),
        ("length", uint(2)),
    )
)


def _encode_image(value: Any, size: int | None) -> bytes:
    given = build(Image, value, short="instances") if not isinstance(value, list | tuple) else Image(tuple(value))
    return padded(_INSTANCES.encode(given.instances, None) + from_hex(given.rest, "rest"), size)


def _decode_image(content: bytes) -> Image:
    instances = _INSTANCES.decode(content)
    return Image(instances, stripped(content[1 + _INSTANCE_SIZE * len(instances) :]).hex())


def _encode_icons(value: Any, size: int | None) -> bytes:
    content = b""
    for item in many(value):
        given = build(Icon, item, short="uri")
        if (given.uri is None) == (given.image is None):
            raise EncodeError("an icon is a uri or an image")
        tag, link = (_URI, given.uri.encode()) if given.uri is not None else (_RECORD, number(given.image, 1, "image"))
        content += tlv.encode(tag, _USAGES.encode(given.usage, 1) + link)
    return padded(content, size)


def _decode_icons(content: bytes) -> tuple[Icon, ...]:
    icons = []
    for item in tlv.parse(content, padding=b"\xff"):
        usage, link = item.value[:1], item.value[1:]
        if not usage or item.tag not in (_URI, _RECORD) or (item.tag == _RECORD and len(link) != 1):
            raise DecodeError(f"{item} is no icon")
        try:
            uri = link.decode() if item.tag == _URI else None
        except UnicodeDecodeError:
            raise DecodeError("not UTF-8") from None
        icons.append(Icon(uri, link[0] if item.tag == _RECORD else None, _USAGES.decode(usage)))
    return tuple(icons)


def _encode_title(value: Any, size: int | None) -> bytes:
    given = build(MenuTitle, value, short="title")
    content = comprehension.encode(_TITLE, encode_alpha(given.title), comprehension=given.comprehension)
    return padded(content + from_hex(given.extra, "extra"), size)


def _decode_title(content: bytes) -> MenuTitle:
    found = comprehension.parse(content, padding=b"\xff")
    if not found or found[0].tag != _TITLE:
        raise DecodeError("no title at the start")
    return MenuTitle(decode_alpha(found[0].value), found[0].comprehension, comprehension.join(found[1:]).hex())


_ICONS = Part(None, _encode_icons, _decode_icons)

FILES: Mapping[str, Coding] = {
    "EF.IMG": Coding("TS 31.102 §4.6.1.1", _encode_image, _decode_image),
    "EF.SPNI": _ICONS.coding("TS 31.102 §4.2.88"),
    "EF.PNNI": _ICONS.coding("TS 31.102 §4.2.89"),
    "EF.SUME": Coding("TS 51.011 §10.3.34", _encode_title, _decode_title),
}
