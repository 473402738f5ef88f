"""Files that are made and enlarged because a profile needs them (TS 102 222 §6.3, §6.10), and taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import simtool
from simtool.codec import file_template
from simtool.codec.identifiers import Plmn
from simtool.codec.tlv import Tlv
from simtool.errors import EncodeError, PlanError, RefusedError
from simtool.files.path import FilePath
from simtool.files.product import CardModel, Shape, load
from simtool.perso.apply import Options
from simtool.perso.memory.attempts import Attempts
from simtool.perso.memory.journal import Journals
from simtool.perso.memory.undo import plan_undo, take_back
from simtool.perso.report import EndState
from simtool.perso.steps import CreateFile, DeleteFile, ResizeFile
from simtool.perso.structure import Structure
from simtool.perso.survey import survey
from simtool.perso.visit import visit
from simtool.softcard.card import SoftCard
from tests.perso.rig import Reader, Rig, plain_profile

USIM = "MF/ADF.USIM"
LONG_LIST = [f"262-{number:02}" for number in range(1, 41)]

# What TS 102 222 tables 3, 4 and 9 ask for, object by object.
TEMPLATES = [
    (
        "transparent, SFI 5",
        file_template.create_ef(0x6FD9, b"\x41\x21", 12, Tlv(0x8B, b"\x6f\x06\x03"), sfi=5),
        "6217 82024121 83026fd9 8a0105 8b036f0603 8002000c 880128",
    ),
    (
        "linear fixed, no SFI",
        file_template.create_ef(0x6FC6, b"\x42\x21", 80, Tlv(0x8C, b"\x03\x1a\x11"), record_length=8),
        "6218 820442210008 83026fc6 8a0105 8c03031a11 80020050 8800",
    ),
    (
        "directory",
        file_template.create_df(0x5FC0, b"\x78\x21", 512, Tlv(0x8B, b"\x2f\x06\x01"), bytes.fromhex("900180830101")),
        "621c 82027821 83025fc0 8a0105 8b032f0601 81020200 c606900180830101",
    ),
    ("resize", file_template.resize(0x6F7B, 60), "6208 83026f7b 8002003c"),
]


@pytest.mark.parametrize(("what", "template", "wanted"), TEMPLATES, ids=[row[0] for row in TEMPLATES])
def test_templates(what: str, template: bytes, wanted: str) -> None:
    assert template.hex() == wanted.replace(" ", "")


@pytest.mark.parametrize("size", [0, 0x8000])
def test_sizes_that_no_file_has(size: int) -> None:
    with pytest.raises(EncodeError, match="cannot be made"):
        file_template.resize(0x6F7B, size)


REFUSED = [
    # product, file, reason
    ("magicsim", "MF/DF.GSM/EF.SPDI", "classic SIM"),
    ("sysmoISIM-SJA5", "MF/ADF.USIM/EF.NOTHING", "has no"),
    ("sysmoISIM-SJA5", "MF/ADF.HPSIM/EF.IMST", "has no"),
    ("sysmoUSIM-SJS1", "MF/DF.EIRENE/EF.EIRENE_CB", "has no"),
]


@pytest.mark.parametrize(("product", "path", "reason"), REFUSED)
def test_what_cannot_be_made(product: str, path: str, reason: str) -> None:
    with pytest.raises(EncodeError, match=reason):
        Structure(load(product)).make(FilePath(path), size=10)


def test_what_cannot_be_enlarged() -> None:
    structure = Structure(load("sysmoUSIM-SJS1"))
    with pytest.raises(EncodeError, match="never lets it be resized"):
        structure.enlarge(FilePath(f"{USIM}/EF.FPLMN"), size=200)
    assert structure.model is load("sysmoUSIM-SJS1")


def test_a_made_file_has_the_rights_of_its_standard() -> None:
    """TS 31.102 §4.2.84: EF.EHPLMN is read with PIN and updated with ADM, like EF.HPLMNwAcT beside it."""
    structure = Structure(load("sysmoUSIM-SJS1"))
    spec = structure.make(FilePath(f"{USIM}/EF.EHPLMN"), size=15)
    assert spec.fid == 0x6FD9
    assert spec.shape == Shape(15)
    assert spec.security == load("sysmoUSIM-SJS1").file(f"{USIM}/EF.HPLMNwAcT").security


def rig(product: str, **changes: object) -> Rig:
    return Rig(product, plain_profile(**changes))


def enlarging(product: str) -> Rig:
    """A profile whose list of forbidden networks is longer than any product's file."""
    profile = plain_profile()
    return rig(product, network=profile.network.model_copy(update={"forbidden": tuple(map(Plmn.parse, LONG_LIST))}))


