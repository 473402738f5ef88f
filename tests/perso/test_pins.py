"""PINs, PUKs and ADM codes changed by profile, each by the way its product offers, and proved by using them."""

from __future__ import annotations

from dataclasses import replace

import pytest

import simtool
from simtool.crypto.secret import Secret
from simtool.errors import InputError, PlanError, WrongPinError
from simtool.files.product import load
from simtool.perso.job import prepare
from simtool.perso.read import read_enabled_pins
from simtool.perso.record import Credential, parse_credential
from simtool.perso.steps import ChangePin, SendCommand, SwitchPin, WriteBytes
from simtool.softcard.card import SoftCard
from tests.perso.test_products import PROFILE, credentials_of, profile_for, record_for, session_with

WAYS = [
    # product, policies, credentials known besides those delivered, kinds of steps
    ("sysmoISIM-SJA5", {"PIN1": "4321", "PUK1": "87654321"}, {}, {WriteBytes}),
    ("sysmoISIM-SJA5", {"PIN1": "4321"}, {"PUK1": "15091909"}, {WriteBytes}),
    ("sysmoISIM-SJA5", {"PIN1": "4321", "PUK1": "87654321", "ADM1": "13572468"}, {}, {WriteBytes, ChangePin}),
    ("sysmoISIM-SJA2", {"PIN2": "4321", "PUK2": "87654321"}, {}, {WriteBytes}),
    ("sysmoSIM-GR2", {"PIN1": "4321", "PUK1": "87654321", "ADM5": "13572468"}, {}, {SendCommand}),
    ("sysmoUSIM-SJS1", {"ADM1": "13572468"}, {}, {ChangePin}),
    ("generic-usim", {"PIN2": "4321"}, {}, {ChangePin}),
]


def with_pins(product: str, policies: dict[str, str]) -> simtool.Profile:
    algorithm = "comp128v1" if product == "sysmoSIM-GR2" else "milenage"
    rows = ", ".join(f"{name}: {{value: '{value}'}}" for name, value in policies.items())
    plain = f"{{algorithm: {algorithm}}}"
    text = PROFILE.format(algorithm=algorithm)
    assert plain in text
    return simtool.Profile.parse(text.replace(plain, f"{{algorithm: {algorithm}, pins: {{{rows}}}}}"))


@pytest.mark.parametrize(("product", "policies", "known", "kinds"), WAYS)
def test_ways(product: str, policies: dict[str, str], known: dict[str, str], kinds: set[type]) -> None:
    model, card = load(product), SoftCard.new(load(product))
    profile = with_pins(product, policies)
    record = record_for(product, card, profile)
    more = tuple(simtool_credential(name, text) for name, text in known.items())
    record = replace(record, credentials=(*record.credentials, *more))
    with session_with(card, product) as session:
        job = prepare(session, profile, (record,), product=product)
        changes = [step for step in job.plan.writes if step.origin == "authentication.pins"]
        assert {type(step) for step in changes} == kinds
        assert tuple(changes) == job.plan.writes[-len(changes) :], "they come last"
        assert simtool.apply(job.plan, session).end is simtool.EndState.GOOD
        assert simtool.verify(session, job.desired, job.record)
        finished = job.record.personalised()
    with session_with(card, product) as session:
        simtool.identify(session, product=product)
        for name, text in policies.items():
            value = parse_credential(name, text).reveal()
            if name.startswith("PUK"):
                pin = f"PIN{name[-1]}"
                session.unblock_pin(model.pin(pin).ref, value, policies.get(pin, "0000").encode())
            elif name != "PIN1":  # delivered disabled
                session.verify_pin(model.pin(name).ref, value)
    with session_with(card, product) as session:
        again = prepare(session, profile, (finished,), product=product)
        assert not again.plan, str(again.plan)


def simtool_credential(name: str, text: str) -> simtool.Credential:
    return simtool.Credential(name, parse_credential(name, text))


@pytest.mark.parametrize("product", ["sysmoISIM-SJA5", "generic-usim"])
def test_pin1_is_switched_on_and_stays_so(product: str) -> None:
    card = SoftCard.new(load(product))
    text = PROFILE.format(algorithm="milenage")
    profile = simtool.Profile.parse(
        text.replace("{algorithm: milenage}", "{algorithm: milenage, pins: {PIN1: {enabled: true}}}")
    )
    record = record_for(product, card, profile)
    record = replace(record, credentials=(*record.credentials, simtool_credential("PUK1", "15091909")))
    with session_with(card, product) as session:
        job = prepare(session, profile, (record,))
        kinds = {type(step) for step in job.plan.writes if step.origin == "authentication.pins"}
        assert kinds == ({WriteBytes} if product == "sysmoISIM-SJA5" else {SwitchPin})
        simtool.apply(job.plan, session)
    with session_with(card, product) as session:
        assert "PIN1" in simtool.read_enabled_pins(session, simtool.identify(session))
        with pytest.raises(WrongPinError):
            session.verify_pin(0x01, b"9999")
        session.verify_pin(0x01, b"0000")
    with session_with(card, product) as session:
        again = prepare(session, profile, (record,))
        assert not again.plan, str(again.plan)


def test_a_puk_that_nothing_can_change(capsys: pytest.CaptureFixture[str]) -> None:
    card, profile = SoftCard.new(load("generic-usim")), with_pins("generic-usim", {"PUK1": "87654321"})
    record = record_for("generic-usim", card, profile)
    with session_with(card, "generic-usim") as session, pytest.raises(PlanError, match="no way to change the PUK"):
        prepare(session, profile, (record,))


