"""Vectors of all files beside those of everyday use: real cards, published examples, examples worked by the clause."""

from __future__ import annotations

import json

import pytest
import yaml

from simtool.files.contents import Entry, EpdgNetwork, SessionKey, SessionKeys, decode, encode, plain
from simtool.files.contents.calls import Alerting, Call, CallForwarding, ComparisonMethod, UnitPrice
from simtool.files.contents.card import PowerLimits
from simtool.files.contents.cells import AreaIndicator, ClosedGroup, ClosedGroups, GroupType, LocalisedArea
from simtool.files.contents.fiveg import DisasterRoaming, NetworkPolicies, SnpnIdentifier, SupiNai
from simtool.files.contents.graphics import Icon, Image, ImageInstance, MenuTitle
from simtool.files.contents.groups import ActiveGroups, GroupCiphers, PriorityLevels
from simtool.files.contents.locks import CooperatingNetwork, PairedDevice, PairingStatus, UnlockCodes
from simtool.files.contents.messages import BroadcastRange, MessageState, StatusReport, StoredMessage
from simtool.files.contents.mms import MmsConnection, MmsNotification, MmsPreference
from simtool.files.contents.objects import DataObject
from simtool.files.contents.parts import Settings
from simtool.files.contents.phonebook import AdditionalNumber, Book, BookControl, BookFile, Extension, LinkedText
from simtool.files.contents.policy import CarrierArea, DataOff, NasSettings, SignalThresholds, Television, UriEntry
from simtool.files.contents.security import (
    AnchorKeys,
    BootstrappedServer,
    Bootstrapping,
    EpsContext,
    NasContext5g,
    ServiceKey,
    ServiceKeys,
    UserKey,
    UserKeyName,
)
from simtool.files.contents.state import Location
from simtool.files.path import FilePath

U, S, G, T = "MF/ADF.USIM", "MF/ADF.ISIM", "MF/DF.GSM", "MF/DF.TELECOM"
B, F = f"{T}/DF.PHONEBOOK", f"{U}/DF.5GS"
KEY = bytes(range(32)).hex()
TPDU = "040b91947101670000f1000062112431830040" + "05e8329bfd06"
POINT = "100000" + "200000"
SJS1_BOOK = (
    "a823c0034f3a0ac1034f1505c5034f0901c6034f4c0bca034f5109c3034f1904c9034f1606a90fc4034f1102c4034f1307ca034f1408"
)
SJS1_BOOK += "aa12c2034f1203cb034f3d0cc7024f4bc8024f4d"

