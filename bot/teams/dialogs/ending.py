"""How an offer ends: won, lost, abandoned, open again; and what is learned from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.handover import amendments, ending
from bot.handover.errors import AlreadyEnded, StillOpen
from bot.handover.fields import LESSONS, PRICE, REOPENING, SIGNATURE, WRITTEN
from bot.offers import service as offers
from bot.offers import stages
from bot.offers.models import Outcome, TeamRole
from bot.people import service as people
from bot.quotes import service as quotes
from bot.records import service as records
from bot.records.fields import as_text
from bot.reviews import service as reviews
from bot.reviews.fields import WAIVER
from bot.reviews.models import ReviewKind
from bot.teams.context import words_roles
from bot.teams.dialogs.base import OfferDialog, Opened
from bot.teams.dialogs.listing import name_of, to_write
from bot.teams.inbound import InboundKind
from cards.verbs import FormCode
from cards.views.reader import sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.offers.models import Offer
    from bot.records.fields import FieldSpec
    from bot.reviews.service import Closed
    from bot.teams.context import Turn
    from cards.views.reader import Sentence


def _steered(turn: Turn, offer_id: int, *good: Outcome) -> Offer:
    """The offer, for somebody who may end it. A new dialog opens only where it can be saved; one that comes back with
    what was typed stays, and says so at the field.
    """
    offer = to_write(turn, offer_id, team=False)
    if turn.inbound.kind is InboundKind.DIALOG_OPEN and offer.outcome not in good:
        if offer.outcome is Outcome.NO_GO:
            raise stages.EndedInNoGo
        raise stages.NotEnded if offer.outcome is Outcome.OPEN else AlreadyEnded
    if turn.inbound.kind is InboundKind.DIALOG_OPEN and offer.outcome is Outcome.OPEN:
        ending.refuse_while_voting(turn.session, offer_id)
    return offer


# Won


def _closed(turn: Turn, offer: Offer) -> Closed | None:
    """Whether the review before signature still stands in the way."""
    if offer.outcome is Outcome.WON:
        return None
    return reviews.gate(turn.session, offer, ReviewKind.SIGNATURE, turn.company)


def _won_fields(turn: Turn, offer_id: int) -> tuple[FieldSpec, ...]:
    signed, order, manager, kick_off = SIGNATURE
    waiver = (WAIVER,) if _closed(turn, offers.by_id(turn.session, offer_id)) is not None else ()
    return (signed, PRICE, order, manager, kick_off, *waiver)


def _open_won(turn: Turn, offer_id: int) -> Opened:
    offer = _steered(turn, offer_id, Outcome.OPEN, Outcome.WON, Outcome.LOST, Outcome.ABANDONED)
    values = records.texts_of(turn.session, offer, SIGNATURE)
    notes: tuple[Sentence, ...] = (sentence("ending.note_won_again"),)
    if offer.outcome is not Outcome.WON:
        values |= {"signed_on": people.today_of(turn.person, turn.now).isoformat()}
        values["project_manager_id"] = values["project_manager_id"] or _team_manager(turn, offer_id)
        notes = () if offer.outcome is Outcome.OPEN else (sentence("ending.note_reopens"),)
    return Opened(
        offer=offer.full_name,
        values=values | {"price": _price(turn, offer)},
        revision=offer.revision,
        notes=notes,
        warning=_gate_warning(turn, offer),
        currency=offer.currency,
    )


def _price(turn: Turn, offer: Offer) -> str:
    if offer.outcome is Outcome.WON:
        return as_text(amendments.price_signed(turn.session, offer.id))
    sent = quotes.submitted(turn.session, offer.id)
    return as_text(sent.price) if sent is not None else ""


def _team_manager(turn: Turn, offer_id: int) -> str:
    """The project manager of the team, as the picker names them."""
    team = offers.team_of(turn.session, offer_id)
    return next((person.entra_object_id for person, role in team if role is TeamRole.PROJECT_MANAGER), "")


def _gate_warning(turn: Turn, offer: Offer) -> Sentence | None:
    closed = _closed(turn, offer)
    if closed is None:
        return None
    key, params = reviews.problem_of(turn.session, offer, ReviewKind.SIGNATURE, closed)
    return sentence(key, roles=words_roles(params["roles"])) if "roles" in params else sentence(key)


def _win(turn: Turn, offer_id: int, typed: Mapping[str, str], rev: int) -> Offer:
    return ending.win(turn.session, offer_id, typed, base=rev, company=turn.company, actor=turn.person, now=turn.now)


def _said_won(turn: Turn, offer: Offer | None) -> Sentence:
    if offer is None:
        return sentence("ending.said_kept")
    number = offer.project_number or ""
    if offer.project_manager_id is None:
        return sentence("ending.said_won", number=number)
    return sentence("ending.said_won_manager", number=number, name=name_of(turn, offer.project_manager_id))


# Lost and abandoned


def _end_fields(outcome: Outcome) -> Callable[[Turn, int], tuple[FieldSpec, ...]]:
    def fields(turn: Turn, _offer_id: int) -> tuple[FieldSpec, ...]:
        return ending.fields_of_end(turn.company, outcome, turn.person.language)

    return fields


def _open_end(outcome: Outcome) -> Callable[[Turn, int], Opened]:
    def opened(turn: Turn, offer_id: int) -> Opened:
        offer = _steered(turn, offer_id, Outcome.OPEN, outcome)
        specs = [spec for spec in _end_fields(outcome)(turn, offer_id) if hasattr(offer, spec.name)]
        values = {"ended_on": people.today_of(turn.person, turn.now).isoformat()}
        if offer.outcome is outcome:
            values = records.texts_of(turn.session, offer, specs) | ending.loss_texts(turn.session, offer)
        return Opened(offer=offer.full_name, values=values, revision=offer.revision, currency=offer.currency)

    return opened


def _end(outcome: Outcome) -> Callable[[Turn, int, Mapping[str, str], int], Offer]:
    def save(turn: Turn, offer_id: int, typed: Mapping[str, str], rev: int) -> Offer:
        return ending.end(
            turn.session, offer_id, outcome, typed, base=rev, company=turn.company, actor=turn.person, now=turn.now
        )

    return save


def _said_lost(_turn: Turn, offer: Offer | None) -> Sentence:
    if offer is None:
        return sentence("ending.said_kept")
    if offer.debrief_due_on is not None:
        return sentence("ending.said_lost_debrief", day=offer.debrief_due_on)
    return sentence("ending.said_lost")


def _said(key: str) -> Callable[[Turn, Offer | None], Sentence]:
    def said(_turn: Turn, offer: Offer | None) -> Sentence:
        return sentence(key if offer is not None else "ending.said_kept")

    return said


# Open again, and what is learned


def _reopening_fields(_turn: Turn, _offer_id: int) -> tuple[FieldSpec, ...]:
    return REOPENING


def _open_reopening(turn: Turn, offer_id: int) -> Opened:
    offer = _steered(turn, offer_id, Outcome.WON, Outcome.LOST, Outcome.ABANDONED)
    return Opened(offer=offer.full_name, revision=offer.revision, notes=(sentence("ending.note_reopening"),))


def _reopen(turn: Turn, offer_id: int, typed: Mapping[str, str], _rev: int) -> Offer:
    return ending.reopen(turn.session, offer_id, typed, company=turn.company, actor=turn.person, now=turn.now)


def _lesson_fields(_turn: Turn, _offer_id: int) -> tuple[FieldSpec, ...]:
    return WRITTEN


def _open_lessons(turn: Turn, offer_id: int) -> Opened:
    offer = to_write(turn, offer_id)
    if offer.outcome is Outcome.OPEN:
        raise StillOpen
    due = offer.debrief_due_on if offer.debrief_done_on is None else None
    return Opened(
        offer=offer.full_name,
        values=records.texts_of(turn.session, offer, WRITTEN),
        revision=offer.revision,
        notes=(sentence("ending.note_debrief", day=due),) if due is not None else (),
    )


def _learn(turn: Turn, offer_id: int, typed: Mapping[str, str], rev: int) -> Offer:
    return ending.learn(turn.session, offer_id, typed, base=rev, actor=turn.person, now=turn.now)


DIALOGS = {
    FormCode.WON: OfferDialog(
        domain="ending",
        title="won_title",
        button="won_button",
        fields=_won_fields,
        opened=_open_won,
        save=_win,
        said=_said_won,
        height="large",
    ),
    FormCode.LOST: OfferDialog(
        domain="ending",
        title="lost_title",
        button="lost_button",
        fields=_end_fields(Outcome.LOST),
        opened=_open_end(Outcome.LOST),
        save=_end(Outcome.LOST),
        said=_said_lost,
        height="large",
    ),
    FormCode.ABANDON: OfferDialog(
        domain="ending",
        title="abandon_title",
        button="abandon_button",
        fields=_end_fields(Outcome.ABANDONED),
        opened=_open_end(Outcome.ABANDONED),
        save=_end(Outcome.ABANDONED),
        said=_said("ending.said_abandoned"),
        more=frozenset({LESSONS.name}),
    ),
    FormCode.REOPEN: OfferDialog(
        domain="ending",
        title="reopen_title",
        button="reopen_button",
        fields=_reopening_fields,
        opened=_open_reopening,
        save=_reopen,
        said=_said("ending.said_reopened"),
    ),
    FormCode.LESSONS: OfferDialog(
        domain="ending",
        title="lessons_title",
        button="lessons_button",
        fields=_lesson_fields,
        opened=_open_lessons,
        save=_learn,
        said=_said("ending.said_learned"),
    ),
}
