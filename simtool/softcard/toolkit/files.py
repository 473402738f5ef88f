"""File events and the end of application sessions, as applets see them (TS 102 241 §6.2).

These envelopes come from the card itself: tag D8, intra-UICC communication (TS 101 220 §7.2). The file update
information (tag 3B) is not in them.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from simtool.codec.comprehension import ComprehensionTlv, join
from simtool.files.product import FileType
from simtool.softcard.filesystem import CURRENT_ADF, MF_FID, TERMINATED, FileNode, FileSystem
from simtool.softcard.jcvm.platform.toolkit import Envelope, FileTerminated
from simtool.softcard.toolkit.commands import APPLICATION_AID, DEVICES, FILE_LIST, TERMINAL, UICC
from simtool.softcard.toolkit.events import INTRA_UICC_TAG

_MF, _ADF = MF_FID.to_bytes(2), CURRENT_ADF.to_bytes(2)
_DEVICES = ComprehensionTlv(DEVICES, bytes((TERMINAL, UICC)))


@dataclass(frozen=True, slots=True)
class FileChange:
    """An EF that was updated: its path on the card, its identifiers from the MF on, the AID of its ADF."""

    path: str
    identifiers: bytes
    aid: bytes | None = None

    @classmethod
    def of(cls, node: FileNode) -> FileChange:
        identifiers, aid, at = b"", None, node
        while True:
            adf = at.type is FileType.ADF
            identifiers = (CURRENT_ADF if adf else at.fid).to_bytes(2) + identifiers
            aid = at.aid if adf else aid
            if at.parent is None:
                return cls(node.path, identifiers, aid)
            at = at.parent

    def envelope(self) -> Envelope:
        """What the EnvelopeHandler has: device identities, file list, AID."""
        objects = [_DEVICES, ComprehensionTlv(FILE_LIST, b"\x01" + self.identifiers)]
        if self.aid is not None:
            objects.append(ComprehensionTlv(APPLICATION_AID, self.aid))
        return Envelope(INTRA_UICC_TAG, join(objects))


def paths_of(files: FileSystem, file_list: bytes, adf: bytes | None) -> list[str]:
    """Paths of a file list; what does not exist, and an ADF that does not, is left out. Raises `FileTerminated`."""
    home = next((one for one in files.applications if one.aid == adf), None) if adf is not None else None
    if adf is not None and home is None:
        return []
    found = []
    for path in _split(file_list[1:]):
        node = files.walk(path.removeprefix(_MF), files.mf, home) if path else None
        if node is not None:
            may_watch(files, node.path)
            found.append(node.path)
    return found


def _split(raw: bytes) -> list[bytes]:
    """Paths one after the other: each begins at the MF, or at the ADF as 7FFF."""
    parts = [raw[at : at + 2] for at in range(0, len(raw) - 1, 2)]
    found: list[bytes] = []
    for at, part in enumerate(parts):
        if part == _MF or not found or (part == _ADF and parts[at - 1] != _MF):
            found.append(b"")
        found[-1] += part
    return found


def may_watch(files: FileSystem, path: str) -> None:
    """Raises `FileTerminated` for a file that is."""
    node = files.by_path.get(path)
    if node is not None and node.life_cycle & 0xFC == TERMINATED:
        raise FileTerminated


def deselected(aid: bytes) -> Envelope:
    """An application session has ended."""
    return Envelope(INTRA_UICC_TAG, join((_DEVICES, ComprehensionTlv(APPLICATION_AID, aid))))


def watches(registered: Set[str], path: str) -> bool:
    """Whether a file is registered, itself or as a child of a directory that is."""
    return path in registered or path.rpartition("/")[0] in registered
