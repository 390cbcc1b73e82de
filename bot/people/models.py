"""Persons, what they may do, who stands in for them, and where Teams reaches them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import Base, closed_enum


class Role(StrEnum):
    """What a person may do beyond working on offers."""

    ADMIN = "admin"
    CTO = "cto"
    CPO = "cpo"
    CEO = "ceo"
    SALES_LEAD = "sales_lead"
    PROJECT_MANAGER = "project_manager"
    KEY_USER = "key_user"


APPROVERS = (Role.CTO, Role.CPO, Role.CEO)


class Person(Base):
    """Somebody known by (tenant, Entra object id), the only proof of identity.

    ``teams_user_id`` is the id Teams uses for this person towards this bot (``29:…``); None until the person wrote
    first or was found in a roster.
    """

    __tablename__ = "person"
    __table_args__ = (sa.UniqueConstraint("tenant_id", "entra_object_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(sa.String(64))
    entra_object_id: Mapped[str] = mapped_column(sa.String(64))
    teams_user_id: Mapped[str | None] = mapped_column(sa.String(200))
    name: Mapped[str] = mapped_column(sa.String(200))
    email: Mapped[str | None] = mapped_column(sa.String(200))
    language: Mapped[str] = mapped_column(sa.String(2))
    time_zone: Mapped[str] = mapped_column(sa.String(64))
    country: Mapped[str] = mapped_column(sa.String(2), default="FR")
    guest: Mapped[bool] = mapped_column(default=False)
    profile_set: Mapped[bool] = mapped_column(default=False)
    """True once the person chose language or time zone by hand: then Teams' own values no longer overwrite them."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class RoleGrant(Base):
    """A role given to a person from ``valid_from`` until ``valid_to`` (None: until further notice)."""

    __tablename__ = "role_grant"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    role: Mapped[Role] = mapped_column(closed_enum(Role))
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]
    granted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))


class Deputy(Base):
    """``deputy_id`` stands in for ``principal_id`` in every approver role the principal holds.

    Valid on the days ``starts_on`` to ``ends_on``, both included, in the principal's time zone.
    """

    __tablename__ = "deputy"
    __table_args__ = (
        sa.CheckConstraint("principal_id <> deputy_id", name="not_oneself"),
        sa.CheckConstraint("ends_on >= starts_on", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    principal_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    deputy_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    granted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    revoked_at: Mapped[datetime | None]


class Absence(Base):
    """Somebody does not work from ``starts_on`` to ``ends_on``, both included, in their own time zone."""

    __tablename__ = "absence"
    __table_args__ = (sa.CheckConstraint("ends_on >= starts_on", name="order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    declared_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    declared_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class ConversationKind(StrEnum):
    """Where a message can be put."""

    CHANNEL = "channel"
    PERSONAL = "personal"
    GROUP = "group"


class Conversation(Base):
    """A place in Teams the bot may write to.

    ``service_url`` follows every inbound activity; ``active`` is False after the bot was removed.
    """

    __tablename__ = "conversation"
    __table_args__ = (sa.UniqueConstraint("tenant_id", "teams_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(sa.String(64))
    teams_id: Mapped[str] = mapped_column(sa.String(300))
    """The conversation id without ``;messageid=``: the channel itself, a personal chat, a group chat."""
    kind: Mapped[ConversationKind] = mapped_column(closed_enum(ConversationKind))
    service_url: Mapped[str] = mapped_column(sa.String(300))
    bot_id: Mapped[str] = mapped_column(sa.String(200))
    team_id: Mapped[str | None] = mapped_column(sa.String(200))
    team_name: Mapped[str | None] = mapped_column(sa.String(200))
    name: Mapped[str | None] = mapped_column(sa.String(200))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    tender_channel: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    roster_at: Mapped[datetime | None]
    """When the members of this team were last read; None: due now."""
    updated_at: Mapped[datetime]


class SeenActivity(Base):
    """An inbound activity whose work is done; a repeated delivery finds its row and changes nothing.

    ``said`` is the sentence that answered it, if one did: a repeat is answered the same. Rows are dropped after a day.
    """

    __tablename__ = "seen_activity"

    conversation: Mapped[str] = mapped_column(sa.String(300), primary_key=True)
    activity: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    said: Mapped[str | None] = mapped_column(sa.Text)
