"""Who may change what, worked out from a product's own access rules."""

from __future__ import annotations

import pytest

from simtool.files.path import FilePath
from simtool.files.product import load
from simtool.perso.access import FREE, NEVER, Right, choose, read_right, update_right

ADM1: Right = (frozenset({"ADM1"}),)
PIN1: Right = (frozenset({"PIN1"}),)
RIGHTS = [
    # product, file, read, update
    ("sysmoISIM-SJA5", "MF/EF.ICCID", FREE, NEVER),  # by EF.ARR record 2
    ("sysmoISIM-SJA5", "MF/ADF.USIM/EF.IMSI", PIN1, ADM1),  # by EF.ARR of the ADF
    ("sysmoISIM-SJA5", "MF/ADF.USIM/EF.FPLMN", PIN1, PIN1),
    ("sysmoISIM-SJA5", "MF/ADF.USIM/EF.USIM_AUTH_KEY", ADM1, ADM1),  # compact, by the product's condition byte
    ("sysmoISIM-SJA5", "MF/DF.SYSTEM/EF.ADM1", NEVER, NEVER),  # compact, no access mode at all
    ("sysmosim-gr1", "MF/DF.GSM/EF.IMSI", (frozenset({"PIN1"}),), (frozenset({"ADM5"}),)),  # classic conditions
]


@pytest.mark.parametrize(("product", "path", "read", "update"), RIGHTS, ids=[f"{r[0]} {r[1]}" for r in RIGHTS])
def test_rights(product: str, path: str, read: Right, update: Right) -> None:
    model = load(product)
    assert read_right(model, FilePath(path)) == read
    assert update_right(model, FilePath(path)) == update


EITHER: Right = (frozenset({"PIN1"}), frozenset({"ADM1"}))
BOTH: Right = (frozenset({"PIN1", "ADM1"}),)
CHOICES = [
    # needs, held, presented, chosen
    (FREE, [], [], frozenset()),
    (NEVER, ["ADM1"], [], None),
    (ADM1, [], [], None),
    (ADM1, ["ADM1"], [], frozenset({"ADM1"})),
    (PIN1, [], [], frozenset()),  # the product delivers PIN1 disabled
    (PIN1, ["PIN1"], [], frozenset({"PIN1"})),
    (EITHER, ["ADM1"], [], frozenset()),
    (BOTH, ["ADM1"], [], frozenset({"ADM1"})),
    (EITHER, ["PIN1", "ADM1"], [], frozenset({"ADM1"})),
    (EITHER, ["PIN1", "ADM1"], ["PIN1"], frozenset({"PIN1"})),
    (BOTH, ["PIN1", "ADM1"], [], frozenset({"PIN1", "ADM1"})),
]


@pytest.mark.parametrize(("needs", "held", "presented", "chosen"), CHOICES)
def test_choice(needs: Right, held: list[str], presented: list[str], chosen: frozenset[str] | None) -> None:
    assert choose(load("sysmoISIM-SJA5"), needs, held, presented) == chosen
