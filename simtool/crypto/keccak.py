"""Keccak-f[1600], the permutation inside SHA-3 (FIPS 202 §3; TS 35.231 Annex takes it for TUAK).

The standard library offers hashes made of it but not the permutation itself.
"""

from __future__ import annotations

from simtool.errors import EncodeError

STATE_BYTES = 200
ROUNDS = 24
LANE = (1 << 64) - 1


def keccak_f1600(state: bytes) -> bytes:
    """The permutation of 200 bytes; lane (x, y) stands at 8 (x + 5 y), least significant byte first (FIPS 202 §3.1).

    Takes about a third of a millisecond. Raises `EncodeError` for another length.
    """
    if len(state) != STATE_BYTES:
        raise EncodeError(f"a Keccak state has {STATE_BYTES} bytes, not {len(state)}")
    lanes = [int.from_bytes(state[at : at + 8], "little") for at in range(0, STATE_BYTES, 8)]
    for constant in ROUND_CONSTANTS:
        lanes = _round(lanes, constant)
    return b"".join(lane.to_bytes(8, "little") for lane in lanes)


def _round(lanes: list[int], constant: int) -> list[int]:
    # theta: every column sees the parity of two neighbours
    c0, c1, c2, c3, c4 = (lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20] for x in range(5))
    parity = (
        c4 ^ (c1 << 1 & LANE | c1 >> 63),
        c0 ^ (c2 << 1 & LANE | c2 >> 63),
        c1 ^ (c3 << 1 & LANE | c3 >> 63),
        c2 ^ (c4 << 1 & LANE | c4 >> 63),
        c3 ^ (c0 << 1 & LANE | c0 >> 63),
    ) * 5
    # rho and pi: every lane turned, and put where it belongs
    moved = [0] * 25
    for lane, difference, (target, left) in zip(lanes, parity, MOVES, strict=True):
        turned = lane ^ difference
        moved[target] = turned << left & LANE | turned >> (64 - left)
    # chi: the only step that is not linear
    mixed: list[int] = []
    for row in range(0, 25, 5):
        a, b, c, d, e = moved[row : row + 5]
        mixed += (a ^ c & ~b, b ^ d & ~c, c ^ e & ~d, d ^ a & ~e, e ^ b & ~a)
    mixed[0] ^= constant
    return mixed


def _moves() -> tuple[tuple[int, int], ...]:
    """Where each lane goes and by how many bits it turns on the way (FIPS 202 §3.2.2, §3.2.3)."""
    moves = [(0, 0)] * 25
    x, y = 1, 0
    for step in range(24):
        target = y + 5 * ((2 * x + 3 * y) % 5)
        moves[x + 5 * y] = (target, (step + 1) * (step + 2) // 2 % 64)
        x, y = y, (2 * x + 3 * y) % 5
    return tuple(moves)


def _round_constants() -> tuple[int, ...]:
    """The iota constants from their shift register (FIPS 202 §3.2.5)."""
    constants = []
    register = 1
    for _ in range(ROUNDS):
        constant = 0
        for power in range(7):
            if register & 1:
                constant |= 1 << (1 << power) - 1
            register = register << 1 ^ (0x171 if register & 0x80 else 0)
        constants.append(constant)
    return tuple(constants)


MOVES = _moves()
ROUND_CONSTANTS = _round_constants()
