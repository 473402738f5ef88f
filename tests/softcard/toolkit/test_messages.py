"""Short messages, cell broadcast and USSD for applets (TS 31.130 §6.2, TS 31.115 §4)."""

from __future__ import annotations

import pytest

from simtool.codec.comprehension import ComprehensionTlv
from simtool.softcard.jcvm.platform.toolkit import Envelope
from simtool.softcard.toolkit import sms
from simtool.softcard.toolkit.commands import Parts
from simtool.softcard.toolkit.events import Event
from tests.softcard.toolkit.conftest import DISPLAY_TEXT, Bench

TAR, OTHER_TAR = "b00001", "b00002"
HEAD = "0b 911326880736f4 7ff6 11101010101000".replace(" ", "")


def packet(tar: str = TAR, spi: str = "0000", data: str = "aabb") -> str:
    """A command packet without security: CPL, CHL, SPI, KIc, KID, TAR, CNTR, PCNTR, data."""
    body = f"0d{spi}0000{tar}000000000000{data}"
    return f"{len(body) // 2:04x}{body}"


def deliver(user_data: str, *, header: bool = True) -> bytes:
    first = "44" if header else "04"
    return bytes.fromhex(f"{first}{HEAD}{len(user_data) // 2:02x}{user_data}")


def formatted(tar: str = TAR, **more: str) -> bytes:
    return deliver("027000" + packet(tar, **more))


def send(bench: Bench, tpdu: bytes) -> str:
    return bench.envelope(0xD1, ComprehensionTlv(0x06, bytes.fromhex("911234")), ComprehensionTlv(0x0B, tpdu))


@pytest.fixture
def plain(bench: Bench) -> Bench:
    """Packets without security pass; two applets with a TAR each and one for unformatted messages."""
    bench.toolkit.packets = sms.open_plain
    both = [Event.FORMATTED_SMS_PP_ENV, Event.FORMATTED_SMS_PP_UPD]
    bench.install("a", tars=(TAR,)).set_events(both)
    bench.install("b", tars=(OTHER_TAR, "b00003")).set_events(both)
    for name in ("x", "y"):
        bench.install(name).set_events([Event.UNFORMATTED_SMS_PP_ENV, Event.UNFORMATTED_SMS_PP_UPD])
    bench.started()
    return bench


@pytest.mark.parametrize(
    ("tpdu", "called"),
    [
        (formatted(), ["a"]),
        (formatted(OTHER_TAR), ["b"]),
        (formatted("b00003"), ["b"]),
        (formatted("ffffff"), []),
        (deliver("00010203", header=False), ["x", "y"]),
        (deliver("0000" + packet(TAR)), ["x", "y"]),
        (deliver("05 0804 0001 0201 11".replace(" ", "")), ["x", "y"]),
        (deliver("ff7000"), ["x", "y"]),
        (b"", ["x", "y"]),
        (b"\x44\xff", ["x", "y"]),
        (bytes.fromhex("01"), ["x", "y"]),
    ],
    ids=str,
)
def test_whose_message_it_is(plain: Bench, tpdu: bytes, called: list[str]) -> None:
    """Formatted ones by TAR, all others to all that want unformatted ones."""
    assert send(plain, tpdu) == "9000"
    assert [name for name, _ in plain.calls] == called
    events = {event for _, event in plain.calls}
    assert events <= {Event.FORMATTED_SMS_PP_ENV} if called in (["a"], ["b"]) else {Event.UNFORMATTED_SMS_PP_ENV}


def test_the_message_as_the_applet_sees_it(plain: Bench) -> None:
    seen: list[Envelope | None] = []
    plain.applet("a", lambda event: seen.append(plain.toolkit.envelope()))
    send(plain, formatted())
    assert seen[0] is not None and seen[0].tag == 0xD1
    assert Parts.of(seen[0].value).first(0x0B) == formatted()


def test_opened_packets_take_the_place_of_secured_ones(plain: Bench) -> None:
    """What the security layer gives is what the applet sees and answers through."""
    clear = bytes.fromhex(packet(data="0102030405"))
    plain.toolkit.packets = lambda raw: sms.Opened(raw[7:10], clear, lambda data: b"\x99" + data)
    seen: list[bytes] = []

    def answers(event: int) -> None:
        envelope = plain.toolkit.envelope()
        seen.append(Parts.of(envelope.value).first(0x0B) or b"" if envelope else b"")
        plain.toolkit.post(b"\x01", tag=None, status=True)

    plain.applet("a", answers)
    assert send(plain, formatted(spi="0615", data="ffff")) == "6102"
    assert plain.reader.tpdu("00c0000002") == "99019000"
    message = sms.Deliver.read(seen[0])
    assert message is not None and message.packet == clear


