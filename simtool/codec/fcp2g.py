"""The answer of a classic SIM to SELECT in class A0 (TS 51.011 §9.2.1, §9.3): fixed positions instead of data objects.

UICC that also answer class A0 use the same layout. The newer form is `simtool.codec.fcp`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from simtool.errors import DecodeError, EncodeError

DF_MIN_SIZE = 22
EF_MIN_SIZE = 14
ALWAYS, NEVER = 0x0, 0xF
_MF, _DF, _EF = 0x01, 0x02, 0x04
_NOT_INVALIDATED, _READABLE_WHEN_INVALIDATED = 0x01, 0x04
_INITIALISED, _TRIES = 0x80, 0x0F
_INCREASE_ALLOWED = 0x40


class Structure2g(IntEnum):
    """Byte 14 of an EF's answer (TS 51.011 §9.3)."""

    TRANSPARENT = 0
    LINEAR_FIXED = 1
    CYCLIC = 3


@dataclass(frozen=True, slots=True)
class SecretStatus:
    """One CHV or UNBLOCK CHV: tries left, and whether a secret is there at all."""

    tries: int
    initialised: bool = True

    def encode(self) -> int:
        if not 0 <= self.tries <= _TRIES:
            raise EncodeError(f"{self.tries} tries do not fit a nibble")
        return (_INITIALISED if self.initialised else 0) | self.tries

    @classmethod
    def decode(cls, raw: int) -> SecretStatus:
        return cls(raw & _TRIES, bool(raw & _INITIALISED))


@dataclass(frozen=True, slots=True)
class Access2g:
    """Access conditions of an EF, one nibble each: 0 always, 1 CHV1, 2 CHV2, 4 to E administrative, F never."""

    read: int = ALWAYS
    update: int = NEVER
    increase: int = NEVER
    rehabilitate: int = NEVER
    invalidate: int = NEVER
    reserved: int = NEVER

    def encode(self) -> bytes:
        nibbles = (self.read, self.update, self.increase, self.reserved, self.rehabilitate, self.invalidate)
        if not all(0 <= nibble <= 0xF for nibble in nibbles):
            raise EncodeError(f"access conditions {nibbles} do not fit a nibble each")
        return bytes(nibbles[i] << 4 | nibbles[i + 1] for i in (0, 2, 4))

    @classmethod
    def decode(cls, raw: bytes) -> Access2g:
        read, update, increase, reserved, rehabilitate, invalidate = (n for b in raw for n in (b >> 4, b & 0xF))
        return cls(read, update, increase, rehabilitate, invalidate, reserved)


def condition_name(nibble: int) -> str:
    """What an access condition nibble is called (TS 51.011 §7.3)."""
    return {0x0: "ALW", 0x1: "CHV1", 0x2: "CHV2", 0x3: "RFU", 0xF: "NEV"}.get(nibble, f"ADM_{nibble:X}")


@dataclass(frozen=True, slots=True)
class DfInfo2g:
    """Answer for the MF or a DF. `reserved` are bytes 1, 2, 8 to 12 and 18; `trailing` what follows byte 22."""

    fid: int
    is_mf: bool
    available_memory: int = 0
    characteristics: int = 0
    child_dfs: int = 0
    child_efs: int = 0
    chv_count: int = 0
    chv1: SecretStatus = SecretStatus(0, False)
    unblock_chv1: SecretStatus = SecretStatus(0, False)
    chv2: SecretStatus = SecretStatus(0, False)
    unblock_chv2: SecretStatus = SecretStatus(0, False)
    trailing: bytes = b""
    reserved: bytes = bytes(8)

    @property
    def chv1_disabled(self) -> bool:
        """Bit 8 of the file characteristics (TS 51.011 §9.3)."""
        return bool(self.characteristics & 0x80)

    def encode(self) -> bytes:
        """The whole answer. Raises `EncodeError` if a number does not fit its field."""
        secrets = (self.chv1, self.unblock_chv1, self.chv2, self.unblock_chv2)
        if len(self.reserved) != 8:
            raise EncodeError(f"the reserved bytes are 8, these are {len(self.reserved)}")
        body = bytes(
            _byte(value, what)
            for what, value in (
                ("file characteristics", self.characteristics),
                ("number of DFs", self.child_dfs),
                ("number of EFs", self.child_efs),
                ("number of CHVs", self.chv_count),
            )
        )
        body += self.reserved[7:] + bytes(secret.encode() for secret in secrets) + self.trailing
        head = self.reserved[:2] + _word(self.available_memory, "memory") + _word(self.fid, "FID")
        head += bytes((_MF if self.is_mf else _DF,)) + self.reserved[2:7]
        return head + bytes((_byte(len(body), "length"),)) + body


