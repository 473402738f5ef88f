"""From a folder with Java and a manifest to a CAP file: the same bytes every time, and errors with file and line."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from simtool.applet.build import applet_folders, build, java_files, write
from simtool.applet.template import write_template
from simtool.applet.verify import Severity
from simtool.codec.cap import read_cap
from simtool.errors import InputError
from simtool.files.applets.manifest import Manifest, encode_parameters


@pytest.fixture
def hello(tmp_path: Path) -> Path:
    folder = tmp_path / "hello-menu"
    write_template(folder)
    return folder


def edit(path: Path, there: str, instead: str) -> None:
    text = path.read_text()
    assert there in text
    path.write_text(text.replace(there, instead))


def test_the_template_builds(hello: Path, stub_cache: Path) -> None:
    built = build(hello, cache=stub_cache)
    assert built.file_name == "hello-menu-1.0.cap"
    assert built.cap.package.aid == built.manifest.package.aid
    assert [one.aid for one in built.cap.applets] == [built.manifest.applets[0].module]
    assert [one for one in built.findings if one.severity is not Severity.NOTE] == []
    assert built.code == len(next(one for one in built.cap.components if one.tag.label == "Method").body) <= 1024


def test_the_same_source_gives_the_same_bytes_anywhere(hello: Path, tmp_path: Path, stub_cache: Path) -> None:
    first = build(hello, cache=stub_cache)
    elsewhere = tmp_path / "a" / "b" / "hello-menu"
    shutil.copytree(hello, elsewhere)
    for path in elsewhere.iterdir():
        path.touch()
    assert build(elsewhere, cache=stub_cache).raw == first.raw
    edit(elsewhere / "HelloMenu.java", "(byte) 0x81;\n\n", "(byte) 0x80;\n\n")
    assert build(elsewhere, cache=stub_cache).sha256 != first.sha256


def test_what_is_written(hello: Path, tmp_path: Path, stub_cache: Path) -> None:
    built = build(hello, cache=stub_cache)
    path = write(built, tmp_path / "out")
    assert path == tmp_path / "out" / "hello-menu-1.0.cap"
    assert read_cap(path.read_bytes()) == built.cap
    noted = json.loads(path.with_suffix(".json").read_text())
    assert noted["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert noted["load_file_sha256"] == hashlib.sha256(built.cap.load_file_data_block()).hexdigest()
    assert sum(noted["components"].values()) >= noted["load"] > noted["code"]


def test_several_sources_in_an_order_of_their_own(tmp_path: Path) -> None:
    for name in ("b/A.java", "a/Z.java", "C.java", "a.java", "note.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    assert [str(path.relative_to(tmp_path)) for path in java_files(tmp_path)] == [
        "C.java", "a/Z.java", "a.java", "b/A.java",
    ]  # fmt: skip


def test_all_folders_with_a_manifest(tmp_path: Path) -> None:
    for name in ("two", "one"):
        write_template(tmp_path / name)
    (tmp_path / "none").mkdir()
    assert [path.name for path in applet_folders(tmp_path)] == ["one", "two"]
    with pytest.raises(InputError, match="no folder with a manifest"):
        applet_folders(tmp_path / "none")


def test_over_budget(hello: Path, stub_cache: Path) -> None:
    edit(hello / "manifest.yaml", "{code: 1024}", "{code: 100, load: 6000}")
    with pytest.raises(InputError, match=r"budget.code: hello-menu takes \d+ bytes, \d+ more than its budget of 100"):
        build(hello, cache=stub_cache)
    edit(hello / "manifest.yaml", "{code: 100, load: 6000}", "{load: 100}")
    with pytest.raises(InputError, match=r"manifest.yaml:\d+:\d+: budget.load: .*Method \d+") as caught:
        build(hello, cache=stub_cache)
    assert "budget" in caught.value.hint


WRONG = [
    ("HelloMenu.java", "byte tag = buffer", "byte tag = buffers", r"HelloMenu.java:48: cannot find symbol"),
    ("HelloMenu.java", "package org.example.hellomenu;", "package org.example.other;",
     r"manifest.yaml:2:.*package.name: the sources have a class HelloMenu in package org.example.other"),
    ("HelloMenu.java", "byte tag = buffer", "long much = 1L; byte tag = buffer", r"HelloMenu.java:48: "),
    ("HelloMenu.java", "import uicc.toolkit.ToolkitRegistry;", "import uicc.toolkit.ToolkitRegister;",
     r"HelloMenu.java:\d+: cannot find symbol"),
    ("manifest.yaml", "class: HelloMenu", "class: Hello", "Hello"),
    ("manifest.yaml", "'2.2.1'", "'2.9'", r"manifest.yaml:\d+:.*api.java_card: no release 2.9"),
    ("manifest.yaml", "{uicc.access: '1.0', uicc.toolkit: '1.0'}", "{}",
     r"HelloMenu.java:\d+: package uicc.toolkit does not exist"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "there", "instead", "message"), WRONG)
def test_what_is_wrong_is_said_with_file_and_line(
    file: str, there: str, instead: str, message: str, hello: Path, stub_cache: Path
) -> None:
    edit(hello / file, there, instead)
    with pytest.raises(InputError, match=message):
        build(hello, cache=stub_cache)


def test_without_sources(hello: Path, stub_cache: Path) -> None:
    (hello / "HelloMenu.java").unlink()
    with pytest.raises(InputError, match="no Java sources"):
        build(hello, cache=stub_cache)


def test_without_a_manifest(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="manifest.yaml"):
        build(tmp_path)


# The template


@pytest.mark.parametrize("name", ["applet", "class", "int", "util", "a1", "x-2-y"])
def test_any_name_builds(name: str, tmp_path: Path, stub_cache: Path) -> None:
    write_template(tmp_path / name)
    assert build(tmp_path / name, cache=stub_cache).manifest.name == name


def test_names_and_aids_of_the_template(tmp_path: Path) -> None:
    write_template(tmp_path / "my-first-menu", package="com.example.menu", rid="D276000118")
    manifest = Manifest.load(tmp_path / "my-first-menu")
    assert (manifest.name, manifest.package.name) == ("my-first-menu", "com.example.menu")
    (applet,) = manifest.applets
    assert applet.class_name == "MyFirstMenu"
    assert manifest.package.aid.hex().startswith("d276000118") and applet.module.hex().startswith("d276000118")
    assert len(applet.instance_aid) == 16
    assert encode_parameters(manifest, {}).hex() == "800d4d79206669727374206d656e75" + "81060448656c6c6f"


@pytest.mark.parametrize(("name", "rid", "message"), [
    ("Menu", None, "no name for an applet"), ("menu", "D2760001", "five bytes"), ("menu", "x", "five bytes"),
])  # fmt: skip
def test_a_template_that_cannot_be(name: str, rid: str | None, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        write_template(tmp_path / name, rid=rid)


@pytest.mark.parametrize("package", ["Com.Example", "a b", "com..x", "com.int.x"])
def test_a_package_that_cannot_be(package: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no name for a Java package"):
        write_template(tmp_path / "menu", package=package)
    assert not (tmp_path / "menu").exists()


def test_nothing_is_overwritten(hello: Path) -> None:
    before = (hello / "manifest.yaml").read_text()
    with pytest.raises(InputError, match="an applet already"):
        write_template(hello, package="other")
    assert (hello / "manifest.yaml").read_text() == before
