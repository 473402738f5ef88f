"""Values that describe a card product; `simtool.files.product` reads them from YAML and explains each part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType

from simtool.errors import DecodeError
from simtool.files.commands import VendorCommand
from simtool.files.global_platform import GlobalPlatformSpec
from simtool.files.layout import FieldValue, Layout
from simtool.files.path import FilePath
from simtool.files.probe import Probe

PIN_LENGTH = 8
CURRENT_ADF = 0x7FFF
EMPTY_PIN = b"\xff" * PIN_LENGTH


class FileType(Enum):
    """What a file is (TS 102 221 §8.2)."""

    DF = "df"
    ADF = "adf"
    TRANSPARENT = "transparent"
    LINEAR_FIXED = "linear_fixed"
    CYCLIC = "cyclic"
    BER_TLV = "ber_tlv"
    INTERNAL = "internal"

    @property
    def is_directory(self) -> bool:
        return self in (FileType.DF, FileType.ADF)

    @property
    def has_records(self) -> bool:
        return self in (FileType.LINEAR_FIXED, FileType.CYCLIC)

    @property
    def descriptor(self) -> bytes:
        """File descriptor of a shareable file of this type, and data coding byte 21 (TS 102 221 §11.1.1.4.3)."""
        codes = {"transparent": 0x41, "linear_fixed": 0x42, "cyclic": 0x46, "ber_tlv": 0x79}
        return bytes((codes.get(self.value, 0x78), 0x21))


@dataclass(frozen=True, slots=True)
class Shape:
    """How much a file holds: `size` bytes in all, and of a file of records how long they are and how many."""

    size: int
    record_length: int = 0
    records: int = 0

    @classmethod
    def of_records(cls, length: int, count: int) -> Shape:
        return cls(length * count, length, count)

    def __str__(self) -> str:
        if not self.records:
            return f"{self.size} bytes"
        return f"{self.records} record{'s' if self.records > 1 else ''} of {self.record_length} bytes"


class SfiCoding(Enum):
    """How the FCP speaks of the short file identifier (TS 102 221 §11.1.1.4.8)."""

    GIVEN = "given"
    NONE = "none"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Atr:
    """One answer to reset of a product."""

    value: bytes
    note: str = ""


@dataclass(frozen=True, slots=True)
class PinSpec:
    """One PIN, ADM or other key reference as delivered. `value` and `puk` are 8 bytes, None if not known.

    `ref` is what VERIFY names; access rules and FCPs say `rule_ref`, nearly always the same number.
    """

    name: str
    ref: int
    value: bytes | None
    tries: int = 3
    enabled: bool = True
    puk: bytes | None = None
    puk_tries: int = 10
    file: FilePath | None = None
    rule_ref: int = 0

    def __post_init__(self) -> None:
        if not self.rule_ref:
            object.__setattr__(self, "rule_ref", self.ref)


@dataclass(frozen=True, slots=True)
class AdmSpec:
    """Which PIN opens the card for personalising, and in which forms its value is written down."""

    pin: str
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuthenticationSpec:
    """Where an application keeps what AUTHENTICATE needs: the layout fields of `files` together with `fixed`."""

    application: FilePath
    files: tuple[FilePath, ...]
    gsm_files: tuple[FilePath, ...]
    fixed: Mapping[str, FieldValue]


@dataclass(frozen=True, slots=True)
class FileSpec:
    """One file of a product, with its delivered content.

    `fid` of an ADF that has none of its own is 7FFF, the name of any current application; then `has_fid` is false.
    """

    path: FilePath
    fid: int
    type: FileType
    aid: bytes | None = None
    label: str = ""
    size: int | None = None
    record_length: int | None = None
    records: int | None = None
    sfi: int | None = None
    sfi_coding: SfiCoding = SfiCoding.NONE
    security: tuple[int, bytes] | None = None
    access_2g: bytes | None = None
    response_2g: bytes = b""
    pin_status: tuple[str, ...] = ()
    has_fid: bool = True
    descriptor: bytes = b""
    proprietary: bytes = b""
    life_cycle: int = 0x05
    extra: bytes = b""
    layout: Layout | None = None
    secret: bool = False
    link: FilePath | None = None
    content: bytes = b""
    contents: tuple[bytes, ...] = ()
    objects: tuple[tuple[int, bytes], ...] = ()

    @property
    def shape(self) -> Shape:
        """Its size; nothing for a directory."""
        if self.type.has_records:
            return Shape.of_records(self.record_length or 0, self.records or 0)
        return Shape(self.size or 0)

    def shaped(self, shape: Shape) -> FileSpec:
        """The same file with another size; delivered content that no longer has room is left out."""
        if self.type.has_records:
            length, kept = shape.record_length, self.contents[: shape.records]
            records = tuple(record[:length].ljust(length, b"\xff") for record in kept)
            return replace(self, record_length=length, records=shape.records, contents=records)
        content = self.content[: shape.size].ljust(shape.size, b"\xff") if self.content else b""
        return replace(self, size=shape.size, content=content)


@dataclass(frozen=True, slots=True)
class CardModel:
    """A card product that can be bought: what it is, what it holds, and how it is programmed.

    One that is `generic` stands for cards of unknown make, as far as they keep to the standards.
    """

    name: str
    vendor: str
    kind: tuple[str, ...]
    atrs: tuple[Atr, ...]
    classes: tuple[str, ...]
    iccid_writable: bool
    iccid_reason: str
    adm: AdmSpec | None
    pins: tuple[PinSpec, ...]
    pin_status: tuple[str, ...]
    conditions: Mapping[int, str]
    conditions_2g: Mapping[int, str]
    layouts: Mapping[str, Layout]
    authentication: tuple[AuthenticationSpec, ...]
    commands: tuple[VendorCommand, ...]
    suci: FilePath | None
    notes: tuple[str, ...]
    probes: tuple[Probe, ...]
    generic: bool
    files: Mapping[FilePath, FileSpec]
    global_platform: GlobalPlatformSpec | None = None

    def file(self, path: FilePath | str) -> FileSpec:
        """The file at `path`. Raises `DecodeError` if this product has none."""
        found = self.files.get(path if isinstance(path, FilePath) else FilePath(path))
        if found is None:
            raise DecodeError(f"{self.name} has no file {path}")
        return found

    def has(self, path: FilePath | str) -> bool:
        return (path if isinstance(path, FilePath) else FilePath(path)) in self.files

    def source(self, path: FilePath) -> FilePath:
        """The path that really holds the content of `path`: itself, or the end of its link."""
        spec = self.files.get(path)
        while spec is not None and spec.link is not None:
            path, spec = spec.link, self.files.get(spec.link)
        return path

    def with_files(self, changed: Mapping[FilePath, FileSpec | None]) -> CardModel:
        """The product with some files added or described otherwise, or (None) without them and all that is below."""
        if not changed:
            return self
        gone = {path for path, spec in changed.items() if spec is None}
        files = {**self.files, **{path: spec for path, spec in changed.items() if spec is not None}}
        kept = {path: spec for path, spec in files.items() if not any(path.is_within(other) for other in gone)}
        return replace(self, files=MappingProxyType(kept))

    def children(self, path: FilePath) -> tuple[FileSpec, ...]:
        return tuple(spec for spec in self.files.values() if spec.path.parent == path)

    def pin(self, name: str) -> PinSpec:
        """The PIN of that name. Raises `DecodeError` if this product has none."""
        for spec in self.pins:
            if spec.name == name:
                return spec
        raise DecodeError(f"{self.name} has no PIN {name}")

    def __repr__(self) -> str:
        return f"CardModel({self.name})"

    def __hash__(self) -> int:
        return hash(self.name)
