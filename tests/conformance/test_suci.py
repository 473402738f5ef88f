"""GET IDENTITY: the SUCI made by the USIM (TS 31.102 §7.5, TS 33.501 Annex C; TS 102 221 §11.1.23).

The home network's keys are those of TS 33.501 §C.4. What the card makes is opened with the private key, as the home
network would; the ephemeral key is the card's own, so the outputs themselves differ every time.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import yaml

from simtool.codec import tlv
from simtool.crypto.suci import SuciProfile, reveal
from tests.conformance.bench import Bench
from tests.conformance.keys import VECTORS
from tests.conformance.survey import USIM

pytestmark = pytest.mark.needs("uicc", "suci", "adm", "PIN1")

IMSI = "MF/ADF.USIM/EF.IMSI"
UST = "MF/ADF.USIM/EF.UST"
ROUTING = "MF/ADF.USIM/DF.5GS/EF.Routing_Indicator"
GET_IDENTITY = "8078000100"


@dataclass(frozen=True)
class HomeKey:
    clause: str
    profile: SuciProfile
    public: bytes
    private: bytes


def home_keys() -> list[HomeKey]:
    rows = yaml.safe_load((VECTORS / "suci.yaml").read_text())["vectors"]
    return [
        HomeKey(
            row["clause"],
            SuciProfile[row["profile"]],
            bytes.fromhex(row["home_public"]),
            bytes.fromhex(row["home_private"]),
        )
        for row in rows
    ]


KEYS = home_keys()


def calculation_info(key: HomeKey | None, number: int = 0x1B) -> bytes:
    """EF.SUCI_Calc_Info: protection schemes by priority, then the home network's public keys (TS 31.102 §4.4.11.8)."""
    if key is None:
        return tlv.encode(0xA0, bytes((SuciProfile.NULL, 0))) + tlv.encode(0xA1, b"")
    keys = tlv.encode(0x80, bytes((number,))) + tlv.encode(0x81, key.public)
    return tlv.encode(0xA0, bytes((key.profile, 1))) + tlv.encode(0xA1, keys)


def ready(bench: Bench, key: HomeKey | None, *, services: tuple[int, ...] = (124, 125), mnc3: bool = False) -> None:
    """IMSI 001 01 0000001234 (or 310 410 000001234), routing indicator 17, the key, and the services switched on."""
    bench.select(USIM)
    bench.unlock()
    assert bench.model.suci is not None
    for path in (IMSI, UST, ROUTING, bench.model.suci, "MF/ADF.USIM/EF.AD"):
        bench.keep(path)
    bench.write(IMSI, bytes.fromhex("083901140000002143" if mnc3 else "080910100000002143"))
    ust = bytearray(bench.read(UST))
    for service in (124, 125):
        mask = 1 << (service - 1) % 8
        if service in services:
            ust[(service - 1) // 8] |= mask
        else:
            ust[(service - 1) // 8] &= ~mask
    bench.write(UST, bytes(ust))
    ad = bytearray(bench.read("MF/ADF.USIM/EF.AD"))
    ad[3] = 3 if mnc3 else 2
    bench.write("MF/ADF.USIM/EF.AD", bytes(ad))
    bench.write(ROUTING, bytes.fromhex("71ffffff"))
    size = bench.spec(bench.model.suci).size or 0
    bench.write(bench.model.suci, calculation_info(key).ljust(size, b"\xff"))
    bench.select(USIM)


def suci(bench: Bench) -> bytes:
    """The value of the SUCI TLV data object (§7.5.2.2)."""
    (answer,) = tlv.parse(bench.expect(GET_IDENTITY))
    assert answer.tag == 0xA1
    return answer.value


@pytest.mark.parametrize("key", KEYS, ids=[f"profile {k.profile.name}" for k in KEYS])
def test_concealed(bench: Bench, key: HomeKey) -> None:
    """§7.5.2.2: type 01, MCC and MNC, routing indicator, scheme, key number, then the scheme output with the MSIN."""
    ready(bench, key)
    value = suci(bench)
    assert value[0] == 0x01, "SUCI, SUPI format IMSI (octet 4 of TS 24.501 §9.11.3.4)"
    assert value[1:4].hex() == "00f110", "MCC 001, MNC 01"
    assert value[4:6].hex() == "71ff", "routing indicator 17"
    assert value[6] == key.profile
    assert value[7] == 0x1B, "home network public key identifier"
    assert reveal(key.profile, key.private, value[8:]).hex() == "0000002143", "MSIN 0000001234, digits swapped in pairs"


@pytest.mark.parametrize("key", KEYS, ids=[f"profile {k.profile.name}" for k in KEYS])
def test_fresh_every_time(bench: Bench, key: HomeKey) -> None:
    """TS 33.501 §C.3.2: a new ephemeral key pair for every SUCI."""
    ready(bench, key)
    assert len({suci(bench) for _ in range(4)}) == 4


def test_three_digit_mnc(bench: Bench) -> None:
    """TS 24.501 §9.11.3.4: MNC of three digits by EF.AD; the MSIN is one digit shorter, filled with F."""
    ready(bench, KEYS[0], mnc3=True)
    value = suci(bench)
    assert value[1:4].hex() == "130014", "MCC 310, MNC 410"
    assert reveal(KEYS[0].profile, KEYS[0].private, value[8:]).hex() == "00001032f4", "MSIN 000001234"


def test_null_scheme(bench: Bench) -> None:
    """TS 33.501 §C.2: the null scheme has key identifier 0, and the MSIN as it is."""
    ready(bench, None)
    value = suci(bench)
    assert (value[6], value[7]) == (0, 0)
    assert value[8:].hex() == "0000002143"


@pytest.mark.parametrize("services", [(), (124,), (125,)], ids=["none", "124 only", "125 only"])
def test_service_off(bench: Bench, services: tuple[int, ...]) -> None:
    """§7.5.1: GET IDENTITY in the SUCI context needs services 124 and 125."""
    ready(bench, KEYS[0], services=services)
    assert bench.expect(GET_IDENTITY, "6985 6a81 6a88 6a86 6d00 6a82") == b""


def test_needs_the_pin(bench: Bench) -> None:
    """§7.5.1: not before PIN1 is verified."""
    ready(bench, KEYS[0])
    bench.enable("PIN1")
    bench.reset()
    bench.select(USIM)
    assert bench.expect(GET_IDENTITY, "6982 6985") == b""
    bench.verify("PIN1")
    suci(bench)


REFUSED = [
    ("another identity", "§7.5.2.1: P2", "8078007f00", "6a86 6b00 6a88 6a81"),
    ("P1 = 01", "§7.5.2.1", "8078010100", "6a86 6b00"),
]


@pytest.mark.parametrize(("clause", "command", "answer"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_refused(bench: Bench, clause: str, command: str, answer: str) -> None:
    ready(bench, KEYS[0])
    bench.expect(command, answer, why=clause)


def test_from_the_mf(bench: Bench) -> None:
    """§7.5.1, TS 102 221 §8.4.1: in the USIM only."""
    ready(bench, KEYS[0])
    bench.expect("00a4000c023f00")
    answer = bench.apdu(GET_IDENTITY)
    assert answer.data == b"" and answer.sw not in (0x9000,), answer.sw
