"""What the files of core networks have in common: keys as hex, and the SQN that the core shall use next.

All but OsmoHLR keep the SQN of the next vector, so that of a record is written one SEQ higher (TS 33.102 Annex C.1.1.2,
IND 0); read back, it is that SEQ.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

from simtool.batch.formats.card import ListedCard, ListedSubscription
from simtool.batch.formats.fields import SQN_DIGITS, card_of
from simtool.batch.formats.model import Reading
from simtool.crypto.sqn import DEFAULT_CONFIG, SQN_MAX, next_sqn
from simtool.errors import EncodeError, InputError
from simtool.perso.pysim.cells import is_digits
from simtool.perso.pysim.columns import Row

SQN_HEX_DIGITS = 12


def subscriber(card: ListedCard) -> ListedSubscription:
    """The one subscription of an entry. Raises `InputError` when there is none."""
    if not card.subscriptions:
        raise InputError("has no subscription", place=card.name)
    return card.subscriptions[0]


def ki(card: ListedCard) -> str:
    """Hex. Raises `InputError` when there is none."""
    k = subscriber(card).k
    if k is None:
        raise InputError("has no Ki", place=card.name)
    return k.reveal().hex()


def opc(card: ListedCard) -> str:
    """Hex. Raises `InputError` when there is none."""
    value = subscriber(card).opc
    if value is None:
        raise InputError("has no OPc", place=card.name)
    return value.reveal().hex()


def digits_of_msisdn(card: ListedCard) -> str:
    """Without the +; empty when there is none. Raises `InputError` when it is no number: it goes into commands."""
    digits = (subscriber(card).msisdn or "").lstrip("+")
    if digits and not is_digits(digits):
        raise InputError("its MSISDN is no number", place=card.name)
    return digits


def sqn_to_use(card: ListedCard) -> int:
    """The SQN of the core's first vector, IND 0. Raises `InputError` when the numbers are used up."""
    try:
        return next_sqn(subscriber(card).sqn, 0)
    except EncodeError as error:
        raise InputError(str(error), place=card.name) from error


def sqn_used(following: int) -> int:
    """The SQN before the one that a core will use."""
    return max(0, (following >> DEFAULT_CONFIG.ind_bits) - 1) << DEFAULT_CONFIG.ind_bits


def documents(source: TextIO, reading: Reading) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The JSON objects of a file with one on each line, each with its line."""
    for number, line in enumerate(source, start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            reading.problem(number, "is no JSON object; one is needed on each line")
            continue
        yield number, value


def commands(
    source: TextIO, reading: Reading, pattern: re.Pattern[str], form: str
) -> Iterator[tuple[int, re.Match[str]]]:
    """The lines of a script that are commands of this `pattern`; `form` says in words what they look like."""
    for number, line in enumerate(source, start=1):
        if not line.strip() or line.startswith(("#", "set ", "enable")):
            continue
        match = pattern.fullmatch(line)
        if match is None:
            reading.problem(number, f"is no line `{form}`")
            continue
        yield number, match


def dig(document: Mapping[str, Any], *path: str) -> str:
    """The text of a value inside; empty where there is none."""
    value: Any = document
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return "" if value is None or isinstance(value, dict | list) else str(value)


def core_card(number: int, cells: Mapping[str, str], reading: Reading, next_sqn_text: str = "") -> ListedCard | None:
    """The card of a core's entry. `next_sqn_text` is the SQN to use next, decimal."""
    place = f"{reading.name}:{number}"
    if next_sqn_text:
        if not is_digits(next_sqn_text) or len(next_sqn_text) > SQN_DIGITS or int(next_sqn_text) > SQN_MAX:
            reading.problem(number, "is no number of 48 bits", field="sqn")
            return None
        cells = {**cells, "sqn": str(sqn_used(int(next_sqn_text)))}
    return card_of(Row(place, cells, {}), reading)


def hex_to_decimal(text: str) -> str:
    """A number in hex as decimal; what is no hex comes back unchanged, to be told by who reads it."""
    try:
        return str(int(text, 16))
    except ValueError:
        return text or ""
