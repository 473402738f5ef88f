"""Undo: back to the content before, as an ordinary plan that can be torn and continued too."""

from __future__ import annotations

from pathlib import Path

import pytest

import simtool
from simtool.errors import InputError, PlanError, RefusedError
from simtool.perso.apply import carry_out
from simtool.perso.memory.attempts import Attempts
from simtool.perso.memory.journal import Journals
from simtool.perso.memory.undo import Undo, plan_undo
from simtool.perso.record import Credential
from simtool.perso.report import EndState
from simtool.softcard.card import SoftCard
from tests.perso.rig import Reader, Rig, load_profile, memory_of
from tests.perso.test_tearing import full, rig_of, small

ICCID = "8949440000001155314"


def plain(product: str = "sysmoISIM-SJA5") -> Rig:
    return Rig(product, full()() if product == "sysmoISIM-SJA5" else small()())


def undo(
    rig: Rig,
    card: SoftCard | Reader,
    journals: Journals,
    credentials: tuple[Credential, ...] | None = None,
    **more: bool,
) -> tuple[Undo, simtool.EndState]:
    with rig.session(card) as session:
        held = rig.record.credentials if credentials is None else credentials
        back = plan_undo(session, rig.model, journals, held, **more)
        run = journals.begin(back.plan, back.current, undoes=back.entry.id)
        return back, carry_out(run.plan, session, simtool.Options(journal=run)).end


def contents(card: SoftCard) -> dict[str, bytes]:
    nodes = card.files.by_path
    return {path: bytes(node.content.data) for path, node in nodes.items() if "SQN" not in path}


@pytest.mark.parametrize("product", ["sysmoISIM-SJA5", "sysmoUSIM-SJS1"])
def test_back_to_the_delivered_card(product: str, tmp_path: Path) -> None:
    """With keys where they can be read, and with the ICCID where it can be written."""
    rig, journals = plain(product), Journals(tmp_path)
    card = rig.card()
    before = contents(card)
    rig.visit(card, journals, [rig.record], Attempts())
    assert contents(card) != before
    back, end = undo(rig, card, journals)
    assert end is EndState.GOOD
    assert contents(card) == before
    assert (back.lost, len(back.awake)) == ((), int(product == "sysmoISIM-SJA5"))
    with rig.session(card) as session, pytest.raises(InputError, match="no journal knows"):
        plan_undo(session, rig.model, journals)


def test_torn_at_every_command(tmp_path: Path) -> None:
    rig = plain()
    card, state = rig.card(), tmp_path / "state"
    before = contents(card)
    rig.visit(card, Journals(state), [rig.record], Attempts())
    done = Journals(state).entries(ICCID)[0].path.read_bytes()
    reader = Reader(rig.card(card))
    undo(rig, reader, Journals(state))
    for at in range(reader.count):
        folder = tmp_path / str(at)
        journals = Journals(folder, durable=False)
        (folder / "state.key").write_bytes((state / "state.key").read_bytes())
        journals = Journals(folder, durable=False)
        (journals.folder / f"0001-{ICCID}.jsonl").write_bytes(done)
        torn = rig.card(card)
        try:
            undo(rig, Reader(torn, at, after=bool(at % 2)), journals)
        except simtool.SimtoolError:
            pass  # while reading
        if contents(torn) != before:
            _, end = undo(rig, torn, journals)
            assert end in (EndState.GOOD, EndState.UNTOUCHED)
        assert contents(torn) == before, f"exchange {at}"


def test_a_torn_card_is_rolled_back_too(tmp_path: Path) -> None:
    rig, journals = plain(), Journals(tmp_path)
    card = rig.card()
    before = contents(card)
    with rig.session(card) as session:
        job = rig.prepare(session)
    run = journals.begin(job.plan, job.current)
    with rig.session(Reader(card, 50)) as session:
        assert carry_out(run.plan, session, simtool.Options(journal=run)).end is EndState.UNFINISHED
    _, end = undo(rig, card, journals)
    assert (end, contents(card)) == (EndState.GOOD, before)
    assert journals.open_work(ICCID) is None
    assert journals.to_undo(ICCID) is None
    assert rig.visit(card, journals, [rig.record], Attempts()).continued is None


def test_step_by_step_back(tmp_path: Path) -> None:
    """Two pieces of work, the first of them torn and continued: two undos."""
    rig, journals = plain(), Journals(tmp_path)
    card = rig.card()
    delivered = contents(card)
    with rig.session(card) as session:
        job = rig.prepare(session)
    run = journals.begin(job.plan, job.current)
    with rig.session(Reader(card, 40)) as session:
        carry_out(run.plan, session, simtool.Options(journal=run))
    records = [rig.record]
    assert rig.visit(card, journals, records, Attempts()).continued is not None
    first = contents(card)
    spn = rig.profile.branding.spn
    assert spn is not None
    branding = rig.profile.branding.model_copy(update={"spn": spn.model_copy(update={"name": "Suedlicht"})})
    rebrand = Rig("sysmoISIM-SJA5", load_profile(branding=branding))
    assert rebrand.visit(card, journals, records, Attempts()).good
    assert contents(card) != first
    assert undo(rig, card, journals)[1] is EndState.GOOD
    assert contents(card) == first
    assert undo(rig, card, journals)[1] is EndState.GOOD
    assert contents(card) == delivered


def test_what_is_not_known_is_not_brought_back(tmp_path: Path) -> None:
    rig, journals = rig_of("sysmoSIM-GR2"), Journals(tmp_path)
    card, records = rig.card(), [rig.record]
    assert rig.visit(card, journals, records, Attempts()).good
    before = memory_of(card)
    credentials = records[-1].credentials
    with pytest.raises(RefusedError, match="PIN") as raised:
        undo(rig, card, journals, credentials)
    assert "--partly" in raised.value.hint
    assert memory_of(card) == before
    back, end = undo(rig, card, journals, credentials, partly=True)
    assert end is EndState.GOOD
    assert back.lost


def test_the_credentials_are_needed(tmp_path: Path) -> None:
    """The journal keeps no ADM, so undo asks for the record."""
    rig, journals = plain(), Journals(tmp_path)
    card = rig.card()
    rig.visit(card, journals, [rig.record], Attempts())
    with pytest.raises(PlanError, match="ADM1"):
        undo(rig, card, journals, (), partly=True)
