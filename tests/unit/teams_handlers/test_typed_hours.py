"""Hours typed in chat, through the whole bot: entered, asked about, taken back, and seen on the offer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.hours.models import HoursEntry, HoursWeek
from bot.hours.rules import monday_of
from bot.offers.models import Offer, Outcome, TeamMember, TeamRole
from bot.teams.replies import CardReply, TextReply
from cards.verbs import FormCode, Verb
from tests.unit.teams_handlers.desk import Desk, text_of, verbs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

TODAY = date(2026, 11, 23)
WEEK = TODAY.isoformat()


def offer(desk: Desk, number: str, *team: str, title: str = "Heat shield", **columns: Any) -> int:  # noqa: ANN401
    """An offer of the sales lead's with that number, and these people on its team."""
    tender_id = desk.tender(f"1-2{sum(number.encode()):04}", title)

    def work(session: Session) -> int:
        from bot.tenders import service as tenders  # noqa: PLC0415  only the desk's own tests need it

        lead = desk.person(session, "sales lead")
        made = tenders.evaluate(session, tender_id, lead, desk.now, desk.around.company)
        values = {"number": number or None, "opened_on": TODAY - timedelta(days=30)} | columns
        session.execute(sa.update(Offer).filter_by(id=made.id).values(**values))
        session.add_all(
            TeamMember(
                offer_id=made.id,
                person_id=desk.person(session, name).id,
                role=TeamRole.CONTRIBUTOR,
                joined_on=TODAY - timedelta(days=30),
            )
            for name in team
        )
        return made.id

    return desk.write(work)


def spent(desk: Desk, who: str = "engineer") -> dict[tuple[str | None, date], float]:
    """Hours by offer number and part of a week."""

    def work(session: Session) -> dict[tuple[str | None, date], float]:
        total = sa.func.sum(HoursEntry.quarters)
        rows = session.execute(
            sa.select(Offer.number, HoursEntry.part_on, total)
            .join(Offer, Offer.id == HoursEntry.offer_id)
            .where(HoursEntry.person_id == desk.person(session, who).id)
            .group_by(Offer.number, HoursEntry.part_on)
            .having(total != 0)
        )
        return {(row[0], row[1]): row[2] / 4 for row in rows}

    return desk.read(work)


async def say(desk: Desk, text: str, by: str = "engineer", *, channel: bool = False) -> dict[str, Any]:
    reply = await desk.say(by, text, channel=channel)
    assert isinstance(reply, CardReply), reply
    return reply.card


