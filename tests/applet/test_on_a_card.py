"""A built applet's life on a card: installed by a profile, walked, torn while it comes, its text changed, gone."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import simtool
from simtool.applet.build import BuiltPackage, build, write
from simtool.applet.template import write_template
from simtool.card.handset.walk import Walk
from simtool.errors import CardRemovedError
from simtool.gp.content import ContentOptions, apply_content, plan_content
from simtool.perso.memory.attempts import Attempts
from simtool.perso.memory.journal import Journals
from simtool.softcard.card import SoftCard
from tests.perso.rig import Reader
from tests.perso.test_applications import Carrier, domain_on, registry_of, session_on

PROFILE = """\
operator: {{kind: full, name: Nordlicht, plmn: 001-01}}
identity: {{iccid: {{first: '898821100000046734'}}, imsi: {{first: '001010000000101'}}}}
applets:
  hello:
    file: hello-menu-1.0.cap
    sha256: {digest}
    manifest: hello-menu/manifest.yaml
    parameters: {parameters}
"""


@pytest.fixture
def built(tmp_path: Path, stub_cache: Path) -> BuiltPackage:
    write_template(tmp_path / "hello-menu")
    built = build(tmp_path / "hello-menu", cache=stub_cache)
    write(built, tmp_path)
    return built


def carrier(built: BuiltPackage, folder: Path, parameters: str = "{}") -> Carrier:
    digest = hashlib.sha256(built.raw).hexdigest()
    text = PROFILE.format(digest=digest, parameters=parameters)
    return Carrier("generic-usim", simtool.Profile.parse(text, folder=folder))


def walked(card: SoftCard, file: Path) -> None:
    walk = Walk.load(file)
    with session_on(card) as session:
        report = walk.run(walk.handset(session))
    assert report.passed, str(report)


def test_installed_by_a_profile(built: BuiltPackage, tmp_path: Path) -> None:
    rig = carrier(built, tmp_path)
    card, records = rig.card(), [rig.new_record()]
    assert rig.visit(card, Journals(tmp_path), records, Attempts(tmp_path)).good
    walked(card, tmp_path / "hello-menu" / "walk.yaml")
    assert not rig.visit(card, Journals(tmp_path), records, Attempts(tmp_path)).job.plan


def test_parameters_of_the_profile_are_on_the_screen(built: BuiltPackage, tmp_path: Path) -> None:
    rig = carrier(built, tmp_path, "{title: Hjälp, message: Ring 611}")
    card = rig.card()
    assert rig.visit(card, Journals(tmp_path), [rig.new_record()], Attempts(tmp_path)).good
    walk = tmp_path / "walk.yaml"
    walk.write_text("steps:\n  - choose: Hjälp\n  - expect: {kind: text, text: Ring 611}\n")
    walked(card, walk)


def test_torn_at_every_command_of_its_coming(built: BuiltPackage, tmp_path: Path) -> None:
    rig = carrier(built, tmp_path)
    counted = Reader(rig.card())
    assert rig.visit(counted, Journals(tmp_path / "0"), [rig.new_record()], Attempts(tmp_path)).good
    for at in range(counted.count - 14, counted.count):
        for after in (False, True):
            card, records = rig.card(), [rig.new_record()]
            journals = Journals(tmp_path / f"{at}{after}")
            with pytest.raises(CardRemovedError):
                rig.visit(Reader(card, at, after), journals, records, Attempts(tmp_path))
            assert rig.visit(card, journals, records, Attempts(tmp_path)).good, (at, after)
            walked(card, tmp_path / "hello-menu" / "walk.yaml")


def test_deleted_it_leaves_nothing(built: BuiltPackage, tmp_path: Path) -> None:
    rig = carrier(built, tmp_path)
    card = rig.card()
    free = registry_of(card)
    assert rig.visit(card, Journals(tmp_path), [rig.new_record()], Attempts(tmp_path)).good
    with session_on(card) as session:
        domain = domain_on(session)
        aids = frozenset({built.manifest.applets[0].instance_aid, built.manifest.package.aid})
        apply_content(plan_content((), domain.registry(), ContentOptions(remove=aids)), domain)
    assert registry_of(card) == free
    assert card.machine.vm.heap.used == 0 and not card.machine.vm.packages
