"""GET DATA and STORE DATA of a security domain (GPCS §11.3, §11.11, Annex H; TS 102 226 §8.2.1.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtool.codec import tlv
from simtool.codec.globalplatform import PRIVILEGE_BYTES, Privilege
from simtool.codec.tlv import Tlv
from simtool.softcard import status as sw
from simtool.softcard.globalplatform import fields
from simtool.softcard.globalplatform.command import Command
from simtool.softcard.globalplatform.privileges import ONLY_FOR_DOMAINS
from simtool.softcard.globalplatform.reader import Reader
from simtool.softcard.globalplatform.registry import AppEntry
from simtool.softcard.globalplatform.rights import Authority
from simtool.softcard.globalplatform.selection import Selection
from simtool.softcard.status import StatusFault

if TYPE_CHECKING:
    from simtool.softcard.globalplatform.platform import GlobalPlatform

KEY_INFORMATION, CARD_DATA, CARD_CAPABILITY, SEQUENCE_COUNTER, CONFIRMATION_COUNTER = 0xE0, 0x66, 0x67, 0xC1, 0xC2
CPLC, APPLICATION_LIST, EXTENDED_RESOURCES, SECURITY_LEVEL = 0x9F7F, 0x2F00, 0xFF21, 0xD3
_OID = bytes.fromhex("2a864886fc6b")  # 1.2.840.114283, GlobalPlatform
_CARD_RECOGNITION, _VERSION, _IDENTIFICATION, _SCHEME = b"\x01", b"\x02\x02\x03\x01", b"\x03", b"\x04"
STORABLE = (0x42, 0x45, 0x5F50, 0x66, 0xCF, 0x4F)
"""Objects that STORE DATA may give to a domain: IIN, CIN, manager's address, card data, diversification data, AID."""
LAST, ENCRYPTED, DGI, BER = 0x80, 0x60, 0x08, 0x10
_DGI_OF_OBJECTS, _DGI_LONG = 0x0070, 0xFF
_DOMAIN_PRIVILEGES = ~(Privilege.FINAL_APPLICATION | Privilege.CIPHERED_LOAD_FILE_DATA_BLOCK) & Privilege(0xFFFFC0)
"""Privileges that this card can give to a supplementary domain; an application gets those that are not for domains."""
_HASHES = bytes((1, 2, 3, 4))  # SHA-1, SHA-256, SHA-384, SHA-512


def get_data(platform: GlobalPlatform, selection: Selection, command: Command) -> bytes:
    """GET DATA: the object that P1 P2 name. 6A88 for one that is not there."""
    tag = command.p1 << 8 | command.p2
    stored = platform.data(selection.entry)
    if tag in stored:
        return tlv.encode(tag, stored[tag]) + sw.OK
    value = _value(platform, selection, tag)
    if value is None:
        raise StatusFault(sw.REFERENCE_NOT_FOUND)
    return _object(tag, value) + sw.OK


def _object(tag: int, value: bytes) -> bytes:
    """2F00 is the number of a file and no tag: it comes as its content alone (§11.3.3.1)."""
    return value if tag == APPLICATION_LIST else tlv.encode(tag, value)


def _value(platform: GlobalPlatform, selection: Selection, tag: int) -> bytes | None:
    registry, entry = platform.registry, selection.entry
    keys = platform.keys(entry)
    session = selection.session
    match tag:
        case 0x00E0:
            return tlv.join(Tlv(0xC0, key.information()) for key in keys.all())
        case 0x0066:
            return card_data(platform)
        case 0x0067:
            return capability(platform)
        case 0x00C1:
            versions = [one for one in keys.versions() if any(c.takes(one) for c in platform.spec.secure_channels)]
            if not versions:
                return None
            scp03 = keys.all() and next(c.scp for c in platform.spec.secure_channels if c.takes(versions[0])) == 0x03
            return keys.counter(versions[0]).to_bytes(3 if scp03 else 2)
        case 0x00C2:
            return Authority(platform, entry).confirmations().to_bytes(2)
        case 0x00D3:
            return bytes((session.level,)) if session is not None and session.authenticated else b"\x00"
        case 0x9F7F:
            return platform.spec.cplc or None
        case 0x2F00:
            listed = [one for one in registry.applications.values() if registry.is_above(entry, one)]
            return b"".join(tlv.encode(0x61, tlv.encode(0x4F, one.aid)) for one in listed) or None
        case 0xFF21:
            if entry is not registry.issuer:
                return None
            count = len(registry.applications) - 1
            sizes = (Tlv(0x82, registry.free_nonvolatile.to_bytes(4)), Tlv(0x83, registry.free_volatile.to_bytes(4)))
            return tlv.join((Tlv(0x81, bytes((min(count, 255),))), *sizes))
        case _:
            return None


