"""A person at a pseudo terminal, who reads what a program shows and types."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 30.0


@dataclass
class Terminal:
    """A person at a pseudo terminal."""

    process: subprocess.Popen[bytes]
    end: int
    seen: str = ""

    def until(self, text: str) -> None:
        """Read until `text` is there, and forget what came before it."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.seen:
            assert time.monotonic() < deadline, f"{text!r} never came; there was {self.seen}"
            if select.select([self.end], [], [], 0.1)[0]:
                self.seen += os.read(self.end, 4096).decode("utf-8", "replace")
        self.seen = self.seen.partition(text)[2]

    def type(self, line: str) -> None:
        os.write(self.end, line.encode() + b"\n")

    def interrupt(self) -> None:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)


@contextmanager
def at_keyboard(*words: str | Path) -> Iterator[Terminal]:
    """`simtool WORDS` with a person before it."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "simtool.cli", *map(str, words)]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True)
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
