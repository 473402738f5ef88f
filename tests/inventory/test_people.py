"""Operators and their PINs: who gets in, who waits, and what a thief of the database or the log's reader learns."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.crypto.secret import Secret
from simtool.errors import InputError, RefusedError
from simtool.inventory import people
from simtool.inventory.audit import recent
from simtool.inventory.inventory import Inventory
from simtool.inventory.people import Operator, Role, add_operator, check_pin, operators, set_active, set_pin
from tests.inventory.conftest import WHO

ROOT = Path(__file__).resolve().parents[2]
PIN = "394817"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "SCRYPT_LOG_N", 4)


def pin(text: str = PIN) -> Secret:
    return Secret(text.encode(), "pin")


@pytest.fixture
def staffed(either: Inventory) -> Inventory:
    add_operator(either, "Ann Müller", Role.OPERATOR, pin())
    add_operator(either, "Bo", Role.SUPERVISOR, pin("a quiet passphrase"))
    return either


def refused(inventory: Inventory, name: str, text: str) -> tuple[str, str]:
    with pytest.raises(RefusedError) as raised:
        check_pin(inventory, name, pin(text))
    return str(raised.value), raised.value.hint


def seconds_pass(inventory: Inventory, seconds: int) -> None:
    with inventory.store.begin() as connection:
        connection.exec_driver_sql(f"UPDATE wrong_pins SET locked_until = locked_until - {seconds}")  # noqa: S608


def log(inventory: Inventory) -> list[tuple[str, str, str]]:
    with inventory.store.read() as connection:
        return [(entry.act, entry.subject, entry.detail) for entry in recent(connection)]


def test_people_get_in_with_their_own_pin(staffed: Inventory) -> None:
    ann, bo = Operator("Ann Müller", Role.OPERATOR, True), Operator("Bo", Role.SUPERVISOR, True)
    assert operators(staffed) == (ann, bo)
    for name in ("Ann Müller", " ann  MÜLLER ", "Ann Mu\u0308ller"):  # however the name is typed
        assert check_pin(staffed, name, pin()) == ann
    assert check_pin(staffed, "bo", pin("a quiet passphrase")) == bo
    assert refused(staffed, "Bo", PIN) == ("name or PIN is wrong", "try again")
    set_pin(staffed, "ann müller", pin("270591"))
    assert refused(staffed, "Ann Müller", PIN)[0] == "name or PIN is wrong"
    assert check_pin(staffed, "Ann Müller", pin("270591")) == ann
    set_active(staffed, "Ann Müller", False)
    assert refused(staffed, "Ann Müller", "270591") == ("name or PIN is wrong", "try again")
    set_active(staffed, "Ann Müller", False)  # a second time it changes nothing
    set_active(staffed, "Ann Müller", True)
    check_pin(staffed, "Ann Müller", pin("270591"))
    for act in (lambda: set_pin(staffed, "Cy", pin()), lambda: set_active(staffed, "Cy", True)):
        with pytest.raises(InputError, match="no operator Cy"):
            act()
    assert [row[0] for row in log(staffed)][::-1] == [
        "inventory made", "operator added", "operator added", *["signed in"] * 4, "operator's PIN changed", "signed in",
        "operator disabled", "operator enabled", "signed in",
    ]  # fmt: skip
    assert staffed.verify_log()


@pytest.mark.parametrize("name", ["Ann Müller", "Nobody"])
def test_wrong_pins_lock_a_name_whether_it_is_there_or_not(staffed: Inventory, name: str) -> None:
    wrong, locked = "name or PIN is wrong", "too many wrong PINs for this name"
    for _ in range(4):
        assert refused(staffed, name, "000001") == (wrong, "try again")
    assert refused(staffed, name, "000001") == (wrong, "wait 30 s")
    for text in ("000001", PIN):  # the right one is not even looked at
        assert refused(staffed, name, text) == (locked, "wait 30 s")
    waits = []
    for seconds in (30, 60, 120, 240, 480, 960, 1920, 3600):
        seconds_pass(staffed, seconds - 1)
        assert refused(staffed, name, PIN)[0] == locked
        seconds_pass(staffed, 2)
        said, hint = refused(staffed, name, "000001")
        assert said == wrong
        waits.append(hint)
    assert waits == ["wait 60 s", *[f"wait {minutes} minutes" for minutes in (2, 4, 8, 16, 32, 60, 60)]]
    shown = name if name == "Ann Müller" else "a name of nobody"  # what was typed as a name may be a PIN
    assert log(staffed)[0] == ("PIN locked", shown, "13 tries, 3600 s")
    assert len([row for row in log(staffed) if row[0] == "PIN locked"]) == 9


def test_the_right_pin_and_a_new_one_end_the_count(staffed: Inventory) -> None:
    for _ in range(3):
        for _ in range(4):
            refused(staffed, "Bo", "000001")
        check_pin(staffed, "Bo", pin("a quiet passphrase"))
    for _ in range(5):
        refused(staffed, "Bo", "000001")
    set_pin(staffed, "Bo", pin("another one"))
    assert check_pin(staffed, "Bo", pin("another one")).name == "Bo"
    assert refused(staffed, "Ann Müller", "000001")[1] == "try again"  # others were never concerned


def test_names_of_nobody_do_not_fill_the_database(staffed: Inventory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "SHARED_PLACES", 3)
    for number in range(12):
        with pytest.raises(RefusedError):
            check_pin(staffed, f"x{number}", pin())
    with staffed.store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM wrong_pins").scalar() in (1, 2, 3)


BAD_PINS = [
    "12345", "1", "000000", "777777", "123456", "654321", "234567", "890123", "210987", "121212", "123123", "112233",
    "abcdef", "aaaaaa", "Password", "ann müller", "ANN MÜLLER", "x" * 129,
]  # fmt: skip


@pytest.mark.parametrize("text", BAD_PINS)
def test_a_pin_that_is_tried_first_is_refused(inventory: Inventory, text: str) -> None:
    with pytest.raises(InputError) as raised:
        add_operator(inventory, "Ann Müller", Role.OPERATOR, pin(text))
    assert text not in str(raised.value) or len(text) == 1
    assert operators(inventory) == ()


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40))
def test_looking_at_a_pin_never_fails(text: str) -> None:
    try:
        people._check_new("Ann", pin(text))
    except InputError as error:
        assert error.field == "PIN"


@pytest.mark.parametrize("name", ["", " ", "?12", "x" * 41, "a\0b", "<b>", "a/b"])
def test_names_that_are_none(inventory: Inventory, name: str) -> None:
    with pytest.raises(InputError):
        add_operator(inventory, name, Role.OPERATOR, pin())


def test_a_name_is_there_once(staffed: Inventory) -> None:
    with pytest.raises(InputError, match="there is an operator"):
        add_operator(staffed, "ANN MÜLLER", Role.SUPERVISOR, pin())


def test_what_the_database_holds_of_a_pin(inventory: Inventory) -> None:
    """Without the vault's key not even the right PIN can be told from others; nothing of it is in any file."""
    for name in ("Ann", "Bo"):
        add_operator(inventory, name, Role.OPERATOR, pin())
    with inventory.store.begin() as connection:
        first, second = connection.exec_driver_sql("SELECT pin FROM operators").scalars()
        assert first.rsplit(":", 2)[1:] != second.rsplit(":", 2)[1:]
        key = inventory.vault.key(connection, people.PEPPER)
    assert people._fits(first, key, pin())
    assert not people._fits(first, Secret(bytes(32)), pin())
    inventory.close()
    for path in inventory.folder.rglob("*"):
        assert path.is_dir() or PIN.encode() not in path.read_bytes()


