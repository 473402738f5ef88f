"""Preferred networks as the operator wants them, and a phone that is stuck gets unstuck: so many times a day."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtool.card.handset.walk import Walk
from simtool.files.applets.manifest import encode_parameters, install_parameters
from simtool.softcard import SoftCard
from tests.applets.products import Product, newer, passed, torn
from tests.applets.products import product as product_of
from tests.softcard.applets.conftest import desk_on
from tests.softcard.applets.phone_desk import card_of, phone_with

NAME = "steering"
PREFERRED = "62f210 4800 62f220 c880 32f451 4000".replace(" ", "")
"""What example.yaml says, as EF.OPLMNwAcT has it (TS 31.102)."""
NOTHING = "ffffff0000"
REFUSED = "62f220" + "02f810" + "ff" * 6
START = "  - expect: {kind: idle}\n"
LIMITED = "  - event: {location_status: limited}\n"
NORMAL = "  - event: {location_status: normal}\n"


@pytest.fixture(scope="module")
def product() -> Product:
    return product_of(NAME)


@pytest.fixture(scope="module")
def issued(product: Product, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of a card with the applet and the example's networks, never yet started."""
    path = tmp_path_factory.mktemp("issued") / "card.state"
    card = card_of(path)
    forbid(card)
    product.put(desk_on(card), product.example())
    card.close()
    return path


@pytest.fixture
def state(issued: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(issued, tmp_path / "card.state"))


@pytest.fixture
def card(state: Path) -> SoftCard:
    return card_of(state)


def content(card: SoftCard, name: str) -> str:
    return card.files.by_path[f"MF/ADF.USIM/{name}"].content.data.hex()


def preferred(card: SoftCard) -> str:
    """The networks of EF.OPLMNwAcT without the empty places behind them."""
    now = content(card, "EF.OPLMNwAcT")
    while now.endswith(NOTHING):
        now = now[: -len(NOTHING)]
    return now


def forbid(card: SoftCard) -> None:
    """The phone has been refused by two networks."""
    card.write(card.files.by_path["MF/ADF.USIM/EF.FPLMN"], bytes.fromhex(REFUSED))


def is_clear(card: SoftCard) -> bool:
    return content(card, "EF.FPLMN") == "ff" * 12


def refreshes(card: SoftCard, steps: str) -> list[str]:
    """What a phone tells about REFRESH in these steps."""
    phone = phone_with(card)
    report = Walk.parse("steps:\n" + steps).run(phone)
    assert report.passed, report
    return [one.text for one in phone.happenings if one.kind == "refresh"]


def wait(minutes: int) -> str:
    return f"  - wait: {minutes}m\n"


def test_it_is_small(product: Product) -> None:
    assert product.built.code < 4096
    assert not product.built.warnings


def test_the_whole_walk(card: SoftCard, product: Product) -> None:
    passed(card, product.walk)
    assert preferred(card) == "02f810c880"
    assert is_clear(card)


# Preferred networks


def test_the_first_start_writes_them(card: SoftCard) -> None:
    """Before the phone reads the files, so that it need not be told."""
    assert refreshes(card, START) == []
    assert preferred(card) == PREFERRED
    assert content(card, "EF.HPPLMN") == "03"


def test_what_was_there_before_is_gone(card: SoftCard) -> None:
    node = card.files.by_path["MF/ADF.USIM/EF.OPLMNwAcT"]
    card.write(node, b"\x11" * len(node.content.data))
    passed(card, START)
    assert preferred(card) == PREFERRED


def test_more_networks_than_the_file_takes(product: Product) -> None:
    card = card_of()
    room = len(card.files.by_path["MF/ADF.USIM/EF.OPLMNwAcT"].content.data) // 5
    assert room == 12
    networks = [[f"310-{number:03}"] for number in range(1, 21)]
    product.put(desk_on(card), product.example() | {"networks": networks})
    passed(card, START)
    now = content(card, "EF.OPLMNwAcT")
    assert (len(now), now[:10], now[-10:]) == (120, "131000c880", "132010c880")


def message(product: Product, values: dict[str, Any], *, size: int = 90) -> str:
    """New parameters in secured messages, as steps of a walk."""
    raw = encode_parameters(product.manifest, values)
    parts = [raw[at : at + size] for at in range(0, len(raw), size)]
    heads = [*range(len(parts) - 1), len(parts) - 1 | 0x80]
    return "".join(
        product.step(bytes((head,)) + part, counter=number)
        for number, (head, part) in enumerate(zip(heads, parts, strict=True), 1)
    )


