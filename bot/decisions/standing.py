"""The read side of a round: everything a card, a list or the signed-off sheet needs, in three queries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from bot.decisions.models import Ballot, BallotCondition, Choice, Evaluation, Round, RoundState, RuleKind
from bot.decisions.rules import DECIDING_SEAT, Tally, VotingRule, tally
from bot.decisions.seats import Holder, PersonRef, holders
from bot.decisions.views import (
    BallotLine,
    Condition,
    EvaluationLine,
    OfferLine,
    Reopening,
    SeatLine,
    Standing,
    TenderLine,
)
from bot.errors import NotFound
from bot.offers.models import Offer
from bot.people.models import Person, Role
from bot.statements import Prepared
from bot.tenders.models import Tender

_Owner, _Opener, _Author = aliased(Person), aliased(Person), aliased(Person)
_Principal, _Actor = aliased(Person), aliased(Person)
_Next, _Before, _Newer = aliased(Round), aliased(Round), aliased(Evaluation)

_ROUND_COLUMNS = (
    Round.id,
    Round.revision,
    Round.sequence,
    Round.state,
    Round.outcome,
    Round.why,
    Round.rule,
    Round.seats,
    Round.quorum,
    Round.veto_seats,
    Round.opened_at,
    Round.closes_at,
    Round.decided_at,
    Round.evaluation_version,
    Round.reopens_id,
    Round.reopen_reason,
    _Before.sequence,
    _Next.id,
    _Opener.id,
    _Opener.name,
    _Opener.teams_user_id,
)
_OFFER_COLUMNS = (
    Offer.id,
    Offer.revision,
    Offer.number,
    Offer.title,
    Offer.client_name,
    Offer.external_reference,
    Offer.stage,
    Offer.outcome,
    Offer.submission_due_at,
    Offer.clarification_at,
    Offer.tender_id,
    _Owner.id,
    _Owner.name,
    _Owner.teams_user_id,
)
_TENDER_COLUMNS = (Tender.id, Tender.source, Tender.number, Tender.title, Tender.closes_at, Tender.url)
_EVALUATION_COLUMNS = (
    Evaluation.version,
    Evaluation.summary,
    Evaluation.budget,
    Evaluation.currency,
    Evaluation.conditions,
    Evaluation.technical_risk,
    Evaluation.technical_text,
    Evaluation.commercial_risk,
    Evaluation.commercial_text,
    Evaluation.financial_risk,
    Evaluation.financial_text,
    Evaluation.resources,
    Evaluation.effort_hours,
    Evaluation.saved_at,
    _Author.name,
)
_NEWEST = (
    sa.select(sa.func.max(_Newer.version)).where(_Newer.offer_id == Offer.id, _Newer.version > 0).scalar_subquery()
)
_OFFER = len(_ROUND_COLUMNS)
_TENDER = _OFFER + len(_OFFER_COLUMNS)
_EVALUATION = _TENDER + len(_TENDER_COLUMNS)
"""Where the columns of each begin."""
_EARLIER = (
    sa.select(Ballot.id)
    .where(Ballot.round_id == Round.id, Ballot.request_key == sa.bindparam("key", type_=Ballot.request_key.type))
    .scalar_subquery()
)
"""The ballot of the click that is worked on, if it was delivered before: found on the way, not asked for."""
_WHOLE = Prepared(
    sa.select(_EARLIER, *_ROUND_COLUMNS, *_OFFER_COLUMNS, *_TENDER_COLUMNS, *_EVALUATION_COLUMNS)
    .select_from(Round)
    .join(Offer, Offer.id == Round.offer_id)
    .join(_Owner, _Owner.id == Offer.owner_id)
    .join(_Opener, _Opener.id == Round.opened_by_id)
    .outerjoin(_Before, _Before.id == Round.reopens_id)
    .outerjoin(_Next, _Next.reopens_id == Round.id)
    .outerjoin(Tender, Tender.id == Offer.tender_id)
    .outerjoin(Evaluation, sa.and_(Evaluation.offer_id == Offer.id, Evaluation.version == _NEWEST))
    .outerjoin(_Author, _Author.id == Evaluation.author_id)
    .where(Round.id == sa.bindparam("round"))
)


def standing_ids() -> sa.Select[int]:
    """The last counted ballot of each seat, by id, in the round that the parameter ``round`` names."""
    last = aliased(Ballot)
    return (
        sa.select(sa.func.max(last.id)).where(last.round_id == sa.bindparam("round"), last.counted).group_by(last.seat)
    )


_BALLOTS = (
    sa.select(
        Ballot.id,
        Ballot.seat,
        Ballot.choice,
        Ballot.reason,
        Ballot.counted,
        Ballot.cast_at,
        _Principal.id,
        _Principal.name,
        _Principal.teams_user_id,
        _Actor.id,
        _Actor.name,
        _Actor.teams_user_id,
        BallotCondition.text,
        BallotCondition.owner,
        BallotCondition.due_on,
    )
    .select_from(Ballot)
    .join(_Principal, _Principal.id == Ballot.principal_id)
    .join(_Actor, _Actor.id == Ballot.actor_id)
    .outerjoin(BallotCondition, BallotCondition.ballot_id == Ballot.id)
    .where(Ballot.round_id == sa.bindparam("round"))
    .order_by(Ballot.id, BallotCondition.id)
)
_EVERY = Prepared(_BALLOTS)
_STANDING = Prepared(_BALLOTS.where(Ballot.id.in_(standing_ids())))


def standing(session: Session, round_id: int, now: datetime, *, every_ballot: bool = True) -> Standing:
    """Everything about a round. ``now`` says who holds the seats and stands in. Raises :class:`NotFound`.

    Without ``every_ballot`` only those that stand are read: what a card costs does not grow with changed minds.
    """
    after: tuple[datetime, Standing] | None = session.info.pop(AFTER, None)
    if after is not None and not every_ballot and (after[0], after[1].round_id) == (now, round_id):
        return after[1]
    session.flush()
    return _read(session, round_id, now, _EVERY if every_ballot else _STANDING, None)[0]


def standing_before(session: Session, round_id: int, now: datetime, request_key: str) -> tuple[Standing, int | None]:
    """A round with the ballots that stand, and the ballot that the click named ``request_key`` cast earlier, if it did.

    What the session holds must be flushed. Raises :class:`NotFound`.
    """
    return _read(session, round_id, now, _STANDING, request_key)


def _read(
    session: Session, round_id: int, now: datetime, cast: Prepared, request_key: str | None
) -> tuple[Standing, int | None]:
    rows = _WHOLE.run(session, {"round": round_id, "key": request_key})
    if not rows:
        raise NotFound
    ((earlier, *row),) = rows
    head, offer, tender, evaluation = row[:_OFFER], row[_OFFER:_TENDER], row[_TENDER:_EVALUATION], row[_EVALUATION:]
    (found, revision, sequence, state, outcome, why, rule, seat_names, quorum, veto, *times_and_links) = head
    opened_at, closes_at, decided_at, version, reopens_id, reason, before, following, *opener = times_and_links
    voting = _voting(rule, tuple(seat_names), quorum, tuple(veto))
    ballots = _ballots(cast.run(session, {"round": round_id}))
    stand = {ballot.seat: ballot for ballot in ballots if ballot.stands}
    read = Standing(
        round_id=found,
        revision=revision,
        sequence=sequence,
        state=state,
        outcome=outcome,
        why=why,
        voting=voting,
        opened_at=opened_at,
        closes_at=closes_at,
        decided_at=decided_at,
        opened_by=PersonRef(*opener),
        evaluation_version=version,
        evaluation=EvaluationLine(*evaluation) if evaluation[0] is not None else None,
        reopening=Reopening(reopens_id, before, reason or "") if reopens_id else None,
        replaced_by=following,
        offer=_offer(*offer),
        tender=TenderLine(*tender) if tender[0] is not None else None,
        seats=_seats(session, voting, state, stand, now),
        ballots=ballots,
        tally=_counted(tuple([(seat, ballot.choice) for seat, ballot in stand.items()]), voting),
    )
    return read, earlier


@lru_cache(maxsize=64)
def _voting(rule: RuleKind, seats: tuple[str, ...], quorum: int, veto: tuple[str, ...]) -> VotingRule:
    """Remembered: a company has few rules, and every vote asks for its round's."""
    return VotingRule(rule, seats, quorum, frozenset(veto))


