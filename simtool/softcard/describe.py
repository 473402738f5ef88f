"""What SELECT and STATUS tell about a file: FCP template for class 00, fixed positions for class A0."""

from __future__ import annotations

from dataclasses import replace

from simtool.codec import fcp, tlv
from simtool.codec.fcp2g import Access2g, DfInfo2g, EfInfo2g, SecretStatus, Structure2g, decode_fcp2g
from simtool.codec.tlv import Tlv
from simtool.files.product import FileType, SfiCoding
from simtool.softcard.filesystem import ACTIVATED, MF_FID, FileNode, FileSystem
from simtool.softcard.pins import Pin
from simtool.softcard.security import UNIVERSAL_PIN, Guard

USAGE_USE, USAGE_DO_NOT_USE = 0x08, 0x00
_FREE_MEMORY = 0x83
_INTERNAL_BIT = 0x08
_STRUCTURES = {
    FileType.TRANSPARENT: fcp.Structure.TRANSPARENT,
    FileType.LINEAR_FIXED: fcp.Structure.LINEAR_FIXED,
    FileType.CYCLIC: fcp.Structure.CYCLIC,
    FileType.BER_TLV: fcp.Structure.BER_TLV,
}
_STRUCTURES_2G = {FileType.LINEAR_FIXED: Structure2g.LINEAR_FIXED, FileType.CYCLIC: Structure2g.CYCLIC}
_CHV1_DISABLED = 0x80
_CLOCK_STOP_ALLOWED = 0x01
_FREQUENCY_HIGH = 0x02


def fcp_of(node: FileNode, files: FileSystem, guard: Guard, pin_order: tuple[str, ...]) -> bytes:
    """The '62' template (TS 102 221 §11.1.1.3), with the PIN status as it is now (§9.5.2)."""
    directory = node.is_directory
    if node.type is FileType.ADF:
        kind = fcp.FileType.ADF
    elif directory:
        kind = fcp.FileType.DF
    else:
        kind = fcp.FileType.INTERNAL_EF if _is_internal(node) else fcp.FileType.WORKING_EF
    records = node.type.has_records
    return fcp.Fcp(
        file_type=kind,
        structure=_STRUCTURES.get(node.type),
        shareable=node.shareable,
        data_coding=node.descriptor[1] if len(node.descriptor) > 1 else None,
        fid=node.fid if node.has_fid else None,
        df_name=node.aid,
        proprietary=tuple(_proprietary(node, files)),
        life_cycle=node.life_cycle,
        security=Tlv(*node.security) if node.security else None,
        size=None if directory else node.size,
        record_length=node.record_length if records else None,
        record_count=node.records if records else None,
        sfi=None if directory else node.sfi,
        sfi_from_fid=not directory and node.sfi_coding is SfiCoding.DEFAULT,
        pin_status=_pin_status(guard, node.pin_status or pin_order) if directory else (),
        extra=tuple(tlv.parse(node.extra)),
    ).encode()


def _is_internal(node: FileNode) -> bool:
    return node.type is not FileType.BER_TLV and bool(node.descriptor[:1]) and bool(node.descriptor[0] & _INTERNAL_BIT)


def _proprietary(node: FileNode, files: FileSystem) -> list[Tlv]:
    """Content of A5; the free memory of a directory shrinks with the files made at run time (§11.1.1.4.6.4)."""
    objects = tlv.parse(node.proprietary)
    if not (files.used and node.is_directory):
        return objects
    free = max(files.capacity - files.used, 0)
    return [Tlv(one.tag, free.to_bytes(len(one.value))) if one.tag == _FREE_MEMORY else one for one in objects]


def _pin_status(guard: Guard, names: tuple[str, ...]) -> tuple[fcp.PinStatus, ...]:
    pins = [guard.pins[name] for name in names if name in guard.pins]
    replaced = any(pin.replaced for pin in guard.pins.values())
    usage = USAGE_USE if replaced else USAGE_DO_NOT_USE
    return tuple(
        fcp.PinStatus(pin.rule_ref, pin.enabled, usage if pin.rule_ref == UNIVERSAL_PIN else None) for pin in pins
    )


def answer_2g(node: FileNode, files: FileSystem, guard: Guard) -> bytes:
    """The answer to SELECT in class A0 (TS 51.011 §9.2.1)."""
    if node.is_directory:
        return _directory_2g(node, files, guard)
    cyclic = node.type is FileType.CYCLIC
    access = guard.gsm_access(node)
    return EfInfo2g(
        fid=node.fid,
        structure=_STRUCTURES_2G.get(node.type, Structure2g.TRANSPARENT),
        size=min(node.size, 0xFFFF),
        record_length=min(node.record_length, 0xFF) if node.type.has_records else 0,
        access=Access2g.decode(access),
        invalidated=node.life_cycle & 0xFD != ACTIVATED,
        readable_when_invalidated=node.readable_when_deactivated,
        increase_allowed=cyclic and access[1] >> 4 != 0xF,
    ).encode()


def _directory_2g(node: FileNode, files: FileSystem, guard: Guard) -> bytes:
    chv1, chv2 = chv(guard, 1), chv(guard, 2)
    if node.response_2g:
        known = decode_fcp2g(node.response_2g)
        if isinstance(known, DfInfo2g):
            return replace(
                known,
                characteristics=known.characteristics & ~_CHV1_DISABLED | _disabled(chv1),
                chv1=_tries(known.chv1, chv1),
                unblock_chv1=_tries(known.unblock_chv1, chv1, puk=True),
                chv2=_tries(known.chv2, chv2),
                unblock_chv2=_tries(known.unblock_chv2, chv2, puk=True),
            ).encode()
    children = [child for child in node.children.values() if child.type is not FileType.ADF]
    dfs = sum(child.is_directory for child in children)
    empty = SecretStatus(0, False)
    return DfInfo2g(
        fid=node.fid,
        is_mf=node.fid == MF_FID,
        available_memory=min(max(files.capacity - files.used, 0), 0xFFFF),
        characteristics=_CLOCK_STOP_ALLOWED | _FREQUENCY_HIGH | _disabled(chv1),
        child_dfs=min(dfs, 0xFF),
        child_efs=min(len(children) - dfs, 0xFF),
        chv_count=min(len(guard.pins), 0xFF),
        chv1=_tries(empty, chv1),
        unblock_chv1=_tries(empty, chv1, puk=True),
        chv2=_tries(empty, chv2),
        unblock_chv2=_tries(empty, chv2, puk=True),
    ).encode()


def chv(guard: Guard, number: int) -> Pin | None:
    """CHV1 or CHV2 of class A0: the PINs of the same meaning (TS 102 221 table 9.3, TS 51.011 §9.3)."""
    if number in guard.by_ref:
        return guard.by_ref[number]
    return guard.by_ref.get(0x81) if number == 2 else None


def _disabled(pin: Pin | None) -> int:
    return _CHV1_DISABLED if pin is not None and not pin.enabled else 0


def _tries(known: SecretStatus, pin: Pin | None, *, puk: bool = False) -> SecretStatus:
    if pin is None:
        return known
    left = pin.puk_left if puk else pin.left
    return SecretStatus(min(left, 15), pin.can_unblock if puk else pin.initialised)
