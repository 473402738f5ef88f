"""`simtool card auth` and `which-key`: challenge a card with the keys of a record."""

from __future__ import annotations

import typing
from pathlib import Path

import click

from simtool.cli.card_options import Desk, on_card, progress
from simtool.cli.outcome import ExitCode, Outcome, command, table
from simtool.errors import InputError

if typing.TYPE_CHECKING:
    from simtool.card.session import Session
    from simtool.files.product import CardModel
    from simtool.perso.proof import Proof
    from simtool.perso.record import CardRecord
    from simtool.perso.technician.challenge import Answer


@click.command()
@on_card
@click.option("--application", default="", help="ADF.USIM, ADF.ISIM …; all of the card without it.")
@click.option("--resync/--no-resync", default=True, help="Go on with the card's own SQN when out of step.")
@command
def auth(desk: Desk, application: str, resync: bool) -> Outcome:
    """Challenge the card with the K and OPc of its record, and say what the answer means."""
    from simtool.perso.proof import prove
    from simtool.perso.technician.challenge import applications, authenticate
    from simtool.perso.technician.names import resolve_path

    with desk.open() as (card, model):
        record = desk.record(card, model)
        if record is None:
            raise InputError("the keys come from a record", hint="give --record FILE")
        _present_pin(desk, card, model)
        places = [resolve_path(model, application)] if application else list(applications(model))
        if not places:
            return _by_gsm_algorithm(record, prove(card, model, record.subscription)[0])
        answers: list[Answer] = []
        current = record
        for place in places:
            found = authenticate(card, model, current.subscription, place, resync=resync)
            answers += found
            current = current.with_sqn(max((current.subscription.sqn, *_used(found))))
    accepted = {answer.application: answer.verdict.name == "ACCEPTED" for answer in answers}
    good = bool(accepted) and all(accepted.values())
    _keep_sqn(desk, current)
    rows = [(str(answer.application), answer.words) for answer in answers]
    value = {
        "iccid": record.iccid.digits,
        "good": good,
        "answers": [
            {
                "application": str(answer.application),
                "verdict": answer.verdict.name.lower(),
                "sqn": answer.sqn,
                "card_sqn": answer.card_sqn,
                "detail": answer.detail,
            }
            for answer in answers
        ],
        "sqn": current.subscription.sqn,
    }
    end = f"SQN {current.subscription.sqn} is used; it stands in {desk.record_file}, the HLR starts above it"
    if not any(_used(tuple(answers))):
        end = "no sequence number was used; compare the record with the card: simtool card which-key"
    return Outcome(f"{table(rows)}\n{end}", value, ExitCode.DONE if good else ExitCode.DIFFERENT)


def _by_gsm_algorithm(record: CardRecord, proofs: tuple[Proof, ...]) -> Outcome:
    """A classic SIM knows no sequence numbers: it is challenged with RUN GSM ALGORITHM."""
    good = bool(proofs) and all(proof.ok for proof in proofs)
    answers = [
        {
            "application": str(proof.application),
            "verdict": "accepted" if proof.ok else "other_answer",
            "detail": proof.detail,
        }
        for proof in proofs
    ]
    text = "\n".join(map(str, proofs)) or "this card runs no algorithm of the record"
    value = {"iccid": record.iccid.digits, "good": good, "answers": answers, "sqn": record.subscription.sqn}
    return Outcome(text, value, ExitCode.DONE if good else ExitCode.DIFFERENT)


def _used(answers: tuple[Answer, ...]) -> list[int]:
    """The sequence numbers that the card has taken or is at."""
    right = [answer for answer in answers if answer.verdict.key_is_right]
    return [sqn for answer in right for sqn in (answer.sqn, answer.card_sqn) if sqn is not None]


@click.command("which-key")
@click.option("--records", "records_file", required=True, type=click.Path(path_type=Path), help="Records to try.")
@on_card
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="Records to try by AKA at most.")
@command
def which_key(records_file: Path, desk: Desk, limit: int) -> Outcome:
    """Find the record whose K and OPc the card holds. Costs no PIN or ADM tries.

    Where the card has a GSM context, one challenge is compared with all records. Otherwise each record tried is one
    AUTHENTICATE; some cards count these over their life, so --limit keeps them few.
    """
    from simtool.perso.read import read_iccid
    from simtool.perso.record import load_records
    from simtool.perso.technician.which_key import find_key

    records = load_records(records_file)
    with desk.open() as (card, model):
        iccid = read_iccid(card, model).digits
        _present_pin(desk, card, model)
        result = find_key(card, model, records, iccid=iccid, limit=limit, progress=progress("trying"))
    cost = f"{result.challenges} AUTHENTICATE, no tries spent; a card that counts authentications has counted these"
    value: dict[str, typing.Any] = {"card": iccid, "records": len(records), "challenges": result.challenges}
    if result.found is None:
        more = f"; {result.untried} more were not tried: --limit {limit + result.untried}" if result.untried else ""
        return Outcome(
            f"none of the {len(records)} records holds the keys of card {iccid}{more}\n{cost}",
            value | {"found": None, "untried": result.untried},
            ExitCode.DIFFERENT,
        )
    found = result.found
    rows = [("card in the reader", iccid), *_found_rows(found, iccid), ("found", result.how)]
    if result.card_sqn is not None:
        rows.append(("card's SQN", f"{result.card_sqn} (the record says {found.subscription.sqn})"))
    value |= {
        "found": {"iccid": found.iccid.digits, "imsi": found.subscription.imsi.digits, "how": result.how},
        "card_sqn": result.card_sqn,
    }
    return Outcome(f"{table(rows)}\n{cost}", value)


def _found_rows(found: CardRecord, iccid: str) -> list[tuple[str, str]]:
    subscription = found.subscription
    keys = [("K", subscription.k), *([("OPc", subscription.opc)] if subscription.opc else [])]
    values = ", ".join(f"{name} {key.kcv().hex()}" for name, key in keys)
    same = "" if found.iccid.digits == iccid else "  ← not the card's own record"
    return [
        ("its keys are those of", f"{found.iccid.digits}{same}"),
        ("IMSI of that record", subscription.imsi.digits),
        ("algorithm", subscription.algorithm),
        ("check values", values),
    ]


def _present_pin(desk: Desk, card: Session, model: CardModel) -> None:
    """AUTHENTICATE wants the user's PIN where that is on."""
    from simtool.perso.technician.challenge import USER_PIN, pin_is_needed, ready

    if pin_is_needed(card, model):
        credentials = desk.complete(card, model, lambda held: () if USER_PIN in held else (USER_PIN,), "authentication")
        ready(card, model, credentials, min_tries=desk.min_tries)


def _keep_sqn(desk: Desk, used: CardRecord) -> None:
    """The HLR must start above the SQN used, so it goes back into the record."""
    from simtool.perso.record import load_records, save_records

    if desk.record_file is None:
        return
    records = load_records(desk.record_file)
    kept = tuple(used if record.iccid == used.iccid else record for record in records)
    save_records(kept, desk.record_file, overwrite=True)
