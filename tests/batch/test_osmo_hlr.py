"""A batch, its programmed cards and a real osmo-hlr: delivered, authenticated over GSUP, reconciled."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import simtool
from simtool.batch.formats.card import listed
from simtool.batch.formats.convert import Source, write_cards
from simtool.batch.formats.header import BatchHeader
from simtool.batch.formats.registry import resolve
from simtool.batch.hlr.ctrl import VTY_PORT, OsmoHlr, list_imsis, until_prompt
from simtool.batch.hlr.deliver import Difference, deliver, reconcile
from simtool.batch.hlr.gsup import AuthTuple, GsupClient
from simtool.batch.hlr.ipa import CoreError
from simtool.card.commands.authentication import Authenticated, SyncFailure
from simtool.codec.identifiers import Iccid, Imsi
from simtool.crypto.secret import Secret
from simtool.errors import InputError
from simtool.files.product import load
from simtool.perso.record import CardRecord, Credential
from tests.batch.cards import record, records
from tests.harness.osmo_hlr import Hlr, osmo_hlr
from tests.harness.relay import failing_relay

PRODUCT = "generic-usim"
CARDS = 10
PROFILE = """
operator: {kind: full, name: Bench, plmn: 001-01}
identity: {iccid: {first: '894944000000115531'}, imsi: {first: '001010000004711'}}
authentication: {algorithm: milenage}
network: {user: [{plmn: 001-01, technologies: [GERAN]}]}
"""


@pytest.fixture
def hlr(tmp_path: Path) -> Iterator[Hlr]:
    with osmo_hlr(tmp_path) as running:
        yield running


@dataclass
class Sim:
    """A programmed software card and its record as it is afterwards."""

    session: simtool.Session
    record: CardRecord
    aid: bytes

    @property
    def imsi(self) -> str:
        return self.record.subscription.imsi.digits

    def challenge(self, vector: AuthTuple) -> Authenticated | SyncFailure:
        self.session.select_aid(self.aid, what="ADF.USIM")
        return self.session.authenticate_3g(vector.rand, vector.autn)


@pytest.fixture
def sims() -> Iterator[list[Sim]]:
    """Ten cards, personalised and proved: each has used sequence numbers."""
    model = load(PRODUCT)
    codes = tuple(Credential(pin.name, Secret(pin.value, kind=pin.name.lower())) for pin in model.pins if pin.value)
    profile = simtool.Profile.parse(PROFILE)
    with ExitStack() as stack:
        made = []
        for issued in profile.issue(CARDS):
            session = stack.enter_context(simtool.connect(f"soft:{PRODUCT}"))
            simtool.identify(session, product=PRODUCT)
            card = replace(issued, credentials=codes)
            desired = simtool.render(profile, card, model)
            simtool.apply(simtool.plan(simtool.read_image(session, model), desired, model), session)
            verification = simtool.verify(session, desired, card)
            assert verification, str(verification)
            usim = next(spec.application for spec in model.authentication if "USIM" in str(spec.application))
            made.append(Sim(session, verification.record, model.file(usim).aid or b""))
        yield made


def batch(sims: list[Sim]) -> Source:
    return lambda: listed(sim.record for sim in sims)


def test_a_batch_is_delivered_and_its_cards_accept_the_vectors(hlr: Hlr, sims: list[Sim]) -> None:
    assert min(sim.record.subscription.sqn for sim in sims) > 0
    with OsmoHlr(hlr.address) as core, GsupClient(hlr.address, name="sgsn") as node:
        delivery = deliver(batch(sims), core, node)
        assert (delivery.created, delivery.sqn_raised, delivery.different) == (CARDS, CARDS, [])
        assert reconcile(batch(sims), core, list_imsis(hlr.address))
        for sim in sims:
            vector = node.vectors(sim.imsi)[0]
            answer = sim.challenge(vector)
            assert isinstance(answer, Authenticated), "the HLR does not start above the record's SQN"
            assert (answer.res, answer.ck, answer.ik) == (vector.res, vector.ck, vector.ik)


def test_a_card_that_is_ahead_resynchronises_the_hlr(hlr: Hlr, sims: list[Sim]) -> None:
    """A vector that comes too late is answered by AUTS; the HLR takes the card's SQN out of it and goes on above."""
    with OsmoHlr(hlr.address) as core, GsupClient(hlr.address, name="sgsn") as node:
        delivery = deliver(batch(sims), core, None)
        assert (delivery.created, delivery.sqn_raised) == (CARDS, 0)
        different = reconcile(batch(sims), core, list_imsis(hlr.address)).different
        assert {item.what for item in different} == {("SQN",)}
        for sim in sims:
            first, *_, last = node.vectors(sim.imsi)
            sim.challenge(last)
            failure = sim.challenge(first)  # its SEQ is below the last one that the card took under this IND
            assert isinstance(failure, SyncFailure)
            vector = node.vectors(sim.imsi, rand=first.rand, auts=failure.auts)[0]
            answer = sim.challenge(vector)
            assert isinstance(answer, Authenticated)
            assert answer.res == vector.res


