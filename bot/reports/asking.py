"""What somebody asks for after ``report``, in French or English: which report, of which year, broken down by what, and
for whom. A name is only taken when it can mean one thing; otherwise the person is asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from rapidfuzz import fuzz

from bot.clients.models import Client
from bot.offers.rules import fold
from bot.people.models import Person
from bot.reports.asked import Asked
from bot.reports.catalogue import kind_of
from bot.reports.hours import FIRST_YEAR, LAST_YEAR
from bot.reports.narrowing import categories
from bot.reports.shape import By, Filter, ReportQuery
from bot.reports.vocabulary import BREAKDOWNS, FIELDS, FILLING, FILTERS, LINKING, REPORTS, TOGETHER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy.orm import Session

    from bot.config.models import Company

MOST_CHOICES = 6
MOST_WORDS = 40
ALIKE = 82
"""Similarity (0 to 100) from which a misspelt name is offered; it is never taken by itself."""
OF_THE_WORKER = frozenset({"hours", "planned", "missing", "deadlines"})
"""Reports in which a name alone means whose work it is; in the others who sells."""
_TOGETHER = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, TOGETHER), key=len, reverse=True))})\b")


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that a name may mean, as people know it, and the whole question with it."""

    field: Filter
    name: str
    asked: Asked


@dataclass(frozen=True, slots=True)
class Unclear:
    """``words`` may mean any of the choices; without choices nothing that is known. ``asked``: the rest."""

    words: str
    asked: Asked
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class _Named:
    """Something with a name; ``shown``: with what stands above it."""

    field: Filter
    name: str
    shown: str
    value: int | str


@dataclass(slots=True)
class Said:
    """What was read, before names are looked up. ``names`` stand with the field they were said for, if any."""

    code: str
    year: int = 0
    by: By | None = None
    names: list[tuple[Filter | None, str]] = field(default_factory=list)


def understood(session: Session, typed: str, company: Company) -> Asked | Unclear | None:
    """The question; None when no report is named or it has no such breakdown."""
    said = read(typed)
    if said is None:
        return None
    kind = kind_of(said.code)
    asked = Asked(kind, ReportQuery(year=said.year, by=said.by))
    for only, words in said.names:
        choices, sure = _choices(session, asked, only, words, company)
        if len(choices) != 1 or not sure:
            return Unclear(words, asked, tuple(choices[:MOST_CHOICES]))
        asked = choices[0].asked
    return asked


def read(typed: str) -> Said | None:
    """Split into report, year, breakdown and names; None when no report is named or it has no such breakdown."""
    plain = _TOGETHER.sub(lambda found: TOGETHER[found[0]], re.sub(r"['’]", " ", fold(typed)))
    tokens = [token for token in (one.strip('.,;:!?()«»"') for one in plain.split()[:MOST_WORDS]) if token]
    place = next((place for place, token in enumerate(tokens) if _names_report(tokens, place, token)), None)
    if place is None:
        return None
    code, by = REPORTS[tokens[place]]
    rest = [
        token
        for number, token in enumerate(tokens)
        if number != place and not (_names_report(tokens, number, token) and REPORTS[token][0] == code)
    ]
    if code == "hours" and "missing" in {REPORTS.get(token, ("", None))[0] for token in rest}:
        code, rest = "missing", [token for token in rest if REPORTS.get(token, ("", None))[0] != "missing"]
    said = Said(code, by=by)
    return said if _take(said, rest) else None


def _names_report(tokens: Sequence[str], place: int, token: str) -> bool:
    """``stages`` names a report, but a breakdown in ``portfolio by stages``."""
    return token in REPORTS and not (place and tokens[place - 1] in LINKING)


