"""Card contents for previews, made file by file from values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from simtool.codec.identifiers import Plmn
from simtool.files import contents
from simtool.files.path import FilePath
from simtool.perso.image import CardImage, Content, Unit
from simtool.perso.preview import Situation, Technology

USIM, GSM, TELECOM = "MF/ADF.USIM", "MF/DF.GSM", "MF/DF.TELECOM"
EVERY_SERVICE = (4, 19, 21, 45, 46, 47, 51, 71, 73, 74, 129)
EVERY_SIM_SERVICE = (9, 17, 18, 51, 52, 53, 56)
IMSI = "001010000000101"
_SIZES = {"EF.SPN": 17, "EF.OPL": 8, "EF.OPL5G": 10, "EF.FPLMN": 12, "EF.EHPLMN": 9, "EF.UST": 17, "EF.SST": 15}

Files = Mapping[str, Any]
"""Path below the application to a value, raw bytes, or a list of these: records (a tuple is one value)."""


def usim(files: Files | None = None, *, services: Iterable[int] = EVERY_SERVICE, off: Iterable[int] = ()) -> CardImage:
    """A USIM of 001-01 with these files and services."""
    on = tuple(number for number in services if number not in off)
    given: dict[str, Any] = {"EF.IMSI": IMSI, "EF.AD": {"mnc_length": 2}, "EF.UST": on}
    return _image({f"{USIM}/{name}": value for name, value in (given | dict(files or {})).items()})


def sim(files: Files | None = None, *, services: Iterable[int] = EVERY_SIM_SERVICE) -> CardImage:
    """A SIM (TS 51.011) of 001-01 with these files and services."""
    given: dict[str, Any] = {"EF.IMSI": IMSI, "EF.AD": {"mnc_length": 2}, "EF.SST": {"activated": tuple(services)}}
    given |= dict(files or {})
    telecom = ("EF.MSISDN", "EF.SDN")
    return _image({f"{TELECOM if name in telecom else GSM}/{name}": value for name, value in given.items()})


def both(first: CardImage, second: CardImage) -> CardImage:
    """One card with the files of two."""
    return CardImage({**first.units, **second.units})


def at(plmn: str, technology: str = "4G", area: int | None = None, **more: Any) -> Situation:
    return Situation(Plmn.parse(plmn), Technology(technology), area, **more)


def opl(plmn: bytes, first: int, last: int, record: int) -> bytes:
    """A record of EF.OPL, byte by byte (TS 31.102 §4.2.59)."""
    return plmn + first.to_bytes(2) + last.to_bytes(2) + bytes((record,))


def opl5g(plmn: bytes, first: int, last: int, record: int) -> bytes:
    """A record of EF.OPL5G, byte by byte (TS 31.102 §4.4.11.9)."""
    return plmn + first.to_bytes(3) + last.to_bytes(3) + bytes((record,))


def _image(files: Files) -> CardImage:
    units = {}
    for text, value in files.items():
        if value is None:
            continue
        path = FilePath(text)
        if isinstance(value, list):
            for number, item in enumerate(value, start=1):
                units[Unit(path, number)] = _content(path, item)
        else:
            units[Unit(path)] = _content(path, value)
    return CardImage(units)


def _content(path: FilePath, value: Any) -> Content:
    if isinstance(value, bytes):
        return Content.known(value)
    return Content.known(contents.encode(path, value, size=_SIZES.get(path.name)))
