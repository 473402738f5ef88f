"""simtool's own CSV and Parquet files of card records, written in columns; docs/batches.md lists what is in them.

Keys are hex in CSV and bytes in Parquet; codes are digits, or 16 hex digits where they are no digits. With a transport
key, `k` and `opc` stand under it and their columns are called `k@aes-ecb-1` (cipher and index of the key). Files are
the owner's alone (0600), appear whole or not at all, and never overwrite another.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from simtool.batch.block import Block
from simtool.batch.fields import KEY_NAME, is_code, is_known, record_of, secret_fields, suffix
from simtool.batch.formats.card import ListedCard
from simtool.batch.formats.model import Reading
from simtool.crypto.column import Column
from simtool.crypto.transport_key import TransportCipher, TransportKey
from simtool.errors import EncodeError, InputError
from simtool.perso.private_file import new_private, private_stream
from simtool.perso.pysim.text_files import refuse
from simtool.perso.record import RECORDS_HEAD, CardRecord, format_record, parse_credential

if TYPE_CHECKING:
    from collections.abc import Mapping

UNDER_KEY = re.compile(r"(.+)@((?:aes|3des)-(?:ecb|cbc))-(\d+)")
UNDER_TRANSPORT = re.compile(r"(k|opc)(_\d+)?")
PAD = 0xFF
READ_ROWS = 4096


@dataclass(frozen=True, slots=True)
class Named:
    """A column of a file."""

    name: str
    values: pa.Array


def write_csv(blocks: Iterable[Block], path: Path, *, transport: TransportKey | None = None) -> int:
    """Write a stream of records; returns how many. The first block says which columns there are.

    Raises `InputError` when a later card has something that the first ones have not, or the file cannot be written.
    """
    with new_private(path) as stream:
        return _write(_CsvSink(stream), blocks, path, transport, binary=False)


def write_parquet(blocks: Iterable[Block], path: Path, *, transport: TransportKey | None = None) -> int:
    """The same as Parquet."""
    with new_private(path) as stream:
        return _write(_ParquetSink(stream), blocks, path, transport, binary=True)


def write_yaml(blocks: Iterable[Block], path: Path, *, transport: TransportKey | None = None) -> int:
    """The same as card records in YAML (`simtool.perso.record`). Raises `InputError` also for a transport key."""
    if transport is not None:
        raise InputError("card records in YAML hold their keys in clear", place=str(path), hint="write CSV or Parquet")
    count = 0
    with private_stream(path) as stream:
        stream.write(RECORDS_HEAD)
        for record in (record for block in blocks for record in block.records()):
            stream.write(format_record(record))
            count += 1
    return count


class _CsvSink:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._writer: pa_csv.CSVWriter | None = None

    def write(self, batch: pa.RecordBatch) -> None:
        if self._writer is None:
            self._stream.write((",".join(batch.schema.names) + "\n").encode())
            options = pa_csv.WriteOptions(include_header=False, quoting_style="none")
            self._writer = pa_csv.CSVWriter(self._stream, batch.schema, write_options=options)
        self._writer.write_batch(batch)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


class _ParquetSink:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._writer: pq.ParquetWriter | None = None

    def write(self, batch: pa.RecordBatch) -> None:
        if self._writer is None:
            # Random bytes do not compress, and no value comes twice: only the constant columns profit.
            plain = [name for name in batch.schema.names if not name.startswith("algorithm")]
            chosen = [name for name in batch.schema.names if name not in plain]
            self._writer = pq.ParquetWriter(self._stream, batch.schema, compression="none", use_dictionary=chosen)
        self._writer.write_batch(batch, row_group_size=len(batch))

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


def _write(
    sink: _CsvSink | _ParquetSink,
    blocks: Iterable[Block],
    path: Path,
    transport: TransportKey | None,
    *,
    binary: bool,
) -> int:
    schema: pa.Schema | None = None
    count = 0
    for block in blocks:
        columns = {item.name: item.values for item in arrow_columns(block, transport, binary=binary)}
        if schema is None:
            schema = pa.schema([(name, values.type) for name, values in columns.items()])
        strange = [name for name in columns if name not in schema.names]
        if strange:
            raise InputError(
                f"card {block.iccid.texts()[0]} has a {strange[0]}, which the first cards have not",
                place=str(path),
                hint="export these cards into a file of their own",
            )
        arrays = [columns.get(item.name, pa.nulls(len(block), item.type)) for item in schema]
        sink.write(pa.record_batch(arrays, schema=schema))
        count += len(block)
    sink.close()
    return count


def arrow_columns(block: Block, transport: TransportKey | None, *, binary: bool) -> Iterator[Named]:
    """The columns of a block. `binary`: keys as bytes, not as hex."""
    yield Named("iccid", _text(block.iccid))
    secrets = {item.name: item.values for item in secret_fields(block)}
    for number, item in enumerate(block.subscriptions):
        end = suffix(number)
        yield Named(f"imsi{end}", _text(item.imsi))
        if item.msisdn is not None:
            yield Named(f"msisdn{end}", _text(_with_plus(item.msisdn) if item.msisdn_plus else item.msisdn))
        yield Named(
            f"algorithm{end}", pa.array([item.algorithm], pa.string()).take(pa.array(np.zeros(len(block), int)))
        )
        yield Named(f"sqn{end}", pa.array(item.sqn, pa.int64()))
    for name, values in secrets.items():
        if is_code(name):
            yield Named(name, _codes(values))
        elif transport is not None and UNDER_TRANSPORT.fullmatch(name):
            under = f"{name}@{transport.cipher.value}-{transport.index}"
            yield Named(under, _key(transport.encrypt(values), binary=binary))
        else:
            yield Named(name, _key(values, binary=binary))


def _key(values: Column, *, binary: bool) -> pa.Array:
    if binary:
        return pa.Array.from_buffers(pa.binary(values.width), len(values), [None, pa.py_buffer(values.data)])
    return _text(values.hex())


def _text(values: Column) -> pa.Array:
    offsets = np.arange(len(values) + 1, dtype=np.int32) * np.int32(values.width)
    return pa.StringArray.from_buffers(len(values), pa.py_buffer(offsets.tobytes()), pa.py_buffer(values.data))


def _with_plus(values: Column) -> Column:
    digits = np.frombuffer(values.data, dtype=np.uint8).reshape(-1, values.width)
    plus = np.full((len(values), 1), ord("+"), dtype=np.uint8)
    return Column(values.width + 1, np.hstack((plus, digits)).tobytes())


def _codes(values: Column) -> pa.Array:
    """Codes as people write them: digits, or 16 hex digits."""
    matrix = np.frombuffer(values.data, dtype=np.uint8).reshape(-1, values.width)
    digits = (matrix >= ord("0")) & (matrix <= ord("9"))
    lengths = digits.sum(axis=1)
    whole = (digits | (matrix == PAD)).all() and (np.diff(digits.astype(np.int8), axis=1) <= 0).all()
    if whole and (lengths == lengths[0]).all() and lengths[0] >= 4:
        return _text(Column(int(lengths[0]), matrix[:, : lengths[0]].tobytes()))
    return pa.array([_code_text(value) for value in values], pa.string())


def _code_text(value: bytes) -> str:
    digits = value.rstrip(b"\xff")
    return digits.decode() if len(digits) >= 4 and digits.isdigit() else value.hex()


def read_own(
    path: Path, *, transport: tuple[TransportKey, ...] = (), without_keys: bool = False
) -> Iterator[CardRecord]:
    """The records of an own file, CSV or (by its name) Parquet, one after the other.

    `without_keys` leaves Ki and OPc out. Raises `InputError` at the end of a file with problems, each with its line.
    """
    reading = Reading(str(path), transport, without_keys=without_keys)
    for _, record in _read(path, reading):
        yield record
    refuse(reading.problems, hint="correct the file; nothing of it was taken")


def own_cards(path: Path, reading: Reading) -> Iterator[ListedCard]:
    """The same as listed cards with their lines; problems go to the reading."""
    for place, record in _read(path, reading):
        yield replace(ListedCard.of(record), place=place)


def _read(path: Path, reading: Reading) -> Iterator[tuple[str, CardRecord]]:
    """Place and record of every row that is one."""
    for place, texts in _rows(path):
        try:
            record = _record(texts, reading)
        except EncodeError as error:
            reading.problems.append(InputError(str(error), place=place))
        else:
            yield place, record


def _rows(path: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Place and named texts of each row; bytes are hex."""
    try:
        if path.suffix == ".parquet":
            number = 0
            with pq.ParquetFile(path) as file:
                _check_names(file.schema_arrow.names, str(path))
                for batch in file.iter_batches(batch_size=READ_ROWS):
                    for row in batch.to_pylist():
                        number += 1
                        yield f"{path}:row {number}", {name: _as_text(value) for name, value in row.items()}
            return
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream, strict=True)
            _check_names(reader.fieldnames or (), f"{path}:1")
            for row in reader:
                place = f"{path}:{reader.line_num}"
                if None in row or None in row.values():
                    raise InputError("the line has more or fewer values than the head", place=place)
                yield place, row
    except (pa.ArrowInvalid, csv.Error, UnicodeDecodeError):
        raise InputError("the file is damaged, or not what its name says", place=str(path)) from None
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(path)) from error


