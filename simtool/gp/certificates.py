"""Hashes by which access rules know an application's signer: from an APK, a certificate file, or given as digits.

An APK carries its signer's certificate in the signing block (v2, v3, v3.1 schemes) and, for older phones, in META-INF
(v1). The newest one counts, as Android does it. Whether the signature itself is right is not checked here.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

from simtool.codec.archive import SIGNATURE, read_entries
from simtool.codec.byte_reader import ByteReader
from simtool.errors import DecodeError

_END_OF_DIRECTORY = b"PK\x05\x06"
_END_LENGTH = 22
_COMMENT_MAX = 0xFFFF
_MAGIC = b"APK Sig Block 42"
_V2, _V3, _V31 = 0x7109871A, 0xF05368C0, 0x1B93AD61
_SCHEMES = ((_V31, "v3.1"), (_V3, "v3"), (_V2, "v2"))
_PEM = b"-----BEGIN CERTIFICATE-----"


class HashKind(Enum):
    """Which hash a rule holds: phones compare both, older ones SHA-1 only."""

    SHA1 = "sha1"
    SHA256 = "sha256"


@dataclass(frozen=True, slots=True)
class SignerCertificate:
    """A certificate (DER) and where it stood: `apk v3`, `apk v1`, `file`."""

    der: bytes
    source: str

    def digest(self, kind: HashKind) -> bytes:
        if kind is HashKind.SHA1:
            return hashlib.sha1(self.der, usedforsecurity=False).digest()
        return hashlib.sha256(self.der).digest()

    @property
    def subject(self) -> str:
        """The name in the certificate, for people. Raises `DecodeError` where it cannot be read."""
        from cryptography import x509

        try:
            with _lenient():
                return x509.load_der_x509_certificate(self.der).subject.rfc4514_string()
        except (ValueError, x509.InvalidVersion) as error:
            raise DecodeError(f"the certificate's name cannot be read: {error}") from error


@contextmanager
def _lenient() -> Iterator[None]:
    """Phones take signers' certificates that RFC 5280 forbids, such as those with a serial number of 0. So do we."""
    from cryptography.utils import CryptographyDeprecationWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        yield


def read_certificates(data: bytes) -> tuple[SignerCertificate, ...]:
    """The signers' certificates in an APK, a PEM or a DER file. Raises `DecodeError` when there are none."""
    if data.startswith(SIGNATURE):
        found = _of_apk(data)
    elif _PEM in data:
        found = _of_pem(data)
    else:
        found = (SignerCertificate(_checked(data), "file"),)
    if not found:
        raise DecodeError("the file is not signed: it holds no certificate")
    return found


def _of_pem(data: bytes) -> tuple[SignerCertificate, ...]:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    try:
        with _lenient():
            certificates = x509.load_pem_x509_certificates(data)
    except (ValueError, x509.InvalidVersion) as error:
        raise DecodeError(f"the PEM file holds no certificate that can be read: {error}") from error
    return tuple(SignerCertificate(one.public_bytes(Encoding.DER), "file") for one in certificates)


def _checked(der: bytes) -> bytes:
    from cryptography import x509

    try:
        with _lenient():
            x509.load_der_x509_certificate(der)
    except (ValueError, x509.InvalidVersion) as error:
        raise DecodeError("this is neither an APK nor a certificate (PEM or DER)") from error
    return der


def _of_apk(data: bytes) -> tuple[SignerCertificate, ...]:
    schemes = _signing_block(data)
    for number, name in _SCHEMES:
        if number in schemes:
            return tuple(SignerCertificate(_checked(der), f"apk {name}") for der in _signers(schemes[number]))
    return _of_v1(data)


def _signing_block(data: bytes) -> dict[int, bytes]:
    """The pairs of the APK signing block before the central directory; none when there is no block."""
    end = data.rfind(_END_OF_DIRECTORY, max(0, len(data) - _COMMENT_MAX - _END_LENGTH))
    if end < 0 or end + _END_LENGTH > len(data):
        raise DecodeError("the APK's archive has no end: it is cut short")
    directory = int.from_bytes(data[end + 16 : end + 20], "little")
    if data[max(0, directory - 16) : directory] != _MAGIC:
        return {}
    size = int.from_bytes(data[directory - 24 : directory - 16], "little")
    start = directory - size
    if start < 0 or size < 24:
        raise DecodeError("the APK's signing block has a wrong size")
    pairs = {}
    rest = ByteReader(data[start : directory - 24], "APK signing block")
    while rest.more:
        length = int.from_bytes(rest.bytes(8, "length"), "little")
        pair = rest.bytes(length, "entry")
        if length >= 4:
            pairs[int.from_bytes(pair[:4], "little")] = pair[4:]
    return pairs


def _prefixed(reader: ByteReader, name: str) -> bytes:
    """A value with its length in four bytes before it, lowest first."""
    return reader.bytes(int.from_bytes(reader.bytes(4, f"length of {name}"), "little"), name)


def _signers(block: bytes) -> tuple[bytes, ...]:
    """The first certificate of each signer: signers, signed data, digests, certificates."""
    found = []
    signers = ByteReader(_prefixed(ByteReader(block, "APK signing block"), "signers"), "signers")
    while signers.more:
        signer = ByteReader(_prefixed(signers, "signer"), "signer")
        signed = ByteReader(_prefixed(signer, "signed data"), "signed data")
        _prefixed(signed, "digests")
        certificates = ByteReader(_prefixed(signed, "certificates"), "certificates")
        found.append(_prefixed(certificates, "certificate"))
    return tuple(found)


def _of_v1(data: bytes) -> tuple[SignerCertificate, ...]:
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
    from cryptography.x509 import InvalidVersion

    found = []
    for name, raw in read_entries(data, _is_v1_signature):
        try:
            with _lenient():
                chain = pkcs7.load_der_pkcs7_certificates(raw)
        except (ValueError, InvalidVersion) as error:
            raise DecodeError(f"{name} in the APK is no signature: {error}") from error
        if chain:
            found.append(SignerCertificate(chain[0].public_bytes(Encoding.DER), "apk v1"))
    return tuple(found)


def _is_v1_signature(name: str) -> bool:
    return name.startswith("META-INF/") and name.upper().endswith((".RSA", ".DSA", ".EC"))
