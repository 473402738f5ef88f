"""The log of a run: every event and order as a line of JSON, in a file of its owner's in the state folder.

Only the steps' progress is left out: it would be most of the file, and the card's end tells what counted. Events carry
no secrets, so there are none in it; scanned digits are printed on the card.
"""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from simtool.errors import InputError
from simtool.perso.memory.state_folder import open_private, private_folder
from simtool.station.as_json import event_value
from simtool.station.events import Event, Order, Progressed

FOLDER = "runs"


class RunLog:
    """An open log. When it cannot be written any more (disk full) the run goes on, and `problem` says why."""

    def __init__(self, folder: Path, station: str, batch: str, at: float | None = None) -> None:
        """A new file in `folder`/runs. Raises `InputError` when it cannot be made."""
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at if at is not None else time.time()))
        name = f"{_safe(batch)}-{_safe(station)}-{moment}-{os.getpid()}.jsonl"
        self.path = private_folder(folder / FOLDER) / name
        self.problem = ""
        try:
            self._file = os.fdopen(open_private(self.path, os.O_WRONLY | os.O_APPEND), "w", encoding="utf-8")
        except OSError as error:
            raise InputError(error.strerror or str(error), place=str(self.path)) from None

    def event(self, event: Event) -> None:
        if not isinstance(event, Progressed):
            self.line(event_value(event))

    def order(self, order: Order, slot: str | None, at: float) -> None:
        self.line({"order": order.kind.value, "slot": slot, "text": order.text, "at": at})

    def line(self, value: dict[str, Any]) -> None:
        """One line, written at once so that a killed station leaves it."""
        if self.problem:
            return
        try:
            self._file.write(json.dumps(value, ensure_ascii=False) + "\n")
            self._file.flush()
        except OSError as error:
            self.problem = f"the log of this run ends here: {error.strerror or error}"

    def close(self) -> None:
        try:
            self._file.close()
        except OSError as error:
            self.problem = f"the log of this run ends here: {error.strerror or error}"

    def __enter__(self) -> RunLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name)
