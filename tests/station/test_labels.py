"""What a slot does with the label of a good card: kept, printed, and noted where a PUK stands on it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

import simtool
from simtool.errors import InputError
from simtool.inventory.audit import history
from simtool.inventory.inventory import Inventory
from simtool.station.bench.bench import Printer, ReaderMatch, SlotSpec
from simtool.station.setup import Place, WorkerSetup
from simtool.station.slot.labels import label_maker
from tests.harness.papers import text_of
from tests.station.paper.conftest import own, product

PUK = "page: [40, 20]\ntexts: [{text: '{iccid} PUK {puk1}', at: [0, 0], size: [40, 5], when: puk}]\n"


def setup(folder: Path, printer: Printer, labels: Path | None) -> WorkerSetup:
    return WorkerSetup(
        "bench-A", SlotSpec("1", ReaderMatch("*")), "b", folder / "profile.yaml", Place(folder), "Ann", printer=printer,
        labels=labels,
    )  # fmt: skip


def make(folder: Path, profile: simtool.Profile, printer: Printer) -> tuple[str, list[tuple[str, str]]]:
    """A label made and printed: the card, and what the audit log says of it."""
    (record,) = profile.issue(1)
    with Inventory.create(folder / "state") as inventory:
        label = label_maker(setup(folder, printer, folder), profile, inventory)
        assert label is not None
        try:
            label(record, "SJA5")
        finally:
            with inventory.store.read() as connection:
                acts = [(entry.act, entry.detail) for entry in history(connection, record.iccid.digits)]
    return record.iccid.digits, acts


def test_a_label_is_kept_and_printed(tmp_path: Path) -> None:
    iccid, acts = make(tmp_path, product(), Printer(("cp", "{file}", str(tmp_path / "printed.pdf"))))
    path = tmp_path / f"{iccid}.pdf"
    assert "SJA5" in text_of(path.read_bytes()) and (tmp_path / "printed.pdf").read_bytes() == path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert acts == []


def test_a_puk_that_leaves_is_noted(tmp_path: Path) -> None:
    iccid, acts = make(tmp_path, own(tmp_path, PUK, "puk: true"), Printer())
    assert acts == [("label printed", f"PIN or PUK to {tmp_path / iccid}.pdf")]


def test_a_printer_that_fails_leaves_the_label(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="ended with 1"):
        make(tmp_path, product(), Printer(("false", "{file}")))
    (path,) = tmp_path.glob("8949*.pdf")
    assert "Nordlicht" in text_of(path.read_bytes())


def test_no_folder_no_labels(tmp_path: Path) -> None:
    with Inventory.create(tmp_path / "state") as inventory:
        assert label_maker(setup(tmp_path, Printer(), None), product(), inventory) is None


def test_the_folder_is_made_when_it_is_first_needed(tmp_path: Path) -> None:
    (record,) = product().issue(1)
    folder = tmp_path / "new" / "labels"
    with Inventory.create(tmp_path / "state") as inventory:
        label = label_maker(setup(tmp_path, Printer(), folder), product(), inventory)
        assert label is not None
        label(record, "SJA5")
        assert [path.name for path in folder.iterdir()] == [f"{record.iccid.digits}.pdf"]
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (tmp_path / "file").write_text("")
        label = label_maker(setup(tmp_path, Printer(), tmp_path / "file"), product(), inventory)
        assert label is not None
        with pytest.raises(InputError, match="labels cannot be kept here"):
            label(record, "SJA5")