AFTER = "bot.decisions.standing.after"
"""Where a vote leaves the standing it made, for the card that is drawn in the same transaction: it need not be read
again. Whatever changes the round later drops it (``results.forget``), and so does the end of the transaction.
"""


def leave(session: Session, standing_now: Standing, now: datetime) -> None:
    """Let the next look at this round in this transaction have ``standing_now``; nothing may change in between."""
    session.info[AFTER] = (now, standing_now)


def with_ballot(before: Standing, ballot: BallotLine) -> Standing:
    """The same round once ``ballot`` stands for its seat, as long as the result does not end it."""
    seats = tuple([line._replace(ballot=ballot) if line.role is ballot.seat else line for line in before.seats])
    return before._replace(
        revision=before.revision + 1,
        seats=seats,
        ballots=(*[one for one in before.ballots if one.seat is not ballot.seat], ballot),
        tally=_counted(tuple([(line.role, line.ballot.choice) for line in seats if line.ballot]), before.voting),
    )


@lru_cache(maxsize=1024)
def _counted(choices: tuple[tuple[str, Choice], ...], voting: VotingRule) -> Tally:
    """:func:`tally`, remembered: few choices of few seats are counted again and again."""
    return tally(dict(choices), voting)


def _offer(*values: Any) -> OfferLine:  # noqa: ANN401  the columns of _OFFER_COLUMNS in their order
    *columns, owner_id, owner_name, owner_teams_id = values
    return OfferLine(PersonRef(owner_id, owner_name, owner_teams_id), *columns)


