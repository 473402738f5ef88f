"""AUTHENTICATE and RUN GSM ALGORITHM: every algorithm, the sequence number window, GBA, SUCI.

The algorithms themselves are checked against published vectors in tests/crypto; here the card must use them rightly.
"""

from __future__ import annotations

import pytest

from simtool.crypto import aka, gba
from simtool.crypto.comp128 import comp128
from simtool.crypto.milenage import Milenage
from simtool.crypto.suci import SuciProfile, public_key, reveal
from simtool.crypto.tuak import Tuak
from simtool.crypto.xor import Xor3g, xor_2g
from tests.softcard.conftest import Reader

K = bytes.fromhex("465b5ce8b199b49faa5f0a2ee238a6bc")  # TS 35.208 test set 1
OPC = bytes.fromhex("cd63cb71954a9f4e48a5994e37a02baf")
OP = bytes.fromhex("cdc202d5123e20f62b6d676ac72cb318")
RAND = bytes.fromhex("23553cbe9637a89d218ae64dae47bf35")
AMF = b"\x80\x00"
TOP = bytes(range(32))
MILENAGE = Milenage(K, OPC)
USIM, ISIM = "00a4040c0ca0000000871002ff49ff0589", "00a4040c0ca0000000871004ff49ff0589"
PIN1, ADM1 = "002000010831323334ffffffff", "0020000a083132333435363738"
KEY, KEY_2G, SQN = "00a4080c04a5156f21", "00a4080c04a5156f20", "00a4080c04a5156f22"


def challenge(vector: aka.Vector, p2: str = "81", rand: bytes | None = None) -> str:
    return f"008800{p2}2210{(rand or vector.rand).hex()}10{vector.autn.hex()}"


def at(seq: int, ind: int = 0, algorithm: aka.AkaAlgorithm = MILENAGE) -> aka.Vector:
    return aka.make_vector(algorithm, RAND, seq << 5 | ind, AMF)


@pytest.fixture
def usim(small: Reader) -> Reader:
    small.ok(ADM1, PIN1, USIM)
    return small


def write_key(reader: Reader, select: str, content: bytes) -> None:
    reader.ok(select, f"00d60000{len(content):02x}{content.hex()}", USIM)


def test_published_vector(usim: Reader) -> None:
    """TS 35.208 test set 1, with its SQN made acceptable by switching the checks off."""
    usim.ok(SQN, "00d600000105", USIM)
    vector = aka.make_vector(MILENAGE, RAND, 0xFF9BB4D0B607, bytes.fromhex("b9b9"))
    assert vector.autn.hex() == "55f328b43577b9b94a9ffac354dfafb3"
    answer = usim.ok(challenge(vector))
    assert answer == (
        "db08a54211d5e3ba50bf10b40ba9a3c58b2a05bbf0d987b21bf8cb10f769bcd751044604127672711c6d344108eae4be823af9a08b"
    )


def test_kc_only_with_gsm_access(usim: Reader) -> None:
    """TS 31.102 §7.1.1.1: Kc is there where service 27 is on."""
    assert usim.ok(challenge(at(1)))[-18:-16] == "08"
    usim.ok("00a4000c026f38", "00d600030100", USIM)
    assert len(usim.ok(challenge(at(2)))) == 2 * (1 + 9 + 17 + 17)


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("0088008122" + "10" + "00" * 16 + "10" + "00" * 16, "9862"),
        ("0088008121" + "10" + "00" * 16 + "0f" + "00" * 15, "6700"),
        ("0088008122" + "0f" + "00" * 33, "6700"),
        ("0088008100", "6700"),
        ("0088010022" + "10" + "00" * 16 + "10" + "00" * 16, "6a86"),
        ("0088000122" + "10" + "00" * 16 + "10" + "00" * 16, "6a86"),
        ("0088008222" + "10" + "00" * 16 + "10" + "00" * 16, "9864"),  # VGCS
        ("0088008522" + "10" + "00" * 16 + "10" + "00" * 16, "9864"),  # MBMS
        ("0088008011" + "10" + "00" * 16, "9000"),
        ("0088008010" + "00" * 16, "6700"),
        ("0088008122" + "10" + "00" * 16 + "10" + "00" * 15, "6700"),
    ],
)
def test_status_words(usim: Reader, command: str, sw: str) -> None:
    """TS 31.102 §7.1.2, §7.3."""
    assert usim.sw(command) == sw


