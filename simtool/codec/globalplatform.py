"""What a GlobalPlatform card says about itself: registry, keys, production data, capabilities.

GlobalPlatform Card Specification 2.3: GET STATUS §11.4.3, privileges §6.6, life cycles §5, key information template
§11.3.3.1, card recognition data §H.2; CPLC as in VGP. Both directions; no meaning is given to what is read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, IntFlag

from simtool.codec import tlv
from simtool.codec.tlv import Tlv
from simtool.errors import DecodeError, EncodeError

TAG_AID = 0x4F
TAG_LIFE_CYCLE = 0x9F70
TAG_PRIVILEGES = 0xC5
TAG_IMPLICIT_SELECTION = 0xCF
TAG_LOAD_FILE = 0xC4
TAG_LOAD_FILE_VERSION = 0xCE
TAG_MODULE = 0x84
TAG_SECURITY_DOMAIN = 0xCC
TAG_REGISTRY_ENTRY = 0xE3
TAG_KEY_INFORMATION = 0xE0
TAG_KEY = 0xC0
TAG_SEQUENCE_COUNTER = 0xC1
TAG_CARD_DATA = 0x66
TAG_CARD_RECOGNITION = 0x73
TAG_CPLC = 0x9F7F
AID_LENGTHS = range(5, 17)
PRIVILEGE_BYTES = 3
_OID = bytes.fromhex("2a864886fc6b")
_EXTENDED_KEY = 0xFF


class Privilege(IntFlag):
    """Privileges as one number of 24 bits, byte 1 highest (§11.1.2, tables 11-7 to 11-9)."""

    SECURITY_DOMAIN = 0x800000
    DAP_VERIFICATION = 0x400000
    DELEGATED_MANAGEMENT = 0x200000
    CARD_LOCK = 0x100000
    CARD_TERMINATE = 0x080000
    CARD_RESET = 0x040000
    CVM_MANAGEMENT = 0x020000
    MANDATED_DAP_VERIFICATION = 0x010000
    TRUSTED_PATH = 0x008000
    AUTHORIZED_MANAGEMENT = 0x004000
    TOKEN_VERIFICATION = 0x002000
    GLOBAL_DELETE = 0x001000
    GLOBAL_LOCK = 0x000800
    GLOBAL_REGISTRY = 0x000400
    FINAL_APPLICATION = 0x000200
    GLOBAL_SERVICE = 0x000100
    RECEIPT_GENERATION = 0x000080
    CIPHERED_LOAD_FILE_DATA_BLOCK = 0x000040
    CONTACTLESS_ACTIVATION = 0x000020
    CONTACTLESS_SELF_ACTIVATION = 0x000010

    @property
    def names(self) -> tuple[str, ...]:
        """Lower case words, highest bit first."""
        return tuple(one.name.lower().replace("_", " ") for one in Privilege if one in self and one.name)

    def encode(self) -> bytes:
        """One byte where that is enough, else three."""
        raw = int(self).to_bytes(PRIVILEGE_BYTES)
        return raw if any(raw[1:]) else raw[:1]

    @classmethod
    def decode(cls, raw: bytes) -> Privilege:
        """Raises `DecodeError` unless there are no, one or three bytes."""
        if len(raw) not in (0, 1, PRIVILEGE_BYTES):
            raise DecodeError(f"privileges have 1 or 3 bytes, not {len(raw)}")
        return cls(int.from_bytes(raw.ljust(PRIVILEGE_BYTES, b"\x00")))


class LifeCycle(IntEnum):
    """Coded states; which apply depends on what has the state (§5, §11.1.1).

    LOCKED is bit 8 of an application's state: the others keep what it was before (table 11-4).
    """

    LOADED = 0x01
    INSTALLED = 0x03
    SELECTABLE = 0x07
    PERSONALIZED = 0x0F
    LOCKED = 0x80


class CardState(IntEnum):
    """States of the issuer security domain, which are the card's (§5.1)."""

    OP_READY = 0x01
    INITIALIZED = 0x07
    SECURED = 0x0F
    CARD_LOCKED = 0x7F
    TERMINATED = 0xFF


