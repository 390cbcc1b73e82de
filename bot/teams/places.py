"""Keeping the stored conversations right, from what each inbound activity says about where it happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.people import conversations
from bot.people.models import Conversation, ConversationKind
from bot.teams.inbound import ConversationKind as InboundPlace

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.people.models import Person
    from bot.teams.inbound import Inbound

KINDS = {
    InboundPlace.PERSONAL: ConversationKind.PERSONAL,
    InboundPlace.GROUP_CHAT: ConversationKind.GROUP,
    InboundPlace.CHANNEL: ConversationKind.CHANNEL,
}


def meet(session: Session, inbound: Inbound, person: Person | None, now: datetime) -> Conversation:
    """Store or refresh the conversation an activity came from.

    An event about a channel comes in the team's own conversation, so the channel's name is not always its name.
    """
    return conversations.meet(
        session,
        tenant_id=inbound.tenant_id,
        teams_id=inbound.conversation_key,
        kind=KINDS[inbound.conversation_kind],
        service_url=inbound.service_url,
        bot_id=inbound.bot_id,
        person=person,
        team_id=inbound.team_id,
        team_name=inbound.team_name,
        name=inbound.channel_name if inbound.channel_id == inbound.conversation_key else None,
        now=now,
    )
