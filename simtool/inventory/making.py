"""Blocks made and put under lock, ready to be stored: the part of the work that other processes do.

Nothing of the database is imported here, so that worker processes start quickly and stay small.
"""

from __future__ import annotations

from dataclasses import dataclass

from simtool.batch.block import Block
from simtool.batch.fields import PublicPart
from simtool.batch.generate import Recipe, make_block, with_stock_codes
from simtool.crypto.column import Column
from simtool.crypto.key_source import KeySource, RandomSource
from simtool.crypto.secret import Secret
from simtool.inventory.sealing import Sealed, seal_block
from simtool.perso.profile import Profile


@dataclass(frozen=True, slots=True)
class Locked:
    """A block without its secrets, and these under lock: what goes into the database, and can come from a worker."""

    iccids: list[str]
    subscriptions: tuple[PublicPart, ...]
    sealed: Sealed


def lock(block: Block, sealed: Sealed) -> Locked:
    parts = tuple(
        PublicPart(item.imsi, item.msisdn, item.msisdn_plus, item.algorithm, item.sqn) for item in block.subscriptions
    )
    return Locked(block.iccid.texts(), parts, sealed)


@dataclass(frozen=True, slots=True)
class Ready:
    """A block ready to be stored, and how many keys were refused while it was made."""

    start: int
    count: int
    parts: tuple[Locked, ...]
    refused: int


@dataclass(frozen=True, slots=True)
class Job:
    """Makes and locks a block; goes to worker processes. The two keys are columns of one value."""

    recipe: Recipe
    uid: str
    data_key: Column
    fingerprint_key: Column

    def __call__(self, start: int, count: int) -> Ready:
        return self.make(RandomSource(), None, start, count)

    def make(self, source: KeySource, profile: Profile | None, start: int, count: int) -> Ready:
        """The same from any source, with the codes of the profile's stock."""
        made = make_block(self.recipe, source, start, count)
        blocks = [made.block] if profile is None else list(with_stock_codes(made.block, profile))
        keys = Secret(self.data_key.data), Secret(self.fingerprint_key.data)
        parts = tuple(lock(block, seal_block(block, keys[0], self.uid, keys[1])) for block in blocks)
        return Ready(start, count, parts, made.refused)
