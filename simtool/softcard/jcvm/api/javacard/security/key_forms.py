"""The kinds of keys: their interfaces, components and sizes, and the codes of KeyBuilder (Java Card API 3.0.5).

Not on this card: keys over binary fields, Korean SEED, SM4, and those of named parameters (XEC).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum

_SECURITY = "javacard/security"


class Memory(IntEnum):
    """Where the key data is: JCSystem.MEMORY_TYPE constants."""

    PERSISTENT = 0
    TRANSIENT_RESET = 1
    TRANSIENT_DESELECT = 2


class Part(Enum):
    """A component of a key; the value is the API's name for it."""

    KEY = "Key"
    MODULUS = "Modulus"
    EXPONENT = "Exponent"
    P = "P"
    Q = "Q"
    DP1 = "DP1"
    DQ1 = "DQ1"
    PQ = "PQ"
    G = "G"
    X = "X"
    Y = "Y"
    FIELD = "Field"
    A = "A"
    B = "B"
    R = "R"
    K = "K"
    W = "W"
    S = "S"


EC_DOMAIN = (Part.FIELD, Part.A, Part.B, Part.G, Part.R, Part.K)
NUMBER_DOMAIN = (Part.P, Part.Q, Part.G)
RSA_SIZES = frozenset(range(512, 4097, 32))
EC_SIZES = frozenset((112, 128, 160, 192, 224, 256, 320, 384, 512, 521))
DSA_SIZES = frozenset((512, 768, 1024, 2048, 3072))
DH_SIZES = frozenset((1024, 2048))
HMAC_SIZES = frozenset(range(8, 1025, 8))
MOST_HMAC_BYTES = 255


class Form(Enum):
    """A kind of key, whatever memory it is in."""

    DES = "DESKey"
    AES = "AESKey"
    HMAC = "HMACKey"
    RSA_PUBLIC = "RSAPublicKey"
    RSA_PRIVATE = "RSAPrivateKey"
    RSA_CRT = "RSAPrivateCrtKey"
    DSA_PUBLIC = "DSAPublicKey"
    DSA_PRIVATE = "DSAPrivateKey"
    DSA_DOMAIN = "DSAKey"
    EC_PUBLIC = "ECPublicKey"
    EC_PRIVATE = "ECPrivateKey"
    EC_DOMAIN = "ECKey"
    DH_PUBLIC = "DHPublicKey"
    DH_PRIVATE = "DHPrivateKey"
    DH_DOMAIN = "DHKey"


@dataclass(frozen=True, slots=True)
class FormInfo:
    """`parts` in the order they are kept, those of the domain first; `optional` ones do not have to be set.

    `types` are the TYPE codes by memory (a memory without its own has the persistent one's), `algorithm` the ALG_TYPE
    code, `sizes` what buildKey takes, in bits.
    """

    parts: tuple[Part, ...]
    types: tuple[int, int | None, int | None]
    algorithm: int
    sizes: frozenset[int]
    domain: Form | None = None
    optional: frozenset[Part] = frozenset()


FORMS: dict[Form, FormInfo] = {
    Form.DES: FormInfo((Part.KEY,), (3, 1, 2), 1, frozenset((64, 128, 192))),
    Form.AES: FormInfo((Part.KEY,), (15, 13, 14), 2, frozenset((128, 192, 256))),
    Form.HMAC: FormInfo((Part.KEY,), (21, 19, 20), 9, HMAC_SIZES),
    Form.RSA_PUBLIC: FormInfo((Part.MODULUS, Part.EXPONENT), (4, None, None), 11, RSA_SIZES),
    Form.RSA_PRIVATE: FormInfo((Part.MODULUS, Part.EXPONENT), (5, 22, 23), 12, RSA_SIZES),
    Form.RSA_CRT: FormInfo((Part.P, Part.Q, Part.DP1, Part.DQ1, Part.PQ), (6, 24, 25), 13, RSA_SIZES),
    Form.DSA_PUBLIC: FormInfo((*NUMBER_DOMAIN, Part.Y), (7, None, None), 3, DSA_SIZES, Form.DSA_DOMAIN),
    Form.DSA_PRIVATE: FormInfo((*NUMBER_DOMAIN, Part.X), (8, 26, 27), 4, DSA_SIZES, Form.DSA_DOMAIN),
    Form.DSA_DOMAIN: FormInfo(NUMBER_DOMAIN, (39, None, None), 18, DSA_SIZES),
    Form.EC_PUBLIC: FormInfo((*EC_DOMAIN, Part.W), (11, None, None), 7, EC_SIZES, Form.EC_DOMAIN, frozenset((Part.K,))),
    Form.EC_PRIVATE: FormInfo((*EC_DOMAIN, Part.S), (12, 30, 31), 8, EC_SIZES, Form.EC_DOMAIN, frozenset((Part.K,))),
    Form.EC_DOMAIN: FormInfo(EC_DOMAIN, (41, None, None), 17, EC_SIZES, optional=frozenset((Part.K,))),
    Form.DH_PUBLIC: FormInfo(
        (*NUMBER_DOMAIN, Part.Y), (32, 34, 33), 14, DH_SIZES, Form.DH_DOMAIN, frozenset((Part.Q,))
    ),
    Form.DH_PRIVATE: FormInfo(
        (*NUMBER_DOMAIN, Part.X), (35, 37, 36), 15, DH_SIZES, Form.DH_DOMAIN, frozenset((Part.Q,))
    ),
    Form.DH_DOMAIN: FormInfo(NUMBER_DOMAIN, (38, None, None), 19, DH_SIZES, optional=frozenset((Part.Q,))),
}
SECRET = frozenset((Form.DES, Form.AES, Form.HMAC))
RSA_PRIVATE_FORMS = frozenset((Form.RSA_PRIVATE, Form.RSA_CRT))
"""With the private exponent, or with the five numbers."""


def interfaces(form: Form) -> tuple[str, ...]:
    """The interfaces of the API that a key of this form has."""
    own = f"{_SECURITY}/{form.value}"
    return (own, f"{_SECURITY}/Key") if form in (Form.DSA_DOMAIN, Form.EC_DOMAIN, Form.DH_DOMAIN) else (own,)


def of_type(code: int) -> tuple[Form, Memory] | None:
    """What a TYPE code of KeyBuilder stands for; None if this card does not have it."""
    for form, info in FORMS.items():
        for memory, one in zip(Memory, info.types, strict=True):
            if one == code:
                return form, memory
    return None


def of_algorithm(code: int) -> Form | None:
    """What an ALG_TYPE code of KeyBuilder stands for."""
    return next((form for form, info in FORMS.items() if info.algorithm == code), None)


def type_code(form: Form, memory: Memory) -> int:
    """What getType gives."""
    own = FORMS[form].types[memory]
    return FORMS[form].types[0] if own is None else own


def capacity(form: Form, part: Part, bits: int) -> int:
    """The most bytes that a component may have in a key of `bits`."""
    size = (bits + 7) // 8
    if part is Part.KEY:
        return MOST_HMAC_BYTES if form is Form.HMAC else size
    if part is Part.K:
        return 2
    if form is Form.RSA_CRT:
        return (size + 1) // 2
    if part in (Part.R, Part.S):
        return size + 1
    if part is Part.W or (part is Part.G and Part.FIELD in FORMS[form].parts):
        return 2 * size + 1
    return size
