"""The proof by authentication: keys cannot be read back, so the card has to show that it holds them.

A challenge is computed from the record's own keys; the card must answer with the right RES, CK and IK (TS 33.102 §6.3).
In the GSM context it must answer with the right SRES and Kc.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from simtool.card.session import Session, SyncFailure
from simtool.crypto.aka import AkaAlgorithm, gsm_triplet, make_vector, open_auts
from simtool.crypto.comp128 import comp128
from simtool.crypto.milenage import Milenage
from simtool.crypto.sqn import next_sqn
from simtool.crypto.tuak import Tuak
from simtool.crypto.xor import Xor3g
from simtool.errors import AuthenticationError, StatusError
from simtool.files.path import FilePath
from simtool.files.product import AuthenticationSpec, CardModel
from simtool.perso.record import Subscription

AMF = bytes.fromhex("8000")  # separation bit set, as an EPS or 5GS core does (TS 33.102 Annex H)
RAND_LENGTH = 16
PROOF_IND = 0  # the index of TS 33.102 Annex C.1.1.2 under which our own challenges run
MAC_FAILURE = 0x9862
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
    k = subscription.k.reveal()
    opc = subscription.opc.reveal() if subscription.opc else b""
    match subscription.algorithm:
        case "milenage":
            return Milenage(k, opc)
        case "tuak":
            return Tuak(k, opc)
        case "xor":
            return Xor3g(k)
    return None


def prove(session: Session, model: CardModel, subscription: Subscription) -> tuple[tuple[Proof, ...], int]:
    """Challenge every application of the product that authenticates. Returns the proofs and the highest SQN used."""
    proofs: list[Proof] = []
    sqn = subscription.sqn
    algorithm = aka_algorithm(subscription)
    for spec in model.authentication:
        aid = model.file(spec.application).aid
        if aid is not None and algorithm is not None:
            session.select_aid(aid, what=str(spec.application))
            proof, sqn = _prove_aka(session, spec, algorithm, sqn)
            proofs.append(proof)
    gsm = next((spec for spec in model.authentication if spec.gsm_files and model.file(spec.application).aid), None)
    if gsm is not None:
        session.select_aid(model.file(gsm.application).aid or b"", what=str(gsm.application))
        proofs.append(_prove_gsm(session, gsm, subscription))
    return tuple(proofs), sqn


def _prove_aka(session: Session, spec: AuthenticationSpec, algorithm: AkaAlgorithm, sqn: int) -> tuple[Proof, int]:
    """One challenge, and a second one after a resynchronisation if the card asks for it (TS 33.102 §6.3.5)."""
    for attempt in ("fresh", "resynchronised"):
        rand = secrets.token_bytes(RAND_LENGTH)
        sqn = next_sqn(sqn, PROOF_IND)
        vector = make_vector(algorithm, rand, sqn, AMF)
        try:
            answer = session.authenticate_3g(rand, vector.autn)
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


def _prove_gsm(session: Session, spec: AuthenticationSpec, subscription: Subscription) -> Proof:
    rand = secrets.token_bytes(RAND_LENGTH)
    algorithm = aka_algorithm(subscription)
    if algorithm is not None:
        triplet = gsm_triplet(algorithm, rand)
        expected = triplet.sres, triplet.kc
    else:
        expected = comp128(COMP128[subscription.algorithm], subscription.k.reveal(), rand)
    try:
        answer = session.authenticate_gsm(rand)
    except StatusError as error:
        return Proof(spec.application, "GSM", False, str(error))
    ok = answer == expected
    return Proof(spec.application, "GSM", ok, f"SRES and Kc {'as expected' if ok else 'differ'}")
