"""Applets and carrier privileges by profile: planned, applied, torn, verified, refused."""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest

import simtool
from simtool.card.meter import Meter
from simtool.card.transport import EndpointTransport
from simtool.codec.cap import read_cap
from simtool.codec.se_access import CARRIER_PRIVILEGES, AccessRule
from simtool.crypto import scp02, scp03
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.secret import Secret
from simtool.errors import CardRemovedError, PlanError, RefusedError
from simtool.files.product import load
from simtool.gp.access_rules import RuleStore, read_rules
from simtool.gp.content import WantedApplet, WantedPackage, apply_content, plan_content
from simtool.gp.domain import Registry, SecurityDomain, select_domain
from simtool.gp.secure_channel import ForgetfulMemory, open_channel
from simtool.perso.application_steps import AddAccessRule, ManageContent, OpenChannel
from simtool.perso.dry import dry_run
from simtool.perso.export import apdu_lines, to_json
from simtool.perso.forecast import forecast
from simtool.perso.image import Unit
from simtool.perso.job import prepare
from simtool.perso.memory.attempts import Attempts
from simtool.perso.memory.journal import Journals
from simtool.perso.memory.journal_file import Entry, StepState
from simtool.perso.memory.state_key import StateKey
from simtool.perso.memory.stored_plan import StoredPlan, to_store
from simtool.perso.memory.undo import plan_undo
from simtool.perso.pysim.plan_script import format_script
from simtool.perso.read import ICCID_PATH, read_iccid
from simtool.perso.record import CardRecord
from simtool.perso.rehearsal import rehearse
from simtool.perso.report import EndState
from simtool.perso.steps import Plan, PresentPin, WriteBytes
from simtool.softcard.card import SoftCard
from tests.harness.cap_builder import CapPlan
from tests.perso.rig import Reader, Rig

KEY = Secret.from_hex("404142434445464748494a4b4c4d4e4f")
DES = KeySet(0x20, KeyCipher.DES, KEY, KEY, KEY)
AES = KeySet(0x30, KeyCipher.AES, KEY, KEY, KEY)
PACKAGE, INSTANCE = bytes.fromhex("d07002ca4400"), bytes.fromhex("d07002ca440001ff89ffffffb0010500")
FOREIGN = bytes.fromhex("d07002ca5500")
SIGNER = bytes(range(32))
RULE = AccessRule(device_app=SIGNER, package="org.example.fjord", permissions=CARRIER_PRIVILEGES)
THEIRS = AccessRule(device_app=bytes(20), permissions=CARRIER_PRIVILEGES)

PROFILE = """\
operator: {{kind: full, name: Nordlicht, plmn: 001-01}}
identity: {{iccid: {{first: '898821100000046734'}}, imsi: {{first: '001010000000101'}}}}
authentication: {{pins: {{PIN1: {{value: '4321', enabled: true}}}}}}
branding: {{spn: {{name: Nordlicht}}}}
services:
  carrier_apps:
    - {{certificate: '{signer}', package: org.example.fjord}}
applets:
  menu:
    file: menu.cap
    sha256: {digest}
    package: d07002ca4400
    instances:
      - instance: d07002ca440001ff89ffffffb0010500
        toolkit: {{priority: 1, text_length: 15, menu: [{{position: 1, identifier: 1}}], tars: [b00105]}}
"""


INITIALIZE_UPDATE, EXTERNAL_AUTHENTICATE, VERIFY, UPDATE_BINARY, UPDATE_RECORD = 0x50, 0x82, 0x20, 0xD6, 0xDC
CAP = CapPlan(filler=700)


def profile_of(folder: Path, cap: CapPlan = CAP, text: str = PROFILE) -> simtool.Profile:
    raw = cap.jar()
    (folder / "menu.cap").write_bytes(raw)
    return simtool.Profile.parse(
        text.format(signer=SIGNER.hex(), digest=hashlib.sha256(raw).hexdigest()), folder=folder
    )


class Carrier(Rig):
    """A rig whose record holds the security domain's keys."""

    keys: tuple[KeySet, ...] = (AES,)

    def new_record(self) -> CardRecord:
        return replace(self.record, key_sets=self.keys)


@pytest.fixture
def rig(tmp_path: Path) -> Carrier:
    return Carrier("generic-usim", profile_of(tmp_path))


