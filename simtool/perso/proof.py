"""The proof by authentication: keys cannot be read back, so the card has to show that it holds them.

A challenge is computed from the record's own keys; the card must answer with the right RES, CK and IK (TS 33.102 §6.3).
In the GSM context it must answer with the right SRES and Kc.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ParamSpec, TypeVar

from simtool.card.commands.base import FID_ADF
from simtool.card.session import Authenticated, CommandClass, Session, SyncFailure
from simtool.crypto.aka import AkaAlgorithm, gsm_triplet, make_vector, open_auts
from simtool.crypto.comp128 import comp128
from simtool.crypto.milenage import Milenage
from simtool.crypto.sqn import SqnConfig, next_sqn
from simtool.crypto.tuak import Tuak
from simtool.crypto.xor import Xor3g, xor_2g
from simtool.errors import AuthenticationError, StatusError
from simtool.files.path import FilePath
from simtool.files.product import AuthenticationSpec, CardModel
from simtool.perso.aka_settings import MilenageSettings, TuakSettings
from simtool.perso.authorise import SAFE_TRIES, present_pin
from simtool.perso.image import CardImage
from simtool.perso.keys import algorithm_in, key_paths, unreadable_keys
from simtool.perso.read import SECURITY_STATUSES
from simtool.perso.record import CardRecord, Credential, Subscription

AMF = bytes.fromhex("8000")  # separation bit set, as an EPS or 5GS core does (TS 33.102 Annex H)
RAND_LENGTH = 16
PROOF_IND = 0  # the index of TS 33.102 Annex C.1.1.2 under which our own challenges run
MAC_FAILURE = 0x9862
DF_GSM = FilePath("MF/DF.GSM")
PIN1 = "PIN1"
_P = ParamSpec("_P")
_T = TypeVar("_T")
COMP128 = {"comp128v1": 1, "comp128v2": 2, "comp128v3": 3}


@dataclass(frozen=True, slots=True)
class Proof:
    """One challenge and what came of it."""

    application: FilePath
    context: str
    ok: bool
    detail: str

    def __str__(self) -> str:
        return f"{self.application} {self.context}: {'proved' if self.ok else 'NOT proved'}, {self.detail}"


def aka_algorithm(subscription: Subscription) -> AkaAlgorithm | None:
    """The 3G algorithm of a subscription, None if it has only a 2G one."""
    k = subscription.key.reveal()
    opc = subscription.opc.reveal() if subscription.opc else b""
    match subscription.algorithm:
        case "milenage":
            own = subscription.settings.milenage or MilenageSettings()
            return Milenage(k, opc, own.r, own.c)
        case "tuak":
            sizes = subscription.settings.tuak or TuakSettings()
            return Tuak(
                k, opc, keccak_iterations=sizes.keccak_iterations, mac_bits=sizes.mac_bits, res_bits=sizes.res_bits,
                ck_bits=sizes.ck_ik_bits, ik_bits=sizes.ck_ik_bits,
            )  # fmt: skip
        case "xor":
            return Xor3g(k)
    return None


def prove(
    session: Session,
    model: CardModel,
    subscription: Subscription,
    credentials: tuple[Credential, ...] = (),
    *,
    min_tries: int = SAFE_TRIES,
) -> tuple[tuple[Proof, ...], int]:
    """Challenge every application of the product that authenticates. Returns the proofs and the highest SQN used.

    Where the card asks for PIN1 first, that of the `credentials` is presented; raises as `present_pin` does.
    """
    proofs: list[Proof] = []
    opener = _Opener(session, model, next((item for item in credentials if item.pin == PIN1), None), min_tries)
    sqn = subscription.sqn
    algorithm = aka_algorithm(subscription)
    gsm = _gsm_context(session, model, subscription)
    in_aka = [spec for spec in model.authentication if spec.application.application is not None]
    if algorithm is not None and not session.is_sim:
        for spec in sorted(in_aka, key=lambda spec: not _is_current(session, model, spec.application)):
            if algorithm_in(spec.application, subscription, model, is_gsm=False) is None:
                continue
            _enter(session, model, spec.application)
            run = opener.opening(session.authenticate_3g)
            proof, sqn = _prove_aka(run, spec, algorithm, sqn, subscription.settings.sqn_config)
            proofs.append(proof)
            if gsm is not None and gsm[0] == spec.application:
                proofs.append(_prove_gsm(opener.opening(session.authenticate_gsm), *gsm, subscription))
                gsm = None
    if gsm is not None:
        proofs.append(_prove_gsm_alone(opener, *gsm, subscription))
    return tuple(proofs), sqn


@dataclass(frozen=True, slots=True)
class _Opener:
    """Presents PIN1 where the card asks for it before it authenticates (TS 31.102 §7.1.2, TS 51.011 §9.2.16)."""

    session: Session
    model: CardModel
    pin1: Credential | None
    min_tries: int

    def opening(self, run: Callable[_P, _T]) -> Callable[_P, _T]:
        """`run`, and again with PIN1 if the card did not let it."""

        def attempt(*args: _P.args, **kwargs: _P.kwargs) -> _T:
            try:
                return run(*args, **kwargs)
            except StatusError as error:
                if self.pin1 is None or error.sw not in SECURITY_STATUSES:
                    raise
            ref = self.model.pin(PIN1).ref
            present_pin(self.session, PIN1, ref, self.pin1.value, min_tries=self.min_tries)
            return run(*args, **kwargs)

        return attempt


def _is_current(session: Session, model: CardModel, application: FilePath) -> bool:
    return session.selection.aid == model.file(application).aid and session.selection.directory[0] == FID_ADF


def _enter(session: Session, model: CardModel, application: FilePath) -> None:
    if not _is_current(session, model, application):
        session.select_aid(model.file(application).aid or b"", what=str(application))


def _gsm_context(session: Session, model: CardModel, subscription: Subscription) -> tuple[FilePath, str] | None:
    """Where the GSM algorithm runs and under which name: in the USIM if the product has it there, else in DF.GSM."""
    if subscription.settings.tuak is not None and not subscription.settings.tuak.has_gsm:
        return None
    in_usim = next((spec.application for spec in model.authentication if spec.gsm_files), None)
    application = DF_GSM if session.is_sim or in_usim is None else in_usim
    algorithm = algorithm_in(application, subscription, model, is_gsm=True)
    if algorithm is None or (application == DF_GSM and "gsm" not in model.classes):
        return None
    return application, algorithm


def _prove_gsm_alone(opener: _Opener, application: FilePath, algorithm: str, subscription: Subscription) -> Proof:
    """The GSM context of an application, or RUN GSM ALGORITHM of the classic SIM.

    A UICC that has done with class 00 is reset before it is spoken to in class A0: a session is one or the other.
    """
    session, model = opener.session, opener.model
    if application != DF_GSM:
        _enter(session, model, application)
        return _prove_gsm(opener.opening(session.authenticate_gsm), application, algorithm, subscription)
    if not session.is_sim:
        session.reset()
    spoken = session.command_class
    session.command_class = CommandClass.SIM
    try:
        session.select_path(model.file(DF_GSM).fid.to_bytes(2), what=str(DF_GSM))
        return _prove_gsm(opener.opening(session.run_gsm_algorithm), DF_GSM, algorithm, subscription)
    finally:
        session.command_class = spoken


def _prove_aka(
    run: Callable[[bytes, bytes], Authenticated | SyncFailure],
    spec: AuthenticationSpec,
    algorithm: AkaAlgorithm,
    sqn: int,
    config: SqnConfig,
) -> tuple[Proof, int]:
    """One challenge, and a second one after a resynchronisation if the card asks for it (TS 33.102 §6.3.5)."""
    for attempt in ("fresh", "resynchronised"):
        rand = secrets.token_bytes(RAND_LENGTH)
        sqn = next_sqn(sqn, PROOF_IND, config)
        vector = make_vector(algorithm, rand, sqn, AMF)
        try:
            answer = run(rand, vector.autn)
        except StatusError as error:
            if error.sw == MAC_FAILURE:
                return Proof(spec.application, "AKA", False, "the card holds another K or OPc"), sqn
            return Proof(spec.application, "AKA", False, str(error)), sqn
        if isinstance(answer, SyncFailure):
            try:
                sqn = open_auts(algorithm, rand, answer.auts)
            except AuthenticationError:
                return Proof(spec.application, "AKA", False, "the card's AUTS does not fit the record's keys"), sqn
            continue
        ok = (answer.res, answer.ck, answer.ik) == (vector.xres, vector.ck, vector.ik)
        detail = f"RES, CK and IK {'as expected' if ok else 'differ'}, SQN {sqn} ({attempt})"
        return Proof(spec.application, "AKA", ok, detail), sqn
    return Proof(spec.application, "AKA", False, "the card asked twice for resynchronisation"), sqn


def _prove_gsm(
    run: Callable[[bytes], tuple[bytes, bytes]], application: FilePath, name: str, subscription: Subscription
) -> Proof:
    rand = secrets.token_bytes(RAND_LENGTH)
    algorithm = aka_algorithm(subscription)
    if name == "xor-2g":
        expected = xor_2g(subscription.key.reveal(), rand)
    elif algorithm is not None:
        triplet = gsm_triplet(algorithm, rand)
        expected = triplet.sres, triplet.kc
    else:
        expected = comp128(COMP128[subscription.algorithm], subscription.key.reveal(), rand)
    try:
        answer = run(rand)
    except StatusError as error:
        return Proof(application, "GSM", False, str(error))
    ok = answer == expected
    return Proof(application, "GSM", ok, f"SRES and Kc {'as expected' if ok else 'differ'}")


def known_by_proof(
    session: Session, model: CardModel, record: CardRecord, desired: CardImage, current: CardImage
) -> tuple[CardImage, CardRecord]:
    """`current` with key files that cannot be read taken as wanted, where the card proves that it holds these keys.

    Only asks the card when such a file exists. Returns the record with the SQN that this used up.
    """
    unread = {
        unit
        for unit in desired.units
        if unit not in current.units and unit.path in unreadable_keys(model) and unit.path not in current.deactivated
    }
    if not unread:
        return current, record
    proofs, sqn = prove(session, model, record.subscription, record.credentials)
    failed = {proof.application for proof in proofs if not proof.ok}
    proved = {proof.application for proof in proofs if proof.ok} - failed
    vouched = frozenset[FilePath]().union(*(key_paths(model, application) for application in proved))
    doubted = frozenset[FilePath]().union(*(key_paths(model, application) for application in failed))
    units = {unit: desired.units[unit] for unit in unread if unit.path in vouched - doubted}
    return replace(current, units={**current.units, **units}), record.with_sqn(sqn)
