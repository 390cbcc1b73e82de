"""From hours that were typed, or have to be asked about, and from the hours of an offer to their cards."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.hours.amounts import hours_of
from bot.hours.models import HoursWeek
from bot.hours.on_offer import hours_on
from bot.hours.rules import monday_of
from bot.hours.saying import Doubt, Named, named
from bot.hours.service import today_of
from bot.hours.spoken import Asked
from cards import words
from cards.views.hours_offer import (
    ChoiceAction,
    HoursChoice,
    HoursQuestionView,
    HoursSaidLine,
    HoursSaidView,
    HoursSaidWeek,
    OfferHoursView,
    PersonHours,
)
from cards.views.reader import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from bot.hours.on_offer import OfferHours
    from bot.hours.saying import Choice, Question
    from bot.hours.service import Worked
    from bot.offers.models import Offer
    from bot.teams.context import Turn

ACTIONS = {Asked.LOG: ChoiceAction.LOG, Asked.OFFER: ChoiceAction.SHOW, Asked.FORM: ChoiceAction.FORM}
WEEK_HELPS = frozenset({Doubt.WHOLE_WEEK, Doubt.ZERO, Doubt.CHANGED, Doubt.LONG_DAY})
"""Questions beside which the person's own week is a way on."""


def said_view(turn: Turn, worked: Sequence[Worked], *, private: bool) -> HoursSaidView:
    """What was entered, and what the weeks come to now."""
    offers = named(turn.session, [one.offer_id for one in worked])
    return HoursSaidView(
        person_id=turn.person.id,
        lines=tuple(_line(offers[one.offer_id], one) for one in worked),
        weeks=tuple(_weeks(turn, sorted({monday_of(one.day) for one in worked}))) if private else (),
        private=private,
    )


def _line(offer: Named, worked: Worked) -> HoursSaidLine:
    return HoursSaidLine(
        number=offer.number,
        title=offer.title,
        hours=hours_of(worked.quarters),
        day=worked.day,
        outcome=words.Outcome(offer.outcome.value),
    )


def _weeks(turn: Turn, mondays: Sequence[date]) -> list[HoursSaidWeek]:
    statement = sa.select(HoursWeek).where(HoursWeek.person_id == turn.person.id, HoursWeek.week_on.in_(mondays))
    return [
        HoursSaidWeek(
            week_on=week.week_on,
            total=hours_of(week.quarters),
            revision=week.revision,
            undo_until=_undo_until(turn, week.answered_at),
        )
        for week in turn.session.scalars(statement.order_by(HoursWeek.week_on))
    ]


def _undo_until(turn: Turn, answered_at: datetime | None) -> datetime | None:
    return answered_at + timedelta(minutes=turn.company.rules.hours.undo_minutes) if answered_at is not None else None


def question_view(turn: Turn, question: Question, *, private: bool) -> HoursQuestionView:
    """What has to be asked, with one button per answer."""
    title, text = _wording(question)
    values: dict[str, Any] = {"words": question.words, "hours": hours_of(question.quarters)}
    return HoursQuestionView(
        title=sentence(f"hours_chat.{title}", **values),
        text=sentence(f"hours_chat.{text}", **values),
        action=ACTIONS[question.wants],
        choices=tuple(_choice(turn, one, question.wants) for one in question.choices),
        person_id=turn.person.id if private and question.doubt in WEEK_HELPS else 0,
    )


def _wording(question: Question) -> tuple[str, str]:
    """The keys of the question and of the sentence under it."""
    doubt, some = question.doubt.value, bool(question.choices)
    if question.doubt is Doubt.WHICH_OFFER:
        if not some:
            return "no_offer", "no_offer_text"
        return ("form_offer", "form_offer_text") if question.wants is Asked.FORM else (doubt, f"{doubt}_text")
    if question.doubt is Doubt.UNKNOWN_OFFER and not some:
        return doubt, "unknown_offer_none"
    if question.doubt is Doubt.WORDS and not question.words:
        return doubt, "confirm_text"
    return doubt, f"{doubt}_text"


def _choice(turn: Turn, one: Choice, wants: Asked) -> HoursChoice:
    logs = wants is Asked.LOG
    return HoursChoice(
        offer_id=one.offer.offer_id,
        number=one.offer.number,
        title=one.offer.title,
        day=one.day if logs else None,
        hours=hours_of(one.quarters),
        q=f"{one.quarters}/{one.day.isoformat()}/{turn.person.id}" if logs else "",
        revision=one.revision,
    )


def offer_hours_view(turn: Turn, offer: Offer) -> OfferHoursView:
    """What an offer took so far."""
    return offers_hours_views(turn, (offer,))[0]


def offers_hours_views(turn: Turn, offers: Sequence[Offer]) -> list[OfferHoursView]:
    """What each of these offers took so far, read together."""
    found = hours_on(turn.session, [offer.id for offer in offers], today_of(turn.person, turn.now))
    return [_offer_hours(offer, found[offer.id]) for offer in offers]


def _offer_hours(offer: Offer, found: OfferHours) -> OfferHoursView:
    return OfferHoursView(
        offer_id=offer.id,
        number=offer.number or offer.external_reference or "",
        title=offer.title,
        total=hours_of(found.total),
        planned=hours_of(found.planned) if found.planned is not None else None,
        outcome=words.Outcome(offer.outcome.value),
        people=tuple(
            PersonHours(
                name=one.name,
                hours=hours_of(one.quarters),
                planned=hours_of(one.planned) if one.planned is not None else None,
            )
            for one in found.people
        ),
        weeks=tuple((monday, hours_of(quarters)) for monday, quarters in found.weeks),
    )
