"""A first article: made like any card, put on a sheet without secrets, decided by a second person; and the gate."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import simtool
from simtool.card.transport import EndpointTransport, Transport
from simtool.errors import CardError, RefusedError
from simtool.files.product import load
from simtool.inventory.gate import ArticleState, FirstArticle, approve, approved, first_articles, refuse
from simtool.inventory.life import RecordState
from simtool.inventory.station_lock import only_station
from simtool.perso.compiled import CompiledProfile, compile_profile
from simtool.perso.record import CardRecord
from simtool.softcard.card import SoftCard
from simtool.station.article.first_article import make_first_article
from simtool.station.article.gate import gate_for
from simtool.station.article.sheet import ArticleSheet
from simtool.station.bench.bench import ReaderMatch, SlotSpec
from simtool.station.events import End, Event, Phase, SlotChanged
from simtool.station.setup import WorkerSetup
from tests.perso.rig import Reader
from tests.station.rig import BATCH, FIXED, NUMBERED, Warehouse, proves, slot, warehouse

GOOD, FREE = RecordState.GOOD, RecordState.GENERATED
STATION = "north first article"


def setup_of(here: Warehouse) -> WorkerSetup:
    return replace(here.setup(), station=STATION, slot=SlotSpec("1", ReaderMatch()), gate=True, operator="Ola")


def make(
    here: Warehouse, card: SoftCard | Reader, *, product: str = "", **more: Callable[[Event], None]
) -> FirstArticle:
    def opened() -> Transport:
        return EndpointTransport(card, "a reader")

    with here.inventory() as inventory:
        return make_first_article(inventory, setup_of(here), opened, product=product, **more)


def compiled_of(here: Warehouse) -> CompiledProfile:
    return compile_profile(simtool.Profile.load(here.profile), load(here.product))


def locked(here: Warehouse, compiled: CompiledProfile | None = None) -> RefusedError | None:
    with here.inventory() as inventory:
        return gate_for(inventory, BATCH, here.product, compiled or compiled_of(here))


def decide(here: Warehouse, number: int, by: str = "Anna", why: str = "") -> None:
    with here.inventory() as inventory:
        _ = refuse(inventory, number, by, why) if why else approve(inventory, number, by)


@pytest.mark.parametrize("product", [NUMBERED, FIXED])
def test_a_first_article_and_its_sheet(product: str, tmp_path: Path) -> None:
    here = warehouse(tmp_path, product)
    card = here.card(1 if product == FIXED else None)
    shown: list[Event] = []
    article = make(here, card, watch=shown.append)
    which = 1 if product == FIXED else 0
    issued, record = here.issued[which], here.records()[which]
    sheet = ArticleSheet.from_json(article.sheet)
    assert article.state is ArticleState.WAITING
    assert (article.iccid, article.digest) == (issued.iccid.digits, compiled_of(here).digest)
    assert here.states()[which] is GOOD and here.states().count(GOOD) == 1
    assert proves(card, record)
    assert sheet.good and sheet.units_compared == len(sheet.units)
    assert (sheet.batch, sheet.customer, sheet.product, sheet.made_by) == (BATCH, "ACME", product, "Ola")
    numbers = {item.name: item.value for item in sheet.numbers}
    assert numbers["IMSI"] == issued.subscription.imsi.digits and numbers["MSISDN"] == issued.subscription.msisdn
    held = {row.place: row.meaning for row in sheet.units}
    usim = "MF/DF.GSM" if product == NUMBERED else "MF/ADF.USIM"  # where the twins' content is kept
    assert held[f"{usim}/EF.IMSI"] == issued.subscription.imsi.digits
    assert "Nordlicht" in held[f"{usim}/EF.SPN"] and "Nordlicht" in sheet.brand.text
    assert sheet.brand.svg.startswith("<svg") and sheet.brand.png
    assert issued.subscription.k is not None
    assert issued.subscription.key.kcv().hex() in {item.value for item in sheet.check_values}
    assert {row.context for row in sheet.proofs} >= {"AKA"}
    assert any(row.what == "{imsi}" for row in sheet.script)
    assert any(issued.iccid.digits in item.value for item in sheet.label)
    assert [event.phase for event in shown if isinstance(event, SlotChanged)][-1] is Phase.VERIFYING
    (visit,) = here.visits()
    assert (visit.station, visit.end, visit.checked, visit.digest) == (STATION, "good", "full", article.digest)


def secrets_of(record: CardRecord) -> list[str]:
    codes = [item.value.reveal() for item in (*record.credentials, *record.targets)]
    keys = [key.reveal() for item in record.subscriptions for key in (item.k, item.opc) if key is not None]
    texts = [code.rstrip(b"\xff").decode("latin-1") for code in codes]
    return [*(value.hex() for value in (*codes, *keys)), *(text for text in texts if len(text) > 4)]


@pytest.mark.parametrize("product", [NUMBERED, FIXED])
def test_no_secret_is_on_a_sheet(product: str, tmp_path: Path) -> None:
    here = warehouse(tmp_path, product)
    text = make(here, here.card(0 if product == FIXED else None)).sheet.lower()
    for record in (here.issued[0], here.records()[0]):
        for secret in secrets_of(record):
            assert secret.lower() not in text


def test_files_of_keys_are_on_the_sheet_without_their_bytes(tmp_path: Path) -> None:
    here = warehouse(tmp_path, FIXED)
    sheet = ArticleSheet.from_json(make(here, here.card(0)).sheet)
    rows = {row.place: row for row in sheet.units if row.secret}
    assert "MF/ADF.USIM/EF.USIM_AUTH_KEY" in rows
    assert all(row.size and row.meaning and not row.raw for row in rows.values())


def test_the_batch_is_locked_until_somebody_else_approves(tmp_path: Path) -> None:
    here = warehouse(tmp_path, NUMBERED)
    reason = locked(here)
    assert reason is not None and "no first article of it is approved" in str(reason)
    assert "first-article make b1" in reason.hint
    run = slot(here, here.card(), gate=True)
    assert run.somebody.ends == [End.UNTOUCHED]
    assert run.somebody.messages(Phase.ATTENTION) == [str(reason)]
    article = make(here, here.card())
    reason = locked(here)
    assert reason is not None and f"first article {article.id} waits for a second person" in str(reason)
    with pytest.raises(RefusedError, match="Ola made first article"):
        decide(here, article.id, "Ola")
    decide(here, article.id)
    assert locked(here) is None
    run = slot(here, here.card(), gate=True)
    assert run.somebody.ends == [End.GOOD]
    assert here.visits()[0].digest == article.digest


def test_a_refusal_says_who_and_why(tmp_path: Path) -> None:
    here = warehouse(tmp_path, NUMBERED)
    article = make(here, here.card())
    decide(here, article.id, why="the logo is crooked")
    reason = locked(here)
    assert reason is not None
    assert f"Anna refused first article {article.id}: the logo is crooked" in str(reason)
    decide(here, make(here, here.card()).id)
    assert locked(here) is None


def _other_name(compiled: CompiledProfile) -> CompiledProfile:
    text = Path(compiled.profile.source.name).read_text().replace("spn: {name: Nordlicht}", "spn: {name: Sudlicht}")
    return compile_profile(simtool.Profile.parse(text), compiled.model)


def _other_product(compiled: CompiledProfile) -> CompiledProfile:
    pins = tuple(replace(pin, tries=9) for pin in compiled.model.pins)
    return compile_profile(compiled.profile, replace(compiled.model, pins=pins))


@pytest.mark.parametrize(
    ("change", "said"),
    [(_other_name, r"what cards get in MF/DF\.GSM/EF\.SPN changed"), (_other_product, "description")],
)
def test_a_change_locks_the_batch_again(
    change: Callable[[CompiledProfile], CompiledProfile], said: str, tmp_path: Path
) -> None:
    here = warehouse(tmp_path, NUMBERED)
    article = make(here, here.card())
    decide(here, article.id)
    reason = locked(here, change(compiled_of(here)))
    assert reason is not None
    assert re.search(f"since first article {article.id} was approved .*{said}", str(reason))
    assert "make another one" in reason.hint


def test_a_broken_contact_is_gone_on_with_by_the_same_card(tmp_path: Path) -> None:
    here = warehouse(tmp_path, NUMBERED)
    card = here.card()
    torn = 0
    for at in (20, 90, 140, 200):
        try:
            make(here, Reader(card, at=at))
        except CardError as error:
            assert "the same card" in error.hint
            torn += 1
        else:
            break
    assert torn
    if not here.states().count(GOOD):
        make(here, card)
    assert here.states() == [GOOD, FREE, FREE]
    assert proves(card, here.records()[0])
    with here.inventory() as inventory:
        assert len(first_articles(inventory, BATCH)) == 1
    assert "unfinished" in {visit.end for visit in here.visits()}


def test_a_bad_contact_that_comes_back_is_no_matter(tmp_path: Path) -> None:
    here = warehouse(tmp_path, NUMBERED)
    article = make(here, Reader(here.card(), at=150, breaks=1))
    assert article.state is ArticleState.WAITING


def test_a_card_that_is_not_good_is_no_first_article(tmp_path: Path) -> None:
    """Its code is not the one of the delivery: the record goes to quarantine with its cause."""
    here = warehouse(tmp_path, NUMBERED)
    model = load(NUMBERED)
    pins = tuple(replace(pin, value=b"87654321") if pin.name == "ADM1" else pin for pin in model.pins)
    with pytest.raises(RefusedError, match="ADM1"):
        make(here, SoftCard.new(replace(model, pins=pins)))
    assert here.states() == [RecordState.QUARANTINED, FREE, FREE]
    with here.inventory() as inventory:
        assert first_articles(inventory, BATCH) == ()


def test_a_card_of_another_product_than_wanted_is_not_touched(tmp_path: Path) -> None:
    here = warehouse(tmp_path, NUMBERED)
    with pytest.raises(RefusedError, match=f"this card is {NUMBERED}, not {FIXED}"):
        make(here, here.card(), product=FIXED)
    assert here.states() == [FREE] * 3
    assert here.visits() == ()
    assert make(here, here.card(), product=NUMBERED.upper())


def test_a_good_card_is_not_made_again(tmp_path: Path) -> None:
    here = warehouse(tmp_path, NUMBERED)
    card = here.card()
    make(here, card)
    with pytest.raises(RefusedError, match="good already"):
        make(here, card)


def test_only_one_is_made_at_a_time(tmp_path: Path) -> None:
    here = warehouse(tmp_path, NUMBERED)
    with here.inventory() as inventory, only_station(inventory, STATION), pytest.raises(RefusedError):
        make(here, here.card())
    assert here.states() == [FREE] * 3


def test_what_a_killed_try_had_claimed_is_free(tmp_path: Path) -> None:
    from simtool.inventory.work import claim

    here = warehouse(tmp_path, NUMBERED, quantity=1)
    with here.inventory() as inventory:
        assert claim(inventory, BATCH, holder=f"{STATION}/1")
    article = make(here, here.card())
    with here.inventory() as inventory:
        assert approved(inventory, BATCH, NUMBERED) is None
    assert article.iccid == here.issued[0].iccid.digits


def test_a_label_that_cannot_be_printed_is_told_before_the_card(tmp_path: Path) -> None:
    from simtool.errors import InputError

    here = warehouse(tmp_path, NUMBERED, text=PROFILE_WITH_LABEL)
    with pytest.raises(InputError, match="paper.label"):
        make(here, here.card())
    assert here.states() == [FREE] * 3


def test_the_labels_own_template_belongs_to_the_digest(tmp_path: Path) -> None:
    template = "page: [50, 20]\ntexts: [{text: '{iccid}', at: [2, 2], size: [46, 8]}]\n"
    (tmp_path / "own.yaml").write_text(template)
    profile = simtool.Profile.parse(PROFILE_WITH_LABEL, folder=tmp_path)
    before = compile_profile(profile, load(NUMBERED)).digest
    (tmp_path / "own.yaml").write_text(template.replace("50", "60"))
    assert compile_profile(profile, load(NUMBERED)).digest != before


PROFILE_WITH_LABEL = """\
operator: {kind: full, name: Nordlicht, plmn: 001-01}
identity: {iccid: {first: '894944000000200001'}, imsi: {first: '001010000000101'}, msisdn: '+88228000101'}
branding: {spn: {name: Nordlicht}}
paper: {label: own.yaml}
"""
