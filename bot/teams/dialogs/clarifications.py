"""Clarifications: the client's questions and our answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.clarifications import service as clarifications
from bot.clarifications.fields import ANSWER, QUESTION
from bot.clarifications.models import Clarification
from bot.offers import entries, stages
from bot.offers import service as offers
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

STAGE = "CLA"
"""Code of the stage that is suggested, never entered by itself."""


def _asked(turn: Turn, offer_id: int) -> Opened:
    offer = to_write(turn, offer_id)
    owner = people.by_id(turn.session, offer.owner_id)
    today = people.today_of(turn.person, turn.now).isoformat()
    return Opened(offer=offer.full_name, values=defaults(QUESTION, asked_on=today, owner_id=owner.entra_object_id))


def _ask(turn: Turn, offer_id: int, typed: Mapping[str, str], _base: int) -> Clarification:
    return clarifications.ask(turn.session, offer_id, typed, actor=turn.person, now=turn.now)


def _said_asked(turn: Turn, record: Clarification | None) -> Sentence:
    """On the first question about a sent offer, the stage is suggested."""
    if record is None:
        return sentence("clarifications.saved")
    stage = turn.company.stages.by_code(STAGE)
    offer = offers.by_id(turn.session, record.offer_id)
    first = record.number == 1 and stages.was_sent(turn.session, offer.id)
    if stage is not None and not stage.closes and first and offer.stage != STAGE:
        return sentence(
            "clarifications.added_suggest", number=record.number, stage=stage.label.of(turn.reader.language)
        )
    return sentence("clarifications.added", number=record.number)


def _opened(turn: Turn, clarification_id: int) -> Opened:
    record, offer = record_to_write(turn, Clarification, clarification_id)
    return Opened(
        offer=offer.full_name,
        values=records.texts_of(turn.session, record, QUESTION),
        revision=record.revision,
    )


def _edit(turn: Turn, clarification_id: int, typed: Mapping[str, str], base: int) -> Clarification:
    return clarifications.edit(turn.session, clarification_id, typed, base=base, actor=turn.person, now=turn.now)


def _to_answer(turn: Turn, clarification_id: int) -> Opened:
    record, offer = record_to_write(turn, Clarification, clarification_id)
    values = records.texts_of(turn.session, record, ANSWER)
    if record.answered_on is None:
        today = people.today_of(turn.person, turn.now).isoformat()
        values |= defaults(ANSWER, answered_on=today, answered_by_id=turn.person.entra_object_id)
    question = sentence("clarifications.note_question", number=record.number, question=record.question)
    return Opened(offer=offer.full_name, values=values, revision=record.revision, notes=(question,))


def _answer(turn: Turn, clarification_id: int, typed: Mapping[str, str], base: int) -> Clarification:
    return clarifications.answer(turn.session, clarification_id, typed, base=base, actor=turn.person, now=turn.now)


def _said_answered(turn: Turn, record: Clarification | None) -> Sentence:
    if record is None:
        return sentence("clarifications.saved")
    today = people.today_of(turn.person, turn.now)
    waiting = clarifications.standing(turn.session, record.offer_id, today).open
    if not waiting:
        return sentence("clarifications.answered_last", number=record.number)
    return sentence("clarifications.answered", count=waiting, number=record.number)


def _said_saved(_turn: Turn, _record: Clarification | None) -> Sentence:
    return sentence("clarifications.saved")


def show(turn: Turn, offer_id: int, page: int) -> RecordListView:
    """The clarifications of an offer: open ones first, what is due first before the rest."""
    offer = to_read(turn, offer_id)
    writes = may_write(turn, offer)
    today = people.today_of(turn.person, turn.now)
    found = page_of(clarifications.of_offer(turn.session, offer_id), page)
    standing = clarifications.standing(turn.session, offer_id, today)
    names = names_of(turn, (person for one in found.items for person in (one.owner_id, one.answered_by_id)))
    return RecordListView(
        code=ListCode.CLARIFICATIONS,
        offer_id=offer_id,
        offer=offer.full_name,
        title="clarifications.list_title",
        empty="clarifications.empty",
        lines=tuple(_line(one, names, today, writes=writes) for one in found.items),
        total=found.total,
        page=found.number,
        pages=found.pages,
        summary=_summary(standing),
        summary_tone=Tone.ATTENTION if standing.overdue else Tone.WARNING if standing.open else Tone.GOOD,
        buttons=(
            Press(
                label="clarifications.button_add",
                verb=Verb.FORM_OPEN,
                id=offer_id,
                q=FormCode.CLARIFICATION_ADD.value,
                main=True,
            ),
        )
        if writes
        else (),
    )


def _summary(standing: clarifications.Standing) -> Sentence | None:
    if not standing.total:
        return None
    if not standing.open:
        return sentence("clarifications.summary_answered", count=standing.total)
    if standing.overdue:
        return sentence("clarifications.summary_overdue", count=standing.open, overdue=standing.overdue)
    if standing.next_due is not None:
        return sentence("clarifications.summary_due", count=standing.open, due=standing.next_due)
    return sentence("clarifications.summary_open", count=standing.open)


def _line(one: Clarification, names: Mapping[int, str], today: date, *, writes: bool) -> RecordLine:
    state, tone = _state(one, today)
    owner = sentence("clarifications.line_asked", asked=one.asked_on, owner=names.get(one.owner_id, ""))
    answered = one.answered_on is not None and one.answered_by_id is not None
    said = (sentence(f"clarifications.line_{one.answered_how}", name=names.get(one.answered_by_id or 0, "")),)
    answer = Press(
        label="clarifications.button_correct" if answered else "clarifications.button_answer",
        verb=Verb.FORM_OPEN,
        id=one.id,
        q=FormCode.CLARIFICATION_ANSWER.value,
    )
    edits = edit_buttons(FormCode.CLARIFICATION_EDIT, ListCode.CLARIFICATIONS, one.id)
    return RecordLine(
        title=f"{one.number}. {one.question}",
        state=state,
        tone=tone,
        lines=(owner, *(said if answered else ())),
        text=one.answer or "",
        buttons=(answer, *edits) if writes else (),
        link=one.link or "",
    )


def _state(one: Clarification, today: date) -> tuple[Sentence, Tone]:
    if one.answered_on is not None:
        return sentence("clarifications.state_answered", on=one.answered_on), Tone.GOOD
    if one.due_on is None:
        return sentence("clarifications.state_open"), Tone.WARNING
    if one.due_on < today:
        return sentence("clarifications.state_overdue", on=one.due_on), Tone.ATTENTION
    return sentence("clarifications.state_due", on=one.due_on), Tone.WARNING


def _remove(turn: Turn, clarification_id: int, away: bool) -> int:  # noqa: FBT001  the table's signature
    return entries.take_away(turn.session, Clarification, clarification_id, actor=turn.person, now=turn.now, away=away)


DIALOGS = {
    FormCode.CLARIFICATION_ADD: OfferDialog(
        domain="clarifications",
        title="add_title",
        button="add_button",
        fields=lambda _turn, _id: QUESTION,
        opened=_asked,
        save=_ask,
        said=_said_asked,
        more=frozenset({"link"}),
    ),
    FormCode.CLARIFICATION_EDIT: OfferDialog(
        domain="clarifications",
        title="edit_title",
        button="edit_button",
        fields=lambda _turn, _id: QUESTION,
        opened=_opened,
        save=_edit,
        said=_said_saved,
        more=frozenset({"link"}),
    ),
    FormCode.CLARIFICATION_ANSWER: OfferDialog(
        domain="clarifications",
        title="answer_title",
        button="answer_button",
        fields=lambda _turn, _id: ANSWER,
        opened=_to_answer,
        save=_answer,
        said=_said_answered,
    ),
}
LISTS = {ListCode.CLARIFICATIONS: show}
REMOVABLE = {ListCode.CLARIFICATIONS: _remove}
