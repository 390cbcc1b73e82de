"""What is done from time to time: each duty finds what is due, and a failure of one leaves it due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot import config
from bot.decisions.policy import decision_rules
from bot.duties import ROSTER_EVERY, SEEN_FOR, Duties
from bot.people import conversations
from bot.people import service as people
from bot.people.models import ConversationKind, Person, Role, SeenActivity
from bot.settings import Settings
from bot.sync.ledger import want
from bot.sync.models import Kind, LedgerRow, LedgerState
from bot.teams.connector import Member, Place
from bot.tenders.models import Source, SourceHealth, Tender
from integrations.errors import Transient
from integrations.esa import Batch, TenderSource

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.database import Database

TENANT = "tenant"
ADMIN = "00000000-0000-4000-8000-000000000007"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class _Clock:
    moment = START

    def __call__(self) -> datetime:
        return self.moment


class _Connector:
    """A team of one, or a Teams that is down."""

    def __init__(self) -> None:
        self.asked: list[Place] = []
        self.down = False

    async def members(self, place: Place) -> tuple[Member, ...]:
        self.asked.append(place)
        if self.down:
            raise Transient("teams", "no connection")
        return (Member("29:ku", ADMIN, "Key user", None, TENANT, "user"),)


class _Source:
    """A listing that is empty, or down."""

    source = TenderSource.ESA

    def __init__(self) -> None:
        self.looks = 0
        self.down = False

    async def fetch(self, known: object = None) -> Batch:
        self.looks += 1
        if self.down:
            raise Transient("esa", "no connection")
        return Batch(
            source=self.source,
            records=(),
            unreadable=(),
            diagnostics=(),
            unchanged=(),
            raw_count=0,
            total=0,
            complete=True,
        )


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def connector() -> _Connector:
    return _Connector()


@pytest.fixture
def source() -> _Source:
    return _Source()


@pytest.fixture
def changes() -> list[str]:
    return []


@pytest.fixture
def duties(database: Database, connector: _Connector, source: _Source, clock: _Clock, changes: list[str]) -> Duties:
    company = config.default()
    any_source: Any = source
    any_connector: Any = connector
    return Duties(
        database,
        any_connector,
        [any_source],
        settings=Settings(tenant_id=TENANT, admins=(ADMIN,)),
        company=company,
        rules=decision_rules(company),
        now=clock,
        changed=lambda: changes.append("changed"),
    )


def _in_a_team(session: Session) -> None:
    conversations.meet(
        session,
        tenant_id=TENANT,
        teams_id="19:tenders",
        kind=ConversationKind.CHANNEL,
        service_url="https://smba.trafficmanager.net/emea/",
        bot_id="28:bot",
        team_id="19:team",
        now=START,
    )


async def _roles(database: Database, now: datetime) -> frozenset[Role]:
    def read(session: Session) -> frozenset[Role]:
        return people.roles_of(session, session.scalars(sa.select(Person)).one(), now)

    return await database.read(read)


async def test_a_roster_is_read_once_per_period(
    database: Database, duties: Duties, connector: _Connector, clock: _Clock
) -> None:
    await database.write(_in_a_team)
    await duties.read_rosters()
    await duties.read_rosters()
    assert [place.conversation_id for place in connector.asked] == ["19:team"]
    clock.moment = START + ROSTER_EVERY + timedelta(seconds=1)
    await duties.read_rosters()
    assert len(connector.asked) == 2


async def test_the_first_admin_is_admin_as_soon_as_a_roster_names_them(database: Database, duties: Duties) -> None:
    await database.write(_in_a_team)
    await duties.grant_first_admins()
    await duties.read_rosters()
    assert await _roles(database, START) == {Role.ADMIN}


async def test_a_roster_that_cannot_be_read_stays_due(
    database: Database, duties: Duties, connector: _Connector
) -> None:
    await database.write(_in_a_team)
    connector.down = True
    with capture_logs() as logs:
        await duties.read_rosters()
    assert [entry["event"] for entry in logs] == ["roster.failed"]
    connector.down = False
    await duties.read_rosters()
    assert len(connector.asked) == 2
    assert await _roles(database, START) == {Role.ADMIN}


async def test_activities_are_forgotten_after_a_day(database: Database, duties: Duties, clock: _Clock) -> None:
    await database.write(lambda session: conversations.first_time(session, "c", "old", START))
    clock.moment = START + SEEN_FOR
    await database.write(lambda session: conversations.first_time(session, "c", "new", clock.moment))
    clock.moment += timedelta(seconds=1)
    await duties.forget_activities()
    left = await database.read(lambda session: list(session.scalars(sa.select(SeenActivity.activity))))
    assert left == ["new"]


async def test_a_look_at_the_portal_is_remembered_and_wakes_the_reconciler(
    database: Database, duties: Duties, source: _Source, changes: list[str]
) -> None:
    any_source: Any = source
    await duties.poll(any_source)
    health = await database.read(lambda session: session.scalars(sa.select(SourceHealth)).one())
    assert health.last_success_at == START
    assert changes == ["changed"]


async def test_a_portal_that_is_down_is_a_failure_and_nothing_else(
    database: Database, duties: Duties, source: _Source
) -> None:
    source.down = True
    any_source: Any = source
    await duties.poll(any_source)
    health = await database.read(lambda session: session.scalars(sa.select(SourceHealth)).one())
    assert (health.failures, health.last_success_at) == (1, None)


async def test_every_tick_can_be_done_at_any_time(database: Database, duties: Duties, source: _Source) -> None:
    await database.write(_in_a_team)
    for tick in (*duties.ticks(), *duties.ticks()):
        await tick.work()
    assert source.looks == 2
    assert await _roles(database, START) == {Role.ADMIN}


def test_every_tick_has_a_name_of_its_own_and_a_sane_pace(duties: Duties) -> None:
    ticks = duties.ticks()
    assert len({tick.id for tick in ticks}) == len(ticks)
    assert {tick.id: tick.seconds for tick in ticks}["poll.esa"] == 30 * 60
    assert all(tick.seconds >= 60 for tick in ticks)


async def test_rounds_and_tenders_that_are_not_due_wake_nobody(duties: Duties, changes: list[str]) -> None:
    await duties.mind_rounds()
    await duties.close_tenders()
    assert changes == []


async def test_the_days_left_on_shared_cards_are_counted_again_once_a_day(
    database: Database, duties: Duties, clock: _Clock, changes: list[str]
) -> None:
    def post(session: Session) -> None:
        tender = Tender(
            source=Source.ESA,
            native_id="1",
            raw_title="SEAL",
            title="Seal",
            tags=[],
            description="",
            search_text="seal",
            closes_at=START + timedelta(days=9),
            countries=[],
            products=[],
            technologies=[],
            raw={},
            content_hash="0",
            match_reasons=[],
            first_seen_at=START,
            changed_at=START,
        )
        session.add(tender)
        session.flush()
        want(session, Kind.SHARED_CARD, tender.id, now=START)
        session.execute(sa.update(LedgerRow).values(done_version=1, state=LedgerState.OK))

    await database.write(post)
    await duties.refresh_days()
    assert changes == []
    clock.moment += timedelta(days=1)
    await duties.refresh_days()
    await duties.refresh_days()
    assert changes == ["changed"]
    assert await database.read(lambda session: session.scalar(sa.select(LedgerRow.wanted_version))) == 2
    assert "cards.days" in {tick.id for tick in duties.ticks()}


async def test_the_planner_of_sqlite_learns_how_large_tables_are(database: Database, duties: Duties) -> None:
    def sizes(session: Session) -> dict[str, str]:
        rows = session.execute(sa.text("SELECT tbl, stat FROM sqlite_stat1 WHERE tbl = 'seen_activity'"))
        return {row.tbl: row.stat.split()[0] for row in rows}

    def fill(session: Session) -> None:
        for number in range(3):
            conversations.first_time(session, "c", str(number), START)

    await database.write(fill)
    await duties.keep_statistics()
    if database.is_sqlite:
        assert await database.read(sizes) == {"seen_activity": "3"}
    assert len(await database.read(lambda session: list(session.scalars(sa.select(SeenActivity.activity))))) == 3
    assert "database.statistics" in {tick.id for tick in duties.ticks()}
