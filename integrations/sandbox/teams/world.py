"""What the simulated Teams holds: conversations, messages, each person's own view of a card, and what changed when."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from integrations.sandbox.teams.errors import RefusedError
from integrations.sandbox.teams.personas import BOT_NAME, TEAM_NAME, Persona

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Json = dict[str, Any]
ADAPTIVE = "application/vnd.microsoft.card.adaptive"
BOT = "bot"
_THREAD_MARK = ";messageid="


@dataclass(slots=True)
class Conversation:
    """A channel of the team or a personal chat with the bot; `members` are persona keys."""

    id: str
    kind: Literal["channel", "personal"]
    name: str
    members: tuple[str, ...]
    installed: bool = False
    blocked: bool = False


@dataclass(slots=True)
class Note:
    """What the client writes under a card for one person: an answer or an error."""

    kind: Literal["message", "error"]
    text: str


@dataclass(slots=True)
class Message:
    """One message; `views` holds the card as one person sees it after a click or a refresh, until the next edit."""

    id: str
    conversation: str
    root: str | None
    author: str
    activity: Json
    created_at: datetime
    created_seq: int
    changed_seq: int
    edited_at: list[datetime] = field(default_factory=list)
    deleted: bool = False
    views: dict[str, Json] = field(default_factory=dict)
    notes: dict[str, Note] = field(default_factory=dict)
    invoked_at: dict[str, datetime] = field(default_factory=dict)
    changed_for: dict[str, int] = field(default_factory=dict)

    @property
    def card(self) -> Json | None:
        """The card everybody has who has no view of their own."""
        for attachment in self.activity.get("attachments") or ():
            if attachment.get("contentType") == ADAPTIVE:
                content: Json = attachment["content"]
                return content
        return None

    def card_for(self, persona: Persona) -> Json | None:
        """The card as this person sees it now."""
        return self.views.get(persona.key, self.card)

    def changed_since(self, persona: Persona, seq: int) -> bool:
        """Whether this person would see something else than at `seq`."""
        return max(self.changed_seq, self.changed_for.get(persona.key, 0)) > seq


class World:
    """The state of the tenant. All times come from `now` (aware, UTC)."""

    def __init__(self, personas: Iterable[Persona], tenant_id: str, app_id: str, now: Callable[[], datetime]) -> None:
        """Build one team with the channels Tenders and General, and a personal chat for each person."""
        self.personas = {persona.key: persona for persona in personas}
        self.tenant_id = tenant_id
        self.bot_id = f"28:{app_id}"
        self.now = now
        self.team_name = TEAM_NAME
        self.conversations: dict[str, Conversation] = {}
        self.messages: dict[str, Message] = {}
        self.seq = 0
        self.read: dict[tuple[str, str], int] = {}
        self.dialogs: dict[str, Json] = {}
        self.deliveries: deque[Json] = deque(maxlen=2000)
        self.connector: deque[Json] = deque(maxlen=2000)
        self.closing = False
        self._last_id = 0
        self._changed = asyncio.Event()
        everyone = tuple(self.personas)
        # The General channel carries the id of its team, as in Teams.
        self.team_id = self._add(_channel_id("general"), "channel", "General", everyone)
        self.tenders_id = self._add(_channel_id("tenders"), "channel", "Tenders", everyone)
        for key in everyone:
            self._add(_personal_id(key), "personal", BOT_NAME, (key,))

    def _add(self, identifier: str, kind: Literal["channel", "personal"], name: str, members: tuple[str, ...]) -> str:
        self.conversations[identifier] = Conversation(identifier, kind, name, members)
        return identifier

    def tenant_of(self, persona: Persona) -> str:
        """The home tenant of a person."""
        return persona.tenant_id or self.tenant_id

    def persona(self, key: str) -> Persona:
        """The person with this key; refuses unknown ones."""
        if key not in self.personas:
            raise RefusedError(404, "PersonaNotFound", f"Nobody is called {key}.")
        return self.personas[key]

    def persona_of(self, identifier: str) -> Persona | None:
        """The person with this MRI, Entra object id or sign-in name."""
        for persona in self.personas.values():
            if identifier in {persona.mri, persona.aad_object_id, persona.user_principal_name}:
                return persona
        return None

    def personal(self, persona: Persona) -> Conversation:
        """The chat of a person with the bot."""
        return self.conversations[_personal_id(persona.key)]

    def conversation(self, identifier: str) -> Conversation:
        """The conversation of an id with or without `;messageid=`; refuses unknown ones."""
        found = self.conversations.get(split_thread(identifier)[0])
        if found is None:
            raise RefusedError(404, "ConversationNotFound", "Conversation not found.")
        return found

    def message(self, identifier: str) -> Message:
        """A message that still stands; refuses others."""
        found = self.messages.get(identifier)
        if found is None or found.deleted:
            raise RefusedError(404, "ActivityNotFoundInConversation", "The activity is not in this conversation.")
        return found

    def message_for(self, persona: Persona, identifier: str) -> Message:
        """A message that this person can see."""
        found = self.message(identifier)
        if persona.key not in self.conversations[found.conversation].members:
            raise RefusedError(403, "NotAMember", "This person is not in the conversation.")
        return found

    def next_id(self) -> str:
        """A message id: milliseconds as Teams uses them, never twice."""
        self._last_id = max(self._last_id + 1, int(self.now().timestamp() * 1000))
        return str(self._last_id)

    def post(self, conversation: Conversation, author: str, activity: Json, root: str | None) -> Message:
        """Add a message; `root` is the thread it answers in, None for a new thread or a personal chat."""
        seq = self._tick()
        message = Message(self.next_id(), conversation.id, root, author, activity, self.now(), seq, seq)
        self.messages[message.id] = message
        self._announce()
        return message

    def edit(self, message: Message, activity: Json) -> None:
        """Replace a message for everybody: personal views and notes are dropped, refreshes become due again."""
        message.activity = activity
        message.edited_at.append(self.now())
        message.views.clear()
        message.notes.clear()
        message.invoked_at.clear()
        message.changed_seq = self._tick()
        self._announce()

    def delete(self, message: Message) -> None:
        """Take a message away; its place stays known."""
        message.deleted = True
        message.changed_seq = self._tick()
        self._announce()

    def show_view(self, message: Message, persona: Persona, card: Json) -> None:
        """Give one person an own card."""
        message.views[persona.key] = card
        self._touch(message, persona)

    def show_note(self, message: Message, persona: Persona, note: Note | None) -> None:
        """Write under the card for one person, or wipe what stood there."""
        if note is None:
            if message.notes.pop(persona.key, None) is None:
                return
        else:
            message.notes[persona.key] = note
        self._touch(message, persona)

    def changed(self) -> None:
        """Say that something about the conversations themselves changed."""
        self._tick()
        self._announce()

    async def wait(self, after: int, limit: timedelta) -> None:
        """Return once something changed after `after`, at the latest after `limit`, at once when closing."""
        if self.seq > after or self.closing:
            return
        try:
            async with asyncio.timeout(limit.total_seconds()):
                await self._changed.wait()
        except TimeoutError:
            return

    def close(self) -> None:
        """Wake everybody who waits, for good."""
        self.closing = True
        self._announce()

    def _touch(self, message: Message, persona: Persona) -> None:
        message.changed_for[persona.key] = self._tick()
        self._announce()

    def _tick(self) -> int:
        self.seq += 1
        return self.seq

    def _announce(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def new_dialog(self, content: Json) -> str:
        """Remember an open dialog; the id is unguessable, as another tab must not submit it."""
        identifier = secrets.token_urlsafe(9)
        self.dialogs[identifier] = content
        return identifier


def split_thread(identifier: str) -> tuple[str, str | None]:
    """`19:…;messageid=5` -> (`19:…`, `5`)."""
    base, mark, root = identifier.partition(_THREAD_MARK)
    return (base, root or None) if mark else (base, None)


def join_thread(base: str, root: str | None) -> str:
    """(`19:…`, `5`) -> `19:…;messageid=5`."""
    return f"{base}{_THREAD_MARK}{root}" if root else base


def _channel_id(name: str) -> str:
    return f"19:{hashlib.sha256(name.encode()).hexdigest()[:32]}@thread.tacv2"


def _personal_id(key: str) -> str:
    return f"a:1{hashlib.sha256(key.encode()).hexdigest()[:48]}"
