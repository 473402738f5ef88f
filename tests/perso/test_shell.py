"""The shell's engine: lines in, text out; what it refuses, and that it never shows or spends what it should not."""

from __future__ import annotations

import pytest

from simtool.crypto.secret import Secret
from simtool.errors import InputError, RefusedError, StatusError, WrongPinError
from simtool.perso.record import parse_credential
from simtool.perso.technician.shell import Shell
from tests.perso.conftest import Bench


@pytest.fixture
def shell(bench: Bench) -> Shell:
    return Shell(bench.session, bench.model)


def with_answers(bench: Bench, *texts: str) -> tuple[Shell, list[str]]:
    """A shell whose user types these values; the list fills with the questions."""
    answers, questions = list(texts), list[str]()

    def ask(name: str, question: str) -> Secret:
        questions.append(question)
        return parse_credential(name, answers.pop(0))

    return Shell(bench.session, bench.model, ask=ask), questions


LINES = [
    # line, what the text says
    ("ls", "EF.ICCID"),
    ("ls ADF.ISIM", "EF.IMPI"),
    ("dir DF.TELECOM/DF.PHONEBOOK", "EF.PBR"),
    ("read EF.SPN", "name: Magic"),
    ("read 3f00/2fe2", "8949440000001155314"),
    ("read SPN ICCID", "8949440000001155314"),
    ("read EF.SMSP[2]", "MF/ADF.USIM/EF.SMSP"),
    ("read EF.USIM_AUTH_KEY", "needs ADM1"),
    ("select EF.SPN", "transparent, 17 bytes"),
    ("select ADF.USIM", "PINs: 01 off"),
    ("apdu 00a40004023f00", "done"),
    ("apdu 00 b2 01 04 00", "6986"),
    ("info", '"Magic"'),
    ("explain 6982", "access condition not met"),
    ("explain", "nothing was refused yet"),
    ("reset", "ATR 3b9f"),
    ("help", "verify PIN"),
    ("", ""),
    ("# a comment", ""),
]


@pytest.mark.parametrize(("line", "text"), LINES)
def test_lines(shell: Shell, line: str, text: str) -> None:
    assert text in shell.run(line)


REFUSED = [
    # line, kind of error, what it says
    ("frobnicate", InputError, "no command"),
    ("read", InputError, "read what"),
    ("read EF.NOWHERE", InputError, "has no file"),
    ("cd EF.SPN", InputError, "is a file"),
    ("verify", InputError, "usage"),
    ("verify ADM1", InputError, "needs ADM1"),
    ("update EF.SPN", InputError, "update what"),
    ("update EF.SPN name=Bo", InputError, "needs ADM1"),
    ("apdu zz", InputError, "no command in hex"),
    ("apdu 0020000108 3030303030303030", RefusedError, "VERIFY PIN"),
    ("apdu 80e4000002 4f00", RefusedError, "cannot be undone"),
    ("apdu 8082000000", RefusedError, "spend a try"),
    ('read "EF.SPN', InputError, "cannot be read"),
    ("explain nothing", InputError, "no status word"),
]


@pytest.mark.parametrize(("line", "kind", "text"), REFUSED)
def test_refused(shell: Shell, line: str, kind: type[Exception], text: str) -> None:
    with pytest.raises(kind, match=text):
        shell.run(line)


def test_moving_about(shell: Shell) -> None:
    assert shell.prompt == "sysmoISIM-SJA5 MF> "
    shell.run("cd ADF.USIM")
    shell.run("cd DF.5GS")
    assert str(shell.directory) == "MF/ADF.USIM/DF.5GS"
    assert "MF/ADF.USIM/DF.5GS/EF.OPL5G" in shell.run("read OPL5G[1]")
    shell.run("cd ..")
    assert str(shell.directory) == "MF/ADF.USIM"
    shell.run("cd")
    assert str(shell.directory) == "MF"
    shell.run("exit")
    assert shell.ended


def test_a_raw_command_does_not_mislead_what_follows(shell: Shell) -> None:
    shell.run("cd MF")
    shell.run("apdu 00a40004027f20")
    assert "8949440000001155314" in shell.run("read EF.ICCID")
    assert "MF/ADF.USIM/EF.SPN" in shell.run("read SPN")


def test_update_asks_once_and_reads_back(bench: Bench) -> None:
    shell, questions = with_answers(bench, "34173960")
    assert "read back" in shell.run("update EF.SPN name='Two words'")
    assert "nothing to change" in shell.run("update EF.SPN name='Two words'")
    assert "name: Two words" in shell.run("read EF.SPN")
    assert len(questions) == 1
    assert "check value" in shell.run("read EF.USIM_AUTH_KEY"), "what was given opens other files too"


def test_a_wrong_adm_is_forgotten_and_not_sent_again(bench: Bench) -> None:
    shell, _ = with_answers(bench, "99999999", "34173960")
    with pytest.raises(WrongPinError, match="2 tries left"):
        shell.run("verify ADM1")
    assert "3 tries" not in shell.run("explain")
    with pytest.raises(RefusedError, match="was not sent"):
        shell.run("verify ADM1")


def test_explain_knows_what_was_refused(shell: Shell) -> None:
    shell.run("select EF.IMSI")
    shell.run("apdu 00d6000001ff")
    text = shell.run("explain")
    assert "UPDATE BINARY" in text
    assert "6982" in text


def test_completion(shell: Shell) -> None:
    assert shell.complete("re") == ("read", "reset")
    assert shell.complete("upd") == ("update ",)
    assert shell.complete("cd ADF.U") == ("ADF.USIM/",)
    assert shell.complete("verify a") == ("ADM1", "ADM2")
    assert "EF.SPN" in shell.complete("read EF.SP")
    assert shell.complete("nonsense x") == ()


def test_status_errors_pass_through(bench: Bench, shell: Shell) -> None:
    bench.session.verify_pin(0x0A, b"34173960")
    bench.session.select_aid(bytes.fromhex("a0000000871002"))
    bench.session.select_path(bytes.fromhex("7fff6f46"))
    bench.session.deactivate_file()
    bench.session.reset()
    assert "deactivated" in shell.run("read EF.SPN")
    with pytest.raises(StatusError):
        bench.session.select_path(bytes.fromhex("7f99"))
