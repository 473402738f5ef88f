"""What a wish is: values for a file, wherever the standards keep it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from simtool.errors import EncodeError
from simtool.files import contents
from simtool.files.catalogue import service_table
from simtool.files.path import FilePath
from simtool.perso.image import Content
from simtool.perso.record import CardRecord

USIM, GSM, TELECOM, ISIM = "MF/ADF.USIM", "MF/DF.GSM", "MF/DF.TELECOM", "MF/ADF.ISIM"
ContentCoding = Callable[[FilePath, Any, int | None], Content]
"""Makes the content of a file or record of so many bytes; None: of as few as hold the value."""


def whole(path: FilePath, value: Any, size: int | None) -> Content:
    """A file or record whose every byte is wanted."""
    return Content.known(contents.encode(path, value, size=size))


def administrative_data(path: FilePath, mnc_length: int, size: int | None) -> Content:
    """EF.AD: normal operation and the length of the network code; the bytes between stay as they are."""
    data = contents.encode(path, {"mode": "normal", "mnc_length": mnc_length}, size=None)
    return Content(data[:size], bytes.fromhex("ff00000f")[:size])  # older cards have three bytes, without that length


def service_bits(path: FilePath, services: Mapping[int, bool], size: int | None) -> Content:
    """A service table: only the bits of these services, on or off. Services beyond the file's end are left out."""
    bits = service_table(path.name.removeprefix("EF.")).bits
    size = (max(services) * bits + 7) // 8 if size is None else size
    data, mask = bytearray(size), bytearray(size)
    for number, on in services.items():
        first = (number - 1) * bits
        if first // 8 < size:
            field = (1 << bits) - 1 << first % 8
            mask[first // 8] |= field
            data[first // 8] |= field if on else 0
    return Content(bytes(data), bytes(mask))


def every_service(path: FilePath, services: Mapping[int, bool], size: int | None) -> Content:
    """The same where no service may be left out: a file whose service cannot be switched on is never looked at."""
    bits = service_table(path.name.removeprefix("EF.")).bits
    last = [(number, (number - 1) * bits // 8) for number, on in services.items() if on]
    missing = [str(number) for number, byte in last if size is not None and byte >= size]
    if missing:
        raise EncodeError(f"{path} has {size} bytes and no room for service {', '.join(missing)}")
    return service_bits(path, services, size)


@dataclass(frozen=True, slots=True)
class Wish:
    """Values for the same file in one or more places.

    `values` are those of records counting from `first_record`, or the single one of a transparent file. `origin` is the
    part of the profile that asks (several parted by commas); a product answers it with any place of any wish of that
    origin, and has to if one of them is `required`. `field` is the layout field under which some products keep this
    value beside their keys. `derived` says from what the value follows, empty where the profile gives it.
    """

    origin: str
    paths: tuple[FilePath, ...]
    values: tuple[Any, ...]
    coding: ContentCoding = whole
    required: bool = False
    first_record: int = 1
    field: str = ""
    derived: str = ""


@dataclass(frozen=True, slots=True)
class CardWish:
    """A wish whose values come from the card's record, the only thing in it that differs from card to card.

    `frame` is the wish without values, `values_of` gives those of a record (None: this card asks for nothing), `shown`
    says for people what stands there, with holes for the card's own: {imsi}.
    """

    frame: Wish
    values_of: Callable[[CardRecord], tuple[Any, ...] | None]
    shown: str

    def of(self, record: CardRecord) -> Wish | None:
        values = self.values_of(record)
        return None if values is None else replace(self.frame, values=values)


def wish(origin: str, places: Iterable[str], *values: Any, required: bool = True, **more: Any) -> Wish:
    return Wish(origin, tuple(map(FilePath, places)), values, required=required, **more)


def card_wish(
    origin: str,
    places: Iterable[str],
    values_of: Callable[[CardRecord], tuple[Any, ...] | None],
    shown: str,
    *,
    required: bool = True,
    **more: Any,
) -> CardWish:
    return CardWish(wish(origin, places, required=required, **more), values_of, shown)


def both(name: str) -> tuple[str, str]:
    """The USIM's file and its twin for 2G phones."""
    return f"{USIM}/{name}", f"{GSM}/{name}"
