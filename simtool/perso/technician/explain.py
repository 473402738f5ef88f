"""What a refusal means here: this status word, after this command, on this file of this product; the next safe step.

The status word alone is a sentence of the standard (`simtool.card.status`). With the command, the file and the card
product it becomes a cause: which PIN the access rule asks for, how many records there are, what kind of file it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from simtool.card.status import Kind, Meaning
from simtool.card.status import explain as meaning_of
from simtool.codec.access import AccessMode
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileType
from simtool.perso.access import NEVER, right
from simtool.perso.technician.pin_states import PinView
from simtool.perso.technician.rights import in_words

CONTEXTS = {
    "AUTHENTICATE": "usim",
    "GET IDENTITY": "usim",
    "RUN GSM ALGORITHM": "sim_2g",
    "VERIFY CHV": "sim_2g",
    "CHANGE CHV": "sim_2g",
    "CREATE FILE": "admin",
    "DELETE FILE": "admin",
    "RESIZE FILE": "admin",
    "ACTIVATE FILE": "admin",
    "DEACTIVATE FILE": "admin",
    "TERMINATE EF": "admin",
    "TERMINATE DF": "admin",
    "EXTERNAL AUTHENTICATE": "globalplatform",
    "INITIALIZE UPDATE": "globalplatform",
    "INSTALL": "globalplatform",
    "LOAD": "globalplatform",
    "DELETE": "globalplatform",
    "PUT KEY": "globalplatform",
    "ENVELOPE": "toolkit_envelope",
}
MODES = {
    "READ BINARY": AccessMode.READ,
    "READ RECORD": AccessMode.READ,
    "SEARCH RECORD": AccessMode.READ,
    "UPDATE BINARY": AccessMode.UPDATE,
    "UPDATE RECORD": AccessMode.UPDATE,
    "INCREASE": AccessMode.INCREASE,
    "ACTIVATE FILE": AccessMode.ACTIVATE,
    "DEACTIVATE FILE": AccessMode.DEACTIVATE,
    "RESIZE FILE": AccessMode.RESIZE,
    "DELETE FILE": AccessMode.DELETE_SELF,
    "TERMINATE EF": AccessMode.TERMINATE,
}
DENIED = (0x6982, 0x9804)
OFF = (0x6984, 0x6283, 0x9810)
BLOCKED = (0x6983, 0x9840)
MISSING = (0x6A82, 0x9404)
NO_RECORD = (0x6A83, 0x9402)
WRONG_KIND = (0x6981, 0x9408)
MAC_WRONG = 0x9862
UNKNOWN_CLASS, UNKNOWN_INS = 0x6E, 0x6D
LENGTHS = (0x67, 0x6B, 0x6C)


@dataclass(frozen=True, slots=True)
class Explanation:
    """`meaning` is the standard's, `because` what it means here, `next_step` what to do; `rule` who may do what."""

    sw: int
    command: str
    file: str
    meaning: str
    rule: str = ""
    because: tuple[str, ...] = ()
    next_step: str = ""
    ok: bool = False

    def rows(self) -> list[tuple[str, str]]:
        named = [("command", self.command), ("file", self.file), ("access rule", self.rule)]
        causes = [("here" if not number else "", text) for number, text in enumerate(self.because)]
        head = ("status word", f"{self.sw:04X}  {self.meaning}")
        rest = [*named, *causes, ("next safe step", self.next_step)]
        return [head, *((name, text) for name, text in rest if text)]


@dataclass(frozen=True, slots=True)
class _Case:
    """What is known about the refusal."""

    sw: int
    command: str
    path: FilePath | None
    model: CardModel | None
    pins: tuple[PinView, ...]

    @property
    def is_pin_command(self) -> bool:
        return any(word in self.command for word in ("VERIFY", "CHANGE", "UNBLOCK", "ENABLE", "DISABLE"))

    @property
    def known(self) -> tuple[CardModel, FilePath] | None:
        """Product and file, where the product has the file."""
        if self.model is None or self.path is None or not self.model.has(self.path):
            return None
        return self.model, self.path


def explain(
    sw: int,
    command: str = "",
    path: FilePath | None = None,
    model: CardModel | None = None,
    pins: Iterable[PinView] = (),
    *,
    file: str = "",
) -> Explanation:
    """Say what a status word means after `command` (its standard name) on the file at `path` of a product.

    `pins` are the states that a card tells, `file` what the file was called where it is no path. Knows nothing more
    than it is told; every part may be missing.
    """
    command = command.upper().replace("_", " ").strip()
    case = _Case(sw, command, path, model, tuple(pins))
    meaning = meaning_of(sw, context_of(command, model))
    because = tuple(_causes(case))
    next_step = _next_step(case, meaning)
    return Explanation(
        sw,
        command,
        str(path) if path is not None else file,
        meaning.text,
        _rule(case),
        because,
        next_step,
        meaning.kind in (Kind.OK, Kind.WARNING) and not case.is_pin_command,
    )


def context_of(command: str, model: CardModel | None = None) -> str:
    """The table of status words for a command; a classic SIM has its own."""
    if command in CONTEXTS:
        return CONTEXTS[command]
    return "sim_2g" if model is not None and "uicc" not in model.classes else "uicc"


