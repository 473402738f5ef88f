"""Virtual reader slots beyond the packaged two."""

from __future__ import annotations

from pathlib import Path

import pytest

from simtool.card.slots import DRIVER, install_slots, slot_pairs
from simtool.errors import ReaderError, RefusedError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / DRIVER).parent.mkdir(parents=True)
    (tmp_path / DRIVER).write_bytes(b"driver")
    return tmp_path


def test_every_pair_has_its_own_driver_and_ports() -> None:
    pairs = slot_pairs(16)
    assert [port for pair in pairs for port in pair.ports] == list(range(35963, 35963 + 16))
    assert len({pair.library for pair in pairs}) == len({pair.configuration for pair in pairs}) == 8
    for pair in pairs:
        assert f"0x{pair.ports[0]:X}" in pair.text
        assert f"LIBPATH      /{pair.library}" in pair.text


def test_installing_is_idempotent_and_takes_away_what_is_too_much(root: Path) -> None:
    install_slots(8, root=root)
    first = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    install_slots(8, root=root)
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == first
    assert len(list((root / "etc/reader.conf.d").iterdir())) == 3
    install_slots(2, root=root)
    assert list((root / "etc/reader.conf.d").iterdir()) == []
    assert (root / DRIVER).exists()


@pytest.mark.parametrize("count", [0, 1, 17])
def test_counts_that_are_not_possible(count: int) -> None:
    with pytest.raises(RefusedError):
        slot_pairs(count)


def test_a_missing_driver(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="driver"):
        install_slots(8, root=tmp_path)
