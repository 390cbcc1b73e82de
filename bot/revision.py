"""Which revision of the schema this program needs. Apart from the migrations, so that serving does not load their
library.
"""

from __future__ import annotations

import sqlalchemy as sa

NEWEST = "0013"
"""The head of ``bot/migrations``; a test keeps the two equal."""


def is_current(connection: sa.Connection) -> bool:
    """True when every migration has run."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return False
    found: object = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return found == NEWEST
