"""The evaluation form says why it asks for everything, judged by what was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from cards.texts import texts
from cards.verbs import Verb
from cards.words import Language
from tests.unit.teams_handlers.desk import text_of

if TYPE_CHECKING:
    from tests.unit.teams_handlers.desk import Desk


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"budget": "50000"}, "because_budget"),
        ({"effort_hours": "80"}, "because_effort"),
        ({"risk_technical_level": "high"}, "because_risk"),
        ({"budget": "125000", "risk_technical_level": "high"}, "because_budget"),
    ],
)
async def test_the_form_that_comes_back_says_why_everything_is_needed(
    desk: Desk, typed: dict[str, str], reason: str
) -> None:
    await desk.card("sales lead", Verb.TENDER_EVALUATE, desk.tender())
    offer_id = int(desk.read(lambda s: s.scalar(sa.text("SELECT id FROM offer"))))
    back = text_of(await desk.form("sales lead", Verb.EVALUATION_SUBMIT, offer_id, summary="Fits", **typed))
    said = texts(Language(desk.language))(f"forms.{reason}", limit="~").split("~")[-1]
    assert said.split(maxsplit=1)[-1] in back


async def test_a_small_offer_is_not_asked_for_everything(desk: Desk) -> None:
    await desk.card("sales lead", Verb.TENDER_EVALUATE, desk.tender())
    offer_id = int(desk.read(lambda s: s.scalar(sa.text("SELECT id FROM offer"))))
    back = text_of(await desk.form("sales lead", Verb.EVALUATION_SUBMIT, offer_id, summary="", budget="9000"))
    assert "la fiche entière" not in back
    assert "the whole form" not in back
