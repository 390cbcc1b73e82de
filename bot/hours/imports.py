"""``offerdesk hours import``: what people worked before Offerdesk, from a file; all or nothing, every bad line named.

A file says how many hours a person worked on an offer in a week, or on a day. Lines of one week or day add up, and what
is said replaces what was there, so that the same file can be read again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import audit
from bot.hours.bulk import WeekKey, WeekPlan, plan, write
from bot.hours.rules import MOST_HOURS, QUARTERS_PER_HOUR, monday_of, part_of, parts_of
from bot.hours.service import REASON_LIMIT
from bot.offers.models import Offer
from bot.offers.rules import fold
from bot.people.models import Person, Role
from bot.people.service import holders, require, today_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.hours.import_lines import Said
    from bot.hours.service import Values
    from bot.spreadsheets import ImportReport, Told

SHOWN_LINES = 20
"""So many lines of one overfull week are named."""


class NoKeyUserError(Exception):
    """Nobody who may import, or several. The argument says what to do."""


def key_user(session: Session, named: str | None, now: datetime) -> Person:
    """Who imports: the key user of this e-mail address or Entra object id; None: the only one there is.

    Raises :class:`NoKeyUserError`.
    """
    may = holders(session, Role.KEY_USER, now)
    if named is None:
        found, wrong = may, "several people are key users: say which one with --by."
    else:
        wanted = named.strip().lower()
        found = [one for one in may if wanted in {one.entra_object_id.lower(), (one.email or "").lower()}]
        wrong = f"several key users are called {named!r}: say --by with an Entra object id."
    if len(found) == 1:
        return found[0]
    if found:
        raise NoKeyUserError(wrong)
    nobody = "nobody is key user: give somebody the role." if named is None else f"{named!r} is no key user."
    raise NoKeyUserError(nobody)


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read in, by whom, when; ``check`` only says what would happen."""

    file: str
    actor: Person
    now: datetime
    company: Company
    check: bool = False