TRYING = """
import sys
from pathlib import Path
from simtool.crypto.secret import Secret
from simtool.errors import RefusedError
from simtool.inventory.inventory import Inventory
from simtool.inventory.people import check_pin
folder, url = sys.argv[1:]
with Inventory.open(Path(folder), url=url) as inventory:
    for number in range(5):
        try:
            check_pin(inventory, "Ann Müller", Secret(b"%06d" % number, "pin"))
        except RefusedError as error:
            print(error, flush=True)
"""


def test_many_at_a_time_have_no_more_tries(staffed: Inventory) -> None:
    command = [sys.executable, "-c", TRYING, str(staffed.folder), staffed.store.url]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = [line for process in running for line in process.communicate()[0].splitlines()]
    assert [process.returncode for process in running] == [0] * 4
    assert sorted(said) == ["name or PIN is wrong"] * 5 + ["too many wrong PINs for this name"] * 15
    assert staffed.verify_log()


def test_an_older_inventory_gets_the_key_with_its_first_operator(either: Inventory) -> None:
    with pytest.raises(RefusedError, match="name or PIN is wrong"):
        check_pin(either, "Ann", pin())
    add_operator(either, "Ann", Role.OPERATOR, pin())
    with Inventory.open(either.folder, url=either.store.url, who=WHO) as other:
        assert check_pin(other, "Ann", pin()).name == "Ann"
