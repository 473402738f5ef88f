"""The hands at a bench: a robot that puts cards into slots, takes them out, and sorts them into boxes.

It does what it is told: by tests/harness/table.py, which reads a slot's screen as a person would, or by a feeder and a
sorter (`serve`, at whose socket tests/harness/robot_hand.py knocks). It knows of each card only what can be seen from
outside; that a card was torn, or is not of this batch, is for the station to find out.
"""

from __future__ import annotations

import logging
import socketserver
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from simtool.errors import CardRemovedError
from simtool.softcard.faults import Endpoint
from simtool.softcard.timing import TimeModel
from simtool.softcard.vpcd import VpcdClient
from tests.harness.bench import Slot
from tests.harness.plastic import MUTE_ATR, Plastic

log = logging.getLogger(__name__)

GOOD, BAD, ASIDE = "good", "bad", "aside"
EMPTY_SECONDS = 0.5
"""How long a slot is empty, at least, between two cards, and a card with a shaky contact without it. pcscd looks at a
virtual reader every 0.4 s. Were a card taken out while a program lets go of it, and another one put in before the next
look, pcscd would go on saying that none is there: it has noted the first one's absence, and sees no change.
"""
MOST_RETURNS = 3
"""How often a card that a slot did not want is tried again."""
FEEDER_SECONDS = 25.0
"""How long a feeder waits for its stack to be filled."""
PRESENT_ATR = b"\x3b\x00"


class _Jacket:
    """Around the card in a slot: notices that it lost its contacts, and keeps them turned away from the reader."""

    def __init__(self, card: Endpoint, *, flipped: bool, lost: threading.Event) -> None:
        self._card = card
        self._flipped = flipped
        self._lost = lost
        self._asked = False

    def power_on(self) -> bytes:
        if self._flipped:  # the reader's switch sees a card, nothing answers
            asked, self._asked = self._asked, True
            return MUTE_ATR if asked else PRESENT_ATR
        return self._card.power_on()

    def power_off(self) -> None:
        self._card.power_off()

    def reset(self) -> bytes:
        return MUTE_ATR if self._flipped else self._card.reset()

    def transmit(self, tpdu: bytes) -> bytes:
        try:
            answer = self._card.transmit(tpdu)
        except CardRemovedError:
            self._lost.set()
            raise
        if not answer:
            self._lost.set()
        return answer


class Seat:
    """One slot seen by the hand. A card that lost its contacts stays on its place, and is not in the reader."""

    def __init__(self, slot: Slot, timing: TimeModel | None) -> None:
        self.name = slot.name
        self.plastic: Plastic | None = None
        self.error: BaseException | None = None
        self._port = slot.port
        self._timing = timing
        self._client: VpcdClient | None = None
        self._lost = threading.Event()
        self._out = threading.Event()
        self._thread: threading.Thread | None = None
        self._emptied = 0.0

    @property
    def is_loose(self) -> bool:
        """The card lies there without contact, and no shaking will help."""
        return self.plastic is not None and (self._thread is None or not self._thread.is_alive())

    def put(self, plastic: Plastic) -> None:
        if self.plastic is not None:
            raise ValueError(f"slot {self.name} holds {self.plastic}")
        self.plastic = plastic
        time.sleep(max(self._emptied + EMPTY_SECONDS - time.monotonic(), 0.0))
        self._out.clear()
        self._thread = threading.Thread(target=self._serve, args=(plastic,), name=f"seat-{self.name}", daemon=True)
        self._thread.start()

    def pull(self) -> Plastic | None:
        plastic, thread = self.plastic, self._thread
        if plastic is None or thread is None:
            return None
        self._out.set()
        self._lost.set()
        while thread.is_alive():  # it may just be about to put the card back in
            client = self._client
            if client is not None:
                client.pull()
            thread.join(0.05)
        self.plastic = self._thread = None
        self._emptied = time.monotonic()
        return plastic

    def _serve(self, plastic: Plastic) -> None:
        try:
            while not self._out.is_set():
                self._lost.clear()
                if self._out.is_set():
                    return
                jacket = _Jacket(plastic.endpoint(self._timing), flipped=plastic.flipped, lost=self._lost)
                self._client = VpcdClient(jacket, port=self._port)
                self._client.run(self._lost)
                if plastic.trouble is not None and plastic.trouble.sticks:
                    return
                self._out.wait(EMPTY_SECONDS)
        except Exception as error:
            log.exception("slot %s", self.name)
            self.error = error


