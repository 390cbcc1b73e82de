"""A person's week as they see it: one row per offer, what is locked, and how far each offer is."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.config.calendar import is_working_day
from bot.hours.effort import planned_on, spent_by_on
from bot.hours.expected import expected_offers, open_in
from bot.hours.models import EntryKind, HoursEntry, HoursWeek
from bot.hours.rules import DAYS, Part, last_open_day, parts_of
from bot.offers.models import Offer, Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.people.models import Person

Cells = dict[tuple[int, date], int]
"""Quarter hours by offer and first day of the part."""


@dataclass(frozen=True, slots=True)
class PartState:
    """A part of a week and until when it can be changed, that day included, in the company's time zone."""

    part: Part
    open_until: date
    locked: bool


@dataclass(frozen=True, slots=True)
class HoursRow:
    """One offer in a person's week; every number in quarter hours.

    ``parts`` are this week's, in the order of the week's parts; ``last_week`` the same person's; ``spent`` everybody's
    since the beginning; ``planned`` None when nobody planned.
    """

    offer_id: int
    number: str
    title: str
    outcome: Outcome
    expected: bool
    """The person is on the team; otherwise they added it."""
    parts: tuple[int, ...]
    last_week: int
    spent: int
    planned: int | None

    @property
    def quarters(self) -> int:
        """This week's."""
        return sum(self.parts)


@dataclass(frozen=True, slots=True)
class Withheld:
    """What was not saved because its part is locked: ``wanted`` and ``kept`` quarter hours of that part."""

    offer_id: int
    part: PartState
    wanted: int
    kept: int


@dataclass(frozen=True, slots=True)
class WeekSheet:
    """One week of one person. ``week_id`` None and ``revision`` 0 while nothing was asked or entered.

    ``withheld``: what the locks held back from the answers so far and no correction made good.
    """

    person_id: int
    week_on: date
    week_id: int | None
    revision: int
    final: bool
    answered_at: datetime | None
    answered_by_id: int | None
    undo_until: datetime | None
    """Until when the newest answer can be taken back; None: it cannot."""
    parts: tuple[PartState, ...]
    rows: tuple[HoursRow, ...]
    withheld: tuple[Withheld, ...] = ()

    @property
    def total(self) -> int:
        """Quarter hours of the week."""
        return sum(row.quarters for row in self.rows)

    @property
    def missing(self) -> tuple[HoursRow, ...]:
        """Offers the person is expected to say something about and did not."""
        return () if self.final else tuple(row for row in self.rows if row.expected and not row.quarters)


def part_states(week_on: date, now: datetime, company: Company) -> tuple[PartState, ...]:
    """The parts of the week and their locks."""
    calendar, today = company.holidays, now.astimezone(ZoneInfo(company.holidays.time_zone)).date()
    working = partial(is_working_day, calendar=calendar)
    states = []
    for part in parts_of(week_on, calendar.weekend):
        until = last_open_day(part, company.rules.hours.lock_working_day, working)
        states.append(PartState(part, until, today > until))
    return tuple(states)


def cells_of(session: Session, person_id: int, week_on: date) -> Cells:
    """What a person has entered in a week; cells without hours are left out."""
    total = sa.func.sum(HoursEntry.quarters)
    statement = (
        sa.select(HoursEntry.offer_id, HoursEntry.part_on, total)
        .where(
            HoursEntry.person_id == person_id,
            HoursEntry.part_on >= week_on,
            HoursEntry.part_on < week_on + timedelta(days=DAYS),
        )
        .group_by(HoursEntry.offer_id, HoursEntry.part_on)
        .having(total != 0)
    )
    return {(offer_id, part_on): int(quarters) for offer_id, part_on, quarters in session.execute(statement)}


def sheet(session: Session, person: Person, week_on: date, now: datetime, company: Company) -> WeekSheet:
    """The week of a person that begins on that Monday: the offers of their teams, and every other with hours."""
    week = session.execute(
        sa.select(HoursWeek)
        .where(HoursWeek.person_id == person.id, HoursWeek.week_on == week_on)
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    states = part_states(week_on, now, company)
    cells = cells_of(session, person.id, week_on)
    last = _by_offer(cells_of(session, person.id, week_on - timedelta(days=DAYS)))
    expected = expected_offers(session, week_on, (person.id,)).get(person.id, [])
    withheld = _withheld(week, cells, states)
    shown = {offer_id for offer_id, _part in cells} | set(expected) | _still_open(session, last, week_on)
    shown |= {one.offer_id for one in withheld}
    return WeekSheet(
        person_id=person.id,
        week_on=week_on,
        week_id=week.id if week is not None else None,
        revision=week.revision if week is not None else 0,
        final=week.final if week is not None else False,
        answered_at=week.answered_at if week is not None else None,
        answered_by_id=week.answered_by_id if week is not None else None,
        undo_until=_undo_until(session, week, now, company),
        parts=states,
        rows=_rows(session, shown, set(expected), cells, last, states),
        withheld=withheld,
    )


def _withheld(week: HoursWeek | None, cells: Cells, states: tuple[PartState, ...]) -> tuple[Withheld, ...]:
    """What the locks held back and still differs from what was entered."""
    by_part = {state.part.first.isoformat(): state for state in states}
    found = []
    for offer_id, part_on, wanted in week.withheld if week is not None else ():
        state = by_part.get(part_on)
        kept = cells.get((offer_id, state.part.first), 0) if state is not None else wanted
        if state is not None and kept != wanted:
            found.append(Withheld(offer_id, state, wanted, kept))
    return tuple(found)


def _by_offer(cells: Cells) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for (offer_id, _part), quarters in cells.items():
        found[offer_id] += quarters
    return dict(found)


def _still_open(session: Session, offers: Collection[int], week_on: date) -> set[int]:
    """Of these, the ones that can still need work in that week."""
    if not offers:
        return set()
    return set(session.scalars(sa.select(Offer.id).where(Offer.id.in_(offers), open_in(week_on))))


def _rows(
    session: Session,
    shown: set[int],
    expected: set[int],
    cells: Cells,
    last: Mapping[int, int],
    states: tuple[PartState, ...],
) -> tuple[HoursRow, ...]:
    """The rows, oldest offer first."""
    if not shown:
        return ()
    spent = {offer_id: sum(by.values()) for offer_id, by in spent_by_on(session, shown).items()}
    planned = planned_on(session, shown)
    columns = (Offer.id, Offer.number, Offer.external_reference, Offer.title, Offer.outcome)
    return tuple(
        HoursRow(
            offer_id=row.id,
            number=row.number or row.external_reference or "",
            title=row.title,
            outcome=row.outcome,
            expected=row.id in expected,
            parts=tuple(cells.get((row.id, state.part.first), 0) for state in states),
            last_week=last.get(row.id, 0),
            spent=spent.get(row.id, 0),
            planned=planned.get(row.id),
        )
        for row in session.execute(sa.select(*columns).where(Offer.id.in_(shown)).order_by(Offer.chrono))
    )


def _undo_until(session: Session, week: HoursWeek | None, now: datetime, company: Company) -> datetime | None:
    """The newest answer can be taken back for a few minutes, unless it corrected or undid something itself."""
    if week is None or week.answered_at is None:
        return None
    until = week.answered_at + timedelta(minutes=company.rules.hours.undo_minutes)
    if now > until:
        return None
    kinds = session.scalars(
        sa.select(HoursEntry.kind).where(HoursEntry.week_id == week.id, HoursEntry.revision == week.revision).distinct()
    )
    return until if set(kinds) <= {EntryKind.ENTRY} else None
