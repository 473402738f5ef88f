"""Class files: what is none is refused, with the file's name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.applet.classfile import ClassConstant, ClassFlag, MemberRef, OtherConstant, read_class
from simtool.errors import DecodeError

TEXTS = (
    "p/A",
    "java/lang/Object",
    "X",
    "B",
    "ConstantValue",
    "f",
    "()V",
    "Code",
    "SourceFile",
    "A.java",
    "LineNumberTable",
)


def pool() -> bytes:
    """Entries 1 to 11 are the texts, 12 and 13 classes, 14 a number, 15 a long, 17 name and type, 18 a method."""
    found = b"".join(b"\x01" + len(one).to_bytes(2) + one.encode() for one in TEXTS)
    found += bytes.fromhex("070001 070002 03fffffffb 050000000000000001 0c00060007 0a000c0011")
    return (19).to_bytes(2) + found


def attribute(name: int, body: str) -> str:
    raw = bytes.fromhex(body)
    return f"{name:04x}{len(raw):08x}{raw.hex()}"


LINES = attribute(11, "0002 0000 0007 0001 0009")
CODE = attribute(8, "0001 0002 00000002 03b1 0001 0000000100010000 0001" + LINES)
GOOD = (
    bytes.fromhex("cafebabe00000034")
    + pool()
    + bytes.fromhex("0021 000c 000d 0000 0001 001900030004 0001" + attribute(5, "000e"))
    + bytes.fromhex("0001 000900060007 0001" + CODE + "0001" + attribute(9, "000a"))
)


def test_what_a_class_has() -> None:
    one = read_class(GOOD)
    assert (one.name, one.parent, one.package, one.source, one.version) == ("p/A", TEXTS[1], "p", "A.java", (52, 0))
    assert one.flags == ClassFlag.PUBLIC | ClassFlag.SYNCHRONIZED
    assert [(each.name, each.descriptor, each.constant) for each in one.fields] == [("X", "B", -5)]
    method = one.methods[0]
    assert (method.name, method.descriptor, method.first_line) == ("f", "()V", 7)
    assert method.code is not None and method.code.code == b"\x03\xb1"
    assert [method.code.line_of(at) for at in (0, 1, 5)] == [7, 9, 9]
    assert method.code.handlers[0].catches is None
    assert one.pool[13] == ClassConstant("java/lang/Object") and one.pool[15] == OtherConstant("long")
    assert one.pool[18] == MemberRef("p/A", "f", "()V")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"PK\x03\x04", "does not begin with CAFEBABE"),
        (GOOD[:7] + b"\x10" + GOOD[8:], "version 16.0 is not known"),
        (GOOD + b"\x00", "1 bytes are left over"),
        (GOOD[:10] + b"\x63" + GOOD[11:], "99 at offset 10 is no kind of constant"),
        (GOOD.replace(bytes.fromhex("0021000c"), bytes.fromhex("0021000e")), "constant 14 is not of kind 7"),
        (b"", "needs 4 bytes"),
    ],
)
def test_what_is_no_class_file(data: bytes, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason) as caught:
        read_class(data, "A.class")
    assert "A.class" in str(caught.value)


@given(st.integers(0, len(GOOD) - 1))
def test_cut_short(length: int) -> None:
    with pytest.raises(DecodeError):
        read_class(GOOD[:length])


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_changed_bytes_never_do_worse(at: int, value: int) -> None:
    try:
        read_class(GOOD[:at] + bytes((value,)) + GOOD[at + 1 :])
    except DecodeError:
        pass
