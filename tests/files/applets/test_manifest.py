"""Manifests of applets: grammar, places of errors, install parameters (TS 102 226 §8.2.1.3, JCRE §11.2)."""

from __future__ import annotations

from pathlib import Path

import pytest

from simtool.codec.install_parameters import InstallParameters, MenuEntry, ToolkitParameters
from simtool.errors import EncodeError, InputError
from simtool.files.applets.instance import Grants
from simtool.files.applets.manifest import Delivery, Manifest, encode_parameters, install_parameters

TEXT = """\
package: {name: org.example.menu, aid: f000000001000a, version: '1.2'}
applets:
  - class: Menu
    module: f000000001000a01
    instance: f000000001000a0100000000b0010500
    toolkit: {priority: 1, text_length: 20, menu: [{position: 1, identifier: 2}]}
api: {java_card: 2.2.2, packages: {uicc.access: '1.0', uicc.toolkit: '1.0'}}
budget: {code: 4096}
parameters:
  title: {type: text, tag: '80', most: 20, default: Menu}
  items:
    type: list
    of: item
    tag: A1
types:
  item: {type: record, fields: {text: text, code: {type: ussd, tag: '81'}}}
"""


def manifest(text: str = TEXT, name: str = "menu") -> Manifest:
    return Manifest.parse(text, name=name)


def test_a_manifest_is_read() -> None:
    found = manifest()
    assert (found.name, found.version, found.package.aid.hex()) == ("menu", "1.2", "f000000001000a")
    assert found.applets[0].class_name == "Menu"
    assert found.api.versions["javacard.framework"] == "1.3"  # of Java Card 2.2.2
    assert found.api.versions["uicc.toolkit"] == "1.0"
    assert (found.format, found.int_allowed, found.delivery) == ((2, 1), False, Delivery.INSTALL)


def test_its_name_is_that_of_the_folder_or_of_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "service-menu"
    folder.mkdir()
    (folder / "manifest.yaml").write_text(TEXT)
    (tmp_path / "other.yaml").write_text(TEXT)
    assert Manifest.load(folder).name == Manifest.load(folder / "manifest.yaml").name == "service-menu"
    assert Manifest.load(tmp_path / "other.yaml").name == "other"


WRONG = [
    # what is put in place of what, line, field and reason
    ("version: '1.2'", "version: one", 1, "package.version: a version is two numbers"),
    ("version: '1.2'", "version: '1.256'", 1, "package.version: a version is two numbers"),
    ("org.example.menu", "org.Example-menu", 1, "package.name: a package name such as"),
    ("aid: f000000001000a,", "aid: f0000000,", 1, "package.aid: "),
    ("class: Menu", "class: org.Menu", 3, "applets.0.class: the name of a class"),
    ("class: Menu", "klass: Menu", 3, "applets.0.klass: unknown name"),
    ("module: f000000001000a01", "module: f000000002000a01", 4, r"applets.0.module: .*\(RID\)"),
    ("module: f000000001000a01", "module: f000000001000a", 4, "applets.0.module: this AID is given twice"),
    ("priority: 1,", "priority: 300,", 3, "applets.0: toolkit parameters: priority 300"),
    ("2.2.2", "2.2.3", 7, "api.java_card: no release 2.2.3"),
    ("uicc.toolkit: '1.0'", "uicc.toolkit: '1.99'", 7, "api.packages: uicc.toolkit has no version 1.99"),
    ("uicc.toolkit: '1.0'", "uicc.tools: '1.0'", 7, "api.packages: no package uicc.tools"),
    ("budget: {code: 4096}", "budget: {code: few}", 8, "budget.code: "),
    ("budget: {code: 4096}", "format: '2.4'", 8, "format: the CAP formats are"),
    ("budget: {code: 4096}", "delivery: post", 8, "delivery: "),
    ("tag: '80'", "tag: '8000'", 10, "parameters.title.tag: a tag of one byte"),
    ("tag: '80'", "tag: '1f'", 10, "parameters.title.tag: a tag of one byte"),
    ("tag: '80', ", "", 10, "parameters.title: a parameter needs a tag"),
    ("tag: '80'", "tag: 'A1'", 11, "parameters.items: tag A1 is that of title already"),
    ("most: 20", "most: 2", 10, "parameters.title.default: 4 bytes, there may be 2"),
    ("type: text, tag", "type: text, values: {}, tag", 10, "parameters.title: values has no meaning for text"),
    ("type: text, tag", "type: text, coding: latin, tag", 10, "parameters.title.coding: latin is no coding"),
    ("of: item", "of: itm", 13, "parameters.items.of.type: there is no type itm"),
    ("    of: item\n", "", 11, "parameters.items: list needs of"),
    ("code: {type: ussd, tag: '81'}", "code: {type: ussd, tag: '81', optional: yes, default: '*1#'}", 16,
     "types.item.fields.code: what has a default is never left out"),
    ("item: {", "text: {", 16, "types.text: this is the name of a type that is built in"),
]  # fmt: skip


