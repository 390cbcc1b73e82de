"""Won, lost, reopened, handed over and amended: the dialogs, cards and refusals people meet."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.decisions.tickets import DownloadTicket, SheetKind
from bot.handover import service as handover
from bot.handover.models import BudgetLine, Handover, HandoverState
from bot.offers import service as offers
from bot.offers.models import Outcome
from bot.people.models import Person
from bot.sync.models import LedgerRow
from bot.teams.context import reader_of
from bot.teams.presenters.handover import handover_card, handover_result
from bot.teams.replies import CardReply, DialogClosed, DialogReply
from cards.check import check
from cards.verbs import FormCode, ListCode, Verb
from tests.unit.teams_handlers.desk import object_id, text_of, values_of, verbs_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.unit.teams_handlers.desk import Desk

SIGNED: dict[str, Any] = {
    "signed_on": "2026-11-23",
    "first_order": "PO-4711",
    "price": "120000",
    "kick_off_on": "2026-12-07",
}
LOST: dict[str, Any] = {"end_note": "Too expensive", "ended_on": "2026-11-23", "end_reason": "price"}
AMENDMENT: dict[str, Any] = {
    "title": "More tests",
    "kind": "price",
    "state": "signed",
    "requested_on": "2026-11-23",
    "signed_on": "2026-11-23",
    "price_change": "5000",
}


async def going(desk: Desk) -> int:
    """An offer of the sales lead that got its Go; its id."""
    round_id = await desk.round()
    await desk.card("CTO", Verb.ROUND_GO, round_id)
    await desk.card("CPO", Verb.ROUND_GO, round_id)
    await desk.card("CEO", Verb.ROUND_GO, round_id)
    return 1


async def opened(desk: Desk, by: str, code: FormCode, number: int) -> dict[str, Any]:
    """A dialog, new."""
    return await desk.form(by, Verb.FORM_OPEN, number, q=code.value)


async def save(desk: Desk, by: str, code: FormCode, number: int, *, rev: int | None = None, **typed: Any) -> Any:  # noqa: ANN401
    """Send a dialog that was opened just now, or on revision ``rev``."""
    if rev is None:
        rev = revision_of(await opened(desk, by, code, number))
    return await desk.press(by, Verb.FORM_SAVE, number, q=code.value, rev=rev, **typed)


def revision_of(card: dict[str, Any]) -> int:
    """The revision that the dialog's button carries."""
    return int(card["actions"][-1]["data"].get("rev", 0))


async def won(desk: Desk) -> int:
    """A won offer, proposed to the project manager; its id."""
    offer_id = await going(desk)
    manager = object_id("project manager")
    reply = await save(desk, "sales lead", FormCode.WON, offer_id, **SIGNED, project_manager_id=manager)
    assert isinstance(reply, DialogClosed), reply
    return offer_id


def outcome(desk: Desk, offer_id: int) -> Outcome:
    """How the offer ended."""
    return desk.read(lambda session: offers.by_id(session, offer_id).outcome)


def handed(desk: Desk, offer_id: int) -> Handover:
    """Its hand-over."""
    found = desk.read(lambda session: handover.of_offer(session, offer_id))
    assert found is not None
    return found


async def test_the_signature_says_what_comes_next_and_once(desk: Desk) -> None:
    offer_id = await going(desk)
    form = await opened(desk, "sales lead", FormCode.WON, offer_id)
    assert values_of(form)["signed_on"] == "2026-11-23"
    typed: dict[str, Any] = {**SIGNED, "project_manager_id": object_id("project manager")}
    reply = await save(desk, "sales lead", FormCode.WON, offer_id, **typed)
    assert isinstance(reply, DialogClosed)
    assert "S580P" in (reply.message or "")
    assert "project manager" in (reply.message or "")
    again = await desk.again()
    assert text_of(again) == reply.message
    assert desk.count(BudgetLine) == 1
    assert desk.count(Handover) == 1
    assert desk.count(LedgerRow, kind="end_reply") == 1


async def test_a_mistake_stands_at_its_field_and_nothing_typed_is_lost(desk: Desk) -> None:
    offer_id = await going(desk)
    reply = await save(desk, "sales lead", FormCode.WON, offer_id, **{**SIGNED, "signed_on": "2027-01-01"})
    assert isinstance(reply, DialogReply)
    wanted = {"fr": "Choisissez aujourd’hui ou un jour passé.", "en": "Choose today or an earlier day."}
    assert wanted[desk.language] in text_of(reply)
    assert values_of(reply.card)["first_order"] == "PO-4711"
    assert outcome(desk, offer_id) is Outcome.OPEN


