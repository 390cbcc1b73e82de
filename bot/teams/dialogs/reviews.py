"""Reviews: asking for one, asking for changes, going on without, and their history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.decisions import seats as places
from bot.errors import NotAllowed
from bot.offers.models import Outcome
from bot.people.models import Role
from bot.quotes import service as quotes
from bot.reviews import service as reviews
from bot.reviews.errors import OfferOver
from bot.reviews.fields import ask_fields, changes_fields, waive_fields
from bot.reviews.models import Opinion, Review, ReviewKind, ReviewState
from bot.teams.dialogs.base import OfferDialog, Opened
from bot.teams.dialogs.listing import form, may_write, page_of, to_read, to_write
from bot.teams.dialogs.quotes import gate_warning, version_label
from cards import words
from cards.formats import word
from cards.texts import texts
from cards.verbs import FormCode, ListCode, Verb
from cards.views.reader import sentence
from cards.views.records import Press, RecordLine, RecordListView
from cards.words import Tone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.offers.models import Offer
    from bot.records.fields import FieldSpec
    from bot.reviews.service import Answered
    from bot.teams.context import Turn
    from cards.views.reader import Sentence

TONES = {
    ReviewState.OPEN: Tone.WARNING,
    ReviewState.READY: Tone.GOOD,
    ReviewState.CHANGES: Tone.ATTENTION,
    ReviewState.WAIVED: Tone.WARNING,
    ReviewState.REPLACED: Tone.DEFAULT,
}


def _versions(turn: Turn, offer_id: int) -> list[tuple[str, str]]:
    return [(str(quote.id), version_label(turn, quote)) for quote in quotes.prepared(turn.session, offer_id)]


def _ask_fields(turn: Turn, offer_id: int) -> tuple[FieldSpec, ...]:
    return ask_fields(reviews.kinds_of(turn.company), _versions(turn, offer_id))


def _open_ask(turn: Turn, offer_id: int) -> Opened:
    offer = to_write(turn, offer_id, team=False)
    if offer.outcome is not Outcome.OPEN:
        raise OfferOver
    kind = reviews.likely_kind(turn.session, offer, turn.company)
    versions = _versions(turn, offer_id)
    before = reviews.newest(turn.session, offer_id, kind)
    running = before is not None and before.state is ReviewState.OPEN
    return Opened(
        offer=offer.full_name,
        values={
            "kind": kind.value,
            "version": versions[0][0] if versions else "",
            "due_on": reviews.due_day(turn.company, turn.now).isoformat(),
        },
        notes=(
            sentence("reviews.ask_note", roles=tuple(words.Role(seat) for seat in turn.company.rules.review.seats)),
        ),
        warning=sentence("reviews.replaces") if running else None,
    )


def _ask(turn: Turn, offer_id: int, typed: Mapping[str, str], _rev: int) -> Review:
    return reviews.ask(turn.session, offer_id, typed, company=turn.company, actor=turn.person, now=turn.now)


def _said_asked(_turn: Turn, review: Review | None) -> Sentence:
    if review is None or review.due_at is None:
        return sentence("reviews.said_kept")
    return sentence("reviews.said_asked", roles=tuple(words.Role(seat) for seat in review.seats), until=review.due_at)


def _waive_fields(turn: Turn, _offer_id: int) -> tuple[FieldSpec, ...]:
    return waive_fields(reviews.kinds_of(turn.company))


def _open_waive(turn: Turn, offer_id: int) -> Opened:
    offer = to_write(turn, offer_id, team=False)
    kind = reviews.likely_kind(turn.session, offer, turn.company)
    closed = reviews.gate(turn.session, offer, kind, turn.company)
    return Opened(
        offer=offer.full_name,
        values={"kind": kind.value},
        warning=gate_warning(turn, offer, kind, closed),
        notes=(sentence("reviews.waive_note"),),
    )


def _waive(turn: Turn, offer_id: int, typed: Mapping[str, str], _rev: int) -> Review:
    return reviews.waive(turn.session, offer_id, typed, company=turn.company, actor=turn.person, now=turn.now)


def _said_waived(_turn: Turn, review: Review | None) -> Sentence:
    if review is not None and review.kind is ReviewKind.SIGNATURE:
        return sentence("reviews.said_waived_signature")
    return sentence("reviews.said_waived")


def _places(turn: Turn, review: Review) -> tuple[str, ...]:
    """The seats a person may answer for, those that wait first; raises :class:`NotAllowed` when there are none."""
    mine = places.places_of(turn.session, turn.person, review.seats, turn.now)
    if not mine:
        raise NotAllowed(roles=tuple(Role(seat) for seat in review.seats))
    return tuple(place.seat.value for place in mine)


def _changes_fields(turn: Turn, review_id: int) -> tuple[FieldSpec, ...]:
    review = reviews.standing(turn.session, review_id, turn.now).review
    mine = _places(turn, review)
    labels = tuple((seat, word(words.Role(seat), turn.reader.language)) for seat in mine)
    return changes_fields(labels)


def _open_changes(turn: Turn, review_id: int) -> Opened:
    standing = reviews.standing(turn.session, review_id, turn.now)
    mine = _places(turn, standing.review)
    waiting = [seat for seat in mine if Role(seat) in standing.waiting]
    closed = standing.review.state is not ReviewState.OPEN
    return Opened(
        offer=standing.offer.full_name,
        values={"seat": (waiting or list(mine))[0]},
        warning=sentence("reviews.late") if closed else None,
        notes=(sentence("reviews.changes_note", name=standing.asked_by),),
    )


def _changes(turn: Turn, review_id: int, typed: Mapping[str, str], _rev: int) -> Answered:
    return reviews.changes(
        turn.session, review_id, typed, request_key=turn.request_key, actor=turn.person, now=turn.now
    )


def _said_changes(_turn: Turn, result: Answered | None) -> Sentence:
    return sentence("reviews.late") if result is not None and result.late else sentence("reviews.said_changes")


def _list(turn: Turn, offer_id: int, page: int) -> RecordListView:
    offer = to_read(turn, offer_id)
    found = reviews.reviews_of(turn.session, offer_id)
    listed = page_of(found, page)
    kind = reviews.likely_kind(turn.session, offer, turn.company)
    closed = reviews.gate(turn.session, offer, kind, turn.company)
    leads = offer.outcome is Outcome.OPEN and may_write(turn, offer, team=False)
    buttons = [form("reviews.ask_title", FormCode.REVIEW_ASK, offer_id, main=True)]
    if closed is not None:
        buttons.append(form("reviews.button_waive", FormCode.REVIEW_WAIVE, offer_id))
    return RecordListView(
        code=ListCode.REVIEWS,
        offer_id=offer_id,
        offer=offer.full_name,
        title="reviews.list_title",
        empty="reviews.list_empty",
        lines=tuple(_line(turn, review) for review in listed.items),
        total=listed.total,
        page=listed.number,
        pages=listed.pages,
        summary=_summary(turn, offer, kind),
        buttons=tuple(buttons) if leads else (),
    )


def _summary(turn: Turn, offer: Offer, kind: ReviewKind) -> Sentence | None:
    """Where the review that comes next stands; nothing while none was asked for."""
    review = reviews.newest(turn.session, offer.id, kind)
    if offer.outcome is not Outcome.OPEN or review is None:
        return None
    closed = reviews.gate(turn.session, offer, kind, turn.company)
    if closed is not None:
        return gate_warning(turn, offer, kind, closed)
    return sentence(f"reviews.way_open_{kind}")


def _line(turn: Turn, review: Review) -> RecordLine:
    standing = reviews.standing(turn.session, review.id, turn.now)
    title = texts(turn.reader.language)(f"reviews.kind_{review.kind}")
    said: list[Sentence] = []
    if standing.asked_by:
        said.append(sentence("reviews.line_asked", name=standing.asked_by, at=review.opened_at))
    for line in standing.seats:
        if line.answer is None:
            continue
        key = "reviews.line_ready" if line.answer.opinion is Opinion.READY else "reviews.line_changes"
        said.append(sentence(key, role=words.Role(line.role.value), name=line.answer.actor, at=line.answer.at))
    if review.waiver:
        said.append(sentence("reviews.line_waived", name=standing.closed_by, at=review.closed_at or review.opened_at))
    notes = [line.answer.note for line in standing.seats if line.answer is not None and line.answer.note]
    return RecordLine(
        title=f"{title} · {version_label(turn, standing.quote)}" if standing.quote is not None else title,
        state=sentence(f"reviews.state_{review.state}"),
        tone=TONES[review.state],
        lines=tuple(said),
        text=" ".join([*notes, *([review.waiver] if review.waiver else [])]),
        tap=Press(label="reviews.button_show", verb=Verb.REVIEW_SHOW, id=review.id),
    )


DIALOGS = {
    FormCode.REVIEW_ASK: OfferDialog(
        domain="reviews",
        title="ask_title",
        button="ask_button",
        fields=_ask_fields,
        opened=_open_ask,
        save=_ask,
        said=_said_asked,
        more=frozenset({"meeting_on", "meeting_time"}),
    ),
    FormCode.REVIEW_WAIVE: OfferDialog(
        domain="reviews",
        title="waive_title",
        button="waive_button",
        fields=_waive_fields,
        opened=_open_waive,
        save=_waive,
        said=_said_waived,
    ),
    FormCode.REVIEW_CHANGES: OfferDialog(
        domain="reviews",
        title="changes_title",
        button="changes_button",
        fields=_changes_fields,
        opened=_open_changes,
        save=_changes,
        said=_said_changes,
    ),
}
LISTS = {ListCode.REVIEWS: _list}