@pytest.mark.parametrize(("there", "instead", "line", "message"), WRONG)
def test_what_is_wrong_is_said_with_its_line(there: str, instead: str, line: int, message: str) -> None:
    assert there in TEXT
    with pytest.raises(InputError, match=message) as caught:
        manifest(TEXT.replace(there, instead))
    assert f"manifest.yaml:{line}:" in str(caught.value)


def test_all_errors_come_at_once() -> None:
    with pytest.raises(InputError) as caught:
        manifest(TEXT.replace("Menu\n", "0\n").replace("2.2.2", "9"))
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize("name", ["Menu", "a b", "-a", "a--b", "ä"])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(InputError, match="no name for an applet"):
        manifest(name=name)


def test_values_are_coded_in_the_order_of_the_manifest() -> None:
    raw = encode_parameters(manifest(), {"items": [{"text": "B", "code": "*1#"}], "title": "T"})
    assert raw.hex(" ", 0) == bytes.fromhex("80 01 54 a1 09 08 01 42 81 04 0f aad808").hex(" ", 0)


def test_every_wrong_value_is_named() -> None:
    with pytest.raises(EncodeError) as caught:
        encode_parameters(
            manifest(), {"items": [{"text": "B"}, {"txt": "B", "code": "*1#", "text": ""}], "title": True}
        )
    assert str(caught.value).splitlines() == [
        "title: a text is needed: put it in quotes",
        "items.0.code: is missing",
        "items.1.txt: there is no such parameter; they are text, code",
    ]


def test_install_parameters_are_the_applets_own_and_what_it_is_granted() -> None:
    read = InstallParameters.decode(install_parameters(manifest(), {"items": []}))
    assert read.application.hex() == "80044d656e75a100"
    assert read.toolkit == ToolkitParameters(priority=1, max_text_length=20, menu=(MenuEntry(1, 2),))


def test_a_profile_may_grant_something_else() -> None:
    grants = Grants.model_validate({"toolkit": {"priority": 9, "tars": ["b00106"]}})
    read = InstallParameters.decode(install_parameters(manifest(), {"items": []}, grants=grants))
    assert read.toolkit == ToolkitParameters(priority=9, tars=(bytes.fromhex("b00106"),))
    assert read.application.hex() == "80044d656e75a100"


def test_more_than_reaches_install_is_refused() -> None:
    item = {"text": "x" * 115, "code": "*1#"}
    install_parameters(manifest(), {"items": [item]})
    with pytest.raises(EncodeError, match=r"take 253 bytes, at installation there is room for 233"):
        install_parameters(manifest(), {"items": [item, item], "title": "12"})
    by_data = manifest(TEXT + "delivery: store-data\n")
    assert InstallParameters.decode(install_parameters(by_data, {"items": [item, item]})).application == b""


def test_an_applet_of_several() -> None:
    two = manifest(TEXT.replace("api:", "  - {class: Other, module: f000000001000a02}\napi:"))
    assert two.applet_of(bytes.fromhex("f000000001000a02")).class_name == "Other"
    with pytest.raises(EncodeError, match="say which module is meant"):
        install_parameters(two, {"items": []})
