"""The registry, secure channels and the shared PIN, for applets (GPCS §5, §8.1, annex A; JCRE §4).

What an applet changes of the registry takes part in none of its transactions (annex A).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from simtool.codec.globalplatform import CardState, LifeCycle, Privilege
from simtool.files.global_platform import CPLC_LENGTH
from simtool.softcard.applets.pin import CardPin
from simtool.softcard.applets.secure_channel import CardSecureChannel
from simtool.softcard.atr import historical_bytes
from simtool.softcard.globalplatform.registry import AppEntry, Registry
from simtool.softcard.globalplatform.states import change_card
from simtool.softcard.jcvm.platform.content import family, gives

if TYPE_CHECKING:
    from simtool.softcard.card import SoftCard


_SELECTABLE = LifeCycle.SELECTABLE


class CardContent:
    """Implements `jcvm.platform.content.ContentPlatform`."""

    def __init__(self, card: SoftCard) -> None:
        self._card = card
        self.secure_channel = CardSecureChannel(card)
        self.pin = CardPin(card)

    @property
    def _registry(self) -> Registry | None:
        return self._card.gp.registry if self._card.gp is not None else None

    def _entry(self, aid: bytes) -> AppEntry | None:
        registry = self._registry
        return registry.applications.get(aid) if registry is not None else None

    def assigned_channel(self) -> int:
        return self._card.current

    def channels_of(self, aid: bytes) -> tuple[int, ...]:
        return tuple(
            one.number for one in self._card.channels
            if one is not None and one.applet is not None and one.applet.entry.aid == aid
        )  # fmt: skip

    @contextmanager
    def personalising(self, aid: bytes) -> Iterator[None]:
        before, self.secure_channel.personalised = self.secure_channel.personalised, aid
        try:
            yield
        finally:
            self.secure_channel.personalised = before

    # The registry

    def state(self, aid: bytes) -> int | None:
        registry, entry = self._registry, self._entry(aid)
        return registry.state_of(entry) if registry is not None and entry is not None else None

    def privileges(self, aid: bytes) -> int:
        entry = self._entry(aid)
        return int(entry.privileges) if entry is not None else 0

    def domain(self, aid: bytes) -> bytes | None:
        entry = self._entry(aid)
        return entry.domain if entry is not None else None

    def card_state(self) -> int:
        registry = self._registry
        return int(registry.card_state) if registry is not None else int(CardState.TERMINATED)

    def set_state(self, caller: bytes, aid: bytes, state: int) -> bool:
        """Locking: its own entry, or any with the privilege of global lock, which unlocking wants always. Another
        state: an application its own, from one that is its own to another such (§5.3.1)."""
        registry, entry, asker = self._registry, self._entry(aid), self._entry(caller)
        if registry is None or entry is None or asker is None:
            return False
        if entry is registry.issuer:
            return self.set_card_state(caller, state)
        if state & LifeCycle.LOCKED:
            allowed = asker is entry or bool(asker.privileges & Privilege.GLOBAL_LOCK)
            state = entry.state | LifeCycle.LOCKED
        elif entry.locked:
            allowed = bool(asker.privileges & Privilege.GLOBAL_LOCK)
            state = entry.state & ~LifeCycle.LOCKED
        else:
            own = entry.state & _SELECTABLE == _SELECTABLE and state & _SELECTABLE == _SELECTABLE
            allowed = asker is entry and own and not entry.is_domain
        if allowed and state != entry.state:
            entry.state = state
            registry.keep(entry)
        return allowed

    def set_card_state(self, caller: bytes, state: int) -> bool:
        gp, asker = self._card.gp, self._entry(caller)
        if gp is None or asker is None or state not in CardState.__members__.values():
            return False
        done = change_card(gp, asker, CardState(state))
        if done and gp.locked and self._card.current not in self.channels_of(caller):
            gp.lock()  # the caller itself stays until it has answered
        return done

    # Global services

    def register_service(self, caller: bytes, name: int) -> bool:
        registry, entry = self._registry, self._entry(caller)
        if registry is None or entry is None or not entry.privileges & Privilege.GLOBAL_SERVICE:
            return False
        if name not in entry.services and family(name) not in entry.services:
            return False
        if any(_collides(name, one) for other in registry.applications.values() for one in other.registered):
            return False
        entry.registered += (name,)
        registry.keep(entry)
        return True

    def deregister_service(self, caller: bytes, name: int) -> bool:
        registry, entry = self._registry, self._entry(caller)
        if registry is None or entry is None or name not in entry.registered:
            return False
        entry.registered = tuple(one for one in entry.registered if one != name)
        registry.keep(entry)
        return True

    def service_of(self, name: int, server: bytes | None) -> bytes | None:
        registry = self._registry
        if registry is None:
            return None
        if server is not None:
            entry = self._entry(server)
            able = entry is not None and bool(entry.privileges & Privilege.GLOBAL_SERVICE)
            return server if able and entry is not None and gives(entry.services, name) else None
        found = (one for one in registry.applications.values() if gives(one.registered, name))
        return next((one.aid for one in found if one.privileges & Privilege.GLOBAL_SERVICE), None)

    # The card

    def historical_bytes(self) -> bytes:
        return historical_bytes(self._card.atr)

    def set_historical_bytes(self, caller: bytes, value: bytes) -> bool:
        entry = self._entry(caller)
        if entry is None or not entry.privileges & Privilege.CARD_RESET:
            return False
        self._card.set_historical_bytes(value)
        return True

    def production_data(self) -> bytes:
        cplc = self._card.gp.spec.cplc if self._card.gp is not None else b""
        return cplc or bytes(CPLC_LENGTH)


def _collides(name: int, other: int) -> bool:
    """Whether two services cannot both be registered: the same, or one of a family that the other is as a whole."""
    return name == other or (family(name) == family(other) and family(name) in (name, other))