def test_refused_packets_reach_nobody(plain: Bench) -> None:
    plain.toolkit.packets = lambda raw: sms.Refused(b"\x0a\x0b")
    assert send(plain, formatted()) == "6102"
    assert plain.calls == []
    plain.toolkit.packets = sms.open_plain
    assert send(plain, formatted(spi="0600")) == "9000"
    assert plain.calls == []


@pytest.mark.parametrize("passes", [True, False])
def test_proof_of_receipt_by_a_message_of_its_own(plain: Bench, passes: bool) -> None:
    """SEND SHORT MESSAGE to the sender, through the same service centre (TS 31.115 §4.4)."""
    proof = bytes.fromhex("027100") + b"\x55" * 5
    refused, opened = (
        sms.Refused(proof, by_submit=True),
        sms.Opened(b"\xb0\0\1", b"", lambda data: proof, by_submit=True),
    )
    plain.toolkit.packets = lambda raw: opened if passes else refused
    (command,) = plain.talk(send(plain, formatted()))
    parts = Parts.of(command)
    assert (parts.type, parts.destination, parts.first(6)) == (0x13, 0x83, b"\x91\x12\x34")
    assert (parts.first(0x0B) or b"").hex() == f"41000b911326880736f400f608{proof.hex()}"
    assert plain.calls == ([("a", 2)] if passes else [])


@pytest.mark.parametrize(("status", "word"), [(True, "6102"), (False, "6200"), (0x9F, "6102"), (0x9E, "6200")])
def test_rp_ack_and_rp_error(plain: Bench, status: int | bool, word: str) -> None:
    """TS 31.111 §7.1.1.2; the status type of sim.toolkit means the same."""
    plain.applet("x", lambda event: plain.toolkit.post(b"\x0a\x0b", tag=None, status=status))
    assert send(plain, deliver("0102", header=False)) == word
    assert plain.reader.tpdu("00c0000002") == "0a0b9000"


def test_one_answer_for_all(plain: Bench) -> None:
    """The EnvelopeResponseHandler is there until somebody has posted (§6.7)."""
    available = []

    def answers(event: int) -> None:
        available.append(plain.toolkit.may_answer())
        plain.toolkit.post(b"\x01", tag=None, status=True)

    for name in ("x", "y"):
        plain.applet(name, answers)
    send(plain, deliver("0102", header=False))
    assert available == [True, False]


def test_busy_before_the_packet_is_opened(plain: Bench) -> None:
    """A message that is refused with 9300 comes again: its counter must not be used up."""
    opened = []

    def opener(raw: bytes) -> sms.Opened:
        opened.append(raw)
        return sms.Opened(raw[7:10], raw, lambda data: data)

    plain.toolkit.packets = opener
    plain.applet("x", lambda event: plain.toolkit.send(DISPLAY_TEXT))
    command = plain.fetch(send(plain, deliver("0102", header=False)))
    assert send(plain, formatted()) == "9300"
    assert opened == []
    plain.answer(command)
    assert send(plain, formatted()) == "9000"
    assert len(opened) == 1


def part(number: int, count: int, body: str, *, first: str = "", reference: int = 7) -> bytes:
    header = f"0003{reference:02x}{count:02x}{number:02x}{first}"
    return deliver(f"{len(header) // 2:02x}{header}{body}")


def test_concatenated_message(plain: Bench) -> None:
    """Put together before the applet is triggered, whichever part comes last; other messages may come between."""
    seen: list[bytes] = []
    plain.applet("a", lambda event: seen.append((plain.toolkit.envelope() or Envelope(0, b"")).value))
    whole = packet(data="00112233445566778899")
    pieces = whole[:40], whole[40:44], whole[44:]
    assert send(plain, part(1, 3, pieces[0], first="7000")) == "9000"
    assert send(plain, part(3, 3, pieces[2])) == "9000"
    assert send(plain, part(2, 3, pieces[1], reference=8)) == "9000"
    assert not seen
    assert send(plain, part(2, 3, pieces[1])) == "9000"
    message = sms.Deliver.read(Parts.of(seen[0]).first(0x0B) or b"")
    assert message is not None and message.packet.hex() == whole
    assert [name for name, _ in plain.calls] == ["x", "y", "a"]


