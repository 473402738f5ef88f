"""What pySim-shell's `export` prints: a script of `select`, `update_binary` and `update_record`, for restoring a card.

`export --json` has `update_binary_decoded` and `update_record_decoded` instead. The comments carry each file's
identifiers and its answer to SELECT; scripts without them, written by hand or by us, are read as well. PINs and keys
that such a script presents are passed over, and so is everything that is not content.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from simtool.errors import DecodeError, InputError
from simtool.files.path import MF, FilePath
from simtool.perso.pysim.entries import Decoded, Entry, Piece, printable, shape
from simtool.perso.pysim.naming import MF_NAMES, Names

MAX_OFFSET = 0x7FFF
MAX_RECORD = 254
_DIRECTORY = re.compile(r"# directory: (\S+) \((\S+)\)")
_TEMPLATE = re.compile(r"# RAW FCP Template: ([0-9A-Fa-f]+)")
_BAD = re.compile(r"# bad file: (\S+)/[^/,\s]+, (.*)")
_STATUS = re.compile(r"\bgot ([0-9a-fA-F]{4})\b")
_FID = re.compile(r"[0-9A-Fa-f]{4}")
_OFFSET = re.compile(r"--offset(?:\s+|=)(\S+)\s*")
_SILENT = frozenset("set echo quit verify_adm verify_chv reset equip desc dir tree status intro version".split())
_READS = ("read_", "export", "fsdump")


class ExportReader:
    """Reads such a script line by line. `problems` are lines that cannot be what they seem."""

    def __init__(self, names: Names, name: str) -> None:
        self.problems: list[InputError] = []
        self.other_commands: dict[str, None] = {}
        self._names = names
        self._name = name
        self._line = 0
        self._entries: dict[FilePath, Entry] = {}
        self._pieces: dict[FilePath, list[Piece]] = {}
        self._current: FilePath | None = None
        self._last = MF
        self._commented: tuple[tuple[str, ...], tuple[int | None, ...]] = ((), ())
        self._template = ""
        self._commands: dict[str, Callable[[str], None]] = {
            "select": self._select,
            "update_binary": lambda words: self._update(*self._offset(words), record=0),
            "update_record": self._update_record,
            "update_binary_decoded": lambda words: self._add(self._decoded(words)),
            "update_record_decoded": self._update_record_decoded,
        }

    def read(self, text: str) -> tuple[Entry, ...]:
        """The files that the script names. Look at `problems` afterwards."""
        for line in text.splitlines():
            self._line += 1
            words = line.strip()
            if words.startswith("#"):
                self._comment(words)
                continue
            command, _, rest = words.partition(" ")
            known = self._commands.get(command)
            if known is not None:
                try:
                    known(rest.strip())
                except DecodeError as error:
                    self._problem(command, str(error))
            elif command and command not in _SILENT and not command.startswith(_READS):
                where = f" in {self._current}" if self._current is not None else ""
                self.other_commands[f"{printable(command)}{where}"] = None
        return tuple(replace(entry, pieces=tuple(self._pieces.get(path, ()))) for path, entry in self._entries.items())

    def _problem(self, command: str, reason: str) -> None:
        self.problems.append(InputError(reason, place=f"{self._name}:{self._line}", field=command))

    def _comment(self, words: str) -> None:
        if found := _DIRECTORY.fullmatch(words):
            fids = tuple(int(part, 16) if _FID.fullmatch(part) else None for part in found[2].split("/"))
            self._commented, self._template = (tuple(found[1].split("/")), fids), ""
        elif found := _TEMPLATE.fullmatch(words):
            self._template = found[1]
        elif found := _BAD.fullmatch(words):
            status = _STATUS.search(found[2])
            self._mark_bad(tuple(found[1].split("/")), status[1].lower() if status else "")

    def _mark_bad(self, names: tuple[str, ...], status: str) -> None:
        fids = self._commented[1] if self._commented[0] == names else ()
        try:
            path = self._names.path(names, fids)
        except DecodeError as error:
            self._problem("# bad file", str(error))
            return
        entry = self._entries.get(path) or Entry(path.parts)
        reason = f"pySim could not read it ({status or 'no answer'})"
        self._entries[path] = replace(entry, status=status, reason=reason)

    def _select(self, target: str) -> None:
        if not target:
            return  # the shell then says what is selected
        self._current = None  # what follows a broken line belongs to no file
        path = self._find(target)
        fids = self._commented[1] if "/".join(self._commented[0]) == target else ()
        if path not in self._entries:
            self._entries[path] = Entry(path.parts, fids, shape(self._template))
        self._current = self._last = path
        self._template = ""

    def _find(self, target: str) -> FilePath:
        parts = target.split("/")
        if parts[0] == "":
            parts[0] = "MF"
        if "/".join(self._commented[0]) == target:
            return self._names.path(parts, self._commented[1])
        path = self._last
        for part in parts:
            path = self._step(path, part)
        return path

    def _step(self, path: FilePath, part: str) -> FilePath:
        if part in MF_NAMES:
            return MF
        if part == ".":
            return path
        if part == "..":
            return path.parent or MF
        application = self._names.application(part)
        if application is not None:
            return application
        directory = (path.parent or MF) if path.name.startswith("EF.") else path
        return self._names.child(directory, part)

    def _offset(self, words: str) -> tuple[str, int]:
        found = _OFFSET.search(words)
        if found is None:
            return words, 0
        rest = (words[: found.start()] + words[found.end() :]).strip()
        return rest, _number(found[1], 0, MAX_OFFSET, "the offset")

    def _update(self, digits: str, offset: int, *, record: int) -> None:
        try:
            data = bytes.fromhex(digits)
        except ValueError:
            raise DecodeError("what is written is not hex") from None  # keys may stand here: they are not repeated
        if not data:
            raise DecodeError("nothing is written")
        self._add(Piece(data, record, offset))

    def _update_record(self, words: str) -> None:
        number, _, digits = words.partition(" ")
        self._update(digits.strip(), 0, record=_number(number, 1, MAX_RECORD, "the record number"))

    def _update_record_decoded(self, words: str) -> None:
        number, _, rest = words.partition(" ")
        piece = self._decoded(rest.strip())
        self._add(replace(piece, record=_number(number, 1, MAX_RECORD, "the record number")))

    def _decoded(self, words: str) -> Piece:
        quoted = len(words) > 1 and words[0] == words[-1] == "'"
        try:
            value: Any = json.loads(words[1:-1] if quoted else words)
        except (json.JSONDecodeError, RecursionError):
            raise DecodeError("what is written is not JSON") from None
        return Piece(Decoded(value))

    def _add(self, piece: Piece) -> None:
        if self._current is None:
            raise DecodeError("no file is selected")
        self._pieces.setdefault(self._current, []).append(piece)


def _number(text: str, least: int, most: int, what: str) -> int:
    try:
        value = int(text, 0)
    except ValueError:
        value = -1
    if not least <= value <= most:
        raise DecodeError(f"{what} is a number from {least} to {most}")
    return value
