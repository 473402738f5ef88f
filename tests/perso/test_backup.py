"""Backup, restore and comparison: bit for bit, for every product, and refused for what is not this card's."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

import simtool
from simtool.errors import InputError, PlanError, RefusedError, StatusError
from simtool.files.path import FilePath
from simtool.files.product import Shape, names
from simtool.files.product import load as load_product
from simtool.perso.image import CardImage, Content, Unit
from simtool.perso.job import prepare
from simtool.perso.technician import backup as backups
from simtool.perso.technician.diff import Side, compare, wish_side
from simtool.perso.technician.live import read_live
from simtool.perso.technician.own import OwnData, read_own
from simtool.perso.technician.restore import finish, plan_restore
from simtool.softcard.card import SoftCard
from tests.perso.conftest import Bench
from tests.perso.test_products import credentials_of, profile_for, record_for, session_with

PIN_FILE = Unit(FilePath("MF/DF.SYSTEM/EF.CHV1"))


def taken(bench: Bench, *, with_credentials: bool = True) -> backups.Backup:
    credentials = credentials_of(bench.model) if with_credentials else ()
    return backups.take(bench.session, bench.model, credentials=credentials)


def test_a_backup_survives_its_file_bit_for_bit(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    kept = taken(bench)
    backups.save(kept, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = backups.load(path)
    assert again == kept
    assert again.image.digest() == kept.image.digest()
    assert kept.has_secrets(bench.model)
    assert json.loads(path.read_text())["version"] == 2


def test_masks_survive_too(tmp_path: Path) -> None:
    image = CardImage(
        {Unit(FilePath("MF/EF.X"), 2): Content(b"\x01\x02", b"\xff\x0f")}, deactivated=frozenset({FilePath("MF/EF.Y")})
    )
    kept = backups.Backup("generic-usim", "8949440000001155314", b"\x3b\x00", image, "now", (("MF/EF.Z", "why"),))
    backups.save(kept, tmp_path / "card.json")
    assert backups.load(tmp_path / "card.json") == kept


def test_without_credentials_it_holds_no_keys(bench: Bench) -> None:
    kept = taken(bench, with_credentials=False)
    assert not kept.has_secrets(bench.model)
    assert ("MF/ADF.USIM/EF.USIM_AUTH_KEY", "needs ADM1") in kept.unread


DAMAGES = [
    # what happened to the file, old text, new text, what the message says
    ("a changed byte", '"MF/EF.ICCID", 0, "98', '"MF/EF.ICCID", 0, "99', "digest"),
    ("a unit lost", '["MF/EF.UMPC", 0, "3cff02ffff"],\n', "", "digest"),
    ("a unit twice", '["MF/EF.UMPC"', '["MF/EF.UMPC", 0, "00"],\n["MF/EF.UMPC"', "twice"),
    ("not hex", '"3cff02ffff"', '"3cff02fffg"', "damaged"),
    ("a later version", '"version": 2', '"version": 9', "version 9"),
    (
        "another head",
        '"iccid": "8949440000001155314"',
        '"iccid": "8988211000000467343"',
        "the content 8949440000001155314",
    ),
    ("another kind of file", backups.FORMAT, "some other thing", "not a card backup"),
    ("cut off", '"sha256"', "", "not a card backup"),
]


@pytest.mark.parametrize("damage", DAMAGES, ids=[row[0] for row in DAMAGES])
def test_damaged_backups_are_refused(bench: Bench, tmp_path: Path, damage: tuple[str, str, str, str]) -> None:
    _, old, new, message = damage
    path = tmp_path / "card.json"
    backups.save(taken(bench, with_credentials=False), path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError, match=message):
        backups.load(path)


def test_backups_are_never_overwritten(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    path.write_text("mine")
    with pytest.raises(InputError, match="exists"):
        backups.save(taken(bench, with_credentials=False), path)
    assert path.read_text() == "mine"
    with pytest.raises(InputError, match="folder"):
        backups.check_new(tmp_path / "nowhere" / "card.json")


DERIVED = ("fakemagicsim", "magicsim")  # the card itself copies EF.IMSI and others out of a provider's record


@pytest.mark.parametrize("product", names())
def test_delivered_card_profile_and_back(product: str) -> None:
    """Everything that can be read comes back; what this product never shows (keys) is not in the backup."""
    model, card, profile = load_product(product), SoftCard.new(load_product(product)), profile_for(product)
    record, credentials = record_for(product, card, profile), credentials_of(load_product(product))
    with session_with(card, product) as session:
        simtool.identify(session, product=product)
        kept = backups.take(session, model, credentials=credentials)
        session.reset()
        simtool.apply(prepare(session, profile, (record,), product=product).plan, session)
    with session_with(card, product) as session:
        simtool.identify(session, product=product)
        way = plan_restore(session, model, kept, credentials, same_card=True, as_far_as_possible=product in DERIVED)
        assert way.change.plan
        simtool.apply(way.change.plan, session)
        finish(session, way, credentials)
    with session_with(card, product) as session:
        simtool.identify(session, product=product)
        again = backups.take(session, model, credentials=credentials)
        left = {FilePath(place.partition("[")[0]) for place, _ in way.left_out}
        assert product in DERIVED or not left
        rest = compare(Side("before", model, kept.image), Side("after", model, again.image)).differences
        assert {item.unit.path for item in rest} <= left
        assert again.image.deactivated == kept.image.deactivated
        once_more = plan_restore(session, model, kept, credentials, as_far_as_possible=product in DERIVED)
        assert not once_more


def test_another_card_keeps_its_number_and_its_pins(bench: Bench) -> None:
    kept = taken(bench)
    units = dict(kept.image.units)
    units[PIN_FILE] = Content.known(b"\x01" * 39)
    units[Unit(FilePath("MF/EF.ICCID"))] = Content.known(bytes.fromhex("988812110000406437f3"))
    units[Unit(FilePath("MF/ADF.USIM/EF.SPN"))] = Content.known(b"\x00Clone".ljust(17, b"\xff"))
    other = replace(kept, iccid="8988211100000446733", image=CardImage(units))
    with pytest.raises(RefusedError, match="the reader holds 8949440000001155314") as caught:
        plan_restore(bench.session, bench.model, other, credentials_of(bench.model))
    assert "--to-another-card" in caught.value.hint
    way = plan_restore(bench.session, bench.model, other, credentials_of(bench.model), to_another_card=True)
    assert [step.place for step in way.change.plan.writes] == ["MF/ADF.USIM/EF.SPN"]
    assert dict(way.left_out) == {
        "MF/EF.ICCID": "the card keeps its own ICCID",
        "MF/DF.SYSTEM/EF.CHV1": "the card keeps its own PIN codes",
    }


def test_another_product_is_refused(bench: Bench) -> None:
    with pytest.raises(RefusedError, match="of a generic-usim"):
        plan_restore(bench.session, bench.model, replace(taken(bench), product="generic-usim"), to_another_card=True)


def test_what_can_never_be_written_is_said_at_once(bench: Bench) -> None:
    """All reasons together; --as-far-as-possible leaves them out and says so."""
    kept = taken(bench)
    units = dict(kept.image.units)
    never = [Unit(FilePath("MF/EF.ICCID")), Unit(FilePath("MF/DF.SYSTEM/EF.ADM1"))]
    for unit in never:
        units[unit] = Content.known(b"\x11" * (bench.model.file(unit.path).size or 0))
    changed = replace(kept, image=CardImage(units))
    credentials = credentials_of(bench.model)
    with pytest.raises(PlanError) as caught:
        plan_restore(bench.session, bench.model, changed, credentials)
    assert len(caught.value.reasons) == 2
    assert "--as-far-as-possible" in caught.value.hint
    way = plan_restore(bench.session, bench.model, changed, credentials, as_far_as_possible=True)
    assert not way.change.plan
    assert {place for place, _ in way.left_out} == {str(unit) for unit in never}


def test_a_restore_that_changes_pins_says_so(bench: Bench) -> None:
    """Another tool's backup may hold a PIN file that the card itself never shows."""
    kept = taken(bench)
    spec = bench.model.file(PIN_FILE.path)
    assert spec.layout is not None
    content = spec.layout.encode({"pin": b"98765432"}, spec.content)
    kept = replace(kept, image=CardImage({**kept.image.units, PIN_FILE: Content.known(content)}))
    way = plan_restore(bench.session, bench.model, kept, credentials_of(bench.model))
    assert way.changes_pins
    assert "98765432" not in str(way.change.plan)
    assert b"98765432".hex() not in str(way.change.plan)


