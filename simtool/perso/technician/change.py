"""A small change of a card's content by a technician: planned, executed and read back like everything else.

What `card set`, `card refresh-net` and `card restore` have in common: units with wanted content become a `Plan` for the
card in the reader (`simtool.perso.plan`), which `simtool.perso.apply` executes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from simtool.card.session import Session
from simtool.codec.access import AccessMode
from simtool.errors import PlanError
from simtool.files.path import FilePath
from simtool.files.product import CardModel
from simtool.perso.access import right
from simtool.perso.apply import Mismatch
from simtool.perso.authorise import SAFE_TRIES
from simtool.perso.desired import DesiredCard
from simtool.perso.image import CardImage, Content, Unit
from simtool.perso.plan import Plan, plan
from simtool.perso.read import ICCID_PATH, Progress, read_image
from simtool.perso.record import Credential
from simtool.perso.rooms import place_of
from simtool.perso.technician.rights import pins_to_present


@dataclass(frozen=True, slots=True)
class Change:
    """What shall become of some units: the card before, the wanted content, and the steps from one to the other."""

    before: CardImage
    desired: DesiredCard
    plan: Plan


def pins_for(
    session: Session,
    model: CardModel,
    paths: Iterable[FilePath],
    held: Iterable[str],
    modes: Iterable[AccessMode] = (AccessMode.READ, AccessMode.UPDATE),
) -> tuple[str, ...]:
    """The PINs that a task on these files needs beside those `held`, on the card as it is now. Spends no try."""
    needs = [right(model, path, mode) for path in dict.fromkeys(paths) for mode in modes]
    return pins_to_present(session, model, needs, held)


def plan_change(
    session: Session,
    model: CardModel,
    wanted: Mapping[Unit, Content],
    origin: str,
    credentials: tuple[Credential, ...] = (),
    *,
    after: CardModel | None = None,
    min_tries: int = SAFE_TRIES,
    progress: Progress | None = None,
) -> Change:
    """Read the units and plan their change; writes nothing. Raises `PlanError` with every reason at once.

    `after` has the files that the card shall have, if others than now.
    """
    after = after if after is not None else model
    far = [str(unit.path) for unit in wanted if place_of(after, unit.path) is None]
    if far:
        raise PlanError(tuple(f"{path} is out of reach in class A0" for path in far), hint="nothing was written")
    units = {replace(unit, path=after.source(unit.path)): content for unit, content in wanted.items()}
    known = {pin.name for pin in model.pins}
    usable = tuple(credential for credential in credentials if credential.pin in known)
    before = read_image(
        session,
        model,
        only=dict.fromkeys((Unit(ICCID_PATH), *units)),
        credentials=usable,
        min_tries=min_tries,
        progress=progress,
    )
    image = CardImage(units, dict.fromkeys(units, origin))
    draft = plan(before, DesiredCard(model, "", CardImage(), ()), model)
    desired = DesiredCard(after, draft.card_iccid, image, usable)
    return Change(before, desired, plan(before, desired, model, irreversible=True))


def remaining(session: Session, change: Change, *, min_tries: int = SAFE_TRIES) -> tuple[Mismatch, ...]:
    """Read everything again: what still differs from what was wanted. Empty: the change is done."""
    model, desired = change.desired.model, change.desired
    now = read_image(session, model, only=desired.image.units, credentials=desired.credentials, min_tries=min_tries)
    readable = CardImage({unit: content for unit, content in desired.image.units.items() if unit in now.units})
    rest = plan(now, DesiredCard(model, desired.iccid, readable, desired.credentials), model)
    places = dict.fromkeys(write.place for write in rest.writes)
    return tuple(Mismatch(place, "differs from what was wanted") for place in places)
