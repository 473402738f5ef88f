"""Numbers that the phone offers, and what is explained beside the idle screen."""

from __future__ import annotations

import json

from simtool.perso.image import CardImage
from simtool.perso.preview import Decision, Preview, preview
from tests.perso.preview.cards import USIM, at, opl, sim, usim

HOME = at("001-01")


def decision(seen: Preview, subject: str) -> Decision:
    (found,) = [one for one in seen.decisions if one.subject == subject]
    return found


def test_emergency_numbers_of_card_and_phone() -> None:
    ecc = [{"number": "110", "name": "Polizei", "services": ["police"]}, b"\xff" * 20, {"number": "144"}]
    seen = preview(usim({"EF.ECC": ecc}), HOME)
    assert [str(number) for number in seen.numbers.emergency] == ["Polizei 110", "144"]
    assert decision(seen, "emergency numbers").outcome == "112, 911, Polizei 110, 144"
    assert seen.to_json()["emergency_numbers"] == ["112", "911", "110", "144"]


def test_an_emergency_number_stands_once_under_its_name_on_the_card() -> None:
    seen = preview(usim({"EF.ECC": [{"number": "112", "name": "Notruf"}, {"number": "110"}]}), HOME)
    assert decision(seen, "emergency numbers").outcome == "Notruf 112, 911, 110"
    assert seen.to_json()["emergency_numbers"] == ["112", "911", "110"]


def test_emergency_numbers_of_a_sim() -> None:
    seen = preview(sim({"EF.ECC": ("110", "144")}), at("001-01", "2G"))
    assert [number.number for number in seen.numbers.emergency] == ["110", "144"]
    assert "TS 51.011 §10.3.27" in decision(seen, "emergency numbers").clause


def test_the_mailbox_is_the_one_that_mbi_names() -> None:
    boxes = [{"number": "+4910"}, {"number": "+4920", "name": "Mailbox"}]
    second = preview(usim({"EF.MBDN": boxes, "EF.MBI": [b"\x02\x00\x00\x00"]}), HOME)
    assert str(second.numbers.voicemail) == "Mailbox +4920"
    none = preview(usim({"EF.MBDN": boxes, "EF.MBI": [b"\x00\x01\x01\x01"]}), HOME)
    assert none.numbers.voicemail is None
    assert decision(none, "voicemail").reason == "EF.MBI names no mailbox"
    first = preview(usim({"EF.MBDN": boxes}), HOME)
    assert first.numbers.voicemail is not None and first.numbers.voicemail.number == "+4910"
    off = preview(usim({"EF.MBDN": boxes, "EF.MBI": [b"\x02"]}, off=(47,)), HOME)
    assert off.numbers.voicemail is None
    assert "service 47 in EF.UST" in decision(off, "voicemail").reason


def test_own_and_service_numbers() -> None:
    files = {
        "EF.MSISDN": [{"number": "+88228000101", "name": "Line 1"}, {"number": "+88228000102"}],
        "EF.SDN": [{"number": "1212", "name": "Kundendienst"}, {"number": "+4912345678901234567", "extension": 1}],
    }
    seen = preview(usim(files), HOME)
    assert [str(number) for number in seen.numbers.own] == ["Line 1 +88228000101", "+88228000102"]
    assert [str(number) for number in seen.numbers.service] == ["Kundendienst 1212", "+4912345678901234567…"]
    off = preview(usim(files, off=(4, 21)), HOME)
    assert off.numbers.own == off.numbers.service == ()
    assert [number.number for number in preview(sim(files), at("001-01", "2G")).numbers.own][0] == "+88228000101"


def test_how_equal_home_networks_are_presented() -> None:
    files = {"EF.EHPLMN": ("001-01", "001-05"), "EF.EHPLMNPI": 1, "EF.LRPLMNSI": 1}
    seen = preview(usim(files), HOME)
    assert decision(seen, "equal home networks in the menu").outcome == "only the one with the highest priority"
    assert decision(seen, "equal home networks in the menu").clause == "TS 31.102 §4.2.85"
    assert decision(seen, "at power-on").outcome == "the home network is tried first"
    assert decision(seen, "at power-on").clause == "TS 31.102 §4.2.86"
    for off in (71, 73):  # §4.2.85: both services
        subjects = [one.subject for one in preview(usim(files, off=(off,)), HOME).decisions]
        assert "equal home networks in the menu" not in subjects
    assert decision(preview(usim(files | {"EF.EHPLMNPI": 7}), HOME), "equal home networks in the menu").outcome == (
        "reserved value"
    )


def test_what_depends_on_an_area_is_said() -> None:
    rule = opl(bytes.fromhex("00f110"), 0x1000, 0x1FFF, 1)
    seen = preview(usim({"EF.PNN": [{"full": "Nordlicht"}], "EF.OPL": [rule]}), HOME)
    assert seen.texts == ("001-01",)
    assert "record 1 of EF.OPL names 001-01 areas 1000 to 1fff: say a TAC to see it" in seen.remarks


def test_a_blank_list_of_areas_counts_as_none() -> None:
    seen = preview(usim({"EF.PNN": [{"full": "Nordlicht"}], "EF.OPL": [b"\xff" * 8]}), HOME)
    assert seen.texts == ("Nordlicht",)
    assert "EF.OPL is switched on and blank; taken for not present, phones may differ" in seen.remarks


def test_the_same_name_twice_is_remarked() -> None:
    files = {"EF.SPN": {"name": "Nordlicht", "show_plmn_at_home": True}, "EF.PNN": [{"full": "Nordlicht"}]}
    seen = preview(usim(files), HOME)
    assert seen.texts == ("Nordlicht", "Nordlicht")
    assert "both names are 'Nordlicht': it stands there twice" in seen.remarks


def test_a_card_without_anything() -> None:
    seen = preview(CardImage(), HOME)
    assert seen.texts == ("Emergency calls only",)
    assert not seen.in_service
    assert seen.remarks == ("nothing of the card is known",)


def test_everything_is_json() -> None:
    card = usim({"EF.SPN": {"name": "Nordlicht"}, "EF.ECC": [{"number": "110"}], "EF.SDN": [{"number": "1212"}]})
    value = json.loads(json.dumps(preview(card, HOME).to_json()))
    assert value["lines"][0]["text"] == "Nordlicht"
    assert value["decisions"][0] == {
        "subject": "application",
        "outcome": "USIM",
        "reason": "a phone that knows the USIM uses it in every network",
        "clause": "TS 31.102 §5.1",
    }
    assert {row["clause"] for row in value["decisions"]} >= {"TS 23.122 Annex A"}
    assert USIM in str(card.paths[0])
