"""Several subscriptions on one card: who gets which one where, and that a card never has two halves."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from simtool.card.handset.walk import Walk
from simtool.errors import CardRemovedError
from simtool.softcard import SoftCard
from simtool.softcard.faults import Fault, FaultyCard, Kind
from tests.applets.built import Product, built, packet, personalize, put, remove
from tests.harness.gp_host import Host
from tests.softcard.applets.conftest import Desk, desk_on
from tests.softcard.applets.phone_desk import card_of, phone_with, walk

NAME = "multi-imsi"
FILES = ("EF.IMSI", "EF.ACC", "EF.SMSP", "EF.LOCI", "EF.PSLOCI", "EF.EPSLOCI")
NORDLICHT, ALBION, LUSITANIA = range(3)
START = "  - expect: {kind: idle}\n"


@pytest.fixture(scope="module")
def product() -> Product:
    return built(NAME)


@pytest.fixture(scope="module")
def issued(product: Product, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of a card with the applet and the example's subscriptions."""
    path = tmp_path_factory.mktemp("issued") / "card.state"
    put(card_of(path), product, product.example()).card.close()
    return path


@pytest.fixture
def state(issued: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(issued, tmp_path / "card.state"))


@pytest.fixture
def card(state: Path) -> SoftCard:
    return card_of(state)


def contents(product: Product, number: int) -> list[bytes]:
    """What the files have with this subscription."""
    return [bytes.fromhex(one) for one in product.example()["subscriptions"][number]["contents"]]


def on_card(card: SoftCard) -> list[bytes]:
    files = [card.files.by_path[f"MF/ADF.USIM/{name}"].content.data for name in FILES]
    return [one[:42] for one in files]


def has(card: SoftCard, product: Product) -> int:
    """Which subscription the card has: all of its files, or the test fails."""
    now = on_card(card)
    found = [number for number in range(3) if contents(product, number) == now]
    assert found, [one.hex() for one in now]
    return found[0]


def go(card: SoftCard, steps: str) -> None:
    report = walk(card, steps)
    assert report.passed, report


def at(network: str, minutes: int = 11) -> str:
    return f"  - event: {{location_status: {{network: {network}}}}}\n  - wait: {minutes}m\n"


LIMITED = "  - event: {location_status: limited}\n"
NORMAL = "  - event: {location_status: normal}\n"
MENU = "  - choose: Subscription\n  - choose: %s\n  - expect: {kind: idle}\n"


def test_it_is_small(product: Product) -> None:
    budget = product.manifest.budget
    assert product.code <= (budget.code or 0) and len(product.block) <= (budget.load or 0)


def test_the_whole_walk(card: SoftCard, product: Product) -> None:
    report = walk(card, Walk.load(product.folder / "walk.yaml"))
    assert report.passed, report
    assert has(card, product) == NORDLICHT


# Where the phone is


@pytest.mark.parametrize(
    ("network", "subscription"),
    [
        ("262-01", NORDLICHT),
        ("262-03", NORDLICHT),
        ("234-15", ALBION),
        ("234-30", ALBION),
        ("214-03", LUSITANIA),  # by its network
        ("214-01", NORDLICHT),  # in the same country, of nobody
        ("268-06", LUSITANIA),
        ("310-410", NORDLICHT),  # an MNC of three digits
    ],
)
def test_the_place_decides(card: SoftCard, product: Product, network: str, subscription: int) -> None:
    go(card, at(network))
    assert has(card, product) == subscription


def test_a_short_visit_changes_nothing(card: SoftCard, product: Product) -> None:
    """Near a border: never ten minutes in one country."""
    go(card, (at("234-15", 9) + at("262-01", 9)) * 3 + "  - wait: 20m\n")
    assert has(card, product) == NORDLICHT


def test_moving_within_the_country_goes_on_counting(card: SoftCard, product: Product) -> None:
    go(card, at("234-15", 6) + at("234-30", 6))
    assert has(card, product) == ALBION


def test_limited_service_is_quicker(card: SoftCard, product: Product) -> None:
    """The place is asked for: the event does not tell it without normal service."""
    limited = "  - event: {location_status: {service: limited, network: 234-15}}\n"
    go(card, limited + "  - wait: 1m\n")
    assert has(card, product) == NORDLICHT
    go(card, limited + "  - wait: 3m\n" + NORMAL)
    assert has(card, product) == ALBION


