"""What a technician asks a card: its screen, its PINs, its keys, its network state. No secret shows, no try is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

import simtool
from simtool.codec.identifiers import Iccid, Plmn
from simtool.crypto.secret import Secret
from simtool.errors import InputError, RefusedError, WrongPinError
from simtool.files.path import FilePath
from simtool.files.product import load, names
from simtool.perso.authorise import remember
from simtool.perso.image import Content, Unit
from simtool.perso.memory.attempts import Attempts
from simtool.perso.record import CardRecord, parse_credential
from simtool.perso.technician.challenge import Verdict, applications, authenticate
from simtool.perso.technician.change import plan_change, remaining
from simtool.perso.technician.fit import changeable, fit
from simtool.perso.technician.info import look
from simtool.perso.technician.pin_states import change, find_pin, pin_views, switch, unblock
from simtool.perso.technician.refresh import default_content, network_state
from simtool.perso.technician.rights import in_words
from simtool.perso.technician.show import view_unit
from simtool.perso.technician.which_key import find_key
from simtool.softcard.card import SoftCard
from tests.perso.conftest import Bench
from tests.perso.test_products import credentials_of, profile_for, record_for, session_with

PIN1, PUK1 = parse_credential("PIN1", "0000"), parse_credential("PUK1", "15091909")
WRONG, NEW = parse_credential("PIN1", "9999"), parse_credential("PIN1", "4711")


@pytest.fixture
def session() -> Iterator[simtool.Session]:
    with session_with(SoftCard.new(load("sysmoISIM-SJA5")), "sysmoISIM-SJA5") as opened:
        yield opened


SJA5 = load("sysmoISIM-SJA5")
SPEC = find_pin(SJA5, "pin1")


def tries(session: simtool.Session) -> int | None:
    return pin_views(session, SJA5)[0].tries


def test_pin_states_tell_what_the_counter_does_not(session: simtool.Session) -> None:
    """PIN1 is delivered switched off, and answers an empty VERIFY with 63C3 all the same (TS 102 221 §9.5.2)."""
    views = {view.name: view for view in pin_views(session, SJA5, with_puks=True)}
    assert views["PIN1"].words == "off (not asked for), 3 tries left"
    assert views["PIN1"].puk_words == "10 tries left"
    assert views["ADM1"].words == "3 tries left"
    assert switch(session, SPEC, PIN1, True)
    assert not switch(session, SPEC, PIN1, True), "it is on already: nothing is sent"
    assert pin_views(session, SJA5)[0].enabled is True


def test_change_and_unblock(session: simtool.Session) -> None:
    with pytest.raises(RefusedError, match="switched off"):
        change(session, SPEC, PIN1, NEW)
    switch(session, SPEC, PIN1, True)
    change(session, SPEC, PIN1, NEW)
    session.reset()
    with pytest.raises(WrongPinError, match="2 tries left"):
        change(session, SPEC, WRONG, PIN1)
    with pytest.raises(RefusedError, match="was not sent"):
        change(session, SPEC, NEW, PIN1)
    change(session, SPEC, NEW, PIN1, min_tries=2)
    assert tries(session) == 3
    unblock(session, SPEC, PUK1, NEW)
    session.reset()
    session.verify_pin(1, NEW.reveal())


def test_a_blocked_pin_is_unblocked_by_its_puk(session: simtool.Session) -> None:
    switch(session, SPEC, PIN1, True)
    session.reset()
    for _ in range(3):
        with pytest.raises(WrongPinError):
            session.verify_pin(1, WRONG.reveal())
    assert pin_views(session, SJA5)[0].words == "BLOCKED"
    with pytest.raises(RefusedError, match="blocked") as caught:
        switch(session, SPEC, PIN1, False)
    assert "PUK" in caught.value.hint
    unblock(session, SPEC, PUK1, PIN1)
    assert tries(session) == 3


def test_a_wrong_value_is_not_sent_a_second_time(session: simtool.Session) -> None:
    switch(session, SPEC, PIN1, True)
    session.reset()
    remember(session, Attempts())
    with pytest.raises(WrongPinError):
        switch(session, SPEC, WRONG, False)
    with pytest.raises(RefusedError, match="was wrong for card"):
        switch(session, SPEC, WRONG, False, min_tries=1)
    assert tries(session) == 2


@pytest.mark.parametrize("text", ["ffffffffffffff00", "3030ffff3030ffff"])
def test_a_pin_that_nobody_could_type_is_refused(session: simtool.Session, text: str) -> None:
    with pytest.raises(InputError, match="4 to 8 digits"):
        change(session, SPEC, PIN1, parse_credential("PIN1", text))


def test_an_unknown_pin_names_those_that_exist() -> None:
    with pytest.raises(InputError, match="no PIN9") as caught:
        find_pin(SJA5, "PIN9")
    assert "ADM1" in caught.value.hint


# --- which key, challenge ---


def stranger(number: int) -> CardRecord:
    """A record with keys of its own."""
    record = profile_for("sysmoISIM-SJA5").issue(1, start=number)[0]
    return replace(record, iccid=Iccid.from_body(f"89494400000020{number:04d}"))


def test_which_key_finds_the_record_by_one_gsm_challenge(bench: Bench) -> None:
    simtool.apply(bench.plan(), bench.session)
    sold_as_another = replace(bench.record, iccid=Iccid.from_body("894944000000209999"))
    records = [stranger(number) for number in range(40)]
    result = find_key(bench.session, bench.model, [*records, sold_as_another], iccid="8949440000001155314")
    assert result.found == sold_as_another
    assert result.challenges == 2, "one GSM challenge for all, one AUTHENTICATE to confirm"
    none = find_key(bench.session, bench.model, records, iccid="8949440000001155314", limit=5)
    assert (none.found, none.challenges) == (None, 6)
    assert {view.tries for view in pin_views(bench.session, bench.model)} == {3}


def test_which_key_uses_up_no_sequence_number(bench: Bench) -> None:
    simtool.apply(bench.plan(), bench.session)
    first = authenticate(bench.session, bench.model, bench.record.subscription, applications(bench.model)[0])
    used = bench.record.with_sqn(first[-1].sqn)
    result = find_key(bench.session, bench.model, [used])
    assert result.card_sqn == used.subscription.sqn
    again = authenticate(bench.session, bench.model, used.subscription, applications(bench.model)[0])
    assert [answer.verdict for answer in again] == [Verdict.ACCEPTED]


@pytest.mark.parametrize("product", ["sysmoSIM-GR2", "Fairwaves-SIM", "sysmoUSIM-SJS1", "generic-usim"])
def test_which_key_on_other_products(product: str) -> None:
    card, profile = SoftCard.new(load(product)), profile_for(product)
    record = record_for(product, card, profile)
    with session_with(card, product) as session:
        model = simtool.identify(session, product=product)
        simtool.apply(simtool.perso.job.prepare(session, profile, (record,), product=product).plan, session)
        other = replace(profile.issue(1, start=7)[0], iccid=Iccid.from_body("894944000000207777"))
        assert find_key(session, model, [other, record]).found == record
        assert find_key(session, model, [other]).found is None


def test_what_the_answer_to_a_challenge_means(bench: Bench) -> None:
    simtool.apply(bench.plan(), bench.session)
    usim = applications(bench.model)[0]
    subscription = bench.record.subscription
    (fresh,) = authenticate(bench.session, bench.model, subscription, usim)
    assert fresh.verdict is Verdict.ACCEPTED
    (stale,) = authenticate(bench.session, bench.model, subscription, usim, resync=False)
    assert (stale.verdict, stale.card_sqn) == (Verdict.OUT_OF_STEP, fresh.sqn)
    both = authenticate(bench.session, bench.model, subscription, usim)
    assert [answer.verdict for answer in both] == [Verdict.OUT_OF_STEP, Verdict.ACCEPTED]
    (wrong,) = authenticate(bench.session, bench.model, stranger(1).subscription, usim)
    assert wrong.verdict is Verdict.WRONG_KEY
    assert not wrong.verdict.key_is_right


def test_a_challenge_wants_the_users_pin(bench: Bench) -> None:
    simtool.apply(bench.plan(), bench.session)
    switch(bench.session, SPEC, PIN1, True)
    bench.session.reset()
    with pytest.raises(RefusedError, match="AUTHENTICATE") as caught:
        authenticate(bench.session, bench.model, bench.record.subscription, applications(bench.model)[0])
    assert "PIN1" in caught.value.hint


# --- refresh-net ---

NETWORK_FILES = [
    # file, size, home network, content as TS 31.102 Annex E suggests it
    ("MF/ADF.USIM/EF.FPLMN", 12, "262-01", "ff" * 12),
    ("MF/ADF.USIM/EF.LOCI", 11, "262-01", "ffffffff 62f210 0000 ff 01"),
    ("MF/ADF.USIM/EF.LOCI", 11, None, "ffffffff ffffff 0000 ff 01"),
    ("MF/ADF.USIM/EF.PSLOCI", 14, "262-01", "ffffffffffffff 62f210 0000ff 01"),
    ("MF/ADF.USIM/EF.EPSLOCI", 18, "310-410", "ffffffffffffffffffffffff 130014 0000 01"),
    ("MF/ADF.USIM/DF.5GS/EF.5GS3GPPLOCI", 20, "262-01", "ffffffffffffffffffffffffff 62f210 000000 01"),
    ("MF/DF.GSM/EF.LOCIGPRS", 14, "262-01", "ffffffffffffff 62f210 0000ff 01"),
]


@pytest.mark.parametrize(("path", "size", "home", "content"), NETWORK_FILES)
def test_network_files_before_the_first_registration(path: str, size: int, home: str | None, content: str) -> None:
    plmn = Plmn.parse(home) if home else None
    assert default_content(FilePath(path), plmn, size) == bytes.fromhex(content)


@pytest.mark.parametrize("product", names())
def test_refresh_on_every_product(product: str) -> None:
    """Every network file that the product has is cleared, linked ones once; the second time nothing is left to do."""
    model = load(product)
    wanted = network_state(model, Plmn("262", "01"))
    assert wanted
    with session_with(SoftCard.new(model), product) as session:
        simtool.identify(session, product=product)
        credentials = credentials_of(model)
        change_ = plan_change(session, model, wanted, "refresh-net", credentials)
        simtool.apply(change_.plan, session)
        assert remaining(session, change_) == ()
        assert not plan_change(session, model, wanted, "refresh-net", credentials).plan


# --- the screen ---


@pytest.mark.parametrize("product", names())
def test_every_product_has_a_screen(product: str) -> None:
    model = load(product)
    with session_with(SoftCard.new(model), product) as session:
        simtool.identify(session, product=product)
        found = look(session, model)
        rows = [row for _, section in found.sections() for row in section]
    assert len(rows) < 45
    json.dumps(found.to_json())
    subjects = [subject for group in changeable(model) for subject in group.subjects]
    assert "IMSI" in subjects
    for pin in model.pins:
        if pin.value:
            text = json.dumps(found.to_json())
            assert pin.value.hex() not in text


def test_the_screen_says_what_the_phone_will_show(bench: Bench) -> None:
    simtool.apply(bench.plan(), bench.session)
    lines = dict(look(bench.session, bench.model).screen.lines)
    assert lines["at home"] == '"Nordlicht"'
    assert lines["abroad"] == "the visited network's name"
    assert lines["own number"] == "+88228000101"
    assert lines["PIN at power-on"] == "not asked for"


def test_a_name_whose_service_is_off_is_remarked(bench: Bench) -> None:
    unit = Unit(FilePath("MF/ADF.USIM/EF.UST"))
    off = Content(bytes(20), bytes((0, 0, 0x04)).ljust(20, b"\0"))  # service 19
    change_ = plan_change(bench.session, bench.model, {unit: off}, "test", credentials_of(bench.model))
    simtool.apply(change_.plan, bench.session)
    (remark,) = look(bench.session, bench.model).screen.remarks
    assert "service 19" in remark


def test_what_may_be_changed_and_by_whom() -> None:
    groups = {group.who: group.subjects for group in changeable(SJA5)}
    assert "keys" in groups["ADM1"]
    assert groups["nobody"] == ("ICCID",)
    assert "user's networks" in groups["PIN1"]
    by_command = {group.who: group.subjects for group in changeable(load("sysmosim-gr1"))}
    assert any("keys" in subjects for who, subjects in by_command.items() if who != "nobody")


def test_what_a_card_lacks_for_a_profile(bench: Bench) -> None:
    blank = fit(bench.session, bench.model, bench.profile, bench.record)
    assert blank
    assert "ADM1" in blank.needs
    assert blank.writes > 20
    without_adm = replace(bench.record, credentials=())
    assert "the record does not hold ADM1" in fit(bench.session, bench.model, bench.profile, without_adm).missing
    assert fit(bench.session, bench.model, bench.profile, None)
    simtool.apply(bench.plan(), bench.session)
    bench.session.reset()
    finished = fit(bench.session, bench.model, bench.profile, bench.record)
    assert finished.writes == finished.unread, "only keys, which nobody may read, are left to compare"


def test_a_product_that_does_not_fit_says_why(bench: Bench) -> None:
    model = load("sysmoSIM-GR2")
    with session_with(SoftCard.new(model), "sysmoSIM-GR2") as session:
        simtool.identify(session)
        lacking = fit(session, model, bench.profile, None)
    assert not lacking
    assert any("milenage" in reason for reason in lacking.missing)
    assert len(lacking.missing) > 1, "all reasons at once"


@pytest.mark.parametrize("product", names())
def test_looking_spends_no_try(product: str) -> None:
    model = load(product)
    card = SoftCard.new(model)
    with session_with(card, product) as session:
        simtool.identify(session)
        before = [view.tries for view in pin_views(session, model, with_puks=True)]
        look(session, model)
        fit(session, model, profile_for(product), None)
        session.reset()
        assert [view.tries for view in pin_views(session, model, with_puks=True)] == before


def test_secrets_are_shown_as_check_values_only(bench: Bench) -> None:
    simtool.apply(bench.plan(), bench.session)
    unit = Unit(FilePath("MF/ADF.USIM/EF.USIM_AUTH_KEY"))
    content = simtool.read_image(
        bench.session, bench.model, only=[unit], credentials=credentials_of(bench.model)
    ).units[unit]
    view = view_unit(bench.model, unit, content)
    k = bench.record.subscription.k
    assert view.hidden
    assert view.hex == ""
    assert view.value["k"] == f"check value {k.kcv().hex()}"
    assert k.reveal().hex() not in repr(view)


RIGHTS = [
    # alternatives, words
    ((), "nobody"),
    ((frozenset(),), "anyone"),
    ((frozenset({"ADM1"}),), "ADM1"),
    ((frozenset({"ADM1"}), frozenset({"PIN1"})), "ADM1 or PIN1"),
    ((frozenset({"ADM1", "PIN1"}),), "PIN1 and ADM1"),
    ((frozenset({"ADM1"}), frozenset({"ADM1", "PIN1"})), "ADM1"),
]


@pytest.mark.parametrize(("needs", "words"), RIGHTS)
def test_rights_in_words(needs: tuple[frozenset[str], ...], words: str) -> None:
    assert in_words(needs) == words


def test_secret_kinds_never_print() -> None:
    assert "4711" not in repr(NEW) + str(Secret(b"4711", kind="pin"))
