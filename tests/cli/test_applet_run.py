"""`simtool applet run`, as the developer of an applet uses it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from simtool.cli.main import main
from simtool.codec.cap import ComponentTag
from simtool.files.product import load, names
from tests.harness.jcasm import assemble
from tests.harness.keyboard import PATIENCE, at_keyboard
from tests.softcard.applets import menu_applet, trouble_applet
from tests.softcard.applets.menu_applet import MENU
from tests.softcard.applets.phone_desk import MENU_WALK
from tests.softcard.applets.test_life import HELLO
from tests.softcard.applets.trouble_applet import NULL, OK, REFUSE, TROUBLE

PARAMETERS = menu_applet.PARAMETERS.hex()
WELL_KNOWN = "404142434445464748494a4b4c4d4e4f"
ABLE = [name for name in names() if (spec := load(name).global_platform) is not None and spec.api]
"""Products that run applets."""
TROUBLE_AID = TROUBLE.applets[0].hex().upper()
STATIC_METHOD, EXTERNAL = 6, 0x80
"""A tag of the constant pool, and the mark of another package in a reference (JCVM §6.8)."""


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with CAP files, and the program in it."""
    for name, made in (("menu", MENU), ("trouble", TROUBLE), ("hello", HELLO)):
        (tmp_path / f"{name}.cap").write_bytes(made.jar)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str | Path, typed: str = "") -> Result:
    return CliRunner().invoke(main, ["applet", "run", *map(str, words)], input=typed)


def value(*words: str | Path, typed: str = "") -> Any:
    return json.loads(run(*words, "--json", typed=typed).stdout)


def test_a_walk(files: Path) -> None:
    """The phone's verdict, coverage of each method by name, memory, the longest run."""
    result = run("menu.cap", "--parameters", PARAMETERS, "--walk", MENU_WALK)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == f"{MENU_WALK}: 23 steps, all good"
    covered = {line.split()[3].partition("@")[0]: line.split()[:3] for line in lines[3:-1]}
    assert covered["A0000000559601.processToolkit(S)V"] == ["78", "of", "78"]
    assert covered["A0000000559601.process(Ljavacard/framework/APDU;)V"][0] == "0"
    assert lines[-1].startswith(f"code {len(MENU.block)} bytes, heap ")
    assert lines[-1].endswith("byte codes")


def test_a_walk_as_json(files: Path) -> None:
    told = value("menu.cap", "--parameters", PARAMETERS, "--walk", MENU_WALK, "--screens", "album")
    assert (told["installed"], told["phone"]["passed"], told["uncaught"]) == (True, True, [])
    assert told["memory"]["code"] == len(MENU.block) and told["memory"]["heap"] > 100
    assert told["longest_run"] > 40
    assert [Path(one).name for one in told["pictures"] if one.endswith("svg")] == [
        f"{at:03}-{kind}.svg" for at, kind in enumerate(["idle", "menu", *["text", "idle"] * 4], start=1)
    ]
    texts = [(files / one).read_text() for one in told["pictures"] if one.endswith("text.svg")]
    assert ["1 times" in texts[0], "2 times" in texts[1], "Time is over" in texts[2]] == [True] * 3


def test_a_walk_that_does_not_fit(files: Path) -> None:
    (files / "walk.yaml").write_text("steps: [{choose: Count}, {expect: 7 times}]")
    result = run("menu.cap", "--parameters", PARAMETERS, "--walk", "walk.yaml")
    assert result.exit_code == 1
    assert "expected the text '7 times', the screen shows text: 1 times" in result.stdout


def test_by_hand() -> None:
    result = run("menu.cap", "--parameters", PARAMETERS, typed="menu\nCount\nok\nquit\n")
    assert result.exit_code == 0, result.output
    assert "│ 1 times " in result.stdout
    assert "longest run" in result.stdout


@pytest.mark.parametrize("leave", ["quit", "Ctrl-C"])
def test_at_the_keyboard(leave: str) -> None:
    """However the phone is left, the report follows."""
    with at_keyboard("applet", "run", "menu.cap", "--parameters", PARAMETERS, "--speed", "60") as person:
        person.until("? lists what can be typed, quit leaves")
        person.type("Count")
        person.until("│ 1 times")
        person.type("")
        person.until("· · ·")
        person.type("Send")
        person.until("│ Time is over")  # ten seconds later by the phone's clock
        person.type("")
        person.until("· · ·")
        if leave == "quit":
            person.type("quit")
        else:
            person.interrupt()
        person.until("longest run")
        assert person.process.wait(PATIENCE) == 0


