"""What the locks held back before a week's newest answer, so that its undo gives that back, too.

Revision 0011, after 0010.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add one column; older answers had nothing held back before them, as far as is known."""
    op.add_column("hours_week", sa.Column("was_withheld", sa.JSON(), server_default=sa.text("'[]'"), nullable=False))
