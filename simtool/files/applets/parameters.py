"""Parameters of an applet by name: their types and limits, and their coding to the bytes that the applet reads.

Each parameter is a data object with the tag that the manifest gives it: tag (one byte), length (80 and more as 81, 82),
value. Inside a record or list a value with a tag is a data object too; without a tag one of fixed size stands as it is,
any other behind its length. Numbers have their most significant byte first.

What the types are coded to:

=========  ================================================================================================
text       `coding`: `alpha` (TS 102 221 annex A, the default), `dcs` (04 or 08, then the text for DISPLAY TEXT:
           8 bit GSM alphabet, UCS2), `gsm`, `ucs2`, `utf8`, `ascii`; with `bytes` filled up with FF
texts      a text, or texts by language: per text two letters (0000: any language), length, text
ussd       a code for SEND USSD: 0F, then packed (TS 23.038 §6.1.2.3)
number     `bytes` (1); `least`, `most`
flag       01 or 00
choice     the number of a name in `values`; `bytes` (1)
set        several of them, as one number: the sum of their bits
hex        bytes; `least`, `most` (how many), or `bytes`
phone      type of number and plan, then digits swapped in pairs (TS 102 223 §8.1)
digits     digits swapped in pairs, F behind; `least`, `most` (how many), `bytes`
plmn       three bytes (TS 24.008 §10.5.1.13)
record     `fields`, one after the other; `one_of`: just one of these is there
list       `of` one type; `least`, `most` (how many)
table      rows with `columns`: a list of records, each of which may be written as a list
=========  ================================================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, field_validator, model_validator

from simtool.codec import tlv
from simtool.codec.dial_number import DialNumber
from simtool.codec.gsm7 import encode_gsm, in_gsm_alphabet, pack_ussd
from simtool.codec.identifiers import Plmn, pack_digits
from simtool.codec.text import encode_alpha, encode_ucs2
from simtool.errors import CodecError, EncodeError
from simtool.files.checked_yaml import Section
from simtool.files.marked_yaml import Location
from simtool.files.written_fields import parse_hex

CODINGS = ("alpha", "dcs", "gsm", "ucs2", "utf8", "ascii")
_DCS_8_BIT, _DCS_UCS2, _DCS_USSD = 0x04, 0x08, 0x0F
_ANY_LANGUAGE = b"\0\0"
_FILLING = 0xFF
_COMMON = {"type", "tag", "help", "default", "optional"}
_OPTIONS = {
    "text": {"coding", "bytes", "least", "most"},
    "texts": {"coding", "least", "most"},
    "ussd": set(),
    "number": {"bytes", "least", "most"},
    "flag": set(),
    "choice": {"bytes", "values"},
    "set": {"bytes", "values"},
    "hex": {"bytes", "least", "most"},
    "phone": set(),
    "digits": {"bytes", "least", "most"},
    "plmn": set(),
    "record": {"fields", "one_of"},
    "list": {"of", "least", "most"},
    "table": {"columns", "least", "most"},
}
TYPES = tuple(_OPTIONS)
_NEEDED = {"choice": ("values",), "set": ("values",), "record": ("fields",), "list": ("of",), "table": ("columns",)}


def _tag(value: Any) -> Any:
    if not isinstance(value, str | int) or isinstance(value, bool):
        return value
    raw = parse_hex(value)
    if len(raw) != 1 or raw[0] & 0x1F == 0x1F or not raw[0]:
        raise EncodeError("a tag of one byte is needed: two hex digits, not 00, the last five bits not all ones")
    return raw[0]


def _number(value: Any) -> Any:
    """A number as people write it: 12, 0x0C."""
    if isinstance(value, str):
        try:
            return int(value, 0 if value.lower().startswith("0x") else 10)
        except ValueError:
            raise EncodeError("a whole number is needed, such as 12 or 0x0C") from None
    return value


_Number = Annotated[int, BeforeValidator(_number)]


def _named(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


class Parameter(Section):
    """One parameter, field, column or named type. `type` is one of `TYPES`, or a name under the manifest's `types`."""

    type: str
    tag: Annotated[int | None, BeforeValidator(_tag)] = None
    help: str = ""
    default: Any = None
    """As it would be written in a profile; taken where nothing is."""
    optional: bool = False
    """May be left out without a default; the applet then finds nothing."""
    coding: str = CODINGS[0]
    bytes: _Number | None = None
    least: _Number | None = None
    most: _Number | None = None
    values: dict[str, _Number] = {}
    of: Annotated[Parameter | None, BeforeValidator(_named)] = None
    fields: dict[str, Annotated[Parameter, BeforeValidator(_named)]] = {}
    columns: dict[str, Annotated[Parameter, BeforeValidator(_named)]] = {}
    one_of: tuple[str, ...] = ()

    @field_validator("coding")
    @classmethod
    def _known_coding(cls, value: str) -> str:
        if value not in CODINGS:
            raise ValueError(f"{value} is no coding of texts; they are {', '.join(CODINGS)}")
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Parameter:
        for name in sorted(self.model_fields_set - _COMMON - _OPTIONS.get(self.type, set())):
            raise ValueError(f"{name} has no meaning for {self.type}")
        for name in _NEEDED.get(self.type, ()):
            if name not in self.model_fields_set:
                raise ValueError(f"{self.type} needs {name}")
        for name in self.one_of:
            if name not in self.fields:
                raise ValueError(f"one_of: there is no field {name}")
        if self.optional and self.has_default:
            raise ValueError("what has a default is never left out: take default or optional away")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError(f"least is {self.least}, more than most, {self.most}")
        return self

    @property
    def has_default(self) -> bool:
        return "default" in self.model_fields_set

    @property
    def members(self) -> Mapping[str, Parameter]:
        """The fields of a record, the columns of a table."""
        return self.columns if self.type == "table" else self.fields


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a value: where it stands, counted from the parameters, and why."""

    location: Location
    reason: str

    def __str__(self) -> str:
        where = ".".join(map(str, self.location))
        return f"{where}: {self.reason}" if where else self.reason


class Coder:
    """Codes values; what is wrong is collected in `problems`."""

    def __init__(self, types: Mapping[str, Parameter]) -> None:
        self._types = types
        self.problems: list[Problem] = []

    def resolve(self, parameter: Parameter) -> Parameter:
        """The built-in type behind named ones; tag, default and optional are those of the place."""
        seen = set()
        kind = parameter
        while kind.type not in _OPTIONS:
            if kind.type in seen or kind.type not in self._types:
                raise EncodeError(f"there is no type {kind.type}")
            seen.add(kind.type)
            kind = self._types[kind.type]
        return kind

    def members(self, parameters: Mapping[str, Parameter], values: Any, at: Location, one_of: tuple[str, ...]) -> bytes:
        """Named values one after the other, in the order in which they are declared."""
        if not isinstance(values, Mapping):
            self._wrong(at, f"names and values are needed: {', '.join(parameters)}")
            return b""
        for name in values:
            if name not in parameters:
                self._wrong((*at, str(name)), f"there is no such parameter; they are {', '.join(parameters)}")
        chosen = [name for name in one_of if values.get(name) is not None]
        if one_of and len(chosen) != 1:
            what = f"not {' and '.join(chosen)} together" if chosen else "none is there"
            self._wrong(at, f"just one of {', '.join(one_of)} is needed: {what}")
        raw = b""
        for name, parameter in parameters.items():
            value = values.get(name)
            if value is None and parameter.has_default:
                value = parameter.default
            if value is not None:
                raw += self.framed(parameter, value, (*at, name))
            elif not parameter.optional and name not in one_of:
                self._wrong((*at, name), "is missing")
        return raw

    def framed(self, parameter: Parameter, value: Any, at: Location) -> bytes:
        """A value with what tells where it ends."""
        raw = self._value(self.resolve(parameter), value, at)
        if parameter.tag is not None:
            return tlv.encode(parameter.tag, raw)
        return raw if self.size(parameter) is not None else tlv.encode_length(len(raw)) + raw

    def size(self, parameter: Parameter, within: tuple[str, ...] = ()) -> int | None:
        """How many bytes every value of this type has; None where that depends on the value."""
        if parameter.type in within:
            return None
        kind = self.resolve(parameter)
        match kind.type:
            case "number" | "choice" | "set":
                return kind.bytes or 1
            case "flag":
                return 1
            case "plmn":
                return 3
            case "text" | "hex" | "digits":
                return kind.bytes
            case "record":
                sizes = [self._part(one, (*within, parameter.type)) for one in kind.fields.values()]
                known = [one for one in sizes if one is not None]
                return sum(known) if len(known) == len(sizes) and not kind.one_of else None
        return None

    def _part(self, parameter: Parameter, within: tuple[str, ...]) -> int | None:
        return None if parameter.optional or parameter.tag is not None else self.size(parameter, within)

    def _wrong(self, at: Location, reason: str) -> None:
        self.problems.append(Problem(at, reason))

    def _value(self, kind: Parameter, value: Any, at: Location) -> bytes:
        match kind.type:
            case "record":
                if isinstance(value, list):
                    value = self._row(kind, value, at)
                return self.members(kind.fields, value, at, kind.one_of)
            case "list" | "table":
                return self._items(kind, value, at)
            case "texts" if isinstance(value, Mapping):
                return b"".join(self._language(kind, str(name), one, (*at, name)) for name, one in value.items())
            case "texts":
                return _ANY_LANGUAGE + self._lv(self._simple(kind, value, at))
        return self._simple(kind, value, at)

    def _items(self, kind: Parameter, value: Any, at: Location) -> bytes:
        if not isinstance(value, list):
            self._wrong(at, "a list is needed")
            return b""
        item = kind.of or Parameter(type="record", fields=dict(kind.columns))
        self._count(kind, len(value), "entries", at)
        return b"".join(self.framed(item, one, (*at, number)) for number, one in enumerate(value))

    def _row(self, kind: Parameter, row: list[Any], at: Location) -> dict[str, Any]:
        if len(row) > len(kind.fields):
            self._wrong(at, f"{len(row)} values for {len(kind.fields)} columns")
        return dict(zip(kind.fields, row, strict=False))

    def _language(self, kind: Parameter, name: str, value: Any, at: Location) -> bytes:
        if len(name) != 2 or not (name.isascii() and name.isalpha()):
            self._wrong(at, "a language is two letters (ISO 639-1)")
            return b""
        return name.lower().encode() + self._lv(self._simple(kind, value, at))

    def _lv(self, raw: bytes) -> bytes:
        return tlv.encode_length(len(raw)) + raw

    def _simple(self, kind: Parameter, value: Any, at: Location) -> bytes:
        try:
            raw = _SIMPLE[kind.type](kind, value)
        except CodecError as error:
            self._wrong(at, str(error))
            return b""
        if kind.type in ("text", "texts", "hex"):
            self._count(kind, len(raw), "bytes", at)
        return raw

    def _count(self, kind: Parameter, count: int, what: str, at: Location) -> None:
        if kind.most is not None and count > kind.most:
            self._wrong(at, f"{count} {what}, there may be {kind.most}")
        if kind.least is not None and count < kind.least:
            self._wrong(at, f"{count} {what}, there have to be {kind.least}")


def problems_of_types(parameters: Mapping[str, Parameter], types: Mapping[str, Parameter]) -> Iterator[Problem]:
    """What is wrong with the declarations themselves: unknown types, tags given twice, defaults that do not fit.

    Locations start at `parameters` or `types`.
    """
    for name, one in types.items():
        if name in _OPTIONS:
            yield Problem(("types", name), "this is the name of a type that is built in")
        yield from _problems(one, types, ("types", name), top=False)
    yield from _tags(parameters, ("parameters",))
    for name, one in parameters.items():
        yield from _problems(one, types, ("parameters", name), top=True)


def _problems(one: Parameter, types: Mapping[str, Parameter], at: Location, *, top: bool) -> Iterator[Problem]:
    coder = Coder(types)
    if top and one.tag is None:
        yield Problem(at, "a parameter needs a tag")
    try:
        coder.resolve(one)
    except EncodeError as error:
        yield Problem((*at, "type"), f"{error}; there are {', '.join((*TYPES, *types))}")
        return
    if one.has_default and one.default is not None:
        coder.framed(one, one.default, ())
        yield from (Problem((*at, "default", *found.location), found.reason) for found in coder.problems)
    yield from _tags(one.members, at)
    inside = "columns" if one.type == "table" else "fields"
    for name, member in one.members.items():
        where = (*at, inside, name)
        if member.tag is None and (member.optional or name in one.one_of):
            yield Problem(where, "what may be left out needs a tag")
        yield from _problems(member, types, where, top=False)
    if one.of is not None:
        yield from _problems(one.of, types, (*at, "of"), top=False)


def _tags(parameters: Mapping[str, Parameter], at: Location) -> Iterator[Problem]:
    taken: dict[int, str] = {}
    for name, one in parameters.items():
        if one.tag is None:
            continue
        if one.tag in taken:
            yield Problem((*at, name), f"tag {one.tag:02X} is that of {taken[one.tag]} already")
        taken.setdefault(one.tag, name)


def _text(kind: Parameter, value: Any) -> bytes:
    text = _string(value)
    match kind.coding:
        case "alpha":
            raw = encode_alpha(text)
        case "dcs" if in_gsm_alphabet(text):
            raw = bytes((_DCS_8_BIT,)) + encode_gsm(text)
        case "dcs":
            raw = bytes((_DCS_UCS2,)) + encode_ucs2(text)
        case "gsm":
            raw = encode_gsm(text)
        case "ucs2":
            raw = encode_ucs2(text)
        case other:
            try:
                raw = text.encode(other)
            except UnicodeEncodeError:
                raise EncodeError(f"{text!r} has characters that are not in {other}") from None
    return _filled(kind, raw, repr(text))


def _string(value: Any) -> str:
    if isinstance(value, bool):
        raise EncodeError("a text is needed: put it in quotes")
    if not isinstance(value, str | int):
        raise EncodeError("a text is needed")
    return str(value)


def _filled(kind: Parameter, raw: bytes, what: str) -> bytes:
    if kind.bytes is None:
        return raw
    if len(raw) > kind.bytes:
        raise EncodeError(f"{what} takes {len(raw)} bytes, there is room for {kind.bytes}")
    return raw.ljust(kind.bytes, bytes((_FILLING,)))


def _ussd(kind: Parameter, value: Any) -> bytes:
    return bytes((_DCS_USSD,)) + pack_ussd(encode_gsm(_string(value)))


def _whole(kind: Parameter, value: Any) -> bytes:
    number = _number(value)
    if not isinstance(number, int) or isinstance(number, bool):
        raise EncodeError("a whole number is needed, such as 12 or 0x0C")
    size = kind.bytes or 1
    least = 0 if kind.least is None else kind.least
    most = (1 << 8 * size) - 1 if kind.most is None else kind.most
    if not least <= number <= most:
        raise EncodeError(f"{number} is not from {least} to {most}")
    return number.to_bytes(size)


def _flag(kind: Parameter, value: Any) -> bytes:
    if not isinstance(value, bool):
        raise EncodeError("yes or no is needed")
    return bytes((value,))


def _choice(kind: Parameter, value: Any) -> bytes:
    return _code(kind, _string(value) if not isinstance(value, bool) else ("no", "yes")[value])


def _code(kind: Parameter, name: str) -> bytes:
    if name not in kind.values:
        raise EncodeError(f"{name} is none of {', '.join(kind.values)}")
    size = kind.bytes or 1
    if not 0 <= kind.values[name] < 1 << 8 * size:
        raise EncodeError(f"{name} is {kind.values[name]}: that takes more than {size} bytes")
    return kind.values[name].to_bytes(size)


def _set(kind: Parameter, value: Any) -> bytes:
    total = 0
    for name in value if isinstance(value, list) else [value]:
        total |= int.from_bytes(_code(kind, _string(name)))
    return total.to_bytes(kind.bytes or 1)


def _hex(kind: Parameter, value: Any) -> bytes:
    raw = parse_hex(_string(value))
    if kind.bytes is not None and len(raw) != kind.bytes:
        raise EncodeError(f"{len(raw)} bytes, there have to be {kind.bytes}")
    return raw


def _phone(kind: Parameter, value: Any) -> bytes:
    number = DialNumber.parse(_string(value))
    return bytes((number.ton_npi,)) + number.bcd()


def _digits(kind: Parameter, value: Any) -> bytes:
    digits = _string(value)
    if not (digits.isascii() and digits.isdigit()):
        raise EncodeError(f"{digits!r} has other characters than digits")
    for limit, wrong in ((kind.least, len(digits) < (kind.least or 0)), (kind.most, len(digits) > (kind.most or 99))):
        if limit is not None and wrong:
            raise EncodeError(f"{len(digits)} digits, the limit is {limit}")
    return _filled(kind, pack_digits(digits, (len(digits) + 1) // 2), repr(digits))


def _plmn(kind: Parameter, value: Any) -> bytes:
    return Plmn.parse(_string(value)).encode()


_SIMPLE: Mapping[str, Callable[[Parameter, Any], bytes]] = {
    "text": _text,
    "texts": _text,
    "ussd": _ussd,
    "number": _whole,
    "flag": _flag,
    "choice": _choice,
    "set": _set,
    "hex": _hex,
    "phone": _phone,
    "digits": _digits,
    "plmn": _plmn,
}
