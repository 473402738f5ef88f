"""`simtool aram …`: which of a phone's applications may do what with the card (carrier privileges)."""

from __future__ import annotations

import typing
from pathlib import Path

import click

from simtool.cli.card_options import YES, agreed
from simtool.cli.domain_options import DomainDesk, on_domain, parsed
from simtool.cli.outcome import ExitCode, Outcome, command, table
from simtool.errors import InputError, RefusedError

if typing.TYPE_CHECKING:
    from simtool.codec.se_access import AccessRule
    from simtool.gp.access_rules import RuleStore
    from simtool.gp.domain import SecurityDomain

_PATH = click.Path(path_type=Path)
_DIRECT = click.option("--direct", is_flag=True, help="Without keys, for cards that let anybody change rules.")
_RULE_OPTIONS = (
    click.option("--certificate", type=_PATH, help="APK, or certificate (PEM, DER), of the application's signer."),
    click.option("--hash", "digest", metavar="HEX", help="Hash of the signer's certificate instead."),
    click.option("--sha1", is_flag=True, help="Hash the certificate with SHA-1, for phones that know no SHA-256."),
    click.option("--package", default="", help="Only the application of this package name."),
    click.option("--aid", default="", metavar="AID", help="Only for this card application; for all without it."),
    click.option("--apdu", multiple=True, metavar="RULE", help="always, never or HEADER:MASK."),
    click.option("--nfc", type=click.Choice(["always", "never"]), help="NFC events."),
    click.option("--carrier-privileges", is_flag=True, help="Beside --apdu or --nfc; alone it is the default."),
)


def _with_rule(function: typing.Callable[..., typing.Any]) -> typing.Callable[..., typing.Any]:
    for option in reversed(_RULE_OPTIONS):
        function = option(function)
    return function


@click.group()
def aram() -> None:
    """Access rules for applications on the phone: carrier privileges, APDU and NFC access (ARA-M)."""


@aram.command("list")
@on_domain
@command
def list_(desk: DomainDesk) -> Outcome:
    """Show the rules on the card. Needs no keys."""
    rules = _read(desk)
    head = ("card application", "signer", "package", "APDU", "NFC", "permissions")
    return Outcome(table([_row(rule) for rule in rules], head=head) if rules else "no rules", _values(rules))


@aram.command()
@on_domain
@_with_rule
@_DIRECT
@command
def add(desk: DomainDesk, direct: bool, **fields: typing.Any) -> Outcome:
    """Add a rule for every signer of an APK or certificate; carrier privileges unless told otherwise."""
    rules = _rules(**fields)
    with desk.open(keys_needed=not direct) as (_, domain):
        store = _store(domain, direct)
        for rule in rules:
            store.add(rule)
    return Outcome("\n".join(f"added {' '.join(_row(rule))}" for rule in rules), _values(rules))


@aram.command()
@on_domain
@_with_rule
@_DIRECT
@YES
@command
def remove(desk: DomainDesk, direct: bool, yes: bool, **fields: typing.Any) -> Outcome:
    """Remove the rule that has exactly these fields. The others stay."""
    rules = _rules(**fields)
    lines = "\n".join(" ".join(_row(rule)) for rule in rules)
    if not agreed(f"{lines}\nRemove?", yes):
        raise RefusedError(f"nothing was removed of:\n{lines}", hint="give --yes")
    with desk.open(keys_needed=not direct) as (_, domain):
        store = _store(domain, direct)
        for rule in rules:
            store.remove(rule)
    return Outcome("\n".join(f"removed {line}" for line in lines.splitlines()), _values(rules))


@aram.command()
@click.argument("file", type=_PATH)
@on_domain
@command
def diff(file: Path, desk: DomainDesk) -> Outcome:
    """Compare the card's rules with those in FILE (YAML). Writes nothing."""
    from simtool.gp.access_rules import compare
    from simtool.perso.carrier_rules import load_rules

    difference = compare(_read(desk), load_rules(file))
    lines = [f"- {' '.join(_row(rule))}" for rule in difference.unwanted]
    lines += [f"+ {' '.join(_row(rule))}" for rule in difference.missing]
    value = {"missing": _values(difference.missing), "unwanted": _values(difference.unwanted)}
    code = ExitCode.DONE if difference.empty else ExitCode.DIFFERENT
    return Outcome("\n".join(lines) or "card and file have the same rules", value, code)


def _read(desk: DomainDesk) -> tuple[AccessRule, ...]:
    from simtool.gp.access_rules import read_rules

    with desk.desk.open() as (session, _):
        return read_rules(session)


def _store(domain: SecurityDomain, direct: bool) -> RuleStore:
    from simtool.gp.access_rules import RuleStore

    return RuleStore(domain, direct=direct)


def _rules(
    certificate: Path | None,
    digest: str | None,
    sha1: bool,
    package: str,
    aid: str,
    apdu: tuple[str, ...],
    nfc: str | None,
    carrier_privileges: bool,
) -> tuple[AccessRule, ...]:
    from simtool.gp.certificates import HashKind
    from simtool.perso.carrier_rules import ALWAYS, load_certificates, parse_apdu, rules_for
    from simtool.perso.sections.fields import parse_hex

    if certificate is not None and digest is not None:
        raise InputError("--certificate and --hash exclude each other")
    apps: tuple[bytes, ...] = (parsed("--hash", digest or "", parse_hex),)
    if certificate is not None:
        kind = HashKind.SHA1 if sha1 else HashKind.SHA256
        apps = tuple(one.digest(kind) for one in load_certificates(certificate))
    application = parsed("--aid", aid, parse_hex)
    rule = parsed("--apdu", apdu, parse_apdu)
    events = None if nfc is None else nfc == ALWAYS
    return parsed(
        "rule",
        apps,
        lambda signers: rules_for(
            signers, aid=application, package=package, apdu=rule, nfc=events, carrier=carrier_privileges
        ),
    )


def _row(rule: AccessRule) -> tuple[str, ...]:
    return (
        "selected by default" if rule.aid is None else rule.aid.hex().upper() or "all",
        rule.device_app.hex() or "all",
        rule.package or "any",
        _apdu(rule),
        {None: "-", True: "always", False: "never"}[rule.nfc],
        rule.permissions.hex() or "-",
    )


def _apdu(rule: AccessRule) -> str:
    if isinstance(rule.apdu, tuple):
        return ",".join(f"{one.header.hex().upper()}:{one.mask.hex().upper()}" for one in rule.apdu)
    return {None: "-", True: "always", False: "never"}[rule.apdu]


def _values(rules: tuple[AccessRule, ...]) -> list[dict[str, typing.Any]]:
    names = ("aid", "device_app", "package", "apdu", "nfc", "permissions")
    return [dict(zip(names, _row(rule), strict=True)) for rule in rules]
