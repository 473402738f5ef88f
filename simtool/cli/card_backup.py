"""`simtool card backup`, `restore` and `diff`: a card's content kept, brought back and compared."""

from __future__ import annotations

import typing
from dataclasses import replace
from pathlib import Path

import click

from simtool.cli.card_options import YES, Desk, agreed, on_card, progress
from simtool.cli.outcome import ExitCode, Outcome, command, table
from simtool.errors import InputError, RefusedError

if typing.TYPE_CHECKING:
    from simtool.perso.technician.diff import Comparison, Side
    from simtool.perso.technician.restore import Restore

READERS = ("pcsc:", "soft:", "replay:")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@on_card
@command
def backup(file: Path, desk: Desk) -> Outcome:
    """Keep all of the card that can be read in FILE (new, mode 0600). With its ADM that includes keys and PINs."""
    from simtool.perso.technician.backup import check_new, save, take

    check_new(file)
    with desk.open() as (card, model):
        credentials = desk.given(card, model)
        taken = take(card, model, credentials=credentials, min_tries=desk.min_tries, progress=progress("reading"))
    save(taken, file)
    has_secrets = taken.has_secrets(model)
    lines = [f"{taken.product} {taken.iccid}: {len(taken.image.paths)} files, {len(taken.image.units)} units in {file}"]
    lines.append(
        "it holds keys and PINs: keep it as you keep the keys" if has_secrets else "it holds no keys and no PINs"
    )
    closed = [row for row in taken.unread if row[1].startswith("needs ")]
    if closed:
        pins = sorted({reason.removeprefix("needs ") for _, reason in closed})
        lines.append(f"{len(closed)} files are not in it because they need {'; '.join(pins)}:")
        lines += [f"  {path}" for path, _ in closed[:8]] + (["  …"] if len(closed) > 8 else [])
        lines.append("next:  with --record FILE or --from-env ADM1=NAME the backup is complete")
    value = {
        "file": str(file),
        "product": taken.product,
        "iccid": taken.iccid,
        "units": len(taken.image.units),
        "has_secrets": has_secrets,
        "sha256": taken.image.digest(),
        "not_read": dict(taken.unread),
    }
    return Outcome("\n".join(lines), value)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@on_card
@click.option(
    "--to-another-card",
    is_flag=True,
    help="Give the content to a card with another ICCID, which it keeps, like its PINs.",
)
@click.option("--same-card", is_flag=True, help="It is the same card: its ICCID was changed since, and goes back too.")
@click.option("--as-far-as-possible", is_flag=True, help="Leave out what cannot be written instead of refusing.")
@click.option("--plan", "only_plan", is_flag=True, help="Show what would be written, and write nothing.")
@YES
@command
def restore(
    file: Path, desk: Desk, to_another_card: bool, same_card: bool, as_far_as_possible: bool, only_plan: bool, yes: bool
) -> Outcome:
    """Bring the card back to the backup in FILE: shows the plan, asks, writes, and reads back."""
    from simtool.perso.apply import Options, apply
    from simtool.perso.read import read_iccid
    from simtool.perso.technician.backup import load
    from simtool.perso.technician.change import pins_for, remaining
    from simtool.perso.technician.restore import check_belongs, files_to_restore, finish, plan_restore

    kept = load(file)
    with desk.open() as (card, model):
        check_belongs(model, read_iccid(card, model).digits, kept, to_another_card=to_another_card, same_card=same_card)
        differing = files_to_restore(card, model, kept, desk.given(card, model), min_tries=desk.min_tries)
        credentials = desk.complete(
            card, model, lambda held: pins_for(card, model, differing, held), f"restoring {len(differing)} files"
        )
        way = plan_restore(
            card,
            model,
            kept,
            credentials,
            to_another_card=to_another_card,
            same_card=same_card,
            as_far_as_possible=as_far_as_possible,
            min_tries=desk.min_tries,
            progress=progress("reading"),
        )
        text, value = _restore_text(way), _restore_value(way)
        if not way or only_plan:
            return Outcome(text, value | {"done": not way})
        click.echo(text, err=True)
        if not agreed(f"write this to card {way.change.plan.card_iccid}?", yes):
            raise RefusedError("nothing was written", hint="say --yes to write without being asked")
        report = apply(way.change.plan, card, Options(min_tries=desk.min_tries, progress=progress("writing")))
        rest = remaining(card, way.change, min_tries=desk.min_tries)
        finish(card, way, credentials, min_tries=desk.min_tries)
    problems = [str(mismatch) for mismatch in (*report.mismatches, *rest)]
    end = "\n".join(problems) or "read back: the card holds what the backup holds"
    value |= {"done": True, "end": report.end.value, "mismatches": problems}
    return Outcome(f"{report}\n{end}", value, ExitCode.DIFFERENT if problems else ExitCode.DONE)


