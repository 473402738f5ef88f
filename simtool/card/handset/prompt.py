"""A prompt for a handset: a person's lines become keys, choices, texts, and everything that a walk can do.

The words that are understood are those of `HELP`. Nothing is printed here.
"""

from __future__ import annotations

from collections.abc import Callable

from simtool.card.handset.phone import Handset
from simtool.card.handset.screen import Key, ScreenKind
from simtool.card.handset.walk_actions import ACTIONS
from simtool.card.handset.walk_expectations import Seen
from simtool.card.handset.walk_steps import read_step, take_step
from simtool.errors import CodecError
from simtool.files.marked_yaml import parse_yaml
from simtool.files.written import Written

HELP = """\
NUMBER or TEXT     choose the item of that row, or with that text; where the card asks for input: type it
Enter or ok        the OK key; also back, end, help, menu, yes, no
type TEXT          type a text that is also a word of this list (type alone: nothing)
help NUMBER        ask for help about an item of the menu
dial NUMBER        call a number, or send a string such as *100#
sms NUMBER TEXT    send a short message
wait TIME          let time pass: 30s, 5m, 1h
ring NUMBER        somebody calls; ok answers, end hangs up
power              take the card out and put it back
seen               what the network has seen
log                everything that has happened
NAME: VALUE        any step of a walk: event: {location_status: limited}, sms: {from: "+49123", text: Hi}
?                  this list
quit               leave"""
_KEYS = {key.value: key for key in Key if key is not Key.HELP}


class Prompt:
    """Takes lines for one handset. `ended` after the line that leaves."""

    def __init__(self, phone: Handset) -> None:
        self.phone = phone
        self.ended = False
        self._seen = Seen()
        self._words: dict[str, Callable[[str], str]] = {
            "?": lambda rest: HELP,
            "quit": self._quit,
            "exit": self._quit,
            "type": self._type,
            "help": self._help,
            "dial": self._dial,
            "sms": self._sms,
            "wait": lambda rest: self._step("wait", rest),
            "ring": lambda rest: self._step("incoming_call", rest),
            "power": self._power,
            "seen": self._network,
            "log": self._log,
        }

    def run(self, line: str) -> str:
        """Carry a line out; gives what is to be said about it. Raises `InputError` for a step that is none."""
        text = line.strip()
        word, _, rest = text.partition(" ")
        if text in _KEYS or not text:
            return self._press(_KEYS.get(text, Key.OK))
        if word in self._words:
            try:
                return self._words[word](rest.strip())
            except CodecError as error:
                return str(error)
        name, colon, value = text.partition(":")
        if colon and (name in ACTIONS or name.startswith("expect")):
            return self._step(name, value.strip())
        return self._answer(text)

    def _press(self, key: Key) -> str:
        return "" if self.phone.press(key) else f"{key.value} does nothing here"

    def _answer(self, text: str) -> str:
        items = self.phone.screen.items
        if not items and self.phone.menu is not None and self.phone.screen.kind is ScreenKind.IDLE:
            self.phone.press(Key.MENU)
            items = self.phone.screen.items
        if items:
            row = int(text) - 1 if text.isdecimal() else -1
            choice = items[row].identifier if 0 <= row < len(items) else text
            return "" if self.phone.choose(choice) else f"there is no item {text!r}"
        return self._type(text)

    def _type(self, text: str) -> str:
        if self.phone.type_text(text):
            return ""
        if self.phone.waits_for_user:
            return "that does not fit what the card asks for"
        return "nothing asks for a text; ? helps"

    def _help(self, rest: str) -> str:
        if not rest:
            return self._press(Key.HELP)
        items = self.phone.screen.items
        row = int(rest) - 1 if rest.isdecimal() else -1
        choice = items[row].identifier if 0 <= row < len(items) else rest
        return "" if self.phone.ask_help(choice) else f"there is no help about {rest!r}"

    def _dial(self, rest: str) -> str:
        self.phone.dial(rest)
        return ""

    def _sms(self, rest: str) -> str:
        number, _, text = rest.partition(" ")
        if not number or not text:
            return "say sms NUMBER TEXT"
        self.phone.write_message(number, text)
        return ""

    def _power(self, rest: str) -> str:
        self.phone.power_on()
        return ""

    def _quit(self, rest: str) -> str:
        self.ended = True
        return ""

    def _step(self, name: str, value: str) -> str:
        source = parse_yaml(f"- {name}: {value}", "prompt")
        (written,) = Written.whole(source).each()
        return take_step(read_step(written), self.phone, self._seen)

    def _network(self, rest: str) -> str:
        network = self.phone.network
        lines = [f"call     {one.number}{'' if one.cause is None else f', cause {one.cause}'}" for one in network.calls]
        lines += [f"message  to {one.destination}: {one.text}" for one in network.messages]
        lines += [f"ussd     {one.text} -> {one.answer}" for one in network.ussd]
        lines += [f"ss       {one.text}" for one in network.ss]
        lines += [f"dtmf     {one}" for one in network.dtmf]
        lines += [f"page     {one or 'home'}" for one in network.pages]
        lines += [f"inbox    {one.origin}: {one.text}" for one in self.phone.inbox]
        lines += [
            f"report   {'acknowledged' if one.acknowledged else 'refused'} {one.user_data.hex()}".rstrip()
            for one in network.deliveries
        ]
        return "\n".join(lines) or "nothing"

    def _log(self, rest: str) -> str:
        return "\n".join(f"{one.at:8.1f}  {one.kind:9} {one.text}" for one in self.phone.happenings)
