"""Which of many records holds the keys of the card in the reader. Costs no PIN or ADM tries.

One challenge in the GSM context, where the card has it, is compared with all records at once: its answer depends on the
keys alone. What is left, or everything where there is no GSM context, is tried by AKA, one AUTHENTICATE per record, and
with a sequence number that is never fresh (0): a card that holds the key answers with its AUTS and uses up nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simtool.card.session import Session
from simtool.crypto.aka import gsm_triplet
from simtool.crypto.comp128 import comp128
from simtool.crypto.xor import xor_2g
from simtool.errors import StatusError
from simtool.files.path import FilePath
from simtool.files.product import CardModel
from simtool.perso.proof import COMP128, DF_GSM, RAND_LENGTH, aka_algorithm
from simtool.perso.read import Progress
from simtool.perso.record import CardRecord, Subscription
from simtool.perso.technician.challenge import Verdict, applications, ask, enter

AKA_LIMIT = 20
STALE_SQN = 0
_SRES_FUNCTIONS = (1, 2)


@dataclass(frozen=True, slots=True)
class KeySearch:
    """What was found. `challenges` is how many AUTHENTICATE commands the card has run for it."""

    found: CardRecord | None
    candidates: int
    challenges: int
    how: str
    card_sqn: int | None = None
    untried: int = 0


def find_key(
    session: Session,
    model: CardModel,
    records: Sequence[CardRecord],
    *,
    iccid: str = "",
    limit: int = AKA_LIMIT,
    progress: Progress | None = None,
) -> KeySearch:
    """The record whose keys the card holds. Those with its own ICCID are tried first, at most `limit` by AKA.

    Raises `RefusedError` when the card wants the user's PIN first.
    """
    with_keys = [record for record in records if record.subscription.k is not None]
    ordered = sorted(with_keys, key=lambda record: record.iccid.digits != iccid)
    rand = secrets.token_bytes(RAND_LENGTH)
    answer = _gsm_answer(session, model, rand)
    challenges = 0 if answer is None else 1
    matching = [record for record in ordered if answer is not None and _answers(record.subscription, rand, answer)]
    places = () if session.is_sim else applications(model)
    if not places:
        found = matching[0] if matching else None
        return KeySearch(found, len(ordered), challenges, "by one challenge of the GSM algorithm")
    first = [*matching, *(record for record in ordered if record not in matching)]
    tried = [record for record in first if aka_algorithm(record.subscription) is not None]
    enter(session, model, places[0])
    for number, record in enumerate(tried[:limit]):
        if progress:
            progress(record.iccid.digits, number, min(limit, len(tried)))
        algorithm = aka_algorithm(record.subscription)
        if algorithm is None:
            continue
        reply = ask(session, algorithm, places[0], STALE_SQN)
        challenges += 1
        if reply.verdict.key_is_right:
            how = "by AKA" + (", picked out by one GSM challenge" if record in matching else "")
            return KeySearch(record, len(ordered), challenges, how, reply.card_sqn)
        if reply.verdict is Verdict.REFUSED:
            break
    if matching:
        return KeySearch(matching[0], len(ordered), challenges, "by the GSM algorithm only: AKA has another key")
    untried = 0 if answer is not None else max(0, len(tried) - limit)
    return KeySearch(None, len(ordered), challenges, "", untried=untried)


def _gsm_answer(session: Session, model: CardModel, rand: bytes) -> tuple[bytes, bytes] | None:
    """SRES and Kc for one challenge; None where the card has no GSM context."""
    try:
        if session.is_sim:
            session.select_path(model.file(DF_GSM).fid.to_bytes(2), what=str(DF_GSM))
            return session.run_gsm_algorithm(rand)
        places = _gsm_applications(model)
        if not places:
            return None
        enter(session, model, places[0])
        return session.authenticate_gsm(rand, what=str(places[0]))
    except StatusError:
        return None


def _gsm_applications(model: CardModel) -> tuple[FilePath, ...]:
    specs: Iterable[FilePath] = (
        spec.application for spec in model.authentication if spec.gsm_files and model.file(spec.application).aid
    )
    return tuple(specs)


def _answers(subscription: Subscription, rand: bytes, answer: tuple[bytes, bytes]) -> bool:
    """Whether these keys give this answer, under the record's algorithm in any of its GSM forms."""
    k = subscription.key.reveal()
    if subscription.algorithm in COMP128:
        return comp128(COMP128[subscription.algorithm], k, rand) == answer
    algorithm = aka_algorithm(subscription)
    tuak = subscription.settings.tuak
    if algorithm is None or (tuak is not None and not tuak.has_gsm):
        return False
    triplets = [gsm_triplet(algorithm, rand, function) for function in _SRES_FUNCTIONS]
    if any((triplet.sres, triplet.kc) == answer for triplet in triplets):
        return True
    return subscription.algorithm == "xor" and xor_2g(k, rand) == answer
