"""Saying hours: a whole week, one day's work, the same as last week, none; taking it back; correcting what is locked.

Every change locks the person's week, adds entries under the week's next revision and marks the messages that show it.
Quarter hours throughout. Weeks are named by their Monday.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot import audit, crash
from bot.errors import Invalid, NotAllowed, NotFound, Stale
from bot.hours.errors import FutureWeek, HoursLocked, TooLateToUndo, TooManyHours
from bot.hours.marks import mark_weeks
from bot.hours.models import EntryKind, HoursEntry, HoursWeek
from bot.hours.rules import DAYS, MOST_QUARTERS, monday_of, part_of, spread
from bot.hours.sheets import Cells, PartState, Withheld, cells_of, part_states, sheet
from bot.offers.models import Offer
from bot.people.models import Person, Role
from bot.people.service import roles_of
from bot.statements import insert_into
from bot.sync.ledger import redraw
from bot.sync.models import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from bot.config.models import Company

REASON_LIMIT = 400
Values = dict[tuple[int, date | None], int]
"""Wanted quarter hours by offer and part; None instead of a part: of the whole week."""


@dataclass(frozen=True, slots=True)
class Worked:
    """Quarter hours on one offer on one day."""

    offer_id: int
    day: date
    quarters: int


@dataclass(frozen=True, slots=True)
class Answered:
    """A saved week: its row, its revision now, and what the locks held back."""

    week_id: int
    revision: int
    changed: bool
    withheld: tuple[Withheld, ...] = ()


def save(  # noqa: PLR0913  one form: whose week, which numbers, by whom, why
    session: Session,
    person_id: int,
    week_on: date,
    values: Values,
    *,
    actor: Person,
    now: datetime,
    company: Company,
    final: bool | None = None,
    reason: str | None = None,
    revision: int | None = None,
) -> Answered:
    """Make these the hours of the week; offers that are not named keep theirs.

    A number for the whole week is spread over its parts by their share of days. What falls into a locked part is held
    back, or with ``reason`` written as a correction. ``final`` None: as it was. ``revision``: what the form was drawn
    from; None: whatever stands now.

    Raises :class:`FutureWeek`, :class:`TooManyHours`, :class:`NotAllowed` for somebody else's week, :class:`NotFound`
    for an unknown offer, :class:`Stale` when something would change and the week is no longer of that revision.
    """
    week = _locked_week(session, person_id, week_on, actor, now)
    states = part_states(week_on, now, company)
    current = cells_of(session, person_id, week_on)
    wanted = _wanted(week, current, values, states)
    return _write(
        session, week, current, wanted, states, actor=actor, now=now, final=final, reason=reason, revision=revision
    )


def log(
    session: Session,
    person_id: int,
    offer_id: int,
    day: date,
    quarters: int,
    *,
    actor: Person,
    now: datetime,
    company: Company,
) -> Answered:
    """Add one day's hours to the part of the week it lies in. Raises as :func:`log_all` does."""
    (answered,) = log_all(
        session, person_id, [Worked(offer_id, day, quarters)], actor=actor, now=now, company=company
    ).values()
    return answered


def log_all(
    session: Session,
    person_id: int,
    worked: Sequence[Worked],
    *,
    actor: Person,
    now: datetime,
    company: Company,
    revision: int | None = None,
) -> dict[date, Answered]:
    """Add all of these hours, each to the part of the week its day lies in; gives the answers by Monday.

    What falls into one week is one answer, which one undo takes back. ``revision``: what each week was asked about at;
    None: whatever stands now. Raises as :func:`save` does, and :class:`HoursLocked`; then nothing is added.
    """
    person = session.get(Person, person_id)
    if person is not None and max(one.day for one in worked) > today_of(person, now):
        raise FutureWeek
    return {
        week_on: _log_week(
            session,
            person_id,
            week_on,
            [one for one in worked if monday_of(one.day) == week_on],
            actor=actor,
            now=now,
            company=company,
            revision=revision,
        )
        for week_on in sorted({monday_of(one.day) for one in worked})
    }


