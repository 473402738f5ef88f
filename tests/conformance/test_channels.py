"""Logical channels (TS 102 221 §8.7, §10.1.1, §10.3, §11.1.17).

How many there are, and whether the terminal may choose the number, stands in the historical bytes of the ATR
(ISO/IEC 7816-4 §8.1.1.2.7).
"""

from __future__ import annotations

import pytest

from simtool.codec.fcp import Fcp
from tests.conformance import survey
from tests.conformance.bench import Bench
from tests.conformance.survey import MF, USIM, guarded_ef
from tests.conformance.test_pin import locked

pytestmark = pytest.mark.needs("uicc", "channels")


def on(channel: int, text: str) -> str:
    """The command on another channel: class 0X or 8X for 1 to 3, 4X or CX for 4 to 19 (§10.1.1 tables 10.3, 10.4)."""
    cla = int(text[:2], 16)
    cla = cla | channel if channel < 4 else (cla & 0x80) | 0x40 | (channel - 4)
    return f"{cla:02x}{text[2:]}"


def open_channel(bench: Bench, from_channel: int = 0) -> int:
    answer = bench.expect(on(from_channel, "0070000001"))
    assert len(answer) == 1, "§11.1.17.2: the number of the channel, one byte"
    return answer[0]


def fid(bench: Bench, channel: int) -> int | None:
    return Fcp.decode(bench.expect(on(channel, "80f2000000"))).fid


def count(bench: Bench) -> int:
    return survey.channels(bench.model, bench.session.atr)


def test_all_channels_can_be_opened(bench: Bench) -> None:
    """§11.1.17, §8.7: the card gives each number once; then there is none left."""
    wanted = count(bench) if count(bench) < 8 else 8
    given = [open_channel(bench) for _ in range(wanted - 1)]
    assert len(set(given)) == len(given)
    assert all(1 <= channel <= 19 for channel in given)
    if wanted < 8:
        assert sorted(given) == list(range(1, wanted))
        bench.expect("0070000001", "6a81 6881", why="no further channel")
    for channel in given:
        bench.expect(on(channel, "00a4000c022fe2"))
        assert len(bench.expect(on(channel, "00b000000a"))) == 10
        bench.expect(
            on(channel, "00a4000c023f00"), why="§8.8: files that are not shareable are one channel's at a time"
        )


def test_open_without_le(bench: Bench) -> None:
    """§11.1.17.2, §7.3.1.1.2: MANAGE CHANNEL open is a case 2 command; P3 = 00 over T=0 asks for the length."""
    answer = bench.tpdu("0070000000")
    assert answer.sw == 0x6C01 or (answer.sw == 0x9000 and len(answer.data) <= 1), answer.sw


CLOSED = [(1, "00a4000c023f00"), (2, "00b0000001"), (3, "80f2000000"), (1, "0070000001"), (3, "00c0000001")]


@pytest.mark.parametrize(("channel", "text"), CLOSED, ids=[f"{t[:4]} on {c}" for c, t in CLOSED])
def test_closed_channel(bench: Bench, channel: int, text: str) -> None:
    """§10.2.1.5.1: 6881, logical channel not supported (or not open)."""
    bench.expect_tpdu(on(channel, text), "6881")


@pytest.mark.parametrize("channel", [4, 5, 19])
def test_further_channel_that_is_closed(bench: Bench, channel: int) -> None:
    """§10.2.1.5.1: 6881 where channels 4 to 19 exist; a card without them may not know the class."""
    bench.expect(on(channel, "00a4000c023f00"), "6881" if count(bench) > 4 else "6881 6e00")


def test_opened_from_basic_channel(bench: Bench) -> None:
    """§8.7: the MF is current on a channel that was opened from channel 0."""
    bench.select(bench.model.children(MF)[0].path if not bench.model.has(USIM) else USIM)
    channel = open_channel(bench)
    assert fid(bench, channel) == 0x3F00
    bench.expect(on(channel, "00b0000001"), "6986")


@pytest.mark.needs("usim", "three_channels")
def test_opened_from_another_channel(bench: Bench) -> None:
    """§8.7: a channel opened from a channel other than 0 starts in the current directory of that one."""
    first = open_channel(bench)
    aid = bench.spec(USIM).aid
    assert aid is not None
    bench.expect(on(first, f"00a4040c{len(aid):02x}{aid.hex()}"))
    second = open_channel(bench, first)
    assert Fcp.decode(bench.expect(on(second, "80f2000000"))).df_name == aid


def test_each_has_its_own_selection(bench: Bench) -> None:
    """§8.7: selecting on one channel changes nothing on another."""
    channel = open_channel(bench)
    df = next(s for s in bench.model.children(MF) if s.type.value == "df")
    bench.expect("00a4000c022fe2")
    iccid = bench.expect("00b000000a")
    bench.expect(on(channel, f"00a4000c02{df.fid:04x}"), "9000 6283")
    assert bench.expect("00b000000a") == iccid
    assert fid(bench, 0) == 0x3F00
    assert fid(bench, channel) == df.fid


@pytest.mark.needs("shareable_dir")
def test_each_has_its_own_record_pointer(bench: Bench) -> None:
    """§8.7, §8.2.2.2: the record pointer belongs to the channel."""
    channel = open_channel(bench)
    length = bench.spec("MF/EF.DIR").record_length or 0
    for one in (0, channel):
        bench.expect(on(one, "00a4000c022f00"))
    first = bench.expect(f"00b20002{length:02x}")
    second = bench.expect(f"00b20002{length:02x}")
    assert bench.expect(on(channel, f"00b20002{length:02x}")) == first
    assert bench.expect(f"00b20004{length:02x}") == second


