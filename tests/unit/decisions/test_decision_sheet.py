"""The signed-off sheet, read back as a Word document."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from docx import Document

from bot.decisions import evaluations
from bot.decisions.models import Choice
from bot.decisions.service import Condition, reopen
from bot.decisions.sheet import prepare
from bot.errors import NotFound
from tests.unit.decisions.conftest import MONDAY, WHOLE, House

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def words_of(house: House, round_id: int, language: str, *, days: int = 1) -> tuple[str, str]:
    """The file name and all the text of the sheet."""
    name, write = house.database.read_now(
        lambda session: prepare(session, round_id, language, MONDAY + timedelta(days=days))
    )
    document = Document(io.BytesIO(write()))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    lines = [paragraph.text for paragraph in document.paragraphs]
    return name, "\n".join([*lines, *cells, document.sections[0].footer.paragraphs[0].text])


def test_a_go_with_everything_that_led_to_it(house: House) -> None:
    house.deputise("CEO", "project manager", MONDAY, MONDAY)
    offer_id = house.offer("Thermal protection \x0b<b>& re-entry</b>", closes_at=MONDAY + timedelta(days=30))
    house.evaluate(offer_id, WHOLE)
    round_id = house.open(offer_id).id
    house.vote(round_id, "CTO", Choice.NO_GO, reason="No people before March")
    condition = Condition("A partner for the bench", "The sales lead", date(2026, 12, 4))
    house.vote(round_id, "CTO", Choice.GO, now=MONDAY + timedelta(hours=1), conditions=(condition,))
    house.vote(round_id, "project manager", Choice.GO, now=MONDAY + timedelta(hours=2))
    house.vote(round_id, "CPO", Choice.ABSTAIN, now=MONDAY + timedelta(hours=3))

    name, text = words_of(house, round_id, "en")
    assert name == "Go-No-Go-S580-1.docx"
    for expected in (
        "Go/No-Go decision: S580",
        "Go, decided on Mon\u00a023\u00a0Nov\u00a02026\u00a012:00. The majority of the votes cast.",
        "Thermal protection <b>& re-entry</b>",
        "€125,000.50",
        "120\u00a0h",
        "High – New resin",
        "No-Go\nThe CTO, Mon\u00a023\u00a0Nov\u00a02026\u00a010:00\nNo people before March",
        "Condition: A partner for the bench (The sales lead, Fri\u00a04\u00a0Dec\u00a02026)",
        "The project manager for The CEO, Mon\u00a023\u00a0Nov\u00a02026\u00a012:00",
        "late, not counted",
        "replaced",
        "2 of 3",
        "times of Europe/Paris",
    ):
        assert expected in text, expected

    name, text = words_of(house, round_id, "fr")
    assert "Décision Go/No-Go\u00a0: S580" in text
    assert "125\u202f000,50\u00a0€" in text
    assert "Go sous conditions" in text


def test_a_reopened_round_names_the_first_one(house: House) -> None:
    offer_id = house.offer()
    house.evaluate(offer_id)
    first = house.open(offer_id).id
    house.vote(first, "CEO", Choice.NO_GO)

    def again(session: Session) -> int:
        return reopen(
            session, first, house.person(session, "sales lead"), "The client asked again", MONDAY, house.rules
        ).id

    second = house.write(again)
    house.evaluate(offer_id, {"summary": "Now with a partner"}, MONDAY + timedelta(hours=1))
    _name, text = words_of(house, second, "en")
    assert "Reopens round 1, by The sales lead: The client asked again" in text
    assert "Edited after the vote opened on version 1." in text
    assert "Nobody has voted yet." in text
    assert "The vote is open until" in text
    assert "No-Go, decided on" in words_of(house, first, "en")[1]


def test_a_round_that_does_not_exist_has_no_sheet(house: House) -> None:
    with pytest.raises(NotFound):
        words_of(house, 99, "fr")


def test_the_form_has_the_fields_the_cards_send() -> None:
    from cards.fields import Field  # noqa: PLC0415  the only thing here that cards know

    ours = {"budget", "effort_hours", *evaluations.TEXT_LIMITS, *(f"risk_{risk}_level" for risk in evaluations.RISKS)}
    assert ours <= {field.value for field in Field}
