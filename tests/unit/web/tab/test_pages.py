"""Each page says what its person needs, in their language, and nothing typed by somebody becomes HTML."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING

import pytest

from bot.decisions.tickets import Leave, SheetKind, redeem
from bot.handover import service as handover
from bot.offers import service as offers
from bot.offers.models import Outcome
from bot.reports.catalogue import kind_of, reports_of, run
from bot.reports.downloads import report_file
from bot.reports.shape import By, ReportQuery
from bot.reports.wording import shown
from bot.reviews import service as reviews
from cards.formats import month
from cards.texts import texts
from cards.views import Reader
from cards.words import Language
from tests.tab_company import MARK

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.unit.web.tab.visit import Visit

HOLE = re.compile(r"\{[a-z_]+\}|None")
READERS = {
    "/": "CEO",
    "/pipeline": "engineer",
    "/pipeline?view=table": "engineer",
    "/pipeline?stage=SNT&page=2": "engineer",
    "/pipeline?outcome=lost": "engineer",
    "/offers/{full}": "engineer",
    "/offers/{full}?documents=2&events=2": "engineer",
    "/hours": "sales lead",
    "/conflicts/{conflict}": "sales lead",
    "/sync": "key user",
    "/reports": "key user",
    "/reports?report=pipeline&by=client&year=2026": "key user",
    "/people": "admin",
    "/people/{person}?change=take&role=ceo": "admin",
    "/people/{person}?change=deputy&deputy=1&starts_on=2026-12-09&ends_on=2026-12-01": "admin",
    "/rules": "admin",
    "/rules?file=stages.toml": "key user",
}


def ordinary(text: str) -> str:
    """A text of the catalogue as :meth:`Visit.get` gives it."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize("path", READERS)
async def test_every_page_is_whole(visit: Visit, path: str) -> None:
    person = visit.desk.person_id("CEO")
    address = path.format(full=visit.ids.full, conflict=visit.ids.conflict, person=person)
    status, html = await visit.get(READERS[path], address)
    assert status == 200
    assert f'lang="{visit.desk.language}"' in html
    shown = re.sub(r"<textarea.*?</textarea>", "", html, flags=re.DOTALL)
    assert HOLE.findall(re.sub(r"<[^>]*>", "", shown)) == []
    assert html.count("<h1>") == 1
    assert "<script" not in html
    assert not re.search(r"\s(style|on\w+)=", html)


async def test_my_day_of_somebody_who_has_everything(visit: Visit) -> None:
    t = texts(visit.desk.language)
    _, html = await visit.get("sales lead")
    assert ordinary(t("tab.no_votes")) in html
    assert f"/tab/conflicts/{visit.ids.conflict}" in html
    assert t("tab.overdue") in html
    _, html = await visit.get("CEO")
    assert f"/tab/offers/{visit.ids.voting}" in html
    assert "https://teams.microsoft.com/l/chat/0/0?users=28:" in html
    _, html = await visit.get("engineer")
    assert "S599" in html.partition('id="hours"')[2].partition("</section>")[0]


async def test_what_my_day_has_no_room_for_is_one_press_away(visit: Visit) -> None:
    _, html = await visit.get("sales lead")
    due = html.partition('id="due"')[2].partition("</section>")[0]
    shown, total = due.count("<li>"), int(re.findall(r'class="count">(\d+)<', due)[0])
    assert total > shown
    assert ordinary(texts(visit.desk.language).n("tab.more_due", total - shown)) in due
    assert "message=deadlines" in due


async def test_my_day_of_a_quiet_day(empty_tab: Visit) -> None:
    t = texts("fr")
    _, html = await empty_tab.get("engineer")
    for key in ("tab.no_votes", "tab.no_weeks", "tab.no_conflicts"):
        assert ordinary(t(key)) in html
    assert ordinary(t("tab.no_due", days=30)) in html


