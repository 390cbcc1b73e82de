"""What people type after ``report``: read in both languages, names taken only when they can mean one thing."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from bot import config
from bot.errors import NotFound
from bot.reports.asked import Asked, read, written
from bot.reports.asking import Said, Unclear, understood
from bot.reports.asking import read as read_words
from bot.reports.catalogue import kind_of, reports_of
from bot.reports.shape import By, Filter, ReportQuery
from bot.reports.vocabulary import BREAKDOWNS, REPORTS, TOGETHER
from tests.unit.reports.history import make

if TYPE_CHECKING:
    from bot.database import Database

COMPANY = config.default()


@pytest.mark.parametrize(
    ("typed", "code", "year", "by"),
    [
        ("hours", "hours", 0, None),
        ("heures", "hours", 0, None),
        ("Hours 2026", "hours", 2026, None),
        ("hours 2026 by person", "hours", 2026, By.PERSON),
        ("heures par catégorie 2025", "hours", 2025, By.CATEGORY),
        ("heures de l’année 2026 par offre", "hours", 2026, By.OFFER),
        ("hours by year", "hours", 0, By.YEAR),
        ("hours per year", "hours", 0, By.YEAR),
        ("heures par année", "hours", 0, By.YEAR),
        ("heures par filiale", "hours", 0, By.ENTITY),
        ("hours client", "hours", 0, By.CLIENT),
        ("hours missing", "missing", 0, None),
        ("heures manquantes 2026", "missing", 2026, None),
        ("tenders 2026", "tenders", 2026, None),
        ("appels d’offres par année", "tenders", 0, By.YEAR),
        ("offers sent by client", "sent", 0, By.CLIENT),
        ("offres envoyées 2026 par mois", "sent", 2026, By.MONTH),
        ("pipeline", "pipeline", 0, None),
        ("pipeline pondéré 2027 par commercial", "pipeline", 2027, By.SALES_LEAD),
        ("portfolio by stage", "portfolio", 0, By.STAGE),
        ("portfolio by sales lead", "portfolio", 0, By.SALES_LEAD),
        ("portefeuille par étape", "portfolio", 0, By.STAGE),
        ("portefeuille par responsable commercial", "portfolio", 0, By.SALES_LEAD),
        ("closed by stage", "closed", 0, By.STAGE),
        ("closed by sales lead 2025", "closed", 2025, By.SALES_LEAD),
        ("offres closes par étape", "closed", 0, By.STAGE),
        ("offres clôturées par commercial", "closed", 0, By.SALES_LEAD),
        ("stages", "stages", 0, None),
        ("durées par étape", "stages", 0, None),
        ("days in each stage", "stages", 0, None),
        ("win rates by client", "success", 0, By.CLIENT),
        ("taux de réussite 2026", "success", 2026, None),
        ("origins", "origins", 0, None),
        ("campagnes", "origins", 0, By.CAMPAIGN),
        ("go/no-go decisions", "decisions", 0, None),
        ("décisions par mois", "decisions", 0, By.MONTH),
        ("échéances", "deadlines", 0, None),
        ("planned against spent", "planned", 0, None),
        ("prévu et passé par client", "planned", 0, By.CLIENT),
    ],
)
def test_reports_years_and_breakdowns_are_read_in_both_languages(
    typed: str, code: str, year: int, by: By | None
) -> None:
    assert read_words(typed) == Said(code, year, by, [])


@pytest.mark.parametrize("typed", ["", "2026", "weather", "pipeline by campaign", "missing by month"])
def test_what_names_no_report_is_none(typed: str) -> None:
    assert read_words(typed) is None


def test_names_are_kept_for_looking_up() -> None:
    assert read_words("pipeline client agency north 2026") == Said(
        "pipeline", 2026, None, [(Filter.CLIENT, "agency north")]
    )
    assert read_words("report of the moon") is None
    assert read_words("hours of the moon") == Said("hours", 0, None, [(None, "moon")])
    assert read_words("pipeline commercial s. lead") == Said("pipeline", 0, None, [(Filter.SALES_LEAD, "s lead")])


def test_every_word_means_something_that_exists() -> None:
    codes = {kind.code for kind in reports_of()}
    assert {code for code, _by in REPORTS.values()} == codes
    assert set(TOGETHER.values()) <= set(REPORTS) | set(BREAKDOWNS)
    assert all(by is None or by in kind_of(code).breakdowns for code, by in REPORTS.values())


@pytest.fixture
def filled(database: Database) -> Database:
    database.write_now(lambda session: make(session, 1))
    return database


def ask(database: Database, typed: str) -> Asked | Unclear | None:
    return database.read_now(partial(understood, typed=typed, company=COMPANY))


def test_a_name_that_means_one_thing_is_taken(filled: Database) -> None:
    assert ask(filled, "pipeline 2026 C. 3") == Asked(kind_of("pipeline"), ReportQuery(2026, sales_lead=4))
    assert ask(filled, "hours colleague 3") == Asked(kind_of("hours"), ReportQuery(person=4))
    assert ask(filled, "pipeline personne colleague 3") == Asked(kind_of("pipeline"), ReportQuery(person=4))
    assert ask(filled, "closed group 0") == Asked(kind_of("closed"), ReportQuery(client=1))
    assert ask(filled, "closed group 1 entity 1.0 by stage") == Asked(
        kind_of("closed"), ReportQuery(client=3, by=By.STAGE)
    )
    assert ask(filled, "win rate thermique") == Asked(kind_of("success"), ReportQuery(category="thermal"))
    assert ask(filled, "portfolio category electronics client group 2") == Asked(
        kind_of("portfolio"), ReportQuery(category="electronics", client=5)
    )


def test_a_name_that_may_mean_several_things_is_asked(filled: Database) -> None:
    found = ask(filled, "pipeline colleague")
    assert isinstance(found, Unclear)
    assert [(one.field, one.name) for one in found.choices][:2] == [
        (Filter.SALES_LEAD, "Colleague 0"),
        (Filter.SALES_LEAD, "Colleague 1"),
    ]
    assert found.choices[0].asked.query.sales_lead == 1


def test_a_misspelt_name_is_offered_never_taken(filled: Database) -> None:
    found = ask(filled, "pipeline 2026 thermqiue")
    assert isinstance(found, Unclear)
    assert [one.asked.query for one in found.choices] == [ReportQuery(2026, category="thermal")]


def test_an_unknown_name_leaves_the_rest_of_the_question(filled: Database) -> None:
    found = ask(filled, "pipeline 2026 moonbase")
    assert isinstance(found, Unclear)
    assert (found.words, found.choices, found.asked.query) == ("moonbase", (), ReportQuery(2026))
    missing = ask(filled, "missing client group 0")
    assert isinstance(missing, Unclear)
    assert missing.choices == ()
    assert ask(filled, "weather") is None


def test_a_question_comes_back_as_it_was_written() -> None:
    for kind in reports_of():
        whole = ReportQuery(2026, 12, 3, "radio_frequency", 4, kind.breakdowns[-1])
        for query in (ReportQuery(), whole, ReportQuery(2026, month=10), replace(whole, month=12)):
            asked = Asked(kind, query)
            assert read(written(asked)) == asked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "weather",
        "pipeline.y12",
        "pipeline.y0",
        "pipeline.m3",
        "pipeline.y2026.m13",
        "pipeline.y2026.m0",
        "pipeline.c-1",
        "pipeline.c1.c2",
        "pipeline.bcampaign",
        "pipeline.k'x",
        "pipeline.zoo",
        "pipeline.",
        "pipeline" + ".y2026" * 20,
        "pipeline.c\u0661",
    ],
)
def test_a_forged_question_is_refused(text: str) -> None:
    with pytest.raises(NotFound):
        read(text)


def test_a_question_too_long_for_a_ticket_is_refused() -> None:
    query = ReportQuery(2026, 123456789, 123456789, "k" * 40, 123456789, By.SALES_LEAD)
    with pytest.raises(NotFound):
        written(Asked(kind_of("pipeline"), query))
