"""Delivering a batch to a running OsmoHLR, and comparing the two.

A delivery can be run again: what is there as it should be is left alone, what is half there (a subscriber without
keys) is finished, what differs is told and left alone unless it shall be replaced. Nothing is sent before every card
has been looked at.

OsmoHLR starts every subscriber at SQN 0 and has no command to change that; a card that has used numbers would refuse
its first vectors. So we say what the card would say: an AUTS with the record's SQN (TS 33.102 §6.3.5), over GSUP. The
HLR then goes on above it. It does so only where the HLR is behind: an AUTS also sets an HLR back.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from simtool.batch.formats.card import ListedCard, ListedSubscription, by_subscription
from simtool.batch.formats.convert import Source
from simtool.batch.formats.core import digits_of_msisdn, subscriber
from simtool.batch.formats.osmo_hlr import ALGORITHMS_2G, VTY
from simtool.batch.hlr.ctrl import KeyState, OsmoHlr, SubscriberState
from simtool.batch.hlr.gsup import GsupClient
from simtool.crypto.aka import make_auts
from simtool.crypto.milenage import Milenage
from simtool.errors import InputError
from simtool.perso.pysim.text_files import refuse

RAND_LENGTH = 16
BEHIND = "SQN"


@dataclass(frozen=True, slots=True)
class Difference:
    """An IMSI whose data in the core are not those of the batch; `what` are names, never values."""

    imsi: str
    what: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.imsi}: {', '.join(self.what)}"


@dataclass(slots=True)
class Delivery:
    """What a delivery did. `sqn_raised` counts those whose SQN was moved up, `different` those it left alone."""

    created: int = 0
    completed: int = 0
    replaced: int = 0
    unchanged: int = 0
    sqn_raised: int = 0
    different: list[Difference] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What a core has and a batch has not, and the other way round. True when they agree."""

    agreeing: int
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    different: tuple[Difference, ...]

    def __bool__(self) -> bool:
        return not (self.missing or self.extra or self.different)


def deliver(
    source: Source,
    core: OsmoHlr,
    vectors: GsupClient | None,
    *,
    replace: bool = False,
    used: dict[str, int] | None = None,
) -> Delivery:
    """Load every subscription of the cards that `source` gives.

    Without `vectors` the SQN stays what the HLR makes it. `used` is filled with the SQN of every IMSI for which the HLR
    is above the record, also when the delivery breaks off: the next one to use this record starts there.

    Raises `InputError` with every card that OsmoHLR cannot hold (nothing was sent then), `CoreError` when the core
    fails: run it again.
    """
    _check(source())
    done = Delivery()
    for card in by_subscription(source()):
        sqn = _deliver_one(card, core, vectors, done, replace=replace)
        if used is not None and sqn > subscriber(card).sqn:
            used[subscriber(card).imsi.digits] = sqn
    return done


def _check(cards: Iterable[ListedCard]) -> None:
    problems = []
    seen: dict[str, str] = {}
    for card in by_subscription(cards):
        reason = VTY.refusal(card)
        if not reason:
            imsi = subscriber(card).imsi.digits
            reason = f"its IMSI stands at {seen[imsi]} too" if imsi in seen else ""
            seen[imsi] = card.name
            digits_of_msisdn(card)
        if reason:
            problems.append(InputError(reason, place=card.name))
    refuse(problems, hint="nothing was sent")


def _deliver_one(card: ListedCard, core: OsmoHlr, vectors: GsupClient | None, done: Delivery, *, replace: bool) -> int:
    """Load one; gives the SQN where the HLR is then, 0 where it has none or its data were left alone."""
    item, msisdn = subscriber(card), digits_of_msisdn(card)
    imsi = item.imsi.digits
    state = core.get(imsi)
    if state is None:
        core.create(imsi)
        state = SubscriberState(imsi)
        done.created += 1
        fresh = True
    else:
        fresh = False
    what = _differences(item, msisdn, state)
    if what and not replace:
        done.different.append(Difference(imsi, what))
        return 0
    sqn = _write(item, msisdn, state, core, what)
    if not fresh:
        if what:
            done.replaced += 1
        elif sqn is not None or (msisdn and not state.msisdn):
            done.completed += 1
        else:
            done.unchanged += 1
    if sqn is None and state.keys_3g is not None:
        sqn = state.keys_3g.sqn
    if vectors is not None and item.algorithm == "milenage" and item.sqn > (sqn or 0):
        _raise_sqn(item, vectors)
        done.sqn_raised += 1
        raised = core.get(imsi)
        sqn = raised.keys_3g.sqn if raised is not None and raised.keys_3g is not None else None
    return sqn or 0


