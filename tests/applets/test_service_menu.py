"""The service menu's whole life: built, installed with a profile's data, used, changed over the air, torn, deleted."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from simtool.card.handset.phone import Handset
from simtool.card.handset.screen import ScreenKind
from simtool.files.applets.manifest import encode_parameters, install_parameters
from tests.applets.products import Product, passed, product, torn
from tests.softcard.applets.conftest import Desk, desk_on
from tests.softcard.applets.phone_desk import card_of, new_desk, phone_with, walk

CHANGED, MORE, WRONG = b"\x00", b"\x01", b"\x80"
PART = 90
"""Bytes of a new menu in one message."""


@pytest.fixture(scope="module")
def menu() -> Product:
    return product("service-menu")


def titles(phone: Handset) -> list[str]:
    """The phone's menu."""
    return [str(item.text) for item in phone.menu.items] if phone.menu is not None else []


def small(**texts: str) -> dict[str, Any]:
    """A menu with one item that shows a text."""
    return {"title": dict(texts), "items": [{"text": "About", "show": "Version 2"}]}


def parts(raw: bytes, size: int = PART) -> list[bytes]:
    """The messages that bring a menu: place, length of the whole, part."""
    return [at.to_bytes(2) + len(raw).to_bytes(2) + raw[at : at + size] for at in range(0, len(raw), size)]


def test_within_its_budget(menu: Product) -> None:
    assert menu.built.code < 4096
    assert not menu.built.warnings


def test_the_whole_walk(menu: Product) -> None:
    passed(menu.card(menu.example()), menu.walk)


def test_every_language(menu: Product) -> None:
    """The phone's language at the start; one that the menu does not have gets the first."""
    card = menu.card(menu.example())
    for language, title in (
        ("en", "Nordlicht"),
        ("de", "Nordlicht Menü"),
        ("fr", "Menu Nordlicht"),
        ("sv", "Nordlicht"),
    ):
        passed(
            card,
            f"""  - event: {{language: {language}}}
  - press: menu
  - expect: {{kind: menu, items: ['{title}']}}
""",
        )


def test_waits_for_its_data(menu: Product) -> None:
    """After the installation there is no entry; after STORE DATA there is."""
    desk = new_desk()
    assert menu.load(desk) == "9000"
    assert menu.install(desk, install_parameters(menu.manifest, menu.example())) == "9000"
    passed(desk.card, "  - expect: {kind: idle}\n")
    desk.again()
    assert menu.personalise(desk, encode_parameters(menu.manifest, menu.example())) == "9000"
    passed(desk.card, "  - press: menu\n  - expect: {kind: menu, items: [Nordlicht]}\n")


def test_a_small_menu_comes_with_the_installation(menu: Product) -> None:
    """Data that fit into C9 need no STORE DATA."""
    desk = new_desk()
    assert menu.load(desk) == "9000"
    assert menu.install_raw(desk, encode_parameters(menu.manifest, small(en="Hello"))) == "9000"
    passed(desk.card, "  - choose: Hello\n  - choose: About\n  - expect: {kind: text, text: Version 2}\n")


WRONG_DATA = {
    "nothing of it": "00",
    "no items": "8007656e0448656c70",
    "an object that is cut off": "8009656e0448656c70",
    "a title without text": "8000a10a0908800400000141850100",
    "an empty list": "8007656e0448656c70a100",
    "an item without text": "8007656e0448656c70a107068504000001 41".replace(" ", ""),
    "an item without action": "8007656e0448656c70a107068004000001 41".replace(" ", ""),
    "an item with two actions": "8007656e0448656c70a10d0c80040000014181012a83028121",
    "an action that is not known": "8007656e0448656c70a10a09800400000141 8e0101".replace(" ", ""),
    "a title that is too long": "8024656e21" + "41" * 33 + "a10a0980040000014181012a",
}


@pytest.mark.parametrize("raw", WRONG_DATA.values(), ids=WRONG_DATA.keys())
def test_what_is_no_menu_is_refused(menu: Product, raw: str) -> None:
    """6A80 at the installation, of which nothing stays; 6A80 to STORE DATA, and the menu before stays."""
    desk = new_desk()
    assert menu.load(desk) == "9000"
    assert menu.install_raw(desk, bytes.fromhex(raw)) == "6a80"
    assert menu.install(desk, install_parameters(menu.manifest, menu.example())) == "9000"
    assert menu.personalise(desk, encode_parameters(menu.manifest, menu.example())) == "9000"
    assert menu.personalise(desk, bytes.fromhex(raw)) == "6a80"
    passed(desk.card, "  - choose: Nordlicht\n  - expect: {kind: choice, title: Nordlicht}\n")


def test_more_than_there_is_room_for(menu: Product) -> None:
    desk = desk_on(menu.card(menu.example()))
    assert menu.personalise(desk, bytes(1600)) == "6a80"


