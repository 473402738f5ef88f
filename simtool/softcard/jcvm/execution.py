"""One run of applet code, which may have to wait for the terminal in its middle (TS 102 241 §5.2: `send`).

A run is a coroutine: `start` runs it until it ends or asks for something that only the next command can bring. Then
the card answers, and `resume` goes on where it was. What waits when the card is reset never goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from greenlet import GreenletExit, getcurrent, greenlet


@dataclass(frozen=True, slots=True)
class Waiting:
    """The run waits; `request` is what for."""

    request: Any


@dataclass(frozen=True, slots=True)
class Done:
    """The run has ended; `result` is what it returned."""

    result: Any


class Execution:
    """A run of `body`. Exceptions of the body come out of `start` or `resume`."""

    def __init__(self, body: Callable[[], Any]) -> None:
        self._greenlet = greenlet(self._run)
        self._body = body
        self.finished = False

    def start(self) -> Waiting | Done:
        return self._go(None)

    def resume(self, answer: Any) -> Waiting | Done:
        """Go on with what `wait` is to give."""
        return self._go(answer)

    def abandon(self) -> None:
        """It will never go on."""
        if not self.finished:
            self.finished = True
            self._greenlet.throw(GreenletExit)

    def _go(self, value: Any) -> Waiting | Done:
        self._greenlet.parent = getcurrent()
        return self._greenlet.switch(value)  # type: ignore[no-any-return]

    def _run(self, _: Any) -> Done:
        try:
            return Done(self._body())
        finally:
            self.finished = True


def wait(request: Any) -> Any:
    """Within a run: stop here until somebody resumes it; gives what it was resumed with."""
    parent = getcurrent().parent
    if parent is None:
        raise RuntimeError("nothing runs that could wait")
    return parent.switch(Waiting(request))
