"""COMP128 against figures of others."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from simtool.crypto.comp128 import comp128
from simtool.crypto.comp128_tables import V1_LEVELS, V23_INNER, V23_OUTER
from simtool.errors import EncodeError

VECTORS = yaml.safe_load((Path(__file__).parents[1] / "vectors" / "comp128.yaml").read_text())
ROWS = [(version, row) for version in (1, 2, 3) for row in VECTORS[f"v{version}"]]


@pytest.mark.parametrize(("version", "row"), ROWS, ids=[f"v{version} {row['rand']}" for version, row in ROWS])
def test_figures(version: int, row: dict[str, Any]) -> None:
    sres, kc = comp128(version, bytes.fromhex(row["ki"]), bytes.fromhex(row["rand"]))
    assert (sres.hex(), kc.hex()) == (row["sres"], row["kc"])


def test_version_2_is_version_3_with_a_short_key() -> None:
    for number in range(8):
        ki, rand = bytes((number,)) * 16, bytes(range(number, number + 16))
        sres2, kc2 = comp128(2, ki, rand)
        sres3, kc3 = comp128(3, ki, rand)
        assert sres2 == sres3
        assert int.from_bytes(kc2) == int.from_bytes(kc3) & ~0x3FF


def test_tables_have_their_shape() -> None:
    for level, table in enumerate(V1_LEVELS):
        assert len(table) == 512 >> level
        assert max(table) < 256 >> level
    assert sorted(V23_INNER) == sorted(V23_OUTER) == list(range(256))


@pytest.mark.parametrize(
    ("version", "ki", "rand"), [(0, 16, 16), (4, 16, 16), (1, 15, 16), (2, 16, 17), (3, 0, 16), (3, 16, 0)]
)
def test_refuses(version: int, ki: int, rand: int) -> None:
    with pytest.raises(EncodeError):
        comp128(version, bytes(ki), bytes(rand))
