"""Names that people give to files, on a product with links, twins in several applications, and other systems' files."""

from __future__ import annotations

import pytest

from simtool.errors import InputError
from simtool.files.path import FilePath
from simtool.files.product import load, names
from simtool.perso.image import Unit
from simtool.perso.technician.names import completions, fid_path, resolve, resolve_path

SJA5 = load("sysmoISIM-SJA5")
USIM = FilePath("MF/ADF.USIM")

RESOLVED = [
    # what a person writes, the file, the records
    ("EF.SPN", "MF/ADF.USIM/EF.SPN", ()),
    ("spn", "MF/ADF.USIM/EF.SPN", ()),
    ("ADF.ISIM/EF.IMPI", "MF/ADF.ISIM/EF.IMPI", ()),
    ("isim/impi", "MF/ADF.ISIM/EF.IMPI", ()),
    ("MF/DF.GSM/EF.SPN", "MF/DF.GSM/EF.SPN", ()),
    ("EF.IMSI", "MF/ADF.USIM/EF.IMSI", ()),
    ("3f00/7fff/6f07", "MF/ADF.USIM/EF.IMSI", ()),
    ("3F00/7F20/6F07", "MF/DF.GSM/EF.IMSI", ()),
    ("7fff/6f46", "MF/ADF.USIM/EF.SPN", ()),
    ("ADF.ISIM/6f02", "MF/ADF.ISIM/EF.IMPI", ()),
    ("2fe2", "MF/EF.ICCID", ()),
    ("EF.ADN[3]", "MF/DF.TELECOM/EF.ADN", (3,)),
    ("EF.ADN:3", "MF/DF.TELECOM/EF.ADN", (3,)),
    ("EF.ADN[2-4]", "MF/DF.TELECOM/EF.ADN", (2, 3, 4)),
]


@pytest.mark.parametrize(("text", "path", "records"), RESOLVED)
def test_resolved(text: str, path: str, records: tuple[int, ...]) -> None:
    target = resolve(SJA5, text)
    assert (str(target.path), target.records) == (path, records)


REFUSED = [
    # what a person writes, what the message says, what the hint says
    ("EF.ARR", "5 files", "MF/ADF.ISIM/EF.ARR"),
    ("6fad", "3 files", "MF/DF.GSM/EF.AD"),
    ("EF.SPNX", "has no file", "EF.SPN"),
    ("ISIM", "is a directory", "EF.IMPI"),
    ("", "not a file name", ""),
    ("EF.ADN[", "not a file name", ""),
    ("MF/EF.SPN", "has no file", ""),
]


@pytest.mark.parametrize(("text", "message", "hint"), REFUSED)
def test_refused(text: str, message: str, hint: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        resolve(SJA5, text)
    assert hint in caught.value.hint


def test_the_current_application_wins() -> None:
    """TS 102 221 §8.4.2: 7FFF is the current application."""
    inside = FilePath("MF/ADF.ISIM")
    assert str(resolve_path(SJA5, "7fff/6fad", directory=inside)) == "MF/ADF.ISIM/EF.AD"
    assert str(resolve_path(SJA5, "7fff/6fad")) == "MF/ADF.USIM/EF.AD"
    assert str(resolve_path(SJA5, "AD", directory=inside)) == "MF/ADF.ISIM/EF.AD"


@pytest.mark.parametrize("product", names())
def test_every_file_is_found_by_its_own_path(product: str) -> None:
    model = load(product)
    for path in model.files:
        assert resolve_path(model, str(path)) == path


def test_fid_paths_lead_back() -> None:
    for path in (FilePath("MF/ADF.USIM/DF.5GS/EF.OPL5G"), FilePath("MF/DF.TELECOM/EF.ADN")):
        assert resolve_path(SJA5, fid_path(SJA5, path)) == path


def test_units() -> None:
    assert resolve(SJA5, "SPN").units(SJA5) == (Unit(USIM / "EF.SPN"),)
    assert [unit.record for unit in resolve(SJA5, "EF.SMSP").units(SJA5)] == [1, 2]
    with pytest.raises(InputError, match="records 1 to 2, not 3"):
        resolve(SJA5, "EF.SMSP[3]").units(SJA5)
    with pytest.raises(InputError, match="has no records"):
        resolve(SJA5, "EF.SPN[1]").units(SJA5)
    with pytest.raises(InputError, match="2 records"):
        resolve(SJA5, "EF.SMSP").single(SJA5)


def test_completions() -> None:
    assert "EF.ICCID" in completions(SJA5, "EF.I")
    assert completions(SJA5, "icc") == ("EF.ICCID",)
    assert completions(SJA5, "ADF.USIM/EF.SPN") == ("ADF.USIM/EF.SPN", "ADF.USIM/EF.SPNI")
    assert "EF.SPN" in completions(SJA5, "EF.SPN")
    assert completions(SJA5, "EF.SPDI", directory=USIM) == ("EF.SPDI",)
