"""Applets by name with parameters in the manifest's terms: in profiles and wishes, on a card, torn, refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import simtool
from simtool.codec import tlv
from simtool.codec.dial_number import DialNumber
from simtool.codec.globalplatform import LifeCycle
from simtool.codec.identifiers import Imsi
from simtool.codec.install_parameters import InstallParameters
from simtool.errors import CardRemovedError, InputError
from simtool.files.applets import built
from simtool.perso.applets import load_wish
from simtool.perso.application_wish import application_wish
from simtool.perso.lint import lint
from simtool.perso.memory.attempts import Attempts
from simtool.perso.memory.journal import Journals
from simtool.softcard.card import SoftCard
from tests.harness.cap_builder import CapPlan
from tests.harness.jcasm import assemble
from tests.perso.rig import Reader
from tests.perso.test_applications import AES, Carrier, registry_of

PACKAGE, MODULE = "d07002ca4400", "d07002ca440001"
INSTANCE = "d07002ca440001ff89ffffffb0010500"
MANIFEST = f"""\
package: {{name: org.example.menu, aid: {PACKAGE}, version: '1.0'}}
applets:
  - class: Menu
    module: {MODULE}
    instance: {INSTANCE}
    privileges: [card reset]
    toolkit: {{priority: 1, text_length: 15, menu: [{{position: 1, identifier: 1}}], tars: [b00105]}}
parameters:
  title: {{type: text, tag: '80', most: 15, default: Menu}}
  care: {{type: phone, tag: '81'}}
"""
STORED = """
.package org/example/keeper d07002ca4400 1.0
.import javacard.framework 1.2
.import org.globalplatform 1.1
.applet d07002ca440001 Menu
.class public Menu extends Applet implements org/globalplatform/Application
.field private byte count
.method <init>()V
    aload_0
    invokespecial super.<init>()V
    return
