"""What readers are: names taken apart, drivers asked (scripted), limits kept by the connection."""

from __future__ import annotations

from pathlib import Path

import pytest

from simtool.card.pcsc import (
    PcscTransport,
    ReaderDetails,
    ReaderLimits,
    ReaderName,
    api,
    details,
    reader_details,
    split_name,
)
from simtool.card.session import Session
from simtool.card.transport import TransportWrapper, takes_extended
from simtool.codec.apdu import CommandApdu
from simtool.errors import ReaderError, RefusedError
from tests.card.fake_scard import PRESENT, FakeScard, use

NAME = "Gemalto PC Twin Reader (E54D) 01 00"
NAMES = [
    # as pcscd makes them: product [interface] (serial) reader slot
    ("Virtual PCD 1 00 01", ReaderName("Virtual PCD 1", index=0)),
    (NAME, ReaderName("Gemalto PC Twin Reader", serial="E54D", index=1)),
    ("Identiv uTrust 3700 F CL Reader [CCID Interface] (53201) 0A 00", ReaderName(
        "Identiv uTrust 3700 F CL Reader", "CCID Interface", "53201", 10)),
    ("Alcor Micro AU9560 [CCID] 02 00", ReaderName("Alcor Micro AU9560", "CCID", index=2)),
    ("ACS ACR39U ICC Reader 0", ReaderName("ACS ACR39U ICC Reader 0")),  # not pcscd's
    ("", ReaderName("")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "parts"), NAMES)
def test_names(name: str, parts: ReaderName) -> None:
    assert split_name(name) == parts


def number(value: int) -> bytes:
    return value.to_bytes(4, api.BYTE_ORDER)


def usb_device(folder: Path, name: str, bus: int, device: int) -> None:
    (folder / name).mkdir()
    (folder / name / "busnum").write_text(f"{bus}\n")
    (folder / name / "devnum").write_text(f"{device}\n")


def test_a_usb_reader_tells_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = use(monkeypatch, FakeScard((NAME, PRESENT)))
    monkeypatch.setattr(details, "USB_DEVICES", tmp_path)
    usb_device(tmp_path, "1-1", 1, 4)
    usb_device(tmp_path, "1-1.4", 1, 7)
    (tmp_path / "1-1.4:1.0").mkdir()
    fake.attributes = {
        0x10100: b"Gemalto\0", 0x10102: number(0x02010000), 0x10103: b"E54D11\0", 0x20110: number(0x00200107),
    }  # fmt: skip
    fake.controls = {
        api.GET_FEATURES: bytes.fromhex("060442330006 120442330012"),
        0x42330012: bytes.fromhex("0902aabb 0a0400000100"),
    }
    assert reader_details(NAME) == ReaderDetails("E54D11", "1-1.4", "Gemalto", "2.01", max_apdu_data=65536)
    assert [call for call in fake.calls if call[0] in ("connect", "disconnect")] == [
        ("connect", NAME, 3, 0),  # direct: no power for the card
        ("disconnect", 0),  # and the card is left as it is
    ]
    assert fake.open_contexts == 0


def test_a_driver_that_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, FakeScard((NAME, PRESENT)))
    assert reader_details(NAME) == ReaderDetails("E54D")


def test_a_reader_in_use_is_known_by_its_name_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = use(monkeypatch, FakeScard((NAME, PRESENT), connect=0x8010000B))
    assert reader_details(NAME) == ReaderDetails("E54D", told=False)
    assert fake.open_contexts == 0


def test_a_reader_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = use(monkeypatch, FakeScard((NAME, PRESENT), connect=0x80100009))
    with pytest.raises(ReaderError, match="unplugged"):
        reader_details(NAME)
    assert fake.open_contexts == 0


def test_the_attributes_are_those_of_pyscard() -> None:
    import smartcard.scard as scard

    assert (api.ATTR_VENDOR, api.ATTR_VERSION, api.ATTR_SERIAL, api.ATTR_CHANNEL, api.GET_FEATURES) == (
        scard.SCARD_ATTR_VENDOR_NAME,
        scard.SCARD_ATTR_VENDOR_IFD_VERSION,
        scard.SCARD_ATTR_VENDOR_IFD_SERIAL_NO,
        scard.SCARD_ATTR_CHANNEL_ID,
        scard.SCARD_CTL_CODE(3400),
    )


ATR_T1_EXTENDED = bytes.fromhex("3b8501807300004037")
SPEEDS = [
    # TA1 (None: not there), max_baud, refused
    (None, 9600, False), ("11", 9600, False), ("13", 9600, True), ("95", 115200, False), ("96", 115200, True),
    ("96", 0, False), ("18", 115200, False), ("97", 223200, True), ("f7", 9600, False),
]  # fmt: skip


@pytest.mark.parametrize(("ta1", "most", "refused"), SPEEDS)
def test_a_card_faster_than_the_reader_is_refused_before_the_first_command(
    monkeypatch: pytest.MonkeyPatch, ta1: str | None, most: int, refused: bool
) -> None:
    fake = use(monkeypatch, FakeScard((NAME, PRESENT)))
    fake.atr = bytes.fromhex(f"3b10{ta1}" if ta1 else "3b00")
    if not refused:
        PcscTransport(NAME, limits=ReaderLimits(max_baud=most)).close()
        return
    with pytest.raises(RefusedError, match=f"this reader is limited to {most}") as caught:
        PcscTransport(NAME, limits=ReaderLimits(max_baud=most))
    assert "another reader" in caught.value.hint
    assert "transmit" not in [call[0] for call in fake.calls]
    assert ("disconnect", 2) in fake.calls and fake.open_contexts == 0


TLV_SHORT, TLV_EXTENDED = bytes.fromhex("0a0400000000"), bytes.fromhex("0a0400000100")
LENGTHS = [
    # what the driver tells, limit of the bench, does a long command travel whole
    (None, False, True), (TLV_EXTENDED, False, True), (TLV_SHORT, False, False), (TLV_EXTENDED, True, False),
    (None, True, False),
]  # fmt: skip


@pytest.mark.parametrize(("told", "limit", "whole"), LENGTHS)
def test_long_commands(monkeypatch: pytest.MonkeyPatch, told: bytes | None, limit: bool, whole: bool) -> None:
    fake = use(monkeypatch, FakeScard((NAME, PRESENT), active=2))
    fake.atr = ATR_T1_EXTENDED
    if told is not None:
        fake.controls = {api.GET_FEATURES: bytes.fromhex("120442330012"), 0x42330012: told}
    transport = PcscTransport(NAME, limits=ReaderLimits(no_extended_apdu=limit))
    assert takes_extended(TransportWrapper(transport)) is whole
    Session.open(transport).send(CommandApdu(0x80, 0xE2, 0, 0, bytes(300)))
    sent = [len(call[2]) for call in fake.calls if call[0] == "transmit"]
    assert sent == ([307] if whole else [260, 50])


def test_a_short_look_of_a_neighbour_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers may ask the same reader who it is while one of them connects."""

    class Busy(FakeScard):
        left = 2

        def SCardConnect(self, context: int, reader: str, mode: int, protocols: int) -> list[int]:  # noqa: N802
            if self.left:
                self.left -= 1
                return [0x8010000B, 0, 0]
            return super().SCardConnect(context, reader, mode, protocols)

    monkeypatch.setattr("simtool.card.pcsc.link.SHARING_SECONDS", 0.0)
    use(monkeypatch, Busy((NAME, PRESENT)))
    PcscTransport(NAME).close()
