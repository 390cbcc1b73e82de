"""What the tests of the simulator share: a clock, a bot that answers what it is told, and the calls of a test."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient

from integrations.sandbox.teams import TeamsSimulator

ADAPTIVE = "application/vnd.microsoft.card.adaptive"
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HANG = "hang"
Json = dict[str, Any]


class Clock:
    """A clock that only moves when told."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


class Signer:
    """Stands in for the login sandbox."""

    def token(self, service_url: str) -> str:
        return f"signed for {service_url}"


@dataclass
class FakeBot:
    """Keeps every activity; answers by the name of the invoke, or by the type of the activity."""

    answers: dict[str, Any] = field(default_factory=dict)
    activities: list[Json] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.Response:
        activity = await request.json()
        self.activities.append(activity)
        self.authorizations.append(request.headers["Authorization"])
        answer = self.answers.get(activity.get("name") or activity["type"], {})
        if answer == HANG:
            await self.released.wait()
            return web.Response()
        if callable(answer):
            answer = answer(activity)
        if isinstance(answer, int):
            return web.Response(status=answer)
        return web.json_response(answer)

    def named(self, name: str) -> list[Json]:
        return [activity for activity in self.activities if name in {activity.get("name"), activity["type"]}]


@dataclass
class Stage:
    """Everything a test touches."""

    simulator: TeamsSimulator
    bot: FakeBot
    clock: Clock
    client: TestClient[web.Request, web.Application]

    @property
    def tenders(self) -> str:
        return self.simulator.world.tenders_id

    def chat(self, persona: str) -> str:
        return self.simulator.world.personal(self.simulator.world.personas[persona]).id

    async def get(self, path: str, **query: str | int) -> Any:  # noqa: ANN401 (JSON)
        async with self.client.get(f"/teams/api/{path}", params=query) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def post(self, path: str, body: Json | None = None, *, expect: int = 200) -> Any:  # noqa: ANN401 (JSON)
        async with self.client.post(f"/teams/api/{path}", json=body or {}) as response:
            assert response.status == expect, await response.text()
            return await response.json()

    async def call(
        self, method: str, path: str, body: object = None, *, token: str = "issued to the bot"
    ) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}"}
        async with self.client.request(method, f"/teams/v3/{path}", json=body, headers=headers) as response:
            text = await response.text()
            return response.status, await response.json() if text else None

    async def send(self, conversation: str, activity: Json) -> str:
        status, answer = await self.call("POST", f"conversations/{conversation}/activities", activity)
        assert status == 201, answer
        identifier: str = answer["id"]
        return identifier

    async def edit(self, conversation: str, message: str, activity: Json) -> None:
        status, answer = await self.call("PUT", f"conversations/{conversation}/activities/{message}", activity)
        assert status == 200, answer

    async def seen_by(self, persona: str, conversation: str | None = None, **query: str | int) -> list[Json]:
        answer = await self.get(f"{persona}/messages", conversation=conversation or self.tenders, settle=1, **query)
        messages: list[Json] = answer["messages"]
        return messages


def vote_card(text: str = "Votez", *, users: list[str] | None = None, refresh: bool = False) -> Json:
    """A card with one Universal Action, its fallback, a dialog button, a plain submit and an input."""
    card: Json = {
        "type": "AdaptiveCard",
        "version": "1.5",
        "fallbackText": "Vote attendu",
        "body": [
            {"type": "TextBlock", "text": text},
            {"type": "Input.Text", "id": "comment", "label": "Commentaire", "value": "d'accord"},
        ],
        "actions": [
            {
                "type": "Action.Execute", "title": "Go", "verb": "round.go", "data": {"verb": "round.go", "id": 7},
                "fallback": {"type": "Action.Submit", "title": "Go", "data": {"verb": "round.go", "id": 7}},
            },
            {
                "type": "Action.Submit", "title": "Évaluer", "associatedInputs": "none",
                "data": {"msteams": {"type": "task/fetch"}, "verb": "evaluation.open", "id": 7},
            },
            {"type": "Action.Submit", "title": "Envoyer", "data": {"verb": "plain", "id": 7}},
            {"type": "Action.OpenUrl", "title": "Portail", "url": "https://example.org/1"},
        ],
    }  # fmt: skip
    if refresh:
        action = {"type": "Action.Execute", "verb": "refresh.round", "data": {"verb": "refresh.round", "id": 7}}
        card["refresh"] = {"action": action}
        if users is not None:
            card["refresh"]["userIds"] = users
    return card


def carrying(card: Json) -> Json:
    """A message with this card."""
    return {"type": "message", "attachments": [{"contentType": ADAPTIVE, "content": card}]}


def card_answer(card: Json) -> Json:
    """An invoke answer with this card."""
    return {"statusCode": 200, "type": ADAPTIVE, "value": card}


def dialog_answer(card: Json, title: str = "Fiche") -> Json:
    """A dialog with this card."""
    value = {"title": title, "width": "medium", "height": 400, "card": {"contentType": ADAPTIVE, "content": card}}
    return {"task": {"type": "continue", "value": value}}
