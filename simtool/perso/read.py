"""Reading a card into a `CardImage`: all of it, or only the files that matter."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from simtool.card.commands.base import is_local
from simtool.card.files import CardFiles
from simtool.card.session import Session
from simtool.codec.fcp import Fcp
from simtool.codec.fcp2g import DfInfo2g, decode_fcp2g
from simtool.codec.identifiers import Iccid
from simtool.errors import StatusError
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileType
from simtool.perso.access import choose, read_right
from simtool.perso.authorise import SAFE_TRIES, present_pin
from simtool.perso.image import CardImage, Content, Unit, units_of
from simtool.perso.record import Credential
from simtool.perso.rooms import visiting_order
from simtool.perso.survey import NOT_FOUND

ICCID_PATH = FilePath("MF/EF.ICCID")
CHV1 = 0x01
DEACTIVATED = 0x6984
SECURITY_STATUS = 0x6982
SECURITY_STATUSES = (SECURITY_STATUS, 0x9804)
NOT_THERE = frozenset((*NOT_FOUND, 0x6A83, 0x9402))
UNREADABLE = frozenset((0x6982, 0x6985, 0x6981, 0x9804)) | NOT_THERE
"""Answers that mean "not for you" or "not there"; anything else is an error of the card or the link."""

Progress = Callable[[str, int, int], None]
"""Called with what is worked on, how many are done, and how many there are."""


def read_image(
    session: Session,
    model: CardModel,
    *,
    only: Iterable[Unit] | None = None,
    credentials: tuple[Credential, ...] = (),
    min_tries: int = SAFE_TRIES,
    progress: Progress | None = None,
) -> CardImage:
    """The content of the units in `only`, or of every file of the product.

    Cyclic files are read as a whole, because they are written as a whole. Credentials are presented only where a file
    asks for them. What the card does not let us read stays unknown; files that `model` does not have are absent.
    Raises `RefusedError` and `WrongPinError` as `present_pin` does, and `CardError` for anything else.
    """
    asked = list(all_units(model) if only is None else only)
    wanted = list(dict.fromkeys(part for unit in asked if model.has(unit.path) for part in _whole(model, unit)))
    wanted.sort(key=lambda unit: (*visiting_order(model, unit.path), unit.record))
    reader = _Reader(session, model, credentials, min_tries)
    reader.absent |= {unit.path for unit in asked if not model.has(unit.path)}
    for number, unit in enumerate(wanted):
        if progress:
            progress(str(unit), number, len(wanted))
        reader.read(unit)
    return CardImage(
        reader.units,
        deactivated=frozenset(reader.deactivated),
        absent=frozenset(reader.absent),
        listed=frozenset(reader.listed),
    )


class _Reader:
    """Reads unit by unit; presents a PIN only after the card asked for one."""

    def __init__(self, session: Session, model: CardModel, credentials: tuple[Credential, ...], min_tries: int) -> None:
        self.units: dict[Unit, Content] = {}
        self.deactivated: set[FilePath] = set()
        self.absent: set[FilePath] = set()
        self.listed: set[FilePath] = set()
        self._session = session
        self._model = model
        self._values = {credential.pin: credential.value for credential in credentials}
        self._min_tries = min_tries
        self._presented: set[str] = set()
        self._card_files = CardFiles(session, model)

    def read(self, unit: Unit) -> None:
        pins = choose(self._model, read_right(self._model, unit.path), self._values, self._presented)
        if pins is None:
            return  # a read without a chance is not worth a command
        local = {pin for pin in pins if is_local(self._model.pin(pin).ref)}  # they end with their application
        missing = pins - self._presented | local
        if self._try(unit) == SECURITY_STATUS and missing:
            for pin in sorted(missing):
                ref = self._model.pin(pin).ref
                present_pin(self._session, pin, ref, self._values[pin], min_tries=self._min_tries)
                self._presented.add(pin)
            self._try(unit)

    def _try(self, unit: Unit) -> int:
        """One read; what the card said if it did not let us."""
        try:
            if self._model.file(unit.path).type is FileType.BER_TLV:
                self._read_objects(unit)
            else:
                self.units[unit] = Content.known(self._card_files.read(unit.path, unit.record))
        except StatusError as error:
            if error.sw == DEACTIVATED:
                self.deactivated.add(unit.path)
            elif error.sw not in UNREADABLE:
                raise
            elif error.sw in NOT_THERE:
                self.absent.add(unit.path)
            self._card_files.forget()
            return SECURITY_STATUS if error.sw in SECURITY_STATUSES else error.sw
        return 0

    def _read_objects(self, unit: Unit) -> None:
        """One data object, or without a tag all that the card lists (TS 102 221 §11.3.1)."""
        tags = [unit.tag] if unit.tag else self._card_files.tags(unit.path)
        for tag in tags:
            self.units[Unit(unit.path, tag=tag)] = Content.known(self._card_files.read_object(unit.path, tag))
        if not unit.tag:
            self.listed.add(unit.path)


def _whole(model: CardModel, unit: Unit) -> tuple[Unit, ...]:
    spec = model.file(unit.path)
    return units_of(spec) if spec.type is FileType.CYCLIC else (unit,)


def all_units(model: CardModel) -> tuple[Unit, ...]:
    """Every unit of every file with readable structure; linked content once."""
    return tuple(unit for spec in model.files.values() if spec.link is None for unit in units_of(spec))


def read_enabled_pins(session: Session, model: CardModel) -> frozenset[str]:
    """The PINs that the card asks for: the PIN status template (TS 102 221 §9.5.2), in class A0 the MF's (§9.2.1)."""
    answer = session.select_mf(fcp=True)
    if session.is_sim:
        info = decode_fcp2g(answer)
        chv1 = isinstance(info, DfInfo2g) and not info.chv1_disabled
        return frozenset(pin.name for pin in model.pins if pin.ref != CHV1 or chv1)
    enabled = {status.ref for status in Fcp.decode(answer).pin_status if status.enabled}
    return frozenset(pin.name for pin in model.pins if pin.rule_ref in enabled)


def read_iccid(session: Session, model: CardModel) -> Iccid:
    """The card's serial number (TS 102 221 §13.2)."""
    return Iccid.decode(CardFiles(session, model).read(ICCID_PATH))