def _take(said: Said, tokens: Sequence[str]) -> bool:
    """Take years, breakdowns and names in any order; False when the report has no such breakdown."""
    known = kind_of(said.code).breakdowns
    meant: By | None = None
    words: list[str] = []
    wanted: list[By] = []

    def close() -> None:
        if words:
            said.names.append((FILTERS.get(meant) if meant else None, " ".join(words)))
        elif meant is not None:
            wanted.append(meant)
        words.clear()

    linked = False
    for token in tokens:
        by = BREAKDOWNS.get(token)
        if _is_year(token):
            close()
            meant, said.year = None, int(token)
        elif token in LINKING:
            close()
            meant = None
        elif by is not None and (linked or not words or token in FIELDS):
            close()
            meant = None if linked else by
            wanted += [by] if linked else []
        elif token not in FILLING:
            words.append(token)
        linked = token in LINKING
    close()
    # "of the year 2026" asks for no breakdown.
    asked = [by for by in wanted if not (by is By.YEAR and said.year)]
    said.by = asked[-1] if asked else said.by
    return said.by is None or said.by in known


def _is_year(token: str) -> bool:
    return token.isascii() and token.isdecimal() and len(token) == len("2026") and FIRST_YEAR <= int(token) <= LAST_YEAR


def _choices(
    session: Session, asked: Asked, only: Filter | None, words: str, company: Company
) -> tuple[list[Choice], bool]:
    """What the words may mean, and whether they were typed as it is spelt."""
    known = list(_names(session, asked, only, company))
    ways: tuple[Callable[[_Named], bool], ...] = (
        lambda one: fold(one.name) == words,
        lambda one: _begins(words, one.name),
        lambda one: _begins(words, one.shown),
        lambda one: fuzz.ratio(words, fold(one.name)) >= ALIKE,
    )
    for place, way in enumerate(ways):
        found = {(one.field, one.value): one for one in known if way(one)}
        if found:
            made = [_choice(asked, one) for one in _highest(list(found.values()))]
            return made, place < len(ways) - 1
    return [], False


def _highest(found: list[_Named]) -> list[_Named]:
    """Without the clients under another one of them: that one means them, too."""
    above = tuple(f"{one.shown} › " for one in found if one.field is Filter.CLIENT)
    return [one for one in found if one.field is not Filter.CLIENT or not one.shown.startswith(above)]


def _choice(asked: Asked, one: _Named) -> Choice:
    narrowed: dict[str, Any] = {one.field.value: one.value}
    query: ReportQuery = replace(asked.query, **narrowed)
    return Choice(one.field, one.shown, Asked(asked.kind, query))


def _names(session: Session, asked: Asked, only: Filter | None, company: Company) -> Iterator[_Named]:
    """All that the report can be narrowed to by name; a person alone is the worker or the sales lead."""
    person = Filter.PERSON if asked.kind.code in OF_THE_WORKER else Filter.SALES_LEAD
    person = only if only in {Filter.PERSON, Filter.SALES_LEAD} else person
    wanted = {only} if only is not None else {person, Filter.CLIENT, Filter.CATEGORY}
    wanted &= set(asked.kind.filters)
    if person in wanted:
        people = sa.select(Person.id, Person.name).where(Person.guest.is_(False)).order_by(Person.name)
        yield from (_Named(person, name, name, person_id) for person_id, name in session.execute(people))
    if Filter.CLIENT in wanted:
        clients = sa.select(Client.id, Client.name, Client.path).order_by(Client.path)
        yield from (_Named(Filter.CLIENT, name, path, one) for one, name, path in session.execute(clients))
    if Filter.CATEGORY in wanted:
        for code, label in categories(company).items():
            yield from (_Named(Filter.CATEGORY, name, name, code) for name in (label.fr, label.en, code))


def _begins(words: str, name: str) -> bool:
    """Whether each typed word begins another word of the name."""
    left = re.findall(r"\w+", fold(name))
    for word in re.findall(r"\w+", words):
        found = next((one for one in left if one.startswith(word)), None)
        if found is None:
            return False
        left.remove(found)
    return True
