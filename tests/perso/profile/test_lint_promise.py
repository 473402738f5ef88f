"""The promise of lint: a profile without errors for a product renders, plans, applies and verifies on its cards."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

import simtool
from simtool.errors import PlanError
from simtool.files.product import load, names
from simtool.perso.job import prepare
from simtool.perso.lint import Severity, lint
from simtool.perso.record import CardRecord, Credential
from simtool.perso.rehearsal import rehearse
from simtool.softcard.card import SoftCard
from simtool.softcard.state import MemoryStore
from tests.perso.profile.hosts import FROM_HOST, finished_card, with_delivered_codes
from tests.perso.profile.strategies import FULL_PROFILES, RESELLER_PROFILES
from tests.perso.rig import Rig
from tests.perso.test_products import KEYS_STAY, session_with

PRODUCTS = [name for name in names() if name not in KEYS_STAY]
SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])


def without_errors(profile: simtool.Profile, product: str) -> bool:
    return not any(found.rule.severity is Severity.ERROR for found in lint([profile], load(product)))


def made(card: SoftCard, product: str, profile: simtool.Profile, record: CardRecord) -> None:
    """The card becomes the product, is proved, and has nothing left to do."""
    with session_with(card, product) as session:
        job = prepare(session, profile, (record,), product=product)
        report = simtool.apply(job.plan, session)
        assert report.end in (simtool.EndState.GOOD, simtool.EndState.UNTOUCHED), str(report)
        done = job.record.personalised()
        verification = simtool.verify(session, simtool.render(profile, done, job.model), done)
        assert verification, str(verification)
    with session_with(card, product) as session:
        again = prepare(session, profile, (verification.record,), product=product)
        assert not again.plan, str(again.plan)


@SETTINGS
@given(FULL_PROFILES, st.sampled_from(PRODUCTS))
def test_a_full_mvno(profile: simtool.Profile, product: str) -> None:
    clean = without_errors(profile, product)
    event(f"clean: {clean}")
    assume(clean)
    rig = Rig(product, profile)
    made(rig.card(), product, profile, _with_puks(rig.record, product))


def _with_puks(record: CardRecord, product: str) -> CardRecord:
    """A vendor delivers PUKs too."""
    from simtool.crypto.secret import Secret

    puks = tuple(
        Credential(f"PUK{pin.name[-1]}", Secret(pin.puk, kind="puk"))
        for pin in load(product).pins
        if pin.puk is not None and pin.name.startswith("PIN")
    )
    return replace(record, credentials=(*record.credentials, *puks))


@lru_cache(maxsize=8)
def _finished(product: str) -> tuple[SoftCard, CardRecord]:
    return finished_card(product, FROM_HOST["reseller"])


@SETTINGS
@given(RESELLER_PROFILES, st.sampled_from(["sysmoISIM-SJA5", "sysmoISIM-SJA2", "sysmoUSIM-SJS1", "generic-usim"]))
def test_a_reseller(profile: simtool.Profile, product: str) -> None:
    assume(without_errors(profile, product))
    finished, record = _finished(product)
    store = MemoryStore()
    store.put(dict(finished.store.values))
    keyless = tuple(replace(item, k=None, opc=None) for item in record.subscriptions)
    record = with_delivered_codes(replace(record, subscriptions=keyless), product)
    made(SoftCard(finished.model, store), product, profile, record)


@SETTINGS
@given(FULL_PROFILES, st.sampled_from(PRODUCTS))
def test_what_is_refused_is_refused_with_the_same_words(profile: simtool.Profile, product: str) -> None:
    """Lint promises no more than it must: what the rehearsal refuses, render or plan refuses on the card too."""
    reasons = rehearse(profile, load(product))
    assume(reasons)
    rig = Rig(product, profile)
    record = _with_puks(rig.record, product)
    with rig.session(rig.card()) as session:
        try:
            rig.prepare(session, record)
        except PlanError as error:
            assert set(error.reasons) == set(reasons)
        else:
            raise AssertionError(f"refused in rehearsal only: {reasons}")
