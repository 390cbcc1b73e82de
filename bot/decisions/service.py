"""Go/No-Go decisions: everything the edges, the clock and the reconciler call."""

from __future__ import annotations

from bot.decisions.ballots import CastResult, Condition, cast
from bot.decisions.deadlines import close_due, next_due, remind_due
from bot.decisions.pending import Pending, Question, pending_for, questions_for
from bot.decisions.rounds import ask_anew, open_round, reopen
from bot.decisions.seats import Holder, PersonRef, Place, places_of
from bot.decisions.standing import history, round_of, standing
from bot.decisions.views import BallotLine, EvaluationLine, OfferLine, Reopening, SeatLine, Standing, TenderLine

__all__ = [
    "BallotLine",
    "CastResult",
    "Condition",
    "EvaluationLine",
    "Holder",
    "OfferLine",
    "Pending",
    "PersonRef",
    "Place",
    "Question",
    "Reopening",
    "SeatLine",
    "Standing",
    "TenderLine",
    "ask_anew",
    "cast",
    "close_due",
    "history",
    "next_due",
    "open_round",
    "pending_for",
    "places_of",
    "questions_for",
    "remind_due",
    "reopen",
    "round_of",
    "standing",
]