def making(product: str) -> Rig:
    """A profile with a file that this product lacks."""
    return rig(product, files={"MF/ADF.USIM/EF.EARFCNList": "hex:a00680020001810103", f"{USIM}/EF.PWS": "hex:00"})


CASES = [
    # name, rig, the steps
    ("enlarge on SJA5", lambda: enlarging("sysmoISIM-SJA5"), {ResizeFile}),
    ("enlarge on generic-usim", lambda: enlarging("generic-usim"), {ResizeFile}),
    ("make on OpenCells' twin", lambda: making("gialersim"), {CreateFile}),
    ("make on sysmoUSIM-GR1", lambda: making("sysmoUSIM-GR1"), {CreateFile}),
]


@pytest.mark.parametrize(("name", "make_rig", "kinds"), CASES, ids=[row[0] for row in CASES])
def test_there_and_back(name: str, make_rig: Callable[[], Rig], kinds: set[type], tmp_path: Path) -> None:
    """Planned, done, verified, done again (nothing), and undone to the card as delivered."""
    bench = make_rig()
    card, journals, records = bench.card(), Journals(tmp_path, durable=False), [bench.record]
    before = contents_of(card)
    with bench.session(card) as session:
        found = {type(step) for step in bench.prepare(session).plan.steps}
        assert kinds <= found
    done = bench.visit(card, journals, records, Attempts())
    assert done.report.end is EndState.GOOD, str(done.report)
    assert done.good, str(done.verification)
    again = bench.visit(card, journals, records, Attempts())
    assert not again.job.plan
    assert again.good
    with bench.session(card) as session:
        back = plan_undo(session, bench.model, journals, records[-1].credentials, partly=True)
        taken = {type(step) for step in back.plan.steps}
        assert (DeleteFile in taken) == (CreateFile in kinds)
        report, rest = take_back(session, back, journals)
        assert report.end is EndState.GOOD, str(report)
        assert not rest
    after = contents_of(card)
    assert {path for path in before if before[path] != after.get(path)} <= set(back.lost)
    assert after.keys() == before.keys()


def contents_of(card: SoftCard) -> dict[str, bytes]:
    """What every file holds, but for what authentication itself changes."""
    files = card.files.by_path
    return {path: bytes(node.content.data) for path, node in files.items() if "SQN" not in path}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("make_rig", [lambda: enlarging("generic-usim"), lambda: making("gialersim")])
def test_torn_while_files_change(make_rig: Callable[[], Rig], after: bool, tmp_path: Path) -> None:
    """Power lost at each command around the structural steps: the next visit brings the card where it should be."""
    bench = make_rig()
    whole = Reader(bench.card())
    with bench.session(whole) as session:
        job = bench.prepare(session)
        start = whole.count
        simtool.apply(job.plan, session)
        end = whole.count
    for at in range(start, min(start + 30, end)):
        card, journals = bench.card(), Journals(tmp_path / f"{at}", durable=False)
        records = [bench.record]
        with bench.session(Reader(card, at, after)) as session:
            job = bench.prepare(session)
            run = journals.begin(job.plan, job.current)
            simtool.carry_out(run.plan, session, Options(journal=run))
        done = bench.visit(card, journals, records, Attempts())
        assert done.good, f"torn at {at}: {done.report}"


def test_what_could_never_be_deleted_needs_consent() -> None:
    """On this product files can be made, but not deleted: EF.LRPLMNSI would be there for good."""
    bench = rig("sysmoISIM-SJA5", files={"MF/ADF.USIM/EF.LRPLMNSI": 1})
    with bench.session(bench.card()) as session, pytest.raises(PlanError, match="--irreversible"):
        bench.prepare(session)


