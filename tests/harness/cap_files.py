"""Load file data blocks for tests, assembled from a readable description of the components (JCVM §6).

The code in them is one empty method: what is tested is how a package is loaded and registered, not what it does.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Self

MAGIC = bytes.fromhex("decaffed")
FRAMEWORK = bytes.fromhex("a0000000620101")
LANG = bytes.fromhex("a0000000620001")
ORDER = (1, 2, 4, 3, 6, 7, 8, 10, 5, 9, 11)
"""Load order of components: header, directory, import, applet, class, method, static field, export, pool, locations."""
NAMES = {
    1: "Header", 2: "Directory", 3: "Applet", 4: "Import", 5: "ConstantPool", 6: "Class", 7: "Method",
    8: "StaticField", 9: "RefLocation", 10: "Export", 11: "Descriptor", 12: "Debug",
}  # fmt: skip


@dataclass(frozen=True)
class Needs:
    """An import."""

    aid: bytes
    major: int
    minor: int


@dataclass(frozen=True)
class CapFile:
    """A package: AID, version, AIDs of its applets, imports, bytes of code, version of the CAP format."""

    aid: bytes
    major: int = 1
    minor: int = 0
    applets: tuple[bytes, ...] = ()
    imports: tuple[Needs, ...] = (Needs(FRAMEWORK, 1, 0), Needs(LANG, 1, 0))
    code: int = 16
    cap_version: tuple[int, int] = (2, 1)
    flags: int | None = None
    lies: dict[int, int] = field(default_factory=dict)
    """Sizes that the directory tells, by component, where they are to be wrong."""

    def with_lie(self, component: int, size: int) -> Self:
        return replace(self, lies={**self.lies, component: size})

    def bodies(self) -> dict[int, bytes]:
        """Bodies of the components by tag."""
        flags = (0x04 if self.applets else 0) if self.flags is None else self.flags
        named = b"\0" if self.cap_version >= (2, 2) else b""
        header = MAGIC + bytes((self.cap_version[1], self.cap_version[0], flags, self.minor, self.major))
        made = {
            1: header + _counted(self.aid) + named,
            4: bytes((len(self.imports),))
            + b"".join(bytes((one.minor, one.major)) + _counted(one.aid) for one in self.imports),
            5: b"\0\0",
            6: b"\0\0" if self.cap_version >= (2, 2) else b"",
            7: b"\0" + bytes(self.code),
            8: bytes(10),
            9: bytes(4),
            11: b"\0\0\0",
        }
        if self.applets:
            made[3] = bytes((len(self.applets),)) + b"".join(_counted(one) + b"\0\1" for one in self.applets)
        return made | {2: self._directory(made)}

    def _directory(self, made: dict[int, bytes]) -> bytes:
        count = 11 if self.cap_version == (2, 1) else 12
        tail = bytes(6) + bytes((len(self.imports), len(self.applets), 0))
        tail += bytes(4) if self.cap_version >= (2, 3) else b""
        sizes = {tag: len(body) for tag, body in made.items()}
        sizes[2] = 2 * count + len(tail)
        sizes |= self.lies
        return b"".join(sizes.get(tag, 0).to_bytes(2) for tag in range(1, count + 1)) + tail

    def components(self) -> list[bytes]:
        """Components with tag and size, in load order; descriptor and debug stay away, as they are not loaded."""
        made = self.bodies()
        return [bytes((tag,)) + len(made[tag]).to_bytes(2) + made[tag] for tag in ORDER if tag in made and tag < 11]

    def block(self) -> bytes:
        """The load file data block."""
        return b"".join(self.components())


def _counted(value: bytes) -> bytes:
    return bytes((len(value),)) + value


def load_file(block: bytes, *, before: bytes = b"") -> bytes:
    """What LOAD brings: the block as C4, behind signatures if there are any."""
    length = len(block)
    coded = bytes((length,)) if length < 0x80 else bytes((0x82,)) + length.to_bytes(2)
    return before + b"\xc4" + coded + block


def blocks(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]
