"""Vendor commands: patterns that both build and recognise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.errors import DecodeError, EncodeError
from simtool.files.commands import parse_command

STORE = parse_command(
    {"name": "store", "apdu": "00990000 05 {k:3} {op:2}", "needs": "ADM", "writes": {"k": "MF/EF.K", "op": "MF/EF.K"}}
)


@given(st.binary(min_size=3, max_size=3), st.binary(min_size=2, max_size=2))
def test_what_was_built_is_recognised(k, op):
    command = STORE.build({"k": k, "op": op})
    assert command == bytes.fromhex("0099000005") + k + op
    assert STORE.match(command) == {"k": k, "op": op}


@pytest.mark.parametrize("command", ["", "0099000005", "00990000050102030405 06", "a099000005 0102030405"])
def test_another_command_does_not_match(command):
    assert STORE.match(bytes.fromhex(command)) is None


@pytest.mark.parametrize("values", [{}, {"k": b"123"}, {"k": b"12", "op": b"12"}, {"k": b"123", "op": b"12", "x": b""}])
def test_wrong_values_are_refused_without_being_told(values):
    with pytest.raises(EncodeError) as caught:
        STORE.build(values)
    assert "123" not in str(caught.value)


@pytest.mark.parametrize(
    "row",
    [
        {"name": "x", "apdu": "00 zz"},
        {"name": "x", "apdu": "00 {k:1}"},
        {"name": "x", "apdu": "00", "writes": {"k": "MF/EF.K"}},
        {"name": "x", "apdu": "00", "effect": "none"},
    ],
)
def test_wrong_rows_are_refused(row):
    with pytest.raises(DecodeError):
        parse_command(row)
