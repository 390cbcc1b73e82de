"""What every record of an offer has: a revision to notice simultaneous edits by, and who wrote it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from bot.database import Base


class Entry(Base):
    """A record that hangs on one offer. ``number`` counts the records of its kind on that offer, from 1.

    ``revision`` grows with each change; a dialog names the one it was opened on.
    """

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    """A removed record is kept, and shown no more."""

    @declared_attr
    @classmethod
    def offer_id(cls) -> Mapped[int]:
        """The offer it belongs to."""
        return mapped_column(sa.ForeignKey("offer.id"), index=True)

    @declared_attr
    @classmethod
    def created_by_id(cls) -> Mapped[int]:
        """Who entered it."""
        return mapped_column(sa.ForeignKey("person.id"))

    @declared_attr
    @classmethod
    def updated_by_id(cls) -> Mapped[int]:
        """Who changed it last."""
        return mapped_column(sa.ForeignKey("person.id"))
