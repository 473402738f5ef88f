"""What a station needs: who holds a record, cards' visits at its slots, first articles, operators."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add a column and four tables; nothing that was there changes."""
    op.add_column("cards", sa.Column("holder", sa.Text(), nullable=True))
    op.create_table(
        "visits",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("card_id", NUMBER, nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("chip", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("began", sa.Text(), nullable=False),
        sa.Column("ended", sa.Text(), nullable=False),
        sa.Column("end", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("busy", sa.Float(), nullable=False),
        sa.Column("work", sa.Float(), nullable=False),
        sa.Column("tpdus", sa.Integer(), nullable=False),
        sa.Column("wire_bytes", sa.BigInteger(), nullable=False),
        sa.Column("writes", sa.Integer(), nullable=False),
        sa.Column("repowered", sa.Integer(), nullable=False),
        sa.Column("reseated", sa.Integer(), nullable=False),
        sa.Column("checked", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
    )
    op.create_index(op.f("ix_visits_card_id_id"), "visits", ["card_id", "id"], unique=False)
    op.create_index(op.f("ix_visits_chip_card_id"), "visits", ["chip", "card_id"], unique=False)
    op.create_index(op.f("ix_visits_batch_id_id"), "visits", ["batch_id", "id"], unique=False)
    op.create_table(
        "first_articles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("iccid", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.Text(), nullable=False),
        sa.Column("decision", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_first_articles")),
    )
    op.create_index(op.f("ix_first_articles_batch_id_product"), "first_articles", ["batch_id", "product"], unique=False)
    op.create_table(
        "operators",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("pin", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_operators")),
    )
    op.create_table(
        "wrong_pins",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_wrong_pins")),
    )
