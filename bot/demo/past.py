"""The two years before the story: the people of the demonstration have worked together for a while."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import config
from bot.database import Database
from bot.demo.history.build import build
from bot.demo.history.sizes import DEMO, Staff
from bot.people.models import Person, Role
from integrations.sandbox.teams.personas import DEFAULT_PERSONAS

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.demo.history.build import Built

WORKERS = ("sales_lead", "project_manager", "engineer", "cto", "cpo")
"""Who enters hours: the five of the story."""


def begin_of_past(now: datetime) -> datetime:
    """When the people must have their roles, so that nothing happened before."""
    return now - timedelta(weeks=DEMO.weeks + 1)


def give_past(database_url: str, now: datetime) -> Built:
    """Write the past of the known people into their database, up to the week of ``now``."""
    database = Database(database_url)
    try:
        return database.write_now(lambda session: write_past(session, now))
    finally:
        database.close()


def write_past(session: Session, now: datetime) -> Built:
    """:func:`give_past` in the caller's transaction."""
    return build(session, DEMO, _staff(session), until=now.date(), company=config.default())


def _staff(session: Session) -> Staff:
    known = {person.entra_object_id: person.id for person in session.scalars(sa.select(Person))}
    ids = {persona.key: known[persona.aad_object_id] for persona in DEFAULT_PERSONAS if persona.aad_object_id in known}
    return Staff(
        approvers={Role.CTO: ids["cto"], Role.CPO: ids["cpo"], Role.CEO: ids["ceo"]},
        leads=(ids["sales_lead"],),
        managers=(ids["project_manager"],),
        workers=tuple(ids[key] for key in WORKERS),
        key_user=ids["key_user"],
    )
