"""The digests of a month and of a week are messages of the ledger.

Revision 0012, after 0011.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

COLUMN, CHECK = "kind", "ck_ledger_kind"


def upgrade() -> None:
    """Let the ledger hold the new kinds. SQLite has no call for it, and other tables point to the ledger, so the check
    is written anew where SQLite keeps it.
    """
    connection = op.get_bind()
    (held,) = [
        one["sqltext"]
        for one in sa.inspect(connection).get_check_constraints("ledger")
        if re.search(rf"\b{COLUMN}\b", one["sqltext"]) and "'" in one["sqltext"]
    ]
    kinds = (*re.findall(r"'([a-z_]+)'", held), "monthly_digest", "weekly_digest")
    allowed = ", ".join(f"'{one}'" for one in kinds)
    listed = f"{COLUMN} IN ({allowed})"
    if connection.dialect.name != "sqlite":
        op.drop_constraint(op.f(CHECK), "ledger", type_="check")
        op.create_check_constraint(op.f(CHECK), "ledger", listed)
        return
    own = connection.execute(
        sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'ledger'")
    ).scalar_one()
    anew = re.sub(rf"CHECK \({COLUMN} IN \([^)]*\)\)", f"CHECK ({listed})", own)
    op.execute("PRAGMA writable_schema = ON")
    rewrite = sa.text("UPDATE sqlite_master SET sql = :anew WHERE type = 'table' AND name = 'ledger'")
    connection.execute(rewrite, {"anew": anew})
    op.execute("PRAGMA writable_schema = RESET")
