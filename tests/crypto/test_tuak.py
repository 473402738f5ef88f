"""TUAK against TS 35.233, its permutation against TS 35.232 and against the SHA-3 of the standard library."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from simtool.crypto import tuak
from simtool.crypto.aka import check_autn, make_auts, make_vector, open_auts
from simtool.crypto.keccak import keccak_f1600
from simtool.crypto.tuak import KEY_BITS, MAC_BITS, RES_BITS, Tuak, derive_topc
from simtool.errors import EncodeError

VECTORS = yaml.safe_load((Path(__file__).parents[1] / "vectors" / "tuak.yaml").read_text())
K, TOPC, RAND = bytes(range(16)), bytes(range(32)), bytes(range(100, 116))


@pytest.mark.parametrize("row", VECTORS["sets"], ids=lambda row: row["clause"])
def test_published_figures(row: dict[str, Any]) -> None:
    k, rand, amf, sqn = (bytes.fromhex(row[name]) for name in ("k", "rand", "amf", "sqn"))
    sizes = {name: row[name] for name in ("keccak_iterations", "mac_bits", "res_bits", "ck_bits", "ik_bits")}
    topc = derive_topc(k, bytes.fromhex(row["top"]), keccak_iterations=row["keccak_iterations"])
    assert topc.hex() == row["topc"]
    for alg in (Tuak(k, topc, **sizes), Tuak.from_top(k, bytes.fromhex(row["top"]), **sizes)):
        assert alg.f1(rand, int.from_bytes(sqn), amf).hex() == row["f1"]
        assert alg.f1_star(rand, int.from_bytes(sqn), amf).hex() == row["f1_star"]
        for name, function in (("f2", alg.f2), ("f3", alg.f3), ("f4", alg.f4), ("f5", alg.f5)):
            assert function(rand).hex() == row[name], name
        assert alg.f5_star(rand).hex() == row["f5_star"]


@pytest.mark.parametrize("row", VECTORS["keccak_f1600"], ids=lambda row: row["clause"])
def test_permutation(row: dict[str, Any]) -> None:
    assert keccak_f1600(bytes.fromhex(row["input"])).hex() == row["output"]


@settings(max_examples=30)
@given(st.binary(max_size=135))
def test_permutation_makes_sha3(message: bytes) -> None:
    """SHA3-256 of less than one block is one permutation (FIPS 202 §6.1)."""
    block = bytearray((message + b"\x06").ljust(136, b"\x00"))
    block[135] |= 0x80
    assert keccak_f1600(bytes(block).ljust(200, b"\x00"))[:32] == hashlib.sha3_256(message).digest()


@settings(max_examples=30)
@given(st.binary(min_size=96, max_size=96))
def test_the_quick_way_is_the_permutation(fields: bytes) -> None:
    assert tuak._permute_often(fields, 1)[:102] == hashlib.shake_256(fields).digest(102)


@pytest.mark.parametrize("key_bytes", [16, 32])
@pytest.mark.parametrize("mac", MAC_BITS)
@pytest.mark.parametrize("res", RES_BITS)
@pytest.mark.parametrize("ck", KEY_BITS)
@pytest.mark.parametrize("ik", KEY_BITS)
def test_every_size(key_bytes: int, mac: int, res: int, ck: int, ik: int) -> None:
    """Every combination of TS 35.231 §5 has its lengths, and AUTN and AUTS go there and back."""
    alg = Tuak(bytes(key_bytes), TOPC, mac_bits=mac, res_bits=res, ck_bits=ck, ik_bits=ik)
    vector = make_vector(alg, RAND, 7 << 5, b"\x80\x00")
    assert [8 * len(part) for part in (vector.xres, vector.ck, vector.ik)] == [res, ck, ik]
    assert len(vector.autn) == 8 + mac // 8
    check = check_autn(alg, RAND, vector.autn)
    assert check.mac_ok and check.sqn == 7 << 5
    auts = make_auts(alg, RAND, 9 << 5)
    assert len(auts) == 6 + mac // 8
    assert open_auts(alg, RAND, auts) == 9 << 5


def test_sizes_change_every_answer() -> None:
    """INSTANCE is part of the input, so that no short answer is the beginning of a long one (TS 35.231 §6.3)."""
    short, long = Tuak(K, TOPC, res_bits=64), Tuak(K, TOPC, res_bits=128)
    assert not long.f2(RAND).endswith(short.f2(RAND)) and not long.f2(RAND).startswith(short.f2(RAND))
    assert short.f5(RAND) != long.f5(RAND)
    assert short.f5_star(RAND) == long.f5_star(RAND)


def test_refuses() -> None:
    alg = Tuak(K, TOPC)
    for call in (
        lambda: Tuak(K[1:], TOPC),
        lambda: Tuak(K, TOPC[1:]),
        lambda: Tuak(K, TOPC, keccak_iterations=0),
        lambda: Tuak(K, TOPC, mac_bits=32),
        lambda: Tuak(K, TOPC, res_bits=96),
        lambda: Tuak(K, TOPC, ck_bits=64),
        lambda: Tuak(K, TOPC, ik_bits=512),
        lambda: derive_topc(K, b""),
        lambda: derive_topc(b"", TOPC),
        lambda: derive_topc(K, TOPC, keccak_iterations=0),
        lambda: alg.f2(b""),
        lambda: alg.f1(RAND, 1 << 48, b"\x00\x00"),
        lambda: alg.f1(RAND, 0, b""),
        lambda: keccak_f1600(b""),
    ):
        with pytest.raises(EncodeError):
            call()


def test_shows_no_key() -> None:
    shown = repr(Tuak(K, TOPC))
    assert K.hex() not in shown and TOPC.hex() not in shown and "kcv=" in shown
