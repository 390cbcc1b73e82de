"""Competitors: who else bids, at which price, and who won."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.offers import entries
from bot.quotes import competitors
from bot.quotes.fields import COMPETITOR_FIELDS
from bot.quotes.models import Certainty, Competitor
from bot.records import service as records
from bot.teams.dialogs.base import OfferDialog, Opened, defaults
from bot.teams.dialogs.listing import amount, form, may_write, page_of, remove, removed_lines, to_read, to_write
from cards.verbs import FormCode, ListCode
from cards.views.reader import sentence
from cards.views.records import RecordLine, RecordListView
from cards.words import Tone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.offers.models import Offer
    from bot.records.fields import FieldSpec
    from bot.teams.context import Turn
    from cards.views.reader import Sentence

MORE = frozenset({"strengths", "weaknesses"})


def _fields(_turn: Turn, _number: int) -> tuple[FieldSpec, ...]:
    return COMPETITOR_FIELDS


def _open_add(turn: Turn, offer_id: int) -> Opened:
    offer = to_write(turn, offer_id)
    return Opened(offer=offer.full_name, values=defaults(COMPETITOR_FIELDS), currency=offer.currency)


def _add(turn: Turn, offer_id: int, typed: Mapping[str, str], _rev: int) -> Competitor:
    return competitors.add(turn.session, offer_id, typed, actor=turn.person, now=turn.now)


def _open_edit(turn: Turn, number: int) -> Opened:
    found = entries.by_id(turn.session, Competitor, number)
    offer = to_write(turn, found.offer_id)
    return Opened(
        offer=offer.full_name,
        values=records.texts_of(turn.session, found, COMPETITOR_FIELDS),
        revision=found.revision,
        currency=offer.currency,
    )


def _edit(turn: Turn, number: int, typed: Mapping[str, str], rev: int) -> Competitor:
    found, _names = competitors.edit(turn.session, number, typed, base=rev, actor=turn.person, now=turn.now)
    return found


def _said(_turn: Turn, found: Competitor | None) -> Sentence:
    return sentence("competitors.said", name=found.name) if found is not None else sentence("competitors.said_kept")


def _list(turn: Turn, offer_id: int, page: int) -> RecordListView:
    offer = to_read(turn, offer_id)
    found = competitors.competitors_of(turn.session, offer_id)
    listed = page_of(found, page)
    writer = may_write(turn, offer)
    removed = (
        removed_lines(
            turn, Competitor, offer_id, ListCode.COMPETITORS, "competitors.state_removed", lambda one: one.name
        )
        if writer
        else ()
    )
    winner = next((one for one in found if one.winner), None)
    return RecordListView(
        code=ListCode.COMPETITORS,
        offer_id=offer_id,
        offer=offer.full_name,
        title="competitors.list_title",
        empty="competitors.list_empty",
        lines=(*removed, *(_line(turn, offer, one, writer=writer) for one in listed.items)),
        total=listed.total,
        page=listed.number,
        pages=listed.pages,
        summary=sentence("competitors.summary", name=winner.name) if winner is not None else None,
        summary_tone=Tone.ATTENTION,
        buttons=(form("competitors.add_title", FormCode.COMPETITOR_ADD, offer_id, main=True),) if writer else (),
    )


def _line(turn: Turn, offer: Offer, one: Competitor, *, writer: bool) -> RecordLine:
    said: list[Sentence] = []
    if one.amount is not None:
        said.append(sentence("competitors.line_amount", amount=amount(turn, one.amount, offer.currency)))
    said += [
        sentence(f"competitors.line_{name}", text=words)
        for name, words in (("strengths", one.strengths), ("weaknesses", one.weaknesses))
        if words
    ]
    state, tone = f"competitors.certainty_{one.certainty}", Tone.DEFAULT
    if one.winner:
        state, tone = "competitors.state_winner", Tone.ATTENTION
    elif one.certainty is Certainty.CONFIRMED:
        tone = Tone.WARNING
    buttons = (form("records.edit", FormCode.COMPETITOR_EDIT, one.id), remove(ListCode.COMPETITORS, one.id))
    return RecordLine(
        title=one.name, state=sentence(state), tone=tone, lines=tuple(said), buttons=buttons if writer else ()
    )


def _take(turn: Turn, number: int, away: bool) -> int:  # noqa: FBT001  as the table calls it
    return competitors.take_away(turn.session, number, actor=turn.person, now=turn.now, away=away)


DIALOGS = {
    FormCode.COMPETITOR_ADD: OfferDialog(
        domain="competitors",
        title="add_title",
        button="add_button",
        fields=_fields,
        opened=_open_add,
        save=_add,
        said=_said,
        more=MORE,
    ),
    FormCode.COMPETITOR_EDIT: OfferDialog(
        domain="competitors",
        title="edit_title",
        button="edit_button",
        fields=_fields,
        opened=_open_edit,
        save=_edit,
        said=_said,
        more=MORE,
    ),
}
LISTS = {ListCode.COMPETITORS: _list}
REMOVABLE = {ListCode.COMPETITORS: _take}
