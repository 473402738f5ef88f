"""The standard files of SIM, USIM, ISIM and HPSIM: where they are, how big, who may read and write them, which service
announces them. What the specifications say, not what some card does: that is `simtool.files.product`.

The tables are `data/files/*.yaml`. A row has `path`, `type` (df, adf, transparent, linear_fixed, cyclic, ber_tlv) and,
where they exist: `fid` (hex; with xx or .. where the card chooses), `aid` (the first seven bytes), `sfi` (a number, or
`optional`), `size` or `record_length` with `records` (customary or fixed), `min_size` or `min_record_length`, `entry`
(length of one entry of a list), `read` and `update` (ALW, PIN, PIN2, ADM, NEV; CHV1, CHV2 in class A0), `service`
(table to numbers), `text`, `clause` of `spec` (of the file's head unless the row has its own), `uncertain` (what to
doubt).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files as package_files
from types import MappingProxyType
from typing import Any

from simtool.errors import DecodeError
from simtool.files.path import FilePath
from simtool.files.specs import FileType
from simtool.files.yaml_data import parse_yaml_data

_FID = re.compile("[0-9a-f]{4}")
GROUPS = ("mf", "telecom", "gsm", "usim", "isim", "hpsim")


@dataclass(frozen=True, slots=True)
class StandardFile:
    """One file as its specification describes it; None where that leaves it to the card."""

    path: FilePath
    type: FileType
    fid: int | None = None
    aid: bytes | None = None
    sfi: int | None = None
    sfi_optional: bool = False
    size: int | None = None
    min_size: int | None = None
    record_length: int | None = None
    min_record_length: int | None = None
    records: int | None = None
    entry_length: int | None = None
    read: str | None = None
    update: str | None = None
    service_table: str | None = None
    services: tuple[int, ...] = ()
    description: str = ""
    spec: str = ""
    clause: str = ""
    uncertain: str = ""

    @property
    def reference(self) -> str:
        """`TS 31.102 §4.2.2`"""
        return f"{self.spec} §{self.clause}" if self.clause else self.spec


@dataclass(frozen=True, slots=True)
class ServiceTable:
    """The services an application can announce, and the file in which it does."""

    name: str
    file: FilePath
    spec: str
    clause: str
    bits: int
    names: Mapping[int, str]

    def number(self, service: int | str) -> int:
        """The number of a service given by number, by name (case does not matter), or by both as it is shown: `19 SPN`.

        Raises `DecodeError`.
        """
        if isinstance(service, int):
            return service
        digits, _, name = service.partition(" ")
        if digits.isascii() and digits.isdecimal() and (not name or self.names.get(int(digits)) == name):
            return int(digits)
        found = [number for number, name in self.names.items() if name.lower() == service.lower()]
        if len(found) != 1:
            raise DecodeError(f"{self.name} has no one service {service!r}")
        return found[0]


@lru_cache(maxsize=1)
def catalogue() -> Mapping[FilePath, StandardFile]:
    """All standard files by path, in the order of their specifications."""
    return MappingProxyType({file.path: file for group in GROUPS for file in _read_group(group)})


def find(path: FilePath | str) -> StandardFile | None:
    """The standard file of that path, None if there is none."""
    return catalogue().get(path if isinstance(path, FilePath) else FilePath(path))


def by_fid(parent: FilePath | str, fid: int) -> StandardFile | None:
    """The standard file with that FID in the directory `parent`, None if there is none."""
    return _by_fid().get((parent if isinstance(parent, FilePath) else FilePath(parent), fid))


def service_tables() -> Mapping[str, ServiceTable]:
    """UST, IST, EST, SST and the like by name."""
    return _service_tables()


def services(table: str) -> Mapping[int, str]:
    """Names of services by number. Raises `DecodeError` for an unknown table."""
    return service_table(table).names


def service_table(table: str) -> ServiceTable:
    """A service table by name. Raises `DecodeError` for an unknown one, naming those that exist."""
    found = _service_tables().get(table.upper())
    if found is None:
        raise DecodeError(f"no service table {table!r}; known are {', '.join(_service_tables())}")
    return found


@lru_cache(maxsize=1)
def _by_fid() -> Mapping[tuple[FilePath, int], StandardFile]:
    return {
        (file.path.parent, file.fid): file
        for file in catalogue().values()
        if file.path.parent is not None and file.fid is not None
    }


@lru_cache(maxsize=1)
def _service_tables() -> Mapping[str, ServiceTable]:
    tables = {}
    for name, row in _read_yaml("services").items():
        tables[name] = ServiceTable(
            name=name,
            file=FilePath(row["file"]),
            spec=row["spec"],
            clause=row["clause"],
            bits=2 if row["coding"] == "pairs" else 1,
            names=MappingProxyType(row["services"]),
        )
    return MappingProxyType(tables)


def _read_yaml(name: str) -> dict[str, Any]:
    text = (package_files("simtool") / "data" / "files" / f"{name}.yaml").read_text()
    data: dict[str, Any] = parse_yaml_data(text)
    return data


def _read_group(group: str) -> list[StandardFile]:
    data = _read_yaml(group)
    return [_parse(row, data["spec"]) for row in data["files"]]


def _parse(row: dict[str, Any], spec: str) -> StandardFile:
    fid, sfi = row.get("fid", ""), row.get("sfi")
    table, numbers = next(iter(row.get("service", {}).items()), (None, ()))
    return StandardFile(
        path=FilePath(row["path"]),
        type=FileType(row["type"]),
        fid=int(fid, 16) if _FID.fullmatch(fid) else None,
        aid=bytes.fromhex(row["aid"]) if "aid" in row else None,
        sfi=sfi if isinstance(sfi, int) else None,
        sfi_optional=sfi == "optional",
        size=row.get("size"),
        min_size=row.get("min_size", row.get("size")),
        record_length=row.get("record_length"),
        min_record_length=row.get("min_record_length", row.get("record_length")),
        records=row.get("records"),
        entry_length=row.get("entry"),
        read=row.get("read"),
        update=row.get("update"),
        service_table=table,
        services=tuple(numbers),
        description=row["text"],
        spec=row.get("spec", spec),
        clause=row.get("clause", ""),
        uncertain=row.get("uncertain", ""),
    )