def card_data(platform: GlobalPlatform) -> bytes:
    """Card recognition data (§H.2): what the card is, its version, and the secure channels it speaks."""

    def oid(arc: bytes) -> bytes:
        return tlv.encode(0x06, _OID + arc)

    schemes = b"".join(
        tlv.encode(0x64, oid(_SCHEME + bytes((one.scp, one.i)))) for one in platform.spec.secure_channels
    )
    inner = oid(_CARD_RECOGNITION) + tlv.encode(0x60, oid(_VERSION)) + tlv.encode(0x63, oid(_IDENTIFICATION)) + schemes
    return tlv.encode(0x73, inner)


def capability(platform: GlobalPlatform) -> bytes:
    """Card capability information (§H.4): secure channels with their i, privileges, hashes, signatures."""
    schemes = []
    for one in platform.spec.secure_channels:
        parts = [Tlv(0x80, bytes((one.scp,))), Tlv(0x81, bytes((one.i,)))]
        if one.scp == 0x03:
            parts.append(Tlv(0x82, b"\x07"))  # AES-128, 192 and 256
        schemes.append(Tlv(0xA0, tlv.join(parts)))
    rest = (
        Tlv(0x81, int(_DOMAIN_PRIVILEGES).to_bytes(PRIVILEGE_BYTES)),
        Tlv(0x82, int(_DOMAIN_PRIVILEGES & ~ONLY_FOR_DOMAINS & ~Privilege.SECURITY_DOMAIN).to_bytes(PRIVILEGE_BYTES)),
        Tlv(0x83, _HASHES),
    )
    return tlv.join((*schemes, *rest))


def store_data(platform: GlobalPlatform, selection: Selection, command: Command) -> bytes:
    """STORE DATA to this domain, or to the application being personalised."""
    target = selection.target
    if target is None:
        keep_data(platform, selection.entry, selection, command)
        return sw.OK
    if command.p1 & LAST:
        selection.target = None
    return platform.application(target).personalise(selection, command) + sw.OK


def keep_data(platform: GlobalPlatform, domain: AppEntry, selection: Selection, command: Command) -> None:
    """Objects for a domain, perhaps over several commands.

    6A86 for a block out of order, 6A80 for data that are no objects, 6A88 for an object a domain does not keep.
    """
    whole = selection.chain.add(command.p2, command.data, last=bool(command.p1 & LAST))
    if whole is None:
        return
    values = platform.data(domain)
    for one in _objects(selection, whole, command.p1):
        if one.tag not in STORABLE:
            raise StatusFault(sw.REFERENCE_NOT_FOUND)
        values[one.tag] = one.value
    platform.set_data(domain, values)


def _objects(selection: Selection, data: bytes, p1: int) -> list[Tlv]:
    """The objects in the forms of table 11-90: BER-TLV, or data groupings whose content is BER-TLV (0070)."""
    if not p1 & DGI:
        if p1 & ENCRYPTED:
            raise StatusFault(sw.WRONG_P1_P2)
        return fields.objects(data)
    found: list[Tlv] = []
    reader = Reader(data)
    while reader.rest:
        number, length = reader.number(2), reader.number()
        content = reader.take(reader.number(2) if length == _DGI_LONG else length)
        if p1 & ENCRYPTED == ENCRYPTED and selection.session is not None:
            content = _unpadded(selection.session.decrypt_data(content))
        if number != _DGI_OF_OBJECTS:
            raise StatusFault(sw.REFERENCE_NOT_FOUND)
        found += fields.objects(content)
    return found


def _unpadded(data: bytes) -> bytes:
    """Without the 80 and the zeros behind it; 6A80 if there is no such padding."""
    bare = data.rstrip(b"\0")
    if not bare.endswith(b"\x80"):
        raise StatusFault(sw.WRONG_DATA)
    return bare[:-1]
