"""Several subscriptions on one card: who gets which one where, and that a card never has two halves."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simtool
from simtool.card.handset.screen import Key
from simtool.card.handset.walk import Walk
from simtool.card.session import Session
from simtool.card.transport import EndpointTransport
from simtool.crypto.aka import gsm_triplet
from simtool.crypto.milenage import Milenage
from simtool.errors import CardRemovedError
from simtool.files.applets.manifest import encode_parameters, install_parameters
from simtool.perso.memory.attempts import Attempts
from simtool.perso.memory.journal import Journals
from simtool.softcard import SoftCard
from simtool.softcard.faults import Fault, FaultyCard, Kind
from tests.applets.products import Product, newer, passed, torn
from tests.applets.products import product as product_of
from tests.harness.gp_host import Host
from tests.perso.test_applications import Carrier
from tests.softcard.applets.conftest import Desk, desk_on
from tests.softcard.applets.phone_desk import card_of, phone_with, walk

NAME = "multi-imsi"
FILES = ("EF.IMSI", "EF.ACC", "EF.SMSP", "EF.LOCI", "EF.PSLOCI", "EF.EPSLOCI")
NORDLICHT, ALBION, LUSITANIA = range(3)
START = "  - expect: {kind: idle}\n"


@pytest.fixture(scope="module")
def product() -> Product:
    return product_of(NAME)


@pytest.fixture(scope="module")
def issued(product: Product, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of a card with the applet and the example's subscriptions."""
    path = tmp_path_factory.mktemp("issued") / "card.state"
    product.card(product.example(), path).close()
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


def at(network: str, minutes: int = 11) -> str:
    return f"  - event: {{location_status: {{network: {network}}}}}\n  - wait: {minutes}m\n"


LIMITED = "  - event: {location_status: limited}\n"
NORMAL = "  - event: {location_status: normal}\n"
MENU = "  - choose: Subscription\n  - choose: %s\n  - expect: {kind: idle}\n"


def test_it_is_small(product: Product) -> None:
    assert product.built.code < 4096
    assert not product.built.warnings


def test_the_whole_walk(card: SoftCard, product: Product) -> None:
    passed(card, product.walk)
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
    passed(card, at(network))
    assert has(card, product) == subscription


def test_a_short_visit_changes_nothing(card: SoftCard, product: Product) -> None:
    """Near a border: never ten minutes in one country."""
    passed(card, (at("234-15", 9) + at("262-01", 9)) * 3 + "  - wait: 20m\n")
    assert has(card, product) == NORDLICHT


def test_moving_within_the_country_goes_on_counting(card: SoftCard, product: Product) -> None:
    passed(card, at("234-15", 6) + at("234-30", 6))
    assert has(card, product) == ALBION


def test_limited_service_is_quicker(card: SoftCard, product: Product) -> None:
    """The place is asked for: the event does not tell it without normal service."""
    limited = "  - event: {location_status: {service: limited, network: 234-15}}\n"
    passed(card, limited + "  - wait: 1m\n")
    assert has(card, product) == NORDLICHT
    passed(card, limited + "  - wait: 3m\n" + NORMAL)
    assert has(card, product) == ALBION


def test_home_comes_back_where_nobody_takes_it(card: SoftCard, product: Product) -> None:
    """And the subscription that failed is not tried again in that country, but after another one."""
    passed(card, at("234-15") + LIMITED + "  - wait: 6m\n" + (NORMAL + "  - wait: 15m\n") * 3)
    assert has(card, product) == NORDLICHT
    passed(card, at("262-01") + at("234-15") + NORMAL)
    assert has(card, product) == ALBION


def test_a_trial_goes_on_after_a_power_cycle(card: SoftCard, product: Product) -> None:
    passed(card, at("234-15") + LIMITED + "  - power_cycle\n" + LIMITED + "  - wait: 4m\n")
    assert has(card, product) == ALBION
    passed(card, LIMITED + "  - wait: 6m\n")
    assert has(card, product) == NORDLICHT


def test_a_phone_that_does_not_tell_is_asked(card: SoftCard, product: Product) -> None:
    """Normal service without an event after the switch: the trial is passed all the same."""
    passed(card, at("234-15") + "  - wait: 10m\n")
    assert has(card, product) == ALBION


# What the user wants


