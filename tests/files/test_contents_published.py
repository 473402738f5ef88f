"""Examples that others published: test data of pySim (facts: bytes and what they mean), books, the specifications."""

from __future__ import annotations

import pytest

from simtool.files.contents import (
    AdministrativeData,
    EmergencyNumber,
    Entry,
    EpdgNetwork,
    Location,
    NetworkArea,
    NetworkName,
    PreferredNetwork,
    ServiceProviderName,
    SessionKey,
    decode,
    encode,
)
from simtool.files.contents.calls import CallForwarding, UnitPrice
from simtool.files.contents.card import PowerLimits
from simtool.files.contents.groups import ActiveGroups, PriorityLevels
from simtool.files.contents.parts import Settings
from simtool.files.path import FilePath

U, G, T = "MF/ADF.USIM", "MF/DF.GSM", "MF/DF.TELECOM"

PUBLISHED = [  # path, content, value
    ("MF/EF.UMPC", "3cff02", PowerLimits(60, 255, ("suspension",))),
    ("MF/EF.UMPC", "320500", PowerLimits(50, 5)),
    ("MF/EF.ICCID", "988812010000400310f0", "8988211000000430010"),
    ("MF/EF.PL", "6465", ("de",)),
    (f"{G}/EF.IMSI", "082982608200002080", "228062800000208"),
    (f"{G}/EF.IMSI", "082926101160845740", "262011106487504"),
    (f"{G}/EF.LP", "24", ("is",)),
    (f"{G}/EF.PLMNsel", "22f860", ("228-06",)),
    (f"{G}/EF.PLMNsel", "330420", ("334-020",)),
    (f"{G}/EF.ACMmax", "000000", 0),
    (f"{G}/EF.SPN", "0147534d2d52204348ffffffffffffffff", ServiceProviderName("GSM-R CH", True)),
    (f"{G}/EF.ACC", "802b", (0, 1, 3, 5, 15)),
    (f"{G}/EF.LOCI", "7802570222f81009780000", Location("78025702", "228-01", "0978", 0, "00")),
    (f"{U}/EF.LOCI", "47d1264a62f21037211e00", Location("47d1264a", "262-01", "3721", 0, "1e")),
    (f"{G}/EF.LOCIGPRS", "ffffffffffffff22f8990000ff01", Location("ff" * 7, "228-99", "0000ff", 1)),
    (f"{G}/EF.AD", "00ffff", AdministrativeData("normal", "ffff")),
    (f"{U}/EF.AD", "01000102", AdministrativeData("normal+specific", "0001", 2)),
    (f"{G}/EF.VGCS", "92f9ffff", ("299",)),
    (f"{G}/EF.VGCSS", "010000004540fc", ActiveGroups((1, 33, 35, 39, 47))),
    (f"{G}/EF.eMLPP", "7c04", PriorityLevels(("0", "1", "2", "3", "4"), ("0",))),
    (f"{G}/EF.AAeM", "3c", Settings(("0", "1", "2", "3"))),
    (f"{G}/EF.Kc", "837d783609a3858f05", SessionKey("837d783609a3858f", 5)),
    (f"{G}/EF.PLMNwAcT", "62f2108000", (PreferredNetwork("262-01", ("UTRAN",)),)),
    (f"{G}/EF.CFIS", "0100ffffffffffffffffffffffffffff", CallForwarding(1)),
    (
        f"{G}/EF.PNN",
        "430a82d432bbbc7eb75de432450a82d432bbbc7eb75de432ffffffff",
        NetworkName("Telekom.de", "Telekom.de"),
    ),
    (f"{G}/EF.OPL", "62f2100000fffe01", NetworkArea("262-01", 1)),
    (f"{G}/EF.SPDI", "a305800337f800" + "ff" * 23, ("738-00",)),
    (f"{G}/EF.MBI", "0100000000", (1, 0, 0, 0, 0)),
    (f"{T}/EF.MSISDN", "ff" * 20 + "04b12143f5ffffffffffffffffff", Entry("12345;ton=b1")),
    (
        f"{T}/EF.MSISDN",
        "456967656e65205275666e756d6d6572ffffffff0891947172199181f3ffffffffff",
        Entry("+4917279119183", "Eigene Rufnummer"),
    ),
    (f"{U}/EF.ECC", "19f1ff01", EmergencyNumber("911", "", ("police",))),
    (f"{U}/EF.ECC", "19f3ff02", EmergencyNumber("913", "", ("ambulance",))),
    (f"{U}/EF.ePDGId", "801100657064672e6f736d6f636f6d2e6f7267", "epdg.osmocom.org"),
    (f"{U}/EF.ePDGSelection", "800600f110000100", (EpdgNetwork("001-01", 1, "operator"),)),
    (f"{U}/EF.PUCT", "4555520157", UnitPrice("EUR", 23, -2)),  # Rankl, Effing: Smart Card Handbook, table of GSM files
    (f"{U}/EF.ICT", "000030", 48),  # TS 31.102 §4.2.35
    (f"{U}/EF.PUCT", "ffffff0000", UnitPrice()),  # TS 31.102 annex E
    (f"{U}/DF.5GS/EF.5GS3GPPLOCI", "ff" * 13 + "62f21000000001", Location("ff" * 13, "262-01", "000000", 1)),  # annex E
]


@pytest.mark.parametrize(("path", "content", "value"), PUBLISHED, ids=[f"{row[0]} {row[1][:12]}" for row in PUBLISHED])
def test_published_examples(path, content, value):
    raw = bytes.fromhex(content)
    assert decode(FilePath(path), raw) == value
    assert encode(FilePath(path), value, size=len(raw)) == raw
