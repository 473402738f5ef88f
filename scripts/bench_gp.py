"""What it costs on the wire to install a 4 KiB applet, with block sizes chosen for card and secure channel.

The arithmetic minimum counts what cannot be left out: the load file's bytes and the other commands' data, in as few
commands as 255 bytes of data each allow, each with its header, procedure byte and status word; no secure channel.
"""

from __future__ import annotations

from simtool.card.meter import Meter, MeterReading
from simtool.card.session import Session
from simtool.card.transport import EndpointTransport
from simtool.codec.apdu import SHORT_LC_MAX
from simtool.codec.cap import CapFile, read_cap
from simtool.codec.install import ForInstall, ForLoad, load_file_bytes
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.secret import Secret
from simtool.files.product import load
from simtool.gp.content import WantedApplet, WantedPackage, apply_content, plan_content
from simtool.gp.domain import EMPTY_PARAMETERS, SecurityDomain, select_domain
from simtool.gp.levels import SecurityLevel
from simtool.gp.secure_channel import ForgetfulMemory, open_channel
from simtool.softcard import SoftCard
from tests.harness.cap_builder import CapPlan

SIZE = 4096
CARD = "generic-usim"
BASE = Secret.from_hex("404142434445464748494a4b4c4d4e4f")
AES = KeySet(0x30, KeyCipher.AES, BASE, BASE, BASE)
DES = KeySet(0x20, KeyCipher.DES, BASE, BASE, BASE)
CHANNELS = (
    ("SCP02, MAC", DES, 0x01),
    ("SCP02, MAC and encryption", DES, 0x03),
    ("SCP03, MAC", AES, 0x01),
    ("SCP03, MAC and encryption", AES, 0x03),
    ("SCP03, both ways", AES, 0x33),
)
_PER_COMMAND = 5 + 1 + 2  # header, procedure byte, status word
_GET_RESPONSE = 5 + 1 + 1 + 2  # one byte 00: no receipt


def show() -> None:
    """Print the table."""
    cap = four_kib()
    least = minimum(cap)
    print(f"\n── Installing an applet of {SIZE} bytes: TPDUs and bytes on the wire (T=0), registry not read")
    print(f"{'arithmetic minimum, no secure channel':42}{least}")
    for name, keys, level in CHANNELS:
        size, cost = measure(cap, keys, level)
        ratio = cost.wire_bytes / least.wire_bytes
        print(f"{name:42}{str(cost):28}{size} bytes a block, {ratio:.2f} times the minimum's bytes")
    for limit in (128, 64):
        size, cost = measure(cap, AES, 0x01, limit)
        print(f"{f'the same with blocks of {limit}':42}{str(cost):28}{cost.wire_bytes / least.wire_bytes:.2f} times")


def four_kib() -> CapFile:
    """A package whose load file data block has 4096 bytes."""
    empty = len(read_cap(CapPlan().row()).load_file_data_block())
    return read_cap(CapPlan(filler=SIZE - empty).row())


def minimum(cap: CapFile) -> MeterReading:
    """TPDUs and bytes that no terminal can go below."""
    package, module = cap.package.aid, cap.applets[0].aid
    data = [
        len(ForLoad(package).encode()),
        len(ForInstall(package, module, module, parameters=EMPTY_PARAMETERS).encode()),
    ]
    whole = len(load_file_bytes(cap.load_file_data_block()))
    blocks = -(-whole // SHORT_LC_MAX)
    commands, answers = len(data) + blocks, len(data) + 1
    total = whole + sum(data) + commands * _PER_COMMAND + answers * _GET_RESPONSE
    return MeterReading(commands + answers, total)


def measure(cap: CapFile, keys: KeySet, level: int, limit: int = SHORT_LC_MAX) -> tuple[int, MeterReading]:
    """Block size and cost of INSTALL [for load], LOADs and INSTALL; the channel is open already."""
    meter = Meter(EndpointTransport(SoftCard.new(load(CARD)), CARD))
    with Session.open(meter) as session:
        select_domain(session)
        link = open_channel(session, keys, level=SecurityLevel(level), memory=ForgetfulMemory())
        domain = SecurityDomain(link, limit=limit)
        module = cap.applets[0].aid
        steps = plan_content((WantedPackage(cap, (WantedApplet(module, module),)),), domain.registry())
        before = meter.reading
        apply_content(steps, domain)
        return domain.block_size, meter.reading - before


if __name__ == "__main__":
    show()