@dataclass(slots=True)
class _Wish:
    """What the file says about one week of one person."""

    values: Values = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)
    reasons: dict[int, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    """By offer, each once and in the order of the file."""


def read_in(
    session: Session, said: Sequence[Said], report: ImportReport, reading: Reading, told: Told = lambda _words: None
) -> None:
    """Make true what the lines say, unless ``report`` has a problem; it gets every further one, and the counts.

    Locked weeks are changed, too: the reason of each entry names the file. Past weeks become final, so that nobody is
    asked about them. Raises :class:`~bot.errors.NotAllowed` unless the actor is a key user.
    """
    require(session, reading.actor, (Role.KEY_USER,), reading.now)
    weekend = reading.company.holidays.weekend
    directory = _Directory(session, reading.now, weekend, report)
    wishes: dict[WeekKey, _Wish] = defaultdict(_Wish)
    for one in said:
        directory.take(one, wishes)
    told(f"{len(said)} lines, {len(wishes)} weeks…")
    wanted = {key: wish.values for key, wish in wishes.items()}
    plans = plan(session, wanted, weekend, lock=not (reading.check or report.problems))
    report.problems += [
        (wishes[key].lines[0], _too_much(key, made, wishes[key], directory))
        for key, made in plans.items()
        if made.too_much
    ]
    if report.problems:
        report.problems.sort()
        return
    _count(report, plans)
    if not reading.check:
        past = {key for key in plans if key.week_on < directory.this_week(key.person_id)}
        reason = _reasons(reading.file, wishes)
        weeks = write(session, plans, past, reason, actor=reading.actor, now=reading.now)
        _record(session, reading, report, lines=len(said), weeks=weeks)


def _count(report: ImportReport, plans: Mapping[WeekKey, WeekPlan]) -> None:
    for made in plans.values():
        changes = made.changes
        new = sum(not made.have.get(cell, 0) for cell in changes)
        report.new += new
        report.updated += len(changes) - new
        report.unchanged += len(made.wanted) - len(changes)


def _record(session: Session, reading: Reading, report: ImportReport, *, lines: int, weeks: int) -> None:
    """One event for the whole file, unless it changed nothing."""
    if weeks:
        counts = {"new": report.new, "updated": report.updated, "unchanged": report.unchanged, "weeks": weeks}
        audit.record(
            session,
            now=reading.now,
            action="hours.imported",
            subject="person",
            subject_id=reading.actor.id,
            actor_id=reading.actor.id,
            after={"file": reading.file, "lines": lines, **counts},
        )


def _reasons(file: str, wishes: Mapping[WeekKey, _Wish]) -> Callable[[WeekKey, int], str]:
    def reason(key: WeekKey, offer_id: int) -> str:
        given = "; ".join(wishes[key].reasons.get(offer_id, ()))
        return (f"{file}: {given}" if given else file)[:REASON_LIMIT]

    return reason


def _too_much(key: WeekKey, made: WeekPlan, wish: _Wish, directory: _Directory) -> str:
    there = sum(number for cell, number in made.have.items() if cell not in made.wanted)
    lines = ", ".join(map(str, wish.lines[:SHOWN_LINES])) + (", …" if len(wish.lines) > SHOWN_LINES else "")
    beside = f" and {_hours(there)} h there already" if there else ""
    year, week, _day = key.week_on.isocalendar()
    return (
        f"{directory.name(key.person_id)}, {year}-W{week:02}: {_hours(made.quarters)} h in all "
        f"(lines {lines}{beside}); a week has at most {MOST_HOURS} h: correct these lines."
    )


def _hours(quarters: int) -> str:
    return f"{quarters / QUARTERS_PER_HOUR:g}"


class _Directory:
    """Who and which offer a line means."""

    def __init__(self, session: Session, now: datetime, weekend: Collection[int], report: ImportReport) -> None:
        self._now = now
        self._weekend = weekend
        self._report = report
        self._people = {person.id: person for person in session.scalars(sa.select(Person))}
        self._today: dict[int, date] = {}
        self._by_id: dict[str, set[int]] = defaultdict(set)
        self._by_name: dict[str, set[int]] = defaultdict(set)
        for person in self._people.values():
            for proof in (person.entra_object_id, person.email or ""):
                self._by_id[proof.lower()].add(person.id)
            self._by_name[fold(person.name)].add(person.id)
        self._offers: dict[str, set[int]] = defaultdict(set)
        self._references: dict[str, set[int]] = defaultdict(set)
        columns = (Offer.id, Offer.number, Offer.project_number, Offer.external_reference)
        for offer_id, number, project, reference in session.execute(sa.select(*columns)):
            for name in (number, project):
                self._offers[_number(name or "")].add(offer_id)
            self._references[fold(reference or "")].add(offer_id)

    def take(self, one: Said, wishes: dict[WeekKey, _Wish]) -> None:
        """Add the line to its week; or say what is wrong with it."""
        person_id, offer_id = self._person(one), self._offer(one)
        if person_id is None or offer_id is None or not self._has_begun(one, person_id):
            return
        wish = wishes[WeekKey(person_id, one.week_on)]
        cell = (offer_id, self._part(one))
        wish.values[cell] = wish.values.get(cell, 0) + one.quarters
        wish.lines.append(one.line)
        if one.reason:
            wish.reasons[offer_id][one.reason] = None

    def name(self, person_id: int) -> str:
        """What the person is called."""
        return self._people[person_id].name

    def this_week(self, person_id: int) -> date:
        """The Monday of the week it is where the person is."""
        return monday_of(self._today_of(person_id))

    def _today_of(self, person_id: int) -> date:
        if person_id not in self._today:
            self._today[person_id] = today_of(self._people[person_id], self._now)
        return self._today[person_id]

    def _part(self, one: Said) -> date | None:
        """The part a day belongs to; None where its week is not split, so that days and weeks add up."""
        if one.day is None or len(parts_of(one.week_on, self._weekend)) == 1:
            return None
        return part_of(one.day, self._weekend).first

    def _person(self, one: Said) -> int | None:
        found = self._by_id.get(one.person.lower()) or self._by_name.get(fold(one.person), set())
        ours = [number for number in found if not self._people[number].guest]
        if len(ours) == 1:
            return ours[0]
        if ours:
            wrong = "several people are called so: write the Entra object id, or an address only one has."
        elif found:
            wrong = "a guest: only hours of people of the company are kept."
        else:
            wrong = "nobody is known so: write the e-mail address or Entra object id of somebody registered."
        self._wrong(one, f"person {one.person!r}: {wrong}")
        return None

    def _offer(self, one: Said) -> int | None:
        found = self._offers.get(_number(one.offer)) or self._references.get(fold(one.offer), set())
        if len(found) == 1:
            return next(iter(found))
        wrong = (
            "several offers have this reference: write the offer number."
            if found
            else "no such offer: write its number such as S580, its project number or its reference."
        )
        self._wrong(one, f"offer {one.offer!r}: {wrong}")
        return None

    def _has_begun(self, one: Said, person_id: int) -> bool:
        if (one.day or one.week_on) <= self._today_of(person_id):
            return True
        year, week, _day = one.week_on.isocalendar()
        when = one.day.isoformat() if one.day is not None else f"{year}-W{week:02}"
        self._wrong(one, f"{when} has not come yet: import hours once they are worked.")
        return False

    def _wrong(self, one: Said, problem: str) -> None:
        self._report.problems.append((one.line, problem))


def _number(text: str) -> str:
    """``s 580p`` as offers keep it."""
    return "".join(text.split()).upper()
