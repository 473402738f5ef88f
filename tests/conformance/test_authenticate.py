"""AUTHENTICATE of USIM and ISIM (TS 31.102 §7.1, TS 31.103 §7.1; TS 33.102 §6.3), against published vectors."""

from __future__ import annotations

import pytest

from simtool.codec.fcp import Fcp
from simtool.crypto.aka import make_vector, open_auts
from tests.conformance.bench import Bench
from tests.conformance.keys import Vector, authentication, milenage_fields, milenage_sets, program, ready
from tests.conformance.survey import ISIM, USIM

pytestmark = pytest.mark.needs("uicc", "usim_keys", "adm", "PIN1")

SETS = milenage_sets()
SET = SETS[2]  # TS 35.208 §4.3 set 3
GSM_ACCESS = 27  # service number in EF.UST


def challenge(rand: bytes, autn: bytes) -> str:
    return f"0088008122{len(rand):02x}{rand.hex()}{len(autn):02x}{autn.hex()}00"


def parts(answer: bytes) -> list[bytes]:
    """What follows the tag: values, each behind its length."""
    found, rest = [], answer[1:]
    while rest:
        found.append(rest[1 : 1 + rest[0]])
        rest = rest[1 + rest[0] :]
    return found


def gives_kc(bench: Bench) -> bool:
    """Service 27 (GSM access) in EF.UST (TS 31.102 §4.2.8)."""
    ust = bench.read("MF/ADF.USIM/EF.UST")
    bench.select(USIM)
    return bool(ust[(GSM_ACCESS - 1) // 8] >> (GSM_ACCESS - 1) % 8 & 1)


@pytest.mark.parametrize("vector", SETS, ids=[f"{v}-{n}" for n, v in enumerate(SETS)])
def test_success(bench: Bench, vector: Vector) -> None:
    """TS 31.102 §7.1.2.1 case 1: DB, RES, CK, IK, and Kc if service 27 is available; TS 35.206 f2, f3, f4, c3."""
    ready(bench, USIM, vector)
    kc = gives_kc(bench)
    answer = bench.expect(challenge(vector["rand"], vector["autn"]))
    assert answer[0] == 0xDB
    assert parts(answer) == [vector["f2"], vector["f3"], vector["f4"], *([vector["kc"]] if kc else [])]


@pytest.mark.parametrize("vector", SETS[1:4], ids=[str(v) for v in SETS[1:4]])
def test_synchronisation_failure(bench: Bench, vector: Vector) -> None:
    """TS 33.102 §6.3.3, TS 31.102 §7.1.2.1 case 2: the same challenge again is DC and AUTS."""
    alg = ready(bench, USIM, vector)
    bench.expect(challenge(vector["rand"], vector["autn"]))
    answer = bench.expect(challenge(vector["rand"], vector["autn"]))
    assert answer[:2] == b"\xdc\x0e"
    assert open_auts(alg, vector["rand"], answer[2:]) == vector.sqn
    assert answer[2:] == vector["auts"], "AUTS as the published f1* and f5* make it"


FLIPS = [("MAC", 15), ("AMF", 6), ("SQN", 5), ("first byte of MAC", 8)]


@pytest.mark.parametrize("at", [at for _, at in FLIPS], ids=[name for name, _ in FLIPS])
def test_wrong_mac(bench: Bench, at: int) -> None:
    """TS 33.102 §6.3.3, TS 31.102 §7.3.1: 9862, and the challenge is not used up by it."""
    ready(bench, USIM, SET)
    broken = bytearray(SET["autn"])
    broken[at] ^= 0x01
    assert bench.expect(challenge(SET["rand"], bytes(broken)), "9862") == b""
    assert bench.expect(challenge(SET["rand"], SET["autn"]))[0] == 0xDB


def test_wrong_mac_and_old_number(bench: Bench) -> None:
    """TS 33.102 §6.3.3: the MAC is checked first, so an old SQN with a wrong MAC tells no AUTS."""
    ready(bench, USIM, SET)
    bench.expect(challenge(SET["rand"], SET["autn"]))
    broken = SET["autn"][:-1] + bytes((SET["autn"][-1] ^ 1,))
    bench.expect(challenge(SET["rand"], broken), "9862")


def test_other_rand(bench: Bench) -> None:
    """TS 33.102 §6.3.3: an AUTN belongs to its RAND."""
    ready(bench, USIM, SET)
    bench.expect(challenge(SETS[4]["rand"], SET["autn"]), "9862")


def test_number_survives_reset(bench: Bench) -> None:
    """TS 33.102 §6.3.3: what was accepted is kept."""
    alg = ready(bench, USIM, SET)
    bench.expect(challenge(SET["rand"], SET["autn"]))
    bench.reset()
    bench.select(USIM)
    bench.unlock("PIN1")
    answer = bench.expect(challenge(SET["rand"], SET["autn"]))
    assert answer[0] == 0xDC
    assert open_auts(alg, SET["rand"], answer[2:]) == SET.sqn


@pytest.mark.needs("usim_df")
def test_in_a_directory_of_the_application(bench: Bench) -> None:
    """TS 31.102 §7.1.1: the ADF of the USIM, or a DF of it, is current."""
    ready(bench, USIM, SET)
    inner = next(s for s in bench.model.children(USIM) if s.type.is_directory)
    bench.expect(f"00a4000c02{inner.fid:04x}", "9000 6283")
    assert bench.expect(challenge(SET["rand"], SET["autn"]))[0] == 0xDB


def test_leaves_the_selection(bench: Bench) -> None:
    """TS 31.102 §7.1.1: nothing is selected by it."""
    ready(bench, USIM, SET)
    bench.expect("00a4000c026f07")
    bench.expect(challenge(SET["rand"], SET["autn"]))
    bench.expect("00b0000001")
    assert Fcp.decode(bench.expect("80f2000000")).df_name == bench.spec(USIM).aid


def test_from_the_mf(bench: Bench) -> None:
    """TS 102 221 §8.4.1, TS 31.102 §7.1.1: an application's command works only in its directory."""
    ready(bench, USIM, SET)
    bench.expect("00a4000c023f00")
    answer = bench.apdu(challenge(SET["rand"], SET["autn"]))
    assert answer.data == b""
    assert answer.sw in (0x6985, 0x6982, 0x6A81, 0x6A82, 0x6A86, 0x6A88, 0x6900, 0x6986, 0x6D00, 0x6E00, 0x9864), (
        answer.sw
    )
    bench.select(USIM)
    assert bench.expect(challenge(SET["rand"], SET["autn"]))[0] == 0xDB, "the challenge was not used up"


def test_needs_the_pin(bench: Bench) -> None:
    """TS 31.102 §7.1.1: only after the PIN was verified, or while it is disabled."""
    ready(bench, USIM, SET)
    bench.enable("PIN1")
    bench.reset()
    bench.select(USIM)
    assert bench.expect(challenge(SET["rand"], SET["autn"]), "6982 6985") == b""
    bench.verify("PIN1")
    assert bench.expect(challenge(SET["rand"], SET["autn"]))[0] == 0xDB


def test_without_pin_while_disabled(bench: Bench) -> None:
    """TS 31.102 §7.1.1, TS 102 221 §11.1.11.1."""
    ready(bench, USIM, SET)
    bench.enable("PIN1", False)
    bench.reset()
    bench.select(USIM)
    assert bench.expect(challenge(SET["rand"], SET["autn"]))[0] == 0xDB


def test_without_le(bench: Bench) -> None:
    """TS 102 221 §7.3.1.1.4: over T=0 the length of the answer is announced."""
    ready(bench, USIM, SET)
    answer = bench.tpdu(challenge(SET["rand"], SET["autn"])[:-2])
    assert answer.sw.sw1 == 0x61
    data = bench.expect_tpdu(f"00c00000{answer.sw.sw2:02x}")
    assert data[0] == 0xDB
    bench.expect_tpdu(f"00c00000{answer.sw.sw2:02x}", "6f00", why="keys are given once")


RAND, AUTN = SET["rand"].hex(), SET["autn"].hex()
REFUSED = [
    (
        "an unknown context",
        "TS 31.102 §7.1.2 table: 000, 001, 010, 100",
        f"008800872210{RAND}10{AUTN}00",
        "6a86 6b00 9864",
    ),
    ("context 5", "TS 31.102 §7.1.2 table", f"008800852210{RAND}10{AUTN}00", "6a86 6b00 9864 6a88"),
    ("P1 = 01", "TS 31.102 §7.1.2: P1 = 00", f"008801812210{RAND}10{AUTN}00", "6a86 6b00"),
    ("RAND alone", "TS 31.102 §7.1.2.1", f"008800811110{RAND}00", "67xx 6a80"),
    ("AUTN one byte short", "TS 31.102 §7.1.2.1", f"008800812110{RAND}0f{AUTN[:-2]}00", "67xx 6a80 9862"),
    ("length of RAND 0F", "TS 31.102 §7.1.2.1", f"00880081220f{RAND}10{AUTN}00", "67xx 6a80"),
    ("length of AUTN too long", "TS 31.102 §7.1.2.1", f"008800812210{RAND}11{AUTN}00", "67xx 6a80"),
    ("nothing", "TS 31.102 §7.1.2.1", "00880081", "67xx 6a80"),
]


@pytest.mark.parametrize(("clause", "command", "answer"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_refused(bench: Bench, clause: str, command: str, answer: str) -> None:
    ready(bench, USIM, SET)
    assert bench.expect(command, answer, why=clause) == b""
    assert bench.expect(challenge(SET["rand"], SET["autn"]))[0] == 0xDB, "the challenge was not used up"


@pytest.mark.needs("usim_gsm_keys")
@pytest.mark.parametrize("vector", SETS[1:4], ids=[str(v) for v in SETS[1:4]])
def test_gsm_context(bench: Bench, vector: Vector) -> None:
    """TS 31.102 §7.1.2.2: 04, SRES, 08, Kc; with Milenage by the functions of TS 55.205. No SQN is involved."""
    bench.select(USIM)
    bench.unlock()
    spec = authentication(bench.model, USIM)
    program(bench, spec.gsm_files, milenage_fields(vector) | {"sres_function": 0})
    bench.select(USIM)
    for _ in range(2):
        answer = bench.expect(f"0088008011{len(vector['rand']):02x}{vector['rand'].hex()}00")
        assert answer == b"\x04" + vector["sres_1"] + b"\x08" + vector["kc"]


def test_gsm_context_lengths(bench: Bench) -> None:
    """TS 31.102 §7.1.2.2: one RAND of 16 bytes."""
    ready(bench, USIM, SET)
    for data in ("", "0f" + RAND[:-2], "10" + RAND[:-2], "11" + RAND + "00"):
        body = f"{len(data) // 2:02x}{data}00" if data else ""
        bench.expect(f"00880080{body}", "67xx 6a80 6a86 9864")


@pytest.mark.needs("isim_keys")
class TestIsim:
    """TS 31.103 §7.1: IMS AKA."""

    def test_success(self, bench: Bench) -> None:
        """§7.1.2: DB, RES, CK, IK; an ISIM gives no Kc."""
        ready(bench, ISIM, SET)
        answer = bench.expect(challenge(SET["rand"], SET["autn"]))
        assert answer[0] == 0xDB
        assert parts(answer) == [SET["f2"], SET["f3"], SET["f4"]]

    def test_failures(self, bench: Bench) -> None:
        """§7.1.2, §7.3.1: 9862 for a wrong MAC, DC and AUTS for an old SQN."""
        alg = ready(bench, ISIM, SET)
        bench.expect(challenge(SET["rand"], SET["autn"][:-1] + b"\x00"), "9862")
        bench.expect(challenge(SET["rand"], SET["autn"]))
        answer = bench.expect(challenge(SET["rand"], SET["autn"]))
        assert answer[:2] == b"\xdc\x0e"
        assert open_auts(alg, SET["rand"], answer[2:]) == SET.sqn

    @pytest.mark.needs("own_sqn")
    def test_own_sequence_numbers(self, bench: Bench) -> None:
        """TS 33.203 §6.1: USIM and ISIM keep their sequence numbers apart, where each has a file of its own."""
        ready(bench, USIM, SET)
        ready(bench, ISIM, SET)
        bench.expect(challenge(SET["rand"], SET["autn"]))
        bench.select(USIM)
        assert bench.expect(challenge(SET["rand"], SET["autn"]))[0] == 0xDB

    def test_gsm_context(self, bench: Bench) -> None:
        """TS 31.103 §7.1.2: an ISIM has no GSM context."""
        ready(bench, ISIM, SET)
        bench.expect(f"008800801110{RAND}00", "6a86 6b00 9864 6a81")


def test_keys_take_effect_at_once(bench: Bench) -> None:
    """The key files of the product: what is written there is the key of the next AUTHENTICATE."""
    ready(bench, USIM, SET)
    ready(bench, USIM, SETS[4])
    bench.expect(challenge(SET["rand"], SET["autn"]), "9862")
    assert bench.expect(challenge(SETS[4]["rand"], SETS[4]["autn"]))[0] == 0xDB


def test_short_vector_numbers(bench: Bench) -> None:
    """TS 33.102 §6.3.2: a challenge made by the network side is accepted, and the next one too."""
    alg = ready(bench, USIM, SET)
    for sqn in (32, 64, 96):
        vector = make_vector(alg, SET["rand"], sqn, b"\x80\x00")
        answer = bench.expect(challenge(vector.rand, vector.autn))
        assert parts(answer)[:3] == [vector.xres, vector.ck, vector.ik]
