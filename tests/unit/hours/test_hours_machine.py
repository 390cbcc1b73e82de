"""Hours under every mixture of answers, corrections, imports, undoing, locks, crashes and repeated calls.

A model of a few lines says what must come out; the database must agree after each step, asked in SQL of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from bot.config.calendar import is_working_day
from bot.errors import Invalid, NotAllowed, Stale
from bot.hours import service as hours
from bot.hours.errors import FutureWeek, HoursLocked, TooLateToUndo, TooManyHours
from bot.hours.import_lines import read_lines
from bot.hours.imports import Reading, read_in
from bot.hours.rules import MOST_QUARTERS, Part, monday_of, part_of, parts_of, spread
from bot.hours.sheets import sheet
from bot.offers.models import Offer, Outcome, TeamMember
from bot.people.models import Person
from bot.people.service import register
from bot.spreadsheets import ImportReport, csv_lines
from tests.unit.decisions.conftest import House
from tests.unit.hours.conftest import Timesheets

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.database import Database

T = TypeVar("T")
Cell = tuple[int, date]
Said = dict[tuple[int, date | None], int]
BEGIN = datetime(2026, 10, 24, 10, tzinfo=UTC)
"""Saturday: clocks change at night, and New Year lies in week 53."""
ZONES = ("Europe/Paris", "Pacific/Auckland", "America/Los_Angeles")
OFFERS = 3
UNDO = timedelta(minutes=5)
LOCK_DAY = 5

PLACE = st.integers(0, 1)
WEEKS_AGO = st.sampled_from([0, 0, 0, 1, 1, 2, 3, 5, 8, -1])
OFFER = st.integers(0, OFFERS - 1)
NUMBER = st.one_of(st.integers(0, 60), st.integers(0, 60), st.sampled_from([-1, 0, 1, 319, 320, 321]))
VALUES = st.dictionaries(st.tuples(OFFER, st.sampled_from([None, None, 0, 1])), NUMBER, max_size=3)
FINAL = st.sampled_from([None, None, True, False])
REASON = st.sampled_from([None, None, None, "  ", "Forgot the call"])
HOW = st.sampled_from(["once", "once", "once", "twice", "crash"])
"""How often the same call comes; a crash is one whose transaction ends in the middle."""


class PowerCutError(Exception):
    """The transaction ends before its commit."""


@dataclass
class Week:
    """What the model knows of one week of one person; ``newest`` are the entries of the newest answer."""

    final: bool = False
    was_final: bool = False
    revision: int = 0
    answered_at: datetime | None = None
    newest: list[tuple[Cell, int, str]] = field(default_factory=list)
    held: dict[Cell, int] = field(default_factory=dict)
    was_held: dict[Cell, int] = field(default_factory=dict)


class HoursMachine(RuleBasedStateMachine):
    """The machine; subclasses say in which house."""

    timesheets: ClassVar[Timesheets]
    numbers: ClassVar[count[int]]

    @initialize(zones=st.tuples(st.sampled_from(ZONES), st.sampled_from(ZONES)))
    def begin(self, zones: tuple[str, str]) -> None:
        """Two people of their own and three offers, the third without them."""
        self.now = BEGIN
        self.company = self.timesheets.company
        self.house = self.timesheets.house
        self.zones = zones
        self.people = [self.house.write(partial(self.join, zone=zone)) for zone in zones]
        self.house.people |= {f"worker {one}": one for one in self.people}
        self.offers: list[int] = []
        self.ended: dict[int, date | None] = {}
        for place in range(OFFERS):
            team = [f"worker {one}" for one in self.people] if place < OFFERS - 1 else []
            self.offers.append(self.timesheets.offer(f"S{next(self.numbers)}", *team, opened_on=date(2026, 9, 1)))
        self.cells: dict[tuple[int, int, date], int] = defaultdict(int)
        self.weeks: dict[Cell, Week] = {}
        self.entries: list[Any] = []
        self.added: list[tuple[int, Cell, int, str]] = []

    def join(self, session: Session, zone: str) -> int:
        """A new person in that zone."""
        name = f"worker-{next(self.numbers)}"
        person, _new = register(session, tenant_id="tenant", entra_object_id=name, name=name, time_zone=zone, now=BEGIN)
        return person.id

    # What the model knows without asking.

    def today(self, place: int) -> date:
        """Where that person is."""
        return self.now.astimezone(ZoneInfo(self.zones[place])).date()

    def monday(self, place: int, weeks_ago: int) -> date:
        """A Monday of that person."""
        return monday_of(self.today(place)) - timedelta(weeks=weeks_ago)

    def parts(self, monday: date) -> tuple[Part, ...]:
        """Of a week."""
        return parts_of(monday)

    def locked(self, part_on: date) -> bool:
        """After the fifth working day of the next month, in Paris."""
        day = (part_on.replace(day=1) + timedelta(days=32)).replace(day=1)
        found = 0
        while True:
            found += is_working_day(day, self.company.holidays)
            if found == LOCK_DAY:
                return self.now.astimezone(ZoneInfo("Europe/Paris")).date() > day
            day += timedelta(days=1)

    def in_week(self, person_id: int, monday: date) -> dict[Cell, int]:
        """The cells of a week that hold hours."""
        mondays = {part.first for part in self.parts(monday)}
        return {
            (offer, part): number
            for (person, offer, part), number in self.cells.items()
            if person == person_id and part in mondays and number
        }

    def wanted(self, person_id: int, monday: date, values: Said, held: dict[Cell, int]) -> dict[Cell, int]:
        """Whole weeks spread over their parts; what a lock ``held`` back is remembered as said."""
        have = self.in_week(person_id, monday)
        found: dict[Cell, int] = {}
        for (offer, part), number in values.items():
            if part is not None:
                found[offer, part] = number
                continue
            own = [(offer, one.first) for one in self.parts(monday)]
            current = [have.get(cell, 0) for cell in own]
            said = [held.get(cell, have.get(cell, 0)) for cell in own]
            after = said if sum(said) == number else spread(current, number, self.parts(monday))
            found |= dict(zip(own, current if sum(current) == number else after, strict=True))
        return found

    def week(self, person_id: int, monday: date) -> Week:
        """A week, which may not be there yet."""
        return self.weeks.get((person_id, monday), Week())

    def predict(
        self, person_id: int, monday: date, wanted: dict[Cell, int], *, final: bool | None = None,
        reason: str | None = None, base: int | None = None, kind: str = "entry",
    ) -> Callable[[], bool] | type[Exception]:  # fmt: skip
        """What an answer does: an error, or a change of the model that says whether there is one."""
        week, have = self.week(person_id, monday), self.in_week(person_id, monday)
        may = (reason or "").strip() or kind == "import"
        free = {cell: number for cell, number in wanted.items() if may or not self.locked(cell[1])}
        changes = {cell: number - have.get(cell, 0) for cell, number in free.items() if number != have.get(cell, 0)}
        if sum((have | free).values()) > MOST_QUARTERS:
            return TooManyHours
        new_final = week.final if final is None else final
        kept = {cell: number for cell, number in wanted.items() if cell not in free and number != have.get(cell, 0)}
        held = {cell: number for cell, number in week.held.items() if cell not in wanted} | kept
        changed = bool(changes) or new_final != week.final or (kind == "import" and held != week.held)
        if changed and base is not None and base != week.revision:
            return Stale

        def apply() -> bool:
            after = self.weeks.setdefault((person_id, monday), Week())
            before, after.held = after.held, held
            if not changed:
                after.was_held = {cell: number for cell, number in after.was_held.items() if cell not in wanted} | kept
                return False
            after.was_held = before
            after.revision, after.was_final, after.final = after.revision + 1, after.final, new_final
            after.answered_at, after.newest = self.now, []
            for cell, number in changes.items():
                own = "correction" if kind == "entry" and self.locked(cell[1]) else kind
                after.newest.append((cell, number, own))
                self.enter(person_id, cell, number, own)
            return True

        return apply

    def enter(self, person_id: int, cell: Cell, number: int, kind: str) -> None:
        """One entry more."""
        self.cells[person_id, *cell] += number
        self.added.append((person_id, cell, number, kind))

    # Doing it.

    def do(self, how: str, expected: Callable[[], bool] | type[Exception], work: Callable[[Session], bool]) -> None:
        """Call the service and hold the model against it."""

        def crash(session: Session) -> None:
            work(session)
            session.flush()
            raise PowerCutError

        if isinstance(expected, type):
            with pytest.raises(expected):
                self.house.write(work)
        elif how == "crash":
            with suppress(PowerCutError):
                self.house.write(crash)
        else:
            assert self.house.write(work) == expected()
            if how == "twice":
                assert not self.house.write(work), "the same again changes nothing"

    def by(self, session: Session, place: int, *, key_user: bool) -> Person:
        """The person, or the key user for them."""
        return session.get_one(Person, self.house.people["key user"] if key_user else self.people[place])

    @rule(
        place=PLACE, ago=WEEKS_AGO, values=VALUES, final=FINAL, reason=REASON,
        base=st.sampled_from([None, None, 0, -1]), key_user=st.booleans(), how=HOW,
    )  # fmt: skip
    def save(
        self, *, place: int, ago: int, values: dict[tuple[int, int | None], int], final: bool | None,
        reason: str | None, base: int | None, key_user: bool, how: str,
    ) -> None:  # fmt: skip
        person_id, monday = self.people[place], self.monday(place, ago)
        parts = self.parts(monday)
        given = {
            (self.offers[offer], None if part is None else parts[min(part, len(parts) - 1)].first): number
            for (offer, part), number in values.items()
        }
        revision = None if base is None else self.week(person_id, monday).revision + base
        expected: Callable[[], bool] | type[Exception]
        if ago < 0:
            expected = FutureWeek
        elif any(number < 0 for number in given.values()):
            expected = Invalid
        else:
            wanted = self.wanted(person_id, monday, given, self.week(person_id, monday).held)
            expected = self.predict(person_id, monday, wanted, final=final, reason=reason, base=revision)

        def work(session: Session) -> bool:
            return hours.save(
                session, person_id, monday, given, actor=self.by(session, place, key_user=key_user), now=self.now,
                company=self.company, final=final, reason=reason, revision=revision,
            ).changed  # fmt: skip

        # A form that names a week and a part of it says two things, which need not mean the same twice.
        whole = {offer for offer, part in given if part is None}
        if how == "twice" and any(part is not None and offer in whole for offer, part in given):
            how = "once"
        self.do(how, expected, work)

    @rule(place=PLACE, other=PLACE)
    def somebody_else(self, place: int, other: int) -> None:
        if place == other:
            return
        with pytest.raises(NotAllowed):
            self.house.write(
                lambda session: hours.save(
                    session, self.people[place], self.monday(place, 0), {(self.offers[0], None): 1},
                    actor=self.by(session, other, key_user=False), now=self.now, company=self.company,
                )
            )  # fmt: skip

    @rule(place=PLACE, days_ago=st.integers(-1, 40), offer=OFFER, number=st.integers(-20, 60), how=HOW)
    def log(self, place: int, days_ago: int, offer: int, number: int, how: str) -> None:
        person_id, day = self.people[place], self.today(place) - timedelta(days=days_ago)
        monday, cell = monday_of(day), (self.offers[offer], part_of(day).first)
        expected: Callable[[], bool] | type[Exception]
        if days_ago < 0:
            expected = FutureWeek
        elif self.locked(cell[1]):
            expected = HoursLocked
        else:
            have = self.in_week(person_id, monday).get(cell, 0)
            expected = self.predict(person_id, monday, {cell: max(have + number, 0)})

        def work(session: Session) -> bool:
            actor = self.by(session, place, key_user=False)
            return hours.log(
                session, person_id, cell[0], day, number, actor=actor, now=self.now, company=self.company
            ).changed

        # It adds: a second delivery of the same message is recognised before it comes here.
        self.do("once" if how == "twice" else how, expected, work)

    def open_in(self, offer_id: int, monday: date) -> bool:
        """Whether the offer was open on some day of that week."""
        ended = self.ended.get(offer_id)
        return ended is None or ended >= monday

    @rule(place=PLACE, ago=WEEKS_AGO, key_user=st.booleans(), how=HOW)
    def same_as_last(self, *, place: int, ago: int, key_user: bool, how: str) -> None:
        person_id, monday = self.people[place], self.monday(place, ago)
        last: dict[int, int] = defaultdict(int)
        for (offer, _part), number in self.in_week(person_id, monday - timedelta(weeks=1)).items():
            last[offer] += number
        have, held = self.in_week(person_id, monday), self.week(person_id, monday).held
        shown = {offer for offer, _part in have}
        shown |= {cell[0] for cell, number in held.items() if number != have.get(cell, 0)}
        again: Said = {(one, None): last[one] for one in last if one in shown or self.open_in(one, monday)}
        expected: Any = FutureWeek
        if ago >= 0:
            expected = self.predict(person_id, monday, self.wanted(person_id, monday, again, held), final=True)

        def work(session: Session) -> bool:
            person, actor = session.get_one(Person, person_id), self.by(session, place, key_user=key_user)
            return hours.same_as_last(session, person, monday, actor=actor, now=self.now, company=self.company).changed

        self.do(how, expected, work)

    @rule(place=PLACE, ago=WEEKS_AGO, how=HOW)
    def none_at_all(self, place: int, ago: int, how: str) -> None:
        person_id, monday = self.people[place], self.monday(place, ago)
        offers = {offer for offer, _part in self.in_week(person_id, monday)}
        none: Said = {(offer, None): 0 for offer in offers}
        expected: Any = FutureWeek
        if ago >= 0:
            expected = self.predict(
                person_id, monday, self.wanted(person_id, monday, none, self.week(person_id, monday).held), final=True
            )

        def work(session: Session) -> bool:
            person = session.get_one(Person, person_id)
            return hours.none_at_all(session, person, monday, actor=person, now=self.now, company=self.company).changed

        self.do(how, expected, work)

    @rule(place=PLACE, ago=WEEKS_AGO, how=HOW)
    def reopen(self, place: int, ago: int, how: str) -> None:
        person_id, monday = self.people[place], self.monday(place, ago)

        def apply() -> bool:
            self.weeks.setdefault((person_id, monday), Week()).final = False
            return False

        def work(session: Session) -> bool:
            hours.reopen(session, person_id, monday, actor=self.by(session, place, key_user=False), now=self.now)
            return False

        self.do(how, apply if ago >= 0 else FutureWeek, work)

    @rule(place=PLACE, ago=WEEKS_AGO, older=st.sampled_from([0, 0, 0, 1]), how=HOW)
    def undo(self, place: int, ago: int, older: int, how: str) -> None:
        person_id, monday = self.people[place], self.monday(place, ago)
        week = self.weeks.get((person_id, monday))
        if week is None:
            return
        of = week.revision - older

        def apply() -> bool:
            for cell, number, _kind in week.newest:
                self.enter(person_id, cell, -number, "undo")
            week.revision, week.final, week.answered_at = week.revision + 1, week.was_final, None
            week.newest, week.held, week.was_held = [], week.was_held, {}
            return True

        expected: Callable[[], bool] | type[Exception] = apply
        if older and week.answered_at is None:
            expected = bool
        elif older or not self.may_undo(week) or any(self.locked(cell[1]) for cell, _number, _kind in week.newest):
            expected = TooLateToUndo

        def work(session: Session) -> bool:
            statement = sa.text("SELECT id FROM hours_week WHERE person_id = :person AND week_on = :on")
            on = statement.bindparams(sa.bindparam("on", type_=sa.Date()))
            week_id = session.execute(on, {"person": person_id, "on": monday}).scalar_one()
            actor = self.by(session, place, key_user=False)
            return hours.undo(session, week_id, of, actor=actor, now=self.now, company=self.company).changed

        if expected is bool:
            assert not self.house.write(work)
        else:
            self.do(how, expected, work)

    @rule(place=PLACE, ago=st.integers(0, 1), offer=OFFER, number=st.integers(1, 40), reopened=st.booleans(), how=HOW)
    def change_ones_mind(self, *, place: int, ago: int, offer: int, number: int, reopened: bool, how: str) -> None:
        """What chance alone seldom does within five minutes: answer, ask again, take it back."""
        answer: dict[tuple[int, int | None], int] = {(offer, None): number}
        given: dict[str, Any] = {"final": True, "reason": None, "base": None, "key_user": False, "how": "once"}
        self.save(place=place, ago=ago, values=answer, **given)
        if reopened:
            self.reopen(place, ago, "once")
        self.undo(place, ago, 0, how)

    def may_undo(self, week: Week) -> bool:
        """As far as the sheet can tell."""
        late = week.answered_at is None or self.now > week.answered_at + UNDO
        return not late and all(kind == "entry" for _cell, _number, kind in week.newest)

    @rule(
        lines=st.lists(st.tuples(PLACE, WEEKS_AGO, OFFER, st.integers(0, 90)), min_size=1, max_size=5),
        day=st.none() | st.integers(0, 6),
        how=HOW,
    )
    def import_a_file(self, lines: list[tuple[int, int, int, int]], day: int | None, how: str) -> None:
        text = "person,offer,date,hours\n" if day is not None else "person,offer,week,hours\n"
        files: dict[Cell, Said] = {}
        future = False
        for place, ago, offer, number in lines:
            person_id, monday = self.people[place], self.monday(place, ago)
            on = monday + timedelta(days=day or 0)
            future |= on > self.today(place)
            text += f"{self.entra(person_id)},{self.reference(offer)},{on},{number / 4}\n"
            part = part_of(on).first if day is not None else None
            values = files.setdefault((person_id, monday), defaultdict(int))
            values[self.offers[offer], part] += number
        report = ImportReport()
        said = read_lines(csv_lines(text), report, lambda _words: None)
        predicted: list[Callable[[], bool] | type[Exception]] = [TooManyHours] if future else []
        for (person_id, monday), values in files.items() if not future else ():
            wanted = self.wanted(person_id, monday, values, {})
            past = monday < monday_of(self.today(self.people.index(person_id)))
            predicted.append(self.predict(person_id, monday, wanted, final=past or None, kind="import"))

        def work(session: Session) -> bool:
            found = ImportReport()
            actor = session.get_one(Person, self.house.people["key user"])
            read_in(session, said, found, Reading("past.csv", actor, self.now, self.company))
            if found.problems:
                raise TooManyHours(total=0, most=0)
            return bool(found.new or found.updated)

        refused = any(isinstance(one, type) for one in predicted)

        def apply() -> bool:
            before = len(self.added)
            for one in predicted:
                assert not isinstance(one, type)
                one()
            return len(self.added) > before

        self.do(how, TooManyHours if refused else apply, work)

    def entra(self, person_id: int) -> str:
        """How a file names somebody."""
        return self.house.write(lambda session: session.get_one(Person, person_id).entra_object_id)

    def reference(self, offer: int) -> str:
        """How a file names an offer."""
        number = self.house.write(lambda session: session.get_one(Offer, self.offers[offer]).number)
        assert number is not None
        return number

    @rule(by=st.sampled_from([timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=9), timedelta(days=1)]))
    def time_passes(self, by: timedelta) -> None:
        self.now += by

    @rule(days=st.integers(5, 40))
    def weeks_pass(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(offer=OFFER, open_again=st.booleans())
    def end_or_reopen_an_offer(self, *, offer: int, open_again: bool) -> None:
        ended = None if open_again else self.now.date()
        outcome = Outcome.OPEN if open_again else Outcome.LOST
        self.timesheets.run(sa.update(Offer).filter_by(id=self.offers[offer]).values(outcome=outcome, ended_on=ended))
        self.ended[self.offers[offer]] = ended

    @rule(place=PLACE, offer=OFFER)
    def leave_a_team(self, place: int, offer: int) -> None:
        stay = sa.update(TeamMember).filter_by(person_id=self.people[place], offer_id=self.offers[offer])
        self.timesheets.run(stay.values(left_on=self.now.date()))

    @invariant()
    def agrees_with_the_model(self) -> None:
        if hasattr(self, "entries"):
            self.house.database.read_now(self.compare)

    def compare(self, session: Session) -> None:
        """The tables say what the model says, and what must hold whatever happened."""
        ids = ", ".join(map(str, self.people))
        rows = [tuple(row) for row in session.execute(sa.text(
            f"SELECT id, person_id, offer_id, part_on, quarters, kind, reason FROM hours_entry "  # noqa: S608
            f"WHERE person_id IN ({ids}) ORDER BY id"
        ).columns(part_on=sa.Date()))]  # fmt: skip
        assert rows[: len(self.entries)] == self.entries, "what was entered stays as it is"
        fresh, self.entries = rows[len(self.entries) :], rows
        added, self.added = self.added, []
        assert sorted((row[1], (row[2], row[3]), row[4], row[5]) for row in fresh) == sorted(added)
        for _id, person_id, _offer, part_on, _quarters, kind, reason in fresh:
            assert monday_of(part_on) <= monday_of(self.today(self.people.index(person_id)))
            if self.locked(part_on):
                assert kind in {"correction", "import"}
                assert reason
        self.compare_sums(session, ids)
        self.compare_weeks(session, ids)
        for place, person_id in enumerate(self.people):
            self.compare_sheet(session, place, person_id)

    def compare_sums(self, session: Session, ids: str) -> None:
        """Per offer, per person, per cell and in all it is the same."""

        def sums(columns: str) -> dict[Any, int]:
            statement = (
                f"SELECT {columns}, SUM(quarters) AS total FROM hours_entry "  # noqa: S608
                f"WHERE person_id IN ({ids}) GROUP BY {columns}"
            )
            kinds = {"part_on": sa.Date()} if "part_on" in columns else {}
            found = session.execute(sa.text(statement).columns(**kinds))
            return {row[0] if len(row) == 2 else tuple(row[:-1]): int(row[-1]) for row in found}

        by_cell = sums("person_id, offer_id, part_on")
        assert {cell: number for cell, number in by_cell.items() if number} == {
            cell: number for cell, number in self.cells.items() if number
        }
        assert min(by_cell.values(), default=0) >= 0
        total = sum(self.cells.values())
        assert sum(sums("person_id").values()) == sum(sums("offer_id").values()) == total
        week_total = session.scalar(
            sa.text(f"SELECT COALESCE(SUM(quarters), 0) FROM hours_week WHERE person_id IN ({ids})")  # noqa: S608
        )
        assert int(week_total or 0) == total

    def compare_weeks(self, session: Session, ids: str) -> None:
        """Each week is the sum of its entries and says what the model says."""
        found = session.execute(sa.text(
            f"SELECT w.person_id, w.week_on, w.quarters, w.final, w.revision, COALESCE(SUM(e.quarters), 0), "  # noqa: S608
            f"COALESCE(MAX(e.revision), 0) FROM hours_week w LEFT JOIN hours_entry e ON e.week_id = w.id "
            f"WHERE w.person_id IN ({ids}) GROUP BY w.id, w.person_id, w.week_on, w.quarters, w.final, w.revision"
        ).columns(week_on=sa.Date())).all()  # fmt: skip
        said = {}
        for person_id, week_on, quarters, final, revision, summed, newest in found:
            assert quarters == int(summed)
            assert 0 <= quarters <= MOST_QUARTERS
            assert newest <= revision
            if revision or final:
                said[person_id, week_on] = (quarters, bool(final), revision)
        assert said == {
            key: (sum(self.in_week(*key).values()), week.final, week.revision)
            for key, week in self.weeks.items()
            if week.revision or week.final
        }

    def compare_sheet(self, session: Session, place: int, person_id: int) -> None:
        """What the person sees this week and the last is what is there, and the button to undo works."""
        person = session.get_one(Person, person_id)
        for ago in (0, 1):
            monday = self.monday(place, ago)
            shown = sheet(session, person, monday, self.now, self.company)
            assert shown.total == sum(self.in_week(person_id, monday).values())
            assert [state.locked for state in shown.parts] == [self.locked(part.first) for part in self.parts(monday)]
            assert (shown.undo_until is not None) == self.may_undo(self.week(person_id, monday))
            have = self.in_week(person_id, monday)
            assert {(one.offer_id, one.part.part.first): one.wanted for one in shown.withheld} == {
                cell: number
                for cell, number in self.week(person_id, monday).held.items()
                if number != have.get(cell, 0)
            }


def test_hours_machine(database: Database) -> None:
    house = House(database)
    house.staff()
    here = {"timesheets": Timesheets(house), "numbers": count(1_000)}
    run_state_machine_as_test(
        type("HoursHere", (HoursMachine,), here),
        settings=settings(
            max_examples=20 if database.is_sqlite else 6,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
