"""A forecast counts what `apply` will send, to the byte."""

from __future__ import annotations

from dataclasses import replace

import pytest

import simtool
from simtool.card.meter import Meter, MeterReading
from simtool.card.transport import EndpointTransport
from simtool.files.product import load, names
from simtool.perso.dry import dry_run
from simtool.perso.forecast import CardTiming, Line, forecast
from simtool.perso.job import Job, prepare
from simtool.perso.steps import Plan
from simtool.softcard.card import SoftCard
from tests.perso.conftest import Bench
from tests.perso.rig import Rig
from tests.perso.test_products import profile_for, record_for
from tests.perso.test_tearing import PRODUCTS, rig_of


def measured(plan: Plan, card: SoftCard, product: str, read_back: bool) -> MeterReading:
    meter = Meter(EndpointTransport(card, "soft"))
    with simtool.Session.open(meter) as session:
        simtool.identify(session, product=product)
        simtool.apply(plan, session, simtool.Options(read_back=read_back))
    return meter.reading


@pytest.mark.parametrize("product", names())
def test_every_product(product: str) -> None:
    card, profile = SoftCard.new(load(product)), profile_for(product)
    record = record_for(product, card, profile)
    with simtool.Session.open(EndpointTransport(card, "soft")) as session:
        simtool.identify(session, product=product)
        plan = prepare(session, profile, (record,), product=product).plan
    for read_back in (False, True):
        told = forecast(plan, read_back=read_back)
        reading = measured(plan, SoftCard.new(load(product)), product, read_back)
        assert (told.tpdus, told.wire_bytes) == (reading.tpdus, reading.wire_bytes), f"read back: {read_back}"


@pytest.mark.parametrize("product", [row[0] for row in PRODUCTS])
def test_with_pins_and_sleeping_files(product: str) -> None:
    rig = rig_of(product)
    card = rig.card()
    with rig.session(card) as session:
        plan = rig.prepare(session).plan
    told = forecast(plan)
    reading = measured(plan, card, product, read_back=True)
    assert (told.tpdus, told.wire_bytes) == (reading.tpdus, reading.wire_bytes)


def test_in_a_session_that_has_read_the_card() -> None:
    """The ADM that reading needed is not presented again."""
    rig = rig_of("sysmoISIM-SJA5")
    meter = Meter(EndpointTransport(rig.card(), "soft"))
    with simtool.Session.open(meter) as session:
        job: Job = prepare(session, rig.profile, (rig.record,))
        told = forecast(job.plan, like=session)
        before = meter.reading
        simtool.apply(job.plan, session)
        spent = meter.reading - before
    assert (told.tpdus, told.wire_bytes) == (spent.tpdus, spent.wire_bytes)
    assert told.wire_bytes < forecast(job.plan).wire_bytes  # though MF has to be selected


def test_the_aims_of_the_bench() -> None:
    """A re-brand needs under 15 TPDUs with verification of what is written."""
    rig = rig_of("sysmoISIM-SJA5")
    card = rig.card()
    with rig.session(card) as session:
        simtool.apply(rig.prepare(session).plan, session)
    spn = rig.profile.branding.spn
    assert spn is not None
    branding = rig.profile.branding.model_copy(update={"spn": spn.model_copy(update={"name": "Suedlicht"})})
    rebrand = Rig("sysmoISIM-SJA5", rig.profile.model_copy(update={"branding": branding}))
    with rig.session(card) as session:
        plan = rebrand.prepare(session, rig.record.personalised()).plan
    assert [step.place for step in plan.writes] == ["MF/ADF.USIM/EF.SPN"]
    assert forecast(plan).tpdus < 15


LINES = [
    # ATR, F, D, extra guard time (ISO/IEC 7816-3 §8.3)
    ("3b9f96801fc78031a073be21136743200718000001a5", 512, 32, 0),
    ("3b1094", 512, 8, 0),
    ("3b00", 372, 1, 0),
    ("3b4005", 372, 1, 5),
    ("3b5011ff", 372, 1, 0),
    ("", 372, 1, 0),
    ("3b107f", 372, 1, 0),
]


@pytest.mark.parametrize(("atr", "f", "d", "guard"), LINES)
def test_line_of_an_atr(atr: str, f: int, d: int, guard: int) -> None:
    line = Line.from_atr(bytes.fromhex(atr))
    assert (line.f, line.d, line.extra_guard) == (f, d, guard)
    assert Line.from_atr(bytes.fromhex(atr), pps=False).f == 372


def test_seconds() -> None:
    line = Line(clock=3_720_000, f=372, d=1)
    assert line.bit_rate == 10_000
    assert line.seconds(100) == pytest.approx(0.12)


def test_slower_lines_and_memories_take_longer(bench: Bench) -> None:
    plan = bench.plan()
    usual = forecast(plan)
    assert forecast(plan, line=Line()).seconds > usual.seconds
    assert forecast(plan, timing=CardTiming(write=0.1)).seconds > usual.seconds
    assert 0.1 < usual.seconds < 20
    assert usual.written_bytes < usual.wire_bytes
    assert str(usual).startswith(f"{usual.tpdus} TPDUs, {usual.wire_bytes} bytes, about ")
    assert forecast(replace(plan, steps=())).tpdus == 0


def test_a_dry_run_names_places(bench: Bench) -> None:
    run = dry_run(bench.plan())
    assert {sent.place for sent in run.commands} >= {"", "MF/ADF.USIM/EF.SPN"}
    assert all(sent.secret for sent in run.commands if sent.command.ins == 0x20 and sent.command.data)