def planted(hlr: Hlr) -> None:
    """Three differences, put straight into the database: one subscriber gone, one besides, one with another key."""
    with sqlite3.connect(hlr.database) as database:
        database.execute("DELETE FROM subscriber WHERE imsi = '001010000000001'")
        database.execute("INSERT INTO subscriber (imsi) VALUES ('001010000000999')")
        wrong = (
            "UPDATE auc_3g SET k = ? WHERE subscriber_id = (SELECT id FROM subscriber WHERE imsi = '001010000000002')"
        )
        database.execute(wrong, ("00" * 16,))


def source(count: int, *, sqn: int = 0) -> Source:
    return lambda: listed(records(count, sqn=sqn))


def test_reconciling_finds_three_planted_differences(hlr: Hlr) -> None:
    with OsmoHlr(hlr.address) as core, GsupClient(hlr.address) as node:
        deliver(source(20, sqn=64), core, node)
        clean = reconcile(source(20, sqn=64), core, list_imsis(hlr.address))
        assert clean and clean.agreeing == 20
        planted(hlr)
        found = reconcile(source(20, sqn=64), core, list_imsis(hlr.address))
        assert not found
        assert found.missing == ("001010000000001",)
        assert found.extra == ("001010000000999",)
        assert found.different == (Difference("001010000000002", ("Ki",)),)
        assert reconcile(source(20), core, list_imsis(hlr.address), prefix="26201").extra == ()


def test_delivering_again_changes_nothing_and_finishes_what_is_half_there(hlr: Hlr) -> None:
    with OsmoHlr(hlr.address) as core, GsupClient(hlr.address) as node:
        core.create("001010000000003")  # as if the connection had broken here
        first = deliver(source(5, sqn=64), core, node)
        assert (first.created, first.completed, first.sqn_raised) == (4, 1, 5)
        again = deliver(source(5, sqn=64), core, node)
        assert (again.unchanged, again.created, again.completed, again.sqn_raised) == (5, 0, 0, 0)


def test_what_differs_is_left_alone_unless_it_shall_be_replaced(hlr: Hlr) -> None:
    other = replace(record(1), subscriptions=(replace(record(9).subscription, imsi=record(1).subscription.imsi),))
    with OsmoHlr(hlr.address) as core, GsupClient(hlr.address) as node:
        deliver(lambda: listed([other]), core, node)
        kept = deliver(source(1), core, node)
        assert kept.different == [Difference("001010000000001", ("MSISDN", "Ki", "OPc"))]
        state = core.get("001010000000001")
        assert state is not None and state.keys_3g is not None and state.keys_3g.k == other.subscription.k
        assert deliver(source(1), core, node, replace=True).replaced == 1
        assert reconcile(source(1), core, list_imsis(hlr.address))


def test_an_hlr_that_is_ahead_is_not_set_back(hlr: Hlr) -> None:
    with OsmoHlr(hlr.address) as core, GsupClient(hlr.address) as node:
        deliver(source(1, sqn=6400), core, node)
        before = core.get("001010000000001")
        assert deliver(source(1, sqn=64), core, node).sqn_raised == 0
        assert core.get("001010000000001") == before


def test_2g_subscribers(hlr: Hlr) -> None:
    cards = [record(number, algorithm=f"comp128v{number}") for number in (1, 2, 3)]
    with OsmoHlr(hlr.address) as core, GsupClient(hlr.address) as node:
        assert deliver(lambda: listed(cards), core, node).created == 3
        assert reconcile(lambda: listed(cards), core, list_imsis(hlr.address))
        assert all(vector.sres and not vector.autn for vector in node.vectors("001010000000001"))


REFUSED = [
    ([record(1), record(2, algorithm="tuak")], "tuak"),
    ([record(1), replace(record(2), subscriptions=())], "has no subscription"),
    ([record(1), replace(record(1), iccid=Iccid.from_body("894944000000000777"))], "stands at ICCID .* too"),
]


@pytest.mark.parametrize(("cards", "reason"), REFUSED)
def test_nothing_is_sent_when_one_card_cannot_be(hlr: Hlr, cards: list[CardRecord], reason: str) -> None:
    with OsmoHlr(hlr.address) as core, pytest.raises(InputError, match=reason):
        deliver(lambda: listed(cards), core, None)
    assert not list(list_imsis(hlr.address))


