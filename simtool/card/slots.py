"""Virtual reader slots: the configuration that pcscd needs for more than the two of the package `vsmartcard-vpcd`.

The driver keeps its two slots in static variables, so every further pair needs a copy of it under another name. Slot n
listens on TCP port 35963 + n, which is where `simtool card emulate --slot n` puts a card.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from simtool.errors import ReaderError, RefusedError

FIRST_PORT = 35963
SLOTS_PER_DRIVER = 2
MAX_SLOTS = 16  # pcscd 1.9 has no more readers
DRIVER = Path("usr/lib/pcsc/drivers/serial/libifdvpcd.so")
COPIES = Path("usr/local/lib")
CONFIGURATION = Path("etc/reader.conf.d")
PACKAGED = "vpcd"


@dataclass(frozen=True, slots=True)
class SlotPair:
    """Two slots: their configuration file and the driver copy it names, below the root of the file system."""

    configuration: Path
    text: str
    library: Path
    ports: tuple[int, int]


def slot_pairs(count: int) -> tuple[SlotPair, ...]:
    """The pairs for `count` slots, the packaged one first. Raises `RefusedError` outside 2 to 16."""
    if not SLOTS_PER_DRIVER <= count <= MAX_SLOTS:
        raise RefusedError(f"{count} slots are not possible", hint=f"pcscd takes {SLOTS_PER_DRIVER} to {MAX_SLOTS}")
    return tuple(_pair(number) for number in range((count + 1) // SLOTS_PER_DRIVER))


def _pair(number: int) -> SlotPair:
    port = FIRST_PORT + SLOTS_PER_DRIVER * number
    name = PACKAGED if number == 0 else f"simtool-vpcd-{number}"
    library = DRIVER if number == 0 else COPIES / f"libifdvpcd-{number}.so"
    lines = (
        f'FRIENDLYNAME "Virtual PCD{f" {number}" if number else ""}"',
        f"DEVICENAME   /dev/null:0x{port:X}",
        f"LIBPATH      /{library}",
        f"CHANNELID    0x{port:X}",
    )
    return SlotPair(CONFIGURATION / name, "\n".join(lines) + "\n", library, (port, port + 1))


def install_slots(count: int, *, root: Path = Path("/")) -> tuple[SlotPair, ...]:
    """Write the configuration and the driver copies for `count` slots; the packaged pair stays as it is.

    Files of a larger earlier number are taken away. Raises `ReaderError` when the driver is missing or the files cannot
    be written. pcscd reads them when it starts.
    """
    pairs = slot_pairs(count)
    if not (root / DRIVER).exists():
        raise ReaderError("the virtual reader's driver is not installed", hint="apt install vsmartcard-vpcd")
    try:
        for number in range(1, MAX_SLOTS // SLOTS_PER_DRIVER):
            pair = _pair(number)
            if pair in pairs:
                (root / pair.library).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(root / DRIVER, root / pair.library)
                (root / pair.configuration).parent.mkdir(parents=True, exist_ok=True)
                (root / pair.configuration).write_text(pair.text)
            else:
                (root / pair.configuration).unlink(missing_ok=True)
                (root / pair.library).unlink(missing_ok=True)
    except OSError as error:
        raise ReaderError(f"{error.filename}: {error.strerror}", hint="run it as root, or with sudo") from error
    return pairs
