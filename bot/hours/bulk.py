"""The door for many weeks at once: what a file of past hours says, made true with few statements.

The promises are those of :mod:`bot.hours.service`: a week's row is locked before its entries are read, its quarters are
the sum of its entries, and every answer has a revision of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from bot.hours.marks import chunks, mark_weeks
from bot.hours.models import EntryKind, HoursEntry, HoursWeek
from bot.hours.rules import DAYS, MOST_QUARTERS, Part, parts_of, split, spread
from bot.statements import insert_into

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sqlalchemy.orm import Session

    from bot.hours.service import Values
    from bot.people.models import Person

Cell = tuple[int, date]
"""Offer, and first day of the part."""


class WeekKey(NamedTuple):
    """Whose week, and its Monday."""

    person_id: int
    week_on: date


@dataclass(frozen=True, slots=True)
class WeekPlan:
    """One week in quarter hours: what its cells ``have``, and what those that are named are ``wanted`` to hold."""

    have: Mapping[Cell, int]
    wanted: Mapping[Cell, int]

    @property
    def changes(self) -> dict[Cell, int]:
        """What is added to each cell, or (below 0) taken away."""
        return {
            cell: number - self.have.get(cell, 0)
            for cell, number in self.wanted.items()
            if number != self.have.get(cell, 0)
        }

    @property
    def quarters(self) -> int:
        """Of the whole week afterwards."""
        return sum({**self.have, **self.wanted}.values())

    @property
    def too_much(self) -> bool:
        """More than a week may hold."""
        return self.quarters > MOST_QUARTERS


def plan(
    session: Session, wanted: Mapping[WeekKey, Values], weekend: Collection[int], *, lock: bool
) -> dict[WeekKey, WeekPlan]:
    """What would change so that every named number is true; what is not named stays.

    A number of a whole week is spread over its parts by their share of days; beside numbers of parts it adds to them.
    With ``lock`` the weeks are made where they are missing, and nobody else's until this transaction ends.
    """
    if lock:
        _lock(session, wanted)
    stored = _stored(session, wanted)
    made = {}
    for key, values in wanted.items():
        have = stored.get(key, {})
        made[key] = WeekPlan(have, cells_wanted(values, have, parts_of(key.week_on, weekend)))
    return made


def cells_wanted(values: Values, have: Mapping[Cell, int], parts: Sequence[Part]) -> dict[Cell, int]:
    """The number of each part that is named, or belongs to a week that is."""
    by_part = {(offer_id, part_on): number for (offer_id, part_on), number in values.items() if part_on is not None}
    split_offers = {offer_id for offer_id, _part in by_part}
    cells = dict(by_part)
    for (offer_id, part_on), number in values.items():
        if part_on is not None:
            continue
        own = [(offer_id, part.first) for part in parts]
        if offer_id in split_offers:
            numbers = split(number, parts)
            cells |= {cell: by_part.get(cell, 0) + more for cell, more in zip(own, numbers, strict=True)}
        else:
            numbers = spread([have.get(cell, 0) for cell in own], number, parts)
            cells |= dict(zip(own, numbers, strict=True))
    return cells


def _lock(session: Session, keys: Collection[WeekKey]) -> None:
    """In one order for everybody, so that two imports wait for each other and never in a circle."""
    table = HoursWeek.__table__
    fresh = {"quarters": 0, "final": False, "was_final": False, "revision": 0, "withheld": [], "was_withheld": []}
    insert = insert_into(HoursWeek, session.get_bind().dialect.name).on_conflict_do_nothing(
        index_elements=["person_id", "week_on"]
    )
    rows = [{**key._asdict(), **fresh} for key in sorted(keys)]
    session.connection().execute(insert, rows)
    for person_id, mondays in _by_person(keys).items():
        for some in chunks(mondays):
            session.execute(
                sa.select(table.c.id)
                .where(table.c.person_id == person_id, table.c.week_on.in_(some))
                .order_by(table.c.week_on)
                .with_for_update()
            ).all()


def _by_person(keys: Collection[WeekKey]) -> dict[int, list[date]]:
    found: dict[int, list[date]] = defaultdict(list)
    for person_id, week_on in sorted(keys):
        found[person_id].append(week_on)
    return found


def _stored(session: Session, keys: Collection[WeekKey]) -> dict[WeekKey, dict[Cell, int]]:
    """What is entered in these weeks."""
    found: dict[WeekKey, dict[Cell, int]] = defaultdict(dict)
    total = sa.func.sum(HoursEntry.quarters)
    for person_id, mondays in _by_person(keys).items():
        statement = (
            sa.select(HoursEntry.offer_id, HoursEntry.part_on, total)
            .where(
                HoursEntry.person_id == person_id,
                HoursEntry.part_on >= mondays[0],
                HoursEntry.part_on < mondays[-1] + timedelta(days=DAYS),
            )
            .group_by(HoursEntry.offer_id, HoursEntry.part_on)
            .having(total != 0)
        )
        for offer_id, part_on, quarters in session.execute(statement):
            key = WeekKey(person_id, part_on - timedelta(days=part_on.weekday()))
            found[key][offer_id, part_on] = int(quarters)
    return found


def write(
    session: Session,
    plans: Mapping[WeekKey, WeekPlan],
    final: Collection[WeekKey],
    reason: Callable[[WeekKey, int], str],
    *,
    actor: Person,
    now: datetime,
) -> int:
    """Enter what :func:`plan` found under its locks, and close the weeks of ``final``. Returns how many weeks changed.

    ``reason`` of a week and an offer stands at each entry.
    """
    weeks: list[dict[str, Any]] = []
    entries: list[dict[str, Any]] = []
    for row in _weeks(session, plans):
        key = WeekKey(row.person_id, row.week_on)
        made, changes = plans[key], plans[key].changes
        after = {
            "quarters": made.quarters,
            "final": row.final or key in final,
            "withheld": [one for one in row.withheld if (one[0], date.fromisoformat(one[1])) not in made.wanted],
        }
        if not changes and (after["final"], after["withheld"]) == (row.final, row.withheld):
            continue
        revision = row.revision + 1
        before = {"was_final": row.final, "was_withheld": row.withheld}
        weeks.append({"id": row.id, "week_on": row.week_on, **after, **before, "revision": revision})
        entries += [
            {
                "week_id": row.id,
                "person_id": row.person_id,
                "offer_id": offer_id,
                "part_on": part_on,
                "quarters": quarters,
                "kind": EntryKind.IMPORT,
                "reason": reason(key, offer_id),
                "revision": revision,
                "entered_by_id": actor.id,
                "entered_at": now,
            }
            for (offer_id, part_on), quarters in changes.items()
        ]
    _store(session, weeks, entries, actor, now)
    mark_weeks(session, {week["id"]: week["week_on"] for week in weeks}, {one["offer_id"] for one in entries}, now=now)
    return len(weeks)


def _weeks(session: Session, keys: Collection[WeekKey]) -> list[Any]:
    """The rows of these weeks as they are now."""
    table = HoursWeek.__table__
    columns = [table.c[name] for name in ("id", "person_id", "week_on", "final", "revision", "withheld")]
    found: list[Any] = []
    for person_id, mondays in _by_person(keys).items():
        for some in chunks(mondays):
            chosen = sa.select(*columns).where(table.c.person_id == person_id, table.c.week_on.in_(some))
            found += session.execute(chosen).all()
    return found


def _store(
    session: Session,
    weeks: Sequence[Mapping[str, Any]],
    entries: Sequence[Mapping[str, Any]],
    actor: Person,
    now: datetime,
) -> None:
    """On the connection: thousands of rows are no objects of the session."""
    session.flush()
    connection = session.connection()
    if weeks:
        connection.execute(_CHANGE_WEEK, [_named_anew(week, actor, now) for week in weeks])
    if entries:
        connection.execute(sa.insert(HoursEntry), list(entries))
    # What the session holds of these weeks is older now.
    session.expire_all()


_COLUMNS = (
    "quarters",
    "final",
    "withheld",
    "was_final",
    "was_withheld",
    "revision",
    "answered_at",
    "answered_by_id",
)
_CHANGE_WEEK = (
    sa.update(HoursWeek)
    .where(HoursWeek.id == sa.bindparam("of"))
    .values({name: sa.bindparam(f"new_{name}", type_=HoursWeek.__table__.c[name].type) for name in _COLUMNS})
)


def _named_anew(week: Mapping[str, Any], actor: Person, now: datetime) -> dict[str, Any]:
    """The values of one update; a parameter may not be called like its column."""
    values = {**week, "answered_at": now, "answered_by_id": actor.id}
    return {"of": week["id"], **{f"new_{name}": values[name] for name in _COLUMNS}}
