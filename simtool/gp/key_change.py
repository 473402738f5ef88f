"""Bringing a key set to a security domain without losing the way in: what PUT KEY would do, decided before it is sent.

A security domain is reached with its keys only. Where the last set that opens a channel is replaced, the card is lost
if the new one is not what its keeper believes it to be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from simtool.codec.globalplatform import KeyInformation, KeyType
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.errors import RefusedError

_CIPHERS = {KeyType.DES: KeyCipher.DES, KeyType.DES_CBC: KeyCipher.DES, KeyType.AES: KeyCipher.AES}
_SET = frozenset((1, 2, 3))

Opens = Callable[[int, KeyCipher], bool]
"""Whether the card opens a secure channel with a key set of this version and cipher."""


@dataclass(frozen=True, slots=True)
class HeldSet:
    """A whole set that a security domain has: keys 1, 2 and 3 of one version."""

    version: int
    cipher: KeyCipher


@dataclass(frozen=True, slots=True)
class KeyChange:
    """`new` comes in place of version `replacing` (None: beside what is there). `last`: no other set on the card opens
    a channel; `opens`: the new one does."""

    new: KeySet
    replacing: int | None
    last: bool
    opens: bool

    @property
    def words(self) -> str:
        """What is going to happen, with check values and never with keys."""
        checks = " ".join(value.hex().upper() for value in self.new.check_values)
        text = f"put key set {self.new.version} ({self.new.cipher.value}, check values {checks})"
        if self.replacing is None:
            return text
        text += f" in place of version {self.replacing}"
        return f"{text}, the last set that opens the security domain" if self.last else text


def held_sets(keys: Iterable[KeyInformation]) -> tuple[HeldSet, ...]:
    """The whole symmetric sets among the keys that a card tells of, by version."""
    found: dict[int, dict[int, KeyCipher]] = {}
    for key in keys:
        cipher = _CIPHERS.get(KeyType(key.components[0][0])) if _known(key) else None
        if cipher is not None:
            found.setdefault(key.version, {})[key.identifier] = cipher
    whole = ((version, ciphers) for version, ciphers in sorted(found.items()) if ciphers.keys() >= _SET)
    return tuple(HeldSet(version, ciphers[1]) for version, ciphers in whole)


def _known(key: KeyInformation) -> bool:
    return bool(key.components) and key.components[0][0] in set(KeyType)


def plan_change(keys: Iterable[KeyInformation], new: KeySet, replacing: int | None, opens: Opens) -> KeyChange:
    """What PUT KEY of `new` would do to a security domain that has `keys`.

    A version that is there already is replaced by its own new keys, if `replacing` says so. Raises `RefusedError` when
    it would be replaced unasked, when there is nothing to replace, or when nothing would open the domain afterwards.
    """
    keys = tuple(keys)
    versions = {key.version for key in keys}
    if replacing is not None and replacing not in versions:
        raise RefusedError(
            f"there are no keys of version {replacing} to replace",
            hint=f"the card has {', '.join(map(str, sorted(versions))) or 'none'}; leave --replace out for a new set",
        )
    if new.version in versions and replacing != new.version:
        raise RefusedError(
            f"the card has keys of version {new.version} already",
            hint=f"--replace {new.version} puts the new ones in their place, or choose another version",
        )
    usable = [one.version for one in held_sets(keys) if opens(one.version, one.cipher)]
    change = KeyChange(new, replacing, usable == [replacing], opens(new.version, new.cipher))
    if change.last and not change.opens:
        raise RefusedError(
            f"version {replacing} is the last set that opens this security domain, and key set {new.version} "
            f"({new.cipher.value}) opens none on this card",
            hint="put a set that opens a channel first, then replace this one",
        )
    return change
