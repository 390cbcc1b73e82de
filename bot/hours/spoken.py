"""Hours as people type them in chat: ``log 3.5 S580``, ``3h30 S580 hier``, ``heures S580 7,5``. Texts and dates only.

What is not sure is never guessed: a day that can be two, words that mean nothing here and numbers without their offer
come back as they are, so that they can be asked about.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.errors import Refused
from bot.hours.amounts import parse_hours
from bot.hours.days import NO_DAY, Days, read_days
from bot.hours.rules import monday_of
from bot.hours.tokens import LONGEST, Token, TokenKind, tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

LOGGING = ("log", "saisir", "noter", "pointer", "imputer")
"""Words that ask to enter hours, in lower case without accents."""
SHOWING = ("hours", "heures", "mes heures", "my hours", "heure", "hour", "timesheet")
"""Words that ask to see hours; with a number after them, to enter them."""
_ANY_DAY = date(2026, 1, 5)
_FILLERS = (
    "a affaire ai an at au aux avec ce cette d de des did done du en for h have heure heures hour hours i i've in j "
    "j'ai je l l'affaire l'offre la le les log logged me mes mon my of offer offre on par passe passees pendant please "
    "pour project projet saisie saisies spent stp sur svp temps the this time to travail travaille un une with work "
    "worked working"
)
FILLERS = frozenset(_FILLERS.split())
"""Words that may stand anywhere and change nothing."""


class Asked(StrEnum):
    """What a text about hours wants."""

    WEEK = "week"
    """To see the person's own week."""
    OFFER = "offer"
    """To see the hours of one offer."""
    FORM = "form"
    """To enter hours, without saying how many."""
    LOG = "log"
    """To enter hours."""


class Problem(StrEnum):
    """Why nothing can be entered as it was typed."""

    PAIRS = "pairs"
    """It is not clear which hours belong to which offer."""
    DAYS = "days"
    """One of several pairs has a day and another has none, or the day named does not exist."""
    WHOLE_WEEK = "whole_week"
    """A week was named instead of a day."""
    FUTURE = "future"
    ZERO = "zero"


@dataclass(frozen=True, slots=True)
class Said:
    """Quarter hours on one offer. ``number`` empty: not named. ``days``: more than one when it can be either."""

    quarters: int
    number: str
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a text about hours says. ``words``: what was not understood. ``week_on``: the Monday to show."""

    asked: Asked
    said: tuple[Said, ...] = ()
    number: str = ""
    week_on: date | None = None
    words: str = ""
    problem: Problem | None = None


@dataclass(slots=True)
class _Pair:
    """What belongs together in the text: hours, an offer, days."""

    amounts: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    days: list[Token] = field(default_factory=list)

    def holds(self, kind: TokenKind) -> bool:
        return bool(self.amounts if kind is TokenKind.AMOUNT else self.numbers if kind is TokenKind.NUMBER else False)


def understand_hours(text: str, today: date, language: str = "fr") -> Spoken | None:
    """Read one message; None when it is not about hours.

    ``today``: the day it is where the person is. ``language`` decides what is ambiguous: only in English ``5/6`` can be
    two days. Raises the refusals of :func:`~bot.hours.amounts.parse_hours`.
    """
    if len(text) > LONGEST:
        return None
    keyword, rest = _keyword(tokens(text, language))
    unknown = " ".join(token.text for token in rest if token.kind is TokenKind.WORD and token.text not in FILLERS)
    amounts = [token for token in rest if token.kind is TokenKind.AMOUNT]
    numbers = [token.text for token in rest if token.kind is TokenKind.NUMBER]
    if not keyword and not _about_hours(amounts, numbers, unknown):
        return None
    if amounts:
        return _log(rest, unknown, today, language)
    number = numbers[0] if numbers else ""
    if keyword in LOGGING:
        return Spoken(Asked.FORM, number=number, words=unknown)
    if numbers or unknown:
        return Spoken(Asked.OFFER, number=number, words=unknown)
    return Spoken(Asked.WEEK, week_on=_week(rest, today, language))


def wants_to_log(text: str, language: str = "fr") -> bool:
    """Whether a text gives hours to enter, well or badly, whatever day it is."""
    try:
        spoken = understand_hours(text, _ANY_DAY, language)
    except Refused:
        return True
    return spoken is not None and spoken.asked is Asked.LOG


def _keyword(found: Sequence[Token]) -> tuple[str, Sequence[Token]]:
    """The word that says what this is about, when the text begins with one, and what comes after it."""
    for length in (2, 1):
        start = found[:length]
        words = " ".join(token.text for token in start)
        if all(token.kind is TokenKind.WORD for token in start) and words in (*LOGGING, *SHOWING):
            return words, found[length:]
    return "", found


def _about_hours(amounts: Sequence[Token], numbers: Sequence[str], unknown: str) -> bool:
    """Without a keyword: hours with their unit, or a bare number beside an offer's number and nothing else."""
    if not amounts:
        return False
    with_unit = all(not token.bare for token in amounts)
    return bool(with_unit and (numbers or not unknown)) or bool(numbers and not unknown)