class Robot:
    """Hands, a stack, and boxes. Several robots may take from one `feed`; what a slot gave back stays at its table.

    Every method may be called from any thread.
    """

    def __init__(self, slots: Iterable[Slot], feed: deque[Plastic], *, timing: TimeModel | None = None) -> None:
        self.seats = {slot.name: Seat(slot, timing) for slot in slots}
        self.feed = feed
        self.boxes: dict[str, list[Plastic]] = {GOOD: [], BAD: [], ASIDE: []}
        self.story: list[str] = []
        self.returns: dict[Plastic, int] = {}
        self.second_look: Callable[[Plastic, str], None] | None = None
        """Gets each card of the sorter's bad bin, with the reason."""
        self._own: deque[Plastic] = deque()
        self._swapped: set[Plastic] = set()
        self._lock = threading.Lock()
        self._seat_locks = {name: threading.RLock() for name in self.seats}

    def get(self, name: str, *, seconds: float = 0.0) -> bool:
        """Put the next card into the slot; one that is there already stays. Waits so long for one; False: none came."""
        deadline = time.monotonic() + seconds
        with self._seat_locks[name]:
            seat = self.seats[name]
            if seat.plastic is not None:
                if seat.is_loose:
                    self.reseat(name)
                return True
            while (plastic := self._next()) is None:
                if time.monotonic() >= deadline:
                    return False
                time.sleep(0.05)
            self._note(f"slot {name}: in {plastic}")
            seat.put(plastic)
            return True

    def take(self, name: str, box: str) -> Plastic | None:
        """Take the card out of the slot into a box; None when there is none."""
        with self._seat_locks[name]:
            plastic = self.seats[name].pull()
            if plastic is not None:
                self._lay(plastic, box)
                self._note(f"slot {name}: {plastic} to {box}")
            return plastic

    def reseat(self, name: str) -> None:
        """Take the card out and put it in again, the right way round; where its trouble says so another one first.

        An empty slot gets the next card.
        """
        with self._seat_locks[name]:
            seat = self.seats[name]
            plastic = seat.pull()
            if plastic is None:
                self.get(name)
                return
            self._note(f"slot {name}: again {plastic}")
            plastic.flipped = False
            if plastic.trouble is not None and plastic.trouble.swapped and plastic not in self._swapped:
                other = self._next()
                if other is not None:
                    self._swapped.add(plastic)
                    self._own.appendleft(plastic)
                    self._note(f"slot {name}: by mistake {other}")
                    plastic = other
            seat.put(plastic)

    def move(self, plastic: Plastic, box: str) -> None:
        """From the box where it lies to another one, or, without a name, back to this table's cards, face up."""
        with self._lock:
            self.boxes[plastic.box].remove(plastic)
        if box:
            self._lay(plastic, box)
        else:
            self._give_back(plastic)

    def mix_up(self) -> Plastic:
        """A finished card gets onto the stack once more, as happens when somebody mistakes one box for another."""
        with self._lock:
            plastic = self.boxes[GOOD].pop()
        plastic.box = ""
        self.feed.appendleft(plastic)
        return plastic

    def may_return(self, plastic: Plastic) -> bool:
        """Whether a card that a slot did not want is worth another try."""
        with self._lock:
            self.returns[plastic] = self.returns.get(plastic, 0) + 1
            return self.returns[plastic] <= MOST_RETURNS

    def clear(self) -> None:
        """Take what still sits in the slots back to this table's cards."""
        for name, seat in self.seats.items():
            with self._seat_locks[name]:
                plastic = seat.pull()
                if plastic is not None:
                    self._give_back(plastic)

    def raise_errors(self) -> None:
        for seat in self.seats.values():
            if seat.error is not None:
                raise seat.error

    def _next(self) -> Plastic | None:
        for cards in (self.feed, self._own):
            try:
                return cards.popleft()
            except IndexError:
                continue
        return None

    def _give_back(self, plastic: Plastic) -> None:
        plastic.flipped = False
        plastic.box = ""
        self._own.append(plastic)

    def _lay(self, plastic: Plastic, box: str) -> None:
        with self._lock:
            plastic.box, plastic.laid = box, time.monotonic()
            self.boxes[box].append(plastic)

    def _note(self, text: str) -> None:
        self.story.append(f"{time.strftime('%H:%M:%S')} {text}")

    # A feeder and a sorter

    def serve(self, path: Path) -> socketserver.ThreadingUnixStreamServer:
        """Listen at a socket for the hands of a handler's commands: `get SLOT`, `good SLOT`, `bad SLOT CAUSE`.

        The answer is a line: ok, or why not. Ends with `shutdown()` and `server_close()`.
        """
        robot = self

        class Knock(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                answer = robot.obey(*self.rfile.readline().decode().split())
                with suppress(OSError):  # a command that took too long was killed
                    self.wfile.write(answer.encode() + b"\n")

        server = socketserver.ThreadingUnixStreamServer(str(path), Knock)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), name="robot", daemon=True).start()
        return server

    def obey(self, verb: str = "", name: str = "", *rest: str) -> str:
        if name not in self.seats:
            return f"there is no slot {name!r}"
        if verb == "get":
            return "ok" if self.get(name, seconds=FEEDER_SECONDS) else "no card is left"
        if verb in (GOOD, BAD):
            plastic = self.take(name, verb)
            if plastic is not None and verb == BAD and self.second_look is not None:
                self.second_look(plastic, " ".join(rest))
            return "ok"
        return f"what is {verb!r}?"
