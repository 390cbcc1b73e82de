"""Hours are said, split over months, locked, corrected, and taken back; every change is another entry."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.errors import NotAllowed, NotFound
from bot.hours import service as hours
from bot.hours.errors import FutureWeek, HoursLocked, TooLateToUndo, TooManyHours
from bot.hours.models import HoursEntry, HoursWeek
from tests.unit.hours.conftest import FRIDAY, STRADDLING, WEEK, Timesheets

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

DECEMBER = date(2026, 12, 1)
IN_DECEMBER = datetime(2026, 12, 4, 13, tzinfo=UTC)
AFTER_NOVEMBERS_LOCK = datetime(2026, 12, 8, 8, tzinfo=UTC)
"""The fifth working day of December 2026 is Monday the 7th."""


def test_a_week_is_saved_and_shown(timesheets: Timesheets) -> None:
    first, second = timesheets.offer("S580", "engineer"), timesheets.offer("S581", "engineer")
    saved = timesheets.save("engineer", WEEK, {first: 7.5, second: 3}, final=True)
    assert saved.changed
    assert timesheets.shown("engineer") == {"S580": 7.5, "S581": 3.0}
    shown = timesheets.sheet("engineer")
    assert (shown.total, shown.final, shown.missing) == (42, True, ())
    assert not timesheets.save("engineer", WEEK, {first: 7.5, second: 3}, final=True).changed
    assert len(timesheets.entries()) == 2


def test_a_changed_number_is_another_entry(timesheets: Timesheets) -> None:
    offer = timesheets.offer("S580", "engineer")
    timesheets.save("engineer", WEEK, {offer: 7})
    timesheets.save("engineer", WEEK, {offer: 4.25})
    assert [entry[2] for entry in timesheets.entries()] == [7.0, -2.75]


def test_a_straddling_week_is_split_by_days_in_quarter_hours(timesheets: Timesheets) -> None:
    offer = timesheets.offer("S580", "engineer")
    timesheets.save("engineer", STRADDLING, {offer: 10}, now=IN_DECEMBER)
    assert timesheets.entries() == [
        (offer, STRADDLING, 2.0, "entry"),
        (offer, DECEMBER, 8.0, "entry"),
    ]


def test_a_form_saved_after_one_part_was_locked_saves_the_other_and_says_what_was_not(timesheets: Timesheets) -> None:
    offer = timesheets.offer("S580", "engineer")
    timesheets.save("engineer", STRADDLING, {offer: 10}, now=IN_DECEMBER)
    late = timesheets.save("engineer", STRADDLING, {offer: 15}, now=AFTER_NOVEMBERS_LOCK)
    (held,) = late.withheld
    assert (held.part.part.first, held.wanted, held.kept) == (STRADDLING, 12, 8)
    assert timesheets.shown("engineer", STRADDLING, now=AFTER_NOVEMBERS_LOCK) == {"S580": 14.0}


def test_an_undo_gives_back_what_was_held_back_before(timesheets: Timesheets) -> None:
    one, other = timesheets.offer("S580", "engineer"), timesheets.offer("S581", "engineer")

    def held() -> list[tuple[int, int]]:
        shown = timesheets.sheet("engineer", STRADDLING, now=AFTER_NOVEMBERS_LOCK)
        return [(withheld.offer_id, withheld.wanted) for withheld in shown.withheld]

    timesheets.save("engineer", STRADDLING, {one: 10}, now=IN_DECEMBER)
    timesheets.save("engineer", STRADDLING, {one: 15}, now=AFTER_NOVEMBERS_LOCK)
    assert held() == [(one, 12)]
    newest = timesheets.save("engineer", STRADDLING, {one: 20, other: 5}, now=AFTER_NOVEMBERS_LOCK)
    assert held() == [(one, 13), (other, 4)]
    timesheets.house.write(
        lambda session: hours.undo(
            session,
            newest.week_id,
            newest.revision,
            actor=timesheets.house.person(session, "engineer"),
            now=AFTER_NOVEMBERS_LOCK,
            company=timesheets.company,
        )
    )
    assert held() == [(one, 12)]


def test_a_locked_part_is_corrected_with_a_reason_and_the_correction_is_audited(timesheets: Timesheets) -> None:
    offer = timesheets.offer("S580", "engineer")
    timesheets.save("engineer", WEEK, {offer: 10})
    held = timesheets.save("engineer", WEEK, {offer: 12}, now=AFTER_NOVEMBERS_LOCK)
    assert not held.changed
    assert held.withheld
    timesheets.save("engineer", WEEK, {offer: 12}, now=AFTER_NOVEMBERS_LOCK, reason="Forgot the call")
    assert timesheets.entries()[-1] == (offer, WEEK, 2.0, "correction")

    def audited(session: Session) -> int:
        return session.scalar(sa.text("SELECT count(*) FROM audit_event WHERE action = 'hours.corrected'")) or 0

    assert timesheets.house.write(audited) == 1


def test_the_last_open_day_is_still_open(timesheets: Timesheets) -> None:
    offer = timesheets.offer("S580", "engineer")
    just_before_midnight = datetime(2026, 12, 7, 22, 59, tzinfo=UTC)
    assert timesheets.save("engineer", WEEK, {offer: 1}, now=just_before_midnight).changed
    assert timesheets.save("engineer", WEEK, {offer: 2}, now=just_before_midnight + timedelta(minutes=2)).withheld


def test_a_day_lands_in_its_part_and_an_unchanged_sum_moves_nothing(timesheets: Timesheets) -> None:
    offer = timesheets.offer("S580", "engineer")
    timesheets.log("engineer", offer, STRADDLING, 4, now=IN_DECEMBER)
    timesheets.save("engineer", STRADDLING, {offer: 4}, now=IN_DECEMBER, final=True)
    assert timesheets.entries() == [(offer, STRADDLING, 4.0, "entry")]
    with pytest.raises(HoursLocked):
        timesheets.log("engineer", offer, STRADDLING, 1, now=AFTER_NOVEMBERS_LOCK)


def test_future_weeks_too_much_and_strangers_are_refused(timesheets: Timesheets) -> None:
    offer = timesheets.offer("S580", "engineer")
    with pytest.raises(FutureWeek):
        timesheets.save("engineer", STRADDLING, {offer: 1})
    with pytest.raises(FutureWeek):
        timesheets.log("engineer", offer, FRIDAY.date() + timedelta(days=1), 1)
    with pytest.raises(TooManyHours):
        timesheets.save("engineer", WEEK, {offer: 80.25})
    with pytest.raises(NotFound):
        timesheets.save("engineer", WEEK, {offer + 99: 1})
    with pytest.raises(NotAllowed):
        timesheets.save("engineer", WEEK, {offer: 1}, by="project manager")
    assert timesheets.save("engineer", WEEK, {offer: 80}, by="key user").changed
    assert len(timesheets.entries()) == 1


def test_an_answer_is_taken_back_exactly_and_once(timesheets: Timesheets) -> None:
    first, second = timesheets.offer("S580", "engineer"), timesheets.offer("S581", "engineer")
    timesheets.save("engineer", WEEK, {first: 5})
    saved = timesheets.save("engineer", WEEK, {first: 7, second: 2}, final=True)

    def back(session: Session, now: datetime = FRIDAY) -> bool:
        engineer = timesheets.house.person(session, "engineer")
        return hours.undo(
            session, saved.week_id, saved.revision, actor=engineer, now=now, company=timesheets.company
        ).changed

    with pytest.raises(TooLateToUndo):
        timesheets.house.write(lambda session: back(session, FRIDAY + timedelta(minutes=6)))
    assert timesheets.house.write(back)
    assert not timesheets.house.write(back)
    assert timesheets.shown("engineer") == {"S580": 5.0, "S581": 0.0}
    assert not timesheets.sheet("engineer").final


def test_the_same_as_last_week_keeps_what_was_said_before_and_none_is_an_answer(timesheets: Timesheets) -> None:
    first, second = timesheets.offer("S580", "engineer"), timesheets.offer("S581", "engineer")
    timesheets.save("engineer", date(2026, 11, 16), {first: 6}, now=FRIDAY - timedelta(days=7))
    timesheets.save("engineer", WEEK, {second: 1.5})

    def same(session: Session) -> bool:
        engineer = timesheets.house.person(session, "engineer")
        return hours.same_as_last(
            session, engineer, WEEK, actor=engineer, now=FRIDAY, company=timesheets.company
        ).changed

    assert timesheets.house.write(same)
    assert not timesheets.house.write(same)
    assert timesheets.shown("engineer") == {"S580": 6.0, "S581": 1.5}
    timesheets.offer("S582", "CTO")

    def none(session: Session) -> bool:
        chief = timesheets.house.person(session, "CTO")
        return hours.none_at_all(session, chief, WEEK, actor=chief, now=FRIDAY, company=timesheets.company).changed

    assert [row.number for row in timesheets.sheet("CTO").missing] == ["S582"]
    assert timesheets.house.write(none)
    assert timesheets.sheet("CTO").missing == ()


def test_the_database_itself_refuses_changes_and_impossible_hours(timesheets: Timesheets) -> None:
    offer = timesheets.offer("S580", "engineer")
    timesheets.save("engineer", WEEK, {offer: 5})
    for statement in (
        sa.update(HoursEntry).values(quarters=8),
        sa.delete(HoursEntry),
        sa.update(HoursWeek).values(quarters=321),
        sa.update(HoursWeek).values(quarters=-1),
    ):
        with pytest.raises(sa.exc.DBAPIError):
            timesheets.run(statement)
    assert timesheets.shown("engineer") == {"S580": 5.0}
