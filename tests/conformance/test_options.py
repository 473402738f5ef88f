"""The suite's own promises: the one card, the credentials, nothing destructive unasked (see conftest.py).

Each test runs pytest once more, with a software card in the place of the reader.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CARD = "soft:sysmoISIM-SJA5"
ICCID = "8949440000001155314"  # of the software card as delivered
RECORD = """
iccid: '8949440000001155314'
subscriptions: [{imsi: '001010000000001', algorithm: milenage, k: '00112233445566778899aabbccddeeff',
  opc: '00112233445566778899aabbccddeeff'}]
credentials: {ADM1: '34173960', PIN1: '0000'}
"""


def run(*options: str, **credentials: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SIMTOOL_")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    return subprocess.run(
        command, cwd=ROOT, env=clean | credentials, capture_output=True, text=True, check=False, timeout=300
    )


REFUSED = [
    ("another card", ("--iccid", "8949440000001155322"), "8949440000001155314, not 8949440000001155322"),
    ("no number", (), "wants --iccid"),
    ("no reader", ("--reader", "replay:/nonexistent", "--iccid", ICCID), "conformance:"),
]


@pytest.mark.parametrize(("options", "reason"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_wrong_card_is_not_tested(options: tuple[str, ...], reason: str) -> None:
    done = run("tests/conformance/test_status.py", "--reader", CARD, *options)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert reason in done.stdout + done.stderr
    assert "passed" not in done.stdout


def test_without_credentials_no_try_is_spent() -> None:
    files = ("tests/conformance/test_pin.py", "tests/conformance/test_status.py")
    done = run("--collect-only", *files, "--reader", CARD, "--iccid", ICCID)
    assert done.returncode == 0, done.stdout
    assert "test_status.py::" in done.stdout
    assert "TestVerify" not in done.stdout and "TestUnblock" not in done.stdout


def test_card_with_a_record(tmp_path: Path) -> None:
    """The same card in all tests: each leaves it as it was, or a later one would fail."""
    record = tmp_path / "card.yaml"
    record.write_text(RECORD)
    record.chmod(0o600)
    done = run(
        *(f"tests/conformance/test_{name}.py" for name in ("pin", "pin_blocking", "binary", "authenticate", "create")),
        *("--reader", CARD, "--iccid", ICCID, "--record", str(record)),
    )
    assert done.returncode == 0, done.stdout
    assert "deselected" in done.stdout, "what is destructive, and what needs other credentials"


def test_credentials_from_the_environment() -> None:
    given = {"SIMTOOL_PIN1": "0000", "SIMTOOL_PUK1": "15091909"}
    done = run("tests/conformance/test_gsm_chv.py", "--reader", CARD, "--iccid", ICCID, "--destructive", **given)
    assert done.returncode == 0, done.stdout
    assert "0000" not in done.stdout.replace("100%", "")
