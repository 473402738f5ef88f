"""Device watch: what it tells of a device, once, and what it keeps to itself; back-off, the switch, torn cards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simtool.card.handset.walk import Walk
from simtool.softcard import SoftCard
from tests.applets.products import Product, passed, product, torn
from tests.softcard.applets.conftest import desk_on
from tests.softcard.applets.phone_desk import card_of, new_desk, walk

TO = "+4930123456"
FIRST, SECOND = "359881030314356", "490154203237518"
OFF, ON, FORGET = b"\x00", b"\x01", b"\x02"


@pytest.fixture(scope="module")
def watch() -> Product:
    return product("device-watch")


def in_phone(imei: str, steps: str) -> Walk:
    """Steps in a phone with this IMEI."""
    return Walk.parse(f"phone: {{imei: '{imei}'}}\nsteps:\n{steps}")


def report_of(text: str) -> str:
    """Steps that wait for a report and take it."""
    return f"  - wait: 3m\n  - expect_sms: {{to: '{TO}', text: '{text}'}}\n  - expect_none: [sms]\n"


SILENCE = "  - wait: 12h\n  - expect_none: [sms]\n"


def card(watch: Product, state: Path | None = None, **values: Any) -> SoftCard:
    return watch.card({"to": TO, "imei": "whole"} | values, state)


def test_within_its_budget(watch: Product) -> None:
    assert watch.built.code < 4096
    assert not watch.built.warnings


def test_the_whole_walk(watch: Product) -> None:
    passed(watch.card(watch.example()), watch.walk)


def test_first_use_and_change(watch: Product) -> None:
    """Each once; back in the first phone is a change again."""
    one = card(watch, previous=True)
    passed(one, in_phone(FIRST, report_of("DEVICE 00 F 35988103031435") + SILENCE))
    passed(one, in_phone(FIRST, SILENCE))
    passed(one, in_phone(SECOND, report_of("DEVICE 01 C 49015420323751 35988103031435") + SILENCE))
    passed(one, in_phone(FIRST, report_of("DEVICE 02 C 35988103031435 49015420323751")))


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"imei": "none"}, "DEVICE 00 F"), ({"imei": "type"}, "DEVICE 00 F 35988103"),
        ({"imei": "none", "previous": True}, "DEVICE 00 F"), ({"prefix": "A"}, "A 00 F 35988103031435"),
    ],
)  # fmt: skip
def test_no_more_than_the_profile_says(watch: Product, values: dict[str, Any], text: str) -> None:
    passed(card(watch, **values), in_phone(FIRST, report_of(text)))


def test_only_changes(watch: Product) -> None:
    """`when: changed`: the first device is learnt without a word; so is that of a newer version."""
    one = card(watch, when="changed")
    passed(one, in_phone(FIRST, SILENCE))
    passed(one, in_phone(SECOND, report_of("DEVICE 00 C 49015420323751")))
    desk = desk_on(one)
    assert watch.delete(desk) == "9000"
    watch.put(desk, {"to": TO, "when": "changed"})
    passed(one, in_phone(SECOND, SILENCE))


def test_only_the_first_use(watch: Product) -> None:
    one = card(watch, when="first")
    passed(one, in_phone(FIRST, report_of("DEVICE 00 F 35988103031435")))
    passed(one, in_phone(SECOND, SILENCE))


def test_back_before_anything_was_told(watch: Product) -> None:
    """Another phone for a minute only: nothing to report."""
    one = card(watch)
    passed(one, in_phone(FIRST, report_of("DEVICE 00 F 35988103031435")))
    passed(one, in_phone(SECOND, "  - wait: 1m\n  - expect_none: [sms]\n"))
    passed(one, in_phone(FIRST, SILENCE))


def test_given_up_after_some_tries(watch: Product) -> None:
    """The network refuses three times: no more of this device, and the next one is told of."""
    one = card(watch, tries=3)
    passed(
        one, in_phone(FIRST, "".join(f"  - next_sms: congestion\n  - wait: {time}m\n" for time in (3, 4, 8)) + SILENCE)
    )
    passed(one, in_phone(SECOND, report_of("DEVICE 00 C 49015420323751")))


def test_the_wait_goes_on_after_a_power_cycle(watch: Product) -> None:
    one = card(watch)
    passed(one, in_phone(FIRST, f"""  - next_sms: congestion
  - wait: 3m
  - power_cycle
  - wait: 3m
  - expect_none: [sms]
  - wait: 2m
  - expect_sms: {{to: '{TO}', text: DEVICE 00 F 35988103031435}}
