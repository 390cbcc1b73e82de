"""The links that seal the audit trail."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import Base


class AuditLink(Base):
    """One sealed event. ``digest`` covers the link before, so whoever changes an event would have to make every later
    link anew, and the heads that were logged would no longer fit. Append-only like the events.
    """

    __tablename__ = "audit_link"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """1, 2 … without gap, in the order in which events were found: that of their ids, but for late ones."""
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("audit_event.id"), unique=True)
    sealed_at: Mapped[datetime]
    digest: Mapped[str] = mapped_column(sa.String(64))
    """SHA-256 in hexadecimal: see ``bot/trail/rules.py``."""


SQLITE_GUARDS = tuple(
    f"CREATE TRIGGER audit_link_no_{verb.lower()} BEFORE {verb} ON audit_link "
    "BEGIN SELECT RAISE(ABORT, 'the seals of the audit trail are append-only'); END"
    for verb in ("UPDATE", "DELETE")
)
POSTGRES_GUARDS = (
    """CREATE FUNCTION audit_link_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the seals of the audit trail are append-only'; END $$""",
    """CREATE TRIGGER audit_link_no_change BEFORE UPDATE OR DELETE ON audit_link
    FOR EACH ROW EXECUTE FUNCTION audit_link_refuse()""",
    """CREATE TRIGGER audit_link_no_truncate BEFORE TRUNCATE ON audit_link
    FOR EACH STATEMENT EXECUTE FUNCTION audit_link_refuse()""",
)


def guards(dialect: str) -> tuple[str, ...]:
    """The statements that make the links append-only; ``dialect``: ``sqlite`` or ``postgresql``."""
    return SQLITE_GUARDS if dialect == "sqlite" else POSTGRES_GUARDS
