"""What a scripted walk expects: screens, and what the network has seen.

Records of the network are looked at once each, in their order: a second `expect_sms` means a second message.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simtool.card.handset.mail import Received
from simtool.card.handset.network import Delivery, DialledCall, SentMessage, SentString
from simtool.card.handset.phone import Handset
from simtool.card.handset.screen import Screen, ScreenKind
from simtool.card.handset.walk_actions import KEYS
from simtool.files.written import Written


@dataclass(slots=True)
class Seen:
    """How many records of each kind a walk has looked at."""

    counts: dict[str, int] = field(default_factory=dict)

    def next(self, kind: str, records: Sequence[Any]) -> Any:
        """The next record that was not looked at, None if there is none."""
        count = self.counts.get(kind, 0)
        if count >= len(records):
            return None
        self.counts[kind] = count + 1
        return records[count]

    def left(self, kind: str, records: Sequence[Any]) -> Sequence[Any]:
        return records[self.counts.get(kind, 0) :]


Expectation = Callable[[Handset, Seen], str]
"""Looks; gives what was expected and what is there, or nothing if they fit."""
Reader = Callable[[Written], Expectation]
_KINDS = {kind.value: kind for kind in ScreenKind}
_RECORDS: Mapping[str, Callable[[Handset], Sequence[Any]]] = {
    "sms": lambda phone: phone.network.messages,
    "ussd": lambda phone: phone.network.ussd,
    "ss": lambda phone: phone.network.ss,
    "call": lambda phone: phone.network.calls,
    "dtmf": lambda phone: phone.network.dtmf,
    "browser": lambda phone: phone.network.pages,
    "inbox": lambda phone: phone.inbox,
    "report": lambda phone: phone.network.deliveries,
}


def _expect(written: Written) -> Expectation:
    """A text that is somewhere on the screen, or the screen's parts."""
    if not written.is_mapping:
        text = written.text()
        return lambda phone, seen: "" if _holds(phone.screen, text) else _said(f"the text {text!r}", phone.screen)
    fields = written.fields("kind", "title", "text", "lines", "items", "keys", "input")
    wanted: dict[str, Any] = {}
    if "kind" in fields:
        wanted["kind"] = fields["kind"].one_of(_KINDS)
    for name in ("title", "text"):
        if name in fields:
            wanted[name] = "" if fields[name].value is None else fields[name].text()
    for name in ("lines", "items"):
        if name in fields:
            wanted[name] = tuple(one.text() for one in fields[name].each())
    if "keys" in fields:
        wanted["keys"] = tuple(one.one_of(KEYS) for one in fields["keys"].each())
    if "input" in fields:
        parts = fields["input"].fields("least", "most", "digits_only", "hidden", "default")
        wanted["input"] = {
            name: part.text() if name == "default" else part.flag() if isinstance(part.value, bool) else part.integer()
            for name, part in parts.items()
        }
    return lambda phone, seen: _screen_fault(phone.screen, wanted)


def _screen_fault(screen: Screen, wanted: Mapping[str, Any]) -> str:
    shown: dict[str, Any] = {
        "kind": screen.kind,
        "title": screen.title,
        "lines": screen.lines,
        "items": tuple(item.text for item in screen.items),
    }
    for name, value in wanted.items():
        match name:
            case "text":
                fits = _holds(screen, value)
            case "keys":
                fits = set(value) <= set(screen.keys)
            case "input":
                shown_field = screen.to_json().get("input", {})
                fits = bool(shown_field) and all(shown_field.get(part) == wish for part, wish in value.items())
            case _:
                fits = shown[name] == value
        if not fits:
            return _said(f"{name} {_plain(value)}", screen)
    return ""


def _holds(screen: Screen, text: str) -> bool:
    return any(text in shown for shown in (*screen.texts, "\n".join(screen.lines)))


def _said(wanted: str, screen: Screen) -> str:
    return f"expected {wanted}, the screen shows {screen}"


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_plain, value)) + "]"
    return value.value if hasattr(value, "value") else repr(value)


def _of_record(kind: str, parts: Callable[[Any], dict[str, Any]], main: str) -> Reader:
    """An expectation about the next record of a kind; a text alone is its main part."""

    def read(written: Written) -> Expectation:
        if written.is_mapping:
            wanted = {name: _wish(value) for name, value in written.fields(*parts(None)).items()}
        elif written.value is None:
            wanted = {}
        else:
            wanted = {main: _wish(written)}

        def look(phone: Handset, seen: Seen) -> str:
            record = seen.next(kind, _RECORDS[kind](phone))
            if record is None:
                return f"expected {kind} {wanted or ''}".rstrip() + ", there is none"
            there = parts(record)
            if any(there[name] != wish for name, wish in wanted.items()):
                return f"expected {kind} {wanted}, it was { {name: there[name] for name in wanted} }"
            return ""

        return look

    return read


def _wish(written: Written) -> Any:
    return (
        written.value
        if isinstance(written.value, bool)
        else written.text().lower()
        if _is_hex(written)
        else written.text()
    )


def _is_hex(written: Written) -> bool:
    return bool(written.location) and written.location[-1] in ("data", "tpdu")


def _message(record: SentMessage | None) -> dict[str, Any]:
    if record is None:
        return {"to": "", "text": "", "tpdu": "", "centre": ""}
    return {"to": record.destination, "text": record.text, "tpdu": record.tpdu.hex(), "centre": record.centre}


def _string(record: SentString | None) -> dict[str, Any]:
    return {"text": record.text, "answer": record.answer} if record is not None else {"text": "", "answer": ""}


def _call(record: DialledCall | None) -> dict[str, Any]:
    if record is None:
        return {"number": "", "answered": True}
    return {"number": record.number, "answered": record.cause is None}


def _plain_text(record: str | None) -> dict[str, Any]:
    return {"text": record or ""}


def _received(record: Received | None) -> dict[str, Any]:
    return {"from": record.origin, "text": record.text} if record is not None else {"from": "", "text": ""}


def _report(record: Delivery | None) -> dict[str, Any]:
    if record is None:
        return {"acknowledged": True, "data": "", "failure": ""}
    failure = "" if record.failure is None else f"{record.failure:02x}"
    return {"acknowledged": record.acknowledged, "data": record.user_data.hex(), "failure": failure}


def _none(written: Written) -> Expectation:
    kinds = [one.one_of({name: name for name in _RECORDS}) for one in written.each()]

    def look(phone: Handset, seen: Seen) -> str:
        for kind in kinds:
            left = seen.left(kind, _RECORDS[kind](phone))
            if left:
                return f"expected no {kind}, there is {left[0]}"
        return ""

    return look


EXPECTATIONS: Mapping[str, Reader] = {
    "expect": _expect,
    "expect_sms": _of_record("sms", _message, "text"),
    "expect_ussd": _of_record("ussd", _string, "text"),
    "expect_ss": _of_record("ss", _string, "text"),
    "expect_call": _of_record("call", _call, "number"),
    "expect_dtmf": _of_record("dtmf", _plain_text, "text"),
    "expect_browser": _of_record("browser", _plain_text, "text"),
    "expect_inbox": _of_record("inbox", _received, "text"),
    "expect_report": _of_record("report", _report, "data"),
    "expect_none": _none,
}
