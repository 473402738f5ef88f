"""A handset's calls: those it makes, those that come in, and what the card is told of them (TS 102 223 §7.5.1 ff.)."""

from __future__ import annotations

from dataclasses import dataclass

from simtool.card.handset.card_side import CardSide
from simtool.card.handset.network import NORMAL_CLEARING
from simtool.codec.dial_number import DialNumber
from simtool.codec.proactive.events import FAR_END, NEAR_END, CallConnected, CallDisconnected, MtCall

_TRANSACTIONS = 6


@dataclass(frozen=True, slots=True)
class Call:
    """A call. `transaction` is its identifier as the card is told it (TS 102 223 §8.28)."""

    number: str
    alpha: str
    transaction: int
    incoming: bool = False


class CallSide(CardSide):
    """One call that is on, one that rings, and those that are held."""

    call: Call | None = None
    ringing: Call | None = None
    held: list[Call]
    _transactions: int = 0

    def _forget_calls(self) -> None:
        self.call = self.ringing = None
        self.held = []

    def call_connected(self, number: str, alpha: str) -> None:
        """A call that went out is answered."""
        self.call = Call(number, alpha, self._transaction())
        self.note("call", f"{number}: answered")
        self.tell(CallConnected(source=FAR_END, transaction=self.call.transaction))

    def put_call_aside(self, *, disconnect: bool) -> None:
        """Another call takes its place: it is held, or ended."""
        if self.call is None:
            return
        if disconnect:
            self._end_call(self.call, NEAR_END)
        else:
            self.held.append(self.call)
        self.call = None

    def ring(self, number: str) -> None:
        """Somebody calls."""
        self.ringing = Call(number, "", self._transaction(), incoming=True)
        self.note("call", f"{number} calls")
        self.tell(MtCall(transaction=self.ringing.transaction, address=DialNumber.parse(number)))
        self._settle()

    def answer_call(self) -> bool:
        """Take the call that rings."""
        if self.ringing is None:
            return False
        self.put_call_aside(disconnect=False)
        self.call, self.ringing = self.ringing, None
        self.tell(CallConnected(source=NEAR_END, transaction=self.call.transaction))
        self._settle()
        return True

    def hang_up(self, *, far_end: bool = False, cause: int = NORMAL_CLEARING) -> bool:
        """End the call that rings or is on. False if there is none."""
        ended = self.ringing or self.call
        if ended is None:
            return False
        if ended is self.ringing:
            self.ringing = None
        else:
            self.call = self.held.pop() if self.held else None
        self._end_call(ended, FAR_END if far_end else NEAR_END, cause)
        self._settle()
        return True

    def _end_call(self, ended: Call, source: int, cause: int = NORMAL_CLEARING) -> None:
        self.note("call", f"{ended.number}: ended")
        self.tell(
            CallDisconnected(source=source, transactions=bytes((ended.transaction,)), cause=bytes((0x80, 0x80 | cause)))
        )

    def _transaction(self) -> int:
        self._transactions = self._transactions % _TRANSACTIONS + 1
        return self._transactions << 4
