"""The registry, secure channels and the card's PIN as applets see them (GPCS annex A, JCRE §4, §6).

Applications are named by their AID, and `caller` is the one that asks. States, privileges and service names are coded
as in the GlobalPlatform Card Specification.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Protocol


class Refused(Exception):  # noqa: N818  # becomes an ISOException
    """The card does not do it; `sw` is the status word that says why."""

    def __init__(self, sw: int) -> None:
        super().__init__(f"{sw:04x}")
        self.sw = sw


class SecureChannelPlatform(Protocol):
    """The secure channel session of the logical channel that the command came on (GPCS §10).

    It is that of the application selected there; while STORE DATA goes to another through its security domain, that
    one may use it, too. For anybody else all of it is refused with 6985.
    """

    def process(self, caller: bytes, command: bytes) -> bytes:
        """A command of the protocol (INITIALIZE UPDATE …); gives response data. Raises `Refused`: 6E00 and 6D00 for
        what is none."""

    def unwrap(self, caller: bytes, command: bytes) -> bytes:
        """A command in plain, with Lc also where it is 0; one without secure messaging as it is. Raises `Refused`: 6982
        where the protection is wrong, and 6985 from then on until the session is reset."""

    def wrap(self, caller: bytes, answer: bytes) -> bytes:
        """Response data as the session wants them, for data and status word. Raises `Refused`."""

    def decrypt(self, caller: bytes, data: bytes) -> bytes:
        """Sensitive data under the data encryption key. Raises `Refused`: 6985 without session, 6700 for no whole
        blocks."""

    def encrypt(self, caller: bytes, data: bytes) -> bytes:
        """The other way."""

    def check_value(self, kind: int, key: bytes) -> bytes:
        """Key check value of a key by its type (table 11-16); empty for a type that has none here."""

    def level(self, caller: bytes) -> int:
        """Current security level (table 10-1); 0 without session. Raises `Refused`."""

    def reset(self, caller: bytes) -> None:
        """The session is over, if it is the caller's."""


class PinPlatform(Protocol):
    """The PIN that all applications share (GPCS §8.2.2); nothing of it takes part in transactions.

    It is active once it has a value and a limit of tries.
    """

    @property
    def active(self) -> bool: ...

    @property
    def blocked(self) -> bool: ...

    @property
    def submitted(self) -> bool:
        """A value was compared since it became active or was reset."""

    @property
    def verified(self) -> bool:
        """And it was the right one."""

    @property
    def tries(self) -> int:
        """How many wrong ones are left."""

    def verify(self, value: bytes | None, form: int) -> bool:
        """Compare; None is a value that cannot be right. Forms are those of `CVM.FORMAT_…`."""

    def update(self, value: bytes, form: int) -> bool:
        """A new value; False where the form does not fit it."""

    def set_limit(self, tries: int) -> bool:
        """A new limit of tries; False for one that is not positive."""

    def block(self) -> bool:
        """False while it is not active."""

    def reset(self, *, unblock: bool) -> bool:
        """No longer submitted; of a blocked one only with `unblock`. False where that cannot be."""


class ContentPlatform(Protocol):
    """What is asked of the card."""

    @property
    def secure_channel(self) -> SecureChannelPlatform: ...

    @property
    def pin(self) -> PinPlatform: ...

    def assigned_channel(self) -> int:
        """The logical channel that the command which is processed came on (JCRE §4.3)."""

    def channels_of(self, aid: bytes) -> tuple[int, ...]:
        """The logical channels that an applet instance is selected on."""

    def personalising(self, aid: bytes) -> AbstractContextManager[None]:
        """While STORE DATA goes to an application: it may use the session of its security domain (§7.3.3)."""

    # The registry

    def state(self, aid: bytes) -> int | None:
        """Life cycle state; of the issuer's domain that of the card. None for what is not in the registry (yet)."""

    def privileges(self, aid: bytes) -> int:
        """24 bits, the first privilege highest; 0 for what is not in the registry."""

    def domain(self, aid: bytes) -> bytes | None:
        """The security domain that an application is associated with."""

    def card_state(self) -> int:
        """Life cycle state of the card."""

    def set_state(self, caller: bytes, aid: bytes, state: int) -> bool:
        """A new state, where the caller may set it and it can follow (§5.3); of the issuer's domain the card's."""

    def set_card_state(self, caller: bytes, state: int) -> bool:
        """Lock, unlock or terminate the card, where the caller has the privilege for it (§5.1)."""

    # Global services: names of two bytes, the first a family, the second 00 for the family as such

    def register_service(self, caller: bytes, name: int) -> bool:
        """The caller alone has this service from now on. False where it may not, or somebody else has it."""

    def deregister_service(self, caller: bytes, name: int) -> bool:
        """False if the caller has not registered it."""

    def service_of(self, name: int, server: bytes | None) -> bytes | None:
        """Who gives a service: `server` if it was installed for it, or whoever has registered it."""

    # The card

    def historical_bytes(self) -> bytes:
        """Of the ATR."""

    def set_historical_bytes(self, caller: bytes, value: bytes) -> bool:
        """From the next cold reset on. False without the privilege for it (card reset)."""

    def production_data(self) -> bytes:
        """Card production life cycle data, 42 bytes."""


def family(name: int) -> int:
    """The family of a service as a name."""
    return name & 0xFF00


def gives(names: Iterable[int], wanted: int) -> bool:
    """Whether one of these services is the wanted one: by name, by a name for the whole family, or, where any of a
    family is wanted, by any of that."""
    return any(
        one in (wanted, family(wanted)) or (wanted == family(wanted) and family(one) == wanted) for one in names
    )  # fmt: skip
