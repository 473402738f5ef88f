"""What a host delivers with its cards: the vendor's output file, or a CSV with the same names.

::

    *HEADER
    Customer: Nordlicht
    Transport_key: 1
    *INPUT VARIABLES
    …
    *OUTPUT VARIABLES
    var_out: ICCID/IMSI/PIN1/PUK1/PIN2/PUK2/ADM1/KI/OPC
    8949440000001155314 262010000000101 1234 12345678 5678 87654321 34173960 (hex) (hex)

Ki and OPc stand in hex, encrypted where the head names a transport key other than 0 (or one is given): AES with 16, 24
or 32 bytes or triple DES with 16 or 24, in ECB mode. Without that key, and for a Ki whose OPc was not delivered, the
record holds no keys.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from pydantic import BeforeValidator

from simtool.codec.identifiers import Iccid, Imsi
from simtool.crypto.key_set import KeyCipher
from simtool.crypto.secret import Secret
from simtool.crypto.triple_des import triple_des
from simtool.errors import EncodeError, InputError
from simtool.perso.record import (
    ALGORITHMS,
    OP_LENGTHS,
    WITHOUT_OPC,
    CardRecord,
    Credential,
    Subscription,
    load_records,
    parse_credential,
)
from simtool.perso.source import MAX_INPUT_SIZE, Section, check, read_yaml, together

OTHER_NAMES = {
    "ICC": "ICCID",
    "SER_NB": "ICCID",
    "K": "KI",
    "PIN": "PIN1",
    "PUK": "PUK1",
    "ADM": "ADM1",
}
CODES = ("PIN1", "PUK1", "PIN2", "PUK2", "ADM1")
NAMES = ("ICCID", "IMSI", "MSISDN", *CODES, "KI", "OPC", "ALGORITHM")
ABSENT = ("", "-")
AES_BLOCK = 16


@dataclass(frozen=True, slots=True)
class TransportKey:
    """The key under which Ki and OPc travel, in ECB mode."""

    key: Secret
    cipher: KeyCipher = KeyCipher.AES

    def open(self, cell: bytes) -> bytes:
        """One cell in clear. Raises `EncodeError` for what is no whole number of blocks."""
        if not cell or len(cell) % AES_BLOCK:
            raise EncodeError("is not encrypted: whole blocks of 32 hex digits are needed")
        algorithm = algorithms.AES(self.key.reveal()) if self.cipher is KeyCipher.AES else triple_des(self.key.reveal())
        decryptor = Cipher(algorithm, modes.ECB()).decryptor()  # noqa: S305  # keys are random, and that is the form
        return decryptor.update(cell) + decryptor.finalize()


class _KeyForm(Section):
    cipher: KeyCipher = KeyCipher.AES
    key: Annotated[Secret, BeforeValidator(lambda text: Secret.from_hex(str(text), kind="transport key"))]


def read_transport_key(path: Path) -> TransportKey:
    """A key from a YAML file (0600): `{cipher: aes, key: HEX}`. Raises `InputError`, without the key."""
    source = read_yaml(path)
    if path.stat().st_mode & 0o077:
        raise InputError("others can read this file", place=str(path), hint=f"chmod 600 {path}")
    form = check(source, _KeyForm)
    if form.key.length not in form.cipher.lengths:
        wanted = " or ".join(map(str, form.cipher.lengths))
        raise InputError(f"a key of {wanted} bytes is needed", place=source.place(("key",)), field="key")
    return TransportKey(form.key, form.cipher)


@dataclass(frozen=True, slots=True)
class HostOutput:
    """The cards of one delivery; `notes` say what of it could not be taken, without numbers of cards."""

    records: tuple[CardRecord, ...]
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Table:
    name: str
    columns: tuple[str, ...]
    rows: list[tuple[int, list[str]]]
    is_encrypted: bool = False
    problems: list[InputError] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)

    def problem(self, line: int, reason: str, column: str = "") -> None:
        self.problems.append(InputError(reason, place=f"{self.name}:{line}", field=column))


def read_host_output(path: Path, transport_key: TransportKey | None = None) -> HostOutput:
    """Every card of the file. Raises `InputError` with a line for each problem; no message repeats a secret."""
    try:
        if path.stat().st_size > MAX_INPUT_SIZE:
            raise InputError("the file is larger than 64 MiB", place=str(path))
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(path)) from error
    except UnicodeDecodeError as error:
        raise InputError("the file is not UTF-8 text", place=str(path)) from error
    table = _vendor_form(text, str(path)) if "var_out" in text.lower() else _csv_form(text, str(path))
    records = list(_records(table, transport_key))
    numbered = {
        "ICCID": Counter(record.iccid.digits for record in records),
        "IMSI": Counter(record.subscription.imsi.digits for record in records),
    }
    for what, count in numbered.items():
        twice = [number for number, times in count.items() if times > 1]
        table.problems += [InputError(f"{what} {number} stands twice", place=table.name) for number in twice]
    if table.problems:
        raise together(table.problems)
    return HostOutput(tuple(records), tuple(table.notes))


def read_host_records(path: Path, transport_key: TransportKey | None = None) -> HostOutput:
    """What a host delivers in any form that is known here; a record file (YAML) is taken as it is."""
    if path.suffix in (".yaml", ".yml"):
        return HostOutput(load_records(path), ())
    return read_host_output(path, transport_key)


def _vendor_form(text: str, name: str) -> _Table:
    columns: tuple[str, ...] = ()
    rows: list[tuple[int, list[str]]] = []
    is_encrypted = False
    for number, line in enumerate(text.splitlines(), start=1):
        key, colon, value = line.partition(":")
        word = key.strip().lower().replace(" ", "_")
        if columns and line.strip() and not line.startswith("*"):
            rows.append((number, line.split()))
        elif colon and word == "var_out":
            columns = _columns(re.split(r"[/\s]+", value.strip()), name, number)
        elif colon and word == "transport_key":
            is_encrypted = value.strip() not in ("", "0", "none")
    return _Table(name, columns, rows, is_encrypted)


def _csv_form(text: str, name: str) -> _Table:
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if not lines:
        raise InputError("the file is empty", place=name)
    mark = ";" if ";" in lines[0][1] else ","
    cut = [(number, [cell.strip().strip('"') for cell in line.split(mark)]) for number, line in lines]
    return _Table(name, _columns(cut[0][1], name, cut[0][0]), cut[1:])


def _columns(titles: list[str], name: str, line: int) -> tuple[str, ...]:
    columns = tuple(OTHER_NAMES.get(title.strip().upper(), title.strip().upper()) for title in titles)
    missing = [title for title in ("ICCID", "IMSI") if title not in columns]
    if missing:
        raise InputError(
            f"no column {' and no column '.join(missing)}", place=f"{name}:{line}",
            hint=f"a host's file names its columns: {', '.join(NAMES)}",
        )  # fmt: skip
    if len(set(columns)) < len(columns):
        raise InputError("a column stands twice", place=f"{name}:{line}")
    return columns


def _records(table: _Table, transport_key: TransportKey | None) -> Iterator[CardRecord]:
    for title in table.columns:
        if title not in NAMES:
            table.notes[f"column {title} is not taken over"] = None
    for line, values in table.rows:
        if len(values) != len(table.columns):
            table.problem(line, f"{len(values)} values for {len(table.columns)} columns")
            continue
        cells = {name: value for name, value in zip(table.columns, values, strict=True) if value not in ABSENT}
        found: dict[str, Iccid | Imsi] = {}
        for name, parse in (("ICCID", Iccid.parse), ("IMSI", Imsi)):
            try:
                found[name] = parse(cells.get(name, ""))
            except EncodeError as error:
                table.problem(line, str(error), name)
        codes = tuple(_codes(cells, table, line))
        algorithm = cells.get("ALGORITHM", "milenage").lower()
        if algorithm not in ALGORITHMS:
            table.problem(line, f"the algorithm is one of {', '.join(ALGORITHMS)}", "ALGORITHM")
            continue
        k, opc = _keys(cells, algorithm, table, line, transport_key)
        iccid, imsi = found.get("ICCID"), found.get("IMSI")
        if isinstance(iccid, Iccid) and isinstance(imsi, Imsi):
            yield CardRecord(iccid, (Subscription(imsi, k, opc, algorithm, cells.get("MSISDN")),), codes)


def _codes(cells: Mapping[str, str], table: _Table, line: int) -> Iterator[Credential]:
    for name in CODES:
        if name in cells:
            try:
                yield Credential(name, parse_credential(name, cells[name]))
            except EncodeError as error:
                table.problem(line, str(error), name)


def _keys(
    cells: Mapping[str, str], algorithm: str, table: _Table, line: int, transport_key: TransportKey | None
) -> tuple[Secret | None, Secret | None]:
    """Ki and OPc in clear; none of them where they cannot be opened or only one of them is there."""
    if "KI" not in cells:
        return None, None
    if table.is_encrypted and transport_key is None:
        table.notes["Ki and OPc are encrypted and no transport key was given: the records hold none"] = None
        return None, None
    opened: dict[str, Secret] = {}
    for name, kind, lengths in (("KI", "ki", (16, 32)), ("OPC", "opc", (OP_LENGTHS.get(algorithm, 16),))):
        if name not in cells:
            continue
        try:
            raw = Secret.from_hex(cells[name], kind=kind).reveal()
            secret = Secret(transport_key.open(raw) if transport_key is not None else raw, kind=kind)
            if secret.length not in lengths:
                raise EncodeError(f"has {secret.length} bytes, {' or '.join(map(str, lengths))} are needed")
            opened[name] = secret
        except EncodeError as error:
            table.problem(line, str(error), name)
    needs_opc = algorithm not in WITHOUT_OPC
    if "KI" in opened and needs_opc and "OPC" not in opened:
        table.notes[f"a Ki for {algorithm} without its OPc proves nothing: the records hold none"] = None
        return None, None
    return opened.get("KI"), opened.get("OPC") if needs_opc else None
