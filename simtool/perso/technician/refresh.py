"""Making a phone search and register anew: clear what networks and phone left on the card about where it was.

The contents are those that TS 31.102 Annex E suggests for a card that was never registered: no temporary identity, the
home network, area code 0000 and the status "not updated"; no forbidden networks. The layouts are those of TS 31.102
§4.2.16, §4.2.17, §4.2.23, §4.2.91, §4.4.11.2 and §4.4.11.3, and of TS 51.011 §10.3.16, §10.3.17 and §10.3.33.
"""

from __future__ import annotations

from simtool.codec.identifiers import Plmn
from simtool.files.path import FilePath
from simtool.files.product import CardModel
from simtool.perso.image import Content, Unit
from simtool.perso.rooms import place_of

ORIGIN = "refresh-net"
NOT_UPDATED = b"\x01"
NO_NETWORK = b"\xff\xff\xff"
PLACES = {
    "MF/ADF.USIM/EF.FPLMN": "TS 31.102 §4.2.16",
    "MF/ADF.USIM/EF.LOCI": "TS 31.102 §4.2.17",
    "MF/ADF.USIM/EF.PSLOCI": "TS 31.102 §4.2.23",
    "MF/ADF.USIM/EF.EPSLOCI": "TS 31.102 §4.2.91",
    "MF/ADF.USIM/DF.5GS/EF.5GS3GPPLOCI": "TS 31.102 §4.4.11.2",
    "MF/ADF.USIM/DF.5GS/EF.5GSN3GPPLOCI": "TS 31.102 §4.4.11.3",
    "MF/DF.GSM/EF.FPLMN": "TS 51.011 §10.3.16",
    "MF/DF.GSM/EF.LOCI": "TS 51.011 §10.3.17",
    "MF/DF.GSM/EF.LOCIGPRS": "TS 51.011 §10.3.33",
}
_LAYOUTS = {
    # length of the temporary identity, then the area behind the network, then what is reserved
    "EF.LOCI": (4, b"\x00\x00", b"\xff"),
    "EF.PSLOCI": (7, b"\x00\x00\xff", b""),
    "EF.LOCIGPRS": (7, b"\x00\x00\xff", b""),
    "EF.EPSLOCI": (12, b"\x00\x00", b""),
    "EF.5GS3GPPLOCI": (13, b"\x00\x00\x00", b""),
    "EF.5GSN3GPPLOCI": (13, b"\x00\x00\x00", b""),
}


def network_state(model: CardModel, home: Plmn | None) -> dict[Unit, Content]:
    """The wanted content of every such file that the product has, linked ones once."""
    wanted: dict[Unit, Content] = {}
    for path in map(FilePath, PLACES):
        place = place_of(model, path)
        if place is not None:
            content = default_content(path, home, model.file(path).size or 0)
            wanted.setdefault(Unit(place), Content.known(content))
    return wanted


def default_content(path: FilePath, home: Plmn | None, size: int) -> bytes:
    """What the file holds before the first registration, filled to its size."""
    if path.name not in _LAYOUTS:
        return b"\xff" * size
    identity, area, reserved = _LAYOUTS[path.name]
    network = home.encode() if home is not None else NO_NETWORK
    return (b"\xff" * identity + network + area + reserved + NOT_UPDATED).ljust(size, b"\xff")[:size]
