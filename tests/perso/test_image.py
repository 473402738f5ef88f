"""Card images: what is known, what is wanted, where they differ."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.errors import EncodeError
from simtool.files.path import FilePath
from simtool.perso.image import CardImage, Content, Unit

UST = FilePath("MF/ADF.USIM/EF.UST")


@st.composite
def contents(draw: st.DrawFn, size: int = 6) -> Content:
    return Content(draw(st.binary(min_size=size, max_size=size)), draw(st.binary(min_size=size, max_size=size)))


@given(contents(), contents())
def test_what_lies_over_another_no_longer_differs(wanted: Content, current: Content) -> None:
    assert wanted.differing(wanted.over(current)) == ()


@given(contents(), contents())
def test_lying_over_keeps_every_bit_that_is_not_wanted(wanted: Content, current: Content) -> None:
    merged = wanted.over(current)
    for w, m, base, result in zip(wanted.mask, merged.mask, current.data, merged.data, strict=True):
        assert (base ^ result) & ~w & 0xFF == 0
        assert m & w == w


@given(st.binary(min_size=4, max_size=4), st.binary(min_size=4, max_size=4))
def test_known_content_differs_where_its_bytes_do(a: bytes, b: bytes) -> None:
    assert Content.known(a).differing(Content.known(b)) == tuple(i for i in range(4) if a[i] != b[i])


def test_what_is_not_known_differs() -> None:
    assert Content.known(b"\x01\x02").differing(Content.unknown(2)) == (0, 1)
    assert Content(b"\x01\x02", b"\xff\x00").differing(Content.unknown(2)) == (0,)
    assert Content.known(b"\x01\x02").differing(Content.known(b"\x01")) == (1,)


def test_contents_and_masks_have_one_length() -> None:
    with pytest.raises(EncodeError):
        Content(b"\x00", b"")


def test_contents_never_show_their_bytes() -> None:
    assert "c0ffee" not in repr(Content.known(bytes.fromhex("c0ffee")))
    assert "\\xc0" not in repr(CardImage({Unit(UST): Content.known(bytes.fromhex("c0ffee"))}))


def test_a_digest_speaks_of_known_bits_only() -> None:
    one = CardImage({Unit(UST): Content(b"\x0f", b"\x0f")})
    other = CardImage({Unit(UST): Content(b"\xff", b"\x0f")})
    assert one.digest() == other.digest()
    assert one.digest() != CardImage({Unit(UST): Content(b"\x0f", b"\xff")}).digest()
    assert one.digest() != CardImage().digest()


def test_units_name_their_place() -> None:
    assert str(Unit(UST)) == "MF/ADF.USIM/EF.UST"
    assert str(Unit(UST, 3)) == "MF/ADF.USIM/EF.UST[3]"