def session_on(card: SoftCard | Reader) -> simtool.Session:
    return simtool.Session.open(EndpointTransport(card, "soft"))


def registry_of(card: SoftCard, keys: KeySet = AES) -> Registry:
    with session_on(card) as session:
        return domain_on(session, keys).registry()


def domain_on(session: simtool.Session, keys: KeySet = AES) -> SecurityDomain:
    aid = select_domain(session)
    return SecurityDomain(open_channel(session, keys, memory=ForgetfulMemory(), aid=aid))


def rules_of(card: SoftCard) -> tuple[AccessRule, ...]:
    with session_on(card) as session:
        return read_rules(session)


def with_foreign(card: SoftCard) -> SoftCard:
    """The card with an applet and a rule that somebody else brought."""
    cap = read_cap(CapPlan(aid=FOREIGN.hex(), applets=(FOREIGN.hex() + "01",)).row())
    wish = WantedPackage(cap, (WantedApplet(FOREIGN + b"\x01", FOREIGN + b"\x01"),))
    with session_on(card) as session:
        domain = domain_on(session)
        apply_content(plan_content((wish,), domain.registry()), domain)
        RuleStore(domain).add(THEIRS)
    return card


def planned(rig: Carrier, card: SoftCard, record: CardRecord | None = None, attempts: Attempts | None = None) -> Plan:
    with rig.session(card) as session:
        return prepare(session, rig.profile, (record or rig.new_record(),), product=rig.product, attempts=attempts).plan


def test_the_order_of_steps(rig: Carrier) -> None:
    """Content and keys, applets, PINs; and an empty plan afterwards."""
    plan = planned(rig, rig.card())
    kinds = [type(step) for step in plan.steps]
    ours = [OpenChannel, ManageContent, ManageContent, AddAccessRule]
    start = kinds.index(OpenChannel)
    assert kinds[start : start + len(ours)] == ours
    assert WriteBytes in kinds[:start]
    rest = plan.steps[start + len(ours) :]
    assert rest and all("PIN" in step.place for step in rest), rest
    words = str(plan)
    for text in (
        "open a secure channel with key set 48 (30)",
        "D07002CA4400: load: version 1.0 is wanted  (applets.menu)",
        "D07002CA440001FF89FFFFFFB0010500: install: wanted  (applets.menu)",
        "access rules: carrier privileges for org.example.fjord signed by 0001020304050607…  (services.carrier_apps)",
    ):
        assert text in words
    assert KEY.reveal().hex() not in words + repr(plan) + str(to_json(plan))


@pytest.mark.parametrize("keys", [AES, DES], ids=["SCP03", "SCP02"])
def test_applied_verified_and_nothing_left(rig: Carrier, tmp_path: Path, keys: KeySet) -> None:
    record = replace(rig.record, key_sets=(keys,))
    card, journals, records = rig.card(), Journals(tmp_path), [record]
    done = rig.visit(card, journals, records, Attempts(tmp_path))
    assert done.good, str(done.verification)
    registry = registry_of(card)
    entry = registry.application(INSTANCE)
    assert entry is not None and registry.load_file(PACKAGE) is not None
    assert rules_of(card) == (RULE,)
    again = rig.visit(card, journals, records, Attempts(tmp_path))
    assert again.good and not again.job.plan and again.report.end is EndState.UNTOUCHED
    (row,) = [step for step in journals.find(done.journal).steps if step.kind == "AddAccessRule"]
    assert row.state is StepState.DONE and row.origin == "services.carrier_apps"


def test_verify_sees_what_is_gone(rig: Carrier, tmp_path: Path) -> None:
    card, records = rig.card(), [rig.new_record()]
    rig.visit(card, Journals(tmp_path), records, Attempts(tmp_path))
    with session_on(card) as session:
        domain = domain_on(session)
        domain.delete(INSTANCE)
        RuleStore(domain).remove(RULE)
    with rig.session(card) as session:
        desired = simtool.render(rig.profile, records[-1], rig.model)
        found = simtool.verify(session, desired, records[-1])
    assert [str(one) for one in found.mismatches] == [
        "D07002CA440001FF89FFFFFFB0010500: still to do: install: wanted",
        "access rules: still to do: carrier privileges for org.example.fjord signed by 0001020304050607…",
    ]


