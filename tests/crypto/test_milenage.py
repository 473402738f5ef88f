"""Milenage against TS 35.207 and TS 35.208, and against its own description for other r and c."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from simtool.crypto.milenage import DEFAULT_C, DEFAULT_R, Milenage, derive_opc
from simtool.errors import EncodeError

VECTORS = yaml.safe_load((Path(__file__).parents[1] / "vectors" / "milenage.yaml").read_text())
BLOCKS = st.binary(min_size=16, max_size=16)
K, OPC = bytes(range(16)), bytes(range(16, 32))


@pytest.mark.parametrize("row", VECTORS["sets"], ids=lambda row: row["clause"])
def test_published_figures(row: dict[str, Any]) -> None:
    k, rand, amf = (bytes.fromhex(row[name]) for name in ("k", "rand", "amf"))
    sqn = int(row["sqn"], 16)
    assert derive_opc(k, bytes.fromhex(row["op"])).hex() == row["opc"]
    for alg in (Milenage(k, bytes.fromhex(row["opc"])), Milenage.from_op(k, bytes.fromhex(row["op"]))):
        assert alg.f1(rand, sqn, amf).hex() == row["f1"]
        assert alg.f1_star(rand, sqn, amf).hex() == row["f1_star"]
        for name, function in (("f2", alg.f2), ("f3", alg.f3), ("f4", alg.f4), ("f5", alg.f5)):
            assert function(rand).hex() == row[name], name
        assert alg.f5_star(rand).hex() == row["f5_star"]


@given(BLOCKS, BLOCKS, BLOCKS, st.lists(st.integers(0, 127), min_size=5, max_size=5))
def test_constants_act_by_position(k: bytes, opc: bytes, rand: bytes, r: list[int]) -> None:
    """With the pair (r, c) of one function given to another, both give the same block (TS 35.206 §4.1)."""
    alg = Milenage(k, opc, tuple(r))
    c1, c2, c3, c4, c5 = DEFAULT_C
    swapped = Milenage(k, opc, (r[0], r[1], r[3], r[2], r[4]), (c1, c2, c4, c3, c5))
    assert (alg.f3(rand), alg.f4(rand)) == (swapped.f4(rand), swapped.f3(rand))


def rotate_by_bits(block: bytes, bits: int) -> bytes:
    """The rotation of TS 35.206 §3.3 done on a string of binary digits."""
    digits = "".join(f"{byte:08b}" for byte in block)
    digits = digits[bits:] + digits[:bits]
    return bytes(int(digits[at : at + 8], 2) for at in range(0, 128, 8))


@pytest.mark.parametrize("bits", [0, 1, 7, 8, 13, 63, 64, 65, 96, 120, 127])
def test_every_rotation(bits: int) -> None:
    """OUT3 = E(rot(TEMP xor OPc, r3) xor c3) xor OPc, reckoned by hand (TS 35.206 §4.1)."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    def aes(block: bytes) -> bytes:
        return Cipher(algorithms.AES(K), modes.ECB()).encryptor().update(block)  # noqa: S305

    def xor(a: bytes, b: bytes) -> bytes:
        return bytes(x ^ y for x, y in zip(a, b, strict=True))

    rand, c3 = bytes(range(32, 48)), bytes(range(100, 116))
    expected = xor(aes(xor(rotate_by_bits(xor(aes(xor(rand, OPC)), OPC), bits), c3)), OPC)
    alg = Milenage(K, OPC, (64, 0, bits, 64, 96), (*DEFAULT_C[:2], c3, *DEFAULT_C[3:]))
    assert alg.f3(rand) == expected


@pytest.mark.parametrize(
    ("r", "c"),
    [
        ((64, 0, 32, 64), DEFAULT_C),
        ((64, 0, 32, 64, 128), DEFAULT_C),
        ((64, 0, 32, 64, -1), DEFAULT_C),
        (DEFAULT_R, DEFAULT_C[:4]),
        (DEFAULT_R, (*DEFAULT_C[:4], b"\x08")),
    ],
)
def test_refuses_other_constants(r: tuple[int, ...], c: tuple[bytes, ...]) -> None:
    with pytest.raises(EncodeError):
        Milenage(K, OPC, r, c)


def test_refuses_other_lengths() -> None:
    alg = Milenage(K, OPC)
    for call in (
        lambda: Milenage(K[:15], OPC),
        lambda: Milenage(K, OPC + b"\x00"),
        lambda: derive_opc(K, b""),
        lambda: alg.f2(b"\x00" * 15),
        lambda: alg.f1(K, 1 << 48, b"\x00\x00"),
        lambda: alg.f1(K, -1, b"\x00\x00"),
        lambda: alg.f1(K, 0, b"\x00"),
    ):
        with pytest.raises(EncodeError):
            call()


def test_shows_no_key() -> None:
    shown = repr(Milenage(K, OPC))
    assert "kcv=" in shown
    assert K.hex() not in shown and OPC.hex() not in shown and repr(K) not in shown
