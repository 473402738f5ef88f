"""Certificates in APKs of all signing schemes, PEM and DER; the APKs are assembled here."""

from __future__ import annotations

import datetime
import hashlib
import io
import zipfile

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from hypothesis import example, given
from hypothesis import strategies as st

from simtool.errors import DecodeError
from simtool.gp.certificates import HashKind, read_certificates

V2, V3, V31, PADDING = 0x7109871A, 0xF05368C0, 0x1B93AD61, 0x42726577
KEY = ec.generate_private_key(ec.SECP256R1())


def certificate(name: str) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    start = datetime.datetime(2026, 1, 1)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(KEY.public_key())
    builder = builder.serial_number(1).not_valid_before(start).not_valid_after(start + datetime.timedelta(days=9))
    return builder.sign(KEY, hashes.SHA256())


OLD, NEW = certificate("old"), certificate("new")
DER_OLD, DER_NEW = (one.public_bytes(serialization.Encoding.DER) for one in (OLD, NEW))


def prefixed(*values: bytes) -> bytes:
    return b"".join(len(value).to_bytes(4, "little") + value for value in values)


def scheme(der: bytes, *chain: bytes) -> bytes:
    """Signers { signer { signed data { digests, certificates, attributes }, signatures, key } }."""
    signed = prefixed(prefixed(b"digest"), prefixed(der, *chain), b"")
    return prefixed(prefixed(prefixed(signed, b"signatures", b"key")))


def apk(schemes: dict[int, bytes], v1: x509.Certificate | None = None, comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("classes.dex", b"dex")
        if v1 is not None:
            signer = pkcs7.PKCS7SignatureBuilder().set_data(b"x").add_signer(v1, KEY, hashes.SHA256())
            archive.writestr("META-INF/CERT.EC", signer.sign(serialization.Encoding.DER, []))
        archive.comment = comment
    raw = buffer.getvalue()
    if not schemes:
        return raw
    end = raw.rfind(b"PK\x05\x06")
    directory = int.from_bytes(raw[end + 16 : end + 20], "little")
    pairs = b"".join(
        (4 + len(value)).to_bytes(8, "little") + number.to_bytes(4, "little") + value
        for number, value in schemes.items()
    )
    size = (len(pairs) + 24).to_bytes(8, "little")
    block = size + pairs + size + b"APK Sig Block 42"
    moved = (directory + len(block)).to_bytes(4, "little")
    return raw[:directory] + block + raw[directory : end + 16] + moved + raw[end + 20 :]


APKS = [
    # schemes, v1 certificate, the certificate that counts, where it stood
    ({V2: scheme(DER_NEW)}, None, DER_NEW, "apk v2"),
    ({PADDING: bytes(9), V2: scheme(DER_OLD), V3: scheme(DER_NEW, DER_OLD)}, OLD, DER_NEW, "apk v3"),
    ({V3: scheme(DER_OLD), V31: scheme(DER_NEW)}, None, DER_NEW, "apk v3.1"),
    ({}, NEW, DER_NEW, "apk v1"),
]


@pytest.mark.parametrize(("schemes", "v1", "wanted", "source"), APKS)
@pytest.mark.parametrize("comment", [b"", b"a comment"])
def test_apks(
    schemes: dict[int, bytes], v1: x509.Certificate | None, wanted: bytes, source: str, comment: bytes
) -> None:
    (one,) = read_certificates(apk(schemes, v1, comment))
    assert (one.der, one.source) == (wanted, source)


def test_files_and_hashes() -> None:
    pem = NEW.public_bytes(serialization.Encoding.PEM)
    for data in (pem, DER_NEW, b"Bag Attributes\n" + pem):
        (one,) = read_certificates(data)
        assert one.digest(HashKind.SHA1) == hashlib.sha1(DER_NEW, usedforsecurity=False).digest()
        assert one.digest(HashKind.SHA256) == NEW.fingerprint(hashes.SHA256())
        assert one.subject == "CN=new"


@pytest.mark.parametrize("data", [apk({}), b"", b"text", b"PK\x03\x04", b"-----BEGIN CERTIFICATE-----\nrubbish"])
def test_files_without_a_certificate(data: bytes) -> None:
    with pytest.raises(DecodeError):
        read_certificates(data)


SERIAL = DER_NEW.index(bytes.fromhex("020101")) + 2
"""Where the serial number stands, 1. With 0, which RFC 5280 forbids, the certificate is read all the same."""
WHOLE = [apk({V2: scheme(DER_NEW)}), apk({}, NEW), DER_NEW, NEW.public_bytes(serialization.Encoding.PEM)]


@given(st.sampled_from(WHOLE), st.integers(0, 5000), st.integers(1, 255))
@example(WHOLE[2], 12, 8)
@example(WHOLE[2], SERIAL, 1)
def test_damage_is_an_error_and_nothing_else(whole: bytes, place: int, change: int) -> None:
    raw = bytearray(whole)
    raw[place % len(raw)] ^= change
    try:
        for one in read_certificates(bytes(raw)):
            assert one.subject is not None
    except DecodeError:
        pass
