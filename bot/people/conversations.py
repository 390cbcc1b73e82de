"""Where Teams reaches us: channels, personal chats, and who is in them. Kept right by every inbound activity."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Protocol

import sqlalchemy as sa

from bot import audit
from bot.people import service as people
from bot.people.models import Conversation, ConversationKind, Person, Role, SeenActivity
from bot.statements import Prepared, database_of, insert_into
from bot.sync.ledger import look_again
from bot.sync.models import LedgerRow, System

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from sqlalchemy.orm import Session


CONVERSATION_LIMIT = 300
ACTIVITY_LIMIT = 200
"""What the columns hold; longer ids are cut the same way each time."""


def find(session: Session, tenant_id: str, teams_id: str) -> Conversation | None:
    """The stored conversation with this Teams id (without ``;messageid=``)."""
    return session.scalars(
        sa.select(Conversation).where(Conversation.tenant_id == tenant_id, Conversation.teams_id == teams_id)
    ).one_or_none()


def meet(  # noqa: PLR0913  an activity says this much about where it happened
    session: Session,
    *,
    tenant_id: str,
    teams_id: str,
    kind: ConversationKind,
    service_url: str,
    bot_id: str,
    now: datetime,
    person: Person | None = None,
    team_id: str | None = None,
    team_name: str | None = None,
    name: str | None = None,
) -> Conversation:
    """Store or refresh a conversation from an inbound activity. A service URL can change: the newest one counts."""
    conversation, new = find(session, tenant_id, teams_id), False
    if conversation is None:
        # Several at one moment may be first (messages to one person open the chat together): they share one row.
        given = {
            "tenant_id": tenant_id,
            "teams_id": teams_id,
            "kind": kind,
            "service_url": service_url,
            "bot_id": bot_id,
            "updated_at": now,
        }
        insert = insert_into(Conversation, session.get_bind().dialect.name)
        session.execute(insert.values(given).on_conflict_do_nothing())
        conversation = session.scalars(
            sa.select(Conversation).where(Conversation.tenant_id == tenant_id, Conversation.teams_id == teams_id)
        ).one()
        new = True
    woken = new or not conversation.active
    wanted = {
        "service_url": service_url,
        "bot_id": bot_id,
        "active": True,
        "team_id": team_id,
        "team_name": team_name,
        "name": name,
        "person_id": person.id if person is not None and kind is ConversationKind.PERSONAL else None,
    }
    for field, value in wanted.items():
        if value is not None and getattr(conversation, field) != value:
            setattr(conversation, field, value)
            conversation.updated_at = now
    session.flush()
    if woken:
        look_again(session, LedgerRow.system == System.TEAMS, now=now)
    return conversation


def leave(session: Session, tenant_id: str, teams_id: str, team_id: str | None, now: datetime) -> None:
    """The bot was removed: nothing more is sent there (to any channel of that team) until it is installed again."""
    where = Conversation.teams_id == teams_id
    if team_id is not None:
        where = sa.or_(where, Conversation.team_id == team_id)
    session.execute(
        sa.update(Conversation).where(Conversation.tenant_id == tenant_id, where).values(active=False, updated_at=now)
    )


def rename(session: Session, tenant_id: str, teams_id: str, name: str, now: datetime) -> None:
    """A channel got another name."""
    session.execute(
        sa.update(Conversation)
        .where(Conversation.tenant_id == tenant_id, Conversation.teams_id == teams_id)
        .values(name=name, updated_at=now)
    )


def rename_team(session: Session, tenant_id: str, team_id: str, name: str, now: datetime) -> None:
    """A team got another name."""
    session.execute(
        sa.update(Conversation)
        .where(Conversation.tenant_id == tenant_id, Conversation.team_id == team_id)
        .values(team_name=name, updated_at=now)
    )


def post_here(session: Session, conversation: Conversation, actor: Person, now: datetime) -> Conversation | None:
    """Make this channel the tender channel (admins only). Returns the former one.

    Cards that waited for a channel become due.
    """
    people.require(session, actor, (Role.ADMIN,), now)
    former = tender_channel(session, conversation.tenant_id)
    session.execute(
        sa.update(Conversation)
        .where(Conversation.tenant_id == conversation.tenant_id, Conversation.tender_channel)
        .values(tender_channel=False, updated_at=now)
    )
    session.flush()
    conversation.tender_channel = True
    conversation.updated_at = now
    session.flush()
    audit.record(
        session,
        now=now,
        action="channel.chosen",
        subject="conversation",
        subject_id=conversation.id,
        actor_id=actor.id,
        before={"conversation": former.id} if former else None,
        after={"conversation": conversation.id},
    )
    look_again(session, LedgerRow.system == System.TEAMS, now=now)
    return former if former is not None and former.id != conversation.id else None


def chosen_at(session: Session, channel: Conversation) -> datetime | None:
    """When the tender channel was last chosen, as the trail tells; None where nobody did it by command."""
    statement = sa.select(sa.func.max(audit.AuditEvent.at)).where(
        audit.AuditEvent.action == "channel.chosen",
        audit.AuditEvent.subject == "conversation",
        audit.AuditEvent.subject_id == channel.id,
    )
    return session.scalar(statement)


def tender_channel(session: Session, tenant_id: str | None = None) -> Conversation | None:
    """The channel the tender cards go to, while the bot is in it."""
    statement = sa.select(Conversation).where(Conversation.tender_channel, Conversation.active)
    if tenant_id is not None:
        statement = statement.where(Conversation.tenant_id == tenant_id)
    return session.scalars(statement.order_by(Conversation.updated_at.desc()).limit(1)).one_or_none()


def personal_chat(session: Session, person_id: int) -> Conversation | None:
    """The personal chat with a person, if one is known."""
    statement = sa.select(Conversation).where(
        Conversation.person_id == person_id, Conversation.kind == ConversationKind.PERSONAL, Conversation.active
    )
    return session.scalars(statement.order_by(Conversation.updated_at.desc()).limit(1)).one_or_none()


def any_active(session: Session, tenant_id: str) -> Conversation | None:
    """Any place of this tenant the bot is in: it knows the service URL under which a personal chat can be opened."""
    statement = sa.select(Conversation).where(Conversation.tenant_id == tenant_id, Conversation.active)
    return session.scalars(statement.order_by(Conversation.updated_at.desc()).limit(1)).one_or_none()


def rosters_due(session: Session, now: datetime, every: timedelta) -> list[Conversation]:
    """One conversation of each team whose members were not read for ``every``."""
    statement = sa.select(Conversation).where(
        Conversation.active,
        Conversation.kind == ConversationKind.CHANNEL,
        sa.or_(Conversation.roster_at.is_(None), Conversation.roster_at < now - every),
    )
    by_team: dict[tuple[str, str], Conversation] = {}
    for conversation in session.scalars(statement.order_by(Conversation.id)):
        by_team.setdefault((conversation.tenant_id, conversation.team_id or conversation.teams_id), conversation)
    return list(by_team.values())


class RosterMember(Protocol):
    """Somebody as the roster of a team lists them."""

    @property
    def teams_user_id(self) -> str:
        """``29:…``."""

    @property
    def entra_object_id(self) -> str | None:
        """Lower case; None for anonymous people."""

    @property
    def name(self) -> str:
        """As Teams shows it."""

    @property
    def email(self) -> str | None:
        """If the roster tells."""

    @property
    def tenant_id(self) -> str | None:
        """Their home tenant; None when the roster does not tell."""

    @property
    def user_role(self) -> str | None:
        """``user``, ``guest``, ``anonymous``; None when the roster does not tell."""


def take_roster(session: Session, conversation_id: int, members: Iterable[RosterMember], now: datetime) -> int:
    """Register the members of a team; guests and other tenants are marked. Returns how many were new."""
    conversation = session.get_one(Conversation, conversation_id)
    new = 0
    for member in members:
        if member.entra_object_id is None:
            continue
        _, first = people.register(
            session,
            tenant_id=conversation.tenant_id,
            entra_object_id=member.entra_object_id,
            name=member.name,
            teams_user_id=member.teams_user_id,
            email=member.email,
            guest=(member.tenant_id or conversation.tenant_id) != conversation.tenant_id
            or (member.user_role or "user") != "user",
            now=now,
        )
        new += first
    session.execute(
        sa.update(Conversation)
        .where(
            Conversation.tenant_id == conversation.tenant_id,
            Conversation.team_id == conversation.team_id
            if conversation.team_id
            else Conversation.id == conversation.id,
        )
        .values(roster_at=now)
    )
    if new:
        look_again(session, LedgerRow.system == System.TEAMS, now=now)
    return new


@cache
def _claim(dialect: str) -> Prepared:
    names = ("conversation", "activity", "at")
    statement = insert_into(SeenActivity, dialect).values({name: sa.bindparam(name) for name in names})
    return Prepared(statement.on_conflict_do_nothing().returning(SeenActivity.activity))


def first_time(session: Session, conversation: str, activity: str, now: datetime) -> bool:
    """Claim an inbound activity in the caller's transaction.

    False when its work was already done: a repeated delivery.
    """
    if not activity:
        return True
    values = {"conversation": conversation[:CONVERSATION_LIMIT], "activity": activity[:ACTIVITY_LIMIT], "at": now}
    return bool(_claim(database_of(session)).run(session, values))


def remember_answer(session: Session, conversation: str, activity: str, said: str) -> None:
    """Keep the sentence that answers a claimed activity."""
    session.execute(
        sa.update(SeenActivity)
        .where(
            SeenActivity.conversation == conversation[:CONVERSATION_LIMIT],
            SeenActivity.activity == activity[:ACTIVITY_LIMIT],
        )
        .values(said=said)
    )


def earlier_answer(session: Session, conversation: str, activity: str) -> str | None:
    """The sentence that answered an activity the first time, if one did."""
    seen = session.get(SeenActivity, (conversation[:CONVERSATION_LIMIT], activity[:ACTIVITY_LIMIT]))
    return seen.said if seen is not None else None


def forget_activities(session: Session, before: datetime) -> int:
    """Drop the claims older than ``before``: Teams repeats a delivery within minutes, not days."""
    return session.execute(sa.delete(SeenActivity).where(SeenActivity.at < before)).rowcount  # type: ignore[attr-defined,no-any-return]
