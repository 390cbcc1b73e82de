"""A person's week as a card, and the dialog that corrects what is locked in it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.clients import search
from bot.errors import NotFound
from bot.hours.amounts import hours_of, written
from bot.hours.errors import FutureWeek
from bot.hours.models import HoursWeek
from bot.hours.rules import monday_of
from bot.hours.service import next_week, today_of
from bot.hours.sheets import sheet
from bot.offers.models import Offer
from bot.people import service as people
from bot.people.models import Person
from bot.records import service as records
from bot.records.fields import FieldKind
from cards.fields import ADD_HOURS, ADD_OFFER, Field, hours_field
from cards.hours import hours_week_card
from cards.views.hours import (
    CorrectionFormView,
    CorrectionInput,
    HeldBack,
    HoursLine,
    HoursPart,
    HoursWeekView,
    LockDate,
)
from cards.views.reader import Change, sentence
from cards.words import Language

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

    from bot.hours.sheets import HoursRow, WeekSheet
    from bot.teams.context import Surroundings
    from cards.views.forms import FieldError, Typed
    from cards.views.reader import Reader, Sentence

FIRST_OFFERS = 6
"""Choices of the picker that stand there before anything is typed."""
DECIMALS = {Language.FR: ",", Language.EN: "."}


def hours_message(
    session: Session, week_id: int, _person: Person | None, reader: Reader, around: Surroundings
) -> dict[str, Any] | None:
    """The message of a person's week, as it is now."""
    week = session.get(HoursWeek, week_id)
    if week is None:
        raise NotFound
    return hours_card(session, week.person_id, week.week_on, around, reader)


def hours_card(session: Session, person_id: int, week_on: date, around: Surroundings, reader: Reader) -> dict[str, Any]:
    """A person's own week, drawn for them. Raises as :func:`week_view` does."""
    return hours_week_card(week_view(session, people.by_id(session, person_id), week_on, around, reader), reader)


def week_view(  # noqa: PLR0913  whose week, for whom, and what the last press came to
    session: Session,
    person: Person,
    week_on: date,
    around: Surroundings,
    reader: Reader,
    *,
    viewer: Person | None = None,
    typed: Typed = (),
    errors: tuple[FieldError, ...] = (),
    note: Sentence | None = None,
) -> HoursWeekView:
    """The week that begins on that Monday. ``viewer``: who looks at it; None: the person.

    ``typed`` is what stood in the inputs, which keep it; without it they show what is stored, or last week's numbers.
    Raises :class:`~bot.hours.errors.FutureWeek`.
    """
    if week_on > monday_of(today_of(person, reader.now)):
        raise FutureWeek
    shown = sheet(session, person, week_on, reader.now, around.company)
    asks = not shown.final and any(not part.locked for part in shown.parts)
    last_total = sum(row.last_week for row in shown.rows)
    untouched = asks and not shown.total and not any(part.locked for part in shown.parts)
    prefilled = untouched and shown.answered_at is None and last_total > 0
    inputs = inputs_of(shown) if asks else {}
    stored = _stored(shown, inputs, reader, prefilled=prefilled)
    given = dict(typed)
    kept = {field: given.get(field, value) for field, value in stored.items()}
    added = {field: given[field] for field in (ADD_OFFER, ADD_HOURS) if field in given}
    own = viewer is None or viewer.id == person.id
    return HoursWeekView(
        person_id=person.id,
        week_on=week_on,
        last_on=week_on + timedelta(days=6),
        number=week_on.isocalendar().week,
        revision=shown.revision,
        total=hours_of(shown.total),
        until=_until(person, week_on, around),
        locks=tuple(
            LockDate(first=one.part.first, open_until=one.open_until, locked=one.locked) for one in shown.parts
        ),
        lines=tuple(_line(row, shown, inputs) for row in shown.rows),
        name="" if own else person.name,
        final=shown.final,
        locked=all(part.locked for part in shown.parts),
        prefilled=prefilled,
        same=prefilled,
        none=asks and not shown.total,
        has_next=next_week(week_on) <= monday_of(today_of(person, reader.now)),
        last_total=hours_of(last_total),
        undo_until=shown.undo_until,
        entered=_entered(session, shown),
        held_back=_held_back(shown),
        choices=_choices(session, given.get(ADD_OFFER, "")) if asks else (),
        values=tuple((kept | added).items()),
        errors=errors,
        note=note,
    )


def inputs_of(shown: WeekSheet) -> dict[int, tuple[str, date | None]]:
    """The input of each offer, and the part it stands for: the open one, or None for the whole week."""
    opened = [part for part in shown.parts if not part.locked]
    if not opened:
        return {}
    part_on = None if len(opened) == len(shown.parts) else opened[0].part.first
    return {row.offer_id: (hours_field(row.offer_id, part_on), part_on) for row in shown.rows}


