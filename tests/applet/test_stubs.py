"""API stubs: every published set compiles, says what the tables say, and lets javac judge applets (JCVM chapter 5)."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from simtool.applet.javac import compile_java, compiled_stubs
from simtool.applet.stubs import java_type, stubs_of
from simtool.codec import java_exports
from simtool.errors import InputError

NEWEST = {name: java_exports.package_versions(name)[-1] for name in java_exports.package_names()}
RELEASES = java_exports.java_card_releases()
UICC = RELEASES["2.2.1"] | {"uicc.access": "1.0", "uicc.toolkit": "1.0"}

APPLET = """package org.example.menu;

import javacard.framework.*;
import uicc.access.FileView;
import uicc.toolkit.*;

public class Menu extends Applet implements ToolkitInterface, ToolkitConstants {
    private static final byte[] TITLE = {'M', 'e', 'n', 'u'};
    private FileView view;

    protected Menu() {
        ToolkitRegistrySystem.getEntry().initMenuEntry(TITLE, (short) 0, (short) 4, PRO_CMD_DISPLAY_TEXT, false,
            (byte) 0, (short) 0);
    }

    public static void install(byte[] buffer, short offset, byte length) {
        new Menu().register(buffer, (short) (offset + 1), buffer[offset]);
    }

    public void processToolkit(short event) {
        switch (event) {
            case EVENT_MENU_SELECTION:
                ProactiveHandlerSystem.getTheHandler().initDisplayText((byte) 0x80, (byte) 4, TITLE, (short) 0,
                    (short) TITLE.length);
                break;
        }
    }

    public void process(APDU apdu) {
        if (selectingApplet()) return;
        ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
    }
}
"""


def write(folder: Path, text: str, name: str = "Menu.java") -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("release", RELEASES)
def test_the_packages_of_a_release_compile(release: str, stub_cache: Path) -> None:
    assert (compiled_stubs(stubs_of(RELEASES[release]), stub_cache) / "javacard/framework/Applet.class").exists()


def test_all_packages_in_their_newest_versions_compile(stub_cache: Path) -> None:
    stubs = stubs_of(NEWEST)
    folder = compiled_stubs(stubs, stub_cache)
    classes = {
        f"{package.path}/{one.name}"
        for package in (java_exports.load(*item) for item in NEWEST.items())
        for one in package.classes
        if not package.path.startswith("java/")
    }
    assert {str(path.relative_to(folder)).removesuffix(".class") for path in folder.rglob("*.class")} == classes


@pytest.mark.parametrize("version", java_exports.package_versions("uicc.toolkit"))
def test_each_version_of_the_toolkit_compiles(version: str, stub_cache: Path) -> None:
    compiled_stubs(stubs_of(RELEASES["2.2.1"] | {"uicc.toolkit": version}), stub_cache)


def test_stubs_are_made_once(stub_cache: Path) -> None:
    stubs = stubs_of(UICC)
    folder = compiled_stubs(stubs, stub_cache)
    before = (folder / "uicc/toolkit/ToolkitInterface.class").stat().st_mtime_ns
    assert compiled_stubs(stubs_of(UICC), stub_cache) == folder
    assert (folder / "uicc/toolkit/ToolkitInterface.class").stat().st_mtime_ns == before
    assert stubs_of(UICC | {"uicc.toolkit": "1.1"}).digest != stubs.digest


def test_versions_that_no_platform_has_together(stub_cache: Path) -> None:
    with pytest.raises(InputError, match="do not go together"):
        compiled_stubs(stubs_of({"javacard.security": "1.1", "javacardx.security.derivation": "1.0"}), stub_cache)


def described(folder: Path, name: str, *more: str) -> str:
    """What the JDK's own javap says of a class, constants with their values."""
    command = ["javap", "-protected", *more, "-classpath", str(folder), name]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("javacard.framework.UserException", [  # the API's checked exceptions
            "public class javacard.framework.UserException extends javacard.framework.CardException",
            "public javacard.framework.UserException(short);",
            "public static void throwIt(short) throws javacard.framework.UserException;"]),
        ("javacard.framework.CardException", [
            "public static void throwIt(short) throws javacard.framework.CardException;"]),
        ("javacard.framework.ISOException", [
            "extends javacard.framework.CardRuntimeException", "public static void throwIt(short);"]),
        ("javacard.framework.Applet", [
            "public abstract class javacard.framework.Applet", "protected javacard.framework.Applet();",
            "protected final void register(byte[], short, byte)",
            "public abstract void process(javacard.framework.APDU);"]),
        ("uicc.toolkit.ToolkitInterface", [
            "public interface uicc.toolkit.ToolkitInterface extends javacard.framework.Shareable",
            "public abstract void processToolkit(short)"]),
        ("javacard.framework.AID", ["public final boolean equals(java.lang.Object);"]),
    ],
)  # fmt: skip
def test_a_stub_says_what_was_published(name: str, lines: list[str], stub_cache: Path) -> None:
    text = described(compiled_stubs(stubs_of(UICC), stub_cache), name)
    for line in lines:
        assert line in text


