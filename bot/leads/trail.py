"""What each change of a lead leaves behind: a line of the trail, and the marks that its cards and Pipedrive's lead are
stale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot import audit
from bot.leads.reading import client_of
from bot.sync.ledger import redraw, want_records
from bot.sync.models import Kind

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.leads.models import Lead
    from bot.people.models import Person

SUBJECT = "lead"


def copy_name(session: Session, lead: Lead) -> None:
    """Keep the name of the chosen client beside it."""
    lead.client_name = client_of(session, lead)
    session.flush()


def changed(session: Session, lead: Lead, now: datetime) -> None:
    """Its cards are stale, and Pipedrive's lead."""
    want_records(session, (Kind.LEAD,), lead.id, now=now)
    redraw(session, Kind.LEAD_CARD, lead.id, now=now)


def trail(
    session: Session,
    lead: Lead,
    step: str,
    actor: Person | None,
    now: datetime,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write down what happened to it; ``actor`` None: somebody did it in Pipedrive."""
    audit.record(
        session,
        now=now,
        action=f"{SUBJECT}.{step}",
        subject=SUBJECT,
        subject_id=lead.id,
        actor_id=actor.id if actor is not None else None,
        before=before,
        after=after,
    )
