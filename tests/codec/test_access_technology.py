"""Access technology identifier (TS 31.102 §4.2.5)."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from simtool.codec.access_technology import AccessTechnology
from simtool.errors import DecodeError, EncodeError

ROWS = yaml.safe_load((Path(__file__).parents[1] / "vectors" / "codec.yaml").read_text())["access_technology"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["bytes"])
def test_vectors(row: dict[str, Any]) -> None:
    technologies = AccessTechnology.from_names(row["names"])
    assert technologies.encode().hex() == row["bytes"]
    for coded in (row["bytes"], *row.get("also", ())):
        assert AccessTechnology.decode(bytes.fromhex(coded)) == technologies
    assert sorted(technologies.names) == sorted(row["names"])


@pytest.mark.parametrize(
    ("names", "coded"),
    [
        (["e-utran", "utran"], "c000"),
        (["4G"], "4000"),
        (["LTE", "NB-IoT"], "4000"),
        (["2G", "3G", "4G", "5G"], "c880"),
        (["GERAN"], "0080"),
        (["NG-RAN", "E-UTRAN", "UTRAN", "GSM"], "c884"),
    ],
)
def test_names_that_people_use(names: list[str], coded: str) -> None:
    assert AccessTechnology.from_names(names).encode().hex() == coded


def test_an_unknown_name_gets_a_suggestion() -> None:
    with pytest.raises(EncodeError, match="'UTRN' is not an access technology, did you mean 'UTRAN'") as caught:
        AccessTechnology.from_names(["GSM", "UTRN"])
    assert "E-UTRAN NB-S1" in caught.value.hint
    with pytest.raises(EncodeError, match="'carrier pigeon' is not an access technology$"):
        AccessTechnology.from_names(["carrier pigeon"])


def test_bits_that_say_which_kind_mean_nothing_alone() -> None:
    assert AccessTechnology.decode(bytes.fromhex("300c")) == AccessTechnology(0)


def test_reserved_bits_are_kept() -> None:
    assert AccessTechnology.decode(bytes.fromhex("0303")).encode().hex() == "0303"


@given(st.binary(max_size=3))
def test_any_bytes_give_a_value_or_a_decode_error(raw: bytes) -> None:
    try:
        technologies = AccessTechnology.decode(raw)
    except DecodeError:
        assert len(raw) != 2
        return
    assert AccessTechnology.decode(technologies.encode()) == technologies
