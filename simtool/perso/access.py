"""Who may read or change a file of a card product, worked out from the product's own access rules (TS 102 221 §9.2)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import product

from simtool.codec.access import (
    AccessCondition,
    AccessMode,
    AccessRules,
    AllOf,
    Always,
    AnyOf,
    ConditionByte,
    Key,
    decode_compact,
    decode_expanded,
    decode_reference,
)
from simtool.errors import DecodeError
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileSpec

Right = tuple[frozenset[str], ...]
"""Sets of PINs, any one of which is enough. Never allowed: no set. Free for all: an empty set."""

NEVER: Right = ()
FREE: Right = (frozenset(),)
TAG_REFERENCE, TAG_COMPACT, TAG_EXPANDED = 0x8B, 0x8C, 0xAB


@lru_cache(maxsize=65536)
def right(model: CardModel, path: FilePath, mode: AccessMode) -> Right:
    """Which PINs `mode` needs on this file. A file without a security attribute is never open."""
    spec = model.file(path)
    if spec.security is None and spec.access_2g is not None:
        return _classic(model, spec.access_2g, mode)
    rules = _rules(model, spec)
    return NEVER if rules is None else _alternatives(model, rules[mode])


def read_right(model: CardModel, path: FilePath) -> Right:
    return right(model, path, AccessMode.READ)


def update_right(model: CardModel, path: FilePath) -> Right:
    return right(model, path, AccessMode.UPDATE)


def choose(model: CardModel, needs: Right, held: Iterable[str], presented: Iterable[str] = ()) -> frozenset[str] | None:
    """The PINs to present for one of the alternatives, None if none can be reached with those held.

    What is presented already is preferred, then the product's ADM, then the fewest. PINs that the product delivers
    disabled count as verified (TS 102 221 §9.5.1).
    """
    usable, done = set(held), set(presented)
    adm = model.adm.pin if model.adm else ""
    open_pins = {pin.name for pin in model.pins if not pin.enabled}
    reachable = [pins - (open_pins - usable) for pins in needs if pins <= usable | open_pins]
    return min(reachable, key=lambda pins: (len(pins - done), adm not in pins, sorted(pins)), default=None)


def _rules(model: CardModel, spec: FileSpec) -> AccessRules | None:
    if spec.security is None:
        return None
    tag, value = spec.security
    is_df = spec.type.is_directory
    if tag == TAG_COMPACT:
        return decode_compact(value, df=is_df)
    if tag == TAG_EXPANDED:
        return decode_expanded(value, df=is_df)
    if tag != TAG_REFERENCE:
        raise DecodeError(f"{spec.path}: {tag:02X} is not a security attribute")
    reference = decode_reference(value)
    record = reference.record()
    arr = _find_arr(model, spec, reference.fid)
    if record is None or arr is None or not 1 <= record <= len(arr.contents):
        return None
    return decode_expanded(arr.contents[record - 1], df=is_df)


def _find_arr(model: CardModel, spec: FileSpec, fid: int | None) -> FileSpec | None:
    """The EF.ARR that a reference means: in the file's directory, else further up (TS 102 221 §9.2.7)."""
    directory = spec.path if spec.type.is_directory else spec.path.parent
    while directory is not None:
        for child in model.children(directory):
            if child.fid == (fid or child.fid) and child.path.name == "EF.ARR" and child.contents:
                return child
        directory = directory.parent
    return None


def _alternatives(model: CardModel, condition: AccessCondition) -> Right:
    match condition:
        case Always():
            return FREE
        case Key(ref=ref):
            return _by_name(pin.name for pin in model.pins if pin.rule_ref == ref)
        case ConditionByte(value=value):
            name = model.conditions.get(value)
            return _by_name([name] if name else [])
        case AnyOf(conditions):
            return tuple(dict.fromkeys(pins for part in conditions for pins in _alternatives(model, part)))
        case AllOf(conditions):
            parts = [_alternatives(model, part) for part in conditions]
            return tuple(frozenset().union(*choice) for choice in product(*parts))
    return NEVER


def _classic(model: CardModel, conditions: bytes, mode: AccessMode) -> Right:
    """The access conditions of a classic SIM: a nibble each, 0 always, F never, else a key (TS 51.011 §9.3)."""
    nibbles = conditions.hex()
    place = {AccessMode.READ: 0, AccessMode.UPDATE: 1, AccessMode.INCREASE: 2}.get(mode)
    if place is None:
        return NEVER
    level = int(nibbles[place], 16)
    if level in (0x0, 0xF):
        return FREE if level == 0 else NEVER
    named = model.conditions_2g.get(level)
    return _by_name([named] if named else [pin.name for pin in model.pins if pin.ref == level])


def _by_name(names: Iterable[str]) -> Right:
    return tuple(frozenset((name,)) for name in names)