async def test_the_second_of_two_signatures_decides(desk: Desk) -> None:
    offer_id = await going(desk)
    rev = revision_of(await opened(desk, "CEO", FormCode.WON, offer_id))
    await save(desk, "sales lead", FormCode.WON, offer_id, **SIGNED)
    reply = await save(desk, "CEO", FormCode.WON, offer_id, rev=rev, **{**SIGNED, "first_order": "PO-1"})
    assert isinstance(reply, DialogReply)
    assert "sales lead" in text_of(reply)
    assert "PO-4711" in text_of(reply)
    newer = revision_of(reply.card)
    assert newer > rev
    decided = await save(desk, "CEO", FormCode.WON, offer_id, rev=newer, **{**SIGNED, "first_order": "PO-1"})
    assert isinstance(decided, DialogClosed)
    assert desk.read(lambda session: offers.by_id(session, offer_id).first_order) == "PO-1"


async def test_two_people_at_the_same_moment_sign_once(french: Desk) -> None:
    offer_id = await going(french)
    rev = revision_of(await opened(french, "CEO", FormCode.WON, offer_id))
    both = [save(french, by, FormCode.WON, offer_id, rev=rev, **SIGNED) for by in ("CEO", "sales lead")]
    assert all(isinstance(reply, DialogClosed) for reply in await asyncio.gather(*both))
    assert french.count(BudgetLine) == 1
    assert french.count(LedgerRow, kind="end_reply") == 1
    assert french.read(lambda session: offers.by_id(session, offer_id).project_number) == "S580P"


async def test_one_wins_and_one_loses_at_the_same_moment(french: Desk) -> None:
    offer_id = await going(french)
    rev = revision_of(await opened(french, "CEO", FormCode.WON, offer_id))
    replies = await asyncio.gather(
        save(french, "CEO", FormCode.WON, offer_id, rev=rev, **SIGNED),
        save(french, "sales lead", FormCode.LOST, offer_id, rev=rev, **LOST),
    )
    assert sorted(type(reply).__name__ for reply in replies) == ["DialogClosed", "DialogReply"]
    assert french.count(LedgerRow, kind="end_reply") == 1


async def test_lost_then_reopened_then_won(desk: Desk) -> None:
    offer_id = await going(desk)
    form = await opened(desk, "sales lead", FormCode.LOST, offer_id)
    assert {"end_reason", "end_note", "ended_on", "winner", "winner_price", "debrief"} <= set(values_of(form))
    said = text_of(await save(desk, "sales lead", FormCode.LOST, offer_id, **LOST, debrief="true", winner="A house"))
    assert {"fr": "23\u00a0déc.", "en": "23\u00a0Dec"}[desk.language] in said
    closed = text_of(await desk.press("sales lead", Verb.FORM_OPEN, offer_id, q=FormCode.ABANDON.value))
    assert (
        closed
        == {
            "fr": "Cette offre est déjà close. Rouvrez-la d’abord.",
            "en": "This offer has already ended. Reopen it first.",
        }[desk.language]
    )
    lessons = await save(desk, "sales lead", FormCode.LESSONS, offer_id, lessons_learned="Ask earlier")
    assert isinstance(lessons, DialogClosed)
    card = await desk.card("sales lead", Verb.DEBRIEF_DONE, offer_id)
    assert Verb.FORM_OPEN in verbs_of(card)
    await save(desk, "sales lead", FormCode.REOPEN, offer_id, reason="The client asked again")
    assert outcome(desk, offer_id) is Outcome.OPEN
    await save(desk, "sales lead", FormCode.WON, offer_id, **SIGNED)
    assert outcome(desk, offer_id) is Outcome.WON
    assert desk.count(LedgerRow, kind="end_reply") == 3


async def test_two_ends_at_once_keep_what_was_typed(desk: Desk) -> None:
    offer_id = await going(desk)
    rev = revision_of(await opened(desk, "CEO", FormCode.LOST, offer_id))
    await save(desk, "sales lead", FormCode.WON, offer_id, **SIGNED)
    reply = await save(desk, "CEO", FormCode.LOST, offer_id, rev=rev, **LOST)
    assert isinstance(reply, DialogReply)
    assert values_of(reply.card)["end_note"] == "Too expensive"
    assert "sales lead" in text_of(reply)
    assert outcome(desk, offer_id) is Outcome.WON


