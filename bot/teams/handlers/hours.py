"""What a person presses on the card of a week, and the dialog that corrects it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from bot.errors import Invalid, NotFound, Refused, Stale
from bot.hours import service as hours
from bot.hours.amounts import hours_of, parse_hours
from bot.hours.errors import HoursLocked, TooManyHours
from bot.hours.rules import monday_of
from bot.hours.sheets import cells_of, part_states, sheet
from bot.people.models import Person
from bot.records import service as records
from bot.records.fields import FieldKind
from bot.teams.answers import Answer, Open, Say, Show
from bot.teams.context import Payload, Turn
from bot.teams.dispatch import worded_error
from bot.teams.presenters.hours import correction_view, week_view
from bot.teams.typed import FIRST_YEAR, LAST_YEAR
from cards.fields import ADD_HOURS, ADD_OFFER, Field, hours_of_field
from cards.hours import TOTAL, correction_form, hours_week_card
from cards.views.forms import FieldError
from cards.views.reader import Sentence, sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.hours.service import Answered, Values
    from bot.hours.sheets import WeekSheet
    from bot.teams.dispatch import Errors
    from bot.teams.typed import Problems
    from cards.views.forms import Typed

MOST_INPUTS = 100
"""Offers of one form; a card shows far fewer."""
TYPED_LIMIT = 40
"""Characters of one typed number that are read and shown again."""


class CorrectionPayload(Payload):
    """What the dialog sends besides the numbers."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a press came to: what it says, and what the inputs keep with what is wrong with it."""

    note: Sentence | None = None
    typed: Typed = ()
    errors: tuple[FieldError, ...] = ()


def show(turn: Turn, _result: object) -> Answer:
    """A week, by button."""
    return show_week(turn, *_week(turn))


def show_pressed(turn: Turn, pressed: Pressed | None) -> Answer:
    """The week after a press."""
    return show_week(turn, *_week(turn), pressed or Pressed())


def show_week(turn: Turn, person: Person, week_on: date, pressed: Pressed = Pressed()) -> Answer:
    """A week of a person, for whoever asks: their own, or with the key user's eyes.

    Raises :class:`~bot.errors.NotAllowed` and :class:`~bot.hours.errors.FutureWeek`.
    """
    hours.require_hours_of(turn.session, person.id, turn.person, turn.now)
    view = week_view(
        turn.session,
        person,
        week_on,
        turn.around,
        turn.reader,
        viewer=turn.person,
        typed=pressed.typed,
        errors=pressed.errors,
        note=pressed.note,
    )
    return Show(hours_week_card, view, turn.reader)


def _week(turn: Turn) -> tuple[Person, date]:
    """Whose week and which, as the button says: without an id one's own, without a day the current one."""
    payload = turn.payload(Payload)
    person_id = payload.id or turn.person.id
    hours.require_hours_of(turn.session, person_id, turn.person, turn.now)
    person = turn.session.get(Person, person_id)
    if person is None:
        raise NotFound
    return person, _monday(payload.q) if payload.q else monday_of(hours.today_of(person, turn.now))


def _monday(text: str) -> date:
    """The Monday that a button names."""
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise NotFound from error
    if not FIRST_YEAR <= found.year <= LAST_YEAR or found != monday_of(found):
        raise NotFound
    return found


def final(turn: Turn) -> Pressed:
    """These are the hours of the week, and nothing is missing."""
    return _save(turn, final=True)


def later(turn: Turn) -> Pressed:
    """Keep these numbers; the week is not answered yet."""
    return _save(turn, final=None)


def _save(turn: Turn, *, final: bool | None) -> Pressed:
    person, week_on = _week(turn)
    typed = _typed(turn)
    problems: Problems = {}
    values = _values(typed, problems)
    _add(turn, week_on, typed, values, problems, locked=False)
    if problems:
        return Pressed(typed=_as_typed(typed), errors=_errors(problems))
    revision = turn.payload(Payload).rev
    try:
        _write(turn, person, week_on, values, final=final, revision=revision)
    except TooManyHours as refusal:
        return Pressed(typed=_as_typed(typed), errors=_errors({TOTAL: (refusal.key, refusal.params)}))
    except Stale:
        return _changed_meanwhile(turn, person, week_on, typed, values)
    return Pressed(note=sentence("hours.note_saved") if final is None else None)


def _typed(turn: Turn) -> dict[str, str]:
    """The numbers that stood in the inputs, as they were typed."""
    data = turn.inbound.data
    fields = [name for name in data if hours_of_field(name) is not None][:MOST_INPUTS]
    fields += [name for name in (ADD_OFFER, ADD_HOURS) if name in data]
    return {name: str(data[name] if data[name] is not None else "")[:TYPED_LIMIT].strip() for name in fields}


def _as_typed(typed: dict[str, str]) -> Typed:
    return tuple(typed.items())


def _errors(problems: Problems) -> tuple[FieldError, ...]:
    return tuple(FieldError(field=field, what=worded_error(*problem)) for field, problem in problems.items())


def _values(typed: dict[str, str], problems: Problems) -> Values:
    """What was typed as quarter hours; an empty input is no hours. Problems stand at their inputs."""
    values: Values = {}
    for field, text in typed.items():
        cell = hours_of_field(field)
        if cell is not None:
            values[cell] = _quarters(field, text, problems)
    return values


def _quarters(field: str, text: str, problems: Problems) -> int:
    if not text:
        return 0
    try:
        return parse_hours(text)
    except Refused as refusal:
        problems[field] = (refusal.key, refusal.params)
        return 0


