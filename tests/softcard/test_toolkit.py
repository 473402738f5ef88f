"""Toolkit commands (TS 102 221 §11.2, TS 102 223), SUSPEND UICC, TERMINAL CAPABILITY, GET CHALLENGE."""

from __future__ import annotations

from pathlib import Path

import pytest

from simtool.codec import comprehension, tlv
from simtool.files.product import CardModel
from simtool.softcard.card import SoftCard
from simtool.softcard.demo import MenuSource
from tests.softcard.conftest import Reader

PIN1 = "002000010831323334ffffffff"


def done(command: str) -> str:
    """TERMINAL RESPONSE "performed" for a proactive command (TS 102 223 §6.8)."""
    body, _ = tlv.split_first(bytes.fromhex(command))
    details = comprehension.first(comprehension.parse(body.value), 1) or b""
    data = f"8103{details.hex()}02028281830100"
    return f"80140000{len(data) // 2:02x}{data}"


def fetch(reader: Reader, sw: str) -> str:
    assert sw[-4:-2] == "91"
    answer = reader.tpdu(f"80120000{sw[-2:]}")
    assert answer.endswith("9000")
    return answer[:-4]


def test_without_an_application(small: Reader) -> None:
    small.script("""
        8010000003ffffff : 9000
        8010000000 : 6700
        8010010003ffffff : 6a86
        8012000000 : 6985
        80140000098103012100020282818301 : 6700
        801400000c810301210002028281830100 : 6985
        80c2000007d305820201819001 : 9000
        80c2000003d30500 : 6a80
        80c2000000 : 6700
        80aa000007a9058103ffffff : 9000
        80aa000002a900 : 9000
        80aa000002aa00 : 6a80
        80aa000001a9 : 6a80
        0084000008 : xxxxxxxxxxxxxxxx9000
        0084010008 : 6a86
    """)


def test_menu(small: Reader) -> None:
    """SET UP MENU, MENU SELECTION, DISPLAY TEXT, with POLL INTERVAL and PROVIDE LOCAL INFORMATION before."""
    source = MenuSource("Menu", ("One", "Two ☺"), poll_seconds=30, local_information=1)
    small.card.toolkit.source = source
    assert small.tpdu("80f2000c00") == "9000"  # nothing before the profile
    sw = small.tpdu("8010000003ffffff")
    assert small.tpdu("80f2000c00") == sw  # 91xx until it is fetched
    assert small.tpdu("8012000000") == "6c" + sw[2:]
    poll = fetch(small, sw)
    assert poll == "d00d8103010300820281828402011e"
    assert small.tpdu("80f2000c00") == "9000"  # one at a time
    assert small.tpdu("8012000000") == "6985"
    assert small.tpdu("801400000c810302030002028281830100") == "6a80"  # the answer to another command
    local = fetch(small, small.tpdu(done(poll)))
    assert local.startswith("d0098103022601")
    menu = fetch(small, small.tpdu(done(local)))
    assert b"Menu" in bytes.fromhex(menu) and b"\x01One" in bytes.fromhex(menu)
    assert small.tpdu(done(menu)) == "9000"
    text = fetch(small, small.tpdu("80c2000009d30782020181900101"))
    assert text.startswith("d0") and b"\x04One" in bytes.fromhex(text)
    small.tpdu(done(text))
    other = fetch(small, small.tpdu("80c2000009d30782020181900102"))
    assert "☺".encode("utf-16-be") in bytes.fromhex(other)
    small.tpdu(done(other))
    assert small.tpdu("80c2000009d30782020181900103") == "9000"
    small.card.toolkit.push(source.refresh(1, [bytes.fromhex("3f007ff06f07")]))
    refresh = fetch(small, small.tpdu("80f2000c00"))
    assert refresh.endswith("9207013f007ff06f07")
    assert len(source.responses) == 5
    small.card.reset()
    assert small.tpdu("80f2000c00") == "9000"


def test_91xx_comes_after_data(small: Reader) -> None:
    """TS 102 221 §7.4.2.1: the word of the command that ends well, never in place of an error or of 61xx."""
    small.card.toolkit.source = MenuSource("M", ("A",))
    sw = small.tpdu("8010000003ffffff")
    assert small.tpdu("00a4000c021234") == "6a82"
    assert small.tpdu("00a40004022fe2") == "6119"
    assert small.tpdu("00c0000019").endswith(sw)
    assert small.tpdu("00b000000a") == "98444400000011223344" + sw
    assert small.tpdu("a0b000000a") == "98444400000011223344" + sw


@pytest.mark.parametrize("off", [True, False])
def test_suspend(small: Reader, off: bool) -> None:
    """TS 102 221 §11.1.22: the session comes back with the token, once."""
    small.ok(PIN1, "00a4080c047f206f07")
    assert small.sw("8076000003000100") == "6700"
    assert small.sw("8076000004 0a01 0101".replace(" ", "")) == "6a80"
    assert small.sw("8076000004 0105 0101".replace(" ", "")) == "6a80"
    assert small.sw("8076010008" + "00" * 8) == "6985"
    granted = small.ok("8076000004 0001 0105".replace(" ", ""))
    assert granted[:4] == "0105" and len(granted) == 20
    if off:
        small.card.power_off()
    small.card.power_on()
    small.ok("8076010008" + granted[4:])
    small.ok("00b0000009")
    small.card.power_on()
    assert small.sw("8076010008" + granted[4:]) == "6985"
    assert small.sw("00b0000009") == "6986"


def test_a_suspended_session_ends_with_another_command(small: Reader) -> None:
    token = small.ok("80760000040001" + "0105")[4:]
    small.card.power_on()
    small.ok("80f2000c00")
    assert small.sw("8076010008" + token) == "6985"


def test_suspension_needs_ef_umpc(small: Reader) -> None:
    small.ok("0020000a083132333435363738", "00a4000c022f08", "00d600020100")
    assert small.sw("80760000040001" + "0105") == "6d00"


def test_source_stays_over_power_loss(small_model: CardModel, tmp_path: Path) -> None:
    card = SoftCard.new(small_model, state=tmp_path / "state")
    card.toolkit.source = MenuSource("M", ("A",))
    reader = Reader(card)
    card.power_loss()
    card.power_on()
    assert reader.tpdu("8010000003ffffff")[:2] == "91"
    card.close()