class Scope(IntEnum):
    """What GET STATUS lists, its P1 (§11.4.2.1)."""

    ISSUER_SECURITY_DOMAIN = 0x80
    APPLICATIONS = 0x40
    LOAD_FILES = 0x20
    LOAD_FILES_AND_MODULES = 0x10


class KeyType(IntEnum):
    """Key types (§11.1.8)."""

    DES = 0x80
    DES_CBC = 0x82
    AES = 0x88
    RSA_PUBLIC_EXPONENT = 0xA0
    RSA_MODULUS = 0xA1
    ECC_PUBLIC = 0xB0
    ECC_PARAMETERS = 0xF0


NO_PRIVILEGES = Privilege(0)


def checked_aid(aid: bytes) -> bytes:
    """An AID of 5 to 16 bytes (ISO/IEC 7816-4 §8.2.1.2), or `EncodeError`."""
    if len(aid) not in AID_LENGTHS:
        raise EncodeError(f"an AID has 5 to 16 bytes, not {len(aid)}: {aid.hex()}")
    return aid


def state_name(scope: Scope, state: int, privileges: Privilege = NO_PRIVILEGES) -> str:
    """A life cycle state in the specification's words."""
    if scope is Scope.ISSUER_SECURITY_DOMAIN:
        return CardState(state).name if state in set(CardState) else f"{state:02X}"
    if scope is not Scope.APPLICATIONS:
        return LifeCycle.LOADED.name if state == LifeCycle.LOADED else f"{state:02X}"
    if state & LifeCycle.LOCKED:
        return LifeCycle.LOCKED.name
    if state == LifeCycle.PERSONALIZED and Privilege.SECURITY_DOMAIN in privileges:
        return LifeCycle.PERSONALIZED.name
    if state in (LifeCycle.INSTALLED, LifeCycle.SELECTABLE):
        return LifeCycle(state).name
    return f"application state {state:02X}"


@dataclass(frozen=True, slots=True)
class RegistryEntry:
    """One line of GET STATUS. Fields that a card leaves out are empty."""

    aid: bytes
    state: int
    privileges: Privilege = Privilege(0)
    load_file: bytes = b""
    version: bytes = b""
    modules: tuple[bytes, ...] = ()
    security_domain: bytes = b""
    implicit_selection: tuple[int, ...] = ()

    def encode(self) -> bytes:
        """The E3 template; what is empty is left out, but for the privileges of applications (state first)."""
        parts = [Tlv(TAG_AID, self.aid), Tlv(TAG_LIFE_CYCLE, bytes((self.state,)))]
        if self.privileges:
            parts.append(Tlv(TAG_PRIVILEGES, int(self.privileges).to_bytes(PRIVILEGE_BYTES)))
        parts += [Tlv(TAG_IMPLICIT_SELECTION, bytes((value,))) for value in self.implicit_selection]
        for tag, value in ((TAG_LOAD_FILE, self.load_file), (TAG_LOAD_FILE_VERSION, self.version)):
            if value:
                parts.append(Tlv(tag, value))
        parts += [Tlv(TAG_MODULE, module) for module in self.modules]
        if self.security_domain:
            parts.append(Tlv(TAG_SECURITY_DOMAIN, self.security_domain))
        return tlv.encode(TAG_REGISTRY_ENTRY, tlv.join(parts))

    @classmethod
    def decode(cls, value: bytes) -> RegistryEntry:
        """From the content of an E3 template. Raises `DecodeError` without AID or state."""
        parts = tlv.parse(value)
        aid, state = tlv.first(parts, TAG_AID), tlv.first(parts, TAG_LIFE_CYCLE)
        if aid is None or not state:
            raise DecodeError("a registry entry needs an AID (4F) and a life cycle state (9F70)")
        return cls(
            aid=aid,
            state=state[0],
            privileges=Privilege.decode(tlv.first(parts, TAG_PRIVILEGES) or b""),
            load_file=tlv.first(parts, TAG_LOAD_FILE) or b"",
            version=tlv.first(parts, TAG_LOAD_FILE_VERSION) or b"",
            modules=tuple(part.value for part in parts if part.tag == TAG_MODULE),
            security_domain=tlv.first(parts, TAG_SECURITY_DOMAIN) or b"",
            implicit_selection=tuple(p.value[0] for p in parts if p.tag == TAG_IMPLICIT_SELECTION and p.value),
        )


