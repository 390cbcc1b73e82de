"""The activities of an offer stand in Pipedrive, too.

Revision 0009, after 0008.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the ledger hold them."""
    _allow("ledger", "kind", "ck_ledger_kind", "activities")


def _allow(table: str, column: str, check: str, value: str) -> None:
    """Let a column hold one more value. SQLite has no call for it, and records of other tables point to this one, so
    the check is written anew where SQLite keeps it.
    """
    connection = op.get_bind()
    (held,) = [
        one["sqltext"]
        for one in sa.inspect(connection).get_check_constraints(table)
        if re.search(rf"\b{column}\b", one["sqltext"]) and "'" in one["sqltext"]
    ]
    allowed = (*re.findall(r"'([a-z_]+)'", held), value)
    values = ", ".join(f"'{one}'" for one in allowed)
    listed = f"{column} IN ({values})"
    if connection.dialect.name != "sqlite":
        op.drop_constraint(op.f(check), table, type_="check")
        op.create_check_constraint(op.f(check), table, listed)
        return
    named = sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table")
    own = connection.execute(named, {"table": table}).scalar_one()
    anew = re.sub(rf"CHECK \({column} IN \([^)]*\)\)", f"CHECK ({listed})", own)
    op.execute("PRAGMA writable_schema = ON")
    rewrite = sa.text("UPDATE sqlite_master SET sql = :anew WHERE type = 'table' AND name = :table")
    connection.execute(rewrite, {"anew": anew, "table": table})
    op.execute("PRAGMA writable_schema = RESET")
