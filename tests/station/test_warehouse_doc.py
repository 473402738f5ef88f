"""docs/warehouse.md, followed to the letter on a computer of its own: every command of its shell blocks, in order."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from tests.harness.own_computer import run_alone
from tests.harness.pcscd import service_command

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SEATED_SECONDS = 3
"""A person needs so long, at least, from putting a card in to the next command; pcscd sees it within a second."""
SECONDS = 240


def script() -> str:
    """The blocks one after the other; after something was left running there is the pause that a person makes."""
    lines = []
    polkit = [word for word in service_command() if "polkit" in word]
    if polkit:  # a computer without a message bus, as most containers are
        lines.append(f'pcscd() {{ command pcscd {polkit[0]} "$@"; }}')
    for number, block in enumerate(BLOCK.findall((ROOT / "docs" / "warehouse.md").read_text()), start=1):
        lines += [f"echo '== block {number}'", block.rstrip("\n")]
        if re.search(r"^[^#\n]*&$", block, re.MULTILINE) or "pcscd" in block:
            lines.append(f"sleep {SEATED_SECONDS}")
    return "\n".join(lines)


def test_followed_to_the_letter(tmp_path: Path) -> None:
    bin_folder = Path(sys.executable).parent
    environment = {
        "PATH": f"{bin_folder}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "SIMTOOL_STATE": str(tmp_path / "state"),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
    }
    said = run_alone(script(), tmp_path, python=sys.executable, environment=environment, seconds=SECONDS)
    assert "ordered 4 = good 3 + rejected 0 + spare 1 + open 0" in said
    assert (tmp_path / "first-article.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "label.pdf").read_bytes().startswith(b"%PDF")
    papers = sorted(path.suffix for path in (tmp_path / "papers").iterdir())
    assert papers == [".json", ".json", ".json", ".pdf", ".pdf", ".pdf"]
    (certificate,) = (tmp_path / "papers").glob("*certificate*.json")
    assert json.loads(certificate.read_text())["batch"] == "spring26"
    for secret in ("11111111", "22222222", "483920", "920173"):
        assert secret not in said
