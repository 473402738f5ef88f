"""Plan, apply, verify on a software card in process; the same through PC/SC is in tests/thirdparty."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simtool
from simtool.card.transport import EndpointTransport
from simtool.codec.identifiers import Iccid
from simtool.crypto.secret import Secret
from simtool.errors import CardRemovedError, PlanError, RefusedError, WrongPinError
from simtool.files import contents
from simtool.files.path import FilePath
from simtool.files.product import load
from simtool.perso.authorise import present_pin
from simtool.perso.image import CardImage, Content, Unit
from simtool.perso.plan import PresentPin, WriteBytes, plan
from simtool.perso.record import Credential
from simtool.softcard.card import SoftCard
from tests.perso.conftest import PRODUCT, ROOT, Bench


def test_a_blank_card_becomes_the_product(bench: Bench) -> None:
    first = bench.plan()
    assert isinstance(first.steps[0], PresentPin)
    report = simtool.apply(first, bench.session)
    assert (report.end, report.mismatches) == (simtool.EndState.GOOD, ())
    verification = simtool.verify(bench.session, bench.desired, bench.record)
    assert verification, str(verification)
    assert {(str(proof.application), proof.context) for proof in verification.proofs} == {
        ("MF/ADF.USIM", "AKA"),
        ("MF/ADF.ISIM", "AKA"),
        ("MF/ADF.USIM", "GSM"),
    }
    assert verification.record.subscription.sqn > bench.record.subscription.sqn


def test_the_same_profile_twice_is_an_empty_plan(bench: Bench) -> None:
    simtool.apply(bench.plan(), bench.session)
    bench.session.reset()
    again = bench.plan()
    assert not again
    report = simtool.apply(again, bench.session)
    assert report.end is simtool.EndState.UNTOUCHED


def test_links_are_written_once(bench: Bench) -> None:
    """DF.GSM/EF.IMSI is the USIM's; a phone in 2G reads the same bytes."""
    paths = [step.unit.path for step in bench.plan().writes]
    assert FilePath("MF/DF.GSM/EF.IMSI") not in paths
    assert paths.count(FilePath("MF/ADF.USIM/EF.IMSI")) == 1
    simtool.apply(bench.plan(), bench.session)
    bench.session.select_path(bytes.fromhex("7f206f07"))
    assert bench.session.read_binary(9) == bench.record.subscription.imsi.encode()


def test_without_credentials_keys_are_unknown_and_written_again(bench: Bench) -> None:
    simtool.apply(bench.plan(), bench.session)
    bench.session.reset()
    rest = {str(step.unit.path) for step in bench.plan(with_credentials=False).writes}
    assert rest == {
        "MF/DF.SYSTEM/EF.SIM_AUTH_KEY",
        "MF/ADF.USIM/EF.USIM_AUTH_KEY",
        "MF/ADF.ISIM/EF.ISIM_AUTH_KEY",
    }


def test_a_rebrand_writes_the_name_and_nothing_else(bench: Bench) -> None:
    simtool.apply(bench.plan(), bench.session)
    spn = bench.profile.branding.spn
    assert spn is not None
    branding = bench.profile.branding.model_copy(update={"spn": spn.model_copy(update={"name": "Suedlicht"})})
    profile = bench.profile.model_copy(update={"branding": branding})
    desired = simtool.render(profile, bench.record, bench.model)
    steps = plan(bench.read(), desired, bench.model).writes
    assert [str(step.unit.path) for step in steps] == ["MF/ADF.USIM/EF.SPN"]


def test_verify_finds_another_key_by_authentication(bench: Bench) -> None:
    """Content can be equal and the key wrong where keys cannot be read; here it is the proof alone that speaks."""
    simtool.apply(bench.plan(), bench.session)
    other = replace(bench.record.subscription, k=Secret(bytes(16), kind="ki"))
    proofs, _ = simtool.prove(bench.session, bench.model, other)
    assert [proof.ok for proof in proofs] == [False, False, False]
    assert "another K or OPc" in proofs[0].detail


