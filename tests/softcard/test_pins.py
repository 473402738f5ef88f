"""PINs: VERIFY, CHANGE, DISABLE, ENABLE, UNBLOCK; counters, universal PIN, PINs that live in files."""

from __future__ import annotations

from pathlib import Path

import pytest

from simtool.files.product import CardModel
from simtool.softcard.card import SoftCard
from tests.softcard.conftest import Reader

RIGHT, WRONG, OTHER = "31323334ffffffff", "39393939ffffffff", "30303030ffffffff"
PUK = "3131313131313131"
ADM1 = "0020000a083132333435363738"


def test_verify(small: Reader) -> None:
    """TS 102 221 §11.1.9."""
    small.script(f"""
        0020000100 : 63c3              # empty: the counter, unchanged
        00200001 : 63c3
        0020000108{WRONG} : 63c2
        0020000100 : 63c2
        0020000108{RIGHT} : 9000
        0020000100 : 63c3
        0020000108{WRONG} : 63c2
        0020000108{WRONG} : 63c1
        0020000108{WRONG} : 63c0
        0020000108{RIGHT} : 6983
        0020000100 : 63c0
        0020000008{RIGHT} : 6a86
        0020010108{RIGHT} : 6a86
        0020000508{RIGHT} : 6a88
        0020000b08{RIGHT} : 6984       # ADM2 has no value
        0020000107{RIGHT[2:]} : 6700
        0020000109{RIGHT}ff : 6700
        0020000a00 : 63c5
    """)


def test_a_wrong_pin_takes_the_right_away(small: Reader) -> None:
    small.ok(f"0020000108{RIGHT}", "00a4080c047f206f07", "00b0000009")
    assert small.sw(f"0020000108{WRONG}") == "63c2"
    assert small.sw("00b0000009") == "6982"


def test_reset_takes_verification_not_counters(small: Reader) -> None:
    small.tpdu(f"0020000108{WRONG}")
    small.ok(ADM1)
    for again in (small.card.power_on, small.card.reset):
        again()
        assert small.tpdu("0020000100") == "63c2"
        assert small.sw("00a4000c022f14") == "9000"
        assert small.sw("00d600000141") == "6982"


def test_change(small: Reader) -> None:
    """TS 102 221 §11.1.10."""
    small.script(f"""
        0024000110{WRONG}{OTHER} : 63c2
        0024000108{RIGHT} : 6700
        0024000110{RIGHT}{OTHER} : 9000
        0020000108{RIGHT} : 63c2
        0020000108{OTHER} : 9000
    """)


def test_disable_and_enable(small: Reader) -> None:
    """TS 102 221 §11.1.11, §11.1.12."""
    small.script(f"""
        00a4080c047f206f07 : 9000
        00b0000009 : 6982
        0028000108{RIGHT} : 6985       # is enabled
        0026000108{WRONG} : 63c2
        0026000108{RIGHT} : 9000
        00b0000009 : *9000
        0026000108{RIGHT} : 6984
        0020000108{RIGHT} : 6984
        0024000110{RIGHT}{OTHER} : 6984
        0028000108{WRONG} : 63c2
        0028000108{RIGHT} : 9000
        00b0000009 : *9000
    """)
    small.card.power_on()
    small.ok("00a4080c047f206f07")
    assert small.sw("00b0000009") == "6982"


def test_unblock(small: Reader) -> None:
    """TS 102 221 §11.1.13."""
    for _ in range(3):
        small.tpdu(f"0020000108{WRONG}")
    small.script(f"""
        002c000100 : 63ca
        002c000110{WRONG}{OTHER} : 63c9
        002c000100 : 63c9
        002c000108{PUK} : 6700
        002c000110{PUK}{OTHER} : 9000
        002c000100 : 63ca
        0020000100 : 63c3
        0020000108{OTHER} : 9000
        002c000a00 : 6a88              # has no PUK
    """)
    for left in "9876543210":
        assert small.tpdu(f"002c000110{WRONG}{OTHER}") == f"63c{left}"
    assert small.tpdu(f"002c000110{PUK}{OTHER}") == "6983"


