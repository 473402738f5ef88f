"""Access domains: which files of the card an applet may use (TS 102 226 §8.2.1.3.2.3, TS 43.019 annex A).

They are given at its installation, for the UICC's shared files and for each ADF, for plain and for administrative use,
and count whatever PINs the terminal has verified. Where none is given there is no access.

What belongs to which bit of the older SIM's domain is from memory of TS 43.019: always, CHV1, CHV2, then from 4 on the
administrative levels, counted from bit 1 of the first byte.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from simtool.codec import tlv
from simtool.codec.access import (
    AccessCondition,
    AllOf,
    Always,
    AnyOf,
    ConditionByte,
    Key,
    Never,
    Not,
    Unsupported,
)
from simtool.codec.tlv import Tlv
from simtool.errors import CodecError
from simtool.softcard.globalplatform import fields
from simtool.softcard.globalplatform.fields import SIM_PARAMETERS, SYSTEM_PARAMETERS, UICC_PARAMETERS
from simtool.softcard.globalplatform.reader import Reader
from simtool.softcard.status import StatusFault

ACCESS, ADMIN_ACCESS = 0x81, 0x82
_FULL, _MECHANISM, _UICC_MECHANISM = 0x00, 0x01, 0x02
_APPLICATION_PINS = range(0x01, 0x09)
_LOCAL_PINS = range(0x81, 0x89)
_ADM_KEYS = (0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x8A, 0x8B, 0x8C, 0x8D, 0x8E)
_ALWAYS_BIT, _LOCAL_BIT = 0x04, 0x08
_GSM_ALWAYS, _GSM_CHV2, _GSM_ADM = 0, 2, range(4, 15)


@dataclass(frozen=True, slots=True)
class AccessDomain:
    """What is granted: everything that is not "never" (`full`), or what stands before these keys, and "always"."""

    full: bool = False
    always: bool = False
    keys: frozenset[int] = frozenset()

    def grants(self, condition: AccessCondition, key_of: Callable[[ConditionByte], int | None]) -> bool:
        """Whether the condition of a file is met; `key_of` tells the key that a condition byte stands for."""
        match condition:
            case Always():
                return self.full or self.always
            case Never() | Unsupported():
                return False
            case Key(ref):
                return self.full or ref in self.keys
            case ConditionByte():
                return self.full or key_of(condition) in self.keys
            case AnyOf(of):
                return any(self.grants(one, key_of) for one in of)
            case AllOf(of):
                return bool(of) and all(self.grants(one, key_of) for one in of)
            case Not(of):
                return self.full or not self.grants(of, key_of)


NOTHING = AccessDomain()


def kept(parameters: list[Tlv]) -> bytes:
    """What of the install parameters is about access: the objects 81 and 82, or CA with the domain alone.

    The parameters have been checked (`toolkit_parameters`).
    """
    uicc = tlv.first(parameters, UICC_PARAMETERS)
    sim = tlv.first(fields.objects(tlv.first(parameters, SYSTEM_PARAMETERS) or b""), SIM_PARAMETERS)
    found = [one for one in fields.objects(uicc or b"") if one.tag in (ACCESS, ADMIN_ACCESS)]
    if sim:
        found.append(Tlv(SIM_PARAMETERS, sim[1 : 1 + sim[0]]))
    return tlv.join(found)


@lru_cache(maxsize=256)
def of_uicc(access: bytes, adf: bytes, *, admin: bool) -> AccessDomain:
    """The domain for an ADF (its AID), or for the shared files (no AID), from what `kept` has kept."""
    try:
        value = tlv.first(tlv.parse(access), ADMIN_ACCESS if admin else ACCESS)
    except CodecError:
        return NOTHING
    reader = Reader(value or b"")
    try:
        while reader.rest:
            aid = reader.take(reader.number())
            domain = reader.take(reader.number())
            reader.take(reader.number())
            if aid == adf:
                return _uicc_domain(domain)
    except StatusFault:
        return NOTHING
    return NOTHING


def _uicc_domain(raw: bytes) -> AccessDomain:
    if raw[:1] == bytes((_FULL,)):
        return AccessDomain(full=True)
    if raw[:1] != bytes((_UICC_MECHANISM,)):
        return NOTHING
    bits = (raw[1:] + bytes(3))[:3]
    keys = [ref for at, ref in enumerate(_APPLICATION_PINS) if bits[0] >> at & 1]
    keys += [ref for at, ref in enumerate(_ADM_KEYS) if (bits[1] | (bits[2] & 3) << 8) >> at & 1]
    if bits[2] & _LOCAL_BIT:
        keys += _LOCAL_PINS
    return AccessDomain(always=bool(bits[2] & _ALWAYS_BIT), keys=frozenset(keys))


@lru_cache(maxsize=64)
def of_sim(access: bytes) -> AccessDomain:
    """The domain for the files of the older SIM (TS 43.019)."""
    try:
        raw = tlv.first(tlv.parse(access), SIM_PARAMETERS) or b""
    except CodecError:
        return NOTHING
    if raw[:1] == bytes((_FULL,)):
        return AccessDomain(full=True)
    if raw[:1] != bytes((_MECHANISM,)):
        return NOTHING
    bits = int.from_bytes(raw[1:], "little")
    keys: set[int] = {level for level in range(1, 15) if bits >> level & 1}
    if _GSM_CHV2 in keys:
        keys.add(_LOCAL_PINS[0])
    if keys & set(_GSM_ADM):
        keys.update(_ADM_KEYS[5:])
    return AccessDomain(always=bool(bits >> _GSM_ALWAYS & 1), keys=frozenset(keys))
