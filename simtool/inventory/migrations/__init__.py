"""Alembic's history of the tables. A published migration never changes; a new one is added."""
