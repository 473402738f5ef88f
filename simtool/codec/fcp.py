"""File control parameters: what SELECT and STATUS tell about a file (TS 102 221 §11.1.1.3, §11.1.1.4).

The answer of a classic SIM (class A0) is another layout: `simtool.codec.fcp2g`. What the security attributes mean is
decoded by `simtool.codec.access`; here they stay one data object.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from simtool.codec import tlv
from simtool.codec.tlv import Tlv
from simtool.errors import DecodeError, EncodeError

FCP_TEMPLATE = 0x62
DATA_CODING_UICC = 0x21
MF_FID = 0x3F00

_DESCRIPTOR, _FID, _DF_NAME, _PROPRIETARY = 0x82, 0x83, 0x84, 0xA5
_LIFE_CYCLE, _PIN_STATUS, _SIZE, _TOTAL_SIZE, _SFI = 0x8A, 0xC6, 0x80, 0x81, 0x88
_PS_BITMAP, _PS_USAGE, _PS_KEY = 0x90, 0x95, 0x83
SECURITY_REFERENCED, SECURITY_COMPACT, SECURITY_EXPANDED = 0x8B, 0x8C, 0xAB
_SECURITY = (SECURITY_REFERENCED, SECURITY_COMPACT, SECURITY_EXPANDED)
_SHAREABLE = 0x40
_DF_BITS, _BER_TLV_BITS = 0x38, 0x39


class FileType(StrEnum):
    """Kind of file in the file descriptor byte (TS 102 221 §11.1.1.4.3). An ADF is a DF that has a DF name."""

    DF = "df"
    ADF = "adf"
    WORKING_EF = "working_ef"
    INTERNAL_EF = "internal_ef"

    @property
    def is_df(self) -> bool:
        return self in (FileType.DF, FileType.ADF)


class Structure(StrEnum):
    """How an EF is organised (TS 102 221 §8.2.2, §11.1.1.4.3)."""

    TRANSPARENT = "transparent"
    LINEAR_FIXED = "linear_fixed"
    CYCLIC = "cyclic"
    BER_TLV = "ber_tlv"

    @property
    def has_records(self) -> bool:
        return self in (Structure.LINEAR_FIXED, Structure.CYCLIC)


class LifeCycle(IntEnum):
    """Life cycle status byte (TS 102 221 §11.1.1.4.9); other values stay plain numbers."""

    NO_INFORMATION = 0x00
    CREATION = 0x01
    INITIALISATION = 0x03
    DEACTIVATED = 0x04
    ACTIVATED = 0x05
    TERMINATED = 0x0C


_STRUCTURE_BITS: dict[Structure | None, int] = {
    None: 0,
    Structure.TRANSPARENT: 1,
    Structure.LINEAR_FIXED: 2,
    Structure.CYCLIC: 6,
}
_STRUCTURE_OF = {bits: structure for structure, bits in _STRUCTURE_BITS.items()}


@dataclass(frozen=True, slots=True)
class PinStatus:
    """One PIN that governs a DF: its key reference and whether it is enabled (TS 102 221 §9.5.2).

    `usage` is the usage qualifier that stands before the universal PIN, or None.
    """

    ref: int
    enabled: bool
    usage: int | None = None


@dataclass(frozen=True, slots=True)
class Fcp:
    """The '62' template of one file.

    `sfi` is the effective short file identifier of an EF, None if it has none. `sfi_from_fid` says that the template
    leaves tag 88 out, which means that the low five bits of the FID are the SFI (TS 102 221 §11.1.1.4.8).
    `proprietary` is the content of A5, `security` the 8B, 8C or AB object, `extra` whatever else the card sent.
    """

    file_type: FileType
    structure: Structure | None = None
    shareable: bool = True
    data_coding: int | None = DATA_CODING_UICC
    fid: int | None = None
    df_name: bytes | None = None
    proprietary: tuple[Tlv, ...] = ()
    life_cycle: int | None = LifeCycle.ACTIVATED
    security: Tlv | None = None
    size: int | None = None
    total_size: int | None = None
    record_length: int | None = None
    record_count: int | None = None
    sfi: int | None = None
    sfi_from_fid: bool = False
    pin_status: tuple[PinStatus, ...] = ()
    extra: tuple[Tlv, ...] = ()

    @property
    def is_df(self) -> bool:
        return self.file_type.is_df

    @property
    def activated(self) -> bool:
        """Operational and activated (01x1); also true where the card says nothing about it."""
        return self.life_cycle in (None, LifeCycle.NO_INFORMATION) or (self.life_cycle or 0) & 0xFD == 0x05

    @property
    def terminated(self) -> bool:
        return self.life_cycle is not None and self.life_cycle & 0xFC == LifeCycle.TERMINATED

    def proprietary_value(self, tag: int) -> bytes | None:
        """Value of one object inside A5, for example 83 (available memory) or 80 (UICC characteristics)."""
        return tlv.first(self.proprietary, tag)

    def encode(self) -> bytes:
        """The whole '62' template, objects in the order of TS 102 221 §11.1.1.3. Raises `EncodeError`."""
        parts = [Tlv(_DESCRIPTOR, self._descriptor())]
        if self.fid is not None:
            parts.append(Tlv(_FID, _number(self.fid, 2, "FID", exact=True)))
        if self.df_name is not None:
            parts.append(Tlv(_DF_NAME, self.df_name))
        if self.proprietary:
            parts.append(Tlv(_PROPRIETARY, tlv.join(self.proprietary)))
        if self.life_cycle is not None:
            parts.append(Tlv(_LIFE_CYCLE, _number(self.life_cycle, 1, "life cycle status", exact=True)))
        if self.security is not None:
            parts.append(self.security)
        if self.pin_status:
            parts.append(Tlv(_PIN_STATUS, encode_pin_status(self.pin_status)))
        if self.size is not None:
            parts.append(Tlv(_SIZE, _number(self.size, 2, "file size")))
        if self.total_size is not None:
            parts.append(Tlv(_TOTAL_SIZE, _number(self.total_size, 2, "total file size")))
        parts.extend(self._sfi_object())
        parts.extend(self.extra)
        return tlv.encode(FCP_TEMPLATE, tlv.join(parts))

    @classmethod
    def decode(cls, raw: bytes) -> Fcp:
        """Read the answer to SELECT. Raises `DecodeError` if it is not one well-formed '62' template."""
        template, rest = tlv.split_first(raw)
        if template.tag != FCP_TEMPLATE or rest:
            raise DecodeError(f"no FCP template: tag {template.tag:02X}, then {len(rest)} more bytes")
        found: dict[int, bytes] = {}
        security: Tlv | None = None
        extra = []
        for part in template.children():
            if part.tag in _SECURITY and security is None:
                security = part
            elif part.tag in _KNOWN and part.tag not in found:
                found[part.tag] = part.value
            else:
                extra.append(part)
        if _DESCRIPTOR not in found:
            raise DecodeError("the FCP template has no file descriptor (tag 82)")
        fid = _fixed(found, _FID, 2)
        kind = _decode_descriptor(found[_DESCRIPTOR])
        if kind.file_type.is_df and _DF_NAME in found and fid != MF_FID:
            kind = _Descriptor(FileType.ADF, kind.structure, kind.shareable, kind.data_coding, None, None)
        life_cycle = _fixed(found, _LIFE_CYCLE, 1)
        is_ef = not kind.file_type.is_df
        if not is_ef and _SFI in found:
            extra.append(Tlv(_SFI, found[_SFI]))
        return cls(
            file_type=kind.file_type,
            structure=kind.structure,
            shareable=kind.shareable,
            data_coding=kind.data_coding,
            fid=fid,
            df_name=found.get(_DF_NAME),
            proprietary=tuple(tlv.parse(found.get(_PROPRIETARY, b""))),
            life_cycle=_life_cycle(life_cycle),
            security=security,
            size=_any_number(found, _SIZE),
            total_size=_any_number(found, _TOTAL_SIZE),
            record_length=kind.record_length,
            record_count=kind.record_count,
            sfi=_decode_sfi(found.get(_SFI), fid) if is_ef else None,
            sfi_from_fid=is_ef and _SFI not in found,
            pin_status=decode_pin_status(found.get(_PIN_STATUS, b"")),
            extra=tuple(extra),
        )

    def _descriptor(self) -> bytes:
        if self.is_df:
            first = _DF_BITS
        elif self.structure is Structure.BER_TLV:
            first = _BER_TLV_BITS
        else:
            first = _STRUCTURE_BITS[self.structure] | (0x08 if self.file_type is FileType.INTERNAL_EF else 0)
        if self.is_df and self.structure is not None:
            raise EncodeError(f"a {self.file_type} has no structure, this says {self.structure}")
        raw = bytes((first | (_SHAREABLE if self.shareable else 0),))
        if self.data_coding is not None:
            raw += _number(self.data_coding, 1, "data coding byte", exact=True)
        if self.structure is None or not self.structure.has_records:
            if self.record_length is not None or self.record_count is not None:
                raise EncodeError(f"a file of structure {self.structure} has no records")
            return raw
        if self.record_length is None or self.record_count is None or self.data_coding is None:
            raise EncodeError(f"a {self.structure} file needs record length, record count and data coding byte")
        count = _number(self.record_count, 2 if self.record_count > 0xFF else 1, "record count", exact=True)
        return raw + _number(self.record_length, 2, "record length", exact=True) + count

    def _sfi_object(self) -> list[Tlv]:
        if self.is_df:
            if self.sfi is not None or self.sfi_from_fid:
                raise EncodeError(f"a {self.file_type} has no short file identifier")
            return []
        if self.sfi_from_fid:
            if self.sfi != _decode_sfi(None, self.fid):
                raise EncodeError(f"SFI {self.sfi} is not what the FID says; it needs tag 88")
            return []
        if self.sfi is None:
            return [Tlv(_SFI, b"")]
        if not 1 <= self.sfi <= 30:
            raise EncodeError(f"SFI {self.sfi} is outside 1 to 30")
        return [Tlv(_SFI, bytes((self.sfi << 3,)))]


_KNOWN = (_DESCRIPTOR, _FID, _DF_NAME, _PROPRIETARY, _LIFE_CYCLE, _PIN_STATUS, _SIZE, _TOTAL_SIZE, _SFI)


def encode_pin_status(pins: tuple[PinStatus, ...]) -> bytes:
    """Value of the PIN status template C6: one bit per PIN from the left, then the key references (§9.5.2)."""
    bits = sum(pin.enabled << (7 - place % 8 + 8 * (place // 8)) for place, pin in enumerate(pins))
    raw = tlv.encode(_PS_BITMAP, bits.to_bytes((len(pins) + 7) // 8, "little"))
    for pin in pins:
        if pin.usage is not None:
            raw += tlv.encode(_PS_USAGE, _number(pin.usage, 1, "usage qualifier", exact=True))
        raw += tlv.encode(_PS_KEY, _number(pin.ref, 1, "key reference", exact=True))
    return raw


def decode_pin_status(raw: bytes) -> tuple[PinStatus, ...]:
    """Read the value of C6; empty for an empty one. Raises `DecodeError` if the bitmap is missing or too short."""
    bitmap: bytes | None = None
    usage: int | None = None
    pins: list[PinStatus] = []
    for part in tlv.parse(raw):
        if part.tag == _PS_BITMAP and bitmap is None:
            bitmap = part.value
        elif part.tag == _PS_USAGE and len(part.value) == 1:
            usage = part.value[0]
        elif part.tag == _PS_KEY and len(part.value) == 1 and bitmap is not None:
            byte, bit = divmod(len(pins), 8)
            if byte >= len(bitmap):
                raise DecodeError("the PIN status template has more key references than status bits")
            pins.append(PinStatus(part.value[0], bool(bitmap[byte] & 0x80 >> bit), usage))
            usage = None
        else:
            raise DecodeError(f"unexpected object {part} in the PIN status template")
    return tuple(pins)


@dataclass(frozen=True, slots=True)
class _Descriptor:
    file_type: FileType
    structure: Structure | None
    shareable: bool
    data_coding: int | None
    record_length: int | None
    record_count: int | None


def _decode_descriptor(raw: bytes) -> _Descriptor:
    if len(raw) not in (1, 2, 5, 6) or raw[0] & 0x80:
        raise DecodeError(f"{raw.hex()} is no file descriptor that TS 102 221 knows")
    shareable, kind = bool(raw[0] & _SHAREABLE), raw[0] & 0x3F
    coding = raw[1] if len(raw) > 1 else None
    if kind in (_DF_BITS, _BER_TLV_BITS):
        if len(raw) > 2:
            raise DecodeError(f"file descriptor {raw.hex()} gives records to a file that has none")
        if kind == _DF_BITS:
            return _Descriptor(FileType.DF, None, shareable, coding, None, None)
        return _Descriptor(FileType.WORKING_EF, Structure.BER_TLV, shareable, coding, None, None)
    if kind & _DF_BITS not in (0x00, 0x08) or kind & 7 not in _STRUCTURE_OF:
        raise DecodeError(f"file descriptor byte {raw[0]:02X} is neither a DF nor a known kind of EF")
    file_type = FileType.INTERNAL_EF if kind & 0x08 else FileType.WORKING_EF
    structure = _STRUCTURE_OF[kind & 7]
    has_records = structure is not None and structure.has_records
    if has_records != (len(raw) > 2):
        raise DecodeError(f"file descriptor {raw.hex()} of a {structure or 'structureless'} file has the wrong length")
    if not has_records:
        return _Descriptor(file_type, structure, shareable, coding, None, None)
    length, count = int.from_bytes(raw[2:4]), int.from_bytes(raw[4:])
    return _Descriptor(file_type, structure, shareable, coding, length, count)


def _decode_sfi(value: bytes | None, fid: int | None) -> int | None:
    if value is None:
        implied = (fid or 0) & 0x1F
        return implied if 1 <= implied <= 30 else None
    if not value:
        return None
    if len(value) != 1 or value[0] & 7 or not 1 <= value[0] >> 3 <= 30:
        raise DecodeError(f"{value.hex()} is no short file identifier")
    return value[0] >> 3


def _life_cycle(value: int | None) -> int | None:
    if value is None:
        return None
    return LifeCycle(value) if value in tuple(LifeCycle) else value


def _fixed(found: dict[int, bytes], tag: int, size: int) -> int | None:
    value = found.get(tag)
    if value is not None and len(value) != size:
        raise DecodeError(f"tag {tag:02X} of the FCP template holds {len(value)} bytes instead of {size}")
    return None if value is None else int.from_bytes(value)


def _any_number(found: dict[int, bytes], tag: int) -> int | None:
    value = found.get(tag)
    if value is not None and not 1 <= len(value) <= 4:
        raise DecodeError(f"tag {tag:02X} of the FCP template holds {len(value)} bytes, not a size")
    return None if value is None else int.from_bytes(value)


def _number(value: int, width: int, what: str, *, exact: bool = False) -> bytes:
    """`value` in at least `width` bytes (exactly that many if `exact`)."""
    if value < 0 or (exact and value >> 8 * width):
        raise EncodeError(f"{what} {value} does not fit {width} byte{'s' if width > 1 else ''}")
    return value.to_bytes(max(width, (value.bit_length() + 7) // 8))
