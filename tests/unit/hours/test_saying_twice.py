"""The same answer twice, undoing after reopening: what a sequence of presses may never do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.errors import Invalid
from bot.hours import service as hours
from tests.unit.hours.conftest import FRIDAY, STRADDLING, WEEK, Timesheets

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

IN_DECEMBER = datetime(2026, 12, 4, 13, tzinfo=UTC)
AFTER_NOVEMBERS_LOCK = datetime(2026, 12, 8, 8, tzinfo=UTC)


def test_the_same_answer_again_adds_nothing_to_the_open_part_for_what_a_lock_holds_back(timesheets: Timesheets) -> None:
    offer = timesheets.offer("S580", "engineer")
    timesheets.save("engineer", STRADDLING, {offer: 10}, now=IN_DECEMBER)
    first = timesheets.save("engineer", STRADDLING, {offer: 15}, now=AFTER_NOVEMBERS_LOCK)
    assert timesheets.shown("engineer", STRADDLING, now=AFTER_NOVEMBERS_LOCK) == {"S580": 14.0}
    again = timesheets.save("engineer", STRADDLING, {offer: 15}, now=AFTER_NOVEMBERS_LOCK)
    assert (again.changed, again.withheld) == (False, first.withheld)
    assert timesheets.shown("engineer", STRADDLING, now=AFTER_NOVEMBERS_LOCK) == {"S580": 14.0}
    as_shown = timesheets.save("engineer", STRADDLING, {offer: 14}, now=AFTER_NOVEMBERS_LOCK)
    assert (as_shown.changed, as_shown.withheld) == (False, ())
    corrected = timesheets.save("engineer", STRADDLING, {offer: 15}, now=AFTER_NOVEMBERS_LOCK, reason="Forgotten")
    assert corrected.changed
    assert timesheets.shown("engineer", STRADDLING, now=AFTER_NOVEMBERS_LOCK) == {"S580": 15.0}


def test_the_same_as_last_week_twice_in_a_partly_locked_week_is_said_once(timesheets: Timesheets) -> None:
    offer = timesheets.offer("S580", "engineer")
    timesheets.save("engineer", WEEK, {offer: 20}, now=FRIDAY)
    timesheets.save("engineer", STRADDLING, {offer: 5}, now=IN_DECEMBER)

    def same(session: Session) -> bool:
        engineer = timesheets.house.person(session, "engineer")
        return hours.same_as_last(
            session, engineer, STRADDLING, actor=engineer, now=AFTER_NOVEMBERS_LOCK, company=timesheets.company
        ).changed

    assert timesheets.house.write(same)
    total = timesheets.sheet("engineer", STRADDLING, now=AFTER_NOVEMBERS_LOCK).total
    assert not timesheets.house.write(same)
    assert timesheets.sheet("engineer", STRADDLING, now=AFTER_NOVEMBERS_LOCK).total == total


@pytest.mark.parametrize("was_final", [True, False])
def test_undoing_after_reopening_brings_back_what_was_before_the_answer(
    timesheets: Timesheets, *, was_final: bool
) -> None:
    offer = timesheets.offer("S580", "engineer")
    timesheets.save("engineer", WEEK, {offer: 4}, final=was_final)
    saved = timesheets.save("engineer", WEEK, {offer: 5}, final=True)

    def reopen_and_undo(session: Session) -> None:
        engineer = timesheets.house.person(session, "engineer")
        hours.reopen(session, engineer.id, WEEK, actor=engineer, now=FRIDAY)
        hours.undo(session, saved.week_id, saved.revision, actor=engineer, now=FRIDAY, company=timesheets.company)

    timesheets.house.write(reopen_and_undo)
    shown = timesheets.sheet("engineer")
    assert (shown.total, shown.final) == (16, was_final)


@pytest.mark.parametrize("part", [None, WEEK])
def test_less_than_nothing_is_refused(timesheets: Timesheets, part: object) -> None:
    offer = timesheets.offer("S580", "engineer")
    timesheets.save("engineer", WEEK, {offer: 4})
    with pytest.raises(Invalid):
        timesheets.save("engineer", WEEK, {(offer, part): -0.25})
    assert timesheets.shown("engineer") == {"S580": 4.0}
