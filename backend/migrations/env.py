"""Alembic's entry: one online migration over the connection that `backend.schema` hands over."""

from __future__ import annotations

from alembic import context

from backend.registry import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
