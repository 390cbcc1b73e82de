"""Presses that Teams delivers again after a restart; dialogs with hundreds of colleagues; lists full to the brim."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.offers.models import Association
from bot.people.service import register
from bot.quotes.models import Quote
from bot.teams.dialogs.table import RECORDS, REMOVABLE
from cards.fields import CONDITION_ROWS, Field, row
from cards.verbs import FormCode, ListCode, Verb
from tests.unit.teams_handlers.desk import TENANT, Desk, text_of, verbs_of
from tests.unit.teams_handlers.filled import fill

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.records.models import Entry

CROWD = 500
DIALOG_OF = {
    ListCode.QUOTES: FormCode.QUOTE_EDIT,
    ListCode.PARTNER_QUOTES: FormCode.PARTNER_QUOTE_EDIT,
    ListCode.COMPETITORS: FormCode.COMPETITOR_EDIT,
    ListCode.ACTIVITIES: FormCode.ACTIVITY_EDIT,
    ListCode.CLARIFICATIONS: FormCode.CLARIFICATION_EDIT,
    ListCode.DOCUMENTS: FormCode.DOCUMENT_EDIT,
    ListCode.POINTS: FormCode.POINT_EDIT,
}


@pytest.mark.parametrize("code", list(RECORDS))
async def test_a_removal_delivered_again_shows_the_same_list(french: Desk, code: ListCode) -> None:
    filled = fill(french)
    number = filled.ids[DIALOG_OF[code]]
    for verb, gone in ((Verb.RECORD_REMOVE, True), (Verb.RECORD_RESTORE, False)):
        first = await french.card("sales lead", verb, number, q=code.value)
        french.dispatcher = french.fresh()
        again = text_of(await french.again())
        assert again == text_of(first)
        removed = french.read(lambda session: session.get_one(RECORDS[code], number).removed_at)
        assert (removed is not None) == gone


async def test_a_pair_taken_apart_again_shows_the_list_it_was_pressed_in(french: Desk) -> None:
    filled = fill(french)
    number = french.read(lambda session: session.scalars(sa.select(Association.id)).one())
    q = f"{ListCode.ASSOCIATIONS.value}/{filled.won}"
    first = await french.card("sales lead", Verb.RECORD_REMOVE, number, q=q)
    assert Verb.RECORD_RESTORE.value not in verbs_of(first), "a pair is entered again, not taken back"
    assert text_of(await french.again()) == text_of(first)


def test_whatever_is_removed_can_be_taken_back_or_entered_again() -> None:
    assert set(REMOVABLE) == {*RECORDS, ListCode.ASSOCIATIONS, ListCode.TEAM}


def crowd(desk: Desk, name: str) -> None:
    """Five hundred more colleagues."""

    def hire(session: Session) -> None:
        for number in range(CROWD):
            register(
                session,
                tenant_id=TENANT,
                entra_object_id=f"10000000-0000-4000-8000-{number:012x}",
                name=f"{name} {number}",
                now=desk.now,
                time_zone="Europe/Paris",
            )

    desk.write(hire)


@pytest.mark.parametrize("name", ["Aa colleague", "Aé " + "long name " * 9])
async def test_a_ballot_with_conditions_among_five_hundred_people(french: Desk, name: str) -> None:
    crowd(french, name)
    round_id = await french.round()
    form = await french.form("CTO", Verb.ROUND_CONDITIONS_OPEN, round_id)
    offered = _choices(form, row(Field.CONDITION_OWNER, 1))
    owners = {str(french.person_id(one)) for one in ("sales lead", "CTO", "CPO", "CEO")}
    assert owners <= set(offered)
    assert offered[0] == str(french.person_id("sales lead"))
    assert len(offered) <= 40
    typed = {row(Field.CONDITION_OWNER, number): offered[-1] for number in range(1, CONDITION_ROWS + 1)}
    back = await french.form("CTO", Verb.ROUND_GO_WITH_CONDITIONS, round_id, **typed)
    assert _choices(back, row(Field.CONDITION_OWNER, 1))[0] == offered[-1], "who was picked stays"


def _choices(card: Any, field: str) -> list[str]:  # noqa: ANN401
    """The values an input offers."""
    if isinstance(card, dict):
        if card.get("id") == field and "choices" in card:
            return [str(one["value"]) for one in card["choices"]]
        card = list(card.values())
    return [one for part in card for one in _choices(part, field)] if isinstance(card, list) else []


def copies(session: Session, model: type[Entry], record_id: int, count: int, **other: object) -> list[int]:
    """More records like this one; gives their ids."""
    record = session.get_one(model, record_id)
    names = (column.key for column in model.__table__.columns if column.key not in {"id", "number"})
    columns = {name: getattr(record, name) for name in names} | other
    rows = [model(**columns, number=number) for number in range(100, 100 + count)]
    session.add_all(rows)
    session.flush()
    return [one.id for one in rows]


async def test_a_paged_list_keeps_every_button(desk: Desk) -> None:
    filled = fill(desk)
    desk.write(lambda session: copies(session, Quote, filled.ids[FormCode.QUOTE_EDIT], 27))
    for page in range(4):
        card = await desk.card("sales lead", Verb.RECORDS_SHOW, filled.open, q=f"{ListCode.QUOTES.value}/{page}")
        offered = {str(one.get("q")) for one in _data(card)}
        assert {FormCode.QUOTE_ADD.value, FormCode.QUOTE_SENT.value} <= offered


async def test_many_removed_at_once_leave_a_list_that_fits(french: Desk) -> None:
    filled = fill(french)
    made = french.write(lambda session: copies(session, Quote, filled.ids[FormCode.QUOTE_EDIT], 40))
    for number in made[:25]:
        await french.card("sales lead", Verb.RECORD_REMOVE, number, q=ListCode.QUOTES.value)
    listed = await french.card("sales lead", Verb.RECORDS_SHOW, filled.open, q=ListCode.QUOTES.value)
    assert Verb.RECORD_RESTORE.value in verbs_of(listed)


@pytest.mark.parametrize("words", ["🚀", "*_[`", "é"])
@pytest.mark.parametrize("code", list(RECORDS))
async def test_a_list_of_the_heaviest_records_fits(desk: Desk, code: ListCode, words: str) -> None:
    filled, model = fill(desk), RECORDS[code]
    heavy: dict[str, object] = {
        column.key: words * (2000 // len(words) if isinstance(column.type, sa.Text) else 200 // len(words))
        for column in model.__table__.columns
        if isinstance(column.type, sa.Text) or getattr(column.type, "length", 0) in {200, 400}
        if "url" not in column.key and column.key != "link"
    }
    address = "https://files.example/" + "b" * 1900
    heavy |= {name: address for name in ("document_url", "url", "link") if name in model.__table__.columns}
    desk.write(lambda session: copies(session, model, filled.ids[DIALOG_OF[code]], 12, **heavy))
    for by in ("sales lead", "engineer"):
        for page in (0, 1):
            await desk.card(by, Verb.RECORDS_SHOW, filled.open, q=f"{code.value}/{page}")


def _data(card: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    """What every button carries."""
    if isinstance(card, dict):
        own = [card["data"]] if str(card.get("type", "")).startswith("Action.") and "data" in card else []
        return own + [one for value in card.values() for one in _data(value)]
    return [one for part in card for one in _data(part)] if isinstance(card, list) else []
