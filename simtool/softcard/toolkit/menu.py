"""The menu of all toolkit applets together, as SET UP MENU has it (TS 102 241 §5.8, TS 102 223 §6.6.7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from simtool.codec.comprehension import ComprehensionTlv
from simtool.softcard.toolkit.commands import ALPHA, ITEM, ITEM_ATTRIBUTES, ITEM_ICONS, NEXT_ACTION

DEFAULT_TITLE = b"Menu"
"""Where the card has no EF.SUME."""
HELP_AVAILABLE = 0x80
NOT_SELF_EXPLANATORY = 0x01
ROOM = 253 - 14
"""Bytes for title, items and lists in a command that FETCH gives at once."""
ATTRIBUTE_LENGTH = 4
_NO_ATTRIBUTE = bytes(ATTRIBUTE_LENGTH)


@dataclass(slots=True)
class MenuEntry:
    """One entry of an applet; `text` None until the applet initialises it. `icon` 0 is none."""

    identifier: int
    text: bytes | None = None
    next_action: int = 0
    help: bool = False
    icon_qualifier: int = 0
    icon: int = 0
    attribute: bytes = b""
    enabled: bool = True

    @property
    def shown(self) -> bool:
        return self.text is not None and self.enabled

    def save(self) -> list[Any]:
        text = self.text.hex() if self.text is not None else None
        return [self.identifier, text, self.next_action, self.help, self.icon_qualifier, self.icon,
                self.attribute.hex(), self.enabled]  # fmt: skip

    @classmethod
    def load(cls, saved: list[Any]) -> MenuEntry:
        identifier, text, action, help_, qualifier, icon, attribute, enabled = saved
        text = bytes.fromhex(text) if text is not None else None
        return cls(identifier, text, action, help_, qualifier, icon, bytes.fromhex(attribute), enabled)


@dataclass(frozen=True, slots=True)
class Menu:
    """Qualifier and objects of SET UP MENU."""

    qualifier: int
    objects: tuple[ComprehensionTlv, ...]


def build(title: tuple[ComprehensionTlv, ...], entries: Iterable[MenuEntry]) -> Menu | None:
    """The menu with the entries that are to be seen, in their order; None if there are none.

    Next actions and text attributes are told if an entry has one, icons if all have (ToolkitRegistry.initMenuEntry).
    Entries that have no room in one command are left out, and so are lists that have none.
    """
    shown, used = [], sum(len(one.encode()) for one in title)
    for one in entries:
        item = _item(one) if one.shown else None
        if item is not None and used + len(item.encode()) <= ROOM:
            shown.append(one)
            used += len(item.encode())
    if not shown:
        return None
    objects = [*title, *(_item(one) for one in shown)]
    for extra in _lists(shown):
        used += len(extra.encode())
        if used <= ROOM:
            objects.append(extra)
    return Menu(HELP_AVAILABLE if any(one.help for one in shown) else 0, tuple(objects))


def empty(title: tuple[ComprehensionTlv, ...]) -> Menu:
    """Takes the menu away: one item without contents."""
    return Menu(0, (*title, ComprehensionTlv(ITEM, b"")))


def default_title() -> tuple[ComprehensionTlv, ...]:
    return (ComprehensionTlv(ALPHA, DEFAULT_TITLE),)


def _item(entry: MenuEntry) -> ComprehensionTlv:
    return ComprehensionTlv(ITEM, bytes((entry.identifier,)) + (entry.text or b""))


def _lists(shown: list[MenuEntry]) -> list[ComprehensionTlv]:
    found = []
    if any(one.next_action for one in shown):
        found.append(ComprehensionTlv(NEXT_ACTION, bytes(one.next_action for one in shown), comprehension=False))
    if all(one.icon for one in shown):
        qualifier = NOT_SELF_EXPLANATORY if any(one.icon_qualifier & NOT_SELF_EXPLANATORY for one in shown) else 0
        icons = bytes((qualifier, *(one.icon & 0xFF for one in shown)))
        found.append(ComprehensionTlv(ITEM_ICONS, icons, comprehension=False))
    if any(one.attribute for one in shown):
        attributes = b"".join(one.attribute or _NO_ATTRIBUTE for one in shown)
        found.append(ComprehensionTlv(ITEM_ATTRIBUTES, attributes, comprehension=False))
    return found
