"""What each wanted message shows now.

One function per kind of ledger row; None when there is nothing to say any more.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.config.models import StageType
from bot.decisions import service as decisions
from bot.decisions.models import Ballot, Choice, Round, RoundOutcome, RoundReminder, RoundState
from bot.errors import NotFound
from bot.offers import service as offers
from bot.offers import stages
from bot.offers.models import Offer, StageStep
from bot.people.models import Person
from bot.sync.models import CHANNEL, Kind, LedgerRow, Notice, System
from bot.teams.presenters.deadlines import morning_card
from bot.teams.presenters.digests import monthly_digest, weekly_digest
from bot.teams.presenters.handover import handover_card, handover_result
from bot.teams.presenters.hours import hours_message
from bot.teams.presenters.hours_reminders import hours_digest, hours_reminder
from bot.teams.presenters.leads import lead_message
from bot.teams.presenters.offers import offer_view
from bot.teams.presenters.reviews import review_card, review_result
from bot.teams.presenters.rounds import round_view
from bot.teams.presenters.sync import conflict_message
from bot.teams.presenters.team import team_notice
from bot.teams.presenters.tenders import latest_round, tender_lines, tender_view
from bot.tenders.models import Tender, TenderChange, TenderDigest
from cards import words
from cards.notices import admin_notice_card, notice_card, thread_reply_card
from cards.offers import offer_card
from cards.rounds import round_card
from cards.tenders import digest_card, tender_card
from cards.verbs import Verb
from cards.views.notices import AdminNoticeView, FollowUp, NoticeView, ThreadReplyView
from cards.views.reader import Sentence, sentence
from cards.views.tenders import TenderDigestView

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from bot.decisions.service import OfferLine
    from bot.teams.context import Surroundings
    from cards.views.reader import Reader

Card = dict[str, Any]
DELIVERIES = frozenset({"delivery_failed", "delivery_unknown"})
ALARMING = frozenset({"cancelled"})
DATED = frozenset({"deadline_moved", "clarification_moved"})
ENDINGS = {
    "won": words.Tone.GOOD,
    "lost": words.Tone.ATTENTION,
    "abandoned": words.Tone.DEFAULT,
    "reopened": words.Tone.WARNING,
}


def _get(session: Session, model: type[Any], key: int) -> Any:  # noqa: ANN401  the model's own type
    row = session.get(model, key)
    if row is None:
        raise NotFound
    return row


def shared_card(session: Session, tender_id: int, _person: Person | None, reader: Reader, around: Surroundings) -> Card:
    """The one message of a tender: the tender, then its round, and once that said Go the offer."""
    tender: Tender = _get(session, Tender, tender_id)
    offer = offers.of_tender(session, tender_id)
    newest = latest_round(session, offer.id) if offer is not None else None
    if offer is not None and newest is not None and newest.outcome is RoundOutcome.GO:
        return offer_card(offer_view(session, offer, around, reader), reader)
    if newest is not None:
        return round_card(round_view(session, newest.id, around, reader.now), reader)
    return tender_card(tender_view(session, tender, around, reader.now), reader)


def change_reply(
    session: Session, change_id: int, _person: Person | None, reader: Reader, _around: Surroundings
) -> Card:
    """What changed on the portal."""
    change: TenderChange = _get(session, TenderChange, change_id)
    tender: Tender = _get(session, Tender, change.tender_id)
    kind = change.kind.value
    successor = (
        session.scalars(sa.select(Tender).where(Tender.reissue_of_id == tender.id)).first()
        if kind == "reissued"
        else None
    )
    return thread_reply_card(
        ThreadReplyView(
            tone=words.Tone.ATTENTION if kind in ALARMING else words.Tone.WARNING,
            title=sentence(f"notices.{kind}"),
            number=tender.number or "",
            subject=tender.title,
            old=_moment(change.before) if kind in DATED else None,
            new=_moment(change.after) if kind in DATED else None,
            follow_ups=(
                FollowUp(
                    label="notices.button_show",
                    verb=Verb.TENDER_SHOW,
                    id=successor.id if successor is not None else tender.id,
                ),
            ),
        ),
        reader,
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _subject(offer: OfferLine) -> str:
    """Number, or the client's reference, and title."""
    return f"{offer.number or offer.external_reference or ''} {offer.title}".strip()


def decision_reply(
    session: Session, round_id: int, _person: Person | None, reader: Reader, _around: Surroundings
) -> Card:
    """The result of a round, in the tender's thread."""
    standing = decisions.standing(session, round_id, reader.now)
    go = standing.outcome is RoundOutcome.GO
    reasons = "; ".join(standing.no_go_reasons)
    owner = standing.offer.owner
    mention = ((owner.teams_user_id, owner.name),) if go and owner.teams_user_id else ()
    return thread_reply_card(
        ThreadReplyView(
            tone=words.Tone.GOOD if go else words.Tone.ATTENTION,
            title=sentence("notices.decided_go" if go else "notices.decided_no_go", number=standing.offer.number or ""),
            number=standing.offer.number or standing.offer.external_reference or "",
            subject=standing.offer.title,
            text=sentence("notices.decided_reasons", reasons=reasons) if reasons and not go else None,
            follow_ups=(FollowUp(label="notices.button_show", verb=Verb.ROUND_SHOW, id=round_id),),
            mentions=mention,
        ),
        reader,
    )


