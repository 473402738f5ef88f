"""Whatever a card holds: a preview comes out, the same each time, and fit for a screen."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from simtool.codec.identifiers import Plmn
from simtool.files.catalogue import find
from simtool.files.path import FilePath
from simtool.perso.image import CardImage, Content, Unit
from simtool.perso.preview import Phone, Situation, Technology, preview
from simtool.perso.preview.fit import cut, shown, width
from tests.perso.preview.cards import GSM, TELECOM, USIM, at, usim

PATHS = [
    FilePath(f"{place}/{name}")
    for place in (USIM, GSM)
    for name in (
        "EF.IMSI", "EF.AD", "EF.UST", "EF.SST", "EF.SPN", "EF.PNN", "EF.OPL", "EF.SPDI", "EF.EHPLMN", "EF.EHPLMNPI",
        "EF.LRPLMNSI", "EF.FPLMN", "EF.ECC", "EF.MBDN", "EF.MBI", "EF.MSISDN", "EF.SDN", "DF.5GS/EF.OPL5G",
    )
] + [FilePath(f"{TELECOM}/EF.MSISDN"), FilePath(f"{TELECOM}/EF.SDN")]  # fmt: skip

ON = st.sampled_from([b"\xff" * 20, b"\x00" * 20])


@st.composite
def contents(draw: st.DrawFn, path: FilePath) -> Content:
    data = draw(st.binary(max_size=40) | ON)
    mask = draw(st.just(b"\xff" * len(data)) | st.binary(min_size=len(data), max_size=len(data)))
    return Content(data, mask)


@st.composite
def images(draw: st.DrawFn) -> CardImage:
    units: dict[Unit, Content] = {}
    for path in draw(st.lists(st.sampled_from(PATHS), unique=True)):
        standard = find(path)
        if standard is not None and standard.type.has_records:
            for record in draw(st.lists(st.integers(0, 255), max_size=3, unique=True)):
                units[Unit(path, record)] = draw(contents(path))
        else:
            units[Unit(path)] = draw(contents(path))
    return CardImage(units)


PLMNS = st.builds(Plmn, st.from_regex("[0-9]{3}", fullmatch=True), st.from_regex("[0-9]{2,3}", fullmatch=True))
SITUATIONS = st.builds(
    Situation,
    PLMNS | st.sampled_from([Plmn("001", "01"), Plmn("310", "26")]),
    st.sampled_from(Technology),
    st.none() | st.integers(0, 0xFFFF),
    st.sampled_from(Phone),
    st.integers(1, 30),
)


@given(images(), SITUATIONS)
def test_a_preview_always_comes_out_and_is_the_same(image: CardImage, situation: Situation) -> None:
    seen = preview(image, situation)
    assert seen == preview(CardImage(dict(reversed(image.units.items()))), situation)
    assert 1 <= len(seen.lines) <= 2
    for line in seen.lines:
        assert line.text
        if line.from_card:
            assert width(line.text) <= situation.columns
    seen.to_json()


@given(st.text(), st.integers(1, 30))
def test_any_text_fits_the_screen(text: str, columns: int) -> None:
    fitting = cut(shown(text), columns)
    assert width(fitting) <= columns
    assert not any(unicodedata.category(char) in ("Cc", "Cs", "Cn") for char in fitting)
    if width(shown(text)) <= columns:
        assert fitting == shown(text)


def test_a_name_of_nothing_but_controls_is_no_name() -> None:
    turned = b"\x00\x80" + "\u202e\u202e".encode("utf-16-be").ljust(15, b"\xff")
    assert preview(usim({"EF.SPN": turned}), at("001-01")).texts == ("001-01",)
