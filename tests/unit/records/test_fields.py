"""What may be typed into each kind of field, and what is said when it cannot be read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.records.fields import FieldKind, FieldSpec, as_text, in_order, parse


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def field(kind: FieldKind, **more: Any) -> FieldSpec:  # noqa: ANN401  the settings of a field
    return FieldSpec(name="field", kind=kind, **more)


@pytest.mark.parametrize(
    ("spec", "typed", "value"),
    [
        (field(FieldKind.WORDS), "  Heat   shield  ", "Heat shield"),
        (field(FieldKind.LINES, limit=50), "one  \r\n\r\n two ", "one\n\n two"),
        (field(FieldKind.AMOUNT), "125 000,50", Decimal("125000.50")),
        (field(FieldKind.AMOUNT), "€125k", Decimal("125000.00")),
        (field(FieldKind.AMOUNT), "-0", Decimal("0.00")),
        (field(FieldKind.AMOUNT, signed=True), "\u221212,5", Decimal("-12.50")),
        (field(FieldKind.PERCENT), "60 %", 60),
        (field(FieldKind.PERCENT), "0", 0),
        (field(FieldKind.WHOLE), "90", 90),
        (field(FieldKind.DAY), "2026-12-04", date(2026, 12, 4)),
        (field(FieldKind.TIME), "9h05", "09:05"),
        (field(FieldKind.CHOICE, enum=Colour), "blue", Colour.BLUE),
        (field(FieldKind.CHOICE, choice_labels=(("a", "Axis A"),)), "a", "a"),
        (field(FieldKind.YES_NO), "true", True),
        (field(FieldKind.YES_NO), "false", False),
        (field(FieldKind.LINK), "https://example.org/a?b=c", "https://example.org/a?b=c"),
        (field(FieldKind.CURRENCY), "chf", "CHF"),
        (field(FieldKind.PERSON), "an-object-id", "an-object-id"),
    ],
)
def test_what_is_typed_is_read(spec: FieldSpec, typed: str, value: object) -> None:
    assert parse(spec, typed) == (value, None)


@pytest.mark.parametrize(
    ("spec", "typed", "key"),
    [
        (field(FieldKind.WORDS, limit=5), "too long", "errors.too_long"),
        (field(FieldKind.WORDS, required=True), "   ", "errors.required"),
        (field(FieldKind.AMOUNT), "1,2,3", "errors.amount"),
        (field(FieldKind.AMOUNT), "-5", "errors.negative"),
        (field(FieldKind.AMOUNT), "99999999 M", "errors.too_large"),
        (field(FieldKind.AMOUNT), "much", "errors.amount"),
        (field(FieldKind.PERCENT), "101", "errors.percent"),
        (field(FieldKind.PERCENT), "-1", "errors.percent"),
        (field(FieldKind.PERCENT), "1.5", "errors.percent"),
        (field(FieldKind.WHOLE), "٣", "errors.number"),
        (field(FieldKind.WHOLE), "100001", "errors.number"),
        (field(FieldKind.DAY), "2026-02-30", "errors.date"),
        (field(FieldKind.DAY), "1999-12-31", "errors.date"),
        (field(FieldKind.TIME), "25:00", "errors.time"),
        (field(FieldKind.CHOICE, enum=Colour), "green", "errors.choice"),
        (field(FieldKind.LINK), "http://example.org", "errors.link"),
        (field(FieldKind.LINK), "https://user@example.org/", "errors.link"),
        (field(FieldKind.LINK), "https://[", "errors.link"),
        (field(FieldKind.LINK), "https://example.org/" + "a" * 2000, "errors.too_long"),
        (field(FieldKind.CURRENCY), "EURO", "errors.currency"),
    ],
)
def test_what_cannot_be_read_has_a_problem(spec: FieldSpec, typed: str, key: str) -> None:
    value, problem = parse(spec, typed)
    assert value is None
    assert problem is not None
    assert problem[0] == key


def test_an_empty_optional_field_is_no_value() -> None:
    for kind in FieldKind:
        expected = False if kind is FieldKind.YES_NO else None
        assert parse(field(kind), " ") == (expected, None)


@given(kind=st.sampled_from(list(FieldKind)), typed=st.text(max_size=40))
def test_nothing_that_is_typed_breaks_the_reader(kind: FieldKind, typed: str) -> None:
    spec = field(kind, enum=Colour if kind is FieldKind.CHOICE else None)
    value, problem = parse(spec, typed)
    assert value in (None, False) or problem is None


@given(amount=st.decimals(min_value=-(10**13) + 1, max_value=10**13 - 1, places=2))
def test_an_amount_survives_its_form(amount: Decimal) -> None:
    value, problem = parse(field(FieldKind.AMOUNT, signed=True), as_text(amount))
    assert problem is None
    assert value == amount


@given(day=st.dates(date(2000, 1, 1), date(2199, 12, 31)))
def test_a_day_survives_its_form(day: date) -> None:
    assert parse(field(FieldKind.DAY), as_text(day)) == (day, None)


def test_a_day_stands_after_the_one_it_follows() -> None:
    specs = (
        FieldSpec(name="asked", kind=FieldKind.DAY),
        FieldSpec(name="due", kind=FieldKind.DAY, after="asked"),
    )
    early, late = date(2026, 1, 1), date(2026, 1, 2)
    assert in_order(specs, {"asked": late, "due": early}) == {"due": ("errors.date_order", {})}
    assert in_order(specs, {"asked": early, "due": early}) == {}
    assert in_order(specs, {"asked": None, "due": early}) == {}
