"""The catalogue of standard files agrees with itself, with well-known rows and with real cards."""

from __future__ import annotations

import pytest

from simtool.errors import DecodeError
from simtool.files import catalogue, product
from simtool.files.path import FilePath
from simtool.files.specs import FileType

KNOWN = [  # path, FID, SFI, type, size, read, update, service, clause
    ("MF/EF.ICCID", 0x2FE2, 2, "transparent", 10, "ALW", "NEV", (), "TS 102 221 §13.2"),
    ("MF/EF.DIR", 0x2F00, 30, "linear_fixed", None, "ALW", "ADM", (), "TS 102 221 §13.1"),
    ("MF/ADF.USIM/EF.IMSI", 0x6F07, 7, "transparent", 9, "PIN", "ADM", (), "TS 31.102 §4.2.2"),
    ("MF/ADF.USIM/EF.ACC", 0x6F78, 6, "transparent", 2, "PIN", "ADM", (), "TS 31.102 §4.2.15"),
    ("MF/ADF.USIM/EF.SPN", 0x6F46, None, "transparent", 17, "ALW", "ADM", (19,), "TS 31.102 §4.2.12"),
    ("MF/ADF.USIM/EF.PNN", 0x6FC5, 25, "linear_fixed", None, "ALW", "ADM", (45,), "TS 31.102 §4.2.58"),
    ("MF/ADF.ISIM/EF.IMPI", 0x6F02, 2, "transparent", None, "PIN", "ADM", (), "TS 31.103 §4.2.2"),
    ("MF/DF.GSM/EF.Kc", 0x6F20, None, "transparent", 9, "CHV1", "CHV1", (), "TS 51.011 §10.3.3"),
]


@pytest.mark.parametrize("row", KNOWN, ids=[row[0] for row in KNOWN])
def test_well_known_files(row):
    path, fid, sfi, kind, size, read, update, services, reference = row
    file = catalogue.find(path)
    assert (file.fid, file.sfi, file.type, file.size) == (fid, sfi, FileType(kind), size)
    assert (file.read, file.update, file.services, file.reference) == (read, update, services, reference)
    assert catalogue.by_fid(file.path.parent, fid) == file


def test_every_file_has_its_directory_and_a_text():
    for path, file in catalogue.catalogue().items():
        assert path.parent is None or path.parent in catalogue.catalogue(), path
        assert file.description and file.spec, path
        assert file.sfi is None or 1 <= file.sfi <= 30


def test_services_of_files_are_in_their_tables():
    for file in catalogue.catalogue().values():
        for number in file.services:
            assert number in catalogue.services(file.service_table), file.path


def test_service_by_name_and_number():
    table = catalogue.service_table("ust")
    assert table.number("SPN") == table.number("spn") == table.number(19) == table.number("19") == 19
    assert catalogue.services("SST")[17] == "SPN"
    for name in ("nothing", "reserved"):
        with pytest.raises(DecodeError):
            table.number(name)
    with pytest.raises(DecodeError, match="UST"):
        catalogue.services("nothing")


def test_unknown_files():
    assert catalogue.find("MF/EF.Nothing") is None
    assert catalogue.by_fid("MF", 0x0001) is None


@pytest.mark.parametrize("name", product.names())
def test_files_of_products_have_the_standard_numbers(name):
    """A name that the standard knows means the standard's FID, and the other way round."""
    for spec in product.load(name).files.values():
        standard = catalogue.find(spec.path)
        if standard is not None and standard.fid is not None:
            assert spec.fid == standard.fid, spec.path
        if standard is None and spec.path.parent is not None and not spec.type.is_directory:
            other = catalogue.by_fid(spec.path.parent, spec.fid)
            assert other is None or not product.load(name).has(other.path), (spec.path, other)


def test_paths_are_values():
    assert catalogue.find(FilePath("MF")).fid == 0x3F00