@pytest.mark.parametrize("size", [40, 100])
@pytest.mark.parametrize(
    ("mode", "told"),
    [
        ("files changed", "files have changed: 3f007fff6f61"),
        ("begin again", "the application starts anew 3f007fff6f61"),
        ("reset", "the card is reset"),
        ("steering of roaming", "preferred networks: 02f810c880"),
    ],
)
def test_new_networks_over_the_air(card: SoftCard, product: Product, mode: str, told: str, size: int) -> None:
    passed(card, START)
    steps = message(product, product.example() | {"refresh": mode, "networks": [["208-01"]]}, size=size)
    assert refreshes(card, START + steps) == [told]
    assert preferred(card) == "02f810c880"


def test_wrong_messages_change_nothing(card: SoftCard, product: Product) -> None:
    """A table cut off, one without the block before it, nothing at all. Answered by a status word."""
    raw = encode_parameters(product.manifest, product.example() | {"networks": [["208-01"]]})
    wrong = {b"\x80" + raw[:-1]: "6a80", b"\x82" + raw: "6b00", b"\x80": "6700"}
    phone = phone_with(card)
    for counter, (data, word) in enumerate(wrong.items(), 1):
        report, answer = product.tell(phone, data, counter=counter)
        assert (report.acknowledged, answer.hex()) == (True, word)
    assert preferred(card) == PREFERRED
    report, answer = product.tell(phone, b"\x80" + raw, counter=9)
    assert (report.acknowledged, answer.hex()) == (True, "9000")
    assert preferred(card) == "02f810c880"


def test_a_phone_that_stores_messages(card: SoftCard, product: Product) -> None:
    """Without data download they come by EF.SMS (TS 31.130 §6.2), and are as good."""
    steps = message(product, product.example() | {"networks": [["208-01"]]})
    passed(card, Walk.parse("phone: {services: []}\nsteps:\n" + steps))
    assert preferred(card) == "02f810c880"


# A phone that is stuck


@pytest.mark.parametrize("service", ["limited", "none"])
def test_the_forbidden_list_is_cleared(card: SoftCard, service: str) -> None:
    passed(card, START)
    steps = f"  - event: {{location_status: {service}}}\n"
    assert refreshes(card, steps + wait(14)) == []
    assert not is_clear(card)
    assert refreshes(card, steps + wait(16)) == ["files have changed: 3f007fff6f7b"]
    assert is_clear(card)


def test_service_comes_back_in_time(card: SoftCard) -> None:
    assert refreshes(card, (LIMITED + wait(14) + NORMAL) * 3 + wait(60)) == []
    assert not is_clear(card)


def test_stuck_from_the_start(card: SoftCard) -> None:
    """No event tells of it: nothing has changed for the phone."""
    phone = phone_with(card)
    phone.network.service = 1
    assert Walk.parse("steps:\n" + wait(16)).run(phone).passed
    assert is_clear(card)


def test_in_service_from_the_start(card: SoftCard) -> None:
    """Nor of service: the phone is asked before anything is done."""
    assert refreshes(card, wait(60)) == []
    assert not is_clear(card)


def test_so_many_times_a_day(card: SoftCard) -> None:
    """Two in the example. Without events in between, and over power cycles."""
    told = refreshes(card, LIMITED + wait(300))
    assert len(told) == 2
    forbid(card)
    assert refreshes(card, LIMITED + wait(300)) == []
    assert not is_clear(card)


def test_the_next_day_begins_anew(card: SoftCard) -> None:
    assert len(refreshes(card, LIMITED + wait(24 * 60) + wait(60))) == 4


def test_never(product: Product) -> None:
    card = card_of()
    forbid(card)
    product.put(desk_on(card), product.example() | {"clearings": 0})
    assert refreshes(card, LIMITED + wait(300)) == []
    assert not is_clear(card)


def test_without_the_right_to_write(product: Product) -> None:
    """Nothing happens, and the phone goes on."""
    desk = desk_on(card_of())
    forbid(desk.card)
    assert product.load(desk) == "9000"
    parameters = install_parameters(product.manifest, product.example()).hex()
    weak = parameters.replace("0402010100", "0402000000")
    assert weak != parameters
    assert product.install(desk, bytes.fromhex(weak)) == "9000"
    assert refreshes(desk.card, LIMITED + wait(60)) == []
    assert preferred(desk.card) == "" and not is_clear(desk.card)


# Parameters that are wrong


