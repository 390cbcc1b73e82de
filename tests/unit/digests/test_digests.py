"""Who is told of a month and of a week: each once, on their own working days, also after a standstill."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot import config
from bot.decisions.policy import decision_rules
from bot.digests import service as digests
from bot.digests.service import ended_month
from bot.duties import Duties
from bot.people import absences, conversations
from bot.people import service as people
from bot.people.models import ConversationKind, Person, Role, RoleGrant
from bot.settings import Settings
from tests.unit.decisions.conftest import House

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.database import Database

NOVEMBER = date(2026, 11, 1)
TUESDAY = date(2026, 12, 1)
"""The first day of December, worked like any other."""
MONDAY = date(2026, 11, 30)
EVERYBODY = {"CTO", "CPO", "CEO", "key user"}
DAY = timedelta(days=1)


def at(day: date, clock: str = "09:00", zone: str = "Europe/Paris") -> datetime:
    """A moment of somebody's day."""
    hour, minute = (int(part) for part in clock.split(":"))
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)


@dataclass
class Office:
    """A company on a virtual clock."""

    house: House
    company: Company = field(default_factory=config.default)

    def rules(self, **changed: object) -> None:
        """Other rules for digests."""
        given = self.company.rules.digests.model_copy(update=changed)
        rules = self.company.rules.model_copy(update={"digests": given})
        self.company = self.company.model_copy(update={"rules": rules})

    def look(self, now: datetime) -> int:
        """The clock ticks; gives how many cards are sent."""
        read = self.house.database.read_now
        monthly = read(lambda session: digests.monthly_due(session, now, self.company))
        weekly = read(lambda session: digests.weekly_due(session, now, self.company))
        return self.house.write(lambda session: digests.give(session, monthly, weekly, now))

    def told(self, kind: str = "monthly_digest") -> set[tuple[int, str]]:
        """Everything given: month or week, and to whom; each is wanted once."""
        found = {key: wanted for key, wanted in self.house.ledger().items() if key[0] == kind}
        assert set(found.values()) <= {1}
        return {(subject, target) for _kind, subject, target in found}

    def change(self, who: str, **columns: Any) -> None:  # noqa: ANN401  any column
        """Somebody moves, or is a guest from now on."""
        statement = sa.update(Person).filter_by(id=self.house.people[who]).values(**columns)
        self.house.write(lambda session: session.execute(statement))

    def roles(self, who: str, *roles: Role, now: datetime) -> None:
        """Somebody has these roles from now on."""

        def work(session: Session) -> None:
            people.set_roles(session, person=self.house.person(session, who), roles=roles, now=now, actor=None)

        self.house.write(work)

    def away(self, who: str, first: date, last: date) -> None:
        """Somebody is absent."""

        def work(session: Session) -> None:
            person = self.house.person(session, who)
            absences.declare(session, person.id, first, last, person, at(first))

        self.house.write(work)

    def channel(self, now: datetime, name: str = "19:tenders") -> None:
        """An admin chooses a tender channel."""

        def work(session: Session) -> None:
            made = conversations.meet(
                session,
                tenant_id="tenant",
                teams_id=name,
                kind=ConversationKind.CHANNEL,
                service_url="https://smba.trafficmanager.net/emea/",
                bot_id="28:bot",
                team_id="19:team",
                now=now,
            )
            conversations.post_here(session, made, self.house.person(session, "admin"), now)

        self.house.write(work)


@pytest.fixture
def office(database: Database) -> Office:
    """The staffed company, everybody in Paris; their roles hold since the 20th of November."""
    house = House(database)
    house.staff()
    house.write(lambda session: session.execute(sa.update(RoleGrant).values(valid_from=at(date(2026, 11, 20)))))
    return Office(house)


# The month


def test_key_users_and_directors_are_told_once_on_the_first_working_morning(office: Office) -> None:
    assert office.look(at(MONDAY, "19:00")) == 0
    assert office.look(at(TUESDAY, "08:59")) == 0
    assert office.look(at(TUESDAY)) == 4
    assert office.told() == {(202611, who) for who in EVERYBODY}
    for later in (at(TUESDAY, "09:01"), at(TUESDAY + DAY), at(date(2026, 12, 31))):
        assert office.look(later) == 0