.end
.method public static install([BSB)V
    new Menu
    dup
    invokespecial Menu.<init>()V
    aload_0
    sload_1
    sconst_1
    sadd
    aload_0
    sload_1
    baload
    invokevirtual Applet.register([BSB)V
    return
.end
.method public process(LAPDU;)V
    return
.end
.method public processData([BSS)V
    aload_1
    sload_2
    sconst_2
    sadd
    baload
    ifge More
    bspush 15
    invokestatic org/globalplatform/GPSystem.setCardContentState(B)Z
    pop
More: return
.end
"""
PROFILE = """\
operator: {{kind: full, name: Nordlicht, plmn: 001-01}}
identity: {{iccid: {{first: '898821100000046734'}}, imsi: {{first: '001010000000101'}}}}
applets:
  menu: {text}
"""


def lay_down(folder: Path, manifest: str, cap: bytes) -> None:
    """What `scripts/applets` puts into the package's data for an applet."""
    (folder / "menu.cap").write_bytes(cap)
    (folder / "menu.yaml").write_text(manifest)
    (folder / "menu.json").write_text(json.dumps({"sha256": hashlib.sha256(cap).hexdigest()}))


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The package's data with just one applet, `menu`."""
    folder = tmp_path / "data"
    folder.mkdir()
    lay_down(folder, MANIFEST, CapPlan().jar())
    monkeypatch.setattr(built, "_FOLDER", folder)
    built.built_applet.cache_clear()
    yield folder
    built.built_applet.cache_clear()


def profile(text: str, folder: Path) -> simtool.Profile:
    return simtool.Profile.parse(PROFILE.format(text=text), folder=folder)


def parameters_of(profile: simtool.Profile) -> InstallParameters:
    rig = Carrier("generic-usim", profile)
    reasons: list[str] = []
    (package,) = application_wish(profile, rig.new_record(), rig.model, reasons).packages
    (applet,) = package.applets
    assert reasons == []
    return InstallParameters.decode(applet.parameters)


def test_parameters_by_name(data: Path, tmp_path: Path) -> None:
    found = parameters_of(profile("{applet: menu, parameters: {title: Brand, care: '+49123'}}", tmp_path))
    assert found.application.hex(" ") == "80 05 42 72 61 6e 64 81 04 91 94 21 f3"
    assert found.toolkit is not None and found.toolkit.priority == 1


def test_an_instance_of_the_profiles_own(data: Path, tmp_path: Path) -> None:
    """What it says takes the place of what the manifest grants; the rest stays."""
    text = f"""
    applet: menu
    instances:
      - instance: {MODULE}aa
        toolkit: {{priority: 7, tars: [b00106]}}
        parameters: {{care: '611'}}
"""
    loaded = profile(text, tmp_path)
    found = parameters_of(loaded)
    assert found.application.hex() == "80044d656e75810381" + "16f1"
    assert found.toolkit is not None and (found.toolkit.priority, found.toolkit.menu) == (7, ())
    rig = Carrier("generic-usim", loaded)
    (package,) = application_wish(loaded, rig.new_record(), rig.model, []).packages
    assert package.applets[0].instance.hex() == MODULE + "aa"
    assert package.applets[0].privileges, "those of the manifest"


def test_what_differs_from_card_to_card(data: Path, tmp_path: Path) -> None:
    text = PROFILE.replace(
        "'001010000000101'}}}}",
        "'001010000000101'}}, further: [{{label: B, plmn: 001-02, imsi: {{first: '001020000000209'}}}}]}}",
    )
    manifest = MANIFEST + "  own: {type: list, of: {type: hex, most: 9}, tag: '82'}\n"
    lay_down(data, manifest, CapPlan().jar())
    built.built_applet.cache_clear()
    own = "{applet: menu, parameters: {care: '{imsi.2}', own: ['{EF.IMSI}', '{EF.IMSI.2} ', '{EF.ACC.2}']}}"
    loaded = simtool.Profile.parse(text.format(text=own), folder=tmp_path)
    records = loaded.issue(2)
    rig = Carrier("generic-usim", loaded)
    for record in records:
        (package,) = application_wish(loaded, record, rig.model, []).packages
        found = InstallParameters.decode(package.applets[0].parameters).application
        first, second = (one.imsi for one in record.subscriptions)
        care, items = (one.value for one in tlv.parse(found)[1:])
        assert care[1:] == DialNumber.parse(second.digits).bcd()
        assert items == b"".join(bytes((len(one),)) + one for one in (first.encode(), second.encode(), acc(second)))


def acc(imsi: Imsi) -> bytes:
    """EF.ACC by the last digit of the IMSI (TS 22.011 §4.2)."""
    return (1 << int(imsi.digits[-1])).to_bytes(2)


def test_a_file_with_its_manifest(tmp_path: Path) -> None:
    cap = CapPlan().jar()
    (tmp_path / "own.cap").write_bytes(cap)
    (tmp_path / "own.yaml").write_text(MANIFEST)
    digest = hashlib.sha256(cap).hexdigest()
    text = f"{{file: own.cap, sha256: {digest}, manifest: own.yaml, parameters: {{care: '611'}}}}"
    assert parameters_of(profile(text, tmp_path)).application.hex() == "80044d656e7581038116f1"


WRONG = [
    ("{applet: menu, parameters: {titel: x, care: '1'}}", 4, r"applets.menu.parameters.titel: there is no such"),
    ("{applet: menu, parameters: {title: x}}", 4, r"applets.menu.parameters.care: is missing"),
    ("{applet: menu, parameters: {care: Care}}", 4, r"applets.menu.parameters.care: dialling number"),
    ("{applet: menu, instances: [{parameters: {care: x}}]}", 4, r"applets.menu.instances.0.parameters.care: "),
    ("{applet: menu, parameters: {care: '{imsi.2}'}}", 4, r"applets.menu.parameters: {imsi.2} is none of iccid, imsi,"),
    ("{applet: menu, parameters: {care: '{ki}'}}", 4, r"applets.menu.parameters: {ki} is none of iccid, imsi,"),
    ("{applet: menu, parameters: {title: '{imsi}x', care: '1'}}", 4, r"title: 16 bytes, there may be 15"),
    ("{applet: meny, parameters: {care: '1'}}", 4, r"applets.menu.applet: no applet meny comes with simtool"),
    ("{applet: menu, file: menu.cap}", 4, "either applet"),
    ("{applet: menu, sha256: '00'}", 4, "sha256"),
    ("{file: menu.cap}", 4, "the digest of the file is needed"),
    ("{applet: menu, parameters: {}, instances: []}", 4, "parameters are given beside instances"),
    ("{applet: menu, instances: [{parameters: {care: '1'}, application: '01'}]}", 4, "as parameters and as bytes"),
    (f"{{file: x.cap, sha256: '{'00' * 32}', parameters: {{a: b}}}}", 4, "need the applet's manifest"),
    (f"{{file: x.cap, sha256: '{'00' * 32}', manifest: none.yaml}}", 4, "none.yaml"),
]


@pytest.mark.parametrize(("text", "line", "message"), WRONG)
def test_what_is_wrong_in_a_profile(text: str, line: int, message: str, data: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message) as caught:
        profile(text, tmp_path)
    assert "none.yaml" in message or f"profile:{line}:" in str(caught.value)


def test_a_damaged_artefact_is_found(data: Path, tmp_path: Path) -> None:
    (data / "menu.cap").write_bytes(CapPlan(version=(1, 1)).jar())
    built.built_applet.cache_clear()
    found = lint((profile("{applet: menu, parameters: {care: '1'}}", tmp_path),))
    assert ["damaged" in str(one) for one in found if one.rule.number == "P64"] == [True]


def test_a_wish_by_name(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "wish.yaml"
    path.write_text("packages:\n  - applet: menu\n    parameters: {title: T, care: '1'}\n")
    (package,) = load_wish(path).packages
    assert InstallParameters.decode(package.applets[0].parameters).application.hex() == "8001548102" + "81f1"
    assert package.applets[0].instance.hex() == INSTANCE


def test_a_wish_with_a_manifest(tmp_path: Path) -> None:
    (tmp_path / "own.cap").write_bytes(CapPlan().jar())
    (tmp_path / "own.yaml").write_text(MANIFEST)
    path = tmp_path / "wish.yaml"
    path.write_text("packages:\n  - {cap: own.cap, manifest: own.yaml, parameters: {care: '1'}}\n")
    (package,) = load_wish(path).packages
    assert InstallParameters.decode(package.applets[0].parameters).application.hex() == "80044d656e75" + "810281f1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("  - applet: menu\n    parameters: {care: x}\n", r"wish.yaml:3:.*packages.0.parameters.care: "),
        ("  - applet: menu\n    applets: [{parameters: {care: x}}]\n", r"wish.yaml:3:.*packages.0.applets.0.param"),
        ("  - applet: menu\n    parameters: {care: '{imsi}'}\n", r"wish.yaml:3:.*belongs into a profile"),
        ("  - applet: meny\n", r"wish.yaml:2:.*no applet meny"),
        ("  - {applet: menu, cap: menu.cap}\n", "either cap"),
        ("  - {cap: menu.cap, parameters: {a: b}}\n", "parameters by name"),
    ],
)
def test_what_is_wrong_in_a_wish(text: str, message: str, data: Path, tmp_path: Path) -> None:
    path = tmp_path / "wish.yaml"
    path.write_text(f"packages:\n{text}")
    with pytest.raises(InputError, match=message):
        load_wish(path)


# By STORE DATA, on a card


@pytest.fixture
def keeper(data: Path, tmp_path: Path) -> Carrier:
    """A product whose applet gets its parameters by STORE DATA, in several blocks."""
    manifest = MANIFEST.partition("    toolkit")[0].replace("    privileges: [card reset]\n", "")
    manifest += "delivery: store-data\nparameters:\n  texts: {type: list, of: text, tag: '80'}\n"
    lay_down(data, manifest, assemble(STORED).cap)
    built.built_applet.cache_clear()
    texts = ", ".join("x" * 80 for _ in range(6))
    return Carrier("generic-usim", profile(f"{{applet: menu, parameters: {{texts: [{texts}]}}}}", tmp_path))


def state_of(card: SoftCard) -> int | None:
    entry = registry_of(card, AES).application(bytes.fromhex(INSTANCE))
    return None if entry is None else entry.state


def test_parameters_by_store_data(keeper: Carrier, tmp_path: Path) -> None:
    card, journals, records = keeper.card(), Journals(tmp_path), [keeper.new_record()]
    done = keeper.visit(card, journals, records, Attempts(tmp_path))
    assert done.good, str(done.verification)
    assert "store data: it waits for its parameters" in str(done.job.plan)
    assert state_of(card) == LifeCycle.PERSONALIZED
    assert not keeper.visit(card, journals, records, Attempts(tmp_path)).job.plan


class Torn(Reader):
    """Loses power within the command with this number after the first INSTALL [for personalization]."""

    def __init__(self, card: SoftCard, after: int) -> None:
        super().__init__(card)
        self._after = after
        self._seen = 0

    def transmit(self, tpdu: bytes) -> bytes:
        if self._seen or (tpdu[1] == 0xE6 and tpdu[2] == 0x20):
            self._seen += 1
            if self._seen > self._after:
                self.gone = True
                raise ConnectionError
        return super().transmit(tpdu)


@pytest.mark.parametrize("after", range(4))
def test_torn_between_blocks(keeper: Carrier, tmp_path: Path, after: int) -> None:
    card, journals, records = keeper.card(), Journals(tmp_path), [keeper.new_record()]
    with pytest.raises(CardRemovedError):
        keeper.visit(Torn(card, after), journals, records, Attempts(tmp_path))
    card.power_loss()
    assert state_of(card) == LifeCycle.SELECTABLE
    done = keeper.visit(card, journals, records, Attempts(tmp_path))
    assert done.good, str(done.verification)
    assert state_of(card) == LifeCycle.PERSONALIZED