def test_where_and_when(small: Reader) -> None:
    assert small.sw(challenge(at(1))) == "6985"  # no application
    small.ok(USIM)
    assert small.sw(challenge(at(1))) == "6982"  # PIN1
    small.ok(PIN1)
    assert small.sw(challenge(at(1))) == "9000"
    small.ok("00a4000c025fd0")  # a DF of the application
    assert small.sw(challenge(at(2))) == "9000"
    small.ok("00a4000c023f00")
    assert small.sw(challenge(at(3))) == "6985"


def test_sequence_numbers(usim: Reader) -> None:
    """TS 33.102 Annex C: by IND, with delta; AUTS names the highest."""
    for seq, ind, fresh in [(5, 0, 1), (5, 0, 0), (4, 0, 0), (4, 1, 1), (6, 31, 1), (5, 31, 0), (6, 0, 1),
                            (7 + (1 << 28), 0, 0), (6 + (1 << 28), 0, 1)]:  # fmt: skip
        answer = usim.ok(challenge(at(seq, ind)))
        assert answer.startswith("db" if fresh else "dc0e"), (seq, ind)
    answer = usim.ok(challenge(at(1)))
    assert aka.open_auts(MILENAGE, RAND, bytes.fromhex(answer[4:])) == (6 + (1 << 28)) << 5
    usim.card.power_off()
    usim.card.power_on()
    usim.ok(PIN1, USIM)
    assert usim.ok(challenge(at(6, 1))).startswith("db")
    assert usim.ok(challenge(at(6, 1))).startswith("dc")


def test_sequence_numbers_are_in_the_product_file(usim: Reader) -> None:
    usim.ok(challenge(at(9, 3)), SQN)
    assert usim.ok(f"00b000{14 + 18:02x}06") == f"{9 << 5 | 3:012x}"
    usim.ok(f"00d600{14 + 18:02x}06{100 << 5 | 3:012x}", USIM)
    assert usim.ok(challenge(at(100, 3))).startswith("dc")
    assert usim.ok(challenge(at(101, 3))).startswith("db")


def test_flags_of_the_sqn_file(usim: Reader) -> None:
    usim.ok(challenge(at(1000)))
    usim.ok(SQN, "00d6000001d5", USIM)  # skip the next check
    assert usim.ok(challenge(at(3))).startswith("db")
    usim.ok(SQN)
    assert usim.ok("00b0000001") == "55"  # the flag is gone
    assert usim.ok(USIM, challenge(at(3))).startswith("dc")
    usim.ok(SQN, "00d600000175", "00d6000806000000000140", USIM)  # age limit of 10
    usim.ok(challenge(at(5000)))
    assert usim.ok(challenge(at(4990, 1))).startswith("dc")
    assert usim.ok(challenge(at(4991, 1))).startswith("db")
    usim.ok(SQN, "00d600000105", USIM)  # nothing is checked
    assert usim.ok(challenge(at(1))).startswith("db")
    usim.ok(SQN, "00d60000025502", USIM)  # AUTN carries SQN in clear
    vector = at(6000)
    autn = (6000 << 5).to_bytes(6) + vector.autn[6:]
    assert usim.ok(f"008800812210{RAND.hex()}10{autn.hex()}").startswith("db")
    usim.ok(SQN, "00d60000025501", USIM)  # AUTS does
    answer = usim.ok(challenge(at(1)))
    assert answer[4:16] == f"{6000 << 5:012x}"
    usim.ok(SQN, "00d60000025507", USIM)  # MAC-S over the AMF received
    answer = usim.ok(challenge(at(1)))
    assert bytes.fromhex(answer[16:]) == MILENAGE.f1_star(RAND, 6000 << 5, AMF)


def test_op_instead_of_opc_and_short_res(usim: Reader) -> None:
    write_key(usim, KEY, b"\x44" + K + OP)
    answer = usim.ok(challenge(at(1)))
    assert answer.startswith("db04" + MILENAGE.f2(RAND)[:4].hex() + "10")


