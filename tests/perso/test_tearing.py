"""Power lost at every single command of a personalisation, before and after the card did it; back in, and resumed.

Whatever the moment, the card ends as wanted and every line of the journal was true when it was written.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simtool
from simtool.card.transport import EndpointTransport
from simtool.errors import CardRemovedError
from simtool.perso.apply import carry_out
from simtool.perso.memory.attempts import Attempts
from simtool.perso.memory.journal import Journals
from simtool.perso.memory.journal_file import Entry, StepState
from simtool.perso.report import EndState
from simtool.perso.steps import Plan, PresentPin, WriteBytes
from simtool.softcard.card import SoftCard
from tests.perso.rig import Reader, Rig, content_of, load_profile, memory_of, with_pins

SMALL = """\
operator: {kind: full, name: Nordlicht, plmn: 001-01}
identity: {iccid: {first: '898821100000046734'}, imsi: {first: '001010000000101'}, msisdn: '+88228000101'}
branding: {spn: {name: Nordlicht}}
network: {user: [{plmn: 262-02, technologies: [GERAN]}], forbidden: [262-01]}
"""


CLASSIC = """\
operator: {kind: full, name: Nordlicht, plmn: 001-01}
identity: {iccid: {first: '898821100000046734'}, imsi: {first: '001010000000101'}}
authentication: {algorithm: comp128v1}
network: {user: [{plmn: 262-02, technologies: [GERAN]}]}
"""


def full(**pins: str) -> Callable[[], simtool.Profile]:
    return lambda: with_pins(load_profile(), **pins)


def small(text: str = SMALL, **pins: str) -> Callable[[], simtool.Profile]:
    return lambda: with_pins(simtool.Profile.parse(text), **pins)


def with_choices() -> simtool.Profile:
    """The full profile with constants, a start of sequence numbers and key sets of the operator's own."""
    profile = load_profile()
    chosen = {
        "milenage": {"r": [8, 16, 24, 120, 40]},
        "sqn": {"start": 6400, "delta": 100000},
        "key_sets": [{"version": 2, "cipher": "aes", "length": 32}, {"version": 7, "cipher": "des", "replaces": 3}],
        "pins": {"PIN2": {"value": "4321"}, "PUK2": {"value": "87654321"}},
    }
    return profile.model_copy(update={"authentication": type(profile.authentication).model_validate(chosen)})


PRODUCTS = [
    # keys that can be read, PINs in files; ADM changed by CHANGE PIN
    ("sysmoISIM-SJA5", full(PIN1="4321", PUK1="87654321", ADM1="13572468"), {}),
    ("sysmoISIM-SJA2", with_choices, {}),
    # no PIN files, another ICCID
    ("sysmoUSIM-SJS1", small(PIN2="4321", ADM1="13572468"), {}),
    # class A0, keys and PINs by commands of the vendor
    ("sysmosim-gr1", small(CLASSIC), {}),
    ("sysmoSIM-GR2", small(CLASSIC, PIN1="4321", PUK1="87654321", ADM5="13572468"), {}),
]


@lru_cache
def rig_of(product: str) -> Rig:
    profile, known = next((profile, known) for name, profile, known in PRODUCTS if name == product)
    return Rig(product, profile(), known)