@pytest.mark.parametrize(
    ("ins", "answer", "code"),
    [(OK, "→ 9000", 0), (REFUSE, "→ 6A8F", 0), (0x77, "→ 6D00", 0), (NULL, "→ 6F00", 1)],
)
def test_commands(ins: int, answer: str, code: int) -> None:
    """An ISOException is an answer, with the place it came from; anything else that is not caught is a failure."""
    command = f"80{ins:02X}000000"
    result = run("trouble.cap", "--parameters", trouble_applet.PARAMETERS, "--no-phone", "--apdu", command)
    assert result.exit_code == code, result.output
    assert f"{command} {answer}" in result.stdout
    if ins != OK:
        assert "A0000000559701.process(Ljavacard/framework/APDU;)V@" in result.stdout.partition("executed")[0]
    if code:
        assert f"not caught in {TROUBLE_AID}: java/lang/NullPointerException\n" in result.stdout


def test_data_of_an_answer() -> None:
    told = value("hello.cap", "--no-phone", "--apdu", "8000000005")
    assert [(one["data"], one["sw"]) for one in told["answers"]] == [("", "9000"), (b"Hello".hex().upper(), "9000")]


def test_install_that_throws() -> None:
    """The reason is the applet's own, and the place in `install` where it came from."""
    words = ("trouble.cap", "--parameters", trouble_applet.FAILING_PARAMETERS, "--no-phone")
    result = run(*words)
    assert result.exit_code == 1
    first, second, third, *_ = result.stdout.splitlines()
    assert first == "not installed: the card answered 6A8A"
    assert second == f"not caught in {TROUBLE_AID}: javacard/framework/ISOException 6A8A"
    assert third.startswith("    A0000000559701.install([BSB)V@")
    assert third.endswith("invokestatic javacard/framework/ISOException.throwIt(S)V")
    told = value(*words)
    assert (told["installed"], told["uncaught"][0]["what"]) == (False, "javacard/framework/ISOException 6A8A")
    assert told["uncaught"][0]["at"][0]["offset"] > 0
    assert told["memory"]["code"] == len(TROUBLE.block)


def test_toolkit_parameters_forgotten() -> None:
    """The first mistake that everybody makes."""
    result = run("menu.cap", "--no-phone")
    assert result.exit_code == 1
    assert "warning: toolkit: the package imports uicc.toolkit, but there are no toolkit parameters" in result.stdout
    assert "uicc/toolkit/ToolkitException 0005 REGISTRY_ERROR\n" in result.stdout
    assert "invokestatic uicc/toolkit/ToolkitRegistrySystem.getEntry()" in result.stdout


def test_install_without_register(files: Path) -> None:
    quiet = assemble("""
        .package com/example/quiet A0000000559401 1.0
        .import javacard.framework 1.0
        .applet A000000055940101 Quiet
        .class public Quiet extends Applet
        .method public static install([BSB)V
            return
        .end
        .method public process(LAPDU;)V
            return
        .end
        """)
    (files / "quiet.cap").write_bytes(quiet.jar)
    result = run("quiet.cap", "--no-phone")
    assert result.exit_code == 1
    assert "A000000055940101 did not register an applet as A000000055940101" in result.stdout


def test_exceptions_in_the_toolkit(files: Path) -> None:
    (files / "walk.yaml").write_text("steps: [{choose: 'Null'}, {choose: Loop}, {choose: Text}, {expect: Fine}]")
    words = ("trouble.cap", "--parameters", trouble_applet.PARAMETERS, "--walk", "walk.yaml", "--limit", "1000")
    result = run(*words)
    assert result.exit_code == 1
    assert "4 steps, all good" in result.stdout
    told = value(*words)
    assert [one["what"] for one in told["uncaught"]] == ["java/lang/NullPointerException", "the applet runs too long"]
    place = told["uncaught"][0]["at"][0]
    assert place["method"].startswith("A0000000559701.processToolkit(S)V@")
    header, before = 2, 2  # bytes of the method's header, and of aconst_null and sconst_0
    label = TROUBLE.labels["Trouble.processToolkit:Null"] - TROUBLE.offsets["Trouble.processToolkit"]
    assert place["offset"] == label - header + before
    assert place["instruction"] == "baload"