VECTORS = [  # path, value, content, where from
    ("MF/EF.UMPC", PowerLimits(60, 255, ("suspension",)), "3cff02ffff", "sysmoISIM-SJA5"),
    ("MF/EF.UMPC", PowerLimits(60, 60, (), "0000"), "3c3c000000", "sysmoISIM-SJA2"),
    (f"{G}/EF.LP", ("en",), "01ffffff", "sysmosim-gr1"),
    (f"{G}/EF.LP", ("de", "cs", 0x1F), "00201f", "TS 23.038 §5"),
    # phone book
    (
        f"{B}/EF.PBR",
        Book(
            per_entry=(BookFile("ADN", "4f3a", 1), BookFile("PBC", "4f09", 2)),
            shared=(BookFile("CCP1", "4f3d", 3),),
        ),
        "a80ac0034f3a01c5034f0902aa05cb034f3d03" + "ff" * 15,
        "Wavemobile-SIM",
    ),
    (
        f"{B}/EF.PBR",
        Book(
            per_entry=tuple(
                BookFile(kind, fid, sfi)
                for kind, fid, sfi in (
                    ("ADN", "4f3a", 10), ("IAP", "4f15", 5), ("PBC", "4f09", 1), ("GRP", "4f4c", 11),
                    ("EMAIL", "4f51", 9), ("SNE", "4f19", 4), ("UID", "4f16", 6),
                )
            ),
            by_index=(BookFile("ANR", "4f11", 2), BookFile("ANR", "4f13", 7), BookFile("EMAIL", "4f14", 8)),
            shared=(
                BookFile("EXT1", "4f12", 3), BookFile("CCP1", "4f3d", 12), BookFile("AAS", "4f4b"),
                BookFile("GAS", "4f4d"),
            ),
        ),
        SJS1_BOOK + "ff" * 4,
        "sysmoUSIM-SJS1",
    ),
    (f"{B}/EF.IAP", (1, None, 3), "01ff03ff", "TS 31.102 §4.4.2.2"),
    (f"{B}/EF.EXT1", Extension(), "00" + "ff" * 12, "sysmoISIM-SJA5"),
    (f"{U}/EF.EXT8", Extension(), "00" + "ff" * 14, "Fairwaves-SIM"),
    (f"{U}/EF.EXT2", Extension("additional", "1234567"), "0204214365f7" + "ff" * 7, "TS 31.102 §4.4.2.4"),
    (f"{U}/EF.EXT3", Extension("subaddress", None, "a1b2", 4), "01a1b2" + "ff" * 9 + "04", "TS 31.102 §4.4.2.4"),
    (f"{U}/EF.EXT5", Extension("additional", None, "0b12"), "020b12" + "ff" * 10, "a length that is wrong"),
    (f"{B}/EF.PBC", BookControl(), "0000", "sysmoUSIM-SJS1"),
    (f"{B}/EF.PBC", BookControl(("changed",), 2), "0102", "TS 31.102 §4.4.2.5"),
    (f"{B}/EF.GRP", (), "00" * 10, "sysmoUSIM-SJS1"),
    (f"{B}/EF.GRP", (2, 1), "02010000", "TS 31.102 §4.4.2.6"),
    (f"{B}/EF.AAS", "Work", "576f726bffff", "TS 31.102 §4.4.2.7"),
    (f"{B}/EF.GAS", "Familie Жук", "81" + "0b08" + "46616d696c696520" + "96c3ba" + "ff", "TS 102 221 annex A"),
    (f"{B}/EF.ANR", AdditionalNumber("+4930", 1), "0103919403" + "ff" * 8 + "ffff", "TS 31.102 §4.4.2.9"),
    (
        f"{B}/EF.ANRA",
        AdditionalNumber("112", 0, None, 5, "0a07"),
        "000381" + "11f2" + "ff" * 8 + "ff05" + "0a07",
        "TS 31.102 §4.4.2.9, type 2, name of annex G",
    ),
    (f"{B}/EF.SNE", LinkedText("Bob"), "426f62ffff", "TS 31.102 §4.4.2.10, type 1"),
    (f"{B}/EF.SNE", LinkedText("Bob", 10, 7), "426f62ffff0a07", "TS 31.102 §4.4.2.10, type 2"),
    (f"{B}/EF.EMAIL", LinkedText("a@b.c", None, 3), "6100622e63ffffff03", "TS 31.102 §4.4.2.13"),
    (f"{B}/EF.PURI", LinkedText("sip:a@b", 10, 1), "80077369703a614062" + "ff" + "0a01", "TS 31.102 §4.4.2.15"),
    (f"{B}/EF.UID", 2, "0002", "sysmoISIM-SJA2"),
    (f"{B}/EF.PSC", 0, "00000000", "sysmoUSIM-SJS1"),
    (f"{B}/EF.CC", 258, "0102", "TS 31.102 §4.4.2.12.3"),
    (f"{B}/EF.PUID", 2, "0002", "sysmoISIM-SJA2"),
    (f"{U}/EF.CCP2", "0401a0", "0401a0" + "ff" * 12, "TS 24.008 §10.5.4.5"),
    (f"{T}/EF.PSISMSC", "tel:+112233445566778", "801474656c3a2b313132323333343435353636373738", "TS 48 v5 profile"),
    # messages
    (f"{U}/EF.SMS", StoredMessage(), "00" + "ff" * 175, "sysmoUSIM-SJS1"),
    (
        f"{U}/EF.SMS",
        StoredMessage("received, to be read", "+491710760000", TPDU),
        "03" + "07919471016700" + "00" + TPDU + "ff" * 20,
        "TS 31.102 §4.2.25, TS 23.040 §9.2.2.1",
    ),
    (f"{S}/EF.SMS", StoredMessage("to be sent", "", "01"), "070001ff", "TS 31.103 §4.2.12"),
    (f"{U}/EF.SMSS", MessageState(0, False), "00ff", "Fairwaves-SIM"),
    (f"{T}/EF.SMSS", MessageState(5, True, 0x7F, "aa"), "05feaa", "TS 51.011 §10.5.7"),
    (f"{U}/EF.SMSR", StatusReport(), "00" + "ff" * 29, "sysmoUSIM-SJS1"),
    (f"{U}/EF.SMSR", StatusReport(3, "0605"), "030605" + "ff" * 27, "TS 31.102 §4.2.32"),
    (f"{U}/EF.CBMI", (4370, None, 50), "1112ffff0032ffff", "TS 31.102 §4.2.14"),
    (f"{U}/EF.CBMID", (4096,), "1000ffff", "TS 31.102 §4.2.20"),
    (f"{U}/EF.CBMIR", (BroadcastRange(4370, 4399),), "1112112fffffffff", "TS 31.102 §4.2.22"),
    # calls
    (f"{U}/EF.ICI", Call(link="01ffff"), "ff" * 21 + "00000000" + "01ffff", "sysmoUSIM-SJS1"),
    (
        f"{U}/EF.ICI",
        Call("+4930", "Amt", 1, 2, "2026-11-24T18:30:05+01:00", 61, 1, "000a01"),
        "416d74ff" + "03919403" + "ff" * 8 + "0102" + "62114281035040" + "00003d" + "01" + "000a01",
        "TS 31.102 §4.2.33, TS 24.008 §10.5.3.9",
    ),
    (
        f"{U}/EF.OCI",
        Call("112", "", None, None, "2001-02-03T04:05:06-05:45", 0),
        "038111f2" + "ff" * 8 + "ffff" + "102030405060" + "3a" + "000000" + "ffffff",
        "TS 31.102 §4.2.34",
    ),
    (f"{U}/EF.ICI", Call(time="hex:00000000000000"), "ff" * 14 + "00" * 7 + "00000000" + "ffffff", "no date"),
    (f"{U}/EF.OCT", 0, "000000", "sysmoUSIM-SJS1"),
    (f"{U}/EF.ICT", 3661, "000e4d", "TS 31.102 §4.2.35"),
    (f"{U}/EF.PUCT", UnitPrice(), "ffffff0000", "sysmoUSIM-SJS1"),
    (f"{U}/EF.PUCT", UnitPrice("EUR", 23, -2), "4555520157", "Rankl, Effing: Smart Card Handbook"),
    (f"{T}/EF.CMI", ComparisonMethod(2, "Exact"), "4578616374ff02", "TS 51.011 §10.5.16"),
    (f"{U}/EF.CFIS", CallForwarding(3), "0300" + "ff" * 14, "sysmoISIM-SJA5"),
    (
        f"{U}/EF.CFIS",
        CallForwarding(1, ("voice", "bit 4"), "+4930", None, 1),
        "0109" + "03919403" + "ff" * 8 + "ff01",
        "TS 31.102 §4.2.64",
    ),
    # multimedia messages
    (f"{U}/EF.MMSN", MmsNotification(), "000000ffff", "sysmoISIM-SJA5"),
    (f"{U}/EF.MMSN", MmsNotification(("used", "read", "retrieved"), ("WAP",), "8c82", 9), "0700018c82ff09", "§4.2.67"),
    (
        f"{U}/EF.MMSICP",
        (MmsConnection(("WAP",), "http://mms", ("10aa", "20"), "1122", "8400"),),
        "ab1c" + "800101" + "810a" + b"http://mms".hex() + "820210aa" + "820120" + "83021122" + "8400" + "ffff",
        "TS 31.102 §4.2.69",
    ),
    (
        f"{U}/EF.MMSUP",
        MmsPreference(("WAP",), "Mine", "0180"),
        "800101" + "81044d696e65" + "82020180" + "ff",
        "TS 31.102 §4.2.70",
    ),
    # pictures
    (f"{T}/DF.GRAPHICS/EF.IMG", Image(), "00" + "ff" * 9, "Wavemobile-SIM"),
    (
        f"{T}/DF.GRAPHICS/EF.IMG",
        Image((ImageInstance(8, 8, "black and white", "4f01", 0, 10), ImageInstance(16, 16, "colour", "4f02", 5, 300))),
        "02" + "0808114f010000000a" + "1010214f020005012c" + "ff",
        "TS 31.102 §4.6.1.1",
    ),
    (f"{U}/EF.SPNI", (Icon("http://i"), Icon(None, 3, "with name")), "800901687474703a2f2f6981020203", "§4.2.88"),
    (f"{U}/EF.PNNI", (Icon(None, 1),), "81020101ffff", "TS 31.102 §4.2.89"),
    (f"{G}/EF.SUME", MenuTitle("Roaming options"), "850f526f616d696e67206f7074696f6e73ffffff", "Wavemobile-SIM"),
    (f"{G}/EF.SUME", MenuTitle("SIM-menu", False), "050853494d2d6d656e75" + "ff" * 10, "sysmosim-gr1"),
    (f"{T}/EF.SUME", MenuTitle(""), "8500" + "ff" * 16, "sysmoISIM-SJA5"),
    (f"{T}/EF.SUME", MenuTitle("A", True, "1e020103"), "850141" + "1e020103" + "ff", "TS 102 222 §7.3"),
    # groups
    (f"{U}/EF.VGCS", ("12", "123", "1234", "666638"), "21ffffff21f3ffff2143ffff666683ff", "sysmoISIM-SJA5"),
    (f"{U}/EF.VBS", ("1111119",), "111111f9ffffffff", "sysmoISIM-SJA5"),
    (f"{G}/EF.VBSS", ActiveGroups((1, 3, 5)), "150000000000fc", "sysmoISIM-SJA5"),
    (f"{U}/EF.VGCSS", ActiveGroups((), 0), "00000000000000", "sysmoUSIM-SJS1"),
    (f"{U}/EF.VGCSCA", (GroupCiphers(1, 3),), "0103", "sysmoISIM-SJA5"),
    (f"{U}/EF.eMLPP", PriorityLevels(), "0000", "sysmoUSIM-SJS1"),
    (f"{G}/EF.eMLPP", PriorityLevels(("A", "4"), ("0",)), "4104", "TS 51.011 §10.3.24"),
    (f"{U}/EF.AAeM", Settings(), "00", "sysmoUSIM-SJS1"),
    (f"{G}/EF.AAeM", Settings(("B", "1")), "0a", "TS 51.011 §10.3.25"),
    # keys of sessions
    (
        f"{U}/EF.EPSNSC",
        EpsContext(7, KEY, 1, 2, "22"),
        "a034800107" + "8120" + KEY + "820400000001" + "830400000002" + "840122",
        "TS 31.102 §4.2.92: 54 bytes",
    ),
    (
        f"{F}/EF.5GS3GPPNSC",
        NasContext5g(0, KEY, 1, 2, "22", "11"),
        "a037800100" + "8120" + KEY + "820400000001" + "830400000002" + "840122" + "850111" + "ff" * 5,
        "TS 31.102 §4.4.11.4: 57 bytes",
    ),
    (f"{F}/EF.5GAUTHKEYS", AnchorKeys(KEY, KEY), "8020" + KEY + "8120" + KEY, "TS 31.102 §4.4.11.6: 68 bytes"),
    (
        f"{U}/EF.GBABP",
        Bootstrapping("00112233445566778899aabbccddeeff", "x@bsf", "3132"),
        "1000112233445566778899aabbccddeeff" + "05" + b"x@bsf".hex() + "023132" + "ffff",
        "TS 31.102 §4.2.79",
    ),
    (f"{S}/EF.GBANL", BootstrappedServer("aabb", "x@bsf"), "8002aabb81057840627366ff", "TS 31.103 §4.2.10"),
    (f"{U}/EF.NAFKCA", "naf.example", "800b" + b"naf.example".hex(), "TS 31.102 §4.2.87"),
    (
        f"{U}/EF.MSK",
        ServiceKeys("26201f", (ServiceKey("00010002", 7),)),
        "26201f" + "01" + "00010002" + "00000007" + "ff" * 8,
        "TS 31.102 §4.2.80",
    ),
    (f"{U}/EF.MUK", UserKey(UserKeyName("aa", "bb"), 5), "a006" + "8001aa" + "8201bb" + "810400000005", "§4.2.81"),
    # the operator's settings
    (f"{U}/EF.ACL", (), "00" + "ff" * 19, "Wavemobile-SIM"),
    (
        f"{U}/EF.ACL",
        ("internet.mvno", ""),
        "02" + "dd0e" + "08" + b"internet".hex() + "04" + b"mvno".hex() + "dd00" + "ff",
        "TS 31.102 §4.2.48, TS 23.003 §9.1",
    ),
    (
        f"{U}/EF.NASCONFIG",
        NasSettings(1, 0, 1, 30, 1, 0, extra="8a0105"),
        "800101" + "810100" + "820101" + "83011e" + "840101" + "850100" + "8a0105",
        "TS 31.102 §4.2.94",
    ),
    (f"{U}/EF.PWS", Settings((), "0000"), "000000", "sysmoISIM-SJA5"),
    (f"{U}/EF.PWS", Settings(("ignore abroad",)), "02", "TS 31.102 §4.2.96"),
    (f"{U}/EF.FDNURI", UriEntry("sip:a@b", "Amt"), "80077369703a614062" + "416d74ffff", "TS 31.102 §4.2.97"),
    (f"{U}/EF.SDNURI", UriEntry("tel:112"), "8007" + b"tel:112".hex() + "ffff", "TS 31.102 §4.2.99"),
    (f"{U}/EF.FromPreferred", Settings(), "00", "sysmoISIM-SJA5"),
    (f"{S}/EF.FromPreferred", Settings(("from preferred",)), "01", "TS 31.103 §4.2.17"),
    (
        f"{U}/EF.3GPPPSDATAOFF",
        DataOff(("MMTEL voice", "SMS over IP"), ("device management",), "0000"),
        "12400000",
        "TS 31.102 §4.2.109",
    ),
    (f"{U}/EF.TVCONFIG", Television("262-01", (DataObject("a0", "01" * 9),)), "62f210a009" + "01" * 9, "§4.2.108"),
    (f"{U}/EF.EARFCNList", (CarrierArea(6300, (POINT * 3,)),), "a01a80040000189c8112" + POINT * 3 + "ff", "§4.2.112"),
    (f"{U}/EF.eAKA", Settings(), "00", "sysmoISIM-SJA5"),
    (f"{U}/EF.OCST", SignalThresholds(("thresholds",), "8001aa"), "018001aaff", "TS 31.102 §4.2.115"),
    (f"{S}/EF.IMPU", ("sip:a", "sip:b"), "80057369703a6180057369703a62ff", "TS 48 v5 profile: two in one record"),
    (f"{U}/EF.UICCIARI", "urn:x", "800575726e3a78", "TS 31.102 §4.2.95"),
    (f"{S}/EF.WebRTCURI", "ws:x", "800477733a78ff", "TS 31.103 §4.2.20"),
    (f"{U}/EF.XCAPConfigData", (DataObject("a0", "8101aa"),), "a0038101aa", "TS 31.102 §4.2.111"),
    (f"{S}/EF.IMSConfigData", (DataObject("80", "00"), DataObject("81", "3c3e")), "80010081023c3e", "31.103 §4.2.18"),
    (f"{T}/DF.MCS/EF.MST", (1, 9), "0101", "TS 31.102 §4.6.4.1"),
    (f"{U}/DF.ProSe/EF.PST", (), "000000", "sysmoISIM-SJA2"),
    (f"{G}/DF.MExE/EF.MExE-ST", (1, 3), "05", "TS 51.011 §10.4.2.1"),
    # ties between card and phone
    (f"{U}/EF.DCK", UnlockCodes("12345678", None, "1", None), "21436587ffffffff" + "f1ffffff" + "ffffffff", "§4.2.49"),
    (f"{U}/EF.CNL", (CooperatingNetwork("262-01", 5),), "62f21005ffff" + "ff" * 6, "TS 31.102 §4.2.50"),
    (f"{U}/EF.Hiddenkey", "1234", "2143ffff", "TS 31.102 §4.2.42"),
    (f"{U}/EF.IPS", PairingStatus("OK", 1), "4f4b01ff", "TS 31.102 §4.2.101"),
    (f"{U}/EF.IPD", PairedDevice("3a65840012345678"), "80083a65840012345678", "TS 31.102 §4.2.102"),
    # cells
    (
        f"{U}/DF.HNB/EF.ACSGL",
        ClosedGroups("262-01", (ClosedGroup(23),)),
        "a00d800362f21081060000000002e0",
        "example of public code",
    ),
    (
        f"{U}/DF.HNB/EF.OCSGL",
        ClosedGroups("262-01", (ClosedGroup(23),), "all available"),
        "a010800362f21081060000000002e0820100" + "ff",
        "example of public code",
    ),
    (f"{U}/DF.HNB/EF.CSGT", GroupType("foo"), "8906810300666f6f", "example of public code"),
    (
        f"{U}/DF.HNB/EF.CSGT",
        GroupType("foo", "https://foo.bar/"),
        "8906810300666f6f801068747470733a2f2f666f6f2e6261722f",
        "example of public code",
    ),
    (f"{U}/DF.HNB/EF.HNBN", "mahlzeit", "800b8108006d61686c7a656974", "example of public code"),
    (f"{G}/DF.SoLSA/EF.SAI", AreaIndicator(("localised areas only",), "Zone"), "015a6f6e65ff", "TS 51.011 §10.4.1.1"),
    (
        f"{G}/DF.SoLSA/EF.SLL",
        LocalisedArea("Home", 1, 0, 2, 3, "262-01", "4f32", 1),
        "486f6d65ff" + "01000203" + "62f210" + "4f3201",
        "TS 51.011 §10.4.1.2",
    ),
    (f"{U}/EF.NETPAR", (DataObject("a0", "80020025"),), "a00480020025ffff", "TS 31.102 annex C"),
    (f"{G}/EF.BCCH", "8fb680" + "00" * 13, "8fb680" + "00" * 13, "sysmosim-gr1"),
    (f"{G}/EF.CPBCCH", ("0025",), "0025ffff", "TS 51.011 §10.3.38"),
    (f"{G}/EF.InvScan", Settings(), "00", "sysmoUSIM-SJS1"),
    # 5G
    (f"{F}/EF.5GS3GPPLOCI", Location("ff" * 13, "246-81", "000000", 1), "ff" * 13 + "42f61800000001", "sysmoISIM-SJA5"),
    (f"{F}/EF.5GSN3GPPLOCI", Location("ff" * 13, None, "ffffff", 1), "ff" * 19 + "01", "sysmoISIM-SJA2"),
    (f"{F}/EF.UAC_AIC", Settings(("multimedia priority service", "mission critical services")), "03ffffff", "SJA5"),
    (f"{F}/EF.SUPI_NAI", SupiNai("u@example"), "8009" + b"u@example".hex() + "ff", "TS 31.102 §4.4.11.10"),
    (
        f"{F}/EF.URSP",
        (NetworkPolicies("262-01", "0011"), NetworkPolicies("001-01")),
        "800a" + "62f210" + "020011" + "00f110" + "00" + "ff",
        "TS 31.102 §4.4.11.12",
    ),
    (f"{F}/EF.TN3GPPSNN", "5G:x", "800435473a78", "TS 31.102 §4.4.11.13"),
    (f"{F}/EF.TN3GPPSNN", ("5G:x", "5G:y"), "800435473a78800435473a79ff", "TS 31.102 §4.4.11.13"),
    (f"{F}/EF.CAG", (DataObject("80"),), "8000", "TS 31.102 §4.4.11.14"),
    (f"{F}/EF.SOR-CMCI", (DataObject("80", "01"),), "800101ff", "TS 31.102 §4.4.11.15"),
    (f"{F}/EF.DRI", DisasterRoaming(), "00ffffffffffff", "TS 31.102 §4.4.11.17"),
    (
        f"{F}/EF.DRI",
        DisasterRoaming(("disaster roaming",), ("return range", "bit 5", "bit 6", "bit 7", "bit 8"), "0102", None, 3),
        "01f20102ffff03",
        "TS 31.102 §4.4.11.17: a bit of 1 says absent",
    ),
    (f"{F}/EF.MCHPPLMN", 2, "02", "TS 31.102 §4.4.11.20"),
    (f"{U}/DF.SNPN/EF.PWS_SNPN", Settings(("ignore in subscribed",)), "01", "TS 31.102 §4.4.12.2"),
    (f"{U}/DF.SNPN/EF.NID", SnpnIdentifier("self", "0102030405"), "010102030405", "TS 31.102 §4.4.12.3"),
    (f"{U}/DF.5G_ProSe/EF.5G_PROSE_DD", (DataObject("a0", "8500"),), "a0028500ff", "TS 31.102 §4.4.13.3"),
    # WLAN
    (f"{U}/DF.WLAN/EF.Pseudo", "u1", "00027531ffff", "TS 31.102 §4.4.5.1"),
    (f"{U}/DF.WLAN/EF.WEHPLMNPI", 2, "02", "sysmoISIM-SJA5"),
    (f"{G}/EF.NIA", Alerting(5, "Amt"), "05416d74ff", "TS 51.011 §10.3.31"),
    (f"{U}/EF.URSP", "hex:8005ffff", "8005ffff", "no coding claims what it does not give back"),
    # the same codings under other names
    (f"{F}/EF.5GSN3GPPNSC", NasContext5g(7), "a003800107ff", "TS 31.102 §4.4.11.5"),
    (f"{U}/DF.5G_ProSe/EF.5G_PROSE_ST", (1, 2), "03", "TS 31.102 §4.4.13.2"),
    *(
        (f"{U}/DF.5G_ProSe/EF.5G_PROSE_{name}", (DataObject("a0", "8500"),), "a0028500ff", f"§4.4.13.{clause}")
        for name, clause in (("DC", 4), ("U2NRU", 5), ("RU", 6), ("UIR", 7), ("U2URU", 8), ("EU", 9))
    ),
    (f"{U}/DF.5MBSUECONFIG/EF.5MBSUECONFIG", (DataObject("80", "01"),), "800101", "TS 31.102 §4.4.14.2"),
    (f"{U}/DF.ProSe/EF.PROSE_MON", (DataObject("a0", "800362f210"),), "a005800362f210ff", "TS 31.102 §4.4.8.2"),
    (f"{T}/DF.MCS/EF.MCS_CONFIG", (DataObject("80", "3c3e"),), "80023c3e", "TS 31.102 §4.6.4.2"),
    (f"{T}/DF.V2X/EF.V2X_CONFIG", (DataObject("80", "3c3e"),), "80023c3e", "TS 31.102 §4.6.5.3"),
    (f"{T}/DF.V2X/EF.VST", (1, 2), "0300", "TS 31.102 §4.6.5.2"),
    (f"{U}/EF.MuDMiDConfigData", (DataObject("80", "00"), DataObject("81", "3c3e")), "80010081023c3e", "§4.2.113"),
    (f"{U}/EF.NCP-IP", (DataObject("80", "03617065"), DataObject("84", "01")), "800403617065840101ff", "§4.2.90"),
    (f"{U}/EF.ACM", 60, "00003c", "TS 31.102 §4.2.9"),
    (f"{U}/EF.BDNURI", UriEntry("sip:a@b"), "80077369703a614062ffff", "TS 31.102 §4.2.98"),
    (f"{T}/EF.CCP", "0401a0", "0401a0" + "ff" * 11, "TS 51.011 §10.5.4.1"),
    (f"{B}/EF.CCP1", "0401a0", "0401a0" + "ff" * 12, "TS 31.102 §4.4.2.11"),
    (f"{T}/EF.ECCP", "0401a0", "0401a0" + "ff" * 12, "TS 51.011 §10.5.4.2"),
    (f"{T}/EF.EXT1", Extension("additional", "5", "", 2), "0201f5" + "ff" * 9 + "02", "TS 51.011 §10.5.10"),
    (f"{U}/EF.EXT4", Extension("additional", "5"), "0201f5" + "ff" * 10, "TS 31.102 §4.2.45"),
    (f"{U}/EF.EXT5", Extension("additional", "5"), "0201f5" + "ff" * 10, "TS 31.102 §4.2.37"),
    (f"{U}/EF.EXT8", Extension("additional", None, "028c82"), "02028c82" + "ff" * 10, "TS 31.102 §4.2.68"),
    (f"{U}/EF.EXT6", Extension("additional", "789"), "020287f9" + "ff" * 9, "TS 31.102 §4.2.61"),
    (f"{U}/EF.EXT7", Extension("additional", "789", "", 2), "020287f9" + "ff" * 8 + "02", "TS 31.102 §4.2.65"),
    (f"{U}/EF.GID2", "4e4c02", "4e4c02ffff", "TS 31.102 §4.2.11"),
    (f"{U}/DF.WLAN/EF.HPLMNDAI", 1, "01", "sysmoISIM-SJA5"),
    (f"{U}/DF.WLAN/EF.WHPI", 0, "00", "sysmoISIM-SJA5"),
    (f"{U}/DF.WLAN/EF.UPLMNWLAN", ("262-01",), "62f210ffffff", "TS 31.102 §4.4.5.2"),
    (f"{U}/DF.WLAN/EF.OPLMNWLAN", ("262-01",), "62f210ffffff", "TS 31.102 §4.4.5.3"),
    (f"{U}/DF.WLAN/EF.WLRPLMN", ("262-01",), "62f210", "TS 31.102 §4.4.5.10"),
    (f"{U}/DF.HNB/EF.OCSGT", GroupType(None, None, 2), "810102ff", "TS 31.102 §4.4.6.6"),
    (f"{U}/DF.HNB/EF.OHNBN", "ab", "800580" + "00610062", "TS 31.102 §4.4.6.7"),
    (f"{T}/EF.ICE_DN", Entry("+4930", "Anna"), "416e6e61ff" + "03919403" + "ff" * 10, "TS 31.102 §4.5.6"),
    (f"{T}/EF.LND", Entry("112"), "ffff" + "038111f2" + "ff" * 10, "TS 51.011 §10.5.8"),
    (f"{U}/EF.SDN", Entry("+4930", "Amt"), "416d74" + "03919403" + "ff" * 10, "TS 31.102 §4.2.29"),
    (f"{U}/EF.MBDN", Entry("+8822800333", "Mail"), "4d61696c" + "0691882208" + "3033" + "ff" * 7, "TS 31.102 §4.2.60"),
    (f"{U}/EF.KeysPS", SessionKeys(), "07" + "ff" * 32, "TS 31.102 §4.2.4"),
    (f"{G}/EF.KcGPRS", SessionKey(), "ff" * 8 + "07", "TS 51.011 §10.3.32"),
    (f"{G}/EF.LOCIGPRS", Location("ff" * 7, "262-01", "000000", 1), "ff" * 7 + "62f21000000001", "TS 51.011 §10.3.33"),
    (f"{U}/EF.LI", ("de", "en"), "6465656effff", "TS 31.102 §4.2.1"),
    (f"{U}/EF.EHPLMNPI", 2, "02", "TS 31.102 §4.2.85"),
    (f"{U}/EF.LRPLMNSI", 1, "01", "TS 31.102 §4.2.86"),
    (f"{U}/EF.THRESHOLD", 0xF01000, "f01000", "example of public code"),
    (f"{U}/EF.MMSUCP", (MmsConnection(("WAP",), "http://mms"),), "ab0f800101810a687474703a2f2f6d6d73ff", "§4.2.71"),
    (f"{U}/EF.VBSCA", (GroupCiphers(1, 3), GroupCiphers(0, 0)), "01030000", "TS 31.102 §4.2.78"),
    (f"{U}/EF.ePDGIdEm", "192.168.160.1", "800501c0a8a001ff", "example of public code"),
    (
        f"{U}/EF.ePDGSelectionEm",
        (EpdgNetwork("001-001", 160, "location"),),
        "8006001100" + "00a001",
        "TS 31.102 §4.2.104, TS 24.008 §10.5.1.13",
    ),
]  # fmt: skip
IDS = [f"{row[0]} {row[2][:12]}" for row in VECTORS]


@pytest.mark.parametrize(("path", "value", "content", "source"), VECTORS, ids=IDS)
def test_vectors(path, value, content, source):
    raw = bytes.fromhex(content)
    assert decode(FilePath(path), raw) == value
    assert encode(FilePath(path), value, size=len(raw)).hex() == content


@pytest.mark.parametrize(("path", "value", "content", "source"), VECTORS, ids=IDS)
def test_the_form_for_json_is_read_back(path, value, content, source):
    form = json.loads(json.dumps(plain(value)))
    assert form == yaml.safe_load(yaml.safe_dump(form))
    assert encode(FilePath(path), form, size=len(content) // 2).hex() == content
