"""Which reader a slot is: names, serial numbers and ports of made-up computers, and what does not fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.card.pcsc import ReaderDetails, ReaderLimits
from simtool.errors import ReaderError
from simtool.station.bench.bench import Bench, Quirks, ReaderMatch, SlotSpec
from simtool.station.bench.matching import ReadersHere, left_over, match_readers, match_slot, reader_limits

GEMALTO = "Gemalto PC Twin Reader (E54D) 00 00"
IDENTIV = "Identiv uTrust [CCID] (53201) 03 00"
ACS_0, ACS_1, ACS_2 = "ACS ACR39U 00 00", "ACS ACR39U 01 00", "ACS ACR39U 02 00"
OCTO_A, OCTO_B = "sysmoOCTSIM 04 00", "sysmoOCTSIM 04 01"
COMPUTER = {
    # in the order of the service, which is none
    ACS_2: ReaderDetails(port="1-1.3"),
    GEMALTO: ReaderDetails("E54D11", port="1-2"),
    OCTO_B: ReaderDetails("OCTO", port="1-4"),
    ACS_0: ReaderDetails(port="1-1.1"),
    IDENTIV: ReaderDetails("53201", port="1-3"),
    ACS_1: ReaderDetails("77", port="1-1.2"),
    OCTO_A: ReaderDetails("OCTO", port="1-4"),
}


def here(*busy: str) -> ReadersHere:
    def ask(name: str) -> ReaderDetails:
        return ReaderDetails(told=False) if name in busy else COMPUTER[name]

    return ReadersHere(COMPUTER, ask)


def slot(name: str = "", serial: str = "", port: str = "", *, slot: str = "1") -> SlotSpec:
    return SlotSpec(slot, ReaderMatch(name, serial, port))


FOUND = [
    # slot, reader found or what is said
    (slot(GEMALTO), GEMALTO),
    (slot("Gemalto*"), GEMALTO),
    (slot("Gemalto PC Twin Reader (????) 00 00"), GEMALTO),
    (slot("*[CCID]*"), IDENTIV),  # brackets are brackets
    (slot(port="1-1.2"), ACS_1),
    (slot("ACS*", port="1-1.3"), ACS_2),
    (slot(serial="77"), ACS_1),
    (slot(serial="53201"), IDENTIV),
    (slot("sysmo* 00", port="1-4"), OCTO_A),
    (slot("sysmo* 01", serial="OCTO"), OCTO_B),
    (slot("Gemalto"), "no reader is named 'Gemalto'; there are: ACS ACR39U 02 00, Gemalto"),
    (slot("gemalto*"), "no reader is named"),
    (slot("ACS*"), "fits 3 readers: ACS ACR39U 02 00, ACS ACR39U 00 00, ACS ACR39U 01 00; give the whole name, or"),
    (slot(port="1-4"), "fits 2 readers: sysmoOCTSIM 04 01, sysmoOCTSIM 04 00; give the name, too"),
    (slot("ACS*", port="1-9"), "no reader named 'ACS*' at USB port 1-9; there are: 1-1.3, 1-1.1, 1-1.2"),
    (slot("Gemalto*", port="1-1.1"), "no reader named 'Gemalto*' at USB port 1-1.1; there are: 1-2"),
    (slot(serial="88", port="1-1.2"), "no reader at serial number 88 and USB port 1-1.2"),
]


@pytest.mark.parametrize(("spec", "found"), FOUND)
def test_one_slot(spec: SlotSpec, found: str) -> None:
    match = match_slot(spec, here())
    if found in COMPUTER:
        assert (match.reader, match.problem) == (found, "")
    else:
        assert match.reader == ""
        assert match.problem.startswith(found)


def test_no_reader_at_all() -> None:
    assert match_slot(slot("ACS*"), ReadersHere(())).problem == "no reader is connected"


def test_a_reader_in_use_hides_its_port() -> None:
    """Then only another reader that tells its port can be the right one."""
    assert match_slot(slot("ACS*", port="1-1.2"), here(ACS_0)).reader == ACS_1
    hidden = match_slot(slot("ACS*", port="1-1.2"), here(ACS_1))
    assert hidden.problem == f"{ACS_1} is in use, so its driver cannot be asked; end the other program"
    assert match_slot(slot(serial="53201"), here(IDENTIV)).reader == IDENTIV  # its name tells


def test_a_reader_that_went_away_meanwhile() -> None:
    def ask(name: str) -> ReaderDetails:
        raise ReaderError(f"{name}: the reader was unplugged")

    assert match_slot(slot(port="1-1"), ReadersHere([ACS_0], ask)).reader == ""


def test_names_alone_ask_no_driver() -> None:
    """So that a worker that looks for its reader disturbs no neighbour."""

    def ask(name: str) -> ReaderDetails:
        raise AssertionError(name)

    readers = ReadersHere(COMPUTER, ask)
    assert match_slot(slot("Gemalto*"), readers).reader == GEMALTO
    assert match_slot(slot("Gemalto*", serial="E54D"), readers).reader == GEMALTO


def test_no_reader_is_two_slots() -> None:
    bench = Bench("x", (slot(port="1-1.1"), slot("ACS ACR39U 00 00", slot="2"), slot(GEMALTO, slot="3")))
    first, second, third = match_readers(bench, here())
    assert (first.reader, second.reader, third.reader) == ("", "", GEMALTO)
    assert (first.problem, second.problem) == (f"{ACS_0} is slot 2, too", f"{ACS_0} is slot 1, too")
    assert left_over(bench, (third,), here()) == tuple(name for name in COMPUTER if name != GEMALTO)


INDEXED = [
    # pattern, more, warned
    ("ACS ACR39U 01 00", {}, True),
    ("ACS ACR39U 0? 00", {"serial": "77"}, False),
    ("ACS ACR39U 01 00", {"port": "1-1.2"}, False),
    (GEMALTO, {}, False),  # it has no twin
    ("sysmoOCTSIM 04 00", {}, False),  # two slots of one reader are no twins
]


@pytest.mark.parametrize(("pattern", "more", "warned"), INDEXED)
def test_a_number_in_the_name_of_equal_readers(pattern: str, more: dict[str, str], warned: bool) -> None:
    match = match_slot(slot(pattern, **more), here())
    assert match.problem == ""
    assert ("01 in its name counts equal readers" in match.warning) is warned


def test_what_quirks_mean_for_the_connection() -> None:
    assert reader_limits(SlotSpec("1", ReaderMatch("*"), quirks=Quirks(115200, True, True))) == ReaderLimits(
        115200, True
    )
    assert reader_limits(slot("*")) == ReaderLimits()


@given(st.permutations(list(COMPUTER)), st.lists(st.sampled_from(sorted(COMPUTER)), unique=True))
def test_whole_names_find_their_readers_in_any_order(order: list[str], wanted: list[str]) -> None:
    bench = Bench("x", tuple(slot(name, slot=str(number)) for number, name in enumerate(wanted)))
    found = match_readers(bench, ReadersHere(order, COMPUTER.__getitem__))
    assert [match.reader for match in found] == wanted


def test_this_computer(pcsc_service: tuple[str, ...]) -> None:
    bench = Bench("x", tuple(slot(name, slot=name) for name in pcsc_service))
    assert [(match.reader, match.problem) for match in match_readers(bench)] == [(name, "") for name in pcsc_service]
