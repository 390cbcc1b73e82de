"""Quotes: a new version, a copy of an earlier one, an edited one, and the sending."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.offers import entries, stages
from bot.offers import service as offers
from bot.quotes import service as quotes
from bot.quotes.errors import AlreadySent
from bot.quotes.fields import NEW_VERSION, QUOTE_FIELDS, sent_fields
from bot.quotes.models import Quote
from bot.records import service as records
from bot.reviews import service as reviews
from bot.reviews.fields import WAIVER
from bot.reviews.models import ReviewKind
from bot.teams.context import words_roles
from bot.teams.dialogs.base import OfferDialog, Opened, defaults
from bot.teams.dialogs.listing import (
    amount,
    form,
    may_write,
    name_of,
    page_of,
    remove,
    removed_lines,
    to_read,
    to_write,
)
from cards.texts import texts
from cards.verbs import FormCode, ListCode
from cards.views.reader import sentence
from cards.views.records import RecordLine, RecordListView
from cards.words import Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.offers.models import Offer
    from bot.records.fields import FieldSpec
    from bot.reviews.service import Closed
    from bot.teams.context import Turn
    from cards.views.reader import Sentence


def _fields(_turn: Turn, _number: int) -> tuple[FieldSpec, ...]:
    return QUOTE_FIELDS


def _open_add(turn: Turn, offer_id: int) -> Opened:
    offer = to_write(turn, offer_id)
    return Opened(offer=offer.full_name, values=defaults(QUOTE_FIELDS, currency=offer.currency))


def _add(turn: Turn, offer_id: int, typed: Mapping[str, str], _rev: int) -> Quote:
    return quotes.add(turn.session, offer_id, typed, actor=turn.person, now=turn.now)


def _open_copy(turn: Turn, quote_id: int) -> Opened:
    quote = entries.by_id(turn.session, Quote, quote_id)
    offer = to_write(turn, quote.offer_id)
    note = sentence("quotes.copied_from", version=quote.number)
    return Opened(offer=offer.full_name, values=records.texts_of(turn.session, quote, QUOTE_FIELDS), notes=(note,))


def _copy(turn: Turn, quote_id: int, typed: Mapping[str, str], _rev: int) -> Quote:
    quote = entries.by_id(turn.session, Quote, quote_id)
    return quotes.add(turn.session, quote.offer_id, typed, actor=turn.person, now=turn.now, copied_from_id=quote.id)


def _open_edit(turn: Turn, quote_id: int) -> Opened:
    quote = entries.by_id(turn.session, Quote, quote_id)
    offer = to_write(turn, quote.offer_id)
    if quote.sent_at is not None:
        raise AlreadySent
    values = records.texts_of(turn.session, quote, QUOTE_FIELDS)
    return Opened(offer=offer.full_name, values=values, revision=quote.revision)


def _edit(turn: Turn, quote_id: int, typed: Mapping[str, str], rev: int) -> Quote:
    quote, _names = quotes.edit(turn.session, quote_id, typed, base=rev, actor=turn.person, now=turn.now)
    return quote


def _said(key: str) -> Callable[[Turn, Quote | None], Sentence]:
    """What closes the dialog; a repeated delivery that has no version at hand is told that it was kept."""

    def said(turn: Turn, quote: Quote | None) -> Sentence:
        if quote is None:
            return sentence("quotes.said_kept")
        return sentence(key, version=quote.number, price=amount(turn, quote.price, quote.currency))

    return said


def _versions(turn: Turn, offer: Offer) -> list[tuple[str, str]]:
    """The prepared versions to choose from, the newest first, and making a new one; nothing when none is prepared."""
    words = texts(turn.reader.language)
    found = [(str(quote.id), version_label(turn, quote)) for quote in quotes.prepared(turn.session, offer.id)]
    return [*found, (NEW_VERSION, words("quotes.version_new"))] if found else []


def version_label(turn: Turn, quote: Quote) -> str:
    """``Version 2 · 125 000 €``."""
    words = texts(turn.reader.language)("quotes.version", n=quote.number)
    return f"{words} · {amount(turn, quote.price, quote.currency)}"


def _closed(turn: Turn, offer: Offer, versions: Sequence[tuple[str, str]]) -> Closed | None:
    """Whether what stands in the dialog, or its beginning, still waits for a review."""
    typed = {name: str(value) for name, value in turn.inbound.data.items() if value is not None}
    if "sent_on" not in typed and versions:
        typed["version"] = versions[0][0]
    return quotes.closed_for(turn.session, offer, typed, turn.company)


def _sent_fields(turn: Turn, offer_id: int) -> tuple[FieldSpec, ...]:
    offer = offers.by_id(turn.session, offer_id)
    versions = _versions(turn, offer)
    return sent_fields(versions, *((WAIVER,) if _closed(turn, offer, versions) is not None else ()))


def _open_sent(turn: Turn, offer_id: int) -> Opened:
    offer = to_write(turn, offer_id)
    quotes.refuse_no_go(offer)
    versions = _versions(turn, offer)
    values = {"sent_on": stages.today(turn.company, turn.now).isoformat()}
    values |= {"version": versions[0][0]} if versions else {"currency": offer.currency}
    return Opened(
        offer=offer.full_name,
        values=values,
        notes=(sentence("quotes.sent_keeps"),) if versions else (),
        warning=gate_warning(turn, offer, ReviewKind.SENDING, _closed(turn, offer, versions)),
    )


def gate_warning(turn: Turn, offer: Offer, kind: ReviewKind, closed: Closed | None) -> Sentence | None:
    """Why the offer may not go on yet, over the dialog that would go on."""
    if closed is None:
        return None
    key, params = reviews.problem_of(turn.session, offer, kind, closed)
    return sentence(key, roles=words_roles(params["roles"])) if "roles" in params else sentence(key)


def _send(turn: Turn, offer_id: int, typed: Mapping[str, str], _rev: int) -> Quote:
    return quotes.send(turn.session, offer_id, typed, company=turn.company, actor=turn.person, now=turn.now)


def _list(turn: Turn, offer_id: int, page: int) -> RecordListView:
    offer = to_read(turn, offer_id)
    found = quotes.quotes_of(turn.session, offer_id)
    listed = page_of(found, page)
    writer = may_write(turn, offer)
    numbers = {quote.id: quote.number for quote in found}
    removed = (
        removed_lines(
            turn, Quote, offer_id, ListCode.QUOTES, "quotes.state_removed", lambda one: version_label(turn, one)
        )
        if writer
        else ()
    )
    last = quotes.submitted(turn.session, offer_id)
    summary = (
        sentence(
            "quotes.summary",
            count=quotes.counted(turn.session, offer_id),
            price=amount(turn, last.price, last.currency),
        )
        if last is not None
        else None
    )
    ready = any(quote.sent_at is None for quote in found)
    send = form("quotes.sent_title", FormCode.QUOTE_SENT, offer_id, main=ready)
    add = form("quotes.add_title", FormCode.QUOTE_ADD, offer_id, main=not ready)
    buttons = (send, add) if ready else (add, send)
    return RecordListView(
        code=ListCode.QUOTES,
        offer_id=offer_id,
        offer=offer.full_name,
        title="quotes.list_title",
        empty="quotes.list_empty",
        lines=(*removed, *(_line(turn, quote, numbers, writer=writer) for quote in listed.items)),
        total=listed.total,
        page=listed.number,
        pages=listed.pages,
        summary=summary,
        buttons=buttons if writer else (),
    )


def _line(turn: Turn, quote: Quote, numbers: Mapping[int, int], *, writer: bool) -> RecordLine:
    said: list[Sentence] = []
    if quote.sent_on is not None:
        said.append(sentence("quotes.line_sent", day=quote.sent_on, name=name_of(turn, quote.sent_by_id)))
    if quote.valid_until is not None:
        said.append(sentence("quotes.line_valid", day=quote.valid_until))
    if quote.copied_from_id is not None and quote.copied_from_id in numbers:
        said.append(sentence("quotes.copied_from", version=numbers[quote.copied_from_id]))
    buttons = [form("quotes.button_copy", FormCode.QUOTE_COPY, quote.id)]
    if quote.sent_at is None:
        buttons.insert(0, form("records.edit", FormCode.QUOTE_EDIT, quote.id))
        buttons.append(remove(ListCode.QUOTES, quote.id))
    label = version_label(turn, quote)
    return RecordLine(
        title=f"{label} · {quote.title}" if quote.title else label,
        state=sentence("quotes.state_prepared" if quote.sent_at is None else "quotes.state_sent"),
        tone=Tone.WARNING if quote.sent_at is None else Tone.GOOD,
        lines=tuple(said),
        text=quote.note or "",
        buttons=tuple(buttons) if writer else (),
        link=quote.document_url or "",
    )


def _take(turn: Turn, quote_id: int, away: bool) -> int:  # noqa: FBT001  as the table calls it
    return quotes.take_away(turn.session, quote_id, actor=turn.person, now=turn.now, away=away)


DIALOGS = {
    FormCode.QUOTE_ADD: OfferDialog(
        domain="quotes",
        title="add_title",
        button="add_button",
        fields=_fields,
        opened=_open_add,
        save=_add,
        said=_said("quotes.said_added"),
        more=frozenset({"title", "valid_until", "note"}),
    ),
    FormCode.QUOTE_COPY: OfferDialog(
        domain="quotes",
        title="copy_title",
        button="add_button",
        fields=_fields,
        opened=_open_copy,
        save=_copy,
        said=_said("quotes.said_added"),
        more=frozenset({"title", "valid_until", "note"}),
    ),
    FormCode.QUOTE_EDIT: OfferDialog(
        domain="quotes",
        title="edit_title",
        button="edit_button",
        fields=_fields,
        opened=_open_edit,
        save=_edit,
        said=_said("quotes.said_edited"),
        more=frozenset({"title", "valid_until", "note"}),
    ),
    FormCode.QUOTE_SENT: OfferDialog(
        domain="quotes",
        title="sent_title",
        button="sent_button",
        fields=_sent_fields,
        opened=_open_sent,
        save=_send,
        said=_said("quotes.said_sent"),
    ),
}
LISTS = {ListCode.QUOTES: _list}
REMOVABLE = {ListCode.QUOTES: _take}
