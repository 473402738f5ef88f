"""Lists from elsewhere taken into the inventory: every format, all or nothing, and cards whose keys are a host's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from simtool.batch.block import blocks_of
from simtool.batch.formats.card import ListedCard, listed
from simtool.batch.formats.convert import write_cards
from simtool.batch.formats.header import BatchHeader
from simtool.batch.formats.registry import formats, resolve
from simtool.batch.incoming import Rules
from simtool.batch.own_files import write_csv, write_parquet
from simtool.crypto.secret import Secret
from simtool.crypto.transport_key import TransportCipher, TransportKey
from simtool.errors import AuthenticationError, InputError
from simtool.inventory import ending, tables, work
from simtool.inventory.find import find
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import RecordState
from simtool.inventory.lists import ListFile, import_list
from simtool.inventory.orders import all_batches, create_batch, order_for
from simtool.inventory.records import records as stored
from simtool.perso.aka_settings import AkaSettings, SqnSettings
from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord
from tests.batch.cards import record, records

K4 = TransportKey(2, TransportCipher.AES_CBC, Secret(bytes(range(16))), bytes(range(16)))
WHOLE = [name for name, form in formats().items() if form.keeps.iccid and form.keeps.imsi]
"""The formats whose entries make a card record."""


def keyless(card: CardRecord) -> CardRecord:
    return replace(card, subscriptions=tuple(replace(item, k=None, opc=None) for item in card.subscriptions))


def bare(card: CardRecord) -> CardRecord:
    """A card of which nothing secret is known."""
    return replace(keyless(card), credentials=(), key_sets=())


@pytest.mark.parametrize("name", WHOLE)
def test_every_format_is_taken(inventory: Inventory, profile: Path, tmp_path: Path, name: str) -> None:
    form, path = resolve(name), tmp_path / "list"
    transport = K4 if form.takes_transport_key else None
    write_cards(form, lambda: listed(records(5)), path, BatchHeader("B", "ACME"), transport)
    file, order = ListFile(path, form, (K4,)), order_for(profile, "ACME", 5)
    import_list(inventory, "b1", order, file, Rules(needs_ki=form.keeps.ki))
    assert list(listed(stored(inventory, "b1"))) == [form.keeps.project(ListedCard.of(card)) for card in records(5)]


@pytest.mark.parametrize(("write", "name"), [(write_csv, "own.csv"), (write_parquet, "own.parquet")])
def test_own_files_are_taken_under_a_transport_key(
    inventory: Inventory, profile: Path, tmp_path: Path, write: Callable[..., int], name: str
) -> None:
    write(blocks_of(records(5)), tmp_path / name, transport=K4)
    import_list(inventory, "b1", order_for(profile, "X", 5), ListFile(tmp_path / name, None, (K4,)), Rules())
    assert list(stored(inventory, "b1")) == list(records(5))
    with pytest.raises(InputError, match="aes-cbc transport key 2, which was not given"):
        import_list(inventory, "b2", order_for(profile, "X", 5), ListFile(tmp_path / name, None), Rules())


def test_everything_that_is_wrong_has_its_line_and_nothing_is_stored(
    either: Inventory, profile: Path, tmp_path: Path
) -> None:
    create_batch(either, "ours", order_for(profile, "ACME", 5))  # reserves 001010000000101 and four more
    cards = [record(number) for number in (1, 2, 3)]
    first = tmp_path / "first.csv"
    write_csv(blocks_of(cards), first)
    import_list(either, "b1", order_for(profile, "ACME", 3), ListFile(first, None), Rules(needs_ki=True))
    path = tmp_path / "second.csv"
    write_csv(blocks_of([record(9), cards[1], keyless(record(101)), record(9)]), path)
    text = path.read_text()
    path.write_text(text.replace(record(9).iccid.digits, "8949440000000000000", 1))
    file = ListFile(path, None)
    with pytest.raises(InputError) as raised:
        import_list(either, "b2", order_for(profile, "ACME", 5), file, Rules(needs_ki=True))
    found = str(raised.value).splitlines()
    for said in (
        f"{path}:2: iccid: ICCID 8949440000000000000: the check digit is",
        f"{path}:3: iccid: is in the register already",
        f"{path}:3: imsi: is in the register already",
        f"{path}:3: msisdn: is in the register already",
        f"{path}:3: ki: was given to another card already",
        f"{path}:4: imsi: is in the register already",
        f"{path}:4: ki: is missing",
        f"{path}: quantity: 4 cards, 5 were ordered",
    ):
        assert any(line.startswith(said) for line in found), (said, found)
    assert not any(secret.hex() in str(raised.value) for secret in (cards[1].subscription.key.reveal(),))
    with either.store.read() as connection:
        assert [batch.name for batch in all_batches(connection)] == ["ours", "b1"]


def test_records_with_own_settings_are_refused_with_the_reason(
    inventory: Inventory, profile: Path, tmp_path: Path
) -> None:
    own = replace(record(1).subscription, settings=AkaSettings(sqn=SqnSettings(ind_bits=6)))
    path = tmp_path / "records.yaml"
    write_cards(resolve("records"), lambda: listed([replace(record(1), subscriptions=(own,))]), path, BatchHeader())
    file = ListFile(path, resolve("records"))
    with pytest.raises(InputError, match="settings of the algorithm belong into the profile"):
        import_list(inventory, "b1", order_for(profile, "ACME", 1), file, Rules())


@pytest.mark.parametrize("less", [keyless, bare])
def test_cards_without_ki_live_like_others(
    either: Inventory, profile: Path, tmp_path: Path, less: Callable[[CardRecord], CardRecord]
) -> None:
    cards, path = [less(card) for card in records(3)], tmp_path / "host.csv"
    write_csv(blocks_of(cards), path)
    import_list(either, "host", order_for(profile, "ACME", 3), ListFile(path, None), Rules())
    assert list(stored(either, "host")) == cards
    assert find(either, cards[0].iccid.digits).subscriptions[0].fingerprint == ""
    (held,) = work.claim(either, "host")
    assert held.record == cards[0]
    work.start(either, held)
    work.finish(either, held, RecordState.GOOD, record=held.record.with_sqn(64))
    assert ending.rotate_batch(either, "host") == 3
    assert list(stored(either, "host")) == [cards[0].with_sqn(64), *cards[1:]]
    ending.close_batch(either, "host")
    assert ending.purge_keys(either, "host").cards == 3


def test_a_host_keeps_its_keys_and_the_profile_draws_codes(inventory: Inventory, profile: Path, tmp_path: Path) -> None:
    path = tmp_path / "cards.out"
    write_cards(resolve("vendor-out"), lambda: listed([record(101), record(102)]), path, BatchHeader("B"), K4)
    file = ListFile(path, resolve("vendor-out"), without_keys=True)
    order, product = order_for(profile, "ACME", 2), Profile.load(profile)
    import_list(inventory, "host", order, file, Rules(), adopted_by=product)
    for card in stored(inventory, "host"):
        assert card.subscription.k is None
        assert {code.pin for code in card.targets} == {"PIN1", "PUK1", "ADM1"}
        assert card.key_set_targets
    assert inventory.verify_log()


def test_nobody_can_make_a_card_look_as_if_it_had_no_secret(
    inventory: Inventory, profile: Path, tmp_path: Path
) -> None:
    path = tmp_path / "all.csv"
    write_csv(blocks_of([record(1), bare(record(2))]), path)
    import_list(inventory, "b1", order_for(profile, "ACME", 2), ListFile(path, None), Rules())
    with inventory.store.begin() as connection:
        table = tables.cards
        query = select(table.c.sealed, table.c.layout_id).where(table.c.iccid == record(2).iccid.digits)
        taken = connection.execute(query).one()
        changed = update(table).where(table.c.iccid == record(1).iccid.digits)
        connection.execute(changed.values(sealed=taken.sealed, layout_id=taken.layout_id))
    with pytest.raises(AuthenticationError, match=f"card {record(1).iccid}"):
        list(stored(inventory, "b1"))
