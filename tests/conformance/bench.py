"""The card under test, as the conformance tests see it: bytes to it, status words from it, and everything put back.

Commands are written as hex APDUs, the way the specifications print them. `Bench.expect` sends one and holds the status
word against the set that the clause allows: `9000`, `63cx` (x is any digit), or several separated by blanks.
What a test changes it changes through `keep`, `enable` and `later`, so that `put_back` leaves the card as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from simtool.card.session import Session
from simtool.codec.apdu import CommandApdu, ResponseApdu, StatusWord
from simtool.codec.fcp import Fcp
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileSpec, FileType, PinSpec

CHUNK = 128
WRONG_PIN = b"97531864"
WRONG_PUK = b"86429753"


@dataclass(frozen=True)
class Credentials:
    """What opens the card: the 8 bytes of VERIFY by name (`PIN1`, `PUK1`, `ADM1`). Never printed."""

    values: Mapping[str, bytes] = field(repr=False)

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def __getitem__(self, name: str) -> bytes:
        return self.values[name]


def allowed(sw: StatusWord, patterns: str) -> bool:
    """Whether a status word is one of those in `patterns`."""
    digits = f"{int(sw):04x}"
    for pattern in patterns.lower().split():
        if all(wanted in ("x", digit) for wanted, digit in zip(pattern, digits, strict=True)):
            return True
    return False


class Bench:
    """One test's card, freshly reset, with the MF selected and nothing verified."""

    def __init__(self, session: Session, model: CardModel, credentials: Credentials) -> None:
        self.session = session
        self.model = model
        self.credentials = credentials
        self._undo: list[Callable[[], None]] = []

    # Sending

    def apdu(self, text: str) -> ResponseApdu:
        """Send an APDU; the session does what T=0 asks for (GET RESPONSE, 6Cxx)."""
        return self.session.send(CommandApdu.decode(bytes.fromhex(text)))

    def tpdu(self, text: str) -> ResponseApdu:
        """Send exactly these bytes, header with P3 and perhaps data, and take what comes."""
        return ResponseApdu.decode(self.session.transport.exchange(bytes.fromhex(text)))

    def expect(self, text: str, patterns: str = "9000", *, why: str = "") -> bytes:
        """Send an APDU, hold the status word against `patterns`, return the data."""
        answer = self.apdu(text)
        assert allowed(answer.sw, patterns), f"{text}: {answer.sw}, not {patterns}. {why}"
        return answer.data

    def expect_tpdu(self, text: str, patterns: str = "9000", *, why: str = "") -> bytes:
        answer = self.tpdu(text)
        assert allowed(answer.sw, patterns), f"{text} (TPDU): {answer.sw}, not {patterns}. {why}"
        return answer.data

    def reset(self, *, cold: bool = True) -> bytes:
        return self.session.reset(cold=cold)

    # Files

    def spec(self, path: str | FilePath) -> FileSpec:
        return self.model.file(path)

    def select(self, path: str | FilePath, *, cla: int = 0x00) -> None:
        """Select a file from the top, one SELECT by identifier (or AID) for each step, nothing returned."""
        path = path if isinstance(path, FilePath) else FilePath(path)
        steps = [FilePath("/".join(path.parts[: n + 1])) for n in range(len(path.parts))]
        if path.application is not None:
            steps = steps[1:]
        for step in steps:
            self.expect(f"{cla:02x}{self.select_command(step)}", "9000 62xx", why=f"SELECT {step}")

    def select_command(self, path: str | FilePath, p2: int = 0x0C) -> str:
        """The rest of a SELECT command after its class byte, by AID for an application, else by identifier."""
        spec = self.spec(path)
        if spec.type is FileType.ADF and spec.aid is not None:
            return f"a404{p2:02x}{len(spec.aid):02x}{spec.aid.hex()}"
        return f"a400{p2:02x}02{spec.fid:04x}"

    def fcp(self, path: str | FilePath) -> Fcp:
        """Select a file and decode its FCP template."""
        path = path if isinstance(path, FilePath) else FilePath(path)
        if path.parent is not None and self.spec(path).type is not FileType.ADF:
            self.select(path.parent)
        return Fcp.decode(self.expect(f"00{self.select_command(path, 0x04)}00", "9000 62xx"))

    def current_fid(self) -> int | None:
        """The identifier of the current directory as STATUS tells it (7FFF where an ADF tells none)."""
        fcp = Fcp.decode(self.expect("80f2000000"))
        return fcp.fid

    def read(self, path: str | FilePath) -> bytes:
        """The whole content of a transparent file or one of records, as one string."""
        spec = self.spec(path)
        self.select(path)
        if spec.type.has_records:
            assert spec.records is not None and spec.record_length is not None
            length = f"{spec.record_length & 0xFF:02x}"
            return b"".join(self.expect(f"00b2{n:02x}04{length}") for n in range(1, spec.records + 1))
        size = spec.size or 0
        parts = []
        for offset in range(0, size, CHUNK):
            parts.append(self.expect(f"00b0{offset:04x}{min(CHUNK, size - offset):02x}"))
        return b"".join(parts)

    def write(self, path: str | FilePath, content: bytes) -> None:
        """Write the whole content of a transparent or linear fixed file, or the records of a cyclic one."""
        spec = self.spec(path)
        self.select(path)
        if not spec.type.has_records:
            for offset in range(0, len(content), CHUNK):
                part = content[offset : offset + CHUNK]
                self.expect(f"00d6{offset:04x}{len(part):02x}{part.hex()}")
            return
        length = spec.record_length or 1
        records = [content[at : at + length] for at in range(0, len(content), length)]
        if spec.type is FileType.CYCLIC:
            for record in reversed(records):  # what is written last is record 1
                self.expect(f"00dc0003{length:02x}{record.hex()}")
            return
        for number, record in enumerate(records, 1):
            self.expect(f"00dc{number:02x}04{length:02x}{record.hex()}")

    # Rights

    def pin(self, name: str) -> PinSpec:
        return self.model.pin(name)

    def verify_command(self, name: str, value: bytes | None = None) -> str:
        value = self.credentials[name] if value is None else value
        return f"002000{self.pin(name).ref:02x}08{value.hex()}"

    def verify(self, name: str) -> None:
        self.expect(self.verify_command(name), why=f"VERIFY {name}")

    def is_enabled(self, name: str) -> bool:
        """Whether the PIN status template of the current directory says so; a PIN that it does not list is enabled."""
        fcp = Fcp.decode(self.expect("80f2000000"))
        ref = self.pin(name).rule_ref
        return next((status.enabled for status in fcp.pin_status if status.ref == ref), True)

    def enable(self, name: str, wanted: bool = True) -> None:
        """Bring a PIN into this state for the test."""
        if self.is_enabled(name) is wanted:
            return
        self._switch(name, wanted)
        self.later(lambda: self._switch_back(name, not wanted))

    def _switch_back(self, name: str, wanted: bool) -> None:
        if self.is_enabled(name) is not wanted:
            self._switch(name, wanted)

    def _switch(self, name: str, wanted: bool) -> None:
        ins = "28" if wanted else "26"
        ref = self.pin(name).ref
        self.expect(f"00{ins}00{ref:02x}08{self.credentials[name].hex()}", why=f"{name} to be enabled: {wanted}")

    def unlock(self, *names: str) -> None:
        """Verify these (default: all that are known), leaving out disabled PINs. Changes no selection."""
        for name in names or [n for n in ("PIN1", "PIN2", self.adm) if n is not None and n in self.credentials]:
            if name in ("PIN1", "PIN2") and not self.is_enabled(name):
                continue
            self.verify(name)

    @property
    def adm(self) -> str | None:
        return self.model.adm.pin if self.model.adm else None

    def prepare(self, spec: FileSpec | None, content: bytes | None = None) -> FileSpec:
        """A file with all rights gained and its content remembered (and replaced by `content`), selected anew."""
        assert spec is not None
        self.open_application(spec.path)
        self.unlock()
        self.keep(spec.path)
        if content is not None:
            self.write(spec.path, content)
        self.select(spec.path)
        return spec

    # Putting back

    def later(self, undo: Callable[[], None]) -> None:
        """Do this after the test, the last one first, each on a freshly reset card."""
        self._undo.append(undo)

    def keep(self, path: str | FilePath) -> bytes:
        """Remember the content of a file and write it back after the test."""
        path = path if isinstance(path, FilePath) else FilePath(path)
        before = self.read(path)

        def write_back() -> None:
            self.open_application(path)
            self.unlock()
            if self.read(path) != before:
                self.write(path, before)
                assert self.read(path) == before, f"{path} could not be put back"

        self.later(write_back)
        return before

    def open_application(self, path: FilePath) -> None:
        """Select the application that a file belongs to, else the MF."""
        self.select(path.application or FilePath("MF"))

    def put_back(self) -> None:
        while self._undo:
            undo = self._undo.pop()
            self.reset()
            undo()
