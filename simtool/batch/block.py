"""Card records in columns: a block of cards that are alike in shape, and the way from and to single records.

Alike are cards with the same algorithms, codes and key sets, and numbers of the same lengths. A stream of any records
becomes a stream of blocks; blocks hold a few thousand cards, so a stream of millions needs little memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice

from simtool.codec.identifiers import Iccid, Imsi
from simtool.crypto.column import Column
from simtool.crypto.key_set import KeySet
from simtool.crypto.secret import Secret
from simtool.errors import EncodeError
from simtool.perso.aka_settings import AkaSettings
from simtool.perso.material import Codes, KeySets
from simtool.perso.record import CardRecord, Credential, Subscription

BLOCK_SIZE = 8192


@dataclass(frozen=True, slots=True)
class SubscriptionBlock:
    """One subscription of each card. `msisdn` is its digits; `msisdn_plus` says that a plus stands before them.

    `k` is None where the keys are a host's and were not delivered.
    """

    imsi: Column
    msisdn: Column | None
    msisdn_plus: bool
    algorithm: str
    k: Column | None
    opc: Column | None
    sqn: tuple[int, ...]

    def part(self, start: int, stop: int) -> SubscriptionBlock:
        """The cards from `start` to before `stop`."""
        msisdn = None if self.msisdn is None else self.msisdn.part(start, stop)
        k = None if self.k is None else self.k.part(start, stop)
        opc = None if self.opc is None else self.opc.part(start, stop)
        imsi, sqn = self.imsi.part(start, stop), self.sqn[start:stop]
        return SubscriptionBlock(imsi, msisdn, self.msisdn_plus, self.algorithm, k, opc, sqn)


@dataclass(frozen=True, slots=True)
class Block:
    """Cards in columns of the same length. `iccid` is complete, with its check digit, in ASCII digits."""

    iccid: Column
    subscriptions: tuple[SubscriptionBlock, ...]
    credentials: tuple[Codes, ...] = ()
    targets: tuple[Codes, ...] = ()
    key_sets: tuple[KeySets, ...] = ()
    key_set_targets: tuple[KeySets, ...] = ()

    def __len__(self) -> int:
        return len(self.iccid)

    def part(self, start: int, stop: int) -> Block:
        """The cards from `start` to before `stop`."""

        def codes(items: tuple[Codes, ...]) -> tuple[Codes, ...]:
            return tuple(Codes(item.pin, item.values.part(start, stop)) for item in items)

        def sets(items: tuple[KeySets, ...]) -> tuple[KeySets, ...]:
            return tuple(
                KeySets(item.version, item.cipher, *(keys.part(start, stop) for keys in (item.enc, item.mac, item.dek)))
                for item in items
            )

        return Block(
            self.iccid.part(start, stop),
            tuple(item.part(start, stop) for item in self.subscriptions),
            codes(self.credentials),
            codes(self.targets),
            sets(self.key_sets),
            sets(self.key_set_targets),
        )

    def records(self) -> Iterator[CardRecord]:
        """The cards one by one."""
        iccids = self.iccid.texts()
        subscriptions = [list(_subscriptions(item)) for item in self.subscriptions]
        for index, iccid in enumerate(iccids):
            yield CardRecord(
                Iccid(iccid),
                tuple(column[index] for column in subscriptions),
                tuple(codes.credential(index) for codes in self.credentials),
                tuple(codes.credential(index) for codes in self.targets),
                tuple(sets.key_set(index) for sets in self.key_sets),
                tuple(sets.key_set(index) for sets in self.key_set_targets),
            )


def blocks_of(records: Iterable[CardRecord], size: int = BLOCK_SIZE) -> Iterator[Block]:
    """The records in their order, as blocks of up to `size` cards; a new block begins where the shape changes.

    Raises `EncodeError` for a record that columns have no place for: one with settings of its own about the algorithm.
    """
    for _, alike in groupby(records, _shape):
        while some := list(islice(alike, size)):
            yield _block(some)


def _subscriptions(block: SubscriptionBlock) -> Iterator[Subscription]:
    msisdns: list[str] | list[None] = [None] * len(block.imsi)
    if block.msisdn is not None:
        msisdns = ["+" * block.msisdn_plus + digits for digits in block.msisdn.texts()]
    keys, opcs = _each(block.k, "ki", len(block.imsi)), _each(block.opc, "opc", len(block.imsi))
    rows = zip(block.imsi.texts(), keys, opcs, msisdns, block.sqn, strict=True)
    for imsi, k, opc, msisdn, sqn in rows:
        yield Subscription(Imsi(imsi), k, opc, block.algorithm, msisdn, sqn)


def _each(keys: Column | None, kind: str, count: int) -> list[Secret] | list[None]:
    return [None] * count if keys is None else [Secret(value, kind=kind) for value in keys]


def _shape(record: CardRecord) -> tuple[object, ...]:
    for item in record.subscriptions:
        if item.settings != AkaSettings():
            raise EncodeError(f"card {record.iccid.digits}: settings of the algorithm belong into the profile")
    return (
        len(record.iccid.digits),
        tuple(
            (
                len(item.imsi.digits),
                item.algorithm,
                0 if item.k is None else item.k.length,
                0 if item.opc is None else item.opc.length,
                None if item.msisdn is None else (item.msisdn[:1] == "+", len(item.msisdn)),
            )
            for item in record.subscriptions
        ),
        tuple(item.pin for item in record.credentials),
        tuple(item.pin for item in record.targets),
        tuple((item.version, item.cipher, item.enc.length) for item in record.key_sets),
        tuple((item.version, item.cipher, item.enc.length) for item in record.key_set_targets),
    )


def _block(records: list[CardRecord]) -> Block:
    first = records[0]
    subscriptions = []
    for number, one in enumerate(first.subscriptions):
        all_of_them = [record.subscriptions[number] for record in records]
        plus = one.msisdn is not None and one.msisdn.startswith("+")
        msisdn = k = opc = None
        if one.msisdn is not None:
            msisdn = Column.of((item.msisdn or "").removeprefix("+").encode() for item in all_of_them)
        if one.k is not None:
            k = Column.of(item.key.reveal() for item in all_of_them)
        if one.opc is not None:
            opc = Column.of(item.opc.reveal() for item in all_of_them if item.opc is not None)
        subscriptions.append(
            SubscriptionBlock(
                Column.of(item.imsi.digits.encode() for item in all_of_them),
                msisdn,
                plus,
                one.algorithm,
                k,
                opc,
                tuple(item.sqn for item in all_of_them),
            )
        )
    return Block(
        Column.of(record.iccid.digits.encode() for record in records),
        tuple(subscriptions),
        _codes([record.credentials for record in records]),
        _codes([record.targets for record in records]),
        _key_sets([record.key_sets for record in records]),
        _key_sets([record.key_set_targets for record in records]),
    )


def _codes(rows: list[tuple[Credential, ...]]) -> tuple[Codes, ...]:
    columns = zip(*rows, strict=True)
    return tuple(Codes(column[0].pin, Column.of(item.value.reveal() for item in column)) for column in columns)


def _key_sets(rows: list[tuple[KeySet, ...]]) -> tuple[KeySets, ...]:
    columns = zip(*rows, strict=True)
    return tuple(
        KeySets(
            column[0].version,
            column[0].cipher,
            Column.of(item.enc.reveal() for item in column),
            Column.of(item.mac.reveal() for item in column),
            Column.of(item.dek.reveal() for item in column),
        )
        for column in columns
    )
