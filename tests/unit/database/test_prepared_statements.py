"""Prepared statements give what an ordinary execution gives, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from bot import audit
from bot.database import UtcDateTime
from bot.offers.models import NumberSequence
from bot.people.models import Person, Role, RoleGrant
from bot.statements import Prepared

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.database import Database

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ADD = Prepared(
    sa.insert(Person)
    .values(
        {
            column: sa.bindparam(column)
            for column in (
                "tenant_id",
                "entra_object_id",
                "name",
                "language",
                "time_zone",
                "country",
                "guest",
                "profile_set",
                "created_at",
                "updated_at",
            )
        }
    )
    .returning(Person.id, Person.created_at)
)
GRANT = Prepared(
    sa.insert(RoleGrant).values(
        {name: sa.bindparam(name) for name in ("person_id", "role", "valid_from", "valid_to", "granted_by_id")}
    )
)
HELD = Prepared(
    sa.select(RoleGrant.role, RoleGrant.valid_from, RoleGrant.valid_to, Person.name, Person.guest)
    .join(Person, Person.id == RoleGrant.person_id)
    .where(RoleGrant.role == Role.CTO, RoleGrant.person_id == sa.bindparam("person"))
)


SAMPLE = sa.Table(
    "sample",
    sa.MetaData(),
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("words", sa.Text),
    sa.Column("amount", sa.Numeric(15, 2)),
    sa.Column("yes", sa.Boolean),
    sa.Column("at", UtcDateTime()),
    sa.Column("day", sa.Date),
    sa.Column("data", sa.JSON),
    sa.Column("measure", sa.Float),
    prefixes=["TEMPORARY"],
)
ROWS: list[tuple[Any, ...]] = [
    (1, "", Decimal("0.00"), False, NOW, date(2026, 12, 31), {}, 0.1 + 0.2),
    (2, None, None, None, None, None, None, None),
    (
        3,
        "emoji 🚀 \"quoted\" 'twice' \\ back [1,null] \u2028\u0301é",
        Decimal("9999999999999.99"),
        True,
        NOW,
        None,
        [],
        1e300,
    ),
    (2**63 - 1, "tab\tline\nreturn\r bell\x07 \x7f end", Decimal("-0.01"), True, None, None, {"é": [1, None]}, 5e-324),
    (-(2**63), "null", Decimal("123456789012.34"), False, NOW + timedelta(microseconds=1), None, "text", -1.5),
]


def somebody(session: Session, object_id: str = "object") -> int:
    values = {
        "tenant_id": "tenant",
        "entra_object_id": object_id,
        "name": "The CTO %s :x ?",
        "language": "fr",
        "time_zone": "Europe/Paris",
        "country": "FR",
        "guest": False,
        "profile_set": False,
        "created_at": NOW,
        "updated_at": NOW,
    }
    ((person_id, created_at),) = ADD.run(session, values)
    assert created_at == NOW
    return int(person_id)


def test_rows_are_those_of_an_ordinary_execution(database: Database) -> None:
    def work(session: Session) -> None:
        person_id = somebody(session)
        grant = {"person_id": person_id, "valid_from": NOW, "valid_to": None, "granted_by_id": None}
        for role in (Role.CTO, Role.CPO):
            assert not GRANT.run(session, {**grant, "role": role})
        found = HELD.run(session, {"person": person_id})
        assert found == [(Role.CTO, NOW, None, "The CTO %s :x ?", False)]
        ordinary = session.execute(HELD.statement, {"person": person_id}).all()
        assert found == [tuple(row) for row in ordinary]
        assert HELD.run(session, {"person": 0}) == []

    database.write_now(work)


@pytest.mark.parametrize("columns", [list(SAMPLE.c), list(SAMPLE.c)[:-1]], ids=["one by one", "as one array"])
def test_every_value_comes_back_as_it_was_stored(database: Database, columns: list[sa.Column[Any]]) -> None:
    """SQLite's JSON rounds a float, so a select with one is not asked for as an array."""
    asked = Prepared(sa.select(*columns).where(SAMPLE.c.id == sa.bindparam("id")))

    def work(session: Session) -> None:
        SAMPLE.create(session.connection())
        for row in ROWS:
            session.execute(sa.insert(SAMPLE).values(row))
            (found,) = asked.run(session, {"id": row[0]})
            assert found == row[: len(columns)]
            assert list(map(type, found)) == list(map(type, row[: len(columns)]))
        SAMPLE.drop(session.connection())

    database.write_now(work)