def test_new_key_counts_at_once(usim: Reader) -> None:
    other = Milenage(bytes(16), OPC)
    write_key(usim, KEY, b"\x14" + bytes(16) + OPC)
    assert usim.sw(challenge(at(1))) == "9862"
    assert usim.ok(challenge(at(1, algorithm=other))).startswith("db")


@pytest.mark.parametrize(("res", "res_bits"), [(0, 32), (1, 64), (2, 128), (3, 256)])
def test_tuak(usim: Reader, res: int, res_bits: int) -> None:
    """TS 35.231: sizes by the product's layout."""
    write_key(usim, KEY, bytes((0x16, res, 1)) + TOP + K)
    tuak = Tuak(K, TOP, res_bits=res_bits)
    answer = usim.ok(challenge(at(1, algorithm=tuak)))
    assert answer.startswith(f"db{res_bits // 8:02x}{tuak.f2(RAND).hex()}10{tuak.f3(RAND).hex()}")


def test_tuak_with_a_long_mac(usim: Reader) -> None:
    write_key(usim, KEY, bytes((0x16, 1 | 1 << 3, 1)) + TOP + K)
    vector = at(1, algorithm=Tuak(K, TOP, mac_bits=128))
    assert usim.ok(f"008800812a10{RAND.hex()}18{vector.autn.hex()}").startswith("db08")


@pytest.mark.parametrize(("flag", "bits"), [(0x0F, 64), (0x8F, 128)])
def test_xor(usim: Reader, flag: int, bits: int) -> None:
    """TS 34.108 §8.1.2."""
    write_key(usim, KEY, bytes((flag,)) + K + bytes(16))
    answer = usim.ok(challenge(at(1, algorithm=Xor3g(K, res_bits=bits))))
    assert answer.startswith(f"db{bits // 8:02x}{Xor3g(K, res_bits=bits).f2(RAND).hex()}10")


@pytest.mark.parametrize(
    ("flag", "result"),
    [(1, comp128(1, K, RAND)), (2, comp128(2, K, RAND)), (3, comp128(3, K, RAND)), (14, xor_2g(K, RAND))],
)
def test_run_gsm_algorithm(usim: Reader, flag: int, result: tuple[bytes, bytes]) -> None:
    """TS 51.011 §8.16."""
    write_key(usim, KEY_2G, bytes((flag,)) + K + bytes(16))
    command = f"a088000010{RAND.hex()}"
    assert usim.tpdu("a0a40000023f00")[:2] == "9f"
    assert usim.tpdu(command) == "9408"
    usim.tpdu("a0a40000027f20")
    assert usim.tpdu(command) == "9f0c"
    assert usim.tpdu("a0c000000c") == (result[0] + result[1]).hex() + "9000"
    assert usim.tpdu("a08800000f" + "00" * 15) == "6710"


@pytest.mark.parametrize(("flag", "function"), [(0x14, 1), (0x34, 2)])
def test_gsm_context(usim: Reader, flag: int, function: int) -> None:
    """TS 31.102 §7.1.1.2, conversions of TS 55.205."""
    write_key(usim, KEY, bytes((flag,)) + K + OPC)
    triplet = aka.gsm_triplet(MILENAGE, RAND, function)
    assert usim.ok(f"008800801110{RAND.hex()}") == f"04{triplet.sres.hex()}08{triplet.kc.hex()}"


def test_isim(usim: Reader) -> None:
    """TS 31.103 §7.1: IMS AKA, no GSM context; its window is the card's own here, and outlives a reset."""
    usim.ok(ISIM)
    assert usim.sw(f"008800801110{RAND.hex()}") == "9864"
    assert len(usim.ok(challenge(at(1)))) == 2 * (1 + 9 + 17 + 17)
    usim.card.reset()
    usim.ok(PIN1, ISIM)
    assert usim.ok(challenge(at(1))).startswith("dc")
    assert usim.ok(USIM, challenge(at(1))).startswith("db")


