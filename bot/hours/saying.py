"""From what somebody typed to what is entered: which offer and which day are meant, and what must be asked first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import sqlalchemy as sa
from rapidfuzz import fuzz

from bot.errors import NotAllowed, Stale
from bot.hours.expected import expected_offers
from bot.hours.models import HoursEntry, HoursWeek
from bot.hours.rules import DAYS, QUARTERS_PER_HOUR, monday_of, part_of
from bot.hours.service import Worked, log_all, today_of
from bot.hours.spoken import Asked, Problem, Said, Spoken, understand_hours
from bot.offers import service as offers
from bot.offers.models import Offer, Outcome
from bot.tenders.models import Tender

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.people.models import Person

LONGEST_DAY = 16 * QUARTERS_PER_HOUR
"""More than this on one day is asked about: it may be a week's hours, or a slip of the finger."""
MOST_CHOICES = 8
RECENT = timedelta(weeks=4)
"""Offers somebody entered hours on so lately are offered too."""
NEAR = 60
"""Similarity (0 to 100) from which another offer's number may have been meant."""
COMPARED = 300
"""Newest open offers whose numbers are compared with a misspelt one."""


class Doubt(StrEnum):
    """Why it is asked instead of entered. All but the last five come with choices."""

    WHICH_OFFER = "which_offer"
    """None was named, and several are possible; or none of theirs."""
    UNKNOWN_OFFER = "unknown_offer"
    SEVERAL_OFFERS = "several_offers"
    WHICH_DAY = "which_day"
    WORDS = "words"
    """There were words that mean nothing here."""
    LONG_DAY = "long_day"
    CHANGED = "changed"
    """The week changed since it was asked."""
    PAIRS = "pairs"
    DAYS = "days"
    WHOLE_WEEK = "whole_week"
    FUTURE = "future"
    ZERO = "zero"


@dataclass(frozen=True, slots=True)
class Named:
    """An offer as it is called in chat; ``number`` is its reference before the Go."""

    offer_id: int
    number: str
    title: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Choice:
    """One possible answer. ``revision``: of the person's week now."""

    offer: Named
    day: date
    quarters: int = 0
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """What has to be asked. ``wants``: what a choice then does. ``words``: what was typed and not understood."""

    doubt: Doubt
    wants: Asked
    choices: tuple[Choice, ...] = ()
    words: str = ""
    quarters: int = 0


Meant = tuple[Worked, ...] | Question


def log_text(session: Session, text: str, *, person: Person, now: datetime, company: Company) -> Meant:
    """Enter the hours that a text says, all or nothing; or give what has to be asked first.

    Raises the refusals of :func:`~bot.hours.amounts.parse_hours` and :func:`~bot.hours.service.log_all`.
    """
    found = meant_by(session, text, person=person, now=now)
    if not isinstance(found, Question):
        log_all(session, person.id, found, actor=person, now=now, company=company)
    return found


def meant_by(session: Session, text: str, *, person: Person, now: datetime) -> Meant:
    """What a text says to enter, without entering it. Raises :class:`~bot.errors.NotAllowed` for a guest."""
    if person.guest:
        raise NotAllowed(roles=("colleague",))
    today = today_of(person, now)
    spoken = understand_hours(text, today, person.language)
    if spoken is None or spoken.asked is not Asked.LOG:
        return Question(Doubt.PAIRS, Asked.LOG)
    if spoken.problem is not None:
        return Question(_PROBLEMS[spoken.problem], Asked.LOG)
    found = [_one(session, said, spoken.words, person, today, alone=len(spoken.said) == 1) for said in spoken.said]
    questions = [one for one in found if isinstance(one, Question)]
    if questions:
        return questions[0]
    return tuple(one for one in found if isinstance(one, Worked))


