"""The schema: every table in one place, and the runner of the migrations."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from bot import audit
from bot.database import Base, make_engine
from bot.decisions import models as decisions
from bot.decisions import tickets
from bot.offers import models as offers
from bot.people import models as people
from bot.revision import is_current
from bot.sync import models as sync
from bot.tenders import models as tenders

MODELS = (audit, decisions, offers, people, sync, tenders, tickets)
"""Importing them fills :data:`metadata`."""

metadata = Base.metadata
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
