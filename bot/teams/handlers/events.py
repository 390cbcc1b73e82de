"""The app comes, goes, and places are renamed: the stored conversations follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.people import conversations
from bot.people.models import Role
from bot.teams import places
from bot.teams.answers import Answer, Show, Silent
from bot.teams.context import shared_reader
from bot.teams.inbound import ConversationKind as Place
from cards.chat import welcome_card
from cards.views.chat import WelcomeView

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.people.models import Conversation, Person
    from bot.teams.context import Turn
    from bot.teams.inbound import Inbound

GONE = frozenset({"channelDeleted", "teamDeleted", "teamHardDeleted", "teamArchived"})


def arrived(session: Session, inbound: Inbound, now: datetime, person: Person | None = None) -> Conversation:
    """The app was installed, or people joined: the place is stored, and its roster is due."""
    here = places.meet(session, inbound, person, now)
    here.roster_at = None
    return here


def left(session: Session, inbound: Inbound, now: datetime) -> None:
    """The app was removed: nothing is sent there any more."""
    conversations.leave(session, inbound.tenant_id, inbound.conversation_key, inbound.team_id, now)


def renamed(session: Session, inbound: Inbound, now: datetime) -> None:
    """A team or a channel has another name, or is gone."""
    if inbound.event in GONE:
        team = inbound.team_id if inbound.event.startswith("team") else None
        where = inbound.channel_id or inbound.conversation_key
        conversations.leave(session, inbound.tenant_id, where, team, now)
    elif inbound.event == "channelRenamed" and inbound.channel_id and inbound.channel_name:
        conversations.rename(session, inbound.tenant_id, inbound.channel_id, inbound.channel_name, now)
    elif inbound.event == "teamRenamed" and inbound.team_id and inbound.team_name:
        conversations.rename_team(session, inbound.tenant_id, inbound.team_id, inbound.team_name, now)


def arrive(turn: Turn) -> Conversation:
    """:func:`arrived`, by a known person, whose chat it may be."""
    return arrived(turn.session, turn.inbound, turn.now, turn.person)


def welcome(turn: Turn, result: Conversation | None) -> Answer:
    """Say what to do first; once."""
    if result is None:
        return Silent()
    in_channel = turn.inbound.conversation_kind is Place.CHANNEL
    view = WelcomeView(
        name="" if in_channel else turn.person.name, in_channel=in_channel, is_admin=Role.ADMIN in turn.roles
    )
    return Show(welcome_card, view, shared_reader(turn.around, turn.now) if in_channel else turn.reader)


def leave(turn: Turn) -> None:
    """:func:`left`, by a known person."""
    left(turn.session, turn.inbound, turn.now)


def rename(turn: Turn) -> None:
    """:func:`renamed`, by a known person."""
    renamed(turn.session, turn.inbound, turn.now)


def silent(_turn: Turn, _result: object) -> Answer:
    """Nothing to say."""
    return Silent()