def test_a_remembered_result_follows_the_database(database: Database) -> None:
    remembered = Prepared(HELD.statement, remembered=4)

    def work(session: Session) -> None:
        person_id = somebody(session)
        assert list(remembered.run(session, {"person": person_id})) == []
        grant = {"person_id": person_id, "role": Role.CTO, "valid_from": NOW, "valid_to": None, "granted_by_id": None}
        GRANT.run(session, grant)
        row = (Role.CTO, NOW, None, "The CTO %s :x ?", False)
        assert list(remembered.run(session, {"person": person_id})) == [row]
        assert list(remembered.run(session, {"person": person_id})) == [row]
        session.execute(sa.update(RoleGrant).values(valid_to=NOW + timedelta(days=1)))
        ((*_, valid_to, _name, _guest),) = remembered.run(session, {"person": person_id})
        assert valid_to == NOW + timedelta(days=1)

    database.write_now(work)


def test_an_insert_gives_the_new_key(database: Database) -> None:
    def granted(session: Session) -> tuple[list[int], list[int]]:
        values = {"person_id": somebody(session), "valid_from": NOW, "valid_to": None, "granted_by_id": None}
        keys = [GRANT.insert(session, {**values, "role": role}) for role in (Role.CTO, Role.CPO)]
        return keys, list(session.scalars(sa.select(RoleGrant.id).order_by(RoleGrant.id)))

    keys, stored = database.write_now(granted)
    assert keys == stored
    assert len(keys) == len({Role.CTO, Role.CPO})


def test_json_is_stored_as_strictly_as_by_python_itself(database: Database) -> None:
    def kept(session: Session) -> Any:  # noqa: ANN401  JSON
        audit.record(
            session, now=NOW, action="a.b", subject="s", subject_id=1, after={"role": Role.CTO, "é": [1, None, 2.5]}
        )
        return session.scalar(sa.select(audit.AuditEvent.after))

    assert database.write_now(kept) == {"role": "cto", "é": [1, None, 2.5]}
    with pytest.raises(TypeError):
        database.write_now(
            lambda session: audit.record(session, now=NOW, action="a.b", subject="s", subject_id=1, after={"at": NOW})
        )


def test_what_is_no_member_of_a_closed_enumeration_is_not_written(database: Database) -> None:
    grant = {"person_id": 1, "role": "emperor", "valid_from": NOW, "valid_to": None, "granted_by_id": None}
    with pytest.raises(KeyError, match="emperor"):
        database.write_now(lambda session: GRANT.run(session, grant))


def test_errors_are_those_of_sqlalchemy_and_hide_the_values(database: Database) -> None:
    def work(session: Session) -> None:
        somebody(session)
        somebody(session)

    with pytest.raises(exc.IntegrityError) as refusal:
        database.write_now(work)
    assert "Europe/Paris" not in str(refusal.value).split("[SQL")[-1]
    count = sa.select(sa.func.count()).select_from(Person)
    assert database.read_now(lambda session: session.scalar(count)) == 0


def test_a_value_that_does_not_fit_is_refused_before_the_database(database: Database) -> None:
    later = Prepared(
        sa.update(NumberSequence)
        .where(NumberSequence.name == sa.bindparam("key"))
        .values(next_value=NumberSequence.next_value + 1)
    )
    assert database.write_now(lambda session: later.run(session, {"key": "x"})) == ()
    with pytest.raises((KeyError, exc.ProgrammingError)):
        database.write_now(lambda session: HELD.run(session, {}))
    with pytest.raises(ValueError, match="zone"):
        database.write_now(
            lambda session: GRANT.run(
                session,
                {
                    "person_id": 1,
                    "role": Role.CTO,
                    "valid_from": NOW.replace(tzinfo=None),
                    "valid_to": None,
                    "granted_by_id": None,
                },
            )
        )
