"""Key sets of secured packets by profile: random per card, written where the product keeps them in a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import simtool
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.errors import InputError, PlanError
from simtool.files.product import load
from simtool.perso.image import Unit
from simtool.perso.job import prepare
from simtool.perso.record import CardRecord, load_records, save_records
from simtool.softcard.card import SoftCard
from tests.perso.rig import content_of
from tests.perso.test_aka_settings import profile_with
from tests.perso.test_products import credentials_of, record_for, session_with

KEY_FILE = "MF/DF.SYSTEM/EF.0348_KEY"
NEW = "key_sets: [{version: 3, cipher: aes, length: 32}, {version: 2, cipher: des, length: 16}]"
PLACED = [
    # product, what is wanted, record number to its first three bytes: domain FE, version, coding of cipher and type
    ("sysmoISIM-SJA5", NEW, {7: "fe0210", 8: "fe0211", 9: "fe0212", 10: "fe0360", 11: "fe0361", 12: "fe0362"}),
    ("sysmoISIM-SJA2", NEW, {7: "fe0210", 8: "fe0211", 9: "fe0212", 10: "fe0360", 11: "fe0361", 12: "fe0362"}),
    (
        "sysmoISIM-SJA5",
        "key_sets: [{version: 7, cipher: aes, length: 16, replaces: 1}]",
        {4: "fe0750", 5: "fe0751", 6: "fe0752"},
    ),
    (
        "sysmoISIM-SJA5",
        "key_sets: [{version: 1, cipher: des, length: 24}]",
        {4: "fe0118", 5: "fe0119", 6: "fe011a"},
    ),
]


def with_key_sets(product: str, wanted: str) -> tuple[SoftCard, simtool.Profile, CardRecord]:
    card, profile = SoftCard.new(load(product)), profile_with("milenage", wanted)
    return card, profile, record_for(product, card, profile)


@pytest.mark.parametrize(("product", "wanted", "heads"), PLACED)
def test_written_read_back_and_remembered(product: str, wanted: str, heads: dict[int, str], tmp_path: Path) -> None:
    card, profile, record = with_key_sets(product, wanted)
    before = {number: content_of(card, Unit(simtool.FilePath(KEY_FILE), number)) for number in range(1, 13)}
    assert not record.key_sets
    assert {item.version for item in record.key_set_targets} == {
        policy.version for policy in profile.authentication.key_sets
    }
    with session_with(card, product) as session:
        job = prepare(session, profile, (record,))
        assert simtool.apply(job.plan, session).end is simtool.EndState.GOOD
        assert simtool.verify(session, job.desired, job.record)
    keys = [key.reveal() for item in record.key_set_targets for key in item.keys]
    for number, old in before.items():
        now = content_of(card, Unit(simtool.FilePath(KEY_FILE), number))
        if number not in heads:
            assert now == old
            continue
        assert now[:3].hex() == heads[number]
        assert now[3:].rstrip(b"\xff") in [key.rstrip(b"\xff") for key in keys]
    done = job.record.personalised()
    assert done.key_sets == record.key_set_targets
    assert not done.key_set_targets
    save_records((done,), tmp_path / "r.yaml")
    assert load_records(tmp_path / "r.yaml") == (done,)
    with session_with(card, product) as session:
        assert not prepare(session, profile, (done,)).plan
    assert not any(key.hex() in str(job.plan) for key in keys)


def test_each_card_gets_keys_of_its_own() -> None:
    records = profile_with("milenage", NEW).issue(3)
    keys = {key.reveal() for record in records for item in record.key_set_targets for key in item.keys}
    assert len(keys) == 3 * 2 * 3


def test_the_record_file_keeps_targets_apart(tmp_path: Path) -> None:
    (record,) = profile_with("milenage", NEW).issue(1)
    held = replace(record, key_sets=(KeySet(2, KeyCipher.DES, *record.key_set_targets[1].keys),))
    save_records((held,), tmp_path / "r.yaml")
    assert load_records(tmp_path / "r.yaml") == (held,)
    assert {item.version for item in held.personalised().key_sets} == {2, 3}


REFUSED = [
    # product, what is wanted, why not
    ("sysmoISIM-SJA5", "key_sets: [{version: 9}]", "no free records for version 9; it comes with versions 1, 2, 3"),
    ("sysmoUSIM-SJS1", "key_sets: [{version: 1}]", "sysmoUSIM-SJS1 takes keys by PUT KEY only"),
    ("gialersim", "key_sets: [{version: 1}]", "gialersim has no key sets"),
]


@pytest.mark.parametrize(("product", "wanted", "reason"), REFUSED)
def test_products_that_have_no_place_say_so(product: str, wanted: str, reason: str) -> None:
    model, profile = load(product), profile_with("milenage", wanted)
    record = replace(profile.issue(1)[0], credentials=credentials_of(model))
    with pytest.raises(PlanError, match=reason):
        simtool.render(profile, record, model)


def test_a_record_without_the_keys_or_with_others() -> None:
    model, profile = load("sysmoISIM-SJA5"), profile_with("milenage", NEW)
    (record,) = profile.issue(1)
    short = KeySet(2, KeyCipher.AES, *record.key_set_targets[1].keys)
    with pytest.raises(PlanError) as caught:
        simtool.render(profile, replace(record, key_set_targets=(short,)), model)
    assert [one for one in caught.value.reasons if "key_sets" in one] == [
        "authentication.key_sets: the record holds no key set of version 3",
        "authentication.key_sets: the record's version 2 is for aes with 16 bytes, the profile wants des with 16",
    ]


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ("key_sets: [{version: 16}]", "1 to 15"),
        ("key_sets: [{version: 1, cipher: des, length: 32}]", "16 or 24 bytes"),
        ("key_sets: [{version: 1}, {version: 1}]", "stands twice"),
        ("key_sets: [{version: 1, cipher: rot13}]", "key_sets"),
    ],
)
def test_key_sets_that_cannot_be(wanted: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        profile_with("milenage", wanted)
