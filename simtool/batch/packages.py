"""Recipient packages: everyone gets a file with their columns only, encrypted to their key, and one signed manifest.

A package is a folder (0700) of files (0600) that appears whole or not at all::

    manifest.json        counts and SHA-256 digests of all files
    manifest.p7s         its signature (CMS SignedData, detached)
    auc-001.csv.p7m      CMS EnvelopedData, AES-256-CBC, the content key under the recipient's RSA key

`openssl cms -decrypt -inform DER -in auc-001.csv.p7m -inkey KEY.pem` opens a file, `openssl cms -verify -inform DER -in
manifest.p7s -content manifest.json -CAfile SENDER.pem` checks the manifest. A CMS file is made in memory, so a batch is
cut into parts of 100,000 cards; nothing is on disk in the clear at any time.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, pkcs7

from simtool.batch.formats.card import ListedCard, by_subscription
from simtool.batch.formats.convert import Source
from simtool.batch.formats.header import BatchHeader
from simtool.batch.formats.model import Format
from simtool.batch.formats.registry import resolve
from simtool.errors import InputError, RefusedError
from simtool.perso.private_file import require_private
from simtool.perso.pysim.text_files import refuse
from simtool.perso.source import Section, check, read_yaml

PART = 100_000
MANIFEST = "manifest.json"
SIGNATURE = "manifest.p7s"
LEAST_RSA_BITS = 2048


class Role(Enum):
    """Who gets a file, and which secrets may be in it."""

    AUC = "auc"
    OTA = "ota"
    PRINTER = "printer"
    CARE = "care"

    @property
    def secrets(self) -> frozenset[str]:
        """Of "keys" (Ki, OPc), "key sets", "codes" (PIN and PUK): nobody gets an ADM code this way."""
        allowed = {Role.AUC: ("keys",), Role.OTA: ("key sets",), Role.PRINTER: (), Role.CARE: ("codes",)}
        return frozenset(allowed[self])

    @property
    def default_format(self) -> str:
        return "laser" if self is Role.PRINTER else self.value


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient: role, format and certificate."""

    role: Role
    form: Format
    certificate: x509.Certificate

    @property
    def subject(self) -> str:
        """The name in the certificate (RFC 4514)."""
        return self.certificate.subject.rfc4514_string()


@dataclass(frozen=True, slots=True)
class Sender:
    """Who signs the manifest."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class PackageFile:
    """One encrypted file of a package. `sha256` is that of the file as it lies there."""

    name: str
    role: Role
    form: str
    entries: int
    sha256: str

    def value(self) -> dict[str, Any]:
        return {
            "file": self.name, "recipient": self.role.value, "format": self.form, "entries": self.entries,
            "sha256": self.sha256,
        }  # fmt: skip


class _RecipientForm(Section):
    role: Role
    certificate: str
    format: str = ""


class _Recipients(Section):
    recipients: list[_RecipientForm]


def read_recipients(path: Path) -> tuple[Recipient, ...]:
    """The recipients of a YAML file (`recipients: [{role: auc, certificate: auc.pem, format: FORMAT}]`).

    Certificates and templates are looked for beside the file. Raises `InputError` for what cannot be read,
    `RefusedError` when a format would give somebody secrets that are not theirs.
    """
    source = read_yaml(path)
    found = []
    for number, item in enumerate(check(source, _Recipients).recipients):
        place = source.place(("recipients", number))
        name = item.format or item.role.default_format
        form = resolve(str(path.parent / name) if name.endswith((".yaml", ".yml")) else name)
        if extra := _too_much(item.role, form):
            raise RefusedError(f"{place}: {form.name} holds {extra}, which {item.role.value} may not get")
        found.append(Recipient(item.role, form, _certificate(path.parent / item.certificate)))
    if not found:
        raise InputError("names no recipient", place=str(path))
    if len({item.role for item in found}) != len(found):
        raise InputError("a role stands twice", place=str(path))
    return tuple(found)


def _too_much(role: Role, form: Format) -> str:
    keeps, allowed = form.keeps, role.secrets
    if (keeps.ki or keeps.opc) and "keys" not in allowed:
        return "Ki or OPc"
    if keeps.key_sets != () and "key sets" not in allowed:
        return "OTA keys"
    if keeps.codes is None or any("ADM" in name for name in keeps.codes):
        return "ADM codes"
    return "PIN and PUK" if keeps.codes and "codes" not in allowed else ""


def _certificate(path: Path) -> x509.Certificate:
    """Raises `InputError` when it is none, or not one that CMS can encrypt to here: RSA, 2048 bits or more."""
    certificate = _load_certificate(path)
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < LEAST_RSA_BITS:
        hint = "ask the recipient for an RSA certificate"
        raise InputError(f"is no RSA key of {LEAST_RSA_BITS} bits or more", place=str(path), hint=hint)
    return certificate


def _load_certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(path)) from error
    except ValueError:
        raise InputError("is no certificate in PEM", place=str(path)) from None


def read_sender(certificate: Path, key: Path) -> Sender:
    """The signer. The key file must be its owner's alone and not encrypted. Raises `InputError`."""
    require_private(key)
    try:
        loaded = load_pem_private_key(key.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise InputError("is no private key in PEM, or one under a pass phrase", place=str(key)) from None
    if not isinstance(loaded, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise InputError("is neither an RSA nor an EC key", place=str(key))
    signer = _load_certificate(certificate)
    if signer.public_key() != loaded.public_key():
        raise InputError("does not belong to the certificate", place=str(key))
    return Sender(signer, loaded)


def write_package(
    source: Source, folder: Path, recipients: tuple[Recipient, ...], header: BatchHeader, sender: Sender
) -> tuple[PackageFile, ...]:
    """Write a new folder. Raises `InputError` when it exists, or with every card that a format cannot hold."""
    if folder.exists():
        raise InputError("the folder exists", place=str(folder), hint="choose another name")
    try:
        temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))  # 0700
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(folder)) from error
    try:
        files = tuple(item for recipient in recipients for item in _parts(source, temporary, recipient, header))
        manifest = _manifest(files, header)
        _write(temporary / MANIFEST, manifest)
        _write(temporary / SIGNATURE, _signed(manifest, sender))
        os.rename(temporary, folder)
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(folder)) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return files


