"""A card that comes back: which of the record's PINs and ADM codes it holds by now.

A record says what opens a card (`credentials`) and what shall open it (`targets`). When a card is lost between the
change and the record's being saved, the record is behind; the journal knows better.
"""

from __future__ import annotations

from dataclasses import replace

from simtool.card.session import Session
from simtool.crypto.secret import Secret
from simtool.files.product import CardModel
from simtool.perso.authorise import SAFE_TRIES
from simtool.perso.memory.attempts import Attempts
from simtool.perso.memory.doubt import present_either
from simtool.perso.memory.journal import Journals
from simtool.perso.memory.journal_file import StepState
from simtool.perso.record import CardRecord, Credential


def settle(
    session: Session,
    model: CardModel,
    record: CardRecord,
    journals: Journals,
    *,
    min_tries: int = SAFE_TRIES,
    attempts: Attempts | None = None,
    elsewhere: bool = False,
) -> CardRecord:
    """`record` with those targets as credentials that the journals of this card say are on it.

    Where a change was under way when the card was lost, the card is asked, at the cost of one try at most if it holds
    the old value. `elsewhere`: work on it was begun where our journals do not know of it, so it is asked for each PIN
    that they do not tell of. Raises `RefusedError` when too few tries are left for that.
    """
    targets = {item.pin: item.value for item in record.targets}
    credentials = {item.pin: item.value for item in record.credentials}
    if not targets:
        return record
    latest = _latest(journals, record.iccid.digits)
    marks = {name: journals.pin_mark(record.iccid.digits, name, value) for name, value in targets.items()}
    if elsewhere:
        latest = {name: (StepState.STARTED, mark) for name, mark in marks.items()} | latest
    for name, (state, mark) in latest.items():
        new, old = targets.get(name), credentials.get(name)
        if new is None or mark != marks[name] or new == old:
            continue
        if state is StepState.DONE or _took(session, model, record, name, new, old, min_tries, attempts):
            credentials[name] = targets.pop(name)
    return replace(record, credentials=_items(credentials), targets=_items(targets))


def _latest(journals: Journals, iccid: str) -> dict[str, tuple[StepState, str]]:
    """The last step, done or begun, that set each PIN of this card."""
    found: dict[str, tuple[StepState, str]] = {}
    for entry in journals.entries(iccid):
        for step in reversed(entry.steps):
            if step.state in (StepState.DONE, StepState.STARTED):
                for name, mark in step.sets:
                    found.setdefault(name, (step.state, mark))
    return found


def _took(
    session: Session,
    model: CardModel,
    record: CardRecord,
    name: str,
    new: Secret,
    old: Secret | None,
    min_tries: int,
    attempts: Attempts | None,
) -> bool:
    """Ask the card; what cannot be asked (a PUK, a PIN that is off) counts as not taken and is written again."""
    pin = next((pin for pin in model.pins if pin.name == name), None)
    if pin is None or old is None:
        return False
    iccid = record.iccid.digits
    taken = present_either(session, name, pin.ref, new, old, min_tries=min_tries, attempts=attempts, iccid=iccid)
    return taken is True


def _items(values: dict[str, Secret]) -> tuple[Credential, ...]:
    return tuple(Credential(pin, value) for pin, value in values.items())
