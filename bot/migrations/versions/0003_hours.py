"""Hours: weeks, entries, reminders, absences, hourly rates, and what was planned.

Revision 0003, after 0002.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

from bot.database import UtcDateTime
from bot.hours import models as hours

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LEDGER_KINDS = (
    "shared_card",
    "change_reply",
    "decision_reply",
    "digest_card",
    "vote_card",
    "vote_reminder",
    "question",
    "outcome_card",
    "admin_notice",
    "review_card",
    "review_result",
    "morning_card",
    "handover_card",
    "handover_result",
    "end_reply",
    "hours_card",
    "hours_reminder",
    "hours_digest",
    "team_notice",
)
SHEET_KINDS = ("decision", "handover", "hours_table", "hours_picture")


def upgrade() -> None:
    """Create the tables, guard the entries, add what is planned and the new kinds of messages and downloads."""
    _create_tables()
    dialect = op.get_bind().dialect.name
    for statement in hours.guards(dialect):
        op.execute(statement)
    for table in ("offer", "team_member"):
        op.add_column(table, sa.Column("planned_hours", sa.Numeric(7, 2), nullable=True))
    _add_to_team_members()
    _widen("ledger", "ck_ledger_kind", LEDGER_KINDS)
    _widen("download_ticket", "ck_download_ticket_sheetkind", SHEET_KINDS)


def _add_to_team_members() -> None:
    """Who left before is gone; what a dialog needs to merge two people's changes."""
    op.add_column("team_member", sa.Column("gone", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("team_member", sa.Column("revision", sa.Integer(), server_default="0", nullable=False))
    op.add_column("team_member", sa.Column("updated_at", UtcDateTime(), nullable=True))
    member = sa.table("team_member", sa.column("gone", sa.Boolean), sa.column("left_on", sa.Date))
    op.execute(member.update().where(member.c.left_on.is_not(None)).values(gone=sa.true()))


def _widen(table: str, check: str, kinds: tuple[str, ...]) -> None:
    """Let the column ``kind`` hold more. SQLite cannot change a check, so its table is made anew, with its indexes."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.drop_constraint(op.f(check), table, type_="check")
        op.create_check_constraint(op.f(check), table, f"kind IN ({listed})")
        return
    made = list(
        connection.execute(
            sa.text("SELECT type, sql FROM sqlite_master WHERE tbl_name = :table AND sql IS NOT NULL"), {"table": table}
        )
    )
    (own,) = [sql for kind, sql in made if kind == "table"]
    anew = re.sub(r"CHECK \(kind IN \([^)]*\)\)", f"CHECK (kind IN ({listed}))", own)
    op.execute(re.sub(rf'CREATE TABLE "?{table}"?', f"CREATE TABLE {table}_anew", anew, count=1))
    op.execute(f"INSERT INTO {table}_anew SELECT * FROM {table}")  # noqa: S608  a table named in this file
    op.drop_table(table)
    op.rename_table(f"{table}_anew", table)
    for kind, sql in made:
        if kind == "index":
            op.execute(sql)


def _create_tables() -> None:
    """Tables and indexes that are new."""
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("declared_by_id", sa.Integer(), nullable=False),
        sa.Column("declared_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_absence_order")),
        sa.ForeignKeyConstraint(["declared_by_id"], ["person.id"], name=op.f("fk_absence_declared_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_absence_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index(op.f("ix_absence_person_id"), "absence", ["person_id"], unique=False)
    op.create_table(
        "hourly_rate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("cents > 0", name=op.f("ck_hourly_rate_positive")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_hourly_rate_order")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_hourly_rate_person_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name=op.f("fk_hourly_rate_set_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hourly_rate")),
        sa.UniqueConstraint("person_id", "valid_from", name=op.f("uq_hourly_rate_person_id_valid_from")),
    )
    op.create_table(
        "hours_digest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("week_on", sa.Date(), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["recipient_id"], ["person.id"], name=op.f("fk_hours_digest_recipient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours_digest")),
        sa.UniqueConstraint("week_on", "recipient_id", name=op.f("uq_hours_digest_week_on_recipient_id")),
    )
    op.create_table(
        "hours_week",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("week_on", sa.Date(), nullable=False),
        sa.Column("quarters", sa.Integer(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("was_final", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("prompted_at", UtcDateTime(), nullable=True),
        sa.Column("withheld", sa.JSON(), server_default=sa.text("'[]'"), nullable=False),
        sa.CheckConstraint("quarters BETWEEN 0 AND 320", name=op.f("ck_hours_week_range")),
        sa.ForeignKeyConstraint(["answered_by_id"], ["person.id"], name=op.f("fk_hours_week_answered_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_hours_week_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours_week")),
        sa.UniqueConstraint("id", "person_id", name=op.f("uq_hours_week_id_person_id")),
        sa.UniqueConstraint("person_id", "week_on", name=op.f("uq_hours_week_person_id_week_on")),
    )
    op.create_index(op.f("ix_hours_week_week_on"), "hours_week", ["week_on"], unique=False)
    op.create_table(
        "hours_reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("week_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_hours_reminder_asked_by_id")),
        sa.ForeignKeyConstraint(["week_id"], ["hours_week.id"], name=op.f("fk_hours_reminder_week_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours_reminder")),
        sa.UniqueConstraint("week_id", "step", name=op.f("uq_hours_reminder_week_id_step")),
    )
    op.create_table(
        "hours_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("week_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("part_on", sa.Date(), nullable=False),
        sa.Column("quarters", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "entry",
                "undo",
                "correction",
                "import",
                name="hours_entry_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=400), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "kind <> 'correction' OR reason IS NOT NULL", name=op.f("ck_hours_entry_reason_of_correction")
        ),
        sa.CheckConstraint("quarters <> 0 AND quarters BETWEEN -320 AND 320", name=op.f("ck_hours_entry_range")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["person.id"], name=op.f("fk_hours_entry_entered_by_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_hours_entry_offer_id")),
        sa.ForeignKeyConstraint(
            ["week_id", "person_id"], ["hours_week.id", "hours_week.person_id"], name=op.f("fk_hours_entry_week_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours_entry")),
        sa.UniqueConstraint(
            "week_id", "revision", "offer_id", "part_on", name=op.f("uq_hours_entry_week_id_revision_offer_id_part_on")
        ),
    )
    op.create_index(op.f("ix_hours_entry_offer_id"), "hours_entry", ["offer_id"], unique=False)
    op.create_index(
        "ix_hours_entry_person_part", "hours_entry", ["person_id", "part_on", "offer_id", "quarters"], unique=False
    )
    # ### end Alembic commands ###
