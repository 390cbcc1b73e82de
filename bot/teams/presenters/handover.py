"""From a hand-over's contents to its card, and to what the sales lead is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.errors import NotAllowed, NotFound
from bot.handover import service as handover
from bot.handover.contents import contents
from bot.handover.models import Handover
from bot.handover.models import HandoverState as Stored
from bot.offers import service as offers
from bot.offers.models import Outcome
from cards import words
from cards.escape import cut, plain
from cards.formats import money
from cards.handover import handover_card as draw
from cards.notices import notice_card
from cards.verbs import FormCode, ListCode, Verb
from cards.views.handover import HandoverState, HandoverView, Section
from cards.views.notices import FollowUp, NoticeView
from cards.views.reader import Change, Money, sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.handover.contents import Contents, Deadline, Partner, Promise, Question, Signed
    from bot.people.models import Person
    from bot.teams.context import Surroundings
    from cards.envelope import Card
    from cards.views.reader import Reader, Sentence
    from cards.words import Language

SHOWN = 3
"""Lines of a section in sight: the card says how many more there are, the sheet has them all."""
LONGEST = 140


def handover_view(session: Session, offer_id: int, language: Language, now: datetime, person: Person) -> HandoverView:
    """The hand-over of an offer as its card shows it to this person. Raises :class:`~bot.errors.NotFound`."""
    read = contents(session, offer_id, now)
    proposal = read.proposal
    found = handover.by_id(session, proposal.id) if proposal is not None else None
    state = HandoverState(proposal.state.value) if proposal is not None else HandoverState.NONE
    if read.outcome is not Outcome.WON:
        state = HandoverState.OVER
    return HandoverView(
        offer_id=offer_id,
        handover_id=proposal.id if proposal is not None else 0,
        revision=proposal.revision if proposal is not None else 0,
        number=read.project_number or read.number or read.reference,
        title=read.title,
        state=state,
        manager=proposal.manager if proposal is not None else read.manager,
        owner=read.owner,
        client=read.client,
        signed_on=read.signed_on,
        first_order=read.first_order,
        kick_off_on=read.kick_off_on,
        budget=Money(read.budget, read.currency) if read.budget else None,
        effort_hours=read.effort_hours,
        checklist_done=read.checklist_done,
        checklist_total=read.checklist_total,
        note=proposal.note if proposal is not None else "",
        answer=proposal.answer if proposal is not None else "",
        scope=read.description or read.summary,
        sections=_sections(read),
        folded=_folded(read, language),
        may_answer=found is not None and handover.may_answer(session, found, person, now),
        may_propose=_may_propose(session, offer_id, person, now),
        last_change=_last_change(read),
    )


def _may_propose(session: Session, offer_id: int, person: Person, now: datetime) -> bool:
    try:
        offers.require_part(session, offers.by_id(session, offer_id), person, now)
    except NotAllowed:
        return False
    return True


def _last_change(read: Contents) -> Change | None:
    proposal = read.proposal
    if proposal is None:
        return None
    if proposal.answered_at is None:
        return Change(sentence("handover.change_proposed"), proposal.proposed_at, proposal.proposed_by)
    key = "handover.change_accepted" if proposal.state is Stored.ACCEPTED else "handover.change_returned"
    if proposal.answered_by != proposal.manager:
        what = sentence(f"{key}_for", name=proposal.manager)
        return Change(what, proposal.answered_at, proposal.answered_by)
    return Change(sentence(key), proposal.answered_at, proposal.answered_by)


def _short(text: str) -> str:
    return cut(plain(text), LONGEST)


def _section(title: str, items: Sequence[Any], line: Callable[[Any], Sentence]) -> Section:
    return Section(title=title, total=len(items), lines=tuple(line(one) for one in items[:SHOWN]))


def _sections(read: Contents) -> tuple[Section, ...]:
    """What a project manager must have read before saying yes."""
    return (
        _section("handover.section_promises", read.promises, _promise),
        _section(
            "handover.section_clauses",
            read.clauses,
            lambda one: sentence("handover.line_clause", clause=_short(one.clause), text=_short(one.agreed_text)),
        ),
        _section("handover.section_deadlines", read.deadlines, _deadline),
    )


def _folded(read: Contents, language: Language) -> tuple[Section, ...]:
    return (
        _section(
            "handover.section_team",
            read.team,
            lambda one: sentence("handover.line_member", name=one.name, role=words.TeamRole(one.role.value)),
        ),
        _section("handover.section_partners", read.partners, lambda one: _partner(one, language)),
        _section("handover.section_questions", read.questions, _question),
        _section("handover.section_amendments", read.amendments, _amendment),
        _section(
            "handover.section_documents",
            read.links,
            lambda one: sentence("handover.line_text", text=_short(one.title)),
        ),
    )


def _promise(one: Promise) -> Sentence:
    text = _short(one.text)
    if one.due_on is None:
        return sentence("handover.line_promise", text=text, name=one.owner)
    return sentence("handover.line_promise_due", text=text, name=one.owner, day=one.due_on)


def _deadline(one: Deadline) -> Sentence:
    return sentence(f"handover.due_{one.what}", day=one.on, text=_short(one.text) or "–")


def _partner(one: Partner, language: Language) -> Sentence:
    if one.amount is None:
        return sentence("handover.line_partner", name=_short(one.partner), text=_short(one.scope))
    price = money(Money(one.amount, one.currency), language)
    return sentence("handover.line_partner_price", name=_short(one.partner), text=_short(one.scope), price=price)


def _question(one: Question) -> Sentence:
    if one.answered_on is None:
        return sentence("handover.line_question_open", number=one.number, text=_short(one.question))
    return sentence(
        "handover.line_question", number=one.number, text=_short(one.question), answer=_short(one.answer or "–")
    )


def _amendment(one: Signed) -> Sentence:
    return sentence("handover.line_amendment", number=one.number, text=_short(one.title))


def handover_card(
    session: Session, handover_id: int, person: Person | None, reader: Reader, _around: Surroundings
) -> Card | None:
    """The project manager's card; once somebody else manages the project, it says who."""
    if person is None:
        return None
    found = handover.by_id(session, handover_id)
    return draw(handover_view(session, found.offer_id, reader.language, reader.now, person), reader)


