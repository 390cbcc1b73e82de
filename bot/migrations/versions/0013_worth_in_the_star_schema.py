"""The star schema tells what an offer is worth, and counts no days below zero: its views are made anew.

Revision 0013, after 0012.
"""

from __future__ import annotations

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing changes in the tables."""
