"""The edges of what is shown: ten thousand tenders, endless and backward titles, midnight, summer time, week 53."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import sqlalchemy as sa

from bot.config import default
from bot.decisions.policy import decision_rules
from bot.decisions.rules import closes_at
from bot.teams.handlers.lists import MOST_PAGES, PAGE
from bot.teams.inbound import InboundKind
from bot.teams.replies import CardReply, SearchReply
from bot.tenders.models import Tender
from cards import words
from cards.check import MAX_BYTES
from cards.envelope import size
from cards.formats import days_left, deadline
from cards.verbs import Verb
from cards.views.reader import Reader
from tests.unit.teams_handlers.desk import MONDAY, Desk, text_of, values_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.database import Database

pytestmark = pytest.mark.slow
MANY = 10_000
TITLES = (
    "👩🏽\u200d🚀" * 500,
    "\u202eمنظومة الدفع الكهربائي\u2069 " * 80,
    "Mot " * 3_000,
    "x" * 12_000,
    "**_[`<at>&lt;" * 400,
)


@pytest.fixture
def desk(database: Database) -> Desk:
    """A staffed company that speaks French."""
    made = Desk(database)
    made.staff()
    return made


def fill(session: Session, now: datetime) -> None:
    """Ten thousand open tenders, each with an own deadline."""
    rows = [
        {
            "source": "esa",
            "native_id": str(number),
            "number": f"1-{number}",
            "raw_title": f"LANDER {number}",
            "title": f"Lander {number}",
            "tags": [],
            "description": "",
            "search_text": f"1-{number} lander {number}",
            "countries": [],
            "products": [],
            "technologies": [],
            "raw": {},
            "content_hash": "0",
            "matched": True,
            "match_reasons": [],
            "announced": True,
            "closes_at": now + timedelta(hours=number - 20_000 + 1),
            "first_seen_at": now,
            "changed_at": now,
        }
        for number in range(20_000, 20_000 + MANY)
    ]
    session.execute(sa.insert(Tender), rows)


async def test_ten_thousand_tenders(desk: Desk) -> None:
    desk.write(lambda session: fill(session, desk.now))
    first = text_of(await desk.say("CTO", "appels d'offres"))
    assert "Lander 20000" in first
    assert "Lander 20006" not in first, "six to a page"
    shown = set()
    for page in (0, 1, MOST_PAGES):
        card = await desk.card("CTO", Verb.TENDER_LIST, page)
        numbers = {
            number for number in range(page * PAGE, page * PAGE + PAGE) if f"Lander {20_000 + number}" in text_of(card)
        }
        assert len(numbers) == PAGE, page
        shown |= numbers
    assert len(shown) == 3 * PAGE
    beyond = await desk.card("CTO", Verb.TENDER_LIST, 2**31 - 1)
    assert f"{MOST_PAGES + 1}" in text_of(beyond), "the last page that can be turned to is the last that is counted"
    assert '"id": ' + str(MOST_PAGES + 1) not in text_of(beyond), "and has no next one"
    for sought in ("1-29999", "lander 29999"):
        found = text_of(await desk.say("CTO", f"chercher {sought}"))
        assert "Lander 29999" in found
        assert "Lander 20000" not in found
    results = await desk.send(desk.inbound(InboundKind.SEARCH, "CTO", verb="find", text="lander"))
    assert isinstance(results, SearchReply)
    assert 0 < len(results.results) <= 25


@pytest.mark.parametrize("title", TITLES, ids=("emoji", "backward", "words", "one-word", "markup"))
async def test_titles_of_any_kind_fit_on_every_card(desk: Desk, title: str) -> None:
    texts: dict[str, Any] = {
        "description": title,
        "raw_title": title,
        "search_text": title.lower(),
        "entity": title[:200],
    }
    tender_id = desk.tender(title=title, **texts)
    await desk.form("CTO", Verb.TENDER_DISMISS_OPEN, tender_id)
    round_id = await desk.round(tender_id)
    offer_id = desk.read(lambda session: session.scalar(sa.text("SELECT max(id) FROM offer")))
    note = title[:900]
    for verb in (Verb.ROUND_NO_GO_OPEN, Verb.ROUND_CONDITIONS_OPEN, Verb.ROUND_NEED_INFO_OPEN):
        await desk.form("CTO", verb, round_id)
    await desk.closed("CTO", Verb.ROUND_NEED_INFO, round_id, question=note)
    row = {"condition_text": title[:250], "condition_owner": "1", "condition_due": "2026-12-18"}
    conditions = {f"{name}_{number}": value for number in range(1, 6) for name, value in row.items()}
    await desk.closed("CPO", Verb.ROUND_GO_WITH_CONDITIONS, round_id, **conditions)
    for verb, number in (
        (Verb.TENDER_SHOW, tender_id),
        (Verb.OFFER_SHOW, offer_id),
        (Verb.ROUND_SHOW, round_id),
        (Verb.ROUND_SHOW_HISTORY, round_id),
        (Verb.TENDER_LIST, 0),
        (Verb.PENDING_SHOW, 0),
    ):
        await desk.card("CTO", verb, number)
    await desk.form("sales lead", Verb.EVALUATION_OPEN, offer_id)
    await desk.form("sales lead", Verb.TEAM_OPEN, offer_id)
    await desk.closed("CEO", Verb.ROUND_NO_GO, round_id, reason="", note=note)
    await desk.card("CTO", Verb.ROUND_SHOW, round_id)
    await desk.card("CTO", Verb.TENDER_SHOW, tender_id)
    await desk.form("sales lead", Verb.ROUND_REOPEN_OPEN, round_id)
    assert len(desk.shown) > 12
    assert max(size(card) for card in desk.shown) <= MAX_BYTES


@pytest.mark.parametrize(
    ("verb", "by", "typed", "kept"),
    [
        (Verb.EVALUATION_SUBMIT, "sales lead", {"budget": "1e308", "summary": "Court."}, {"summary": "Court."}),
        (Verb.EVALUATION_SUBMIT, "sales lead", {"effort_hours": "inf", "summary": "Court."}, {"summary": "Court."}),
        (Verb.EVALUATION_SAVE_DRAFT, "sales lead", {"risk_technical_level": "worst", "summary": "Court."}, {}),
        (Verb.EVALUATION_SUBMIT, "sales lead", {"budget": "12,345.678", "summary": "Court."}, {"summary": "Court."}),
        (Verb.TEAM_SAVE, "sales lead", {"member_1": "nobody", "member_role_1": "king"}, {}),
        (Verb.RFP_SAVE, "sales lead", {"title": "Antenne", "type": "poem"}, {"title": "Antenne"}),
        (Verb.RFP_SAVE, "sales lead", {"title": "Antenne", "closes_on": "x" * 7_000}, {"title": "Antenne"}),
        (Verb.ROLES_SAVE, "admin", {"role": "king", "change": "steal", "starts_on": "x" * 7_000}, {}),
        (Verb.TENDER_DISMISS, "CTO", {"reason": "whim", "note": "Non."}, {"note": "Non."}),
    ],
)
async def test_a_form_that_comes_back_shows_what_its_inputs_can_hold(
    desk: Desk, verb: Verb, by: str, typed: dict[str, str], kept: dict[str, str]
) -> None:
    tender_id = desk.tender()
    number = tender_id if verb is Verb.TENDER_DISMISS else await desk.evaluated(desk.tender("1-20002"))
    card = await desk.form(by, verb, number, **typed)
    assert len(orjson.dumps(card)) < MAX_BYTES
    shown = values_of(card)
    assert {name: shown[name] for name in kept} == kept


async def test_a_request_without_a_reference_can_be_put_aside(desk: Desk) -> None:
    tender_id = desk.tender("", source="client", entity="Client")
    assert "Client" in text_of(await desk.form("CTO", Verb.TENDER_DISMISS_OPEN, tender_id))


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """A moment, aware."""
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def reader(now: datetime, zone: str = "Europe/Paris") -> Reader:
    """Somebody who reads English at this moment."""
    return Reader(language=words.Language.EN, time_zone=zone, now=now)


@pytest.mark.parametrize(
    ("now", "moment", "zone", "left"),
    [
        # A minute before and after midnight in Paris.
        (utc(2026, 11, 25, 22, 59), utc(2026, 11, 25, 23, 1), "Europe/Paris", "tomorrow"),
        (utc(2026, 11, 25, 23, 1), utc(2026, 11, 26, 22, 59), "Europe/Paris", "today"),
        # The same moments are one day for somebody in Tokyo.
        (utc(2026, 11, 25, 22, 59), utc(2026, 11, 25, 23, 1), "Asia/Tokyo", "today"),
        # Summer time ends on 25 October: the day has 25 hours; it begins on 29 March: that day has 23.
        (utc(2026, 10, 24, 22, 30), utc(2026, 10, 25, 22, 30), "Europe/Paris", "today"),
        (utc(2026, 10, 24, 12, 0), utc(2026, 10, 25, 12, 0), "Europe/Paris", "tomorrow"),
        (utc(2026, 3, 28, 23, 30), utc(2026, 3, 29, 21, 30), "Europe/Paris", "today"),
        (utc(2026, 3, 28, 12, 0), utc(2026, 3, 30, 12, 0), "Europe/Paris", "2"),
        # 2026 has a week 53; New Year lies in it.
        (utc(2026, 12, 31, 12, 0), utc(2027, 1, 3, 12, 0), "Europe/Paris", "3"),
        (utc(2026, 12, 31, 22, 59), utc(2026, 12, 31, 23, 1), "Europe/Paris", "tomorrow"),
        (utc(2026, 12, 31, 12, 0), utc(2026, 12, 31, 11, 59), "Europe/Paris", "past"),
    ],
)  # fmt: skip
def test_days_left_are_calendar_days_of_the_reader(now: datetime, moment: datetime, zone: str, left: str) -> None:
    assert left in days_left(moment, reader(now, zone)).lower()


def test_a_deadline_in_the_repeated_hour_is_shown_in_local_time() -> None:
    first, second = utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 30)
    shown = {deadline(moment, reader(utc(2026, 10, 24, 12, 0))) for moment in (first, second)}
    assert all("02:30" in one for one in shown)


@pytest.mark.parametrize(
    "opened",
    [
        utc(2026, 10, 23, 9, 0),
        utc(2026, 3, 27, 9, 0),
        utc(2026, 12, 30, 9, 0),
        utc(2026, 12, 31, 22, 59, 59),
        utc(2027, 1, 1, 0, 0),
    ],
)
def test_a_round_opened_at_an_odd_moment_closes_on_a_working_day(opened: datetime) -> None:
    closing = closes_at(opened, None, decision_rules(default()))
    assert closing - opened >= timedelta(days=2, hours=23)
    assert closing.isoweekday() <= 5
    assert (closing.month, closing.day) != (1, 1)


async def test_a_first_look_long_after_the_last_still_lists(desk: Desk) -> None:
    desk.tender()
    desk.later(days=400)
    reply = await desk.say("CTO", "appels d'offres")
    assert isinstance(reply, CardReply)
    assert "Thermal protection" not in text_of(reply)
    assert desk.now > MONDAY
