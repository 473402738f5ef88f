"""The journal: true, private, and of use to a process that comes later."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simtool
from simtool.errors import InputError, RefusedError, StatusError
from simtool.perso.apply import carry_out
from simtool.perso.image import Content
from simtool.perso.memory.attempts import Attempts
from simtool.perso.memory.journal import Journals
from simtool.perso.memory.journal_file import StepState
from simtool.perso.report import EndState
from simtool.perso.steps import SendCommand, WriteBytes
from tests.perso.conftest import Bench
from tests.perso.rig import Reader, Rig, content_of
from tests.perso.test_contact import UPDATES, Answers, opened
from tests.perso.test_tearing import full, rig_of

ICCID = "8949440000001155314"


def test_a_finished_journal(bench: Bench, tmp_path: Path) -> None:
    journals = Journals(tmp_path)
    before = bench.read()
    plan = bench.plan()
    run = journals.begin(plan, before)
    assert run.id == f"0001-{ICCID}"
    assert journals.find(run.id).running
    assert journals.open_work(ICCID) is None, "what a process works on is not open for another"
    simtool.apply(run.plan, bench.session, simtool.Options(journal=run))
    (entry,) = journals.entries()
    assert (entry.end, entry.cause, entry.done, entry.running) == (EndState.GOOD, "", len(plan.steps), False)
    assert (entry.product, entry.iccid, entry.card_iccid) == ("sysmoISIM-SJA5", ICCID, ICCID)
    assert [step.action for step in entry.steps] == [step.action for step in plan.steps]
    changed = {step.unit for step in plan.writes if isinstance(step, WriteBytes)}
    assert set(entry.old.units) == changed, "exactly the units to be written"
    for unit, old in entry.old.units.items():
        assert old == before.units.get(unit, old)
    assert journals.find(ICCID) == entry
    assert journals.begin(replace(plan, steps=()), before).id == ""


def test_files_are_private_and_hold_no_key(bench: Bench, tmp_path: Path) -> None:
    """Neither the new ones nor, in clear, those that were on the card before."""
    journals = Journals(tmp_path)
    before = bench.read()
    run = journals.begin(bench.plan(), before)
    simtool.apply(run.plan, bench.session, simtool.Options(journal=run))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (tmp_path, journals.folder)} == {0o700}
    kept = journals.find(run.id).path.read_text()
    subscription = bench.record.subscription
    assert subscription.opc is not None
    secrets = [subscription.k.reveal(), subscription.opc.reveal(), b"34173960"]
    for path in ("MF/ADF.USIM/EF.USIM_AUTH_KEY", "MF/DF.SYSTEM/EF.SIM_AUTH_KEY"):
        old = before.get(path)
        assert old is not None
        secrets.append(old.data[1:17])
    for secret in secrets:
        assert secret.hex() not in kept.lower()
        assert secret.decode("latin-1") not in kept
    assert Journals(tmp_path).find(run.id).old.units[run.plan.writes[-1].units[0]].is_complete
    (tmp_path / "state.key").unlink()
    with pytest.raises(InputError, match="another key"):
        Journals(tmp_path).find(run.id)


def test_a_plan_that_never_started(bench: Bench, tmp_path: Path) -> None:
    journals = Journals(tmp_path)
    plan = replace(bench.plan(), card_iccid="8988211000000467343")
    run = journals.begin(plan, bench.read())
    with pytest.raises(RefusedError):
        simtool.apply(run.plan, bench.session, simtool.Options(journal=run))
    entry = journals.find(run.id)
    assert (entry.end, entry.touched) == (EndState.UNTOUCHED, False)
    assert "the reader holds" in entry.cause
    assert journals.open_work("8988211000000467343") is None


def test_a_rejected_card_is_open_work(tmp_path: Path) -> None:
    rig, journals = rig_of("sysmoISIM-SJA5"), Journals(tmp_path)
    card = rig.card()
    with opened(Answers(card, UPDATES, "6a80", 1), rig) as session:
        job = rig.prepare(session)
        run = journals.begin(job.plan, job.current)
        with pytest.raises(StatusError):
            simtool.apply(run.plan, session, simtool.Options(journal=run))
    entry = journals.find(run.id)
    assert entry.end is EndState.REJECTED
    assert sum(step.state is StepState.FAILED for step in entry.steps) == 1
    assert journals.open_work(ICCID) == entry
    assert rig.visit(card, journals, [rig.record], Attempts()).good
    assert journals.open_work(ICCID) is None
    assert journals.entries(ICCID)[0].follows == run.id


def test_keys_that_cannot_be_read_are_not_written_twice(tmp_path: Path) -> None:
    """The card cannot show whether the vendor's command was carried out; the journal can."""
    rig = rig_of("sysmosim-gr1")
    journals = Journals(tmp_path)
    with opened(rig.card(), rig) as session:
        job = rig.prepare(session)
    (number,) = (number for number, step in enumerate(job.plan.steps) if isinstance(step, SendCommand))
    run = journals.begin(job.plan, job.current)
    run.started(number)
    run.done(number)
    del run  # the computer dies
    run = journals.begin(job.plan, job.current)
    assert run.plan.steps == run_steps(job.plan)
    del run  # and again: what is known goes along
    assert journals.begin(job.plan, job.current).plan.steps == run_steps(job.plan)
    assert journals.entries()[0].done_before


def run_steps(plan: simtool.Plan) -> tuple[object, ...]:
    return tuple(step for step in plan.steps if not isinstance(step, SendCommand))