def _rule(case: _Case) -> str:
    known = case.known
    if known is None:
        return ""
    model, path = known
    modes = [AccessMode.READ, AccessMode.UPDATE]
    wanted = MODES.get(case.command)
    modes = modes if wanted is None or wanted in modes else [*modes, wanted]
    return ", ".join(f"{mode.value}: {in_words(right(model, path, mode))}" for mode in modes)


def _causes(case: _Case) -> Iterable[str]:
    """What the word means in this case, as far as the product tells."""
    known = case.known
    if case.sw in DENIED and known is not None:
        yield from _denied(case, *known)
    if case.sw in MISSING and case.model is not None and case.path is not None:
        yield from _missing(case.model, case.path)
    if known is not None:
        yield from _about_file(case, *known)
    if case.sw in BLOCKED:
        yield "too many wrong values were presented"
    if case.sw & 0xFFF0 == 0x63C0 and case.is_pin_command:
        left = case.sw & 0xF
        yield f"the value was wrong; {left} {'try is' if left == 1 else 'tries are'} left"
    if case.sw == MAC_WRONG and case.command == "AUTHENTICATE":
        yield "the card computed another MAC: its K, its OPc or its algorithm is not the record's; no try was spent"
    if case.sw >> 8 == UNKNOWN_CLASS and case.model is not None:
        kinds = ", ".join(case.model.classes)
        yield f"{case.model.name} answers these classes: {kinds} (uicc is 00 and 80, gsm is A0)"


def _denied(case: _Case, model: CardModel, path: FilePath) -> Iterable[str]:
    mode = MODES.get(case.command)
    if mode is None:
        return
    needs = right(model, path, mode)
    if needs == NEVER:
        yield f"{model.name} never lets anybody {mode.value} {path}"
        return
    who = in_words(needs)
    if who == "anyone":
        yield f"anyone may {mode.value} {path} as delivered: the rules on this card are others"
        return
    yield f"to {mode.value} {path}, {who} has to be verified first, in the same session"
    for view in case.pins:
        if any(view.name in pins for pins in needs):
            yield f"{view.name} on this card: {view.words}"


def _missing(model: CardModel, path: FilePath) -> Iterable[str]:
    if not model.has(path):
        yield f"{model.name} has no {path}"
    elif path.application is not None:
        yield f"{model.name} has {path} as delivered: its application has to be selected first, or it was deleted"
    else:
        yield f"{model.name} has {path} as delivered: it was deleted, or another directory was current"


def _about_file(case: _Case, model: CardModel, path: FilePath) -> Iterable[str]:
    spec = model.file(path)
    kind = spec.type.value.replace("_", " ")
    if case.sw in OFF:
        yield f"the file is switched off; to switch it on: {in_words(right(model, path, AccessMode.ACTIVATE))}"
    if case.sw in NO_RECORD and spec.type.has_records:
        yield f"{path} has records 1 to {spec.records}, {spec.record_length} bytes each"
    if case.sw in WRONG_KIND:
        yield f"{path} is {kind}"
        if spec.type is FileType.CYCLIC and case.command == "UPDATE RECORD":
            yield "a cyclic file only takes a new record, with mode PREVIOUS (TS 102 221 §11.1.6)"
        elif spec.type.has_records and case.command.endswith("BINARY"):
            yield "its content is in records: READ RECORD and UPDATE RECORD"
        elif not spec.type.has_records and case.command.endswith("RECORD"):
            yield "it has no records: READ BINARY and UPDATE BINARY"
    if case.sw >> 8 in LENGTHS:
        size = f"records of {spec.record_length} bytes" if spec.type.has_records else f"{spec.size} bytes"
        yield f"{path} holds {size}"


def _next_step(case: _Case, meaning: Meaning) -> str:
    known = case.known
    mode = MODES.get(case.command)
    if case.sw in DENIED and known is not None and mode is not None:
        needs = right(*known, mode)
        if needs == NEVER:
            return "leave this file alone; what it holds is fixed on this product"
        blocked = [view.name for view in case.pins if view.blocked and any(view.name in pins for pins in needs)]
        if blocked and "ADM" not in blocked[0]:
            return f"unblock {blocked[0]} with its PUK: simtool card pin unblock {blocked[0]}"
        if blocked:
            return f"{blocked[0]} is blocked for good: set the card aside"
        return f"give {in_words(needs)}: --record FILE, or --from-env PIN=NAME; the counter is asked before it is sent"
    if case.sw in BLOCKED:
        if any(word in case.command for word in ("UNBLOCK",)):
            return "the PUK is blocked: set the card aside"
        return "a PIN is unblocked with its PUK (simtool card pin unblock); a blocked ADM stays blocked"
    if case.sw & 0xFFF0 == 0x63C0 and case.is_pin_command:
        return "do not try again before the value is compared with the card's own papers"
    if case.sw in MISSING:
        return "simtool card dump lists what the card has; simtool card models the products"
    if case.sw in OFF and known is not None:
        return "activate the file (simtool apply does that where a profile fills it)"
    if case.sw == MAC_WRONG:
        return "simtool card which-key --records FILE finds the record whose keys the card holds"
    return meaning.hint
