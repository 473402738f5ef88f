"""File paths: names from the MF down."""

from __future__ import annotations

import pytest

from simtool.errors import DecodeError
from simtool.files.path import MF, FilePath


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