_ROLES = {role.value: role for role in Role}


def _seats(
    session: Session, voting: VotingRule, state: RoundState, stand: dict[Role, BallotLine], now: datetime
) -> tuple[SeatLine, ...]:
    names = list(voting.seats)
    if DECIDING_SEAT not in names and (state is RoundState.ESCALATED or Role.CEO in stand):
        names.append(DECIDING_SEAT)
    holding: dict[Role, list[Holder]] = {}
    for holder in holders(session, names, now):
        holding.setdefault(holder.seat, []).append(holder)
    return tuple(
        [SeatLine(role, tuple(holding.get(role, ())), stand.get(role)) for role in map(_ROLES.__getitem__, names)]
    )


def _ballots(rows: Iterable[Any]) -> tuple[BallotLine, ...]:
    """The ballots with their conditions; a ballot with several conditions comes as several rows."""
    heads: dict[int, Any] = {}
    conditions: dict[int, list[Condition]] = {}
    last: dict[Role, int] = {}
    for row in rows:
        heads[row[0]] = row
        if row[4]:
            last[row[1]] = row[0]
        if row[12] is not None:
            conditions.setdefault(row[0], []).append(Condition(row[12], row[13], row[14]))
    return tuple(
        BallotLine(
            id=ballot_id,
            seat=row[1],
            choice=row[2],
            reason=row[3],
            counted=row[4],
            cast_at=row[5],
            principal=PersonRef(*row[6:9]),
            actor=PersonRef(*row[9:12]),
            conditions=tuple(conditions.get(ballot_id, ())),
            stands=last.get(row[1]) == ballot_id,
        )
        for ballot_id, row in heads.items()
    )


def round_of(session: Session, offer_id: int) -> int | None:
    """The id of the last round of an offer."""
    statement = sa.select(Round.id).where(Round.offer_id == offer_id).order_by(Round.sequence.desc()).limit(1)
    return session.scalar(statement)


def history(session: Session, offer_id: int, now: datetime) -> tuple[Standing, ...]:
    """Every round of an offer, oldest first, with every ballot: the changed, the late and the counted ones."""
    rounds = sa.select(Round.id).where(Round.offer_id == offer_id).order_by(Round.sequence)
    return tuple(standing(session, round_id, now) for round_id in session.scalars(rounds).all())
