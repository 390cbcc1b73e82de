"""The schema: every table in one place, and the runner of the migrations."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from bot import audit
from bot.activities import models as activities
from bot.clarifications import models as clarifications
from bot.clients import models as clients
from bot.database import PARTIAL, Base, make_engine
from bot.deadlines import models as deadlines
from bot.decisions import models as decisions
from bot.decisions import tickets
from bot.handover import models as handover
from bot.hours import models as hours
from bot.leads import models as leads
from bot.negotiations import models as negotiations
from bot.offers import models as offers
from bot.people import models as people
from bot.quotes import models as quotes
from bot.reports import models as reports
from bot.reviews import models as reviews
from bot.revision import is_current
from bot.sync import models as sync
from bot.tenders import models as tenders
from bot.trail import models as trail

MODELS = (
    activities,
    audit,
    clarifications,
    clients,
    deadlines,
    decisions,
    handover,
    hours,
    leads,
    negotiations,
    offers,
    people,
    quotes,
    reports,
    reviews,
    sync,
    tenders,
    tickets,
    trail,
)
"""Importing them fills :data:`metadata`."""

metadata = Base.metadata
for table in metadata.tables.values():
    for index in table.indexes:
        if PARTIAL in index.info:
            index.dialect_kwargs["postgresql_where"] = sa.text(index.info[PARTIAL])
MIGRATIONS = Path(__file__).parent / "migrations"


def configuration(url: str) -> Config:
    """Alembic's configuration for this database."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config


def upgrade(url: str) -> None:
    """Bring the database at ``url`` to the newest revision. Safe to repeat."""
    command.upgrade(configuration(url), "head")


def head() -> str | None:
    """The newest revision among the migrations."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


__all__ = ["MODELS", "configuration", "head", "is_current", "make_engine", "metadata", "upgrade"]
