"""Alembic's entry: runs the migrations on one connection, in one transaction, and makes the views anew."""

from __future__ import annotations

from alembic import context

from bot.database import make_engine
from bot.reports import star_schema
from bot.schema import metadata

engine = make_engine(context.config.attributes["url"])
try:
    with engine.begin() as connection:
        # A migration cannot change what a view is built upon. Should it fail, the views are back as they were.
        grants = star_schema.take_down(connection)
        context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
        context.run_migrations()
        if context.get_context().get_current_revision() == context.get_head_revision():
            star_schema.put_up(connection, grants)
finally:
    engine.dispose()
