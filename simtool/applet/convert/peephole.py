"""Shorter code that does the same: what javac writes was not meant for few bytes.

Patterns do not reach over a label, and every rule makes the code shorter or keeps its size, so that the end is reached.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from simtool.applet.convert.card_code import ENDS, CardInsn, Item, Label, is_branch

_OPPOSITE = {
    "eq": "ne", "ne": "eq", "lt": "ge", "ge": "lt", "gt": "le", "le": "gt",
    "ifnull": "ifnonnull", "ifnonnull": "ifnull",
}  # fmt: skip
_CONSTANTS = {"sconst_m1": -1, **{f"sconst_{value}": value for value in range(6)}}
_RETURNS = frozenset({"return", "sreturn", "areturn"})


Handled = tuple[int, int, int]
"""Labels of an exception handler: where its range begins, where that ends, where it is."""


def shortened(items: list[Item], handlers: Sequence[Handled]) -> list[Item]:
    """The same code in fewer bytes."""
    handler_labels = {label for row in handlers for label in row}
    while True:
        before = [_key(one) for one in items]
        items = _without_dead(items, handlers)
        items = _threaded(items)
        items = _inverted(items)
        items = _patterns(items)
        used = handler_labels | {target for one in items if isinstance(one, CardInsn) for target in one.targets}
        items = [one for one in items if isinstance(one, CardInsn) or one.number in used]
        if [_key(one) for one in items] == before:
            return items


def _key(one: Item) -> object:
    return (one.name, one.values, one.targets) if isinstance(one, CardInsn) else one.number


def _without_dead(items: list[Item], handlers: Sequence[Handled]) -> list[Item]:
    """Without what is never reached, and without jumps to what comes next. A handler is reached from its range."""
    places = {one.number: at for at, one in enumerate(items) if isinstance(one, Label)}
    reached: set[int] = set()
    waiting = [0]
    while waiting:
        at = waiting.pop()
        while at < len(items) and at not in reached:
            reached.add(at)
            one = items[at]
            at += 1
            if isinstance(one, CardInsn):
                waiting += [places[target] for target in one.targets]
                if one.name in ENDS:
                    break
        if not waiting:
            covered = [row for row in handlers if any(place in reached for place in _within(items, places, row))]
            waiting = [places[row[2]] for row in covered if places[row[2]] not in reached]
    found = []
    for at, one in enumerate(items):
        if isinstance(one, CardInsn):
            useless = one.name == "goto" and one.targets[0] in _labels_after(items, at)
            if useless or at not in reached:
                continue
        found.append(one)
    return found


def _within(items: Sequence[Item], places: Mapping[int, int], row: Handled) -> Iterator[int]:
    """The places of a handler's instructions."""
    return (at for at in range(places[row[0]], places[row[1]]) if isinstance(items[at], CardInsn))


def _labels_after(items: list[Item], at: int) -> set[int]:
    found = set()
    for one in items[at + 1 :]:
        if not isinstance(one, Label):
            break
        found.add(one.number)
    return found


def _threaded(items: list[Item]) -> list[Item]:
    """Jumps to a jump go where that goes; a jump to a return is one."""
    first: dict[int, CardInsn] = {}
    following: CardInsn | None = None
    for one in reversed(items):
        if isinstance(one, CardInsn):
            following = one
        elif following is not None:
            first[one.number] = following

    def end_of(label: int) -> int:
        seen = {label}
        while label in first and first[label].name == "goto" and first[label].targets[0] not in seen:
            label = first[label].targets[0]
            seen.add(label)
        return label

    found: list[Item] = []
    for one in items:
        if isinstance(one, CardInsn) and one.targets:
            targets = tuple(end_of(target) for target in one.targets)
            last = first.get(targets[0])
            if one.name == "goto" and last is not None and last.name in _RETURNS:
                one = CardInsn(last.name, line=one.line)
            elif targets != one.targets:
                one = CardInsn(one.name, one.values, one.reference, targets, one.line)
        found.append(one)
    return found


def _inverted(items: list[Item]) -> list[Item]:
    """`if x goto A; goto B; A:` is `if not x goto B; A:`."""
    found: list[Item] = []
    at = 0
    while at < len(items):
        one = items[at]
        other = items[at + 1] if at + 1 < len(items) else None
        if (
            isinstance(one, CardInsn) and isinstance(other, CardInsn) and other.name == "goto" and is_branch(one)
            and one.name != "goto" and one.targets[0] in _labels_after(items, at + 1)
        ):  # fmt: skip
            found.append(CardInsn(_opposite(one.name), targets=other.targets, line=one.line))
            at += 2
            continue
        found.append(one)
        at += 1
    return found


def _opposite(name: str) -> str:
    return _OPPOSITE[name] if name in _OPPOSITE else name[:-2] + _OPPOSITE[name[-2:]]


def _patterns(items: list[Item]) -> list[Item]:
    found: list[Item] = []
    for one in items:
        found.append(one)
        while _shorten_end(found):
            pass
    return found


def _shorten_end(items: list[Item]) -> bool:
    """Try the rules on what stands last; True where one was good for something."""
    tail = _tail(items)
    if len(tail) >= 4 and (increment := _increment(*tail[-4:])) is not None:
        items[-4:] = [increment]
        return True
    if len(tail) < 2:
        return False
    one, two = tail[-2:]
    if one.name == "s2b" and two.name in ("bastore", "s2b"):  # bastore keeps the low byte itself (§7.5.6)
        items[-2:] = [two]
    elif one.name == "s2i" and two.name in ("i2s", "i2b"):
        items[-2:] = [CardInsn("s2b", line=two.line)] if two.name == "i2b" else []
    elif one.name == "sneg" and two.name == "sneg" or one.name == "dup" and two.name == "pop":
        items[-2:] = []
    elif one.name == "nop":
        items[-2:] = [two]
    else:
        return False
    return True


def _tail(items: list[Item]) -> list[CardInsn]:
    """The last instructions, four at most, with no label between them."""
    found: list[CardInsn] = []
    for one in reversed(items[-4:]):
        if not isinstance(one, CardInsn):
            break
        found.insert(0, one)
    return found


def _increment(load: CardInsn, push: CardInsn, add: CardInsn, store: CardInsn) -> CardInsn | None:
    """`x = (short) (x + 1)`: one instruction for load, push, add and store of a short."""
    place = _place(load, "sload")
    if place is None or place != _place(store, "sstore") or add.name not in ("sadd", "ssub"):
        return None
    value = push.values[0] if push.name in ("bspush", "sspush") else _CONSTANTS.get(push.name)
    if value is None:
        return None
    value = -value if add.name == "ssub" else value
    if not -0x8000 <= value < 0x8000:
        return None
    return CardInsn("sinc" if -0x80 <= value < 0x80 else "sinc_w", (place, value), line=load.line)


def _place(insn: CardInsn, name: str) -> int | None:
    if insn.name == name:
        return insn.values[0]
    return int(insn.name[-1]) if insn.name.startswith(f"{name}_") else None
