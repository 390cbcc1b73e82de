"""One unit of work: durable when it returns, gone when it raises, never mixed with its neighbours."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import exc

from bot import audit, schema
from bot.errors import DatabaseUnavailable, NotFound
from bot.offers.models import NumberSequence
from bot.people.models import Person

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from bot.database import Database

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def add(session: Session, name: str) -> None:
    """Insert one sequence."""
    session.add(NumberSequence(name=name, next_value=1))


def names(session: Session) -> set[str]:
    """Every sequence."""
    return set(session.scalars(sa.select(NumberSequence.name)))


async def test_a_job_that_raises_leaves_nothing_and_its_neighbours_commit(database: Database) -> None:
    def refuse(session: Session) -> None:
        add(session, "refused")
        session.flush()
        raise NotFound

    results = await asyncio.gather(
        *(database.write(partial(add, name=f"kept{n}")) for n in range(20)),
        database.write(refuse),
        return_exceptions=True,
    )
    assert isinstance(results[-1], NotFound)
    assert await database.read(names) == {f"kept{n}" for n in range(20)}


async def test_a_violated_constraint_reaches_its_own_caller_only(database: Database) -> None:
    def same(session: Session) -> None:
        add(session, "same")

    results = await asyncio.gather(*(database.write(same) for _ in range(8)), return_exceptions=True)
    assert sum(result is None for result in results) == 1
    assert sum(isinstance(result, exc.IntegrityError) for result in results) == 7


async def test_simultaneous_increments_lose_nothing(database: Database) -> None:
    await database.write(lambda session: add(session, "counter"))

    def increment(session: Session) -> None:
        row = session.scalars(sa.select(NumberSequence).with_for_update()).one()
        row.next_value += 1

    await asyncio.gather(*(database.write(increment) for _ in range(50)))
    assert await database.read(lambda session: session.scalar(sa.select(NumberSequence.next_value))) == 51


async def test_a_job_finds_no_object_of_its_neighbour(database: Database) -> None:
    await database.write(lambda session: add(session, "counter"))
    kept: list[NumberSequence] = []

    def load(session: Session) -> int:
        row = session.scalars(sa.select(NumberSequence)).one()
        kept.append(row)
        session.info["left"] = True
        return row.next_value

    def raise_behind_the_session(session: Session) -> bool:
        session.connection().execute(sa.update(NumberSequence).values(next_value=NumberSequence.next_value + 1))
        return "left" in session.info

    def turns() -> list[Callable[[Session], object]]:
        return [job for _ in range(8) for job in (load, raise_behind_the_session)]

    answers = [await database.write(job) for job in turns()]
    if database.is_sqlite:
        # Started together they share one transaction, in their order.
        answers += await asyncio.gather(*(database.write(job) for job in turns()))
    expected = [seen for number in range(1, 17 if database.is_sqlite else 9) for seen in (number, False)]
    assert answers == expected
    assert len({id(row) for row in kept}) == len(kept)


async def test_the_writer_goes_on_after_a_transaction_that_could_not_begin(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL has no lock on the whole database")
    await database.write(lambda session: session.connection().exec_driver_sql("PRAGMA busy_timeout=0").close())
    with database.read_engine.connect() as other:
        driver = other.connection.dbapi_connection
        assert driver is not None
        driver.cursor().execute("PRAGMA query_only=OFF")
        driver.cursor().execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseUnavailable):
            await database.write(lambda session: add(session, "locked out"))
        driver.cursor().execute("ROLLBACK")
        other.invalidate()
    await database.write(lambda session: add(session, "after"))
    assert await database.read(names) == {"after"}


async def test_after_close_nothing_is_accepted(database: Database) -> None:
    database.close()
    with pytest.raises(DatabaseUnavailable):
        await database.write(names)


def test_readers_cannot_write_on_sqlite(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL readers share the writers' engine; a reader that writes is rolled back there")
    with pytest.raises(DatabaseUnavailable):
        database.read_now(lambda session: session.execute(sa.insert(NumberSequence).values(name="x", next_value=1)))


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET action = 'forged'", "DELETE FROM audit_event"])
def test_the_audit_trail_refuses_change(database: Database, statement: str) -> None:
    database.write_now(lambda session: audit.record(session, now=NOW, action="test.made", subject="test", subject_id=1))
    with pytest.raises(exc.DatabaseError, match="append-only"):
        database.write_now(lambda session: session.execute(sa.text(statement)))
    assert database.read_now(lambda session: session.scalar(sa.select(audit.AuditEvent.action))) == "test.made"


def test_naive_times_are_refused(database: Database) -> None:
    person = Person(tenant_id="t", entra_object_id="o", name="CTO", language="fr", time_zone="Europe/Paris")
    person.created_at, person.updated_at = datetime(2026, 1, 1), NOW  # noqa: DTZ001  the point of the test
    with pytest.raises(exc.StatementError, match="needs a zone"):
        database.write_now(lambda session: session.add(person))


def test_the_migrations_make_exactly_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
        assert schema.is_current(connection)
    schema.upgrade(database.url)