def test_the_users_choice_stays_everywhere(card: SoftCard, product: Product) -> None:
    passed(card, MENU % "Lusitania" + NORMAL + at("234-15") + "  - power_cycle\n" + at("262-01"))
    assert has(card, product) == LUSITANIA
    passed(card, at("234-15", 1) + MENU % "Automatic")
    assert has(card, product) == ALBION


def test_a_choice_that_nobody_takes(card: SoftCard, product: Product) -> None:
    passed(card, MENU % "Lusitania" + LIMITED + "  - wait: 6m\n")
    assert has(card, product) == NORDLICHT


def test_nothing_chosen(card: SoftCard, product: Product) -> None:
    passed(card, "  - choose: Subscription\n  - press: back\n" + START + MENU % "Nordlicht")
    assert has(card, product) == NORDLICHT


def test_a_phone_in_a_call_is_asked_again(card: SoftCard, product: Product) -> None:
    """REFRESH is refused while it talks (TS 102 223 §6.4.7); a minute later it is asked anew."""
    phone = phone_with(card)
    call = "  - incoming_call: '+491'\n  - press: ok\n" + at("234-15", 14) + "  - call_ends\n"
    assert Walk.parse("steps:\n" + call + "  - wait: 2m\n" + NORMAL).run(phone).passed
    (told,) = (one.at for one in phone.happenings if one.kind == "refresh")
    assert 14 * 60 < told <= 15 * 60 + 5
    assert has(card, product) == ALBION


@pytest.mark.parametrize("mode", ["all files", "begin again", "reset", "application reset", "session reset"])
def test_every_kind_of_refresh(product: Product, mode: str) -> None:
    """The phone comes back from all but the reset; the trial begins either way."""
    card = product.card(product.example() | {"refresh": mode})
    passed(card, at("234-15", 12))
    assert has(card, product) == ALBION
    passed(card, MENU % "Lusitania" + LIMITED + "  - wait: 6m\n")
    assert has(card, product) == NORDLICHT


# What is on the card


def test_keys_where_the_product_has_them_in_files(product: Product) -> None:
    """Each IMSI with its own K and OPc: the card authenticates with those of the subscription it has."""
    pairs = [(bytes((number,)) * 16, bytes((number + 1,)) * 16) for number in (0x10, 0x20)]
    keys = [(b"\x14" + k + opc).hex() for k, opc in pairs]  # Milenage, the operator's field is OPc
    imsis = [one["contents"][0] for one in product.example()["subscriptions"]]
    values = {
        "files": [{"path": "6f07"}, {"path": "af20"}],
        "subscriptions": [
            {"name": "A", "contents": [imsis[0], keys[0]]},
            {"name": "B", "countries": ["234"], "contents": [imsis[1], keys[1]]},
        ],
    }
    card = product.card(values)
    for network, (k, opc) in zip(("262-01", "234-15"), pairs, strict=True):
        passed(card, at(network))
        session = Session.open(EndpointTransport(card, "card in a reader"))
        session.select_aid(bytes.fromhex("a0000000871002"))
        rand = bytes(range(16))
        wanted = gsm_triplet(Milenage(k, opc), rand)
        assert session.authenticate_gsm(rand) == (wanted.sres, wanted.kc)


def test_without_the_right_to_write_nothing_changes(product: Product) -> None:
    """The access domain allows EF.SMSP (PIN 1) and not EF.IMSI: no half of a subscription, and no endless tries."""
    desk = desk_on(card_of())
    parameters = install_parameters(product.manifest, product.example()).hex()
    weak = parameters.replace("04020101 04".replace(" ", ""), "0402010004")
    assert weak != parameters and product.load(desk) == "9000"
    assert product.install(desk, bytes.fromhex(weak)) == "9000"
    before = on_card(desk.card)
    assert product.personalise(desk, encode_parameters(product.manifest, product.example())) == "9000"
    passed(desk.card, at("234-15") + "  - wait: 30m\n" + START)
    assert on_card(desk.card) == before


def test_it_stays_over_power(state: Path, product: Product) -> None:
    card = card_of(state)
    passed(card, at("234-15") + NORMAL)
    card.close()
    card = card_of(state)
    passed(card, START)
    assert has(card, product) == ALBION
    card.close()


