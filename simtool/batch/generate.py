"""New records of a batch, block after block: numbers from its ranges, secrets as its profile wants them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from simtool.batch.block import BLOCK_SIZE, Block, SubscriptionBlock
from simtool.batch.numbering import NumberRange, iccids, numbers
from simtool.batch.order import SubscriptionRanges
from simtool.crypto.column import Column
from simtool.crypto.key_source import KeySource
from simtool.errors import InputError
from simtool.perso.material import Codes, MaterialPolicy, make_material
from simtool.perso.profile import Profile
from simtool.perso.record import Credential


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that is needed to make the records of a batch, and can go to another process."""

    iccid: tuple[NumberRange, ...]
    subscriptions: tuple[SubscriptionRanges, ...]
    policy: MaterialPolicy


@dataclass(frozen=True, slots=True)
class Made:
    """A block of new records, which number of the batch is its first, and how many keys were refused on the way."""

    start: int
    block: Block
    refused: int


def spans(start: int, stop: int, size: int = BLOCK_SIZE) -> Iterator[tuple[int, int]]:
    """Start and count of the blocks that make up the records from `start` to before `stop`."""
    for at in range(start, stop, size):
        yield at, min(size, stop - at)


def make_block(recipe: Recipe, source: KeySource, start: int, count: int) -> Made:
    """The records from number `start` on. Raises `EncodeError` when a range is too short.

    That no Ki was ever there before is the register's care.
    """
    cards = iccids(recipe.iccid, start, count)
    material = make_material(recipe.policy, source, cards, subscriptions=len(recipe.subscriptions))
    subscriptions = tuple(
        SubscriptionBlock(
            numbers(ranges.imsi, start, count),
            numbers(ranges.msisdn, start, count) if ranges.msisdn else None,
            ranges.msisdn_plus,
            recipe.policy.algorithm,
            keys.k,
            keys.opc,
            (recipe.policy.sqn_start,) * count,
        )
        for ranges, keys in zip(recipe.subscriptions, material.subscriptions, strict=True)
    )
    block = Block(cards, subscriptions, (), material.targets, key_set_targets=material.key_sets)
    return Made(start, block, material.refused)


def with_stock_codes(block: Block, profile: Profile) -> Iterator[Block]:
    """The block with the codes that open these cards as delivered, where the profile names a stock.

    Raises `InputError` when the stock no longer holds one of the cards. Cards with different kinds of codes come as
    blocks of their own.
    """
    stock = profile.stock()
    if stock is None:
        yield block
        return
    delivered = {iccid.digits: credentials for iccid, credentials in stock}
    missing = [iccid for iccid in block.iccid.texts() if iccid not in delivered]
    if missing:
        place = profile.place("identity", "iccid", "stock")
        raise InputError(f"the stock no longer holds card {missing[0]}", place=place, field="identity.iccid.stock")
    rows = [delivered[iccid] for iccid in block.iccid.texts()]
    start = 0
    for at in range(1, len(rows) + 1):
        if at == len(rows) or _names(rows[at]) != _names(rows[start]):
            yield _with_codes(block.part(start, at), rows[start:at])
            start = at


def _names(credentials: tuple[Credential, ...]) -> tuple[str, ...]:
    return tuple(item.pin for item in credentials)


def _with_codes(block: Block, rows: list[tuple[Credential, ...]]) -> Block:
    codes = tuple(
        Codes(column[0].pin, Column.of(item.value.reveal() for item in column)) for column in zip(*rows, strict=True)
    )
    return replace(block, credentials=codes)
