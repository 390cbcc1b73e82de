"""The dialogs on an offer's own fields, its stages and its associations, as people use them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.offers import associations, stages
from bot.offers import service as offers
from bot.offers.models import Association, Offer, Outcome, StageStep
from cards.texts import texts
from cards.verbs import FormCode, ListCode, Verb
from cards.words import Language
from tests.unit.teams_handlers.desk import Desk, object_id, text_of, values_of, verbs_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

SIZE = 24_000


async def open_offer(desk: Desk, number: str = "1-20001", title: str = "Thermal protection") -> int:
    """An offer of the sales lead."""
    tender = desk.tender(number, title)
    await desk.card("sales lead", Verb.TENDER_EVALUATE, tender)
    return desk.read(lambda s: s.execute(sa.select(Offer.id).where(Offer.tender_id == tender)).scalar_one())


def offer(desk: Desk, offer_id: int) -> Offer:
    return desk.read(lambda session: offers.by_id(session, offer_id))


async def opened(
    desk: Desk, code: FormCode, number: int, by: str = "sales lead"
) -> tuple[dict[str, str], dict[str, Any]]:
    """What a dialog holds, with the revision its button carries, and its card."""
    card = await desk.form(by, Verb.FORM_OPEN, number, q=code.value)
    rev = next(one["data"]["rev"] for one in card["actions"] if one["data"]["verb"] == Verb.FORM_SAVE.value)
    values = {name: str(value) for name, value in values_of(card).items()}
    return {**values, "rev": rev, "q": code.value}, card


def say(desk: Desk, key: str, **values: str | int) -> str:
    """A sentence as this desk's people read it."""
    return texts(Language(desk.language))(key, **values).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("code", "changed", "expected"),
    [
        (FormCode.IDENTITY, {"title": "Bouclier"}, ("title", "Bouclier")),
        (FormCode.QUALIFICATION, {"expected_closing_on": "2027-03-01"}, ("expected_closing_on", "2027-03-01")),
        (FormCode.MONEY, {"estimated_amount": "125 000,50"}, ("estimated_amount", "125000.5")),
        (FormCode.ORIGIN, {"origin": "fair"}, ("origin", "fair")),
    ],
)
async def test_each_dialog_opens_saves_and_shows_what_was_saved(
    desk: Desk, code: FormCode, changed: dict[str, str], expected: tuple[str, str]
) -> None:
    offer_id = await open_offer(desk)
    typed, card = await opened(desk, code, offer_id)
    assert len(json.dumps(card)) < SIZE
    assert await desk.closed("sales lead", Verb.FORM_SAVE, offer_id, **(typed | changed)) == say(desk, "record.saved")
    again, _card = await opened(desk, code, offer_id)
    assert again[expected[0]] == expected[1]
    assert await desk.closed("sales lead", Verb.FORM_SAVE, offer_id, **again) == say(desk, "record.unchanged")


async def test_the_axes_are_labelled_as_the_company_named_them(desk: Desk) -> None:
    offer_id = await open_offer(desk)
    _typed, card = await opened(desk, FormCode.QUALIFICATION, offer_id)
    axis = desk.around.company.lists.axes[0]
    assert axis.label.of(desk.language) in text_of(card)
    assert axis.values[0].label.of(desk.language) in text_of(card)


async def test_the_money_dialog_says_what_the_currency_does(desk: Desk) -> None:
    offer_id = await open_offer(desk)
    typed, card = await opened(desk, FormCode.MONEY, offer_id)
    assert say(desk, "record.money_currency") in text_of(card)
    said = await desk.closed("sales lead", Verb.FORM_SAVE, offer_id, **(typed | {"currency": "USD"}))
    assert said.replace("\u00a0", " ") == say(desk, "record.saved_currency", currency="USD")


async def test_errors_stand_at_their_fields_and_nothing_typed_is_lost(desk: Desk) -> None:
    offer_id = await open_offer(desk)
    typed, _card = await opened(desk, FormCode.MONEY, offer_id)
    wrong = typed | {"estimated_amount": "-5", "success_probability": "120", "cost_basis": "7 500"}
    back = await desk.form("sales lead", Verb.FORM_SAVE, offer_id, **wrong)
    assert say(desk, "errors.negative") in text_of(back)
    assert say(desk, "errors.percent") in text_of(back)
    kept = values_of(back)
    assert (kept["estimated_amount"], kept["success_probability"], kept["cost_basis"]) == (-5, 120, 7500)
    assert offer(desk, offer_id).cost_basis is None