def _restore_text(way: Restore) -> str:
    plan = way.change.plan
    lines = []
    if plan:
        rows = [(str(number), step.place, step.action) for number, step in enumerate(plan.steps, 1)]
        lines.append(f"{plan.model.name} {plan.card_iccid}: {len(plan.writes)} writes")
        lines.append(table(rows, head=("", "where", "what")))
    else:
        lines.append(f"{plan.model.name} {plan.card_iccid}: nothing to change")
    if way.switch_off:
        lines.append(f"switched off again: {', '.join(map(str, way.switch_off))}")
    if way.changes_pins:
        lines.append("PIN codes go back to those of the backup: note which ones they are")
    if way.left_out:
        lines.append("stays as it is:")
        lines += [f"  {place}: {reason}" for place, reason in way.left_out]
    return "\n".join(lines)


def _restore_value(way: Restore) -> dict[str, typing.Any]:
    plan = way.change.plan
    return {
        "iccid": plan.card_iccid,
        "steps": [{"place": step.place, "action": step.action} for step in plan.steps],
        "switch_off": [str(path) for path in way.switch_off],
        "left_out": dict(way.left_out),
        "changes_pins": way.changes_pins,
    }


@click.command()
@click.argument("things", metavar="LEFT RIGHT", nargs=2)
@click.option("--record", "record_file", type=click.Path(path_type=Path), help="Record file: the card's own data.")
@click.option("--from-env", multiple=True, metavar="PIN=NAME", help="Take a PIN or ADM from a variable.")
@click.option("--product", help="Name the card product, where the card cannot be known by its ATR.")
@click.option("--min-tries", default=3, show_default=True, type=click.IntRange(1, 15), help="Send no PIN with fewer.")
@command
def diff(
    things: tuple[str, str],
    record_file: Path | None,
    from_env: tuple[str, ...],
    product: str | None,
    min_tries: int,
) -> Outcome:
    """Compare two of: a card (pcsc:0, soft:…), a backup file, a profile. Exit code 3 when they differ.

    \b
    simtool card diff pcsc:0 pcsc:1
    simtool card diff pcsc:0 before.json
    simtool card diff pcsc:0 profiles/full-mvno.yaml --record records.yaml
    """
    from simtool.perso.technician.diff import compare

    for name in things:
        if not _is_reader(name) and not Path(name).is_file():
            raise InputError("no such file", place=name, hint="a card is named by its reader, for example pcsc:0")
    if from_env and all(map(_is_reader, things)):
        raise InputError(
            "each of two cards has its own PINs, --from-env gives one", hint="give --record FILE with both records"
        )
    desks = {name: Desk(name, product, record_file, from_env, min_tries) for name in things}
    profiles = [name for name in things if _is_profile(name)]
    if len(profiles) == 2:
        raise InputError("two profiles are compared as text", hint="name a reader or a backup on one side")
    if profiles:
        (other,) = [name for name in things if name not in profiles]
        content, wish = _content_and_wish(desks[other], profiles[0])
        left, right = (wish, content) if things[0] == profiles[0] else (content, wish)
    else:
        left, right = (_side(desks[name]) for name in things)
    comparison = compare(left, right)
    code = ExitCode.DIFFERENT if comparison else ExitCode.DONE
    return Outcome(_comparison_text(comparison), _comparison_value(comparison), code)


