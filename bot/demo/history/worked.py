"""Hours by week: what people worked on offers, more before a date to send, less in August and around New Year."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from bot.demo.history import words
from bot.hours.models import EntryKind, HourlyRate, HoursEntry, HoursWeek
from bot.hours.rules import DAYS, monday_of, parts_of, split
from bot.people.models import Absence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from bot.demo.history.sizes import Staff
    from bot.demo.history.store import Row, Store

SEASON = (0.9, 1.0, 1.15, 1.0, 0.95, 1.2, 0.8, 0.45, 1.1, 1.1, 1.15, 0.7)
"""How much of the usual is worked in each month."""
MOST_IN_WEEK = 180
"""Quarters of one person; the rest of their time goes to projects."""
LEFT_OUT = 0.12
"""How often somebody did nothing on an offer in a week."""
CORRECTED = 0.01
WEEKS_AT_ONCE = 20
ANSWERED = time(14, 30, tzinfo=UTC)
LOCKED = timedelta(days=70)
"""What is older than this is surely locked, so a change is a correction."""
WEEK = timedelta(days=DAYS)


@dataclass(frozen=True, slots=True)
class Work:
    """Somebody works on an offer from one day to another, both included; usual ``quarters`` in a week."""

    person: int
    offer: int
    first: date
    last: date
    quarters: int


def fill(store: Store, chance: Random, works: Sequence[Work], staff: Staff, first: date, until: date) -> int:
    """Every week of every worker from the Monday ``first`` to before ``until``, each answered to the end.

    Returns how many entries there are.
    """
    by_week: dict[date, dict[int, list[Work]]] = defaultdict(lambda: defaultdict(list))
    for work in works:
        monday = monday_of(work.first)
        while monday <= work.last:
            by_week[monday][work.person].append(work)
            monday += WEEK
    written, monday = 0, first
    while monday < until:
        weeks: list[Row] = []
        entries: list[Row] = []
        for _ in range(WEEKS_AT_ONCE):
            if monday >= until:
                break
            for person in staff.workers:
                week, added = _week(store, chance, person, monday, by_week[monday].get(person, ()))
                if until - monday > LOCKED and added and chance.random() < CORRECTED:
                    added.append(_correct(store, chance, week, added[0]))
                weeks.append(week)
                entries += added
            monday += WEEK
        store.bulk(HoursWeek, weeks)
        written += store.bulk(HoursEntry, entries)
    return written


def _week(store: Store, chance: Random, person: int, monday: date, works: Sequence[Work]) -> tuple[Row, list[Row]]:
    answered = datetime.combine(monday + timedelta(days=4), ANSWERED)
    entries, total, parts = [], 0, parts_of(monday)
    for offer, usual in _usual(() if is_away(monday) else works, monday).items():
        quarters = 0 if chance.random() < LEFT_OUT else round(usual * chance.uniform(0.4, 1.6))
        wanted = min(quarters, MOST_IN_WEEK - total)
        total += max(wanted, 0)
        for part, share in zip(parts, split(max(wanted, 0), parts), strict=True):
            if share:
                entries.append(_entry(store, offer, part.first, share, answered))
    week = {
        "id": store.take_id(HoursWeek),
        "person_id": person,
        "week_on": monday,
        "quarters": total,
        "final": True,
        "was_final": False,
        "revision": 1,
        "answered_at": answered,
        "answered_by_id": person,
        "prompted_at": answered - timedelta(hours=2),
        "withheld": [],
    }
    for entry in entries:
        entry |= {"week_id": week["id"], "person_id": person, "entered_by_id": person}
    return week, entries


def _usual(works: Sequence[Work], monday: date) -> dict[int, float]:
    """What is usual in a week by offer: more in the last two weeks before its end."""
    found: dict[int, float] = {}
    for work in works:
        rush = 1.5 if work.last - monday < 2 * WEEK else 1.0
        usual = work.quarters * SEASON[monday.month - 1] * rush
        found[work.offer] = max(usual, found.get(work.offer, 0))
    return found


def _entry(store: Store, offer: int, part_on: date, quarters: int, at: datetime) -> Row:
    return {
        "id": store.take_id(HoursEntry),
        "offer_id": offer,
        "part_on": part_on,
        "quarters": quarters,
        "kind": EntryKind.ENTRY,
        "reason": None,
        "revision": 1,
        "entered_at": at,
    }


def _correct(store: Store, chance: Random, week: Row, entry: Row) -> Row:
    """Some weeks later, with a reason: hours more on the same offer."""
    at = week["answered_at"] + timedelta(days=chance.randint(50, 65))
    quarters, reason = chance.randint(1, 8), chance.choice(words.CORRECTIONS)
    week |= {"revision": 2, "was_final": True, "quarters": week["quarters"] + quarters, "answered_at": at}
    added = {
        **entry,
        "id": store.take_id(HoursEntry),
        "quarters": quarters,
        "kind": EntryKind.CORRECTION,
        "reason": reason,
        "revision": 2,
        "entered_at": at,
    }
    after = {
        "week": week["week_on"].isoformat(),
        "quarters": {f"{entry['offer_id']}/{entry['part_on'].isoformat()}": quarters},
        "final": True,
        "reason": reason,
    }
    store.trail(at, "hours.corrected", "hours_week", week["id"], week["person_id"], after=after)
    return added


def is_away(monday: date) -> bool:
    """Everybody is on holiday in the two middle weeks of August and over New Year."""
    friday = monday + timedelta(days=4)
    return (monday.month == 8 and 8 <= monday.day <= 21) or friday.month != monday.month == 12  # noqa: PLR2004  August


def absences(store: Store, staff: Staff, first: date, until: date) -> None:
    """The weeks in which nobody works, declared a month before."""
    for monday in _mondays(first, until):
        if not is_away(monday):
            continue
        for person in staff.workers:
            at = datetime.combine(monday - timedelta(days=28), ANSWERED)
            row = store.add(
                Absence,
                person_id=person,
                starts_on=monday,
                ends_on=monday + timedelta(days=4),
                declared_by_id=person,
                declared_at=at,
            )
            after = {"starts_on": row["starts_on"].isoformat(), "ends_on": row["ends_on"].isoformat()}
            store.trail(at, "absence.declared", "absence", row["id"], person, after=after)


def rates(store: Store, chance: Random, staff: Staff, first: date, until: date) -> None:
    """What an hour of everybody costs, a little more from each January on."""
    days = [first, *(date(year, 1, 1) for year in range(first.year + 1, until.year + 1))]
    for person in staff.workers:
        cents = chance.randrange(6000, 11000, 50)
        for place, day in enumerate(days):
            last = days[place + 1] - timedelta(days=1) if place + 1 < len(days) else None
            at = datetime.combine(day, ANSWERED)
            row = store.add(
                HourlyRate,
                person_id=person,
                valid_from=day,
                valid_to=last,
                cents=cents,
                set_by_id=staff.key_user,
                set_at=at,
            )
            after = {"person_id": person, "cents": cents, "valid_from": day.isoformat()}
            store.trail(at, "rate.added", "hourly_rate", row["id"], staff.key_user, after=after)
            cents = round(cents * 1.025 / 50) * 50


def _mondays(first: date, until: date) -> Iterator[date]:
    while first < until:
        yield first
        first += WEEK
