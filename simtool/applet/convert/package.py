"""What goes into a conversion and what comes out: the package's description, the converted package, the errors."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from simtool.codec.cap import LOAD_ORDER, CapFile, ComponentTag, read_cap
from simtool.codec.java_exports import ExportPackage
from simtool.errors import InputError

_Thing = TypeVar("_Thing")
_JAR_TIME = (1980, 1, 1, 0, 0, 0)
_NOT_LOADED = (ComponentTag.DESCRIPTOR, ComponentTag.DEBUG)


@dataclass(frozen=True, slots=True)
class PackageSpec:
    """A package to convert. `name` with slashes (`net/mvno/menu`), `version` (major, minor).

    `applets` are (class name within the package, AID); `imports` the versions of API packages that may be imported, by
    name with dots; `int_allowed` lets 32-bit numbers in, which many cards do not have.
    """

    name: str
    aid: bytes
    version: tuple[int, int] = (1, 0)
    applets: tuple[tuple[str, bytes], ...] = ()
    imports: Mapping[str, str] = field(default_factory=dict)
    int_allowed: bool = False
    cap_format: tuple[int, int] = (2, 1)


@dataclass(frozen=True, slots=True)
class Converted:
    """A converted package: component bodies by tag, what other packages may use, and what is worth a look."""

    name: str
    bodies: Mapping[ComponentTag, bytes]
    export: ExportPackage
    warnings: tuple[str, ...]

    @property
    def cap(self) -> bytes:
        """The CAP file, a JAR. The same components give the same bytes."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as jar:
            for tag in sorted(self.bodies):
                entry = zipfile.ZipInfo(f"{self.name}/javacard/{tag.label}.cap", _JAR_TIME)
                entry.external_attr = 0o644 << 16
                entry.compress_type = zipfile.ZIP_STORED
                entry.create_system = 3
                jar.writestr(entry, _component(tag, self.bodies[tag]))
        return buffer.getvalue()

    @property
    def block(self) -> bytes:
        """The load file data block: the components that a card loads, in the order in which it takes them (§6.3)."""
        order = [tag for tag in LOAD_ORDER if tag in self.bodies and tag not in _NOT_LOADED]
        return b"".join(_component(tag, self.bodies[tag]) for tag in order)

    @property
    def cap_file(self) -> CapFile:
        return read_cap(self.cap)


def _component(tag: ComponentTag, body: bytes) -> bytes:
    return bytes((tag,)) + len(body).to_bytes(2) + body


class ConvertError(InputError):
    """Something in a class that a Java Card cannot have; `line` 0 where it is not known.

    `others` are further problems of the same package, in the order of file and line.
    """

    def __init__(self, file: str, line: int, reason: str, hint: str = "") -> None:
        super().__init__(reason, place=f"{file}:{line}" if line else file, hint=hint)
        self.file = file
        self.line = line
        self.others: tuple[ConvertError, ...] = ()


def sure(value: _Thing | None, what: str = "a name that was found before") -> _Thing:
    """A value that has to be there. Where it is not the converter is wrong, not its input."""
    if value is None:
        raise RuntimeError(f"the converter has lost {what}")
    return value


def together(errors: Sequence[ConvertError]) -> ConvertError:
    """The first of several errors, with the others in its message, a line for each."""
    unique = {(one.file, one.line, one.reason): one for one in errors}
    ordered = [unique[key] for key in sorted(unique)]
    first = ordered[0]
    if len(ordered) > 1:
        first.others = tuple(ordered[1:])
        first.args = ("\n".join(map(str, ordered)),)
    return first
