"""The label of a finished card: a PDF in the station's folder, and to the printer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from simtool.errors import InputError
from simtool.inventory.ending import noted_use
from simtool.inventory.inventory import Inventory
from simtool.perso.private_file import new_private
from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord
from simtool.station.setup import WorkerSetup

Labels = Callable[[CardRecord, str], None]
"""Makes and prints the label of a good card of that product. Raises `InputError`; the card stays good."""


def label_maker(setup: WorkerSetup, profile: Profile, inventory: Inventory) -> Labels | None:
    """None where no labels are made. A label may hold a PUK: its file is its owner's alone, and it is noted."""
    folder = setup.labels
    if folder is None:
        return None
    from simtool.station.paper.label import label_has_codes, make_label
    from simtool.station.paper.printing import print_file

    def label(record: CardRecord, product: str) -> None:
        path, iccid = folder / f"{record.iccid.digits}.pdf", record.iccid.digits
        _make(folder)
        content = make_label(profile, record, product=product, batch=setup.batch)
        secret = label_has_codes(profile)
        with noted_use(inventory, iccid, "label printed", f"PIN or PUK to {path}") if secret else nullcontext():
            with new_private(path, overwrite=True) as stream:
                stream.write(content)
            print_file(setup.printer, path)

    return label


def _make(folder: Path) -> None:
    """The folder, for its owner only where it is not there yet."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"labels cannot be kept here: {error.strerror}", place=str(folder)) from error
