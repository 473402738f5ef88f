"""PC/SC return codes in plain words, and how a reader is found and held (with a scripted `smartcard.scard`).

The way through pcscd and pyscard themselves is tested elsewhere, with a software card in the virtual reader.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from simtool.card.pcsc import ReaderInfo, api, find_reader, list_readers, open_reader
from simtool.card.transport import Protocol, Transport
from simtool.errors import CardError, CardRemovedError, ReaderError, SimtoolError
from tests.card.fake_scard import EMPTY, EXCLUSIVE, MUTE, PRESENT, FakeScard, use
from tests.card.scripted import ATR_T0


def test_list_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = use(monkeypatch, FakeScard(("A 00 00", PRESENT), ("B 00 00", EMPTY), ("C", MUTE), ("D", EXCLUSIVE)))
    assert list_readers() == (
        ReaderInfo(0, "A 00 00", True, ATR_T0),
        ReaderInfo(1, "B 00 00", False),
        ReaderInfo(2, "C", True, ATR_T0, mute=True),
        ReaderInfo(3, "D", True, ATR_T0, in_use=True),
    )
    assert fake.open_contexts == 0


def test_no_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, FakeScard())
    assert list_readers() == ()
    with pytest.raises(ReaderError, match="no smart card reader is connected"):
        find_reader()


TWO = (("Virtual PCD 00 00", PRESENT), ("Virtual PCD 00 01", EMPTY))
FOUND = [
    # readers, what is asked for, index found or words of the refusal
    (TWO, 0, 0),
    (TWO, "1", 1),
    (TWO, None, 0),
    (TWO, "Virtual PCD 00 01", 1),
    (TWO, "00 01", 1),
    ((("ACS ACR38", EMPTY), ("Gemalto", EMPTY)), "acr", 0),
    ((("PCD", EMPTY), ("PCD 2", EMPTY)), "PCD", 0),
    (TWO[:1], None, 0),
    (TWO, 2, "there is no reader 2, the last one is 1"),
    (TWO, "Gemalto", "no reader's name contains 'Gemalto'"),
    (TWO, "virtual", 0),
    ((TWO[0], ("Virtual X", PRESENT)), "virtual", "several readers whose names contain 'virtual' hold a card"),
    ((TWO[0], ("X", PRESENT)), None, "several readers hold a card"),
    ((TWO[1], ("X", EMPTY)), None, "none of 2 readers holds a card"),
]


@pytest.mark.parametrize(("readers", "which", "found"), FOUND)
def test_find_reader(
    monkeypatch: pytest.MonkeyPatch,
    readers: tuple[tuple[str, int], ...],
    which: int | str | None,
    found: int | str,
) -> None:
    use(monkeypatch, FakeScard(*readers))
    if isinstance(found, int):
        assert find_reader(which).index == found
        return
    with pytest.raises(ReaderError, match=found) as caught:
        find_reader(which)
    names = ", ".join(f"{index} = {name}" for index, (name, _) in enumerate(readers))
    assert caught.value.hint in (
        f"choose by number or full name: {names}",
        "put a card in, contacts towards the reader",
    )


def test_a_card_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exclusive, powered off and on before the first command, powered off at the end."""
    fake = use(monkeypatch, FakeScard(TWO[0]))
    transport: Transport = open_reader(0)
    assert (transport.name, transport.atr, transport.protocol) == ("Virtual PCD 00 00", ATR_T0, Protocol.T0)
    assert transport.exchange(b"\x00\xa4\x00\x0c\x02\x3f\x00") == b"\x90\x00"
    assert transport.reset(cold=False) == ATR_T0
    transport.close()
    transport.close()
    steps = [call for call in fake.calls if call[0] in ("connect", "reconnect", "transmit", "begin", "disconnect")]
    assert steps == [
        ("connect", "Virtual PCD 00 00", 1, 3),
        ("reconnect", 1, 1, 2),
        ("transmit", 1, b"\x00\xa4\x00\x0c\x02\x3f\x00"),
        ("reconnect", 1, 1, 1),
        ("disconnect", 2),
    ]
    assert fake.open_contexts == 0
    with pytest.raises(CardRemovedError, match="closed already"):
        transport.exchange(b"\x00")


def test_a_shared_card_is_held_by_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = use(monkeypatch, FakeScard(TWO[0], active=2))
    transport = open_reader(exclusive=False)
    assert transport.protocol is Protocol.T1
    transport.close()
    assert ("connect", "Virtual PCD 00 00", 2, 3) in fake.calls
    assert ("begin",) in fake.calls


