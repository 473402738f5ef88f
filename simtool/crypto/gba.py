"""Keys of the generic bootstrapping architecture (TS 33.220 §4.5, §5.3, Annex B).

The bootstrapping itself (Ub, Ua, B-TID) is not here.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata

from simtool.errors import EncodeError

FC_GBA = 0x01
KEY_BYTES = 16
RAND_BYTES = 16
UA_SECURITY_PROTOCOL_BYTES = 5
MAC_BYTES = 8


def kdf(key: bytes, fc: int, *parameters: bytes) -> bytes:
    """HMAC-SHA-256 of FC || P0 || L0 || P1 || L1 …, 32 bytes (TS 33.220 Annex B.2).

    `fc` is one byte, each parameter is shorter than 65536 bytes. Raises `EncodeError` otherwise.
    """
    if not 0 <= fc <= 0xFF:
        raise EncodeError(f"FC {fc} is not one byte")
    if any(len(parameter) > 0xFFFF for parameter in parameters):
        raise EncodeError("a parameter of the key derivation is too long")
    text = bytes((fc,)) + b"".join(parameter + len(parameter).to_bytes(2) for parameter in parameters)
    return hmac.new(key, text, hashlib.sha256).digest()


def ks(ck: bytes, ik: bytes) -> bytes:
    """Ks = CK || IK, 32 bytes (TS 33.220 §4.5.2). Raises `EncodeError` when one is not 16 bytes."""
    if len(ck) != KEY_BYTES or len(ik) != KEY_BYTES:
        raise EncodeError(f"Ks needs CK and IK of 16 bytes, not {len(ck)} and {len(ik)}")
    return ck + ik


def naf_id(fqdn: str, ua_security_protocol: bytes) -> bytes:
    """NAF_Id: the server's name, then the five bytes of the Ua security protocol (TS 33.220 Annex B.3, Annex H).

    Raises `EncodeError` when they are not five.
    """
    if len(ua_security_protocol) != UA_SECURITY_PROTOCOL_BYTES:
        raise EncodeError(f"a Ua security protocol has 5 bytes, not {len(ua_security_protocol)}")
    return _text(fqdn) + ua_security_protocol


def ks_ext_naf(key: bytes, rand: bytes, impi: str, naf: bytes) -> bytes:
    """Ks_NAF (GBA_ME) or Ks_ext_NAF (GBA_U) from Ks, 32 bytes (TS 33.220 Annex B.3). `naf` is a NAF_Id."""
    return _ks_naf(key, b"gba-me", rand, impi, naf)


def ks_int_naf(key: bytes, rand: bytes, impi: str, naf: bytes) -> bytes:
    """Ks_int_NAF, the one that stays in the card, from Ks, 32 bytes (TS 33.220 Annex B.3)."""
    return _ks_naf(key, b"gba-u", rand, impi, naf)


def gba_u_mac(mac: bytes, ik: bytes) -> bytes:
    """MAC* = MAC xor the first 8 bytes of SHA-1(IK): marks a GBA_U challenge, and undoes itself (TS 33.220 §5.3.2).

    MAC is 8 bytes, IK 16. Raises `EncodeError` otherwise.
    """
    if len(mac) != MAC_BYTES or len(ik) != KEY_BYTES:
        raise EncodeError(f"MAC* needs a MAC of 8 bytes and an IK of 16, not {len(mac)} and {len(ik)}")
    # The clause prescribes SHA-1; nothing rests on its collisions here.
    mask = hashlib.sha1(ik, usedforsecurity=False).digest()[:MAC_BYTES]
    return bytes(a ^ b for a, b in zip(mac, mask, strict=True))


def _ks_naf(key: bytes, label: bytes, rand: bytes, impi: str, naf: bytes) -> bytes:
    if len(key) != 2 * KEY_BYTES or len(rand) != RAND_BYTES:
        raise EncodeError(f"Ks must be 32 bytes and RAND 16, not {len(key)} and {len(rand)}")
    return kdf(key, FC_GBA, label, rand, _text(impi), naf)


def _text(value: str) -> bytes:
    """Strings are UTF-8 in normalisation form KC (TS 33.220 Annex B.2.1.2)."""
    return unicodedata.normalize("NFKC", value).encode()
