"""Files on a screen: the text form of `simtool.perso.technician.show`."""

from __future__ import annotations

from simtool.codec.fcp import Fcp
from simtool.codec.fcp2g import DfInfo2g, decode_fcp2g
from simtool.errors import CodecError
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileType
from simtool.perso.technician.names import fid_path
from simtool.perso.technician.show import FileView, UnitView, in_line, runs, view_head


def file_text(model: CardModel, view: FileView) -> str:
    """A file as a person reads it: what it is, who may use it, and what its units hold, in words and in hex."""
    spec = view.spec
    size = f"{spec.records} records of {spec.record_length} bytes" if spec.type.has_records else f"{spec.size} bytes"
    head = [f"{view.path}  ({fid_path(model, view.path)})"]
    if view.description:
        head.append(f"  {view.description}, {view.clause}")
    head.append(f"  {spec.type.value.replace('_', ' ')}, {size}; read: {view.read}; update: {view.update}")
    lines = []
    for first, last, unit in runs(view.units):
        number = "" if not first else f"[{first}] " if first == last else f"[{first}-{last}] "
        if unit.unit.tag:
            number = f"[tag {unit.unit.number}] "
        lines += _value_lines(number, unit)
    if spec.type is FileType.BER_TLV and not view.units:
        lines.append("  no data objects")
    return "\n".join([*head, *lines])


def _value_lines(number: str, unit: UnitView) -> list[str]:
    if isinstance(unit.value, dict) and not unit.reason:
        lines = [f"  {number}".rstrip()] if number else []
        lines += [f"    {name}: {in_line(item)}" for name, item in unit.value.items()]
    elif isinstance(unit.value, list) and not unit.reason and len(unit.value) > 1:
        lines = [f"  {number}".rstrip()] if number else []
        lines += [f"    {in_line(item)}" for item in unit.value]
    else:
        lines = [f"  {number}{unit.text}"]
    if unit.hex and not unit.hidden and unit.value != unit.hex:
        lines.append(f"  {' ' * len(number)}hex {unit.hex}")
    return lines


def listing(model: CardModel, directory: FilePath) -> str:
    """The files in a directory: name, identifier, kind and size, what it is for."""
    rows = []
    for spec in model.children(directory):
        size = f"{spec.records} × {spec.record_length}" if spec.type.has_records else str(spec.size or "")
        view = view_head(model, spec.path)
        rows.append((spec.path.name, f"{spec.fid:04x}", spec.type.value.replace("_", " "), size, view.description))
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(5)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def selected(answer: bytes, *, is_sim: bool) -> str:
    """What a card said to SELECT, in words (TS 102 221 §11.1.1.3; class A0: TS 51.011 §9.2.1)."""
    try:
        return _classic(answer) if is_sim else _template(Fcp.decode(answer))
    except CodecError as error:
        return f"not understood: {error}"


def _template(fcp: Fcp) -> str:
    kind = fcp.structure.name.lower().replace("_", " ") if fcp.structure is not None else "directory"
    parts = [kind]
    if fcp.record_count is not None:
        parts.append(f"{fcp.record_count} records of {fcp.record_length} bytes")
    elif fcp.size is not None:
        parts.append(f"{fcp.size} bytes")
    if fcp.df_name is not None:
        parts.append(f"AID {fcp.df_name.hex()}")
    if fcp.sfi is not None:
        parts.append(f"SFI {fcp.sfi}")
    parts.append("terminated" if fcp.terminated else "active" if fcp.activated else "switched off")
    pins = [f"{pin.ref:02X} {'on' if pin.enabled else 'off'}" for pin in fcp.pin_status]
    return ", ".join(parts) + (f"; PINs: {', '.join(pins)}" if pins else "")


def _classic(answer: bytes) -> str:
    info = decode_fcp2g(answer)
    if isinstance(info, DfInfo2g):
        return f"directory, {info.child_dfs} directories and {info.child_efs} files in it"
    count = f", {info.record_count} records of {info.record_length} bytes" if info.record_count else ""
    return f"{info.structure.name.lower().replace('_', ' ')}, {info.size} bytes{count}" + (
        ", switched off" if info.invalidated else ""
    )
