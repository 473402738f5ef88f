"""Profiles compiled for a product: the same cards as compiled anew for each, the same digest in every process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simtool
from simtool.codec.identifiers import Iccid, Imsi
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.secret import Secret
from simtool.errors import RefusedError
from simtool.files.product import CardModel, load, names, parse
from simtool.files.specs import Shape
from simtool.perso.compiled import CompiledProfile, compile_profile
from simtool.perso.desired import KEYS, DesiredCard
from simtool.perso.image import Unit
from simtool.perso.memory.attempts import Attempts
from simtool.perso.memory.journal import Journals
from simtool.perso.ota_keys import ORIGIN as KEY_SETS
from simtool.perso.record import WITHOUT_OPC, CardRecord, Credential, Subscription
from simtool.perso.render import render_possible
from simtool.perso.stand_in import stand_in
from simtool.perso.verify import Check, verify_keys
from simtool.perso.visit import visit
from tests.perso.one_by_one import one_by_one
from tests.perso.profile.strategies import FULL_PROFILES, RESELLER_PROFILES
from tests.perso.profile.test_logo import GRAPHICS, P1
from tests.perso.rig import ROOT, Rig, load_profile, plain_profile

PROFILES = tuple(path.stem for path in sorted((ROOT / "profiles").glob("*.yaml")))
AWKWARD = """\
extends: full-mvno.yaml
authentication:
  pins: {PIN1: {value: random, enabled: false}, PUK1: {value: random}, ADM1: {value: '12345678'}}
  key_sets: [{version: 1, cipher: aes}, {version: 2, cipher: des, length: 24}]
ims:
  impi: '{imsi}@a-name-that-no-card-was-delivered-with-enough-room-for.ims.mnc{mnc}.mcc{mcc}.example.org'
  impu: ['tel:{msisdn}', 'sip:{imsi}@example.org', 'sip:everybody@example.org']
  pcscf: [pcscf.example.org]
services: {carrier_apps: [{certificate: 5f2c0e94a1b7d3860f4e2d1c9b8a7f6e5d4c3b2a190817263544f3e2d1c0b9a8}]}
applets:
  menu: {applet: service-menu, parameters: {title: 'Me', items: [{text: '{imsi.2}', ussd: '*100#'}]}}
files:
  MF/ADF.ISIM/EF.IMPU: sip:fixed@example.org
  MF/ADF.ISIM/EF.IMPI: fixed@example.org
  MF/ADF.USIM/EF.UST: hex:ffffffffffffffffffffffffffffffffffffffffffff
  MF/ADF.USIM/EF.MSISDN[2]: {number: '+12345'}
"""
"""What comes late goes into files that records fill and enlarge before it; applets with a card's own parameters."""


@lru_cache(maxsize=256)
def profile_of(name: str) -> simtool.Profile:
    if name == "awkward":
        return simtool.Profile.parse(AWKWARD, folder=ROOT / "profiles")
    return load_profile(name)


@lru_cache(maxsize=256)
def compiled_of(name: str, product: str) -> CompiledProfile:
    return compile_profile(profile_of(name), load(product))


def flat(rendered: tuple[DesiredCard, tuple[str, ...]]) -> tuple[object, ...]:
    """All of it, the orders of mappings too, which decide about the order of a plan."""
    desired, reasons = rendered
    image, host = desired.image, desired.guarded
    orders = (list(image.units.items()), list(image.origins.items()), list(host.units.items()))
    return desired, reasons, orders, list(desired.model.files.items())


NUMBERS = st.one_of(st.none(), st.integers(10**6, 10**18).map("+{}".format))
SECRETS = st.binary(min_size=8, max_size=8).map(lambda value: Secret(value, kind="pin"))
CODES = st.dictionaries(st.sampled_from(["PIN1", "PUK1", "PIN2", "ADM1", "ADM9"]), SECRETS, max_size=4)


def _keys(count: int) -> st.SearchStrategy[Secret]:
    return st.binary(min_size=count, max_size=count).map(lambda value: Secret(value, kind="key"))


@st.composite
def key_sets(draw: st.DrawFn) -> tuple[KeySet, ...]:
    versions = draw(st.lists(st.sampled_from([1, 2, 0x20, 0x30, 0x70]), max_size=3, unique=True))
    ciphers = {version: draw(st.sampled_from(list(KeyCipher))) for version in versions}
    return tuple(
        KeySet(version, cipher, *draw(st.tuples(*[_keys(draw(st.sampled_from(sorted(cipher.lengths))))] * 3)))
        for version, cipher in ciphers.items()
    )


