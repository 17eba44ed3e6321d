"""Alembic's entry: migrates the connection that `schema.migrate` hands over, inside its transaction."""

from __future__ import annotations

from alembic import context

from collector.store.models import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
