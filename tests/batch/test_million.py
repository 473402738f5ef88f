"""A million records as they come off the line: no repeats, right check digits, no favourite digits, right OPc."""

from __future__ import annotations

import subprocess
from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np

from simtool.batch.block import Block
from simtool.batch.generate import Made, Recipe, make_block, spans
from simtool.batch.numbering import NumberRange
from simtool.batch.order import SubscriptionRanges
from simtool.batch.parallel import in_order
from simtool.codec.identifiers import luhn
from simtool.crypto.column import Column
from simtool.crypto.key_source import RandomSource
from simtool.crypto.milenage import Milenage
from simtool.perso.material import CodePolicy, MaterialPolicy
from tests.harness.programs import program

OP = bytes.fromhex("cdc202d5123e20f62b6d676ac72cb318")
MILLION = 1_000_000
CHI_SQUARE_9 = 39.3
"""9 degrees of freedom; a fair source exceeds it once in 10^5 times. Ten digit places are looked at."""
RECIPE = Recipe(
    (NumberRange("894944000000115531", MILLION),),
    (SubscriptionRanges((NumberRange("001010000000101", MILLION),), (NumberRange("88228000101", MILLION),), True),),
    MaterialPolicy(
        "milenage", (Column(16, OP),), (CodePolicy("PIN1", 4), CodePolicy("PUK1", 8), CodePolicy("ADM1", 8))
    ),
)


def make(start: int, count: int) -> Made:
    return make_block(RECIPE, RandomSource(), start, count)


def chi_square(counts: np.ndarray) -> float:
    expected = counts.sum() / 10
    return float(((counts - expected) ** 2 / expected).sum())


def test_a_million_records() -> None:
    seen: dict[str, set[bytes]] = {"k": set(), "imsi": set(), "iccid": set(), "msisdn": set()}
    digits = {pin: np.zeros((length, 10)) for pin, length in (("PIN1", 4), ("PUK1", 8), ("ADM1", 8))}
    sample: list[Block] = []
    for made in in_order(make, spans(0, MILLION, 50_000), workers=0):
        block, (card,) = made.block, made.block.subscriptions
        assert card.msisdn is not None
        columns = {"k": card.k, "imsi": card.imsi, "iccid": block.iccid, "msisdn": card.msisdn}
        for name, column in columns.items():
            seen[name].update(column.values())
        for codes in block.targets:
            values = np.frombuffer(codes.values.data, dtype=np.uint8).reshape(-1, 8)
            counts = digits[codes.pin]
            for place in range(len(counts)):
                counts[place] += np.bincount(values[:, place] - ord("0"), minlength=10)
            assert (values[:, len(counts) :] == 0xFF).all()
        numbers = np.frombuffer(block.iccid.data, dtype=np.uint8).reshape(-1, 19).astype(int) - ord("0")
        doubled = numbers[:, -2::-2] * 2
        assert ((numbers[:, -1::-2].sum(axis=1) + (doubled - 9 * (doubled > 9)).sum(axis=1)) % 10 == 0).all()
        assert [digits_[-1] for digits_ in block.iccid.texts()[:100]] == [
            luhn(t[:-1]) for t in block.iccid.texts()[:100]
        ]
        sample.append(block.part(0, 3))
    assert {name: len(values) for name, values in seen.items()} == dict.fromkeys(seen, MILLION)
    for pin, places in digits.items():
        for place, counts in enumerate(places):
            assert counts.sum() == MILLION
            assert chi_square(counts) < CHI_SQUARE_9, (pin, place, counts)
    judged_by_osmocom(sample)


def judged_by_osmocom(sample: list[Block]) -> None:
    """`osmo-auc-gen` makes its own OPc from Ki and OP; Milenage with the record's OPc must give the same."""
    for block in sample:
        (record, *_) = block.records()
        k, opc = record.subscription.k.reveal(), record.subscription.opc
        command = [program("osmo-auc-gen"), "-3", "-a", "MILENAGE", "-k", k.hex(), "-O", OP.hex(), "-s", "32"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        judged = {
            name.strip(): value.strip() for name, _, value in (x.partition(":") for x in done.stdout.splitlines())
        }
        assert opc is not None
        own, rand = Milenage(k, opc.reveal()), bytes.fromhex(judged["RAND"])
        assert (own.f2(rand).hex(), own.f3(rand).hex(), own.f4(rand).hex()) == (
            judged["RES"],
            judged["CK"],
            judged["IK"],
        )


def test_workers_give_blocks_in_order(tmp_path: Path) -> None:
    made = list(in_order(partial(make), spans(5, 3_000, 700), workers=2))
    assert [(item.start, len(item.block)) for item in made] == [
        (5, 700),
        (705, 700),
        (1405, 700),
        (2105, 700),
        (2805, 195),
    ]
    imsis = [imsi for item in made for imsi in item.block.subscriptions[0].imsi.texts()]
    assert imsis == [f"00101{number:010d}" for number in range(106, 3101)]
    assert Counter(key for item in made for key in item.block.subscriptions[0].k).most_common(1)[0][1] == 1
