"""What command line tests share: a workspace with a profile, a record, and a software card kept in a file."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from simtool.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
CARD = "soft:sysmoISIM-SJA5"


@dataclass(frozen=True)
class Desk:
    """One technician's desk. `run` is the `simtool` command."""

    folder: Path
    profile: Path
    record: Path
    reader: str

    def run(self, *words: str | Path) -> Result:
        return CliRunner().invoke(main, [str(word) for word in words])

    def on_card(self, verb: str, *more: str) -> Result:
        return self.run(verb, self.profile, "--record", self.record, "--reader", self.reader, *more)

    def rewrite(self, path: Path, old: str, new: str) -> None:
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has journals and attempts of its own."""
    folder = tmp_path / "state"
    monkeypatch.setenv("SIMTOOL_STATE", str(folder))
    return folder


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    shutil.copytree(ROOT / "profiles", tmp_path / "profiles")
    profile = tmp_path / "profiles" / "full-mvno.yaml"
    desk = Desk(tmp_path, profile, tmp_path / "records.yaml", f"{CARD},state={tmp_path / 'card'}")
    result = desk.run("issue", desk.profile, "--out", desk.record)
    assert result.exit_code == 0, result.output
    return desk


@pytest.fixture
def run() -> Callable[..., Result]:
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])
