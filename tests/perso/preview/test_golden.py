"""Situations worked out by hand from the rules: what the idle screen shows, each with its clause.

The card is 001-01's unless a row says otherwise. 262 is another country; 001-02 a host in the same one. A name that is
not on the card shows as the network's digits here: a phone has it from NITZ or its own table (TS 22.101 §A.3).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from simtool.perso.image import CardImage
from simtool.perso.preview import Phone, Situation, Standing, preview
from tests.perso.preview.cards import GSM, at, both, opl, opl5g, sim, usim

BRAND = "Nordlicht"


def spn(b1: bool, b2: bool, name: str = BRAND) -> dict[str, object]:
    return {"name": name, "show_plmn_at_home": b1, "hide_when_roaming": b2}


P001_01 = bytes.fromhex("00f110")  # MCC 001, MNC 01: nibbles 0 0 1 F 0 1 swapped (TS 24.008 §10.5.1.13)
P001_02 = bytes.fromhex("00f120")
P262_ANY = bytes.fromhex("62f2dd")  # 262, MNC digits D D and F
ANY_ANY = bytes.fromhex("ddfddd")
P262_THREE = bytes.fromhex("62d2dd")  # 262, MNC digits D D D
P310_26D = bytes.fromhex("13d062")  # 310, MNC 2 6 D
OWN_NAME = {"full": "Nordlicht Mobile", "short": "NordL"}
HOST_NAME = {"full": "Nordlicht auf Gast", "short": "NL Gast"}


@dataclass(frozen=True)
class Row:
    """`lines` is the idle screen. `clause` is where the rule stands."""

    name: str
    clause: str
    card: CardImage
    where: Situation
    lines: tuple[str, ...]
    standing: Standing
    roaming: bool = False
    remarks: tuple[str, ...] = field(default=())


TWO_AREAS = [opl(P001_01, 0x1000, 0x1FFF, 2), opl(P001_01, 0, 0xFFFE, 1)]
PNN_OWN = {"EF.PNN": [OWN_NAME]}


def _with_spdi(b1: bool, b2: bool) -> CardImage:
    return usim({"EF.SPN": spn(b1, b2), "EF.SPDI": ("001-02",), **PNN_OWN})


ROWS = [
    # --- EF.SPN: two bits, three places. PNN without OPL names only the home network (§4.2.58), so the host of the
    # provider's list and the network abroad have no name on the card. At home and in the list the provider's name is
    # always shown, b1 decides about the network's; elsewhere the network's is always shown, b2 decides about the
    # provider's (1: not required, and "may be hidden" is what operators mean by it).
    Row("spn 00 home", "TS 31.102 §4.2.12 b1=0", _with_spdi(False, False), at("001-01"), (BRAND,), Standing.HOME),
    Row(
        "spn 00 list", "TS 31.102 §4.2.12 b1=0, §4.2.66", _with_spdi(False, False), at("001-02"), (BRAND,),
        Standing.PROVIDER, roaming=True,
    ),
    Row(
        "spn 00 abroad", "TS 31.102 §4.2.12 b2=0", _with_spdi(False, False), at("262-01"), ("262-01", BRAND),
        Standing.ROAMING, roaming=True,
    ),
    Row(
        "spn 10 home", "TS 31.102 §4.2.12 b1=1, §4.2.58", _with_spdi(True, False), at("001-01"),
        (BRAND, "Nordlicht Mobile"), Standing.HOME,
    ),
    Row(
        "spn 10 list", "TS 31.102 §4.2.12 b1=1, §4.2.66", _with_spdi(True, False), at("001-02"), (BRAND, "001-02"),
        Standing.PROVIDER, roaming=True,
    ),
    Row(
        "spn 10 abroad", "TS 31.102 §4.2.12 b2=0", _with_spdi(True, False), at("262-01"), ("262-01", BRAND),
        Standing.ROAMING, roaming=True,
    ),
    Row("spn 01 home", "TS 31.102 §4.2.12 b1=0", _with_spdi(False, True), at("001-01"), (BRAND,), Standing.HOME),
    Row(
        "spn 01 list", "TS 31.102 §4.2.12 b1=0, §4.2.66", _with_spdi(False, True), at("001-02"), (BRAND,),
        Standing.PROVIDER, roaming=True,
    ),
    Row(
        "spn 01 abroad", "TS 31.102 §4.2.12 b2=1", _with_spdi(False, True), at("262-01"), ("262-01",),
        Standing.ROAMING, roaming=True,
    ),
    Row(
        "spn 11 home", "TS 31.102 §4.2.12 b1=1, §4.2.58", _with_spdi(True, True), at("001-01"),
        (BRAND, "Nordlicht Mobile"), Standing.HOME,
    ),
    Row(
        "spn 11 list", "TS 31.102 §4.2.12 b1=1, §4.2.66", _with_spdi(True, True), at("001-02"), (BRAND, "001-02"),
        Standing.PROVIDER, roaming=True,
    ),
    Row(
        "spn 11 abroad", "TS 31.102 §4.2.12 b2=1", _with_spdi(True, True), at("262-01"), ("262-01",),
        Standing.ROAMING, roaming=True,
    ),
    # A host of the same country that no list names is a network like any abroad: b2 decides.
    Row(
        "host without list", "TS 31.102 §4.2.12 b2=1", usim({"EF.SPN": spn(False, True)}), at("001-02"), ("001-02",),
        Standing.NATIONAL, roaming=True,
    ),
    # The bits for future use do not count (TS 31.101): FC | b2=0 b1=0 is 00.
    Row(
        "spn future bits", "TS 31.102 §4.2.12", usim({"EF.SPN": b"\xfc" + b"Nordlicht".ljust(16, b"\xff")}),
        at("001-01"), (BRAND,), Standing.HOME,
    ),
    # A display condition without a name: nothing to show, so the network's name stands alone.
    Row(
        "spn blank", "TS 31.102 §4.2.12", usim({"EF.SPN": b"\x00" + b"\xff" * 16, **PNN_OWN}), at("001-01"),
        ("Nordlicht Mobile",), Standing.HOME,
    ),
    # 16 characters are the most that EF.SPN has room for; a phone with 12 columns cuts from the tail end, and we keep
    # one column for the ellipsis: 11 characters of it.
    Row(
        "spn cut", "TS 22.101 §A.4", usim({"EF.SPN": spn(False, False, "Nordlicht Mobil!")}),
        at("001-01", columns=12), ("Nordlicht M…",), Standing.HOME,
        remarks=("'Nordlicht Mobil!' is cut: it takes 16 columns, the phone has 12",),
    ),
    # UCS2 (80 and two bytes a character): 7 Cyrillic letters are 15 bytes, one column each; 3 Han are two columns each.
    Row(
        "spn cyrillic", "TS 31.102 §4.2.12, TS 102 221 Annex A",
        usim({"EF.SPN": b"\x00\x80" + "Сияние".encode("utf-16-be").ljust(15, b"\xff")}), at("001-01"), ("Сияние",),
        Standing.HOME,
    ),
    Row(
        "spn han cut", "TS 102 221 Annex A, TS 22.101 §A.4",
        usim({"EF.SPN": b"\x00\x80" + "北極光电信".encode("utf-16-be").ljust(15, b"\xff")}), at("001-01", columns=8),
        ("北極光…",), Standing.HOME,  # 5 x 2 = 10 > 8; three characters are 6 and the ellipsis 7
        remarks=("'北極光电信' is cut: it takes 10 columns, the phone has 8",),
    ),
    # --- services off: the file is there and does not count.
    Row(
        "spn off", "TS 31.102 §4.2.8 service 19", usim({"EF.SPN": spn(False, True), **PNN_OWN}, off=(19,)),
        at("001-01"), ("Nordlicht Mobile",), Standing.HOME,
        remarks=("EF.SPN says 'Nordlicht', but service 19 in EF.UST is off: phones do not show it",),
    ),
    Row(
        "pnn off", "TS 31.102 §4.2.8 service 45", usim({"EF.SPN": spn(True, True), **PNN_OWN}, off=(45,)),
        at("001-01"), (BRAND, "001-01"), Standing.HOME,
        remarks=("EF.PNN says 'Nordlicht Mobile', but service 45 in EF.UST is off: phones do not show it",),
    ),
    Row(  # the host is then a foreign network of the same country, where b2=1 hides the brand
        "spdi off", "TS 31.102 §4.2.8 service 51",
        usim({"EF.SPN": spn(False, True), "EF.SPDI": ("001-02",)}, off=(51,)), at("001-02"), ("001-02",),
        Standing.NATIONAL, roaming=True,
    ),
    Row(  # without EF.OPL the first record of EF.PNN is the home network's, whatever the list would say
        "opl off", "TS 31.102 §4.2.58",
        usim({"EF.PNN": [OWN_NAME, HOST_NAME], "EF.OPL": [opl(P001_01, 0, 0xFFFE, 2)]}, off=(46,)), at("001-01"),
        ("Nordlicht Mobile",), Standing.HOME,
    ),
    Row(  # the table is 2 bytes long: services beyond 16 are not available (TS 31.102 §4.2.8)
        "short table", "TS 31.102 §4.2.8", usim({"EF.SPN": spn(False, True), "EF.UST": bytes((0xFF, 0xFF))}),
        at("001-01"), ("001-01",), Standing.HOME,
        remarks=("EF.SPN says 'Nordlicht', but service 19 in EF.UST is off: phones do not show it",),
    ),
    # --- EF.OPL and EF.PNN.
    Row(  # the first rule that fits: 262 with any network code
        "opl wildcard", "TS 31.102 §4.2.59",
        usim({"EF.PNN": [OWN_NAME, HOST_NAME], "EF.OPL": [opl(P001_01, 0, 0xFFFE, 1), opl(P262_ANY, 0, 0xFFFE, 2)]}),
        at("262-07"), ("Nordlicht auf Gast",), Standing.ROAMING, roaming=True,
    ),
    Row(
        "opl wild third digit", "TS 31.102 §4.2.59",
        usim({"EF.PNN": [OWN_NAME], "EF.OPL": [opl(P310_26D, 0, 0xFFFE, 1)]}), at("310-268"),
        ("Nordlicht Mobile",), Standing.ROAMING, roaming=True,
    ),
    Row(  # 310-26 broadcasts F in the third place; in North America that is 310-260 (TS 23.122 Annex A)
        "opl wild third digit, 0 suffix", "TS 31.102 §4.2.59, TS 23.122 Annex A",
        usim({"EF.PNN": [OWN_NAME], "EF.OPL": [opl(P310_26D, 0, 0xFFFE, 1)]}), at("310-26"),
        ("Nordlicht Mobile",), Standing.ROAMING, roaming=True,
    ),
    Row(  # elsewhere F is no digit that D could stand for
        "opl wild third digit, none there", "TS 31.102 §4.2.59",
        usim({"EF.PNN": [OWN_NAME], "EF.OPL": [opl(P262_THREE, 0, 0xFFFE, 1)]}), at("262-07"), ("262-07",),
        Standing.ROAMING, roaming=True,
    ),
    Row(  # 1000 to 1fff, both ends included
        "opl area inside", "TS 31.102 §4.2.59",
        usim({"EF.PNN": [OWN_NAME, HOST_NAME], "EF.OPL": TWO_AREAS}),
        at("001-01", "3G", 0x1FFF), ("Nordlicht auf Gast",), Standing.HOME,
    ),
    Row(
        "opl area outside", "TS 31.102 §4.2.59",
        usim({"EF.PNN": [OWN_NAME, HOST_NAME], "EF.OPL": TWO_AREAS}),
        at("001-01", "3G", 0x2000), ("Nordlicht Mobile",), Standing.HOME,
    ),
    Row(  # the order counts: the wide rule stands first and wins
        "opl order", "TS 31.102 §4.2.59 (prioritised)",
        usim({"EF.PNN": [OWN_NAME, HOST_NAME], "EF.OPL": [opl(ANY_ANY, 0, 0xFFFE, 1), opl(P001_01, 5, 5, 2)]}),
        at("001-01", "4G", 5), ("Nordlicht Mobile",), Standing.HOME,
    ),
    Row(  # record 0: the name comes from elsewhere, although EF.PNN has one
        "opl to pnn 0", "TS 31.102 §4.2.59", usim({"EF.PNN": [OWN_NAME], "EF.OPL": [opl(P001_01, 0, 0xFFFE, 0)]}),
        at("001-01"), ("001-01",), Standing.HOME,
    ),
    Row(  # EF.OPL is present and names only the host: the default of §4.2.58 does not apply at home
        "opl names others", "TS 31.102 §4.2.58", usim({"EF.PNN": [OWN_NAME], "EF.OPL": [opl(P001_02, 0, 0xFFFE, 1)]}),
        at("001-01"), ("001-01",), Standing.HOME,
    ),
    Row(
        "opl to nothing", "TS 31.102 §4.2.59", usim({"EF.PNN": [OWN_NAME], "EF.OPL": [opl(P001_01, 0, 0xFFFE, 9)]}),
        at("001-01"), ("001-01",), Standing.HOME,
        remarks=("record 9 of EF.PNN is asked for and holds no name",),
    ),
    Row(  # 31 columns do not fit into 20, the short name's 5 do
        "short name", "TS 31.102 §4.2.58",
        usim({"EF.PNN": [{"full": "Nordlicht Mobilfunk Gesellschaft", "short": "NordL"}]}), at("001-01"), ("NordL",),
        Standing.HOME,
        remarks=("'Nordlicht Mobilfunk Gesellschaft' is too long for 20 columns: the short name is shown",),
    ),
    # --- EF.EHPLMN.
    Row(  # an EHPLMN is home: for EF.SPN (b1=0) and for roaming
        "ehplmn", "TS 31.102 §4.2.84, TS 23.122 §1.2",
        usim({"EF.SPN": spn(False, True), "EF.EHPLMN": ("001-01", "001-05")}), at("001-05"), (BRAND,),
        Standing.EQUIVALENT_HOME,
    ),
    Row(  # and the first record of EF.PNN is its name
        "ehplmn name", "TS 31.102 §4.2.58",
        usim({"EF.SPN": spn(True, True), "EF.EHPLMN": ("001-01", "001-05"), **PNN_OWN}), at("001-05"),
        (BRAND, "Nordlicht Mobile"), Standing.EQUIVALENT_HOME,
    ),
    Row(  # a list that leaves out the IMSI's own network: that is still home, but the default name is the list's
        "ehplmn without hplmn", "TS 31.102 §4.2.58",
        usim({"EF.SPN": spn(True, True), "EF.EHPLMN": ("001-05",), **PNN_OWN}), at("001-01"), (BRAND, "001-01"),
        Standing.HOME,
    ),
    Row(
        "ehplmn off", "TS 31.102 §4.2.8 service 71",
        usim({"EF.SPN": spn(False, True), "EF.EHPLMN": ("001-01", "001-05")}, off=(71,)), at("001-05"), ("001-05",),
        Standing.NATIONAL, roaming=True,
    ),
    # --- home by IMSI and EF.AD.
    Row(  # three digits: 001-010 is home, 001-01 is not
        "three digit code", "TS 31.102 §4.2.18, TS 23.122 Annex A",
        usim({"EF.SPN": spn(False, True), "EF.AD": {"mnc_length": 3}}), at("001-01"), ("001-01",),
        Standing.NATIONAL, roaming=True,
    ),
    Row(  # EF.AD without the length (3 bytes): as many digits as the network broadcasts
        "no code length", "TS 23.122 Annex A", usim({"EF.SPN": spn(False, True), "EF.AD": bytes(3)}), at("001-010"),
        (BRAND,), Standing.HOME,
    ),
    Row(  # North America: the IMSI's 310-150, broadcast with two digits
        "0 suffix", "TS 23.122 Annex A",
        usim({"EF.SPN": spn(False, True), "EF.AD": {"mnc_length": 3}, "EF.IMSI": "310150000000001"}), at("310-15"),
        (BRAND,), Standing.HOME,
    ),
    # --- forbidden.
    Row(
        "forbidden", "TS 31.102 §4.2.16, TS 23.122 §3.5",
        usim({"EF.SPN": spn(False, False), "EF.FPLMN": (None, "262-01")}), at("262-01"), ("Emergency calls only",),
        Standing.FORBIDDEN,
    ),
    Row(  # only allowable networks are tried, the home network too (TS 23.122 §3.1)
        "forbidden home", "TS 23.122 §3.1", usim({"EF.SPN": spn(False, False), "EF.FPLMN": ("001-01",)}),
        at("001-01"), ("Emergency calls only",), Standing.FORBIDDEN,
        remarks=("EF.FPLMN lists the card's own network: it will not register at home",),
    ),
    # --- 2G: the SIM.
    Row(
        "sim home", "TS 51.011 §10.3.11", sim({"EF.SPN": spn(True, True), "EF.PNN": [OWN_NAME]}), at("001-01", "2G"),
        (BRAND, "Nordlicht Mobile"), Standing.HOME,
    ),
    Row(
        "sim list", "TS 51.011 §10.3.50", sim({"EF.SPN": spn(False, True), "EF.SPDI": ("001-02",)}),
        at("001-02", "2G"), (BRAND,), Standing.PROVIDER, roaming=True,
    ),
    Row(  # allocated and not activated: two bits a service (TS 51.011 §10.3.7)
        "sim service allocated only", "TS 51.011 §10.3.7",
        sim({"EF.SPN": spn(False, True), "EF.SST": {"activated": (51,), "allocated": (17,)}}), at("001-01", "2G"),
        ("001-01",), Standing.HOME,
        remarks=("EF.SPN says 'Nordlicht', but service 17 in EF.SST is off: phones do not show it",),
    ),
    Row(
        "sim in 4G", "TS 33.401 §6.1.1", sim({"EF.SPN": spn(False, True)}), at("001-01", "4G"),
        ("Emergency calls only",), Standing.HOME,
    ),
    Row(  # a phone that knows the USIM uses it in 2G as well
        "usim in 2G", "TS 31.102 §5.1",
        both(usim({"EF.SPN": spn(False, True, "New")}), sim({"EF.SPN": spn(False, True, "Old")})), at("001-01", "2G"),
        ("New",), Standing.HOME,
    ),
    Row(
        "old phone", "TS 51.011 §10.3.11",
        both(usim({"EF.SPN": spn(False, True, "New")}), sim({"EF.SPN": spn(False, True, "Old")})),
        at("001-01", "2G", phone=Phone.SIM_ONLY), ("Old",), Standing.HOME,
    ),
    # --- 5G.
    Row(  # both lists are there: in NG-RAN only EF.OPL5G counts
        "opl5g", "TS 31.102 §4.4.11.9",
        usim({
            "EF.PNN": [OWN_NAME, HOST_NAME], "EF.OPL": [opl(P001_01, 0, 0xFFFE, 1)],
            "DF.5GS/EF.OPL5G": [opl5g(P001_01, 0, 0xFFFFFE, 2)],
        }),
        at("001-01", "5G", 0x123456), ("Nordlicht auf Gast",), Standing.HOME,
    ),
    Row(  # and in E-UTRAN only EF.OPL
        "opl in 4G", "TS 31.102 §4.2.59",
        usim({
            "EF.PNN": [OWN_NAME, HOST_NAME], "EF.OPL": [opl(P001_01, 0, 0xFFFE, 1)],
            "DF.5GS/EF.OPL5G": [opl5g(P001_01, 0, 0xFFFFFE, 2)],
        }),
        at("001-01", "4G", 0x1234), ("Nordlicht Mobile",), Standing.HOME,
    ),
    Row(  # service 129 off: no EF.OPL5G, so at home the first record of EF.PNN, whatever EF.OPL says
        "opl5g off", "TS 31.102 §4.2.58",
        usim({
            "EF.PNN": [OWN_NAME, HOST_NAME], "EF.OPL": [opl(P001_01, 0, 0xFFFE, 2)],
            "DF.5GS/EF.OPL5G": [opl5g(P001_01, 0, 0xFFFFFE, 2)],
        }, off=(129,)),
        at("001-01", "5G"), ("Nordlicht Mobile",), Standing.HOME,
    ),
    Row(  # three bytes of tracking area code: 010000 is inside, 00ffff is not
        "opl5g area", "TS 31.102 §4.4.11.9",
        usim({"EF.PNN": [OWN_NAME, HOST_NAME], "DF.5GS/EF.OPL5G": [opl5g(P001_01, 0x010000, 0x01FFFF, 2)]}),
        at("001-01", "5G", 0x00FFFF), ("001-01",), Standing.HOME,
    ),
    Row(  # a single area: both ends are the same
        "opl5g one area", "TS 31.102 §4.4.11.9",
        usim({"EF.PNN": [OWN_NAME, HOST_NAME], "DF.5GS/EF.OPL5G": [opl5g(P001_01, 0x000ABC, 0x000ABC, 2)]}),
        at("001-01", "5G", 0x000ABC), ("Nordlicht auf Gast",), Standing.HOME,
    ),
    Row(  # the United States have seven country codes
        "several country codes", "ITU-T E.212, TS 31.102 §4.2.12 b2=1",
        usim({"EF.SPN": spn(False, True), "EF.AD": {"mnc_length": 3}, "EF.IMSI": "310150000000001"}), at("311-480"),
        ("311-480",), Standing.NATIONAL, roaming=True,
    ),
    # --- the country's initials are the phone's to add.
    Row(
        "add country", "TS 24.008 §10.5.3.5a", usim({"EF.PNN": [{"full": "Nordlicht", "add_country": True}]}),
        at("001-01"), ("Nordlicht",), Standing.HOME,
        remarks=("the phone puts its country's initials before 'Nordlicht' (TS 24.008 §10.5.3.5a)",),
    ),
    # --- nothing on the card.
    Row("bare card", "TS 22.101 §A.3", usim(), at("001-01"), ("001-01",), Standing.HOME),
    Row(
        "imsi unreadable", "TS 31.102 §4.2.12", usim({"EF.IMSI": None, "EF.SPN": spn(False, False)}), at("001-01"),
        ("001-01", BRAND), Standing.UNKNOWN, roaming=True,
    ),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_the_idle_screen(row: Row) -> None:
    seen = preview(row.card, row.where)
    assert seen.texts == row.lines, row.clause
    assert seen.standing is row.standing
    assert seen.roaming is row.roaming
    digits = f"{row.where.plmn} stands for the name that the phone takes from NITZ or its own table: the card has none"
    expected = row.remarks + ((digits,) if str(row.where.plmn) in row.lines else ())
    assert sorted(seen.remarks) == sorted(expected)


def test_every_decision_has_a_reason_and_a_clause() -> None:
    for row in ROWS:
        for decision in preview(row.card, row.where).decisions:
            assert decision.reason, row.name
            assert decision.clause.startswith("TS "), (row.name, decision)


def test_the_situations_are_told_apart() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS) >= 40
    assert any(str(path).startswith(GSM) for row in ROWS for path in row.card.paths)