def _add(turn: Turn, week_on: date, typed: dict[str, str], values: Values, problems: Problems, *, locked: bool) -> None:
    """The offer that was picked besides those listed, into the parts that are locked or into those that are not."""
    picked, text = typed.get(ADD_OFFER, ""), typed.get(ADD_HOURS, "")
    if not picked and not text:
        return
    offer_id = records.read_reference(turn.session, FieldKind.OFFER, picked) if picked else None
    quarters = _quarters(ADD_HOURS, text, problems)
    if not text:
        problems[ADD_HOURS] = ("hours.error_added", {})
    if offer_id is None:
        problems[ADD_OFFER] = ("hours.error_offer", {})
    elif any(offer_id == listed for listed, _part in values):
        problems[ADD_OFFER] = ("hours.error_listed", {})
    else:
        states = part_states(week_on, turn.now, turn.company)
        meant = [state.part.first for state in states if state.locked is locked]
        values[offer_id, meant[0] if 0 < len(meant) < len(states) else None] = quarters


def _write(
    turn: Turn,
    person: Person,
    week_on: date,
    values: Values,
    *,
    final: bool | None = None,
    reason: str | None = None,
    revision: int | None = None,
) -> Answered:
    return hours.save(
        turn.session,
        person.id,
        week_on,
        values,
        actor=turn.person,
        now=turn.now,
        company=turn.company,
        final=final,
        reason=reason,
        revision=revision,
    )


def _changed_meanwhile(turn: Turn, person: Person, week_on: date, typed: dict[str, str], values: Values) -> Pressed:
    """The card was out of date: it shows what stands now, and beside it what was typed otherwise."""
    current = cells_of(turn.session, person.id, week_on)
    problems: Problems = {}
    for field, text in typed.items():
        cell = hours_of_field(field)
        if cell is None:
            continue
        stands = sum(quarters for key, quarters in current.items() if key == cell or (key[0], None) == cell)
        if stands != values[cell]:
            problems[field] = ("hours.error_moved", {"typed": text or "0"})
    added = {name: text for name, text in typed.items() if name in {ADD_OFFER, ADD_HOURS}}
    return Pressed(note=sentence("hours.note_stale"), typed=_as_typed(added), errors=_errors(problems))


def same(turn: Turn) -> Pressed:
    """The same as last week, in one click."""
    return _at_once(turn, hours.same_as_last, needs_last=True)


def none(turn: Turn) -> Pressed:
    """No hours at all, in one click."""
    return _at_once(turn, hours.none_at_all)


def _at_once(turn: Turn, answer: Callable[..., Answered], *, needs_last: bool = False) -> Pressed:
    """Answer a week nobody said anything about yet. An answered one stays; hours that were entered are not replaced."""
    person, week_on = _week(turn)
    shown = _sheet(turn, person, week_on)
    if shown.final:
        return Pressed()
    if shown.total:
        return Pressed(note=sentence("hours.note_entered"))
    if needs_last and not any(row.last_week for row in shown.rows):
        return Pressed(note=sentence("hours.note_nothing"))
    try:
        answer(turn.session, person, week_on, actor=turn.person, now=turn.now, company=turn.company)
    except Stale:
        return Pressed(note=sentence("hours.note_entered"))
    return Pressed()


def undo(turn: Turn) -> Pressed:
    """Take the newest answer back."""
    person, week_on = _week(turn)
    shown = _sheet(turn, person, week_on)
    if shown.week_id is None:
        raise NotFound
    revision = turn.payload(Payload).rev
    hours.undo(turn.session, shown.week_id, revision, actor=turn.person, now=turn.now, company=turn.company)
    return Pressed(note=sentence("hours.note_undone"))


def _sheet(turn: Turn, person: Person, week_on: date) -> WeekSheet:
    return sheet(turn.session, person, week_on, turn.now, turn.company)


def reopen(turn: Turn) -> Pressed:
    """Ask again. Raises :class:`~bot.hours.errors.HoursLocked` when nothing of the week can be changed any more."""
    person, week_on = _week(turn)
    states = part_states(week_on, turn.now, turn.company)
    if all(state.locked for state in states):
        newest = states[-1]
        raise HoursLocked(month=newest.part.first, since=newest.open_until + timedelta(days=1))
    hours.reopen(turn.session, person.id, week_on, actor=turn.person, now=turn.now)
    return Pressed()


def correction(turn: Turn, typed: Typed, errors: Errors) -> Open:
    """The dialog for what is locked; what a lock held back stands in it already."""
    person, week_on = _week(turn)
    view = correction_view(
        turn.session,
        person,
        week_on,
        turn.around,
        turn.reader,
        viewer=turn.person,
        typed=typed,
        errors=errors,
    )
    return Open(correction_form, view, turn.reader)


def correct(turn: Turn) -> Answered:
    """Write the new numbers as corrections, with the reason."""
    person, week_on = _week(turn)
    reason = turn.payload(CorrectionPayload).reason
    typed = _typed(turn)
    problems: Problems = {}
    values = _values(typed, problems)
    _add(turn, week_on, typed, values, problems, locked=True)
    if not reason:
        problems[Field.REASON] = ("hours.error_reason", {})
    if problems:
        raise Invalid(problems)
    try:
        return _write(turn, person, week_on, values, reason=reason)
    except TooManyHours as refusal:
        raise Invalid({TOTAL: (refusal.key, refusal.params)}) from refusal


def said_corrected(turn: Turn, result: Answered | None) -> Answer:
    """Close the dialog with what the week comes to now."""
    person, week_on = _week(turn)
    total = hours_of(_sheet(turn, person, week_on).total)
    changed = result is None or result.changed
    key = sentence("hours.said_corrected", first=week_on, total=total) if changed else sentence("hours.said_unchanged")
    return Say(key, turn.reader, closes_dialog=True)
