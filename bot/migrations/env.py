"""Alembic's entry: runs the migrations on one connection, one transaction each."""

from __future__ import annotations

from alembic import context

from bot.database import make_engine
from bot.schema import metadata

engine = make_engine(context.config.attributes["url"])
with engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=metadata, transaction_per_migration=True, render_as_batch=True
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
