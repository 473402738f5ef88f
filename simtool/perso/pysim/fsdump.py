"""The JSON of pySim-shell's `fsdump`: a head (name, atr, iccid) and under `files` one object per path.

A file's object has `path` (names), `fcp_raw` (the answer to SELECT), and either `body` (hex, a list of hex for records,
or decoded values with `fsdump --json`; tags and values of a BER-TLV file) or `error`. The form without a head is read
too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from simtool.codec.fcp import Structure
from simtool.errors import InputError
from simtool.perso.pysim.entries import Decoded, Entry, Piece, Shape, shape

_OBJECT = re.compile(r"^\s*\{", re.MULTILINE)
_STATUS = re.compile(r"[0-9a-f]{4}")
RECORDS = (str(Structure.LINEAR_FIXED), str(Structure.CYCLIC))


def begins_at(text: str) -> int | None:
    """Where a JSON object begins a line, None if nowhere; before it stands what the shell printed at its start."""
    found = _OBJECT.search(text)
    return found.start() if found is not None else None


def parse_json(text: str, start: int, name: str) -> Mapping[str, Any]:
    """The object that begins at `start`. Raises `InputError` with the line when it is none."""
    try:
        value, _ = json.JSONDecoder().raw_decode(text, start)
    except json.JSONDecodeError as error:
        place = f"{name}:{error.lineno}"
        # not `from error`: that exception carries the whole dump
        raise InputError("not the JSON of an fsdump", place=place, hint="make it with fsdump > FILE") from None
    except (RecursionError, ValueError):
        raise InputError("not the JSON of an fsdump", place=name, hint="make it with fsdump > FILE") from None
    if not isinstance(value, dict):
        raise InputError("not the JSON of an fsdump", place=name)
    return value


def read_entries(document: Mapping[str, Any], name: str) -> Iterator[Entry]:
    """The files of a dump. Raises `InputError` when it has none."""
    files = document.get("files", document)
    if not isinstance(files, dict) or not any(key.startswith("MF") for key in files):
        raise InputError("there are no files in it", place=name, field="files", hint="select MF, then fsdump > FILE")
    for key, value in files.items():
        if isinstance(value, dict):
            yield _entry(key, value)


def _entry(key: str, value: Mapping[str, Any]) -> Entry:
    path = value.get("path")
    names = tuple(map(str, path)) if isinstance(path, list) and path else tuple(key.split("/"))
    form = shape(str(value.get("fcp_raw", "")))
    fids = (*(None,) * (len(names) - 1), form.fid)
    error = value.get("error")
    if isinstance(error, dict):
        status = str(error.get("sw_actual", "")).lower()
        status = status if _STATUS.fullmatch(status) else ""
        return Entry(names, fids, form, status=status, reason=f"pySim could not read it ({status or 'no answer'})")
    if "body" not in value:
        return Entry(names, fids, form)
    if form.structure == Structure.BER_TLV:
        return Entry(names, fids, form, reason="data objects (BER-TLV) are not taken")
    return Entry(names, fids, form, pieces=tuple(_pieces(value["body"], form)))


def _pieces(body: Any, form: Shape) -> Iterator[Piece]:
    is_list = isinstance(body, list)
    if form.structure in RECORDS or (not form.structure and is_list and all(isinstance(row, str) for row in body)):
        for number, row in enumerate(body if is_list else [body], start=1):
            yield Piece(_content(row, form.record_length), record=number)
    else:
        yield Piece(_content(body, form.size))


def _content(body: Any, size: int | None) -> bytes | Decoded:
    """Hex of the right length is raw; anything else is a value."""
    if isinstance(body, str):
        try:
            data = bytes.fromhex(body)
        except ValueError:
            return Decoded(body)
        if size is None or len(data) == size:
            return data
    return Decoded(body)
