"""The demo's path as a test: profile onto a card through pcscd, vpcd and pyscard, then a stranger's login."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import simtool
from simtool.errors import CardRemovedError
from simtool.files.product import load
from simtool.perso.read import read_iccid
from simtool.softcard.card import SoftCard
from tests.harness.auc import Algorithm, Subscriber
from tests.harness.eapol import Method, log_in
from tests.harness.radius import login_server
from tests.harness.vpcd import seated

pytestmark = pytest.mark.usefixtures("pcsc_service")

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Finished:
    card: SoftCard
    record: simtool.CardRecord

    def subscriber(self, **more: int) -> Subscriber:
        """What an HLR would get: it starts above the SQN of the proof."""
        subscription = self.record.subscription
        assert subscription.opc is not None
        values = {"sqn": (subscription.sqn // 32 + 1) * 32, **more}
        return Subscriber(
            subscription.imsi.digits,
            Algorithm.MILENAGE,
            subscription.k.reveal(),
            subscription.opc.reveal(),
            **values,
        )


@pytest.fixture
def finished() -> Finished:
    """A card that went through issue, plan, apply and verify in the computer's own reader."""
    card = SoftCard.new(load("sysmoISIM-SJA5"))
    profile = simtool.Profile.load(ROOT / "profiles" / "full-mvno.yaml")
    record = profile.issue(1)[0]
    with seated(card) as reader:
        with simtool.connect(f"pcsc:{reader}") as session:
            model = simtool.identify(session)
            assert model.name == "sysmoISIM-SJA5"
            desired = simtool.render(profile, record, model)
            units, credentials = desired.image.units, desired.credentials
            plan = simtool.plan(simtool.read_image(session, model, only=units), desired, model)
            assert plan
            assert simtool.apply(plan, session).end is simtool.EndState.GOOD
            verification = simtool.verify(session, desired, record)
            assert verification, str(verification)
        with simtool.connect(f"pcsc:{reader}") as session:  # the card was off in between
            current = simtool.read_image(session, model, only=units, credentials=credentials)
            assert not simtool.plan(current, desired, model)
    return Finished(card, verification.record)


@pytest.mark.parametrize("method", list(Method))
def test_a_finished_card_logs_in(finished: Finished, method: Method) -> None:
    with login_server([finished.subscriber()]) as server, seated(finished.card) as reader:
        login = log_in(server, reader, method)
        assert login.success, login.log[-3000:]
        assert server.centre.asked("AKA-AUTS") == [], "the record's SQN lets the HLR start in step"


def test_a_centre_with_another_opc_is_refused(finished: Finished) -> None:
    stranger = replace(finished.subscriber(), opc=bytes(16))
    with login_server([stranger]) as server, seated(finished.card) as reader:
        assert not log_in(server, reader, Method.AKA, seconds=4).success
        assert server.centre.asked("AKA-REQ-AUTH")


def test_a_stale_centre_resynchronises(finished: Finished) -> None:
    with login_server([finished.subscriber(sqn=0)]) as server, seated(finished.card) as reader:
        assert log_in(server, reader, Method.AKA).success
        assert len(server.centre.asked("AKA-AUTS")) == 1


def test_a_card_pulled_in_the_middle() -> None:
    """The reader loses the card between two commands; afterwards a new plan goes on where it stopped."""
    card = SoftCard.new(load("sysmoISIM-SJA5"))
    profile = simtool.Profile.load(ROOT / "profiles" / "full-mvno.yaml")
    record = profile.issue(1)[0]
    with seated(card) as reader:
        session = simtool.connect(f"pcsc:{reader}")
        model = simtool.identify(session)
        desired = simtool.render(profile, record, model)
        plan = simtool.plan(simtool.read_image(session, model, only=desired.image.units), desired, model)
        assert read_iccid(session, model) == record.iccid
    with session, pytest.raises(CardRemovedError) as raised:
        simtool.apply(plan, session)
    assert raised.value.hint
    with seated(card) as reader, simtool.connect(f"pcsc:{reader}") as session:
        again = simtool.plan(simtool.read_image(session, model, only=desired.image.units), desired, model)
        simtool.apply(again, session)
        assert simtool.verify(session, desired, record)