@st.composite
def records(draw: st.DrawFn) -> CardRecord:
    """Any record that a file could bring, whether the profile asks for such or not."""
    algorithm = draw(st.sampled_from(["milenage", "milenage", "tuak", "comp128v1", "xor"]))
    has_key = draw(st.booleans())
    subscriptions = []
    for _ in range(draw(st.integers(1, 2))):
        opc = None if algorithm in WITHOUT_OPC or not has_key else draw(_keys(32 if algorithm == "tuak" else 16))
        k = draw(_keys(draw(st.sampled_from([16, 32])) if algorithm == "tuak" else 16)) if has_key else None
        imsi = Imsi("00101" + draw(st.text("0123456789", min_size=6, max_size=10)))
        subscriptions.append(Subscription(imsi, k, opc, algorithm, draw(NUMBERS), draw(st.integers(0, 2**32))))
    held, new = draw(CODES), draw(CODES)
    return CardRecord(
        Iccid.from_body(draw(st.text("0123456789", min_size=18, max_size=18))),
        tuple(subscriptions),
        tuple(Credential(*item) for item in held.items()),
        tuple(Credential(*item) for item in new.items()),
        draw(key_sets()),
        draw(key_sets()),
    )


@st.composite
def surveyed(draw: st.DrawFn, model: CardModel) -> CardModel:
    """The product as some card may have it: files bigger, smaller, or gone."""
    paths = [path for path, spec in model.files.items() if not spec.type.is_directory and spec.link is None]
    changed = {}
    for path in draw(st.lists(st.sampled_from(paths), max_size=4, unique=True)):
        spec = model.file(path)
        keys = {one for spec in model.authentication for one in (*spec.files, *spec.gsm_files)}
        if path in keys or any(other.link == path for other in model.files.values()):
            continue
        if spec.type.has_records:
            shape = Shape.of_records(spec.record_length or 1, draw(st.integers(1, 9)))
        else:
            shape = Shape(draw(st.integers(1, 90)))
        changed[path] = draw(st.sampled_from([None, spec.shaped(shape)]))
    return model.with_files(changed)


