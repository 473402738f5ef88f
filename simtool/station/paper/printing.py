"""Handing a file to the printer: a command in words, without a shell, with a time-out."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from pathlib import Path

from simtool.errors import InputError
from simtool.station.bench.bench import Printer

FILE = "{file}"
MOST_SAID = 400
FIELD = "printer.command"


def print_file(printer: Printer, file: Path) -> None:
    """Run the printer's command for a file and wait until it ends with 0. Does nothing where there is no command.

    Raises `InputError` when it cannot be run, takes longer than `printer.seconds` (it is killed then, with all that it
    began), or ends with something else; the error says what the command said.
    """
    if not printer.command:
        return
    words = [word.replace(FILE, str(file)) for word in printer.command]
    if words == list(printer.command):
        raise InputError(f"no word of the command is {FILE}", field=FIELD)
    # What it says goes to a file: a child that it leaves behind would hold a pipe open.
    with tempfile.TemporaryFile() as said:
        try:
            running = subprocess.Popen(  # noqa: S603
                words, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, start_new_session=True
            )
        except OSError as error:
            reason = f"{words[0]} cannot be run: {error.strerror or error}"
            raise InputError(reason, field=FIELD, hint="correct the bench file") from None
        try:
            code = running.wait(printer.seconds)
        except subprocess.TimeoutExpired:
            raise InputError(
                f"{words[0]} was not done after {printer.seconds:g} s and was stopped{_said(said.fileno())}",
                field=FIELD, hint="look at the printer; the label is kept as a file",
            ) from None  # fmt: skip
        finally:
            if running.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(running.pid, signal.SIGKILL)
                running.wait()
        if code:
            how = f"ended with {code}" if code > 0 else f"was ended by signal {-code}"
            raise InputError(
                f"{words[0]} {how}{_said(said.fileno())}", field=FIELD,
                hint="look at the printer; the label is kept as a file",
            )  # fmt: skip


def _said(descriptor: int) -> str:
    """The end of what a command said, in one line."""
    size = os.fstat(descriptor).st_size
    text = os.pread(descriptor, MOST_SAID, max(0, size - MOST_SAID)).decode(errors="replace")
    printable = "".join(char if char.isprintable() else " " for char in text)
    line = " ".join(printable.split())
    return f": {line}" if line else ""
