"""`export` in chat: for key users, a list, a button for each form, and a link that works once."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.decisions.tickets import STREAMED, DownloadTicket, SheetKind
from bot.exports.forms import Form
from bot.exports.tables import exportables
from bot.teams.replies import CardReply, TextReply
from cards.verbs import Verb
from tests.unit.teams_handlers.desk import Desk, text_of, verbs_of


async def test_everything_is_offered_in_the_language_of_the_reader(desk: Desk) -> None:
    desk.staff()
    reply = await desk.say("key user", "exporter" if desk.language == "fr" else "export")
    assert isinstance(reply, CardReply)
    assert verbs_of(reply.card) == {Verb.EXPORT_FILE.value}
    shown = text_of(reply.card)
    assert all(f"'{one.name}'" in shown or f'"{one.name}"' in shown for one in exportables())
    assert "Power BI · votes" in shown
    assert ("offres jour par jour" if desk.language == "fr" else "day by day") in shown


@pytest.mark.parametrize("form", list(Form))
async def test_a_button_gives_a_link_that_works_once(desk: Desk, form: Form) -> None:
    desk.staff()
    card = await desk.card("key user", Verb.EXPORT_FILE, q=form.value, table="bi_v1_fact_hours_cost")
    assert f"{desk.public_url}/sheets/token-1" in text_of(card)
    assert Verb.COMMAND_RUN.value in verbs_of(card)
    ticket = desk.read(lambda session: session.scalars(sa.select(DownloadTicket)).one())
    assert (ticket.kind, ticket.name, ticket.language) == (
        SheetKind.EXPORT,
        f"{STREAMED}bi_v1_fact_hours_cost.{form.value}",
        desk.language,
    )
    again = await desk.card("key user", Verb.COMMAND_RUN, q="export")
    assert Verb.EXPORT_FILE.value in verbs_of(again)


@pytest.mark.parametrize("by", ["engineer", "sales lead", "CEO", "admin"])
async def test_nobody_else_exports_anything(desk: Desk, by: str) -> None:
    desk.staff()
    for reply in (
        await desk.say(by, "export"),
        await desk.press(by, Verb.EXPORT_FILE, q="csv", table="hours"),
    ):
        assert isinstance(reply, TextReply)
        assert "key user" in text_of(reply).lower()
    assert desk.count(DownloadTicket) == 0


@pytest.mark.parametrize(
    ("form", "table"), [("csv", "hourly_rate"), ("csv", ""), ("pdf", "hours"), ("", "hours"), ("csv", "../hours")]
)
async def test_a_forged_button_is_refused(desk: Desk, form: str, table: str) -> None:
    desk.staff()
    assert isinstance(await desk.press("key user", Verb.EXPORT_FILE, q=form, table=table), TextReply)
    assert desk.count(DownloadTicket) == 0
