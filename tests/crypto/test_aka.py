"""Vectors, AUTN, AUTS and the conversions to GSM (TS 33.102 §6.3, §6.8.1.2; TS 55.205 §4)."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from simtool.crypto.aka import (
    check_autn,
    gsm_triplet,
    kc_from_ck_ik,
    make_auts,
    make_vector,
    open_auts,
    sres_from_res,
)
from simtool.crypto.milenage import Milenage
from simtool.errors import AuthenticationError, DecodeError, EncodeError

VECTORS = yaml.safe_load((Path(__file__).parents[1] / "vectors" / "milenage.yaml").read_text())
BLOCKS = st.binary(min_size=16, max_size=16)
SQNS = st.integers(0, (1 << 48) - 1)
ALG = Milenage(bytes(range(16)), bytes(range(16, 32)))
RAND = bytes(range(32, 48))
AMF = bytes.fromhex("8000")


def milenage(row: dict[str, Any]) -> Milenage:
    return Milenage(bytes.fromhex(row["k"]), bytes.fromhex(row["opc"]))


@pytest.mark.parametrize("row", VECTORS["sets"], ids=lambda row: row["clause"])
def test_derived_figures(row: dict[str, Any]) -> None:
    alg, rand, sqn = milenage(row), bytes.fromhex(row["rand"]), int(row["sqn"], 16)
    vector = make_vector(alg, rand, sqn, bytes.fromhex(row["amf"]))
    assert vector.autn.hex() == row["autn"]
    assert make_auts(alg, rand, sqn).hex() == row["auts"]
    assert vector.triplet(1).sres.hex() == row["sres_1"]
    assert vector.triplet(2).sres.hex() == row["sres_2"]
    assert vector.triplet().kc.hex() == row["kc"]
    assert gsm_triplet(alg, rand, 2) == vector.triplet(2)


@pytest.mark.parametrize("row", VECTORS["autn"], ids=lambda row: row["clause"] + " " + row["sqn"])
def test_vectors_of_others(row: dict[str, Any]) -> None:
    alg, rand = milenage(row), bytes.fromhex(row["rand"])
    vector = make_vector(alg, rand, int(row["sqn"], 16), bytes.fromhex(row["amf"]))
    assert vector.autn.hex() == row["autn"]
    quintet = vector.quintet()
    assert (quintet.xres.hex(), quintet.ck.hex(), quintet.ik.hex()) == (row["res"], row["ck"], row["ik"])
    assert vector.triplet().kc.hex() == row["kc"]
    if "sres" in row:
        assert vector.triplet().sres.hex() == row["sres"]
    check = check_autn(alg, rand, bytes.fromhex(row["autn"]))
    assert check.mac_ok and check.sqn == int(row["sqn"], 16) and check.amf.hex() == row["amf"]


@pytest.mark.parametrize("row", VECTORS["resync"], ids=lambda row: row["clause"])
def test_resync_of_others(row: dict[str, Any]) -> None:
    alg, rand, auts = milenage(row), bytes.fromhex(row["rand"]), bytes.fromhex(row["auts"])
    assert open_auts(alg, rand, auts) == row["sqn_ms"]
    assert make_auts(alg, rand, row["sqn_ms"]) == auts
    assert alg.f5_star(rand).hex() == row["ak_star"]
    assert alg.f1_star(rand, row["sqn_ms"], b"\x00\x00").hex() == row["mac_s"]


@given(BLOCKS, SQNS, st.binary(min_size=2, max_size=2), st.integers(0, 127))
def test_autn_round_trip_and_every_wrong_bit(rand: bytes, sqn: int, amf: bytes, bit: int) -> None:
    autn = make_vector(ALG, rand, sqn, amf).autn
    check = check_autn(ALG, rand, autn)
    assert (check.sqn, check.amf, check.mac_ok) == (sqn, amf, True)
    damaged = (int.from_bytes(autn) ^ 1 << bit).to_bytes(16)
    assert not check_autn(ALG, rand, damaged).mac_ok


@given(BLOCKS, SQNS, st.integers(0, 111))
def test_auts_round_trip_and_every_wrong_bit(rand: bytes, sqn: int, bit: int) -> None:
    auts = make_auts(ALG, rand, sqn)
    assert open_auts(ALG, rand, auts) == sqn
    with pytest.raises(AuthenticationError) as caught:
        open_auts(ALG, rand, (int.from_bytes(auts) ^ 1 << bit).to_bytes(14))
    assert caught.value.hint


@pytest.mark.parametrize("length", [0, 8, 15, 17, 24])
def test_autn_of_another_length(length: int) -> None:
    with pytest.raises(DecodeError):
        check_autn(ALG, RAND, bytes(length))


@pytest.mark.parametrize("length", [0, 6, 13, 15])
def test_auts_of_another_length(length: int) -> None:
    with pytest.raises(DecodeError):
        open_auts(ALG, RAND, bytes(length))


@pytest.mark.parametrize(
    ("res", "function", "sres"),
    [
        ("01020304", 1, "01020304"),  # padded with zeros, TS 55.205 §4
        ("0102030405", 1, "04020304"),
        ("0102030410203040", 1, "11223344"),
        ("01020304102030400a0b0c0da0b0c0d0", 1, "bb99ff99"),
        ("01020304102030400a0b0c0da0b0c0d0", 2, "01020304"),
    ],
)
def test_sres_functions(res: str, function: int, sres: str) -> None:
    assert sres_from_res(bytes.fromhex(res), function).hex() == sres


def test_conversions_refuse_other_lengths() -> None:
    for call in (
        lambda: sres_from_res(b"abc"),
        lambda: sres_from_res(bytes(17)),
        lambda: sres_from_res(bytes(8), 3),
        lambda: kc_from_ck_ik(bytes(16), bytes(32)),
        lambda: kc_from_ck_ik(bytes(32), bytes(16)),
        lambda: make_vector(ALG, RAND, 1 << 48, AMF),
        lambda: make_vector(ALG, RAND, 0, b""),
        lambda: make_auts(ALG, RAND, -1),
    ):
        with pytest.raises(EncodeError):
            call()


def test_vectors_show_neither_keys_nor_answers() -> None:
    vector = make_vector(ALG, RAND, 32, AMF)
    for value in (vector, vector.quintet(), vector.triplet()):
        shown = repr(value)
        for hidden in (vector.xres, vector.ck, vector.ik, vector.triplet().sres, vector.triplet().kc):
            assert repr(hidden) not in shown and hidden.hex() not in shown
        assert repr(RAND) in shown
