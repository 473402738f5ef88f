"""Range tickets between sites: giving numbers away, and taking them in, each once."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, insert, select

from simtool.batch.numbering import NumberKind, NumberRange
from simtool.batch.ticket import RangeTicket, read_ticket, write_ticket
from simtool.errors import InputError, RefusedError
from simtool.inventory import tables
from simtool.inventory.inventory import Inventory, utc_now
from simtool.inventory.register import Holder, reserve
from simtool.inventory.vault import SIGNING

ID_BYTES = 16


def issue_ticket(
    inventory: Inventory, recipient: bytes, ranges: tuple[tuple[NumberKind, NumberRange], ...]
) -> tuple[RangeTicket, str]:
    """Reserve ranges for another site, for good; gives the ticket and its signed text.

    Raises `RefusedError` when a number is taken: nothing is reserved then.
    """
    ticket = RangeTicket(secrets.token_hex(ID_BYTES), recipient, utc_now(), ranges)
    with inventory.act() as act:
        inventory.store.lock_register(act.connection)
        text = write_ticket(ticket, inventory.vault.key(act.connection, SIGNING))
        row = {"id": ticket.id, "issued_here": True, "partner": recipient.hex(), "text": text}
        act.connection.execute(insert(tables.tickets).values(row))
        for kind, item in ranges:
            reserve(act.connection, Holder(ticket_id=ticket.id), kind, item)
        numbers = ", ".join(f"{kind.name} {item}" for kind, item in ranges)
        act.note("ticket issued", ticket.id, f"to {recipient.hex()}: {numbers}")
    return ticket, text


def accept_ticket(inventory: Inventory, text: str, issuer: bytes) -> RangeTicket:
    """Take in a ticket that `issuer` has signed for this site.

    Raises `AuthenticationError` for a changed ticket, `RefusedError` for another site's and for one that was taken in
    before.
    """
    ticket = read_ticket(text, issuer)
    with inventory.act() as act:
        inventory.store.lock_register(act.connection)
        if ticket.recipient != inventory.vault.site_key(act.connection):
            raise RefusedError("the ticket is for another site", hint="have one issued for this site's key")
        table = tables.tickets
        if act.connection.execute(select(table.c.id).where(table.c.id == ticket.id)).first() is not None:
            raise RefusedError(f"ticket {ticket.id} was taken in before", hint="simtool batch create --ticket uses it")
        row = {"id": ticket.id, "issued_here": False, "partner": issuer.hex(), "text": text}
        act.connection.execute(insert(table).values(row))
        act.note("ticket accepted", ticket.id, f"from {issuer.hex()}")
    return ticket


def accepted_ticket(connection: Connection, ticket_id: str) -> RangeTicket:
    """A ticket that was taken in here; its signature is checked again. Raises `InputError`, `AuthenticationError`."""
    table = tables.tickets
    query = select(table.c.text, table.c.partner).where(table.c.id == ticket_id, ~table.c.issued_here)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise InputError(f"no ticket {ticket_id!r} was accepted here", hint="simtool inventory ticket accept FILE")
    return read_ticket(row.text, bytes.fromhex(row.partner))