async def test_of_two_editors_the_second_sees_the_first_and_decides(desk: Desk) -> None:
    offer_id = await open_offer(desk)
    first, _card = await opened(desk, FormCode.IDENTITY, offer_id)
    second, _card = await opened(desk, FormCode.IDENTITY, offer_id, by="CTO")
    await desk.closed("sales lead", Verb.FORM_SAVE, offer_id, **(first | {"title": "Bouclier", "description": "Long"}))
    back = await desk.form("CTO", Verb.FORM_SAVE, offer_id, **(second | {"title": "Shield"}))
    assert "Bouclier" in text_of(back)
    assert "sales lead" in text_of(back)
    shown = {name: str(value) for name, value in values_of(back).items()}
    assert (shown["title"], shown["description"]) == ("Shield", "Long")
    rev = next(one["data"]["rev"] for one in back["actions"] if one["data"]["verb"] == Verb.FORM_SAVE.value)
    await desk.closed("CTO", Verb.FORM_SAVE, offer_id, **(shown | {"rev": rev, "q": FormCode.IDENTITY.value}))
    assert (offer(desk, offer_id).title, offer(desk, offer_id).description) == ("Shield", "Long")


@pytest.mark.parametrize(
    "code",
    [
        FormCode.IDENTITY,
        FormCode.QUALIFICATION,
        FormCode.MONEY,
        FormCode.ORIGIN,
        FormCode.STAGE,
        FormCode.POST_AWARD,
        FormCode.ASSOCIATION_ADD,
    ],
)
async def test_who_is_not_on_the_offer_sees_no_dialog(french: Desk, code: FormCode) -> None:
    offer_id = await open_offer(french)
    for verb in (Verb.FORM_OPEN, Verb.FORM_SAVE):
        reply = await french.press("key user", verb, offer_id, q=code.value)
        assert "Seuls" in text_of(reply)
    gone = await french.press("sales lead", Verb.FORM_OPEN, 99_999, q=code.value)
    assert say(french, "errors.not_found") in text_of(gone)


# stages


async def test_moving_an_offer_by_hand(desk: Desk) -> None:
    offer_id = await open_offer(desk)
    typed, card = await opened(desk, FormCode.STAGE, offer_id)
    assert typed["entered_on"] == "2026-11-23"
    company = desk.around.company.stages
    labels = {stage.code: stage.label.of(desk.language) for stage in company.stage}
    assert {labels["PRE"], labels["SNT"]} <= {one["title"] for one in _choices(card, "stage")}
    assert not {"WON", "LOS", "ABN"} & {one["value"] for one in _choices(card, "stage")}
    said = await desk.closed("sales lead", Verb.FORM_SAVE, offer_id, **(typed | {"stage": "PRE"}))
    assert said == say(desk, "stages.moved", stage=labels["PRE"])
    typed, _card = await opened(desk, FormCode.STAGE, offer_id)
    said = await desk.closed("sales lead", Verb.FORM_SAVE, offer_id, **(typed | {"stage": "PRE"}))
    assert said == say(desk, "stages.already_there", stage=labels["PRE"])


def _choices(card: Any, field: str) -> list[dict[str, str]]:  # noqa: ANN401
    """What an input offers."""
    if isinstance(card, dict):
        if card.get("id") == field and "choices" in card:
            return list(card["choices"])
        card = list(card.values())
    return [one for part in card for one in _choices(part, field)] if isinstance(card, list) else []


async def test_a_reason_without_a_done_step_is_refused_at_the_field(desk: Desk) -> None:
    offer_id = await open_offer(desk)
    typed, _card = await opened(desk, FormCode.STAGE, offer_id)
    wrong = typed | {"stage": "SNT", "reason_code": "SNT.budget_accepted", "reason_note": "They agreed"}
    back = await desk.form("sales lead", Verb.FORM_SAVE, offer_id, **wrong)
    assert say(desk, "errors.reason_of_done") in text_of(back)
    assert (values_of(back)["stage"], values_of(back)["reason_note"]) == ("SNT", "They agreed")
    await desk.closed("sales lead", Verb.FORM_SAVE, offer_id, **(wrong | {"done": "true"}))
    step = desk.read(lambda session: stages.last_step(session, offer_id))
    assert (step.stage, step.done, step.reason_code) == ("SNT", True, "budget_accepted")


