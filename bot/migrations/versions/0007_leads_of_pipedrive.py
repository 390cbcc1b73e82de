"""Leads that people make in Pipedrive: whose they are, how they stand there, and who decided what becomes of them.

Revision 0007, after 0006.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.database import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

OVER = ("open", "archived", "deleted", "converted")


def upgrade() -> None:
    """Add the columns. Who picked up or dropped a lead before stands in the trail, and is copied from there."""
    over = sa.Enum(*OVER, name="lead_over", native_enum=False, create_constraint=True, length=40)
    with op.batch_alter_table("lead") as table:
        table.alter_column("owner_id", existing_type=sa.Integer(), nullable=True)
        table.add_column(sa.Column("expected_closing_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("owner_name", sa.String(200), nullable=True))
        table.add_column(sa.Column("announced", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("over", over, server_default="open", nullable=False))
        table.add_column(sa.Column("over_at", UtcDateTime(), nullable=True))
        table.add_column(sa.Column("decided_by_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("picked_up_at", UtcDateTime(), nullable=True))
        table.create_foreign_key(op.f("fk_lead_decided_by_id"), "person", ["decided_by_id"], ["id"])
    _decided("offer_id IS NOT NULL", "lead.picked_up", "decided_by_id", "actor_id")
    _decided("offer_id IS NOT NULL", "lead.picked_up", "picked_up_at", "at")
    _decided("dropped_at IS NOT NULL", "lead.dropped", "decided_by_id", "actor_id")


def _decided(which: str, action: str, column: str, told: str) -> None:
    newest = (
        f"SELECT {told} FROM audit_event WHERE action = '{action}' AND subject = 'lead' "  # noqa: S608  named in this file
        "AND subject_id = lead.id ORDER BY id DESC LIMIT 1"
    )
    op.execute(f"UPDATE lead SET {column} = ({newest}) WHERE {which}")  # noqa: S608  named in this file