PROFILE = """\
operator: {kind: full, name: Nordlicht, plmn: 262-77}
identity:
  iccid: {first: '898821100000046734'}
  imsi: {first: '262770000000101'}
  further: [{label: Albion, plmn: 234-15, imsi: {first: '234150000000209'}}]
applets:
  travel:
    applet: multi-imsi
    parameters:
      files: [{path: 6f07}, {path: 6f78}]
      subscriptions:
        - {name: Nordlicht, contents: ['{EF.IMSI}', '{EF.ACC}']}
        - {name: Albion, countries: ['234'], contents: ['{EF.IMSI.2}', '{EF.ACC.2}']}
"""


def test_as_a_profile_brings_it(tmp_path: Path) -> None:
    """`simtool apply` with two subscriptions in the record; then abroad and back."""
    rig = Carrier("generic-usim", simtool.Profile.parse(PROFILE, folder=tmp_path))
    card, record = rig.card(), rig.new_record()
    records = [record]
    assert rig.visit(card, Journals(tmp_path), records, Attempts(tmp_path)).good
    assert not rig.visit(card, Journals(tmp_path), records, Attempts(tmp_path)).job.plan
    for network, subscription in (("234-15", 1), ("262-77", 0)):
        passed(card, at(network))
        now = card.files.by_path["MF/ADF.USIM/EF.IMSI"].content.data
        assert now == record.subscriptions[subscription].imsi.encode()
        passed(card, NORMAL)


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


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.binary(max_size=4), st.integers(0, 4))
def test_any_change_is_taken_or_refused(at: int, new: bytes, gone: int) -> None:
    """Bytes of good parameters replaced by others: 9000, 6A80, or 6A88 for another ADF; never an exception."""
    product = product_of(NAME)
    good = encode_parameters(product.manifest, TWO)
    at %= len(good)
    desk = desk_on(card_of())
    assert product.load(desk) == "9000"
    assert product.install_raw(desk, good[:at] + new + good[at + gone :]) in ("9000", "6a80", "6a88")


@pytest.mark.parametrize("how", WRONG.values(), ids=WRONG)
def test_wrong_parameters_are_refused(product: Product, how: Callable[[bytes], bytes]) -> None:
    """6A80 at the installation, nothing of the instance stays; 6A80 for STORE DATA, and what was there goes on."""
    desk = desk_on(card_of())
    assert product.load(desk) == "9000"
    good = encode_parameters(product.manifest, TWO)
    assert product.install_raw(desk, how(good)) == "6a80"
    assert product.install_raw(desk, good) == "9000"
    assert product.personalise(desk, how(good)) == "6a80"
    passed(
        desk.card, "  - choose: Subscription\n  - expect: {kind: choice, items: [Automatic, A, B]}\n  - press: back\n"
    )


def test_the_usim_is_not_there(product: Product) -> None:
    desk = desk_on(card_of())
    assert product.load(desk) == "9000"
    raw = encode_parameters(product.manifest, TWO | {"usim": "a0000000871009"})
    assert product.install_raw(desk, raw) == "6a88"


def test_too_much_and_out_of_order(card: SoftCard, product: Product) -> None:
    desk = desk_on(card)
    assert product.personalise(desk, bytes(1537)) == "6a84"
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
    state, seen = Path(shutil.copy(issued, tmp_path / "card.state")), []
    for card in torn(state, Walk.parse("steps:\n" + steps)):
        passed(card, START)
        seen.append(has(card, product))
    assert len(seen) > len(FILES) + 2
    assert set(seen) == {NORDLICHT, wanted}


STEPS = [at("262-01"), at("234-15"), at("214-03"), at("268-06", 4), LIMITED, NORMAL, "  - wait: 6m\n",
         "  - event: {location_status: {service: limited, network: 234-15}}\n", "  - power_cycle\n",
         MENU % "Albion", MENU % "Lusitania", MENU % "Automatic"]  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(STEPS), min_size=1, max_size=6), st.integers(1, 60))
