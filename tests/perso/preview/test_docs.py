"""The commands of docs/preview.md run as they stand there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from simtool.cli.main import main

ROOT = Path(__file__).resolve().parents[3]
COMMANDS = [
    line.replace("[--dark]", "--dark")
    for block in re.findall(r"^```\n(.*?)^```", (ROOT / "docs" / "preview.md").read_text(), re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
]


@pytest.mark.parametrize("line", COMMANDS)
def test_the_page_is_right(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIMTOOL_STATE", str(tmp_path / "state"))
    words = shlex.split(line, comments=True)
    assert words.pop(0) == "simtool"
    here = {"profiles/full-mvno.yaml": str(ROOT / "profiles/full-mvno.yaml"), "pcsc:0": "soft:sysmoISIM-SJA5"}
    result = CliRunner().invoke(main, [here.get(word, word) for word in words])
    assert result.exit_code == 0, result.output
    for option in ("--svg", "--png"):
        if option in words:
            assert Path(words[words.index(option) + 1]).stat().st_size > 1000


def test_there_are_commands() -> None:
    assert len(COMMANDS) >= 5
