"""The tables. `migrations` makes them; a test holds the two together.

The unique columns are the register: ICCID, IMSI, MSISDN and Ki fingerprint of everything that was ever made or taken
in. Rows of it are never deleted, not even when a card is destroyed or the keys of a batch are purged; that is why cards
and subscriptions do without foreign keys, whose checks cost time on every new record and would never find anything. A
subscription whose keys stay with a host has no fingerprint.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
CARD_ID = BigInteger().with_variant(Integer(), "sqlite")  # only INTEGER is SQLite's own row number
NUMBER_BITS = 32
"""A card's id is its batch's id, then its number in the batch in so many bits."""

metadata = MetaData(naming_convention=NAMES)

site = Table(
    "site",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("uid", Text, nullable=False),
    Column("created", Text, nullable=False),
    Column("escrow_public", LargeBinary),
)

vault_keys = Table(
    "vault_keys",
    metadata,
    Column("name", Text, primary_key=True),
    Column("keeper", Text, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("escrowed", LargeBinary),
)

batches = Table(
    "batches",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("uid", Text, nullable=False, unique=True),
    Column("customer", Text, nullable=False),
    Column("profile", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("spare_percent", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("made", Integer, nullable=False),
    Column("derived", Boolean, nullable=False),
    Column("created", Text, nullable=False),
)

tickets = Table(
    "tickets",
    metadata,
    Column("id", Text, primary_key=True),
    Column("issued_here", Boolean, nullable=False),
    Column("partner", Text, nullable=False),
    Column("text", Text, nullable=False),
)

reservations = Table(
    "reservations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("first", Text, nullable=False),
    Column("last", Text, nullable=False),
    Column("batch_id", Integer, ForeignKey("batches.id")),
    Column("ticket_id", Text, ForeignKey("tickets.id")),
    Column("subscription", Integer, nullable=False),
    Column("plus", Boolean, nullable=False),
    Index(None, "kind", "first"),
    Index(None, "batch_id"),
)

layouts = Table(
    "layouts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("fields", Text, nullable=False, unique=True),
)

cards = Table(
    "cards",
    metadata,
    Column("id", CARD_ID, primary_key=True, autoincrement=False),
    Column("batch_id", Integer, nullable=False),
    Column("layout_id", Integer, nullable=False),
    Column("iccid", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("sealed", LargeBinary),
    Column("claim", Text),
    Column("lease_until", Float),
    Index(None, "batch_id", "state", "id"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("card_id", CARD_ID, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("imsi", Text, nullable=False, unique=True),
    Column("msisdn", Text, unique=True),
    Column("msisdn_plus", Boolean, nullable=False),
    Column("algorithm", Text, nullable=False),
    Column("sqn", BigInteger, nullable=False),
    Column("ki_fingerprint", LargeBinary, unique=True),
    sqlite_with_rowid=False,
)

audit = Table(
    "audit",
    metadata,
    Column("seq", CARD_ID, primary_key=True, autoincrement=False),
    Column("time", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("mac", LargeBinary, nullable=False),
    Index(None, "subject"),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("seq", CARD_ID, nullable=False),
    Column("mac", LargeBinary, nullable=False),
    Column("seal", LargeBinary, nullable=False),
)
