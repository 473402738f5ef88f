"""The Class component (JCVM §6.9): interfaces, then classes with their method tables and interfaces."""

from __future__ import annotations

from collections.abc import Callable

from simtool.applet.convert.link import Linked
from simtool.applet.convert.model import NO_TOKEN, AnyClass, Local, Signature, is_function, is_reference

_INTERFACE, _SHAREABLE = 0x80, 0x40
_SIGNATURE_POOL = 2

_Refer = Callable[[AnyClass], bytes]


def class_component(linked: Linked) -> bytes:
    """The body; the offsets of all classes are told to `linked` first."""
    pool = bytes(_SIGNATURE_POOL) if linked.model.spec.cap_format >= (2, 2) else b""
    offset = len(pool)
    for one in linked.model.locals_:
        linked.class_offsets[one.path] = offset
        offset += len(_info(linked, one, lambda _: bytes(2)))
    return pool + b"".join(_info(linked, one, linked.class_ref) for one in linked.model.locals_)


def _info(linked: Linked, one: Local, refer: _Refer) -> bytes:
    model = linked.model
    flags = (_INTERFACE if one.is_interface else 0) | (_SHAREABLE if model.is_shareable(one) else 0)
    found = bytes((flags | len(one.interfaces),))
    if one.is_interface:
        return found + b"".join(refer(model.need(name, one)) for name in one.interfaces)
    parent = next(model.supers(one))
    references = [
        one.fields[each.name] for each in one.file.fields if each.name in one.fields and is_reference(each.descriptor)
    ]
    found += refer(parent) + bytes((one.size, min(references, default=NO_TOKEN), len(references)))
    public, hidden = _table(linked, one, one.public), _table(linked, one, one.hidden)
    found += bytes((public[0], len(public[1]), hidden[0], len(hidden[1])))
    found += b"".join(offset.to_bytes(2) for offset in (*public[1], *hidden[1]))
    for name in one.interfaces:
        interface = model.need(name, one)
        rows = model.public_methods(interface)
        found += refer(interface) + bytes((len(rows),)) + bytes(one.public.index(row) for row in rows)
    if model.spec.cap_format >= (2, 3):
        its = model.public_methods(parent)
        mapped = one.public[: public[0] + len(public[1])]
        found += bytes(its.index(row) if row in its else NO_TOKEN for row in mapped) + bytes((len(mapped),))
    return found


def _table(linked: Linked, one: Local, rows: list[Signature]) -> tuple[int, list[int]]:
    """Base and entries: from the first method that the class itself has to the last token (§6.9.2.7)."""
    declared = [at for at, row in enumerate(rows) if _declares(one, row)]
    first = min(declared, default=len(rows))
    return first, [linked.virtual_offset(one, row) for row in rows[first:]]


def _declares(one: Local, row: Signature) -> bool:
    method = one.method(row)
    return row in one.missing or (method is not None and not is_function(method))