def cut(raw: bytes) -> bytes:
    return raw[:-1]


def swapped(old: str, new: str) -> Callable[[bytes], bytes]:
    def change(raw: bytes) -> bytes:
        assert bytes.fromhex(old) in raw
        return raw.replace(bytes.fromhex(old), bytes.fromhex(new))

    return change


WRONG = {
    "none": lambda raw: b"",
    "cut off": cut,
    "more behind": lambda raw: raw + b"\x80",
    "a length beyond the end": swapped("a70f", "a710"),
    "a length of three bytes": swapped("81010f", "81830f"),
    "no time": swapped("81010f", "810100"),
    "no AID": swapped("8010a000", "8810a000"),
    "no number of clearings": swapped("820102", "880102"),
    "a REFRESH that nobody knows": swapped("830101", "830105"),
    "a period of two bytes": swapped("840103", "84020303"),
    "a way of odd length": swapped("85026f61", "85016f"),
    "nothing to clear": swapped("86026f7b", "8600"),
    "no networks": lambda raw: raw[: -(2 + 15)],
    "half a network": swapped("a70f" + PREFERRED, "a70e" + PREFERRED[:-2]),
}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.binary(max_size=4), st.integers(0, 4))
def test_any_change_is_taken_or_refused(at: int, new: bytes, gone: int) -> None:
    """Bytes of good parameters replaced by others: 9000, 6A80, or 6A88 for another ADF; never an exception."""
    product = product_of(NAME)
    good = encode_parameters(product.manifest, product.example())
    at %= len(good)
    desk = desk_on(card_of())
    assert product.load(desk) == "9000"
    assert product.install_raw(desk, good[:at] + new + good[at + gone :]) in ("9000", "6a80", "6a88")


@pytest.mark.parametrize("how", WRONG.values(), ids=WRONG)
def test_wrong_parameters_are_refused(product: Product, how: Callable[[bytes], bytes]) -> None:
    """6A80, and nothing of the instance stays."""
    desk = desk_on(card_of())
    assert product.load(desk) == "9000"
    good = encode_parameters(product.manifest, product.example())
    assert product.install_raw(desk, how(good)) == "6a80"
    assert product.install_raw(desk, good) == "9000"


def test_the_usim_is_not_there(product: Product) -> None:
    desk = desk_on(card_of())
    assert product.load(desk) == "9000"
    raw = encode_parameters(product.manifest, product.example() | {"usim": "a0000000871009"})
    assert product.install_raw(desk, raw) == "6a88"


# Lost power, updates, deletion


def test_torn_at_every_write_of_new_networks(issued: Path, tmp_path: Path, product: Product) -> None:
    """The old ones or the new ones, in the whole file."""
    state, seen = Path(shutil.copy(issued, tmp_path / "card.state")), []
    steps = START + message(product, product.example() | {"networks": [["208-01"]]}, size=40)
    for card in torn(state, Walk.parse("steps:\n" + steps)):
        passed(card, START)
        seen.append(preferred(card))
    assert len(seen) > 10
    assert set(seen) == {PREFERRED, "02f810c880"}


def test_torn_at_every_write_of_a_clearing(issued: Path, tmp_path: Path) -> None:
    """Lost power never gives more clearings than the day has."""

    state, times = Path(shutil.copy(issued, tmp_path / "card.state")), 0
    for card in torn(state, Walk.parse("steps:\n" + LIMITED + wait(16))):
        passed(card, START)
        assert preferred(card) == PREFERRED
        assert len(refreshes(card, LIMITED + wait(120))) <= 2
        times += 1
    assert times > 5


def test_a_newer_version(card: SoftCard, product: Product) -> None:
    """It comes with its parameters; the files stay as they are until then."""
    passed(card, START)
    desk = desk_on(card)
    assert product.delete(desk) == "9000"
    assert preferred(card) == PREFERRED
    newer(NAME).put(desk_on(card), product.example() | {"networks": [["208-01"]]})
    passed(card, START)
    assert preferred(card) == "02f810c880"


def test_deleted_it_leaves_nothing(product: Product) -> None:
    card = card_of()
    desk = desk_on(card)
    heap = card.machine.vm.heap
    before, objects = heap.used, set(heap.objects)
    product.put(desk, product.example())
    passed(card, LIMITED + wait(60))
    desk.again()
    assert product.delete(desk) == "9000"
    assert (heap.used, set(heap.objects)) == (before, objects)
    passed(card, LIMITED + wait(60) + NORMAL)