def test_a_file_that_cannot_go_is_named_by_undo(tmp_path: Path) -> None:
    bench = rig("sysmoISIM-SJA5", files={"MF/ADF.USIM/EF.LRPLMNSI": 1})
    journals = Journals(tmp_path, durable=False)
    with bench.session(bench.card()) as session:
        done = visit(
            session, bench.profile, (bench.record,), journals, keep=lambda record: None, product=bench.product,
            irreversible=True, attempts=Attempts(),
        )  # fmt: skip
        assert done.good, f"{done.report} {done.verification}"
        with pytest.raises(RefusedError, match="EF.LRPLMNSI"):
            plan_undo(session, bench.model, journals, bench.record.credentials)


def test_verify_misses_a_file_that_is_not_there() -> None:
    bench = making("gialersim")
    with bench.session(bench.card()) as session:
        desired = simtool.render(bench.profile, bench.record, bench.model)
        verification = simtool.verify(session, desired, bench.record)
    assert f"{USIM}/EF.PWS: is not there" in [str(item) for item in verification.mismatches]


def shapes(model: CardModel) -> dict[FilePath, Shape]:
    return {path: spec.shape for path, spec in model.files.items()}


def test_service_tables_grow_without_announcing_anything_else() -> None:
    """TS 31.102 §4.2.8: what is beyond the old end of EF.UST says no, but for what the profile fills."""
    bench = rig("generic-usim")
    table = FilePath(f"{USIM}/EF.UST")
    short = bench.model.with_files({table: bench.model.file(table).shaped(Shape(10))})
    desired = simtool.render(bench.profile, bench.record, short)
    assert desired.changed
    content = desired.image.get(table)
    assert content is not None
    assert len(content.data) == 14  # service 107 is the last one
    assert content.mask[10:] == b"\xff" * 4
    assert content.data[10:] == bytes.fromhex("00000006")


def test_survey_sees_what_was_made() -> None:
    bench = making("gialersim")
    with bench.session(bench.card()) as session:
        job = bench.prepare(session)
        simtool.apply(job.plan, session)
        new = {path: job.desired.model.file(path) for path in job.desired.changed}
        seen = survey(session, bench.model, (), more=new)
    assert shapes(seen) == shapes(job.desired.model)


@pytest.mark.parametrize("product", ["sysmoISIM-SJA5", "generic-usim", "gialersim", "sysmoUSIM-GR1"])
def test_a_plan_made_earlier_is_checked_and_done(product: str) -> None:
    """What was read with the plan's own PINs is read with them again; keys that only the proof vouched for are not."""
    bench = Rig(product, plain_profile())
    with bench.session(bench.card()) as session:
        job = bench.prepare(session)
        session.reset()
        assert simtool.apply(job.plan, session, simtool.Options(recheck=True)).end is EndState.GOOD


def test_records_of_a_file_by_their_numbers() -> None:
    """`files` reaches each record; the ones between stay as they are."""
    book = "MF/DF.TELECOM/EF.ADN"
    bench = rig(
        "sysmoISIM-SJA5", files={f"{book}[2]": {"name": "Taxi", "number": "+8822800900"}, f"{book}[4]": "blank"}
    )
    with pytest.raises(PlanError, match=r"EF.ADN\[4\]"), bench.session(bench.card()) as session:
        bench.prepare(session)
    bench = rig("sysmoISIM-SJA5", files={f"{book}[2]": {"name": "Taxi", "number": "+8822800900"}, f"{book}[4]": None})
    desired = simtool.render(bench.profile, bench.record, bench.model)
    units = [unit for unit in desired.image.units if "EF.ADN" in str(unit)]
    assert [unit.record for unit in units] == [2, 4]
    with pytest.raises(PlanError, match="has no records"):
        simtool.render(rig("sysmoISIM-SJA5", files={f"{USIM}/EF.LI[2]": ["en"]}).profile, bench.record, bench.model)
