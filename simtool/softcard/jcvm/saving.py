"""Objects in the state file: JSON values, references by id (numbers as text; entry points by name; to what is no
longer there: null).

An object is `{"c": class, "o": owner, "w": words, "n": native state}`, with `"x": 1` for one that is an entry point
(JCRE §6.2.2); an array `{"k": kind, "o": owner, …}` with
`d` (bytes in hex, else a list) or, where it is transient, `l` (lifetime) and `s` (size); `e` is its element class.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simtool.softcard.jcvm.classes import JavaClass
from simtool.softcard.jcvm.objects import (
    DEAD,
    ENTRY_POINT,
    TYPECODES,
    JavaArray,
    JavaObject,
    Kind,
    Lifetime,
    Owner,
    Ref,
    Word,
)

_BYTES = (Kind.BYTE, Kind.BOOLEAN)


def save(ref: Ref) -> dict[str, Any]:
    """One object or array."""
    if isinstance(ref, JavaArray):
        return _save_array(ref)
    assert isinstance(ref, JavaObject)  # noqa: S101  # there is nothing else
    saved: dict[str, Any] = {"c": ref.cls.key, "o": ref.owner.aid.hex(), "w": [_word(one) for one in ref.words]}
    if ref.native is not None:
        saved["n"] = ref.native.save()
    if ref.context is ENTRY_POINT:
        saved["x"] = 1
    return saved


def _save_array(ref: JavaArray) -> dict[str, Any]:
    saved: dict[str, Any] = {"k": int(ref.kind), "o": ref.owner.aid.hex()}
    if ref.element is not None:
        saved["e"] = ref.element.key
    if ref.lifetime is not Lifetime.PERSISTENT:
        return saved | {"l": int(ref.lifetime), "s": len(ref.data)}
    if ref.kind in _BYTES:
        return saved | {"d": ref.data.tobytes().hex()}
    return saved | {"d": [_word(one) for one in ref.data]}


def _word(word: Word) -> Any:
    if not isinstance(word, Ref):
        return word
    return str(word.id) if word.context is not DEAD else None


class Loader:
    """Makes the objects of a state file again: first all of them empty, then what is in them."""

    def __init__(
        self, find_class: Callable[[str], JavaClass], find_owner: Callable[[bytes], Owner],
        entry_point: Callable[[str], Ref], array_class: JavaClass,
    ) -> None:  # fmt: skip
        self._find_class = find_class
        self._find_owner = find_owner
        self._entry_point = entry_point
        self._array_class = array_class
        self.refs: dict[int, Ref] = {}

    def load(self, saved: dict[int, dict[str, Any]]) -> dict[int, Ref]:
        for name, value in saved.items():
            self.refs[name] = self._make(name, value)
        for name, value in saved.items():
            self._fill(self.refs[name], value)
        return self.refs

    def _make(self, name: int, value: dict[str, Any]) -> Ref:
        owner = self._find_owner(bytes.fromhex(value["o"]))
        if "k" not in value:
            context = ENTRY_POINT if "x" in value else owner.context
            return JavaObject(name, self._find_class(value["c"]), context, owner, True)
        kind, data = Kind(value["k"]), value.get("d", "")
        length = value.get("s", len(data) // 2 if isinstance(data, str) else len(data))
        element = self._find_class(value["e"]) if "e" in value else None
        lifetime = Lifetime(value.get("l", Lifetime.PERSISTENT))
        return JavaArray(name, self._array_class, owner.context, owner, kind, length, lifetime, element)

    def _fill(self, ref: Ref, value: dict[str, Any]) -> None:
        if isinstance(ref, JavaObject):
            ref.words = [self._resolve(one) if isinstance(one, str) else one for one in value["w"]]
            if "n" in value and ref.cls.state is not None:
                ref.native = ref.cls.state.load(value["n"], self._resolve)
        elif isinstance(ref, JavaArray) and "d" in value:
            data = value["d"]
            if ref.kind is Kind.REFERENCE:
                ref.data = [self._resolve(one) if isinstance(one, str) else one for one in data]
            elif isinstance(data, str):
                ref.data = type(ref.data)(TYPECODES[ref.kind], bytes.fromhex(data))
            else:
                ref.data = type(ref.data)(TYPECODES[ref.kind], data)

    def _resolve(self, name: int | str) -> Ref:
        if isinstance(name, int) or name.isdigit():
            return self.refs[int(name)]
        return self._entry_point(name)
