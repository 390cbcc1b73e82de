"""What the views of the star schema join: configured labels and the company's time zone. Tickets for exports.

Revision 0006, after 0005. Every run of the migrations makes the views themselves (``bot/reports/star_schema.py``).
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

from bot.database import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

LABEL_KINDS = ("stage", "axis", "category", "outcome", "origin", "currency_of_rates")


def upgrade() -> None:
    """Create the two tables; let a ticket name an export."""
    op.create_table(
        "bi_label",
        sa.Column(
            "kind",
            sa.Enum(*LABEL_KINDS, name="labelkind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("parent", sa.String(40), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("label_fr", sa.String(80), nullable=False),
        sa.Column("label_en", sa.String(80), nullable=False),
        sa.Column("detail", sa.String(40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "parent", "code", name=op.f("pk_bi_label")),
    )
    op.create_table(
        "bi_zone_shift",
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("starts_at", name=op.f("pk_bi_zone_shift")),
    )
    op.add_column("download_ticket", sa.Column("name", sa.String(80), nullable=True))
    _widen("download_ticket", "ck_download_ticket_sheetkind", "export")


def _widen(table: str, check: str, kind: str) -> None:
    """Let the column ``kind`` hold one more. SQLite cannot change a check, so its table is made anew, with indexes."""
    listed = ", ".join(f"'{one}'" for one in (*_allowed(table), kind))
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
    (own,) = [sql for type_, sql in made if type_ == "table"]
    anew = re.sub(r"CHECK \(kind IN \([^)]*\)\)", f"CHECK (kind IN ({listed}))", own)
    op.execute(re.sub(rf'CREATE TABLE "?{table}"?', f"CREATE TABLE {table}_anew", anew, count=1))
    op.execute(f"INSERT INTO {table}_anew SELECT * FROM {table}")  # noqa: S608  a table named in this file
    op.drop_table(table)
    op.rename_table(f"{table}_anew", table)
    for type_, sql in made:
        if type_ == "index":
            op.execute(sql)


def _allowed(table: str) -> tuple[str, ...]:
    """What the check of ``kind`` allows now."""
    for found in sa.inspect(op.get_bind()).get_check_constraints(table):
        if re.search(r"\bkind\b", found["sqltext"]):
            return tuple(re.findall(r"'([a-z_]+)'", found["sqltext"]))
    message = f"{table}.kind has no check"
    raise LookupError(message)
