"""How much of what real cards hold is understood: every content of every card product, and the whole catalogue."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from simtool.files import catalogue, product
from simtool.files.contents import CODINGS, HEX_BY_INTENTION, coding_for, decode, encode, plain
from simtool.files.contents.table import HEX_DIRECTORIES
from simtool.files.path import FilePath

# What stays hex although its file has a coding: contents that are not what their clause says.
ODD = {
    ("Fairwaves-SIM", "MF/EF.DIR"): "its length is one too many",
    ("Fairwaves-SIM", "MF/ADF.USIM/EF.SMSP"): "written without room for the name",
    ("Fairwaves-SIM", "MF/DF.TELECOM/EF.SMSP"): "written without room for the name",
    ("Wavemobile-SIM", "MF/ADF.USIM/EF.SMSP"): "written without room for the name",
    ("Wavemobile-SIM", "MF/DF.TELECOM/EF.SMSP"): "written without room for the name",
    ("sysmoISIM-SJA2", "MF/ADF.ISIM/EF.P-CSCF"): "a tag, then blank",
    ("sysmoISIM-SJA5", "MF/ADF.ISIM/EF.P-CSCF"): "a tag, then blank",
    ("sysmosim-gr1", "MF/DF.TELECOM/EF.LND"): "a number of no bytes, 00 where FF is usual",
    ("grcardsim", "MF/DF.TELECOM/EF.LND"): "a number of no bytes, 00 where FF is usual",
    ("sysmoSIM-GR2", "MF/DF.TELECOM/EF.LND"): "a number of no bytes, 00 where FF is usual",
}


def contents_of(spec):
    """Every distinct content that a product description gives to a file: its own, or the filling."""
    return {content for content in (spec.content, *spec.contents) if content}


@pytest.mark.parametrize("name", product.names())
def test_every_content_of_every_product_is_given_back(name):
    """Decoded, encoded, the same bytes: from the value, and from its form for JSON."""
    for spec in product.load(name).files.values():
        for content in contents_of(spec):
            value = decode(spec.path, content)
            assert encode(spec.path, value, size=len(content)) == content, spec.path
            if spec.path.name != "EF.ARR":
                form = json.loads(json.dumps(plain(value)))
                assert encode(spec.path, form, size=len(content)) == content, spec.path


@pytest.mark.parametrize("name", product.names())
def test_only_what_is_odd_stays_hex(name):
    for spec in product.load(name).files.values():
        if coding_for(spec.path) is None or spec.link is not None:
            continue
        values = [decode(spec.path, content) for content in contents_of(spec)]
        odd = any(isinstance(value, str) and value.startswith("hex:") for value in values)
        assert odd == ((name, str(spec.path)) in ODD), (spec.path, values)


def test_what_stays_hex_is_so_by_intention():
    """The names of standard files without a coding are a list with reasons; every other standard file has one."""
    hexed = {
        path.name
        for path, file in catalogue.catalogue().items()
        if not file.type.is_directory and str(path.parent) not in HEX_DIRECTORIES and coding_for(path) is None
    }
    assert hexed == set(HEX_BY_INTENTION)
    assert all(HEX_BY_INTENTION.values())


def test_counts():
    """How many standard files decode to values, and how many stay hex: a change of these should be meant."""
    counts = Counter(
        "hex elsewhere" if str(path.parent) in HEX_DIRECTORIES else "hex" if coding_for(path) is None else "values"
        for path, file in catalogue.catalogue().items()
        if not file.type.is_directory
    )
    assert counts == {"values": 302, "hex": 53, "hex elsewhere": 34}
    assert len(CODINGS) == 201


def test_counts_on_products():
    """Of all distinct contents on the card products: what they decode to, and the names of those without a coding."""
    kinds: Counter[str] = Counter()
    hexed = set()
    for name in product.names():
        if name == "uicc-api-test":  # made up: its test area has contents without meaning
            continue
        for spec in product.load(name).files.values():
            for content in contents_of(spec):
                value = decode(spec.path, content)
                if coding_for(spec.path) is None:
                    kinds["no coding"] += 1
                    hexed.add(spec.path)
                else:
                    odd = isinstance(value, str) and value.startswith("hex:")
                    kinds["hex" if odd else "blank" if value is None else "value"] += 1
    assert kinds == {"value": 902, "blank": 571, "no coding": 227, "hex": 8}
    standard = {
        path.name for path in hexed if path in catalogue.catalogue() and str(path.parent) not in HEX_DIRECTORIES
    }
    assert standard == {
        "EF.5GNSWO_CONF", "EF.5GSEDRX", "EF.HWSIDL", "EF.KAUSF_DERIVATION", "EF.OWSIDL", "EF.PROSEFUNC", "EF.PROSE_ANN",
        "EF.PROSE_GC", "EF.PROSE_GM_DISCOVERY", "EF.PROSE_PLMN", "EF.PROSE_POLICY",
        "EF.PROSE_RADIO_ANN", "EF.PROSE_RADIO_COM", "EF.PROSE_RADIO_MON", "EF.PROSE_RELAY", "EF.PROSE_RELAY_DISCOVERY",
        "EF.UFC", "EF.UWSIDL", "EF.WRI",
    }  # fmt: skip


def test_clauses_are_those_of_standard_files():
    """A coding's clause is that of its file, or of the file whose coding the specification refers to."""
    references = {file.reference for file in catalogue.catalogue().values()}
    assert {coding.clause for coding in CODINGS.values()} <= references


def test_no_name_is_coded_and_hex():
    assert not set(CODINGS) & set(HEX_BY_INTENTION)


def test_names_of_the_phone_book_may_be_numbered():
    book = FilePath("MF/DF.TELECOM/DF.PHONEBOOK")
    for name, same in (("EF.ADN1", "EF.ADN"), ("EF.ANRA", "EF.ANR"), ("EF.ANRB1", "EF.ANR"), ("EF.EMAIL2", "EF.EMAIL")):
        assert coding_for(book / name) is CODINGS[same]
    for path in (book / "EF.4f3a", book / "EF.ANRTOO", FilePath("MF/DF.TELECOM/EF.ADN1")):
        assert coding_for(path) is None
