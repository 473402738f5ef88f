"""CAP files from a readable description, for tests: every component with its sizes, no byte code of meaning.

The description says what a package is, imports and holds; the layout follows JCVM specification chapter 6. A method
here is its header and bytes as given.
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
RETURN_METHOD = bytes.fromhex("01107a")  # max_stack 1, nargs 1 and no locals, return


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
        methods = b"\x00" + RETURN_METHOD * max(1, len(self.applets)) + bytes(self.filler)
        found = {
            tag.HEADER: self._header(),
            tag.IMPORT: bytes((len(self.imports),)) + b"".join(_package(*one) for one in self.imports),
            tag.CLASS: self._classes(),
            tag.METHOD: methods,
            tag.STATIC_FIELD: bytes(10),
            tag.CONSTANT_POOL: (1).to_bytes(2) + bytes.fromhex("01800000"),
            tag.REF_LOCATION: bytes(4),
            tag.DESCRIPTOR: bytes(1) + (1).to_bytes(2) + b"\xff\xff",
        }
        if self.applets:
            entries = b""
            for number, applet in enumerate(self.applets):
                raw = bytes.fromhex(applet)
                entries += bytes((len(raw),)) + raw + (1 + number * len(RETURN_METHOD)).to_bytes(2)
            found[tag.APPLET] = bytes((len(self.applets),)) + entries
        if self.exports:
            found[tag.EXPORT] = bytes((self.exports,)) + b"".join(
                (2 * number).to_bytes(2) + b"\x00\x01" + (1).to_bytes(2) for number in range(self.exports)
            )
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

    def _classes(self) -> bytes:
        """One class below java.lang.Object for each applet: no fields, no virtual methods of its own."""
        pool = (0).to_bytes(2) if self.format[1] >= 2 else b""
        one = bytes((0,)) + bytes.fromhex("8000") + bytes.fromhex("00ff0000000000")
        if self.format[1] >= 3:
            one += b"\x00"
        return pool + one * max(1, len(self.applets))

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


def component(tag: ComponentTag, body: bytes) -> bytes:
    return bytes((tag,)) + len(body).to_bytes(2) + body


def _package(aid: str, major: int, minor: int) -> bytes:
    raw = bytes.fromhex(aid)
    return bytes((minor, major, len(raw))) + raw
