"""File paths: names from the MF down."""

from __future__ import annotations

import pytest

from simtool.errors import DecodeError
from simtool.files.path import MF, FilePath, split_record


def test_parts():
    path = FilePath("MF/ADF.USIM/DF.5GS/EF.SUPI_NAI")
    assert (path.name, path.parent, path.application) == (
        "EF.SUPI_NAI",
        FilePath("MF/ADF.USIM/DF.5GS"),
        FilePath("MF/ADF.USIM"),
    )
    assert MF / "EF.DIR" == FilePath("MF/EF.DIR")
    assert MF.parent is None and (MF / "EF.DIR").application is None


@pytest.mark.parametrize("text", ["", "ADF.USIM/EF.IMSI", "MF//EF.IMSI", "MF/"])
def test_other_texts_are_refused(text):
    with pytest.raises(DecodeError):
        FilePath(text)


def test_records_by_number() -> None:
    assert split_record("MF/DF.TELECOM/EF.ADN[3]") == (FilePath("MF/DF.TELECOM/EF.ADN"), 3)
    assert split_record("MF/EF.ICCID") == (FilePath("MF/EF.ICCID"), 0)


@pytest.mark.parametrize("text", ["MF/EF.DIR[0]", "MF/EF.DIR[255]", "EF.DIR[1]"])
def test_records_that_no_file_has(text: str) -> None:
    with pytest.raises(DecodeError):
        split_record(text)