def sides(bench: Bench) -> tuple[Side, Side]:
    image = taken(bench).image
    return Side("left", bench.model, image), Side("right", bench.model, image)


def test_a_card_is_equal_to_itself(bench: Bench) -> None:
    comparison = compare(*sides(bench))
    assert not comparison
    assert comparison.compared > 1000


def test_differences_are_told_in_words_and_secrets_are_not(bench: Bench) -> None:
    left, right = sides(bench)
    simtool.apply(bench.plan(), bench.session)
    right = replace(right, image=taken(bench).image)
    found = {str(item.unit): item for item in compare(left, right).differences}
    spn = found["MF/ADF.USIM/EF.SPN"]
    assert (spn.left, spn.right) == ("name: Magic, show_plmn_at_home: yes", "name: Nordlicht, show_plmn_at_home: no")
    assert found["MF/ADF.USIM/EF.UST"].right.startswith("only here: 47 MBDN")
    key = found["MF/ADF.USIM/EF.USIM_AUTH_KEY"]
    kcv = bench.record.subscription.k.kcv().hex()
    assert f"k: check value {kcv}" in key.right
    opc = bench.record.subscription.opc
    assert opc is not None
    for secret in (bench.record.subscription.k.reveal().hex(), opc.reveal().hex()):
        assert secret not in repr(found)


