"""Automatic refresh: Teams asks the bot for a person's own view of a card that the person looks at."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from integrations.sandbox.teams.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from integrations.sandbox.teams.people import People
    from integrations.sandbox.teams.personas import Persona
    from integrations.sandbox.teams.world import Json, Message, World

# Without userIds everybody is refreshed, as long as the conversation has no more members than this.
MOST_MEMBERS = 60
SHORTEST_PAUSE = timedelta(minutes=1)


@dataclass(slots=True)
class Refresher:
    """Fires the refreshes that are due when a person is shown messages."""

    world: World
    people: People
    _running: dict[tuple[str, str], asyncio.Task[Json]] = field(default_factory=dict)

    def shown(self, persona: Persona, messages: Iterable[Message]) -> None:
        """Start what is due; an answer arrives later as a change of the message for this person."""
        for message in messages:
            key = (message.id, persona.key)
            if key in self._running or not self.is_due(persona, message):
                continue
            task = asyncio.get_running_loop().create_task(self._fire(persona, message, "automatic"))
            self._running[key] = task
            task.add_done_callback(partial(self._ended, key))

    def is_due(self, persona: Persona, message: Message) -> bool:
        """Listed (or nobody is, and the conversation is small), and not asked within the last minute since an edit."""
        card = message.card_for(persona)
        refresh = card.get("refresh") if card and not message.deleted else None
        conversation = self.world.conversations[message.conversation]
        if not refresh or not conversation.installed:
            return False
        listed = refresh.get("userIds")
        if listed is None and len(conversation.members) > MOST_MEMBERS:
            return False
        if listed is not None and persona.mri not in listed:
            return False
        last = message.invoked_at.get(persona.key)
        return last is None or self.world.now() - last >= SHORTEST_PAUSE

    def _ended(self, key: tuple[str, str], _task: asyncio.Task[Json]) -> None:
        self._running.pop(key, None)

    async def by_hand(self, persona: Persona, message: Message) -> Json:
        """The "Refresh card" entry of the message menu."""
        if not (message.card_for(persona) or {}).get("refresh"):
            raise RefusedError(422, "NoRefresh", "This card cannot be refreshed.")
        return await self._fire(persona, message, "manual")

    async def settle(self) -> None:
        """Return when no refresh is under way."""
        while self._running:
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def stop(self) -> None:
        """End what is under way."""
        for task in self._running.values():
            task.cancel()
        await self.settle()

    async def _fire(self, persona: Persona, message: Message, trigger: str) -> Json:
        action = (message.card_for(persona) or {})["refresh"]["action"]
        return await self.people.execute(persona, message, action, dict(action.get("data") or {}), trigger)
