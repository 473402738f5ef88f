"""Run by Alembic for each command, with the connection that `Store.upgrade` gives it."""

from __future__ import annotations

from alembic import context

from simtool.inventory.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