def confirmed(session: Session, text: str, *, person: Person, now: datetime) -> Question:
    """What a text says to enter, as a question that one click answers."""
    found = meant_by(session, text, person=person, now=now)
    if isinstance(found, Question):
        return found
    if len(found) > 1:
        return Question(Doubt.PAIRS, Asked.LOG)
    (one,) = found
    question = Question(Doubt.WORDS, Asked.LOG, quarters=one.quarters)
    return _with(session, question, person, named(session, [one.offer_id]).values(), [one.day])


_PROBLEMS = {
    Problem.PAIRS: Doubt.PAIRS,
    Problem.DAYS: Doubt.DAYS,
    Problem.WHOLE_WEEK: Doubt.WHOLE_WEEK,
    Problem.FUTURE: Doubt.FUTURE,
    Problem.ZERO: Doubt.ZERO,
}


def pick(
    session: Session,
    worked: Worked,
    revision: int,
    *,
    person: Person,
    now: datetime,
    company: Company,
) -> Meant:
    """Enter what was chosen of a question. The same choice pressed twice is entered once.

    ``revision``: of the week when it was asked; when it changed since, it is asked again. Raises as :func:`log_all`.
    """
    try:
        log_all(session, person.id, [worked], actor=person, now=now, company=company, revision=revision)
    except Stale:
        if not _entered_as(session, worked, revision, person, company):
            doubt = Question(Doubt.CHANGED, Asked.LOG, quarters=worked.quarters)
            return _with(session, doubt, person, [named(session, [worked.offer_id])[worked.offer_id]], [worked.day])
    return (worked,)


def _entered_as(session: Session, worked: Worked, revision: int, person: Person, company: Company) -> bool:
    """Whether exactly this was the answer after that revision."""
    statement = (
        sa.select(HoursEntry.offer_id, HoursEntry.part_on, HoursEntry.quarters)
        .join(HoursWeek, HoursWeek.id == HoursEntry.week_id)
        .where(
            HoursWeek.person_id == person.id,
            HoursWeek.week_on == monday_of(worked.day),
            HoursEntry.revision == revision + 1,
        )
    )
    part = part_of(worked.day, company.holidays.weekend)
    return [tuple(row) for row in session.execute(statement)] == [(worked.offer_id, part.first, worked.quarters)]


def offer_meant(session: Session, spoken: Spoken, *, person: Person, now: datetime) -> Named | Question:
    """The offer whose hours somebody wants to see or enter, or what has to be asked first."""
    if person.guest:
        raise NotAllowed(roles=("colleague",))
    today = today_of(person, now)
    doubt, found = _offers(session, spoken.number, spoken.words, person, today)
    if doubt is None:
        return found[0]
    words = spoken.number or spoken.words
    return _with(session, Question(doubt, spoken.asked, words=words), person, found, [today])


def _one(session: Session, said: Said, words: str, person: Person, today: date, *, alone: bool) -> Worked | Question:
    """One pair of hours and offer. ``alone``: the only one of its message, so that one click can complete it."""
    doubt, found = _offers(session, said.number, words, person, today)
    possible = [day for day in said.days if day <= today]
    if doubt is None and len(said.days) > 1:
        doubt = Doubt.WHICH_DAY
    if doubt is None and words:
        doubt = Doubt.WORDS
    if doubt is None and said.quarters > LONGEST_DAY:
        doubt = Doubt.LONG_DAY
    if doubt is None:
        return Worked(found[0].offer_id, said.days[0], said.quarters)
    question = Question(
        doubt,
        Asked.LOG,
        words=said.number if doubt in {Doubt.UNKNOWN_OFFER, Doubt.SEVERAL_OFFERS} and said.number else words,
        quarters=said.quarters,
    )
    return _with(session, question, person, found, possible) if alone else question


