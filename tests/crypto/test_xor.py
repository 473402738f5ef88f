"""The test algorithm (TS 34.108 §8.1.2) against figures of others."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from simtool.crypto.aka import make_auts, make_vector, open_auts
from simtool.crypto.xor import Xor3g, xor_2g
from simtool.errors import EncodeError

VECTORS = yaml.safe_load((Path(__file__).parents[1] / "vectors" / "xor.yaml").read_text())
K = bytes(range(16))


@pytest.mark.parametrize("row", VECTORS["xor_3g"], ids=lambda row: row["k"])
def test_3g(row: dict[str, Any]) -> None:
    alg, rand, sqn = Xor3g(bytes.fromhex(row["k"])), bytes.fromhex(row["rand"]), int(row["sqn"], 16)
    amf = bytes.fromhex(row["amf"])
    vector = make_vector(alg, rand, sqn, amf)
    assert alg.f1(rand, sqn, amf).hex() == row["mac_a"]
    assert alg.f5(rand).hex() == alg.f5_star(rand).hex() == row["ak"]
    assert (vector.xres.hex(), vector.ck.hex(), vector.ik.hex()) == (row["res"], row["ck"], row["ik"])
    assert vector.autn.hex() == row["autn"]
    assert open_auts(alg, rand, make_auts(alg, rand, sqn)) == sqn
    if "kc" in row:
        triplet = vector.triplet()
        assert (triplet.sres.hex(), triplet.kc.hex()) == (row["sres"], row["kc"])


@pytest.mark.parametrize("row", VECTORS["xor_2g"], ids=lambda row: row["rand"])
def test_2g(row: dict[str, Any]) -> None:
    sres, kc = xor_2g(bytes.fromhex(row["ki"]), bytes.fromhex(row["rand"]))
    assert (sres.hex(), kc.hex()) == (row["sres"], row["kc"])


@pytest.mark.parametrize("bits", [32, 40, 64, 128])
def test_res_is_cut(bits: int) -> None:
    assert Xor3g(K, res_bits=bits).f2(bytes(16)) == K[: bits // 8]


def test_refuses() -> None:
    for call in (
        lambda: Xor3g(K[1:]),
        lambda: Xor3g(K, res_bits=24),
        lambda: Xor3g(K, res_bits=136),
        lambda: Xor3g(K, res_bits=33),
        lambda: Xor3g(K).f2(b""),
        lambda: Xor3g(K).f1(K, 1 << 48, b"\x00\x00"),
        lambda: Xor3g(K).f1(K, 0, b"\x00"),
        lambda: xor_2g(K, K[1:]),
        lambda: xor_2g(K[1:], K),
    ):
        with pytest.raises(EncodeError):
            call()


def test_shows_no_key() -> None:
    assert K.hex() not in repr(Xor3g(K)) and "kcv=" in repr(Xor3g(K))
