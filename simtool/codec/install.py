"""Data fields of INSTALL, LOAD, DELETE and STORE DATA (GlobalPlatform Card Specification §11.2 to §11.11).

Values with a length before each: AIDs, hash, privileges, parameters, token. Lengths above 127 are coded as BER does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntFlag

from simtool.codec import tlv
from simtool.codec.globalplatform import NO_PRIVILEGES, TAG_AID, Privilege, take_lv
from simtool.codec.tlv import Tlv, encode_length
from simtool.errors import DecodeError, EncodeError

TAG_DAP_BLOCK = 0xE2
TAG_DAP_SIGNATURE = 0xC3
TAG_LOAD_FILE_DATA_BLOCK = 0xC4
TAG_TOKEN_IN_DELETE = 0x9E


class InstallFor(IntFlag):
    """P1 of INSTALL (§11.5.2.1)."""

    LOAD = 0x02
    INSTALL = 0x04
    MAKE_SELECTABLE = 0x08
    EXTRADITION = 0x10
    PERSONALIZATION = 0x20
    REGISTRY_UPDATE = 0x40


def join_lv(*values: bytes) -> bytes:
    return b"".join(encode_length(len(value)) + value for value in values)


def split_lv(data: bytes, count: int) -> tuple[bytes, ...]:
    """Exactly `count` values with their lengths. Raises `DecodeError` for fewer, or bytes left over."""
    values, rest = [], data
    for _ in range(count):
        value, rest = take_lv(rest)
        values.append(value)
    if rest:
        raise DecodeError(f"{len(rest)} bytes are left behind the last field")
    return tuple(values)


@dataclass(frozen=True, slots=True)
class ForLoad:
    """INSTALL [for load] (§11.5.2.3.1). `security_domain` empty: the one that is selected."""

    load_file: bytes
    security_domain: bytes = b""
    digest: bytes = b""
    parameters: bytes = b""
    token: bytes = b""

    def encode(self) -> bytes:
        return self.signed_part() + join_lv(self.token)

    def signed_part(self) -> bytes:
        """All but the token, as the token signs it."""
        return join_lv(self.load_file, self.security_domain, self.digest, self.parameters)

    @classmethod
    def decode(cls, data: bytes) -> ForLoad:
        return cls(*split_lv(data, 5))


@dataclass(frozen=True, slots=True)
class ForInstall:
    """INSTALL [for install] and [for make selectable] (§11.5.2.3.2, .3): the latter names only the application."""

    load_file: bytes
    module: bytes
    instance: bytes
    privileges: Privilege = NO_PRIVILEGES
    parameters: bytes = b""
    token: bytes = b""

    def encode(self) -> bytes:
        return self.signed_part() + join_lv(self.token)

    def signed_part(self) -> bytes:
        return join_lv(self.load_file, self.module, self.instance, self.privileges.encode(), self.parameters)

    @classmethod
    def decode(cls, data: bytes) -> ForInstall:
        load_file, module, instance, privileges, parameters, token = split_lv(data, 6)
        return cls(load_file, module, instance, Privilege.decode(privileges), parameters, token)


@dataclass(frozen=True, slots=True)
class ForExtradition:
    """INSTALL [for extradition] (§11.5.2.3.4): `application` goes to `security_domain`."""

    security_domain: bytes
    application: bytes
    parameters: bytes = b""
    token: bytes = b""

    def encode(self) -> bytes:
        return self.signed_part() + join_lv(self.token)

    def signed_part(self) -> bytes:
        return join_lv(self.security_domain, b"", self.application, b"", self.parameters)

    @classmethod
    def decode(cls, data: bytes) -> ForExtradition:
        domain, _, application, _, parameters, token = split_lv(data, 6)
        return cls(domain, application, parameters, token)


@dataclass(frozen=True, slots=True)
class ForRegistryUpdate:
    """INSTALL [for registry update] (§11.5.2.3.5). No privileges (None) leaves those that are there."""

    application: bytes
    security_domain: bytes = b""
    privileges: Privilege | None = None
    parameters: bytes = b""
    token: bytes = b""

    def encode(self) -> bytes:
        return self.signed_part() + join_lv(self.token)

    def signed_part(self) -> bytes:
        privileges = b"" if self.privileges is None else self.privileges.encode()
        return join_lv(self.security_domain, b"", self.application, privileges, self.parameters)

    @classmethod
    def decode(cls, data: bytes) -> ForRegistryUpdate:
        domain, _, application, privileges, parameters, token = split_lv(data, 6)
        return cls(application, domain, Privilege.decode(privileges) if privileges else None, parameters, token)


@dataclass(frozen=True, slots=True)
class ForPersonalization:
    """INSTALL [for personalization] (§11.5.2.3.6): the next STORE DATA goes to this application."""

    application: bytes

    def encode(self) -> bytes:
        return join_lv(b"", b"", self.application, b"", b"", b"")

    @classmethod
    def decode(cls, data: bytes) -> ForPersonalization:
        return cls(split_lv(data, 6)[2])


@dataclass(frozen=True, slots=True)
class DapBlock:
    """A signature over a load file, by the key of one security domain (§11.6.2.3)."""

    security_domain: bytes
    signature: bytes

    def encode(self) -> bytes:
        parts = (Tlv(TAG_AID, self.security_domain), Tlv(TAG_DAP_SIGNATURE, self.signature))
        return tlv.encode(TAG_DAP_BLOCK, tlv.join(parts))


def load_file_bytes(data_block: bytes, daps: tuple[DapBlock, ...] = ()) -> bytes:
    """What LOAD brings in pieces: DAP blocks, then the load file data block in its C4 (§11.6.2.3)."""
    return b"".join(dap.encode() for dap in daps) + tlv.encode(TAG_LOAD_FILE_DATA_BLOCK, data_block)


def delete_object(aid: bytes, token: bytes = b"") -> bytes:
    """Data of DELETE for an application or load file (§11.2.2.3)."""
    parts = [Tlv(TAG_AID, aid)]
    if token:
        parts.append(Tlv(TAG_TOKEN_IN_DELETE, token))
    return tlv.join(parts)


def delete_key(*, identifier: int | None = None, version: int | None = None) -> bytes:
    """Data of DELETE for keys: D0 their identifier, D2 their version, at least one (§11.2.2.3.2)."""
    parts = [Tlv(tag, bytes((value,))) for tag, value in ((0xD0, identifier), (0xD2, version)) if value is not None]
    if not parts:
        raise EncodeError("which keys to delete: an identifier, a version or both are needed")
    return tlv.join(parts)


class DataStructure(IntFlag):
    """How the data of STORE DATA is made, bits of P1 (§11.11.2.1)."""

    NONE = 0x00
    DGI = 0x08
    BER_TLV = 0x10


class DataEncryption(IntFlag):
    """Whether the data of STORE DATA is enciphered, bits of P1 (§11.11.2.1)."""

    NONE = 0x00
    APPLICATION_DEPENDENT = 0x20
    ENCRYPTED = 0x60


LAST_BLOCK = 0x80
MAX_BLOCKS = 256


def encode_dgi(tag: int, value: bytes) -> bytes:
    """A data grouping: tag in two bytes, length in one, or FF and two (§11.11.2.3; EMV CPS §3.2)."""
    if len(value) > 0xFFFF:
        raise EncodeError(f"{len(value)} bytes do not fit one data grouping")
    length = bytes((len(value),)) if len(value) < 0xFF else b"\xff" + len(value).to_bytes(2)
    return tag.to_bytes(2) + length + value


def decode_dgis(data: bytes) -> tuple[tuple[int, bytes], ...]:
    """Data groupings one after the other. Raises `DecodeError` when one is cut short."""
    found, at = [], 0
    while at < len(data):
        head = data[at : at + 3]
        if len(head) < 3:
            raise DecodeError("a data grouping ends within its head")
        at += 3
        length = head[2]
        if length == 0xFF:
            length, at = int.from_bytes(data[at : at + 2]), at + 2
        if len(data) < at + length:
            raise DecodeError(f"data grouping {head[:2].hex().upper()} says {length} bytes, {len(data) - at} follow")
        found.append((int.from_bytes(head[:2]), data[at : at + length]))
        at += length
    return tuple(found)


def blocks(data: bytes, size: int) -> Iterator[tuple[int, bytes, bool]]:
    """Number, content and "last" of each block of at most `size` bytes; one empty block for no data.

    Raises `EncodeError` when more than 256 blocks would be needed.
    """
    count = max(1, -(-len(data) // size))
    if count > MAX_BLOCKS:
        raise EncodeError(f"{len(data)} bytes need {count} blocks of {size}, more than {MAX_BLOCKS}")
    for number in range(count):
        yield number, data[number * size : (number + 1) * size], number == count - 1