def test_verify_finds_a_changed_file(bench: Bench) -> None:
    simtool.apply(bench.plan(), bench.session)
    bench.session.select_aid(bench.model.file("MF/ADF.USIM").aid or b"")
    bench.session.select_fid(0x6F46)
    bench.session.update_binary(b"X", 1)
    verification = simtool.verify(bench.session, bench.desired, bench.record)
    assert not verification
    assert [mismatch.place for mismatch in verification.mismatches] == ["MF/ADF.USIM/EF.SPN"]
    assert verification.proofs_ok


def test_a_stale_sqn_is_resynchronised_by_the_proof(bench: Bench) -> None:
    simtool.apply(bench.plan(), bench.session)
    first = simtool.verify(bench.session, bench.desired, bench.record)
    again = simtool.verify(bench.session, bench.desired, bench.record)  # the record with the old SQN
    assert again, str(again)
    assert any("resynchronised" in proof.detail for proof in again.proofs)
    assert again.record.subscription.sqn > first.record.subscription.sqn


def test_a_plan_is_for_one_card(bench: Bench) -> None:
    wrong = replace(bench.plan(), card_iccid="8988211000000467343")
    with pytest.raises(RefusedError, match="8949440000001155314"):
        simtool.apply(wrong, bench.session)


def test_a_stale_plan_is_refused(bench: Bench) -> None:
    old = bench.plan(with_credentials=False)
    simtool.apply(bench.plan(), bench.session)
    bench.session.reset()
    with pytest.raises(RefusedError, match="changed since"):
        simtool.apply(old, bench.session, simtool.Options(recheck=True))


def test_a_fresh_plan_is_not_stale(bench: Bench) -> None:
    report = simtool.apply(bench.plan(with_credentials=False), bench.session, simtool.Options(recheck=True))
    assert report.end is simtool.EndState.GOOD


def test_another_iccid_is_refused_before_anything_is_written(bench: Bench) -> None:
    record = replace(bench.record, iccid=Iccid.from_body("898821100000046734"))
    desired = simtool.render(bench.profile, record, bench.model)
    with pytest.raises(PlanError, match="EF.ICCID differs"):
        plan(bench.read(), desired, bench.model)


def test_all_reasons_come_at_once(bench: Bench) -> None:
    record = replace(bench.record, iccid=Iccid.from_body("898821100000046734"), credentials=())
    desired = simtool.render(bench.profile, record, bench.model)
    with pytest.raises(PlanError) as raised:
        plan(bench.read(with_credentials=False), desired, bench.model)
    reasons = "\n".join(raised.value.reasons)
    assert "EF.ICCID" in reasons
    assert "EF.USIM_AUTH_KEY needs ADM1" in reasons


class Torn:
    """A card that loses contact at the n-th exchange, before or after executing it."""

    def __init__(self, card: object, at: int, after: bool) -> None:
        self._card, self._left, self._after = card, at, after

    def power_on(self) -> bytes:
        return self._card.power_on()  # type: ignore[attr-defined, no-any-return]

    def power_off(self) -> None:
        self._card.power_off()  # type: ignore[attr-defined]

    def reset(self) -> bytes:
        return self._card.reset()  # type: ignore[attr-defined, no-any-return]

    def transmit(self, tpdu: bytes) -> bytes:
        self._left -= 1
        if self._left < 0:
            if self._after:
                self._card.transmit(tpdu)  # type: ignore[attr-defined]
            raise ConnectionError("torn")
        return self._card.transmit(tpdu)  # type: ignore[attr-defined, no-any-return]


@settings(max_examples=40, deadline=None)
@given(at=st.integers(0, 110), after=st.booleans())
def test_a_torn_card_is_finished_by_applying_again(at: int, after: bool) -> None:
    card = SoftCard.new(load(PRODUCT))
    profile = simtool.Profile.load(ROOT / "profiles" / "full-mvno.yaml")
    record = profile.issue(1)[0]
    model = load(PRODUCT)
    desired = simtool.render(profile, record, model)
    with simtool.Session.open(EndpointTransport(card, "soft")) as session:
        steps = plan(simtool.read_image(session, model, only=desired.image.units), desired, model)
    with simtool.Session.open(EndpointTransport(Torn(card, at, after), "soft")) as session:
        try:
            simtool.apply(steps, session)
        except CardRemovedError as error:
            assert "apply again" in error.hint or error.hint
    with simtool.Session.open(EndpointTransport(card, "soft")) as session:
        current = simtool.read_image(session, model, only=desired.image.units, credentials=desired.credentials)
        simtool.apply(plan(current, desired, model), session)
        assert simtool.verify(session, desired, record)