async def test_what_has_ended_is_reopened_first(desk: Desk) -> None:
    offer_id = await open_offer(desk)

    def lose(session: Session) -> None:
        stages.end(
            session,
            offers.locked(session, offer_id),
            Outcome.LOST,
            company=desk.around.company,
            actor=desk.person(session, "sales lead"),
            now=desk.now,
            on=desk.now.date(),
            reason="price",
            note="They said so",
        )

    desk.write(lose)
    reply = await desk.press("sales lead", Verb.FORM_OPEN, offer_id, q=FormCode.STAGE.value)
    assert say(desk, "errors.offer_closed") in text_of(reply)
    listed = text_of(await desk.card("sales lead", Verb.RECORDS_SHOW, offer_id, q=ListCode.STAGES.value))
    assert "They said so" in listed
    assert FormCode.STAGE.value not in {one.get("q") for one in _buttons(json.loads(listed))}


def _buttons(card: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    """The data of every button."""
    if isinstance(card, dict):
        own = [card["data"]] if str(card.get("type", "")).startswith("Action.") and "data" in card else []
        return own + [one for value in card.values() for one in _buttons(value)]
    return [one for part in card for one in _buttons(part)] if isinstance(card, list) else []


async def test_a_step_is_marked_done_from_the_history(desk: Desk) -> None:
    offer_id = await open_offer(desk)
    listed = await desk.card("sales lead", Verb.RECORDS_SHOW, offer_id, q=ListCode.STAGES.value)
    assert len(json.dumps(listed)) < SIZE
    button = next(one for one in _buttons(listed) if one.get("q") == FormCode.STEP_DONE.value)
    typed, card = await opened(desk, FormCode.STEP_DONE, int(button["id"]))
    assert typed["done"] == "true"
    assert _choices(card, "reason_code") == []
    said = await desk.closed("sales lead", Verb.FORM_SAVE, int(button["id"]), **(typed | {"reason_note": "*Seen*"}))
    label = desk.around.company.stages.stage[0].label.of(desk.language)
    assert said == say(desk, "stages.finished", stage=label)
    listed = await desk.card("sales lead", Verb.RECORDS_SHOW, offer_id, q=ListCode.STAGES.value)
    assert say(desk, "stages.state_done") in text_of(listed)
    assert r"\\*Seen\\*" in text_of(listed)


async def test_the_history_names_who_when_and_how_long(desk: Desk) -> None:
    offer_id = await open_offer(desk)
    desk.later(days=3)
    typed, _card = await opened(desk, FormCode.STAGE, offer_id)
    await desk.closed("sales lead", Verb.FORM_SAVE, offer_id, **(typed | {"stage": "PRE"}))
    desk.later(days=1)
    listed = ""
    for reader in ("sales lead", "key user"):
        listed = text_of(await desk.card(reader, Verb.RECORDS_SHOW, offer_id, q=ListCode.STAGES.value))
        for step in ("DET", "PRE"):
            stage = desk.around.company.stages.by_code(step)
            assert stage is not None
            assert stage.label.of(desk.language) in listed
        assert say(desk, "stages.cause_person_by", name="sales lead") in listed
        days = texts(Language(desk.language)).n("stages.since", 3, day="~").rsplit("~", maxsplit=1)[-1]
        assert days.replace("\u00a0", " ") in listed
    assert Verb.FORM_OPEN.value not in verbs_of(json.loads(listed))


async def test_thirty_steps_are_paged(french: Desk) -> None:
    offer_id = await open_offer(french)

    def wander(session: Session) -> None:
        found = offers.locked(session, offer_id)
        for turn in range(30):
            code = ("EVA", "PRE")[turn % 2]
            stages.enter(
                session,
                found,
                code,
                company=french.around.company,
                now=french.now,
                cause="person",
                actor_id=found.owner_id,
            )

    french.write(wander)
    pages = []
    for page in range(4):
        card = await french.card("sales lead", Verb.RECORDS_SHOW, offer_id, q=f"{ListCode.STAGES.value}/{page}")
        assert len(json.dumps(card)) < SIZE
        pages.append(text_of(card).count(say(french, "stages.cause_person_by", name="sales lead")))
    assert sum(pages) == 31


async def test_a_step_after_the_award(desk: Desk) -> None:
    offer_id = await open_offer(desk)
    typed, _card = await opened(desk, FormCode.POST_AWARD, offer_id)
    back = await desk.form("sales lead", Verb.FORM_SAVE, offer_id, **(typed | {"step": "KICK", "day": "2026-11-22"}))
    assert say(desk, "errors.step_before", day="~").split("~")[0] in text_of(back)
    assert values_of(back)["day"] == "2026-11-22"
    await desk.closed("sales lead", Verb.FORM_SAVE, offer_id, **(typed | {"step": "KICK", "day": "2026-12-01"}))
    assert offer(desk, offer_id).stage == "DET"
    assert desk.count(StageStep, post_award=True) == 1
    listed = text_of(await desk.card("sales lead", Verb.RECORDS_SHOW, offer_id, q=ListCode.STAGES.value))
    assert "Kick-off" in listed


# associations


async def test_offers_are_associated_listed_and_taken_apart(desk: Desk) -> None:
    first, second = await open_offer(desk), await open_offer(desk, "1-20002", "Heat shield")
    typed, card = await opened(desk, FormCode.ASSOCIATION_ADD, second)
    assert str(first) in {one["value"] for one in _choices(card, "other_id")}
    said = await desk.closed("sales lead", Verb.FORM_SAVE, second, **(typed | {"other_id": str(first)}))
    assert said == say(desk, "associations.added")
    back = await desk.form("sales lead", Verb.FORM_SAVE, first, **(typed | {"other_id": str(second)}))
    assert say(desk, "errors.already_associated") in text_of(back)
    back = await desk.form("sales lead", Verb.FORM_SAVE, first, **(typed | {"other_id": str(first)}))
    assert say(desk, "errors.associated_with_itself") in text_of(back)
    listed = await desk.card("sales lead", Verb.RECORDS_SHOW, second, q=ListCode.ASSOCIATIONS.value)
    assert "Thermal protection" in text_of(listed)
    away = next(one for one in _buttons(listed) if one["verb"] == Verb.RECORD_REMOVE.value)
    left = await desk.card("sales lead", Verb.RECORD_REMOVE, int(away["id"]), q=away["q"])
    assert say(desk, "associations.empty") in text_of(left)
    assert "Heat shield" in text_of(left)
    assert desk.count(Association) == 0


async def test_a_colleague_reads_associations_and_removes_none(french: Desk) -> None:
    first, second = await open_offer(french), await open_offer(french, "1-20002")

    def pair(session: Session) -> None:
        owner = french.person(session, "sales lead")
        specs = associations_fields()
        typed = {"other_id": str(second), "kind": "related"}
        associations.associate(session, first, specs, typed, actor=owner, now=french.now)

    french.write(pair)
    listed = await french.card("key user", Verb.RECORDS_SHOW, first, q=ListCode.ASSOCIATIONS.value)
    assert verbs_of(listed) <= {Verb.OFFER_SHOW.value}
    number = french.read(lambda session: session.execute(sa.select(Association.id)).scalar_one())
    reply = await french.press("key user", Verb.RECORD_REMOVE, number, q=ListCode.ASSOCIATIONS.value)
    assert "Seuls" in text_of(reply)
    assert french.count(Association) == 1


def associations_fields() -> Any:  # noqa: ANN401
    """The dialog's fields without words."""
    from bot.offers.fields import association  # noqa: PLC0415
    from bot.offers.models import AssociationKind  # noqa: PLC0415

    return association({one.value: one.value for one in AssociationKind})


async def test_the_picker_names_people_by_their_directory_id(french: Desk) -> None:
    offer_id = await open_offer(french)
    typed, _card = await opened(french, FormCode.QUALIFICATION, offer_id)
    assert typed["owner_id"] == object_id("sales lead")
    await french.closed("sales lead", Verb.FORM_SAVE, offer_id, **(typed | {"owner_id": object_id("engineer")}))
    assert offer(french, offer_id).owner_id == french.person_id("engineer")