def _parts(source: Source, folder: Path, recipient: Recipient, header: BatchHeader) -> Iterator[PackageFile]:
    form, count = recipient.form, 0
    cards = by_subscription(source()) if form.by_subscription else iter(source())
    for number in itertools.count(1):
        part = list(itertools.islice(cards, PART))
        if not part:
            break
        refuse([InputError(reason, place=card.name) for card in part if (reason := _refusal(recipient, card))])
        content = _sealed(_text(form, part, header), recipient.certificate)
        name = f"{recipient.role.value}-{number:03d}.{form.suffix}.p7m"
        _write(folder / name, content)
        count += len(part)
        yield PackageFile(name, recipient.role, form.name, len(part), hashlib.sha256(content).hexdigest())
    if not count:
        raise InputError("there is no card to write")


def _refusal(recipient: Recipient, card: ListedCard) -> str:
    """Why this card cannot be given whole to this recipient, or nothing."""
    reason = recipient.form.refusal(card)
    if not reason and recipient.role is Role.OTA:
        lost = [name for name in recipient.form.keeps.loses(card) if name.startswith("key set")]
        reason = f"{recipient.form.name} has no place for {', '.join(lost)}" if lost else ""
    return reason


def _text(form: Format, cards: Iterable[ListedCard], header: BatchHeader) -> bytes:
    cards = list(cards)
    out = io.StringIO(newline="")
    form.write(iter(cards), out, replace(header, quantity=len(cards)), None)
    return out.getvalue().encode()


def _sealed(content: bytes, certificate: x509.Certificate) -> bytes:
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(content).add_recipient(certificate)
    builder = builder.set_content_encryption_algorithm(algorithms.AES256)
    return builder.encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])


def _manifest(files: tuple[PackageFile, ...], header: BatchHeader) -> bytes:
    made = header.made or date.today()
    value = {
        "batch": header.batch, "customer": header.customer, "product": header.product, "order": header.order,
        "made": made.isoformat(), "files": [item.value() for item in files],
    }  # fmt: skip
    return (json.dumps(value, indent=2) + "\n").encode()


def _signed(content: bytes, sender: Sender) -> bytes:
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
    builder = builder.add_signer(sender.certificate, sender.key, hashes.SHA256())
    return builder.sign(Encoding.DER, [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary])


def _write(path: Path, content: bytes) -> None:
    """A new file with mode 0600, synced."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
