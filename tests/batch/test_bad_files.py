"""Whatever a file holds, a reader gives cards or an `InputError` that repeats no key."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtool.batch.formats.card import listed
from simtool.batch.formats.convert import read_cards
from simtool.batch.formats.header import BatchHeader
from simtool.batch.formats.model import Format, Reading
from simtool.batch.formats.registry import formats
from simtool.codec.identifiers import Plmn
from simtool.errors import InputError
from tests.batch.cards import record, records

ALL = sorted(formats())
LONG_NUMBER = "9" * 5000
PIECES = st.sampled_from(
    ["", "\n", "\r", ",", '"', "/", ":", "{", "[" * 3000, "x", "\0", "é", "²", "-1", LONG_NUMBER]
    + ["2026-99-99", "var_out:\n", "Quantity: ٣\n"]
)


def valid(form: Format) -> str:
    out = io.StringIO()
    form.write(listed(records(3)), out, BatchHeader("B", quantity=3, plmn=Plmn("001", "01")), None)
    return out.getvalue()


def read(form: Format, content: str, path: Path) -> None:
    path.write_text(content, encoding="utf-8", newline="")
    try:
        list(read_cards(form, path, Reading(str(path))))
    except InputError as error:
        told = str(error).lower()
        for number in (1, 2, 3):
            item = record(number).subscription
            assert item.opc is not None
            assert item.k.reveal().hex() not in told and item.opc.reveal().hex() not in told


@pytest.mark.parametrize("name", ALL)
def test_broken_files(name: str, tmp_path: Path) -> None:
    form, path = formats()[name], tmp_path / "file"
    content = valid(form)

    @settings(max_examples=60, deadline=None)
    @given(st.integers(0, len(content)), st.integers(0, 40), PIECES | st.text(max_size=20).filter(str.isprintable))
    def run(at: int, cut: int, piece: str) -> None:
        read(form, content[:at] + piece + content[at + cut :], path)

    run()


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("content", ["", "\n", "\ufeff", "x", "a,b\n1,2\n", "{}\n", "[]\n", "{\n", "*" * 100])
def test_files_of_something_else(name: str, content: str, tmp_path: Path) -> None:
    read(formats()[name], content, tmp_path / "file")


NUMBERS = [
    # format, what stands in the file, what it is replaced by, what is said
    ("open5gs", '"$numberLong":"96"', f'"$numberLong":"{LONG_NUMBER}"', "sqn: is no number of 48 bits"),
    ("srsran", "000000000060", "f" * 13, "sqn: is no number of 48 bits"),
    ("free5gc", '"sequenceNumber":"000000000060"', '"sequenceNumber":"zz"', "sqn: is no number of 48 bits"),
    ("list", ",64,", f",{LONG_NUMBER},", "SQN: a number below 2^48 is needed"),
    ("vendor-out", "Quantity:        1", f"Quantity:        {LONG_NUMBER}", "Quantity: the quantity is no number"),
]


@pytest.mark.parametrize(("name", "old", "new", "message"), NUMBERS)
def test_numbers_out_of_range(name: str, old: str, new: str, message: str, tmp_path: Path) -> None:
    form, out = formats()[name], io.StringIO()
    header = replace(BatchHeader("B", quantity=1), plmn=Plmn("001", "01"))
    form.write(listed([record(1, sqn=64)]), out, header, None)
    assert old in out.getvalue()
    path = tmp_path / "file"
    path.write_text(out.getvalue().replace(old, new))
    with pytest.raises(InputError) as caught:
        list(read_cards(form, path))
    assert message in str(caught.value)
