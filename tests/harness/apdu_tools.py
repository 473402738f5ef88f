"""opensc-tool and scriptor (the text twin of gscriptor, same package): strangers that send APDUs through pcscd."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.harness.pcscd import list_readers
from tests.harness.programs import HarnessError, program


def opensc_tool(reader: str, *arguments: str) -> str:
    """What opensc-tool prints, with the driver for unknown cards, which sends nothing of its own accord."""
    index = list_readers().index(reader)
    return _run([program("opensc-tool"), "--reader", str(index), "--card-driver", "default", *arguments])


def scriptor(reader: str, script: str | Sequence[str]) -> list[str]:
    """The answers to a script, one command or "reset" a line, as hex: data and status word, or the ATR."""
    text = script if isinstance(script, str) else "".join(f"{line}\n" for line in script)
    with tempfile.TemporaryDirectory(prefix="simtool-script-") as folder:
        file = Path(folder) / "script"
        file.write_text(text)
        output = _run([program("scriptor"), "-r", reader, "-p", "T=0", str(file)])
    # "< 98 94 … 90 00 : Normal processing." over one or several lines; "< OK: 3B 9F …" after a reset
    answers = re.findall(r"^< (?:OK: ([0-9A-F ]*)$|([0-9A-F \n]*?) ?:)", output, flags=re.MULTILINE)
    return ["".join(f"{atr}{answer}".split()) for atr, answer in answers]


def _run(command: list[str]) -> str:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise HarnessError(f"{Path(command[0]).name} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout
