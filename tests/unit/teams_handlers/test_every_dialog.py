"""Every dialog and every list in both languages: each opens, keeps what it shows, says what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.audit import AuditEvent
from bot.database import Base
from bot.people.service import register
from bot.teams.dialogs.table import DIALOGS, LISTS
from bot.teams.replies import CardReply, DialogClosed, DialogReply
from cards.verbs import FormCode, ListCode, Verb
from tests.unit.teams_handlers.desk import TENANT, Desk, object_id, tenders_offer, values_of
from tests.unit.teams_handlers.filled import NASTY, Filled, fill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

EDITS = (
    FormCode.IDENTITY,
    FormCode.THIRD_PARTY,
    FormCode.QUALIFICATION,
    FormCode.MONEY,
    FormCode.ORIGIN,
    FormCode.STEP_DONE,
    FormCode.QUOTE_EDIT,
    FormCode.PARTNER_QUOTE_EDIT,
    FormCode.COMPETITOR_EDIT,
    FormCode.CLARIFICATION_EDIT,
    FormCode.CLARIFICATION_ANSWER,
    FormCode.POINT_EDIT,
    FormCode.ACTIVITY_EDIT,
    FormCode.DOCUMENT_EDIT,
    FormCode.AMENDMENT_EDIT,
    FormCode.MEMBER_EDIT,
    FormCode.PLAN,
    FormCode.CLIENT_EDIT,
    FormCode.CONTACT_EDIT,
    FormCode.LEAD_EDIT,
    FormCode.DEAL_FILL,
    FormCode.LESSONS,
    FormCode.WON,
    FormCode.LOST,
    FormCode.ABANDON,
)
"""Dialogs that show what is stored: sending that back changes nothing."""


TAKES_ANY_WORDS = (
    FormCode.IDENTITY,
    FormCode.REOPEN,
    FormCode.REVIEW_CHANGES,
    FormCode.REVIEW_WAIVE,
    FormCode.HANDOVER_RETURN,
    FormCode.BC_CONTACT,
    FormCode.BC_SALESPERSON,
    FormCode.LEAD_DROP,
)
"""Dialogs of nothing but words: short nonsense is as good as any."""
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What a form shows does not depend on the database; the rooms are tested on both."""


@pytest.fixture
def filled(desk: Desk) -> Filled:
    return fill(desk)


def inputs(card: Any) -> Iterator[tuple[dict[str, Any], bool]]:  # noqa: ANN401
    """Every input of a form, and whether an error stands right under it."""
    if isinstance(card, dict):
        for value in card.values():
            yield from inputs(value)
    elif isinstance(card, list):
        for at, node in enumerate(card):
            if isinstance(node, dict) and str(node.get("type", "")).startswith("Input."):
                below = card[at + 1] if at + 1 < len(card) else {}
                yield node, below.get("type") == "TextBlock" and below.get("color") == "attention"
            else:
                yield from inputs(node)


def revision(card: dict[str, Any]) -> int:
    """The revision that the submit button carries."""
    return int(next(one["data"]["rev"] for one in card["actions"] if one["data"]["verb"] == Verb.FORM_SAVE.value))


def sent(card: dict[str, Any], code: FormCode) -> dict[str, Any]:
    """What Teams sends for a form that nobody touched: texts, and nothing of an empty input."""
    shown = {name: str(value) for name, value in values_of(card).items() if value not in {None, ""}}
    return {**shown, "rev": revision(card), "q": code.value}


def trail(desk: Desk) -> int:
    """How much has happened."""
    return desk.read(lambda session: session.scalar(sa.select(sa.func.count()).select_from(AuditEvent))) or 0


def subject(filled: Filled, code: FormCode) -> int:
    """What a dialog that shows stored values is opened on."""
    ended = {FormCode.WON: filled.won, FormCode.LOST: filled.lost, FormCode.ABANDON: filled.abandoned}
    return ended.get(code, filled.ids[code])


@on_sqlite
@pytest.mark.parametrize("code", list(FormCode))
async def test_each_dialog_opens_and_takes_its_own_values_back(desk: Desk, filled: Filled, code: FormCode) -> None:
    by, number = filled.by.get(code, "sales lead"), filled.ids[code]
    card = await desk.form(by, Verb.FORM_OPEN, number, q=code.value)
    empty = {one["id"] for one, _ in inputs(card) if one.get("value") in {None, ""}}
    reply = await desk.press(by, Verb.FORM_SAVE, number, **sent(card, code))
    if isinstance(reply, DialogReply):
        wrong = {one["id"] for one, error in inputs(reply.card) if error}
        assert wrong, "a form that comes back says why"
        assert wrong <= empty, "only what is empty by design may be missing"
        kept, shown = values_of(reply.card), values_of(card)
        assert {name: kept[name] for name in kept if name not in empty} == {
            name: value for name, value in shown.items() if name not in empty
        }
    else:
        assert isinstance(reply, DialogClosed), reply
        assert reply.message


@on_sqlite
@pytest.mark.parametrize("code", EDITS)
async def test_an_untouched_form_changes_nothing(desk: Desk, filled: Filled, code: FormCode) -> None:
    by, number = filled.by.get(code, "sales lead"), subject(filled, code)
    card = await desk.form(by, Verb.FORM_OPEN, number, q=code.value)
    before = trail(desk)
    assert await desk.closed(by, Verb.FORM_SAVE, number, **sent(card, code))
    assert trail(desk) == before
    again = await desk.form(by, Verb.FORM_OPEN, number, q=code.value)
    assert values_of(again) == values_of(card)


def _typed(one: dict[str, Any]) -> str:
    """Something a person could put into this input."""
    match one["type"]:
        case "Input.Date":
            return "2026-12-01"
        case "Input.Number":
            return "12"
        case "Input.Toggle":
            return "true"
        case "Input.ChoiceSet" if one.get("choices"):
            return str(one["choices"][0]["value"])
        case "Input.ChoiceSet":
            return object_id("engineer") if "choices.data" in one and "users" in str(one["choices.data"]) else ""
        case _:
            return NASTY[: int(one.get("maxLength", 50))].strip()


@on_sqlite
@pytest.mark.parametrize("code", list(FormCode))
async def test_a_refused_form_says_why_and_keeps_what_was_typed(desk: Desk, filled: Filled, code: FormCode) -> None:
    by, number = filled.by.get(code, "sales lead"), filled.ids[code]
    card = await desk.form(by, Verb.FORM_OPEN, number, q=code.value)
    drawn = {one["id"]: one for one, _ in inputs(card)}
    carried: dict[str, Any] = {"rev": revision(card), "q": code.value}
    before = trail(desk)
    needed = {name for name, one in drawn.items() if one.get("isRequired")}
    if needed:
        await _comes_back(desk, by, number, drawn, needed, carried)
        assert trail(desk) == before
    # Ten thousand characters, or nonsense, in every field at once.
    for value in ("é" * 10_000, "\x00\u202e<script>*_[", "99999999999999999999", "2026-02-30", "🚀" * 5000):
        reply = await desk.press(by, Verb.FORM_SAVE, number, **{**dict.fromkeys(drawn, value), **carried})
        if isinstance(reply, DialogReply):
            assert any(error for _, error in inputs(reply.card))
            assert trail(desk) == before
        else:
            assert isinstance(reply, DialogClosed), reply
            assert code in TAKES_ANY_WORDS, reply
            break


async def _comes_back(
    desk: Desk, by: str, number: int, drawn: dict[str, dict[str, Any]], needed: set[str], carried: dict[str, Any]
) -> None:
    reply = await desk.press(by, Verb.FORM_SAVE, number, **{**dict.fromkeys(drawn, ""), **carried})
    assert isinstance(reply, DialogReply), reply
    assert needed <= {one["id"] for one, error in inputs(reply.card) if error} | _alone(drawn)
    typed = {name: "" if name in needed else _typed(one) for name, one in drawn.items()}
    reply = await desk.press(by, Verb.FORM_SAVE, number, **{**typed, **carried})
    assert isinstance(reply, DialogReply), reply
    kept = {name: str(value) for name, value in values_of(reply.card).items()}
    assert {name: kept[name] for name, value in typed.items() if value} == {
        name: value for name, value in typed.items() if value
    }


def _alone(drawn: dict[str, dict[str, Any]]) -> set[str]:
    """Lists of one choice, which selects itself."""
    return {name for name, one in drawn.items() if len(one.get("choices", ())) == 1}


@on_sqlite
@pytest.mark.parametrize("code", list(ListCode))
async def test_each_list_opens_full_and_empty(desk: Desk, filled: Filled, code: ListCode) -> None:
    fresh = desk.tender("1-40001", "Nothing yet")
    await desk.card("sales lead", Verb.TENDER_EVALUATE, fresh)
    empty = desk.read(lambda session: tenders_offer(session, fresh))
    for offer_id in (filled.open, filled.won, filled.lost, filled.abandoned, empty):
        for by in ("sales lead", "project manager", "engineer"):
            for page in ("", "/0", "/1", "/999999", "/x", "/-1"):
                reply = await desk.press(by, Verb.RECORDS_SHOW, offer_id, q=f"{code.value}{page}")
                assert isinstance(reply, CardReply), (reply, offer_id, by)


def test_every_code_has_its_dialog_and_its_list() -> None:
    assert set(DIALOGS) == set(FormCode)
    assert set(LISTS) == set(ListCode)


ONE_CLICK = {
    Verb.ACTIVITY_DONE: FormCode.ACTIVITY_EDIT,
    Verb.PARTNER_QUOTE_CHOOSE: FormCode.PARTNER_QUOTE_EDIT,
    Verb.REVIEW_READY: FormCode.REVIEW_CHANGES,
    Verb.HANDOVER_ACCEPT: FormCode.HANDOVER_RETURN,
    Verb.HANDOVER_SHEET: FormCode.WON,
    Verb.CHECKLIST_TICK: FormCode.HANDOVER_RETURN,
    Verb.DEBRIEF_DONE: FormCode.LESSONS,
}
"""Buttons that change something at once, and the dialog whose subject they name."""
OPEN_TO_ALL = {
    FormCode.CLIENT_ADD,
    FormCode.CONTACT_ADD,
    FormCode.CLIENT_EDIT,
    FormCode.CONTACT_EDIT,
    FormCode.ABSENCE_ADD,
    FormCode.HOURS_LOG,
}
"""What every colleague may do; a guest may not."""
CONTENTS = [
    table for table in Base.metadata.sorted_tables if table.name not in {"seen_activity", "conversation", "person"}
]


def contents(desk: Desk) -> dict[str, list[Any]]:
    """Every row of every table, but for what remembers who wrote from where."""

    def work(session: Session) -> dict[str, list[Any]]:
        return {
            table.name: [tuple(row) for row in session.execute(sa.select(table).order_by(*table.primary_key))]
            for table in CONTENTS
        }

    return desk.read(work)


def guest(desk: Desk) -> None:
    """Somebody of another company, known to the bot."""

    def invite(session: Session) -> None:
        person, _new = register(
            session,
            tenant_id=TENANT,
            entra_object_id=object_id("guest"),
            name="guest",
            teams_user_id="29:guest",
            now=desk.now,
            time_zone="Europe/Paris",
        )
        person.guest = True

    desk.write(invite)


@on_sqlite
@pytest.mark.parametrize("by", ["guest", "engineer"])
async def test_who_has_no_part_changes_nothing(french: Desk, by: str) -> None:
    filled = fill(french)
    guest(french)
    forms: dict[FormCode, dict[str, Any]] = {}
    for code in FormCode:
        card = await french.form(filled.by.get(code, "sales lead"), Verb.FORM_OPEN, filled.ids[code], q=code.value)
        drawn = {one["id"]: one for one, _ in inputs(card)}
        forms[code] = {name: _typed(one) for name, one in drawn.items()} | sent(card, code)
    await french.say(by, "help")
    before = contents(french)
    for code in FormCode:
        if by == "engineer" and code in OPEN_TO_ALL:
            continue
        for verb in (Verb.FORM_OPEN, Verb.FORM_SAVE):
            reply = await french.press(by, verb, filled.ids[code], **forms[code])
            assert isinstance(reply, DialogClosed), (code, verb, reply)
    for listed in ListCode:
        for verb in (Verb.RECORD_REMOVE, Verb.RECORD_RESTORE):
            for number in range(1, 6):
                await french.press(by, verb, number, q=listed.value)
        reply = await french.press(by, Verb.RECORDS_SHOW, filled.open, q=listed.value)
        assert isinstance(reply, CardReply) == (by == "engineer"), listed
    for button, named in ONE_CLICK.items():
        await french.press(by, button, filled.ids[named], q="yes")
    assert contents(french) == before
