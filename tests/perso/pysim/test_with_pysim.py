"""The real pySim as a companion. Collected only where osmocom's pySim is installed (see conftest.py)."""

from __future__ import annotations

from typing import Any

import pytest

from simtool.files import contents
from simtool.files.catalogue import catalogue
from simtool.files.path import FilePath
from simtool.perso.pysim.companion import companion, decode_with_pysim
from simtool.perso.pysim.decoded import to_bytes

VALUES = [
    # path, content, some of what pySim makes of it
    ("MF/EF.UMPC", "3cff02", {"max_current_mA": 60, "t_op_s": 255}),  # TS 102 221 §13.6
    ("MF/EF.ICCID", "988812010000400310f0", {"iccid": "8988211000000430010"}),  # §13.2
    ("MF/ADF.USIM/EF.IMSI", "082982608200002080", {"imsi": "228062800000208"}),  # TS 31.102 §4.2.2
]


@pytest.mark.parametrize(("path", "content", "expected"), VALUES)
def test_values(path: str, content: str, expected: dict[str, Any]) -> None:
    value = decode_with_pysim(FilePath(path), bytes.fromhex(content))
    assert isinstance(value, dict) and value.items() >= expected.items()


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("MF/EF.ICCID", "988812010000400310f0"),
        ("MF/ADF.USIM/EF.IMSI", "082982608200002080"),
        ("MF/DF.GSM/EF.SPN", "0147534d2d52204348ffffffffffffffff"),
        ("MF/DF.GSM/EF.ACC", "802b"),
        ("MF/DF.GSM/EF.PLMNsel", "22f860330420ffffff"),
    ],
)
def test_what_it_decodes_we_take_back(path: str, content: str) -> None:
    """The forms that `simtool.perso.pysim.decoded` reads are the ones that this version writes."""
    raw = bytes.fromhex(content)
    assert to_bytes(FilePath(path), decode_with_pysim(FilePath(path), raw), len(raw)) == raw


def test_its_files_have_our_identifiers() -> None:
    ours = {path: file.fid for path, file in catalogue().items() if file.fid is not None}
    both = [path for path in companion().files if path in ours]
    assert len(both) > 100
    assert [path for path in both if int(str(companion().files[path].fid), 16) != ours[path]] == []


def test_it_knows_files_that_we_do_not_decode() -> None:
    unknown = [path for path in companion().files if path in catalogue() and contents.coding_for(path) is None]
    assert FilePath("MF/EF.UMPC") in unknown


def test_files_that_nobody_knows() -> None:
    assert decode_with_pysim(FilePath("MF/EF.NONE"), b"\x00") is None
