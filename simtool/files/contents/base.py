"""What codings of file contents have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_type_hints

from simtool.codec.dial_number import DialNumber
from simtool.codec.identifiers import NO_PLMN, PLMN_SIZE, Plmn
from simtool.errors import CodecError, EncodeError

RAW = "hex:"
_T = TypeVar("_T")
_CODED = (DialNumber, Plmn)  # identifiers that say themselves as text
_WHOLE = re.compile("-?(?:0|[1-9][0-9]{0,17})")
_PLAIN_KINDS = {str: "a text", int: "a whole number", bool: "yes or no", NoneType: "nothing"}


class Fields:
    """Base of values that say themselves by their fields; those that hide from the repr hide here too."""

    __slots__ = ()

    def __str__(self) -> str:
        said = []
        for field in fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if field.repr and value not in (None, "", ()):
                text = " + ".join(map(str, value)) if isinstance(value, tuple) else str(value)
                said.append(f"{field.name} {text}")
        return ", ".join(said) or "nothing"


@dataclass(frozen=True, slots=True)
class Coding:
    """How the content of one kind of file is coded.

    `encode` takes a value and the size to fill (None: as short as possible) and raises `EncodeError`; `decode` takes
    bytes and raises `DecodeError`. Where `blank` is true, bytes that are all FF are no value (None).
    """

    clause: str
    encode: Callable[[Any, int | None], bytes]
    decode: Callable[[bytes], Any]
    blank: bool = True


def padded(content: bytes, size: int | None, *, fill: bytes = b"\xff") -> bytes:
    """`content` filled to `size`. Raises `EncodeError` if it is longer."""
    if size is None:
        return content
    if len(content) > size:
        raise EncodeError(f"{len(content)} bytes are needed, there is room for {size}")
    return content.ljust(size, fill)


def stripped(content: bytes) -> bytes:
    """Without the FF at the end."""
    return content.rstrip(b"\xff")


def faithful(decode: Callable[[bytes], Any], encode: Callable[[Any, int | None], bytes], content: bytes) -> Any:
    """The value in `content`, or `hex:…` where encoding it would not give these very bytes."""
    try:
        value = decode(content)
        if encode(value, len(content)) == content:
            return value
    except CodecError:
        pass
    return RAW + content.hex()


def from_hex(text: str, what: str) -> bytes:
    """Bytes from hex digits. Raises `EncodeError`, which does not repeat the text: it may be secret."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise EncodeError(f"{what}: not an even number of hex digits") from None


def build(kind: type[_T], value: Any, *, short: str = "") -> _T:
    """A value of the dataclass `kind`, or one made from a mapping, or from just the field named `short`.

    Raises `EncodeError` for unknown, missing and wrongly typed fields. A whole number is taken where a text is needed,
    and the other way round: what YAML makes of digits should not matter.
    """
    if isinstance(value, kind):
        return value
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    if isinstance(value, Mapping):
        if unknown := sorted(str(name) for name in value.keys() - set(names)):
            raise EncodeError(f"not known here: {', '.join(unknown)}", hint=f"known are {', '.join(names)}")
        hints = _hints(kind)  # type: ignore[arg-type]
        given = {name: _typed(name, item, hints[name]) for name, item in value.items()}
        try:
            return kind(**given)
        except TypeError as error:
            raise EncodeError(str(error).rpartition(") ")[2] or str(error)) from None
    if short and not isinstance(value, list | tuple):
        hint = _hints(kind)[short]  # type: ignore[arg-type]
        return kind(**{short: _typed(short, value, hint)})
    raise EncodeError(f"a value with {', '.join(names)} is needed, not {type(value).__name__}")


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _typed(name: str, value: Any, hint: Any) -> Any:
    """A plain value for a field of plain type; what is made of parts is left to the parts."""
    kinds = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    if not set(kinds) <= _PLAIN_KINDS.keys():
        return value
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if str in kinds and int not in kinds and is_number:
        return str(value)
    if int in kinds and str not in kinds and isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    if (is_number and int in kinds) or any(isinstance(value, kind) for kind in kinds if kind is not int):
        return value
    if isinstance(value, _CODED) and str in kinds:
        return value
    wanted = " or ".join(_PLAIN_KINDS[kind] for kind in kinds)
    raise EncodeError(f"{name}: {wanted} is needed, not {type(value).__name__}")


def many(value: Any) -> list[Any]:
    """The items of a list; a single text, number or mapping counts as a list of one, None as none."""
    if value is None:
        return []
    if isinstance(value, str | bytes | int | Mapping) or not isinstance(value, Iterable):
        return [value]
    return list(value)


def number(value: Any, size: int, what: str) -> bytes:
    """A whole number as `size` bytes, high byte first."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 8 * size:
        raise EncodeError(f"{what}: a whole number from 0 to {(1 << 8 * size) - 1} is needed")
    return value.to_bytes(size)


def plmn_bytes(value: Any) -> bytes:
    """Three bytes of a network given as text or `Plmn`; None is an unused entry, `hex:…` stays as it is."""
    if value is None:
        return NO_PLMN
    if isinstance(value, Plmn):
        return value.encode()
    if isinstance(value, str) and value.startswith(RAW):
        return fixed(from_hex(value.removeprefix(RAW), "network"), PLMN_SIZE, "network")
    return Plmn.parse(str(value)).encode()


def plmn_text(raw: bytes) -> str | None:
    """The network in three bytes as `262-01`; None for an unused entry, `hex:…` for what is no network."""
    try:
        plmn = Plmn.decode_or_none(raw)
    except CodecError:
        return RAW + raw.hex()
    return None if plmn is None else str(plmn)


def fixed(content: bytes, size: int, what: str) -> bytes:
    """`content` if it has this size. Raises `EncodeError`."""
    if len(content) != size:
        raise EncodeError(f"{what}: {size} bytes are needed, not {len(content)}")
    return content


def trimmed(items: list[_T], unused: _T) -> tuple[_T, ...]:
    """The items without the unused ones at the end."""
    while items and items[-1] == unused:
        items.pop()
    return tuple(items)


def pieces(content: bytes, size: int) -> list[bytes]:
    """`content` cut into pieces of `size` bytes; the last one may be shorter."""
    return [content[i : i + size] for i in range(0, len(content), size)]
