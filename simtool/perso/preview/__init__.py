"""What a phone shows with a card in it: names on the idle screen, numbers that it offers, and the reason for each.

`preview(image, situation)` computes it from a card's content, wanted or read; `whole_image` fills in what a product
holds as delivered and where its links lead. Drawn by `terminal`, `svg` and `png`.
"""

from __future__ import annotations

from simtool.perso.preview.explanation import Decision
from simtool.perso.preview.numbers import Number, Numbers
from simtool.perso.preview.product import delivered_image, phone_units, whole_image
from simtool.perso.preview.screen import Line, LineKind, Preview, preview
from simtool.perso.preview.situation import COLUMNS, Phone, Situation, Technology
from simtool.perso.preview.standing import Standing

__all__ = [
    "COLUMNS", "Decision", "Line", "LineKind", "Number", "Numbers", "Phone", "Preview", "Situation", "Standing",
    "Technology", "delivered_image", "phone_units", "preview", "whole_image",
]  # fmt: skip