def test_home_comes_back_where_nobody_takes_it(card: SoftCard, product: Product) -> None:
    """And the subscription that failed is not tried again in that country, but after another one."""
    go(card, at("234-15") + LIMITED + "  - wait: 6m\n" + (NORMAL + "  - wait: 15m\n") * 3)
    assert has(card, product) == NORDLICHT
    go(card, at("262-01") + at("234-15") + NORMAL)
    assert has(card, product) == ALBION


def test_a_trial_goes_on_after_a_power_cycle(card: SoftCard, product: Product) -> None:
    go(card, at("234-15") + LIMITED + "  - power_cycle\n" + LIMITED + "  - wait: 4m\n")
    assert has(card, product) == ALBION
    go(card, LIMITED + "  - wait: 6m\n")
    assert has(card, product) == NORDLICHT


def test_a_phone_that_does_not_tell_is_asked(card: SoftCard, product: Product) -> None:
    """Normal service without an event after the switch: the trial is passed all the same."""
    go(card, at("234-15") + "  - wait: 10m\n")
    assert has(card, product) == ALBION


# What the user wants


def test_the_users_choice_stays_everywhere(card: SoftCard, product: Product) -> None:
    go(card, MENU % "Lusitania" + NORMAL + at("234-15") + "  - power_cycle\n" + at("262-01"))
    assert has(card, product) == LUSITANIA
    go(card, at("234-15", 1) + MENU % "Automatic")
    assert has(card, product) == ALBION


def test_a_choice_that_nobody_takes(card: SoftCard, product: Product) -> None:
    go(card, MENU % "Lusitania" + LIMITED + "  - wait: 6m\n")
    assert has(card, product) == NORDLICHT


def test_nothing_chosen(card: SoftCard, product: Product) -> None:
    go(card, "  - choose: Subscription\n  - press: back\n" + START + MENU % "Nordlicht")
    assert has(card, product) == NORDLICHT


def test_a_phone_in_a_call_is_asked_again(card: SoftCard, product: Product) -> None:
    """REFRESH is refused while it talks (TS 102 223 §6.4.7); a minute later it is asked anew."""
    phone = phone_with(card)
    call = "  - incoming_call: '+491'\n  - press: ok\n" + at("234-15", 14) + "  - call_ends\n"
    assert Walk.parse("steps:\n" + call + "  - wait: 2m\n" + NORMAL).run(phone).passed
    (told,) = (one.at for one in phone.happenings if one.kind == "refresh")
    assert 14 * 60 < told <= 15 * 60 + 5
    assert has(card, product) == ALBION


# What is on the card


def test_keys_where_the_product_has_them_in_files(product: Product, tmp_path: Path) -> None:
    keys = ["1f" + f"{number:02x}" * 66 for number in (0x11, 0x22)]
    imsis = [one["contents"][0] for one in product.example()["subscriptions"]]
    values = product.example(
        files=[{"path": "6f07"}, {"path": "af20"}],
        subscriptions=[
            {"name": "A", "contents": [imsis[0], keys[0]]},
            {"name": "B", "countries": ["234"], "contents": [imsis[1], keys[1]]},
        ],
    )
    card = put(card_of(), product, values).card
    go(card, at("234-15"))
    assert card.files.by_path["MF/ADF.USIM/EF.AUTH_KEY"].content.data.hex() == keys[1]


def test_without_the_right_to_write_nothing_changes(product: Product) -> None:
    """The access domain allows EF.SMSP (PIN 1) and not EF.IMSI: no half of a subscription, and no endless tries."""
    desk = desk_on(card_of())
    parameters = product.installed_with(product.example())
    weak = parameters.replace("04020101 04".replace(" ", ""), "0402010004")
    assert weak != parameters and desk.load(product) == "9000"
    assert desk.install(product, product.instance, weak) == "9000"
    before = on_card(desk.card)
    assert personalize(desk, product.instance, product.coded(product.example())) == "9000"
    go(desk.card, at("234-15") + "  - wait: 30m\n" + START)
    assert on_card(desk.card) == before