def decode_registry(data: bytes) -> tuple[RegistryEntry, ...]:
    """Answer of GET STATUS in the TLV format (§11.4.3.1). Raises `DecodeError`."""
    entries = []
    for part in tlv.parse(data):
        if part.tag != TAG_REGISTRY_ENTRY:
            raise DecodeError(f"GET STATUS answers with {part.tag:02X}, not with registry entries (E3)")
        entries.append(RegistryEntry.decode(part.value))
    return tuple(entries)


def decode_registry_legacy(data: bytes, *, modules: bool = False) -> tuple[RegistryEntry, ...]:
    """The same in the format without tags of older cards: AID, state, one byte of privileges (§11.4.3.1).

    `modules` says that the scope lists executable modules behind each load file.
    """
    entries = []
    rest = data
    while rest:
        aid, rest = take_lv(rest)
        if len(rest) < 2:
            raise DecodeError("GET STATUS answer ends within an entry")
        state, privileges, rest = rest[0], Privilege.decode(rest[1:2]), rest[2:]
        inside: list[bytes] = []
        if modules:
            if not rest:
                raise DecodeError("GET STATUS answer ends before its number of modules")
            count, rest = rest[0], rest[1:]
            for _ in range(count):
                module, rest = take_lv(rest)
                inside.append(module)
        entries.append(RegistryEntry(aid, state, privileges, modules=tuple(inside)))
    return tuple(entries)


def take_lv(data: bytes) -> tuple[bytes, bytes]:
    """A value with its length before it, and what follows. Raises `DecodeError` if it is cut short."""
    length, start = tlv.decode_length(data, 0)
    if len(data) < start + length:
        raise DecodeError(f"a length says {length} bytes, {len(data) - start} follow")
    return data[start : start + length], data[start + length :]


@dataclass(frozen=True, slots=True)
class KeyInformation:
    """One key of a security domain: identifier, version and the types and lengths (bytes) of its components."""

    identifier: int
    version: int
    components: tuple[tuple[int, int], ...]

    def encode(self) -> bytes:
        """The C0 object in its basic form."""
        pairs = b"".join(bytes(pair) for pair in self.components)
        return tlv.encode(TAG_KEY, bytes((self.identifier, self.version)) + pairs)

    @classmethod
    def decode(cls, value: bytes) -> KeyInformation:
        if len(value) < 4:
            raise DecodeError(f"key information of {len(value)} bytes is too short")
        identifier, version, rest = value[0], value[1], value[2:]
        components = []
        while rest and rest[0] != _EXTENDED_KEY and len(rest) >= 2:
            components.append((rest[0], rest[1]))
            rest = rest[2:]
        while len(rest) >= 4 and rest[0] == _EXTENDED_KEY:  # FF, type, length in two bytes; usage and access follow
            components.append((rest[1], int.from_bytes(rest[2:4])))
            rest = rest[4:]
        return cls(identifier, version, tuple(components))


def decode_key_information(data: bytes) -> tuple[KeyInformation, ...]:
    """The template E0 of GET DATA (§11.3.3.1), with or without its own tag."""
    parts = tlv.parse(data)
    if parts and parts[0].tag == TAG_KEY_INFORMATION:
        parts = [child for part in parts for child in part.children()]
    return tuple(KeyInformation.decode(part.value) for part in parts if part.tag == TAG_KEY)