def test_an_exception_after_an_answer_of_the_terminal(files: Path) -> None:
    """The run slept while the text was on the screen; the calls it came through are all there."""
    (files / "walk.yaml").write_text("steps: [{choose: Late}, {expect: Fine}, {press: ok}, {choose: Late}]")
    told = value("trouble.cap", "--parameters", trouble_applet.PARAMETERS, "--walk", "walk.yaml")
    (one,) = told["uncaught"]
    assert one["what"] == "java/lang/NullPointerException"
    assert [at["instruction"].split()[0] for at in one["at"]] == ["baload", "invokespecial"]
    assert one["at"][1]["method"].startswith("A0000000559701.processToolkit(S)V@")


def test_a_package_that_does_not_fit(files: Path) -> None:
    """Refused while it is loaded: the card says why, which a card of plastic does not."""
    pool = HELLO.bodies[ComponentTag.CONSTANT_POOL]
    at = next(at for at in range(2, len(pool), 4) if pool[at] == STATIC_METHOD and pool[at + 1] & EXTERNAL)
    broken = HELLO.patched(ComponentTag.CONSTANT_POOL, at + 3, b"\xee")  # a token that no method has
    (files / "broken.cap").write_bytes(broken.jar)
    result = run("broken.cap", "--no-phone")
    assert result.exit_code == 1, result.output
    assert result.stdout.splitlines()[0] == "not installed: the card answered 6A80"
    assert "the package does not fit this card: " in result.stdout
    assert f"code {len(broken.block)} bytes" in result.stdout


def test_an_import_that_the_card_has_not() -> None:
    newer = assemble("""
        .package com/example/newer A0000000559301 1.0
        .import javacard.framework 1.6
        .class public Newer
        """)
    Path("newer.cap").write_bytes(newer.jar)
    result = run("newer.cap", "--product", "sysmoUSIM-SJS1", "--no-phone")
    assert result.exit_code == 1
    assert "imports javacard.framework 1.6: another version, sysmoUSIM-SJS1 has 1." in result.stdout


@pytest.mark.parametrize("product", ABLE)
def test_every_product_that_runs_applets(product: str, files: Path) -> None:
    """Their keys are those that they are delivered with, wherever they keep them."""
    (files / "walk.yaml").write_text("steps: [{choose: Count}, {expect: 1 times}]")
    result = run("menu.cap", "--parameters", PARAMETERS, "--product", product, "--walk", "walk.yaml")
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("product", ["sysmoUSIM-GR1", "no-such-card"])
def test_products_that_do_not(product: str) -> None:
    result = run("menu.cap", "--product", product)
    assert result.exit_code == 1
    assert product in result.stderr
    assert f"next:  products that run applets: {', '.join(ABLE)}\n" in result.stderr


def test_several_packages(files: Path) -> None:
    """A wish in YAML has instances with AIDs and parameters of their own;"""
    (files / "wish.yaml").write_text(f"""packages:
- cap: trouble.cap
  applets: [{{instance: {trouble_applet.INSTANCE.hex()}, parameters: {trouble_applet.PARAMETERS}}}]
- cap: menu.cap
  applets: [{{instance: {menu_applet.INSTANCE.hex()}, parameters: {PARAMETERS}}}]
""")
    (files / "walk.yaml").write_text(
        "steps: [{press: menu}, {expect: {items: ['Null', Loop, Text, Late, Asks, Count, Send]}}, "
        "{choose: Count}, {expect: 1}]"
    )
    result = run("wish.yaml", "--walk", "walk.yaml", "--library", "hello.cap")
    assert result.exit_code == 0, result.output
    assert f"code {len(MENU.block) + len(TROUBLE.block) + len(HELLO.block)} bytes" in result.stdout


LIBRARY = assemble("""
    .package com/example/library A0000000559201 1.0
    .export
    .class public Answers
    .method public static word()S
        sspush 0x6A01
        sreturn
    .end
    """)
USER = assemble(
    """
    .package com/example/user A0000000559202 1.0
    .import javacard.framework 1.0
    .import com/example/library 1.0
    .applet A000000055920201 User
    .class public User extends Applet
    .method public static install([BSB)V
        new User
        dup
        invokespecial User.<init>()V
        invokevirtual Applet.register()V
        return
    .end
    .method <init>()V
        aload_0
        invokespecial super.<init>()V
        return
    .end
    .method public process(LAPDU;)V
        aload_0
        invokevirtual Applet.selectingApplet()Z
        ifne Done
        invokestatic Answers.word()S
        invokestatic ISOException.throwIt(S)V
    Done: return
    .end
    """,
    imports=(LIBRARY.export,),
)


