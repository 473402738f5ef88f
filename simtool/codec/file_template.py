"""The templates (tag 62) of CREATE FILE and RESIZE FILE (TS 102 222 §6.3.2.2, §6.10.2.2).

They look like an FCP but for the file descriptor: of files of records it has four bytes, because the number of records
follows from the sizes.
"""

from __future__ import annotations

from simtool.codec import tlv
from simtool.codec.fcp import FCP_TEMPLATE, LifeCycle
from simtool.codec.tlv import Tlv
from simtool.errors import EncodeError

_DESCRIPTOR, _FID, _LIFE_CYCLE, _SIZE, _TOTAL_SIZE, _SFI, _PIN_STATUS = 0x82, 0x83, 0x8A, 0x80, 0x81, 0x88, 0xC6
_SIZES = range(1, 0x8000)
_SFIS = range(1, 31)


def create_ef(
    fid: int, descriptor: bytes, size: int, security: Tlv, *, record_length: int = 0, sfi: int | None = None
) -> bytes:
    """The template of an elementary file (TS 102 222 table 4), activated from the start.

    `descriptor` is file descriptor byte and data coding byte, `size` the bytes in all, `security` the 8B, 8C or AB
    object. Raises `EncodeError`.
    """
    if sfi is not None and sfi not in _SFIS:
        raise EncodeError(f"SFI {sfi} is outside 1 to 30")
    parts = [
        Tlv(_DESCRIPTOR, descriptor + (record_length.to_bytes(2) if record_length else b"")),
        Tlv(_FID, fid.to_bytes(2)),
        Tlv(_LIFE_CYCLE, bytes((LifeCycle.ACTIVATED,))),
        security,
        Tlv(_SIZE, _size(size)),
        Tlv(_SFI, b"" if sfi is None else bytes((sfi << 3,))),
    ]
    return tlv.encode(FCP_TEMPLATE, tlv.join(parts))


def create_df(fid: int, descriptor: bytes, size: int, security: Tlv, pin_status: bytes) -> bytes:
    """The template of a directory (TS 102 222 table 3); `pin_status` is the content of its tag C6."""
    parts = [
        Tlv(_DESCRIPTOR, descriptor),
        Tlv(_FID, fid.to_bytes(2)),
        Tlv(_LIFE_CYCLE, bytes((LifeCycle.ACTIVATED,))),
        security,
        Tlv(_TOTAL_SIZE, _size(size)),
        Tlv(_PIN_STATUS, pin_status),
    ]
    return tlv.encode(FCP_TEMPLATE, tlv.join(parts))


def resize(fid: int, size: int) -> bytes:
    """The template that gives an elementary file of the current directory a new size in bytes (TS 102 222 table 9)."""
    return tlv.encode(FCP_TEMPLATE, tlv.join((Tlv(_FID, fid.to_bytes(2)), Tlv(_SIZE, _size(size)))))


def _size(size: int) -> bytes:
    if size not in _SIZES:
        raise EncodeError(f"a file of {size} bytes cannot be made: 1 to {_SIZES[-1]} are possible")
    return size.to_bytes(2)
