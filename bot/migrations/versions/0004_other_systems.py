"""Other systems than Teams: what is wanted there, what differs there, and what our things are called there.

Revision 0004, after 0003.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

from bot.database import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SYSTEMS = ("teams", "pipedrive", "business_central", "sharepoint")
NEW_KINDS = ("conflict_card", "deal", "opportunity", "project", "folder", "lead", "lead_card")
OPEN = "resolved_at IS NULL"


def upgrade() -> None:
    """Add the columns and tables, and let the ledger hold the new systems and kinds."""
    op.add_column("ledger", sa.Column("first_tried_at", UtcDateTime(), nullable=True))
    _widen("ledger", "system", "ck_ledger_system", SYSTEMS)
    _widen("ledger", "kind", "ck_ledger_kind", (*_allowed("ledger", "kind"), *NEW_KINDS))
    _widen("sync_pause", "system", "ck_sync_pause_paused_system", SYSTEMS)
    op.create_table(
        "sync_conflict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(60), nullable=False),
        sa.Column("ours", sa.JSON(), nullable=False),
        sa.Column("theirs", sa.JSON(), nullable=False),
        sa.Column("their_name", sa.String(200), nullable=True),
        sa.Column("their_at", UtcDateTime(), nullable=True),
        sa.Column("found_at", UtcDateTime(), nullable=False),
        sa.Column("keep_ours", sa.Boolean(), nullable=True),
        sa.Column("resolved_at", UtcDateTime(), nullable=True),
        sa.Column("resolved_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["row_id"], ["ledger.id"], name=op.f("fk_sync_conflict_row_id")),
        sa.ForeignKeyConstraint(["resolved_by_id"], ["person.id"], name=op.f("fk_sync_conflict_resolved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_conflict")),
    )
    op.create_index(op.f("ix_sync_conflict_row_id"), "sync_conflict", ["row_id"])
    op.create_index(
        "uq_sync_conflict_open",
        "sync_conflict",
        ["row_id", "field"],
        unique=True,
        sqlite_where=sa.text(OPEN),
        postgresql_where=sa.text(OPEN),
    )
    op.create_table(
        "sync_mapping",
        sa.Column(
            "system",
            sa.Enum(*SYSTEMS, name="mapped_system", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("remote", sa.String(200), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("system", "name", name=op.f("pk_sync_mapping")),
    )
    _create_what_comes_in()
    _create_leads()


def _system(name: str) -> sa.Enum:
    return sa.Enum(*SYSTEMS, name=name, native_enum=False, create_constraint=True, length=40)


def _create_what_comes_in() -> None:
    op.create_table(
        "sync_arrival",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("system", _system("arrival_system"), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_arrival")),
        sa.UniqueConstraint("system", "key", name=op.f("uq_sync_arrival_system_key")),
    )
    waiting = sa.text("done_at IS NULL")
    op.create_index("ix_sync_arrival_waiting", "sync_arrival", ["id"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_table(
        "sync_their_record",
        sa.Column("system", _system("their_system"), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("remote_id", sa.String(100), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=True),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("gone", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("ours", sa.String(60), nullable=True),
        sa.PrimaryKeyConstraint("system", "kind", "remote_id", name=op.f("pk_sync_their_record")),
    )
    op.create_index(op.f("ix_sync_their_record_ours"), "sync_their_record", ["ours"])
    op.create_table(
        "sync_cursor",
        sa.Column("system", _system("cursor_system"), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("position", sa.String(100), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("system", "name", name=op.f("pk_sync_cursor")),
    )


def _create_leads() -> None:
    op.create_table(
        "lead",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(255), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=True),
        sa.Column("client_name", sa.String(200), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("origin", sa.String(40), nullable=False),
        sa.Column("campaign", sa.String(100), nullable=True),
        sa.Column("amount", sa.Numeric(15, 2), nullable=True),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("made_there", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("dropped_at", UtcDateTime(), nullable=True),
        sa.Column("dropped_why", sa.Text(), nullable=True),
        sa.Column("offer_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_lead_client_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_lead_contact_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_lead_created_by_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_lead_offer_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_lead_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead")),
        sa.UniqueConstraint("offer_id", name=op.f("uq_lead_offer_id")),
    )
    op.create_index(op.f("ix_lead_owner_id"), "lead", ["owner_id"])


def _allowed(table: str, column: str) -> tuple[str, ...]:
    """What the check of a column allows now."""
    for check in sa.inspect(op.get_bind()).get_check_constraints(table):
        if re.search(rf"\b{column}\b", check["sqltext"]) and "'" in check["sqltext"]:
            return tuple(re.findall(r"'([a-z_]+)'", check["sqltext"]))
    message = f"{table}.{column} has no check"
    raise LookupError(message)


def _widen(table: str, column: str, check: str, values: tuple[str, ...]) -> None:
    """Let a column hold more. SQLite cannot change a check, so its table is made anew, with its indexes."""
    listed = ", ".join(f"'{value}'" for value in values)
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.drop_constraint(op.f(check), table, type_="check")
        op.create_check_constraint(op.f(check), table, f"{column} IN ({listed})")
        return
    made = list(
        connection.execute(
            sa.text("SELECT type, sql FROM sqlite_master WHERE tbl_name = :table AND sql IS NOT NULL"), {"table": table}
        )
    )
    (own,) = [sql for kind, sql in made if kind == "table"]
    anew = re.sub(rf"CHECK \({column} IN \([^)]*\)\)", f"CHECK ({column} IN ({listed}))", own)
    op.execute(re.sub(rf'CREATE TABLE "?{table}"?', f"CREATE TABLE {table}_anew", anew, count=1))
    op.execute(f"INSERT INTO {table}_anew SELECT * FROM {table}")  # noqa: S608  a table named in this file
    op.drop_table(table)
    op.rename_table(f"{table}_anew", table)
    for kind, sql in made:
        if kind == "index":
            op.execute(sql)
