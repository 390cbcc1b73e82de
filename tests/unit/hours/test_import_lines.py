"""Lines of a file of past hours: headings in two languages, weeks, days, hours, and what is wrong with each."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.hours.import_lines import Said, UnfitError, day_of, quarters_of, read_lines, week_of
from bot.spreadsheets import ImportReport, csv_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

MONDAY = date(2025, 2, 10)
KNOWN = "the columns are person, offer, week or date, hours, reason (personne, offre, semaine ou date, heures, motif)"


def read(text: str) -> tuple[list[Said], list[tuple[int, str]]]:
    report = ImportReport()
    return read_lines(csv_lines(text), report, lambda _words: None), report.problems


def read_rows(*rows: Sequence[Any]) -> tuple[list[Said], list[tuple[int, str]]]:
    report = ImportReport()
    return read_lines(enumerate(rows, start=1), report, lambda _words: None), report.problems


@pytest.mark.parametrize(
    "text",
    [
        "person,offer,week,hours,reason\nengineer,S580,2025-W07,7.5,Trial 🚀\n",
        "\ufeffPersonne;Offre;Semaine;Heures;Motif\nengineer;S580;2025-S07;7,5;Trial 🚀\n",
        "HEURES;Note;e-mail;N° d’offre;Semaine\n7h30;Trial  🚀;engineer;S580;10/02/2025\n",
        "hours,comment,Entra object id,Référence,iso_week\n 7:30 ,Trial 🚀,engineer,S580,2025-02-16\n",
    ],
)
def test_a_file_may_speak_french_or_english_in_any_order(text: str) -> None:
    assert read(text) == ([Said(2, "engineer", "S580", MONDAY, None, 30, "Trial 🚀")], [])


def test_a_date_counts_and_a_week_beside_it_must_agree() -> None:
    heading = "person,offer,week,date,hours\n"
    assert read(heading + "engineer,S580,2025-W07,2025-02-14,2\nengineer,S580,,14.02.2025,3\n") == (
        [
            Said(2, "engineer", "S580", MONDAY, date(2025, 2, 14), 8, ""),
            Said(3, "engineer", "S580", MONDAY, date(2025, 2, 14), 12, ""),
        ],
        [],
    )
    assert read(heading + "engineer,S580,2025-W08,2025-02-14,2\n")[1] == [
        (2, "date is not in week: correct one of them.")
    ]


@pytest.mark.parametrize(
    ("line", "problems"),
    [
        (",S580,2025-W07,1,", ["Personne is empty."]),
        ("engineer,,2025-W07,,", ["Offre is empty.", "Heures is empty."]),
        (
            "engineer,S580,,1,",
            ["neither week nor date: write a week such as 2025-W07, or a date such as 2025-02-14."],
        ),
        (
            "engineer,S580,week 7,1,",
            ["Semaine 'week 7': write a week such as 2025-W07 or 2025-S07, or a date in it such as 2025-02-14."],
        ),
        ("engineer,S580,2025-W53,1,", ["Semaine '2025-W53': 2025 has no week 53."]),
        ("engineer,S580,1025-W01,1,", ["Semaine '1025-W01': before 2000: write the year with four digits."]),
        ("engineer,S580,2025-W07,x,", ["Heures 'x': no number of hours: write 7.5, 7,5 or 7h30."]),
        ("engineer,S580,2025-W07,=1+2,", ["Heures '=1+2': no number of hours: write 7.5, 7,5 or 7h30."]),
        (
            "engineer,S580,2025-W07,-1,",
            ["Heures '-1': below zero: write how many hours were worked in all, 0 if none."],
        ),
        ("engineer,S580,2025-W07,7.1,", ["Heures '7.1': hours are counted in quarters: write 7 or 7.25."]),
        ("engineer,S580,2025-W07,10.9,", ["Heures '10.9': hours are counted in quarters: write 10.75 or 11."]),
        (
            "engineer,S580,2025-W07,81,",
            ["Heures '81': more than 80 hours in one week: write how many hours were worked."],
        ),
        (
            "engineer,S580,2025-W07,7,Trial, too",
            ["more values than columns: put a value that holds a separator between double quotes."],
        ),
        (
            "engineer,S580,2025-W07,7,5",
            ["Motif '5': only digits: if they are decimals, put the hours, such as 7,5, between double quotes."],
        ),
        (f"{'e' * 201},S580,2025-W07,7,", [f"Personne {'e' * 200!r}: longer than 200 characters."]),
    ],
)
def test_what_is_wrong_with_a_line_is_said_with_its_column(line: str, problems: list[str]) -> None:
    said, found = read(f"Personne,Offre,Semaine,Heures,Motif\nengineer,S580,2025-W06,1,\n{line}\n")
    assert [problem for _line, problem in found] == problems
    assert {number for number, _problem in found} == {3}
    assert [one.line for one in said] == [2], "the good lines are read on, so that every bad one is named"


@pytest.mark.parametrize(
    ("heading", "problem"),
    [
        ("person,offer,hours", f"unknown columns [], missing columns ['week or date']; {KNOWN}, each once."),
        (
            "person,week,hours,total",
            f"unknown columns ['total'], missing columns ['offer']; {KNOWN}, each once.",
        ),
        (
            "Name,Nom,Offre,Semaine,Heures",
            f"unknown columns [], missing columns [], columns that mean the same ['Name and Nom']; {KNOWN}, each once.",
        ),
    ],
)
def test_wrong_headings_are_told_with_the_right_ones(heading: str, problem: str) -> None:
    assert read(heading + "\n1,2,3,4,5\n") == ([], [(1, problem)])


@pytest.mark.parametrize("text", ["", "\ufeff", "\n\n", ";;;\n"])
def test_an_empty_file_is_told(text: str) -> None:
    assert read(text) == ([], [(1, f"the file is empty; {KNOWN}.")])


def test_empty_lines_are_passed_over_and_lines_keep_their_numbers() -> None:
    said, problems = read("\nperson,offer,week,hours\n\n,,,\nengineer,S580,2025-W07,1\n")
    assert ([one.line for one in said], problems) == ([5], [])


def test_what_is_no_csv_ends_the_reading_and_is_told() -> None:
    heading = "person,offer,week,hours\n"
    said, problems = read(f"{heading}engineer,S580,2025-W07,1\n{'x' * 200_000},S580,2025-W07,1\n,,,9\n")
    assert [one.line for one in said] == [2]
    assert problems == [(3, "this is no CSV line: field larger than field limit (131072).")]


def test_a_spreadsheets_own_days_numbers_and_times_are_understood() -> None:
    heading = ("person", "offer", "week", "hours", "note")
    said, problems = read_rows(
        heading,
        ("engineer", "S580", datetime.fromisoformat("2025-02-12"), 7.5, None),
        ("engineer", "S580", date(2025, 2, 12), 8, 12.0),
        ("engineer", 580.0, "2025-W07", time(7, 30), ""),
        ("engineer", "S580", "2025-W07", timedelta(hours=31, minutes=15)),
        ("engineer", "S580", "2025-W07", 0.1 + 0.1 + 0.05, True),
    )
    assert problems == []
    assert [one.quarters for one in said] == [30, 32, 30, 125, 1]
    assert {one.week_on for one in said} == {MONDAY}
    assert [one.offer for one in said] == ["S580", "S580", "580", "S580", "S580"]
    assert [one.reason for one in said] == ["", "12", "", "", "True"]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (datetime.fromisoformat("1900-01-07"), "a date stands here: write hours such as 7.5, 7,5 or 7h30."),
        (7.1, "hours are counted in quarters: write 7 or 7.25."),
        (time(0, 20), "hours are counted in quarters: write 0.25 or 0.5."),
        (-2.0, "below zero: write how many hours were worked in all, 0 if none."),
        ("#DIV/0!", "no number of hours: write 7.5, 7,5 or 7h30."),
        (float("nan"), "no number of hours: write 7.5, 7,5 or 7h30."),
    ],
)
def test_a_spreadsheets_own_values_can_be_wrong_too(value: Any, problem: str) -> None:  # noqa: ANN401
    with pytest.raises(UnfitError) as unfit:
        quarters_of(value)
    assert str(unfit.value) == problem


@pytest.mark.parametrize(
    ("text", "monday"),
    [
        ("2025-W07", MONDAY),
        ("2025s7", MONDAY),
        ("2025 S07", MONDAY),
        ("S7/2025", MONDAY),
        ("w07-2025", MONDAY),
        ("2025-02-16", MONDAY),
        ("2020-W53", date(2020, 12, 28)),
        ("2026-W53", date(2026, 12, 28)),
        ("2025-W01", date(2024, 12, 30)),
        ("01/01/2021", date(2020, 12, 28)),
        ("29/02/2024", date(2024, 2, 26)),
    ],
)
def test_weeks(text: str, monday: date) -> None:
    assert week_of(text) == monday


@pytest.mark.parametrize("text", ["2025-07", "7", "2025-W00", "2021-W53", "29/02/2025", "W7", "2025-W07-3", "²025-W07"])
def test_what_is_no_week(text: str) -> None:
    with pytest.raises(UnfitError):
        week_of(text)


@pytest.mark.parametrize("text", ["2025-W07", "02/14/2025", "14/02.2025", "14/02/25", "2025-02-30"])
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(UnfitError, match="write a date such as 2025-02-14 or 14/02/2025"):
        day_of(text)