@dataclass(frozen=True, slots=True)
class EfInfo2g:
    """Answer for an EF. `reserved` are bytes 1, 2 and 8 (without its increase bit); `trailing` what follows."""

    fid: int
    structure: Structure2g
    size: int
    record_length: int = 0
    access: Access2g = Access2g()
    invalidated: bool = False
    readable_when_invalidated: bool = False
    increase_allowed: bool = False
    trailing: bytes = b""
    reserved: bytes = bytes(3)
    has_record_length: bool = True
    other_status: int = 0

    @property
    def record_count(self) -> int | None:
        """Records in the file, None if it has none or does not say how long they are."""
        if self.structure is Structure2g.TRANSPARENT or not self.record_length:
            return None
        return self.size // self.record_length

    def encode(self) -> bytes:
        """The whole answer. Raises `EncodeError` if a number does not fit its field."""
        if len(self.reserved) != 3:
            raise EncodeError(f"the reserved bytes are 3, these are {len(self.reserved)}")
        if not self.has_record_length and (self.record_length or self.trailing):
            raise EncodeError("an answer without a record length byte ends there")
        if self.reserved[2] & _INCREASE_ALLOWED or self.other_status & (_NOT_INVALIDATED | _READABLE_WHEN_INVALIDATED):
            raise EncodeError("reserved bits contain one that has a name")
        status = 0 if self.invalidated else _NOT_INVALIDATED
        status |= _READABLE_WHEN_INVALIDATED if self.readable_when_invalidated else 0
        status |= _byte(self.other_status, "file status")
        body = bytes((self.structure,))
        if self.has_record_length:
            body += bytes((_byte(self.record_length, "record length"),)) + self.trailing
        increase = _INCREASE_ALLOWED if self.increase_allowed else 0
        head = self.reserved[:2] + _word(self.size, "size") + _word(self.fid, "FID")
        head += bytes((_EF, self.reserved[2] | increase)) + self.access.encode() + bytes((status,))
        return head + bytes((_byte(len(body), "length"),)) + body


Fcp2g = DfInfo2g | EfInfo2g


def decode_fcp2g(raw: bytes) -> Fcp2g:
    """Read the answer to SELECT (GET RESPONSE) of class A0.

    Raises `DecodeError` if it is too short, not as long as it says, or names no known type of file or structure.
    """
    if len(raw) < EF_MIN_SIZE:
        raise DecodeError(f"{len(raw)} bytes are too short for the answer to SELECT")
    kind, fid = raw[6], int.from_bytes(raw[4:6])
    if raw[12] != len(raw) - 13:
        raise DecodeError(f"the answer to SELECT says {raw[12]} bytes follow byte 13, there are {len(raw) - 13}")
    if kind == _EF:
        return _decode_ef(raw, fid)
    if kind not in (_MF, _DF):
        raise DecodeError(f"type of file {kind:02X} is neither MF, DF nor EF")
    if len(raw) < DF_MIN_SIZE:
        raise DecodeError(f"{len(raw)} bytes are too short for the answer of a DF")
    return DfInfo2g(
        fid=fid,
        is_mf=kind == _MF,
        available_memory=int.from_bytes(raw[2:4]),
        characteristics=raw[13],
        child_dfs=raw[14],
        child_efs=raw[15],
        chv_count=raw[16],
        chv1=SecretStatus.decode(raw[18]),
        unblock_chv1=SecretStatus.decode(raw[19]),
        chv2=SecretStatus.decode(raw[20]),
        unblock_chv2=SecretStatus.decode(raw[21]),
        trailing=bytes(raw[22:]),
        reserved=bytes(raw[:2] + raw[7:12] + raw[17:18]),
    )


def _decode_ef(raw: bytes, fid: int) -> EfInfo2g:
    try:
        structure = Structure2g(raw[13])
    except ValueError:
        raise DecodeError(f"EF structure {raw[13]:02X} is neither transparent, linear fixed nor cyclic") from None
    return EfInfo2g(
        fid=fid,
        structure=structure,
        size=int.from_bytes(raw[2:4]),
        record_length=raw[14] if len(raw) > EF_MIN_SIZE else 0,
        access=Access2g.decode(raw[8:11]),
        invalidated=not raw[11] & _NOT_INVALIDATED,
        readable_when_invalidated=bool(raw[11] & _READABLE_WHEN_INVALIDATED),
        increase_allowed=bool(raw[7] & _INCREASE_ALLOWED),
        trailing=bytes(raw[15:]),
        reserved=bytes(raw[:2]) + bytes((raw[7] & ~_INCREASE_ALLOWED,)),
        has_record_length=len(raw) > EF_MIN_SIZE,
        other_status=raw[11] & ~(_NOT_INVALIDATED | _READABLE_WHEN_INVALIDATED),
    )


def _byte(value: int, what: str) -> int:
    if not 0 <= value <= 0xFF:
        raise EncodeError(f"{what} {value} does not fit one byte")
    return value


def _word(value: int, what: str) -> bytes:
    if not 0 <= value <= 0xFFFF:
        raise EncodeError(f"{what} {value} does not fit two bytes")
    return value.to_bytes(2)
