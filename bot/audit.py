"""The audit trail: who did what, when, and what changed.

Append-only: the database itself refuses UPDATE, DELETE and TRUNCATE.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import Base
from bot.statements import Prepared

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


class AuditEvent(Base):
    """One line of the trail. ``actor_id`` is None when Offerdesk acted by itself (a deadline, a poll)."""

    __tablename__ = "audit_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    on_behalf_of_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    action: Mapped[str] = mapped_column(sa.String(60))
    subject: Mapped[str] = mapped_column(sa.String(40))
    subject_id: Mapped[int]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]

    __table_args__ = (sa.Index("ix_audit_event_subject", "subject", "subject_id"),)


_FIELDS = ("at", "actor_id", "on_behalf_of_id", "action", "subject", "subject_id", "before", "after")
_INSERT = Prepared(sa.insert(AuditEvent).values({name: sa.bindparam(name) for name in _FIELDS}))


def record(  # noqa: PLR0913  who, when, what, before, after
    session: Session,
    *,
    now: datetime,
    action: str,
    subject: str,
    subject_id: int,
    actor_id: int | None = None,
    on_behalf_of_id: int | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Append one event in the caller's transaction.

    ``action`` is ``subject.verb``; ``before`` and ``after`` hold JSON-ready values.
    """
    session.flush()
    _INSERT.run(
        session,
        {
            "at": now,
            "actor_id": actor_id,
            "on_behalf_of_id": on_behalf_of_id,
            "action": action,
            "subject": subject,
            "subject_id": subject_id,
            "before": before,
            "after": after,
        },
    )


SQLITE_GUARDS = tuple(
    f"CREATE TRIGGER audit_event_no_{verb.lower()} BEFORE {verb} ON audit_event "
    "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
    for verb in ("UPDATE", "DELETE")
)
POSTGRES_GUARDS = (
    """CREATE FUNCTION audit_event_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$""",
    """CREATE TRIGGER audit_event_no_change BEFORE UPDATE OR DELETE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION audit_event_refuse()""",
    """CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION audit_event_refuse()""",
)


def guards(dialect: str) -> tuple[str, ...]:
    """The statements that make the table append-only, for the migration; ``dialect``: ``sqlite`` or ``postgresql``."""
    return SQLITE_GUARDS if dialect == "sqlite" else POSTGRES_GUARDS
