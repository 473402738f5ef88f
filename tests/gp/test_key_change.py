"""What a new key set would do to a card, decided before PUT KEY."""

from __future__ import annotations

import pytest

from simtool.codec.globalplatform import KeyInformation
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.secret import Secret
from simtool.errors import RefusedError
from simtool.gp.key_change import HeldSet, held_sets, plan_change

KEY = Secret(bytes(range(16)))


def new(version: int, cipher: KeyCipher = KeyCipher.AES) -> KeySet:
    return KeySet(version, cipher, KEY, KEY, KEY)


def held(*versions: int, kind: int = 0x88, ids: tuple[int, ...] = (1, 2, 3)) -> tuple[KeyInformation, ...]:
    return tuple(KeyInformation(number, version, ((kind, 16),)) for version in versions for number in ids)


def opens(version: int, cipher: KeyCipher) -> bool:
    return version in (range(0x20, 0x30) if cipher is KeyCipher.DES else range(0x30, 0x40))


def test_whole_sets_only() -> None:
    keys = (
        *held(0x30), *held(0x20, kind=0x80), *held(0x71, ids=(1,)),
        KeyInformation(1, 0x73, ((0xA1, 256), (0xA0, 3))), KeyInformation(1, 0x40, ((0x99, 1),)),
    )  # fmt: skip
    assert held_sets(keys) == (HeldSet(0x20, KeyCipher.DES), HeldSet(0x30, KeyCipher.AES))


CASES = [
    # held, new version, replacing; last set that opens
    (held(0x30), 0x31, None, False),
    (held(0x30), 0x31, 0x30, True),
    (held(0x30), 0x30, 0x30, True),
    (held(0x30, 0x31), 0x30, 0x30, False),
    ((*held(0x30), *held(0x20, kind=0x80)), 0x30, 0x30, False),
    ((*held(0x30), *held(0x02)), 0x30, 0x30, True),  # those of packets open nothing
    ((*held(0x30), *held(0x31, ids=(1, 2))), 0x30, 0x30, True),  # nor does half a set
    ((*held(0x30), *held(0x02)), 0x03, 0x02, False),
    ((), 0x30, None, False),
]


@pytest.mark.parametrize(("keys", "version", "replacing", "last"), CASES)
def test_plans(keys: tuple[KeyInformation, ...], version: int, replacing: int | None, last: bool) -> None:
    change = plan_change(keys, new(version), replacing, opens)
    assert (change.replacing, change.last, change.opens) == (replacing, last, version >= 0x30)
    assert KEY.reveal().hex() not in change.words and KEY.kcv().hex().upper() in change.words
    assert ("the last set" in change.words) is last


REFUSED = [
    (new(0x30), None, "already"),
    (new(0x30), 0x31, "no keys of version 49"),
    (new(0x20, KeyCipher.DES), 0x33, "no keys of version 51"),
    (new(0x05), 0x30, "opens none"),
    (new(0x31, KeyCipher.DES), 0x30, "opens none"),
]


@pytest.mark.parametrize(("keys", "replacing", "words"), REFUSED)
def test_what_is_not_done(keys: KeySet, replacing: int | None, words: str) -> None:
    with pytest.raises(RefusedError, match=words) as caught:
        plan_change(held(0x30), keys, replacing, opens)
    assert caught.value.hint