def _with(
    session: Session, question: Question, person: Person, found: Iterable[Named], days: Iterable[date]
) -> Question:
    """The question with one choice per offer and day."""
    days = tuple(days)
    statement = sa.select(HoursWeek.week_on, HoursWeek.revision).where(
        HoursWeek.person_id == person.id, HoursWeek.week_on.in_({monday_of(day) for day in days})
    )
    revisions = {row.week_on: row.revision for row in session.execute(statement)}
    choices = [
        Choice(offer, day, question.quarters, revisions.get(monday_of(day), 0)) for offer in found for day in days
    ]
    return Question(question.doubt, question.wants, tuple(choices[:MOST_CHOICES]), question.words, question.quarters)


def _offers(
    session: Session, number: str, words: str, person: Person, today: date
) -> tuple[Doubt | None, tuple[Named, ...]]:
    """The one offer that is meant, without doubt; or the doubt and the offers it can be."""
    if number:
        exact = _numbered(session, number)
        if len(exact) == 1:
            return None, exact
        if exact:
            return Doubt.SEVERAL_OFFERS, exact
        return Doubt.UNKNOWN_OFFER, _similar(session, number)
    if words:
        found = named(session, [offer.id for offer in offers.search(session, words, limit=MOST_CHOICES)])
        return Doubt.UNKNOWN_OFFER, tuple(found.values()) or _mine(session, person, today)
    mine = _mine(session, person, today)
    return (None if len(mine) == 1 else Doubt.WHICH_OFFER), mine


def _numbered(session: Session, number: str) -> tuple[Named, ...]:
    """The offers of that number, project number or reference, whatever the case."""
    exact = offers.find_by_number(session, number)
    if exact is not None:
        return tuple(named(session, [exact.id]).values())
    wanted = number.upper()
    statement = (
        sa.select(Offer.id)
        .outerjoin(Tender, Tender.id == Offer.tender_id)
        .where(sa.or_(sa.func.upper(Offer.external_reference) == wanted, sa.func.upper(Tender.number) == wanted))
        .order_by(Offer.chrono.desc())
        .limit(MOST_CHOICES)
    )
    return tuple(named(session, session.scalars(statement)).values())


def _similar(session: Session, number: str) -> tuple[Named, ...]:
    """Open offers whose number looks like a misspelt one, nearest first."""
    statement = (
        sa.select(Offer.id, Offer.number)
        .where(Offer.outcome == Outcome.OPEN, Offer.number.is_not(None))
        .order_by(Offer.chrono.desc())
        .limit(COMPARED)
    )
    near = {row.id: fuzz.ratio(number, (row.number or "").upper()) for row in session.execute(statement)}
    best = sorted((one for one in near if near[one] >= NEAR), key=lambda one: -near[one])[:MOST_CHOICES]
    return tuple(named(session, best).values())


def _mine(session: Session, person: Person, today: date) -> tuple[Named, ...]:
    """The open offers somebody works on: on their team, theirs to lead, or with their hours of the last weeks."""
    week_on = monday_of(today)
    recent = sa.select(HoursEntry.offer_id).where(
        HoursEntry.person_id == person.id, HoursEntry.part_on > week_on - RECENT - timedelta(days=DAYS)
    )
    expected = expected_offers(session, week_on, (person.id,)).get(person.id, [])
    owned = [offer.id for offer in offers.offers_of(session, person)]
    logged = session.scalars(sa.select(Offer.id).where(Offer.id.in_(recent), Offer.outcome == Outcome.OPEN))
    ids = dict.fromkeys([*expected, *owned, *logged])
    return tuple(one for one in named(session, ids).values() if one.outcome is Outcome.OPEN)


def named(session: Session, ids: Iterable[int]) -> dict[int, Named]:
    """Offers by id, in the order given."""
    wanted = list(ids)
    columns = (Offer.id, Offer.number, Offer.external_reference, Offer.title, Offer.outcome)
    rows = {row.id: row for row in session.execute(sa.select(*columns).where(Offer.id.in_(wanted)))}
    return {
        one: Named(one, rows[one].number or rows[one].external_reference or "", rows[one].title, rows[one].outcome)
        for one in wanted
        if one in rows
    }