@pytest.mark.parametrize("name", [*PROFILES, "awkward"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_compiled_once_or_for_each_card_is_the_same(name: str, data: st.DataObject) -> None:
    product = data.draw(st.sampled_from(names()))
    compiled = compiled_of(name, product)
    for record in data.draw(st.lists(records(), min_size=1, max_size=3)):
        model = data.draw(surveyed(load(product))) if data.draw(st.booleans()) else load(product)
        assert flat(compiled.render(record, model)) == flat(render_possible(profile_of(name), record, model))


@settings(max_examples=150, deadline=None)
@given(st.one_of(FULL_PROFILES, RESELLER_PROFILES, st.sampled_from(["awkward", *PROFILES]).map(profile_of)), st.data())
def test_what_is_settled_beforehand_is_what_comes_of_wishes_one_by_one(
    profile: simtool.Profile, data: st.DataObject
) -> None:
    model = data.draw(surveyed(load(data.draw(st.sampled_from(names())))))
    record = data.draw(records()).with_settings(profile.authentication.settings)
    desired, reasons = compile_profile(profile, model).render(record, model)
    units, origins, after, changed, expected = one_by_one(profile, record, model)
    ours = {
        unit: content
        for unit, content in desired.image.units.items()
        if desired.image.origins[unit] not in (KEYS, KEY_SETS)
    }
    assert ours == {unit: content for unit, content in units.items() if unit in ours}
    assert units.keys() - ours.keys() <= desired.image.units.keys()  # the rest are overwritten by keys
    assert {unit: desired.image.origins[unit] for unit in ours} == {unit: origins[unit] for unit in ours}
    assert (desired.model, set(desired.changed)) == (after, changed)
    assert expected <= set(reasons)


MADE = [
    ("service-provider", "gialersim"),
    ("full-mvno", "gialersim"),
    ("enhanced", "uicc-api-test"),
    ("plain", "sysmoISIM-SJA5"),
]


@pytest.mark.parametrize("product", ["sysmoISIM-SJA5", "sysmoISIM-SJA2", "uicc-api-test"])
def test_what_comes_after_a_record_fills_the_file_that_the_record_enlarged(product: str) -> None:
    profile, model = profile_of("awkward"), load(product)
    path = simtool.FilePath("MF/ADF.ISIM/EF.IMPI")
    small = model.with_files({path: model.file(path).shaped(Shape(30))})
    record = profile.issue(1)[0]
    desired, _ = compile_profile(profile, small).render(record, small)
    units, _, after, changed, _ = one_by_one(profile, record, small)
    assert path in changed
    content = desired.image.units[Unit(path)]
    assert content == units[Unit(path)]
    assert len(content.data) == after.file(path).size
    assert b"no-card" not in content.data


def rig_of(name: str, product: str) -> Rig:
    return Rig(product, plain_profile() if name == "plain" else profile_of(name))


@pytest.mark.parametrize(
    ("name", "product"), [("full-mvno", "gialersim"), ("full-mvno", "sysmoUSIM-GR1"), ("plain", "sysmoISIM-SJA5")]
)
@pytest.mark.parametrize("checking", list(Check))
def test_cards_made_by_a_compiled_profile(name: str, product: str, checking: Check, tmp_path: Path) -> None:
    """Also where files are made: a card that has them by now is compiled for by itself, and has nothing left to do."""
    rig = rig_of(name, product)
    compiled = compile_profile(rig.profile, rig.model)
    for number in range(2):
        card, records = rig.card(), [rig.record]
        for again in (False, True):
            with rig.session(card) as session:
                done = visit(
                    session, rig.profile, (records[-1],), Journals(tmp_path / str(number)), keep=records.append,
                    product=product, attempts=Attempts(), compiled=compiled, checking=checking,
                )  # fmt: skip
            assert done.good, str(done.report)
            assert bool(done.job.plan) is not again
            assert done.verification is not None
            assert done.verification.check is checking
            assert bool(done.verification.units) is (checking is Check.FULL)
        with rig.session(card) as session:
            desired = simtool.render(rig.profile, records[-1], done.job.model)
            assert simtool.verify(session, desired, records[-1])


def test_a_check_by_keys_reads_nothing_says_so_and_finds_wrong_keys(tmp_path: Path) -> None:
    rig = rig_of("plain", "sysmoISIM-SJA5")
    card, made = rig.card(), [rig.record]
    assert rig.visit(card, Journals(tmp_path), made, Attempts()).good
    with rig.session(card) as session:
        desired = simtool.render(rig.profile, made[-1], rig.model)
        found = verify_keys(session, desired, made[-1])
        assert found
        assert "0 units" not in str(found)
        assert "not read again" in str(found)
        other = replace(made[-1].subscription, k=Secret(bytes(15) + b"\1", kind="ki"))
        assert not verify_keys(session, desired, replace(made[-1], subscriptions=(other,)))


def test_a_card_of_another_product_is_refused(tmp_path: Path) -> None:
    rig = rig_of("plain", "sysmoISIM-SJA5")
    compiled = compile_profile(rig.profile, load("sysmoISIM-SJA2"))
    card, made = rig.card(), [rig.record]
    with rig.session(card) as session, pytest.raises(RefusedError, match="SJA2, and this card is sysmoISIM-SJA5"):
        visit(session, rig.profile, (rig.record,), Journals(tmp_path), keep=made.append, compiled=compiled)
    assert made == [rig.record]


LOGO = """\
operator: {kind: full, name: N, plmn: 262-01}
identity: {iccid: {first: '894944000000115531'}, imsi: {first: '262010000000001'}}
branding: {logo: {file: logo.pbm}}
"""


def test_a_file_that_changes_under_a_compiled_profile_is_not_taken(tmp_path: Path) -> None:
    """Work goes on with what was compiled; a card that has to be looked at anew does not get the new picture."""
    text = (ROOT / "simtool" / "data" / "cards" / "generic-usim.yaml").read_text()
    model = parse(text.rstrip("\n") + "\n" + GRAPHICS)
    (tmp_path / "logo.pbm").write_text(P1)
    profile = simtool.Profile.parse(LOGO, folder=tmp_path)
    compiled, record = compile_profile(profile, model), profile.issue(1)[0]
    before, digest = compiled.render(record, model), compiled.digest
    (tmp_path / "logo.pbm").write_text(P1.replace("01110", "01010"))
    assert compiled.render(record, model) == before
    spec = model.file("MF/EF.PL")
    with pytest.raises(RefusedError, match="branding.logo"):
        compiled.render(record, model.with_files({spec.path: spec.shaped(Shape(9))}))
    assert compile_profile(profile, model).digest != digest


MENU = "applets: {menu: {applet: service-menu, parameters: {title: Menu, items: [{text: Mine, ussd: '*100#'}]}}}"
PROFILE = """\
operator: {kind: enhanced, name: N, plmn: 262-01}
identity: {imsi: {first: '262010000000001'}, gid1: 'aa'}
branding: {spn: {name: Fjord}}
authentication: {pins: {PIN1: {value: random, enabled: false}}}
network: {user: [{plmn: 262-01, technologies: [E-UTRAN]}]}
ims: {}
services: {carrier_apps: [{certificate: 5f2c0e94a1b7d3860f4e2d1c9b8a7f6e5d4c3b2a190817263544f3e2d1c0b9a8}]}
"""
PROFILE += MENU
SAME = {
    "a comment": (" gid1: 'aa'}", " gid1: 'aa'}  # the group"),
    "another way of writing": ("{value: random, enabled: false}", "{enabled: no, value: random}"),
    "what is the default anyway": ("gid1: 'aa'", "gid1: 'aa', further: []"),
}
OTHER = {
    "a text": ("Fjord", "Fiord"),
    "a group": ("'aa'", "'ab'"),
    "PINs": ("value: random", "value: keep"),
    "whether a PIN is asked for": ("enabled: false", "enabled: true"),
    "a PIN for all": ("value: random", "value: '1234'"),
    "technologies": ("[E-UTRAN]", "[NG-RAN]"),
    "where a record's number goes": ("ims: {}", "ims: {impi: '{imsi}@example.org'}"),
    "an applet's parameter": ("title: Menu", "title: Meny"),
    "an applet's parameter that is the card's": ("text: Mine", "text: '{imsi}'"),
    "an applet": (
        "applets: {menu: {applet: service-menu, parameters: {title: Menu, items: [{text: Mine, ussd: '*100#'}]}}}",
        "",
    ),
    "a carrier app": ("5f2c", "5f2d"),
    "first number": ("0000000001", "0000000002"),
    "any file": ("ims: {}", "ims: {}\nfiles: {MF/EF.PL: 'hex:6465'}"),
}


def digest_of(text: str, product: str = "sysmoISIM-SJA5") -> str:
    return compile_profile(simtool.Profile.parse(text), load(product)).digest


def changed(change: tuple[str, str]) -> str:
    assert change[0] in PROFILE
    return PROFILE.replace(*change, 1)


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_what_means_the_same_has_the_same_digest(change: tuple[str, str]) -> None:
    assert digest_of(changed(change)) == digest_of(PROFILE)


def test_every_change_has_a_digest_of_its_own() -> None:
    others = {name: digest_of(changed(change)) for name, change in OTHER.items()}
    others["another product"] = digest_of(PROFILE, "sysmoISIM-SJA2")
    assert len({digest_of(PROFILE), *others.values()}) == len(others) + 1, others


def _with_notes(model: CardModel) -> CardModel:
    return replace(model, notes=("tried on a Tuesday",))


def _with_a_file(model: CardModel) -> CardModel:
    spec = model.file("MF/EF.PL")
    return model.with_files({spec.path: spec.shaped(Shape(20))})


@pytest.mark.parametrize(("change", "same"), [(_with_notes, True), (_with_a_file, False)])
def test_the_product_belongs_to_the_digest(change: Callable[[CardModel], CardModel], same: bool) -> None:
    profile, model = profile_of("full-mvno"), load("sysmoISIM-SJA5")
    assert (compile_profile(profile, change(model)).digest == compile_profile(profile, model).digest) is same


def test_a_digest_and_a_script_do_not_depend_on_the_process() -> None:
    """Sets have another order in each process; key sets of an example are drawn anew each time."""
    program = (
        "import simtool; from simtool.files.product import load; from simtool.perso.compiled import compile_profile\n"
        "from tests.perso.test_compiled import profile_of\n"
        "one = compile_profile(profile_of('awkward'), load('sysmoISIM-SJA5')); print(one.digest, one.script())"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program], env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(told) == 1


@pytest.mark.parametrize("product", names())
@pytest.mark.parametrize("name", [*PROFILES, "awkward"])
def test_a_script_has_a_line_for_every_unit_and_no_secret(name: str, product: str) -> None:
    compiled = compiled_of(name, product)
    rows = compiled.script()
    assert all(row.place and row.what and row.why for row in rows)
    assert "12345678" not in str(rows)
    assert any("{iccid}" in row.what for row in rows)
    example = compiled.render(stand_in(compiled.profile, compiled.model), compiled.model)[0]
    for path in {*example.image.paths, *example.changed} - _of_key_sets(example):
        assert any(str(path) in row.place for row in rows), path


def _of_key_sets(desired: DesiredCard) -> set[simtool.FilePath]:
    return {unit.path for unit, origin in desired.image.origins.items() if origin == KEY_SETS}
