"""The people at a station: their roles and PINs.

A PIN is kept as scrypt (RFC 7914) of it under a salt of its own, and an HMAC of that under a key of the vault: whoever
has only the database cannot even try PINs. Every try is counted before it is looked at, so that neither many at a time
nor a process killed in the middle make tries free. Names of nobody are answered alike, count alike and take as long.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from simtool.crypto.secret import Secret
from simtool.errors import InputError, RefusedError
from simtool.inventory import tables
from simtool.inventory.held import now_of
from simtool.inventory.inventory import Act, Inventory

NAME = re.compile(r"[^\W_][\w .'’-]{0,39}")
PIN_SHORTEST, PIN_LONGEST = 6, 128
COMMON = frozenset(("112233", "123321", "121314", "102030", "147258", "147852", "159753", "password", "passwort"))
SCRYPT_LOG_N, SCRYPT_R, SCRYPT_P = 15, 8, 1
SALT_LENGTH, HASH_LENGTH = 16, 32
PEPPER = "people"
"""The key of the vault; made with the first operator."""
FREE_TRIES = 5
LOCK_SECONDS, LOCK_LONGEST = 30.0, 3600.0
SHARED_PLACES = 4096
"""Names of nobody share so many counters: nobody fills the database with them."""


class Role(Enum):
    """An operator puts cards in; a supervisor also decides: first articles, stopped slots, quarantine."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True)
class Operator:
    """A person at a station. One who is not `active` does not get in."""

    name: str
    role: Role
    active: bool


def same_person(one: str, other: str) -> bool:
    """Whether two names are one person's: capitals, spaces and how accents are coded make no difference."""
    return _key(one) == _key(other)


def typed_pin(text: str) -> Secret:
    """A PIN as somebody typed it. Raises `InputError` for an empty one."""
    if not text:
        raise InputError("a PIN, please", field="PIN")
    return Secret(text.encode(), kind="pin")


def add_operator(inventory: Inventory, name: str, role: Role, pin: Secret) -> Operator:
    """Let a person in. Raises `InputError` for a name that exists or is none, and for a PIN that is easily guessed."""
    shown = " ".join(unicodedata.normalize("NFC", name).split())
    if NAME.fullmatch(shown) is None:
        raise InputError("a name has up to 40 letters, digits, spaces, dots and dashes", field="name")
    _check_new(shown, pin)
    with inventory.act() as act:
        inventory.store.lock_register(act.connection)
        if _row(act.connection, shown) is not None:
            raise InputError(f"there is an operator {shown} already", hint="simtool station operator list")
        row = {"key": _key(shown), "name": shown, "role": role.value, "active": True}
        act.connection.execute(insert(tables.operators).values(pin=_new_hash(inventory, act.connection, pin), **row))
        act.note("operator added", shown, role.value)
    return Operator(shown, role, True)


def set_pin(inventory: Inventory, name: str, pin: Secret) -> None:
    """Give a person another PIN, and end what wrong ones had locked. Raises `InputError`."""
    with inventory.act() as act:
        row = _found(act.connection, name)
        _check_new(row.name, pin)
        _change(act, row.key, pin=_new_hash(inventory, act.connection, pin))
        act.connection.execute(delete(tables.wrong_pins).where(tables.wrong_pins.c.key == row.key))
        act.note("operator's PIN changed", row.name)


def set_active(inventory: Inventory, name: str, active: bool) -> None:
    """Let a person in again, or no longer. Raises `InputError` for a name of nobody."""
    with inventory.act() as act:
        row = _found(act.connection, name)
        if bool(row.active) != active:
            _change(act, row.key, active=active)
            act.note("operator enabled" if active else "operator disabled", row.name)


def operators(inventory: Inventory) -> tuple[Operator, ...]:
    """Everybody, by name."""
    with inventory.store.read() as connection:
        rows = connection.execute(select(tables.operators).order_by(tables.operators.c.key))
        return tuple(_operator(row) for row in rows)


def check_pin(inventory: Inventory, name: str, pin: Secret) -> Operator:
    """The person whose PIN this is. Raises `RefusedError`, the same for a wrong name, PIN and a disabled person.

    From the fifth wrong PIN in a row on the name is locked, for a time that doubles up to an hour; the error says how
    long.
    """
    with inventory.act() as act:
        pepper = _pepper(inventory, act.connection)
        row = _row(act.connection, name)
        key = row.key if row is not None else _shared_place(pepper, name)
        locks = _count_try(inventory, act, key, row.name if row is not None else "")
    known = row.pin if row is not None else _nothing()
    fits = _fits(known, pepper, pin)
    if not (fits and row is not None and row.active):
        raise RefusedError("name or PIN is wrong", hint=_wait_hint(locks))
    with inventory.act() as act:
        act.connection.execute(delete(tables.wrong_pins).where(tables.wrong_pins.c.key == key))
        act.note("signed in", row.name, "which ended the lock" if locks else "")
    return _operator(row)


