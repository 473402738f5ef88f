"""A software sysmoISIM-SJA5 made ready by plain commands: key files, counters, IMSI, PIN.

Sent byte by byte, as the vendor's documentation of the key files says, and not through simtool's own programming: these
tests are about the card and the strangers who use it.
"""

from __future__ import annotations

from simtool.files.product import load
from simtool.softcard import SoftCard
from tests.harness.auc import Algorithm, Subscriber
from tests.harness.programs import HarnessError

ADM1 = b"34173960"
PIN1 = "0000"
USIM = bytes.fromhex("a0000000871002")
DF_SYSTEM = 0xA515
EF_IMSI = 0x6F07
EF_SIM_AUTH_KEY = 0x6F20
EF_USIM_AUTH_KEY = 0xAF20
EF_USIM_SQN = 0xAF30
ALGORITHM_CODES = {
    Algorithm.COMP128V1: 0x01,
    Algorithm.COMP128V2: 0x02,
    Algorithm.COMP128V3: 0x03,
    Algorithm.MILENAGE: 0x14,  # 4, and bit 4: the second value is OPc
    Algorithm.XOR: 0x0F,
}
SQN_FLAGS = bytes((0x55, 0x03))
"""Check SQN and delta, 5 index bits, no free pass for the next one; AUTN and AUTS conceal the SQN."""
SQN_LIMIT = (2**28 << 5).to_bytes(6)
SLOTS = 32


def new_card() -> SoftCard:
    """A card as delivered, powered on."""
    card = SoftCard.new(load("sysmoISIM-SJA5"))
    card.power_on()
    return card


def prepared_card(subscriber: Subscriber, *, highest_sqn: int = 0, pin: bool = False) -> SoftCard:
    """A card for this subscriber, powered off again. `highest_sqn` is what it has already seen, PIN1 on or off."""
    card = new_card()
    select(card, USIM)
    send(card, 0x20, 0x00, 0x0A, ADM1)
    write(card, EF_IMSI, encode_imsi(subscriber.imsi))
    key = bytes((ALGORITHM_CODES[subscriber.algorithm],)) + subscriber.k + (subscriber.opc or bytes(16))
    if not subscriber.algorithm.is_2g:
        write(card, EF_USIM_AUTH_KEY, key)
        seen = highest_sqn.to_bytes(6).ljust(6 * SLOTS, b"\0")  # the centre only uses index 0
        write(card, EF_USIM_SQN, SQN_FLAGS + SQN_LIMIT * 2 + seen)
    select(card, 0x3F00)
    select(card, DF_SYSTEM)
    if subscriber.algorithm is not Algorithm.XOR:
        write(card, EF_SIM_AUTH_KEY, key)
    set_pin(card, enabled=pin)
    card.power_off()
    return card


def set_pin(card: SoftCard, *, enabled: bool) -> None:
    """ENABLE or DISABLE PIN1 (TS 102 221 §11.1.12, §11.1.13). Repeating it is no error."""
    sw = _exchange(card, bytes((0x00, 0x28 if enabled else 0x26, 0x00, 0x01, 0x08)) + PIN1.encode().ljust(8, b"\xff"))
    if sw not in (0x9000, 0x6985, 0x6984):
        raise HarnessError(f"PIN1 cannot be switched: {sw:04X}")


def select(card: SoftCard, target: bytes | int) -> None:
    """SELECT an application by AID or a file by FID, without asking for the FCP (TS 102 221 §11.1.1)."""
    if isinstance(target, int):
        send(card, 0xA4, 0x00, 0x0C, target.to_bytes(2))
    else:
        send(card, 0xA4, 0x04, 0x0C, target)


def write(card: SoftCard, fid: int, content: bytes) -> None:
    """SELECT a transparent file of the current directory and UPDATE it from its start."""
    select(card, fid)
    for offset in range(0, len(content), 200):
        send(card, 0xD6, offset >> 8, offset & 0xFF, content[offset : offset + 200])


def read(card: SoftCard, fid: int, length: int) -> bytes:
    """SELECT a transparent file of the current directory and READ its first `length` bytes."""
    select(card, fid)
    answer = card.transmit(bytes((0x00, 0xB0, 0x00, 0x00, length)))
    if answer[-2:] != b"\x90\x00":
        raise HarnessError(f"reading {fid:04X} ended in {answer[-2:].hex()}")
    return answer[:-2]


def send(card: SoftCard, ins: int, p1: int, p2: int, data: bytes) -> None:
    """One command with data that must end in 9000 (or ask to fetch an answer, 61xx)."""
    sw = _exchange(card, bytes((0x00, ins, p1, p2, len(data))) + data)
    if sw != 0x9000 and sw >> 8 != 0x61:
        raise HarnessError(f"00 {ins:02X} {p1:02X} {p2:02X} ended in {sw:04X}")


def _exchange(card: SoftCard, tpdu: bytes) -> int:
    return int.from_bytes(card.transmit(tpdu)[-2:])


def encode_imsi(imsi: str) -> bytes:
    """Content of EF.IMSI (TS 31.102 §4.2.2): length, parity nibble, swapped digits, padded with F to 9 bytes."""
    nibbles = ("9" if len(imsi) % 2 else "1") + imsi
    nibbles = nibbles.ljust(16, "f")
    swapped = "".join(nibbles[i + 1] + nibbles[i] for i in range(0, 16, 2))
    return bytes((len(imsi) // 2 + 1,)) + bytes.fromhex(swapped)
