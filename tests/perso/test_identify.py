"""Recognising the product in the reader: by its ATR, by probes where several products have one ATR, or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

import simtool
from simtool.card.meter import Meter
from simtool.card.transport import EndpointTransport
from simtool.errors import DecodeError, UnknownCardError
from simtool.files.probe import HARMLESS, parse_probe
from simtool.files.product import by_atr, load, names
from simtool.files.specs import Atr
from simtool.perso import model as recognising
from simtool.perso.probing import why_not
from simtool.perso.read import read_iccid
from simtool.softcard.card import SoftCard

SHARED = sorted({load(name).atrs[0].value for name in names() if len(by_atr(load(name).atrs[0].value)) > 1})
UNKNOWN = Atr(bytes.fromhex("3b00"))


def session_with(card: SoftCard) -> simtool.Session:
    return simtool.Session.open(EndpointTransport(card, f"soft:{card.model.name}"))


@pytest.mark.parametrize("product", names())
def test_every_software_card_is_known(product: str) -> None:
    with session_with(SoftCard.new(load(product))) as session:
        assert simtool.identify(session).name == product
        assert session.selection.path == (0x3F00,)


def test_some_products_share_their_atr() -> None:
    assert [tuple(model.name for model in by_atr(atr)) for atr in SHARED] == [("fakemagicsim", "magicsim")]


@pytest.mark.parametrize("product", [model.name for atr in SHARED for model in by_atr(atr)])
def test_probes_change_nothing_on_the_card(product: str) -> None:
    """Nor do they verify anything or leave a file selected."""
    card = SoftCard.new(load(product))
    before = {
        name: bytes(value) if isinstance(value, bytearray) else value for name, value in card.store.values.items()
    }
    with session_with(card) as session:
        for other in by_atr(card.model.atrs[0].value):
            assert bool(why_not(session, other)) == (other.name != product)
        assert not session.verified
    assert {name: card.store.values[name] for name in before} == before


def test_nothing_is_asked_where_the_atr_decides() -> None:
    meter = Meter(EndpointTransport(SoftCard.new(load("sysmoISIM-SJA5")), "soft"))
    with simtool.Session.open(meter) as session:
        simtool.identify(session)
        assert meter.reading.tpdus == 0


def test_products_that_nothing_tells_apart_are_both_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sysmoSIM-GR1 is a Grcard: as if the ATR of Grcard's own were the same."""
    monkeypatch.setattr(recognising, "by_atr", lambda atr: (load("grcardsim"), load("sysmosim-gr1")))
    with session_with(SoftCard.new(load("sysmosim-gr1"))) as session:
        with pytest.raises(UnknownCardError, match="grcardsim and sysmosim-gr1 all have the ATR") as caught:
            simtool.identify(session)
        assert caught.value.hint is not None and "--product" in caught.value.hint
        assert simtool.identify(session, product="sysmosim-gr1").name == "sysmosim-gr1"


def test_a_card_that_answers_no_product_s_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = by_atr(SHARED[0])
    monkeypatch.setattr(recognising, "by_atr", lambda atr: shared)
    with session_with(SoftCard.new(load("sysmoSIM-GR2"))) as session:
        with pytest.raises(UnknownCardError, match="none of them") as caught:
            simtool.identify(session)
    assert "fakemagicsim: not 3f00/000c with records of length 90" in str(caught.value)
    assert "magicsim: not 3f00/7f4d/8f0c with records of length 18" in str(caught.value)


def test_an_unknown_card_is_only_taken_for_a_generic_one_when_asked_for() -> None:
    """The AIDs are the card's own, as in its EF.DIR; where it keeps its keys is not known, so none are written."""
    own = load("Fairwaves-SIM")
    card = SoftCard.new(replace(own, atrs=(UNKNOWN,)))
    with session_with(card) as session:
        with pytest.raises(UnknownCardError, match="no card product has the ATR 3b00"):
            simtool.identify(session)
        found = simtool.identify(session, product="generic-usim")
        assert (
            found.file("MF/ADF.USIM").aid == own.file("MF/ADF.USIM").aid != load("generic-usim").file("MF/ADF.USIM").aid
        )
        assert not found.has("MF/ADF.ISIM/EF.IMPI")
        assert read_iccid(session, found).digits == "8988219000000117833"
        assert simtool.read_image(session, found).get("MF/ADF.USIM/EF.AD") is not None
        profile = simtool.Profile.parse(
            "operator: {kind: full, name: A, plmn: 901-070}\n"
            "identity: {iccid: {first: '894944000000115531'}, imsi: {first: '901070000004711'}}\n"
        )
        with pytest.raises(simtool.SimtoolError, match="generic-usim cannot do milenage in any application"):
            simtool.render(profile, profile.issue(1)[0], found)


