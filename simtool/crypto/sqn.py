"""Sequence numbers: SQN = SEQ || IND, their making and their freshness (TS 33.102 Annex C).

Network side: `next_sqn`, `resync`. Card side: `SqnWindow`. They share the layout of SQN and nothing else. The scheme is
the one of Annex C.1.1.1 with the simple counter of C.1.1.2 (profile C.3.2); time-based counters are not made here, but
a card with profile C.3.1 or C.3.3 is described by its `SqnConfig`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from simtool.errors import EncodeError

SQN_BITS = 48
SQN_MAX = (1 << SQN_BITS) - 1
IND_BITS_MAX = 15


class SqnVerdict(Enum):
    """What the card thinks of a sequence number. All but ACCEPT lead to a synchronisation failure with SQN_MS."""

    ACCEPT = "accept"
    TOO_OLD = "not above the last SEQ accepted for this IND"
    TOO_FAR = "further ahead than the limit delta"
    TOO_AGED = "further behind than the age limit"


@dataclass(frozen=True, slots=True)
class SqnConfig:
    """How a card reads and checks SQN. `delta` and `age_limit` count SEQ steps; None switches the check off.

    `ind_bits` is the length of IND, 0 to 15 (five in all profiles of Annex C.3). `delta` is the greatest jump taken
    (C.2.1), `age_limit` the L of C.2.2: SEQ_MS - SEQ must stay below it. `check_freshness` off takes every number, as
    some test cards can be told to.
    """

    ind_bits: int = 5
    delta: int | None = 1 << 28
    age_limit: int | None = None
    check_freshness: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.ind_bits <= IND_BITS_MAX:
            raise EncodeError(f"IND of {self.ind_bits} bits is outside 0 to {IND_BITS_MAX}")
        for name, limit in (("delta", self.delta), ("age limit", self.age_limit)):
            if limit is not None and limit < 1:
                raise EncodeError(f"{name} must be at least 1, not {limit}")

    @property
    def entries(self) -> int:
        """Size of the array, one entry for each IND."""
        return 1 << self.ind_bits

    @property
    def seq_max(self) -> int:
        return SQN_MAX >> self.ind_bits

    def split(self, sqn: int) -> tuple[int, int]:
        """SEQ and IND of a SQN. Raises `EncodeError` when it is not a number of 48 bits."""
        _need_sqn(sqn)
        return sqn >> self.ind_bits, sqn & (self.entries - 1)

    def join(self, seq: int, ind: int) -> int:
        """SQN of SEQ and IND. Raises `EncodeError` when one of them does not fit."""
        if not 0 <= seq <= self.seq_max:
            raise EncodeError(f"SEQ {seq} is outside 0 to {self.seq_max}")
        if not 0 <= ind < self.entries:
            raise EncodeError(f"IND {ind} is outside 0 to {self.entries - 1}")
        return seq << self.ind_bits | ind


DEFAULT_CONFIG = SqnConfig()


@dataclass(frozen=True, slots=True)
class SqnWindow:
    """Card side: the highest SEQ accepted for each IND (TS 33.102 Annex C.2.2). A value; `accept` gives a new one."""

    config: SqnConfig
    highest: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.highest) != self.config.entries:
            raise EncodeError(f"{self.config.entries} entries are needed, not {len(self.highest)}")
        if not all(0 <= seq <= self.config.seq_max for seq in self.highest):
            raise EncodeError(f"an entry is outside 0 to {self.config.seq_max}")

    @classmethod
    def fresh(cls, config: SqnConfig = DEFAULT_CONFIG) -> SqnWindow:
        """All entries zero, as on a new card (Annex C.2.2)."""
        return cls(config, (0,) * config.entries)

    def check(self, sqn: int) -> SqnVerdict:
        """Judge a SQN: delta (C.2.1), then the age limit, then freshness (C.2.2)."""
        seq, ind = self.config.split(sqn)
        seq_ms = max(self.highest)
        if self.config.delta is not None and seq - seq_ms > self.config.delta:
            return SqnVerdict.TOO_FAR
        if self.config.age_limit is not None and seq_ms - seq >= self.config.age_limit:
            return SqnVerdict.TOO_AGED
        if self.config.check_freshness and seq <= self.highest[ind]:
            return SqnVerdict.TOO_OLD
        return SqnVerdict.ACCEPT

    def accept(self, sqn: int) -> tuple[SqnVerdict, SqnWindow]:
        """Judge a SQN and note it when accepted. Returns the verdict and the window to keep (itself when refused)."""
        verdict = self.check(sqn)
        if verdict is not SqnVerdict.ACCEPT:
            return verdict, self
        seq, ind = self.config.split(sqn)
        highest = self.highest[:ind] + (max(seq, self.highest[ind]),) + self.highest[ind + 1 :]
        return verdict, replace(self, highest=highest)

    def sqn_ms(self) -> int:
        """SQN_MS, the highest SQN accepted anywhere in the array: what AUTS tells the network (Annex C.2).

        0 while nothing has been accepted.
        """
        if not any(self.highest):
            return 0
        return max(self.config.join(seq, ind) for ind, seq in enumerate(self.highest))


def next_sqn(sqn: int, ind: int, config: SqnConfig = DEFAULT_CONFIG) -> int:
    """Network side: the SQN after `sqn`, SEQ one higher, for the requester with index `ind` (Annex C.1.1.2, C.4).

    Raises `EncodeError` when SEQ is used up or IND does not fit: SEQ never wraps.
    """
    seq, _ = config.split(sqn)
    if seq >= config.seq_max:
        raise EncodeError("the sequence numbers of this subscription are used up")
    return config.join(seq + 1, ind)


def resync(sqn_he: int, sqn_ms: int, config: SqnConfig = DEFAULT_CONFIG) -> int:
    """Network side: SQN_HE to go on from after an AUTS with a good MAC-S (TS 33.102 §6.3.5).

    Stays as it is when the next number would be accepted by a card at `sqn_ms`, otherwise becomes SQN_MS. `sqn_he` is
    the last number used; give the result to `next_sqn`.
    """
    seq_he, _ = config.split(sqn_he)
    seq_ms, _ = config.split(sqn_ms)
    ahead = seq_he + 1 - seq_ms
    if 0 < ahead and (config.delta is None or ahead <= config.delta):
        return sqn_he
    return sqn_ms


def _need_sqn(sqn: int) -> None:
    if not 0 <= sqn <= SQN_MAX:
        raise EncodeError("SQN must be a number of 48 bits")