async def test_who_may_not_end_it_reads_who_may(desk: Desk) -> None:
    offer_id = await going(desk)
    for code in (FormCode.WON, FormCode.LOST, FormCode.ABANDON):
        refusal = text_of(await desk.press("engineer", Verb.FORM_OPEN, offer_id, q=code.value))
        assert "CEO" in refusal
    await desk.press("engineer", Verb.FORM_SAVE, offer_id, q=FormCode.LOST.value, **LOST)
    assert outcome(desk, offer_id) is Outcome.OPEN


async def test_dialogs_of_offers_that_do_not_exist_are_refused(french: Desk) -> None:
    codes = (
        FormCode.WON,
        FormCode.LOST,
        FormCode.ABANDON,
        FormCode.REOPEN,
        FormCode.LESSONS,
        FormCode.HANDOVER_PROPOSE,
        FormCode.HANDOVER_RETURN,
        FormCode.AMENDMENT_ADD,
        FormCode.AMENDMENT_EDIT,
    )
    for code in codes:
        assert text_of(await french.press("CEO", Verb.FORM_OPEN, 99, q=code.value)) == "Cet élément n’existe plus."
        assert text_of(await french.press("CEO", Verb.FORM_SAVE, 99, q=code.value)) == "Cet élément n’existe plus."
    for verb in (Verb.HANDOVER_SHOW, Verb.HANDOVER_SHEET, Verb.HANDOVER_ACCEPT, Verb.CHECKLIST_TICK, Verb.DEBRIEF_DONE):
        assert text_of(await french.press("CEO", verb, 99)) == "Cet élément n’existe plus."


async def test_the_review_before_signature_can_be_waived_in_the_dialog(desk: Desk) -> None:
    offer_id = await going(desk)
    rules = desk.around.company.rules
    review = rules.review.model_copy(update={"before_signature": True})
    company = desk.around.company.model_copy(update={"rules": rules.model_copy(update={"review": review})})
    object.__setattr__(desk.around, "company", company)
    form = await opened(desk, "sales lead", FormCode.WON, offer_id)
    assert "waiver" in values_of(form)
    reply = await save(desk, "sales lead", FormCode.WON, offer_id, **SIGNED)
    assert isinstance(reply, DialogReply)
    assert values_of(reply.card)["first_order"] == "PO-4711"
    assert outcome(desk, offer_id) is Outcome.OPEN
    await save(desk, "sales lead", FormCode.WON, offer_id, **SIGNED, waiver="The client signs today")
    assert outcome(desk, offer_id) is Outcome.WON


# The hand-over


async def test_the_project_manager_accepts_on_a_card(desk: Desk) -> None:
    offer_id = await won(desk)
    found = handed(desk, offer_id)
    theirs = await desk.card("project manager", Verb.HANDOVER_SHOW, offer_id)
    assert Verb.HANDOVER_ACCEPT in verbs_of(theirs)
    assert Verb.HANDOVER_ACCEPT not in verbs_of(await desk.card("sales lead", Verb.HANDOVER_SHOW, offer_id))
    accepted = await desk.card("project manager", Verb.HANDOVER_ACCEPT, found.id)
    assert Verb.HANDOVER_ACCEPT not in verbs_of(accepted)
    assert isinstance(await desk.again(), CardReply)
    assert handed(desk, offer_id).state is HandoverState.ACCEPTED
    refusal = text_of(await desk.press("engineer", Verb.HANDOVER_ACCEPT, found.id))
    assert {"fr": "chef de projet", "en": "project manager"}[desk.language] in refusal


async def test_sent_back_and_proposed_again(desk: Desk) -> None:
    offer_id = await won(desk)
    found = handed(desk, offer_id)
    reply = await save(desk, "project manager", FormCode.HANDOVER_RETURN, found.id, answer="Who pays the bench?")
    assert "sales lead" in text_of(reply)
    form = await opened(desk, "sales lead", FormCode.HANDOVER_PROPOSE, offer_id)
    assert "Who pays the bench?" in text_of(form)
    manager = object_id("project manager")
    again = await save(desk, "sales lead", FormCode.HANDOVER_PROPOSE, offer_id, project_manager_id=manager, note="We")
    assert isinstance(again, DialogClosed)
    assert handed(desk, offer_id).state is HandoverState.PROPOSED


async def test_the_messages_follow_the_hand_over(desk: Desk) -> None:
    offer_id = await won(desk)
    found = handed(desk, offer_id)

    def drawn(session: Session, name: str) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        person = desk.person(session, name)
        reader = reader_of(person, desk.now)
        card = handover_card(session, found.id, person, reader, desk.around)
        result = handover_result(session, found.id, person, reader, desk.around)
        for one in (card, result):
            assert one is None or check(one, desk.schema) == []
        return card, result

    card, result = desk.read(lambda session: drawn(session, "project manager"))
    assert card is not None
    assert Verb.HANDOVER_ACCEPT in verbs_of(card)
    assert result is None
    await save(desk, "project manager", FormCode.HANDOVER_RETURN, found.id, answer="Who pays the bench?")
    _card, result = desk.read(lambda session: drawn(session, "sales lead"))
    assert "Who pays the bench?" in text_of(result)
    manager = object_id("project manager")
    await save(desk, "sales lead", FormCode.HANDOVER_PROPOSE, offer_id, project_manager_id=manager)
    await desk.card("project manager", Verb.HANDOVER_ACCEPT, found.id)
    _card, result = desk.read(lambda session: drawn(session, "sales lead"))
    assert Verb.RECORDS_SHOW in verbs_of(result or {})


async def test_the_sheet_is_a_link_for_those_who_work_on_it(desk: Desk) -> None:
    offer_id = await won(desk)
    card = await desk.card("project manager", Verb.HANDOVER_SHEET, offer_id)
    assert "https://offerdesk.example/sheets/token-1" in text_of(card)
    statement = sa.select(DownloadTicket.kind, DownloadTicket.subject_id)
    assert tuple(desk.read(lambda session: session.execute(statement).one())) == (SheetKind.HANDOVER, offer_id)
    await desk.card("key user", Verb.HANDOVER_SHEET, offer_id)
    before = desk.count(DownloadTicket)
    await desk.press("engineer", Verb.HANDOVER_SHEET, offer_id)
    assert desk.count(DownloadTicket) == before


async def test_a_guest_reads_no_hand_over(french: Desk) -> None:
    offer_id = await won(french)

    def invite(session: Session) -> None:
        guest: Person = french.person(session, "engineer")
        guest.guest = True

    french.write(invite)
    assert "S580P" not in text_of(await french.press("engineer", Verb.HANDOVER_SHOW, offer_id))
    assert "PO-4711" not in text_of(await french.press("engineer", Verb.RECORDS_SHOW, offer_id, q=ListCode.CHECKLIST))


# Checklist and amendments


async def test_the_checklist_is_ticked_one_by_one(desk: Desk) -> None:
    offer_id = await won(desk)
    card = await desk.card("project manager", Verb.RECORDS_SHOW, offer_id, q=ListCode.CHECKLIST.value)
    total = len(desk.around.company.checklist.item)
    assert f"0 {'sur' if desk.language == 'fr' else 'of'} {total}" in text_of(card)
    first = desk.read(lambda session: handover.checklist(session, offer_id)[0].id)
    ticked = await desk.card("project manager", Verb.CHECKLIST_TICK, first, q="done")
    assert f"1 {'sur' if desk.language == 'fr' else 'of'} {total}" in text_of(ticked)
    assert f"1 {'sur' if desk.language == 'fr' else 'of'} {total}" in text_of(await desk.again())
    await desk.card("sales lead", Verb.CHECKLIST_TICK, first, q="done")
    assert desk.read(lambda session: handover.checklist(session, offer_id)[0].done_by_id) == desk.person_id(
        "project manager"
    )
    assert Verb.CHECKLIST_TICK not in verbs_of(
        await desk.card("engineer", Verb.RECORDS_SHOW, offer_id, q=ListCode.CHECKLIST.value)
    )


async def test_an_amendment_moves_the_budget_that_its_list_shows(desk: Desk) -> None:
    offer_id = await won(desk)
    said = text_of(await save(desk, "project manager", FormCode.AMENDMENT_ADD, offer_id, **AMENDMENT))
    assert {"fr": "125 000 €", "en": "€125,000"}[desk.language] in said
    await desk.again()
    assert desk.count(BudgetLine) == 2
    card = await desk.card("sales lead", Verb.RECORDS_SHOW, offer_id, q=ListCode.AMENDMENTS.value)
    assert {"fr": "+5 000 €", "en": "+€5,000"}[desk.language] in text_of(card)
    assert Verb.FORM_OPEN in verbs_of(card)
    form = await opened(desk, "sales lead", FormCode.AMENDMENT_EDIT, 1)
    assert values_of(form)["price_change"] == 5000
    reply = await save(desk, "sales lead", FormCode.AMENDMENT_EDIT, 1, **{**AMENDMENT, "signed_on": ""})
    assert isinstance(reply, DialogReply)
    assert Verb.FORM_OPEN not in verbs_of(
        await desk.card("engineer", Verb.RECORDS_SHOW, offer_id, q=ListCode.AMENDMENTS.value)
    )


