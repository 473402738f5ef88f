"""`simtool applet domains` and `simtool applet keys`: who manages what on a card, and with which keys."""

from __future__ import annotations

import typing
from pathlib import Path

import click

from simtool.cli.card_options import YES, agreed
from simtool.cli.domain_options import DomainDesk, on_domain
from simtool.cli.outcome import Outcome, command, table
from simtool.errors import InputError, RefusedError

if typing.TYPE_CHECKING:
    from simtool.codec.globalplatform import KeyInformation
    from simtool.crypto.key_set import KeyCipher
    from simtool.files.product import CardModel
    from simtool.gp.key_change import Opens

_VERSION = click.IntRange(1, 127)
_PURPOSES = (
    (range(0x01, 0x10), "secured packets (OTA)"),
    (range(0x20, 0x30), "secure channel SCP02"),
    (range(0x30, 0x40), "secure channel SCP03"),
    (range(0x70, 0x71), "tokens"),
    (range(0x71, 0x72), "receipts"),
    (range(0x73, 0x74), "load file signatures (DAP)"),
)


@click.command()
@on_domain
@command
def domains(desk: DomainDesk) -> Outcome:
    """Show the card's security domains: what each may do, to whom it belongs, what belongs to it."""
    from simtool.codec.globalplatform import Privilege, Scope, state_name

    with desk.open(keys_needed=False) as (_, domain):
        registry = domain.registry()
    found = [] if registry.isd is None else [(registry.isd, Scope.ISSUER_SECURITY_DOMAIN)]
    found += [(one, Scope.APPLICATIONS) for one in registry.applications if Privilege.SECURITY_DOMAIN in one.privileges]
    rows, values = [], []
    for entry, scope in found:
        own = [one.aid for one in (*registry.applications, *registry.load_files) if one.security_domain == entry.aid]
        own = [aid for aid in own if aid != entry.aid]
        state = state_name(scope, entry.state, entry.privileges)
        names = [name for name in entry.privileges.names if name != "security domain"]
        above = entry.security_domain if entry.security_domain != entry.aid else b""
        rows.append((_hex(entry.aid), state, _hex(above) or "-", str(len(own)), ", ".join(names)))
        values.append(
            {
                "aid": _hex(entry.aid),
                "issuer": scope is Scope.ISSUER_SECURITY_DOMAIN,
                "state": state.lower(),
                "privileges": list(entry.privileges.names),
                "security_domain": _hex(above),
                "owns": [_hex(aid) for aid in own],
            }
        )
    head = ("domain", "state", "belongs to", "owns", "privileges")
    return Outcome(table(rows, head=head) or "the card shows no security domain", {"domains": values})


@click.group()
def keys() -> None:
    """Show and change the keys of a security domain."""


@keys.command("list")
@on_domain
@command
def list_(desk: DomainDesk) -> Outcome:
    """Show which keys the security domain has: versions, identifiers and kinds. No card shows the keys themselves."""
    with desk.open(keys_needed=False) as (_, domain):
        found = domain.key_information()
    rows = [
        (f"{key.version} ({key.version:02X})", str(key.identifier), _kind(key), _purpose(key.version)) for key in found
    ]
    values = [
        {
            "version": key.version,
            "identifier": key.identifier,
            "purpose": _purpose(key.version),
            "components": [{"type": f"{kind:02X}", "length": length} for kind, length in key.components],
        }
        for key in found
    ]
    text = table(rows, head=("version", "key", "kind", "for")) if rows else "the security domain has no keys of its own"
    return Outcome(text, {"keys": values})


@keys.command()
@click.argument("version", type=_VERSION)
@on_domain
@click.option("--replace", type=_VERSION, help="The key version whose place it takes; without it the set is new.")
@click.option(
    "--from", "file", type=click.Path(path_type=Path), help="The new set's file, where it is not that of --key-file."
)
@YES
@command
def put(version: int, desk: DomainDesk, replace: int | None, file: Path | None, yes: bool) -> Outcome:
    """Put the key set VERSION on the card, from a key file or the card's record (key_set_targets, then key_sets).

    The card's check values are compared; a set that opens a channel is then tried. Replacing keys has no way back.
    """
    from simtool.gp.key_change import plan_change
    from simtool.gp.keys import put_keys
    from simtool.gp.secure_channel import SecureLink

    if desk.diversification != "none":
        raise InputError("new keys are put as they stand", hint="give the card's own keys, without --diversification")
    new = desk.new_keys(version, file)
    with desk.open() as (model, domain):
        change = plan_change(domain.key_information(), new, replace, _opens(model))
        if change.replacing is not None and not agreed(f"{change.words}?", yes):
            raise RefusedError(
                f"nothing was done, this would {change.words}", hint="replacing has no way back; give --yes"
            )
        if not isinstance(domain.link, SecureLink):
            raise InputError("this needs the security domain's keys", hint="give --record FILE or --key-file FILE")
        put_keys(domain.link, new, replacing=change.replacing)
    if change.opens:
        with desk.open(keys=new):
            pass
    tried = "; it opens the security domain" if change.opens else ""
    value = {
        "version": new.version,
        "cipher": new.cipher.value,
        "replaced": change.replacing,
        "check_values": [one.hex().upper() for one in new.check_values],
        "opens": change.opens,
    }
    return Outcome(f"key set {new.version} is on the card{tried}. Keep it in the card's record (key_sets).", value)


def _opens(model: CardModel) -> Opens:
    """By the product's data; unknown products speak SCP02 and SCP03 under all versions but those of packets."""
    from simtool.crypto.key_set import KeyCipher
    from simtool.perso.application_wish import opens_channel

    def opens(version: int, cipher: KeyCipher) -> bool:
        return opens_channel(model, version, 2 if cipher is KeyCipher.DES else 3)

    return opens


def _kind(key: KeyInformation) -> str:
    """Kinds and lengths of a key's parts in words."""
    from simtool.codec.globalplatform import KeyType

    known = set(KeyType)
    parts = []
    for kind, length in key.components:
        name = KeyType(kind).name.replace("_", " ") if kind in known else f"type {kind:02X}"
        parts.append(f"{name}, {length} bytes")
    return "; ".join(parts)


def _purpose(version: int) -> str:
    return next((words for versions, words in _PURPOSES if version in versions), "")


def _hex(raw: bytes) -> str:
    return raw.hex().upper()