def test_a_classic_sim_is_not_even_a_generic_usim() -> None:
    with session_with(SoftCard.new(replace(load("sysmoSIM-GR2"), atrs=(UNKNOWN,)))) as session:
        with pytest.raises(UnknownCardError, match="not even a generic-usim: not 3f00/2f00"):
            simtool.identify(session, product="generic-usim")


PROBES = [
    # product, row, whether the card answers so
    ("sysmoISIM-SJA5", {"aid": "a0000000871004"}, True),
    ("sysmoUSIM-SJS1", {"aid": "a0000000871004"}, False),
    ("sysmoISIM-SJA5", {"aid": "a0000000871002", "select": "6f46", "size": 17}, True),
    ("sysmoISIM-SJA5", {"aid": "a0000000871002", "select": "6f46", "size": 16}, False),
    ("sysmoISIM-SJA5", {"select": "3f00 2fe2", "content": "9894"}, True),
    ("sysmoISIM-SJA5", {"select": "3f00 2fe2", "content": "9895"}, False),
    ("sysmoISIM-SJA5", {"select": "3f00 2f00", "content": "61"}, True),
    ("sysmoISIM-SJA5", {"select": "3f00 2f77"}, False),
    ("sysmoISIM-SJA5", {"select": "3f00 2f77", "absent": True}, True),
    ("sysmoISIM-SJA5", {"select": "3f00 2fe2", "absent": True}, False),
    ("sysmoISIM-SJA5", {"select": "3f00", "size": 10}, False),
    ("sysmoISIM-SJA5", {"command": "00a4000c022fe2", "sw": ["9000"]}, True),
    ("sysmoISIM-SJA5", {"command": "00a4000c022f77", "sw": ["9000", "6a80"]}, False),
    ("sysmoSIM-GR2", {"select": "3f00 7f20 6f07", "size": 9}, True),
    ("sysmoSIM-GR2", {"select": "3f00 7f10 6f3a", "record_length": 1}, False),
    ("sysmoSIM-GR2", {"command": "00a4000c023f00", "sw": ["6e00"]}, True),
]  # fmt: skip


@pytest.mark.parametrize(("product", "row", "fits"), PROBES)
def test_what_a_probe_asks(product: str, row: dict[str, object], fits: bool) -> None:
    with session_with(SoftCard.new(load(product))) as session:
        model = replace(load(product), probes=(parse_probe(row),))
        assert (why_not(session, model) == "") is fits


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"command": "0020000a083132333435363738", "sw": ["9000"]}, "may have effects"),  # VERIFY PIN spends a try
        ({"command": "00d6000001ff", "sw": ["9000"]}, "may have effects"),  # UPDATE BINARY
        ({"command": "008800812210", "sw": ["9000"]}, "probe: 0088"),  # AUTHENTICATE uses up a sequence number
        ({"command": "00b0000001"}, "with sw"),
        ({"select": "3f0"}, "fromhex"),
        ({"select": "3f002f"}, "file identifiers"),
        ({}, "give either"),
        ({"select": "3f00", "write": "00"}, "unknown write"),
    ],
)
def test_a_probe_can_do_no_harm(row: dict[str, object], reason: str) -> None:
    with pytest.raises((DecodeError, ValueError), match=reason):
        parse_probe(row)


def test_harmless_commands_are_those_that_read() -> None:
    assert set(HARMLESS) == {0x84, 0xA4, 0xB0, 0xB2, 0xC0, 0xCA, 0xCB, 0xF2}