def test_a_library(files: Path) -> None:
    (files / "library.cap").write_bytes(LIBRARY.jar)
    (files / "user.cap").write_bytes(USER.jar)
    alone = run("user.cap", "--no-phone")
    assert alone.exit_code == 1 and "A0000000559201" in alone.output
    told = value("user.cap", "--library", "library.cap", "--no-phone", "--apdu", "80000000")
    assert told["answers"][1]["sw"] == "6A01"
    assert [one["executed"] for one in told["coverage"] if one["method"].startswith("A0000000559201")] == [2]


def test_the_trace_of_the_code(files: Path) -> None:
    result = run("hello.cap", "--no-phone", "--apdu", "8000000005", "--trace-code", "code.txt")
    assert result.exit_code == 0, result.output
    lines = (files / "code.txt").read_text().splitlines()
    name, offset, instruction, *_ = lines[0].split()
    assert (name.partition("@")[0], offset, instruction) == ("A000000055980101.install([BSB)V", "0", "new")
    assert any("invokevirtual javacard/framework/APDU.setOutgoingAndSend(SS)V [" in line for line in lines)
    unwritable = run("hello.cap", "--no-phone", "--trace-code", "no/such/folder.txt")
    assert unwritable.exit_code == 1 and "no/such/folder.txt: No such file" in unwritable.stderr


def test_what_is_typed_wrong(files: Path) -> None:
    assert "--apdu" in run("hello.cap", "--apdu", "80").stderr
    assert run("hello.cap", "--apdu", "zz").exit_code == 1
    assert run("hello.cap", "--parameters", "C9").exit_code == 1
    (files / "library.cap").write_bytes(LIBRARY.jar)
    assert "there is no applet to send commands to" in run("library.cap", "--apdu", "80000000").stderr
    (files / "text.cap").write_text("not a CAP file")
    assert run("text.cap").exit_code == 1
    assert run("missing.cap").exit_code == 1


def test_params_is_short_for_parameters(files: Path) -> None:
    assert run("hello.cap", "--params", "C9", "--no-phone").exit_code == 1
    assert run("hello.cap", "--params", "C900", "--no-phone").exit_code == 0


def test_start_up_stays_fast() -> None:
    """The program's help loads neither the machine nor the phone."""
    script = "import sys; import simtool.cli.main; print([n for n in sys.modules if 'jcvm' in n or 'handset' in n])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("product", "keys"),
    [
        ("generic-usim", f"version: 48, cipher: aes, enc: {WELL_KNOWN}, mac: {WELL_KNOWN}, dek: {WELL_KNOWN}"),
        (
            "sysmoISIM-SJA5",  # those of the published test card, in its EF.0348_KEY
            "version: 112, cipher: des, enc: 51d4fc44bcba7c4589dfada3297720af, mac: 0449699c472ce71e2fb7b56245ef7684, "
            "dek: ffb53e96e5ff99731d51ad7beafd0e23",
        ),
    ],
)
def test_on_a_card_that_stays(product: str, keys: str, files: Path) -> None:
    """The other way: `applet install` onto a software card with a state file, then `phone`, then `applet plan`."""
    reader = f"soft:{product},state={files / 'card'}"
    (files / "keys.yaml").touch(0o600)
    (files / "keys.yaml").write_text(f"key_sets: [{{{keys}}}]")
    (files / "wish.yaml").write_text(
        "packages:\n- cap: menu.cap\n"
        f"  applets: [{{instance: {menu_applet.INSTANCE.hex()}, parameters: {PARAMETERS}}}]\n"
    )
    common = ("--reader", reader, "--key-file", "keys.yaml")
    installed = CliRunner().invoke(main, ["applet", "install", "wish.yaml", *common])
    assert installed.exit_code == 0, installed.output
    walked = CliRunner().invoke(main, ["phone", "--reader", reader, "--walk", str(MENU_WALK)])
    assert walked.exit_code == 0, walked.output
    again = CliRunner().invoke(main, ["applet", "plan", "wish.yaml", *common])
    assert (again.exit_code, again.stdout) == (0, "nothing to do: the card has it all\n")