def buttons(card: Any, verb: Verb) -> list[dict[str, Any]]:  # noqa: ANN401
    """What the buttons of a verb carry, in their order."""

    def walk(node: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
        if isinstance(node, dict):
            data = node.get("data", {})
            if str(node.get("type")) in {"Action.Execute", "Action.Submit"} and data.get("verb") == verb.value:
                yield data
            for key, value in node.items():
                if key != "fallback":
                    yield from walk(value)
        elif isinstance(node, list):
            for value in node:
                yield from walk(value)

    return list(walk(card))


def flat(node: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    """Every element of a card in its order."""
    if isinstance(node, dict):
        return [node, *(one for value in node.values() for one in flat(value))]
    return [one for value in node for one in flat(value)] if isinstance(node, list) else []


async def pressed(desk: Desk, button: dict[str, Any], by: str = "engineer") -> Any:  # noqa: ANN401
    sent = {key: value for key, value in button.items() if key in {"rev", "q"}}
    return await desk.press(by, Verb(button["verb"]), button["id"], **sent)


async def test_typed_hours_are_entered_and_answered_with_the_week(desk: Desk) -> None:
    offer(desk, "S580", "engineer")
    await say(desk, "log 8.5 S580")
    card = await say(desk, "S580 3h30 lundi")
    assert spent(desk) == {("S580", TODAY): 12}
    words = text_of(card)
    expected = ("S580 : 3,5 h ajoutées lun. 23 nov.", "Semaine : 12 h.")
    if desk.language == "en":
        expected = ("S580: 3.5 h added on Mon 23 Nov", "Week: 12 h.")
    assert all(said in words for said in expected)
    assert verbs_of(card) == {Verb.HOURS_UNDO, Verb.HOURS_SHOW}


@pytest.mark.parametrize("text", ["log 3.5 S580", "S580 3h, S581 2h", "3h30"])
async def test_a_repeated_delivery_enters_nothing_more(desk: Desk, text: str) -> None:
    offer(desk, "S580", "engineer")
    if "S581" in text:
        offer(desk, "S581")
    first = await desk.say("engineer", text)
    before = spent(desk)
    assert before
    desk.dispatcher = desk.fresh()
    assert await desk.again() == first
    assert spent(desk) == before


async def test_several_pairs_are_one_answer_that_one_undo_takes_back(french: Desk) -> None:
    for number in ("S580", "S581"):
        offer(french, number, "engineer")
    await say(french, "2h S580")
    card = await say(french, "S580 2h, S580 1h, S581 4h")
    assert spent(french) == {("S580", TODAY): 5, ("S581", TODAY): 4}
    assert "7 h ajoutées en tout" in text_of(card)
    (undo,) = buttons(card, Verb.HOURS_UNDO)
    await pressed(french, undo)
    await pressed(french, undo)
    assert spent(french) == {("S580", TODAY): 2}


async def test_two_weeks_each_have_their_undo(french: Desk) -> None:
    for number in ("S580", "S581"):
        offer(french, number, "engineer")
    card = await say(french, "S580 2h vendredi, S581 1h aujourd'hui")
    last_week = date(2026, 11, 16)
    assert spent(french) == {("S580", last_week): 2, ("S581", TODAY): 1}
    assert "Annuler sem. 47" in text_of(card)
    first, _second = buttons(card, Verb.HOURS_UNDO)
    assert first["q"] == last_week.isoformat()
    await pressed(french, first)
    assert spent(french) == {("S581", TODAY): 1}


async def test_all_or_nothing(french: Desk) -> None:
    offer(french, "S580", "engineer")
    card = await say(french, "S580 2h, S999 3h")
    assert spent(french) == {}
    assert "« S999 » n’est pas une offre" in text_of(card)
    assert "Rien n’est encore enregistré" in text_of(card)
    assert not buttons(card, Verb.HOURS_PICK)


async def test_the_offer_is_guessed_when_there_is_only_one(desk: Desk) -> None:
    offer(desk, "S580", "engineer")
    offer(desk, "S581")
    offer(desk, "S582", "engineer", outcome=Outcome.LOST, ended_on=TODAY - timedelta(days=20))
    await say(desk, "3h")
    assert spent(desk) == {("S580", TODAY): 3}


async def test_of_several_offers_one_is_asked_for_and_one_click_enters(desk: Desk) -> None:
    for number in ("S580", "S581"):
        offer(desk, number, "engineer")
    card = await say(desk, "3h hier")
    assert spent(desk) == {}
    _first, second = buttons(card, Verb.HOURS_PICK)
    reply = await pressed(desk, second)
    sunday_week = date(2026, 11, 16)
    assert spent(desk) == {("S581", sunday_week): 3}
    assert Verb.HOURS_UNDO in verbs_of(reply.card)
    again = await pressed(desk, second)
    assert spent(desk) == {("S581", sunday_week): 3}, "a second click is harmless"
    assert "S581" in text_of(again)
    assert await desk.again() == again


async def test_a_choice_is_asked_again_when_the_week_changed_meanwhile(french: Desk) -> None:
    for number in ("S580", "S581"):
        offer(french, number, "engineer")
    first, _second = buttons(await say(french, "3h"), Verb.HOURS_PICK)
    await say(french, "log 2 S581")
    reply = await pressed(french, first)
    assert spent(french) == {("S581", TODAY): 2}
    assert "ont changé entre-temps" in text_of(reply)
    (anew,) = buttons(reply.card, Verb.HOURS_PICK)
    await pressed(french, anew)
    assert spent(french) == {("S580", TODAY): 3, ("S581", TODAY): 2}


async def test_a_choice_is_only_for_who_was_asked(desk: Desk) -> None:
    for number in ("S580", "S581"):
        offer(desk, number, "engineer")
    first, _second = buttons(await say(desk, "3h"), Verb.HOURS_PICK)
    assert isinstance(await pressed(desk, first, by="CTO"), TextReply)
    assert spent(desk, "CTO") == {}


@pytest.mark.parametrize("q", ["", "x", "14", "14/2026-11-23", "0/2026-11-23/1", "999/2026-11-23/1", "4/1999-01-01/1"])
async def test_a_forged_choice_enters_nothing(french: Desk, q: str) -> None:
    number = offer(french, "S580", "engineer")
    assert isinstance(await french.press("engineer", Verb.HOURS_PICK, number, q=q, rev=0), TextReply)
    mine = f"4/{WEEK}/{french.person_id('engineer')}"
    assert isinstance(await french.press("engineer", Verb.HOURS_PICK, 10**6, q=mine, rev=0), TextReply)
    assert spent(french) == {}


@pytest.mark.parametrize(
    ("text", "fr", "en"),
    [
        ("2h 3h S580", "Quelles heures pour quelle offre ?", "Which hours for which offer?"),
        ("log 2 S580 demain", "Ce jour n’est pas encore arrivé", "That day is still to come"),
        ("log 2 S580 31/02", "Quel jour ?", "Which day?"),
        ("log 2 S580 last week", "Quel jour de la semaine ?", "Which day of the week?"),
        ("log 0 S580", "0 h n’ajoute rien", "0 h adds nothing"),
        ("80 h S580", "80 h en un jour ?", "80 h in one day?"),
        ("log 3 S580 relecture", "Est-ce bien cela ?", "Is this right?"),
        ("log 3 S850", "« S850 » n’est pas une offre", "“S850” is no offer"),
        ("S580 2h lundi dernier", "ajoutées lun. 16 nov.", "added on Mon 16 Nov"),
    ],
)
async def test_what_is_not_sure_is_asked(desk: Desk, text: str, fr: str, en: str) -> None:
    offer(desk, "S580", "engineer")
    words = text_of(await say(desk, text))
    assert (fr if desk.language == "fr" else en) in words


async def test_a_typing_error_in_the_number_is_offered_and_completed_in_one_click(desk: Desk) -> None:
    offer(desk, "S580", "engineer")
    (near,) = buttons(await say(desk, "log 3 S850"), Verb.HOURS_PICK)
    await pressed(desk, near)
    assert spent(desk) == {("S580", TODAY): 3}


async def test_a_long_day_and_odd_words_wait_for_one_click(french: Desk) -> None:
    offer(french, "S580", "engineer")
    for text in ("35h S580", "2h S580 relecture"):
        (choice,) = buttons(await say(french, text), Verb.HOURS_PICK)
        await pressed(french, choice)
    assert spent(french) == {("S580", TODAY): 37}


async def test_a_day_that_can_be_two_has_a_button_for_each(database: Any) -> None:  # noqa: ANN401
    desk = Desk(database, language="en")
    desk.staff()
    desk.later(days=2)
    offer(desk, "S580", "engineer")
    earlier, later = buttons(await say(desk, "2h S580 last Monday"), Verb.HOURS_PICK)
    assert (earlier["q"].split("/")[1], later["q"].split("/")[1]) == ("2026-11-16", "2026-11-23")
    await pressed(desk, earlier)
    assert spent(desk) == {("S580", date(2026, 11, 16)): 2}


async def test_reference_and_project_number_name_an_offer_too(french: Desk) -> None:
    offer(french, "", "engineer", external_reference="RFP-2026-17")
    offer(french, "S580", "engineer", outcome=Outcome.WON, project_number="S580P")
    await say(french, "2h rfp-2026-17")
    card = await say(french, "1h S580P")
    assert spent(french) == {(None, TODAY): 2, ("S580", TODAY): 1}
    assert "S580 est terminée (Gagnée)" in text_of(card)


async def test_a_reference_of_two_offers_is_asked_about(french: Desk) -> None:
    for number in ("S580", "S581"):
        offer(french, number, external_reference="RFP-2026-17")
    card = await say(french, "2h RFP-2026-17")
    assert "désigne plusieurs offres" in text_of(card)
    assert len(buttons(card, Verb.HOURS_PICK)) == 2


async def test_refusals_say_what_to_type(desk: Desk) -> None:
    offer(desk, "S580", "engineer")
    for text in ("log 3h10 S580", "log -2 S580", "log 100 S580", "log 2 S580 2026-03-02"):
        reply = await desk.say("engineer", text)
        assert isinstance(reply, TextReply), text
    assert spent(desk) == {}
    await say(desk, "log 16 S580")
    (choice,) = buttons(await say(desk, "log 70 S580"), Verb.HOURS_PICK)
    assert isinstance(await pressed(desk, choice), TextReply), "more than a week's 80 hours"
    assert spent(desk) == {("S580", TODAY): 16}


async def test_a_guest_enters_and_sees_nothing(french: Desk) -> None:
    offer(french, "S580", "engineer")

    def make_guest(session: Session) -> None:
        french.person(session, "engineer").guest = True

    french.write(make_guest)
    for text in ("log 2 S580", "heures S580", "heures", "log"):
        assert isinstance(await french.say("engineer", text), TextReply), text
    assert spent(french) == {}


async def test_my_week_and_the_week_before(desk: Desk) -> None:
    offer(desk, "S580", "engineer")
    assert Verb.HOURS_FINAL in verbs_of(await say(desk, "heures"))
    card = await say(desk, "hours last week")
    assert date(2026, 11, 16).isoformat() in text_of(card)


async def test_in_a_channel_nobody_elses_week_is_shown(desk: Desk) -> None:
    offer(desk, "S580", "engineer")
    week = await say(desk, "hours", channel=True)
    assert Verb.HOURS_FINAL not in verbs_of(week)
    card = await say(desk, "log 2 S580", channel=True)
    assert spent(desk) == {("S580", TODAY): 2}
    assert verbs_of(card) == set()
    assert ("Semaine" if desk.language == "fr" else "Week:") not in text_of(card)


async def test_the_hours_of_an_offer(desk: Desk) -> None:
    number = offer(desk, "S580", "engineer", "project manager", planned_hours=20)
    empty = text_of(await say(desk, "heures S580"))
    assert ("Aucune heure pour l’instant" if desk.language == "fr" else "No hours so far") in empty
    await say(desk, "log 6 S580")
    await say(desk, "log 9 S580 2026-11-12", by="CTO")
    await say(desk, "log 9 S580 2026-11-12", by="sales lead")
    card = await say(desk, "hours S580", by="key user")
    words = text_of(card)
    french = desk.language == "fr"
    assert ("24 h sur 20 h prévues (120 %)" if french else "24 h of 20 h planned (120%)") in words
    assert ("4 h de plus que prévu" if french else "4 h more than planned") in words
    chart = next(part for part in card["body"] if part["type"] == "Chart.VerticalBar")
    assert [bar["y"] for bar in chart["data"]] == [0, 0, 0, 0, 0, 18, 0, 6]
    people = next(part for part in card["body"] if part["type"] == "FactSet")["facts"]
    assert [fact["title"] for fact in people] == ["CTO", "sales lead", "engineer", "project manager"]
    assert await desk.card("key user", Verb.HOURS_OFFER, number) == card
    offer_card = text_of(await desk.card("engineer", Verb.OFFER_SHOW, number))
    assert (
        "**Heures** 24 h sur 20 h prévues (120 %)" if french else "**Hours** 24 h of 20 h planned (120%)"
    ) in offer_card


async def test_an_offer_by_words_is_asked_for(french: Desk) -> None:
    offer(french, "S580", title="Thermal protection")
    card = await say(french, "heures thermal")
    (show,) = buttons(card, Verb.HOURS_OFFER)
    assert "Aucune heure" in text_of(await pressed(french, show))
    assert "Vérifiez le numéro" in text_of(await say(french, "heures S99999"))


async def test_a_bare_log_brings_the_dialog(desk: Desk) -> None:
    assert not buttons(await say(desk, "log"), Verb.FORM_OPEN)
    number = offer(desk, "S580", "engineer")
    for text in ("log", "log S580"):
        (button,) = buttons(await say(desk, text), Verb.FORM_OPEN)
        assert (button["id"], button["q"]) == (number, FormCode.HOURS_LOG.value)
    offer(desk, "S581", "engineer")
    assert len(buttons(await say(desk, "log"), Verb.FORM_OPEN)) == 2


async def test_a_misspelt_command_is_confirmed_before_anything_is_entered(desk: Desk) -> None:
    offer(desk, "S580", "engineer")
    for text in ("heurres S580 7,5", "hourss 7.5 S580"):
        card = await say(desk, text)
        assert spent(desk) == {}, text
        assert buttons(card, Verb.HOURS_PICK), text
    card = await desk.card("engineer", Verb.COMMAND_RUN, q="log 7.5 S580")
    assert spent(desk) == {}
    (choice,) = buttons(card, Verb.HOURS_PICK)
    await pressed(desk, choice)
    assert spent(desk) == {("S580", TODAY): 7.5}


async def test_a_search_that_looks_like_hours_is_a_search(french: Desk) -> None:
    offer(french, "S580", "engineer")
    await say(french, "chercher 3h S580")
    assert spent(french) == {}


# The dialog


async def filled(desk: Desk, number: int, day: str, hours: str) -> Any:  # noqa: ANN401
    code = FormCode.HOURS_LOG.value
    return await desk.press("engineer", Verb.FORM_SAVE, number, q=code, rev=0, day=day, hours=hours)


async def test_the_dialog_enters_a_day(desk: Desk) -> None:
    number = offer(desk, "S580", "engineer")
    form = await desk.form("engineer", Verb.FORM_OPEN, number, q=FormCode.HOURS_LOG.value)
    assert WEEK in text_of(form), "today by default"
    said = text_of(await filled(desk, number, day="2026-11-20", hours="7h30")).replace("\u00a0", " ")
    expected = "S580 : 7,5 h ajoutées ven. 20 nov. Semaine : 7,5 h."
    assert said == (expected if desk.language == "fr" else "S580: 7.5 h added on Fri 20 Nov. Week: 7.5 h.")
    assert text_of(await desk.again()).replace("\u00a0", " ") == said
    assert spent(desk) == {("S580", monday_of(date(2026, 11, 20))): 7.5}


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"day": WEEK, "hours": "3h10"}, "hours", "quarts d’heure"),
        ({"day": WEEK, "hours": "x"}, "hours", "n’est pas un nombre d’heures"),
        ({"day": WEEK, "hours": "0"}, "hours", "Tapez les heures"),
        ({"day": WEEK, "hours": "25"}, "hours", "Un jour a 24 h"),
        ({"day": "2026-11-24", "hours": "2"}, "day", "pas encore arrivé"),
        ({"day": "2026-03-02", "hours": "2"}, "day", "verrouillé"),
        ({"day": "", "hours": "2"}, "day", ""),
    ],
)
async def test_the_dialog_says_what_is_wrong_at_the_field(
    french: Desk, typed: dict[str, str], field: str, words: str
) -> None:
    number = offer(french, "S580", "engineer")
    reply = await filled(french, number, typed["day"], typed["hours"])
    at = next(place for place, node in enumerate(flat(reply.card)) if node.get("id") == field)
    below = flat(reply.card)[at + 1]
    assert below.get("color") == "attention"
    assert words in text_of(below)
    assert spent(french) == {}


async def test_an_ended_offer_takes_hours_with_a_hint(desk: Desk) -> None:
    number = offer(desk, "S580", outcome=Outcome.LOST, ended_on=TODAY)
    form = text_of(await desk.form("engineer", Verb.FORM_OPEN, number, q=FormCode.HOURS_LOG.value))
    assert ("L’offre est terminée (Perdue)" if desk.language == "fr" else "The offer has ended (Lost)") in form
    assert await filled(desk, number, day=WEEK, hours="2")
    assert spent(desk) == {("S580", TODAY): 2}


async def test_entering_hours_marks_the_week_once_per_answer(french: Desk) -> None:
    offer(french, "S580", "engineer")
    await say(french, "log 2 S580")
    await say(french, "log 2 S580")
    week = french.read(lambda session: session.scalars(sa.select(HoursWeek)).one())
    assert (week.quarters, week.revision, week.final) == (16, 2, False)
    assert french.count(HoursEntry, person_id=french.person_id("engineer")) == 2