def _log_week(
    session: Session,
    person_id: int,
    week_on: date,
    worked: Sequence[Worked],
    *,
    actor: Person,
    now: datetime,
    company: Company,
    revision: int | None,
) -> Answered:
    week = _locked_week(session, person_id, week_on, actor, now)
    states = part_states(week_on, now, company)
    current = cells_of(session, person_id, week_on)
    wanted: dict[tuple[int, date], int] = {}
    for one in worked:
        part = part_of(one.day, company.holidays.weekend)
        state = next(state for state in states if state.part == part)
        if state.locked:
            raise HoursLocked(month=part.first, since=state.open_until + timedelta(days=1))
        cell = (one.offer_id, part.first)
        wanted[cell] = max(wanted.get(cell, current.get(cell, 0)) + one.quarters, 0)
    return _write(session, week, current, wanted, states, actor=actor, now=now, revision=revision)


def same_as_last(
    session: Session, person: Person, week_on: date, *, actor: Person, now: datetime, company: Company
) -> Answered:
    """What was worked last week, on each offer that is still worked on, again; and that is all."""
    shown = sheet(session, person, week_on, now, company)
    values: Values = {(row.offer_id, None): row.last_week for row in shown.rows if row.last_week}
    return save(
        session, person.id, week_on, values, actor=actor, now=now, company=company, final=True, revision=shown.revision
    )


def none_at_all(
    session: Session, person: Person, week_on: date, *, actor: Person, now: datetime, company: Company
) -> Answered:
    """No hours on any offer that week; and that is all."""
    shown = sheet(session, person, week_on, now, company)
    values: Values = {(row.offer_id, None): 0 for row in shown.rows if row.quarters}
    return save(
        session, person.id, week_on, values, actor=actor, now=now, company=company, final=True, revision=shown.revision
    )


def reopen(session: Session, person_id: int, week_on: date, *, actor: Person, now: datetime) -> None:
    """The week is not final any more; its hours stay."""
    week = _locked_week(session, person_id, week_on, actor, now)
    if week.final:
        week.final = False
        session.flush()
        _mark(session, week, (), now)


def undo(session: Session, week_id: int, revision: int, *, actor: Person, now: datetime, company: Company) -> Answered:
    """Take the newest answer back, exactly, with what the locks held back of it. Pressed twice, it is taken back once.

    Raises :class:`TooLateToUndo`, :class:`NotAllowed`, :class:`NotFound`.
    """
    found = session.get(HoursWeek, week_id)
    if found is None:
        raise NotFound
    week = _locked_week(session, found.person_id, found.week_on, actor, now)
    if week.revision == revision + 1 and week.answered_at is None:
        return Answered(week.id, week.revision, changed=False)
    newest = list(
        session.scalars(sa.select(HoursEntry).where(HoursEntry.week_id == week.id, HoursEntry.revision == revision))
    )
    states = {state.part.first: state for state in part_states(week.week_on, now, company)}
    late = week.answered_at is None or now > week.answered_at + timedelta(minutes=company.rules.hours.undo_minutes)
    fixed = any(entry.kind is not EntryKind.ENTRY or states[entry.part_on].locked for entry in newest)
    if late or fixed or week.revision != revision:
        raise TooLateToUndo
    week.revision += 1
    for entry in newest:
        _add(session, week, (entry.offer_id, entry.part_on), -entry.quarters, EntryKind.UNDO, None, actor, now)
    week.quarters -= sum(entry.quarters for entry in newest)
    week.final, week.answered_at, week.answered_by_id = week.was_final, None, actor.id
    week.withheld, week.was_withheld = week.was_withheld, []
    session.flush()
    _mark(session, week, {entry.offer_id for entry in newest}, now)
    return Answered(week.id, week.revision, changed=True)


