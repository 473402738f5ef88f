"""`simtool vault …` and `simtool audit …`: the keys that protect records, and the log of what was done with them."""

from __future__ import annotations

from pathlib import Path

import click

from simtool.cli.batch import PATH
from simtool.cli.inventory_options import Place, at_inventory, read_text
from simtool.cli.outcome import ExitCode, Outcome, command, table
from simtool.errors import InputError, RefusedError

TO = click.option("--to", required=True, metavar="KEEPER", help="file:PATH, keyring:NAME or pkcs11:… for the new key.")


@click.group()
def vault() -> None:
    """Make, rotate, escrow and purge the keys that protect card records. Keys are never shown."""


@vault.command()
@click.option("--existing-key", is_flag=True, help="Take the key-encryption key that is there already.")
@at_inventory
@command
def init(place: Place, existing_key: bool) -> Outcome:
    """Make a new inventory: database, keys, audit log."""
    from simtool.inventory.inventory import Inventory
    from simtool.perso.memory.state_folder import state_folder

    folder, who = state_folder(), place.person()
    made = Inventory.create(folder, url=place.url, vault=place.vault, who=who, existing_key=existing_key)
    with made, made.store.read() as connection:
        site = made.vault.site_key(connection).hex()
        text = f"inventory {made.uid} in {made.store}\nkeys wrapped by {made.vault.keeper.id}\nsite key {site}"
        value = {"inventory": made.uid, "keeper": made.vault.keeper.id, "site_key": site}
    return Outcome(f"{text}\nnext: simtool vault split, so that a lost key does not lose everything", value)


@vault.command()
@at_inventory
@command
def show(place: Place) -> Outcome:
    """Show by what the keys are wrapped, and this site's public key."""
    from simtool.inventory.audit import head_of
    from simtool.inventory.vault import escrow_public

    with place.open() as opened, opened.store.read() as connection:
        seq, mac = head_of(connection)
        value = {
            "inventory": opened.uid,
            "keeper": opened.vault.keeper.id,
            "site_key": opened.vault.site_key(connection).hex(),
            "escrow": escrow_public(connection) is not None,
            "audit_entries": seq,
            "audit_head": mac.hex(),
        }
    return Outcome(table([(name.replace("_", " "), str(item)) for name, item in value.items()]), value)


@vault.command()
@click.option("--to", default="", metavar="KEEPER", help="file:PATH, keyring:NAME or pkcs11:… for the new key.")
@click.option("--batch", default="", help="Instead: a new data key for this batch.")
@at_inventory
@command
def rotate(place: Place, to: str, batch: str) -> Outcome:
    """Wrap all keys by a new key-encryption key, or give one batch a new data key."""
    from simtool.inventory.ending import rotate_batch
    from simtool.inventory.inventory import rotate_keeper

    if bool(to) == bool(batch):
        raise InputError("give either --to or --batch", field="--to")
    with place.open() as opened:
        if batch:
            count = rotate_batch(opened, batch)
            return Outcome(f"{count} cards of {batch} are under a new data key", {"batch": batch, "cards": count})
        before = opened.vault.keeper.id
        count = rotate_keeper(opened, to)
        after = opened.vault.keeper.id
    text = f"{count} keys are wrapped by {after} now; {before} opens nothing any more, name the new one with --vault"
    return Outcome(text, {"keys": count, "before": before, "after": after})


@vault.command()
@click.option("--shares", default=5, show_default=True, type=click.IntRange(2, 16), help="How many people get one.")
@click.option("--threshold", default=3, show_default=True, type=click.IntRange(2, 16), help="How many are needed.")
@click.option("--out", required=True, type=PATH, help="Folder for the shares, one new file each (mode 0600).")
@at_inventory
@command
def split(place: Place, shares: int, threshold: int, out: Path) -> Outcome:
    """Make an escrow key and split it, so that THRESHOLD people together can bring the vault back."""
    from simtool.inventory.inventory import split_escrow
    from simtool.perso.memory.state_folder import private_folder
    from simtool.perso.private_file import write_private

    files = [private_folder(out) / f"share-{number}-of-{shares}.txt" for number in range(1, shares + 1)]
    if any(path.exists() for path in files):
        raise InputError("there are shares in this folder", place=str(out), hint="choose another folder")
    with place.open() as opened:
        for path, words in zip(files, split_escrow(opened, shares, threshold), strict=True):
            write_private(path, words + "\n")
    text = f"{shares} shares are in {out}, any {threshold} of them bring the vault back. Give each to another person"
    return Outcome(f"{text} and delete it here.", {"folder": str(out), "shares": shares, "threshold": threshold})


@vault.command()
@click.argument("shares", nargs=-1, required=True, type=PATH)
@TO
@at_inventory
@command
def recover(place: Place, shares: tuple[Path, ...], to: str) -> Outcome:
    """Bring the vault back from files with SHARES, under a new key-encryption key."""
    from simtool.inventory.inventory import recover_vault
    from simtool.perso.memory.state_folder import state_folder

    count = recover_vault(state_folder(), place.url, [read_text(path) for path in shares], to, place.person())
    return Outcome(f"{count} keys are wrapped by {to} now; name it with --vault", {"keys": count})


@vault.command("purge-keys")
@click.argument("name")
@click.option("--confirm", default="", help="The name of the batch once more: this cannot be undone.")
@click.option("--receipt", required=True, type=PATH, help="New file for the signed receipt.")
@at_inventory
@command
def purge_keys(place: Place, name: str, confirm: str, receipt: Path) -> Outcome:
    """Destroy the keys of a closed batch, once everybody has his file."""
    from simtool.inventory.ending import purge_keys as purge
    from simtool.perso.private_file import write_private

    if confirm != name:
        raise RefusedError(f"the keys of {name} would be gone for good", hint=f"repeat with --confirm {name}")
    if receipt.exists():
        raise InputError("the file exists", place=str(receipt), hint="choose another name")
    with place.open() as opened:
        done = purge(opened, name)
    write_private(receipt, done.receipt)
    return Outcome(f"the keys of {done.cards} cards are gone; receipt: {receipt}", {"cards": done.cards})


@vault.command()
@click.argument("uri")
@command
def master(uri: str) -> Outcome:
    """Make a master key for derived batches in the token that URI (pkcs11:…) names."""
    from simtool.inventory.token import TokenMaster

    TokenMaster(uri, create=True).close()
    return Outcome("the token has a new master key; make a backup of the token", {"made": True})


@click.group()
def audit() -> None:
    """The log of everything done to records and keys."""


@audit.command()
@at_inventory
@command
def verify(place: Place) -> Outcome:
    """Check that no entry was changed, removed, added or moved, and that the log was not cut off."""
    with place.open() as opened:
        found = opened.verify_log()
    text = "\n".join((f"{found.entries} entries", *(found.problems or ("nothing was changed",))))
    value = {"entries": found.entries, "problems": list(found.problems)}
    return Outcome(text, value, ExitCode.DONE if found else ExitCode.DIFFERENT)


@audit.command("show")
@click.argument("subject")
@at_inventory
@command
def show_entries(place: Place, subject: str) -> Outcome:
    """Show what happened to one ICCID, batch, ticket or key."""
    from simtool.inventory.audit import history

    with place.open() as opened, opened.store.read() as connection:
        entries = history(connection, subject)
    rows = [(str(entry.seq), entry.time, entry.who, entry.place, entry.act, entry.detail) for entry in entries]
    head = ("entry", "when", "who", "where", "act", "detail")
    value = [dict(zip(head, row, strict=True)) for row in rows]
    return Outcome(table(rows, head=head) if rows else "nothing", {"entries": value})
