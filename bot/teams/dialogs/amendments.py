"""Amendments of a signed contract, and the budget line they move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import NotAllowed
from bot.handover import amendments
from bot.handover.errors import NotWon
from bot.handover.fields import AMENDMENT
from bot.handover.models import Amendment, AmendmentState
from bot.offers import entries
from bot.offers import service as offers
from bot.offers.models import Outcome
from bot.people import service as people
from bot.records import service as records
from bot.teams.dialogs.base import OfferDialog, Opened, defaults
from bot.teams.dialogs.listing import amount, form, name_of, page_of, to_read
from bot.teams.inbound import InboundKind
from cards.texts import texts
from cards.verbs import FormCode, ListCode
from cards.views.reader import sentence
from cards.views.records import RecordLine, RecordListView
from cards.words import Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal

    from bot.handover.models import BudgetLine
    from bot.offers.models import Offer
    from bot.records.fields import FieldSpec
    from bot.teams.context import Turn
    from cards.views.reader import Sentence

TONES = {
    AmendmentState.NEGOTIATION: Tone.WARNING,
    AmendmentState.SIGNED: Tone.GOOD,
    AmendmentState.DROPPED: Tone.DEFAULT,
}
MORE = frozenset({"text", "document_url", "new_end_on"})


def _fields(_turn: Turn, _number: int) -> tuple[FieldSpec, ...]:
    return AMENDMENT


def _project(turn: Turn, offer_id: int) -> Offer:
    """The offer, for somebody who may amend its contract. A dialog with typed words comes back even when the offer was
    reopened meanwhile.
    """
    offer = offers.by_id(turn.session, offer_id)
    amendments.require_project(turn.session, offer, turn.person, turn.now)
    if offer.outcome is not Outcome.WON and turn.inbound.kind is InboundKind.DIALOG_OPEN:
        raise NotWon
    return offer


def _open_add(turn: Turn, offer_id: int) -> Opened:
    offer = _project(turn, offer_id)
    today = people.today_of(turn.person, turn.now).isoformat()
    return Opened(offer=offer.full_name, values=defaults(AMENDMENT, requested_on=today), currency=offer.currency)


def _add(turn: Turn, offer_id: int, typed: Mapping[str, str], _rev: int) -> Amendment:
    return amendments.add(turn.session, offer_id, typed, actor=turn.person, now=turn.now)


def _open_edit(turn: Turn, number: int) -> Opened:
    found = entries.by_id(turn.session, Amendment, number)
    offer = _project(turn, found.offer_id)
    return Opened(
        offer=offer.full_name,
        values=records.texts_of(turn.session, found, AMENDMENT),
        revision=found.revision,
        currency=offer.currency,
    )


def _edit(turn: Turn, number: int, typed: Mapping[str, str], rev: int) -> Amendment:
    return amendments.edit(turn.session, number, typed, base=rev, actor=turn.person, now=turn.now)


def _said(turn: Turn, found: Amendment | None) -> Sentence:
    if found is None:
        return sentence("amendments.said_kept")
    if found.state is not AmendmentState.SIGNED:
        return sentence("amendments.said_noted", number=found.number)
    currency = offers.by_id(turn.session, found.offer_id).currency
    budget = amount(turn, amendments.budget(turn.session, found.offer_id), currency)
    return sentence("amendments.said_signed", number=found.number, budget=budget)


def _list(turn: Turn, offer_id: int, page: int) -> RecordListView:
    offer = to_read(turn, offer_id)
    found = entries.of_offer(turn.session, Amendment, offer_id)
    moved = amendments.movements(turn.session, offer_id)
    writer = offer.outcome is Outcome.WON and _may(turn, offer)
    numbers = {one.id: one.number for one in found}
    drawn: list[Callable[[], RecordLine]] = [
        *(lambda one=one: _line(turn, one, offer, writer=writer) for one in found),
        *(lambda one=one: _movement(turn, one, offer, numbers) for one in moved),
    ]
    listed = page_of(drawn, page)
    return RecordListView(
        code=ListCode.AMENDMENTS,
        offer_id=offer_id,
        offer=offer.full_name,
        title="amendments.list_title",
        empty="amendments.list_empty" if offer.outcome is Outcome.WON else "amendments.list_later",
        lines=tuple(draw() for draw in listed.items),
        total=len(found),
        page=listed.number,
        pages=listed.pages,
        summary=_budget(turn, offer, moved),
        buttons=(form("amendments.add_button", FormCode.AMENDMENT_ADD, offer_id, main=not found),) if writer else (),
    )


def _may(turn: Turn, offer: Offer) -> bool:
    try:
        amendments.require_project(turn.session, offer, turn.person, turn.now)
    except NotAllowed:
        return False
    return True


def _budget(turn: Turn, offer: Offer, moved: Sequence[BudgetLine]) -> Sentence | None:
    """What the project has, and how much of it came with amendments."""
    if not moved:
        return None
    total = sum((one.amount for one in moved), amendments.NOTHING)
    signed = sum((one.amount for one in moved if one.amendment_id is None), amendments.NOTHING)
    return sentence(
        "amendments.budget",
        total=amount(turn, total, offer.currency),
        signed=amount(turn, signed, offer.currency),
        amended=_signed(turn, total - signed, offer),
    )


def _signed(turn: Turn, change: Decimal, offer: Offer) -> str:
    """An amount with its sign: ``+5 000 €``."""
    return f"{'+' if change > 0 else ''}{amount(turn, change, offer.currency)}"


def _line(turn: Turn, one: Amendment, offer: Offer, *, writer: bool) -> RecordLine:
    lines = [sentence("amendments.line_requested", day=one.requested_on)]
    if one.signed_on is not None:
        lines.append(sentence("amendments.line_signed", day=one.signed_on))
    if one.price_change is not None:
        lines.append(sentence("amendments.line_price", amount=_signed(turn, one.price_change, offer)))
    if one.new_end_on is not None:
        lines.append(sentence("amendments.line_end", day=one.new_end_on))
    kind = texts(turn.reader.language)(f"amendments.kind_{one.kind}")
    return RecordLine(
        title=f"{one.number} · {kind} · {one.title}",
        state=sentence(f"amendments.state_{one.state}"),
        tone=TONES[one.state],
        lines=tuple(lines),
        text=one.text or "",
        buttons=(form("records.edit", FormCode.AMENDMENT_EDIT, one.id),) if writer else (),
        link=one.document_url or "",
    )


def _movement(turn: Turn, one: BudgetLine, offer: Offer, numbers: Mapping[int, int]) -> RecordLine:
    number = numbers.get(one.amendment_id or 0)
    what = sentence("amendments.moved_signature") if number is None else sentence("amendments.moved", number=number)
    return RecordLine(
        title=_signed(turn, one.amount, offer),
        lines=(what, sentence("amendments.moved_by", day=one.on, name=name_of(turn, one.by_id), at=one.at)),
    )


DIALOGS = {
    FormCode.AMENDMENT_ADD: OfferDialog(
        domain="amendments",
        title="add_title",
        button="save_button",
        fields=_fields,
        opened=_open_add,
        save=_add,
        said=_said,
        more=MORE,
        height="large",
    ),
    FormCode.AMENDMENT_EDIT: OfferDialog(
        domain="amendments",
        title="edit_title",
        button="save_button",
        fields=_fields,
        opened=_open_edit,
        save=_edit,
        said=_said,
        more=MORE,
        height="large",
    ),
}
LISTS = {ListCode.AMENDMENTS: _list}
