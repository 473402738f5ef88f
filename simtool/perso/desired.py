"""The wanted content of one card, as `simtool.perso.render` computes it."""

from __future__ import annotations

from dataclasses import dataclass

from simtool.files.path import FilePath
from simtool.files.product import CardModel
from simtool.perso.application_wish import ApplicationWish
from simtool.perso.image import CardImage
from simtool.perso.pin_policy import PinWish
from simtool.perso.record import Credential

KEYS = "authentication"
"""The part of a profile that keys and algorithm come from."""


@dataclass(frozen=True, slots=True)
class DesiredCard:
    """The wanted content of one card of one product, the credentials that open it, and those that shall change.

    `model` has the files that the card shall have; `changed` are those of them that the product given to `render` lacks
    or has too small. `guarded` is what has to be on the card already and is never written: what belongs to the host.
    `applications` is what shall run on it.
    """

    model: CardModel
    iccid: str
    image: CardImage
    credentials: tuple[Credential, ...]
    pins: tuple[PinWish, ...] = ()
    changed: tuple[FilePath, ...] = ()
    guarded: CardImage = CardImage()
    applications: ApplicationWish = ApplicationWish()
