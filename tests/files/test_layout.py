"""Layouts: the arrangement of values in a product's own files, both directions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.errors import DecodeError, EncodeError
from simtool.files import product
from simtool.files.layout import parse_layout

TUAK = "160a04101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f000102030405060708090a0b0c0d0e0f"


def auth_key():
    return product.load("sysmoISIM-SJA5").layouts["auth_key"]


def test_milenage_with_opc():
    values = auth_key().decode(bytes.fromhex("14" + "11" * 16 + "22" * 16).ljust(67, b"\xff"))
    assert (values["algorithm"], values["op_is_opc"], values["sres_function"]) == ("milenage", 1, 0)
    assert (values["k"], values["op"]) == (b"\x11" * 16, b"\x22" * 16)
    assert "top" not in values and "keccak_iterations" not in values


def test_tuak_with_128_bit_key():
    """The example of the vendor's own tool: RES 128 bits, MAC 128 bits, four Keccak iterations, TOPc."""
    values = auth_key().decode(bytes.fromhex(TUAK).ljust(67, b"\xff"))
    assert values["algorithm"] == "tuak" and values["op_is_opc"] == 1 and values["tuak_key_256"] == 0
    assert (values["tuak_res_size"], values["tuak_mac_size"], values["tuak_ck_ik_256"]) == (2, 1, 0)
    assert values["keccak_iterations"] == 4
    assert values["top"] == bytes(range(0x10, 0x30)) and values["k"] == bytes(range(16))
    assert "op" not in values


def test_change_of_algorithm_moves_the_key():
    layout = auth_key()
    base = bytes.fromhex("14" + "11" * 16 + "22" * 16).ljust(67, b"\xff")
    values = {"algorithm": "tuak", "tuak_key_256": 1, "k": b"\x33" * 32, "top": b"\x44" * 32, "keccak_iterations": 1}
    content = layout.encode(values, base)
    assert content[35:67] == b"\x33" * 32
    assert layout.decode(content) | values == layout.decode(content)


def test_a_short_file_has_no_room_for_tuak():
    with pytest.raises(EncodeError, match="top"):
        auth_key().encode({"algorithm": "tuak", "top": bytes(32)}, bytes(33))


@given(st.binary(min_size=33, max_size=33), st.binary(min_size=16, max_size=16))
def test_only_the_named_field_changes(base, k):
    layout = auth_key()
    base = bytes((base[0] & 0xF0 | 4,)) + base[1:]
    content = layout.encode({"k": k}, base)
    assert content == base[:1] + k + base[17:]
    assert layout.mask(frozenset({"k"}), layout.decode(base), 33) == b"\x00" + b"\xff" * 16 + bytes(16)


def test_sqn_file():
    model = product.load("sysmoISIM-SJA5")
    values = model.layouts["sqn"].decode(model.file("MF/ADF.USIM/EF.USIM_SQN").content)
    assert (values["ind_bits"], values["check_sqn"], values["check_delta"], values["check_age"]) == (5, 1, 1, 0)
    assert values["delta"] == (1 << 28 << 5).to_bytes(6)
    assert values["sqn"] == (bytes(6),) * 32


@pytest.mark.parametrize(
    "row",
    [{"name": "a"}, {"name": "a", "at": 0}, {"name": "a", "at": 0, "len": 1, "bits": [0, 1]}, {"at": 0, "len": 1}],
)
def test_wrong_rows_are_refused(row):
    with pytest.raises(DecodeError, match="layout x"):
        parse_layout("x", [row])


@pytest.mark.parametrize("value", [16, "nothing", b"1", -1])
def test_values_out_of_range_are_refused(value):
    layout = parse_layout("x", [{"name": "a", "at": 0, "bits": [0, 4], "values": {1: "one"}}])
    with pytest.raises(EncodeError, match="known: one"):
        layout.encode({"a": value}, b"\x00")
