"""Posting an activity to the bot, with the patience and the impatience of Teams."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import aiohttp

if TYPE_CHECKING:
    from integrations.sandbox.teams.world import Json, World

_LARGEST_ANSWER = 1_000_000


class Signer(Protocol):
    """Whoever issues the tokens Teams presents to a bot."""

    def token(self, service_url: str) -> str:
        """A signed bearer token for this service URL."""
        ...


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds until Teams gives up on one attempt (facts: 15 s messages, 5 s search; cards are not documented)."""

    message: float = 15.0
    invoke: float = 10.0
    search: float = 5.0

    def of(self, activity: Json) -> float:
        """The seconds for this activity."""
        if activity["type"] != "invoke":
            return self.message
        return self.search if activity["name"].startswith("composeExtension/") else self.invoke


@dataclass(frozen=True, slots=True)
class Repetition:
    """Deliveries beyond the first.

    `retry`: send again after a time-out, once for messages and cards, twice for a search. `copies`: send this often in
    all, whatever is answered; `new_id` gives each copy a new activity id, as Teams' second-level retries do.
    """

    retry: bool = False
    copies: int = 1
    new_id: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: HTTP status (0: nothing came), the JSON body if there was one, why nothing came."""

    status: int
    body: Any = None
    failure: str = ""
    attempts: int = 1

    @property
    def ok(self) -> bool:
        """Whether the bot accepted the activity."""
        return 200 <= self.status < 300  # noqa: PLR2004 (HTTP success)


ONCE = Repetition()


@dataclass(slots=True)
class Delivery:
    """The way from Teams to the bot: signs, posts, measures, remembers."""

    world: World
    bot_url: str
    service_url: str
    signer: Signer
    patience: Patience = field(default_factory=Patience)
    session: aiohttp.ClientSession | None = None

    async def deliver(self, activity: Json, persona: str, repetition: Repetition = ONCE) -> Answer:
        """Post an activity; the answer of the last copy counts."""
        attempts = 1 + (0 if not repetition.retry else 2 if activity.get("name") == "composeExtension/query" else 1)
        answer = Answer(0)
        for copy in range(max(1, repetition.copies)):
            sent = activity | {"id": f"f:{uuid.uuid4()}"} if copy and repetition.new_id else activity
            answer = await self._with_retries(sent, persona, attempts)
        return answer

    async def _with_retries(self, activity: Json, persona: str, most: int) -> Answer:
        answer = Answer(0)
        for attempt in range(1, most + 1):
            answer = await self._post(activity, persona, attempt)
            if answer.status or answer.failure != "timeout":
                break
        return answer

    async def _post(self, activity: Json, persona: str, attempt: int) -> Answer:
        started = time.perf_counter()
        answer = await self._exchange(activity, attempt)
        value = activity.get("value") or {}
        self.world.deliveries.append(
            {
                "id": activity["id"],
                "type": activity["type"],
                "name": activity.get("name"),
                "persona": persona,
                "trigger": value.get("trigger"),
                "attempt": attempt,
                "status": answer.status,
                "failure": answer.failure,
                "milliseconds": round((time.perf_counter() - started) * 1000, 1),
            },
        )
        return answer

    async def _exchange(self, activity: Json, attempt: int) -> Answer:
        if self.session is None:
            return Answer(0, failure="not started", attempts=attempt)
        try:
            async with self.session.post(
                self.bot_url,
                json=activity,
                headers={"Authorization": f"Bearer {self.signer.token(self.service_url)}"},
                timeout=aiohttp.ClientTimeout(total=self.patience.of(activity)),
                allow_redirects=False,
            ) as response:
                return Answer(response.status, _json(await _read(response)), attempts=attempt)
        except TimeoutError:
            return Answer(0, failure="timeout", attempts=attempt)
        except aiohttp.ClientError as broken:
            return Answer(0, failure=type(broken).__name__, attempts=attempt)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    raw = bytearray()
    async for chunk in response.content.iter_any():
        raw += chunk
        if len(raw) > _LARGEST_ANSWER:
            break
    return bytes(raw)


def _json(raw: bytes) -> Any:  # noqa: ANN401 (whatever the bot answered)
    if not raw.strip():
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode(errors="replace")[:500]
