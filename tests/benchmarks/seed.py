"""Fills a database with what a company that votes has: people with roles, a tender channel, tenders under a vote."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import config
from bot.config import Company
from bot.database import Database
from bot.decisions import evaluations, rounds
from bot.decisions.rules import DecisionRules
from bot.people import conversations
from bot.people import service as people
from bot.people.models import ConversationKind, Person, Role
from bot.sync.models import LedgerRow, LedgerState
from bot.tenders import service as tenders
from bot.tenders.models import Source, Tender
from integrations.esa import read_saved
from tests.benchmarks import portal
from tests.benchmarks.identity import APP_ID, CHANNEL, TEAM, TENANT_ID, VOTER_OBJECT_ID

TOGETHER = 100
"""Rounds opened in one transaction."""
APPROVERS = {Role.CTO: 1, Role.CPO: 2, Role.CEO: 3}
SUMMARY = "A short study within our usual work."


def seed_rounds(url: str, service_url: str) -> list[int]:
    """Seed an empty, migrated database and give the ids of the open rounds, which stay open for days."""
    now, company = datetime.now(UTC), config.default()
    database = Database(url)
    try:
        owner_id = database.write_now(lambda session: _people(session, service_url, now))
        tender_ids = database.write_now(lambda session: _tenders(session, company, now))
        opened = [
            round_id
            for start in range(0, len(tender_ids), TOGETHER)
            for round_id in _open_rounds(database, tender_ids[start : start + TOGETHER], owner_id, company, now)
        ]
        database.write_now(_deliver)
    finally:
        database.close()
    return opened


def _people(session: Session, service_url: str, now: datetime) -> int:
    """Register the approvers, of whom the CTO is also the first admin, and make a channel the tender channel."""
    registered = {role: _person(session, role, last, service_url, now) for role, last in APPROVERS.items()}
    people.grant_first_admins(session, TENANT_ID, [VOTER_OBJECT_ID], now)
    cto = registered[Role.CTO]
    people.set_roles(session, person=cto, roles=[Role.CTO, Role.ADMIN], now=now, actor=None)
    for role in (Role.CPO, Role.CEO):
        people.set_roles(session, person=registered[role], roles=[role], now=now, actor=cto)
    channel = conversations.meet(
        session,
        tenant_id=TENANT_ID,
        teams_id=CHANNEL,
        kind=ConversationKind.CHANNEL,
        service_url=service_url,
        bot_id=f"28:{APP_ID}",
        now=now,
        team_id=TEAM,
    )
    session.flush()
    conversations.post_here(session, channel, cto, now)
    return cto.id


def _person(session: Session, role: Role, last: int, service_url: str, now: datetime) -> Person:
    person, _ = people.register(
        session,
        tenant_id=TENANT_ID,
        entra_object_id=VOTER_OBJECT_ID[:-1] + str(last),
        name=role.name,
        now=now,
        teams_user_id="29:voter" if role is Role.CTO else f"29:{role.value}",
        locale="fr-FR",
        time_zone="Europe/Paris",
    )
    session.flush()
    conversations.meet(
        session,
        tenant_id=TENANT_ID,
        teams_id=f"a:{role.value}",
        kind=ConversationKind.PERSONAL,
        service_url=service_url,
        bot_id=f"28:{APP_ID}",
        now=now,
        person=person,
    )
    return person


def _tenders(session: Session, company: Company, now: datetime) -> list[int]:
    records = read_saved(portal.answer(portal.PUBLISHED)).records
    tenders.take_in(session, Source.ESA, records, now=now, company=company)
    return list(session.scalars(sa.select(Tender.id).order_by(Tender.id)))


def _open_rounds(
    database: Database,
    tender_ids: Sequence[int],
    owner_id: int,
    company: Company,
    now: datetime,
) -> list[int]:
    rules = DecisionRules()

    def open_all(session: Session) -> list[int]:
        owner = people.by_id(session, owner_id)
        opened = []
        for tender_id in tender_ids:
            offer = tenders.evaluate(session, tender_id, owner, now, company)
            evaluations.one_line(session, offer.id, owner, SUMMARY, now, rules)
            opened.append(rounds.open_round(session, offer.id, owner, now, rules).id)
        return opened

    return database.write_now(open_all)


def _deliver(session: Session) -> None:
    """Let every message stand in Teams already, so that no backlog of the seeding runs beside the measurement."""
    remote = {"conversation": CHANNEL, "activity": "1795345169747"}
    done = {"done_version": LedgerRow.wanted_version, "state": LedgerState.OK, "remote": remote}
    session.execute(sa.update(LedgerRow).values(done))