def end_reply(
    session: Session, step_id: int, _person: Person | None, reader: Reader, around: Surroundings
) -> Card | None:
    """Won, lost, abandoned or open again, in the tender's thread; nothing for a step that ends nothing."""
    step: StageStep = _get(session, StageStep, step_id)
    offer = offers.by_id(session, step.offer_id)
    stage = around.company.stages.by_code(step.stage)
    event = "reopened" if step.cause == stages.REOPENING else stage.type.value if stage is not None else ""
    if event not in ENDINGS:
        return None
    labels = {one.code: one.label.of(reader.language) for one in stage.reasons} if stage is not None else {}
    reason = labels.get(step.reason_code or "", step.reason_code or "")
    why = ": ".join(part for part in (reason, step.reason_note) if part)
    next_step = sentence("offers.told_won_text") if event == StageType.WON.value else None
    return thread_reply_card(
        ThreadReplyView(
            tone=ENDINGS[event],
            title=sentence(f"offers.told_{event}"),
            number=offer.project_number or offer.number or offer.external_reference or "",
            subject=offer.title,
            text=sentence("notices.decided_reasons", reasons=why) if why else next_step,
            follow_ups=(FollowUp(label="offers.button_offer", verb=Verb.OFFER_SHOW, id=offer.id),),
        ),
        reader,
    )


def digest(session: Session, digest_id: int, _person: Person | None, reader: Reader, _around: Surroundings) -> Card:
    """Many new tenders on one card, best match first."""
    row: TenderDigest = _get(session, TenderDigest, digest_id)
    found = {tender.id: tender for tender in session.scalars(sa.select(Tender).where(Tender.id.in_(row.tender_ids)))}
    tenders = sorted(found.values(), key=lambda tender: (-tender.match_score, tender.id))
    since = sa.select(sa.func.count()).where(Tender.first_seen_at == row.at, Tender.matched.is_(False))
    return digest_card(
        TenderDigestView(
            lines=tender_lines(session, tenders, reader.now),
            total=len(tenders),
            kept=session.scalar(since) or 0,
            polled_at=row.at,
            source=words.Source(tenders[0].source.value) if tenders else words.Source.ESA,
        ),
        reader,
    )


def vote_card(session: Session, round_id: int, person: Person | None, reader: Reader, around: Surroundings) -> Card:
    """An approver's own card."""
    return round_card(round_view(session, round_id, around, reader.now, person=person), reader)


def vote_reminder(
    session: Session, reminder_id: int, person: Person | None, reader: Reader, _around: Surroundings
) -> Card | None:
    """A private reminder; nothing once the person has voted or the round is over."""
    reminder: RoundReminder = _get(session, RoundReminder, reminder_id)
    if person is None or not any(
        waiting.round_id == reminder.round_id for waiting in decisions.pending_for(session, person, reader.now)
    ):
        return None
    standing = decisions.standing(session, reminder.round_id, reader.now)
    escalated = standing.state is RoundState.ESCALATED
    return notice_card(
        NoticeView(
            tone=words.Tone.WARNING,
            title=sentence("notices.escalated" if escalated else "notices.reminder", until=standing.closes_at),
            text=sentence("notices.escalated_text" if escalated else "notices.reminder_text"),
            subject=_subject(standing.offer),
            follow_ups=(FollowUp(label="notices.button_vote", verb=Verb.ROUND_SHOW, id=reminder.round_id),),
        ),
        reader,
    )


def question(
    session: Session, ballot_id: int, _person: Person | None, reader: Reader, _around: Surroundings
) -> Card | None:
    """A need-info ballot, for the owner; nothing once the approver has voted otherwise."""
    ballot: Ballot = _get(session, Ballot, ballot_id)
    standing = decisions.standing(session, ballot.round_id, reader.now)
    line = next((line for line in standing.ballots if line.id == ballot_id), None)
    if line is None or not line.stands or line.choice is not Choice.NEED_INFO:
        return None
    return notice_card(
        NoticeView(
            tone=words.Tone.ACCENT,
            title=sentence("notices.question", name=line.actor.name, role=words.Role(line.seat.value)),
            text=sentence("notices.question_text", question=line.reason or ""),
            subject=_subject(standing.offer),
            follow_ups=(
                FollowUp(label="notices.button_evaluation", verb=Verb.EVALUATION_OPEN, id=standing.offer.id),
                FollowUp(label="notices.button_show", verb=Verb.ROUND_SHOW, id=standing.round_id),
            ),
        ),
        reader,
    )