def today_of(person: Person, now: datetime) -> date:
    """The day it is where the person is."""
    return now.astimezone(ZoneInfo(person.time_zone)).date()


def require_hours_of(session: Session, person_id: int, actor: Person, now: datetime) -> None:
    """Raise :class:`NotAllowed` unless these are the actor's own hours or the actor is a key user."""
    if actor.guest or (actor.id != person_id and Role.KEY_USER not in roles_of(session, actor, now)):
        raise NotAllowed(roles=(Role.KEY_USER,))


def _locked_week(session: Session, person_id: int, week_on: date, actor: Person, now: datetime) -> HoursWeek:
    """The row of a person's week, made when it is missing, and nobody else's until this transaction ends."""
    require_hours_of(session, person_id, actor, now)
    person = session.get(Person, person_id)
    if person is None or person.guest or week_on != monday_of(week_on):
        raise NotFound
    if week_on > monday_of(today_of(person, now)):
        raise FutureWeek
    statement = insert_into(HoursWeek, session.get_bind().dialect.name).on_conflict_do_nothing(
        index_elements=["person_id", "week_on"]
    )
    fresh = {"quarters": 0, "final": False, "was_final": False, "revision": 0, "withheld": [], "was_withheld": []}
    session.execute(statement, [{"person_id": person_id, "week_on": week_on, **fresh}])
    return session.execute(
        sa.select(HoursWeek)
        .where(HoursWeek.person_id == person_id, HoursWeek.week_on == week_on)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one()


def _wanted(
    week: HoursWeek, current: Cells, values: Values, states: tuple[PartState, ...]
) -> dict[tuple[int, date], int]:
    """Every named number as hours of parts. Raises :class:`NotFound` for a part that is not this week's, and
    :class:`Invalid` below zero.
    """
    if min(values.values(), default=0) < 0:
        raise Invalid
    parts = [state.part for state in states]
    held = {(offer_id, date.fromisoformat(part_on)): number for offer_id, part_on, number in week.withheld}
    wanted: dict[tuple[int, date], int] = {}
    for (offer_id, part_on), quarters in values.items():
        if part_on is not None:
            if part_on not in {part.first for part in parts}:
                raise NotFound
            wanted[offer_id, part_on] = quarters
            continue
        cells = [(offer_id, part.first) for part in parts]
        have = [current.get(cell, 0) for cell in cells]
        said = [held.get(cell, number) for cell, number in zip(cells, have, strict=True)]
        # The same answer again, part of which a lock held back, means the same and adds nothing to the open part.
        again = sum(said) == quarters != sum(have)
        wanted |= dict(zip(cells, said if again else spread(have, quarters, parts), strict=True))
    return wanted


def _write(  # noqa: PLR0913  what save and log share
    session: Session,
    week: HoursWeek,
    current: Cells,
    wanted: Mapping[tuple[int, date], int],
    states: tuple[PartState, ...],
    *,
    actor: Person,
    now: datetime,
    final: bool | None = None,
    reason: str | None = None,
    revision: int | None = None,
) -> Answered:
    by_part = {state.part.first: state for state in states}
    reason = (reason or "").strip()[:REASON_LIMIT] or None
    changes, withheld = _differences(current, wanted, by_part, through_locks=reason is not None)
    total = week.quarters + sum(changes.values())
    if total > MOST_QUARTERS:
        raise TooManyHours(total=total, most=MOST_QUARTERS)
    _require_offers(session, {offer_id for offer_id, _part in changes})
    new_final = week.final if final is None else final
    changed = bool(changes) or new_final != week.final
    if changed and revision is not None and week.revision != revision:
        raise Stale
    before, held = week.withheld, _held(week.withheld, wanted, withheld)
    if not changed and held != before:
        redraw(session, Kind.HOURS_CARD, week.id, now=now)
        # The undo of the answer before this one leaves what was held back since.
        week.was_withheld = _held(week.was_withheld, wanted, withheld)
    week.withheld = held
    if changed:
        week.was_withheld = before
        week.revision += 1
        for cell, quarters in changes.items():
            kind = EntryKind.CORRECTION if by_part[cell[1]].locked else EntryKind.ENTRY
            _add(session, week, cell, quarters, kind, reason, actor, now)
        week.quarters, week.was_final, week.final = total, week.final, new_final
        week.answered_at, week.answered_by_id = now, actor.id
        session.flush()
        crash.reach("hours.after_entries")
        if actor.id != week.person_id or reason is not None:
            _audit(session, week, changes, reason, actor, now)
        _mark(session, week, {offer_id for offer_id, _part in changes}, now)
        crash.reach("hours.before_commit")
    return Answered(week.id, week.revision, changed, tuple(withheld))


def _differences(
    current: Cells,
    wanted: Mapping[tuple[int, date], int],
    by_part: Mapping[date, PartState],
    *,
    through_locks: bool,
) -> tuple[dict[tuple[int, date], int], list[Withheld]]:
    """What is added to each cell or taken away from it, and what the locks hold back."""
    changes: dict[tuple[int, date], int] = {}
    withheld: list[Withheld] = []
    for cell, number in wanted.items():
        have, state = current.get(cell, 0), by_part[cell[1]]
        if number != have and state.locked and not through_locks:
            withheld.append(Withheld(cell[0], state, number, have))
        elif number != have:
            changes[cell] = number - have
    return changes, withheld


def _held(before: list[list[Any]], wanted: Mapping[tuple[int, date], int], withheld: list[Withheld]) -> list[list[Any]]:
    """What the locks hold back now: what this answer does not name is still held."""
    named = {(offer_id, part.isoformat()) for offer_id, part in wanted}
    still = [one for one in before if (one[0], one[1]) not in named]
    return still + [[one.offer_id, one.part.part.first.isoformat(), one.wanted] for one in withheld]


def _require_offers(session: Session, ids: set[int]) -> None:
    found = set(session.scalars(sa.select(Offer.id).where(Offer.id.in_(ids)))) if ids else set()
    if found != ids:
        raise NotFound


def _add(
    session: Session,
    week: HoursWeek,
    cell: tuple[int, date],
    quarters: int,
    kind: EntryKind,
    reason: str | None,
    actor: Person,
    now: datetime,
) -> None:
    session.add(
        HoursEntry(
            week_id=week.id,
            person_id=week.person_id,
            offer_id=cell[0],
            part_on=cell[1],
            quarters=quarters,
            kind=kind,
            reason=reason,
            revision=week.revision,
            entered_by_id=actor.id,
            entered_at=now,
        )
    )


def _audit(
    session: Session,
    week: HoursWeek,
    changes: Mapping[tuple[int, date], int],
    reason: str | None,
    actor: Person,
    now: datetime,
) -> None:
    """What the entries themselves do not tell at a glance: somebody else's hand, or a locked week."""
    audit.record(
        session,
        now=now,
        action="hours.corrected" if reason is not None else "hours.entered_for",
        subject="hours_week",
        subject_id=week.id,
        actor_id=actor.id,
        on_behalf_of_id=week.person_id if actor.id != week.person_id else None,
        after={
            "week": week.week_on.isoformat(),
            "quarters": {f"{offer_id}/{part.isoformat()}": number for (offer_id, part), number in changes.items()},
            "final": week.final,
            **({"reason": reason} if reason else {}),
        },
    )


def _mark(session: Session, week: HoursWeek, changed: set[int] | tuple[()], now: datetime) -> None:
    """Every message that shows this week, or these offers, is stale."""
    mark_weeks(session, {week.id: week.week_on}, changed, now=now)


def next_week(week_on: date, weeks: int = 1) -> date:
    """The Monday so many weeks later."""
    return week_on + timedelta(days=DAYS * weeks)
