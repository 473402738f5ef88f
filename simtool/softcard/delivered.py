"""One card of a product as its vendor delivers it: a number and codes of its own, the rest as all of them have it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from simtool.codec.identifiers import Iccid
from simtool.files.path import FilePath
from simtool.files.product import CardModel

EF_ICCID = FilePath("MF/EF.ICCID")


def delivered(model: CardModel, iccid: Iccid, codes: Mapping[str, bytes]) -> CardModel:
    """The product's description for the card with this ICCID; `codes` are PINs and ADM codes by name, 8 bytes each.

    A PIN that the product keeps in a file is put there, too. Raises `KeyError` for a name that the product has no PIN
    of.
    """
    named = {pin.name: pin for pin in model.pins}
    files = {**model.files, EF_ICCID: replace(model.file(EF_ICCID), content=iccid.encode())}
    for name, value in codes.items():
        pin = named[name]
        named[name] = replace(pin, value=value)
        layout = None if pin.file is None else model.file(pin.file).layout
        if pin.file is not None and layout is not None:
            files[pin.file] = replace(
                model.file(pin.file), content=layout.encode({"pin": value}, files[pin.file].content)
            )
    return replace(model, pins=tuple(named.values()), files=files)
