"""Challenging one application of a card with the keys of a record, and telling what its answer means (TS 33.102 §6.3).

A technician's view: `simtool.perso.proof` says yes or no for a finished card, this says which side is wrong: the key,
the sequence number, or the card's state.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import Enum

from simtool.card.session import Session, SyncFailure
from simtool.crypto.aka import AkaAlgorithm, Vector, make_vector, open_auts
from simtool.crypto.sqn import next_sqn
from simtool.errors import AuthenticationError, InputError, RefusedError, StatusError
from simtool.files.path import FilePath
from simtool.files.product import CardModel
from simtool.perso.authorise import SAFE_TRIES, present_pin
from simtool.perso.proof import AMF, MAC_FAILURE, PROOF_IND, RAND_LENGTH, aka_algorithm
from simtool.perso.record import Credential, Subscription
from simtool.perso.technician.rights import open_now

USER_PIN = "PIN1"
NOT_YET = (0x6982, 0x6985)


class Verdict(Enum):
    """What the card made of a challenge."""

    ACCEPTED = "the card accepted the challenge and answered as expected"
    OTHER_ANSWER = "the card accepted the challenge, but answered with other values"
    OUT_OF_STEP = "K and OPc are right; the sequence number was not fresh for the card"
    WRONG_KEY = "the card holds another K or OPc"
    FOREIGN_AUTS = "the card asks for resynchronisation, but not with this K and OPc"
    REFUSED = "the card refused the command"

    @property
    def key_is_right(self) -> bool:
        return self in (Verdict.ACCEPTED, Verdict.OUT_OF_STEP)


@dataclass(frozen=True, slots=True)
class Answer:
    """One AUTHENTICATE and what came of it. `card_sqn` is the card's own highest SQN, where it told."""

    application: FilePath
    verdict: Verdict
    sqn: int
    card_sqn: int | None = None
    detail: str = ""

    @property
    def words(self) -> str:
        told = f", the card is at {self.card_sqn}" if self.card_sqn is not None else ""
        more = f" ({self.detail})" if self.detail else ""
        return f"SQN {self.sqn}{told}: {self.verdict.value}{more}"


def applications(model: CardModel) -> tuple[FilePath, ...]:
    """The applications that run AKA."""
    return tuple(spec.application for spec in model.authentication if model.file(spec.application).aid)


def ready(
    session: Session, model: CardModel, credentials: tuple[Credential, ...], *, min_tries: int = SAFE_TRIES
) -> None:
    """AUTHENTICATE wants the user's PIN first, where that is on (TS 31.102 §7.1.1)."""
    for credential in credentials:
        if credential.pin == USER_PIN and pin_is_needed(session, model):
            present_pin(session, USER_PIN, model.pin(USER_PIN).ref, credential.value, min_tries=min_tries)


def pin_is_needed(session: Session, model: CardModel) -> bool:
    """Whether the user's PIN is on and not presented yet. Spends no try."""
    has = any(pin.name == USER_PIN for pin in model.pins)
    return has and not open_now(session, model, (USER_PIN,))


def authenticate(
    session: Session, model: CardModel, subscription: Subscription, application: FilePath, *, resync: bool = True
) -> tuple[Answer, ...]:
    """Challenge one application; a second time, with the card's own SQN, when it is out of step and `resync`.

    The last answer's `sqn` has been used: the HLR goes on above it. Raises `InputError` for an algorithm without AKA.
    """
    algorithm = aka_algorithm(subscription)
    if algorithm is None or session.is_sim:
        raise InputError(
            f"{subscription.algorithm} on {model.name} runs no AKA",
            hint="simtool verify proves a 2G card by RUN GSM ALGORITHM",
        )
    enter(session, model, application)
    config = subscription.settings.sqn_config
    first = ask(session, algorithm, application, next_sqn(subscription.sqn, PROOF_IND, config))
    if first.verdict is not Verdict.OUT_OF_STEP or not resync or first.card_sqn is None:
        return (first,)
    return first, ask(session, algorithm, application, next_sqn(first.card_sqn, PROOF_IND, config))


def enter(session: Session, model: CardModel, application: FilePath) -> None:
    """Select an application. Raises `InputError` for what is none."""
    aid = model.file(application).aid
    if aid is None:
        raise InputError(f"{application} is no application of {model.name}")
    session.select_aid(aid, what=str(application))


def ask(session: Session, algorithm: AkaAlgorithm, application: FilePath, sqn: int) -> Answer:
    """One AUTHENTICATE to the selected application."""
    rand = secrets.token_bytes(RAND_LENGTH)
    vector = make_vector(algorithm, rand, sqn, AMF)
    try:
        answer = session.authenticate_3g(rand, vector.autn, what=str(application))
    except StatusError as error:
        if error.sw == MAC_FAILURE:
            return Answer(application, Verdict.WRONG_KEY, sqn)
        if error.sw in NOT_YET:
            raise RefusedError(str(error), hint="the user's PIN is on: give it with --from-env PIN1=NAME") from error
        return Answer(application, Verdict.REFUSED, sqn, detail=str(error))
    if isinstance(answer, SyncFailure):
        return _out_of_step(algorithm, application, vector, answer)
    right = (answer.res, answer.ck, answer.ik) == (vector.xres, vector.ck, vector.ik)
    return Answer(application, Verdict.ACCEPTED if right else Verdict.OTHER_ANSWER, sqn)


def _out_of_step(algorithm: AkaAlgorithm, application: FilePath, vector: Vector, answer: SyncFailure) -> Answer:
    try:
        card_sqn = open_auts(algorithm, vector.rand, answer.auts)
    except AuthenticationError:
        return Answer(application, Verdict.FOREIGN_AUTS, vector.sqn)
    return Answer(application, Verdict.OUT_OF_STEP, vector.sqn, card_sqn)
