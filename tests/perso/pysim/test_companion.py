"""Finding osmocom's pySim, and telling it from the other project of that name.

What is found here is a stand-in with pySim's interface; the real one is tested where it is installed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simtool.files.path import FilePath
from simtool.perso.pysim.companion import Companion, companion, decode_with_pysim

FILESYSTEM = """
print("pySim says hello")


class TransparentEF:
    def __init__(self, fid, name):
        self.fid, self.name = fid, name

    def decode_hex(self, raw):
        if self.name == "EF.BROKEN":
            raise KeyError("no idea")
        if self.name == "EF.RAW":
            return {"raw": raw}
        print("decoding")
        return {"_io": object(), "length": len(raw) // 2, "bytes": bytes.fromhex(raw), "rows": ({"on": True}, None)}


class LinFixedEF(TransparentEF):
    def decode_record_hex(self, raw, record_nr=1):
        return [record_nr, raw]


class CardDF:
    def __init__(self, fid, name, files):
        self.fid, self.name, self.children = fid, name, {file.fid: file for file in files}
"""
PROFILE = """
from pySim.filesystem import *


class CardProfileUICC:
    def __init__(self):
        self.files_in_mf = [TransparentEF("2F08", "EF.UMPC"), LinFixedEF("2f00", "EF.DIR")]
"""
GSM = """
from pySim.filesystem import *


def DF_GSM():
    return CardDF("7f20", "DF.GSM", [TransparentEF("6f01", "EF.BROKEN"), TransparentEF("6f02", "EF.RAW")])
"""
USIM = """
from pySim.filesystem import *


def ADF_USIM():
    prose = CardDF("5f90", "DF.ProSe", [TransparentEF("4f11", "EF.UIRC")])
    return CardDF(None, "ADF.USIM", [prose, CardDF("5fc0", "DF.5GS", [TransparentEF("4f0b", "EF.URSP")])])
"""
OSMOCOM = {
    "__init__.py": "",
    "filesystem.py": FILESYSTEM,
    "ts_102_221.py": "",
    "profile/__init__.py": "",
    "profile/ts_102_221.py": PROFILE,
    "ts_51_011.py": GSM,
    "ts_31_102.py": USIM,
}

Install = Callable[[dict[str, str]], Companion]


def forget() -> None:
    companion.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "pySim"]:
        del sys.modules[name]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Put files into a package pySim that is found before any other."""

    def put(files: dict[str, str]) -> Companion:
        for name, text in files.items():
            path = tmp_path / "site" / "pySim" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        monkeypatch.syspath_prepend(tmp_path / "site")
        return companion()

    forget()
    yield put
    forget()


def test_without_it_nothing_is_decoded(monkeypatch: pytest.MonkeyPatch, install: Install) -> None:
    monkeypatch.setattr(sys, "path", [])
    assert not companion() and "not installed" in companion().reason
    assert decode_with_pysim(FilePath("MF/EF.UMPC"), b"\x3c") is None


def test_the_other_project_is_refused_and_never_run(install: Install) -> None:
    found = install({"__init__.py": "raise AssertionError('this was run')", "simulation.py": ""})
    assert not found and "another project" in found.reason
    assert "pySim" not in sys.modules


def test_a_module_of_that_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, install: Install) -> None:
    (tmp_path / "pySim.py").write_text("raise AssertionError('this was run')")
    monkeypatch.syspath_prepend(tmp_path)
    assert "another project" in companion().reason


VALUES = [
    # path, what the stand-in says
    ("MF/EF.UMPC", {"length": 2, "bytes": "3cff", "rows": [{"on": True}, None]}),
    ("MF/EF.DIR", [1, "3cff"]),
    ("MF/ADF.USIM/DF.5GS/EF.URSP", {"length": 2, "bytes": "3cff", "rows": [{"on": True}, None]}),
    ("MF/ADF.USIM/DF.ProSe/EF.PROSE_UIRC", {"length": 2, "bytes": "3cff", "rows": [{"on": True}, None]}),  # by FID
    ("MF/DF.GSM/EF.BROKEN", None),
    ("MF/DF.GSM/EF.RAW", None),
    ("MF/DF.GSM", None),
    ("MF/EF.NONE", None),
]


@pytest.mark.parametrize(("path", "expected"), VALUES)
def test_values(path: str, expected: Any, install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    assert install(OSMOCOM)
    assert decode_with_pysim(FilePath(path), b"\x3c\xff") == expected
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"filesystem.py": "import a_module_that_pysim_needs"}, "ModuleNotFoundError"),
        ({"ts_31_102.py": "def ADF_USIM(x): pass"}, "TypeError"),
        ({"profile/ts_102_221.py": "", "ts_51_011.py": "", "ts_31_102.py": ""}, "none of the files"),
    ],
)
def test_a_pysim_that_cannot_be_used(change: dict[str, str], reason: str, install: Install) -> None:
    found = install(OSMOCOM | change)
    assert not found and reason in found.reason
    assert found.decode(FilePath("MF/EF.UMPC"), b"\x3c") is None


def test_importing_us_imports_no_pysim() -> None:
    import subprocess

    code = "import sys, simtool.perso.pysim.companion; assert 'pySim' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