def handover_result(
    session: Session, handover_id: int, _person: Person | None, reader: Reader, _around: Surroundings
) -> Card | None:
    """The project manager's answer, for the sales lead; nothing once it was proposed again."""
    found = session.get(Handover, handover_id)
    if found is None:
        raise NotFound
    proposal = contents(session, found.offer_id, reader.now).proposal
    if proposal is None or proposal.state is Stored.PROPOSED:
        return None
    offer = offers.by_id(session, found.offer_id)
    accepted = proposal.state is Stored.ACCEPTED
    show = FollowUp(label="handover.button_show", verb=Verb.HANDOVER_SHOW, id=offer.id)
    again = FollowUp(
        label="handover.button_again", verb=Verb.FORM_OPEN, id=offer.id, words=FormCode.HANDOVER_PROPOSE.value
    )
    checklist = FollowUp(
        label="handover.button_checklist", verb=Verb.RECORDS_SHOW, id=offer.id, words=ListCode.CHECKLIST.value
    )
    text = sentence("handover.result_accepted_text")
    if not accepted:
        text = sentence("handover.result_returned_text", answer=cut(plain(proposal.answer), 280))
    return notice_card(
        NoticeView(
            tone=words.Tone.GOOD if accepted else words.Tone.WARNING,
            title=sentence(
                "handover.result_accepted" if accepted else "handover.result_returned", name=proposal.answered_by
            ),
            text=text,
            subject=f"{offer.project_number or offer.number or ''} {offer.title}".strip(),
            follow_ups=(show, checklist) if accepted else (again, show),
        ),
        reader,
    )
