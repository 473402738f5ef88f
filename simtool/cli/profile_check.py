"""`simtool profile lint`, `explain` and `schema`: what is wrong, where values come from, and the grammar."""

from __future__ import annotations

import typing
from pathlib import Path

import click

from simtool.cli.outcome import ExitCode, Outcome, command, table

if typing.TYPE_CHECKING:
    from simtool.perso.lint import Finding

MODEL = click.option("--model", metavar="PRODUCT", help="The card product (simtool card models lists them).")
WIDTH = 48


@click.command("lint")
@click.argument("profiles", nargs=-1, required=True, type=click.Path(path_type=Path))
@MODEL
@click.option("--records", type=click.Path(path_type=Path), help="Records made for the profile (one profile only).")
@click.option("--strict", is_flag=True, help="A warning counts as an error.")
@command
def profile_lint(profiles: tuple[Path, ...], model: str | None, records: Path | None, strict: bool) -> Outcome:
    """Look at PROFILES with the eyes of phones, networks and the card product, alone and beside each other.

    docs/lint.md lists the rules. Exit code 1 if there is an error.
    """
    from simtool.files.product import load
    from simtool.perso.lint import RULES, Severity, lint
    from simtool.perso.profile import Profile
    from simtool.perso.record import load_records

    if records is not None and len(profiles) > 1:
        raise click.UsageError("--records belong to one profile")
    wanted = [Profile.load(path) for path in profiles]
    made = load_records(records) if records is not None else ()
    findings = lint(wanted, load(model) if model else None, records=made)
    bad = [finding for finding in findings if strict or finding.rule.severity is Severity.ERROR]
    lines = [line for finding in findings for line in (str(finding), f"    → {finding.rule.cure}")]
    where = f" for {model}" if model else ""
    looked_at = "1 profile" if len(profiles) == 1 else f"{len(profiles)} profiles"
    lines.append(f"{len(RULES)} rules on {looked_at}{where}: {len(findings)} findings, {len(bad)} to cure")
    value = {"findings": [_finding_value(finding) for finding in findings], "to_cure": len(bad)}
    return Outcome("\n".join(lines), value, ExitCode.ERROR if bad else ExitCode.DONE)


@click.command("explain")
@click.argument("profile", type=click.Path(path_type=Path))
@MODEL
@command
def profile_explain(profile: Path, model: str | None) -> Outcome:
    """Every effective value of PROFILE: where it is written or from what it is derived, and to which files it goes."""
    from simtool.files.product import load
    from simtool.perso.effective import effective_values
    from simtool.perso.profile import Profile

    values = effective_values(Profile.load(profile), load(model) if model else None)
    rows = [(item.name, _cut(item.value), item.source, ", ".join(item.files) or "–") for item in values]
    text = table(rows, head=("VALUE OF", "VALUE", "FROM", f"FILES{f' OF {model}' if model else ''}"))
    return Outcome(
        text,
        [{"name": v.name, "value": v.value, "source": v.source, "files": list(v.files)} for v in values],
    )


@click.command("schema")
@click.option("--out", type=click.Path(path_type=Path), help="Write it into this file.")
@command
def profile_schema(out: Path | None) -> Outcome:
    """The grammar of profiles as a JSON Schema, for editors.

    The first line of a profile names it: # yaml-language-server: $schema=profile.schema.json
    """
    import json

    from simtool.errors import InputError
    from simtool.perso.schema import profile_schema as schema

    value = schema()
    text = json.dumps(value, indent=1, ensure_ascii=False)
    if out is None:
        return Outcome(text, value)
    try:
        out.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(out)) from error
    return Outcome(f"the schema is in {out}", {"file": str(out)})


def _finding_value(finding: Finding) -> dict[str, str]:
    rule = finding.rule
    return {
        "rule": rule.number,
        "title": rule.title,
        "severity": rule.severity.value,
        "place": finding.place,
        "field": finding.field,
        "detail": finding.detail,
        "why": rule.why,
        "cure": rule.cure,
        "clause": rule.clause,
    }


def _cut(text: str) -> str:
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"