def _is_reader(name: str) -> bool:
    return name.startswith(READERS)


def _is_profile(name: str) -> bool:
    from simtool.perso.technician.backup import is_backup

    return not _is_reader(name) and not is_backup(Path(name))


def _side(desk: Desk) -> Side:
    """A card or a backup, all of it."""
    from simtool.files.product import load as load_product
    from simtool.perso.read import read_iccid, read_image
    from simtool.perso.technician.backup import load as load_backup
    from simtool.perso.technician.diff import Side

    if not _is_reader(desk.reader):
        kept = load_backup(Path(desk.reader))
        return Side(desk.reader, load_product(kept.product), kept.image)
    with desk.open() as (card, model):
        desk = _without_foreign_record(desk, read_iccid(card, model).digits)
        image = read_image(
            card, model, credentials=desk.given(card, model), min_tries=desk.min_tries, progress=progress("reading")
        )
    return Side(desk.reader, model, image)


def _without_foreign_record(desk: Desk, iccid: str) -> Desk:
    """Of two cards one may have a record and the other none: then it is read without its PINs."""
    try:
        desk.record_of(iccid)
    except InputError:
        return replace(desk, record_file=None)
    return desk


def _content_and_wish(desk: Desk, profile_name: str) -> tuple[Side, Side]:
    """A card or backup, and what the profile wants of just this one."""
    from simtool.perso.profile import Profile
    from simtool.perso.read import read_image
    from simtool.perso.technician.diff import Side, wish_side
    from simtool.perso.technician.own import OwnData, read_own

    profile = Profile.load(Path(profile_name))
    if not _is_reader(desk.reader):
        side = _side(desk)
        own = OwnData(side.model, side.image)
        return side, wish_side(profile_name, profile, own, desk.record_of(own.iccid))
    with desk.open() as (card, model):
        credentials = desk.given(card, model)
        own = read_own(card, model, credentials)
        wish = wish_side(profile_name, profile, own, desk.record(card, model))
        image = read_image(
            card, model, only=wish.image.units, credentials=credentials, min_tries=desk.min_tries,
            progress=progress("reading"),
        )  # fmt: skip
    return Side(desk.reader, model, image), wish


def _comparison_text(comparison: Comparison) -> str:
    from simtool.perso.technician.show import shortened

    left, right = comparison.left.name, comparison.right.name
    found = comparison.differences
    lines = [f"{comparison.compared} units compared, {len(found)} differ" if found else
             f"{comparison.compared} units compared, all equal"]  # fmt: skip
    for item in found:
        lines.append(f"{item.unit}" + (f"  ({item.why})" if item.why else ""))
        lines.append(f"  {left}: {shortened(item.left, 100)}")
        lines.append(f"  {right}: {shortened(item.right, 100)}")
    if comparison.not_compared:
        lines.append(f"not compared: {len(comparison.not_compared)} files")
        reasons: dict[str, list[str]] = {}
        for path, reason in comparison.not_compared:
            reasons.setdefault(reason, []).append(path)
        for reason, paths in reasons.items():
            lines.append(f"  {reason}: {', '.join(paths[:4])}{' …' if len(paths) > 4 else ''}")
    return "\n".join(lines)


def _comparison_value(comparison: Comparison) -> dict[str, typing.Any]:
    return {
        "left": comparison.left.name,
        "right": comparison.right.name,
        "compared": comparison.compared,
        "equal": not comparison,
        "differences": [
            {"unit": str(item.unit), "left": item.left_value, "right": item.right_value, "why": item.why}
            for item in comparison.differences
        ],
        "not_compared": dict(comparison.not_compared),
    }
