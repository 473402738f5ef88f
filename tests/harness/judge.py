"""The judge at the end of a batch: reads every card in the good box, and believes neither the station nor simtool.

Commands are sent to the bare chip byte by byte, numbers are decoded here, and the authentication vectors come from
osmo-auc-gen with the keys of the register. Where the inventory is read, it is by its records and its own checks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from simtool.inventory.audit import history
from simtool.inventory.find import reconciliation
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import Reconciliation, RecordState
from simtool.inventory.records import records
from simtool.perso.record import CardRecord
from simtool.softcard.card import SoftCard
from tests.harness.auc import SEQ_STEP, Algorithm, Subscriber
from tests.harness.plastic import Fate, Plastic

USIM = bytes.fromhex("a0000000871002")
BAD_CONTACT = "bad contact"
EF_ICCID, EF_IMSI, MF = 0x2FE2, 0x6F07, 0x3F00


@dataclass(frozen=True)
class ReadCard:
    """What a card says of itself."""

    iccid: str
    imsi: str


def read_card(card: SoftCard) -> ReadCard:
    """ICCID and IMSI. Raises `AssertionError` when the card does not give them."""
    card.power_on()
    iccid = _swapped(_read(card, EF_ICCID, 10)).rstrip("f")
    _command(card, 0xA4, 0x04, 0x0C, USIM)
    raw = _read(card, EF_IMSI, 9)
    return ReadCard(iccid, _swapped(raw[1 : 1 + raw[0]])[1:].rstrip("f"))


def accepts(card: SoftCard, record: CardRecord) -> bool:
    """Whether card and an authentication centre that has the record's keys take each other for the right ones."""
    subscription = record.subscription
    assert subscription.k is not None and subscription.opc is not None
    sqn = (subscription.sqn // SEQ_STEP + 1) * SEQ_STEP
    centre = Subscriber(
        subscription.imsi.digits, Algorithm.MILENAGE, subscription.k.reveal(), subscription.opc.reveal(), sqn
    )
    vector = centre.vector()
    rand, autn = bytes.fromhex(vector["RAND"]), bytes.fromhex(vector["AUTN"])
    card.power_on()
    _command(card, 0xA4, 0x04, 0x0C, USIM)
    answer = _command(card, 0x88, 0x00, 0x81, bytes((16,)) + rand + bytes((16,)) + autn)
    wanted = b"\xdb" + b"".join(
        bytes((len(value),)) + value for value in (bytes.fromhex(vector[name]) for name in ("RES", "CK", "IK"))
    )
    return answer.startswith(wanted)


@dataclass(frozen=True)
class Verdict:
    """Everything that was found wrong, in words; `count` is the inventory's reconciliation at the end, `entries` how
    many the audit log has.
    """

    good: int
    problems: tuple[str, ...]
    count: Reconciliation
    entries: int
    broken_log: bool

    def __bool__(self) -> bool:
        return not self.problems


def judge(
    inventory: Inventory, batch: str, quantity: int, cards: Iterable[Plastic], *, good_box: Iterable[Plastic],
    sorter: Iterable[Plastic] = (),
) -> Verdict:  # fmt: skip
    """Compare plastic, register and log. `sorter` are the cards in the bad bins of machines, which re-seat nothing."""
    problems: list[str] = []
    register = {record.iccid.digits: record for record in records(inventory, batch)}
    states = _states(inventory, register)
    count = reconciliation(inventory, batch)
    boxed, everything = list(good_box), list(cards)
    if len(boxed) != quantity:
        problems.append(f"{len(boxed)} cards lie in the good box, {quantity} were ordered")
    read = {plastic: read_card(plastic.card()) for plastic in boxed}
    for name, numbers in (
        ("ICCID", [one.iccid for one in read.values()]), ("IMSI", [one.imsi for one in read.values()])
    ):  # fmt: skip
        problems += [f"{name} {number} is on {times} cards" for number, times in Counter(numbers).items() if times > 1]
    for plastic, found in read.items():
        problems += _against_register(plastic, found, register.get(found.iccid), states)
    with inventory.store.read() as connection:
        lost = {
            one
            for one in sorter
            if any(last.detail.startswith(BAD_CONTACT) for last in history(connection, one.iccid.digits)[-1:])
        }
    problems += _strays(everything, boxed, register, states, lost)
    by_state = dict(count.by_state)
    if count.good != quantity:
        problems.append(f"the register counts {count.good} good cards, {quantity} were ordered")
    if not count.balances:
        problems.append(f"the reconciliation does not balance: {count}")
    for state in (RecordState.CLAIMED, RecordState.PROGRAMMING):
        if by_state.get(state, 0):
            problems.append(f"{by_state[state]} records are still {state.value}")
    with inventory.store.read() as connection:
        for iccid, state in states.items():
            if state in (RecordState.REJECTED, RecordState.QUARANTINED):
                last = history(connection, iccid)[-1]
                if last.act != state.value or not last.detail.strip():
                    problems.append(f"{iccid} is {state.value} without a cause")
    log = inventory.verify_log()
    problems += [f"audit log: {problem}" for problem in log.problems]
    return Verdict(len(boxed), tuple(problems), count, log.entries, not log)


def _against_register(
    plastic: Plastic, found: ReadCard, record: CardRecord | None, states: Mapping[str, RecordState]
) -> list[str]:
    if record is None:
        return [f"{plastic} is in the good box and not in the register: it says {found}"]
    problems = []
    if record.subscription.imsi.digits != found.imsi:
        problems.append(f"{plastic} has IMSI {found.imsi}, the register says {record.subscription.imsi.digits}")
    if states[found.iccid] is not RecordState.GOOD:
        problems.append(f"{plastic} is in the good box, its record is {states[found.iccid].value}")
    if plastic.fate in (Fate.REJECTED, Fate.STRANGER):
        problems.append(f"{plastic} is in the good box and should be {plastic.fate.value}")
    if not accepts(plastic.card(), record):
        problems.append(f"{plastic}: osmo-auc-gen's vector was not answered as it must be")
    return problems


def _strays(
    everything: Iterable[Plastic], boxed: Iterable[Plastic], register: Mapping[str, CardRecord],
    states: Mapping[str, RecordState], lost: Iterable[Plastic],
) -> list[str]:  # fmt: skip
    """Cards outside of the good box that ought to be in it, that were written and should not have been, or doubled.

    Those in `lost` a machine gave up for their contacts.
    """
    problems, in_box = [], set(boxed)
    imsis: Counter[str] = Counter()
    for plastic in everything:
        found = read_card(plastic.card())
        if plastic.written:
            imsis[found.imsi] += 1
        if plastic in in_box:
            continue
        state = states.get(found.iccid)
        if plastic.fate is Fate.STRANGER and plastic.written:
            problems.append(f"{plastic} is not of this batch and was written")
        if state is RecordState.GOOD:
            problems.append(f"{plastic} is good and does not lie in the good box but in {plastic.box or 'the stack'!r}")
        if state is RecordState.REJECTED and plastic.fate is Fate.GOOD and plastic not in lost:
            problems.append(f"{plastic} was rejected, and nothing was wrong with it that could not be helped")
        if state is RecordState.GENERATED and plastic.written:
            problems.append(f"{plastic} was written, its record is as new")
    known = {record.subscription.imsi.digits for record in register.values()}
    problems += [f"IMSI {imsi} is on {times} chips" for imsi, times in imsis.items() if times > 1 and imsi in known]
    return problems


def _states(inventory: Inventory, register: Iterable[str]) -> dict[str, RecordState]:
    from sqlalchemy import select

    from simtool.inventory import tables

    wanted = set(register)
    with inventory.store.read() as connection:
        rows = connection.execute(select(tables.cards.c.iccid, tables.cards.c.state))
        return {iccid: RecordState(state) for iccid, state in rows if iccid in wanted}


def _read(card: SoftCard, fid: int, length: int) -> bytes:
    _command(card, 0xA4, 0x00, 0x0C, fid.to_bytes(2))
    answer = card.transmit(bytes((0x00, 0xB0, 0x00, 0x00, length)))
    assert answer[-2:] == b"\x90\x00", f"reading {fid:04X} ended in {answer[-2:].hex()}"
    return answer[:-2]


def _command(card: SoftCard, ins: int, p1: int, p2: int, data: bytes) -> bytes:
    """A command with data; fetches the answer that waits. Raises `AssertionError` for any other status."""
    answer = card.transmit(bytes((0x00, ins, p1, p2, len(data))) + data)
    if answer[0] == 0x61:
        answer = card.transmit(bytes((0x00, 0xC0, 0x00, 0x00, answer[1])))
    assert answer[-2:] == b"\x90\x00", f"INS {ins:02X} ended in {answer[-2:].hex()}"
    return answer[:-2]


def _swapped(raw: bytes) -> str:
    return "".join(pair[1] + pair[0] for pair in (f"{byte:02x}" for byte in raw))
