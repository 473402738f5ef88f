"""How a handset deals with a command: it responds, asks its user first, or says nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simtool.card.handset.screen import Answer, Screen
from simtool.codec.proactive.command import ProactiveCommand
from simtool.codec.proactive.objects import Outcome
from simtool.codec.proactive.response import TerminalResponse
from simtool.codec.proactive.tags import Result, Unable


@dataclass(frozen=True, slots=True)
class Silent:
    """No response: the card was reset (TS 102 223 §6.4.7)."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A screen that waits for the user. `answered` gives what follows, None where the answer does not fit the screen.

    After `timeout` seconds it is given `TimedOut`.
    """

    screen: Screen
    answered: Callable[[Answer], TerminalResponse | Ask | Silent | None]
    timeout: float


Reply = TerminalResponse | Ask | Silent


def respond(command: ProactiveCommand, result: int, additional: bytes = b"", **parts: Any) -> TerminalResponse:
    """A response to `command`; `parts` are fields of `TerminalResponse`."""
    return TerminalResponse(details=command.details, outcome=Outcome(result, additional), **parts)


def unable(command: ProactiveCommand, cause: Unable) -> TerminalResponse:
    """The terminal cannot now (TS 102 223 §8.12.2)."""
    return respond(command, Result.TERMINAL_UNABLE, bytes((cause,)))