@pytest.mark.parametrize("status", ["01", "03", "00", "05"])
@pytest.mark.parametrize(("tpdu", "called"), [(formatted(), ["a"]), (deliver("01", header=False), ["x", "y"])])
def test_messages_in_ef_sms(plain: Bench, status: str, tpdu: bytes, called: list[str]) -> None:
    """UPDATE RECORD with a received message; the rest of the record is no part of it (§6.2)."""
    seen: list[bytes] = []
    for name in "axy":
        plain.applet(name, lambda event: seen.append((plain.toolkit.envelope() or Envelope(0, b"")).value))
    record = bytes.fromhex(status + "03911234") + tpdu
    plain.toolkit.message_stored(record.ljust(176, b"\xff"))
    plain.toolkit.end_of_command(fine=True)
    assert [name for name, _ in plain.calls] == (called if status in ("01", "03") else [])
    for value in seen:
        parts = Parts.of(value)
        assert (parts.first(2), parts.first(6), parts.first(0x0B)) == (b"\x83\x81", b"\x91\x12\x34", tpdu)
    assert all(event in (3, 5) for _, event in plain.calls)


def test_cell_broadcast(bench: Bench) -> None:
    """Message identifiers 1080 to 109F are formatted (TS 31.115 §5)."""
    bench.install("a", tars=(TAR,)).set_events([Event.FORMATTED_SMS_CB])
    bench.install("b").set_events([Event.UNFORMATTED_SMS_CB])
    bench.started()
    for identifier in ("1080", "109f", "10a0", "0032"):
        page = bytes.fromhex(f"0000{identifier}0111" + packet()).ljust(88, b"\0")
        bench.envelope(0xD2, ComprehensionTlv(0x0C, page))
    assert bench.calls == [("a", 24), ("a", 24), ("b", 6), ("b", 6)]


@pytest.mark.parametrize(
    ("tag", "objects", "event"),
    [
        (0xD4, (), Event.CALL_CONTROL),
        (0xD5, (), Event.MO_SHORT_MESSAGE_CONTROL),
        (0xD9, (), Event.UNFORMATTED_USSD),
        (0xDC, (), Event.TERMINAL_APPLICATIONS),
        (0xD6, (ComprehensionTlv(0x19, b"\x07"),), Event.LANGUAGE_SELECTION),
        (0xD6, (ComprehensionTlv(0x19, b"\x14"),), Event.ACCESS_TECHNOLOGY_CHANGE_MULTIPLE),
        (0xD6, (ComprehensionTlv(0x19, b"\x1c"),), Event.POLL_INTERVAL_NEGOTIATION),
        (0xD6, (ComprehensionTlv(0x19, b"\x7e"),), Event.UNRECOGNIZED_ENVELOPE),
        (0xD6, (), Event.UNRECOGNIZED_ENVELOPE),
        (0xDD, (), Event.UNRECOGNIZED_ENVELOPE),
        (0xDF, (), Event.UNRECOGNIZED_ENVELOPE),
        (0x00, (), Event.UNRECOGNIZED_ENVELOPE),
        (0xFF, (), Event.UNRECOGNIZED_ENVELOPE),
        (0xE4, (), Event.UNRECOGNIZED_ENVELOPE),
    ],
)
def test_other_envelopes(bench: Bench, tag: int, objects: tuple[ComprehensionTlv, ...], event: Event) -> None:
    bench.install("a").set_events([event])
    bench.started()
    assert bench.envelope(tag, *objects) == "9000"
    assert bench.calls == [("a", event)]


def test_timer_expiration(bench: Bench) -> None:
    for name in "ab":
        bench.install(name, timers=1).allocate_timer()
    bench.started()
    bench.envelope(0xD7, ComprehensionTlv(0x24, b"\x02"), ComprehensionTlv(0x25, b"\0\0\0"))
    bench.envelope(0xD7, ComprehensionTlv(0x24, b"\x03"))
    assert bench.calls == [("b", Event.TIMER_EXPIRATION)]


def test_local_connection(bench: Bench) -> None:
    for name in "ab":
        bench.install(name, services=1).allocate_service()
    bench.started()
    bench.event(0x0D, ComprehensionTlv(0x41, b"\x01\x01\x00"))
    assert bench.calls == [("b", Event.LOCAL_CONNECTION)]
