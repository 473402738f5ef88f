"""Keys and codes, random and derived: derivation against published vectors and another library, the rest by count."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.kdf.kbkdf import KBKDFCMAC, CounterLocation, Mode
from hypothesis import given
from hypothesis import strategies as st

from simtool.crypto.column import Column
from simtool.crypto.kdf import counter_mode, derive_key
from simtool.crypto.key_source import DerivedSource, RandomSource, fair_digits, weakness
from simtool.errors import EncodeError

ICCIDS = Column.of(f"89494400000011553{number:02d}".encode() for number in range(50))

COUNTER_VECTORS = [
    # NIST CAVP KBKDF, counter mode: CMAC_AES128, RLEN 8 bits, before the fixed data; KI, fixed data, KO
    (
        "dff1e50ac0b69dc40f1051d46c2b069c",
        "c16e6e02c5a3dcc8d78b9ac1306877761310455b4e41469951d9e6c2245a064b33fd8c3b01203a7824485bf0a64060c4648b707d2607"
        "935699316ea5",
        "8be8f0869b3c0ba97b71863d1b9f7813",
    ),
]


def cmac_under(key: bytes) -> Callable[[bytes], bytes]:
    def cmac(data: bytes) -> bytes:
        made = CMAC(AES(key))
        made.update(data)
        return made.finalize()

    return cmac


@pytest.mark.parametrize(("key", "fixed", "output"), COUNTER_VECTORS)
def test_counter_mode(key: str, fixed: str, output: str) -> None:
    wanted = bytes.fromhex(output)
    assert counter_mode(cmac_under(bytes.fromhex(key)), bytes.fromhex(fixed), len(wanted), counter_length=1) == wanted


@given(
    st.binary(min_size=16, max_size=16), st.binary(min_size=1, max_size=20), st.binary(max_size=20), st.integers(1, 99)
)
def test_derivation_equals_another_library(key: bytes, label: bytes, context: bytes, length: int) -> None:
    other = KBKDFCMAC(
        AES, Mode.CounterMode, length, 4, 4, CounterLocation.BeforeFixed, label=label, context=context, fixed=None
    )
    assert derive_key(cmac_under(key), label, context, length) == other.derive(key)


WEAK = [
    "00" * 16, "ff" * 16, "00112233445566778899aabbccddeeff", "000102030405060708090a0b0c0d0e0f",
    "0f0e0d0c0b0a09080706050403020100", "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210",
    "deadbeefdeadbeefdeadbeefdeadbeef", "00" * 15 + "01", "0123456789abcdefdeadbeefdeadbeef"[:16] * 2,
    b"correct horse ba".hex(), "00" * 24, "102030405060708090a0b0c0d0e0f000",
]  # fmt: skip


@pytest.mark.parametrize("key", WEAK)
def test_weak_keys_are_known(key: str) -> None:
    assert weakness(bytes.fromhex(key))


def test_no_strong_key_is_called_weak() -> None:
    assert not [key for key in Column(16, os.urandom(16 * 20000)) if weakness(key)]


def test_weak_keys_are_drawn_again_and_counted() -> None:
    poor = [bytes(16 * 50), bytes(16)]
    drawn = RandomSource(lambda count: poor.pop(0) if poor else os.urandom(count)).keys("Ki 1", ICCIDS, 16)
    assert drawn.refused == 51
    assert len(set(drawn.keys)) == 50
    with pytest.raises(EncodeError, match="weak keys only"):
        RandomSource(bytes).keys("Ki 1", ICCIDS, 16)


def test_digits_have_no_favourites() -> None:
    assert fair_digits(bytes(range(256))) == b"0123456789" * 25
    digits = RandomSource().digits("PIN1", ICCIDS, 4)
    assert (digits.width, len(digits)) == (4, 50)
    assert all(text.isdecimal() for text in digits.texts())


def test_digits_go_on_when_bytes_are_passed_over() -> None:
    blocks = [b"\xff" * 500, b"\x00" * 500]
    assert (
        RandomSource(lambda count: (blocks.pop(0) + bytes(count))[:count]).digits("PIN1", ICCIDS, 4).data == b"0" * 200
    )


def test_derived_values_come_again_and_differ_by_card_and_purpose() -> None:
    source, again = DerivedSource(cmac_under(b"k" * 16)), DerivedSource(cmac_under(b"k" * 16))
    assert source.keys("Ki 1", ICCIDS, 16) == again.keys("Ki 1", ICCIDS, 16)
    assert source.digits("PUK1", ICCIDS, 8) == again.digits("PUK1", ICCIDS, 8)
    other = DerivedSource(cmac_under(b"K" * 16))
    found = [*source.keys("Ki 1", ICCIDS, 16).keys, *source.keys("Ki 2", ICCIDS, 16).keys]
    found += [*other.keys("Ki 1", ICCIDS, 16).keys]
    assert len(set(found)) == 150


def test_a_weak_derived_key_is_an_error_naming_the_card() -> None:
    with pytest.raises(EncodeError, match="8949440000001155300"):
        DerivedSource(lambda _: bytes(16)).keys("Ki 1", ICCIDS, 16)


def test_a_column_shows_no_content() -> None:
    column = Column(4, b"1234" * 3)
    assert "1234" not in repr(column)
    assert column.values() == [b"1234"] * 3
    assert column.hex().texts() == ["31323334"] * 3
    for width, data in ((3, b"1234"), (0, b"")):
        with pytest.raises(EncodeError):
            Column(width, data)
    with pytest.raises(IndexError):
        column[3]
