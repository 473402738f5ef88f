"""The data fields of INSTALL: values with their lengths, parameters, tokens (GPCS §11.5.2)."""

from __future__ import annotations

from dataclasses import dataclass

from simtool.codec import tlv
from simtool.codec.tlv import Tlv
from simtool.errors import CodecError
from simtool.softcard import status as sw
from simtool.softcard.globalplatform.reader import Reader
from simtool.softcard.status import StatusFault

APPLICATION_PARAMETERS, SYSTEM_PARAMETERS, CRT = 0xC9, 0xEF, 0xB6
UICC_PARAMETERS, SIM_PARAMETERS = 0xEA, 0xCA
_CODE_MEMORY, _VOLATILE, _NONVOLATILE, _IMPLICIT = 0xC6, 0xC7, 0xC8, 0xCF
_SERVICES = 0xCB


@dataclass(frozen=True, slots=True)
class Fields:
    """The parts of an INSTALL command, and all of it before the token, as tokens are made over it."""

    parts: tuple[bytes, ...]
    token: bytes
    signed: bytes


def split(data: bytes, count: int) -> Fields:
    """`count` values, each behind its length, then the token. 6A80 if that is not what `data` are.

    Lengths above 127 come as BER has them, 81 xx or 82 xxxx.
    """
    reader = Reader(data)
    parts = [reader.counted() for _ in range(count)]
    signed = data[: len(data) - len(reader.rest)]
    token = reader.counted()
    reader.end()
    return Fields(tuple(parts), token, signed)


def objects(value: bytes) -> list[Tlv]:
    """Data objects; 6A80 if they are none."""
    try:
        return tlv.parse(value)
    except CodecError:
        raise StatusFault(sw.WRONG_DATA) from None


@dataclass(frozen=True, slots=True)
class SystemParameters:
    """What EF says (table 11-49): bytes of code memory wanted, quotas, implicit selection, names of global services; 0
    or empty if absent."""

    code: int = 0
    volatile: int = 0
    nonvolatile: int = 0
    implicit: bytes = b""
    toolkit: bytes | None = None
    services: tuple[int, ...] = ()


def system_parameters(parameters: list[Tlv]) -> SystemParameters:
    """From the install parameters field. 6A80 for sizes that are not 2 or 4 bytes long, service names not of 2."""
    inner = objects(tlv.first(parameters, SYSTEM_PARAMETERS) or b"")

    def size(tag: int) -> int:
        raw = tlv.first(inner, tag)
        if raw is None:
            return 0
        if len(raw) not in (2, 4):
            raise StatusFault(sw.WRONG_DATA)
        return int.from_bytes(raw)

    services = tuple(one.value for one in inner if one.tag == _SERVICES)
    if any(len(one) % 2 or not one for one in services):
        raise StatusFault(sw.WRONG_DATA)
    names = b"".join(services)
    return SystemParameters(
        size(_CODE_MEMORY), size(_VOLATILE), size(_NONVOLATILE), tlv.first(inner, _IMPLICIT) or b"",
        tlv.first(inner, SIM_PARAMETERS), tuple(int.from_bytes(names[at : at + 2]) for at in range(0, len(names), 2)),
    )  # fmt: skip
