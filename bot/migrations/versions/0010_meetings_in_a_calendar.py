"""Review and kick-off meetings stand in a calendar, which is one more system.

Revision 0010, after 0009.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

NAMED = {
    "ledger": "system",
    "sync_mapping": "mapped_system",
    "sync_arrival": "arrival_system",
    "sync_their_record": "their_system",
    "sync_cursor": "cursor_system",
    "sync_pause": "paused_system",
}
"""The tables with a column ``system``, and what its check is called in each."""


def upgrade() -> None:
    """Let every table hold the new system, and the ledger its records."""
    for table, check in NAMED.items():
        _allow(table, "system", f"ck_{table}_{check}", "calendar")
    _allow("ledger", "kind", "ck_ledger_kind", "review_meeting", "kick_off_meeting")


def _allow(table: str, column: str, check: str, *values: str) -> None:
    """Let a column hold more. SQLite has no call for it, and records of other tables point to these, so the check is
    written anew where SQLite keeps it.
    """
    connection = op.get_bind()
    (held,) = [
        one["sqltext"]
        for one in sa.inspect(connection).get_check_constraints(table)
        if re.search(rf"\b{column}\b", one["sqltext"]) and "'" in one["sqltext"]
    ]
    allowed = ", ".join(f"'{one}'" for one in (*re.findall(r"'([a-z_]+)'", held), *values))
    listed = f"{column} IN ({allowed})"
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