def test_no_key_in_errors_or_the_hlrs_log(hlr: Hlr) -> None:
    twice = replace(record(2), subscriptions=(replace(record(2).subscription, msisdn=record(1).subscription.msisdn),))
    with OsmoHlr(hlr.address) as core, pytest.raises(CoreError, match="msisdn") as caught:
        deliver(lambda: listed([record(1), twice]), core, None)
    for card in (record(1), record(2)):
        key = card.subscription.k.reveal().hex()
        assert key not in str(caught.value).lower()
        assert key not in hlr.log.read_text(errors="replace").lower()


def test_the_sql_is_taken_by_sqlite_and_by_osmo_hlr(tmp_path: Path) -> None:
    made = [record(1, sqn=320), record(2, algorithm="comp128v1"), record(3)]
    path = tmp_path / "batch.sql"
    write_cards(resolve("osmo-hlr-sql"), lambda: listed(made), path, BatchHeader())
    database = tmp_path / "hlr.db"
    schema = Path("/usr/share/doc/osmo-hlr/sql/hlr.sql").read_bytes()
    subprocess.run(["sqlite3", database], input=schema, check=True)
    subprocess.run(["sqlite3", database], input=path.read_bytes(), check=True)
    with osmo_hlr(tmp_path) as hlr, OsmoHlr(hlr.address) as core, GsupClient(hlr.address) as node:
        assert reconcile(lambda: listed(made), core, list_imsis(hlr.address))
        assert node.vectors("001010000000003")[0].res


def test_sql_for_a_number_that_is_there_changes_nothing(tmp_path: Path) -> None:
    database = tmp_path / "hlr.db"
    schema = Path("/usr/share/doc/osmo-hlr/sql/hlr.sql").read_bytes()
    subprocess.run(["sqlite3", database], input=schema, check=True)
    subprocess.run(["sqlite3", database, "INSERT INTO subscriber (imsi) VALUES ('001010000000002')"], check=True)
    path = tmp_path / "batch.sql"
    write_cards(resolve("osmo-hlr-sql"), source(3), path, BatchHeader())
    done = subprocess.run(["sqlite3", database], input=path.read_bytes(), capture_output=True, check=False)
    assert done.returncode != 0
    count = subprocess.run(["sqlite3", database, "SELECT count(*) FROM subscriber"], capture_output=True, check=True)
    assert count.stdout.strip() == b"1"


def test_the_vty_takes_its_file(hlr: Hlr, tmp_path: Path) -> None:
    path = tmp_path / "batch.vty"
    made = [record(1), record(2, algorithm="comp128v3")]
    write_cards(resolve("osmo-hlr-vty"), lambda: listed(made), path, BatchHeader())
    with socket.create_connection((hlr.address, VTY_PORT), timeout=10) as link:
        until_prompt(link)
        for line in path.read_text().splitlines():
            link.sendall(line.encode() + b"\n")
            answer = until_prompt(link)
            assert b"Unknown command" not in answer and b"failed" not in answer
    with OsmoHlr(hlr.address) as core:
        assert reconcile(lambda: listed(made), core, list_imsis(hlr.address))


def test_an_unreachable_core_says_so() -> None:
    with pytest.raises(CoreError, match="127.0.0.1:1: "):
        OsmoHlr("127.0.0.1", 1)


def test_imsi_of_fewer_digits(hlr: Hlr) -> None:
    short = replace(record(1), subscriptions=(replace(record(1).subscription, imsi=Imsi("00101123456789")),))
    with OsmoHlr(hlr.address) as core, GsupClient(hlr.address) as node:
        deliver(lambda: listed([short]), core, node)
        assert node.vectors("00101123456789")
        assert reconcile(lambda: listed([short]), core, list_imsis(hlr.address))


@pytest.mark.parametrize("after", [1, 60, 150, 333, 700, 1100])
def test_a_delivery_that_broke_goes_on(hlr: Hlr, after: int) -> None:
    """The connection breaks after so many bytes; the second run finishes, and the core is as if nothing had been."""
    with failing_relay(hlr.address, 4259, after=after) as port, OsmoHlr("127.0.0.1", port) as core:
        with GsupClient(hlr.address) as node, pytest.raises(CoreError):
            deliver(source(5, sqn=64), core, node)
    with OsmoHlr(hlr.address) as core, GsupClient(hlr.address) as node:
        deliver(source(5, sqn=64), core, node)
        assert reconcile(source(5, sqn=64), core, list_imsis(hlr.address))


def test_a_break_before_the_sqn_was_raised(hlr: Hlr) -> None:
    with OsmoHlr(hlr.address) as core:
        with failing_relay(hlr.address, 4222, after=120) as port, pytest.raises(CoreError):
            with GsupClient("127.0.0.1", port) as node:
                deliver(source(5, sqn=64), core, node)
        with GsupClient(hlr.address) as node:
            assert deliver(source(5, sqn=64), core, node).sqn_raised > 0
        assert reconcile(source(5, sqn=64), core, list_imsis(hlr.address))
