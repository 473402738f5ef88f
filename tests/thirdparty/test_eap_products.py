"""A stranger logs in with every USIM product that the tool personalised: EAP-SIM, EAP-AKA, EAP-AKA', PIN, AUTS."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

import simtool
from simtool.files.product import load, names
from simtool.perso.job import prepare
from simtool.softcard.card import SoftCard
from tests.harness.auc import Algorithm, Subscriber
from tests.harness.eapol import Method, log_in
from tests.harness.radius import login_server
from tests.harness.vpcd import seated
from tests.perso.test_products import profile_for, record_for, session_with

pytestmark = pytest.mark.usefixtures("pcsc_service")

PRODUCTS = [name for name in names() if "USIM" in load(name).kind]
PIN1 = 0x01


@dataclass(frozen=True)
class Finished:
    product: str
    card: SoftCard
    record: simtool.CardRecord

    def subscriber(self, *, sqn: int | None = None) -> Subscriber:
        subscription = self.record.subscription
        assert subscription.opc is not None
        return Subscriber(
            subscription.imsi.digits,
            Algorithm.MILENAGE,
            subscription.k.reveal(),
            subscription.opc.reveal(),
            sqn=(subscription.sqn // 32 + 1) * 32 if sqn is None else sqn,
        )

    @property
    def pin(self) -> str:
        value = load(self.product).pin("PIN1").value
        assert value is not None
        return value.rstrip(b"\xff").decode()


def finished(product: str, *, with_pin: bool = False) -> Finished:
    card, profile = SoftCard.new(load(product)), profile_for(product)
    record = record_for(product, card, profile)
    with session_with(card, product) as session:
        job = prepare(session, profile, (record,), product=product)
        simtool.apply(job.plan, session)
        verification = simtool.verify(session, job.desired, job.record)
        assert verification, str(verification)
        result = Finished(product, card, verification.record)
        if with_pin:
            session.enable_pin(PIN1, result.pin.encode())
    return result


@pytest.mark.parametrize("method", [Method.AKA_PRIME, Method.SIM])
@pytest.mark.parametrize("product", PRODUCTS)
def test_log_in(product: str, method: Method) -> None:
    done = finished(product)
    with login_server([done.subscriber()]) as server, seated(done.card) as reader:
        login = log_in(server, reader, method)
        assert login.success, login.log[-3000:]


@pytest.mark.parametrize("product", PRODUCTS)
def test_log_in_with_pin_and_resynchronisation(product: str) -> None:
    """The centre starts at 0, below what the proof used: one AUTS, then EAP-AKA succeeds."""
    done = finished(product, with_pin=True)
    with login_server([done.subscriber(sqn=0)]) as server, seated(done.card) as reader:
        login = log_in(server, reader, Method.AKA, pin=done.pin)
        assert login.success, login.log[-3000:]
        assert len(server.centre.asked("AKA-AUTS")) == 1
