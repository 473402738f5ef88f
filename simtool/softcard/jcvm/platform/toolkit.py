"""The card application toolkit as applets see it (TS 102 241 §5): handlers and registry from the framework's side.

All of it concerns the run of applet code that is going on; outside of a toolkit event nothing is available. The bytes
are those of the interface with the terminal; cutting them into TLV objects is the API's work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class CommandNotAllowed(Exception):  # noqa: N818  # becomes ToolkitException.COMMAND_NOT_ALLOWED
    """A proactive command that this applet may not send (TS 102 241 §5.4)."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What triggered the applet: a BER-TLV object. `tag` is D1, D3, … and `value` its content."""

    tag: int
    value: bytes


class RegistryEntry(Protocol):
    """An applet's entry in the toolkit registry; made from its install parameters, kept over power cycles."""


class ToolkitPlatform(Protocol):
    """What is asked of the card."""

    def envelope(self) -> Envelope | None:
        """The data of the event; None where the EnvelopeHandler is not available (TS 102 241 table of availability)."""

    def may_answer(self) -> bool:
        """Whether the EnvelopeResponseHandler is available: it is until something was posted or a command sent."""

    def post(self, data: bytes, *, tag: int | None, status: int | bool) -> None:
        """EnvelopeResponseHandler.post (`tag` None, `status` as given) and postAsBERTLV (`tag` and status type)."""

    def may_send(self) -> bool:
        """Whether the ProactiveHandler is available: no other proactive session goes on."""

    def send(self, command: bytes) -> bytes:
        """Send a proactive command and wait for the terminal's answer; both are the COMPREHENSION-TLV objects without
        tag D0. The run sleeps meanwhile (`execution.wait`). Raises `CommandNotAllowed`."""

    def response(self) -> bytes | None:
        """The last TERMINAL RESPONSE of this run; None where the ProactiveResponseHandler is not available."""

    def profile(self) -> bytes | None:
        """What the terminal sent with TERMINAL PROFILE; None before that."""

    def entry(self, aid: bytes) -> RegistryEntry | None:
        """The registry entry of an applet instance; None if it was not installed as a toolkit applet."""
