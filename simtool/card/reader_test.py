"""Measuring readers with a card in each: the same harmless commands again and again, one reader at a time, then all.

A round is SELECT MF, SELECT EF.ICCID and READ BINARY of it, which every UICC and SIM allows to anybody and which change
nothing (TS 102 221 §11.1.1, §11.1.3; TS 51.011 §9.2); T=0 adds the GET RESPONSEs. Its answers are always the same, so
that one which differs came wrong over the wire. Power is taken away between tests, with all that was verified.

What the measurements mean is said in `simtool.card.reader_verdict`.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import Enum

from simtool.card.instructions import Ins
from simtool.card.meter import Meter
from simtool.card.pcsc import PcscTransport, ReaderLimits, ReaderWatch
from simtool.card.session import CommandClass, Session
from simtool.card.transport import Protocol, Transport, takes_extended
from simtool.codec.apdu import SHORT_LE_MAX, CommandApdu
from simtool.errors import CardError, CardRemovedError, RefusedError

ROUNDS = 100
COLD_RESETS = 10
RETURN_SECONDS = 5.0
"""How long a card that was lost may take to come back."""
PAUSE_SECONDS = 0.5
MAX_LOST = 10
_EF_ICCID, _ICCID_LENGTH = b"\x2f\xe2", 10
_RETURN_FCP = 0x04


class Trouble(Enum):
    """Why a reader could not be measured at all."""

    NO_CARD = "no card"
    MUTE = "no answer to power-on"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ReaderUnderTest:
    """A reader by its full name, with what a bench says of it (empty, without a bench)."""

    name: str
    slot: str = ""
    limits: ReaderLimits = ReaderLimits()
    weak_power: bool = False

    @property
    def title(self) -> str:
        """What a person calls it."""
        return f"slot {self.slot}" if self.slot else self.name


@dataclass(frozen=True, slots=True)
class Echo:
    """A series of rounds. `lost`: the link to the card broke; `garbled`: an answer was not the usual one.

    Times of a round in seconds, over the rounds that went well; `bytes_per_second` counts what went over the wire to
    and from the card. `given_up`: the card stayed away, or was lost too often, and the series ended early.
    """

    rounds: int
    lost: int = 0
    garbled: int = 0
    median: float = 0.0
    worst: float = 0.0
    bytes_per_second: float = 0.0
    given_up: bool = False

    @property
    def failed(self) -> int:
        return self.lost + self.garbled


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of one reader; `together` only where several readers held a card.

    Of `resets` times that the card was powered off and on, it was mute in `mute`, and answered with another ATR than
    mostly in `other_atrs`. `trouble` with `words` says why nothing was measured.
    """

    reader: ReaderUnderTest
    trouble: Trouble | None = None
    words: str = ""
    atr: bytes = b""
    protocol: Protocol | None = None
    extended: bool = True
    resets: int = 0
    mute: int = 0
    other_atrs: int = 0
    alone: Echo = Echo(0)
    together: Echo | None = None


class Seat:
    """How a reader is reached: a card is connected to, and waited for. Tests have a seat of their own."""

    def open(self, reader: ReaderUnderTest) -> Transport:
        """Raises `ReaderError`, `CardRemovedError`, or `RefusedError` for a card beyond the reader's limits."""
        return PcscTransport(reader.name, limits=reader.limits)

    def look(self, reader: ReaderUnderTest) -> Trouble | None:
        """What is in the way of connecting. Raises `ReaderError` where reader or service are gone."""
        with ReaderWatch(reader.name) as watch:
            state = watch.now()
        if not state.present:
            return Trouble.NO_CARD
        return Trouble.MUTE if state.mute else None

    def pause(self) -> None:
        """A moment, in which the service may notice what happened."""
        time.sleep(PAUSE_SECONDS)

    def await_card(self, reader: ReaderUnderTest, seconds: float) -> bool:
        """Whether a card that answers is in the reader, now or within the time."""
        deadline = time.monotonic() + seconds
        with ReaderWatch(reader.name) as watch:
            state = watch.now()
            while not state.present or state.mute:
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                state = watch.wait(left)
        return True


def measure_readers(
    readers: Sequence[ReaderUnderTest],
    *,
    rounds: int = ROUNDS,
    resets: int = COLD_RESETS,
    progress: Callable[[str], None] = lambda line: None,
    seat: Seat | None = None,
) -> tuple[Measured, ...]:
    """Measure each reader alone, then all that hold a card at once. `progress` takes a line for each step."""
    seat = seat or Seat()
    measured = []
    for reader in readers:
        progress(f"{reader.title}: alone")
        measured.append(measure_alone(reader, seat, rounds=rounds, resets=resets))
    able = [one for one in measured if one.trouble is None]
    if len(able) < 2:
        return tuple(measured)
    progress(f"all {len(able)} at once")
    echoes = echo_together([one.reader for one in able], seat, rounds=rounds)
    return tuple(replace(one, together=echoes.get(one.reader)) for one in measured)


