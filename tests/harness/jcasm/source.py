"""The text of the assembler as values: packages, classes, methods, statements. Nothing is looked up here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_NAME = re.compile(r"([\w$<>/.-]+?)(\(.*\).+)")
_LABEL = re.compile(r"([A-Za-z_]\w*):(?:\s+|$)")
_COMMENT = re.compile(r'("(?:[^"\\]|\\.)*")|((?:^|(?<=\s))//.*)')
_FLAGS = ("public", "protected", "private", "static", "final", "abstract")


class AsmError(ValueError):
    """A line that cannot be assembled; the message says which and why."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}" if line else reason)


@dataclass
class Statement:
    """An instruction, or raw bytes (`.byte`), with the labels that stand before it."""

    line: int
    name: str
    args: list[str]


@dataclass
class Catch:
    line: int
    type: str
    start: str
    end: str
    handler: str


@dataclass
class MethodSource:
    line: int
    name: str
    descriptor: str
    flags: set[str]
    stack: int | None = None
    locals: int | None = None
    extended: bool = False
    body: list[Statement] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=dict)
    """Label to the number of the statement that follows it."""
    catches: list[Catch] = field(default_factory=list)
    slots: dict[str, int] = field(default_factory=dict)


@dataclass
class FieldSource:
    line: int
    name: str
    type: str
    flags: set[str]
    value: str | None


@dataclass
class ConstantSource:
    line: int
    name: str
    type: str
    value: str


@dataclass
class ClassSource:
    line: int
    name: str
    flags: set[str]
    interface: bool
    extends: list[str]
    implements: list[str]
    fields: list[FieldSource] = field(default_factory=list)
    methods: list[MethodSource] = field(default_factory=list)
    constants: list[ConstantSource] = field(default_factory=list)
    full_table: bool = False


@dataclass
class ImportSource:
    line: int
    name: str
    version: str
    claims: str
    aid: str = ""


@dataclass
class PackageSource:
    name: str = ""
    aid: str = ""
    version: str = "1.0"
    export: bool = False
    imports: list[ImportSource] = field(default_factory=list)
    applets: list[tuple[int, str, str]] = field(default_factory=list)
    classes: list[ClassSource] = field(default_factory=list)
    constants: list[ConstantSource] = field(default_factory=list)
    pool: list[tuple[str, bytes]] = field(default_factory=list)


def parse(text: str) -> PackageSource:
    """Read a whole text. Raises `AsmError`."""
    return _Parser().run(text)


class _Parser:
    def __init__(self) -> None:
        self.package = PackageSource()
        self.owner: ClassSource | None = None
        self.method: MethodSource | None = None

    def run(self, text: str) -> PackageSource:
        for number, raw in enumerate(text.splitlines(), start=1):
            line = _COMMENT.sub(lambda found: found[1] or "", raw).strip()
            if line:
                self._line(number, line)
        if self.method is not None:
            raise AsmError(self.method.line, f"{self.method.name} has no .end")
        if not self.package.aid:
            raise AsmError(0, "there is no .package")
        return self.package

    def _line(self, number: int, line: str) -> None:
        if self.method is not None:
            self._in_method(self.method, number, line)
            return
        word, _, rest = line.partition(" ")
        rest = rest.strip()
        match word:
            case ".package":
                self.package.name, self.package.aid, self.package.version = self._words(number, rest, 3)
            case ".export":
                self.package.export = True
            case ".import":
                words = rest.split()
                if len(words) not in (2, 4) or words[2:3] not in ([], ["claims"]):
                    raise AsmError(number, f"expected NAME VERSION [claims VERSION], not {rest}")
                self.package.imports.append(ImportSource(number, words[0], words[1], words[-1]))
            case ".import-aid":
                aid, version = self._words(number, rest, 2)
                self.package.imports.append(ImportSource(number, "", version, version, aid))
            case ".applet":
                aid, name = self._words(number, rest, 2)
                self.package.applets.append((number, aid, name))
            case ".pool":
                name, digits = self._words(number, rest, 2)
                self.package.pool.append((name, bytes.fromhex(digits)))
            case ".class" | ".interface":
                self._class(number, rest, interface=word == ".interface")
            case ".const":
                kind, name, equals, value = self._words(number, rest, 4)
                where = self.owner.constants if self.owner else self.package.constants
                where.append(ConstantSource(number, name, kind, value))
            case ".field":
                self._field(number, rest)
            case ".method":
                self._method(number, rest)
            case ".full-table":
                self._owner(number).full_table = True
            case _:
                raise AsmError(number, f"{word} does not stand outside of a method")

    def _words(self, number: int, rest: str, count: int) -> list[str]:
        words = rest.split()
        if len(words) != count:
            raise AsmError(number, f"{count} words wanted, not {rest}")
        return words

    def _owner(self, number: int) -> ClassSource:
        if self.owner is None:
            raise AsmError(number, "no .class or .interface stands before")
        return self.owner

    def _class(self, number: int, rest: str, *, interface: bool) -> None:
        flags, words = _flags(rest.replace(",", " ").split())
        name = words[0]
        parts: dict[str, list[str]] = {"extends": [], "implements": []}
        into: list[str] | None = None
        for word in words[1:]:
            if word in parts:
                into = parts[word]
            elif into is None:
                raise AsmError(number, f"{word} after the name of the class")
            else:
                into.append(word)
        self.owner = ClassSource(number, name, flags, interface, parts["extends"], parts["implements"])
        self.package.classes.append(self.owner)

    def _field(self, number: int, rest: str) -> None:
        declared, equals, value = rest.partition("=")
        flags, words = _flags(declared.split())
        if len(words) != 2:
            raise AsmError(number, f"a field is FLAGS TYPE NAME, not {declared}")
        self._owner(number).fields.append(
            FieldSource(number, words[1], words[0], flags, value.strip() if equals else None)
        )

    def _method(self, number: int, rest: str) -> None:
        owner = self._owner(number)
        flags, words = _flags(rest.split())
        found = _NAME.fullmatch(" ".join(words))
        if found is None:
            raise AsmError(number, f"a method is FLAGS NAME(PARAMETERS)RESULT, not {rest}")
        method = MethodSource(number, found[1], found[2], flags)
        if owner.interface:
            method.flags |= {"public", "abstract"}
        owner.methods.append(method)
        if "abstract" not in method.flags:
            self.method = method

    def _in_method(self, method: MethodSource, number: int, line: str) -> None:
        while found := _LABEL.match(line):
            if found[1] in method.labels:
                raise AsmError(number, f"label {found[1]} stands twice")
            method.labels[found[1]] = len(method.body)
            line = line[found.end() :]
        if not line:
            return
        word, *args = line.split()
        match word:
            case ".end":
                self.method = None
            case ".stack":
                method.stack = int(args[0])
            case ".locals":
                method.locals = int(args[0])
            case ".extended":
                method.extended = True
            case ".local":
                method.slots[args[0]] = int(args[1])
            case ".catch":
                if len(args) != 7 or args[1::2] != ["from", "to", "using"]:
                    raise AsmError(number, ".catch is TYPE from LABEL to LABEL using LABEL")
                method.catches.append(Catch(number, *args[::2]))
            case _:
                method.body.append(Statement(number, word, args))


def _flags(words: list[str]) -> tuple[set[str], list[str]]:
    """The flag words at the front, and what follows."""
    flags = set()
    while words and words[0] in _FLAGS:
        flags.add(words[0])
        words = words[1:]
    return flags, words
