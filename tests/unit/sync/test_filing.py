"""Which sheets belong in an offer's folder, and when one of them says something new."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import docx
import pytest

from bot.decisions.models import Choice
from bot.errors import NotFound
from bot.sync.sharepoint.filing import filed_sheets
from tests.unit.decisions.conftest import MONDAY
from tests.unit.handover.conftest import Firm, later

if TYPE_CHECKING:
    from datetime import datetime

    from bot.database import Database
    from bot.sync.sharepoint.filing import FiledSheet


@pytest.fixture
def firm(database: Database) -> Firm:
    made = Firm(database)
    made.staff()
    return made


def filed(firm: Firm, offer_id: int, now: datetime = MONDAY) -> tuple[FiledSheet, ...]:
    return firm.database.read_now(
        lambda session: filed_sheets(session, offer_id, firm.company, now, language="en", time_zone="Europe/Paris")
    )


def decided(firm: Firm) -> int:
    """An offer whose round said Go; its id."""
    offer_id = firm.sent()
    firm.evaluate(offer_id)
    round_id = firm.open(offer_id).id
    assert filed(firm, offer_id) == (), "an open round has nothing to file"
    firm.vote(round_id, "CTO", Choice.GO)
    firm.vote(round_id, "CEO", Choice.GO)
    return offer_id


def headline(sheet: FiledSheet) -> str:
    return docx.Document(io.BytesIO(sheet.write())).paragraphs[0].text


def test_a_decided_round_is_filed_with_the_evaluation(firm: Firm) -> None:
    (sheet,) = filed(firm, decided(firm))
    assert (sheet.folder, sheet.name.endswith("-1.docx")) == ("02 Evaluation", True)
    assert headline(sheet) != ""


def test_the_hand_over_is_filed_once_it_is_proposed(firm: Firm) -> None:
    offer_id = decided(firm)
    firm.win(offer_id)
    assert len(filed(firm, offer_id)) == 1
    firm.propose(offer_id)
    _, sheet = filed(firm, offer_id)
    assert sheet.folder == "07 Hand-over"
    assert headline(sheet) != ""


def test_a_sheet_says_something_new_only_when_the_record_changed(firm: Firm) -> None:
    offer_id = decided(firm)
    firm.win(offer_id)
    proposed = firm.propose(offer_id)
    first = filed(firm, offer_id)
    assert [one.fingerprint for one in filed(firm, offer_id, later(3))] == [one.fingerprint for one in first]
    firm.accept(proposed.id)
    second = filed(firm, offer_id, later(3))
    assert [one.name for one in second] == [one.name for one in first]
    assert second[0].fingerprint == first[0].fingerprint
    assert second[1].fingerprint != first[1].fingerprint


def test_an_offer_that_does_not_exist_has_no_sheets(firm: Firm) -> None:
    with pytest.raises(NotFound):
        filed(firm, 4711)
