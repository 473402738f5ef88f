"""The six profiles that simtool brings along, each from a card as delivered to a proved product on several products."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

import simtool
from simtool.cli.main import main
from simtool.files.product import load
from simtool.perso.adopt import adopt
from simtool.perso.job import prepare
from simtool.perso.read import read_iccid
from simtool.perso.record import CardRecord
from simtool.softcard.card import SoftCard
from tests.perso.profile.hosts import FROM_HOST, finished_card, load_profile, with_delivered_codes
from tests.perso.rig import ROOT
from tests.perso.test_products import credentials_of, session_with

PROFILES = sorted(path.stem for path in (ROOT / "profiles").glob("*.yaml"))
RUNS = [
    ("reseller", "sysmoISIM-SJA5"),
    ("reseller", "sysmoISIM-SJA2"),
    ("reseller", "sysmoUSIM-SJS1"),
    ("service-provider", "sysmoISIM-SJA5"),
    ("service-provider", "sysmoISIM-SJA2"),
    ("service-provider", "sysmoUSIM-SJS1"),
    ("enhanced", "sysmoISIM-SJA5"),
    ("enhanced", "sysmoISIM-SJA2"),
    ("full-mvno", "sysmoISIM-SJA5"),
    ("full-mvno", "sysmoISIM-SJA2"),
    ("private-5g", "sysmoISIM-SJA5"),
    ("private-5g", "sysmoISIM-SJA2"),
    ("private-5g", "generic-usim"),
    ("iot", "sysmoISIM-SJA5"),
    ("iot", "sysmoUSIM-SJS1"),
    ("iot", "generic-usim"),
    ("iot", "gialersim"),
]


def test_every_profile_runs_on_two_products() -> None:
    for name in PROFILES:
        assert len([row for row in RUNS if row[0] == name]) >= 2, name


def card_and_record(name: str, product: str) -> tuple[SoftCard, CardRecord]:
    profile, model = load_profile(name), load(product)
    if name in FROM_HOST:
        card, record = finished_card(product, FROM_HOST[name])
        return card, adopt(profile, (with_delivered_codes(record, product),))[0]
    card = SoftCard.new(model)
    record = replace(profile.issue(1)[0], credentials=credentials_of(model))
    with session_with(card, product) as session:
        simtool.identify(session, product=product)
        return card, record if model.iccid_writable else replace(record, iccid=read_iccid(session, model))


@pytest.mark.parametrize(("name", "product"), RUNS)
def test_from_delivered_to_finished(name: str, product: str) -> None:
    profile = load_profile(name)
    card, record = card_and_record(name, product)
    with session_with(card, product) as session:
        job = prepare(session, profile, (record,), product=product)
        assert job.plan
        report = simtool.apply(job.plan, session)
        assert report.end is simtool.EndState.GOOD, str(report)
        done = job.record.personalised()
        desired = simtool.render(profile, done, job.model)
        verification = simtool.verify(session, desired, done)
        assert verification and verification.proofs, str(verification)
    with session_with(card, product) as session:
        again = prepare(session, profile, (verification.record,), product=product)
        assert not again.plan, str(again.plan)


SHOWN_AT_HOME = {
    # the brand that a phone shows on the home network or the host's
    "reseller": "Talky", "service-provider": "Kiosk Mobil", "enhanced": "Fjord", "full-mvno": "Nordlicht",
    "private-5g": "Werk Sued", "iot": "Things",
}  # fmt: skip


@pytest.mark.parametrize("name", PROFILES)
def test_previewed(name: str) -> None:
    result = CliRunner().invoke(main, ["profile", "preview", str(ROOT / "profiles" / f"{name}.yaml")])
    assert result.exit_code == 0, result.output
    assert SHOWN_AT_HOME[name] in result.output.splitlines()[3]


@pytest.mark.parametrize("name", PROFILES)
def test_each_has_its_line_in_the_readmes(name: str) -> None:
    for readme in (ROOT / "README.md", ROOT / "profiles" / "README.md"):
        assert f"{name}.yaml" in readme.read_text(), readme


def test_two_imsis_have_keys_of_their_own() -> None:
    first, second = load_profile("full-mvno").issue(1)[0].subscriptions
    assert (str(first.imsi), str(second.imsi)) == ("001010000000101", "901700000000101")
    assert first.key != second.key and first.opc != second.opc


def test_relative_names_start_at_the_file_that_says_them(tmp_path: Path) -> None:
    """A customer's variation elsewhere still finds the stock list of the product that it extends."""
    variation = tmp_path / "customer.yaml"
    variation.write_text(f"extends: {ROOT / 'profiles' / 'full-mvno.yaml'}\nbranding: {{spn: {{name: Werft}}}}\n")
    profile = simtool.Profile.load(variation)
    assert profile.issue(1)[0].iccid.digits == "8949440000001155314"
    assert profile.branding.spn is not None
    assert (profile.branding.spn.name, profile.branding.spn.show_plmn_at_home) == ("Werft", False)
