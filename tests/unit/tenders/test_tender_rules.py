"""What happened to a tender, and what may be posted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.tenders.rules import Change, Facts, announceable, changes, is_over, told
from bot.tenders.words import ChangeKind

NOW = datetime(2026, 10, 1, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
MUCH_LATER = NOW + timedelta(days=60)
ISSUED = Facts("A title", 2, NOW - timedelta(days=3), LATER, NOW + timedelta(days=20))
INTENDED = Facts("A title", 1, NOW - timedelta(days=3))


def kinds(old: Facts | None, new: Facts, *, closed: bool = False) -> list[str]:
    """What happened, by name."""
    return [change.kind.value for change in changes(old, new, NOW, closed=closed)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (None, ISSUED, ["published"]),
        (ISSUED, ISSUED, []),
        (INTENDED, ISSUED, ["issued"]),
        (replace(INTENDED, status_id=None), ISSUED, ["issued"]),
        (ISSUED, replace(ISSUED, closes_at=MUCH_LATER), ["deadline_moved"]),
        (ISSUED, replace(ISSUED, closes_at=None), ["deadline_moved"]),
        (INTENDED, replace(INTENDED, closes_at=LATER), ["deadline_moved"]),
        (replace(INTENDED, closes_at=LATER), replace(ISSUED, closes_at=MUCH_LATER), ["issued", "deadline_moved"]),
        (ISSUED, replace(ISSUED, clarification_at=LATER), ["clarification_moved"]),
        (ISSUED, replace(ISSUED, cancelled=True), ["cancelled"]),
        (replace(ISSUED, cancelled=True), ISSUED, ["edited"]),
        (ISSUED, replace(ISSUED, status_id=5), ["closed"]),
        (ISSUED, replace(ISSUED, closes_at=NOW), ["deadline_moved", "closed"]),
        (ISSUED, replace(ISSUED, status_id=4), ["edited"]),
        (ISSUED, replace(ISSUED, title="Another"), ["edited"]),
        (ISSUED, replace(ISSUED, rest=("x",)), ["edited"]),
        (ISSUED, replace(ISSUED, archived=True), ["edited"]),
    ],
)
def test_changes(old: Facts | None, new: Facts, expected: list[str]) -> None:
    assert kinds(old, new) == expected


def test_closing_is_said_once() -> None:
    evaluation = replace(ISSUED, status_id=5)
    assert kinds(evaluation, replace(evaluation, status_id=6), closed=True) == ["edited"]
    (change,) = changes(evaluation, replace(evaluation, status_id=6), NOW, closed=True)
    assert (change.before, change.after) == ("status 5", "status 6")


def test_dates_are_told_in_utc() -> None:
    (change,) = changes(ISSUED, replace(ISSUED, closes_at=MUCH_LATER), NOW)
    assert (change.before, change.after) == ("2026-10-31T08:00:00+00:00", "2026-11-30T08:00:00+00:00")


def test_the_most_telling_change_speaks_for_all() -> None:
    moved, cancelled = Change(ChangeKind.DEADLINE_MOVED), Change(ChangeKind.CANCELLED)
    assert told((moved, cancelled)) is cancelled
    assert told((Change(ChangeKind.EDITED), Change(ChangeKind.CLOSED), Change(ChangeKind.PUBLISHED))) is None


def test_over_means_date_passed_or_bids_opened() -> None:
    assert is_over(replace(ISSUED, closes_at=NOW), NOW)
    assert not is_over(replace(ISSUED, closes_at=NOW + timedelta(seconds=1)), NOW)
    assert is_over(replace(INTENDED, status_id=7), NOW)
    assert not is_over(INTENDED, NOW)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (ISSUED, True),
        (INTENDED, True),
        (replace(INTENDED, status_id=None, published_at=None), True),
        (replace(ISSUED, cancelled=True), False),
        (replace(ISSUED, archived=True), False),
        (replace(ISSUED, closes_at=NOW), False),
        (replace(ISSUED, status_id=3), False),
        (replace(ISSUED, title="GSTP WORK PLAN 2027"), False),
        (replace(ISSUED, published_at=NOW - timedelta(days=31)), False),
    ],
)
def test_announceable(facts: Facts, expected: bool) -> None:  # noqa: FBT001
    assert announceable(facts, NOW, timedelta(days=30)) is expected