@pytest.mark.needs("usim")
def test_application_belongs_to_its_channel(bench: Bench) -> None:
    """§8.3, §8.5: 7FFF is the application that is active on the given logical channel."""
    bench.select(USIM)
    channel = open_channel(bench)
    bench.expect(on(channel, "00a4000c027fff"), "6a82")
    bench.expect("00a4000c027fff")


def test_close(bench: Bench) -> None:
    """§11.1.17: a closed channel is gone, and its number can be given again."""
    channel = open_channel(bench)
    bench.expect(f"007080{channel:02x}")
    bench.expect(on(channel, "00a4000c023f00"), "6881")
    assert open_channel(bench) == channel


def test_close_from_itself(bench: Bench) -> None:
    """§11.1.17.1: a channel can be closed from the channel itself (P2 names it)."""
    channel = open_channel(bench)
    bench.expect(on(channel, f"007080{channel:02x}"))
    bench.expect(on(channel, "80f2000000"), "6881")


def test_reopened_channel_starts_fresh(bench: Bench) -> None:
    """§8.7: nothing of the old use is left."""
    channel = open_channel(bench)
    bench.expect(on(channel, "00a4000c022fe2"))
    bench.expect(f"007080{channel:02x}")
    assert open_channel(bench) == channel
    bench.expect(on(channel, "00b000000a"), "6986")
    assert fid(bench, channel) == 0x3F00


REFUSED = [
    ("closing channel 0", "§11.1.17.1: the basic channel is always open", "00708000", "6a81 6a86 6b00 6985 6881 6a88"),
    (
        "closing a channel that is not open",
        "§10.2.1.5.1, ISO/IEC 7816-4 §7.1.2",
        "00708003",
        "6881 6200 6a86 6a88 6985",
    ),
    ("closing channel 20", "§11.1.17.2: 1 to 19", "00708014", "6a86 6b00 6881 6a81"),
    ("P1 = 40", "§11.1.17.2 table 11.24", "0070400001", "6a86 6b00 6a81"),
]


@pytest.mark.parametrize(("clause", "command", "answer"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_refused(bench: Bench, clause: str, command: str, answer: str) -> None:
    bench.expect(command, answer, why=clause)
    assert fid(bench, 0) == 0x3F00


@pytest.mark.needs("channel_choice")
def test_number_chosen_by_the_terminal(bench: Bench) -> None:
    """ISO/IEC 7816-4 §7.1.2: a card whose ATR says so opens the channel that P2 names. TS 102 221 §11.1.17.2 does not
    ask for it: refusing P2 is right too."""
    answer = bench.tpdu("00700002")
    if answer.sw == 0x9000:
        bench.expect("02a4000c023f00")
        bench.expect("01a4000c023f00", "6881")
    else:
        assert answer.sw in (0x6A86, 0x6A81, 0x6B00, 0x6700), answer.sw


def test_reset_closes(bench: Bench) -> None:
    """§8.7: after a reset only channel 0 is open."""
    for cold in (True, False):
        channel = open_channel(bench)
        bench.reset(cold=cold)
        bench.expect(on(channel, "00a4000c023f00"), "6881")


def test_answer_belongs_to_its_channel(bench: Bench) -> None:
    """§12.1.1.1: GET RESPONSE goes on the channel of its command; on another one the answer is lost."""
    channel = open_channel(bench)
    length = bench.tpdu("00a40004023f00").sw.sw2
    bench.expect_tpdu(on(channel, f"00c00000{length:02x}"), "6f00")
    bench.expect_tpdu(f"00c00000{length:02x}", "6f00")
    bench.expect_tpdu(on(channel, "00a40004023f00"), f"61{length:02x}")
    assert len(bench.expect_tpdu(on(channel, f"00c00000{length:02x}"))) == length


@pytest.mark.needs("PIN1", "guarded", "usim")
class TestPins:
    """§9.4.4, §11.1.9.1.1: a verification is valid for all channels, and counters are the card's."""

    def _select(self, bench: Bench, channel: int) -> None:
        aid = bench.spec(USIM).aid
        assert aid is not None
        bench.expect(on(channel, f"00a4040c{len(aid):02x}{aid.hex()}"))

    def _read(self, bench: Bench, channel: int, answer: str) -> None:
        spec = guarded_ef(bench.model, USIM)
        assert spec is not None
        self._select(bench, channel)
        place = spec.path.parts[2:]
        path = "7fff" + "".join(f"{bench.spec('/'.join(spec.path.parts[: n + 3])).fid:04x}" for n in range(len(place)))
        bench.expect(on(channel, f"00a4080c{len(path) // 2:02x}{path}"))
        bench.expect(on(channel, "00b0000001"), answer)

    def test_verified_on_another_channel(self, bench: Bench) -> None:
        locked(bench)
        channel = open_channel(bench)
        self._read(bench, 0, "6982")
        self._read(bench, channel, "6982")
        bench.expect(on(channel, bench.verify_command("PIN1")))
        self._read(bench, 0, "9000")
        self._read(bench, channel, "9000")

    def test_stays_after_the_channel_is_closed(self, bench: Bench) -> None:
        locked(bench)
        channel = open_channel(bench)
        self._select(bench, channel)
        bench.expect(on(channel, bench.verify_command("PIN1")))
        bench.expect(f"007080{channel:02x}")
        self._read(bench, 0, "9000")

    def test_one_counter(self, bench: Bench) -> None:
        ref = locked(bench)
        channel = open_channel(bench)
        self._select(bench, channel)
        bench.expect(bench.verify_command("PIN1", b"97531864"), "63c2")
        bench.expect(on(channel, bench.verify_command("PIN1", b"97531864")), "63c1")
        bench.expect(f"002000{ref:02x}", "63c1")
        bench.verify("PIN1")
