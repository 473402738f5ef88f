"""TS 102 222: CREATE, DELETE, RESIZE, life cycle, and what of it survives."""

from __future__ import annotations

from pathlib import Path

import pytest

from simtool.codec.fcp import Fcp
from simtool.files.product import CardModel
from simtool.softcard.card import SoftCard
from tests.softcard.conftest import Reader

ADM1 = "0020000a083132333435363738"


def template(body: str) -> str:
    raw = bytes.fromhex(body)
    return f"00e00000{len(raw) + 2:02x}62{len(raw):02x}{raw.hex()}"


TRANSPARENT = "82024121 83026f50 8a0105 8b032f0602 80020010 880150"


def test_create_transparent(small: Reader) -> None:
    """TS 102 222 §6.3: the new file is current, filled with FF, and found by FID and SFI."""
    assert small.sw(template(TRANSPARENT)) == "6982"
    small.ok(ADM1, "00a4000c027f10", template(TRANSPARENT))
    assert small.ok("00b0000010") == "ff" * 16
    small.ok("00d6000002abcd", "00a4000c027f10", "00b08a0002")
    fcp = Fcp.decode(bytes.fromhex(small.ok("00a40004026f50")))
    assert (fcp.fid, fcp.size, fcp.sfi, fcp.life_cycle) == (0x6F50, 16, 10, 5)
    assert small.sw(template(TRANSPARENT)) == "6a89"
    small.ok("00a4000c023f00", template(TRANSPARENT.replace("880150", "8800")))  # another directory


@pytest.mark.parametrize(
    ("body", "content"),
    [
        ("82024121 83026f51 8a0105 8b032f0602 80020006 8800 a503c10100", "00" * 6),
        ("82024121 83026f51 8a0105 8b032f0602 80020006 8800 a504c1020102", "010202020202"),
        ("82024121 83026f51 8a0105 8b032f0602 80020006 8800 a504c2020102", "010201020102"),
        ("8204422100 03 83026f51 8a0105 8b032f0602 80020006 8800 a504c1020102", "010202" * 2),
        ("8205422100 03 02 83026f51 8a0105 8b032f0602 80020006 8800", "ff" * 6),
        ("8205462100 03 02 83026f51 8a0105 8b032f0602 80020006 8800", "00" * 6),
    ],
)
def test_created_content(small: Reader, body: str, content: str) -> None:
    """Filling and repeat pattern (§6.3.2.2.2)."""
    small.ok(ADM1, template(body))
    if "8202" in body:
        assert small.ok("00b0000006") == content
    else:
        assert small.ok("00b2010403") + small.ok("00b2020403") == content


@pytest.mark.parametrize(
    "body",
    [
        "",
        "83026f50 8a0105 8b032f0602 80020010",  # no descriptor
        "82024121 8a0105 8b032f0602 80020010",  # no FID
        "82024121 83023f00 8a0105 8b032f0602 80020010",  # reserved FID
        "82024121 83027fff 8a0105 8b032f0602 80020010",
        "82024121 83026f50 8a0105 8b032f0602",  # no size
        "82024121 83026f50 8a010c 8b032f0602 80020010",  # made terminated
        "8202412183026f508a01058b032f06028002001088015080020010",  # size twice
        "82044221000383026f508a01058b032f060280020010",  # 16 is no multiple of 3
        "8204422100ff83026f508a01058b032f06028003010000",  # more than 254 records
        "82024721 83026f50 8a0105 8b032f0602 80020010",  # unknown structure
        "82024121 83026f50 8a0105 8b032f0602 8c0103 80020010",  # two security attributes
        "82024121 83026f50 8a0105 8b032f0602 80020010 8801f8",  # SFI 31
        "82024121 83026f50 8a0105 8b032f0602 80020010 880110",  # SFI 2 is EF.ICCID's
        "82024121 83026f50 8a0105 8b032f0602 80020010 a502c105",  # damaged A5
    ],
)
def test_templates_that_describe_no_file(small: Reader, body: str) -> None:
    small.ok(ADM1)
    assert small.sw(template(body)) == "6a80"
    assert small.sw("00a4000c026f50") == "6a82"


def test_no_memory(small: Reader) -> None:
    small.ok(ADM1)
    assert small.sw(template("82024121 83026f50 8a0105 8b032f0602 80037fffff 8800")) == "6a84"
    small.ok(template("82024121 83026f50 8a0105 8b032f0602 80026000 8800"))
    assert small.sw(template("82024121 83026f52 8a0105 8b032f0602 80022000 8800")) == "6a84"
    assert "83021000" in small.ok("00a40004023f00")  # free memory is live (TS 102 221 §11.1.1.4.6.4)
    small.ok("00e40000026f50")
    assert "83027000" in small.ok("00a40004023f00")


