"""Who is logged in at the pages: sessions in memory, gone when the station ends.

The browser holds a random number of 256 bits; here is only its SHA-256, so that a look into memory gives no way in. A
session ends when nothing was done in it for a while, and in any case after a shift's length.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from simtool.inventory.people import Operator, Role

IDLE_SECONDS = 30 * 60.0
WHOLE_SECONDS = 12 * 3600.0
ID_BYTES = 32
MOST = 64
"""Sessions at once; the one that was quiet longest makes room."""


@dataclass(slots=True)
class Session:
    """One login. `csrf` is the token that each of its forms has to bring along; `seen` moves on with every act."""

    key: str
    operator: str
    role: Role
    csrf: str = field(repr=False)
    began: float
    seen: float

    @property
    def is_supervisor(self) -> bool:
        return self.role is Role.SUPERVISOR

    def allows(self, token: str) -> bool:
        return hmac.compare_digest(self.csrf.encode(), token.encode())


class Sessions:
    """All logins of one station. For one thread: the web server's loop."""

    def __init__(
        self, *, idle: float = IDLE_SECONDS, whole: float = WHOLE_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._idle, self._whole, self._clock = idle, whole, clock
        self._open: dict[str, Session] = {}

    def begin(self, operator: Operator) -> tuple[str, Session]:
        """A new session under a new random number, which is given back and kept nowhere."""
        number, now = secrets.token_urlsafe(ID_BYTES), self._clock()
        session = Session(_key(number), operator.name, operator.role, secrets.token_urlsafe(ID_BYTES), now, now)
        while len(self._open) >= MOST:
            self.end(min(self._open.values(), key=lambda one: one.seen))
        self._open[session.key] = session
        return number, session

    def find(self, number: str, *, touch: bool = True) -> Session | None:
        """The session of this number, unless it is over; `touch` counts this as something that was done in it."""
        session = self._open.get(_key(number))
        if session is None or not self.lives(session):
            return None
        if touch:
            session.seen = self._clock()
        return session

    def touch(self, session: Session) -> None:
        session.seen = self._clock()

    def lives(self, session: Session) -> bool:
        now = self._clock()
        return (
            self._open.get(session.key) is session
            and now - session.seen < self._idle
            and now - session.began < self._whole
        )

    def end(self, session: Session) -> None:
        self._open.pop(session.key, None)

    def all(self) -> tuple[Session, ...]:
        """Those that are open, or were until nobody did anything."""
        return tuple(self._open.values())


def _key(number: str) -> str:
    return hashlib.sha256(number.encode()).hexdigest()
