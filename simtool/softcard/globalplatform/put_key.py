"""PUT KEY (GPCS §11.8, Amendment D §7.2): new keys, keys in place of others, symmetric and public."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtool.crypto.key_set import check_value
from simtool.crypto.secret import Secret
from simtool.softcard import status as sw
from simtool.softcard.globalplatform.command import Command
from simtool.softcard.globalplatform.keys import (
    AES,
    DES,
    RSA_EXPONENT,
    RSA_MODULUS,
    SYMMETRIC,
    CardKey,
)
from simtool.softcard.globalplatform.reader import Reader
from simtool.softcard.globalplatform.scp import Session
from simtool.softcard.globalplatform.selection import Selection
from simtool.softcard.status import StatusFault

if TYPE_CHECKING:
    from simtool.softcard.globalplatform.platform import GlobalPlatform

_SEVERAL = 0x80
_VERSIONS = range(1, 128)
_DES_LENGTHS = (16, 24)


def put_key(platform: GlobalPlatform, selection: Selection, command: Command) -> bytes:
    """PUT KEY, all its data together: P1 the version to replace (00: a new one), P2 the first identifier, bit 8 for
    several keys.

    The answer is the new version and the check values. 6A80 for a wrong check value or form, and for a version that is
    there already; 6A88 for keys to replace that are not there; 6A84 if there is no room.
    """
    session = selection.session
    if session is None:
        raise StatusFault(sw.SECURITY_NOT_SATISFIED)
    first = command.p2 & ~_SEVERAL
    if not first:
        raise StatusFault(sw.WRONG_P1_P2)
    reader = Reader(command.data)
    version = reader.number()
    if version not in _VERSIONS:
        raise StatusFault(sw.WRONG_DATA)
    made: list[CardKey] = []
    checks = bytearray((version,))
    while reader.rest:
        key, check = _key(reader, session, version, first + len(made))
        made.append(key)
        checks += check
    if not made or (len(made) > 1) and not command.p2 & _SEVERAL:
        raise StatusFault(sw.WRONG_DATA)
    keys = platform.keys(selection.entry)
    replaced = command.p1
    for key in made:
        if replaced and keys.find(replaced, key.id) is None:
            raise StatusFault(sw.REFERENCE_NOT_FOUND)
        if version != replaced and keys.find(version, key.id) is not None:
            raise StatusFault(sw.WRONG_DATA)
    keys.put(made, replaced)
    return bytes(checks) + sw.OK


def _key(reader: Reader, session: Session, version: int, key_id: int) -> tuple[CardKey, bytes]:
    """One key field (tables 11-68, 7-6 of Amendment D) and its check value as it goes into the answer."""
    kind = reader.number()
    if kind == RSA_MODULUS:
        modulus = reader.counted()
        if reader.number() != RSA_EXPONENT:
            raise StatusFault(sw.WRONG_DATA)
        exponent = reader.counted()
        reader.counted()
        if not modulus or not exponent:
            raise StatusFault(sw.WRONG_DATA)
        return CardKey(version, key_id, ((RSA_MODULUS, modulus), (RSA_EXPONENT, exponent))), b""
    if kind not in (DES, AES):
        raise StatusFault(sw.WRONG_DATA)
    block = reader.counted()
    value = _decipher(kind, block, session)
    given = reader.counted()
    right = check_value(Secret(value, "key"), SYMMETRIC[kind])
    if given and given != right:
        raise StatusFault(sw.WRONG_DATA)
    return CardKey(version, key_id, ((kind, value),)), right


def _decipher(kind: int, block: bytes, session: Session) -> bytes:
    """The key out of its block: for SCP02 the enciphered key; where its length may be another than that of whole
    blocks, so with AES, the length of the key goes before."""
    if kind == DES and len(block) in _DES_LENGTHS and session.scp == 0x02:
        return session.decrypt_key(block, len(block))
    if kind == DES and len(block) in (16, 32) and session.scp == 0x03:
        return session.decrypt_key(block, 16 if len(block) == 16 else 24)
    if len(block) < 2:
        raise StatusFault(sw.WRONG_DATA)
    length, enciphered = block[0], block[1:]
    if length not in SYMMETRIC[kind].lengths or length > len(enciphered):
        raise StatusFault(sw.WRONG_DATA)
    return session.decrypt_key(enciphered, length)
