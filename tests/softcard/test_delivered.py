"""Delivered cards differ by number and codes, and by nothing else."""

from __future__ import annotations

import pytest

from simtool.codec.identifiers import Iccid
from simtool.files.product import CardModel, load, pin_bytes
from simtool.softcard.card import SoftCard
from simtool.softcard.delivered import delivered

ICCID = Iccid.from_body("894944000000200000")
PRODUCTS = ("sysmoISIM-SJA5", "sysmoUSIM-SJS1", "generic-usim")  # ADM1 in a file of its own, and not
SELECT_ICCID, READ_TEN = bytes.fromhex("00a4000c022fe2"), bytes.fromhex("00b000000a")


def powered(model: CardModel) -> SoftCard:
    card = SoftCard.new(model)
    card.power_on()
    return card


def verify_adm(card: SoftCard, code: str) -> bytes:
    return card.transmit(bytes.fromhex("0020000a08") + pin_bytes(code))


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_number_and_a_code_of_its_own(product: str) -> None:
    model = load(product)
    before = next(pin.value for pin in model.pins if pin.name == "ADM1")
    assert before is not None
    card = powered(delivered(model, ICCID, {"ADM1": pin_bytes("86420975")}))
    assert card.transmit(SELECT_ICCID) == b"\x90\x00"
    assert card.transmit(READ_TEN) == ICCID.encode() + b"\x90\x00"
    assert verify_adm(card, "86420975") == b"\x90\x00"
    assert verify_adm(card, before.rstrip(b"\xff").decode())[:1] == b"\x63"
    assert verify_adm(powered(model), before.rstrip(b"\xff").decode()) == b"\x90\x00"  # the product is as it was


@pytest.mark.parametrize("product", PRODUCTS)
def test_everything_else_is_the_products(product: str) -> None:
    model = load(product)
    one = delivered(model, ICCID, {})
    changed = [path for path in model.files if one.files[path] != model.files[path]]
    assert [str(path) for path in changed] == ["MF/EF.ICCID"]
    assert one.pins == model.pins


def test_a_code_that_the_product_does_not_have() -> None:
    with pytest.raises(KeyError, match="ADM9"):
        delivered(load("generic-usim"), ICCID, {"ADM9": bytes(8)})
