"""The catalogue of standard files agrees with itself, with well-known rows and with real cards."""

from __future__ import annotations

from collections import Counter

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
    ("MF/EF.UMPC", 0x2F08, 8, "transparent", 5, "ALW", "ADM", (), "TS 102 221 §13.6"),
    ("MF/ADF.USIM/EF.PUCT", 0x6F41, None, "transparent", 5, "PIN", "PIN or PIN2", (13,), "TS 31.102 §4.2.13"),
    ("MF/ADF.USIM/EF.ICI", 0x6F80, 20, "cyclic", None, "PIN", "PIN", (9,), "TS 31.102 §4.2.33"),
    ("MF/ADF.USIM/EF.CFIS", 0x6FCB, None, "linear_fixed", None, "PIN", "PIN", (49,), "TS 31.102 §4.2.64"),
    ("MF/ADF.USIM/EF.SPDI", 0x6FCD, 27, "transparent", 17, "PIN", "ADM", (51,), "TS 31.102 §4.2.66"),
    ("MF/ADF.USIM/EF.SPNI", 0x6FDE, None, "transparent", None, "ALW", "ADM", (78,), "TS 31.102 §4.2.88"),
    ("MF/ADF.USIM/EF.EPSNSC", 0x6FE4, 24, "linear_fixed", None, "PIN", "PIN", (85,), "TS 31.102 §4.2.92"),
    ("MF/ADF.USIM/EF.UFC", 0x6FE6, None, "transparent", 30, "ALW", "ADM", (), "TS 31.102 §4.2.93"),
    ("MF/ADF.USIM/EF.NASCONFIG", 0x6FE8, None, "transparent", 18, "PIN", "ADM", (96,), "TS 31.102 §4.2.94"),
    ("MF/ADF.USIM/EF.IPS", 0x6FF1, None, "cyclic", None, "ALW", "ADM", (102,), "TS 31.102 §4.2.101"),
    ("MF/ADF.USIM/EF.IPD", 0x6FF2, None, "linear_fixed", None, "ADM", "ADM", (102,), "TS 31.102 §4.2.102"),
    ("MF/ADF.USIM/EF.3GPPPSDATAOFF", 0x6FF9, None, "transparent", 4, "PIN", "ADM", (117,), "TS 31.102 §4.2.109"),
    ("MF/ADF.USIM/EF.TVCONFIG", 0x6FFB, None, "linear_fixed", None, "ALW", "ADM", (116,), "TS 31.102 §4.2.108"),
    ("MF/ADF.USIM/EF.EARFCNList", 0x6FFD, None, "transparent", 100, "ALW", "ADM", (121,), "TS 31.102 §4.2.112"),
    ("MF/ADF.USIM/DF.HNB/EF.ACSGL", 0x4F81, 1, "linear_fixed", None, "PIN", "PIN", (86,), "TS 31.102 §4.4.6.2"),
    ("MF/ADF.USIM/DF.WLAN/EF.Pseudo", 0x4F41, 1, "transparent", None, "PIN", "PIN", (59,), "TS 31.102 §4.4.5.1"),
    ("MF/ADF.USIM/DF.ProSe/EF.PROSE_MON", 0x4F01, 1, "linear_fixed", None, "PIN", "ADM", (101,), "TS 31.102 §4.4.8.2"),
    ("MF/ADF.USIM/DF.5GS/EF.5GS3GPPLOCI", 0x4F01, 1, "transparent", 20, "PIN", "PIN", (122,), "TS 31.102 §4.4.11.2"),
    ("MF/ADF.USIM/DF.5GS/EF.UAC_AIC", 0x4F06, 6, "transparent", 4, "PIN", "ADM", (126,), "TS 31.102 §4.4.11.7"),
    ("MF/ADF.USIM/DF.5GS/EF.DRI", 0x4F0F, 15, "transparent", 7, "PIN", "ADM", (140,), "TS 31.102 §4.4.11.17"),
    ("MF/ADF.USIM/DF.SNPN/EF.PWS_SNPN", 0x4F01, 1, "transparent", 1, "ALW", "ADM", (143,), "TS 31.102 §4.4.12.2"),
    ("MF/ADF.USIM/DF.GSM-ACCESS/EF.Kc", 0x4F20, 1, "transparent", 9, "PIN", "PIN", (27,), "TS 31.102 §4.4.3.1"),
    ("MF/DF.TELECOM/DF.PHONEBOOK/EF.PSC", 0x4F22, None, "transparent", 4, "PIN", "PIN", (1,), "TS 31.102 §4.4.2.12.2"),
    ("MF/DF.TELECOM/DF.MCS/EF.MST", 0x4F01, 1, "transparent", 2, "PIN", "ADM", (109,), "TS 31.102 §4.6.4.1"),
]
DIRECTORIES = {  # how many files a directory of the standards has (elementary files, not directories)
    "MF": 5, "MF/DF.CD": 2, "MF/DF.EAP": 7, "MF/DF.EIRENE": 23, "MF/DF.CDMA": 4,
    "MF/DF.TELECOM": 23, "MF/DF.TELECOM/DF.GRAPHICS": 5, "MF/DF.TELECOM/DF.MULTIMEDIA": 2, "MF/DF.TELECOM/DF.MMSS": 3,
    "MF/DF.TELECOM/DF.MCS": 2, "MF/DF.TELECOM/DF.V2X": 4, "MF/DF.TELECOM/DF.PHONEBOOK": 17,
    "MF/DF.GSM": 53, "MF/DF.GSM/DF.SoLSA": 2, "MF/DF.GSM/DF.MExE": 5,
    "MF/ADF.USIM": 114, "MF/ADF.USIM/DF.PHONEBOOK": 17, "MF/ADF.USIM/DF.GSM-ACCESS": 4, "MF/ADF.USIM/DF.MExE": 5,
    "MF/ADF.USIM/DF.SoLSA": 2, "MF/ADF.USIM/DF.WLAN": 11, "MF/ADF.USIM/DF.HNB": 6, "MF/ADF.USIM/DF.ProSe": 14,
    "MF/ADF.USIM/DF.ACDC": 2, "MF/ADF.USIM/DF.TV": 1, "MF/ADF.USIM/DF.5GS": 19, "MF/ADF.USIM/DF.SAIP": 1,
    "MF/ADF.USIM/DF.SNPN": 2, "MF/ADF.USIM/DF.5G_ProSe": 8, "MF/ADF.USIM/DF.5MBSUECONFIG": 1,
    "MF/ADF.ISIM": 22, "MF/ADF.HPSIM": 3,
}  # fmt: skip


@pytest.mark.parametrize("row", KNOWN, ids=[row[0] for row in KNOWN])
def test_well_known_files(row):
    path, fid, sfi, kind, size, read, update, services, reference = row
    file = catalogue.find(path)
    assert (file.fid, file.sfi, file.type, file.size) == (fid, sfi, FileType(kind), size)
    assert (file.read, file.update, file.services, file.reference) == (read, update, services, reference)
    assert catalogue.by_fid(file.path.parent, fid) == file


def test_every_directory_is_complete():
    """A file more or less in a directory should be meant."""
    counts = Counter(str(path.parent) for path, file in catalogue.catalogue().items() if not file.type.is_directory)
    assert counts == DIRECTORIES
    assert len(catalogue.catalogue()) == 430


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
    assert table.number("19 SPN") == 19
    assert table.number("SPN") == table.number("spn") == table.number(19) == table.number("19") == 19
    assert catalogue.services("SST")[17] == "SPN"
    for name in ("nothing", "reserved", "19 GID1", "١٩"):
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