async def test_what_somebody_typed_stays_text(french: Visit) -> None:
    _, html = await french.get("engineer", f"/offers/{french.ids.full}")
    assert "&lt;b&gt;for&lt;/b&gt;" in html
    assert "<b>for" not in html
    _, html = await french.get("engineer", "/pipeline?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script" not in html


async def test_the_board_counts_every_stage_and_shows_the_first_offers(french: Visit) -> None:
    _, html = await french.get("engineer", "/pipeline")
    column = html.partition('id="stage-SNT"')[2].partition("</section>")[0]
    assert '<span class="count">8</span>' in column
    assert column.count('class="card"') == 6
    assert "/tab/pipeline?view=table&amp;stage=SNT" in column


async def test_the_table_finds_by_words_and_keeps_its_filters(french: Visit) -> None:
    _, html = await french.get("engineer", "/pipeline?view=table&q=coating")
    assert html.count("<tr>") == 2
    assert "S599" in html
    assert 'value="coating"' in html
    _, html = await french.get("engineer", "/pipeline?mine=1&view=table")
    assert f"/tab/offers/{french.ids.full}" in html
    assert html.count("<tr>") == 2
    status, html = await french.get("engineer", "/pipeline?view=table&page=999999&stage=nowhere&outcome=odd")
    assert status == 200
    assert MARK in html


async def test_a_page_of_an_offer_has_its_lists_leafed_through(french: Visit) -> None:
    _, first = await french.get("engineer", f"/offers/{french.ids.full}")
    _, second = await french.get("engineer", f"/offers/{french.ids.full}?documents=2")
    assert "Minutes 9" in first or "Minutes 9" in second
    names = [f"Minutes {number}" for number in range(10)]
    lists = [html.partition('id="list-documents"')[2].partition("</section>")[0] for html in (first, second)]
    assert sorted(name for html in lists for name in names if name in html) == names
    assert f"/tab/offers/{french.ids.full}?documents=2" in first


async def test_an_offer_is_changed_in_the_chat_where_its_card_is_asked_for(french: Visit) -> None:
    _, html = await french.get("engineer", f"/offers/{french.ids.full}")
    assert "l/chat/0/0?users=28:" in html
    assert "message=offer%20S599" in html
    _, html = await french.get("engineer", f"/offers/{french.ids.voting}")
    assert "l/chat/0/0" not in html, "without a number there is nothing to ask for"


async def test_the_hours_of_my_team_name_who_said_nothing(french: Visit) -> None:
    _, html = await french.get("sales lead", "/hours")
    gaps = html.partition('id="absent"')[2].partition("</section>")[0]
    assert "engineer" in gaps
    assert "S599" in gaps
    _, html = await french.get("engineer", "/hours")
    gaps = html.partition('id="absent"')[2].partition("</section>")[0]
    assert "engineer" not in gaps, "who owns no offer is not told who misses hours"


async def test_a_choice_between_two_values_is_made_once(french: Visit) -> None:
    path = f"/conflicts/{french.ids.conflict}"
    status, html = await french.post("engineer", f"{path}/ours")
    assert status == 403
    assert french.changes == []
    status, html = await french.post("sales lead", f"{path}/ours")
    assert status == 200
    assert ordinary(texts("fr")("tab.said_chosen")) in html
    assert french.changes == [None]
    _, html = await french.post("sales lead", f"{path}/theirs")
    assert ordinary(texts("fr")("tab.conflict_kept_ours", name="sales lead")) in html


async def test_a_stuck_record_is_tried_again(french: Visit) -> None:
    _, html = await french.get("key user", "/sync")
    assert f"/tab/data/sync/rows/{french.ids.stuck}/retry" in html
    assert ordinary(texts("fr")("sync.record_opportunity")) in html, "an offer has several records in one system"
    status, html = await french.post("key user", f"/sync/rows/{french.ids.stuck}/retry")
    assert status == 200
    assert ordinary(texts("fr")("sync.said_retrying")) in html
    status, _ = await french.post("key user", "/sync/systems/nowhere/retry")
    assert status == 404
    status, _ = await french.post("key user", "/sync/systems/pipedrive/retry")
    assert status == 200


async def test_people_with_their_roles_and_deputies(french: Visit) -> None:
    _, html = await french.get("admin", "/people?q=sales")
    assert "sales lead" in html
    assert html.count("<tr>") == 2
    _, html = await french.get("admin", "/people?q=nobody+at+all")
    assert ordinary(texts("fr")("tab.nobody_found")) in html


async def test_a_mistake_in_a_rule_is_named_with_its_line(french: Visit) -> None:
    typed = "threshold = 10\n\n[[rule]]\ncode = 'x'\nwordz = ['hinge']\n"
    status, html = await french.post("admin", "/rules", {"file": "watch.toml", "text": typed})
    assert status == 200
    assert "Ligne 5" in html
    assert "Did you mean &#39;words&#39;?" in html
    assert "wordz = [&#39;hinge&#39;]" in html, "what was typed is still there"


async def test_other_watch_rules_say_which_tenders_they_would_find(french: Visit) -> None:
    unknown = {"matched": False, "description": "", "technologies": [], "products": [], "countries": []}
    french.desk.tender("1-40001", "Magnetic bearing for a wheel", **unknown)
    typed = "threshold = 10\n[[rule]]\ncode = 'bearing'\nwords = ['magnetic bearing']\n"
    _, html = await french.post("admin", "/rules", {"file": "watch.toml", "text": typed})
    found = html.partition('id="foreseen"')[2].partition("<form")[0]
    assert "1-40001" in found
    assert "bearing" in found


async def test_other_stages_say_which_offers_they_concern(french: Visit) -> None:
    _, html = await french.get("admin", "/rules?file=stages.toml")
    before = html.partition("<textarea")[2].partition("</textarea>")[0].partition(">")[2]
    text = before.replace("&#34;", '"').replace("&#39;", "'").replace("&amp;", "&")
    assert 'code = "SNT"' in text
    _, html = await french.post("admin", "/rules", {"file": "stages.toml", "text": text})
    assert ordinary(texts("fr")("tab.no_change")) in html
    gone = text.replace('code = "SNT"', 'code = "SND"')
    _, html = await french.post("admin", "/rules", {"file": "stages.toml", "text": gone})
    assert texts("fr")("tab.stage_removed") in html
    assert "8 offres dans cette étape" in html
    status, _ = await french.post("admin", "/rules", {"file": "../stages.toml", "text": ""})
    assert status == 404


@pytest.mark.parametrize("code", [kind.code for kind in reports_of()])
async def test_every_report_is_a_page_with_all_its_filters(visit: Visit, code: str) -> None:
    status, html = await visit.get("key user", f"/reports?report={code}")
    assert status == 200
    assert ordinary(texts(visit.desk.language)(f"reports.title_{code}")) in html
    for one in kind_of(code).filters:
        assert f'name="{one.value}"' in html
    person = visit.desk.person_id("engineer")
    narrowed = f"/reports?report={code}&person={person}&client=999999&category=nowhere&year=20x6&by=nothing&page=0"
    for path in (narrowed, narrowed.replace("reports?", "reports/figures?"), f"/reports/figures?report={code}"):
        assert (await visit.get("key user", path))[0] == 200


async def test_a_report_says_the_same_as_the_catalogue(french: Visit) -> None:
    _, html = await french.get("key user", "/reports/figures?report=hours&by=person&year=2026")
    by_person = ReportQuery(year=2026, by=By.PERSON)
    report = french.desk.read(
        lambda session: run(session, kind_of("hours"), by_person, french.desk.around.company, french.desk.now)
    )
    reader = Reader(Language.FR, "Europe/Paris", french.desk.now)
    body = html.partition("<tbody>")[2]
    assert report.rows
    for row in (*report.rows, *report.totals):
        for column, cell in zip(report.columns, row, strict=True):
            assert ordinary(shown(column, cell, reader)) in body
    chart = json.loads(unescape(html.partition('data-chart="')[2].partition('"')[0]))
    assert [one["tone"] for one in chart["series"]] == ["good", "attention", "warning", "neutral", "accent"]
    assert chart["labels"] == [shown(report.columns[0], row[0], reader) for row in report.rows]


async def test_the_files_of_a_report_are_fetched_with_a_ticket(french: Visit) -> None:
    leave = await fetched(french, {"file": "picture", "year": "2026"})
    assert (leave.kind, leave.subject_id) == (SheetKind.HOURS_PICTURE, 2026)
    leave = await fetched(french, {"file": "workbook", "report": "pipeline", "by": "stage", "year": "2026"})
    assert (leave.kind, leave.name) == (SheetKind.EXPORT, "pipeline.y2026.bstage.xlsx")
    file = report_file(french.desk.database, leave.name, "fr", french.desk.now, french.desk.around.company)
    assert file.content.startswith(b"PK")
    status, _ = await french.post("key user", "/reports/files", {"file": "passwords"})
    assert status == 404


async def fetched(visit: Visit, typed: dict[str, str]) -> Leave:
    """What the link is for that a press on a button gives."""
    status, html = await visit.post("key user", "/reports/files", typed)
    assert status == 200
    link = re.search(r'href="(https://offerdesk\.example/sheets/[^"]+)"', html)
    assert link is not None
    leave = visit.desk.write(lambda session: redeem(session, link[1].rpartition("/")[2], visit.desk.now))
    assert leave is not None
    return leave


async def test_my_day_has_the_reviews_and_the_projects_that_wait(visit: Visit) -> None:
    desk = visit.desk
    day_after = desk.now.date() + timedelta(days=1)

    def given(session: Session) -> int:
        lead, company = desk.person(session, "sales lead"), desk.around.company
        typed = {"due_on": day_after.isoformat()}
        offer_id = reviews.ask(session, visit.ids.full, typed, company=company, actor=lead, now=desk.now).offer_id
        won = offers.by_id(session, visit.ids.voting)
        won.outcome, won.number, won.project_number = Outcome.WON, "S700", "S700P"
        manager = desk.person(session, "project manager")
        handover.hand_to(session, won, manager.id, None, actor=lead, now=desk.now)
        return offer_id

    offer_id = desk.write(given)
    t = texts(desk.language)
    for name in ("CTO", "CEO"):
        _, html = await visit.get(name)
        votes = html.partition('id="votes"')[2].partition("</section>")[0]
        assert ordinary(t("tab.day_reviews")) in votes
        assert f'href="/tab/offers/{offer_id}"' in votes
    _, html = await visit.get("CPO")
    assert t("tab.day_reviews") not in html, "only the configured seats are asked"
    _, html = await visit.get("project manager")
    votes = html.partition('id="votes"')[2].partition("</section>")[0]
    assert ordinary(t("tab.day_handovers")) in votes
    assert "S700P" in votes


async def test_a_report_is_narrowed_to_a_month_of_a_chosen_year(visit: Visit) -> None:
    t = texts(visit.desk.language)
    _, html = await visit.get("key user", "/reports?report=closed")
    assert 'name="month"' not in html, "a month is one of a year"
    _, html = await visit.get("key user", "/reports?report=closed&year=2026&month=11")
    months = html.partition('<select name="month">')[2].partition("</select>")[0]
    assert f'<option value="">{t("tab.all_months")}' in months
    assert f'<option value="11" selected>{month(11, Language(visit.desk.language))}<' in months
    assert months.count("<option") == 13
    assert "year=2026&amp;month=11" in html.partition('id="figures"')[2].partition(">")[0]
    for nonsense in ("13", "0", "-1", "1e1", "x"):
        status, html = await visit.get("key user", f"/reports?report=closed&year=2026&month={nonsense}")
        assert status == 200
        assert '<option value="" selected>' in html.partition('<select name="month">')[2].partition("</select>")[0]