def test_the_first_of_january_is_told_on_monday_the_fourth(office: Office) -> None:
    looks = {day: office.look(at(day)) for day in (date(2027, 1, 1) + DAY * number for number in range(8))}
    assert [day for day, cards in looks.items() if cards] == [date(2027, 1, 4)]
    assert office.told() == {(202612, who) for who in EVERYBODY}


def test_each_is_told_by_their_own_clock_and_holidays(office: Office) -> None:
    office.change("CEO", time_zone="America/Los_Angeles", country="US")
    office.change("CTO", time_zone="Asia/Tokyo", country="JP")
    assert office.look(at(TUESDAY, "09:00", "Asia/Tokyo")) == 1
    assert office.told() == {(202611, "CTO")}
    assert office.look(at(TUESDAY)) == 2
    assert office.look(at(TUESDAY, "08:59", "America/Los_Angeles")) == 0
    assert office.look(at(TUESDAY, "09:00", "America/Los_Angeles")) == 1
    assert office.told() == {(202611, who) for who in EVERYBODY}
    # The first three days of a year are off in Japan, and the 4th is worked there; the 6th of January is not a holiday.
    assert office.look(at(date(2027, 1, 4), "09:00", "Asia/Tokyo")) == 1


def test_who_is_away_is_told_on_the_day_they_are_back(office: Office) -> None:
    office.away("CPO", TUESDAY, date(2026, 12, 3))
    assert office.look(at(TUESDAY)) == 3
    assert office.look(at(date(2026, 12, 3), "12:00")) == 0
    assert office.look(at(date(2026, 12, 4))) == 1
    assert (202611, "CPO") in office.told()


def test_after_a_standstill_it_comes_in_the_daytime_of_a_working_day(office: Office) -> None:
    saturday = date(2026, 12, 12)
    assert office.look(at(saturday, "12:00")) == 0
    assert office.look(at(saturday + 2 * DAY, "20:00")) == 0
    assert office.look(at(saturday + 3 * DAY, "08:00")) == 0
    assert office.look(at(saturday + 3 * DAY, "15:30")) == 4
    assert office.told() == {(202611, who) for who in EVERYBODY}


def test_a_whole_month_of_standstill_is_not_made_up(office: Office) -> None:
    assert office.look(at(date(2027, 1, 4))) == 4
    assert office.told() == {(202612, who) for who in EVERYBODY}


def test_two_processes_give_one_card_each(office: Office) -> None:
    office.channel(at(date(2026, 11, 20)))
    now, read = at(TUESDAY), office.house.database.read_now
    looked = [
        (
            read(lambda session: digests.monthly_due(session, now, office.company)),
            read(lambda session: digests.weekly_due(session, now, office.company)),
        )
        for _process in range(2)
    ]
    assert looked[0] == looked[1]
    with ThreadPoolExecutor(2) as pool:
        cards = list(
            pool.map(lambda due: office.house.write(lambda session: digests.give(session, due[0], due[1], now)), looked)
        )
    assert sorted(cards) == [0, 5]
    assert len(office.told()) == 4
    assert office.told("weekly_digest") == {(20261130, "channel")}


def test_who_gets_the_role_later_begins_with_the_next_month(office: Office) -> None:
    assert office.look(at(TUESDAY)) == 4
    office.roles("engineer", Role.KEY_USER, now=at(TUESDAY, "14:00"))
    office.roles("CTO", now=at(TUESDAY, "14:00"))
    assert office.look(at(TUESDAY + DAY)) == 0
    assert office.look(at(date(2027, 1, 4))) == 4
    assert {who for month, who in office.told() if month == 202612} == {"engineer", "CPO", "CEO", "key user"}


def test_somebody_with_several_roles_gets_one_card_and_a_guest_none(office: Office) -> None:
    office.roles("CEO", Role.CEO, Role.KEY_USER, now=at(date(2026, 11, 21)))
    office.change("CTO", guest=True)
    assert office.look(at(TUESDAY)) == 3
    assert office.told() == {(202611, who) for who in EVERYBODY - {"CTO"}}