def test_the_old_value_has_to_be_known() -> None:
    card, profile = SoftCard.new(load("generic-usim")), with_pins("generic-usim", {"PIN2": "4321"})
    record = record_for("generic-usim", card, profile)
    record = replace(record, credentials=tuple(item for item in record.credentials if item.pin != "PIN2"))
    with session_with(card, "generic-usim") as session, pytest.raises(PlanError, match="present value"):
        prepare(session, profile, (record,))


def test_random_codes_differ_from_card_to_card_and_keep_leading_zeros() -> None:
    profile = with_pins("generic-usim", {"PIN1": "random", "PUK1": "random", "ADM1": "random"})
    records = profile.issue(200)
    for name, length in (("PIN1", 4), ("PUK1", 8), ("ADM1", 8)):
        values = [
            item.value.reveal().rstrip(b"\xff") for record in records for item in record.targets if item.pin == name
        ]
        assert {len(value) for value in values} == {length}
        assert len(set(values)) > 150
    assert any(value.startswith(b"0") for value in values)


POLICY_ERRORS = [
    ("{PIN9: {value: '1234'}}", "PIN9"),
    ("{ADM1: {enabled: true}}", "only PIN1"),
    ("{PIN1: {value: '12'}}", "4 to 8 digits"),
    ("{PIN1: {length: 4}}", "unknown"),
]


@pytest.mark.parametrize(("policies", "reason"), POLICY_ERRORS)
def test_policies_that_mean_nothing(policies: str, reason: str) -> None:
    text = PROFILE.format(algorithm="milenage").replace("{algorithm: milenage}", f"{{pins: {policies}}}")
    with pytest.raises(InputError, match=reason):
        simtool.Profile.parse(text)


def test_records_keep_their_targets(tmp_path: object) -> None:
    profile = profile_for("generic-usim")
    record = replace(profile.issue(1)[0], credentials=credentials_of(load("generic-usim")))
    target = simtool_credential("ADM1", "00000001")
    assert replace(record, targets=(target,)).personalised().credentials[-1] == target


@pytest.mark.parametrize("product", ["Fairwaves-SIM", "generic-usim", "sysmoISIM-SJA5"])
@pytest.mark.parametrize("enabled", [", enabled: true", ", enabled: false"])
def test_a_pin_that_is_off_is_changed_and_is_as_wanted(product: str, enabled: str) -> None:
    """No card takes CHANGE PIN while the PIN is off (TS 102 221 §11.1.10, TS 51.011 §9.2.10)."""
    model, card = load(product), SoftCard.new(load(product))
    assert not model.pin("PIN1").enabled
    text = PROFILE.format(algorithm="milenage")
    profile = simtool.Profile.parse(
        text.replace("{algorithm: milenage}", f"{{algorithm: milenage, pins: {{PIN1: {{value: '4321'{enabled}}}}}}}")
    )
    record = record_for(product, card, profile)
    puk = Credential("PUK1", Secret(model.pin("PIN1").puk or b"", kind="puk"))
    record = replace(record, credentials=(*record.credentials, puk))
    with session_with(card, product) as session:
        job = prepare(session, profile, (record,), product=product)
        assert simtool.apply(job.plan, session).end is simtool.EndState.GOOD
        finished = job.record.personalised()
    with session_with(card, product) as session:
        simtool.identify(session, product=product)
        is_on = "PIN1" in read_enabled_pins(session, model)
        assert is_on == ("true" in enabled)
        if not is_on:
            session.enable_pin(model.pin("PIN1").ref, b"4321")
        else:
            session.verify_pin(model.pin("PIN1").ref, b"4321")
    with session_with(card, product) as session:
        if not is_on:
            return
        assert not prepare(session, profile, (finished,), product=product).plan


@pytest.mark.parametrize("product", ["Fairwaves-SIM", "generic-usim"])
def test_keys_are_proved_though_the_card_asks_for_pin1(product: str) -> None:
    """AUTHENTICATE and RUN GSM ALGORITHM want CHV1 (TS 31.102 §7.1.2, TS 51.011 §9.2.16)."""
    card = SoftCard.new(load(product))
    text = PROFILE.format(algorithm="milenage")
    pins = "{algorithm: milenage, pins: {PIN1: {enabled: true}}}"
    profile = simtool.Profile.parse(text.replace("{algorithm: milenage}", pins))
    record = record_for(product, card, profile)
    with session_with(card, product) as session:
        job = prepare(session, profile, (record,), product=product)
        assert simtool.apply(job.plan, session).end is simtool.EndState.GOOD
    with session_with(card, product) as session:
        simtool.identify(session, product=product)
        verification = simtool.verify(session, job.desired, job.record)
        assert verification, str(verification)


@pytest.mark.parametrize("product", ["Fairwaves-SIM", "generic-usim"])
def test_a_pin_that_is_off_is_not_changed_in_passing(product: str) -> None:
    """Torn in between, nobody would know how it was meant to be left."""
    card = SoftCard.new(load(product))
    profile = with_pins(product, {"PIN1": "4321"})
    record = record_for(product, card, profile)
    with session_with(card, product) as session, pytest.raises(PlanError, match="say whether it shall be enabled"):
        prepare(session, profile, (record,), product=product)