@pytest.mark.parametrize("content", [b"\x00" + K + OPC, b"\x18" + K + OPC, b"\x01" + K + OPC])
def test_unknown_algorithm(usim: Reader, content: bytes) -> None:
    write_key(usim, KEY, content)
    assert usim.sw(challenge(at(1))) == "6985"


def gba_challenge(seq: int) -> str:
    """TS 33.220 §5.3.2: MAC* marks a GBA_U challenge."""
    vector = at(seq)
    autn = vector.autn[:8] + gba.gba_u_mac(vector.autn[8:], vector.ik)
    return f"0088008423dd10{RAND.hex()}10{autn.hex()}"


def test_gba(usim: Reader) -> None:
    """TS 31.102 §7.1.1.3, §7.1.1.4."""
    naf, impi = gba.naf_id("naf.example.org", bytes.fromhex("0100000001")), "user@example.org"
    derive = bytes((0xDE, len(naf))) + naf + bytes((len(impi),)) + impi.encode()
    derive_command = f"00880084{len(derive):02x}{derive.hex()}"
    assert usim.sw(derive_command) == "6985"
    assert usim.ok(gba_challenge(1)) == "db08" + MILENAGE.f2(RAND).hex()
    assert usim.sw(challenge(at(2), "84").replace("8422", "8423dd", 1)) == "9862"  # MAC instead of MAC*
    assert usim.ok(gba_challenge(1)).startswith("dc0e")
    ks = gba.ks(MILENAGE.f3(RAND), MILENAGE.f4(RAND))
    assert usim.ok(derive_command) == "db20" + gba.ks_ext_naf(ks, RAND, impi, naf).hex()
    usim.ok("00a4000c026fd6")
    assert usim.ok("00b0000011") == "10" + RAND.hex()
    usim.ok("00a4000c026fda")
    assert usim.ok("00b201043c").startswith(f"80{len(naf):02x}{naf.hex()}8100ff")
    usim.ok("00a4000c026f38", "00d600080100", USIM)
    assert usim.sw(gba_challenge(3)) == "9864"


@pytest.mark.parametrize("profile", [SuciProfile.A, SuciProfile.B])
def test_suci(usim: Reader, profile: SuciProfile) -> None:
    """TS 31.102 §7.5, TS 33.501 Annex C: the home network reads the MSIN back."""
    assert usim.sw("8078000100") == "6985"  # services 124 and 125
    usim.ok("00a4000c026f38", "00d6000f0118", USIM)
    private = bytes(range(1, 33))
    key = public_key(profile, private)
    pairs = bytes((0xA0, 2, profile, 1))
    keys = b"\x80\x01\x1b\x81" + bytes((len(key),)) + key
    info = pairs + bytes((0xA1, len(keys))) + keys
    usim.ok("00a4000c025fd0", "00a4000c024f01", f"00d60000{len(info):02x}{info.hex()}", USIM)
    answer = bytes.fromhex(usim.ok("8078000100"))
    assert answer[0] == 0xA1
    suci = answer[2:]
    assert suci[:1] + suci[4:8] == bytes((0x01, 0xF0, 0xFF, profile, 0x1B))
    msin = reveal(profile, private, suci[8:])
    imsi = imsi_digits("082926240000000010")
    assert digits(msin) == imsi[5:]
    assert suci[1:4].hex() == imsi[1] + imsi[0] + "f" + imsi[2] + imsi[4] + imsi[3]
    assert usim.ok("8078000100") != answer.hex()  # a new ephemeral key each time
    assert usim.sw("8078000300") == "6a88"


def test_suci_null_scheme(usim: Reader) -> None:
    usim.ok("00a4000c026f38", "00d6000f0118", "00a4000c025fd0", "00a4000c024f01", "00d6000004a0020000", USIM)
    answer = bytes.fromhex(usim.ok("8078000100"))
    assert digits(answer[10:]) == imsi_digits("082926240000000010")[5:]


def digits(raw: bytes) -> str:
    return "".join(f"{byte & 15:x}{byte >> 4:x}" for byte in raw).rstrip("f")


def imsi_digits(content: str) -> str:
    return digits(bytes.fromhex(content)[1:])[1:]