def test_a_card_that_somebody_changed_is_not_trusted(bench: Bench, tmp_path: Path) -> None:
    journals = Journals(tmp_path)
    before, plan = bench.read(), bench.plan()
    run = journals.begin(plan, before)
    run.started(0)
    run.done(0)
    run.started(1)
    del run
    entry = journals.entries()[0]
    assert journals.recognise(entry, before) == ()
    untouched = next(
        step.unit for step in plan.writes[3:] if isinstance(step, WriteBytes) and step.unit in before.units
    )
    data = bytes(byte ^ 0xFF for byte in before.units[untouched].data)
    strange = replace(before, units={**before.units, untouched: Content.known(data)})
    assert journals.recognise(entry, strange) == (str(untouched),)


def test_a_torn_card_that_somebody_changed_is_finished_all_the_same(tmp_path: Path) -> None:
    rig, journals = rig_of("sysmoISIM-SJA5"), Journals(tmp_path)
    card = rig.card()
    with opened(card, rig) as session:
        job = rig.prepare(session)
    run = journals.begin(job.plan, job.current)
    with opened(Reader(card, 50), rig) as session:
        carry_out(run.plan, session, simtool.Options(journal=run))
    node = card.files.by_path["MF/ADF.USIM/EF.SPN"]
    card.write(node, bytes(len(node.content.data)))
    card.commit()
    visit = rig.visit(card, journals, [rig.record], Attempts())
    assert visit.good
    assert visit.strangers == ("MF/ADF.USIM/EF.SPN",)


def test_a_full_disk_stops_the_work_before_the_next_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rig, journals = rig_of("sysmoISIM-SJA5"), Journals(tmp_path)
    card = rig.card()
    with opened(card, rig) as session:
        job = rig.prepare(session)
        run = journals.begin(job.plan, job.current)
        left = [20]

        def sync(descriptor: int) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr("simtool.perso.memory.journal_file.os.fdatasync", sync)
            report = carry_out(run.plan, session, simtool.Options(journal=run))
    del run
    assert report.end is EndState.UNFINISHED
    assert isinstance(report.error, InputError)
    assert "No space left" in report.cause
    entry = journals.entries()[0]
    assert sum(step.state is StepState.DONE for step in entry.steps) >= report.writes_done
    assert rig.visit(card, journals, [rig.record], Attempts()).good


def test_numbers_go_up_and_processes_do_not_clash(bench: Bench, tmp_path: Path) -> None:
    first, second = Journals(tmp_path), Journals(tmp_path)
    before, plan = bench.read(), bench.plan()
    runs = [journals.begin(plan, before) for journals in (first, second, first)]
    assert [run.id[:4] for run in runs] == ["0001", "0002", "0003"]
    with pytest.raises(InputError, match="no journal"):
        first.find("0009-1")
    with pytest.raises(InputError, match="no journal"):
        first.find("../state.key")


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_computer_that_dies_while_writing_the_journal(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The file ends anywhere: what is whole is believed, the rest is in doubt, and the work can be finished."""
    rig, journals = rig_of("sysmoISIM-SJA5"), Journals(tmp_path_factory.mktemp("state"), durable=False)
    card = rig.card()
    at = data.draw(st.integers(10, 76))
    with opened(card, rig) as session:
        job = rig.prepare(session)
    run = journals.begin(job.plan, job.current)
    with opened(Reader(card, at), rig) as session:
        carry_out(run.plan, session, simtool.Options(journal=run))
    path = journals.find(run.id).path
    raw = path.read_bytes()
    lines = raw.splitlines(keepends=True)
    # What was written last may not have reached the disk, but nothing before the start of the step under way.
    kept = data.draw(st.integers(sum(map(len, lines[:-2])), len(raw)))
    path.write_bytes(raw[:kept])
    entry = journals.find(run.id)
    assert entry.end is EndState.UNFINISHED
    for told, step in zip(entry.steps, job.plan.steps, strict=True):
        if told.state is StepState.DONE and isinstance(step, WriteBytes):
            now = content_of(card, step.unit)[step.offset : step.offset + len(step.data)]
            assert now == step.data
    assert rig.visit(card, journals, [rig.record], Attempts()).good
    assert journals.entries(ICCID)[0].end is EndState.GOOD


def test_damaged_and_foreign_files(bench: Bench, tmp_path: Path) -> None:
    journals = Journals(tmp_path)
    path = journals.folder / f"0001-{ICCID}.jsonl"
    path.write_text("")
    assert journals.entries(ICCID)[0].end is EndState.UNTOUCHED
    for text in (
        '{"event": "begin", "format": "x", "version": 1}\n',
        '{"event": "begin", "format": "simtool-journal", "version": 9}\n',
    ):
        path.write_text(text)
        with pytest.raises(InputError, match="not a journal"):
            journals.entries()
    head = {"event": "begin", "format": "simtool-journal", "version": 1, "steps": [{"kind": "WriteBytes"}]}
    path.write_text(f"{json.dumps(head)}\n")
    with pytest.raises(InputError, match="damaged"):
        journals.entries()


def test_the_record_was_not_saved_after_the_adm_changed(tmp_path: Path) -> None:
    """The process died between the last step and the record file; the next visit knows better than the record."""
    rig = Rig("sysmoISIM-SJA5", full(ADM1="13572468")())
    card, journals = rig.card(), Journals(tmp_path)
    records = [rig.record]
    assert rig.visit(card, journals, records, Attempts()).good
    old_file = [rig.record]
    again = rig.visit(card, journals, old_file, Attempts())
    assert again.good
    assert not again.job.plan
    assert {item.pin: item.value.reveal() for item in old_file[-1].credentials}["ADM1"] == b"13572468"
    assert old_file[-1].targets == ()