def test_directories(small: Reader) -> None:
    """A DF is current after CREATE; DELETE takes all below with it (§6.3, §6.4)."""
    small.ok(ADM1, template("82027821 83025f70 8a0105 8b032f0605 81020100 c609900140830101830181"))
    small.ok(template(TRANSPARENT), "00a4080c045f706f50")
    assert small.sw("00e40000025f70") == "9000"  # the current directory itself
    assert small.sw("00a4080c045f706f50") == "6a82"
    assert "83023f00" in small.ok("80f2000000")
    small.ok(template("82027821 83027f71 840ba0000005591010ffff0001 8a0105 8b032f0605 81020100"))
    small.ok("00a4000c023f00", "00a4040c06a00000055910", "00a4000c027fff")
    assert small.sw(template("82027821 83027f72 840ba0000005591010ffff0001 8a0105 8b032f0605 81020100")) == "6a8a"


def test_delete(small: Reader) -> None:
    small.ok("00a4000c027f10")
    assert small.sw("00e40000026f3a") == "6982"
    small.ok(ADM1)
    assert small.sw("00e4000002aaaa") == "6a82"
    assert small.sw("00e40000013f") == "6700"
    assert small.sw("00e40100026f3a") == "6a86"
    small.ok("0070000001", "01a4080c047f106f3a")
    assert small.sw("00e40000026f3a") == "6985"  # in use on another channel
    small.ok("0070800100", "00e40000026f3a")
    assert small.sw("00a4000c026f3a") == "6a82"
    assert small.sw("00b20108 14".replace(" ", "")) == "6a82"
    assert small.sw("00e40000023f00") == "6a82"
    small.ok("00a4000c023f00")
    assert small.sw("00e40000023f00") == "6985"


def test_resize(small: Reader) -> None:
    """TS 102 222 §6.10."""
    small.ok("00a4000c022f14")
    resize = "80d400000a 6208 83022f14 80020005".replace(" ", "")
    assert small.sw(resize) == "6982"
    small.ok(ADM1, resize)
    assert small.ok("00b0000005") == "616263ffff"
    small.ok("80d400000a 6208 83022f14 80020002".replace(" ", ""))
    assert small.tpdu("00b0000000") == "6c02"
    assert "80020002" in small.ok("00a40004022f14")
    assert small.sw("80d400000a 6208 83022f14 80020000".replace(" ", "")) == "6a80"
    assert small.sw("80d400000b 6209 83022f14 80037fffff".replace(" ", "")) == "6a84"
    assert small.sw("80d4000006 6204 83022f14".replace(" ", "")) == "6a80"
    assert small.sw("80d400000a 6208 83027f10 80020002".replace(" ", "")) == "6981"


def test_resize_records_and_links(small: Reader) -> None:
    small.ok(ADM1, "00a4040c0ca0000000871002ff49ff0589")
    resize = "80d400000a 6208 83026f39 80020012".replace(" ", "")
    assert small.sw("80d400000a 6208 83026f39 80020010".replace(" ", "")) == "6a80"
    small.ok(resize, "002000010831323334ffffffff")
    assert small.ok("00b2060403") == "000000"
    assert "8205462100 0306".replace(" ", "") in small.ok("00a40004026f39")
    small.ok("80d400000a 6208 83026f07 8002000b".replace(" ", ""), "00a4080c047f206f07")
    assert small.ok("00b000000b").endswith("ffff")


def test_life_cycle_by_name(small: Reader) -> None:
    """ACTIVATE and DEACTIVATE by FID and by path (§6.7, §6.8)."""
    assert small.sw("00040000022f14") == "6982"
    small.ok(ADM1, "00040000022f14")
    assert small.sw("00b0940003") == "6984"
    assert small.sw("0044080002 2f14".replace(" ", "")) == "9000"
    small.ok("00b0940003")
    assert small.sw("00440800027f99") == "6a82"
    assert small.sw("00440500022f14") == "6a86"
    assert small.sw("0044080003 2f1400".replace(" ", "")) == "6700"
    assert small.sw("00040000023f00") == "6985"


def test_terminate_card_usage(small: Reader) -> None:
    """TS 102 222 §6.9.3: for good."""
    assert small.sw("00fe000000") == "6982"
    small.ok(ADM1, "00fe000000")
    assert small.sw("00a4000c023f00") == "6d00"
    small.card.power_off()
    assert small.card.power_on()
    assert small.sw("00a4000c023f00") == "6d00"


def test_everything_survives(small_model: CardModel, tmp_path: Path) -> None:
    """Files made, resized, deleted and deactivated are so after a restart."""
    state = tmp_path / "card.state"
    card = SoftCard.new(small_model, state=state)
    first = Reader(card)
    first.ok(ADM1, template("82027821 83025f70 8a0105 8b032f0605 81020100"), template(TRANSPARENT), "00d6000002beef")
    first.ok("00a4000c023f00", "80d400000a620883022f1480020005", "00040000022f14", "00e40000022f13")
    card.close()
    again = Reader(SoftCard.new(small_model, state=state))
    again.ok("00a4080c045f706f50")
    assert again.ok("00b0000002") == "beef"
    assert again.sw("00a4000c022f13") == "6a82"
    again.ok("00a4000c023f00")
    assert again.tpdu("00a4000c022f14") == "6283"
    again.ok(ADM1, "0044000000", "00b0000005")
    again.card.close()