def _log(rest: Sequence[Token], unknown: str, today: date, language: str) -> Spoken:
    pairs = _pairs(rest)
    numbers = [pair.numbers[0] if pair.numbers else "" for pair in pairs]
    if pairs[0].numbers and not any(numbers[1:]):
        # "S580 2h lundi, 3h mardi": all of it on the one offer that was named first.
        numbers = [numbers[0]] * len(pairs)
    clear = all(len(pair.amounts) == 1 for pair in pairs) and (len(pairs) == 1 or all(numbers))
    if not clear:
        return Spoken(Asked.LOG, words=unknown, problem=Problem.PAIRS)
    days = [read_days(pair.days, today, language) for pair in pairs]
    quarters = [parse_hours(pair.amounts[0]) for pair in pairs]
    said = tuple(
        Said(many, number, day.days or (today,)) for many, number, day in zip(quarters, numbers, days, strict=True)
    )
    return Spoken(Asked.LOG, said, words=unknown, problem=_problem(said, days, today))


def _problem(said: Sequence[Said], days: Sequence[Days], today: date) -> Problem | None:
    if any(day.week_on is not None for day in days):
        return Problem.WHOLE_WEEK
    if any(day.contradict for day in days) or len({day == NO_DAY for day in days}) > 1:
        return Problem.DAYS
    if any(min(one.days) > today for one in said):
        return Problem.FUTURE
    if not all(one.quarters for one in said):
        return Problem.ZERO
    return None


def _pairs(found: Sequence[Token]) -> list[_Pair]:
    """Cut where hours or an offer come a second time, and at commas between finished pairs."""
    pairs = [_Pair()]
    for token in found:
        pair = pairs[-1]
        if token.kind is TokenKind.BREAK:
            if pair.amounts and (pair.numbers or pairs[0].numbers):
                pairs.append(_Pair())
            continue
        if pair.holds(token.kind) or (token.kind is TokenKind.DAY and pair.days and _begins_anew(pair, token)):
            pair = _Pair()
            pairs.append(pair)
        if token.kind is TokenKind.AMOUNT:
            pair.amounts.append(token.text)
        elif token.kind is TokenKind.NUMBER:
            pair.numbers.append(token.text)
        elif token.kind is TokenKind.DAY:
            pair.days.append(token)
    kept = [pair for pair in pairs if pair.amounts or pair.numbers or pair.days]
    return kept or pairs


def _begins_anew(pair: _Pair, token: Token) -> bool:
    """A second day begins the next pair, unless it stands beside the first: ``lundi 23/11``."""
    return bool(pair.amounts and pair.numbers) and pair.days[-1].place + 1 != token.place


def _week(found: Sequence[Token], today: date, language: str) -> date:
    """The Monday of the week that was named; this week's when none was, or a later one."""
    named = read_days([token for token in found if token.kind is TokenKind.DAY], today, language)
    day = named.week_on or (named.days[0] if named.days else today)
    return min(monday_of(day), monday_of(today))