def test_no_pin_is_sent_with_few_tries_left(bench: Bench) -> None:
    wrong = Secret(b"99999999", kind="adm1")
    with pytest.raises(WrongPinError) as raised:
        present_pin(bench.session, "ADM1", 0x0A, wrong)
    assert raised.value.tries_left == 2
    with pytest.raises(RefusedError, match="2 tries left"):
        present_pin(bench.session, "ADM1", 0x0A, wrong)
    assert bench.session.verify_tries(0x0A) == 2
    with pytest.raises(WrongPinError):
        present_pin(bench.session, "ADM1", 0x0A, wrong, min_tries=1)
    with pytest.raises(WrongPinError):
        present_pin(bench.session, "ADM1", 0x0A, wrong, min_tries=1)
    with pytest.raises(RefusedError, match="blocked"):
        present_pin(bench.session, "ADM1", 0x0A, wrong, min_tries=1)


def test_a_verified_pin_is_not_sent_again(bench: Bench) -> None:
    right = Secret(b"34173960", kind="adm1")
    present_pin(bench.session, "ADM1", 0x0A, right)
    present_pin(bench.session, "ADM1", 0x0A, Secret(b"99999999", kind="adm1"))
    assert bench.session.verified == {0x0A}


def test_a_wrong_adm_stops_before_the_first_write(bench: Bench) -> None:
    credentials = (Credential("ADM1", Secret(b"99999999", kind="adm1")),)
    before = bench.read(with_credentials=False)
    desired = simtool.render(bench.profile, replace(bench.record, credentials=credentials), bench.model)
    steps = plan(simtool.read_image(bench.session, bench.model, only=desired.image.units), desired, bench.model)
    with pytest.raises(WrongPinError):
        simtool.apply(steps, bench.session)
    assert bench.read(with_credentials=False).digest() == before.digest()


def test_part_of_an_unreadable_file_cannot_be_planned(bench: Bench) -> None:
    unit = Unit(FilePath("MF/ADF.USIM/EF.UST"))
    image = CardImage({unit: Content(b"\x02", b"\x02")}, {unit: "services"})
    desired = replace(bench.desired, image=image)
    with pytest.raises(PlanError, match="cannot be read"):
        plan(CardImage(), desired, bench.model)


@given(st.binary(min_size=60, max_size=60), st.binary(min_size=60, max_size=60))
def test_writes_bring_the_wanted_bytes_with_no_more_than_gaps(old: bytes, new: bytes) -> None:
    model = load(PRODUCT)
    unit = Unit(FilePath("MF/ADF.USIM/EF.OPLMNwAcT"))
    credentials = (Credential("ADM1", Secret(b"34173960", kind="adm1")),)
    desired = simtool.DesiredCard(model, "", CardImage({unit: Content.known(new)}), credentials)
    steps = plan(CardImage({unit: Content.known(old)}), desired, model).writes
    held = bytearray(old)
    for step in steps:
        assert isinstance(step, WriteBytes)
        held[step.offset : step.offset + len(step.data)] = step.data
    assert bytes(held) == new
    changed = sum(a != b for a, b in zip(old, new, strict=True))
    assert bool(steps) == bool(changed)
    assert all(step.data[0] != old[step.offset] for step in steps)


def test_secrets_do_not_show_in_plans(bench: Bench) -> None:
    steps = bench.plan()
    k = bench.record.subscription.k.reveal().hex()
    for shown in (str(steps), repr(steps), repr(steps.steps), repr(bench.desired), repr(bench.record)):
        assert k not in shown.lower()
        assert "34173960" not in shown


def test_every_wish_reads_back_as_it_was_meant(bench: Bench) -> None:
    simtool.apply(bench.plan(), bench.session)
    image = bench.read()
    imsi = image.get("MF/ADF.USIM/EF.IMSI")
    spn = image.get("MF/ADF.USIM/EF.SPN")
    assert imsi is not None
    assert spn is not None
    assert contents.decode(FilePath("MF/ADF.USIM/EF.IMSI"), imsi.data) == bench.record.subscription.imsi.digits
    assert contents.decode(FilePath("MF/ADF.USIM/EF.SPN"), spn.data).name == "Nordlicht"