def _count_try(inventory: Inventory, act: Act, key: str, name: str) -> float:
    """Count a try as wrong before it is looked at; gives the seconds for which it locks the name if it is.

    Raises `RefusedError` while the name is locked.
    """
    table = tables.wrong_pins
    inventory.store.lock_register(act.connection)  # a first try has no row yet that could be locked
    query = select(table.c.tries, (table.c.locked_until - now_of(inventory)).label("left")).where(table.c.key == key)
    row = act.connection.execute(query).one_or_none()
    if row is not None and row.left is not None and row.left > 0:
        raise RefusedError("too many wrong PINs for this name", hint=_wait_hint(row.left))
    count = 1 if row is None else row.tries + 1
    seconds = 0.0 if count < FREE_TRIES else min(LOCK_LONGEST, LOCK_SECONDS * 2.0 ** (count - FREE_TRIES))
    values = {"tries": count, "locked_until": now_of(inventory) + seconds if seconds else None}
    if row is None:
        act.connection.execute(insert(table).values(key=key, **values))
    else:
        act.connection.execute(update(table).where(table.c.key == key).values(values))
    if seconds:
        act.note("PIN locked", name or "a name of nobody", f"{count} tries, {seconds:.0f} s")
    return seconds


def _wait_hint(seconds: float) -> str:
    if seconds <= 0:
        return "try again"
    whole = -int(-seconds // 1)
    return f"wait {whole} s" if whole < 120 else f"wait {-(-whole // 60)} minutes"


def _check_new(name: str, pin: Secret) -> None:
    """Raises `InputError` for a PIN that somebody would try first; it is not repeated."""
    try:
        text = pin.reveal().decode()
    except UnicodeDecodeError:
        text = ""
    folded = unicodedata.normalize("NFC", text).casefold()
    if not PIN_SHORTEST <= len(folded) <= PIN_LONGEST:
        raise InputError(f"a PIN has {PIN_SHORTEST} digits or more, or is a passphrase", field="PIN")
    if folded in COMMON or _key(name) == _key(text) or _is_pattern(folded):
        raise InputError("this PIN is one of those that are tried first", field="PIN", hint="choose another one")


def _is_pattern(text: str) -> bool:
    """One to three characters again and again, or each one next to the one before (0 comes after 9)."""
    if any(text == (text[:length] * len(text))[: len(text)] for length in (1, 2, 3)):
        return True
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return any(steps <= {step, -9 * step} for step in (1, -1))


def _new_hash(inventory: Inventory, connection: Connection, pin: Secret) -> str:
    salt = secrets.token_bytes(SALT_LENGTH)
    form = f"scrypt:{SCRYPT_LOG_N}:{SCRYPT_R}:{SCRYPT_P}"
    return f"{form}:{salt.hex()}:{_hash(form, salt, _pepper(inventory, connection), pin).hex()}"


def _fits(known: str, pepper: Secret, pin: Secret) -> bool:
    form, salt, expected = known.rsplit(":", 2)
    return hmac.compare_digest(_hash(form, bytes.fromhex(salt), pepper, pin), bytes.fromhex(expected))


def _hash(form: str, salt: bytes, pepper: Secret, pin: Secret) -> bytes:
    log_n, r, p = map(int, form.split(":")[1:])
    text = unicodedata.normalize("NFC", pin.reveal().decode(errors="replace")).encode()[: 4 * PIN_LONGEST]
    slow = hashlib.scrypt(text, salt=salt, n=1 << log_n, r=r, p=p, maxmem=256 * r << log_n, dklen=HASH_LENGTH)
    return hmac.digest(pepper.reveal(), slow, "sha256")


def _nothing() -> str:
    """A hash that nothing fits, to spend the same time on names of nobody."""
    return f"scrypt:{SCRYPT_LOG_N}:{SCRYPT_R}:{SCRYPT_P}:{bytes(SALT_LENGTH).hex()}:{secrets.token_hex(HASH_LENGTH)}"


def _pepper(inventory: Inventory, connection: Connection) -> Secret:
    """The key of the vault for PINs, made where it is missing. The caller's transaction writes."""
    table = tables.vault_keys
    query = select(table.c.name).where(table.c.name == PEPPER)
    if connection.execute(query).first() is None:
        inventory.store.lock_register(connection)  # somebody else may be making it
        if connection.execute(query).first() is None:
            return inventory.vault.make(connection, PEPPER)
    return inventory.vault.key(connection, PEPPER)


def _shared_place(pepper: Secret, name: str) -> str:
    mark = hmac.digest(pepper.reveal(), b"name of nobody " + _key(name).encode(), "sha256")
    return f"?{int.from_bytes(mark[:4]) % SHARED_PLACES}"


def _key(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _row(connection: Connection, name: str) -> Any:
    return connection.execute(select(tables.operators).where(tables.operators.c.key == _key(name))).one_or_none()


def _found(connection: Connection, name: str) -> Any:
    row = _row(connection, name)
    if row is None:
        raise InputError(f"there is no operator {name}", hint="simtool station operator list")
    return row


def _change(act: Act, key: str, **values: object) -> None:
    act.connection.execute(update(tables.operators).where(tables.operators.c.key == key).values(values))


def _operator(row: Any) -> Operator:
    return Operator(row.name, Role(row.role), bool(row.active))
