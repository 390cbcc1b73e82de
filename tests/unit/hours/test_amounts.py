"""Hours as people type them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Refused
from bot.hours.amounts import hours_of, parse_hours, written
from bot.hours.errors import BelowZero, NotHours, NotQuarters, TooManyHours
from bot.hours.rules import MOST_QUARTERS
from cards.formats import say
from cards.views.reader import Reader, sentence
from cards.words import Language
from tests.unit.hours.conftest import FRIDAY

UNDERSTOOD = {
    "3.5": 14,
    "3,5": 14,
    " 3,50 ": 14,
    "3": 12,
    "3.": 12,
    ",5": 2,
    "0": 0,
    "0,00 h": 0,
    "-0": 0,
    "+3": 12,
    "7,25 h": 29,
    "7.25h": 29,
    "3h": 12,
    "3 h": 12,
    "3h30": 14,
    "3 h 30": 14,
    "3H30": 14,
    "3h30min": 14,
    "3 heures 45": 15,
    "1 heure": 4,
    "2 hours": 8,
    "1 hr 15 min": 5,
    "3:30": 14,
    "03:30": 14,
    "0:15": 1,
    "45 min": 3,
    "90mn": 6,
    "120 minutes": 8,
    "7,5\u00a0h": 30,
    "\uff17\uff0e\uff15": 30,
    "80": 320,
    "80:00": 320,
}


@pytest.mark.parametrize(("typed", "quarters"), UNDERSTOOD.items())
def test_understands_what_people_write(typed: str, quarters: int) -> None:
    assert parse_hours(typed) == quarters


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ("", NotHours),
        (" ", NotHours),
        ("beaucoup", NotHours),
        ("3 4", NotHours),
        ("1,5,3", NotHours),
        ("1.5.3", NotHours),
        ("3h75", NotHours),
        ("3:60", NotHours),
        ("h", NotHours),
        ("--3", NotHours),
        ("1e3", NotHours),
        ("nan", NotHours),
        ("inf", NotHours),
        ("½", NotHours),
        ("3 days", NotHours),
        ("9" * 41, NotHours),
        ("9" * 5000, NotHours),
        ("-1", BelowZero),
        ("\u22120,5 h", BelowZero),
        ("-45 min", BelowZero),
        ("3.4", NotQuarters),
        ("3h20", NotQuarters),
        ("50 min", NotQuarters),
        ("0.01", NotQuarters),
        ("80.25", TooManyHours),
        ("999999", TooManyHours),
        ("80h15", TooManyHours),
    ],
)
def test_refuses_the_rest_with_what_to_type(typed: str, refusal: type[Refused]) -> None:
    with pytest.raises(refusal):
        parse_hours(typed)


def test_names_the_two_hours_nearest_to_what_was_typed() -> None:
    with pytest.raises(NotQuarters) as refused:
        parse_hours("3.4")
    assert refused.value.params == {"lower": Decimal("3.25"), "upper": Decimal("3.5")}
    reader = Reader(Language.FR, "Europe/Paris", FRIDAY)
    told = say(sentence(refused.value.key, **refused.value.params), reader)
    assert "3,25 ou 3,5" in told


def test_too_many_are_named_in_hours() -> None:
    with pytest.raises(TooManyHours) as refused:
        parse_hours("80,25")
    assert refused.value.params == {"total": Decimal("80.25"), "most": Decimal(80)}


@given(st.integers(0, MOST_QUARTERS), st.sampled_from((",", ".")))
def test_what_is_shown_in_an_input_is_read_back(quarters: int, separator: str) -> None:
    assert parse_hours(written(quarters, separator)) == quarters
    assert hours_of(quarters) * 4 == quarters


@given(st.text(max_size=60) | st.from_regex(r"[-+]?[0-9.,:hm ]{1,12}", fullmatch=True))
def test_any_text_is_understood_or_refused_in_words(typed: str) -> None:
    said, quarters = "understood", 0
    try:
        quarters = parse_hours(typed)
    except Refused as refusal:
        said = say(sentence(refusal.key, **refusal.params), Reader(Language.EN, "Europe/Paris", FRIDAY))
    assert said.strip()
    assert 0 <= quarters <= MOST_QUARTERS
