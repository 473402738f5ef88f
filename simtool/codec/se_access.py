"""Access rules for applications on a device (GlobalPlatform Secure Element Access Control 1.1, chapters 4 and 6).

A rule says which device applications (by certificate hash, by package name) may do what with which card application.
`permissions` (PERM-AR-DO) are Android's UICC carrier privileges.
"""

from __future__ import annotations

from dataclasses import dataclass

from simtool.codec import tlv
from simtool.codec.tlv import Tlv
from simtool.errors import DecodeError, EncodeError

ARA_M = bytes.fromhex("a00000015141434c00")
CARRIER_PRIVILEGES = bytes(7) + b"\x01"
ALL_APPLICATIONS = b""
HASH_LENGTHS = (0, 20, 32)
PACKAGE_MAX = 127
FILTER_LENGTH = 8

TAG_REF_AR = 0xE2
TAG_REF = 0xE1
TAG_AR = 0xE3
TAG_AID_REF = 0x4F
TAG_IMPLICIT_REF = 0xC0
TAG_DEVICE_APP = 0xC1
TAG_PACKAGE = 0xCA
TAG_APDU = 0xD0
TAG_NFC = 0xD1
TAG_PERMISSIONS = 0xDB
TAG_ALL_RULES = 0xFF40
TAG_NEXT_RULES = 0xFF60
TAG_REFRESH = 0xDF20
TAG_STORE = 0xF0
TAG_DELETE = 0xF1
_NEVER, _ALWAYS = b"\x00", b"\x01"


@dataclass(frozen=True, slots=True)
class ApduFilter:
    """Commands that are allowed: header under a mask, 4 bytes each (APDU-AR-DO)."""

    header: bytes
    mask: bytes

    def __post_init__(self) -> None:
        if len(self.header) != 4 or len(self.mask) != 4:
            raise EncodeError("an APDU filter is a header of 4 bytes and a mask of 4 bytes")


@dataclass(frozen=True, slots=True)
class AccessRule:
    """One REF-AR-DO.

    `aid`: the card application; empty for all, None for the one that is selected by default. `device_app`: hash of the
    signer's certificate (SHA-1 or SHA-256), empty for all. `package`: the application's package name, or empty.
    `apdu`: True always, False never, filters, or None when the rule says nothing; `nfc` likewise. `permissions`: 8
    bytes or empty. Raises `EncodeError` for a value that has no coding.
    """

    aid: bytes | None = ALL_APPLICATIONS
    device_app: bytes = b""
    package: str = ""
    apdu: bool | tuple[ApduFilter, ...] | None = None
    nfc: bool | None = None
    permissions: bytes = b""

    def __post_init__(self) -> None:
        if len(self.device_app) not in HASH_LENGTHS:
            raise EncodeError(f"a certificate hash has 20 (SHA-1) or 32 (SHA-256) bytes, not {len(self.device_app)}")
        if len(self.package.encode()) > PACKAGE_MAX:
            raise EncodeError(f"a package name has at most {PACKAGE_MAX} bytes")
        if self.permissions and len(self.permissions) != 8:
            raise EncodeError(f"permissions have 8 bytes, not {len(self.permissions)}")
        if self.aid and not 5 <= len(self.aid) <= 16:
            raise EncodeError(f"an AID has 5 to 16 bytes, not {len(self.aid)}")
        if self.apdu == ():
            raise EncodeError("a rule with APDU filters needs one at least")

    @property
    def reference(self) -> bytes:
        """The REF-DO: to whom and to what the rule applies."""
        parts = [Tlv(TAG_IMPLICIT_REF, b"") if self.aid is None else Tlv(TAG_AID_REF, self.aid)]
        parts.append(Tlv(TAG_DEVICE_APP, self.device_app))
        if self.package:
            parts.append(Tlv(TAG_PACKAGE, self.package.encode()))
        return tlv.encode(TAG_REF, tlv.join(parts))

    def encode(self) -> bytes:
        """REF-AR-DO with REF-DO and AR-DO."""
        parts = []
        if self.apdu is not None:
            parts.append(Tlv(TAG_APDU, _apdu_value(self.apdu)))
        if self.nfc is not None:
            parts.append(Tlv(TAG_NFC, _ALWAYS if self.nfc else _NEVER))
        if self.permissions:
            parts.append(Tlv(TAG_PERMISSIONS, self.permissions))
        return tlv.encode(TAG_REF_AR, self.reference + tlv.encode(TAG_AR, tlv.join(parts)))

    @classmethod
    def decode(cls, value: bytes) -> AccessRule:
        """From the content of a REF-AR-DO. Raises `DecodeError`."""
        parts = tlv.parse(value)
        reference, rights = tlv.first(parts, TAG_REF), tlv.first(parts, TAG_AR)
        if reference is None or rights is None:
            raise DecodeError("an access rule needs a reference (E1) and rights (E3)")
        refs, rules = tlv.parse(reference), tlv.parse(rights)
        nfc = tlv.first(rules, TAG_NFC)
        apdu = tlv.first(rules, TAG_APDU)
        aid = tlv.first(refs, TAG_AID_REF)
        implicit = tlv.first(refs, TAG_IMPLICIT_REF) is not None
        try:
            return cls(
                aid=None if implicit and aid is None else aid or b"",
                device_app=tlv.first(refs, TAG_DEVICE_APP) or b"",
                package=(tlv.first(refs, TAG_PACKAGE) or b"").decode(),
                apdu=None if apdu is None else _apdu_rule(apdu),
                nfc=None if nfc is None else nfc == _ALWAYS,
                permissions=tlv.first(rules, TAG_PERMISSIONS) or b"",
            )
        except (EncodeError, UnicodeDecodeError) as error:
            raise DecodeError(f"an access rule cannot be read: {error}") from error


def decode_rules(data: bytes) -> tuple[AccessRule, ...]:
    """The content of Response-ALL-AR-DO: rules one after the other."""
    return tuple(AccessRule.decode(part.value) for part in tlv.parse(data) if part.tag == TAG_REF_AR)


def store_rule(rule: AccessRule) -> bytes:
    """Command-Store-REF-AR-DO."""
    return tlv.encode(TAG_STORE, rule.encode())


def delete_rule(rule: AccessRule) -> bytes:
    """Command-Delete of one rule: with reference and rights, so that no other goes."""
    return tlv.encode(TAG_DELETE, rule.encode())


def _apdu_value(rule: bool | tuple[ApduFilter, ...]) -> bytes:
    if isinstance(rule, bool):
        return _ALWAYS if rule else _NEVER
    return b"".join(one.header + one.mask for one in rule)


def _apdu_rule(value: bytes) -> bool | tuple[ApduFilter, ...]:
    if value in (_NEVER, _ALWAYS):
        return value == _ALWAYS
    if not value or len(value) % FILTER_LENGTH:
        raise DecodeError(f"an APDU rule of {len(value)} bytes is neither always, never nor filters")
    starts = range(0, len(value), FILTER_LENGTH)
    return tuple(ApduFilter(value[at : at + 4], value[at + 4 : at + FILTER_LENGTH]) for at in starts)
