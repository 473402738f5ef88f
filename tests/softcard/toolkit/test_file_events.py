"""Files that the terminal updates, and application sessions that end (TS 102 241 §6.2)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simtool.softcard.jcvm.platform.toolkit import Envelope, FileTerminated
from simtool.softcard.toolkit.commands import Parts
from simtool.softcard.toolkit.events import Event
from tests.softcard.toolkit.conftest import DISPLAY_TEXT, Bench

USIM = "a0000000871002"
VERIFY = ("002000010831323334ffffffff", "0020000a083132333435363738")


@pytest.fixture
def seen(bench: Bench) -> Iterator[list[Envelope]]:
    """One applet; the envelopes that it gets."""
    found: list[Envelope] = []

    def notes(event: int) -> None:
        envelope = bench.toolkit.envelope()
        if envelope is not None:
            found.append(envelope)

    bench.install("a")
    bench.applet("a", notes)
    bench.reader.ok(*VERIFY)
    yield found


@pytest.mark.parametrize(
    ("files", "adf", "wanted"),
    [
        ("01 3f002fe2", None, ["MF/EF.ICCID"]),
        ("02 3f002fe2 3f007f106f3a", None, ["MF/EF.ICCID", "MF/DF.TELECOM/EF.ADN"]),
        ("01 3f007f10", None, ["MF/DF.TELECOM"]),
        ("01 3f00", None, ["MF"]),
        ("01 3f007fff6f07", USIM, ["MF/ADF.USIM/EF.IMSI"]),
        ("02 7fff6f07 7fff", USIM, ["MF/ADF.USIM/EF.IMSI", "MF/ADF.USIM"]),
        ("01 3f007fff6f07", None, []),
        ("01 3f007fff6f07", "a000000000", []),
        ("01 3f001234", None, []),
        ("", None, []),
        ("01 3f", None, []),
    ],
)
def test_file_lists(bench: Bench, files: str, adf: str | None, wanted: list[str]) -> None:
    """TS 102 223 §8.18."""
    full = next(one.aid for one in bench.card.files.applications if (one.aid or b"").hex().startswith(USIM))
    aid = full if adf == USIM else bytes.fromhex(adf) if adf else None
    assert bench.toolkit.file_paths(bytes.fromhex(files), aid) == wanted


def test_updates_by_the_terminal(bench: Bench, seen: list[Envelope]) -> None:
    """A file, or all EFs of a directory; nothing for others, nor for an update that failed."""
    entry = bench.entry("a")
    entry.watch_files(["MF/DF.TELECOM/EF.ADN", "MF/ADF.USIM"])
    assert entry.is_event_set(Event.EXTERNAL_FILE_UPDATE)
    adn = bench.card.files.by_path["MF/DF.TELECOM/EF.ADN"]
    record = "ff" * adn.record_length
    bench.reader.ok("00a40804047f106f3a")
    assert bench.reader.tpdu(f"00dc0104{adn.record_length:02x}{record}") == "9000"
    assert bench.reader.tpdu("00dc010401ff") == "6700"
    assert bench.reader.tpdu("00dcff04" + f"{adn.record_length:02x}{record}") == "6a83"
    assert len(seen) == 1
    parts = Parts.of(seen[0].value)
    assert (seen[0].tag, parts.first(0x12)) == (0xD8, bytes.fromhex("013f007f106f3a"))
    bench.reader.ok(f"00a4040c07{USIM}", "00a4000c026f07", "00d6000001" + "08")
    parts = Parts.of(seen[-1].value)
    assert parts.first(0x12) == bytes.fromhex("013f007fff6f07")
    assert (parts.first(0x2F) or b"").hex().startswith(USIM)
    before = len(seen)
    entry.unwatch_files(["MF/DF.TELECOM"])
    assert entry.is_event_set(Event.EXTERNAL_FILE_UPDATE)
    entry.clear_event(Event.EXTERNAL_FILE_UPDATE)
    bench.reader.ok("00d600000108")
    assert len(seen) == before


def test_terminated_files(bench: Bench) -> None:
    bench.card.files.by_path["MF/EF.ICCID"].life_cycle = 0x0C
    with pytest.raises(FileTerminated):
        bench.toolkit.file_paths(bytes.fromhex("013f002fe2"), None)
    with pytest.raises(FileTerminated):
        bench.toolkit.may_watch("MF/EF.ICCID")


def test_application_deselect(bench: Bench, seen: list[Envelope]) -> None:
    """When the session of an application ends, by another's selection or for good; not by a reset."""
    bench.entry("a").set_events([Event.APPLICATION_DESELECT])
    bench.reader.ok(f"00a4040c07{USIM}", f"00a4040c07{USIM}")
    assert not seen
    bench.reader.ok("00a4040c07a0000000871004")
    assert [(one.tag, (Parts.of(one.value).first(0x2F) or b"").hex()[:14]) for one in seen] == [(0xD8, USIM)]
    bench.card.reset()
    bench.status()
    assert len(seen) == 1


def test_a_file_event_may_begin_a_session(bench: Bench) -> None:
    """The command that updated the file is answered with 91xx."""
    bench.install("a").watch_files(["MF/DF.TELECOM/EF.ADN"])
    bench.applet("a", lambda event: bench.toolkit.send(DISPLAY_TEXT))
    bench.started()
    bench.reader.ok(*VERIFY, "00a4080c047f106f3a")
    length = bench.card.files.by_path["MF/DF.TELECOM/EF.ADN"].record_length
    assert bench.talk(bench.reader.tpdu(f"00dc0104{length:02x}" + "ff" * length)) == [DISPLAY_TEXT]