BEFORE = [
    # function, PC/SC return code, words
    ("establish", 0x8010001D, "no PC/SC service runs on this computer"),
    ("list", 0x8010001E, "the PC/SC service has stopped"),
    ("change", 0x80100009, "the reader was unplugged"),
    ("connect", 0x8010000C, "Virtual PCD 00 00: no card in the reader"),
    ("connect", 0x80100069, "Virtual PCD 00 00: no card in the reader"),
    ("connect", 0x8010000B, "Virtual PCD 00 00: another program uses the card"),
    ("connect", 0x80100066, "Virtual PCD 00 00: the card does not answer to power-on"),
    ("connect", 0x8010000F, "Virtual PCD 00 00: the card speaks neither T=0 nor T=1"),
    ("connect", 0x80100017, "Virtual PCD 00 00: the reader was unplugged"),
    ("connect", 0x8010006A, "Virtual PCD 00 00: this user may not use the reader"),
    ("connect", 0x8010006A - 0x100000000, "Virtual PCD 00 00: this user may not use the reader"),
]


@pytest.mark.parametrize(("function", "code", "words"), BEFORE)
def test_trouble_before_the_card_is_in_use(
    monkeypatch: pytest.MonkeyPatch, function: str, code: int, words: str
) -> None:
    fake = use(monkeypatch, FakeScard(TWO[0], **{function: code}))
    with pytest.raises(ReaderError) as caught:
        open_reader("0")
    assert str(caught.value) == words
    assert caught.value.hint
    assert fake.open_contexts == 0


def test_no_answer_is_a_lost_card_whatever_the_driver_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver of the virtual reader says success and gives nothing when a card leaves in the middle of a command."""
    fake = use(monkeypatch, FakeScard(TWO[0]))
    transport = open_reader(0)
    fake.answer = b""
    with pytest.raises(CardRemovedError, match="Virtual PCD 00 00: the card stopped answering"):
        transport.exchange(b"\x00\x20\x00\x01\x00")
    fake.codes["transmit"] = 0x80100069
    with pytest.raises(CardRemovedError, match="Virtual PCD 00 00: the card was taken out"):
        transport.exchange(b"\x00\x20\x00\x01\x00")


LOST = [
    (0x80100069, "the card was taken out"),
    (0x8010000C, "the card was taken out"),
    (0x80100017, "the reader was unplugged"),
    (0x80100068, "another program reset the card"),
    (0x8010001E, "the PC/SC service has stopped"),
    (0x80100016, r"the link to the card broke \(PC/SC error 80100016\)"),
]


@pytest.mark.parametrize(("code", "words"), LOST)
@pytest.mark.parametrize("function", ["transmit", "reconnect", "status"])
def test_a_card_lost_while_working(monkeypatch: pytest.MonkeyPatch, function: str, code: int, words: str) -> None:
    fake = use(monkeypatch, FakeScard(TWO[0]))
    transport = open_reader(0)
    fake.codes[function] = code
    with pytest.raises(CardRemovedError, match=f"Virtual PCD 00 00: {words}") as caught:
        transport.exchange(b"\x00\x20\x00\x01\x00") if function == "transmit" else transport.reset()
    assert caught.value.hint
    fake.codes["disconnect"] = code
    transport.close()
    assert fake.open_contexts == 0


def test_a_code_that_nobody_foresaw(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, FakeScard(TWO[0], connect=0x80100001))
    with pytest.raises(CardError, match="PC/SC error 80100001"):
        open_reader(0)


def test_without_pyscard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "smartcard", None)
    monkeypatch.setitem(sys.modules, "smartcard.scard", None)
    with pytest.raises(SimtoolError, match="pyscard is not installed") as caught:
        list_readers()
    assert caught.value.hint == "pip install mvno-simtool[pcsc]"


def test_the_codes_are_those_of_pyscard() -> None:
    import smartcard.scard as scard

    assert (api.NO_SERVICE, api.SHARING, api.W_REMOVED, api.READER_GONE, api.NO_READERS) == (
        scard.SCARD_E_NO_SERVICE,
        scard.SCARD_E_SHARING_VIOLATION,
        scard.SCARD_W_REMOVED_CARD,
        scard.SCARD_E_READER_UNAVAILABLE,
        scard.SCARD_E_NO_READERS_AVAILABLE,
    )
    assert (api.SHARE_EXCLUSIVE, api.UNPOWER, api.RESET) == (
        scard.SCARD_SHARE_EXCLUSIVE,
        scard.SCARD_UNPOWER_CARD,
        scard.SCARD_RESET_CARD,
    )


def test_importing_it_does_not_import_pyscard() -> None:
    code = (
        "import sys, simtool.card.pcsc, simtool.card.session; sys.exit(bool({'smartcard', 'yaml'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
