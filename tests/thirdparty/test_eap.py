"""A stock client logs in to a stock server with the software card in the reader (RFC 4186, RFC 4187, RFC 9048).

Card: ours, in a slot of Debian's virtual reader. Client: eapol_test. Server: hostapd. Vectors: osmo-auc-gen.
"""

from __future__ import annotations

import pytest

from tests.harness.auc import Algorithm, Subscriber
from tests.harness.eapol import Login, Method, log_in
from tests.harness.radius import LoginServer, login_server
from tests.harness.sja5 import ADM1, EF_USIM_SQN, PIN1, USIM, prepared_card, read, select, send
from tests.harness.vpcd import seated

pytestmark = pytest.mark.usefixtures("pcsc_service")

IMSI = "001010000000001"
# TS 35.208 §4.3, test set 1.
K = bytes.fromhex("465b5ce8b199b49faa5f0a2ee238a6bc")
OPC = bytes.fromhex("cd63cb71954a9f4e48a5994e37a02baf")


def milenage(**more: int) -> Subscriber:
    return Subscriber(IMSI, Algorithm.MILENAGE, K, OPC, **more)


def explain(login: Login, server: LoginServer) -> str:
    """For a failed assertion: what each side said last."""
    return f"{login.log[-3000:]}\n--- centre\n{server.centre.events}\n--- hostapd\n{server.log()[-1500:]}"


@pytest.mark.parametrize(
    ("method", "subscriber", "verb"),
    [
        pytest.param(Method.AKA, milenage(), "AKA-REQ-AUTH", id="aka-milenage"),
        pytest.param(Method.AKA_PRIME, milenage(), "AKA-REQ-AUTH", id="aka-prime-milenage"),
        pytest.param(Method.SIM, Subscriber(IMSI, Algorithm.COMP128V1, K), "SIM-REQ-AUTH", id="sim-comp128v1"),
        pytest.param(Method.SIM, milenage(), "SIM-REQ-AUTH", id="sim-milenage-2g"),
    ],
)
@pytest.mark.parametrize("pin", [False, True], ids=["pin-off", "pin-on"])
def test_log_in(method: Method, subscriber: Subscriber, verb: str, pin: bool) -> None:
    card = prepared_card(subscriber, pin=pin)
    with login_server([subscriber]) as server, seated(card) as reader:
        login = log_in(server, reader, method, pin=PIN1 if pin else None)
        assert login.success, explain(login, server)
        assert len(server.centre.asked(verb)) == 1


def test_pin_is_asked_for() -> None:
    subscriber = milenage()
    card = prepared_card(subscriber, pin=True)
    with login_server([subscriber]) as server, seated(card) as reader:
        assert not log_in(server, reader, Method.AKA, seconds=2).success
        assert log_in(server, reader, Method.AKA, pin=PIN1).success


@pytest.mark.parametrize("method", [Method.AKA, Method.AKA_PRIME])
def test_wrong_opc_fails(method: Method) -> None:
    """A centre that knows another OPc makes a MAC that the card must refuse (TS 33.102 §6.3.3)."""
    known = milenage()
    card = prepared_card(known)
    stranger = Subscriber(IMSI, Algorithm.MILENAGE, K, bytes(16))
    with login_server([stranger]) as server, seated(card) as reader:
        login = log_in(server, reader, method, seconds=4)
        assert not login.success
        assert server.centre.asked("AKA-REQ-AUTH") == ["sqn 32"], explain(login, server)
        assert server.centre.asked("AKA-AUTS") == []


def test_wrong_key_fails_in_2g() -> None:
    card = prepared_card(Subscriber(IMSI, Algorithm.COMP128V1, K))
    with login_server([Subscriber(IMSI, Algorithm.COMP128V1, bytes(16))]) as server, seated(card) as reader:
        assert not log_in(server, reader, Method.SIM, seconds=4).success
        assert len(server.centre.asked("SIM-REQ-AUTH")) >= 1


@pytest.mark.parametrize("method", [Method.AKA, Method.AKA_PRIME])
def test_stale_sqn_resynchronises(method: Method) -> None:
    """The card has seen more than the centre believes: AUTS, and with the next vector it logs in (TS 33.102 §6.3.5)."""
    seen = 1000 * 32
    subscriber = milenage(sqn=32)
    card = prepared_card(subscriber, highest_sqn=seen)
    with login_server([subscriber]) as server, seated(card) as reader:
        login = log_in(server, reader, method)
        assert login.success, explain(login, server)
        assert server.centre.asked("AKA-AUTS") == [f"sqn-ms {seen}"]
        assert server.centre.asked("AKA-REQ-AUTH") == ["sqn 32", f"sqn {seen + 32}"]


def test_log_in_again_counts_on() -> None:
    """Three logins with one card and one centre, no resynchronisation; the card keeps the last SQN."""
    subscriber = milenage()
    card = prepared_card(subscriber)
    with login_server([subscriber]) as server:
        with seated(card) as reader:
            for _ in range(3):
                assert log_in(server, reader, Method.AKA).success
        assert server.centre.asked("AKA-REQ-AUTH") == ["sqn 32", "sqn 64", "sqn 96"]
        assert server.centre.asked("AKA-AUTS") == []
    card.power_on()
    select(card, USIM)
    send(card, 0x20, 0x00, 0x0A, ADM1)
    assert int.from_bytes(read(card, EF_USIM_SQN, 20)[14:]) == 96
