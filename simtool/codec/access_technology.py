"""Access technology identifier: two bytes behind a PLMN that say which radio to look for (TS 31.102 §4.2.5)."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from difflib import get_close_matches

from simtool.errors import DecodeError, EncodeError

SIZE = 2
_EUTRAN_BIT = 0x4000
_GSM_BIT = 0x0080


class AccessTechnology(enum.Flag, boundary=enum.FlagBoundary.KEEP):
    """A set of radio technologies. Bits that the standard reserves are kept as they are.

    The bits "E-UTRAN" and "GSM" of the coding say nothing on their own: without a bit that picks one of the two kinds
    they mean both kinds. So a member stands for each kind, and `encode` adds the common bit.
    """

    UTRAN = 0x8000
    EUTRAN_WB_S1 = 0x2000
    EUTRAN_NB_S1 = 0x1000
    NG_RAN = 0x0800
    SATELLITE_NG_RAN = 0x0400
    GSM_COMPACT = 0x0040
    CDMA2000_HRPD = 0x0020
    CDMA2000_1XRTT = 0x0010
    EC_GSM_IOT = 0x0008
    GSM = 0x0004
    # Named, so that a set that holds them equals itself: with Python 3.11.2 one of unnamed bits does not.
    RESERVED_0200 = 0x0200
    RESERVED_0100 = 0x0100
    RESERVED_0002 = 0x0002
    RESERVED_0001 = 0x0001
    EUTRAN = EUTRAN_WB_S1 | EUTRAN_NB_S1
    GERAN = GSM | EC_GSM_IOT

    @classmethod
    def from_names(cls, names: Iterable[str]) -> AccessTechnology:
        """A set from names such as "UTRAN", "E-UTRAN WB-S1", "5G" in any case. Raises `EncodeError` on others."""
        result = cls(0)
        for name in names:
            member = _BY_NAME.get(_plain(name))
            if member is None:
                close = get_close_matches(_plain(name), _BY_NAME, n=1)
                known = next((NAMES[one] for one in NAMES if close and _BY_NAME[close[0]] == one), None)
                raise EncodeError(
                    f"{name!r} is not an access technology" + (f", did you mean {known!r}?" if known else ""),
                    hint="known are " + ", ".join((*NAMES.values(), *_GROUPS)),
                )
            result |= member
        return result

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the members, in the order of the bits, as `from_names` reads them."""
        return tuple(name for member, name in NAMES.items() if member in self)

    def encode(self) -> bytes:
        """Two bytes. Both kinds of E-UTRAN are coded as 40 00, both kinds of GSM as 00 80."""
        bits = self.value
        for kinds, common in ((AccessTechnology.EUTRAN.value, _EUTRAN_BIT), (AccessTechnology.GERAN.value, _GSM_BIT)):
            if bits & kinds == kinds:
                bits &= ~kinds
                bits |= common
            elif bits & kinds:
                bits |= common
        return bits.to_bytes(SIZE)

    @classmethod
    def decode(cls, raw: bytes) -> AccessTechnology:
        """Read two bytes. Raises `DecodeError` for another length."""
        if len(raw) != SIZE:
            raise DecodeError(f"an access technology identifier has {SIZE} bytes, this has {len(raw)}")
        bits = int.from_bytes(raw)
        for kinds, common in ((cls.EUTRAN.value, _EUTRAN_BIT), (cls.GERAN.value, _GSM_BIT)):
            if not bits & common:
                bits &= ~kinds
            elif not bits & kinds:
                bits |= kinds
            bits &= ~common
        return cls(bits)


NAMES = {
    AccessTechnology.UTRAN: "UTRAN",
    AccessTechnology.EUTRAN_WB_S1: "E-UTRAN WB-S1",
    AccessTechnology.EUTRAN_NB_S1: "E-UTRAN NB-S1",
    AccessTechnology.NG_RAN: "NG-RAN",
    AccessTechnology.SATELLITE_NG_RAN: "satellite NG-RAN",
    AccessTechnology.GSM: "GSM",
    AccessTechnology.EC_GSM_IOT: "EC-GSM-IoT",
    AccessTechnology.GSM_COMPACT: "GSM COMPACT",
    AccessTechnology.CDMA2000_HRPD: "cdma2000 HRPD",
    AccessTechnology.CDMA2000_1XRTT: "cdma2000 1xRTT",
}
_GROUPS = {
    "E-UTRAN": AccessTechnology.EUTRAN,
    "GERAN": AccessTechnology.GERAN,
    "2G": AccessTechnology.GERAN,
    "3G": AccessTechnology.UTRAN,
    "4G": AccessTechnology.EUTRAN,
    "LTE": AccessTechnology.EUTRAN,
    "NB-IoT": AccessTechnology.EUTRAN_NB_S1,
    "5G": AccessTechnology.NG_RAN,
    "NR": AccessTechnology.NG_RAN,
}


def _plain(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())


_BY_NAME = {_plain(name): member for member, name in NAMES.items()} | {
    _plain(name): member for name, member in _GROUPS.items()
}
