"""Made-up cards of the audit trail, for the gallery and the tests."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from cards import audit
from cards.views.audit import AuditFacts, AuditLine, AuditView
from cards.views.reader import Money, sentence
from cards.words import Choice, RiskLevel, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from cards.envelope import Card
    from cards.views.reader import Reader

_AT: Final = datetime(2026, 11, 24, 9, 40, tzinfo=UTC)
_HOSTILE: Final = "[Click](https://evil.example) <at>CEO</at> **bold** \u202e"
_OFFER: Final = "S580 Thermal protection for a lander"
_LINES: Final = (
    AuditLine(
        at=_AT,
        action="ballot.cast",
        thing="round",
        what=sentence("changes.voted", role=Role.CTO, choice=Choice.GO),
        by="The deputy",
        on_behalf_of="The CTO",
        offer=_OFFER,
        facts=AuditFacts(
            evaluation=2,
            amount=Money(Decimal(125_000)),
            hours=Decimal(180),
            risks=(RiskLevel.HIGH, RiskLevel.MEDIUM, RiskLevel.LOW),
        ),
    ),
    AuditLine(
        at=_AT,
        action="review.answered",
        thing="review",
        what=sentence("offers.event_answered"),
        by=_HOSTILE,
        offer=f"S581 {_HOSTILE}",
        facts=AuditFacts(quote=1, amount=Money(Decimal("98000.50"), "USD")),
    ),
    AuditLine(at=_AT, action="person.roles", by="The key user"),
    AuditLine(at=_AT, action="round.escalated", what=sentence("changes.escalated"), offer=_OFFER),
)

AUDIT: Final[dict[str, Callable[[Reader], Card]]] = {
    "audit": lambda r: audit.audit_card(AuditView(lines=_LINES, more=True), r),
    "audit-of": lambda r: audit.audit_card(AuditView(words="S580 2026-11", lines=_LINES, page=1, more=True), r),
    "audit-none": lambda r: audit.audit_card(AuditView(words=_HOSTILE), r),
}