""") )  # fmt: skip


def test_installed_switched_off(watch: Product) -> None:
    """It does not even ask for the IMEI until it is switched on over the air."""
    one = card(watch, on=False)
    passed(one, in_phone(FIRST, SILENCE))
    passed(one, in_phone(FIRST, watch.step(ON) + report_of("DEVICE 00 F 35988103031435")))
    passed(one, in_phone(FIRST, watch.step(OFF, counter=2)))
    passed(one, in_phone(SECOND, SILENCE))


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("", "nothing"), ("8001", "cut off"),
        ("80019181014182010383010884010085010286010887", "a number without digits"),
        ("8003912143810141820103830107840100850102860108870101", "seven digits of an IMEI"),
        ("8003912143810141820104830108840100850102860108870101", "an event that is not known"),
        ("8003912143810141820103830108840100850100860108870101", "no wait"),
        ("8003912143810141820103830108840100850102860100870101", "no tries"),
        ("8003912143810141820103830108840100850102860108", "no switch"),
        ("80039121438115" + "41" * 21 + "820103830108840100850102860108870101", "a prefix that is too long"),
    ],
)  # fmt: skip
def test_wrong_parameters_are_refused(watch: Product, raw: str, why: str) -> None:
    desk = new_desk()
    assert watch.load(desk) == "9000"
    assert watch.install_raw(desk, bytes.fromhex(raw)) == "6a80", why
    good = "8003912143810141820103830108840100850102860108870101"
    assert watch.install_raw(desk, bytes.fromhex(good)) == "9000"


@pytest.mark.parametrize("data", [b"", b"\x03", b"\x01\x01"])
def test_what_is_no_command_changes_nothing(watch: Product, data: bytes) -> None:
    one = card(watch)
    passed(one, in_phone(FIRST, watch.step(data) + report_of("DEVICE 00 F 35988103031435")))


def test_torn_at_every_write(watch: Product, tmp_path: Path) -> None:
    """Whenever the power goes, the report comes: once, or, where it had just gone out, again with the same number."""
    state = tmp_path / "card.state"
    card(watch, state).close()
    count = 0
    for one in torn(state, in_phone(FIRST, report_of("DEVICE 00 F 35988103031435"))):
        report = walk(one, in_phone(FIRST, report_of("DEVICE 00 F 35988103031435")))
        passed(one, in_phone(FIRST, SILENCE))
        passed(one, in_phone(SECOND, report_of("DEVICE 01 C 49015420323751")))
        assert report.passed, report
        count += 1
    assert count > 5


def test_deleted_without_a_trace(watch: Product) -> None:
    desk = new_desk()
    vm = desk.card.machine.vm
    before = vm.heap.used
    watch.put(desk, watch.example())
    passed(desk.card, watch.walk)
    desk = desk_on(desk.card)
    assert watch.delete(desk) == "9000"
    assert vm.heap.used == before
    assert watch.instance not in vm.instances


def test_kept_in_the_state_file(watch: Product, tmp_path: Path) -> None:
    state = tmp_path / "card.state"
    one = card(watch, state)
    passed(one, in_phone(FIRST, report_of("DEVICE 00 F 35988103031435")))
    one.close()
    one = card_of(state)
    passed(one, in_phone(FIRST, SILENCE))
    one.close()