def test_whatever_happens_the_card_is_whole(issued: Path, steps: list[str], number: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        state = Path(shutil.copy(issued, Path(folder) / "card.state"))
        card = card_of(state)
        try:
            walk(card, "".join(steps), faults=[Fault(Kind.TEAR_APPLET, number)])
        except CardRemovedError:
            pass
        card.close()
        card = card_of(state)
        passed(card, START)
        has(card, product_of(NAME))
        card.close()


def test_torn_while_a_new_table_comes(issued: Path, tmp_path: Path, product: Product) -> None:
    """The old table or the new one: never parts of both, and always files of the one that is in use."""
    values = product.example()
    values |= {"subscriptions": values["subscriptions"][:2], "title": "Tarife"}
    raw, lost, seen = encode_parameters(product.manifest, values), 0, set()
    menus = {
        "Subscription": "[Automatic, Nordlicht, Albion, Lusitania]",
        "Tarife": "[Automatic, Nordlicht, Albion]",
    }
    for number in range(1, 80):
        card = card_of(Path(shutil.copy(issued, tmp_path / f"{number}.state")))
        faulty = FaultyCard(card, [Fault(Kind.TEAR_APPLET, number)])
        faulty.power_on()
        done = False
        try:
            done = product.personalise(Desk(card, Host(faulty)), raw) == "9000"
        except CardRemovedError:
            lost += 1
        card.close()
        card = card_of(tmp_path / f"{number}.state")
        passed(card, START)
        assert has(card, product) == NORDLICHT
        menu = phone_with(card).menu
        assert menu is not None
        title = str(menu.items[0].text)
        passed(card, f"  - choose: {title}\n  - expect: {{items: {menus[title]}}}\n")
        seen.add(title)
        card.close()
        if done:
            break
    assert done and lost > 3 and seen == set(menus)


# Over the air, updates, deletion


def test_a_new_table_over_the_air(card: SoftCard, product: Product) -> None:
    values = product.example()
    values["subscriptions"][1]["name"] = "Britannia"
    raw = encode_parameters(product.manifest, values)
    shown = "  - choose: Subscription\n  - expect: {items: [Automatic, Nordlicht, Britannia, Lusitania]}\n"
    passed(card, message(product, raw) + shown)


def message(product: Product, raw: bytes, size: int = 90) -> str:
    """A table in secured messages, as steps of a walk."""
    parts = [raw[at : at + size] for at in range(0, len(raw), size)]
    heads = [*range(len(parts) - 1), len(parts) - 1 | 0x80]
    return "".join(
        product.step(bytes((head,)) + part, counter=number)
        for number, (head, part) in enumerate(zip(heads, parts, strict=True), 1)
    )


def test_a_phone_that_stores_messages(card: SoftCard, product: Product) -> None:
    """Without data download they come by EF.SMS (TS 31.130 §6.2), and are as good."""
    values = product.example()
    values["title"] = "Tarife"
    steps = message(product, encode_parameters(product.manifest, values)) + "  - choose: Tarife\n"
    passed(card, Walk.parse("phone: {services: []}\nsteps:\n" + steps))


def test_wrong_messages_change_nothing(card: SoftCard, product: Product) -> None:
    """Answered by a status word."""
    raw = encode_parameters(product.manifest, TWO)
    wrong = {b"\x80" + raw[:60]: "6a80", b"\x82" + raw[:60]: "6b00", b"\x80": "6700"}
    phone = phone_with(card)
    for counter, (data, word) in enumerate(wrong.items(), 1):
        report, answer = product.tell(phone, data, counter=counter)
        assert (report.acknowledged, answer.hex()) == (True, word)
    for counter, data in enumerate((b"\x00" + raw[:60], b"\x81" + raw[60:]), 8):
        report, answer = product.tell(phone, data, counter=counter)
        assert (report.acknowledged, answer.hex()) == (True, "9000")


def test_a_newer_version_begins_at_home(card: SoftCard, product: Product) -> None:
    passed(card, at("234-15") + NORMAL)
    desk = desk_on(card)
    assert product.delete(desk) == "9000"
    newer(NAME).put(desk_on(card), product.example())
    passed(card, START)
    assert has(card, product) == NORDLICHT


def test_deleted_it_leaves_nothing_but_the_files_of_home(product: Product) -> None:
    card = card_of()
    desk = desk_on(card)
    heap = card.machine.vm.heap
    before, objects = heap.used, set(heap.objects)
    product.put(desk, product.example())
    passed(card, at("234-15") + NORMAL)
    assert has(card, product) == ALBION
    desk.again()
    assert product.delete(desk) == "9000"
    assert (heap.used, set(heap.objects)) == (before, objects)
    assert has(card, product) == NORDLICHT
    passed(card, "  - expect: {kind: idle}\n")
    assert Key.MENU not in phone_with(card).screen.keys
