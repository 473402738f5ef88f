"""A small shell for one card: select, ls, cd, read, update, verify, apdu, info, explain.

The engine only: it takes a line and gives text back, so that a terminal, a script and a test can all drive it. It does
what the technician's commands do, with the same library. PIN values are never part of a line: `ask` brings them.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace

from simtool.card.instructions import command_name
from simtool.card.session import Session
from simtool.card.status import explain as meaning_of
from simtool.codec.apdu import CommandApdu
from simtool.crypto.secret import Secret
from simtool.errors import CodecError, InputError, RefusedError, SimtoolError, StatusError
from simtool.files.path import MF, FilePath
from simtool.files.product import CardModel
from simtool.perso.apply import Options, apply
from simtool.perso.authorise import SAFE_TRIES, present_pin
from simtool.perso.read import read_image
from simtool.perso.record import Credential
from simtool.perso.technician.change import pins_for, plan_change, remaining
from simtool.perso.technician.edit import wanted_content
from simtool.perso.technician.explain import context_of, explain
from simtool.perso.technician.failure import Failure, failure_of
from simtool.perso.technician.names import Target, completions, fid_path, resolve, resolve_path, select
from simtool.perso.technician.pin_states import find_pin, pin_views
from simtool.perso.technician.show import views_of
from simtool.perso.technician.show_text import file_text, listing, selected

PIN_COMMANDS = frozenset((0x20, 0x21, 0x24, 0x25, 0x26, 0x28, 0x2C, 0x2D))
CANNOT_BE_UNDONE = frozenset((0xE4, 0xE6, 0xE8, 0xFE))
COUNTED = frozenset((0x82, 0xD8, 0xD9))  # EXTERNAL AUTHENTICATE, PUT KEY: a wrong one spends a try of a key
FORCE = "--sure"


@dataclass(frozen=True, slots=True)
class _Verb:
    """One command of the shell."""

    usage: str
    help: str
    run: Callable[[list[str]], str]
    takes_file: bool = False


class Shell:
    """One card at a prompt. `ask` is called with a PIN's name and a question when a value is needed.

    `run` raises what the library raises; nothing is half-done then, and the shell goes on.
    """

    def __init__(
        self,
        session: Session,
        model: CardModel,
        *,
        credentials: tuple[Credential, ...] = (),
        ask: Callable[[str, str], Secret] | None = None,
        min_tries: int = SAFE_TRIES,
    ) -> None:
        self.directory = MF
        self.ended = False
        self._session = session
        self._model = model
        self._values = {credential.pin: credential for credential in credentials}
        self._ask = ask
        self._min_tries = min_tries
        self._failure: Failure | None = None
        self._raw_used = False
        self._verbs = {
            "ls": _Verb("ls [DIRECTORY]", "what is in a directory", self._ls, True),
            "cd": _Verb("cd [DIRECTORY|..]", "go to a directory", self._cd, True),
            "select": _Verb("select FILE", "SELECT, and what the card says about it", self._select, True),
            "read": _Verb("read FILE…", "what a file holds, decoded and in hex", self._read, True),
            "update": _Verb("update FILE VALUE", "write a value (name=…, a value, hex:…) and read it back",
                            self._update, True),
            "verify": _Verb("verify PIN", "present a PIN or ADM, typed without being shown", self._verify),
            "apdu": _Verb("apdu HEX", "send a command as it is", self._apdu),
            "info": _Verb("info", "the card on one screen", self._info),
            "explain": _Verb("explain [SW]", "what the last refusal means here", self._explain),
            "reset": _Verb("reset", "power the card off and on", self._reset),
            "help": _Verb("help", "this list", self._help),
            "exit": _Verb("exit", "leave", self._exit),
        }  # fmt: skip

    @property
    def prompt(self) -> str:
        return f"{self._model.name} {self.directory}> "

    def run(self, line: str) -> str:
        """Do what a line says; the text for the screen. An empty line does nothing."""
        try:
            words = shlex.split(line, comments=True)
        except ValueError as error:
            raise InputError(f"the line cannot be read: {error}", hint="close the quotes") from None
        if not words:
            return ""
        name = {"quit": "exit", "q": "exit", "?": "help", "dir": "ls"}.get(words[0], words[0])
        verb = self._verbs.get(name)
        if verb is None:
            raise InputError(f"no command {words[0]!r}", hint=f"there are {', '.join(self._verbs)}")
        if self._raw_used and name not in ("apdu", "explain", "help", "exit"):
            self._session.select_mf()  # a raw command may have selected anything
            self._raw_used = False
        try:
            return verb.run(words[1:])
        except StatusError as error:
            self._failure = failure_of(error, self._model.name)
            raise

    def complete(self, line: str) -> tuple[str, ...]:
        """Words that could stand where `line` ends; the only one with what goes on behind it."""
        found = self._candidates(line)
        if len(found) != 1:
            return found
        is_directory = found[0].rpartition("/")[2].startswith(("MF", "DF.", "ADF."))
        return (found[0] + ("/" if is_directory else " "),)

    def _candidates(self, line: str) -> tuple[str, ...]:
        head, _, last = line.rpartition(" ")
        words = head.split()
        if not words:
            return tuple(name for name in self._verbs if name.startswith(last))
        if words[0] == "verify":
            return tuple(pin.name for pin in self._model.pins if pin.name.lower().startswith(last.lower()))
        verb = self._verbs.get(words[0])
        if verb is not None and verb.takes_file:
            return completions(self._model, last, directory=self.directory)
        return ()

    def _ls(self, words: list[str]) -> str:
        return listing(self._model, self._directory_named(words[0]) if words else self.directory)

    def _cd(self, words: list[str]) -> str:
        target = self._directory_named(words[0]) if words else MF
        select(self._session, self._model, target)
        self.directory = target
        return ""

    def _directory_named(self, text: str) -> FilePath:
        if text == "..":
            return self.directory.parent or MF
        path = MF if text in ("/", "MF", "3f00") else resolve_path(self._model, text, directory=self.directory)
        if not self._model.file(path).type.is_directory:
            raise InputError(f"{path} is a file", hint=f"read {path.name} shows what it holds")
        return path

    def _select(self, words: list[str]) -> str:
        path = resolve_path(self._model, _one(words, "select FILE"), directory=self.directory)
        answer = select(self._session, self._model, path, fcp=True)
        if self._model.file(path).type.is_directory:
            self.directory = path
        told = selected(answer, is_sim=self._session.is_sim)
        return f"{path}  ({fid_path(self._model, path)})\n  {told}\n  {answer.hex()}"

    def _read(self, words: list[str]) -> str:
        if not words:
            raise InputError("read what?", hint="read EF.IMSI")
        units = [unit for name in words for unit in self._target(name).units(self._model)]
        image = read_image(
            self._session, self._model, only=units, credentials=tuple(self._values.values()), min_tries=self._min_tries
        )
        return "\n\n".join(file_text(self._model, view) for view in views_of(self._model, units, image))

    def _target(self, name: str) -> Target:
        return resolve(self._model, name, directory=self.directory)

    def _update(self, words: list[str]) -> str:
        if len(words) < 2:
            raise InputError("update what?", hint="update EF.SPN name=Nordlicht")
        model, session = self._model, self._session
        unit = self._target(words[0]).single(model)
        unit = replace(unit, path=model.source(unit.path))
        for name in pins_for(session, model, [unit.path], self._values):
            self._obtain(name, f"writing {unit}")
        values = tuple(self._values.values())
        now = read_image(session, model, only=[unit], credentials=values, min_tries=self._min_tries).units.get(unit)
        wanted = {unit: wanted_content(model, unit, words[1:], now)}
        change = plan_change(session, model, wanted, "shell", values, min_tries=self._min_tries)
        if not change.plan:
            return "nothing to change: the card holds this already"
        apply(change.plan, session, Options(min_tries=self._min_tries))
        rest = remaining(session, change, min_tries=self._min_tries)
        return "\n".join(map(str, rest)) or f"{unit}: written and read back"

    def _verify(self, words: list[str]) -> str:
        pin = find_pin(self._model, _one(words, "verify PIN"))
        self._values.pop(pin.name, None)
        credential = self._obtain(pin.name, "this card")
        try:
            present_pin(self._session, pin.name, pin.ref, credential.value, min_tries=self._min_tries)
        except SimtoolError:
            self._values.pop(pin.name, None)
            raise
        return f"{pin.name} is verified"

    def _obtain(self, name: str, purpose: str) -> Credential:
        """A value from the keyboard; kept as long as the shell runs."""
        if self._ask is None:
            raise InputError(f"{purpose} needs {name}", hint=f"give --record FILE or --from-env {name}=NAME")
        self._values[name] = Credential(name, self._ask(name, f"{name} for {purpose}"))
        return self._values[name]

    def _apdu(self, words: list[str]) -> str:
        sure = FORCE in words
        text = "".join(word for word in words if word != FORCE)
        try:
            command = CommandApdu.decode(bytes.fromhex(text))
        except (ValueError, CodecError):
            raise InputError("this is no command in hex", hint="apdu 00a40004023f00") from None
        _check_raw(command, sure)
        self._raw_used = True
        answer = self._session.send(command)
        meaning = meaning_of(answer.sw, context_of(command_name(command), self._model))
        if not meaning.succeeded:
            self._failure = Failure(answer.sw, command_name(command), "", self._model.name)
        data = f"{answer.data.hex()}\n" if answer.data else ""
        return f"{data}{answer.sw} {meaning.text}"

    def _info(self, words: list[str]) -> str:
        from simtool.perso.technician.info import look

        lines = []
        for title, rows in look(self._session, self._model).sections():
            lines += [title] if title else []
            lines += [f"  {name}: {text}" if name else f"  {text}" for name, text in rows]
        return "\n".join(lines)

    def _explain(self, words: list[str]) -> str:
        if words:
            try:
                failure = Failure(int(words[0], 16))
            except ValueError:
                raise InputError(f"{words[0]!r} is no status word", hint="explain 6982") from None
        elif self._failure is None:
            return "nothing was refused yet"
        else:
            failure = self._failure
        path = self._path_of(failure.file)
        pins = pin_views(self._session, self._model)
        self._raw_used = True
        found = explain(failure.sw, failure.command, path, self._model, pins, file=failure.file)
        return "\n".join(f"{name.ljust(14)}  {text}" for name, text in found.rows())

    def _path_of(self, text: str) -> FilePath | None:
        try:
            return resolve_path(self._model, text.partition("[")[0]) if text else None
        except InputError:
            return None

    def _reset(self, words: list[str]) -> str:
        atr = self._session.reset()
        self.directory = MF
        return f"ATR {atr.hex()}"

    def _help(self, words: list[str]) -> str:
        width = max(len(verb.usage) for verb in self._verbs.values())
        return "\n".join(f"{verb.usage.ljust(width)}  {verb.help}" for verb in self._verbs.values())

    def _exit(self, words: list[str]) -> str:
        self.ended = True
        return ""


def _one(words: list[str], usage: str) -> str:
    if len(words) != 1:
        raise InputError(f"usage: {usage}", hint="give one name")
    return words[0]


def _check_raw(command: CommandApdu, sure: bool) -> None:
    """Raises `RefusedError` for what could spend tries, show a PIN, or not be undone."""
    if command.ins in PIN_COMMANDS and command.data:
        raise RefusedError(
            f"{command_name(command)} with a value is not sent as raw bytes: it would stand on the screen",
            hint="verify PIN asks for it without showing it; simtool card pin does the rest",
        )
    if command.ins in CANNOT_BE_UNDONE | COUNTED and not sure:
        why = "cannot be undone" if command.ins in CANNOT_BE_UNDONE else "can spend a try of a key"
        raise RefusedError(f"{command_name(command)} {why}; it was not sent", hint=f"apdu {FORCE} … sends it")
