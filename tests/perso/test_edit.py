"""`card set`: what words make of a file's content, and what they may not."""

from __future__ import annotations

import pytest

from simtool.errors import InputError, RefusedError
from simtool.files import contents
from simtool.files.path import FilePath
from simtool.files.product import load
from simtool.perso.image import Content, Unit
from simtool.perso.technician.edit import wanted_content

SJA5 = load("sysmoISIM-SJA5")
USIM = "MF/ADF.USIM"
SPN_NOW = contents.encode(FilePath(f"{USIM}/EF.SPN"), {"name": "Magic", "show_plmn_at_home": True}, size=17)


def wanted(path: str, words: str | list[str], now: bytes | None = None, record: int = 0) -> Content:
    words = words.split(" ") if isinstance(words, str) else words
    return wanted_content(SJA5, Unit(FilePath(path), record), words, Content.known(now) if now is not None else None)


VALUES = [
    # file, record, words, what it holds now, the value afterwards
    (f"{USIM}/EF.HPPLMN", 0, "60", b"\x05", 60),
    (f"{USIM}/EF.LI", 0, "[en, de]", None, ("en", "de")),
    (f"{USIM}/EF.LI", 0, "en", None, ("en",)),
    (f"{USIM}/EF.IMSI", 0, "001010000000101", None, "001010000000101"),
    (f"{USIM}/EF.FPLMN", 0, "[262-01, 262-02]", None, ("262-01", "262-02")),
    (f"{USIM}/EF.ACC", 0, "5", None, (5,)),
    (f"{USIM}/EF.GID1", 0, "400001", None, "400001"),
    (f"{USIM}/EF.SMSP", 1, "service_centre=+491710760000", None, "+491710760000"),
    (f"{USIM}/EF.MSISDN", 1, "+491711234567", None, "+491711234567"),
]


@pytest.mark.parametrize(("path", "record", "words", "now", "value"), VALUES)
def test_values(path: str, record: int, words: str, now: bytes | None, value: object) -> None:
    content = wanted(path, words, now, record)
    assert content.is_complete
    found = contents.decode(FilePath(path), content.data)
    found = getattr(found, "service_centre", getattr(found, "number", found))
    assert found == value


def test_fields_change_and_the_others_stay() -> None:
    spn = contents.decode(
        FilePath(f"{USIM}/EF.SPN"), wanted(f"{USIM}/EF.SPN", "name=Bo hide_when_roaming=yes", SPN_NOW).data
    )
    assert spn == contents.ServiceProviderName("Bo", True, True)
    spn = contents.decode(FilePath(f"{USIM}/EF.SPN"), wanted(f"{USIM}/EF.SPN", ["name=Two words"], SPN_NOW).data)
    assert spn.name == "Two words"
    spn = contents.decode(FilePath(f"{USIM}/EF.SPN"), wanted(f"{USIM}/EF.SPN", "show_plmn_at_home=no", SPN_NOW).data)
    assert (spn.name, spn.show_plmn_at_home) == ("Magic", False)


def test_a_name_of_digits_stays_text() -> None:
    spn = contents.decode(FilePath(f"{USIM}/EF.SPN"), wanted(f"{USIM}/EF.SPN", "name=007", SPN_NOW).data)
    assert spn.name == "007"


def test_services_touch_only_their_bits() -> None:
    content = wanted(f"{USIM}/EF.UST", "+19 -27 +PNN")
    assert [i for i in range(160) if content.mask[i // 8] >> i % 8 & 1] == [18, 26, 44]
    assert [i for i in range(160) if content.data[i // 8] >> i % 8 & 1] == [18, 44]
    both_bits = wanted("MF/DF.GSM/EF.SST", "+17")
    assert both_bits.mask[4] == both_bits.data[4] == 0x03  # TS 51.011 §10.3.7: allocated and activated


def test_negative_numbers() -> None:
    now = bytes.fromhex("ffffff0000")
    for words in ("currency=EUR", "price=23", "exponent=-2"):
        now = wanted(f"{USIM}/EF.PUCT", words, now).data
    assert now == bytes.fromhex("4555520157")


def test_bytes_and_blank() -> None:
    assert wanted(f"{USIM}/EF.HPPLMN", "hex:0a").data == b"\x0a"
    assert wanted(f"{USIM}/EF.SPN", "blank", SPN_NOW).data == b"\xff" * 17


REFUSED = [
    # file, words, what the message says
    (f"{USIM}/EF.HPPLMN", "61", "multiple of 6"),
    (f"{USIM}/EF.HPPLMN", "hex:0a0a", "1 bytes here, 2 are given"),
    (f"{USIM}/EF.HPPLMN", "hex:0", "hex digits"),
    (f"{USIM}/EF.SPN", "nam=Bo", "no field nam"),
    (f"{USIM}/EF.SPN", "show_plmn_at_home=maybe", "yes or no"),
    (f"{USIM}/EF.SPN", "name=12345678901234567890", "EF.SPN"),
    (f"{USIM}/EF.UST", ["+19 GID1"], "no one service"),
    (f"{USIM}/EF.UST", "+400", "ends before service 400"),
    (f"{USIM}/EF.UST", "+nonsense", "no one service"),
    (f"{USIM}/EF.IMSI", "00101x", "not a digit"),
    (f"{USIM}/EF.FPLMN", "[262-01, 2]", "PLMN"),
    (f"{USIM}/EF.UFC", "01", "coding of this file is not known"),
    (f"{USIM}/EF.eAKA", "01", "not a flag"),
    (f"{USIM}/EF.FPLMN", "[262-01", "value"),
]


@pytest.mark.parametrize(("path", "words", "message"), REFUSED)
def test_refused(path: str, words: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        wanted(path, words, SPN_NOW if path.endswith("SPN") else None)


@pytest.mark.parametrize("path", [f"{USIM}/EF.USIM_AUTH_KEY", "MF/DF.SYSTEM/EF.ADM1", f"{USIM}/EF.Keys"])
def test_keys_are_not_set_by_hand(path: str) -> None:
    secret = "00112233445566778899aabbccddeeff"
    with pytest.raises(RefusedError) as caught:
        wanted(path, f"hex:{secret}")
    assert secret not in str(caught.value) + caught.value.hint
