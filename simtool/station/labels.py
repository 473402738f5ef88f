"""The label of a finished card: a PDF in the station's folder, and to the printer."""

from __future__ import annotations

from collections.abc import Callable

from simtool.perso.private_file import new_private
from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord
from simtool.station.setup import WorkerSetup

Labels = Callable[[CardRecord, str], None]
"""Makes and prints the label of a good card of that product. Raises `InputError`; the card stays good."""


def label_maker(setup: WorkerSetup, profile: Profile) -> Labels | None:
    """None where no labels are made. A label may hold a PUK: its file is its owner's alone."""
    folder = setup.labels
    if folder is None:
        return None
    from simtool.station.paper.label import make_label
    from simtool.station.paper.printing import print_file

    def label(record: CardRecord, product: str) -> None:
        path = folder / f"{record.iccid.digits}.pdf"
        content = make_label(profile, record, product=product, batch=setup.batch)
        with new_private(path, overwrite=True) as stream:
            stream.write(content)
        print_file(setup.printer, path)

    return label