def measure_alone(reader: ReaderUnderTest, seat: Seat, *, rounds: int, resets: int) -> Measured:
    """Power the card off and on `resets` times, then the rounds."""
    try:
        trouble = seat.look(reader)
        if trouble is not None:
            return Measured(reader, trouble)
        transport = seat.open(reader)
    except (CardError, RefusedError) as error:
        return Measured(reader, Trouble.REFUSED, str(error))
    with _Line(reader, seat, transport) as line:
        protocol, extended = transport.protocol, takes_extended(transport)
        atrs: Counter[bytes] = Counter()
        mute = 0
        for _ in range(resets):
            try:
                atrs[line.power_on()] += 1
            except CardError:
                mute += 1
                if not line.recover():
                    return Measured(reader, Trouble.MUTE, resets=resets, mute=mute)
        usual, often = atrs.most_common(1)[0] if atrs else (transport.atr, 0)
        alone = line.echo(rounds)
    return Measured(
        reader,
        atr=usual,
        protocol=protocol,
        extended=extended,
        resets=resets,
        mute=mute,
        other_atrs=atrs.total() - often,
        alone=alone,
    )


def echo_together(readers: Sequence[ReaderUnderTest], seat: Seat, *, rounds: int) -> dict[ReaderUnderTest, Echo]:
    """All cards powered off and on, then the rounds, in all readers at the same time."""

    def work(reader: ReaderUnderTest) -> Echo:
        try:
            transport = seat.open(reader)
        except (CardError, RefusedError):
            return Echo(1, lost=1, given_up=True)
        with _Line(reader, seat, transport) as line:
            try:
                line.power_on()
            except CardError:
                if not line.recover():
                    return Echo(1, lost=1, given_up=True)
                echo = line.echo(rounds)
                return replace(echo, rounds=echo.rounds + 1, lost=echo.lost + 1)
            return line.echo(rounds)

    with ThreadPoolExecutor(len(readers), thread_name_prefix="echo") as pool:
        return dict(zip(readers, pool.map(work, readers), strict=True))


class _Line:
    """The way to one reader's card, made anew after the card was lost."""

    def __init__(self, reader: ReaderUnderTest, seat: Seat, transport: Transport) -> None:
        self._reader = reader
        self._seat = seat
        self._transport: Transport | None = transport
        self._session: Session | None = None
        self._meter: Meter | None = None

    def __enter__(self) -> _Line:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def power_on(self) -> bytes:
        """Power off and on; the ATR. Raises `CardError`."""
        if self._transport is None:
            raise CardRemovedError(f"{self._reader.title}: the card is lost")
        return self._transport.reset(cold=True)

    def recover(self) -> bool:
        """Connect to the card again, once it is back; False if it stays away.

        The service looks for cards every 0.4 s and takes one that has gone for present until then.
        """
        self._close()
        deadline = time.monotonic() + RETURN_SECONDS
        while (left := deadline - time.monotonic()) > 0:
            self._seat.pause()
            try:
                if not self._seat.await_card(self._reader, left):
                    return False
                self._transport = self._seat.open(self._reader)
                return True
            except CardError:
                continue
            except RefusedError:  # another card, that is not for this reader
                return False
        return False

    def echo(self, rounds: int) -> Echo:
        """The rounds. The usual answers are those that came most often."""
        answers: list[tuple[tuple[bytes, ...], float]] = []
        lost = broken = done = wire = 0
        given_up = False
        while done < rounds and not given_up:
            done += 1
            try:
                session, meter = self._ready()
                before, begun = meter.reading, time.perf_counter()
                answer = _round(session)
                answers.append((answer, time.perf_counter() - begun))
                wire += (meter.reading - before).wire_bytes
            except CardError as error:  # either way from power-on again
                alive = self._is_alive()
                if alive and not isinstance(error, CardRemovedError):
                    broken += 1  # an answer that is none
                    continue
                lost += 1
                given_up = lost >= MAX_LOST or not (alive or self.recover())
        kinds = Counter(answer for answer, _ in answers)
        usual, often = kinds.most_common(1)[0] if kinds else ((), 0)
        times = [seconds for answer, seconds in answers if answer == usual]
        spent = sum(seconds for _, seconds in answers)
        return Echo(
            done,
            lost,
            garbled=broken + len(answers) - often,
            median=statistics.median(times) if times else 0.0,
            worst=max(times, default=0.0),
            bytes_per_second=wire / spent if spent else 0.0,
            given_up=given_up,
        )

    def _is_alive(self) -> bool:
        """Whether the card answers to power-on where it is."""
        self._session = None
        try:
            self.power_on()
        except CardError:
            return False
        return True

    def _ready(self) -> tuple[Session, Meter]:
        """A session whose class is known. Raises `CardError`."""
        if self._session is None or self._meter is None:
            if self._transport is None:
                raise CardRemovedError(f"{self._reader.title}: the card is lost")
            self._meter = Meter(self._transport)
            session = Session.open(self._meter)
            if session.detect_class() is CommandClass.SIM:
                session.detect_class()  # one answer garbled there would garble them all
            self._session = session
        return self._session, self._meter

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()
        self._transport = self._session = self._meter = None


def _round(session: Session) -> tuple[bytes, ...]:
    """One round's answers, each with its status word."""
    cla = session.command_class
    p2 = _RETURN_FCP if cla is CommandClass.UICC else 0
    commands = (
        CommandApdu(cla, Ins.SELECT, 0, p2, b"\x3f\x00", le=SHORT_LE_MAX),
        CommandApdu(cla, Ins.SELECT, 0, p2, _EF_ICCID, le=SHORT_LE_MAX),
        CommandApdu(cla, Ins.READ_BINARY, 0, 0, le=_ICCID_LENGTH),
    )
    return tuple(session.send(command).encode() for command in commands)
