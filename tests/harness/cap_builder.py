"""CAP files from a readable description, for tests: every component with its sizes, applets that only register.

The description says what a package is, imports and holds; the layout follows JCVM specification chapter 6. Each applet
has a class of its own with an `install` that registers an instance and a `process` that does nothing. Without
javacard.framework among the imports the methods only return.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, replace
from typing import Self

from simtool.codec.cap import LOAD_ORDER, ComponentTag

JAVA_LANG = ("a0000000620001", 1, 0)
FRAMEWORK = ("a0000000620101", 1, 0)
UICC_TOOLKIT = ("a0000000090005ffffffff8912000000", 1, 2)
_NEW, _DUP, _ALOAD_0, _SPECIAL, _VIRTUAL, _RETURN = b"\x8f", b"\x3d", b"\x18", b"\x8c", b"\x8b", b"\x7a"
_APPLET, _REGISTER, _PROCESS = 3, 1, 7  # class token of Applet; tokens of register() and process(APDU) in it
_CONSTANTS_BEFORE = 4


@dataclass(frozen=True, slots=True)
class Code:
    """Methods without the handler count, the constant pool's entries, places of two-byte operands, each `install`."""

    methods: bytes
    constants: bytes
    places: tuple[int, ...]
    installs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CapPlan:
    """A package to be built. AIDs as hex; imports as (AID, major, minor); applets by AID, each with its own install.

    What is to be wrong: `flags` of the header in place of the right ones, `lies` as component and size, as the
    directory tells it.
    """

    aid: str = "d07002ca4400"
    version: tuple[int, int] = (1, 0)
    imports: tuple[tuple[str, int, int], ...] = (JAVA_LANG, FRAMEWORK)
    applets: tuple[str, ...] = ("d07002ca440001",)
    exports: int = 0
    format: tuple[int, int] = (2, 1)
    name: str = "net/mvno/test"
    filler: int = 0
    debug: bool = False
    flags: int | None = None
    lies: tuple[tuple[ComponentTag, int], ...] = ()

    def with_lie(self, tag: ComponentTag, size: int) -> Self:
        return replace(self, lies=(*self.lies, (tag, size)))

    def bodies(self) -> dict[ComponentTag, bytes]:
        """Component bodies; the Directory is made from the others."""
        tag = ComponentTag
        code = self._code()
        found = {
            tag.HEADER: self._header(),
            tag.IMPORT: bytes((len(self.imports),)) + b"".join(_package(*one) for one in self.imports),
            tag.CLASS: self._classes(),
            tag.METHOD: b"\x00" + code.methods + bytes(self.filler),
            tag.STATIC_FIELD: bytes(10),
            tag.CONSTANT_POOL: (len(code.constants) // 4).to_bytes(2) + code.constants,
            tag.REF_LOCATION: bytes(2) + _steps(code.places),
            tag.DESCRIPTOR: bytes(1) + (1).to_bytes(2) + b"\xff\xff",
        }
        if self.applets:
            entries = b""
            for number, applet in enumerate(self.applets):
                raw = bytes.fromhex(applet)
                entries += bytes((len(raw),)) + raw + code.installs[number].to_bytes(2)
            found[tag.APPLET] = bytes((len(self.applets),)) + entries
        if self.exports:
            last = max(len(self.applets), 1) - 1
            offsets = [self._class_offset(min(number, last)) for number in range(self.exports)]
            exported = b"".join(offset.to_bytes(2) + b"\x00\x01" + (1).to_bytes(2) for offset in offsets)
            found[tag.EXPORT] = bytes((self.exports,)) + exported
        if self.debug:
            found[tag.DEBUG] = bytes(3)
        found[tag.DIRECTORY] = self._directory(found)
        return found

    def row(self, *, leave_out: tuple[ComponentTag, ...] = ()) -> bytes:
        """Components one after the other, in load order."""
        return b"".join(self._in_order(leave_out))

    def loaded(self) -> list[bytes]:
        """The components that go to a card, one by one."""
        return self._in_order((ComponentTag.DESCRIPTOR, ComponentTag.DEBUG))

    def block(self) -> bytes:
        """The load file data block."""
        return b"".join(self.loaded())

    def _in_order(self, leave_out: tuple[ComponentTag, ...]) -> list[bytes]:
        bodies = self.bodies()
        order = [tag for tag in (*LOAD_ORDER, ComponentTag.DEBUG) if tag in bodies and tag not in leave_out]
        return [component(tag, bodies[tag]) for tag in order]

    def jar(self) -> bytes:
        """The same as a JAR."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as jar:
            jar.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n")
            for tag, body in self.bodies().items():
                jar.writestr(f"{self.name}/javacard/{tag.label}.cap", component(tag, body))
        return buffer.getvalue()

    def _header(self) -> bytes:
        flags = (0x02 if self.exports else 0) | (0x04 if self.applets else 0) if self.flags is None else self.flags
        major, minor = self.format
        head = bytes.fromhex("decaffed") + bytes((minor, major, flags)) + _package(self.aid, *self.version)
        if minor >= 2:
            head += bytes((len(self.name),)) + self.name.encode()
        return head

    @property
    def _framework(self) -> int | None:
        """The package token of javacard.framework."""
        return next((at for at, (aid, _, _) in enumerate(self.imports) if aid == FRAMEWORK[0]), None)

    def _code(self) -> Code:
        """Methods: constructor, `process`, then an `install` for each applet; all that they name in the pool."""
        framework, pool = self._framework, bytes.fromhex("01800000")
        if framework is None:
            one = b"\x01\x30" + _RETURN
            count = max(1, len(self.applets))
            return Code(one * count, pool, (), tuple(1 + at * len(one) for at in range(count)))
        package = bytes((0x80 | framework,))
        constructor = b"\x01\x10" + _ALOAD_0 + _SPECIAL + (2).to_bytes(2) + _RETURN
        process = b"\x00\x20" + _RETURN
        pool += b"\x06\x00" + (1).to_bytes(2)  # the constructor, the superclass's, register()
        pool += b"\x06" + package + bytes((_APPLET, 0)) + b"\x03" + package + bytes((_APPLET, _REGISTER))
        methods, installs, places = constructor + process, [], [1 + 4]
        for number in range(max(1, len(self.applets))):
            installs.append(1 + len(methods))
            pool += b"\x01" + self._class_offset(number).to_bytes(2) + b"\x00"
            methods += b"\x02\x30" + _NEW + (_CONSTANTS_BEFORE + number).to_bytes(2) + _DUP
            methods += _SPECIAL + (1).to_bytes(2) + _VIRTUAL + (3).to_bytes(2) + _RETURN
            places += [installs[-1] + 3, installs[-1] + 7, installs[-1] + 10]
        return Code(methods, pool, tuple(places), tuple(installs))

    def _class_offset(self, number: int) -> int:
        pool = 2 if self.format[1] >= 2 else 0
        return pool + number * len(self._class())

    def _class(self) -> bytes:
        """One class below Applet with a `process`: no fields."""
        framework = self._framework
        if framework is None:
            return bytes.fromhex("00800000ff0000000000") + (b"\x00" if self.format[1] >= 3 else b"")
        one = bytes((0, 0x80 | framework, _APPLET)) + bytes.fromhex("00ff00") + bytes((_PROCESS, 1, 0, 0))
        one += (1 + 7).to_bytes(2)  # where `process` is: behind the handler count and the constructor
        return one + (bytes((0xFF,)) * (_PROCESS + 1) + b"\x00" if self.format[1] >= 3 else b"")

    def _classes(self) -> bytes:
        pool = (0).to_bytes(2) if self.format[1] >= 2 else b""
        return pool + self._class() * max(1, len(self.applets))

    def _directory(self, bodies: dict[ComponentTag, bytes]) -> bytes:
        minor = self.format[1]
        count = 11 if minor == 1 else 12
        size = count * 2 + (4 if minor >= 3 else 0) + 6 + 3
        sizes = [len(bodies.get(ComponentTag(tag), b"")) for tag in range(1, count + 1)]
        sizes[ComponentTag.DIRECTORY - 1] = size
        for tag, told in self.lies:
            sizes[tag - 1] = told
        raw = b"".join(value.to_bytes(2) for value in sizes)
        raw += (0).to_bytes(4) if minor >= 3 else b""
        return raw + bytes(6) + bytes((len(self.imports), len(self.applets), 0))


def _steps(places: tuple[int, ...]) -> bytes:
    """A list of RefLocation: from each place to the next, none further than one byte can say."""
    steps = [b - a for a, b in zip((0, *places), places, strict=False)]
    return len(steps).to_bytes(2) + bytes(steps)


def component(tag: ComponentTag, body: bytes) -> bytes:
    return bytes((tag,)) + len(body).to_bytes(2) + body


def _package(aid: str, major: int, minor: int) -> bytes:
    raw = bytes.fromhex(aid)
    return bytes((minor, major, len(raw))) + raw
