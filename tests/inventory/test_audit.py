"""The audit log: every kind of change to it is found, by whoever made it without the key."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from simtool.errors import AuthenticationError, InputError
from simtool.inventory.audit import Audit, head_of
from simtool.inventory.inventory import Inventory
from tests.inventory.conftest import WHO


def filled(inventory: Inventory, count: int = 6) -> None:
    for number in range(count):
        with inventory.act() as act:
            act.note("tested", f"subject {number}", "why")


def tampered(inventory: Inventory, *statements: str) -> Audit:
    with inventory.store.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    return inventory.verify_log()


def test_an_untouched_log(either: Inventory) -> None:
    filled(either)
    assert either.verify_log() == Audit(7, ())


MOVE = (
    "UPDATE audit SET seq = 99 WHERE seq = 3",
    "UPDATE audit SET seq = 3 WHERE seq = 4",
    "UPDATE audit SET seq = 4 WHERE seq = 99",
)
MAC = "UPDATE audit SET mac = (SELECT mac FROM audit WHERE seq = 2) WHERE seq = 3"
CLOSE_UP = "UPDATE audit SET seq = seq - 1 WHERE seq > 4"
TAMPERINGS = [
    # what, statements, what the report says
    ("changed who", ("UPDATE audit SET who = 'nobody' WHERE seq = 3",), "entry 3 was changed"),
    ("changed time", ("UPDATE audit SET time = '2020' WHERE seq = 7",), "entry 7 was changed"),
    ("changed mac", (MAC,), "entry 3 was changed"),
    ("gap", ("DELETE FROM audit WHERE seq = 4",), "entries 4 to 4 are missing"),
    ("gap closed up", ("DELETE FROM audit WHERE seq = 4", CLOSE_UP), "entry 4 was changed"),
    ("reordered", MOVE, "entry 3 was changed"),
    ("truncated", ("DELETE FROM audit WHERE seq > 5",), "the log ends at entry 5, its head says 7"),
    (
        "truncated with its head",
        (
            "DELETE FROM audit WHERE seq > 5",
            "UPDATE audit_head SET seq = 5, mac = (SELECT mac FROM audit WHERE seq = 5)",
        ),
        "the head was changed",
    ),
    (
        "added",
        ("INSERT INTO audit SELECT 8, time, who, place, act, subject, detail, mac FROM audit WHERE seq = 7",),
        "entry 8 was changed, moved or added",
    ),
    ("emptied", ("DELETE FROM audit",), "the log ends at entry 0, its head says 7"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "statements", "problem"), TAMPERINGS, ids=[row[0] for row in TAMPERINGS])
def test_tampering_is_found(inventory: Inventory, what: str, statements: tuple[str, ...], problem: str) -> None:
    filled(inventory)
    found = tampered(inventory, *statements)
    assert not found
    assert problem in "\n".join(found.problems)


def test_a_cut_with_an_old_head_is_found_by_the_witness(tmp_path: Path) -> None:
    """Somebody puts an earlier state of the whole database back, seal and all."""
    folder = tmp_path / "state"
    with Inventory.create(folder, who=WHO) as inventory:
        filled(inventory, 2)
        inventory.store.checkpoint()
        earlier = (folder / "inventory.db").read_bytes()
        filled(inventory, 3)
    assert not list(folder.glob("inventory.db-*"))
    (folder / "inventory.db").write_bytes(earlier)
    with Inventory.open(folder, who=WHO) as inventory:
        assert "the log ends at entry 3, but had reached 6" in inventory.verify_log().problems
        filled(inventory, 3)
        assert "entry 6 is not the one that was witnessed" in inventory.verify_log().problems


def test_nothing_is_added_behind_a_changed_head(inventory: Inventory) -> None:
    filled(inventory)
    tampered(inventory, "UPDATE audit_head SET seq = 3, mac = (SELECT mac FROM audit WHERE seq = 3)")
    with pytest.raises(AuthenticationError, match="head of the audit log was changed"):
        filled(inventory, 1)
    tampered_head = "DELETE FROM audit_head"
    with inventory.store.begin() as connection:
        connection.execute(text(tampered_head))
    with pytest.raises(AuthenticationError, match="was removed"):
        filled(inventory, 1)
    with pytest.raises(AuthenticationError, match="was removed"):
        inventory.close()


def test_what_fails_is_not_logged(inventory: Inventory) -> None:
    with pytest.raises(RuntimeError), inventory.act() as act:
        act.note("tested", "x")
        raise RuntimeError
    with inventory.store.read() as connection:
        assert head_of(connection)[0] == 1


def test_a_damaged_witness(inventory: Inventory) -> None:
    filled(inventory)
    inventory.close()
    (path,) = (inventory.folder / "audit").iterdir()
    path.write_text("scribble")
    with Inventory.open(inventory.folder) as again, pytest.raises(InputError, match="witness"):
        again.verify_log()
    path.unlink()
