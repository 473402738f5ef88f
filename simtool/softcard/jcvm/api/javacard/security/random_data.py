"""RandomData (Java Card API 3.0.5): the card's generator, and a pseudo-random one that a seed determines.

A seed makes ALG_PSEUDO_RANDOM repeatable (SHA-256 of seed and a counter) until the next reset; the others have entropy
of their own, which a seed cannot make less.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from simtool.softcard.jcvm.api.javacard.security.exceptions import ILLEGAL_VALUE, NO_SUCH_ALGORITHM, refuse
from simtool.softcard.jcvm.api.javacard.security.one_shot import close, open_one, work_of
from simtool.softcard.jcvm.native import Native, NativeClass, NativeState, construct, read, room, volatile, write
from simtool.softcard.jcvm.objects import JavaObject, Ref
from simtool.softcard.jcvm.vm import Vm

BASE = "javacard/security/RandomData"
PSEUDO_RANDOM = 1
ALGORITHMS = range(1, 7)


@dataclass
class RandomState(NativeState):
    """`used` counts the blocks that have come of `seed`."""

    algorithm: int
    seed: bytes = field(default=b"", repr=False, metadata={"volatile": True})
    used: int = volatile(0)


def get_instance(vm: Vm, code: int) -> JavaObject:
    _need(vm, code)
    made = vm.new("simtool/RandomData")
    construct(vm, made, RandomState(code))
    return made


def get_shared_instance(vm: Vm, code: int, external: int) -> JavaObject:
    """getInstance(byte, boolean), since 3.2."""
    return get_instance(vm, code)


def open_random(vm: Vm, code: int) -> JavaObject:
    _need(vm, code)
    return open_one(vm, f"{BASE}$OneShot", RandomState(code))


def _need(vm: Vm, code: int) -> None:
    if code not in ALGORITHMS:
        raise refuse(vm, NO_SUCH_ALGORITHM)


def init(vm: Vm, this: JavaObject) -> None:
    """The constructor that subclasses of applets call."""


def get_algorithm(vm: Vm, this: JavaObject) -> int:
    return work_of(vm, this, RandomState).algorithm


def generate_data(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> None:
    """generateData: ILLEGAL_VALUE for no bytes."""
    state = work_of(vm, this, RandomState)
    if length == 0:
        raise refuse(vm, ILLEGAL_VALUE)
    room(vm, array, offset, length)
    write(vm, array, offset, _bytes(vm, state, length))


def _bytes(vm: Vm, state: RandomState, length: int) -> bytes:
    if not state.seed:
        return vm.platform.random(length)
    found = b""
    while len(found) < length:
        found += hashlib.sha256(state.seed + state.used.to_bytes(8, "big")).digest()
        state.used += 1
    return found[:length]


def next_bytes(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> int:
    """nextBytes: gives the offset behind the bytes."""
    generate_data(vm, this, array, offset, length)
    return offset + length


def set_seed(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> None:
    state = work_of(vm, this, RandomState)
    seed = read(vm, array, offset, length)
    if state.algorithm == PSEUDO_RANDOM:
        state.seed, state.used = seed, 0


_RANDOM: Mapping[str, Native] = {
    "generateData([BSS)V": generate_data, "nextBytes([BSS)S": next_bytes, "setSeed([BSS)V": set_seed,
    "getAlgorithm()B": get_algorithm,
}  # fmt: skip

RANDOM: tuple[NativeClass, ...] = (
    NativeClass(
        BASE,
        {
            f"getInstance(B)L{BASE};": get_instance,
            f"getInstance(BZ)L{BASE};": get_shared_instance,
            "<init>()V": init,
        },
    ),
    NativeClass("simtool/RandomData", _RANDOM, RandomState, BASE),
    NativeClass(f"{BASE}$OneShot", {f"open(B)L{BASE}$OneShot;": open_random, **_RANDOM, "close()V": close}),
)
