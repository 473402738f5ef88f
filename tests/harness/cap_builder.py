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
_APPLET, _REGISTER, _PROCESS, _APDU = 3, 1, 7, 10  # class tokens of Applet and APDU; register() and process(APDU) in it
_SUPER, _REGISTERING, _FIRST_OWN = (
    1,
    2,
    3,
)  # in the constant pool: the superclass's constructor, register(), own entries
_PUBLIC, _PUBLIC_STATIC, _CONSTRUCTOR = 0x01, 0x09, 0x81  # flags of methods in the Descriptor


@dataclass(frozen=True, slots=True)
class Method:
    """A method in its place. `type` is `()`, `(APDU)` or `install`."""

    offset: int
    header: bytes
    code: bytes
    flags: int
    type: str
    token: int = 0xFF


@dataclass(frozen=True, slots=True)
class Code:
    """The constant pool's entries, places of two-byte operands, and the methods of each class, `install` last."""

    constants: bytes
    places: tuple[int, ...]
    methods: tuple[tuple[Method, ...], ...]

    @property
    def raw(self) -> bytes:
        return b"".join(one.header + one.code for methods in self.methods for one in methods)


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
            tag.METHOD: b"\x00" + code.raw + bytes(self.filler),
            tag.STATIC_FIELD: bytes(10),
            tag.CONSTANT_POOL: (len(code.constants) // 4).to_bytes(2) + code.constants,
            tag.REF_LOCATION: bytes(2) + _steps(code.places),
            tag.DESCRIPTOR: self._descriptor(code),
        }
        if self.applets:
            entries = b""
            for number, applet in enumerate(self.applets):
                raw = bytes.fromhex(applet)
                entries += bytes((len(raw),)) + raw + code.methods[number][-1].offset.to_bytes(2)
            found[tag.APPLET] = bytes((len(self.applets),)) + entries
        if self.exports:
            exported = b""
            for number in range(self.exports):
                first = code.methods[number][0]
                exported += self._class_offset(number).to_bytes(2) + b"\x00\x01" + first.offset.to_bytes(2)
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

    @property
    def _count(self) -> int:
        """How many classes there are."""
        return max(1, len(self.applets), self.exports)

    def _code(self) -> Code:
        """Methods of each class: constructor, `process`, `install`; all that they name in the pool.

        Without the framework `install` alone, which only returns.
        """
        framework, pool = self._framework, bytes.fromhex("01800000") if self.imports else b""
        if framework is None:
            alone: list[tuple[Method, ...]] = [
                (Method(1 + at * 3, b"\x01\x30", _RETURN, _PUBLIC_STATIC, "install", self._token(at)),)
                for at in range(self._count)
            ]
            return Code(pool, (), tuple(alone))
        package = bytes((0x80 | framework,))
        pool += b"\x06" + package + bytes((_APPLET, 0)) + b"\x03" + package + bytes((_APPLET, _REGISTER))
        all_methods: list[tuple[Method, ...]] = []
        places: list[int] = []
        for number in range(self._count):
            own = _FIRST_OWN + 2 * number
            rows = (
                (
                    b"\x01\x10", _ALOAD_0 + _SPECIAL + _SUPER.to_bytes(2) + _RETURN, _CONSTRUCTOR, "()",
                    self._token(number),
                ),
                (b"\x00\x20", _RETURN, _PUBLIC, "(APDU)", _PROCESS),
                (
                    b"\x02\x30",
                    _NEW + own.to_bytes(2) + _DUP + _SPECIAL + (own + 1).to_bytes(2) + _VIRTUAL
                    + _REGISTERING.to_bytes(2) + _RETURN,
                    _PUBLIC_STATIC, "install", 0xFF,
                ),
            )  # fmt: skip
            at, methods = self._method_at(number, 0), []
            for header, code, flags, kind, token in rows:
                methods.append(Method(at, header, code, flags, kind, token))
                at += len(header) + len(code)
            pool += b"\x01" + self._class_offset(number).to_bytes(2) + b"\x00"
            pool += b"\x06\x00" + methods[0].offset.to_bytes(2)
            install = methods[-1].offset
            places += [methods[0].offset + 4, install + 3, install + 7, install + 10]
            all_methods.append(tuple(methods))
        return Code(pool, tuple(places), tuple(all_methods))

    def _method_at(self, number: int, behind: int) -> int:
        """Where the methods of a class begin, behind the handler count; `behind` bytes further."""
        return 1 + number * 23 + behind

    def _token(self, number: int) -> int:
        """The token of a class's first method, which is exported with its class."""
        return 0 if number < self.exports else 0xFF

    def _class_offset(self, number: int) -> int:
        pool = 2 if self.format[1] >= 2 else 0
        return pool + number * len(self._class(0))

    def _class(self, number: int) -> bytes:
        """One class below Applet with a `process`: no fields. Without the framework one below Object."""
        framework = self._framework
        new = self.format[1] >= 3
        if framework is None:
            lang = next((at for at, (aid, _, _) in enumerate(self.imports) if aid == JAVA_LANG[0]), None)
            if lang is None:
                return bytes.fromhex("00ffff00ff0000000000") + (b"\x00" if new else b"")
            return bytes((0, 0x80 | lang)) + bytes.fromhex("0000ff0001000000") + (b"\x00\x01" if new else b"")
        one = bytes((0, 0x80 | framework, _APPLET)) + bytes.fromhex("00ff00") + bytes((_PROCESS, 1, 0, 0))
        one += self._method_at(number, 7).to_bytes(2)  # `process`, behind the constructor
        return one + (bytes(range(_PROCESS + 1)) + bytes((_PROCESS + 1,)) if new else b"")

    def _classes(self) -> bytes:
        pool = (0).to_bytes(2) if self.format[1] >= 2 else b""
        return pool + b"".join(self._class(number) for number in range(self._count))

    def _descriptor(self, code: Code) -> bytes:
        """Every class with its methods, then the types: of the constant pool, and what they are (§6.14)."""
        count = len(code.constants) // 4
        package = f"{0x80 | (self._framework or 0):02x}{_APDU:02x}"
        types = {"()": "0110", "(APDU)": f"066{package}1", "install": "04b431"}
        offsets, table = {}, b""
        for name, digits in types.items():
            offsets[name] = 2 + 2 * count + len(table)
            table += bytes.fromhex(digits)
        found = bytes((self._count,))
        for number, methods in enumerate(code.methods):
            token = number if number < self.exports else 0xFF
            found += bytes((token, 0x01)) + self._class_offset(number).to_bytes(2) + bytes((0, 0, 0, 0, len(methods)))
            for one in methods:
                numbers = (one.offset, offsets[one.type], len(one.code), 0, 0)
                found += bytes((one.token, one.flags)) + b"".join(value.to_bytes(2) for value in numbers)
        kinds = [code.constants[4 * at] for at in range(count)]
        pool = b"".join(b"\xff\xff" if kind == 1 else offsets["()"].to_bytes(2) for kind in kinds)
        return found + count.to_bytes(2) + pool + table

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
