"""Dates, money and hours as readers write them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from cards.formats import (
    city,
    clock,
    day,
    days_left,
    deadline,
    hours,
    listed,
    local,
    money,
    number,
    say,
    when,
    word,
)
from cards.views import Money, Reader, sentence
from cards.words import Choice, Language, Role

DEADLINE = datetime(2026, 11, 26, 16, 0, tzinfo=UTC)


def spaced(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_dates_carry_weekday_and_local_time(french: Reader, english: Reader) -> None:
    assert spaced(when(DEADLINE, french)) == "jeu. 26 nov. 2026 17:00"
    assert spaced(when(DEADLINE, english)) == "Thu 26 Nov 2026 17:00"
    assert spaced(when(DEADLINE, replace(english, time_zone="America/Cayenne"))) == "Thu 26 Nov 2026 13:00"
    assert spaced(when(DEADLINE, french, year=False, weekday=False)) == "26 nov. 17:00"
    assert clock(DEADLINE, french) == "17:00"


def test_the_first_of_a_month_is_an_ordinal_in_french(french: Reader, english: Reader) -> None:
    assert spaced(day(date(2026, 12, 1), french)) == "mar. 1er déc. 2026"
    assert spaced(day(date(2026, 12, 1), english)) == "Tue 1 Dec 2026"
    assert spaced(day(date(2026, 12, 11), french)) == "ven. 11 déc. 2026"


def test_the_year_is_named_when_it_is_another_one(french: Reader) -> None:
    assert "2027" in when(datetime(2027, 1, 5, tzinfo=UTC), french, year=False)
    assert "2026" not in when(DEADLINE, french, year=False)


def test_a_day_follows_the_readers_zone_not_utc(french: Reader) -> None:
    late = datetime(2026, 11, 26, 23, 30, tzinfo=UTC)
    assert spaced(when(late, french)) == "ven. 27 nov. 2026 00:30"


def test_summer_and_winter_time(french: Reader) -> None:
    assert when(datetime(2026, 7, 1, 11, 0, tzinfo=UTC), french).endswith("13:00")


def test_a_time_without_zone_is_a_mistake(french: Reader) -> None:
    with pytest.raises(ValueError, match="2026"):
        local(datetime(2026, 1, 1), french)  # noqa: DTZ001 - the mistake


@pytest.mark.parametrize(
    ("moment", "fr", "en"),
    [
        (datetime(2026, 11, 23, 9, 0, tzinfo=UTC), "passé", "past"),
        (datetime(2026, 11, 23, 22, 30, tzinfo=UTC), "aujourd’hui", "today"),
        (datetime(2026, 11, 23, 23, 30, tzinfo=UTC), "demain", "tomorrow"),
        (DEADLINE, "3 j", "3 days"),
    ],
)
def test_days_left_are_calendar_days(moment: datetime, fr: str, en: str, french: Reader, english: Reader) -> None:
    assert spaced(days_left(moment, french)) == fr
    assert spaced(days_left(moment, english)) == en
    assert spaced(deadline(moment, french)).endswith(f"({fr})")


@pytest.mark.parametrize(
    ("amount", "currency", "fr", "en"),
    [
        ("125000", "EUR", "125 000 €", "€125,000"),
        ("1250.50", "EUR", "1 250,50 €", "€1,250.50"),
        ("0.05", "GBP", "0,05 £", "£0.05"),
        ("9999999.999", "USD", "10 000 000 $", "$10,000,000"),
        ("-1200", "CHF", "-1 200 CHF", "CHF -1,200"),
    ],
)
def test_money(amount: str, currency: str, fr: str, en: str) -> None:
    value = Money(Decimal(amount), currency)
    assert spaced(money(value, Language.FR)) == fr
    assert spaced(money(value, Language.EN)) == en


def test_money_never_breaks_over_a_line() -> None:
    assert " " not in money(Money(Decimal(125000)), Language.FR)


def test_hours_and_numbers() -> None:
    assert spaced(hours(Decimal("7.50"), Language.FR)) == "7,5 h"
    assert spaced(hours(Decimal(1200), Language.EN)) == "1,200 h"
    assert number(100, Language.EN) == "100"
    assert number(Decimal("0.10"), Language.FR) == "0,1"


def test_cities_and_words() -> None:
    assert city("Europe/Brussels", Language.FR) == "Bruxelles"
    assert word(Choice.NEED_INFO, Language.EN) == "Asks a question"
    assert listed((), Language.FR) == ""
    assert listed(("CTO",), Language.FR) == "CTO"
    assert listed(("CTO", "CPO", "CEO"), Language.FR) == "CTO, CPO et CEO"


def test_a_sentence_is_worded_for_its_reader(french: Reader, english: Reader) -> None:
    refusal = sentence("errors.not_allowed", roles=(Role.CTO, Role.CEO))
    assert say(refusal, french) == "Seuls le CTO et le CEO peuvent faire cela."
    assert say(refusal, english) == "Only the CTO and the CEO may do this."
    assert say(sentence("errors.not_allowed", roles=()), english) == "Only some voters may do this."
    assert say(sentence("chat.find_title", count=2, words="*x*"), english) == "2 results for “\\*x\\*”"
    assert say(sentence("chat.find_title", count=2, words="*x*"), english, markdown=False) == "2 results for “*x*”"
    assert spaced(say(sentence("decisions.decided_at", when=DEADLINE), english)) == "Decided Thu 26 Nov 17:00."
    assert spaced(say(sentence("decisions.decided_at", when=date(2027, 1, 4)), english)) == "Decided Mon 4 Jan 2027."
    assert say(sentence("decisions.quorum", n=2), english) == "quorum 2"
    assert say(sentence("changes.voted", role=Role.CTO, choice=Choice.GO), english) == "CTO: Go"


def test_a_day_alone(french: Reader) -> None:
    assert spaced(day(date(2026, 12, 4), french)) == "ven. 4 déc. 2026"
