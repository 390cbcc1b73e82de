"""Who an activity is from, as plain values; the same person as an object of the session where somebody asks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.people import service
from bot.people.identity import Identity, as_person, identify
from bot.people.models import Person

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.database import Database

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def _register(database: Database) -> int:
    def work(session: Session) -> int:
        person, _ = service.register(
            session, tenant_id="tenant", entra_object_id="object", name="CTO", now=NOW, locale="fr-FR"
        )
        return person.id

    return database.write_now(work)


def _identify(session: Session) -> Identity:
    found = identify(session, "tenant", "object")
    assert found is not None
    return found


def test_an_identity_says_what_the_row_says(database: Database) -> None:
    person_id = _register(database)

    def compared(session: Session) -> None:
        who, stored = _identify(session), session.get_one(Person, person_id)
        for name in ("id", "name", "teams_user_id", "language", "time_zone", "guest"):
            assert getattr(who, name) == getattr(stored, name)

    database.read_now(compared)


def test_nobody_else_is_identified(database: Database) -> None:
    _register(database)
    assert database.read_now(lambda session: identify(session, "another tenant", "object")) is None
    assert database.read_now(lambda session: identify(session, "tenant", "another")) is None


def test_a_remembered_identity_follows_the_row(database: Database) -> None:
    person_id = _register(database)
    assert not database.read_now(_identify).guest
    database.write_now(
        lambda session: session.execute(sa.update(Person).where(Person.id == person_id).values(guest=True))
    )
    assert database.read_now(_identify).guest


def test_as_an_object_a_person_can_be_changed(database: Database) -> None:
    _register(database)

    def change(session: Session) -> None:
        service.set_profile(
            session, as_person(session, _identify(session)), language="en", time_zone="Europe/Berlin", now=NOW
        )

    database.write_now(change)
    who = database.read_now(_identify)
    assert (who.language, who.time_zone) == ("en", "Europe/Berlin")


def test_identifying_makes_no_object_of_the_session(database: Database) -> None:
    _register(database)

    def objects(session: Session) -> int:
        _identify(session)
        return len(session.identity_map)

    assert database.read_now(objects) == 0
