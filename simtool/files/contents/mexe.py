"""Root keys of the execution environment (TS 51.011 §10.4.2, TS 31.102 §4.4.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simtool.files.contents.base import Coding
from simtool.files.contents.parts import raw, struct, uint


@dataclass(frozen=True, slots=True)
class RootKey:
    """A record of EF.ORPK, EF.ARPK or EF.TPRPK: where a key or certificate lies, and its identifier in hex.

    `parameters`, `flags` and `certificate_type` are bytes of the clause; `tail` is the identifier with its length (and
    for EF.TPRPK the certificate's identifier behind it) in hex.
    """

    parameters: int
    flags: int
    certificate_type: int
    fid: str
    offset: int
    length: int
    tail: str = ""

    def __str__(self) -> str:
        return f"{self.length} bytes in {self.fid}"


_KEY = struct(
    RootKey,
    ("parameters", uint(1)),
    ("flags", uint(1)),
    ("certificate_type", uint(1)),
    ("fid", raw(2)),
    ("offset", uint(2)),
    ("length", uint(2)),
    ("tail", raw()),
)

FILES: Mapping[str, Coding] = {
    "EF.ORPK": _KEY.coding("TS 51.011 §10.4.2.2"),
    "EF.ARPK": _KEY.coding("TS 51.011 §10.4.2.3"),
    "EF.TPRPK": _KEY.coding("TS 51.011 §10.4.2.4"),
}
