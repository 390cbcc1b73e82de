"""What an older database holds is still there, and complete, after the newest migration."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic import command

from bot import schema
from bot.database import Database
from bot.leads.models import Lead, Over
from bot.offers.models import Offer, OriginKind, StageStep, Weighting
from bot.sync.ledger import want
from bot.sync.models import Kind, LedgerRow, LedgerState
from tests.databases import POSTGRES_URL, _execute

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOMENT = "2026-11-23 22:30:00+00:00"
OLD = (
    (
        "INSERT INTO person (id, tenant_id, entra_object_id, name, language, time_zone, country, guest, profile_set,"
        " created_at, updated_at) VALUES (7, 't', 'o', 'Engineer', 'fr', 'Europe/Paris', 'FR', false, false, :at, :at)"
    ),
    (
        "INSERT INTO offer (id, chrono, number, title, search_text, owner_id, stage, outcome, opened_at, revision,"
        " updated_at) VALUES (3, 1, 'S580', 'Heat shield', 'heat shield', 7, 'PRE', 'open', :at, 4, :at)"
    ),
    "INSERT INTO stage_step (id, offer_id, stage, entered_at, cause) VALUES (1, 3, 'PRE', :at, 'round')",
    (
        "INSERT INTO ledger (id, system, kind, subject_id, target, wanted_version, done_version, state, attempts,"
        " not_before, updated_at) VALUES (9, 'teams', 'shared_card', 5, 'channel', 2, 1, 'pending', 0, :at, :at)"
    ),
)


@pytest.fixture(params=["sqlite", "postgresql"])
def first_schema(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with the first schema and a few rows."""
    name = f"offerdesk_old_{uuid.uuid4().hex[:12]}"
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'old.db'}"
    else:
        request.getfixturevalue("postgres_template")
        _execute(f"CREATE DATABASE {name}")
        url = sa.make_url(POSTGRES_URL).set(database=name).render_as_string(hide_password=False)
    command.upgrade(schema.configuration(url), "0001")
    engine = schema.make_engine(url)
    moment = MOMENT if request.param == "postgresql" else MOMENT[:19] + ".000000"
    with engine.begin() as connection:
        for statement in OLD:
            connection.execute(sa.text(statement), {"at": moment} if ":at" in statement else {})
    engine.dispose()
    yield url
    if request.param == "postgresql":
        _execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_old_rows_are_complete_after_the_upgrade(first_schema: str) -> None:
    schema.upgrade(first_schema)
    database = Database(first_schema)
    try:
        offer = database.read_now(lambda session: session.get_one(Offer, 3))
        step = database.read_now(lambda session: session.get_one(StageStep, 1))
        row = database.read_now(lambda session: session.get_one(LedgerRow, 9))
        database.write_now(lambda session: want(session, Kind.REVIEW_CARD, 1, now=offer.opened_at))
    finally:
        database.close()
    assert (offer.number, offer.currency, offer.weighting, offer.origin) == (
        "S580",
        "EUR",
        Weighting.CUMULATIVE,
        OriginKind.MANUAL,
    )
    assert (str(offer.opened_on), offer.opened_by_id, offer.success_by_hand) == ("2026-11-23", 7, False)
    assert (str(step.entered_on), step.done, step.post_award) == ("2026-11-23", False, False)
    assert (row.kind, row.wanted_version, row.state) == (Kind.SHARED_CARD, 2, LedgerState.PENDING)


def test_who_decided_about_a_lead_is_copied_from_the_trail(first_schema: str) -> None:
    command.upgrade(schema.configuration(first_schema), "0004")
    engine = schema.make_engine(first_schema)
    lead = (
        "INSERT INTO lead (id, title, origin, currency, owner_id, dropped_at, offer_id, created_at, revision,"
        " updated_at) VALUES ({id}, 'A rover', 'fair', 'EUR', 7, {dropped}, {offer}, :at, 1, :at)"
    )
    told = (
        "INSERT INTO audit_event (at, actor_id, action, subject, subject_id)"
        " VALUES (:at, 7, 'lead.{step}', 'lead', {id})"
    )
    moment = MOMENT if "postgresql" in first_schema else MOMENT[:19] + ".000000"
    with engine.begin() as connection:
        for number, step, dropped, offer in ((1, "picked_up", "NULL", "3"), (2, "dropped", ":at", "NULL")):
            given = {"at": moment}
            connection.execute(sa.text(lead.format(id=number, dropped=dropped, offer=offer)), given)
            connection.execute(sa.text(told.format(id=number, step=step)), given)
    engine.dispose()
    schema.upgrade(first_schema)
    database = Database(first_schema)
    try:
        leads = database.read_now(lambda session: list(session.scalars(sa.select(Lead).order_by(Lead.id))))
    finally:
        database.close()
    assert [(lead.decided_by_id, lead.over) for lead in leads] == [(7, Over.OPEN)] * 2
    assert [lead.picked_up_at for lead in leads] == [datetime(2026, 11, 23, 22, 30, tzinfo=UTC), None]


def test_the_new_schema_keeps_what_guarded_the_old_one(first_schema: str) -> None:
    schema.upgrade(first_schema)
    engine = schema.make_engine(first_schema)
    with engine.begin() as connection:
        for kind in Kind:
            connection.execute(sa.text("UPDATE ledger SET kind = :kind"), {"kind": kind.value})
    found = sa.inspect(engine)
    assert "ix_ledger_due" in {index["name"] for index in found.get_indexes("ledger")}
    with engine.connect() as connection, pytest.raises(sa.exc.IntegrityError):
        connection.execute(sa.text("UPDATE ledger SET kind = 'carrier_pigeon'"))
    with engine.connect() as connection, pytest.raises(sa.exc.IntegrityError):
        connection.execute(sa.text("UPDATE ledger SET done_version = 3"))
    engine.dispose()
