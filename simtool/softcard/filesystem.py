"""The file system in the card's memory: a tree of files built from a product, and what may be found from where.

TS 102 221 §8. Access rules, PINs and the persistence of changes are elsewhere. A `Content` is kept apart from the
`FileNode` in front of it, because linked files share one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simtool.codec import tlv
from simtool.codec.access import AccessMode, AccessRules
from simtool.errors import CodecError
from simtool.files.layout import FieldValue, Layout
from simtool.files.product import CardModel, FileSpec, FileType, SfiCoding

MF_FID = 0x3F00
CURRENT_ADF = 0x7FFF
ACTIVATED = 0x05
DEACTIVATED = 0x04
TERMINATED = 0x0C
_TAG_RESERVED_SIZE, _TAG_MAXIMUM_SIZE = 0x85, 0x86
_TAG_SPECIAL_INFORMATION, _TAG_FREE_MEMORY = 0xC0, 0x83
DEFAULT_TLV_CAPACITY = 0xFFFF


class Content:
    """The bytes of an EF (records joined, record 1 first), or its BER-TLV objects by tag. `version` counts changes."""

    __slots__ = ("_fields", "_fields_version", "data", "key", "objects", "version")

    def __init__(self, key: str, data: bytes = b"", objects: dict[int, bytes] | None = None) -> None:
        self.key = key
        self.data = data
        self.objects = objects if objects is not None else {}
        self.version = 0
        self._fields: dict[str, FieldValue] = {}
        self._fields_version: tuple[int, str] = (-1, "")

    def put(self, data: bytes) -> None:
        self.data = data
        self.version += 1

    def fields(self, layout: Layout) -> dict[str, FieldValue]:
        """The values that `layout` sees in the content; decoded again only after a change."""
        if self._fields_version != (self.version, layout.name):
            self._fields = layout.decode(self.data)
            self._fields_version = (self.version, layout.name)
        return self._fields

    def used(self) -> int:
        """Bytes that the BER-TLV objects take, tags and lengths counted in (TS 102 221 §11.1.1.4.1)."""
        return sum(len(tlv.encode(tag, value)) for tag, value in self.objects.items())

    def save(self) -> Any:
        """For the state file."""
        if self.objects:
            return {f"{tag:x}": value.hex() for tag, value in self.objects.items()}
        return self.data.hex()

    def load(self, saved: Any) -> None:
        if isinstance(saved, dict):
            self.objects = {int(tag, 16): bytes.fromhex(value) for tag, value in saved.items()}
        else:
            self.objects = {}
            self.data = bytes.fromhex(saved)
        self.version += 1


class FileNode:
    """One file of the tree. Attributes are those of `FileSpec`, and may change on the card."""

    __slots__ = (
        "access_2g", "access_cache", "aid", "by_sfi", "children", "content", "descriptor", "extra", "fcp", "fcp_2g",
        "fcp_epoch", "fid", "has_fid", "is_arr", "layout", "life_cycle", "parent", "path", "pin_status", "proprietary",
        "readable_when_deactivated", "record_length", "records", "response_2g", "rules", "rules_epoch", "security",
        "sfi", "sfi_coding", "type",
    )  # fmt: skip

    def __init__(self, path: str, fid: int, type_: FileType, parent: FileNode | None) -> None:
        self.path = path
        self.fid = fid
        self.has_fid = True
        self.type = type_
        self.parent = parent
        self.aid: bytes | None = None
        self.record_length = 0
        self.records = 0
        self.sfi: int | None = None
        self.sfi_coding = SfiCoding.NONE
        self.security: tuple[int, bytes] | None = None
        self.access_2g: bytes | None = None
        self.response_2g = b""
        self.pin_status: tuple[str, ...] = ()
        self.descriptor = type_.descriptor
        self.proprietary = b""
        self.life_cycle = ACTIVATED
        self.extra = b""
        self.layout: Layout | None = None
        self.content = Content(path)
        self.children: dict[int, FileNode] = {}
        self.by_sfi: dict[int, FileNode] = {}
        self.is_arr = False
        self.readable_when_deactivated = False
        self.fcp: bytes | None = None
        self.fcp_2g: bytes | None = None
        self.fcp_epoch = -1
        self.rules: AccessRules | None = None
        self.rules_epoch = -1
        self.access_cache: dict[AccessMode, tuple[int, bool]] = {}

    @classmethod
    def from_spec(cls, spec: FileSpec, parent: FileNode | None) -> FileNode:
        node = cls(str(spec.path), spec.fid, spec.type, parent)
        node.aid = spec.aid
        node.record_length = spec.record_length or 0
        node.records = spec.records or 0
        node.sfi, node.sfi_coding, node.has_fid = spec.sfi, spec.sfi_coding, spec.has_fid
        node.security, node.access_2g, node.response_2g = spec.security, spec.access_2g, spec.response_2g
        node.pin_status = spec.pin_status
        node.descriptor = spec.descriptor or spec.type.descriptor
        node.life_cycle, node.extra, node.layout = spec.life_cycle, spec.extra, spec.layout
        node.set_proprietary(spec.proprietary)
        data = b"".join(spec.contents) if spec.type.has_records else spec.content
        node.content = Content(str(spec.path), data, dict(spec.objects))
        return node

    @property
    def is_directory(self) -> bool:
        return self.type is FileType.DF or self.type is FileType.ADF

    @property
    def size(self) -> int:
        """Size as the FCP tells it: of the body, or of the objects in a BER-TLV file."""
        return self.content.used() if self.type is FileType.BER_TLV else len(self.content.data)

    @property
    def shareable(self) -> bool:
        return bool(self.descriptor[:1]) and bool(self.descriptor[0] & 0x40)

    @property
    def tlv_capacity(self) -> int:
        """How many bytes of objects a BER-TLV file takes (TS 102 221 §11.1.1.4.6.6, maximum then reserved size)."""
        for tag in (_TAG_MAXIMUM_SIZE, _TAG_RESERVED_SIZE):
            value = self.proprietary_value(tag)
            if value:
                return int.from_bytes(value)
        return DEFAULT_TLV_CAPACITY

    @property
    def home(self) -> FileNode:
        """The directory whose files SFIs name and where search begins: itself, or the one that holds this EF."""
        return self if self.is_directory or self.parent is None else self.parent

    def proprietary_value(self, tag: int) -> bytes | None:
        try:
            return tlv.first(tlv.parse(self.proprietary), tag)
        except CodecError:
            return None

    def set_proprietary(self, value: bytes) -> None:
        """Content of A5; special file information C0 may allow reading while deactivated (TS 102 221 §11.1.1.4.6)."""
        self.proprietary = value
        special = self.proprietary_value(_TAG_SPECIAL_INFORMATION)
        self.readable_when_deactivated = bool(special and special[0] & 0x40)

    def forget(self) -> None:
        """Drop what was derived from attributes."""
        self.fcp = self.fcp_2g = self.rules = None
        self.fcp_epoch = self.rules_epoch = -1
        self.access_cache.clear()

    def application(self) -> FileNode | None:
        """The ADF that holds this file (or is it); None outside of applications."""
        node: FileNode | None = self
        while node is not None and node.type is not FileType.ADF:
            node = node.parent
        return node

    def descendants(self) -> Iterator[FileNode]:
        for child in self.children.values():
            yield child
            yield from child.descendants()

    def save(self) -> dict[str, Any]:
        """Attributes for the state file."""
        return {
            "fid": self.fid, "type": self.type.value, "aid": self.aid.hex() if self.aid else None,
            "length": self.record_length, "records": self.records, "sfi": self.sfi, "coding": self.sfi_coding.value,
            "security": [self.security[0], self.security[1].hex()] if self.security else None,
            "descriptor": self.descriptor.hex(), "proprietary": self.proprietary.hex(), "life": self.life_cycle,
            "extra": self.extra.hex(), "pins": list(self.pin_status),
        }  # fmt: skip

    def load(self, saved: dict[str, Any]) -> None:
        self.aid = bytes.fromhex(saved["aid"]) if saved["aid"] else None
        self.record_length, self.records = saved["length"], saved["records"]
        self.sfi, self.sfi_coding = saved["sfi"], SfiCoding(saved["coding"])
        security = saved["security"]
        self.security = (security[0], bytes.fromhex(security[1])) if security else None
        self.descriptor, self.life_cycle = bytes.fromhex(saved["descriptor"]), saved["life"]
        self.extra, self.pin_status = bytes.fromhex(saved["extra"]), tuple(saved["pins"])
        self.set_proprietary(bytes.fromhex(saved["proprietary"]))
        self.forget()


class FileSystem:
    """The tree of one card. `used` is what files made at run time take of the free memory."""

    def __init__(self, model: CardModel) -> None:
        self.by_path: dict[str, FileNode] = {}
        self.applications: list[FileNode] = []
        self.used = 0
        specs = sorted(model.files.values(), key=lambda spec: len(spec.path.parts))
        for spec in specs:
            parent = self.by_path.get(str(spec.path.parent)) if spec.path.parent is not None else None
            self.attach(FileNode.from_spec(spec, parent))
        for spec in specs:
            if spec.link is not None:
                self.by_path[str(spec.path)].content = self.by_path[str(model.source(spec.path))].content
        self.mf = self.by_path["MF"]
        free = self.mf.proprietary_value(_TAG_FREE_MEMORY)
        self.capacity = int.from_bytes(free) if free else 0x10000

    def attach(self, node: FileNode) -> None:
        """Put a file into its directory; of two with one FID or SFI the first stays reachable by it."""
        self.by_path[node.path] = node
        if node.type is FileType.ADF:
            self.applications.append(node)
        if node.type is FileType.INTERNAL or node.parent is None:
            return
        if not (node.type is FileType.ADF and node.fid == CURRENT_ADF):
            node.parent.children.setdefault(node.fid, node)
        if node.sfi is not None:
            node.parent.by_sfi.setdefault(node.sfi, node)

    def restore(self, path: str, saved: dict[str, Any]) -> None:
        """Bring a file to the attributes that the state has kept; make it, or take it away."""
        node = self.by_path.get(path)
        if saved.get("deleted"):
            if node is not None:
                self.detach(node)
            return
        if node is None:
            parent = self.by_path.get(path.rpartition("/")[0])
            if parent is None:
                return
            node = FileNode(path, saved["fid"], FileType(saved["type"]), parent)
            node.load(saved)
            self.attach(node)
        else:
            node.load(saved)

    def detach(self, node: FileNode) -> None:
        """Take a file and all below it out of the tree."""
        for below in list(node.children.values()):
            self.detach(below)
        self.by_path.pop(node.path, None)
        if node in self.applications:
            self.applications.remove(node)
        parent = node.parent
        if parent is not None:
            if parent.children.get(node.fid) is node:
                del parent.children[node.fid]
            if node.sfi is not None and parent.by_sfi.get(node.sfi) is node:
                del parent.by_sfi[node.sfi]

    def find(self, fid: int, home: FileNode, adf: FileNode | None) -> FileNode | None:
        """What SELECT by file identifier reaches from the current directory (TS 102 221 §8.4.2, §11.1.1.1).

        In this order: the current ADF (7FFF) and the MF; an EF or DF in the current directory; the current directory
        itself; its parent; a DF in the parent.
        """
        if fid == CURRENT_ADF:
            return adf
        if fid == MF_FID:
            return self.mf
        found = home.children.get(fid)
        if found is not None:
            return found
        if fid == home.fid:
            return home
        parent = home.parent
        if parent is None:
            return None
        if fid == parent.fid:
            return parent
        found = parent.children.get(fid)
        return found if found is not None and found.type is FileType.DF else None

    def walk(self, path: bytes, start: FileNode, adf: FileNode | None) -> FileNode | None:
        """The file at the end of a path of FIDs from `start`; 7FFF is only known as the first of them (§8.4.3)."""
        node: FileNode | None = start
        for at in range(0, len(path), 2):
            fid = path[at] << 8 | path[at + 1]
            if at == 0 and fid == CURRENT_ADF:
                node = adf
            elif node is not None:
                node = node.children.get(fid)
            if node is None:
                return None
        return node