def test_unblock_enables(small: Reader) -> None:
    small.ok(f"0026000108{RIGHT}", f"002c000110{PUK}{OTHER}")
    assert small.sw(f"0028000108{OTHER}") == "6985"


def test_universal_pin_stands_in(small: Reader) -> None:
    """TS 102 221 §9.4.1: DISABLE PIN with P1 01; the security environment is 00 then (§9.2.7)."""
    small.ok("00a4080c047f206f07", f"0026010108{RIGHT}")
    assert small.sw("00b0000009") == "6982"
    assert "950108830111" in small.ok("00a40004023f00")
    small.ok("002000110839393939ffffffff", "00a4080c047f206f07", "00b0000009")
    small.ok("00a4000c023f00", "00a4000c022f12")
    assert small.sw("00d600000101") == "6982"  # SE 00 names another record of EF.ARR than SE 01


def test_pin_in_a_file(small: Reader) -> None:
    """A PIN whose state is a file: writing the file changes the PIN, and a wrong try changes the file."""
    small.ok(ADM1)
    assert small.tpdu("002000810835363738ffffff00") == "63c2"
    small.ok("00a4080c04a5156f81")
    assert small.ok("00b0000003")[2:] == "0203"
    small.ok("00d60003080000000000000000")
    assert small.tpdu("0020008108" + "00" * 8) == "9000"
    assert small.ok("00b0000003")[2:] == "0303"
    small.ok("00d600010100")
    assert small.tpdu("0020008108" + "00" * 8) == "6983"
    assert small.tpdu("0026008108" + "00" * 8) == "6983"


def test_second_pin_ends_with_its_application(small: Reader) -> None:
    """TS 102 221 §9.4.2: the second application PIN is local to an application's session."""
    small.ok("00a4040c0ca0000000871002ff49ff0589", "002000810835363738ffffffff")
    assert small.card.guard.satisfied(0x81)
    small.ok("00a4040c0ca0000000871002ff49ff0589")
    assert small.card.guard.satisfied(0x81)
    small.ok("00a4040c0ca0000000871004ff49ff0589")
    assert not small.card.guard.satisfied(0x81)


def test_the_counter_is_kept_before_the_answer(small_model: CardModel, tmp_path: Path) -> None:
    """Pulling the card while a PIN is compared gains no attempt."""
    state = tmp_path / "card.state"
    card = SoftCard.new(small_model, state=state)
    reader = Reader(card)
    seen = []
    put = card.store.put

    def spy(changes: dict[str, object]) -> None:
        put(changes)
        seen.append(changes)

    card.store.put = spy  # type: ignore[method-assign]
    assert reader.tpdu(f"0020000108{RIGHT}") == "9000"
    assert [change["pin:PIN1"]["tries_left"] for change in seen] == [2, 3]  # type: ignore[index]
    card.close()


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (f"a020000108{RIGHT}", "9000"),
        (f"a020000108{WRONG}", "9804"),
        ("a020000100", "6708"),
        (f"a020000508{RIGHT}", "9802"),
        (f"a020010108{RIGHT}", "6b00"),
        (f"a028000108{RIGHT}", "9808"),
        (f"a026000108{RIGHT}", "9000"),
        (f"a024000110{RIGHT}{OTHER}", "9000"),
        (f"a02c000010{PUK}{OTHER}", "9000"),
        (f"a02c000010{WRONG}{OTHER}", "9804"),
        (f"a02c000110{PUK}{OTHER}", "6b00"),
        ("a02c000210" + "32" * 8 + OTHER, "9000"),
        ("a02000020835363738ffffffff", "9000"),
    ],
)
def test_chv_commands(small: Reader, command: str, answer: str) -> None:
    """TS 51.011 §9.2.9 to §9.2.13, §9.4.5."""
    assert small.tpdu(command) == answer


def test_chv_blocked(small: Reader) -> None:
    answers = [small.tpdu(f"a020000108{WRONG}") for _ in range(4)]
    assert answers == ["9804", "9804", "9840", "9840"]
    assert small.tpdu(f"a026000108{RIGHT}") == "9840"
