"""The notifier's whole life: installed by a profile, told by the network, torn, over a power cycle, deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from simtool.card.handset.screen import Key, ScreenKind
from simtool.files.applets.manifest import install_parameters
from simtool.softcard import SoftCard
from tests.applets.products import Product, passed, product, torn
from tests.softcard.applets.conftest import desk_on
from tests.softcard.applets.phone_desk import card_of, new_desk, phone_with

KEPT, WRONG = b"\x00", b"\x80"
MISSED, VOICEMAIL, NO_VOICEMAIL = "800101", "800102", "800103"
NUMBER = "919471214365f7"
"""+49171234567"""
PARAMETERS = {"missed": "Missed call", "title": "Missed calls"}


@pytest.fixture(scope="module")
def notifier() -> Product:
    return product("notifier")


def waiting(card: SoftCard) -> str:
    """EF.MWIS of the USIM: indicator status and number of voice messages."""
    card.power_off()
    card.power_on()
    card.transmit(bytes.fromhex("00a4040c07a0000000871002"))
    assert card.transmit(bytes.fromhex("00a4000c026fca")) == b"\x90\x00"
    return card.transmit(bytes.fromhex("00b2010406"))[:2].hex()


def test_within_its_budget(notifier: Product) -> None:
    assert notifier.built.code < 4096
    assert not notifier.built.warnings


def test_the_whole_walk(notifier: Product) -> None:
    passed(notifier.card(notifier.example()), notifier.walk)


def test_message_waiting_indication(notifier: Product) -> None:
    """TS 31.102 §4.2.63: bit 1 of the status, and the number; the phone is told that the file has changed."""
    card = notifier.card({})
    phone = phone_with(card)
    assert notifier.tell(phone, bytes.fromhex(VOICEMAIL + "830105"), counter=1)[1] == KEPT
    phone.press(Key.OK)
    assert waiting(card) == "0105"
    phone = phone_with(card)
    assert notifier.tell(phone, bytes.fromhex(NO_VOICEMAIL), counter=2)[1] == KEPT
    assert phone.screen.kind is ScreenKind.IDLE
    assert waiting(card) == "0000"


def test_the_last_ten(notifier: Product) -> None:
    """Twelve calls: the newest first, the two oldest are gone."""
    card = notifier.card({})
    phone = phone_with(card)
    for call in range(12):
        number = f"91947121430{call % 10}" if call < 10 else f"91947121431{call % 10}"
        data = bytes.fromhex(f"{MISSED}8106{number}")
        assert notifier.tell(phone, data, counter=call + 1)[1] == KEPT
        while phone.waits_for_user:
            phone.press(Key.BACK)
    phone.choose("Missed calls")
    assert [item.text for item in phone.screen.items] == [
        f"+4917123{swapped}" for swapped in
        ("411", "401", "490", "480", "470", "460", "450", "440", "430", "420")
    ]  # fmt: skip
    card_now = phone_with(card)
    card_now.choose("Missed calls")
    assert len(card_now.screen.items) == 10


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("", "nothing"), ("8001", "cut off"), ("800104", "a kind that is not known"),
        ("80020101", "a kind of two bytes"),
        ("8107" + NUMBER, "no kind"), (MISSED + "810191", "a number without digits"),
        (MISSED + "810c91" + "21" * 11, "a number that is too long"), (MISSED + "8203262411", "half a time"),
        (VOICEMAIL + "83020000", "a count of two bytes"), (MISSED + "8441" + "00" * 40, "an object that is cut off"),
    ],
)  # fmt: skip
def test_what_is_no_notification_is_refused(notifier: Product, data: str, why: str) -> None:
    """The answer says so, nothing is kept and nothing shown."""
    phone = phone_with(notifier.card({}))
    assert notifier.tell(phone, bytes.fromhex(data))[1] == WRONG, why
    assert phone.screen.kind is ScreenKind.IDLE
    phone.choose("Missed calls")
    assert phone.screen.lines == ("No missed calls",)


def test_who_has_no_number_and_no_time(notifier: Product) -> None:
    """A number may be withheld: then there is nothing to call back."""
    phone = phone_with(notifier.card({}))
    notifier.tell(phone, bytes.fromhex(MISSED))
    assert phone.screen.lines == ("Missed call",)
    phone.press(Key.OK)
    assert phone.screen.kind is ScreenKind.IDLE


def test_in_the_letters_of_another_language(notifier: Product) -> None:
    """A text in UCS2: number and time are written in it, too."""
    phone = phone_with(notifier.card({"missed": "Пропущенный вызов"}))
    notifier.tell(phone, bytes.fromhex(MISSED + "8107" + NUMBER + "820762114241508000"))
    assert phone.screen.lines == ("Пропущенный вызов", "+49171234567", "24.11. 14:05")


@pytest.mark.parametrize(
    "change",
    ["cut", "no title", "empty title", "long title", "no application", "short application", "bad mailbox"],
)
def test_wrong_parameters_are_refused(notifier: Product, change: str) -> None:
    """6A80, and nothing stays: the right ones are taken afterwards."""
    text = "05" + "656e020441"
    good = {"80": "04656e0141", "81": text, "82": text, "83": text, "84": text, "86": "07a0000000871002"}
    wrong = {
        "cut": {**good, "86": "0aa0000000871002"},
        "no title": {key: value for key, value in good.items() if key != "80"},
        "empty title": {**good, "80": "03656e00"},
        "long title": {**good, "80": "1c656e19" + "41" * 25},
        "no application": {key: value for key, value in good.items() if key != "86"},
        "short application": {**good, "86": "04a0000000"},
        "bad mailbox": {**good, "85": "0191"},
    }[change]
    desk = new_desk()
    assert notifier.load(desk) == "9000"
    assert notifier.install_raw(desk, bytes.fromhex("".join(tag + value for tag, value in wrong.items()))) == "6a80"
    assert notifier.install_raw(desk, bytes.fromhex("".join(tag + value for tag, value in good.items()))) == "9000"


def test_without_the_application(notifier: Product) -> None:
    """A card without this ADF, or without access to it: texts, and no file."""
    card = notifier.card({"application": "a00000008710ff"})
    phone = phone_with(card)
    assert notifier.tell(phone, bytes.fromhex(VOICEMAIL))[1] == KEPT
    assert phone.screen.lines == ("New voice message",)


def test_torn_while_a_notification_comes(notifier: Product, tmp_path: Path) -> None:
    """The list has the old entries, and the new one wholly or not at all; the phone works on."""
    state = tmp_path / "card.state"
    card = notifier.card({}, state)
    passed(card, notifier.step(bytes.fromhex(MISSED + "8107" + NUMBER)) + "  - press: ok\n  - press: no\n")
    card.close()
    seen = set()
    steps = notifier.step(bytes.fromhex(VOICEMAIL + "8107919471214365f8830107"), counter=2) + "  - press: ok\n"
    for card in torn(state, steps):
        phone = phone_with(card)
        while phone.waits_for_user:
            phone.press(Key.BACK)
        phone.choose("Missed calls")
        items = tuple(str(item.text) for item in phone.screen.items)
        assert items in (("+49171234567",), ("+49171234568", "+49171234567"))
        assert waiting(card) in ("ffff", "0107")
        seen.add(items)
    assert len(seen) == 2


def test_a_newer_version_starts_with_an_empty_list(notifier: Product) -> None:
    """The manifest promises no more; EF.MWIS, which is not the applet's, stays."""
    card = notifier.card({})
    passed(card, notifier.step(bytes.fromhex(VOICEMAIL)) + "  - press: ok\n")
    desk = desk_on(card)
    assert notifier.delete(desk) == "9000"
    notifier.put(desk, {})
    passed(card, "  - choose: Missed calls\n  - expect: No missed calls\n")
    assert waiting(card) == "0101"


def test_deleted_without_a_trace(notifier: Product) -> None:
    desk = new_desk()
    vm = desk.card.machine.vm
    before = vm.heap.used
    notifier.put(desk, notifier.example())
    passed(desk.card, notifier.walk)
    desk = desk_on(desk.card)
    assert notifier.delete(desk) == "9000"
    assert vm.heap.used == before
    assert notifier.instance not in vm.instances
    assert desk.card.toolkit.menu_identifiers() == set()


def test_the_list_is_kept_in_the_state_file(notifier: Product, tmp_path: Path) -> None:
    state = tmp_path / "card.state"
    card = notifier.card({}, state)
    passed(card, notifier.step(bytes.fromhex(MISSED + "8107" + NUMBER)) + "  - press: ok\n  - press: no\n")
    card.close()
    card = card_of(state)
    passed(card, "  - choose: Missed calls\n  - expect: '+49171234567'\n")
    card.close()


def test_its_manifest_fits_into_an_installation(notifier: Product) -> None:
    """Two languages and a mailbox: less than the 255 bytes that reach `install`."""
    assert len(install_parameters(notifier.manifest, notifier.example())) < 255 + 40
