"""The power goes while somebody says their hours: nothing is lost, nothing counts twice, and it is said again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot import config, crash
from bot.demo.cast import eventually
from bot.hours import service as hours
from bot.hours.models import HoursEntry, HoursWeek
from bot.hours.rules import monday_of
from bot.offers.models import Offer, TeamMember, TeamRole
from bot.sync.ledger import want
from bot.sync.models import Kind, LedgerRow, person_target
from bot.tenders import service as tenders
from cards.fields import hours_field
from cards.verbs import Verb
from integrations.sandbox.teams import activities
from tests.chaos.scene import MESSAGES
from tests.chaos.test_crash_life import Life, _people, _waiting, living
from tests.chaos.test_crash_points import _as_posted, _died, _leases_end, _meet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from bot.database import Database

pytestmark = pytest.mark.slow
WHO = "project_manager"
LAST_WEEK = 30
"""Quarter hours of the week before."""
TYPED = 22
AFTER_COMMIT = "vote.after_commit"
POINTS = sorted({AFTER_COMMIT} | {point for point in crash.POINTS if point.startswith("hours.")})
CASES = [("same", point) for point in POINTS]
CASES += [("final", POINTS[0]), ("final", AFTER_COMMIT), ("typed", POINTS[1]), ("typed", AFTER_COMMIT)]
"""A press of each button and a typed line, and where the power goes."""


@dataclass(frozen=True)
class Asked:
    """A person whose card of this week stands in Teams."""

    life: Life
    person_id: int
    offer_id: int
    week_on: date

    def answer(self, act: str) -> dict[str, Any]:
        """What Teams sends when the week is answered: by a press, or by a line in the chat."""
        if act == "typed":
            teams = self.life.sandbox.teams
            persona = teams.world.persona(WHO)
            said = activities.said(teams.people.envelope, persona, teams.world.personal(persona), "5h30 S580", None)
            return said | {"id": "1700000000001"}
        verb = Verb.HOURS_SAME if act == "same" else Verb.HOURS_FINAL
        week = {"verb": verb.value, "id": self.person_id, "q": self.week_on.isoformat(), "rev": 0}
        self.life.data = week | ({hours_field(self.offer_id): "5,5"} if act == "final" else {})
        return self.life.press()


@pytest.fixture
async def asked(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Asked]:
    async with living(database, database_url, tmp_path) as life:
        life.by = WHO
        made = await database.write(lambda session: _prepared(session, life))
        await database.write(lambda session: _as_posted(session, life.sandbox))
        yield made


def _prepared(session: Session, life: Life) -> Asked:
    """An offer, its team, hours of last week, and the card of this one."""
    now, company, by_key = datetime.now(UTC), config.default(), _people(session, life.sandbox)
    _meet(session, life.sandbox, by_key, f"{life.sandbox.settings.base_url}/teams/", now)
    lead, person = by_key["sales_lead"], by_key[WHO]
    request = tenders.ClientRequest(title="Panneau radiateur", client_name="Client", reference="RFP-7")
    offer = tenders.evaluate(session, tenders.enter_rfp(session, lead, request, now).id, lead, now, company)
    session.execute(sa.update(Offer).filter_by(id=offer.id).values(number="S580"))
    week_on = monday_of(hours.today_of(person, now))
    session.add(
        TeamMember(offer_id=offer.id, person_id=person.id, role=TeamRole.CONTRIBUTOR, joined_on=date(2020, 1, 1))
    )
    session.flush()
    by: dict[str, Any] = {"actor": person, "now": now, "company": company}
    # With a reason, so that it is taken whatever month was locked by today.
    before = week_on - timedelta(days=7)
    hours.save(session, person.id, before, {(offer.id, None): LAST_WEEK}, reason="Late", **by)
    week_id = hours.save(session, person.id, week_on, {}, **by).week_id
    want(session, Kind.HOURS_CARD, week_id, now=now, target=person_target(person.id))
    return Asked(life, person.id, offer.id, week_on)


def _held(session: Session, asked: Asked) -> tuple[int, int, int, bool, list[tuple[str, int]]]:
    """Quarter hours of the week, of its entries, its revision, whether it is final; and what is wanted in Teams."""
    chosen = sa.select(HoursWeek).filter_by(person_id=asked.person_id, week_on=asked.week_on)
    week = session.scalars(chosen.execution_options(populate_existing=True)).one()
    entered = session.scalar(sa.select(sa.func.sum(HoursEntry.quarters)).where(HoursEntry.week_id == week.id))
    wanted = [(row.kind.value, row.wanted_version) for row in session.scalars(sa.select(LedgerRow).where(MESSAGES))]
    return week.quarters, int(entered or 0), week.revision, week.final, sorted(wanted)


@pytest.mark.parametrize(("act", "point"), CASES)
async def test_an_answer_counts_once(asked: Asked, act: str, point: str) -> None:
    life, press = asked.life, asked.answer(act)
    number = LAST_WEEK if act == "same" else TYPED
    before = await life.database.read(lambda session: _held(session, asked))
    assert before[:4] == (0, 0, 0, False)
    async with life.bot(point) as child:
        answer = await life.deliver(press)
        assert not answer.ok, "nobody answers any more"
        await _died(child)
    held = await life.database.read(lambda session: _held(session, asked))
    done = (number, number, 1, act != "typed")
    assert held[:4] == (done if point == AFTER_COMMIT else before[:4]), "all of an answer, or nothing of it"
    assert (held == before) == (point != AFTER_COMMIT)
    await life.database.write(_leases_end)
    async with life.bot():
        second = await life.deliver(press)
        after = await life.database.read(lambda session: _held(session, asked))
        third = await life.deliver(press)
        assert second.ok
        assert third.ok
        assert str(second.body) == str(third.body)
        assert after[:4] == done
        assert await life.database.read(lambda session: _held(session, asked)) == after
        if point == AFTER_COMMIT:
            assert after == held

        async def settled() -> bool:
            return await life.database.read(_waiting) == 0

        await eventually("everything stands in Teams", settled)
