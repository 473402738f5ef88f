"""Executing a plan: writes in order, each read back while its file is still selected.

A contact fault is told from a card fault by powering the card off and on: the same card (ICCID) that answers again
gets its PINs presented again and the step repeated. Only when that does not help either is the card called bad.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from simtool.card.commands.base import is_local
from simtool.card.files import CardFiles
from simtool.card.session import Session
from simtool.crypto.secret import Secret
from simtool.errors import CardError, CardRemovedError, InputError, RefusedError, SimtoolError, StatusError
from simtool.perso.application_steps import ApplicationWrite, OpenChannel
from simtool.perso.applications import ApplicationDesk, key_memory
from simtool.perso.authorise import SAFE_TRIES, forget_wrong, memory_of, now_called, present_pin
from simtool.perso.execute import execute, holds, is_done, read_all
from simtool.perso.image import Content
from simtool.perso.memory.attempts import Attempts
from simtool.perso.memory.doubt import pins_set, present_either
from simtool.perso.memory.journal import Run, units_changed
from simtool.perso.read import (
    ICCID_PATH,
    SECURITY_STATUSES,
    Progress,
    read_enabled_pins,
    read_iccid,
    read_image,
)
from simtool.perso.record import Credential
from simtool.perso.report import EndState, Mismatch, Report
from simtool.perso.steps import (
    ActivateFile,
    ChangePin,
    Plan,
    PresentPin,
    PushRecords,
    Right,
    Step,
    StructureStep,
    SwitchPin,
    WriteBytes,
)

__all__ = ["REPOWER", "EndState", "Mismatch", "Options", "Report", "apply", "carry_out"]

NOT_HELD = "the card does not hold what was just written"
_Result = TypeVar("_Result")
REPOWER = 2
"""How often in a row one step may be repeated after powering the card off and on."""
SICK = (0x6F00, 0x6581, 0x9240)
"""Technical and memory problems (TS 102 221 §10.2.1.5, TS 51.011 §9.4.4): words that a bad contact can bring about."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a plan is executed.

    `read_back` reads every write again while its file is selected. `recheck` reads the planned units again first, and
    refuses when any of them changed since the plan was made; a plan that was stored needs it, one made in the same
    session does not. `journal` (from `Journals.begin`, whose plan this must be) survives this process; `attempts`
    remembers PINs (see `authorise`). `repower` says how often in a row one step may be repeated after powering the card
    off and on.
    """

    read_back: bool = True
    recheck: bool = False
    min_tries: int = SAFE_TRIES
    progress: Progress | None = None
    journal: Run | None = None
    attempts: Attempts | None = None
    repower: int = REPOWER


PLAIN = Options()


def apply(plan: Plan, session: Session, options: Options = PLAIN) -> Report:
    """Execute `plan` on the card it was made for.

    Raises `RefusedError` for another card or a stale plan, and `CardError` when the card fails or goes away: then
    `apply` again after a new plan continues.
    """
    report = carry_out(plan, session, options)
    if report.error is not None:
        raise report.error
    return report


def carry_out(plan: Plan, session: Session, options: Options = PLAIN) -> Report:
    """As `apply`, but every end is a report: what went wrong is its `error`."""
    report = _Work(plan, session, options).do()
    if options.journal is not None:
        try:
            options.journal.ended(report.end, report.cause)
        except InputError as error:  # a full disk must not hide what came of the card
            report = replace(report, error=report.error or error)
    return report


class _Work:
    """One plan on one card."""

    def __init__(self, plan: Plan, session: Session, options: Options) -> None:
        self._plan = plan
        self._session = session
        self._options = options
        self._journal = options.journal
        self._recheck = options.recheck
        remembered = options.attempts is not None or memory_of(session) is not None
        self._attempts = options.attempts if remembered else Attempts()
        self._model = plan.model_during
        self._card_files = CardFiles(session, self._model)
        self._desk = ApplicationDesk(session, self._model)
        self._iccid = ""
        self._presented: dict[str, PresentPin] = {}
        self._setting: Mapping[str, Secret] = {}  # PINs that the step under way sets: in doubt when it breaks off
        self._touched = False
        self._done = 0
        self._repowered = 0
        self._mismatches: list[Mismatch] = []

    def do(self) -> Report:
        if not self._plan:
            return self._report(EndState.UNTOUCHED)
        try:
            self._steadily(self._check_card)
            for number, step in enumerate(self._plan.steps):
                self._step(number, step)
            self._steadily(self._back_to_files)
        except SimtoolError as error:
            return self._report(self._end_after(error), self._with_progress(error))
        return self._report(EndState.REJECTED if self._mismatches else EndState.GOOD)

    def _step(self, number: int, step: Step) -> None:
        if self._recheck and not isinstance(step, PresentPin):
            self._steadily(self._check_state)
            self._recheck = False
        if isinstance(step, Right):
            self._note_start(number)
            self._steadily(lambda: self._prove(step))
            self._note_done(number)
            return
        if self._options.progress:
            self._options.progress(step.place, self._done, len(self._plan.writes))
        self._note_start(number)
        self._touched = True
        self._setting = pins_set(step, self._plan.model)
        try:
            held = self._steadily(
                lambda: self._permitted(lambda: self._perform(step)),
                lambda: self._permitted(lambda: self._perform_again(step)),
            )
            if not held and self._power_cycle(NOT_HELD):
                held = self._steadily(lambda: self._permitted(lambda: self._perform_again(step)))
        except StatusError as error:
            self._note_failure(number, str(error))
            raise
        if held:
            self._note_done(number)
            self._count_as_set(step)
        else:
            self._mismatches.append(Mismatch(step.place, NOT_HELD))
            self._note_failure(number, NOT_HELD)
        self._setting = {}
        self._done += not isinstance(step, ActivateFile)

    def _count_as_set(self, step: Step) -> None:
        """From now on the new values open the card, what was wrong before may be right, and its name may be another."""
        for pin, value in self._setting.items():
            if pin in self._presented:
                self._presented[pin] = replace(self._presented[pin], value=value)
            forget_wrong(self._session, pin, attempts=self._attempts, iccid=self._iccid)
        renames = any(unit.path == ICCID_PATH for unit in units_changed(step))
        if renames and self._iccid != self._plan.iccid:
            self._iccid = self._plan.iccid
            values = {pin: held.value for pin, held in self._presented.items()}
            now_called(self._session, self._iccid, values, attempts=self._attempts)

    def _permitted(self, act: Callable[[], bool]) -> bool:
        """Do it; where the card does not allow it, present the PINs of this application again and do it once more.

        What a local PIN proved ends when another application is selected (TS 102 221 §9.5.1).
        """
        try:
            return act()
        except StatusError as error:
            local = [step for step in self._presented.values() if is_local(step.ref)]
            if error.sw not in SECURITY_STATUSES or not local or self._desk.entered:
                raise
            for step in local:
                self._present_again(step)
            return act()

    def _perform(self, step: Step) -> bool:
        """Execute and read back; False when the card holds something else."""
        if isinstance(step, ApplicationWrite):
            self._desk.perform(step)  # the card tells whether it did it; registry and rules are verify's
            return True
        if isinstance(step, Right):
            return True
        self._back_to_files()
        execute(step, self._card_files)
        if isinstance(step, ActivateFile):
            self._keep_old(step)
        return not self._options.read_back or holds(step, self._card_files, self._plan.model)

    def _perform_again(self, step: Step) -> bool:
        """The same once more; what cannot be repeated is looked at first."""
        if isinstance(step, ApplicationWrite):
            self._desk.perform_again(step)
            return True
        self._back_to_files()
        match step:
            case ChangePin(pin=pin, ref=ref, old=old, new=new):
                if pin in self._presented:
                    is_new: bool | None = self._presented[pin].value == new
                else:
                    is_new = self._present_either(pin, ref, new, old)
                if is_new:
                    return True
            case StructureStep():
                if is_done(step, self._card_files):
                    return True
            case PushRecords():
                step = step.rest(read_all(step, self._card_files))
            case SwitchPin(pin=pin, on=on):
                enabled = read_enabled_pins(self._session, self._plan.model)
                self._card_files.forget()
                if (pin in enabled) == on:
                    return True
        return self._perform(step)

    def _back_to_files(self) -> None:
        if self._desk.entered:
            self._desk.leave()
            self._card_files.forget()

    def _keep_old(self, step: ActivateFile) -> None:
        """The content of a file that could not be read while it was off, for the journal."""
        if self._journal is None:
            return
        units = [other.unit for other in self._plan.steps if isinstance(other, WriteBytes)]
        for unit in dict.fromkeys(unit for unit in units if unit.path == step.unit.path):
            try:
                self._journal.saw(unit, Content.known(self._card_files.read(unit.path, unit.record)))
            except StatusError:
                self._card_files.forget()

    def _prove(self, step: Right) -> None:
        """A right of one's own: to write files, or to manage applications."""
        if isinstance(step, OpenChannel):
            self._desk.open(step)
            return
        self._present(step)
        self._presented[step.pin] = step

    def _present(self, step: PresentPin) -> None:
        present_pin(
            self._session, step.pin, step.ref, step.value, min_tries=self._options.min_tries,
            attempts=self._attempts, iccid=self._iccid,
        )  # fmt: skip

    def _present_either(self, pin: str, ref: int, new: Secret, old: Secret) -> bool | None:
        return present_either(
            self._session,
            pin,
            ref,
            new,
            old,
            min_tries=self._options.min_tries,
            attempts=self._attempts,
            iccid=self._iccid,
        )

    def _check_card(self) -> None:
        """Is this the card of the plan? After the first write it may have the new ICCID already."""
        iccid = read_iccid(self._session, self._plan.model).digits
        mine = {self._plan.card_iccid, *([self._plan.iccid] if self._touched else ())}
        if self._plan.card_iccid and iccid not in mine:
            raise RefusedError(
                f"the plan is for card {self._plan.card_iccid}, the reader holds {iccid}",
                hint="put the right card in, or make a plan for this one",
            )
        self._iccid = self._iccid or iccid
        self._card_files = CardFiles(self._session, self._model)
        self._desk.reset(key_memory(self._session, self._attempts, self._iccid), self._iccid)

    def _check_state(self) -> None:
        plan = self._plan
        shown = tuple(Credential(step.pin, step.value) for step in self._presented.values())
        now = read_image(self._session, plan.model_before, only=plan.units, credentials=shown)
        if now.digest(plan.units) != plan.state:
            raise RefusedError("the card changed since the plan was made", hint="make a new plan")
        self._card_files.forget()

    # Contact faults

    def _steadily(self, act: Callable[[], _Result], again: Callable[[], _Result] | None = None) -> _Result:
        """Do it; over a fault that may be the contact's, power the card off and on and do it `again`."""
        left = self._options.repower
        while True:
            try:
                return act()
            except CardError as error:
                if left == 0 or not _may_be_contact(error) or not self._power_cycle(str(error)):
                    raise
                left -= 1
                act = again or act

    def _power_cycle(self, cause: str) -> bool:
        """Off and on; True when the same card answers again with its PINs presented. False: it is gone or mute.

        Raises `RefusedError` when another card answers.
        """
        before = self._session.atr
        for _ in range(self._options.repower):
            try:
                self._wake(before)
            except CardError:
                continue
            self._repowered += 1
            if self._journal is not None:
                self._journal.note(f"powered off and on: {cause}")
            return True
        return False

    def _wake(self, atr: bytes) -> None:
        self._session.reset()
        if self._session.atr != atr:
            raise RefusedError("another card is in the reader now", hint="put the first one back and apply again")
        self._check_card()
        for step in list(self._presented.values()):
            self._present_again(step)

    def _present_again(self, step: PresentPin) -> None:
        """What was presented before; where the step under way sets that very PIN, either value may be the right one."""
        new = self._setting.get(step.pin)
        if new is None or new == step.value:
            self._present(step)
        elif self._present_either(step.pin, step.ref, new, step.value):
            self._presented[step.pin] = replace(step, value=new)

    # The journal, and how it ends

    def _note_start(self, number: int) -> None:
        if self._journal is not None:
            self._journal.started(number)

    def _note_done(self, number: int) -> None:
        if self._journal is not None:
            self._journal.done(number)

    def _note_failure(self, number: int, cause: str) -> None:
        """The card's own word; where the link broke nobody knows, and the step stays in doubt."""
        if self._journal is not None:
            self._journal.failed(number, cause)

    def _end_after(self, error: SimtoolError) -> EndState:
        if not self._touched:
            return EndState.UNTOUCHED
        refused = isinstance(error, CardError) and not isinstance(error, CardRemovedError)
        return EndState.REJECTED if refused else EndState.UNFINISHED

    def _report(self, end: EndState, error: SimtoolError | None = None) -> Report:
        return Report(self._plan, end, self._done, tuple(self._mismatches), self._repowered, error)

    def _with_progress(self, error: SimtoolError) -> SimtoolError:
        """The same error with the place in the plan, and the way on."""
        if not isinstance(error, CardRemovedError):
            return error
        message = f"{self._plan.iccid}: {error}; {self._done} of {len(self._plan.writes)} writes are done"
        hint = "put the same card back and apply again: it goes on with what is missing"
        ended = CardRemovedError(message, hint=hint)
        ended.__cause__ = error
        return ended


def _may_be_contact(error: CardError) -> bool:
    """A refusal is the card's own word, unless it is one of those for a card in trouble."""
    return not isinstance(error, StatusError) or error.sw in SICK
