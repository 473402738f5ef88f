"""Service tables: which services the card has (EF.UST, EF.IST, EF.EST, EF.SST)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from simtool.errors import EncodeError
from simtool.files.catalogue import service_table
from simtool.files.contents.base import Coding, build, many, padded

_MAX_SERVICE = 2040  # 255 bytes of bits


@dataclass(frozen=True, slots=True)
class SimServices:
    """EF.SST (TS 51.011 §10.3.7): services by number; the `activated` ones are allocated too."""

    activated: tuple[int, ...] = ()
    allocated: tuple[int, ...] = ()

    def __str__(self) -> str:
        return ", ".join(map(str, self.activated))


def service_coding(clause: str, table: str) -> Coding:
    """One bit per service. Values are numbers; names of the table are read too."""

    def encode(value: Any, size: int | None) -> bytes:
        return padded(_bits(_numbers(value, table)), size, fill=b"\0")

    return Coding(clause, encode, lambda content: _set_bits(content), blank=False)


def _encode_sim(value: Any, size: int | None) -> bytes:
    if not isinstance(value, SimServices) and not hasattr(value, "keys"):
        value = SimServices(activated=tuple(_numbers(value, "SST")))
    services = build(SimServices, value)
    bits = []
    for service in _numbers(services.activated, "SST"):
        bits += [2 * service - 1, 2 * service]
    bits += [2 * service - 1 for service in _numbers(services.allocated, "SST")]
    return padded(_bits(bits), size, fill=b"\0")


def _decode_sim(content: bytes) -> SimServices:
    bits = set(_set_bits(content))
    services = sorted({(bit + 1) // 2 for bit in bits})
    activated = tuple(service for service in services if 2 * service in bits)
    return SimServices(activated, tuple(service for service in services if service not in activated))


def _numbers(value: Any, table: str) -> list[int]:
    known, numbers = service_table(table), []
    for item in many(value):
        number = known.number(item) if isinstance(item, int | str) and not isinstance(item, bool) else 0
        if not 1 <= number <= _MAX_SERVICE:
            raise EncodeError(f"{table}: a service is a name, or a number from 1 to {_MAX_SERVICE}, not {item!r}")
        numbers.append(number)
    return numbers


def _bits(numbers: Iterable[int]) -> bytes:
    """Bytes in which the bits of these numbers are set; number 1 is the lowest bit of the first byte."""
    content = bytearray()
    for number in numbers:
        content.extend(bytes(max(0, (number + 7) // 8 - len(content))))
        content[(number - 1) // 8] |= 1 << (number - 1) % 8
    return bytes(content)


def _set_bits(content: bytes) -> tuple[int, ...]:
    return tuple(8 * i + bit + 1 for i, byte in enumerate(content) for bit in range(8) if byte >> bit & 1)


UST = service_coding("TS 31.102 §4.2.8", "UST")
EST = service_coding("TS 31.102 §4.2.47", "EST")
IST = service_coding("TS 31.103 §4.2.7", "IST")
MST = service_coding("TS 31.102 §4.6.4.1", "MST")
VST = service_coding("TS 31.102 §4.6.5.2", "VST")
PST = service_coding("TS 31.102 §4.4.8.11", "PST")
MEXE_ST = service_coding("TS 51.011 §10.4.2.1", "MEXE_ST")
PROSE_5G = service_coding("TS 31.102 §4.4.13.2", "PROSE_5G")
SST = Coding("TS 51.011 §10.3.7", _encode_sim, _decode_sim, blank=False)