def test_constants_have_their_values(stub_cache: Path) -> None:
    folder = compiled_stubs(stubs_of(UICC), stub_cache)
    for package, name in (("javacard.framework", "ISO7816"), ("uicc.toolkit", "ToolkitConstants")):
        text = described(folder, f"{package}.{name}", "-constants")
        found = {word: int(value) for word, value in re.findall(r"(\w+) = (-?\d+);", text)}
        table = java_exports.load(package, UICC[package]).class_named(name)
        assert table is not None and found == {one.name: one.value for one in table.constants}


def test_constructors_that_nobody_may_call_stay_hidden(stub_cache: Path) -> None:
    folder = compiled_stubs(stubs_of(UICC), stub_cache)
    assert "framework.APDU();" not in described(folder, "javacard.framework.APDU")


@pytest.mark.parametrize(
    ("descriptor", "text"),
    [("B", "byte"), ("[S", "short[]"), ("[[I", "int[][]"), ("Ljavacard/framework/AID;", "javacard.framework.AID"),
     ("[Ljavacard/security/Signature$OneShot;", "javacard.security.Signature.OneShot[]")],
)  # fmt: skip
def test_types_as_the_language_writes_them(descriptor: str, text: str) -> None:
    assert java_type(descriptor) == text


def test_an_applet_compiles_against_them(stub_cache: Path, tmp_path: Path) -> None:
    compile_java([write(tmp_path, APPLET)], tmp_path, classpath=[compiled_stubs(stubs_of(UICC), stub_cache)])
    text = described(tmp_path, "org.example.menu.Menu", "-c")
    assert "initMenuEntry:([BSSBZBS)B" in text
    assert "sipush        27904" in text  # 6D00 is put in place


BROKEN = [
    ("view = 1;", r"Menu\.java:7: incompatible types: int cannot be converted to FileView", ""),
    ("nothing();", r"Menu\.java:7: cannot find symbol; symbol: method nothing\(\)", ""),
    ("UserException.throwIt((short) 1);", r"Menu\.java:7: unreported exception UserException", ""),
    ("javacard.security.MessageDigest.OneShot o;", r"Menu\.java:7: cannot find symbol; symbol: class OneShot", ""),
    ("javacardx.apdu.ExtendedLength x;", r"Menu\.java:7: package javacardx\.apdu does not exist", "manifest"),
]


@pytest.mark.parametrize(("code", "message", "hint"), BROKEN)
def test_the_compilers_errors_name_file_and_line(
    code: str, message: str, hint: str, stub_cache: Path, tmp_path: Path
) -> None:
    text = (
        "package org.example;\n\nimport javacard.framework.*;\nimport uicc.access.FileView;\n"
        f"public abstract class Menu {{\nFileView view; void run() {{\n{code}\n}} }}\n"
    )
    with pytest.raises(InputError, match=message) as caught:
        compile_java([write(tmp_path, text)], tmp_path, classpath=[compiled_stubs(stubs_of(UICC), stub_cache)])
    assert hint in caught.value.hint
    assert caught.value.place.endswith("Menu.java:7")


def test_several_errors_come_at_once(stub_cache: Path, tmp_path: Path) -> None:
    path = write(tmp_path, "class Menu {\nint a = true;\nint b = false;\n}\n")
    with pytest.raises(InputError) as caught:
        compile_java([path], tmp_path)
    assert [line.split(": ")[0].rpartition(":")[2] for line in str(caught.value).splitlines()] == ["2", "3"]


def test_without_a_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(InputError, match="no Java compiler") as caught:
        compile_java([], tmp_path)
    assert "default-jdk-headless" in caught.value.hint
