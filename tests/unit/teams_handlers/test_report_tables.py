"""Every report through the whole bot: typed, asked back, narrowed with pickers, fetched as a file; key users only."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
import sqlalchemy as sa

from bot.clients.models import Client
from bot.clients.rules import Level
from bot.decisions.tickets import DownloadTicket, SheetKind
from bot.offers.models import Offer, Outcome
from bot.reports.catalogue import reports_of
from bot.reports.downloads import report_file
from bot.teams.replies import CardReply, TextReply
from cards.check import check
from cards.verbs import Verb
from tests.unit.teams_handlers.desk import Desk, object_id, text_of, verbs_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

OFFERS = (
    (Outcome.OPEN, "EUR", Decimal(100_000), 50, 40, date(2027, 1, 15)),
    (Outcome.OPEN, "EUR", Decimal("10000.50"), 100, 80, date(2027, 3, 1)),
    (Outcome.OPEN, "USD", Decimal(7_000), 50, 50, date(2027, 1, 20)),
    (Outcome.WON, "EUR", Decimal(300_000), 100, 100, None),
    (Outcome.LOST, "EUR", Decimal(100_000), 50, 0, None),
)


@pytest.fixture
def portfolio(desk: Desk) -> None:
    """Three open offers, one of them in dollars, one won, one lost; all of one client's entity but the last."""
    desk.staff()

    def work(session: Session) -> None:
        made: dict[str, Any] = {"search_text": "", "created_at": desk.now, "updated_at": desk.now}
        group = Client(name="Prime", path="Prime", path_ids="/1/", **made)
        group.level = Level.CLIENT
        session.add(group)
        session.flush()
        entity = Client(parent_id=group.id, name="North", path="Prime › North", path_ids="/1/2/", **made)
        entity.level = Level.ENTITY
        session.add(entity)
        session.flush()
        for number, (outcome, currency, amount, launch, success, closing) in enumerate(OFFERS):
            session.add(
                Offer(
                    chrono=number + 1,
                    number=f"S58{number}",
                    title=f"Shield {number}",
                    search_text="",
                    client_id=entity.id if outcome is not Outcome.LOST else None,
                    owner_id=desk.person(session, "sales lead" if number else "engineer").id,
                    stage="PRE" if outcome is Outcome.OPEN else outcome.value[:3].upper(),
                    outcome=outcome,
                    currency=currency,
                    estimated_amount=amount,
                    launch_probability=launch,
                    success_probability=success,
                    expected_closing_on=closing,
                    opened_at=desk.now,
                    opened_on=date(2026, 2, 1),
                    ended_on=None if outcome is Outcome.OPEN else date(2026, 10, 1),
                    updated_at=desk.now,
                )
            )

    desk.write(work)


def french(desk: Desk) -> bool:
    return desk.language == "fr"


def card_of(reply: object) -> dict[str, object]:
    assert isinstance(reply, CardReply)
    assert check(reply.card) == []
    return reply.card


def plain(card: object) -> str:
    return text_of(card).replace("\u202f", " ").replace("\u00a0", " ")


async def test_the_pipeline_is_weighted_month_by_month_in_each_currency(desk: Desk, portfolio: None) -> None:
    card = card_of(await desk.say("key user", "rapport pipeline 2027" if french(desk) else "report pipeline 2027"))
    said = plain(card)
    for english, francais in (("€110,000.50", "110 000,50 €"), ("€28,000.40", "28 000,40 €"), ("$7,000", "7 000 $")):
        assert (francais if french(desk) else english) in said
    assert ("janvier 2027" if french(desk) else "January 2027") in said
    assert "Chart.VerticalBar.Grouped" in said
    assert {Verb.REPORT_FILE.value, Verb.REPORT_NARROW.value} <= verbs_of(card)


async def test_every_report_is_a_card_that_keeps_the_rules(desk: Desk, portfolio: None) -> None:
    for kind in reports_of():
        for by in kind.breakdowns:
            card_of(await desk.press("key user", Verb.REPORT_OPEN, q=f"{kind.code}.b{by.value}"))
        empty = card_of(await desk.press("key user", Verb.REPORT_OPEN, q=f"{kind.code}.y2001"))
        assert Verb.REPORT_NARROW.value in verbs_of(empty)
        assert Verb.REPORT_FILE.value not in verbs_of(empty)


async def test_pickers_narrow_and_stay_on_the_card(desk: Desk, portfolio: None) -> None:
    picked: dict[str, Any] = {
        "year": "0",
        "breakdown": "outcome",
        "client": "1",
        "sales_lead": "",
        "category": "",
        "person": "",
    }
    card = card_of(await desk.press("key user", Verb.REPORT_NARROW, q="closed", **picked))
    said = plain(card)
    assert "Prime" in said
    assert ("Gagnée" if french(desk) else "Won") in said
    assert ("300 000 €" if french(desk) else "€300,000") in said
    assert ("100 000 €" if french(desk) else "€100,000") not in said
    values = {name: value for name, value in _inputs(card).items() if value}
    assert values == {"year": "0", "breakdown": "outcome", "client": "1"}
    person = {**picked, "client": "", "person": object_id("engineer"), "breakdown": "stage"}
    mine = plain(card_of(await desk.press("key user", Verb.REPORT_NARROW, q="portfolio", **person)))
    assert ("100 000 €" if french(desk) else "€100,000") in mine


