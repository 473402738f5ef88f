"""Contents of files: published values, values seen on real cards, and that no byte is ever lost."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from simtool.codec.access import AccessRules
from simtool.codec.dial_number import DialNumber
from simtool.codec.identifiers import Iccid, Imsi, Plmn
from simtool.errors import EncodeError
from simtool.files import catalogue, product
from simtool.files.contents import (
    CODINGS,
    AdministrativeData,
    Application,
    EmergencyNumber,
    Entry,
    EpdgNetwork,
    Location,
    MessageParameters,
    MessageWaiting,
    NetworkArea,
    NetworkName,
    PreferredNetwork,
    ServiceProviderName,
    SessionKey,
    SessionKeys,
    SimServices,
    StartValues,
    SuciCalculation,
    SuciKey,
    SuciScheme,
    decode,
    encode,
    plain,
)
from simtool.files.path import FilePath

U, G, T, S = "MF/ADF.USIM", "MF/DF.GSM", "MF/DF.TELECOM", "MF/ADF.ISIM"
IMPI = "001010000000102@ims.mnc001.mcc001.3gppnetwork.org"
KEY_A = "5a8d38864820197c3394b92613b20b91633cbd897119273bf8e4a6f4eec0a650"  # TS 33.501 annex C.4.3

VECTORS = [  # file, value, content; seen on cards (SJA5, SJA2, SJS1, Fairwaves, Wavemobile) or computed by the clause
    ("MF/EF.ICCID", "8949440000001155314", "989444000000115513f4"),
    ("MF/EF.ICCID", "89445310150011013678", "98443501510011106387"),
    ("MF/EF.PL", ("de", "en"), "6465656effff"),
    (
        "MF/EF.DIR",
        Application("a0000000871004ffffffff8907090000", "ISim1"),
        "61194f10a0000000871004ffffffff890709000050054953696d31",
    ),
    (
        "MF/EF.DIR",
        Application("a0000000871002ffffffff8907090000", "USim1", "730ea00c80011781025f608203454150"),
        "61294f10a0000000871002ffffffff890709000050055553696d31730ea00c80011781025f608203454150ffff",
    ),
    (f"{U}/EF.IMSI", "001010000000102", "080910100000001020"),
    (f"{U}/EF.IMSI", "0010100001234", "0709101000002143ff"),
    (f"{U}/EF.ACC", (3,), "0008"),
    (f"{U}/EF.ACC", (1, 2, 3, 6, 7, 8, 9, 11, 13, 15), "abce"),
    (f"{U}/EF.ACC", tuple(range(16)), "ffff"),
    (f"{U}/EF.AD", AdministrativeData("normal", "0000", 2), "00000002"),
    (f"{U}/EF.AD", AdministrativeData("normal+specific", "0008", 2), "01000802ff"),
    (f"{U}/EF.AD", AdministrativeData("type-approval", "0001", 3, "0102"), "80000103" + "0102"),
    (f"{U}/EF.AD", AdministrativeData(0x20, "0000", 3), "20000003"),
    (f"{S}/EF.AD", AdministrativeData("normal", "0000"), "000000"),
    (f"{S}/EF.AD", None, "ffffff"),
    (f"{U}/EF.SPN", ServiceProviderName("Magic", True, True), "034d61676963ffffffffffffffffffffff"),
    (f"{U}/EF.SPN", ServiceProviderName("Fairwaves"), "00466169727761766573ffffffffffffff"),
    (f"{G}/EF.SPN", ServiceProviderName("Magic", True), "014d61676963ffffffffffffffffffffff"),
    (f"{G}/EF.PLMNsel", ("001-01",), "00f110" + "ff" * 57),
    (f"{U}/EF.FPLMN", ("262-10", "262-20", "262-30", "262-70"), "62f20162f20262f20362f207"),
    (f"{U}/EF.FPLMN", (), "ff" * 12),
    (f"{U}/EF.EHPLMN", ("310-410", None, "404-045"), "130014ffffff045440ffffff"),
    (f"{U}/EF.PLMNwAcT", (PreferredNetwork("001-01", ("all",)),), "00f110ffff" + "ffffff0000" * 2),
    (
        f"{U}/EF.HPLMNwAcT",
        (PreferredNetwork("262-01", ("NG-RAN",)), PreferredNetwork("262-02", ("E-UTRAN WB-S1", "E-UTRAN NB-S1"))),
        "62f2100800" + "62f2204000",
    ),
    (f"{U}/EF.OPLMNwAcT", (PreferredNetwork("262-01", ("hex:c001",)),), "62f210c001"),
    (f"{U}/EF.HPPLMN", 30, "05"),
    (f"{U}/EF.PNN", NetworkName("wavemobile"), "430a82f7b0bddc7e8bd3ec32ffffffffffffffff"),
    (f"{U}/EF.OPL", NetworkArea("234-53", 1), "32f4350000fffe01"),
    (f"{U}/DF.5GS/EF.OPL5G", NetworkArea("262-01", 2, 0x000001, 0xFFFFFE), "62f210000001fffffe02"),
    (f"{U}/EF.SPDI", ("234-53", "234-20"), "a308800632f43532f402ffff"),
    (f"{U}/EF.UST", (1, 8, 9, 16), "8181000000"),
    (f"{U}/EF.UST", (), "0000"),
    (f"{U}/EF.EST", (1, 3), "05"),
    (f"{S}/EF.IST", (1, 4, 5, 10), "190200"),
    (f"{G}/EF.SST", SimServices((1, 2), (3, 5)), "1f01"),
    (f"{U}/EF.MSISDN", Entry("+77776336143"), "ffff07917777366341f3ffffffffffff"),
    (f"{T}/EF.ADN", Entry("+4930123456", "Büro"), "427e726fffff06919403214365" + "ff" * 7),
    (f"{U}/EF.FDN", Entry("*100#", "", 1, 2), "ffff0481" + "1a00fb" + "ff" * 7 + "0102"),
    (f"{U}/EF.BDN", Entry("118", "", None, None, 1), "0381" + "11f8" + "ff" * 8 + "ffff" + "01"),
    (f"{U}/EF.MSISDN", Entry("123;ton=a1"), "03a121f3" + "ff" * 10),
    (
        f"{U}/EF.SMSP",
        MessageParameters("0015555", pid=0, dcs=0, validity=0),
        "ff" * 24 + "e1" + "ff" * 12 + "0581005155f5ffffffffffff" + "000000",
    ),
    (
        f"{U}/EF.SMSP",
        MessageParameters("+491710760000", "MVNO", "+4912", 0x7F, None, 0xAD),
        "4d564e4fff" + "e8" + "04919421" + "ff" * 8 + "0791947101670000" + "ff" * 4 + "7fffad",
    ),
    (
        f"{U}/EF.SMSP",
        MessageParameters("", "ENetworks", None, 0, 0, 0xA7),
        "454e6574776f726b73" + "ff" * 7 + "e1" + "ff" * 24 + "0000a7",
    ),
    (f"{U}/EF.MBI", (1, 0, None, 3), "0100ff03ff"),
    (f"{U}/EF.MWIS", MessageWaiting(("voicemail", "email"), (2, 0, 1, 0)), "0502000100"),
    (f"{U}/EF.ECC", EmergencyNumber(), "ff" * 8 + "00"),
    (f"{U}/EF.ECC", EmergencyNumber("112", "SOS", ("police", "ambulance")), "11f2ff" + "534f53ffff" + "03"),
    (f"{G}/EF.ECC", ("112", "911"), "11f2ff19f1ff" + "ff" * 9),
    (f"{S}/EF.IMPI", IMPI, "8031" + IMPI.encode().hex() + "ff"),
    (f"{S}/EF.IMPU", "sip:a@b", "80077369703a614062ffff"),
    (f"{S}/EF.DOMAIN", "b", "800162"),
    (f"{S}/EF.P-CSCF", "192.0.2.1", "800501c0000201"),
    (f"{S}/EF.P-CSCF", "2001:db8::1", "80110220010db8000000000000000000000001ff"),
    (f"{S}/EF.P-CSCF", "p.example", "800a00" + b"p.example".hex() + "ff"),
    (f"{U}/EF.ePDGId", "epdg.example", "800d00" + b"epdg.example".hex() + "ffff"),
    (
        f"{U}/EF.ePDGSelection",
        (EpdgNetwork("262-01", 1, "operator"), EpdgNetwork("001-01", 2, "location")),
        "800c62f21000010000f110000201ffff",
    ),
    (
        f"{U}/DF.5GS/EF.SUCI_Calc_Info",
        SuciCalculation((SuciScheme(1, 1), SuciScheme(0)), (SuciKey(27, KEY_A),)),
        "a00401010000" + "a125" + "80011b" + "8120" + KEY_A + "ffff",
    ),
    (f"{U}/DF.SAIP/EF.SUCI_Calc_Info", SuciCalculation(), "a000ffff"),
    (f"{U}/DF.5GS/EF.Routing_Indicator", "0", "f0ffffff"),
    (f"{U}/DF.5GS/EF.Routing_Indicator", "1234", "2143ffff"),
    (f"{U}/EF.LOCI", Location("ffffffff", None, "0000", 1, "ff"), "ffffffffffffff0000ff01"),
    (f"{U}/EF.PSLOCI", Location("ff" * 7, "262-01", "000000", 1), "ff" * 7 + "62f21000000001"),
    (f"{U}/EF.EPSLOCI", Location("ff" * 12, "262-01", "0000", 1), "ff" * 12 + "62f210000001"),
    (f"{U}/EF.Keys", SessionKeys(), "07" + "ff" * 32),
    (f"{G}/EF.Kc", SessionKey(), "ff" * 8 + "07"),
    (f"{U}/EF.START-HFN", StartValues(), "f00000f00000"),
    (f"{G}/EF.Phase", 3, "03"),
    (f"{G}/EF.ACMmax", 1000, "0003e8"),
    (f"{U}/EF.GID1", "4d56", "4d56" + "ff" * 6),
    ("MF/DF.SYSTEM/EF.SIM_AUTH_KEY", "0102", "0102"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "content"), VECTORS, ids=[f"{row[0]} {row[2][:12]}" for row in VECTORS])
def test_vectors(path, value, content):
    raw = bytes.fromhex(content)
    assert encode(FilePath(path), value, size=len(raw)).hex() == content
    assert decode(FilePath(path), raw) == value


@pytest.mark.parametrize(("path", "value", "content"), VECTORS, ids=[f"{row[0]} {row[2][:12]}" for row in VECTORS])
def test_the_form_for_json_is_read_back(path, value, content):
    form = json.loads(json.dumps(plain(value)))
    assert form == yaml.safe_load(yaml.safe_dump(form))
    assert encode(FilePath(path), form, size=len(content) // 2).hex() == content


@pytest.mark.parametrize(
    ("path", "value", "same"),
    [
        (f"{U}/EF.IMSI", Imsi("001010000000102"), "001010000000102"),
        ("MF/EF.ICCID", Iccid("8949440000001155314"), "8949440000001155314"),
        (f"{U}/EF.EHPLMN", Plmn("001", "01"), ["001-01"]),
        (f"{U}/EF.EHPLMN", "00101", ["001-01"]),
        (f"{U}/EF.HPLMNwAcT", ["262-01"], [PreferredNetwork("262-01")]),
        (
            f"{U}/EF.HPLMNwAcT",
            [{"plmn": "262-01", "technologies": ["5G", "4G"]}],
            [PreferredNetwork("262-01", ("NG-RAN", "E-UTRAN"))],
        ),
        (f"{U}/EF.SPN", "MVNO", ServiceProviderName("MVNO")),
        (f"{U}/EF.PNN", "MVNO", NetworkName("MVNO")),
        (f"{U}/EF.MSISDN", "+49 30 123456", Entry("+4930123456")),
        (f"{U}/EF.MSISDN", DialNumber.parse("+4930123456"), Entry("+4930123456")),
        (f"{U}/EF.SMSP", "+491710760000", MessageParameters("+491710760000")),
        (f"{U}/EF.ACC", 3, (3,)),
        (f"{U}/EF.UST", ["SPN", 21, "27"], (19, 21, 27)),
        (f"{S}/EF.IST", "P-CSCF address", (1,)),
        (f"{G}/EF.SST", ["SPN", "MSISDN"], SimServices((9, 17))),
        (f"{U}/EF.GID1", bytes.fromhex("4d56"), "4d56"),
        (f"{U}/EF.IMSI", "hex:080910100000001020", "001010000000102"),
        (f"{U}/EF.LI", "de", ("de",)),
    ],
)  # fmt: skip
def test_other_ways_to_say_it(path, value, same):
    size = 40 if path.endswith(("MSISDN", "SMSP")) else None
    assert encode(FilePath(path), value, size=size) == encode(FilePath(path), same, size=size)


@pytest.mark.parametrize(
    ("path", "value", "size", "reason"),
    [
        (f"{U}/EF.IMSI", "12345", 9, "IMSI"),
        (f"{U}/EF.ACC", 16, 2, "access class"),
        (f"{U}/EF.AD", {"mode": "party"}, 4, "known|operation mode"),
        (f"{U}/EF.AD", {"mnc_length": 4}, 4, "2 or 3"),
        (f"{U}/EF.AD", {"mnc": 4}, 4, "not known here: mnc"),
        (f"{U}/EF.SPN", "An operator's very long name", 17, "field has 16"),
        (f"{U}/EF.FPLMN", ["262-01"] * 5, 12, "room for 12"),
        (f"{U}/EF.PLMNwAcT", [{"plmn": "262-01", "technologies": ["6G"]}], 5, "6G"),
        (f"{U}/EF.HPPLMN", 7, 1, "multiple of 6"),
        (f"{U}/EF.MSISDN", "123456789012345678901", 34, "room is for 20"),
        (f"{U}/EF.MSISDN", {"number": "1", "name": "too long"}, 16, "field has 2"),
        (f"{U}/EF.UST", ["nothing"], 20, "no one service"),
        (f"{U}/EF.UST", [161], 20, "room for 20"),
        (f"{U}/EF.ePDGSelection", [{"plmn": "262-01", "fqdn": "x"}], 20, "operator, location"),
        (f"{U}/DF.5GS/EF.Routing_Indicator", "12345", 4, "routing indicator"),
        (f"{U}/EF.ARR", "read: always", 50, "AccessRules"),
        ("MF/EF.Nothing", 1, 4, "give its content in hex"),
        ("MF/EF.Nothing", "12345", 4, "hex digits"),
        (f"{S}/EF.P-CSCF", "a b", 20, "neither"),
        (f"{U}/EF.LI", "deu", 20, "two letters"),
        (f"{U}/EF.MWIS", {"waiting": ["smoke signal"]}, 5, "smoke signal"),
    ],
)  # fmt: skip
def test_what_cannot_be_said(path, value, size, reason):
    with pytest.raises(EncodeError, match=reason) as caught:
        encode(FilePath(path), value, size=size)
    assert str(caught.value).startswith(path)


def test_key_material_is_never_repeated():
    for value in ("hex:00112233445566778899aabbccddee", {"ck": "00112233445566778899aabbccddee"}):
        with pytest.raises(EncodeError) as caught:
            encode(FilePath(f"{U}/EF.Keys"), value, size=10)
        assert "0011" not in str(caught.value)
    assert "0011" not in repr(decode(FilePath(f"{U}/EF.Keys"), bytes.fromhex("00" + "0011" * 16)))


def test_access_rules_of_real_cards():
    model = product.load("sysmoISIM-SJA5")
    for path in ("MF/EF.ARR", f"{U}/EF.ARR", f"{S}/EF.ARR"):
        for record in model.file(path).contents:
            rules = decode(FilePath(path), record)
            assert rules is None or isinstance(rules, AccessRules)
            assert encode(FilePath(path), rules, size=len(record)) == record


def test_every_coding_belongs_to_a_standard_file():
    standard = {path.name for path in catalogue.catalogue()}
    assert set(CODINGS) <= standard


PATHS = st.sampled_from([FilePath(f"MF/ADF.USIM/{name}") for name in CODINGS] + [FilePath(f"{G}/EF.ECC")])


@settings(max_examples=1500, deadline=None)
@given(PATHS, st.binary(max_size=60), st.integers(min_value=0, max_value=20))
def test_no_byte_is_lost(path, content, padding):
    content += b"\xff" * padding
    value = decode(path, content)
    assert encode(path, value, size=len(content)) == content
    if path.name != "EF.ARR":
        assert encode(path, json.loads(json.dumps(plain(value))), size=len(content)) == content


@given(st.lists(st.integers(min_value=1, max_value=160), max_size=30))
def test_services(numbers):
    path = FilePath(f"{U}/EF.UST")
    assert decode(path, encode(path, numbers, size=20)) == tuple(sorted(set(numbers)))


@given(
    st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x24F), max_size=5),
    st.booleans(),
    st.booleans(),
)
def test_service_provider_names(name, home, roaming):
    path, value = FilePath(f"{U}/EF.SPN"), ServiceProviderName(name, home, roaming)
    assert decode(path, encode(path, value, size=17)) == value