async def test_before_the_signature_there_is_nothing_to_amend_or_to_hand_over(desk: Desk) -> None:
    offer_id = await going(desk)
    for code in (FormCode.AMENDMENT_ADD, FormCode.HANDOVER_PROPOSE):
        said = text_of(await desk.press("sales lead", Verb.FORM_OPEN, offer_id, q=code.value))
        assert {"fr": "Enregistrez d’abord la signature.", "en": "Record the signature first."}[desk.language] in said
    for code_of_list in (ListCode.AMENDMENTS, ListCode.CHECKLIST):
        await desk.card("sales lead", Verb.RECORDS_SHOW, offer_id, q=code_of_list.value)


async def test_many_amendments_stay_readable(french: Desk) -> None:
    offer_id = await won(french)
    for number in range(12):
        await save(
            french, "sales lead", FormCode.AMENDMENT_ADD, offer_id, **{**AMENDMENT, "title": f"N {number} " + "é" * 180}
        )
    card = await french.card("sales lead", Verb.RECORDS_SHOW, offer_id, q=f"{ListCode.AMENDMENTS.value}/0")
    assert "180 000 €" in text_of(card)
    await french.card("sales lead", Verb.RECORDS_SHOW, offer_id, q=f"{ListCode.AMENDMENTS.value}/3")


# What the card offers afterwards


async def test_who_ended_an_offer_can_correct_the_end(desk: Desk) -> None:
    offer_id = await won(desk)
    card = await desk.card("sales lead", Verb.OFFER_SHOW, offer_id)
    assert FormCode.WON.value in json.dumps(card), "the dialog of the signature also corrects it"
    assert FormCode.WON.value not in json.dumps(await desk.card("engineer", Verb.OFFER_SHOW, offer_id))
    dialog = await opened(desk, "sales lead", FormCode.WON, offer_id)
    assert values_of(dialog)["first_order"] == "PO-4711"


async def test_a_debrief_is_reminded_of_on_the_card_until_it_was_held(desk: Desk) -> None:
    offer_id = await going(desk)
    await save(desk, "sales lead", FormCode.LOST, offer_id, **LOST, debrief="true")
    card = await desk.card("sales lead", Verb.OFFER_SHOW, offer_id)
    assert Verb.DEBRIEF_DONE in verbs_of(card)
    await desk.press("sales lead", Verb.DEBRIEF_DONE, offer_id)
    assert Verb.DEBRIEF_DONE not in verbs_of(await desk.card("sales lead", Verb.OFFER_SHOW, offer_id))


async def test_a_guest_opens_lists_and_finds_no_offer(french: Desk) -> None:
    offer_id = await won(french)

    def invite(session: Session) -> None:
        guest: Person = french.person(session, "engineer")
        guest.guest = True

    before = text_of(await french.say("engineer", "chercher S580"))
    assert "S580" in before
    french.write(invite)
    for text in ("offre S580", "offres", "mes offres", "offres gagnées", "S580", "chercher S580"):
        said = text_of(await french.say("engineer", text))
        assert said
        assert "129" not in said, text
        assert "S580P" not in said, text
    for verb in (Verb.OFFER_SHOW, Verb.REFRESH_OFFER, Verb.OFFER_HISTORY):
        assert "S580P" not in text_of(await french.press("engineer", verb, offer_id)), verb


async def test_the_history_names_each_field_and_reason_in_words(desk: Desk) -> None:
    offer_id = await going(desk)
    await save(desk, "sales lead", FormCode.LOST, offer_id, **LOST)
    said = text_of(await desk.card("sales lead", Verb.OFFER_HISTORY, offer_id))
    reason = "Prix" if desk.language == "fr" else "Price"
    label = "Motif" if desk.language == "fr" else "Reason"
    assert f"{label} · {reason}" in said
    assert '"price' not in said