def test_a_plan_of_applets_alone(rig: Carrier, tmp_path: Path) -> None:
    """The files are selected again behind it."""
    card, records = rig.card(), [rig.new_record()]
    rig.visit(card, Journals(tmp_path), records, Attempts(tmp_path))
    with session_on(card) as session:
        domain_on(session).delete(INSTANCE)
    with rig.session(card) as session:
        job = prepare(session, rig.profile, (records[-1],), product=rig.product)
        assert [type(step) for step in job.plan.steps] == [OpenChannel, ManageContent]
        assert simtool.apply(job.plan, session).end is EndState.GOOD
        assert simtool.verify(session, job.desired, job.record)
    assert registry_of(card).application(INSTANCE) is not None


def test_what_others_brought_stays(rig: Carrier, tmp_path: Path) -> None:
    card, records = with_foreign(rig.card()), [rig.new_record()]
    assert rig.visit(card, Journals(tmp_path), records, Attempts(tmp_path)).good
    registry = registry_of(card)
    assert registry.load_file(FOREIGN) is not None and registry.application(FOREIGN + b"\x01") is not None
    assert set(rules_of(card)) == {THEIRS, RULE}


def test_what_is_in_the_way_is_named_and_stays(tmp_path: Path) -> None:
    """Somebody else's applet under the wanted AID: nothing begins."""
    text = PROFILE.replace("instance: d07002ca440001ff89ffffffb0010500", "instance: d07002ca550001")
    rig = Carrier("generic-usim", profile_of(tmp_path, text=text.replace(", tars: [b00105]", "")))
    card = with_foreign(rig.card())
    before = registry_of(card)
    with pytest.raises(PlanError, match="D07002CA550001 is in use by another package"):
        planned(rig, card)
    assert registry_of(card) == before


def test_what_is_named_goes(tmp_path: Path) -> None:
    text = PROFILE + "    replaces: [d07002ca5501, d07002ca5500, d07002ca440001ff89ffffffb0010500]\n"
    text = text.replace("d07002ca5501", "d07002ca550001"[:12] + "01")
    rig = Carrier("generic-usim", profile_of(tmp_path, text=text))
    card, records = with_foreign(rig.card()), [rig.new_record()]
    assert rig.visit(card, Journals(tmp_path), records, Attempts(tmp_path)).good
    registry = registry_of(card)
    assert registry.load_file(FOREIGN) is None and registry.application(INSTANCE) is not None
    assert not planned(rig, card, records[-1])


def test_a_newer_version_takes_the_place(rig: Carrier, tmp_path: Path) -> None:
    card, records = rig.card(), [rig.new_record()]
    assert rig.visit(card, Journals(tmp_path), records, Attempts(tmp_path)).good
    newer = Carrier("generic-usim", profile_of(tmp_path, CapPlan(version=(1, 1))))
    plan = planned(newer, card, records[-1])
    verbs = [step.content.kind.value for step in plan.steps if isinstance(step, ManageContent)]
    assert verbs == ["delete application", "delete package", "load", "install"]
    assert newer.visit(card, Journals(tmp_path), records, Attempts(tmp_path)).good
    with pytest.raises(PlanError, match="is older and needs to be allowed"):
        planned(Carrier("generic-usim", profile_of(tmp_path)), card, records[-1])


# Refusals


class Spy(Reader):
    """Remembers the instructions that went to the card."""

    def __init__(self, card: SoftCard) -> None:
        super().__init__(card)
        self.sent: list[int] = []

    def transmit(self, tpdu: bytes) -> bytes:
        self.sent.append(tpdu[1])
        return super().transmit(tpdu)


def test_wrong_keys_cost_nothing_and_are_tried_once(rig: Carrier, tmp_path: Path) -> None:
    """The first time the card's cryptogram tells, the second time the memory; no PIN and no proof is ever sent."""
    wrong = KeySet(0x30, KeyCipher.AES, KEY, Secret(bytes(16), kind="key"), KEY)
    records, card = [replace(rig.record, key_sets=(wrong,))], rig.card()
    before = copy.deepcopy(card.store.values)
    for words, asked in (("its cryptogram does not fit", True), ("was wrong for card", False)):
        spy = Spy(card)
        with pytest.raises(RefusedError, match=words):
            rig.visit(spy, Journals(tmp_path), records, Attempts(tmp_path))
        assert (INITIALIZE_UPDATE in spy.sent) is asked
        assert not {EXTERNAL_AUTHENTICATE, VERIFY, UPDATE_BINARY, UPDATE_RECORD} & set(spy.sent)
    assert changed(before, card.store.values) <= {"gp:count:a000000151000000", "recent"}, "only what every try counts"
    assert Journals(tmp_path).entries() == ()
    assert planned(rig, card, rig.new_record(), Attempts(tmp_path))


