"""Picking a tender up, leaving it, taking that back, and looking at it."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.errors import Invalid
from bot.people.models import APPROVERS, Role
from bot.teams.answers import Answer, Open, Say, Show
from bot.teams.context import Payload, Turn
from bot.teams.handlers.lists import show_list
from bot.teams.presenters.rounds import round_view
from bot.teams.presenters.tenders import latest_round, tender_view
from bot.teams.typed import Problems, chosen, day
from bot.tenders import service as tenders
from cards import words
from cards.fields import Field
from cards.forms import dismiss_form
from cards.rounds import round_card
from cards.settings_forms import rfp_form
from cards.tenders import tender_card
from cards.views.forms import DismissFormView, ReasonChoice, RfpFormView
from cards.views.reader import sentence

if TYPE_CHECKING:
    from bot.offers.models import Offer
    from bot.teams.dispatch import Errors
    from bot.tenders.models import Tender
    from cards.views.forms import Typed

WORKERS = (*APPROVERS, Role.SALES_LEAD, Role.PROJECT_MANAGER, Role.KEY_USER, Role.ADMIN)
"""Who may pick tenders up or put them aside."""
END_OF_TENDER_DAY = time(13, 0)
"""ESA closes at 13:00; a client's date without a time is taken the same way, never later."""


class DismissPayload(Payload):
    """Why it is not for us."""

    reason: str = ""
    note: str = ""


class RfpPayload(Payload):
    """A client's request as typed."""

    title: str = ""
    client: str = ""
    reference: str = ""
    type: str = ""
    closes_on: str = ""
    clarification_on: str = ""
    link: str = ""
    description: str = ""


def evaluate(turn: Turn) -> Offer:
    """Pick a tender up: an offer with this person as owner."""
    turn.require(*WORKERS)
    return tenders.evaluate(turn.session, turn.payload(Payload).id, turn.person, turn.now, turn.company)


def dismiss(turn: Turn) -> Tender:
    """Put a tender aside, with the reason."""
    turn.require(*WORKERS)
    payload = turn.payload(DismissPayload)
    known = {reason.code: reason.label.of(turn.around.language) for reason in turn.company.reasons.not_for_us}
    problems: Problems = {}
    if known:
        chosen(Field.REASON, payload.reason, known, problems)
    if problems:
        raise Invalid(problems)
    reason = " – ".join(part for part in (known.get(payload.reason, ""), payload.note) if part)
    return tenders.dismiss(turn.session, payload.id, turn.person, reason, turn.now)


def said_dismissed(turn: Turn, _result: Tender | None) -> Answer:
    """Close the dialog; the card offers the undo."""
    return Say(sentence("answers.dismissed"), turn.reader, closes_dialog=True)


def restore(turn: Turn) -> Tender:
    """Take a dismissal back."""
    turn.require(*WORKERS)
    return tenders.restore(turn.session, turn.payload(Payload).id, turn.person, turn.now)


def show(turn: Turn, _result: object) -> Answer:
    """The tender of the button, as it is now: its round once there is one."""
    return show_tender(turn, tenders.current(turn.session, turn.payload(Payload).id))


def show_tender(turn: Turn, tender: Tender) -> Answer:
    """A tender for the person who asked; while approvers decide, that is the round."""
    view = tender_view(turn.session, tender, turn.around, turn.now)
    if view.state is words.TenderState.VOTING and view.offer_id is not None:
        newest = latest_round(turn.session, view.offer_id)
        if newest is not None:
            round_ = round_view(turn.session, newest.id, turn.around, turn.now, person=turn.person)
            return Show(round_card, round_, turn.reader)
    return Show(tender_card, view, turn.reader)


def dismiss_dialog(turn: Turn, typed: Typed, errors: Errors) -> Open:
    """Why is it not for us?"""
    turn.require(*WORKERS)
    tender = tenders.current(turn.session, turn.payload(Payload).id)
    view = DismissFormView(
        tender_id=tender.id,
        revision=tender.revision,
        # A client's request may come without a reference of theirs.
        number=tender.number or tender.entity or tender.native_id,
        title=tender.title,
        reasons=tuple(
            ReasonChoice(code=reason.code, label=reason.label.of(turn.person.language))
            for reason in turn.company.reasons.not_for_us
        ),
        values=typed,
        errors=errors,
    )
    return Open(dismiss_form, view, turn.reader)


def rfp_dialog(turn: Turn, typed: Typed, errors: Errors) -> Open:
    """What does the client ask for?"""
    turn.require(*WORKERS)
    return Open(rfp_form, RfpFormView(values=typed, errors=errors), turn.reader)


def enter_rfp(turn: Turn) -> Tender:
    """Take a client's request in; it goes the same way as an ESA tender."""
    turn.require(*WORKERS)
    payload = turn.payload(RfpPayload)
    problems: Problems = {}
    closes = _moment(turn, Field.CLOSES_ON, payload.closes_on, problems)
    clarification = _moment(turn, Field.CLARIFICATION_ON, payload.clarification_on, problems)
    kind = chosen(Field.TYPE, payload.type, {one.value for one in RfpFormView().types}, problems)
    if problems:
        raise Invalid(problems)
    request = tenders.ClientRequest(
        title=payload.title,
        client_name=payload.client,
        reference=payload.reference,
        description=payload.description,
        closes_at=closes,
        clarification_at=clarification,
        kind=kind or "rfp",
        link=payload.link,
    )
    return tenders.enter_rfp(turn.session, turn.person, request, turn.now)


def _moment(turn: Turn, field: Field, typed: str, problems: Problems) -> datetime | None:
    """A typed day as the moment it ends for tenders, in the person's zone."""
    chosen = day(field, typed, problems)
    if chosen is None:
        return None
    return datetime.combine(chosen, END_OF_TENDER_DAY, ZoneInfo(turn.person.time_zone))


def said_entered(turn: Turn, _result: Tender | None) -> Answer:
    """Close the dialog."""
    return Say(sentence("answers.rfp_entered"), turn.reader, closes_dialog=True)


def list_page(turn: Turn, _result: object) -> Answer:
    """One page of the open tenders; the button's id is the page."""
    return show_list(turn, turn.payload(Payload).id)
