"""Subscriber keys for the authentication tests: written through the product's key files, taken from the vectors.

The vectors are those of TS 35.207/35.208 (Milenage) and TS 35.233 (TUAK), in tests/vectors. A product's layouts say
which field of which file holds what; everything else in these files stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from simtool.crypto.aka import AkaAlgorithm
from simtool.crypto.milenage import Milenage
from simtool.files.layout import FieldValue, Layout
from simtool.files.path import FilePath
from simtool.files.product import AuthenticationSpec, CardModel
from tests.conformance.bench import Bench

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
SQN_FIELD = "sqn"


@dataclass(frozen=True)
class Vector:
    """One published set: inputs and outputs by their names in TS 35.206, as bytes."""

    clause: str
    values: dict[str, bytes]

    def __getitem__(self, name: str) -> bytes:
        return self.values[name]

    def __str__(self) -> str:
        return self.clause.rpartition(" ")[2]

    @property
    def sqn(self) -> int:
        return int.from_bytes(self["sqn"])


@lru_cache(maxsize=1)
def milenage_sets() -> tuple[Vector, ...]:
    raw = yaml.safe_load((VECTORS / "milenage.yaml").read_text())
    return tuple(
        Vector(
            row["clause"],
            {name: bytes.fromhex(value) for name, value in row.items() if name not in ("clause", "sqn_ms")},
        )
        for row in raw["sets"]
    )


def algorithm(vector: Vector) -> Milenage:
    return Milenage(vector["k"], vector["opc"])


def authentication(model: CardModel, application: FilePath) -> AuthenticationSpec:
    return next(spec for spec in model.authentication if spec.application == application)


def fields(layout: Layout) -> set[str]:
    return {field.name for field in layout.fields}


def program(bench: Bench, paths: tuple[FilePath, ...], wanted: dict[str, FieldValue]) -> None:
    """Put values into whichever of these files has a field of that name, and put everything back after the test.

    Values for fields that no file has are left out; rights must have been gained. The PINs' files are never among them.
    """
    for path in paths:
        layout = bench.spec(path).layout
        assert layout is not None
        mine = {name: value for name, value in wanted.items() if name in fields(layout)}
        if not mine:
            continue
        before = bench.keep(path)
        if SQN_FIELD in mine and isinstance(mine[SQN_FIELD], bytes):
            field = next(field for field in layout.fields if field.name == SQN_FIELD)
            mine[SQN_FIELD] = (mine[SQN_FIELD],) * (field.count or 1) if field.count else mine[SQN_FIELD]  # type: ignore[assignment]
        bench.write(path, layout.encode(mine, before))


def milenage_fields(vector: Vector) -> dict[str, FieldValue]:
    """Milenage with OPc, the standard constants, and answers of full length."""
    return {
        "algorithm": "milenage",
        "op_is_opc": 1,
        "res_4_bytes": 0,
        "k": vector["k"],
        "op": vector["opc"],
    }


def sqn_fields(highest: int = 0, *, delta: bool = False, age: bool = False) -> dict[str, FieldValue]:
    """Five bits of IND, freshness checked, the limits switched off or on, the whole array at `highest`."""
    return {
        "skip_next_check": 0,
        "check_sqn": 1,
        "check_delta": int(delta),
        "check_age": int(age),
        "ind_bits": 5,
        "keep_amf": 0,
        "conceal_auts": 1,
        "conceal_autn": 1,
        "sqn": highest.to_bytes(6),
    }


def ready(
    bench: Bench, application: FilePath, vector: Vector, sqn: dict[str, FieldValue] | None = None
) -> AkaAlgorithm:
    """The application with the vector's K and OPc and fresh sequence numbers, selected, all PINs verified."""
    bench.select(application)
    bench.unlock()
    spec = authentication(bench.model, application)
    program(bench, spec.files, milenage_fields(vector) | (sqn or sqn_fields()))
    bench.select(application)
    return algorithm(vector)