def _check_names(names: Iterable[str], place: str) -> None:
    kept = list(names)
    unknown = [name for name in kept if not is_known(name.partition("@")[0])]
    if unknown:
        raise InputError(f"unknown column {unknown[0]!r}", place=place, hint="docs/batches.md lists the columns")
    if "iccid" not in kept or len(set(kept)) != len(kept):
        problem = "a column stands twice" if "iccid" in kept else "there is no column iccid"
        raise InputError(problem, place=place, hint="docs/batches.md lists the columns")


def _as_text(value: object) -> str:
    return "" if value is None else value.hex() if isinstance(value, bytes) else str(value)


def _record(texts: Mapping[str, str], reading: Reading) -> CardRecord:
    numbers: dict[str, str] = {}
    secrets: dict[str, bytes] = {}
    for heading, text in texts.items():
        under = UNDER_KEY.fullmatch(heading)
        name = under[1] if under else heading
        if UNDER_TRANSPORT.fullmatch(name) and reading.without_keys:
            continue
        if not text:
            numbers.setdefault(name, "")
        elif is_code(name):
            secrets[name] = parse_credential(name, text).reveal()
        elif UNDER_TRANSPORT.fullmatch(name) or KEY_NAME.fullmatch(name):
            value = _from_hex(name, text)
            secrets[name] = _opened(value, under[2], int(under[3]), reading.keys) if under else value
        else:
            numbers[name] = text
    return record_of(numbers, secrets)


def _from_hex(name: str, text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        pass
    raise EncodeError(f"{name}: is not hex digits")  # outside the except clause: no context that could carry the text


def _opened(value: bytes, cipher: str, index: int, transport: tuple[TransportKey, ...]) -> bytes:
    named = (TransportCipher(cipher), index)
    key = next((item for item in transport if (item.cipher, item.index) == named), None)
    if key is None:
        raise EncodeError(f"stands under {cipher} transport key {index}, which was not given")
    return key.decrypt(Column(len(value), value)).data
