"""Records of other systems remember when a reading of the whole listing last held them.

Revision 0005, after 0004.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.database import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; the next whole reading fills it."""
    op.add_column("sync_their_record", sa.Column("listed_at", UtcDateTime(), nullable=True))
