"""Teams as one of the other systems: makes a wanted message exist and show what is true now.

Each row is drawn from the database at the moment it is sent, never from what was true when it was wanted, so ten
changes make one message.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from bot.people import conversations
from bot.people.models import ConversationKind, Person
from bot.sync.models import CHANNEL, IN_THREAD
from bot.sync.reconciler import Incomplete
from bot.teams.connector import Place, refusal_code
from bot.teams.context import Surroundings, reader_of, shared_reader
from bot.teams.presenters.messages import DRAW, shared_remote
from bot.teams.replies import ADAPTIVE_CARD
from integrations.errors import Permanent, Transient

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.database import Database
    from bot.sync.reconciler import Claim
    from bot.teams.connector import Connector

log = structlog.get_logger()

GONE = 404
FORBIDDEN = 403
SERVICE = "teams"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes. ``conversation`` None: the personal chat has to be opened first."""

    service_url: str
    tenant_id: str
    bot_id: str
    conversation: str | None
    teams_user_id: str | None = None
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A drawn message and where it goes. ``root``: the thread it answers in."""

    target: Target
    card: dict[str, Any]
    root: dict[str, Any] | None


def activity_of(card: dict[str, Any]) -> dict[str, Any]:
    """A card as a message; its fallback text is what a phone shows as notification."""
    return {
        "type": "message",
        "summary": card.get("fallbackText", ""),
        "attachments": [{"contentType": ADAPTIVE_CARD, "content": card}],
    }


class TeamsGateway:
    """Applies ledger rows of the system ``teams``."""

    def __init__(
        self, database: Database, connector: Connector, around: Surroundings, now: Callable[[], datetime]
    ) -> None:
        """Keep the collaborators."""
        self._database = database
        self._connector = connector
        self._around = around
        self._now = now

    async def apply(self, claim: Claim) -> dict[str, Any]:
        """Post or edit the message; see :class:`bot.sync.reconciler.Gateway`."""
        now = self._now()
        message = await self._database.read(lambda session: self._plan(session, claim, now))
        if message is None:
            return claim.remote or {}
        target = message.target
        try:
            if claim.remote and claim.remote.get("activity"):
                await self._edit(claim.remote, target, message.card)
                return claim.remote
            return await self._post(message)
        except Permanent as refusal:
            where = (claim.remote or {}).get("conversation") or target.conversation
            if refusal.status == FORBIDDEN:
                if where is not None:
                    await self._database.write(lambda session: _deactivate(session, target.tenant_id, str(where), now))
                reason = refusal_code(refusal) or "the bot may not write there"
                raise Incomplete(reason) from refusal
            raise

    def _plan(self, session: Session, claim: Claim, now: datetime) -> Message | None:
        """Draw the message. None when there is nothing to say any more."""
        target = self._target(session, claim)
        person = session.get(Person, target.person_id) if target.person_id is not None else None
        reader = reader_of(person, now) if person is not None else shared_reader(self._around, now)
        card = DRAW[claim.kind](session, claim.subject_id, person, reader, self._around)
        if card is None:
            return None
        root = None
        if claim.kind in IN_THREAD:
            root = shared_remote(session, claim.kind, claim.subject_id)
            if root is None:
                raise Incomplete("the card it answers is not posted yet")
        return Message(target, card, root)

    def _target(self, session: Session, claim: Claim) -> Target:
        if claim.target == CHANNEL:
            channel = conversations.tender_channel(session)
            if channel is None:
                raise Incomplete("no tender channel is chosen: an admin writes “@Offerdesk post here” in it")
            return Target(channel.service_url, channel.tenant_id, channel.bot_id, channel.teams_id)
        person = session.get(Person, int(claim.target.removeprefix("person:")))
        if person is None:
            raise Incomplete("the person is not known")
        chat = conversations.personal_chat(session, person.id)
        if chat is not None:
            return Target(chat.service_url, chat.tenant_id, chat.bot_id, chat.teams_id, person.teams_user_id, person.id)
        anywhere = conversations.any_active(session, person.tenant_id)
        if anywhere is None or person.teams_user_id is None:
            raise Incomplete(f"{person.name} has not opened Offerdesk in Teams yet")
        return Target(anywhere.service_url, person.tenant_id, anywhere.bot_id, None, person.teams_user_id, person.id)

    async def _edit(self, remote: dict[str, Any], target: Target, card: dict[str, Any]) -> None:
        place = Place(target.service_url, target.tenant_id, str(remote["conversation"]))
        try:
            await self._connector.update(place, str(remote["activity"]), activity_of(card))
        except Permanent as refusal:
            if refusal.status == GONE:
                # Teams now and then does not find a message that exists; it does so a little later.
                raise Transient(SERVICE, "the message was not found", status=GONE) from refusal
            raise

    async def _post(self, message: Message) -> dict[str, Any]:
        target = message.target
        activity = activity_of(message.card)
        if message.root is not None:
            place = Place(target.service_url, target.tenant_id, str(message.root["conversation"]))
            return {
                "conversation": place.conversation_id,
                "activity": await self._connector.reply(place, str(message.root["activity"]), activity),
            }
        if target.person_id is None and target.conversation is not None:
            channel = Place(target.service_url, target.tenant_id, target.conversation)
            thread = await self._connector.create_channel_thread(channel, activity, bot_id=target.bot_id)
            return {"conversation": thread.conversation_id, "activity": thread.activity_id}
        chat = target.conversation or await self._open_chat(target)
        place = Place(target.service_url, target.tenant_id, chat)
        return {"conversation": chat, "activity": await self._connector.send_to_conversation(place, activity)}

    async def _open_chat(self, target: Target) -> str:
        chat = await self._connector.create_personal(
            target.service_url, target.tenant_id, teams_user_id=str(target.teams_user_id), bot_id=target.bot_id
        )
        now = self._now()
        await self._database.write(lambda session: _remember_chat(session, target, chat, now))
        return chat


def _remember_chat(session: Session, target: Target, chat: str, now: datetime) -> None:
    conversations.meet(
        session,
        tenant_id=target.tenant_id,
        teams_id=chat,
        kind=ConversationKind.PERSONAL,
        service_url=target.service_url,
        bot_id=target.bot_id,
        person=session.get(Person, target.person_id),
        now=now,
    )


def _deactivate(session: Session, tenant_id: str, where: str, now: datetime) -> None:
    conversations.leave(session, tenant_id, where.split(";", 1)[0], None, now)
    log.warning("conversation.closed_to_us")
