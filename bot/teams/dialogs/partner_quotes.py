"""Partner quotes: requested, received, chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.offers import entries, stages
from bot.quotes import partners
from bot.quotes.fields import PARTNER_QUOTE_FIELDS
from bot.quotes.models import PartnerQuote
from bot.records import service as records
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
from cards.verbs import FormCode, ListCode, Verb
from cards.views.reader import sentence
from cards.views.records import Press, RecordLine, RecordListView
from cards.words import Tone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from bot.records.fields import FieldSpec
    from bot.teams.context import Turn
    from cards.views.reader import Sentence

MORE = frozenset({"valid_until", "document_url", "note"})


def _fields(_turn: Turn, _number: int) -> tuple[FieldSpec, ...]:
    return PARTNER_QUOTE_FIELDS


def _open_add(turn: Turn, offer_id: int) -> Opened:
    offer = to_write(turn, offer_id)
    values = defaults(
        PARTNER_QUOTE_FIELDS,
        owner_id=turn.person.entra_object_id,
        currency=offer.currency,
        requested_on=stages.today(turn.company, turn.now).isoformat(),
    )
    return Opened(offer=offer.full_name, values=values)


def _add(turn: Turn, offer_id: int, typed: Mapping[str, str], _rev: int) -> PartnerQuote:
    return partners.add(turn.session, offer_id, typed, company=turn.company, actor=turn.person, now=turn.now)


def _open_edit(turn: Turn, number: int) -> Opened:
    quote = entries.by_id(turn.session, PartnerQuote, number)
    offer = to_write(turn, quote.offer_id)
    values = records.texts_of(turn.session, quote, PARTNER_QUOTE_FIELDS)
    return Opened(offer=offer.full_name, values=values, revision=quote.revision)


def _edit(turn: Turn, number: int, typed: Mapping[str, str], rev: int) -> PartnerQuote:
    quote, _names = partners.edit(
        turn.session, number, typed, base=rev, company=turn.company, actor=turn.person, now=turn.now
    )
    return quote


def _said(turn: Turn, quote: PartnerQuote | None) -> Sentence:
    if quote is None:
        return sentence("partner_quotes.said_kept")
    if quote.amount is not None:
        return sentence(
            "partner_quotes.said_received", partner=quote.partner, amount=amount(turn, quote.amount, quote.currency)
        )
    if quote.due_on is not None:
        return sentence("partner_quotes.said_due", partner=quote.partner, day=quote.due_on)
    return sentence("partner_quotes.said_requested", partner=quote.partner)


def _list(turn: Turn, offer_id: int, page: int) -> RecordListView:
    offer = to_read(turn, offer_id)
    found = partners.partner_quotes_of(turn.session, offer_id)
    listed = page_of(found, page)
    writer = may_write(turn, offer)
    removed = (
        removed_lines(
            turn,
            PartnerQuote,
            offer_id,
            ListCode.PARTNER_QUOTES,
            "partner_quotes.state_removed",
            lambda one: one.partner,
        )
        if writer
        else ()
    )
    today = stages.today(turn.company, turn.now)
    return RecordListView(
        code=ListCode.PARTNER_QUOTES,
        offer_id=offer_id,
        offer=offer.full_name,
        title="partner_quotes.list_title",
        empty="partner_quotes.list_empty",
        lines=(*removed, *(_line(turn, quote, today, writer=writer) for quote in listed.items)),
        total=listed.total,
        page=listed.number,
        pages=listed.pages,
        summary=_summary(turn, found),
        buttons=(form("partner_quotes.add_title", FormCode.PARTNER_QUOTE_ADD, offer_id, main=True),) if writer else (),
    )


def _summary(turn: Turn, found: Sequence[PartnerQuote]) -> Sentence | None:
    """What the chosen ones add up to, or how many answers are still awaited."""
    totals = partners.chosen_totals(found)
    if totals:
        total = " + ".join(amount(turn, totals[currency], currency) for currency in sorted(totals))
        return sentence("partner_quotes.summary_chosen", count=sum(quote.chosen for quote in found), total=total)
    awaited = sum(quote.received_on is None for quote in found)
    return sentence("partner_quotes.summary_awaited", count=awaited) if awaited else None


def _line(turn: Turn, quote: PartnerQuote, today: date, *, writer: bool) -> RecordLine:
    key, tone = _state(quote, today)
    said: list[Sentence] = []
    if quote.amount is not None:
        said.append(sentence("partner_quotes.line_amount", amount=amount(turn, quote.amount, quote.currency)))
    if quote.received_on is not None:
        said.append(sentence("partner_quotes.line_received", day=quote.received_on))
    elif quote.due_on is not None:
        said.append(sentence("partner_quotes.line_due", day=quote.due_on, name=name_of(turn, quote.owner_id)))
    else:
        said.append(sentence("partner_quotes.line_owner", name=name_of(turn, quote.owner_id)))
    if quote.valid_until is not None:
        said.append(sentence("partner_quotes.line_valid", day=quote.valid_until))
    buttons = [form("records.edit", FormCode.PARTNER_QUOTE_EDIT, quote.id)]
    if quote.amount is not None:
        label = "partner_quotes.button_drop" if quote.chosen else "partner_quotes.button_choose"
        wanted = "no" if quote.chosen else "yes"
        buttons.insert(0, Press(label=label, verb=Verb.PARTNER_QUOTE_CHOOSE, id=quote.id, q=wanted))
    buttons.append(remove(ListCode.PARTNER_QUOTES, quote.id))
    return RecordLine(
        title=quote.partner,
        state=sentence(key),
        tone=tone,
        lines=tuple(said),
        text=quote.scope,
        buttons=tuple(buttons) if writer else (),
        link=quote.document_url or "",
    )


def _state(quote: PartnerQuote, today: date) -> tuple[str, Tone]:
    if quote.chosen:
        return "partner_quotes.state_chosen", Tone.GOOD
    if quote.received_on is not None:
        return "partner_quotes.state_received", Tone.DEFAULT
    if quote.due_on is not None and quote.due_on < today:
        return "partner_quotes.state_overdue", Tone.ATTENTION
    return "partner_quotes.state_awaited", Tone.WARNING


def _take(turn: Turn, number: int, away: bool) -> int:  # noqa: FBT001  as the table calls it
    return entries.take_away(turn.session, PartnerQuote, number, actor=turn.person, now=turn.now, away=away)


DIALOGS = {
    FormCode.PARTNER_QUOTE_ADD: OfferDialog(
        domain="partner_quotes",
        title="add_title",
        button="add_button",
        fields=_fields,
        opened=_open_add,
        save=_add,
        said=_said,
        more=MORE,
        height="large",
    ),
    FormCode.PARTNER_QUOTE_EDIT: OfferDialog(
        domain="partner_quotes",
        title="edit_title",
        button="edit_button",
        fields=_fields,
        opened=_open_edit,
        save=_edit,
        said=_said,
        more=MORE,
        height="large",
    ),
}
LISTS = {ListCode.PARTNER_QUOTES: _list}
REMOVABLE = {ListCode.PARTNER_QUOTES: _take}
