"""Every card product: delivered card, profile, plan, apply, verify; the same again is an empty plan.

Software cards made from the product's own description; credentials are those with which the product is delivered.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

import simtool
from simtool.card.transport import EndpointTransport
from simtool.crypto.secret import Secret
from simtool.errors import PlanError
from simtool.files.product import CardModel, load, names
from simtool.perso.job import prepare
from simtool.perso.read import read_iccid
from simtool.perso.record import WITHOUT_OPC, CardRecord, Credential, Subscription
from simtool.softcard.card import SoftCard

PROFILE = """\
operator: {{kind: full, name: Nordlicht, plmn: 901-070}}
identity: {{iccid: {{first: '894944000000115531'}}, imsi: {{first: '901070000004711'}}}}
authentication: {{algorithm: {algorithm}}}
network: {{user: [{{plmn: 262-02, technologies: [GERAN]}}]}}
"""
ALGORITHM = {
    "fakemagicsim": "comp128v1",
    "grcardsim": "comp128v1",
    "magicsim": "comp128v1",
    "sysmoSIM-GR2": "comp128v1",
    "sysmosim-gr1": "comp128v1",
}
KEYS_STAY = ("Wavemobile-SIM",)  # how their keys are written is not known


def credentials_of(model: CardModel) -> tuple[Credential, ...]:
    return tuple(Credential(pin.name, Secret(pin.value, kind=pin.name.lower())) for pin in model.pins if pin.value)


def delivered_keys(model: CardModel) -> Subscription:
    """The subscription whose keys such a card holds as delivered."""
    spec = model.authentication[0]
    values = {}
    for path in spec.files:
        layout = model.file(path).layout
        if layout is not None:
            values |= layout.decode(model.file(path).content)
    k, op = values["k"], values["op"]
    assert isinstance(k, bytes)
    assert isinstance(op, bytes)
    profile = simtool.Profile.parse(PROFILE.format(algorithm="milenage"))
    issued = profile.issue(1)[0].subscription
    return replace(issued, k=Secret(k, kind="ki"), opc=Secret(op, kind="opc"))


def profile_for(product: str, algorithm: str | None = None) -> simtool.Profile:
    text = PROFILE.format(algorithm=algorithm or ALGORITHM.get(product, "milenage"))
    return simtool.Profile.parse(text)


def session_with(card: SoftCard, product: str) -> simtool.Session:
    return simtool.Session.open(EndpointTransport(card, f"soft:{product}"))


def record_for(product: str, card: SoftCard, profile: simtool.Profile) -> CardRecord:
    model = load(product)
    record = replace(profile.issue(1)[0], credentials=credentials_of(model))
    if product in KEYS_STAY:
        record = replace(record, subscriptions=(delivered_keys(model),))
    with session_with(card, product) as session:
        simtool.identify(session, product=product)
        return record if model.iccid_writable else replace(record, iccid=read_iccid(session, model))


@pytest.mark.parametrize("product", names())
def test_from_delivered_to_finished(product: str) -> None:
    card, profile = SoftCard.new(load(product)), profile_for(product)
    record = record_for(product, card, profile)
    with session_with(card, product) as session:
        job = prepare(session, profile, (record,), product=product)
        assert job.plan
        assert simtool.apply(job.plan, session).end is simtool.EndState.GOOD
        verification = simtool.verify(session, job.desired, job.record)
        assert verification, str(verification)
    with session_with(card, product) as session:
        again = prepare(session, profile, (verification.record,), product=product)
        assert not again.plan, str(again.plan)


ALGORITHMS = [
    # product, algorithm, contexts proved
    ("sysmoISIM-SJA5", "milenage", {"AKA", "GSM"}),
    ("sysmoISIM-SJA5", "tuak", {"AKA"}),
    ("sysmoISIM-SJA5", "xor", {"AKA", "GSM"}),
    ("sysmoISIM-SJA5", "comp128v1", {"GSM"}),
    ("sysmoISIM-SJA5", "comp128v2", {"GSM"}),
    ("sysmoISIM-SJA5", "comp128v3", {"GSM"}),
    ("sysmoISIM-SJA2", "xor", {"AKA", "GSM"}),
    ("sysmoISIM-SJA2", "comp128v3", {"GSM"}),
    ("sysmoUSIM-SJS1", "comp128v1", {"GSM"}),
    ("generic-usim", "tuak", {"AKA", "GSM"}),
    ("generic-usim", "xor", {"AKA", "GSM"}),  # one field says how both work
    ("sysmoUSIM-SJS1", "xor", {"AKA", "GSM"}),  # two fields of one file
]


@pytest.mark.parametrize(("product", "algorithm", "contexts"), ALGORITHMS)
def test_algorithms(product: str, algorithm: str, contexts: set[str]) -> None:
    card, profile = SoftCard.new(load(product)), profile_for(product, algorithm)
    record = record_for(product, card, profile)
    assert (record.subscription.opc is None) == (algorithm in WITHOUT_OPC)
    with session_with(card, product) as session:
        job = prepare(session, profile, (record,), product=product)
        simtool.apply(job.plan, session)
        verification = simtool.verify(session, job.desired, job.record)
    assert verification, str(verification)
    assert {proof.context for proof in verification.proofs} == contexts


def test_an_algorithm_that_the_card_does_not_know() -> None:
    card, profile = SoftCard.new(load("sysmosim-gr1")), profile_for("sysmosim-gr1", "milenage")
    record = record_for("sysmosim-gr1", card, profile)
    with session_with(card, "sysmosim-gr1") as session, pytest.raises(simtool.SimtoolError, match="cannot do milenage"):
        prepare(session, profile, (record,))


@pytest.mark.parametrize("product", names())
@pytest.mark.parametrize("algorithm", ["milenage", "tuak", "xor", "comp128v1", "comp128v2", "comp128v3"])
def test_what_a_product_takes_it_proves(product: str, algorithm: str) -> None:
    """Either the algorithm is refused with the reason, or every application that has it answers rightly."""
    card, profile = SoftCard.new(load(product)), profile_for(product, algorithm)
    record = record_for(product, card, profile)
    with session_with(card, product) as session:
        try:
            job = prepare(session, profile, (record,), product=product)
        except PlanError as error:
            assert any("cannot do" in reason or "never" in reason for reason in error.reasons), error
            return
        simtool.apply(job.plan, session)
        verification = simtool.verify(session, job.desired, job.record)
        assert verification, str(verification)
