"""Prompts and reminders under every mixture of joining, leaving, absences, journeys, standstills, crashes and two
replicas: nobody is asked twice, nobody who works is forgotten.

What must come out is worked out anew from the raw tables, person by person and week by week.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, NoReturn
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from bot.config.calendar import is_day_off
from bot.database import Database
from bot.hours import prompts, reminders
from bot.hours.models import HoursEntry, HoursReminder, HoursWeek
from bot.hours.rules import monday_of
from bot.hours.service import Values, reopen, save
from bot.hours.sheets import part_states
from bot.offers.models import Offer, Outcome, TeamMember, TeamRole
from bot.people.models import Absence, Person
from bot.sync.models import Kind, LedgerRow
from tests.unit.decisions.conftest import House
from tests.unit.hours.asking import Asking, at
from tests.unit.hours.conftest import Timesheets

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

BEGINNING = at(date(2026, 11, 24), "10:00")
"""A Tuesday; the machine's weeks cross a lock, Christmas, ISO week 53 and New Year."""
STAFF = ("engineer", "CTO", "CPO", "key user")
ZONES = ("Europe/Paris", "Pacific/Auckland", "America/Los_Angeles", "Pacific/Pago_Pago", "Asia/Kolkata")
COUNTRIES = ("FR", "US", "NZ")
JUMPS = (timedelta(minutes=20), timedelta(hours=1), timedelta(hours=23), timedelta(days=4), timedelta(days=21))
WEEK, DAY = timedelta(days=7), timedelta(days=1)
GAP = timedelta(hours=23)
PEOPLE = st.sampled_from(STAFF)
PLACES = st.integers(0, 1)


class PowerCut(Exception):
    """Stands for a crash before the commit."""


class Truth:
    """The tables as plain values, and what follows from them for one moment."""

    def __init__(self, session: Session, now: datetime, asking: Asking) -> None:
        self.now, self.company = now, asking.company
        self.people = {row.id: row for row in session.scalars(sa.select(Person))}
        self.offers = {row.id: row for row in session.scalars(sa.select(Offer))}
        self.members = list(session.scalars(sa.select(TeamMember)))
        self.away = [row for row in session.scalars(sa.select(Absence)) if row.revoked_at is None]
        self.weeks = {(row.person_id, row.week_on): row for row in session.scalars(sa.select(HoursWeek))}
        self.reminders: dict[int, list[HoursReminder]] = defaultdict(list)
        for row in session.scalars(sa.select(HoursReminder).order_by(HoursReminder.at)):
            self.reminders[row.week_id].append(row)
        self.quarters: dict[tuple[int, int, date], int] = defaultdict(int)
        for entry in session.scalars(sa.select(HoursEntry)):
            self.quarters[entry.person_id, entry.offer_id, monday_of(entry.part_on)] += entry.quarters

    def there(self, person_id: int, moment: datetime | None = None) -> datetime:
        return (moment or self.now).astimezone(ZoneInfo(self.people[person_id].time_zone))

    def works(self, person_id: int, day: date) -> bool:
        if any(row.person_id == person_id and row.starts_on <= day <= row.ends_on for row in self.away):
            return False
        return not is_day_off(day, self.people[person_id].country, self.company.holidays)

    def expected(self, person_id: int, week_on: date) -> set[int]:
        """The offers somebody was on the team of, and that were open, on some day of the week."""
        found = set()
        for member in self.members:
            offer = self.offers[member.offer_id]
            closed = offer.outcome is not Outcome.OPEN and offer.ended_on is not None and offer.ended_on < week_on
            begun = offer.opened_on is None or offer.opened_on < week_on + WEEK
            gone = member.left_on is not None and member.left_on < week_on
            if member.person_id == person_id and member.joined_on < week_on + WEEK and begun and not (gone or closed):
                found.add(offer.id)
        return found

    def missing(self, person_id: int, week_on: date) -> set[int]:
        week = self.weeks.get((person_id, week_on))
        if week is not None and week.final:
            return set()
        return {offer for offer in self.expected(person_id, week_on) if not self.quarters[person_id, offer, week_on]}

    def prompt_day(self, person_id: int, week_on: date) -> date | None:
        friday_first = [week_on + DAY * number for number in (4, 3, 2, 1, 0)]
        return next((day for day in friday_first if self.works(person_id, day)), None)

    def unlocked(self, week_on: date) -> bool:
        return not all(state.locked for state in part_states(week_on, self.now, self.company))

    def to_be_asked(self, person_id: int, week_on: date) -> bool:
        """Whether this is the moment for the card, if it was not sent yet."""
        there, day = self.there(person_id), self.prompt_day(person_id, week_on)
        if day is None or not self.expected(person_id, week_on) or not self.unlocked(week_on):
            return False
        if not monday_of(there.date()) - 4 * WEEK <= week_on <= monday_of(there.date()):
            return False
        if there.date() == day:
            return time(14) <= there.time() < time(20)
        return day < there.date() and self.works(person_id, there.date()) and time(9) <= there.time() < time(20)

    def daytime(self, person_id: int, moment: datetime) -> bool:
        there = self.there(person_id, moment)
        return time(7) <= there.time() < time(20) and self.works(person_id, there.date())


