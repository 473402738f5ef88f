"""Content that no plain UPDATE writes: cyclic files (TS 102 221 §11.1.6) and data objects (§11.3)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import simtool
from simtool.errors import PlanError
from simtool.files.path import FilePath
from simtool.perso.image import Content, Unit
from simtool.perso.memory.attempts import Attempts
from simtool.perso.memory.journal import Journals
from simtool.perso.memory.undo import plan_undo, take_back
from simtool.perso.report import EndState
from simtool.perso.steps import PushRecords, WriteObject, records_to_push
from simtool.perso.technician import backup as backups
from simtool.perso.technician.change import plan_change
from simtool.perso.technician.restore import plan_restore
from simtool.softcard.card import SoftCard
from tests.perso.rig import Reader, Rig, load_profile

OBJECTS = "MF/ADF.ISIM/EF.IMSConfigData"
LONG = "ab" * 260  # longer than one SET DATA takes
METER = FilePath("MF/ADF.USIM/EF.ACM")
CYCLES = [
    # now, wanted, what has to be written, oldest first
    ("abc", "abc", ""),
    ("abc", "xab", "x"),
    ("abc", "yxa", "xy"),
    ("abc", "zyx", "xyz"),
    ("abc", "bca", "cb"),
    ("aaa", "baa", "b"),
]


@pytest.mark.parametrize(("now", "wanted", "pushed"), CYCLES)
def test_the_fewest_records(now: str, wanted: str, pushed: str) -> None:
    assert records_to_push([x.encode() for x in now], [x.encode() for x in wanted]) == tuple(x.encode() for x in pushed)


@given(st.integers(1, 8).flatmap(lambda size: st.tuples(*(st.lists(st.binary(min_size=1, max_size=1), min_size=size,
       max_size=size) for _ in range(2)))))  # fmt: skip
def test_pushing_leads_to_what_is_wanted(both: tuple[list[bytes], list[bytes]]) -> None:
    now, wanted = both
    card = list(now)
    for record in records_to_push(now, wanted):
        card = [record, *card[:-1]]
    assert card == wanted


def test_unknown_records_are_all_written() -> None:
    assert records_to_push([None, b"b"], [b"a", b"b"]) == (b"b", b"a")


def rig(value: object) -> Rig:
    return Rig("sysmoISIM-SJA5", load_profile(files={OBJECTS: value}))


def objects(card: SoftCard) -> dict[int, bytes]:
    return dict(card.files.by_path[OBJECTS].content.objects)


def test_objects_by_profile_and_back(tmp_path: Path) -> None:
    bench = rig({"80": "0102", "81": LONG, "82": None})
    card, journals, records = bench.card(), Journals(tmp_path, durable=False), [bench.record]
    with bench.session(card) as session:
        session.verify_pin(0x0A, b"34173960")
        session.select_aid(bench.model.file("MF/ADF.ISIM").aid or b"")
        session.select_fid(0x6FF8)
        session.set_data(0x80, b"old")
        session.set_data(0x82, b"to go")
    before = objects(card)
    done = bench.visit(card, journals, records, Attempts())
    assert done.good, f"{done.report} {done.verification}"
    steps = {step.place: step for step in done.job.plan.steps if isinstance(step, WriteObject)}
    assert steps[f"{OBJECTS}[tag 82]"].action == "delete"
    assert objects(card) == {0x80: b"\x01\x02", 0x81: bytes.fromhex(LONG)}
    assert not bench.visit(card, journals, records, Attempts()).job.plan
    with bench.session(card) as session:
        back = plan_undo(session, bench.model, journals, records[-1].credentials, partly=True)
        report, rest = take_back(session, back, journals)
    assert (report.end, rest) == (EndState.GOOD, ())
    assert objects(card) == before


@pytest.mark.parametrize("value", ["0102", {"xx": "00"}, {"80": "0"}])
def test_what_makes_no_object_is_refused(value: object) -> None:
    bench = rig(value)
    with bench.session(bench.card()) as session, pytest.raises(PlanError, match="IMSConfigData"):
        bench.prepare(session)


def with_meter(bench: Rig, values: bytes) -> SoftCard:
    """A card whose call meter has counted."""
    card = bench.card()
    node = card.files.by_path[str(METER)]
    length = node.record_length
    data = b"".join(bytes((value,)) * length for value in values).ljust(length * node.records, b"\0")
    node.content.put(data)
    return card


def meter(card: SoftCard) -> bytes:
    node = card.files.by_path[str(METER)]
    return bytes(node.content.data)[:: node.record_length]


def test_backup_and_restore_bring_cycles_and_objects_back(tmp_path: Path) -> None:
    bench = rig({"80": "0102"})
    card = with_meter(bench, bytes((9, 8, 7)))
    credentials = bench.record.credentials
    with bench.session(card) as session:
        kept = backups.take(session, bench.model, credentials=credentials)
        backups.save(kept, tmp_path / "card.json")
        simtool.apply(bench.prepare(session).plan, session)
    node = card.files.by_path[str(METER)]
    node.content.put(b"\x33" * node.record_length + bytes(node.content.data)[: -node.record_length])
    loaded = backups.load(tmp_path / "card.json")
    assert loaded == kept
    with bench.session(card) as session:
        way = plan_restore(session, bench.model, loaded, credentials)
        assert not way.left_out
        cycle = next(step for step in way.change.plan.steps if isinstance(step, PushRecords))
        assert len(cycle.records) == node.records
        simtool.apply(way.change.plan, session)
    assert meter(card)[:4] == bytes((9, 8, 7, 0))
    assert objects(card) == {}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_cycle_torn_anywhere_is_finished(after: bool) -> None:
    """The contact breaks at each command of a cyclic write; the card comes back by itself and holds what was wanted."""
    bench = Rig("sysmoISIM-SJA5", load_profile())
    spec = bench.model.file(METER)
    wanted = {Unit(METER, number): Content.known(bytes((number,)) * (spec.record_length or 0)) for number in (1, 2)}
    whole = Reader(bench.card())
    with bench.session(whole) as session:
        start = put(bench, session, whole, wanted)
        end = whole.count
    for at in range(start, end):
        reader = Reader(bench.card(), at, after, breaks=1)
        with bench.session(reader) as session:
            put(bench, session, reader, wanted)
        assert meter(reader.card)[:3] == bytes((1, 2, 0)), f"broken at {at}"


def put(bench: Rig, session: simtool.Session, reader: Reader, wanted: dict[Unit, Content]) -> int:
    """Write it; gives the number of exchanges before the first write."""
    change = plan_change(session, bench.model, wanted, "test", bench.record.credentials)
    start = reader.count
    simtool.apply(change.plan, session)
    return start