def _stored(
    shown: WeekSheet, inputs: Mapping[int, tuple[str, date | None]], reader: Reader, *, prefilled: bool
) -> dict[str, str]:
    """What the inputs show by themselves; nothing where there are no hours."""
    firsts = [part.part.first for part in shown.parts]
    values = {}
    for row in shown.rows:
        if row.offer_id not in inputs:
            continue
        field, part_on = inputs[row.offer_id]
        quarters = row.quarters if part_on is None else row.parts[firsts.index(part_on)]
        quarters = row.last_week if prefilled else quarters
        values[field] = typed_hours(quarters, reader) if quarters else ""
    return values


def typed_hours(quarters: int, reader: Reader) -> str:
    """Quarter hours as the reader would type them."""
    return written(quarters, DECIMALS[reader.language])


def _line(row: HoursRow, shown: WeekSheet, inputs: Mapping[int, tuple[str, date | None]]) -> HoursLine:
    split = len(shown.parts) > 1
    return HoursLine(
        number=row.number,
        title=row.title,
        hours=hours_of(row.quarters),
        input=inputs[row.offer_id][0] if row.offer_id in inputs else "",
        parts=tuple(
            HoursPart(first=state.part.first, hours=hours_of(quarters), locked=state.locked)
            for state, quarters in zip(shown.parts, row.parts, strict=True)
            if split
        ),
        last_week=hours_of(row.last_week),
        spent=hours_of(row.spent),
        planned=hours_of(row.planned) if row.planned is not None else None,
    )


def _until(person: Person, week_on: date, around: Surroundings) -> datetime:
    """When reminders of that week begin where the person is."""
    rules = around.company.rules.hours
    day = next_week(week_on) + timedelta(days=rules.reminder_day - 1)
    return datetime.combine(day, time.fromisoformat(rules.reminder_time), ZoneInfo(person.time_zone))


def _entered(session: Session, shown: WeekSheet) -> Change | None:
    """Who answered, when it was somebody else."""
    if shown.answered_at is None or shown.answered_by_id in {None, shown.person_id}:
        return None
    by = session.get(Person, shown.answered_by_id)
    return Change(sentence("hours.entered", name=by.name if by is not None else ""), shown.answered_at)


def _held_back(shown: WeekSheet) -> tuple[HeldBack, ...]:
    named = {row.offer_id: f"{row.number} {row.title}".strip() for row in shown.rows}
    return tuple(
        HeldBack(
            offer=named.get(one.offer_id, ""),
            first=one.part.part.first,
            since=one.part.open_until + timedelta(days=1),
            wanted=hours_of(one.wanted),
            kept=hours_of(one.kept),
        )
        for one in shown.withheld
    )


def _choices(session: Session, picked: str) -> tuple[tuple[str, str], ...]:
    """The first offers to add, and the picked one even if it is not among them."""
    first = search.first_choices(session, FieldKind.OFFER, None)[:FIRST_OFFERS]
    known = records.read_reference(session, FieldKind.OFFER, picked) if picked else None
    if known is None or any(value == picked for value, _title in first):
        return tuple(first)
    return (*first, (picked, session.get_one(Offer, known).full_name))


def correction_view(
    session: Session,
    person: Person,
    week_on: date,
    around: Surroundings,
    reader: Reader,
    *,
    viewer: Person,
    typed: Typed = (),
    errors: tuple[FieldError, ...] = (),
) -> CorrectionFormView:
    """The locked parts of a week with their numbers now, or those that a lock held back.

    Raises :class:`~bot.hours.errors.FutureWeek`.
    """
    if week_on > monday_of(today_of(person, reader.now)):
        raise FutureWeek
    shown = sheet(session, person, week_on, reader.now, around.company)
    wanted = {(one.offer_id, one.part.part.first): one.wanted for one in shown.withheld}
    values: dict[str, str] = {}
    inputs = []
    for row in shown.rows:
        for state, quarters in zip(shown.parts, row.parts, strict=True):
            if state.locked:
                field = hours_field(row.offer_id, state.part.first)
                values[field] = typed_hours(wanted.get((row.offer_id, state.part.first), quarters), reader)
                named = state.part.first if len(shown.parts) > 1 else None
                inputs.append(CorrectionInput(field=field, offer=f"{row.number} {row.title}".strip(), first=named))
    given = dict(typed)
    names: Iterable[str] = (*values, ADD_OFFER, ADD_HOURS, Field.REASON)
    return CorrectionFormView(
        person_id=person.id,
        week_on=week_on,
        last_on=week_on + timedelta(days=6),
        inputs=tuple(inputs),
        name="" if viewer.id == person.id else person.name,
        choices=_choices(session, given.get(ADD_OFFER, "")),
        values=tuple((name, given[name] if name in given else values.get(name, "")) for name in names),
        errors=errors,
    )