def test_it_stays_over_power(state: Path, product: Product) -> None:
    card = card_of(state)
    go(card, at("234-15") + NORMAL)
    card.close()
    card = card_of(state)
    go(card, START)
    assert has(card, product) == ALBION
    card.close()


# Parameters that are wrong

IMSI = "080910100000000010"
ONE = {"name": "A", "contents": [IMSI]}
A, B = (f"138001{name}81008200830a09{IMSI}" for name in ("41", "42"))
TWO = {"files": [{"path": "6f07"}], "subscriptions": [ONE, {"name": "B", "contents": [IMSI]}]}


def cut(raw: bytes) -> bytes:
    return raw[:-1]


def without(tag: int) -> Callable[[bytes], bytes]:
    """The same without the first object of this tag."""

    def change(raw: bytes) -> bytes:
        at = 0
        while raw[at] != tag:
            at += 2 + raw[at + 1]
        return raw[:at] + raw[at + 2 + raw[at + 1] :]

    return change


def swapped(old: str, new: str) -> Callable[[bytes], bytes]:
    def change(raw: bytes) -> bytes:
        assert bytes.fromhex(old) in raw
        return raw.replace(bytes.fromhex(old), bytes.fromhex(new))

    return change


WRONG = {
    "cut off": cut,
    "more behind": lambda raw: raw + b"\x80",
    "a length beyond the end": swapped("a706", "a770"),
    "a length of three bytes": swapped("850105", "8583"),
    "no title": without(0x80),
    "an empty title": swapped("800c537562736372697074696f6e", "8000"),
    "no time for the trial": without(0x85),
    "a trial of no time": swapped("850105", "850100"),
    "a REFRESH that needs a list": swapped("860104", "860101"),
    "a REFRESH that nobody knows": swapped("860104", "860108"),
    "no files": without(0xA7),
    "a way of odd length": swapped("a706050000026f07", "a70504000001 6f".replace(" ", "")),
    "a file of no known place": swapped("050000026f07", "050200026f07"),
    "a negative record": swapped("050000026f07", "050080026f07"),
    "no AID for files of the USIM": without(0x82),
    "no subscriptions": without(0xA8),
    "one subscription": swapped("a828" + A + B, "a814" + A),
    "half a network": swapped("a828" + A + B, "a82a" + A + "1580014281 0262f2 8200830a09" + IMSI),
    "half a country": swapped("a828" + A + B, "a82a" + A + "158001428100 820262f2 830a09" + IMSI),
    "contents of another length": swapped("a828" + A + B, "a827" + A + "128001428100820083 0908" + IMSI[:-2]),
    "one content too many": swapped("a828" + A + B, "a82a" + A + "158001428100820083 0c09" + IMSI + "0107"),
    "no name": swapped("800142", "840142"),
}  # fmt: skip


@pytest.mark.parametrize("how", WRONG.values(), ids=WRONG)
def test_wrong_parameters_are_refused(product: Product, how: Callable[[bytes], bytes]) -> None:
    """6A80 at the installation, nothing of the instance stays; 6A80 for STORE DATA, and what was there goes on."""
    desk = desk_on(card_of())
    assert desk.load(product) == "9000"
    good = product.coded(TWO)
    parameters = product.installed_with(TWO)[4:]
    assert desk.install(product, product.instance, own(how(good)) + parameters) == "6a80"
    assert desk.install(product, product.instance, own(good) + parameters) == "9000"
    assert personalize(desk, product.instance, how(good)) == "6a80"
    go(desk.card, "  - choose: Subscription\n  - expect: {kind: choice, items: [Automatic, A, B]}\n  - press: back\n")


def own(raw: bytes) -> str:
    return bytes((0xC9, len(raw))).hex() + raw.hex() if len(raw) < 0x80 else f"c981{len(raw):02x}" + raw.hex()


def test_the_usim_is_not_there(product: Product) -> None:
    desk = desk_on(card_of())
    assert desk.load(product) == "9000"
    raw = product.coded(TWO | {"usim": "a0000000871009"})
    assert desk.install(product, product.instance, own(raw) + product.installed_with(TWO)[4:]) == "6a88"


