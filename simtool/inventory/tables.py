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
    Column("holder", Text),
    Index(None, "batch_id", "state", "id"),
)
"""`holder` is who has the record, as STATION/SLOT; with a quarantined one, who had it when its lease ran out while its
card was being written: just these may be gone on with. A record that nobody has has none.
"""

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

visits = Table(
    "visits",
    metadata,
    Column("id", CARD_ID, primary_key=True),
    Column("card_id", CARD_ID, nullable=False),
    Column("batch_id", Integer, nullable=False),
    Column("chip", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("station", Text, nullable=False),
    Column("slot", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("began", Text, nullable=False),
    Column("ended", Text, nullable=False),
    Column("end", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("busy", Float, nullable=False),
    Column("work", Float, nullable=False),
    Column("tpdus", Integer, nullable=False),
    Column("wire_bytes", BigInteger, nullable=False),
    Column("writes", Integer, nullable=False),
    Column("repowered", Integer, nullable=False),
    Column("reseated", Integer, nullable=False),
    Column("checked", Text, nullable=False),
    Index(None, "card_id", "id"),
    Index(None, "chip", "card_id"),
    Index(None, "batch_id", "id"),
)
"""A card at a slot, from before its first write; `ended` and `end` are empty while it is there."""

first_articles = Table(
    "first_articles",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("batch_id", Integer, nullable=False),
    Column("product", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("iccid", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", Text, nullable=False),
    Column("decision", Integer, nullable=False),
    Column("why", Text, nullable=False),
    Column("sheet", Text, nullable=False),
    Index(None, "batch_id", "product"),
)
"""`decision` counts the decisions of a batch from 1, whatever the clocks say; 0: waiting."""

operators = Table(
    "operators",
    metadata,
    Column("key", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("pin", Text, nullable=False),
)
"""`key` is the name with all its letters alike, `pin` a salted hash (`simtool.inventory.people`)."""

wrong_pins = Table(
    "wrong_pins",
    metadata,
    Column("key", Text, primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("locked_until", Float),
)
"""Wrong PINs in a row for an operator, or for one of the places that names of nobody share."""

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
