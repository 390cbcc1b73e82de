"""A week as its person reads it: what is asked, what was answered, what is locked."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from cards.check import MAX_BYTES, check
from cards.envelope import Card, nodes, size
from cards.fields import hours_field, hours_of_field
from cards.hours import SHOWN, correction_form, hours_week_card
from cards.samples import NOW
from cards.texts import texts
from cards.verbs import Verb
from cards.views.forms import FieldError
from cards.views.hours import (
    CorrectionFormView,
    CorrectionInput,
    HeldBack,
    HoursLine,
    HoursPart,
    HoursWeekView,
    LockDate,
)
from cards.views.reader import Change, Reader, sentence

MONDAY = date(2026, 11, 23)
LONG = "**Bold** [link](https://evil.example) <at>all</at> 🛰️ é " * 4
LOCK = LockDate(first=MONDAY, open_until=date(2026, 12, 7), locked=False)
ROW = HoursLine(
    number="S580",
    title="Thermal protection",
    input="h_12",
    last_week=Decimal(7),
    spent=Decimal("42.5"),
    planned=Decimal(80),
)
ASKED = HoursWeekView(
    person_id=3,
    week_on=MONDAY,
    last_on=date(2026, 11, 29),
    number=48,
    revision=4,
    total=Decimal(0),
    until=datetime(2026, 11, 30, 8, 0, tzinfo=UTC),
    locks=(LOCK,),
    lines=(ROW,),
    none=True,
    values=(("h_12", ""),),
)
SAID = replace(ASKED, final=True, none=False, total=Decimal("7.5"), lines=(replace(ROW, hours=Decimal("7.5")),))


def words(card: Card) -> str:
    """Every word, with ordinary blanks."""
    return json.dumps(card, ensure_ascii=False).replace("\u00a0", " ").replace("\u202f", " ")


def sight(card: Card) -> list[str]:
    """The verbs in sight, the first one first; the unfolding button is ``more``."""
    return [one.get("data", {}).get("verb", "more") for one in card.get("actions", [])]


def inputs(card: Card) -> list[dict[str, Any]]:
    """Its inputs in order."""
    return [node for node in nodes(card) if str(node["type"]).startswith("Input.")]


def test_asks_with_a_date_and_shows_what_helps_to_fill_it(french: Reader, english: Reader) -> None:
    card = hours_week_card(ASKED, french)
    assert "Vos heures du 23 au 29 nov." in words(card)
    assert "Confirmez avant lun. 30 nov. 09:00" in words(card)
    assert "sem. passée 7 h · en tout 42,5 h sur 80 h prévues" in words(card)
    assert card["fallbackText"].startswith("Vos heures de la semaine 48")
    told = words(hours_week_card(ASKED, english))
    assert "Your hours, 23 to 29 Nov" in told
    assert "last week 7 h · 42.5 h of 80 h planned" in told


def test_hours_are_typed_into_text_inputs_with_a_label_and_a_unit(reader: Reader) -> None:
    first = inputs(hours_week_card(ASKED, reader))[0]
    assert first["type"] == "Input.Text"
    assert first["label"] == "S580 Thermal protection (h)"
    assert "7h30" in first["placeholder"]


@pytest.mark.parametrize(
    ("more", "verbs"),
    [
        ({}, ["hours.final", "hours.none", "more"]),
        ({"same": True}, ["hours.final", "hours.same", "hours.none", "more"]),
        ({"none": False}, ["hours.final", "more"]),
        ({"final": True, "none": False}, ["hours.reopen", "more"]),
        (
            {"final": True, "none": False, "undo_until": NOW + timedelta(minutes=1)},
            ["hours.undo", "hours.reopen", "more"],
        ),
        ({"final": True, "none": False, "undo_until": NOW}, ["hours.reopen", "more"]),
        (
            {"final": True, "locked": True, "none": False, "locks": (replace(LOCK, locked=True),)},
            ["hours.correct_open", "more"],
        ),
        ({"locked": True, "none": False, "locks": (replace(LOCK, locked=True),)}, ["hours.correct_open", "more"]),
    ],
)
def test_the_likely_button_stands_first(reader: Reader, more: dict[str, Any], verbs: list[str]) -> None:
    card = hours_week_card(replace(ASKED, **more), reader)
    assert sight(card) == verbs
    assert check(card) == []


def test_a_number_that_is_wrong_hides_the_button_that_would_lose_it(reader: Reader) -> None:
    wrong = FieldError(field="h_12", what=sentence("hours.error_below_zero"))
    card = hours_week_card(replace(ASKED, values=(("h_12", "-1"),), errors=(wrong,)), reader)
    assert "hours.none" not in sight(card)
    assert inputs(card)[0]["value"] == "-1"
    place = next(number for number, node in enumerate(card["body"]) if node.get("id") == "h_12")
    assert card["body"][place + 1]["color"] == "attention"


def test_an_answer_names_total_plan_and_when_it_locks(french: Reader) -> None:
    told = words(hours_week_card(replace(SAID, undo_until=NOW + timedelta(minutes=5)), french))
    assert "7,5 h enregistrées" in told
    assert "Vous pouvez annuler jusqu’à 10:17" in told
    assert "en tout 42,5 h sur 80 h prévues" in told
    assert "Modifiable jusqu’au lun. 7 déc. inclus" in told
    assert "au-delà" not in told


def test_more_than_the_plan_is_said_in_words(french: Reader) -> None:
    over = replace(ROW, hours=Decimal("7.5"), spent=Decimal(81))
    assert "⚠ au-delà du prévu" in words(hours_week_card(replace(SAID, lines=(over,)), french))


def test_an_offer_without_hours_is_named_in_one_line(french: Reader) -> None:
    idle = replace(ROW, number="S581", title="Radiators")
    told = words(hours_week_card(replace(SAID, lines=(*SAID.lines, idle)), french))
    assert "Sans heures : S581" in told
    assert "Radiators" not in told


def test_a_week_of_two_months_says_what_each_month_holds(french: Reader) -> None:
    november, december = date(2026, 11, 30), date(2026, 12, 1)
    parts = (HoursPart(first=november, hours=Decimal(2), locked=True), HoursPart(first=december, hours=Decimal(0)))
    locks = (
        LockDate(first=november, open_until=date(2026, 12, 7), locked=True),
        LockDate(first=december, open_until=date(2027, 1, 8), locked=False),
    )
    line = replace(ROW, input="h_12_2026-12-01", parts=parts)
    view = replace(ASKED, week_on=november, last_on=date(2026, 12, 6), locks=locks, lines=(line,), values=())
    card = hours_week_card(view, french)
    told = words(card)
    assert "Vos heures du 30 nov. au 6 déc." in told
    assert "novembre : 2 h, verrouillé" in told
    assert "Novembre : verrouillé depuis le mar. 8 déc." in told
    assert "Décembre : modifiable jusqu’au ven. 8 janv. 2027 inclus." in told
    assert inputs(card)[0]["label"] == "S580 Thermal protection, décembre (h)"
    assert '"hours.correct_open"' in told


def test_what_a_lock_held_back_is_told_with_the_way_out(reader: Reader) -> None:
    held = HeldBack(
        offer=LONG,
        first=date(2026, 11, 30),
        since=date(2026, 12, 8),
        wanted=Decimal("2.5"),
        kept=Decimal(0),
    )
    card = hours_week_card(replace(SAID, held_back=(held,), locks=(replace(LOCK, locked=True), LOCK)), reader)
    assert sight(card)[0] == "hours.correct_open"
    assert check(card) == []


def test_the_key_user_reads_whose_week_it_is(french: Reader, english: Reader) -> None:
    entered = Change(sentence("hours.entered", name="Key user"), NOW)
    assert "Engineer : heures du 23 au 29 nov." in words(hours_week_card(replace(ASKED, name="Engineer"), french))
    assert "Entered by Key user · Mon 23 Nov 10:12" in words(hours_week_card(replace(SAID, entered=entered), english))


def test_buttons_carry_the_week_and_those_that_replace_carry_its_revision(reader: Reader) -> None:
    card = hours_week_card(replace(ASKED, has_next=True), reader)
    carried = [node["data"] for node in nodes(card) if node["type"] == "Action.Execute"]
    by_verb = {str(data["verb"]): data for data in carried}
    assert {data["id"] for data in carried} == {3}
    assert by_verb["hours.final"] == {"verb": "hours.final", "id": 3, "rev": 4, "q": "2026-11-23"}
    assert by_verb["hours.later"]["rev"] == 4
    turned = [data["q"] for data in carried if data["verb"] == Verb.HOURS_SHOW]
    assert turned == ["2026-11-16", "2026-11-30"]


@pytest.mark.parametrize("rows", [12, 40])
def test_many_offers_with_long_names_fit(reader: Reader, rows: int) -> None:
    lines = tuple(
        replace(ROW, number=f"S{number}", title=LONG, input=f"h_{number}", hours=Decimal(number + 1))
        for number in range(rows)
    )
    choices = tuple((str(number), LONG) for number in range(6))
    values = tuple((line.input, "7.25") for line in lines)
    for view in (ASKED, SAID):
        card = hours_week_card(replace(view, lines=lines, values=values, choices=choices), reader)
        assert check(card) == []
        assert size(card) <= MAX_BYTES
        hidden = texts(reader.language).n("hours.hidden", 20)
        assert (hidden.replace("\u00a0", " ") in words(card)) is (rows == SHOWN + 20)


def test_a_correction_asks_for_a_reason_and_names_the_month(french: Reader) -> None:
    view = CorrectionFormView(
        person_id=3,
        week_on=MONDAY,
        last_on=date(2026, 11, 29),
        inputs=(CorrectionInput(field="h_12_2026-11-23", offer=LONG, first=MONDAY),),
        values=(("h_12_2026-11-23", "7"),),
    )
    dialog = correction_form(view, french)
    assert check(dialog.card) == []
    drawn = inputs(dialog.card)
    assert drawn[0]["value"] == "7"
    assert "novembre" in drawn[0]["label"]
    assert [one["id"] for one in drawn if one.get("isRequired")] == ["reason"]


def test_a_week_over_new_year_names_both_years(english: Reader) -> None:
    view = replace(ASKED, week_on=date(2026, 12, 28), last_on=date(2027, 1, 3), number=53)
    told = words(hours_week_card(view, english))
    assert "28 Dec 2026 to 3 Jan 2027" in told
    assert "WEEK 53" in told


@pytest.mark.parametrize("part_on", [None, date(2026, 12, 1)])
def test_an_input_names_its_offer_and_part(part_on: date | None) -> None:
    assert hours_of_field(hours_field(12, part_on)) == (12, part_on)


@pytest.mark.parametrize("name", ["h_", "h_x", "h_1_", "h_1_2026-13-01", "x_1", "h_12345678901", "h_1_2026-12-01x"])
def test_any_other_name_is_no_input_of_hours(name: str) -> None:
    assert hours_of_field(name) is None
