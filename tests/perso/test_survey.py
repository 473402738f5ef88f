"""What a card has and how big it is, told by its FCPs."""

from __future__ import annotations

from dataclasses import replace

import pytest

import simtool
from simtool.card.transport import EndpointTransport
from simtool.files.path import FilePath
from simtool.files.product import CardModel, Shape, load
from simtool.perso.survey import survey
from simtool.softcard.card import SoftCard

USIM = FilePath("MF/ADF.USIM")
PRODUCTS = ("sysmoISIM-SJA5", "sysmoUSIM-SJS1", "magicsim", "generic-usim")


def open_card(model: CardModel, product: str) -> simtool.Session:
    session = simtool.Session.open(EndpointTransport(SoftCard.new(model), "soft"))
    simtool.identify(session, product=product)
    return session


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_card_as_delivered_is_what_its_product_says(product: str) -> None:
    model = load(product)
    reachable = [path for path, spec in model.files.items() if spec.type.value != "internal"]
    with open_card(model, product) as session:
        assert survey(session, model, reachable) is model


@pytest.mark.parametrize("product", ["sysmoISIM-SJA5", "magicsim"])
def test_other_sizes_and_missing_files(product: str) -> None:
    """A batch with a longer list, fewer records, and without a file: the survey finds exactly that."""
    model = load(product)
    names = [path for path, spec in model.files.items() if spec.link is None]
    flat = next(path for path in names if path.name == "EF.FPLMN")
    numbers = next(path for path in names if path.name in ("EF.MSISDN", "EF.ADN"))
    missing = next(path for path in names if path.name in ("EF.GID1", "EF.CBMI"))
    record = model.file(numbers).record_length or 0
    other = model.with_files(
        {
            flat: model.file(flat).shaped(Shape(30)),
            numbers: model.file(numbers).shaped(Shape.of_records(record, 1)),
            **{path: None for path, spec in model.files.items() if missing in (path, spec.link)},
        }
    )
    paths = [flat, numbers, missing]
    with open_card(other, product) as session:
        found = survey(session, model, paths)
    assert found.file(flat).shape == Shape(30)
    assert found.file(numbers).shape == Shape.of_records(record, 1)
    assert not found.has(missing)
    assert found.files.keys() - other.files.keys() <= {path for path, spec in model.files.items() if spec.link}


def test_files_that_the_product_does_not_know() -> None:
    model = load("sysmoUSIM-SJS1")
    there, nowhere = USIM / "EF.EHPLMN", USIM / "EF.NASCONFIG"
    new = {path: replace(model.file(USIM / "EF.SPN"), path=path, fid=fid, sfi=None, link=None)
           for path, fid in ((there, 0x6FD9), (nowhere, 0x6FE8))}  # fmt: skip
    assert not any(map(model.has, new))
    with open_card(model.with_files({there: new[there].shaped(Shape(12))}), "sysmoUSIM-SJS1") as session:
        found = survey(session, model, (), more=new)
    assert found.file(there).shape == Shape(12)
    assert found.file(there).security == new[there].security
    assert not found.has(nowhere)
