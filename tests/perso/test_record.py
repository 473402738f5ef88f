"""Card records and the files they live in."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.codec.identifiers import Iccid, Imsi
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.secret import Secret
from simtool.errors import EncodeError, InputError
from simtool.perso.record import (
    ALGORITHMS,
    WITHOUT_OPC,
    CardRecord,
    Credential,
    Subscription,
    load_records,
    parse_credential,
    save_records,
)

K = "000102030405060708090a0b0c0d0e0f"
OPC = "f0e0d0c0b0a090807060504030201000"
TEXT = f"""\
iccid: '8949440000001155314'
subscriptions:
  - {{imsi: '001010000000101', msisdn: '+88228000101', algorithm: milenage, k: {K}, opc: {OPC}, sqn: 32}}
credentials: {{ADM1: '34173960', PIN1: '0000'}}
key_sets:
  - {{version: 1, cipher: des, enc: {K}, mac: {OPC}, dek: {K}}}
"""

CREDENTIALS = [
    # text, bytes
    ("0000", "30303030ffffffff"),
    ("34173960", "3334313733393630"),
    ("3832313934353637", "3832313934353637"),
    ("ffffffffffffffff", "ffffffffffffffff"),
]


@pytest.mark.parametrize(("text", "sent"), CREDENTIALS)
def test_credentials(text: str, sent: str) -> None:
    assert parse_credential("ADM1", text).reveal().hex() == sent


@pytest.mark.parametrize("text", ["", "123", "123456789", "12 34", "0x123456", "١٢٣٤", "g" * 16])
def test_credentials_that_are_none_are_not_repeated(text: str) -> None:
    with pytest.raises(EncodeError) as raised:
        parse_credential("ADM1", text)
    assert not text or text not in str(raised.value)


def test_a_record_file(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text(TEXT)
    (record,) = load_records(path)
    assert record.iccid == Iccid("8949440000001155314")
    assert record.subscription.imsi == Imsi("001010000000101")
    assert record.subscription.k == Secret(bytes.fromhex(K))
    assert record.subscription.sqn == 32
    assert [credential.pin for credential in record.credentials] == ["ADM1", "PIN1"]
    keys = (Secret(bytes.fromhex(K)), Secret(bytes.fromhex(OPC)), Secret(bytes.fromhex(K)))
    assert record.key_sets == (KeySet(1, KeyCipher.DES, *keys),)


BROKEN = [
    # what, old, new, place, reason
    ("Ki too short", K, K[:-2], ":3", "15"),
    ("Ki not hex", K, "z" * 32, ":3", "hex"),
    ("no OPc", f", opc: {OPC}", "", ":3", "OPc"),
    ("OPc beside COMP128", "milenage", "comp128v1", ":3", "OPc"),
    ("algorithm", "milenage", "milenege", ":3", "algorithm"),
    ("wrong check digit", "155314", "155315", ":1", "check digit"),
    ("ADM too long", "34173960", "341739601", ":4", "ADM1"),
    ("unknown name", "sqn: 32", "seq: 32", ":3", "unknown"),
    ("SQN too large", "sqn: 32", "sqn: 281474976710656", ":3", "48"),
    ("SQN negative", "sqn: 32", "sqn: -1", ":3", "48"),
    ("key version", "version: 1", "version: 128", ":6", "127"),
    ("cipher", "cipher: des", "cipher: rsa", ":6", "aes"),
    ("DES key of 32 bytes", f"enc: {K}", f"enc: {K}{K}", ":6", "16 or 24"),
    (
        "key version twice",
        f"dek: {K}}}",
        f"dek: {K}}}\n  - {{version: 1, cipher: des, enc: {K}, mac: {K}, dek: {K}}}",
        ":5",
        "twice",
    ),
    ("not YAML", "iccid:", "iccid: [", "", ""),
]


@pytest.mark.parametrize(("old", "new", "place", "reason"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_errors_name_place_and_reason_and_no_key(tmp_path: Path, old: str, new: str, place: str, reason: str) -> None:
    path = tmp_path / "record.yaml"
    assert old in TEXT
    path.write_text(TEXT.replace(old, new))
    with pytest.raises(InputError) as raised:
        load_records(path)
    message = str(raised.value)
    assert message.startswith(f"{path}{place}")
    assert reason in message
    assert K[:28] not in message
    assert OPC[:28] not in message


def test_records_are_written_for_their_owner_only_and_never_over_others(tmp_path: Path) -> None:
    path = tmp_path / "records.yaml"
    source = tmp_path / "one.yaml"
    source.write_text(TEXT)
    records = load_records(source)
    save_records(records, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(InputError, match="exists"):
        save_records(records, path)
    save_records(tuple(record.with_sqn(64) for record in records), path, overwrite=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_records(path)[0].subscription.sqn == 64
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")] == []


@st.composite
def records(draw: st.DrawFn) -> CardRecord:
    algorithm = draw(st.sampled_from(ALGORITHMS))
    tuak = algorithm == "tuak"
    k = draw(st.binary(min_size=16, max_size=16) | (st.binary(min_size=32, max_size=32) if tuak else st.nothing()))
    size = 32 if tuak else 16
    opc = None if algorithm in WITHOUT_OPC else Secret(draw(st.binary(min_size=size, max_size=size)), kind="opc")
    body = draw(st.text("0123456789", min_size=18, max_size=19))
    imsi = Imsi(draw(st.text("0123456789", min_size=6, max_size=15)))
    subscription = Subscription(imsi, Secret(k, kind="ki"), opc, algorithm, None, draw(st.integers(0, 2**48 - 1)))
    pins = draw(st.lists(st.sampled_from(["ADM1", "ADM2", "PIN1"]), unique=True))
    values = st.text("0123456789", min_size=4, max_size=8) | st.binary(min_size=8, max_size=8).map(bytes.hex)
    credentials = tuple(Credential(pin, parse_credential(pin, draw(values))) for pin in pins)
    return CardRecord(Iccid.from_body(body), (subscription,), credentials)


@given(st.lists(records(), min_size=1, max_size=3))
def test_every_record_survives_its_file(tmp_path_factory: pytest.TempPathFactory, many: list[CardRecord]) -> None:
    path = tmp_path_factory.mktemp("records") / "records.yaml"
    save_records(tuple(many), path)
    assert load_records(path) == tuple(many)


def test_a_record_never_shows_its_keys(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text(TEXT)
    shown = repr(load_records(path))
    assert K not in shown
    assert OPC not in shown
    assert "34173960" not in shown


BROKEN_KEYS = [f"{{k: {K}, {OPC}: 1}}", f"{{k: {K}, {OPC}: 1, {OPC}: 2}}", "{1234: 1}"]


@pytest.mark.parametrize("subscription", BROKEN_KEYS)
def test_a_key_where_a_name_belongs_is_not_repeated(subscription: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(f"iccid: '8949440000001155314'\nsubscriptions:\n  - {subscription}\n")
    with pytest.raises(InputError) as caught:
        load_records(path)
    assert OPC not in str(caught.value) and K not in str(caught.value) and "1234:" not in str(caught.value)
    assert "(a name)" in str(caught.value) and "broken.yaml:3" in str(caught.value)