def changed(before: dict[str, object], after: dict[str, object]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def test_every_reason_at_once(tmp_path: Path) -> None:
    """Missing keys and a file that is another one, together with what the files of the card cannot take."""
    text = PROFILE + "files: {{MF/ADF.USIM/EF.SPN: 'hex:" + "00" * 40 + "'}}\n"
    rig = Carrier("generic-usim", profile_of(tmp_path, text=text))
    (tmp_path / "menu.cap").write_bytes(b"another")
    with rig.session(rig.card()) as session, pytest.raises(PlanError) as caught:
        prepare(session, rig.profile, (rig.record,), product=rig.product)
    reasons = "\n".join(caught.value.reasons)
    assert "menu.cap has another SHA-256 than is given" in reasons
    assert "applets: the record holds no key set for the card's security domain" in reasons
    assert "EF.SPN" in reasons


def test_what_the_card_would_answer_6a80_to(tmp_path: Path) -> None:
    rig = Carrier("generic-usim", profile_of(tmp_path, text=PROFILE.replace("b00105", "b00010")))
    with pytest.raises(PlanError, match="TAR B00010 is taken"):
        planned(rig, rig.card())
    assert any("TAR B00010 is taken" in reason for reason in rehearse(rig.profile, rig.model))


def test_a_product_without_a_security_domain(tmp_path: Path) -> None:
    reasons = rehearse(profile_of(tmp_path), load("fakemagicsim"))
    assert "applets: fakemagicsim has no security domain that is known here" in reasons
    assert "services.carrier_apps: fakemagicsim has no security domain that is known here" in reasons


def test_a_profile_that_means_another_package(tmp_path: Path) -> None:
    text = PROFILE.replace("package: d07002ca4400", "package: d07002ca44ff")
    reasons = rehearse(profile_of(tmp_path, text=text), load("generic-usim"))
    assert [one.rpartition(": ")[2] for one in reasons if one.startswith("applets.menu")] == [
        "the package is d07002ca4400, the profile says d07002ca44ff"
    ]


def test_a_module_that_the_package_lacks(tmp_path: Path) -> None:
    text = PROFILE.replace("- instance:", "- module: d07002ca449999\n        instance:")
    assert any(
        "D07002CA449999" in one.upper() for one in rehearse(profile_of(tmp_path, text=text), load("generic-usim"))
    )


def test_rules_without_keys_where_the_card_lets_anybody(tmp_path: Path) -> None:
    text = re.sub("authentication.*\n", "", PROFILE.partition("applets:")[0])
    rig = Carrier("sysmoISIM-SJA5", profile_of(tmp_path, text=text))
    card, records = rig.card(), [rig.record]
    done = rig.visit(card, Journals(tmp_path), records, Attempts(tmp_path))
    assert done.good, str(done.verification)
    assert not any(isinstance(step, OpenChannel) for step in done.report.plan.steps)
    assert rules_of(card) == (RULE,)


# Undo, forecast


def test_undo_says_what_stays(rig: Carrier, tmp_path: Path) -> None:
    card, journals, records = rig.card(), Journals(tmp_path), [rig.new_record()]
    rig.visit(card, journals, records, Attempts(tmp_path))
    with rig.session(card) as session:
        with pytest.raises(RefusedError, match=r"not taken back by undo: D07002CA4400 \(load.*see simtool applet\)"):
            plan_undo(session, rig.model, journals, records[-1].credentials)
        back = plan_undo(session, rig.model, journals, records[-1].credentials, partly=True)
    assert any("simtool aram" in place for place in back.lost)
    assert not any(isinstance(step, OpenChannel | ManageContent | AddAccessRule) for step in back.plan.steps)


def test_a_dry_run_counts_every_command(rig: Carrier) -> None:
    card = rig.card()
    plan = planned(rig, card)
    meter = Meter(EndpointTransport(card, "soft"))
    with simtool.Session.open(meter) as session:
        simtool.identify(session, product=rig.product)
        simtool.apply(plan, session)
    assert {0x50, 0x82, 0xE6, 0xE8, 0xE2} <= {exchange.ins for exchange in dry_run(plan).exchanges}
    assert forecast(plan).tpdus == meter.reading.tpdus


@pytest.mark.parametrize("keys", [AES, DES], ids=["SCP03", "SCP02"])
def test_commands_to_look_at_open_no_card(rig: Carrier, keys: KeySet) -> None:
    """The host cryptogram shown is not the one that the card's keys make of the same challenges."""
    card = rig.card()
    plan = planned(rig, card, replace(rig.record, key_sets=(keys,)))
    lines = apdu_lines(plan)
    (host,) = [bytes.fromhex(line.split()[0])[5:13] for line in lines if "INITIALIZE UPDATE" in line]
    (proof,) = [bytes.fromhex(line.split()[0])[5:13] for line in lines if "EXTERNAL AUTHENTICATE" in line]
    if keys is DES:
        session = scp02.session_keys(keys, bytes(2))
        challenge = scp02.card_challenge(session.c_mac, bytes.fromhex("a000000151000000"))
        right = scp02.host_cryptogram(session.enc, host, bytes(2), challenge)
    else:
        challenge = scp03.card_challenge(keys.enc, bytes(3), bytes.fromhex("a000000151000000"))
        right = scp03.host_cryptogram(scp03.session_keys(keys, host, challenge).mac, host, challenge)
    assert proof != right


def test_a_stored_plan_knows_its_applets(rig: Carrier, tmp_path: Path) -> None:
    """Looked at and executed later: another CAP file or other install parameters are another plan."""
    card, key = rig.card(), StateKey.of(tmp_path)
    plan = planned(rig, card)
    (tmp_path / "plan.json").write_text(json.dumps(to_store(plan, key)))
    stored = StoredPlan.load(tmp_path / "plan.json")
    stored.check(plan, key)
    text = PROFILE.replace("priority: 1", "priority: 2")
    for cap, words in ((CAP, text), (CapPlan(filler=701), PROFILE)):
        other = Carrier(rig.product, profile_of(tmp_path, cap, words))
        with pytest.raises(RefusedError, match="other content"):
            stored.check(planned(other, card, rig.new_record()), key)


def test_a_script_for_pysim_says_that_it_does_not_do_it(rig: Carrier) -> None:
    script = format_script(planned(rig, rig.card()), reveal=True)
    assert script.count("# not from here: simtool apply does it over a secure channel") == 4
    assert KEY.reveal().hex() not in script.lower()


def test_the_state_is_checked_before_the_channel_is_opened(rig: Carrier) -> None:
    """`recheck` reads files (of this plan the ICCID alone), which would close it."""
    card, units = rig.card(), (Unit(ICCID_PATH),)
    with rig.session(card) as session:
        job = prepare(session, rig.profile, (rig.new_record(),), product=rig.product)
        steps = tuple(step for step in job.plan.steps if isinstance(step, OpenChannel | ManageContent | AddAccessRule))
        plan = replace(job.plan, steps=steps, units=units, state=job.current.digest(units))
        assert simtool.apply(plan, session, simtool.Options(recheck=True)).end is EndState.GOOD
    assert rules_of(card) == (RULE,)


# Torn


@lru_cache
def finished(rig: Carrier) -> tuple[SoftCard, Plan, range]:
    """A card that nobody tore, its plan, and the exchanges of the phase of applications."""
    card = rig.card()
    with rig.session(card) as session:
        job = prepare(session, rig.profile, (rig.new_record(),), product=rig.product)
    reader, marks = Reader(card), dict[str, int]()

    def note(place: str, done: int, total: int) -> None:
        marks.setdefault(place, reader.count)

    with session_on(reader) as session:
        simtool.identify(session, product=rig.product)
        simtool.apply(job.plan, session, simtool.Options(progress=note))
    first = marks[PACKAGE.hex().upper()] - 6  # the channel is opened just before
    end = marks.get("PIN1", reader.count)
    return card, job.plan, range(first, end)


def test_power_lost_at_every_command_of_this_phase(
    rig: Carrier, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    _, plan, phase = finished(rig)
    ends: dict[EndState, int] = dict.fromkeys(EndState, 0)
    for at in phase:
        for after in (False, True):
            where = f"exchange {at} {'after' if after else 'before'}"
            journals = Journals(tmp_path / f"{at}-{after}", durable=False)
            card, records, state = rig.card(), [rig.new_record()], journals.folder.parent
            torn = tear(rig, card, journals, Attempts(state), at, after)
            check_truth(torn, plan, card)
            ends[torn.end] += 1
            resumed = rig.visit(card, journals, records, Attempts(state))
            assert resumed.good, f"{where}: {resumed.report} {resumed.verification}"
            registry = registry_of(card)
            assert registry.load_file(PACKAGE) is not None and registry.application(INSTANCE) is not None, where
            assert rules_of(card) == (RULE,), where
            assert journals.open_work(torn.iccid) is None, where
            assert not planned(rig, card, records[-1]), where
    assert set(end for end, count in ends.items() if count) == {EndState.UNFINISHED}
    text = f"{2 * len(phase)} torn at {len(phase)} commands about applications, all finished"
    record_property("torn", text)
    print(f"\n{text}")  # noqa: T201


def tear(rig: Carrier, card: SoftCard, journals: Journals, attempts: Attempts, at: int, after: bool) -> Entry:
    with rig.session(card) as session:
        job = prepare(session, rig.profile, (rig.new_record(),), product=rig.product, attempts=attempts)
    run = journals.begin(job.plan, job.current)
    with session_on(Reader(card, at, after)) as session:
        simtool.identify(session, product=rig.product)
        with pytest.raises(CardRemovedError):
            simtool.apply(run.plan, session, simtool.Options(journal=run, attempts=attempts))
    return journals.find(run.id)


def check_truth(entry: Entry, plan: Plan, card: SoftCard) -> None:
    """What the journal says of the steps about applications, held against the card."""
    registry, rules = registry_of(card), rules_of(card)
    for told, step in zip(entry.steps, plan.steps, strict=True):
        assert (told.kind, told.place, told.action) == (type(step).__name__, step.place, step.action)
        if isinstance(step, ManageContent):
            there = registry.load_file(step.content.aid) or registry.application(step.content.aid)
            _agrees(told.state, there is not None)
        elif isinstance(step, AddAccessRule):
            _agrees(told.state, step.rule in rules)


def _agrees(state: StepState, there: bool) -> None:
    assert state is StepState.STARTED or there is (state is StepState.DONE)


def test_pulled_while_reading_planning_and_verifying(rig: Carrier, tmp_path: Path) -> None:
    """The whole visit, torn every few commands; then the same command again."""
    whole = Reader(rig.card())
    rig.visit(whole, Journals(tmp_path / "whole", durable=False), [rig.new_record()], Attempts())
    for at in range(0, whole.count, 7):
        journals = Journals(tmp_path / str(at), durable=False)
        card, records, state = rig.card(), [rig.new_record()], journals.folder.parent
        with pytest.raises(CardRemovedError):
            rig.visit(Reader(card, at, True), journals, records, Attempts(state))
        again = rig.visit(card, journals, records, Attempts(state))
        assert again.good, f"{at}: {again.report} {again.verification}"
        assert rules_of(card) == (RULE,)
        assert registry_of(card).application(INSTANCE) is not None


@pytest.mark.parametrize("breaks", [1, 2])
def test_a_bad_contact_in_the_middle_of_loading(rig: Carrier, tmp_path: Path, breaks: int) -> None:
    """Powered off and on, the channel is opened anew and the step done again."""
    _, _, phase = finished(rig)
    for at in phase[6::5]:
        card = rig.card()
        with rig.session(card) as session:
            job = prepare(session, rig.profile, (rig.new_record(),), product=rig.product)
        with session_on(Reader(card, at, True, breaks)) as session:
            simtool.identify(session, product=rig.product)
            report = simtool.apply(job.plan, session)
        assert report.end is EndState.GOOD and report.repowered
        assert registry_of(card).application(INSTANCE) is not None and rules_of(card) == (RULE,)
        assert read_iccid_of(card) == rig.record.iccid.digits


def read_iccid_of(card: SoftCard) -> str:
    with session_on(card) as session:
        return read_iccid(session, simtool.identify(session, product="generic-usim")).digits


def test_pins_are_presented_before(rig: Carrier) -> None:
    plan = planned(rig, rig.card())
    assert isinstance(plan.steps[0], PresentPin)
