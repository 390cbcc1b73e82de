"""Hours as people type them, in French and English: what is understood, what is asked, what is something else."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Refused
from bot.hours.errors import BelowZero, NotQuarters, TooManyHours
from bot.hours.spoken import Asked, Problem, Said, Spoken, understand_hours, wants_to_log

TODAY = date(2026, 11, 25)
"""A Wednesday."""
YESTERDAY, MONDAY, FRIDAY = date(2026, 11, 24), date(2026, 11, 23), date(2026, 11, 20)


def heard(text: str, language: str = "fr") -> Spoken:
    found = understand_hours(text, TODAY, language)
    assert found is not None, text
    return found


@pytest.mark.parametrize(
    ("text", "hours", "number", "day"),
    [
        ("log 3.5 S580", 3.5, "S580", TODAY),
        ("LOG 3,5 s580", 3.5, "S580", TODAY),
        ("heures S580 7,5", 7.5, "S580", TODAY),
        ("hours 7.5 S580", 7.5, "S580", TODAY),
        ("3h30 S580 yesterday", 3.5, "S580", YESTERDAY),
        ("3h30 S580 hier", 3.5, "S580", YESTERDAY),
        ("S580 2h lundi", 2, "S580", MONDAY),
        ("S580 2h Monday", 2, "S580", MONDAY),
        ("S580: 2h lun.", 2, "S580", MONDAY),
        ("log 2 S580 23/11", 2, "S580", MONDAY),
        ("log 2 S580 23/11/26", 2, "S580", MONDAY),
        ("log 2 S580 23.11.2026", 2, "S580", MONDAY),
        ("log 4 h S580 2026-11-23", 4, "S580", MONDAY),
        ("log S580 8 h 23/11", 8, "S580", MONDAY),
        ("3 h 23 nov S580", 3, "S580", MONDAY),
        ("log 3 S580 Nov 23", 3, "S580", MONDAY),
        ("log 3 S580 on November 23rd", 3, "S580", MONDAY),
        ("log 3 S580 le 23", 3, "S580", MONDAY),
        ("log 3 S580 le 23 novembre 2026", 3, "S580", MONDAY),
        ("log 3 S580 le 1er novembre", 3, "S580", date(2026, 11, 1)),
        ("log 3 S580 le 30", 3, "S580", date(2026, 10, 30)),
        ("log 2 S580 lundi 23/11", 2, "S580", MONDAY),
        ("log 2 S580 31/12/2025", 2, "S580", date(2025, 12, 31)),
        ("log 2 S580 15/02", 2, "S580", date(2026, 2, 15)),
        ("3 h 30 S580", 3.5, "S580", TODAY),
        ("3 heures 30 minutes sur S580 avant-hier", 3.5, "S580", MONDAY),
        ("3h S580 the day before yesterday", 3, "S580", MONDAY),
        ("45 min S580 aujourd’hui", 0.75, "S580", TODAY),
        ("une demi-heure S580", 0.5, "S580", TODAY),
        ("half an hour S580", 0.5, "S580", TODAY),
        ("1/2 h S580", 0.5, "S580", TODAY),
        ("un quart d’heure S580", 0.25, "S580", TODAY),
        ("une heure S580", 1, "S580", TODAY),
        ("2h et demie S580 hier soir", 2.5, "S580", YESTERDAY),
        ("3½ h S580", 3.5, "S580", TODAY),
        ("log ½ S580", 0.5, "S580", TODAY),
        ("log 7:30 S580", 7.5, "S580", TODAY),
        ("vendredi 2h S580", 2, "S580", FRIDAY),
        ("vendredi dernier 2h S580", 2, "S580", FRIDAY),
        ("last Friday 2h S580", 2, "S580", FRIDAY),
        ("mercredi 2h S580", 2, "S580", TODAY),
        ("il y a 2 jours 3h S580", 3, "S580", MONDAY),
        ("3h S580 2 days ago", 3, "S580", MONDAY),
        ("3h S580 this morning", 3, "S580", TODAY),
        ("I worked 3 hours on S580 yesterday", 3, "S580", YESTERDAY),
        ("j’ai passé 3h sur l’offre S580 hier", 3, "S580", YESTERDAY),
        ("mon offre S580 2h", 2, "S580", TODAY),
        ("S580P 2h", 2, "S580P", TODAY),
        ("s 580 2h", 2, "S580", TODAY),
        ("S580 3", 3, "S580", TODAY),
        ("S580 - 2h", 2, "S580", TODAY),
        ("2h AO/1-13692/26/NL/AB", 2, "AO/1-13692/26/NL/AB", TODAY),
        ("1-13692 2h", 2, "1-13692", TODAY),
        ("rfp-2026-17 2h", 2, "RFP-2026-17", TODAY),
        ("log S580 3.5.", 3.5, "S580", TODAY),
        ("80 h S580", 80, "S580", TODAY),
        ("3h", 3, "", TODAY),
        ("log 3 hier", 3, "", YESTERDAY),
        ("pointer 2h S580", 2, "S580", TODAY),
    ],
)
def test_one_pair(text: str, hours: float, number: str, day: date) -> None:
    assert heard(text) == Spoken(Asked.LOG, (Said(round(hours * 4), number, (day,)),))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("3h S580, 2h S581", [(3, "S580", TODAY), (2, "S581", TODAY)]),
        ("3h S580,2h S581", [(3, "S580", TODAY), (2, "S581", TODAY)]),
        ("S580: 3h, S581: 2h", [(3, "S580", TODAY), (2, "S581", TODAY)]),
        ("log S580 3\nS581 2,5", [(3, "S580", TODAY), (2.5, "S581", TODAY)]),
        ("2h S580 lundi et 3h S581 mardi", [(2, "S580", MONDAY), (3, "S581", YESTERDAY)]),
        ("lundi 3h S580 mardi 2h S581", [(3, "S580", MONDAY), (2, "S581", YESTERDAY)]),
        ("S580 2h lundi, 3h mardi", [(2, "S580", MONDAY), (3, "S580", YESTERDAY)]),
        ("1,5h S580 1,5h S581 1h S582", [(1.5, "S580", TODAY), (1.5, "S581", TODAY), (1, "S582", TODAY)]),
    ],
)
def test_several_pairs(text: str, said: list[tuple[float, str, date]]) -> None:
    expected = tuple(Said(round(hours * 4), number, (day,)) for hours, number, day in said)
    assert heard(text) == Spoken(Asked.LOG, expected)


@pytest.mark.parametrize(
    ("text", "language", "days"),
    [
        ("log 3 S580 5/6", "en", (date(2026, 5, 6), date(2026, 6, 5))),
        ("log 3 S580 5/6", "fr", (date(2026, 6, 5),)),
        ("log 3 S580 23/11", "en", (MONDAY,)),
        ("log 3 S580 11/23", "en", (MONDAY,)),
        ("last Monday 2h S580", "en", (date(2026, 11, 16), MONDAY)),
        ("2h S580 lundi dernier", "fr", (date(2026, 11, 16), MONDAY)),
        ("mon 2h S580", "en", (MONDAY,)),
    ],
)
def test_a_day_that_can_be_two_comes_back_as_both(text: str, language: str, days: tuple[date, ...]) -> None:
    assert heard(text, language).said[0].days == days


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("2h 3h S580", Problem.PAIRS),
        ("S580 S581 2h", Problem.PAIRS),
        ("3h + 2h S580", Problem.PAIRS),
        ("3h S580, S581", Problem.PAIRS),
        ("3h lundi, 2h mardi", Problem.PAIRS),
        ("2h S580, lundi 3h S581", Problem.DAYS),
        ("log 2 S580 mardi 23/11", Problem.DAYS),
        ("log 3 S580 31/02", Problem.DAYS),
        ("log 3 S580 2026-02-30", Problem.DAYS),
        ("log 2 S580 la semaine dernière", Problem.WHOLE_WEEK),
        ("log 2 S580 demain", Problem.FUTURE),
        ("log 2 S580 next Friday", Problem.FUTURE),
        ("log 2 S580 27/11", Problem.FUTURE),
        ("log 0 S580", Problem.ZERO),
    ],
)
def test_what_cannot_be_entered_as_it_was_typed(text: str, problem: Problem) -> None:
    found = heard(text)
    assert (found.asked, found.problem) == (Asked.LOG, problem)
    assert wants_to_log(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("3h S580 relecture du plan", "relecture plan"),
        ("log 3 thermique", "thermique"),
        ("log 2 S580 mar", "mar"),
    ],
)
def test_words_that_mean_nothing_come_back(text: str, words: str) -> None:
    found = heard(text)
    assert (found.asked, found.words, found.problem) == (Asked.LOG, words, None)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("hours", Spoken(Asked.WEEK, week_on=MONDAY)),
        ("Heures", Spoken(Asked.WEEK, week_on=MONDAY)),
        ("mes heures", Spoken(Asked.WEEK, week_on=MONDAY)),
        ("heures semaine dernière", Spoken(Asked.WEEK, week_on=date(2026, 11, 16))),
        ("hours last week", Spoken(Asked.WEEK, week_on=date(2026, 11, 16))),
        ("heures semaine 40", Spoken(Asked.WEEK, week_on=date(2026, 9, 28))),
        ("heures semaine 53", Spoken(Asked.WEEK, week_on=MONDAY)),
        ("heures demain", Spoken(Asked.WEEK, week_on=MONDAY)),
        ("hours S580", Spoken(Asked.OFFER, number="S580")),
        ("heures S580P", Spoken(Asked.OFFER, number="S580P")),
        ("heures protection thermique", Spoken(Asked.OFFER, words="protection thermique")),
        ("log", Spoken(Asked.FORM)),
        ("log S580", Spoken(Asked.FORM, number="S580")),
        ("saisir", Spoken(Asked.FORM)),
    ],
)
def test_what_only_wants_to_look(text: str, found: Spoken) -> None:
    assert heard(text) == found
    assert not wants_to_log(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "bonjour",
        "S580",
        "3.5",
        "42",
        "1-13692",
        "AO/1-13692/26/NL/AB",
        "2026-11-23",
        "offre S580",
        "3h relecture",
        "appels d'offres",
        "chercher antenne 3 GHz",
        "nouvelle demande",
        "le 23 novembre",
        "qwertzuiop",
        "🙂",
        "\x00",
        "hier",
        "log 3 S580 " * 80,
    ],
)
def test_what_is_not_about_hours(text: str) -> None:
    assert understand_hours(text, TODAY) is None
    assert not wants_to_log(text)


@pytest.mark.parametrize(
    ("text", "refusal"),
    [("log 3h10 S580", NotQuarters), ("S580 -2h", BelowZero), ("log 100 S580", TooManyHours)],
)
def test_hours_that_cannot_be(text: str, refusal: type[Refused]) -> None:
    with pytest.raises(refusal):
        understand_hours(text, TODAY)
    assert wants_to_log(text)


PIECES = (
    "log",
    "heures",
    "3h30",
    "7,5",
    "2",
    "S580",
    "S581",
    "lundi",
    "23/11",
    "hier",
    ",",
    "et",
    "last",
    "5/6",
    "x",
    "-",
)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=9).map(" ".join)),
    st.dates(date(2001, 1, 1), date(2198, 12, 31)),
    st.sampled_from(["fr", "en"]),
)
def test_whatever_is_typed_is_read_or_refused(text: str, today: date, language: str) -> None:
    try:
        found = understand_hours(text, today, language)
    except Refused:
        return
    if found is not None and found.asked is Asked.LOG and found.problem is None:
        assert found.said
        assert all(one.quarters > 0 and one.days and min(one.days) <= today for one in found.said)
