"""Negotiation points: the clauses that are negotiated, and who moves next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.negotiations import service as negotiations
from bot.negotiations.fields import POINT
from bot.negotiations.models import NegotiationPoint, NextMove, PointState
from bot.offers import entries
from bot.people import service as people
from bot.records import service as records
from bot.teams.dialogs.base import OfferDialog, Opened, defaults
from bot.teams.dialogs.listing import edit_buttons, may_write, names_of, page_of, record_to_write, to_read, to_write
from cards.verbs import FormCode, ListCode, Verb
from cards.views.reader import Sentence, sentence
from cards.views.records import Press, RecordLine, RecordListView
from cards.words import Tone

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from bot.teams.context import Turn

TONES = {
    PointState.OPEN: Tone.WARNING,
    PointState.BLOCKED: Tone.ATTENTION,
    PointState.AGREED: Tone.GOOD,
    PointState.DROPPED: Tone.DEFAULT,
}


def _new(turn: Turn, offer_id: int) -> Opened:
    offer = to_write(turn, offer_id)
    owner = people.by_id(turn.session, offer.owner_id)
    today = people.today_of(turn.person, turn.now).isoformat()
    return Opened(offer=offer.full_name, values=defaults(POINT, since=today, owner_id=owner.entra_object_id))


def _add(turn: Turn, offer_id: int, typed: Mapping[str, str], _base: int) -> NegotiationPoint:
    return negotiations.add(turn.session, offer_id, typed, actor=turn.person, now=turn.now)


def _opened(turn: Turn, point_id: int) -> Opened:
    point, offer = record_to_write(turn, NegotiationPoint, point_id)
    return Opened(offer=offer.full_name, values=records.texts_of(turn.session, point, POINT), revision=point.revision)


def _edit(turn: Turn, point_id: int, typed: Mapping[str, str], base: int) -> NegotiationPoint:
    return negotiations.edit(turn.session, point_id, typed, base=base, actor=turn.person, now=turn.now)


def _said(turn: Turn, point: NegotiationPoint | None) -> Sentence:
    """Where the whole negotiation stands now, and who moves."""
    if point is None:
        return sentence("negotiations.saved")
    whole = _whole(turn, point.offer_id)
    return standing(whole) if whole.unsettled else sentence("negotiations.said_settled", count=whole.total)


def _whole(turn: Turn, offer_id: int) -> negotiations.Summary:
    today = people.today_of(turn.person, turn.now)
    return negotiations.summary(turn.session, offer_id, today, stages=turn.company.stages)


def standing(whole: negotiations.Summary) -> Sentence:
    """The negotiation in one sentence: how much is open, for how long, and who moves next."""
    if not whole.unsettled:
        return sentence("negotiations.summary_settled", count=whole.total, days=whole.days)
    return sentence(f"negotiations.summary_{whole.next_move}", count=whole.unsettled, days=whole.days)


def show(turn: Turn, offer_id: int, page: int) -> RecordListView:
    """The points of an offer under the state of the whole negotiation; those still negotiated first."""
    offer = to_read(turn, offer_id)
    writes = may_write(turn, offer)
    today = people.today_of(turn.person, turn.now)
    found = page_of(negotiations.of_offer(turn.session, offer_id), page)
    whole = _whole(turn, offer_id)
    names = names_of(turn, (one.owner_id for one in found.items))
    add = Press(
        label="negotiations.button_add", verb=Verb.FORM_OPEN, id=offer_id, q=FormCode.POINT_ADD.value, main=True
    )
    return RecordListView(
        code=ListCode.POINTS,
        offer_id=offer_id,
        offer=offer.full_name,
        title="negotiations.list_title",
        empty="negotiations.empty",
        lines=tuple(_line(one, names, today, writes=writes) for one in found.items),
        total=found.total,
        page=found.number,
        pages=found.pages,
        summary=standing(whole) if whole.total else None,
        summary_tone=_tone(whole),
        buttons=(add,) if writes else (),
    )


def _tone(whole: negotiations.Summary) -> Tone:
    if not whole.unsettled:
        return Tone.GOOD
    if whole.blocked:
        return Tone.ATTENTION
    return Tone.WARNING if whole.next_move is NextMove.US else Tone.ACCENT


def _line(one: NegotiationPoint, names: Mapping[int, str], today: date, *, writes: bool) -> RecordLine:
    settled = one.state in negotiations.SETTLED
    late = not settled and one.due_on is not None and one.due_on < today
    end = max(one.settled_on or today, one.since)
    quiet = [
        sentence("negotiations.line_since", count=(end - one.since).days, since=one.since),
        sentence("negotiations.line_settled", on=one.settled_on or end)
        if settled
        else sentence(f"negotiations.line_{one.next_move}", owner=names.get(one.owner_id, "")),
    ]
    if one.due_on is not None and not settled:
        quiet.append(sentence("negotiations.line_overdue" if late else "negotiations.line_due", on=one.due_on))
    return RecordLine(
        title=f"{one.number}. {one.clause}",
        state=sentence(f"negotiations.state_{one.state}"),
        tone=Tone.ATTENTION if late else TONES[one.state],
        lines=tuple(quiet),
        text=(one.agreed_text if settled else None) or one.position,
        buttons=edit_buttons(FormCode.POINT_EDIT, ListCode.POINTS, one.id) if writes else (),
        link=one.link or "",
    )


def _remove(turn: Turn, point_id: int, away: bool) -> int:  # noqa: FBT001  the table's signature
    return entries.take_away(turn.session, NegotiationPoint, point_id, actor=turn.person, now=turn.now, away=away)


DIALOGS = {
    FormCode.POINT_ADD: OfferDialog(
        domain="negotiations",
        title="add_title",
        button="add_button",
        fields=lambda _turn, _id: POINT,
        opened=_new,
        save=_add,
        said=_said,
        more=frozenset({"client_position", "agreed_text", "link"}),
        height="large",
    ),
    FormCode.POINT_EDIT: OfferDialog(
        domain="negotiations",
        title="edit_title",
        button="edit_button",
        fields=lambda _turn, _id: POINT,
        opened=_opened,
        save=_edit,
        said=_said,
        more=frozenset({"link"}),
        height="large",
    ),
}
LISTS = {ListCode.POINTS: show}
REMOVABLE = {ListCode.POINTS: _remove}
