"""Running the commands of a feeder and sorter: each with its time-out, and never through a shell."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

HOLE = re.compile(r"\{(slot|iccid|cause)\}")
POLL_SECONDS = 0.05
MOST_WORDS = 200


@dataclass(frozen=True, slots=True)
class Handled:
    """What came of a command: `problem` is empty when it did its work, else it says in a line why not."""

    problem: str = ""

    def __bool__(self) -> bool:
        return not self.problem


def filled(command: Sequence[str], values: Mapping[str, str]) -> tuple[str, ...]:
    """The words with their holes filled, each word still one word; what is filled in has no holes."""
    return tuple(HOLE.sub(lambda hole: values.get(hole[1], ""), word) for word in command)


def run_command(
    command: Sequence[str], values: Mapping[str, str], seconds: float, *, meanwhile: Callable[[], None] = lambda: None
) -> Handled:
    """Run it to its end, at most `seconds`: then it is killed with all that it started.

    `meanwhile` is called while it runs; what it raises ends the command too.
    """
    words = filled(command, values)
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(  # noqa: S603 the bench's own words
                words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True
            )
        except OSError as error:
            return Handled(f"{words[0]} cannot be started: {error.strerror}")
        try:
            code = _wait(process, seconds, meanwhile)
        finally:
            _end(process)
        if code is None:
            return Handled(f"{words[0]} did not end within {seconds:g} seconds and was killed")
        if code == 0:
            return Handled()
        errors.seek(0)
        said = errors.read(MOST_WORDS).decode(errors="replace").strip().splitlines()
        ended = f"by signal {-code}" if code < 0 else f"with {code}"
        return Handled(f"{words[0]} ended {ended}{f': {said[0]}' if said else ''}")


def _wait(process: subprocess.Popen[bytes], seconds: float, meanwhile: Callable[[], None]) -> int | None:
    """Its exit code; None when the time was over."""
    until = time.monotonic() + seconds
    while True:
        left = until - time.monotonic()
        try:
            return process.wait(min(POLL_SECONDS, max(0.0, left)))
        except subprocess.TimeoutExpired:
            if left <= 0:
                return None
        meanwhile()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill it and what it started, if it has not ended."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)  # its number is still its own: nobody has asked for its end yet
        process.wait()
