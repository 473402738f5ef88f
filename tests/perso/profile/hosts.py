"""A host in the tests: it finishes cards with numbers and keys of its own, and delivers them with an output file."""

from __future__ import annotations

from dataclasses import replace

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

import simtool
from simtool.crypto.secret import Secret
from simtool.files.product import load
from simtool.perso.job import prepare
from simtool.perso.read import read_iccid
from simtool.perso.record import CardRecord, Credential
from simtool.softcard.card import SoftCard
from tests.perso.rig import ROOT
from tests.perso.test_products import credentials_of, session_with

TRANSPORT_KEY = bytes.fromhex("000102030405060708090a0b0c0d0e0f")
HOST = """\
operator: {{kind: full, name: Host, plmn: 001-01}}
identity: {{iccid: {{first: '894944000000115531'}}, imsi: {{first: '{imsi}'}}, msisdn: '+882280001'}}
branding: {{spn: {{name: Host}}}}
network:
  home: [{{plmn: 001-01, technologies: [E-UTRAN]}}]
  operator: [{{plmn: 262-02, technologies: [E-UTRAN]}}]
  forbidden: [262-03]
  access_class: from-imsi
services: {{smsc: '+8822800999'}}
"""
# Names of the profiles whose cards come from a host, with an IMSI of the range that each expects.
FROM_HOST = {"reseller": "001010000100001", "service-provider": "001010000200001", "enhanced": "001010000300001"}


def finished_card(product: str, imsi: str) -> tuple[SoftCard, CardRecord]:
    """A card that the host has finished, and its record at the host."""
    model, card = load(product), SoftCard.new(load(product))
    profile = simtool.Profile.parse(HOST.format(imsi=imsi))
    record = replace(profile.issue(1)[0], credentials=credentials_of(model))
    with session_with(card, product) as session:
        simtool.identify(session, product=product)
        if not model.iccid_writable:
            record = replace(record, iccid=read_iccid(session, model))
        job = prepare(session, profile, (record,), product=product)
        assert simtool.apply(job.plan, session).end is simtool.EndState.GOOD
        return card, simtool.verify(session, job.desired, job.record).record


def encrypted(secret: Secret) -> str:
    encryptor = Cipher(algorithms.AES(TRANSPORT_KEY), modes.ECB()).encryptor()  # noqa: S305
    return encryptor.update(secret.reveal()).hex().upper()


def output_file(record: CardRecord, *, keys: bool) -> str:
    """The host's output file for one card; Ki and OPc encrypted under the transport key."""
    subscription = record.subscription
    codes = {item.pin: item.value.reveal() for item in record.credentials if item.pin in ("PIN1", "PUK1", "ADM1")}
    names = ["ICCID", "IMSI", "MSISDN", *codes]
    values = [record.iccid.digits, subscription.imsi.digits, subscription.msisdn or "-"]
    values += [_text(value) for value in codes.values()]
    if keys:
        assert subscription.k is not None and subscription.opc is not None
        names += ["KI", "OPC"]
        values += [encrypted(subscription.k), encrypted(subscription.opc)]
    return (
        "*HEADER DESCRIPTION\n***************************************\n"
        f"Customer        : Host\nQuantity        : 1\nTransport_key   : {'1' if keys else '0'}\n"
        "*INPUT VARIABLES DESCRIPTION\n***************************************\nvar_in:\n"
        "*OUTPUT VARIABLES DESCRIPTION\n***************************************\n"
        f"var_out: {'/'.join(names)}\n{' '.join(values)}\n"
    )


def _text(value: bytes) -> str:
    digits = value.rstrip(b"\xff")
    return digits.decode() if digits.isdigit() else value.hex()


def with_delivered_codes(record: CardRecord, product: str) -> CardRecord:
    """The record with every code that opens such a card as delivered (a host's file names the usual ones only)."""
    known = {item.pin for item in record.credentials}
    more = tuple(item for item in credentials_of(load(product)) if item.pin not in known)
    return replace(record, credentials=(*record.credentials, *more))


def load_profile(name: str) -> simtool.Profile:
    return simtool.Profile.load(ROOT / "profiles" / f"{name}.yaml")


__all__ = ["FROM_HOST", "TRANSPORT_KEY", "Credential", "finished_card", "load_profile", "output_file"]
