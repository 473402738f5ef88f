"""INSTALL [for load] and LOAD (GPCS §9.3.5, §11.5.2.3.1, §11.6): a package comes in, or nothing of it stays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simtool.codec import tlv
from simtool.codec.globalplatform import TAG_AID, Privilege
from simtool.codec.install import LAST_BLOCK, TAG_DAP_BLOCK, TAG_DAP_SIGNATURE, TAG_LOAD_FILE_DATA_BLOCK
from simtool.errors import CodecError
from simtool.softcard import status as sw
from simtool.softcard.globalplatform import cap, fields, reader
from simtool.softcard.globalplatform.cap import Package
from simtool.softcard.globalplatform.command import Command
from simtool.softcard.globalplatform.proofs import DAP_VERSION, KEY_ID, digest, signature_fits
from simtool.softcard.globalplatform.registry import AppEntry, LoadFile
from simtool.softcard.globalplatform.rights import Authority
from simtool.softcard.globalplatform.selection import Selection
from simtool.softcard.status import StatusFault

if TYPE_CHECKING:
    from simtool.softcard.globalplatform.platform import GlobalPlatform


@dataclass(slots=True)
class Load:
    """A load file on its way in: it lives as long as the secure channel, so a reset takes it away."""

    aid: bytes
    domain: AppEntry
    hash: bytes
    next: int = 0
    data: bytearray = field(default_factory=bytearray)


def install_for_load(platform: GlobalPlatform, selection: Selection, command: Command) -> bytes:
    """INSTALL [for load]: load file AID, security domain (none: this one), hash, parameters, token.

    6A80 for fields that are none, 6985 for an AID that is in use, 6A88 for a domain that is not there, 6A84 when the
    code memory asked for is not free.
    """
    given = fields.split(command.data, 4)
    aid, domain_aid, file_hash, parameters = given.parts
    reader.aid(aid)
    system = fields.system_parameters(fields.objects(parameters))
    if file_hash and digest(b"", len(file_hash)) is None:
        raise StatusFault(sw.WRONG_DATA)
    authority = Authority(platform, selection.entry)
    authority.manage(command.p1, command.p2, given.signed, given.token)
    registry = platform.registry
    domain = registry.domain(reader.aid(domain_aid)) if domain_aid else selection.entry
    if domain is None:
        raise StatusFault(sw.REFERENCE_NOT_FOUND)
    if registry.in_use(aid) or domain.locked or not authority.reaches(domain):
        raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
    if system.code > registry.free_nonvolatile:
        raise StatusFault(sw.NO_MEMORY)
    selection.load = Load(aid, domain, file_hash)
    return b"\x00" + sw.OK


def load(platform: GlobalPlatform, selection: Selection, command: Command) -> bytes:
    """LOAD: the next block. Whatever goes wrong ends the loading, and nothing of the file stays (§9.3.5).

    6985 without INSTALL [for load] or where a signature is missing or wrong, 6A86 for a block number out of order,
    6A84 for a file that does not fit, 6A80 for one that is not whole, not as announced, or needs what is not here.
    """
    current, selection.load = selection.load, None
    if current is None:
        raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
    if command.p1 & ~LAST_BLOCK or command.p2 != current.next & 0xFF:
        raise StatusFault(sw.WRONG_P1_P2)
    if not command.data:
        raise StatusFault(sw.WRONG_LENGTH)
    if len(command.data) > platform.spec.max_load_block:
        raise StatusFault(sw.WRONG_LENGTH)
    current.data += command.data
    current.next += 1
    _check_length(platform, bytes(current.data))
    if not command.p1 & LAST_BLOCK:
        selection.load = current
        return sw.OK
    file = _finish(platform, current)
    return Authority(platform, selection.entry).confirm(file.aid, current.domain.aid)


def _check_length(platform: GlobalPlatform, data: bytes) -> None:
    """As soon as the length of the load file data block is there: 6A84 if it cannot fit, 6A80 if it is passed."""
    at = 0
    try:
        while at < len(data) and data[at] == TAG_DAP_BLOCK:
            length, start = tlv.decode_length(data, at + 1)
            at = start + length
        if at >= len(data):
            return
        length, start = tlv.decode_length(data, at + 1)
    except CodecError:
        return  # not all of it is there yet
    if data[at] != TAG_LOAD_FILE_DATA_BLOCK or len(data) - start > length:
        raise StatusFault(sw.WRONG_DATA)
    if length > platform.registry.free_nonvolatile:
        raise StatusFault(sw.NO_MEMORY)


def _finish(platform: GlobalPlatform, current: Load) -> LoadFile:
    """The last block is here: check everything, then register the file."""
    blocks = fields.objects(bytes(current.data))
    if not blocks or blocks[-1].tag != TAG_LOAD_FILE_DATA_BLOCK or any(one.tag != TAG_DAP_BLOCK for one in blocks[:-1]):
        raise StatusFault(sw.WRONG_DATA)
    data, registry = blocks[-1].value, platform.registry
    if current.hash and digest(data, len(current.hash)) != current.hash:
        raise StatusFault(sw.WRONG_DATA)
    signatures = {}
    for one in blocks[:-1]:
        inner = fields.objects(one.value)
        signatures[tlv.first(inner, TAG_AID) or b""] = tlv.first(inner, TAG_DAP_SIGNATURE) or b""
    _verify(platform, current, signatures)
    package = cap.read(data)
    if package.aid != current.aid:
        raise StatusFault(sw.WRONG_DATA)
    if registry.in_use(package.aid):  # it came over another channel in the meantime
        raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
    if package.size > registry.free_nonvolatile:
        raise StatusFault(sw.NO_MEMORY)
    imported = _link(platform, package)
    if platform.spec.api:
        platform.card.machine.load(data)
    file = LoadFile(
        package.aid, package.major, package.minor, package.applets, imported, current.domain.aid, package.size
    )
    registry.keep(file)
    registry.keep_code(file, data)
    return file


def _verify(platform: GlobalPlatform, current: Load, signatures: dict[bytes, bytes]) -> None:
    """Signatures of the domains that have to verify: the file's own with the privilege, and all mandated ones (§9.2.1).

    Each is over the hash that INSTALL [for load] has brought (§C.3).
    """
    wanted = {one.aid for one in platform.registry.applications.values()
              if one.privileges & Privilege.MANDATED_DAP_VERIFICATION}  # fmt: skip
    if current.domain.privileges & Privilege.DAP_VERIFICATION:
        wanted.add(current.domain.aid)
    for aid in wanted | signatures.keys():
        domain = platform.registry.domain(aid)
        key = platform.keys(domain).find(DAP_VERSION, KEY_ID) if domain is not None else None
        if key is None or not current.hash or not signature_fits(key, current.hash, signatures.get(aid, b"")):
            raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)


def _link(platform: GlobalPlatform, package: Package) -> tuple[bytes, ...]:
    """AIDs of the loaded packages it imports. 6A80 if a package, or that version of it, is not on this card."""
    loaded = []
    for need in package.imports:
        file = platform.registry.files.get(need.aid)
        if file is not None:
            if file.major != need.major or file.minor < need.minor:
                raise StatusFault(sw.WRONG_DATA)
            loaded.append(file.aid)
        elif not any(one.serves(need.aid, need.major, need.minor) for one in platform.spec.api):
            raise StatusFault(sw.WRONG_DATA)
    return tuple(loaded)