@pytest.mark.parametrize("product", [row[0] for row in PRODUCTS])
def test_power_lost_at_every_command(
    product: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    rig = rig_of(product)
    reference, plan, exchanges = finished(rig)
    wanted = memory_of(reference)
    ends: dict[EndState, int] = dict.fromkeys(EndState, 0)
    for at in range(exchanges):
        for after in (False, True):
            journals = Journals(tmp_path / f"{at}-{after}", durable=False)
            card, records, state = rig.card(), [rig.record], journals.folder.parent
            torn = tear(rig, card, journals, Attempts(state), at, after)
            check_truth(torn, plan, rig.card(), card)
            ends[torn.end] += 1

            resumed = rig.visit(card, journals, records, Attempts(state))

            where = f"{product}, exchange {at} {'after' if after else 'before'}: {resumed.report}"
            assert resumed.good, where
            assert memory_of(card) == wanted, where
            assert journals.open_work(torn.iccid) is None, where
            check_history(journals, torn)
    assert ends[EndState.GOOD] == ends[EndState.REJECTED] == 0
    assert ends[EndState.UNTOUCHED]
    text = f"{product}: {2 * exchanges} torn at {exchanges} commands of {len(plan.steps)} steps, all finished; "
    text += ", ".join(f"{count} {end.value}" for end, count in ends.items() if count)
    record_property("torn", text)
    print(f"\n{text}")  # noqa: T201


@settings(max_examples=40, deadline=None)
@given(at=st.integers(0, 330), after=st.booleans(), product=st.sampled_from([row[0] for row in PRODUCTS]))
def test_pulled_at_any_moment_of_a_whole_visit(
    at: int, after: bool, product: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Reading, planning, writing, verifying, with the record saved on the way; then the same command again."""
    rig = rig_of(product)
    journals = Journals(tmp_path_factory.mktemp("state"), durable=False)
    card, records, state = rig.card(), [rig.record], journals.folder.parent
    reader = Reader(card, at, after)
    try:
        rig.visit(reader, journals, records, Attempts(state))
    except CardRemovedError:
        pass
    again = rig.visit(card, journals, records, Attempts(state))
    assert again.good, str(again.report)
    assert memory_of(card) == memory_of(finished(rig)[0])
    assert records[-1].targets == ()
    assert not [entry for entry in journals.entries()[:1] if entry.end is not EndState.GOOD and entry.touched]


@lru_cache
def finished(rig: Rig) -> tuple[SoftCard, Plan, int]:
    """A card that nobody tore, its plan, and how many commands that plan took."""
    card = rig.card()
    reader = Reader(card)
    with rig.session(reader) as session:
        job = rig.prepare(session)
        session.reset()
        before = reader.count
        report = simtool.apply(job.plan, session)
        exchanges = reader.count - before
        assert report.end is EndState.GOOD
        verification = simtool.verify(session, job.desired, job.record)
        assert verification, str(verification)
    return card, job.plan, exchanges


def tear(rig: Rig, card: SoftCard, journals: Journals, attempts: Attempts, at: int, after: bool) -> Entry:
    """Prepare, then apply in a reader that loses the card; gives the journal as it stands then."""
    with rig.session(card) as session:
        job = rig.prepare(session)
    run = journals.begin(job.plan, job.current)
    with simtool.Session.open(EndpointTransport(Reader(card, at, after), "soft")) as session:
        simtool.identify(session, product=rig.product)
        report = carry_out(run.plan, session, simtool.Options(journal=run, attempts=attempts))
    assert isinstance(report.error, CardRemovedError)
    return journals.find(run.id)


def check_truth(entry: Entry, plan: Plan, delivered: SoftCard, card: SoftCard) -> None:
    """What the journal says of each step, held against the card's memory."""
    begun = [step for step in entry.steps if step.state is not StepState.WAITING]
    assert [step.number for step in begun] == list(range(len(begun)))
    assert sum(step.state is StepState.STARTED for step in begun) <= 1
    changes = [number for number, step in enumerate(plan.steps) if not isinstance(step, PresentPin)]
    assert entry.end is (EndState.UNFINISHED if len(begun) > min(changes) else EndState.UNTOUCHED)
    assert "gone" in entry.cause
    for told, step in zip(entry.steps, plan.steps, strict=True):
        assert (told.place, told.action) == (step.place, step.action)
        if not isinstance(step, WriteBytes):
            continue
        end = step.offset + len(step.data)
        now = content_of(card, step.unit)[step.offset : end]
        old = content_of(delivered, step.unit)[step.offset : end]
        possible = {StepState.WAITING: (old,), StepState.STARTED: (old, step.data), StepState.DONE: (step.data,)}
        assert now in possible[told.state], f"{told.place} is {told.state.value}"


def check_history(journals: Journals, torn: Entry) -> None:
    """The latest work is good; where the card was touched it continues the torn one and keeps its old content."""
    last, *_ = journals.entries(torn.iccid)
    assert last.end is EndState.GOOD
    if last.id == torn.id:
        return  # everything had been done but for the last answer
    assert all(step.state is StepState.DONE for step in last.steps)
    assert last.follows == (torn.id if torn.touched else "")
    if torn.touched:
        assert journals.find(torn.id).continued == last.id
        known = {unit: old for unit, old in torn.old.units.items() if not old.is_unknown or unit in torn.begun}
        assert {unit: last.old.units[unit] for unit in known} == known
