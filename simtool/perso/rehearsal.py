"""A rehearsal: a profile on a card product as the vendor delivers it, without a card. What would refuse?

A stand-in record is rendered and planned: made-up keys, every credential of the product known. So everything that plan
would refuse for the product's sake is found before there is a card.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from simtool.errors import PlanError
from simtool.files.path import FilePath
from simtool.files.product import CardModel
from simtool.perso.access import choose, read_right
from simtool.perso.applications import EMPTY_REGISTRY, content_steps
from simtool.perso.image import CardImage, Content, Unit
from simtool.perso.plan import plan
from simtool.perso.profile import Profile
from simtool.perso.render import render_possible
from simtool.perso.stand_in import stand_in

DEACTIVATED = 0x04  # life cycle status (TS 102 221 §11.1.1.4.9)


def rehearse(profile: Profile, model: CardModel) -> tuple[str, ...]:
    """Every reason why this product cannot become the profile's, as `prepare` would tell them; none if it can."""
    desired, found = render_possible(profile, stand_in(profile, model), model)
    more = list[str]()
    content_steps(desired.applications, EMPTY_REGISTRY, model, more)
    reasons = (*found, *more)
    units = desired.image.units
    if reasons:  # no PIN is presented then: what cannot be read without one is left out
        current = replace(delivered_image(model, units, ()), enabled_pins=None)
        seen = {unit: content for unit, content in units.items() if unit in current.units}
        desired = replace(desired, image=CardImage(seen, desired.image.origins))
    else:
        current = delivered_image(model, units, tuple(pin.name for pin in model.pins))
    try:
        plan(current, desired, model)
    except PlanError as error:
        return tuple(dict.fromkeys((*reasons, *error.reasons)))
    return reasons


def delivered_image(model: CardModel, units: Iterable[Unit], held: tuple[str, ...]) -> CardImage:
    """What the product's description says of these units, as far as the PINs `held` make them readable."""
    found: dict[Unit, Content] = {}
    asleep: set[FilePath] = set()
    absent: set[FilePath] = set()
    for unit in units:
        spec = model.file(unit.path) if model.has(unit.path) else None
        if spec is None or unit.record > (spec.records or 0):
            absent.add(unit.path)
        elif choose(model, read_right(model, unit.path), held) is None:
            continue
        elif spec.life_cycle == DEACTIVATED:
            asleep.add(unit.path)
        else:
            found[unit] = Content.known(spec.contents[unit.record - 1] if unit.record else spec.content)
    enabled = frozenset(pin.name for pin in model.pins if pin.enabled)
    return CardImage(found, deactivated=frozenset(asleep), absent=frozenset(absent), enabled_pins=enabled)
