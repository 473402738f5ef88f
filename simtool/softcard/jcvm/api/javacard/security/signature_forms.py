"""The algorithms of Signature: from their codes to hash, cipher and padding (Java Card API 3.0.5).

Not on this card: RIPEMD-160, ISO 9796-2 (with and without message recovery), RFC 2409, Korean SEED, SM2, EdDSA, and the
AES MACs over blocks of 24 or 32 bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from simtool.softcard.jcvm.api.javacard.security.key_forms import RSA_PRIVATE_FORMS, Form
from simtool.softcard.jcvm.crypto.blocks import Pad
from simtool.softcard.jcvm.crypto.hashes import Hash

NO_HASH = 0


class SigCipher(IntEnum):
    """SIG_CIPHER codes of this card."""

    DES_MAC4 = 1
    DES_MAC8 = 2
    RSA = 3
    DSA = 4
    ECDSA = 5
    AES_MAC128 = 6
    HMAC = 7
    ECDSA_PLAIN = 9
    AES_CMAC128 = 10


DES_MACS = frozenset((SigCipher.DES_MAC4, SigCipher.DES_MAC8))
ELLIPTIC = frozenset((SigCipher.ECDSA, SigCipher.ECDSA_PLAIN))
ASYMMETRIC = ELLIPTIC | {SigCipher.RSA, SigCipher.DSA}
ALG3 = frozenset((Pad.ISO9797_1_M1_ALG3, Pad.ISO9797_1_M2_ALG3))
_PLAIN_PADS = frozenset((Pad.NOPAD, Pad.ISO9797_M1, Pad.ISO9797_M2, Pad.PKCS5))
_SHA_ORDER = (Hash.SHA_224, Hash.SHA_256, Hash.SHA_384, Hash.SHA_512)


@dataclass(frozen=True, slots=True)
class SigForm:
    """What a Signature object does. `hash` is a Hash, or 0."""

    hash: int
    cipher: SigCipher
    padding: Pad


def _des(padding: Pad, mac4: int, mac8: int) -> dict[int, SigForm]:
    return {
        mac4: SigForm(NO_HASH, SigCipher.DES_MAC4, padding),
        mac8: SigForm(NO_HASH, SigCipher.DES_MAC8, padding),
    }


ALGORITHMS: dict[int, SigForm] = {
    **_des(Pad.NOPAD, 1, 2),
    **_des(Pad.ISO9797_M1, 3, 4),
    **_des(Pad.ISO9797_M2, 5, 6),
    **_des(Pad.PKCS5, 7, 8),
    **_des(Pad.ISO9797_1_M2_ALG3, 0x13, 0x14),
    **_des(Pad.ISO9797_1_M1_ALG3, 0x2F, 0x30),
    0x0A: SigForm(Hash.SHA_1, SigCipher.RSA, Pad.PKCS1),
    0x0B: SigForm(Hash.MD5, SigCipher.RSA, Pad.PKCS1),
    0x0E: SigForm(Hash.SHA_1, SigCipher.DSA, Pad.NULL),
    0x11: SigForm(Hash.SHA_1, SigCipher.ECDSA, Pad.NULL),
    0x12: SigForm(NO_HASH, SigCipher.AES_MAC128, Pad.NOPAD),
    0x15: SigForm(Hash.SHA_1, SigCipher.RSA, Pad.PKCS1_PSS),
    0x16: SigForm(Hash.MD5, SigCipher.RSA, Pad.PKCS1_PSS),
    0x18: SigForm(Hash.SHA_1, SigCipher.HMAC, Pad.NULL),
    0x19: SigForm(Hash.SHA_256, SigCipher.HMAC, Pad.NULL),
    0x1A: SigForm(Hash.SHA_384, SigCipher.HMAC, Pad.NULL),
    0x1B: SigForm(Hash.SHA_512, SigCipher.HMAC, Pad.NULL),
    0x1C: SigForm(Hash.MD5, SigCipher.HMAC, Pad.NULL),
    0x21: SigForm(Hash.SHA_256, SigCipher.ECDSA, Pad.NULL),
    0x22: SigForm(Hash.SHA_384, SigCipher.ECDSA, Pad.NULL),
    0x25: SigForm(Hash.SHA_224, SigCipher.ECDSA, Pad.NULL),
    0x26: SigForm(Hash.SHA_512, SigCipher.ECDSA, Pad.NULL),
    **{0x27 + at: SigForm(one, SigCipher.RSA, Pad.PKCS1) for at, one in enumerate(_SHA_ORDER)},
    **{0x2B + at: SigForm(one, SigCipher.RSA, Pad.PKCS1_PSS) for at, one in enumerate(_SHA_ORDER)},
    0x31: SigForm(NO_HASH, SigCipher.AES_CMAC128, Pad.ISO9797_M2),
}


def of_parts(hashing: int, cipher: int, padding: int) -> SigForm | None:
    """What the three codes stand for together; None if this card does not have it."""
    if cipher not in list(SigCipher) or padding not in list(Pad) or (hashing and hashing not in list(Hash)):
        return None
    form = SigForm(hashing, SigCipher(cipher), Pad(padding))
    match form.cipher:
        case SigCipher.DES_MAC4 | SigCipher.DES_MAC8:
            fine = not hashing and form.padding in _PLAIN_PADS | ALG3
        case SigCipher.AES_MAC128:
            fine = not hashing and form.padding in _PLAIN_PADS
        case SigCipher.AES_CMAC128:
            # the padding is part of CMAC; the codes in use for it are these
            fine = not hashing and form.padding in (Pad.NULL, Pad.NOPAD, Pad.ISO9797_M2)
        case SigCipher.RSA:
            fine = bool(hashing) and form.padding in (Pad.PKCS1, Pad.PKCS1_PSS)
        case _:
            fine = bool(hashing) and form.padding is Pad.NULL
    return form if fine else None


def algorithm_code(form: SigForm) -> int:
    """The ALG code of a form, 0 if it has none."""
    return next((code for code, one in ALGORITHMS.items() if one == form), 0)


def key_forms(form: SigForm, *, signing: bool) -> frozenset[Form]:
    """The kinds of keys that serve for it."""
    match form.cipher:
        case SigCipher.DES_MAC4 | SigCipher.DES_MAC8:
            return frozenset((Form.DES,))
        case SigCipher.AES_MAC128 | SigCipher.AES_CMAC128:
            return frozenset((Form.AES,))
        case SigCipher.HMAC:
            return frozenset((Form.HMAC,))
        case SigCipher.RSA:
            return RSA_PRIVATE_FORMS if signing else frozenset((Form.RSA_PUBLIC,))
        case SigCipher.DSA:
            return frozenset((Form.DSA_PRIVATE if signing else Form.DSA_PUBLIC,))
    return frozenset((Form.EC_PRIVATE if signing else Form.EC_PUBLIC,))