def outcome_card(
    session: Session, round_id: int, _person: Person | None, reader: Reader, _around: Surroundings
) -> Card:
    """The result for the owner, with the next step."""
    standing = decisions.standing(session, round_id, reader.now)
    go = standing.outcome is RoundOutcome.GO
    named = go and bool(offers.team_of(session, standing.offer.id))
    next_step = FollowUp(label="notices.button_team", verb=Verb.TEAM_OPEN, id=standing.offer.id)
    if named:
        next_step = FollowUp(label="offers.button_offer", verb=Verb.OFFER_SHOW, id=standing.offer.id)
    follow_ups = (next_step, FollowUp(label="notices.button_show", verb=Verb.ROUND_SHOW, id=round_id))
    text: Sentence = sentence("notices.outcome_go_text") if go else sentence("notices.outcome_no_go_text")
    if named:
        text = sentence("offers.team_named")
    if standing.replaced_by is not None:
        text = sentence("notices.outcome_reopened")
    return notice_card(
        NoticeView(
            tone=words.Tone.GOOD if go else words.Tone.ATTENTION,
            title=sentence("notices.decided_go" if go else "notices.decided_no_go", number=standing.offer.number or ""),
            text=text,
            subject=_subject(standing.offer),
            follow_ups=follow_ups if go else follow_ups[1:],
        ),
        reader,
    )


def admin_notice(
    session: Session, notice_id: int, _person: Person | None, reader: Reader, _around: Surroundings
) -> Card:
    """Something an admin should know once."""
    notice: Notice = _get(session, Notice, notice_id)
    params = notice.params
    source = words.Source(params["source"]) if "source" in params else None
    follow_ups: tuple[FollowUp, ...] = ()
    if notice.kind == "source_failing" and source is not None:
        follow_ups = (FollowUp(label="notices.button_poll", verb=Verb.SOURCE_POLL, words=source.value),)
    if notice.kind in DELIVERIES:
        follow_ups = (FollowUp(label="notices.button_retry", verb=Verb.DELIVERY_RETRY, id=int(params["row"])),)
    values: dict[str, Any] = {"source": source} if source is not None else {}
    values |= {"offer": params["offer"]} if "offer" in params else {}
    values |= {"records": params["count"]} if "count" in params else {}
    return admin_notice_card(
        AdminNoticeView(
            tone=words.Tone.GOOD if notice.kind == "source_back" else words.Tone.WARNING,
            title=sentence(f"notices.{notice.kind}", **values),
            text=sentence(f"notices.{notice.kind}_text", **values),
            since=_moment(params.get("since")) or notice.at,
            detail=str(params.get("error") or params.get("problem") or ""),
            follow_ups=follow_ups,
        ),
        reader,
    )


DRAW: dict[Kind, Callable[[Session, int, Person | None, Reader, Surroundings], Card | None]] = {
    Kind.SHARED_CARD: shared_card,
    Kind.CHANGE_REPLY: change_reply,
    Kind.DECISION_REPLY: decision_reply,
    Kind.DIGEST_CARD: digest,
    Kind.VOTE_CARD: vote_card,
    Kind.VOTE_REMINDER: vote_reminder,
    Kind.QUESTION: question,
    Kind.OUTCOME_CARD: outcome_card,
    Kind.ADMIN_NOTICE: admin_notice,
    Kind.END_REPLY: end_reply,
    Kind.REVIEW_CARD: review_card,
    Kind.REVIEW_RESULT: review_result,
    Kind.MORNING_CARD: morning_card,
    Kind.HANDOVER_CARD: handover_card,
    Kind.HANDOVER_RESULT: handover_result,
    Kind.HOURS_CARD: hours_message,
    Kind.HOURS_REMINDER: hours_reminder,
    Kind.HOURS_DIGEST: hours_digest,
    Kind.MONTHLY_DIGEST: monthly_digest,
    Kind.WEEKLY_DIGEST: weekly_digest,
    Kind.TEAM_NOTICE: team_notice,
    Kind.CONFLICT_CARD: conflict_message,
    Kind.LEAD_CARD: lead_message,
}


def shared_remote(session: Session, kind: Kind, subject_id: int) -> dict[str, Any] | None:
    """Where the shared message stands that a reply belongs to; None while it is not posted."""
    if kind is Kind.CHANGE_REPLY:
        tender_id = session.scalar(sa.select(TenderChange.tender_id).where(TenderChange.id == subject_id))
    elif kind is Kind.END_REPLY:
        of_step = sa.select(Offer.tender_id).join(StageStep, StageStep.offer_id == Offer.id)
        tender_id = session.scalar(of_step.where(StageStep.id == subject_id))
    else:
        found: Round = _get(session, Round, subject_id)
        standing = decisions.standing(session, found.id, found.opened_at)
        tender_id = standing.offer.tender_id
    row = session.scalars(
        sa.select(LedgerRow).where(
            LedgerRow.system == System.TEAMS,
            LedgerRow.kind == Kind.SHARED_CARD,
            LedgerRow.subject_id == (tender_id or 0),
            LedgerRow.target == CHANNEL,
        )
    ).one_or_none()
    return row.remote if row is not None else None
