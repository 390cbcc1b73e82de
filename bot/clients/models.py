"""Clients as a tree of three levels, and the people there."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, validates

from bot.clients.rules import Level
from bot.database import Base, closed_enum


class Client(Base):
    """A group, one of its entities, or a department of one. ``path`` is the readable way down to it
    (``Group › Entity › Department``); ``path_ids`` the ids on that way, ``/1/7/9/``, so that a subtree is one prefix.
    """

    __tablename__ = "client"
    __table_args__ = (
        sa.CheckConstraint("(level = 'client') = (parent_id IS NULL)", name="root_is_client"),
        sa.Index("ix_client_path_ids", "path_ids"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("client.id"), index=True)
    level: Mapped[Level] = mapped_column(closed_enum(Level, "client_level"))
    code: Mapped[str | None] = mapped_column(sa.String(40), unique=True)
    """The company's own code for it (its number in the accounts), if it has one; the key of an import."""
    name: Mapped[str] = mapped_column(sa.String(200))
    path: Mapped[str] = mapped_column(sa.String(620))
    path_ids: Mapped[str] = mapped_column(sa.String(60))
    search_text: Mapped[str] = mapped_column(sa.Text)
    country: Mapped[str | None] = mapped_column(sa.String(2))
    active: Mapped[bool] = mapped_column(default=True)
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    @validates("parent_id")
    def _level_follows(self, _name: str, parent_id: int | None) -> int | None:
        """Keep the level true to having a parent, as the database demands of every write; the service then sets the
        exact level of the whole subtree.
        """
        if parent_id is None:
            self.level = Level.CLIENT
        elif self.level is Level.CLIENT:
            self.level = Level.ENTITY
        return parent_id


class Contact(Base):
    """Somebody at a client; ``client_id`` is None for a contact alone."""

    __tablename__ = "contact"

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int | None] = mapped_column(sa.ForeignKey("client.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    position: Mapped[str | None] = mapped_column(sa.String(200))
    email: Mapped[str | None] = mapped_column(sa.String(200), unique=True)
    """Lower case; the key of an import."""
    phone: Mapped[str | None] = mapped_column(sa.String(40))
    search_text: Mapped[str] = mapped_column(sa.Text)
    active: Mapped[bool] = mapped_column(default=True)
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
