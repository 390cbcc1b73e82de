"""Choices for inputs that are searched while typing: from the signed activity to the answer Teams understands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from bot.clients import service
from bot.config import default
from bot.offers.service import open_offer
from bot.people.service import register
from bot.teams.context import Surroundings
from bot.teams.dispatch import Dispatcher
from bot.teams.inbound import InboundKind
from bot.teams.reading import parse
from bot.teams.replies import (
    Accepted,
    CardReply,
    ChoicesReply,
    DialogClosed,
    DialogReply,
    ErrorReply,
    Reply,
    ReplyMismatch,
    SearchReply,
    TextReply,
    invoke_body,
    message_activity,
)
from bot.teams.tables import ACTIONS, EVENTS, message_action
from integrations.sandbox.teams.shapes import AnswerError, choices_answer
from tests.channel import APP_ID, OBJECT_ID, TENANT_ID, Channel, Json, activity, open_channel

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.database import Database

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NAMES = ("Élan spatial", "Nord 🚀", "*Gras* [lien](https://x.example)", "x" * 180)
TYPEAHEAD = InboundKind.TYPEAHEAD


def question(channel: Channel, dataset: str, words: str, **more: Any) -> Json:  # noqa: ANN401  JSON
    value = {"queryText": words, "queryOptions": {"skip": 0, "top": 15}, "dataset": dataset, **more}
    return activity("invoke", channel.service_url, name="application/search", value=value, personal=True)


@pytest.fixture
def company(database: Database) -> Database:
    """A company with clients, a contact, an offer and a guest."""

    def work(session: Session) -> None:
        person, _new = register(session, tenant_id=TENANT_ID, entra_object_id=OBJECT_ID, name="CTO", now=NOW)
        register(session, tenant_id=TENANT_ID, entra_object_id=OBJECT_ID[:-1] + "9", name="Guest", guest=True, now=NOW)
        for name in NAMES:
            service.add_client(session, {"name": name}, actor=person, now=NOW)
        for number in range(30):
            service.add_client(session, {"name": f"Client {number}"}, actor=person, now=NOW)
        service.add_contact(session, {"name": "Head of purchasing"}, actor=person, now=NOW)
        open_offer(session, tender=None, title="Heat shield", client_name=None, owner=person, now=NOW)

    database.write_now(work)
    return database


@asynccontextmanager
async def speaking(database: Database) -> AsyncIterator[Channel]:
    dispatcher = Dispatcher(
        database,
        Surroundings(company=default(), language="fr", time_zone="Europe/Paris"),
        actions=ACTIONS,
        events=EVENTS,
        message=message_action,
        now=lambda: NOW,
        committed=lambda: None,
    )
    async with open_channel(dispatcher.turn) as channel:
        yield channel


async def test_signed_questions_are_answered(company: Database) -> None:
    async with speaking(company) as channel:

        async def titles(dataset: str, words: str, **more: Any) -> list[str]:  # noqa: ANN401  JSON
            status, body = await channel.post(question(channel, dataset, words, **more))
            assert status == 200
            return [choice["title"] for choice in choices_answer(body)]

        assert await titles("clients", "elan") == ["Élan spatial"]
        assert await titles("clients", "🚀") == ["Nord 🚀"]
        assert await titles("clients", "gras") == ["*Gras* [lien](https://x.example)"]
        assert [len(title) for title in await titles("clients", "xxx")] == [120]
        assert await titles("contacts", "purch") == ["Head of purchasing"]
        assert await titles("offers", "shield") == ["Heat shield"]
        assert len(await titles("clients", "client")) == 15
        options = {"queryOptions": {"skip": 28, "top": 5}}
        assert len(await titles("clients", "client", **options)) == 2
        assert len(await titles("clients", "")) == 15
        assert await titles("tenders", "shield") == []
        assert await titles("clients", "nobody") == []


@pytest.mark.parametrize(
    "options",
    [None, {}, {"skip": -1, "top": -5}, {"skip": 1e300, "top": True}, {"skip": "x", "top": [15]}, {"top": 10**9}],
)
async def test_odd_options_are_bounded(company: Database, options: object) -> None:
    async with speaking(company) as channel:
        status, body = await channel.post(question(channel, "clients", "client", queryOptions=options))
        assert status == 200
        assert len(choices_answer(body)) <= 15


@pytest.mark.parametrize("value", [{}, None, [], {"queryText": 7, "dataset": 7}, {"queryText": "\x00'%_\\" * 4000}])
async def test_odd_questions_find_nothing_and_break_nothing(company: Database, value: object) -> None:
    async with speaking(company) as channel:
        asked = question(channel, "clients", "") | {"value": value}
        status, body = await channel.post(asked)
        assert (status, choices_answer(body)) == (200, [])


async def test_guests_and_the_nameless_are_offered_nothing(company: Database) -> None:
    async with speaking(company) as channel:
        asked = question(channel, "clients", "elan")
        for who in (asked["from"] | {"aadObjectId": OBJECT_ID[:-1] + "9"}, {"id": "29:cto", "name": "CTO"}):
            status, body = await channel.post(asked | {"from": who})
            assert (status, choices_answer(body)) == (200, [])


async def test_a_forged_token_is_turned_away(company: Database) -> None:
    async with speaking(company) as channel:
        status, _body = await channel.post(question(channel, "clients", "elan"), token="forged")
        assert status == 401


def test_it_is_read_as_what_it_is() -> None:
    value = {"queryText": "  élan ", "queryOptions": {"skip": 3, "top": 15}, "dataset": "clients"}
    read = parse(activity("invoke", "https://x.example/", name="application/search", value=value), APP_ID)
    assert (read.kind, read.verb, read.text) == (TYPEAHEAD, "clients", "élan")
    assert dict(read.data) == {"skip": 3, "top": 15}


@pytest.mark.parametrize("reply", [TextReply("Non."), DialogClosed("Non."), DialogClosed(), Accepted(), None])
def test_a_refusal_offers_nothing(reply: Reply | None) -> None:
    status, body = invoke_body(reply, TYPEAHEAD)
    assert (status, choices_answer(body)) == (200, [])


def test_a_failure_is_an_error() -> None:
    status, body = invoke_body(ErrorReply(500, "Panne."), TYPEAHEAD)
    assert (status, body) == (
        200,
        {"statusCode": 500, "type": "application/vnd.microsoft.error", "value": {"code": "500", "message": "Panne."}},
    )
    with pytest.raises(AnswerError):
        choices_answer(body)


@pytest.mark.parametrize("reply", [CardReply({}), DialogReply("x", {}), SearchReply(())])
def test_no_other_answer_fits(reply: Reply) -> None:
    with pytest.raises(ReplyMismatch):
        invoke_body(reply, TYPEAHEAD)


@pytest.mark.parametrize(
    "kind", [InboundKind.CARD_ACTION, InboundKind.DIALOG_OPEN, InboundKind.DIALOG_SUBMIT, InboundKind.SEARCH]
)
def test_choices_answer_nothing_else(kind: InboundKind) -> None:
    with pytest.raises(ReplyMismatch):
        invoke_body(ChoicesReply((("1", "One"),)), kind)
    with pytest.raises(ReplyMismatch):
        message_activity(ChoicesReply(()))