def test_the_company_chooses_the_time_or_switches_it_off(office: Office) -> None:
    office.rules(monthly=False)
    assert office.look(at(TUESDAY)) == 0
    office.rules(monthly=True, monthly_time="07:30")
    assert office.look(at(TUESDAY, "07:29")) == 0
    assert office.look(at(TUESDAY, "07:30")) == 4


def test_the_month_that_ended_is_the_companys(office: Office) -> None:
    assert ended_month(at(TUESDAY, "00:00"), office.company) == NOVEMBER
    assert ended_month(at(TUESDAY, "00:00") - timedelta(seconds=1), office.company) == date(2026, 10, 1)


# The week


def test_the_channel_is_told_once_on_monday_morning(office: Office) -> None:
    office.channel(at(date(2026, 11, 20)))
    assert office.look(at(MONDAY, "08:29")) == 0
    assert office.look(at(MONDAY, "08:30")) == 1
    assert office.look(at(MONDAY, "08:31")) == 0
    office.look(at(date(2026, 12, 4), "12:00"))
    assert office.told("weekly_digest") == {(20261130, "channel")}
    assert office.look(at(date(2026, 12, 7), "08:30")) == 1
    assert office.told("weekly_digest") == {(20261130, "channel"), (20261207, "channel")}


def test_the_week_begins_on_its_first_working_day(office: Office) -> None:
    # Easter Monday of 2027.
    office.channel(at(date(2026, 11, 20)))
    office.rules(monthly=False)
    assert office.look(at(date(2027, 3, 29), "12:00")) == 0
    assert office.look(at(date(2027, 3, 30), "08:29")) == 0
    assert office.look(at(date(2027, 3, 30), "08:30")) == 1


def test_a_week_that_was_missed_is_told_until_it_is_over(office: Office) -> None:
    office.channel(at(date(2026, 11, 20)))
    office.rules(monthly=False)
    assert office.look(at(date(2026, 12, 3), "21:00")) == 0
    assert office.look(at(date(2026, 12, 4), "16:00")) == 1
    assert office.look(at(date(2026, 12, 12), "12:00")) == 0
    assert office.told("weekly_digest") == {(20261130, "channel")}


def test_without_a_channel_nothing_is_kept_for_later(office: Office) -> None:
    assert office.look(at(MONDAY, "08:30")) == 0
    office.channel(at(MONDAY, "11:00"))
    assert office.look(at(MONDAY, "11:01")) == 0
    assert office.told("weekly_digest") == set()
    assert office.look(at(MONDAY + 7 * DAY, "08:30")) == 1


def test_another_channel_in_the_week_is_told_next_week(office: Office) -> None:
    office.channel(at(date(2026, 11, 20)))
    office.channel(at(TUESDAY, "10:00"), "19:other")
    office.rules(monthly=False)
    assert office.look(at(TUESDAY, "10:01")) == 0
    assert office.look(at(MONDAY + 7 * DAY, "08:30")) == 1


def test_the_week_is_switched_off_and_moved_by_itself(office: Office) -> None:
    office.channel(at(date(2026, 11, 20)))
    office.rules(weekly=False)
    assert office.look(at(MONDAY, "08:30")) == 0
    office.rules(weekly=True, weekly_time="10:15")
    assert office.look(at(MONDAY, "10:14")) == 0
    assert office.look(at(MONDAY, "10:15")) == 1


async def test_the_duty_wakes_the_reconciler_only_for_a_card(office: Office) -> None:
    moment = at(TUESDAY, "08:00")
    woken: list[datetime] = []
    nobody: Any = None
    duties = Duties(
        office.house.database,
        nobody,
        [],
        settings=Settings(),
        company=office.company,
        rules=decision_rules(office.company),
        now=lambda: moment,
        changed=lambda: woken.append(moment),
    )
    await duties.send_digests()
    assert woken == []
    moment = at(TUESDAY)
    await duties.send_digests()
    await duties.send_digests()
    assert woken == [moment]
    assert len(office.told()) == 4
    assert "digests" in {tick.id for tick in duties.ticks()}