async def test_a_month_stays_while_its_year_does(desk: Desk, portfolio: None) -> None:
    title = "octobre 2026" if french(desk) else "October 2026"
    card = card_of(await desk.press("key user", Verb.REPORT_OPEN, q="closed.y2026.m10"))
    assert title in plain(card)
    assert "closed.y2026.m10" in text_of(card)
    by_client = card_of(
        await desk.press("key user", Verb.REPORT_NARROW, q="closed.y2026.m10", year="2026", breakdown="client")
    )
    assert title in plain(by_client)
    other = card_of(await desk.press("key user", Verb.REPORT_NARROW, q="closed.y2026.m10", year="2027"))
    assert title not in plain(other)
    assert "2027" in plain(other)


def _inputs(node: object) -> dict[str, object]:
    found: dict[str, object] = {}
    if isinstance(node, dict):
        if str(node.get("type", "")).startswith("Input."):
            found[node["id"]] = node.get("value")
        for inner in node.values():
            found |= _inputs(inner)
    elif isinstance(node, list):
        for inner in node:
            found |= _inputs(inner)
    return found


async def test_what_may_mean_several_things_is_asked_with_a_button_for_each(desk: Desk, portfolio: None) -> None:
    card = card_of(await desk.say("key user", "report pipeline 2027 c"))
    assert {"CTO", "CPO", "CEO"} & set(text_of(card).split('"'))
    assert Verb.REPORT_OPEN.value in verbs_of(card)
    unknown = card_of(await desk.say("key user", "report pipeline moonbase"))
    assert "moonbase" in text_of(unknown)
    assert verbs_of(unknown) == {Verb.REPORT_OPEN.value}


async def test_a_client_typed_by_name_narrows(desk: Desk, portfolio: None) -> None:
    said = plain(card_of(await desk.say("key user", "report success prime north")))
    assert "Prime › North" in said
    assert "100" in said


async def test_a_report_is_fetched_as_a_workbook_with_the_same_numbers(desk: Desk, portfolio: None) -> None:
    card = plain(await desk.card("key user", Verb.REPORT_FILE, q="pipeline.y2027"))
    assert f"{desk.public_url}/sheets/token-1" in card
    ticket = desk.read(lambda session: session.scalars(sa.select(DownloadTicket)).one())
    assert (ticket.kind, ticket.name) == (SheetKind.EXPORT, "pipeline.y2027.xlsx")
    made = report_file(desk.database, str(ticket.name), desk.language, desk.now, desk.around.company)
    sheet = openpyxl.load_workbook(io.BytesIO(made.content)).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == 1 + 3 + 3
    assert rows[1][1:4] == ("EUR", 1, 100_000)
    assert rows[1][8] == 20_000
    assert rows[-1][1:4] == ("USD", 1, 7000)
    assert sheet.freeze_panes == "B2"


async def test_every_report_is_a_workbook(desk: Desk, portfolio: None) -> None:
    for kind in reports_of():
        made = report_file(desk.database, f"{kind.code}.xlsx", desk.language, desk.now, desk.around.company)
        assert openpyxl.load_workbook(io.BytesIO(made.content)).worksheets


@pytest.mark.parametrize("by", ["engineer", "sales lead", "CEO", "admin"])
async def test_nobody_else_sees_a_report(desk: Desk, portfolio: None, by: str) -> None:
    for typed in ("report pipeline", "rapport taux de réussite"):
        assert isinstance(await desk.say(by, typed), TextReply)
    for verb in (Verb.REPORT_OPEN, Verb.REPORT_NARROW, Verb.REPORT_FILE):
        assert isinstance(await desk.press(by, verb, q="pipeline"), TextReply)
    assert desk.count(DownloadTicket) == 0


async def test_forged_questions_are_refused(desk: Desk) -> None:
    desk.staff()
    for verb in (Verb.REPORT_OPEN, Verb.REPORT_FILE, Verb.REPORT_NARROW):
        assert isinstance(await desk.press("key user", verb, q="salaries"), TextReply)
    forged: tuple[dict[str, Any], ...] = (
        {"client": "1.s2"},
        {"year": "x"},
        {"breakdown": "moon"},
        {"person": "nobody"},
        {"category": "a" * 70},
    )
    for picked in forged:
        assert isinstance(await desk.press("key user", Verb.REPORT_NARROW, q="pipeline", **picked), TextReply)
    assert desk.count(DownloadTicket) == 0