def test_a_profile_without_a_record_is_compared_by_the_cards_own_numbers(bench: Bench) -> None:
    own = read_own(bench.session, bench.model, credentials_of(bench.model))
    wish = wish_side("profile", bench.profile, own, None)
    assert Unit(FilePath("MF/ADF.USIM/EF.USIM_AUTH_KEY")) not in wish.image.units
    found = {str(item.unit): item for item in compare(Side("card", bench.model, taken(bench).image), wish).differences}
    assert "MF/ADF.USIM/EF.IMSI" not in found, "the card's own IMSI is taken"
    assert found["MF/ADF.USIM/EF.SPN"].why == "branding.spn"
    simtool.apply(bench.plan(), bench.session)
    own = OwnData(bench.model, taken(bench).image)
    after = compare(Side("card", bench.model, own.image), wish_side("profile", bench.profile, own, None))
    assert not after, [str(item.unit) for item in after.differences]


def test_other_products_are_compared_by_value(bench: Bench) -> None:
    """A list of the same networks in a longer file is the same list."""
    path = FilePath("MF/ADF.USIM/EF.FPLMN")
    unit = Unit(path)
    short, long = Content.known(b"\x62\xf2\x10".ljust(12, b"\xff")), Content.known(b"\x62\xf2\x10".ljust(30, b"\xff"))
    other = load_product("generic-usim")
    assert other.has(path)
    left, right = Side("a", bench.model, CardImage({unit: short})), Side("b", other, CardImage({unit: long}))
    assert not compare(left, right)
    changed = Content.known(b"\x62\xf2\x20".ljust(30, b"\xff"))
    (difference,) = compare(left, replace(right, image=CardImage({unit: changed}))).differences
    assert (difference.left, difference.right) == ("262-01", "262-02")


def test_half_a_file_is_no_backup() -> None:
    """Taken for another product, files of another size are kept whole, in the size that they have on this card."""
    card = SoftCard.new(load_product("sysmoISIM-SJA5"))
    with session_with(card, "sysmoISIM-SJA5") as session:
        model = simtool.identify(session, product="generic-usim")
        kept = backups.take(session, model)
    rules = FilePath("MF/EF.ARR")
    assert kept.shapes[rules] == Shape.of_records(110, 5)
    assert [unit for unit in kept.image.units if unit.path == rules] == [Unit(rules, number) for number in range(1, 6)]
    assert FilePath("MF/ADF.USIM/EF.IMSI") in kept.image.paths


def test_files_that_the_description_does_not_know() -> None:
    with session_with(SoftCard.new(load_product("sysmoISIM-SJA5")), "sysmoISIM-SJA5") as session:
        model = simtool.identify(session, product="generic-usim")
        power = read_live(session, model, "2f08")
        assert (power.name, power.pieces) == ("MF/EF.UMPC", (bytes.fromhex("3cff02ffff"),))
        keys = read_live(session, model, "3f00/7fff/6f08")
        assert keys.hidden
        assert keys.pieces[0].hex() not in repr(keys.rows())
        closed = read_live(session, model, "7fff/af20")
        assert "6982" in closed.reason
        assert closed.pieces == ()
        with pytest.raises(StatusError, match="3f00/9999"):
            read_live(session, model, "3f00/9999")
        with pytest.raises(InputError, match="directory"):
            read_live(session, model, "7f20")