def encode_key_information(keys: tuple[KeyInformation, ...]) -> bytes:
    return tlv.encode(TAG_KEY_INFORMATION, b"".join(key.encode() for key in keys))


_CPLC_FIELDS = (
    ("ic_fabricator", 2), ("ic_type", 2), ("os_identifier", 2), ("os_release_date", 2), ("os_release_level", 2),
    ("ic_fabrication_date", 2), ("ic_serial_number", 4), ("ic_batch", 2), ("module_fabricator", 2),
    ("module_packaging_date", 2), ("icc_manufacturer", 2), ("ic_embedding_date", 2), ("pre_personalizer", 2),
    ("pre_personalization_date", 2), ("pre_personalization_equipment", 4), ("personalizer", 2),
    ("personalization_date", 2), ("personalization_equipment", 4),
)  # fmt: skip
CPLC_LENGTH = sum(length for _, length in _CPLC_FIELDS)


def decode_cplc(data: bytes) -> tuple[tuple[str, bytes], ...]:
    """Card production life cycle data (tag 9F7F, 42 bytes) as names and values. Raises `DecodeError`."""
    if data[:2] == TAG_CPLC.to_bytes(2):
        data = tlv.parse(data)[0].value
    if len(data) != CPLC_LENGTH:
        raise DecodeError(f"CPLC data has {CPLC_LENGTH} bytes, not {len(data)}")
    fields, at = [], 0
    for name, length in _CPLC_FIELDS:
        fields.append((name, data[at : at + length]))
        at += length
    return tuple(fields)


@dataclass(frozen=True, slots=True)
class CardRecognition:
    """What the card claims to be: GlobalPlatform version, and secure channels as (protocol, i)."""

    version: tuple[int, ...] = ()
    channels: tuple[tuple[int, int], ...] = field(default=())

    def encode(self) -> bytes:
        """The 66 template (§H.2)."""
        parts = [Tlv(0x06, _OID + b"\x01"), Tlv(0x60, tlv.encode(0x06, _OID + b"\x02" + bytes(self.version)))]
        parts.append(Tlv(0x63, tlv.encode(0x06, _OID + b"\x03")))
        parts += [Tlv(0x64, tlv.encode(0x06, _OID + b"\x04" + bytes(pair))) for pair in self.channels]
        return tlv.encode(TAG_CARD_DATA, tlv.encode(TAG_CARD_RECOGNITION, tlv.join(parts)))

    @classmethod
    def decode(cls, data: bytes) -> CardRecognition:
        """From template 66 or what is in it. Raises `DecodeError` where it is not GlobalPlatform's."""
        parts = tlv.parse(data)
        while parts and parts[0].tag in (TAG_CARD_DATA, TAG_CARD_RECOGNITION):
            parts = parts[0].children()
        if tlv.first(parts, 0x06) != _OID + b"\x01":
            raise DecodeError("card recognition data does not begin with GlobalPlatform's identifier")
        channels = []
        version: tuple[int, ...] = ()
        for part in parts:
            identifiers = [child.value for child in part.children() if child.tag == 0x06] if part.constructed else []
            for identifier in identifiers:
                tail = identifier.removeprefix(_OID)
                if part.tag == 0x60 and tail[:1] == b"\x02":
                    version = tuple(tail[1:])
                if part.tag == 0x64 and tail[:1] == b"\x04" and len(tail) >= 3:
                    channels.append((tail[1], _last_number(tail[2:])))
        return cls(version, tuple(channels))


def _last_number(raw: bytes) -> int:
    """One number of an object identifier: seven bits a byte. Some cards write i above 7F as the plain byte."""
    if len(raw) == 1:
        return raw[0]
    value = 0
    for byte in raw:
        value = value << 7 | byte & 0x7F
    return value
