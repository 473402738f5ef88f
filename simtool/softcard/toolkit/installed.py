"""What the install parameters of a toolkit applet give it (TS 102 226 §8.2.1.3.2.2, TS 43.019 annex A).

That the parameters are well formed and within the card's limits was checked when the instance was made
(`globalplatform.toolkit_parameters`).
"""

from __future__ import annotations

from dataclasses import dataclass

from simtool.codec import tlv
from simtool.codec.tlv import Tlv
from simtool.softcard.globalplatform import fields
from simtool.softcard.globalplatform.fields import SIM_PARAMETERS, SYSTEM_PARAMETERS, UICC_PARAMETERS
from simtool.softcard.globalplatform.reader import Reader

_TOOLKIT = 0x80


@dataclass(frozen=True, slots=True)
class ToolkitParameters:
    """`menu` has position and identifier of each entry as they were asked for; 0 leaves it to the card."""

    priority: int
    timers: int
    text_length: int
    menu: tuple[tuple[int, int], ...]
    channels: int = 0
    services: int = 0

    @classmethod
    def of(cls, parameters: list[Tlv]) -> ToolkitParameters | None:
        """From an INSTALL command's parameters; None where they do not make a toolkit applet."""
        uicc = tlv.first(parameters, UICC_PARAMETERS)
        if uicc is not None:
            own = tlv.first(fields.objects(uicc), _TOOLKIT)
            return cls._read(Reader(own), services=True) if own is not None else None
        sim = tlv.first(fields.objects(tlv.first(parameters, SYSTEM_PARAMETERS) or b""), SIM_PARAMETERS)
        if sim is None:
            return None
        reader = Reader(sim)
        reader.take(reader.number())  # the access domain
        return cls._read(reader, services=False)

    @classmethod
    def _read(cls, reader: Reader, *, services: bool) -> ToolkitParameters:
        priority, timers, length, count = (reader.number() for _ in range(4))
        menu = tuple((reader.number(), reader.number()) for _ in range(count))
        channels = reader.number() if reader.rest else 0
        for _ in range(2):  # minimum security level, TARs
            if reader.rest:
                reader.take(reader.number())
        return cls(priority, timers, length, menu, channels, reader.number() if services and reader.rest else 0)
