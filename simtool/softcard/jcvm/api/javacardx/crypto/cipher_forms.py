"""The algorithms of Cipher: from their codes to cipher and padding (Java Card API 3.0.5; ALG_AES_CTR: 3.1).

Not on this card: ISO 14888, ISO 9796, Korean SEED, SM2, SM4, AES over blocks of 24 or 32 bytes, CFB, XTS. GCM and
CCM are in `aead_cipher`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from simtool.softcard.jcvm.api.javacard.security.key_forms import RSA_PRIVATE_FORMS, Form
from simtool.softcard.jcvm.crypto.blocks import Block, Pad
from simtool.softcard.jcvm.crypto.hashes import Hash


class CipherKind(IntEnum):
    """CIPHER codes of this card."""

    AES_CBC = 1
    AES_ECB = 2
    DES_CBC = 3
    DES_ECB = 4
    RSA = 7
    AES_CTR = 8


BLOCKS = {
    CipherKind.AES_CBC: Block.AES,
    CipherKind.AES_ECB: Block.AES,
    CipherKind.DES_CBC: Block.DES,
    CipherKind.DES_ECB: Block.DES,
}
CHAINED = frozenset((CipherKind.AES_CBC, CipherKind.DES_CBC))
OAEP_HASHES = {
    Pad.PKCS1_OAEP: Hash.SHA_1,
    Pad.OAEP_SHA224: Hash.SHA_224,
    Pad.OAEP_SHA256: Hash.SHA_256,
    Pad.OAEP_SHA384: Hash.SHA_384,
    Pad.OAEP_SHA512: Hash.SHA_512,
    Pad.OAEP_SHA3_224: Hash.SHA3_224,
    Pad.OAEP_SHA3_256: Hash.SHA3_256,
    Pad.OAEP_SHA3_384: Hash.SHA3_384,
    Pad.OAEP_SHA3_512: Hash.SHA3_512,
}
_BLOCK_PADS = (Pad.NOPAD, Pad.ISO9797_M1, Pad.ISO9797_M2, Pad.PKCS5)
_RSA_PADS = frozenset((Pad.NOPAD, Pad.PKCS1)) | OAEP_HASHES.keys()


@dataclass(frozen=True, slots=True)
class CipherForm:
    """What a Cipher object does."""

    kind: CipherKind
    padding: Pad


def _four(kind: CipherKind, codes: tuple[int, int, int, int]) -> dict[int, CipherForm]:
    return {code: CipherForm(kind, padding) for code, padding in zip(codes, _BLOCK_PADS, strict=True)}


ALGORITHMS: dict[int, CipherForm] = {
    **_four(CipherKind.DES_CBC, (1, 2, 3, 4)),
    **_four(CipherKind.DES_ECB, (5, 6, 7, 8)),
    **_four(CipherKind.AES_CBC, (0x0D, 0x16, 0x17, 0x18)),
    **_four(CipherKind.AES_ECB, (0x0E, 0x19, 0x1A, 0x1B)),
    0x0A: CipherForm(CipherKind.RSA, Pad.PKCS1),
    0x0C: CipherForm(CipherKind.RSA, Pad.NOPAD),
    0x0F: CipherForm(CipherKind.RSA, Pad.PKCS1_OAEP),
    0xF0 - 0x100: CipherForm(CipherKind.AES_CTR, Pad.NOPAD),
}


def of_parts(kind: int, padding: int) -> CipherForm | None:
    """What the two codes stand for together; None if this card does not have it."""
    if kind not in list(CipherKind) or padding not in list(Pad):
        return None
    form = CipherForm(CipherKind(kind), Pad(padding))
    if form.kind is CipherKind.RSA:
        return form if form.padding in _RSA_PADS else None
    if form.kind is CipherKind.AES_CTR:
        return CipherForm(form.kind, Pad.NOPAD) if form.padding in (Pad.NOPAD, Pad.NULL) else None
    return form if form.padding in _BLOCK_PADS else None


def algorithm_code(form: CipherForm) -> int:
    """The ALG code of a form, 0 if it has none."""
    return next((code for code, one in ALGORITHMS.items() if one == form), 0)


def key_forms(form: CipherForm) -> frozenset[Form]:
    """The kinds of keys that serve for it."""
    if form.kind is CipherKind.RSA:
        return RSA_PRIVATE_FORMS | {Form.RSA_PUBLIC}
    return frozenset((Form.DES if form.kind in (CipherKind.DES_CBC, CipherKind.DES_ECB) else Form.AES,))
