"""`EF.SPN name=Nordlicht`: what a person wants a file to hold, said in words, on top of what it holds now.

Three ways to say it: one value (`EF.HPPLMN 60`, `EF.LI [en, de]`), fields (`EF.SPN name=… show_plmn_at_home=no`; what
is not named stays), or bytes (`hex:01ff`). `blank` empties a file. Service tables take `+19 -27` and service names.
Values of keys and PINs are not set this way: they would stand in the shell's history.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

from simtool.errors import CodecError, EncodeError, InputError, RefusedError
from simtool.files import contents
from simtool.files.catalogue import service_table, service_tables
from simtool.files.path import FilePath
from simtool.files.product import CardModel
from simtool.perso.image import Content, Unit
from simtool.perso.source import parse_yaml
from simtool.perso.technician.show import RAW, is_secret

BLANK = "blank"
_YES, _NO = ("yes", "true", "on", "1"), ("no", "false", "off", "0")


def wanted_content(model: CardModel, unit: Unit, words: Sequence[str], now: Content | None) -> Content:
    """The content that `words` ask for; `now` is what the unit holds (None: not known).

    Raises `RefusedError` for files of keys, `InputError` for words that do not fit, naming the file.
    """
    spec = model.file(unit.path)
    if is_secret(spec):
        raise RefusedError(
            f"{unit.path} holds keys or PINs, which are not set by hand",
            hint="keys come from a record with simtool apply; PINs are changed with simtool card pin",
        )
    size = (spec.record_length if unit.record else spec.size) or 0
    if not words:
        raise InputError(f"{unit}: no value is given", hint="name=value, a value, hex:… or blank")
    current = contents.decode(unit.path, now.data) if now is not None and now.is_complete else None
    table = unit.path.name.removeprefix("EF.")
    try:
        if table in service_tables() and all(word[:1] in "+-" for word in words):
            return _services(unit.path, table, words, size)
        data = _encoded(unit.path, words, current, size)
    except CodecError as error:
        raise InputError(str(error), hint=error.hint or example(unit.path, current)) from error
    return Content.known(data)


def example(path: FilePath, current: Any) -> str:
    """How a value for this file is written, taken from what it holds."""
    if is_dataclass(current) and not isinstance(current, type):
        return f"fields are {', '.join(field.name for field in fields(current))}, as in {fields(current)[0].name}=…"
    if contents.coding_for(path) is None:
        return "the coding of this file is not known here: give hex:…"
    if isinstance(current, tuple):
        return "a list is written [one, two]"
    return "give a value, or hex:… for bytes"


def _encoded(path: FilePath, words: Sequence[str], current: Any, size: int) -> bytes:
    named = [word.partition("=") for word in words]
    is_fields = all(equals and name.isidentifier() for name, equals, _ in named)
    if is_fields and not words[0].startswith(RAW):
        return contents.encode(path, _with_fields(path, current, [(name, text) for name, _, text in named]), size=size)
    text = " ".join(words)
    if text == BLANK:
        return contents.encode(path, None, size=size)
    if text.startswith(RAW):
        return _bytes(path, text, size)
    if contents.coding_for(path) is None:
        raise EncodeError(f"{path}: the coding of this file is not known", hint="give its content as hex:…")
    return _first_that_fits(path, _readings(text), size)


def _bytes(path: FilePath, text: str, size: int) -> bytes:
    """Bytes given in hex have to be all of them: what the rest should be nobody said."""
    try:
        data = bytes.fromhex(text.removeprefix(RAW))
    except ValueError:
        raise EncodeError(f"{path}: not an even number of hex digits") from None
    if len(data) != size:
        raise EncodeError(f"{path} has {size} bytes here, {len(data)} are given", hint="give all bytes")
    return data


def _readings(text: str) -> list[Any]:
    """What a word can mean: a list or mapping in YAML's short form, else text, else a number."""
    if text[:1] in ("[", "{"):
        return [_plain_yaml(text)]
    number = [int(text)] if text.isascii() and text.isdecimal() else []
    return [text, *number]


def _first_that_fits(path: FilePath, readings: Sequence[Any], size: int) -> bytes:
    failure: CodecError | None = None
    for reading in readings:
        try:
            return contents.encode(path, reading, size=size)
        except CodecError as error:
            failure = failure or error
        except (TypeError, ValueError, AttributeError):
            failure = failure or EncodeError(f"{path}: a value of another kind is needed")
    raise failure or EncodeError(f"{path}: no value")


def _plain_yaml(text: str) -> Any:
    """YAML's short form, with whole numbers as numbers (but 001 as text)."""

    def typed(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: typed(item) for key, item in value.items()}
        if isinstance(value, list):
            return [typed(item) for item in value]
        whole = isinstance(value, str) and value.isascii() and value.isdecimal() and str(int(value)) == value
        return int(value) if whole else value

    return typed(parse_yaml(text, "value").value)


def _with_fields(path: FilePath, current: Any, given: Sequence[tuple[str, str]]) -> Any:
    """The current value with these fields changed. A blank file starts from nothing."""
    if not is_dataclass(current) or isinstance(current, type):
        if current is None:
            return {name: _loose(text) for name, text in given}
        raise EncodeError(f"{path} has no fields", hint="give one value")
    hints = typing.get_type_hints(type(current))
    known = [field.name for field in fields(current)]
    if unknown := [name for name, _ in given if name not in known]:
        raise EncodeError(f"{path}: no field {', '.join(unknown)}", hint=f"fields are {', '.join(known)}")
    return replace(current, **{name: _typed(name, text, hints[name]) for name, text in given})


def _typed(name: str, text: str, hint: Any) -> Any:
    """Text as the type of a field."""
    kinds = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if text in ("", BLANK, "none") and types.NoneType in kinds:
        return None
    if bool in kinds:
        if text.lower() in (*_YES, *_NO):
            return text.lower() in _YES
        raise EncodeError(f"{name}: yes or no is needed")
    if int in kinds and text.isascii() and text.removeprefix("-").isdecimal():
        return int(text)
    if str in kinds:
        return text
    if int in kinds:
        raise EncodeError(f"{name}: a whole number is needed")
    value = _plain_yaml(text)
    return tuple(value) if isinstance(value, list) else value


def _loose(text: str) -> Any:
    if text.lower() in ("yes", "true", "no", "false"):
        return text.lower() in _YES
    return _plain_yaml(text)


def _services(path: FilePath, table: str, words: Sequence[str], size: int) -> Content:
    """Only the bits of the services named: on with +, off with -."""
    services = service_table(table)
    data, mask = bytearray(size), bytearray(size)
    for word in words:
        number = services.number(word[1:])
        first = (number - 1) * services.bits
        if first // 8 >= size:
            raise EncodeError(f"{path} ends before service {number}")
        bits = (1 << services.bits) - 1 << first % 8
        mask[first // 8] |= bits
        data[first // 8] = data[first // 8] & ~bits & 0xFF | (bits if word[0] == "+" else 0)
    return Content(bytes(data), bytes(mask))
