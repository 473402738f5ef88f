"""TERMINAL PROFILE, FETCH, TERMINAL RESPONSE, ENVELOPE (TS 102 221 §11.2, §7.4.2; TS 102 223 §5.2).

A card may start a proactive session after TERMINAL PROFILE (91xx); a card without one has nothing to fetch.
"""

from __future__ import annotations

import pytest

from simtool.codec import tlv
from tests.conformance.bench import Bench

pytestmark = pytest.mark.needs("uicc")

DONE = "9000 91xx"


@pytest.mark.parametrize("size", [1, 4, 20, 32, 255])
def test_terminal_profile(bench: Bench, size: int) -> None:
    """TS 102 221 §11.2.1: any length, whatever the card knows of the bits."""
    bench.expect(f"80100000{size:02x}{'ff' * size}", DONE)


def test_terminal_profile_selects_nothing(bench: Bench) -> None:
    """§11.2.1.1."""
    bench.expect("00a4000c022fe2")
    bench.expect("80100000020000", DONE)
    bench.expect("00b000000a", DONE)


def fetched(bench: Bench) -> bytes | None:
    """The proactive command that waits after a TERMINAL PROFILE of zeros, if any."""
    bench.expect("801000000400000000", DONE)
    sw = bench.session.last_sw
    return bench.expect(f"80120000{sw.sw2:02x}", DONE) if sw.sw1 == 0x91 else None


def test_fetch(bench: Bench) -> None:
    """§11.2.3, TS 102 223 §6.6: D0 and the command; after it is fetched, or when none waits, there is nothing more.

    A terminal that says it can do nothing gets no command, or one that it will refuse.
    """
    command = fetched(bench)
    if command is not None:
        assert tlv.parse(command)[0].tag == 0xD0
    bench.expect("8012000010", "6f00 6985 6986 6d00 6a88 6a86 6a82 6900")


def test_fetch_before_anything(bench: Bench) -> None:
    """§11.2.3.1: without 91xx there is nothing to fetch."""
    bench.expect("8012000010", "6f00 6985 6986 6d00 6a88 6a86 6a82 6900")


def test_terminal_response_to_nothing(bench: Bench) -> None:
    """§11.2.4.1: a response belongs to a proactive command."""
    data = "810301250082028281830100"
    bench.expect(f"80140000{len(data) // 2:02x}{data}", "6f00 6985 6986 6d00 6a80 6900 6a88")


REFUSED = [
    ("ENVELOPE without data", "§11.2.2.2", "80c20000", "67xx 6a80 6d00 6f00"),
    ("ENVELOPE that is no data object", "§11.2.2.2", "80c2000003d70501", "6a80 67xx 6d00 6f00 6985"),
    ("TERMINAL PROFILE without data", "§11.2.1.2", "80100000", "67xx 6a80"),
    ("TERMINAL PROFILE with P1 = 01", "§11.2.1.2", "801001000400000000", "6a86 6b00"),
    ("FETCH with P1 = 01", "§11.2.3.2", "8012010010", "6a86 6b00 6985 6f00 6d00"),
]


@pytest.mark.parametrize(("clause", "command", "answer"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_refused(bench: Bench, clause: str, command: str, answer: str) -> None:
    bench.expect(command, answer, why=clause)


def test_unknown_envelope(bench: Bench) -> None:
    """§11.2.2, TS 102 223 §7: an event that no application on the card wants does no harm."""
    data = tlv.encode(0xD6, bytes.fromhex("190104 82028281".replace(" ", ""))).hex()
    bench.expect(f"80c20000{len(data) // 2:02x}{data}", "9000 91xx 6985 6f00 6d00 6a80 6a88")
    bench.expect("00a4000c022fe2", DONE)
    bench.expect("00b000000a", DONE)