def test_lists_too_deep(menu: Product) -> None:
    """Four in each other are shown, five are not taken."""
    inner: dict[str, Any] = {"text": "Deep", "show": "Here"}
    for _ in range(3):
        inner = {"text": "Down", "items": [inner]}
    card = menu.card({"title": "Top", "items": [inner]})
    passed(card, "  - choose: Top\n" + "  - choose: Down\n" * 3 + "  - choose: Deep\n  - expect: Here\n")
    deeper = encode_parameters(menu.manifest, {"title": "Top", "items": [{"text": "Down", "items": [inner]}]})
    assert menu.personalise(desk_on(card), deeper) == "6a80"


def test_changed_over_the_air(menu: Product) -> None:
    """Several messages, in order or with one twice; the old menu until the last has come."""
    phone = phone_with(menu.card(menu.example()))
    raw = encode_parameters(menu.manifest, {**menu.example(), "title": "Aurora"})
    messages = parts(raw)
    assert len(messages) > 5
    messages.insert(3, messages[2])
    for counter, one in enumerate(messages[:-1], 1):
        report, answer = menu.tell(phone, one, counter=counter)
        assert (report.acknowledged, answer) == (True, MORE)
        assert titles(phone) == ["Nordlicht"]
    assert menu.tell(phone, messages[-1], counter=len(messages))[1] == CHANGED
    assert titles(phone) == ["Aurora"]


def test_wrong_messages_change_nothing(menu: Product) -> None:
    """A gap, a part beyond the end, no data, a whole that is no menu."""
    phone = phone_with(menu.card(menu.example()))
    raw = encode_parameters(menu.manifest, small(en="Aurora"))
    first, *_, last = parts(raw, 20)
    wrong = [last, b"", b"\0\0", first[:2] + b"\x00\x05" + first[4:], b"\0\0\0\x04\x80\x02\x65\x6e"]
    for counter, one in enumerate(wrong, 1):
        assert menu.tell(phone, one, counter=counter)[1] == WRONG
    assert titles(phone) == ["Nordlicht"]


def test_unsecured_messages_are_not_taken(menu: Product) -> None:
    """The manifest's minimum security level: a checksum and a counter."""
    card = menu.card(menu.example())
    raw = parts(encode_parameters(menu.manifest, small(en="Aurora")), 200)[0]
    user_data = menu.packet(raw, spi="0001")[1]
    passed(card, f"  - sms_pp: {{data: '{user_data.hex()}', header: yes}}\n"
                 "  - press: menu\n  - expect: {kind: menu, items: [Nordlicht]}\n")  # fmt: skip


def test_torn_while_it_changes(menu: Product, tmp_path: Path) -> None:
    """At every write of the last message: the old menu or the new one, whole, and its title with it."""
    state = tmp_path / "card.state"
    menu.card(small(en="First"), state).close()
    raw = encode_parameters(menu.manifest, {"title": "Second", "items": [{"text": "New", "show": "Version 3"}]})
    steps = "".join(menu.step(one, counter=counter) for counter, one in enumerate(parts(raw, 20), 1))
    seen = set()
    for card in torn(state, steps):
        phone = phone_with(card)
        (title,) = titles(phone)
        item, text = {"First": ("About", "Version 2"), "Second": ("New", "Version 3")}[title]
        passed(card, f"  - choose: {title}\n  - choose: {item}\n  - expect: {{kind: text, text: {text}}}\n")
        seen.add(title)
    assert seen == {"First", "Second"}


def test_torn_while_the_language_changes(menu: Product, tmp_path: Path) -> None:
    """Whenever the power goes, the title is in the phone's language after the next start."""
    state = tmp_path / "card.state"
    menu.card(small(en="First", de="Erstes"), state).close()
    count = 0
    for card in torn(state, "  - event: {language: de}\n"):
        passed(card, "  - event: {language: de}\n  - press: menu\n  - expect: {kind: menu, items: [Erstes]}\n")
        count += 1
    assert count >= 2


def test_a_newer_version_gets_its_data_again(menu: Product) -> None:
    """Deleted and installed as a profile does it; the menu is that of the profile, not what came over the air."""
    desk = desk_on(menu.card(small(en="Old")))
    assert menu.delete(desk) == "9000"
    changed = copy.deepcopy(menu.example())
    menu.put(desk, changed)
    passed(desk.card, menu.walk)


def test_deleted_without_a_trace(menu: Product) -> None:
    desk = new_desk()
    vm = desk.card.machine.vm
    before = vm.heap.used
    menu.put(desk, menu.example())
    walk(desk.card, menu.walk)
    desk = Desk(desk.card, desk_on(desk.card).host)
    assert menu.delete(desk) == "9000"
    assert vm.heap.used == before
    assert menu.instance not in vm.instances
    assert desk.card.toolkit.menu_identifiers() == set()
    phone = phone_with(desk.card)
    assert (phone.screen.kind, phone.menu) == (ScreenKind.IDLE, None)


def test_kept_over_a_power_cycle(menu: Product, tmp_path: Path) -> None:
    state = tmp_path / "card.state"
    menu.card(menu.example(), state).close()
    card = card_of(state)
    passed(card, menu.walk)
    card.close()
