"""What may be changed on a card product and with which credential; and what a card is missing for a profile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from simtool.card.session import Session
from simtool.codec.access import AccessMode
from simtool.crypto.secret import Secret
from simtool.errors import PlanError
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileType
from simtool.files.specs import PIN_LENGTH
from simtool.perso.access import NEVER, right
from simtool.perso.compiled import compile_profile
from simtool.perso.desired import DesiredCard
from simtool.perso.job import reasons_to_refuse, render_for
from simtool.perso.keys import once_started
from simtool.perso.plan import plan
from simtool.perso.profile import Profile
from simtool.perso.read import ICCID_PATH, read_image
from simtool.perso.record import CardRecord, Credential
from simtool.perso.steps import PresentPin
from simtool.perso.technician.own import read_own, stand_in_record
from simtool.perso.technician.rights import in_words

NOBODY = "nobody"
SUBJECTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ICCID", ("MF/EF.ICCID",)),
    ("IMSI", ("MF/ADF.USIM/EF.IMSI", "MF/DF.GSM/EF.IMSI")),
    ("names (SPN, PNN)", ("MF/ADF.USIM/EF.SPN", "MF/DF.GSM/EF.SPN")),
    ("own number", ("MF/ADF.USIM/EF.MSISDN", "MF/DF.TELECOM/EF.MSISDN")),
    ("SMS centre", ("MF/ADF.USIM/EF.SMSP", "MF/DF.TELECOM/EF.SMSP")),
    ("services", ("MF/ADF.USIM/EF.UST", "MF/DF.GSM/EF.SST")),
    ("operator's networks", ("MF/ADF.USIM/EF.OPLMNwAcT", "MF/DF.GSM/EF.OPLMNwAcT")),
    ("user's networks", ("MF/ADF.USIM/EF.PLMNwAcT", "MF/DF.GSM/EF.PLMNsel")),
    ("IMS identity", ("MF/ADF.ISIM/EF.IMPI",)),
    ("5G identity keys", ("MF/ADF.USIM/DF.5GS/EF.SUCI_Calc_Info",)),
    ("phone book", ("MF/DF.TELECOM/DF.PHONEBOOK/EF.ADN", "MF/DF.TELECOM/EF.ADN")),
)


@dataclass(frozen=True, slots=True)
class Changeable:
    """Subjects that one credential opens; `who` is `nobody`, `anyone`, or names of PINs."""

    who: str
    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a card can become a profile's product. `missing`: every reason why not; `needs`: PINs to present.

    `unread` of the `writes` go to places that cannot be read without them, and may hold the right thing already.
    """

    missing: tuple[str, ...]
    needs: tuple[str, ...]
    writes: int
    unread: int = 0

    def __bool__(self) -> bool:
        return not self.missing


def changeable(model: CardModel) -> tuple[Changeable, ...]:
    """What may be changed on this product, by who may do it."""
    groups: dict[str, list[str]] = {}
    for subject, places in SUBJECTS:
        path = next((FilePath(text) for text in places if model.has(text)), None)
        if path is not None:
            who = NOBODY if path == ICCID_PATH and not model.iccid_writable else who_writes(model, path)
            groups.setdefault(who, []).append(subject)
    keys = [path for spec in model.authentication for path in (*spec.files, *spec.gsm_files)]
    for who in dict.fromkeys(who_writes(model, path) for path in keys):
        groups.setdefault(who, []).insert(0, "keys")
    order = sorted(groups, key=lambda who: (who == NOBODY, who))
    return tuple(Changeable(who, tuple(dict.fromkeys(groups[who]))) for who in order)


def who_writes(model: CardModel, path: FilePath) -> str:
    """Who may change a file, by UPDATE or by a command of the vendor's."""
    source = model.source(path)
    needs = right(model, source, AccessMode.UPDATE)
    if needs != NEVER and model.file(source).type is not FileType.INTERNAL:
        return in_words(needs)
    for command in model.commands:
        if any(model.source(place) == source for _, place in command.writes):
            return command.needs or "anyone"
    return NOBODY


def fit(session: Session, model: CardModel, profile: Profile, record: CardRecord | None) -> Fit:
    """What this card lacks for `profile`, worked out before anything is written. Presents no PIN.

    Without the card's record, a stand-in of its own numbers is taken. Files that cannot be read count as different.
    """
    own = read_own(session, model)
    model, desired, reasons = render_for(
        session, compile_profile(profile, model), record or stand_in_record(own, profile), model
    )
    desired = _with_all_pins(desired)
    if reasons:
        return Fit(tuple(dict.fromkeys((*reasons, *reasons_to_refuse(session, desired, model)))), (), 0)
    try:
        current = read_image(session, model, only=desired.image.units)
        steps = plan(current, replace(desired, image=once_started(desired.image, current, model)), model)
    except PlanError as error:
        return Fit(error.reasons, (), 0)
    pins = tuple(step.pin for step in steps.steps if isinstance(step, PresentPin))
    unread = sum(all(unit not in current.units for unit in write.units) for write in steps.writes)
    return Fit(tuple(_missing_pins(pins, record)), pins, len(steps.writes), unread)


def _with_all_pins(desired: DesiredCard) -> DesiredCard:
    """As if every PIN were known: the plan then names those it needs. None of these values is ever sent."""
    made_up = Secret(bytes(PIN_LENGTH), kind="pin")
    credentials = tuple(Credential(pin.name, made_up) for pin in desired.model.pins)
    return replace(desired, credentials=credentials)


def _missing_pins(needed: Iterable[str], record: CardRecord | None) -> Iterable[str]:
    if record is None:
        return
    held = {credential.pin for credential in record.credentials}
    for pin in needed:
        if pin not in held:
            yield f"the record does not hold {pin}"
