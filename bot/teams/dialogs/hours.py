"""Entering hours on one offer for one day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.errors import Invalid, Refused
from bot.hours import service as hours
from bot.hours.amounts import hours_of, parse_hours
from bot.hours.errors import FutureWeek, HoursLocked
from bot.hours.models import HoursWeek
from bot.hours.rules import QUARTERS_PER_HOUR
from bot.offers.models import Outcome
from bot.records.fields import FieldKind, FieldSpec
from bot.teams.dialogs.base import OfferDialog, Opened
from bot.teams.dialogs.listing import to_read
from bot.teams.typed import day as read_day
from cards import words
from cards.verbs import FormCode
from cards.views.reader import Sentence, sentence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from bot.teams.context import Turn
    from bot.teams.typed import Problems

DAY_QUARTERS = 24 * QUARTERS_PER_HOUR
SEVERAL = 2
"""Hours from which French counts in the plural."""
HOURS_LIMIT = 40
FIELDS = (
    FieldSpec(name="day", kind=FieldKind.DAY, required=True),
    FieldSpec(name="hours", kind=FieldKind.WORDS, required=True, limit=HOURS_LIMIT),
)


@dataclass(frozen=True, slots=True)
class Logged:
    """What was entered, in quarter hours, and the week's total after it."""

    number: str
    day: date
    quarters: int
    total: int


def _opened(turn: Turn, offer_id: int) -> Opened:
    offer = to_read(turn, offer_id)
    ended = sentence("hours_chat.note_ended", outcome=words.Outcome(offer.outcome.value))
    return Opened(
        offer=offer.full_name,
        values={"day": hours.today_of(turn.person, turn.now).isoformat()},
        notes=(ended,) if offer.outcome is not Outcome.OPEN else (),
    )


def _log(turn: Turn, offer_id: int, typed: Mapping[str, str], _base: int) -> Logged:
    offer = to_read(turn, offer_id)
    day, quarters = _read(typed)
    try:
        answered = hours.log(
            turn.session,
            turn.person.id,
            offer.id,
            day,
            quarters,
            actor=turn.person,
            now=turn.now,
            company=turn.company,
        )
    except FutureWeek as refusal:
        raise Invalid({"day": ("hours_chat.error_future_day", {})}) from refusal
    except HoursLocked as refusal:
        raise Invalid({"day": (refusal.key, refusal.params)}) from refusal
    week = turn.session.get_one(HoursWeek, answered.week_id)
    return Logged(offer.short_name, day, quarters, week.quarters)


def _read(typed: Mapping[str, str]) -> tuple[date, int]:
    """Day and quarter hours; raises :class:`Invalid` with what is wrong at each field."""
    problems: Problems = {}
    day = read_day("day", typed.get("day", ""), problems, required=True)
    quarters = 0
    try:
        quarters = parse_hours(typed.get("hours", ""))
    except Refused as refusal:
        problems["hours"] = (refusal.key, refusal.params)
    if "hours" not in problems and not 0 < quarters <= DAY_QUARTERS:
        problems["hours"] = ("hours_chat.error_long_day" if quarters else "hours_chat.error_zero", {})
    if day is None or problems:
        raise Invalid(problems)
    return day, quarters


def _said(_turn: Turn, logged: Logged | None) -> Sentence:
    if logged is None:
        return sentence("hours_chat.saved")
    worked = hours_of(logged.quarters)
    return sentence(
        "hours_chat.closed_said",
        count=2 if worked >= SEVERAL else 1,
        offer=logged.number,
        hours=worked,
        day=logged.day,
        total=hours_of(logged.total),
    )


DIALOGS = {
    FormCode.HOURS_LOG: OfferDialog(
        domain="hours_chat",
        title="log_title",
        button="log_button",
        fields=lambda _turn, _id: FIELDS,
        opened=_opened,
        save=_log,
        said=_said,
        height="small",
    ),
}
