"""From the trail to what its card shows."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bot.decisions.words import Choice
from bot.offers.trail import Happening
from bot.people.models import Role
from bot.teams.presenters.history_words import is_known, said
from bot.trail import search
from bot.trail.asking import understood
from cards import words
from cards.views.audit import AuditFacts, AuditLine, AuditView
from cards.views.reader import Money, sentence

if TYPE_CHECKING:
    from typing import Any

    from bot.teams.context import Turn
    from bot.trail.search import Found
    from cards.views.reader import Sentence

EVENTS = 6
"""On one page: what fits on a phone without endless scrolling."""
BALLOTS = frozenset({"ballot.cast", "ballot.late"})
RISKS = ("technical", "commercial", "financial")


def audit_view(turn: Turn, typed: str, page: int) -> AuditView:
    """A page of the events that the words mean; an empty one where they mean nothing."""
    question = understood(turn.session, typed)
    if question is None:
        return AuditView(words=typed)
    zone = turn.company.holidays.time_zone
    found, more = search.page(turn.session, question, zone, limit=EVENTS, offset=page * EVENTS)
    if page and not found:
        return audit_view(turn, typed, 0)
    return AuditView(words=typed, lines=tuple(_line(one, turn) for one in found), page=page, more=more)


def _line(found: Found, turn: Turn) -> AuditLine:
    return AuditLine(
        at=found.at,
        action=found.action,
        thing=found.subject,
        what=_what(found, turn),
        by=found.by or "",
        on_behalf_of=found.on_behalf_of or "",
        offer=" ".join(part for part in (found.offer, found.title) if part),
        facts=_facts(found.facts) if found.facts else None,
    )


def _what(found: Found, turn: Turn) -> Sentence | None:
    after = found.after or {}
    if found.action in BALLOTS:
        role, choice = words.Role(Role(after["seat"]).value), words.Choice(Choice(after["choice"]).value)
        return sentence("changes.voted", role=role, choice=choice)
    if found.action == "evaluation.submitted":
        return sentence("changes.evaluation_submitted", version=after.get("version", 0))
    if not is_known(found.action):
        return None
    event = Happening(found.at, found.subject, found.action, found.by, found.before or {}, after)
    return said(event, turn.around, turn.reader)


def _facts(facts: dict[str, Any]) -> AuditFacts:
    amount, hours = facts.get("budget", facts.get("price")), facts.get("effort_hours")
    return AuditFacts(
        evaluation=facts.get("evaluation"),
        quote=facts.get("quote"),
        amount=Money(Decimal(amount), facts["currency"]) if amount is not None else None,
        hours=Decimal(hours) if hours is not None else None,
        risks=tuple(words.RiskLevel(facts["risks"][name]) for name in RISKS if name in facts.get("risks", {})),
    )
