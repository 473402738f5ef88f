"""Delivered cards (ICCID and codes, no keys) as the list that a profile takes under `identity.iccid.stock`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

from simtool.perso.private_file import write_private
from simtool.perso.pysim.cards_out import credential_text
from simtool.perso.record import CardRecord


def save_stock(records: Sequence[CardRecord], path: Path) -> None:
    """Write a new file that only its owner can read (0600). Raises `InputError` when it exists."""
    cards = [
        {
            "iccid": record.iccid.digits,
            "credentials": {item.pin: credential_text(item.value.reveal()) for item in record.credentials},
        }
        for record in records
    ]
    write_private(path, yaml.safe_dump({"cards": cards}, sort_keys=False, default_flow_style=None, width=200))
