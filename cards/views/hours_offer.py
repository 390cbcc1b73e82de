"""Views of hours in chat and on an offer. Hours are decimal numbers of hours; numbers, titles and names are raw."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from cards.views.reader import Sentence
from cards.words import Outcome


class ChoiceAction(StrEnum):
    """What choosing an offer does."""

    LOG = "log"
    SHOW = "show"
    FORM = "form"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursSaidLine:
    """What was entered on one offer for one day."""

    number: str
    title: str
    hours: Decimal
    day: date
    outcome: Outcome = Outcome.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursSaidWeek:
    """One of the weeks that were entered in: its Monday, its total now, and its newest answer."""

    week_on: date
    total: Decimal
    revision: int
    undo_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursSaidView:
    """Hours that were typed and entered. ``private``: only the person reads it, so it tells of their whole week."""

    person_id: int
    lines: tuple[HoursSaidLine, ...]
    weeks: tuple[HoursSaidWeek, ...]
    private: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursChoice:
    """One possible answer. ``q`` is what its button carries besides the offer; ``revision`` of the week."""

    offer_id: int
    number: str
    title: str
    day: date | None = None
    hours: Decimal = Decimal(0)
    q: str = ""
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursQuestionView:
    """What has to be asked before hours are entered or shown."""

    title: Sentence
    text: Sentence
    action: ChoiceAction
    choices: tuple[HoursChoice, ...] = ()
    person_id: int = 0
    """Whose week a button opens; 0: no such button."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonHours:
    """What somebody spent on an offer; ``planned`` None when nobody planned it."""

    name: str
    hours: Decimal
    planned: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferHoursView:
    """The hours of one offer. ``weeks``: by Monday, oldest first."""

    offer_id: int
    number: str
    title: str
    total: Decimal
    planned: Decimal | None = None
    outcome: Outcome = Outcome.OPEN
    people: tuple[PersonHours, ...] = ()
    weeks: tuple[tuple[date, Decimal], ...] = ()