class Asked(RuleBasedStateMachine):
    """The machine; subclasses say on which database, and how it is emptied."""

    database: Database
    empty: Callable[[], None]

    def __init__(self) -> None:
        super().__init__()
        self.asking = Asking(Timesheets(House(self.database)))
        self.house = self.asking.sheets.house
        self.now = BEGINNING
        self.offers: list[int] = []

    @initialize()
    def begin(self) -> None:
        self.empty()
        self.house.staff()
        first = date(2026, 11, 16)
        self.offers = [self.asking.sheets.offer(f"S58{n}", *STAFF[n : n + 2], opened_on=first) for n in range(2)]

    def truth(self) -> Truth:
        return self.database.read_now(lambda session: Truth(session, self.now, self.asking))

    # the clock

    @rule(
        jump=st.sampled_from(JUMPS),
        replicas=st.integers(1, 2),
        crash=st.booleans(),
        answers=st.sampled_from([None, *STAFF]),
    )
    def jump(self, jump: timedelta, replicas: int, answers: str | None, *, crash: bool) -> None:
        self.now += jump
        self.tick(replicas, answers, crash=crash)

    @rule(
        weekday=st.sampled_from([1, 2, 5]),
        clock=st.sampled_from(["07:00", "09:00", "14:00"]),
        replicas=st.integers(1, 2),
    )
    def next_day(self, weekday: int, clock: str, replicas: int) -> None:
        day = self.now.date() + DAY
        while day.isoweekday() != weekday:
            day += DAY
        self.now = at(day, clock)
        self.tick(replicas, None, crash=False)

    def tick(self, replicas: int, answers: str | None, *, crash: bool) -> None:
        """The duties' look: every replica reads, then somebody may answer, then every replica writes."""
        before = self.truth()
        company = self.asking.company
        looks = [
            self.database.read_now(
                lambda session: (
                    prompts.prompts_due(session, self.now, company),
                    reminders.reminders_due(session, self.now, company),
                )
            )
            for _replica in range(replicas)
        ]
        if answers is not None:
            self.answer(answers, 0, final=True, hours=0)
            before = self.truth()
        for asked, late in looks:

            def give(
                session: Session,
                asked: tuple[prompts.Prompt, ...] = asked,
                late: tuple[reminders.Reminder, ...] = late,
            ) -> None:
                prompts.give(session, asked, self.now)
                reminders.give(session, late, self.now, company)

            if crash:
                self.power_cut(give)
            self.house.write(give)
        self.judge(before, self.truth())

    def power_cut(self, give: object) -> None:
        def work(session: Session) -> NoReturn:
            give(session)  # type: ignore[operator]
            raise PowerCut

        with pytest.raises(PowerCut):
            self.house.write(work)

    def judge(self, before: Truth, after: Truth) -> None:
        """What this tick did was right, and it did everything."""
        for key, week in after.weeks.items():
            old = before.weeks.get(key)
            if week.prompted_at is not None and (old is None or old.prompted_at is None):
                assert before.to_be_asked(*key), "asked at the wrong moment"
                assert old is None or not old.final, "asked about a finished week"
            fresh = after.reminders[week.id][len(before.reminders[week.id]) :]
            for _one in fresh:
                assert before.missing(*key), "reminded of nothing"
                assert before.daytime(key[0], self.now), "reminded on a day off or at night"
                assert key[1] < monday_of(before.there(key[0]).date()), "reminded of a week that is not over"
        mondays = [monday_of(self.now.date()) + WEEK * number for number in range(-6, 2)]
        for key in ((person_id, week_on) for person_id in after.people for week_on in mondays):
            found = after.weeks.get(key)
            done = found is not None and (found.final or found.prompted_at is not None)
            assert done or not after.to_be_asked(*key), "forgotten"

    # what people do

    @rule(who=PEOPLE, place=PLACES, back=st.integers(0, 12))
    def join(self, who: str, place: int, back: int) -> None:
        person_id, joined_on = self.house.people[who], self.now.date() - DAY * back

        def work(session: Session) -> None:
            mine = sa.select(TeamMember).filter_by(offer_id=self.offers[place], person_id=person_id)
            stays = session.scalars(mine).all()
            if any(stay.left_on is None or stay.left_on >= joined_on for stay in stays):
                return
            session.add(
                TeamMember(
                    offer_id=self.offers[place], person_id=person_id, role=TeamRole.CONTRIBUTOR, joined_on=joined_on
                )
            )

        self.house.write(work)

    @rule(who=PEOPLE, place=PLACES)
    def leave(self, who: str, place: int) -> None:
        today = self.now.date()
        self.asking.sheets.run(
            sa.update(TeamMember)
            .filter_by(offer_id=self.offers[place], person_id=self.house.people[who], left_on=None)
            .where(TeamMember.joined_on <= today)
            .values(left_on=today)
        )

    @rule(place=PLACES, outcome=st.sampled_from([Outcome.OPEN, Outcome.OPEN, Outcome.LOST]))
    def end(self, place: int, outcome: Outcome) -> None:
        ended = None if outcome is Outcome.OPEN else self.now.date()
        statement = sa.update(Offer).filter_by(id=self.offers[place])
        self.asking.sheets.run(statement.values(outcome=outcome, ended_on=ended))

    @rule(who=PEOPLE, begins=st.integers(-3, 5), days=st.integers(0, 8))
    def be_away(self, who: str, begins: int, days: int) -> None:
        first = self.now.date() + DAY * begins
        self.asking.away(who, first, first + DAY * days)

    @rule(who=PEOPLE, zone=st.sampled_from(ZONES), country=st.sampled_from(COUNTRIES))
    def travel(self, who: str, zone: str, country: str) -> None:
        self.asking.change(who, time_zone=zone, country=country)

    @rule(who=PEOPLE, back=st.integers(0, 2), final=st.booleans(), hours=st.integers(0, 3))
    def answer(self, who: str, back: int, *, final: bool, hours: int) -> None:
        def work(session: Session) -> None:
            person = self.house.person(session, who)
            week_on = monday_of(self.now.astimezone(ZoneInfo(person.time_zone)).date()) - WEEK * back
            values: Values = {(self.offers[0], None): hours}
            done = final or None
            save(
                session,
                person.id,
                week_on,
                values,
                actor=person,
                now=self.now,
                company=self.asking.company,
                final=done,
            )

        self.house.write(work)

    @rule(who=PEOPLE, back=st.integers(0, 2))
    def open_again(self, who: str, back: int) -> None:
        def work(session: Session) -> None:
            person = self.house.person(session, who)
            week_on = monday_of(self.now.astimezone(ZoneInfo(person.time_zone)).date()) - WEEK * back
            reopen(session, person.id, week_on, actor=person, now=self.now)

        self.house.write(work)

    # what always holds

    @invariant()
    def one_card_for_each_week_and_few_reminders(self) -> None:
        self.database.read_now(self.count)

    def count(self, session: Session) -> None:
        """Messages and rows agree; three reminders at most, and never two within 23 hours."""
        asked = sorted(session.scalars(sa.select(HoursWeek.id).where(HoursWeek.prompted_at.is_not(None))))
        cards = sa.select(LedgerRow.subject_id).where(LedgerRow.kind == Kind.HOURS_CARD)
        assert sorted(session.scalars(cards)) == asked
        of_person: dict[int, set[datetime]] = defaultdict(set)
        of_week: dict[int, list[datetime]] = defaultdict(list)
        rows = sa.select(HoursWeek.person_id, HoursWeek.id, HoursReminder.at).join(
            HoursReminder, HoursReminder.week_id == HoursWeek.id
        )
        for person_id, week_id, moment in session.execute(rows):
            of_person[person_id].add(moment)
            of_week[week_id].append(moment)
        for moments in of_week.values():
            assert len(moments) == len(set(moments)) <= 3
        for several in of_person.values():
            in_order = sorted(several)
            assert all(later - earlier >= GAP for earlier, later in pairwise(in_order))
        sent = session.scalar(sa.select(sa.func.count()).where(LedgerRow.kind == Kind.HOURS_REMINDER))
        assert sent == sum(len(several) for several in of_person.values())


def test_prompts_machine(database: Database, empty: Callable[[], None]) -> None:
    machine = type("AskedHere", (Asked,), {"database": database, "empty": staticmethod(empty)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=20 if database.is_sqlite else 5,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
