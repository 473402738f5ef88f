"""From an order to a closed batch, on both databases."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from simtool.batch.numbering import NumberKind, NumberRange
from simtool.batch.order import BatchState
from simtool.crypto.key_source import RandomSource
from simtool.crypto.milenage import derive_opc
from simtool.crypto.signed import read_signed
from simtool.errors import AuthenticationError, InputError, RefusedError
from simtool.inventory import ending, intake, production, work
from simtool.inventory.audit import history
from simtool.inventory.find import find, reconciliation
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import RecordState
from simtool.inventory.orders import SubscriptionStart, Wish, create_batch, find_batch, order_for
from simtool.inventory.records import read_blocks
from simtool.inventory.records import records as records_of
from simtool.inventory.tickets import accept_ticket, issue_ticket
from simtool.perso.aka_settings import AkaSettings, SqnSettings
from simtool.perso.record import CardRecord
from tests.inventory.conftest import OP, WHO


def made(inventory: Inventory, profile: Path, name: str = "b1", count: int = 20, **more: object) -> list[CardRecord]:
    create_batch(inventory, name, order_for(profile, "ACME", count), **more)  # type: ignore[arg-type]
    production.generate(inventory, name)
    return stored(inventory, name)


def stored(inventory: Inventory, name: str) -> list[CardRecord]:
    return list(records_of(inventory, name))


def test_a_batch_from_order_to_purge(either: Inventory, profile: Path) -> None:
    batch = create_batch(either, "b1", order_for(profile, "ACME", 100, 5))
    assert (batch.order.total, batch.state) == (105, BatchState.CREATED)
    assert batch.iccid == (NumberRange("894944000000115531", 105),)
    with pytest.raises(RefusedError, match="0 of 105 records"):
        list(records_of(either, "b1"))

    done = production.generate(either, "b1")
    assert (done.made, done.refused, done.batch.state) == (105, 0, BatchState.GENERATED)
    records = stored(either, "b1")
    assert [record.iccid.digits[:-1] for record in records] == [str(894944000000115531 + n) for n in range(105)]
    assert all(record.iccid.luhn_ok for record in records)
    assert records[7].subscription.imsi.digits == "001010000000108"
    assert records[7].subscription.msisdn == "+88228000108"
    assert [item.pin for item in records[0].targets] == ["PIN1", "PUK1", "ADM1"]
    assert records[0].key_set_targets[0].version == 1
    for record in records:
        opc = record.subscription.opc
        assert opc is not None
        assert opc.reveal() == derive_opc(record.subscription.k.reveal(), bytes.fromhex(OP))
    with pytest.raises(RefusedError, match="all of its records exist"):
        production.generate(either, "b1")

    count = reconciliation(either, "b1")
    assert (count.good, count.rejected, count.spare, count.open) == (0, 0, 5, 100)
    with pytest.raises(RefusedError, match="is generated"):
        ending.purge_keys(either, "b1")
    ending.close_batch(either, "b1")
    with pytest.raises(RefusedError, match="is closed"):
        work.claim(either, "b1")
    purged = ending.purge_keys(either, "b1")
    with either.store.read() as connection:
        receipt = read_signed(purged.receipt, either.vault.site_key(connection))
        assert [entry.act for entry in history(connection, "b1")] == [
            "batch created", "records generated", "batch closed", "keys purged",
        ]  # fmt: skip
    assert (receipt["batch"], receipt["cards"]) == ("b1", 105)
    with pytest.raises(InputError, match="were purged"):
        stored(either, "b1")
    with pytest.raises(InputError, match="vault has no key"):
        list(read_blocks(either, batch.id))
    with pytest.raises(InputError, match=r"(?s)is reserved\n.*and 635 more"):  # still in the register
        intake.import_records(either, "again", order_for(profile, "ACME", 105), records)
    assert either.verify_log()


def test_numbers_are_never_given_out_twice(either: Inventory, profile: Path) -> None:
    first, second = made(either, profile, "b1", 30), made(either, profile, "b2", 30)
    numbers = [record.subscription.imsi.digits for record in (*first, *second)]
    assert numbers == [f"00101{number:010d}" for number in range(101, 161)]
    order = order_for(profile, "ACME", 5)
    wishes = [
        Wish(iccid="894944000000115560", exact=True),
        Wish(subscriptions=(SubscriptionStart("001010000000130"),), exact=True, iccid="894944000000999000"),
        Wish(
            subscriptions=(SubscriptionStart("001010000900000", "+88228000160"),),
            exact=True,
            iccid="894944000000999000",
        ),
    ]
    for wish in wishes:
        with pytest.raises(RefusedError, match="numbers that are taken"):
            create_batch(either, "b3", order, wish)
    with pytest.raises(InputError, match="no 5 free IMSIs"):
        start = SubscriptionStart("001010000000101", None, "001010000000162")
        create_batch(either, "b3", order, Wish(subscriptions=(start,)))
    with either.store.read() as connection, pytest.raises(InputError, match="no batch"):
        find_batch(connection, "b3")  # nothing is left of what was refused


def test_several_subscriptions_on_a_card(either: Inventory, profile: Path) -> None:
    starts = (SubscriptionStart("001010000000101", "+88228000101"), SubscriptionStart("001015000000001"))
    records = made(either, profile, wish=Wish(subscriptions=starts))
    assert [item.imsi.digits for item in records[3].subscriptions] == ["001010000000104", "001015000000004"]
    assert [item.msisdn for item in records[3].subscriptions] == ["+88228000104", None]
    assert len({item.k.reveal() for record in records for item in record.subscriptions}) == 40
    assert find(either, "001015000000004").iccid == records[3].iccid.digits


def test_a_stock_of_cards(either: Inventory, profile: Path) -> None:
    stock = profile.parent / "stock.yaml"
    iccids = [8949440000001155314, 8949440000001155322, 8949440000001155397]
    stock.write_text(
        "cards:\n" + "".join(f"  - {{iccid: '{n}', credentials: {{ADM1: '{n % 10**8:08d}'}}}}\n" for n in iccids)
    )
    profile.write_text(profile.read_text().replace("{first: '894944000000115531'}", "{stock: stock.yaml}"))
    first, second = made(either, profile, "b1", 2), made(either, profile, "b2", 1)
    assert [int(record.iccid.digits) for record in (*first, *second)] == iccids
    assert [record.credentials[0].value.reveal() for record in second] == [b"01155397"]
    with pytest.raises(InputError, match="0 cards of the stock are free, 1 are needed"):
        made(either, profile, "b3", 1)


def test_a_changed_profile_is_refused(inventory: Inventory, profile: Path) -> None:
    create_batch(inventory, "b1", order_for(profile, "ACME", 3))
    kept = profile.with_name("kept.yaml")
    kept.write_text(profile.read_text())
    profile.write_text(profile.read_text().replace("name: X", "name: Y"))
    with pytest.raises(RefusedError, match="has changed"):
        production.generate(inventory, "b1")
    assert production.generate(inventory, "b1", profile=kept).made == 3


def test_a_repeated_ki_is_made_again_and_counted(either: Inventory, profile: Path) -> None:
    ki = made(either, profile, "b1", 1)[0].subscription.k.reveal()
    from os import urandom

    for name, planted in (("b2", ki + urandom(16 * 4)), ("b3", (b := urandom(16)) + b + urandom(16 * 3))):
        pool = [planted]
        create_batch(either, name, order_for(profile, "ACME", 5))
        source = RandomSource(lambda count, pool=pool: pool.pop() if pool and count == 80 else urandom(count))
        done = production.generate(either, name, source=source)
        assert done.refused == 1
        assert not pool
    keys = [record.subscription.k.reveal() for name in ("b1", "b2", "b3") for record in stored(either, name)]
    assert len(set(keys)) == 11


def test_import_is_all_or_nothing_with_one_report(either: Inventory, profile: Path, tmp_path: Path) -> None:
    other = Inventory.create(tmp_path / "elsewhere")
    with other:
        records = made(other, profile, "theirs", 12)
    made(either, profile, "ours", 3, wish=Wish(iccid="894944000000900000"))
    moved = [
        replace(
            record,
            subscriptions=(replace(record.subscription, imsi=type(record.subscription.imsi)(imsi), msisdn=None),),
        )
        for record, imsi in zip(records, [str(1010010000000101 + n).zfill(15)[-15:] for n in range(12)], strict=True)
    ]
    order = order_for(profile, "ACME", 12)
    bad = [*moved[:5], replace(moved[5], subscriptions=records[0].subscriptions), moved[4], *moved[7:]]
    with pytest.raises(InputError) as raised:
        intake.import_records(either, "theirs", order, bad)
    for problem in (
        "IMSI 001010000000101 is reserved",
        "MSISDN +88228000101 is reserved",
        f"ICCID {moved[4].iccid} exists already",
        f"Ki of {moved[4].iccid} exists already",
    ):
        assert problem in str(raised.value)
    with pytest.raises(InputError, match="11 records, 12 were ordered"):
        intake.import_records(either, "theirs", order, moved[:11])
    with either.store.read() as connection, pytest.raises(InputError, match="no batch"):
        find_batch(connection, "theirs")
    batch = intake.import_records(either, "theirs", order, moved)
    assert batch.state is BatchState.GENERATED
    assert stored(either, "theirs") == moved


def test_records_go_through_the_database_unchanged(either: Inventory, profile: Path, tmp_path: Path) -> None:
    """Cards of different shapes in one batch: with and without MSISDN, OPc, codes and key sets."""
    with Inventory.create(tmp_path / "elsewhere") as other:
        records = made(other, profile, "theirs", 6)
    plain = [
        records[0],
        replace(records[1], targets=()),
        replace(records[2], key_set_targets=(), credentials=records[2].targets),
        replace(records[3], subscriptions=(replace(records[3].subscription, algorithm="xor", opc=None, sqn=2**47),)),
        replace(records[4], subscriptions=(replace(records[4].subscription, msisdn="88229"),)),
        replace(records[5], subscriptions=(replace(records[5].subscription, msisdn=None),)),
    ]
    intake.import_records(either, "mixed", order_for(profile, "ACME", 6), plain)
    assert stored(either, "mixed") == plain


def test_a_data_key_is_replaced(either: Inventory, profile: Path) -> None:
    records = made(either, profile)
    with either.store.read() as connection:
        before = connection.exec_driver_sql("SELECT sealed FROM cards ORDER BY id").scalars().all()
    assert ending.rotate_batch(either, "b1") == 20
    with either.store.read() as connection:
        after = connection.exec_driver_sql("SELECT sealed FROM cards ORDER BY id").scalars().all()
    assert not set(map(bytes, before)) & set(map(bytes, after))
    assert stored(either, "b1") == records


def test_range_tickets(either: Inventory, profile: Path, tmp_path: Path) -> None:
    with Inventory.create(tmp_path / "elsewhere", who=WHO) as site:
        with site.store.read() as connection:
            theirs = site.vault.site_key(connection)
        with either.store.read() as connection:
            ours = either.vault.site_key(connection)
        ranges = (
            (NumberKind.ICCID, NumberRange("894944000000115531", 50)),
            (NumberKind.IMSI, NumberRange("001010000000101", 50)),
            (NumberKind.MSISDN, NumberRange("88228000101", 50)),
        )
        ticket, text = issue_ticket(either, theirs, ranges)
        with pytest.raises(RefusedError, match="taken"):
            issue_ticket(either, theirs, ranges[1:2])
        assert made(either, profile, "ours", 1)[0].subscription.imsi.digits == "001010000000151"

        with pytest.raises(AuthenticationError, match="changed"):
            accept_ticket(site, text.replace('"count": 50', '"count": 51', 1), ours)
        with pytest.raises(AuthenticationError, match="not by"):
            accept_ticket(site, text, theirs)
        with pytest.raises(RefusedError, match="another site"):
            accept_ticket(either, text, ours)
        assert accept_ticket(site, text, ours) == ticket
        with pytest.raises(RefusedError, match="before"):
            accept_ticket(site, text, ours)
        records = made(site, profile, "b1", 30, wish=Wish(ticket=ticket.id))
        assert records[0].subscription.imsi.digits == "001010000000101"
        with pytest.raises(InputError, match="no 30 free ICCIDs"):
            made(site, profile, "b2", 30, wish=Wish(ticket=ticket.id))
        assert (
            made(site, profile, "b2", 20, wish=Wish(ticket=ticket.id))[-1].subscription.imsi.digits == "001010000000150"
        )


def test_the_life_of_a_record(either: Inventory, profile: Path) -> None:
    made(either, profile, count=4)
    (held,) = work.claim(either, "b1")
    iccid = held.record.iccid.digits
    with pytest.raises(RefusedError, match="at a station"):
        work.move(either, iccid, RecordState.QUARANTINED, "because")
    with pytest.raises(RefusedError, match="claimed and cannot become good"):
        work.finish(either, held, RecordState.GOOD)
    work.start(either, held)
    work.renew(either, held)
    with pytest.raises(RefusedError, match="stations hold 1"):
        ending.close_batch(either, "b1")
    programmed = held.record.personalised().with_sqn(64)
    with pytest.raises(RefusedError, match="another record"):
        work.finish(
            either, held, RecordState.GOOD, record=replace(programmed, iccid=type(programmed.iccid).from_body("1" * 18))
        )
    work.finish(either, held, RecordState.GOOD, why="verified", record=programmed)
    assert stored(either, "b1")[0] == programmed
    found = find(either, iccid)
    assert found.state is RecordState.GOOD
    assert found.subscriptions[0].sqn == 64
    assert [(entry.act, entry.who, entry.place) for entry in found.history] == [
        (act, "tester", "bench 1") for act in ("claimed", "programming", "good")
    ]
    with pytest.raises(InputError, match="needs a reason"):
        work.move(either, iccid, RecordState.SHIPPED, " ")
    work.move(either, iccid, RecordState.SHIPPED, "parcel 7")
    with pytest.raises(RefusedError, match="shipped and cannot become good"):
        work.move(either, iccid, RecordState.GOOD, "no")
    assert find(either, iccid).history[-1].detail == "parcel 7"
    with pytest.raises(RefusedError, match="claim was lost"):
        work.finish(either, held, RecordState.GOOD)
    count = reconciliation(either, "b1")
    assert (count.good, count.open, count.balances) == (1, 3, True)


def test_settings_that_the_profile_gave_are_not_stored(inventory: Inventory, profile: Path) -> None:
    """A station fills them in for the card; the record goes back without."""
    made(inventory, profile, count=1)
    (held,) = work.claim(inventory, "b1")
    work.start(inventory, held)
    programmed = held.record.with_settings(AkaSettings(sqn=SqnSettings(ind_bits=6))).with_sqn(64)
    work.finish(inventory, held, RecordState.GOOD, record=programmed)
    assert stored(inventory, "b1") == [held.record.with_sqn(64)]


def test_leases_that_run_out(either: Inventory, profile: Path) -> None:
    made(either, profile, count=3)
    untouched, begun = work.claim(either, "b1", count=2, lease_seconds=-1)
    work.start(either, begun, lease_seconds=-1)
    again = work.claim(either, "b1", count=3)
    assert untouched.record.iccid in [item.record.iccid for item in again]
    assert len(again) == 2
    assert find(either, begun.record.iccid.digits).state is RecordState.QUARANTINED
    for late in (untouched, begun):
        with pytest.raises(RefusedError, match="claim was lost"):
            work.start(either, late)
    work.release(either, again[0], "no card in the slot")
    assert find(either, again[0].record.iccid.digits).state is RecordState.GENERATED
    assert work.expire(either, "b1") == 0
    assert reconciliation(either, "b1").balances