def _write(
    item: ListedSubscription, msisdn: str, state: SubscriberState, core: OsmoHlr, what: tuple[str, ...]
) -> int | None:
    """Write what is missing or shall be replaced. Returns 0, the SQN of new keys, or None when the keys stayed."""
    imsi = item.imsi.digits
    has_keys = state.keys_2g is not None or state.keys_3g is not None
    write_keys = not has_keys or bool({"algorithm", "Ki", "OPc"} & set(what))
    if write_keys and item.k is not None:
        if item.algorithm in ALGORITHMS_2G:
            if state.keys_3g is not None:
                core.clear_keys(imsi, generation=3)
            core.set_keys_2g(imsi, item.algorithm, item.k)
        elif item.opc is not None:
            if state.keys_2g is not None:
                core.clear_keys(imsi, generation=2)
            core.set_milenage(imsi, item.k, item.opc)
    if msisdn != state.msisdn and (msisdn or "MSISDN" in what):
        core.set_msisdn(imsi, msisdn)
    return 0 if write_keys else None


def _raise_sqn(item: ListedSubscription, vectors: GsupClient) -> None:
    if item.k is None or item.opc is None:
        return
    rand = secrets.token_bytes(RAND_LENGTH)
    auts = make_auts(Milenage(item.k.reveal(), item.opc.reveal()), rand, item.sqn)
    vectors.vectors(item.imsi.digits, rand=rand, auts=auts)


def _differences(item: ListedSubscription, msisdn: str, state: SubscriberState) -> tuple[str, ...]:
    """What is in the core and is another value here. What the core lacks is no difference yet."""
    found = []
    if state.msisdn and state.msisdn != msisdn:
        found.append("MSISDN")
    keys = (state.keys_2g, state.keys_3g)
    wanted, other = keys if item.algorithm in ALGORITHMS_2G else keys[::-1]
    if other is not None or (wanted is not None and wanted.algorithm != item.algorithm):
        found.append("algorithm")
    if wanted is not None:
        found += _key_differences(item, wanted)
    return tuple(found)


def _key_differences(item: ListedSubscription, state: KeyState) -> list[str]:
    found = []
    if item.k is None or state.k != item.k:
        found.append("Ki")
    if item.algorithm not in ALGORITHMS_2G and (state.opc is None or item.opc is None or state.opc != item.opc):
        found.append("OPc")
    return found


def reconcile(source: Source, core: OsmoHlr, in_core: Iterable[str], *, prefix: str = "") -> Reconciliation:
    """Compare every subscription of the batch with the core, and what the core has besides.

    `in_core` are all its IMSIs; `prefix` limits what counts as extra, where a core serves several batches. A core whose
    SQN is below the record's is different: the card would refuse its vectors.
    """
    missing, different, agreeing = [], [], 0
    ours: set[str] = set()
    for card in by_subscription(source()):
        item, msisdn = subscriber(card), digits_of_msisdn(card)
        imsi = item.imsi.digits
        ours.add(imsi)
        state = core.get(imsi)
        if state is None:
            missing.append(imsi)
            continue
        what = (*_differences(item, msisdn, state), *_lacking(item, msisdn, state))
        if what:
            different.append(Difference(imsi, what))
        else:
            agreeing += 1
    extra = sorted(imsi for imsi in in_core if imsi not in ours and imsi.startswith(prefix))
    return Reconciliation(agreeing, tuple(missing), tuple(extra), tuple(different))


def _lacking(item: ListedSubscription, msisdn: str, state: SubscriberState) -> list[str]:
    found = []
    if msisdn and not state.msisdn:
        found.append("MSISDN is missing")
    keys = state.keys_2g if item.algorithm in ALGORITHMS_2G else state.keys_3g
    if keys is None:
        found.append("keys are missing")
    elif item.algorithm == "milenage" and (keys.sqn or 0) < item.sqn:
        found.append(BEHIND)
    return found