def test_too_much_and_out_of_order(card: SoftCard, product: Product) -> None:
    desk = desk_on(card)
    assert personalize(desk, product.instance, bytes(1537)) == "6a84"
    desk.open()
    assert desk.host.send(0xE6, 0x20, 0, bytes((0, 0, 16)) + product.instance + bytes(3)).ok
    assert desk.host.send(0xE2, 0, 0, bytes(100)).ok
    assert desk.host.send(0xE2, 0, 2, bytes(100)).sw == "6b00"


# Lost power


@pytest.mark.parametrize(
    ("steps", "wanted"), [(at("234-15"), ALBION), (MENU % "Lusitania", LUSITANIA)], ids=["by place", "by menu"]
)
def test_torn_at_every_write_of_a_switch(
    issued: Path, tmp_path: Path, product: Product, steps: str, wanted: int
) -> None:
    """After the next start the card has one subscription, whole, whichever write power was lost before."""
    seen, torn = set(), 0
    for number in range(1, 80):
        state = Path(shutil.copy(issued, tmp_path / f"{number}.state"))
        card = card_of(state)
        done = False
        try:
            done = walk(card, steps, faults=[Fault(Kind.TEAR_APPLET, number)]).passed
        except CardRemovedError:
            torn += 1
        card.close()
        card = card_of(state)
        go(card, START)
        seen.add(has(card, product))
        card.close()
        if done:
            break
    assert done and torn >= len(FILES) + 2
    assert seen == {NORDLICHT, wanted}


def test_torn_while_a_new_table_comes(issued: Path, tmp_path: Path, product: Product) -> None:
    """The old table or the new one: never parts of both, and always files of the one that is in use."""
    values = product.example()
    values["subscriptions"] = values["subscriptions"][:2]
    raw, torn, menus = product.coded(values), 0, set()
    for number in range(1, 80):
        state = Path(shutil.copy(issued, tmp_path / f"{number}.state"))
        card = card_of(state)
        faulty = FaultyCard(card, [Fault(Kind.TEAR_APPLET, number)])
        faulty.power_on()
        done = False
        try:
            done = personalize(Desk(card, Host(faulty)), product.instance, raw) == "9000"
        except CardRemovedError:
            torn += 1
        card.close()
        card = card_of(state)
        go(card, START)
        assert has(card, product) == NORDLICHT
        phone = phone_with(card)
        assert Walk.parse("steps:\n  - choose: Subscription\n").run(phone).passed
        menus.add(phone.screen.items)
        card.close()
        if done:
            break
    assert done and torn > 3 and len(menus) == 2


# Over the air, updates, deletion


def test_a_new_table_over_the_air(card: SoftCard, product: Product) -> None:
    values = product.example()
    values["subscriptions"][1]["name"] = "Britannia"
    raw = product.coded(values)
    parts = [raw[at : at + 100] for at in range(0, len(raw), 100)]
    tar = bytes.fromhex("bfff03")
    steps = ""
    for number, part in enumerate(parts):
        head = number | (0x80 if number == len(parts) - 1 else 0)
        steps += f"  - sms_pp: {{data: {packet(tar, bytes((head,)) + part)}, header: yes}}\n"
    go(card, steps + "  - choose: Subscription\n  - expect: {items: [Automatic, Nordlicht, Britannia, Lusitania]}\n")


def test_a_newer_version_begins_at_home(card: SoftCard, product: Product) -> None:
    go(card, at("234-15") + NORMAL)
    desk = desk_on(card)
    assert remove(desk, product) == "9000"
    put(card, built(NAME, (1, 1)), product.example())
    go(card, START)
    assert has(card, product) == NORDLICHT


def test_deleted_it_leaves_nothing_but_the_files_of_home(product: Product) -> None:
    card = card_of()
    desk = desk_on(card)
    heap = card.machine.vm.heap
    before, objects = heap.used, set(heap.objects)
    put(card, product, product.example())
    go(card, at("234-15") + NORMAL)
    assert has(card, product) == ALBION
    desk.again()
    assert remove(desk, product) == "9000"
    assert (heap.used, set(heap.objects)) == (before, objects)
    assert has(card, product) == NORDLICHT
    go(card, "  - expect: {kind: idle}\n")
    assert "menu" not in phone_with(card).screen.keys
