"""The card of a week, pressed and typed on through the whole bot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.hours import service as hours
from bot.hours.models import HoursEntry, HoursWeek
from bot.offers.models import Offer, TeamMember, TeamRole
from bot.offers.service import open_offer
from bot.people.models import Person
from bot.sync.ledger import want
from bot.sync.models import Kind, person_target
from bot.teams.context import reader_of
from bot.teams.presenters.messages import DRAW
from bot.teams.replies import CardReply, DialogReply, TextReply
from cards.verbs import Verb
from tests.unit.teams_handlers.desk import MONDAY, text_of, values_of, verbs_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.unit.teams_handlers.desk import Desk

WEEK, LAST_WEEK = "2026-11-23", date(2026, 11, 16)
STRADDLING = "2026-11-30"
FRIDAY = datetime(2026, 11, 27, 13, 0, tzinfo=UTC)
IN_DECEMBER = datetime(2026, 12, 4, 13, 0, tzinfo=UTC)
AFTER_NOVEMBERS_LOCK = datetime(2026, 12, 8, 9, 0, tzinfo=UTC)
MARCH = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)


@dataclass
class Timesheet:
    """The engineer's hours at the desk, on two offers."""

    desk: Desk
    first: int = 0
    second: int = 0

    def __post_init__(self) -> None:
        self.first, self.second = self.offer("S580", "engineer"), self.offer("S581", "engineer")
        self.engineer = self.desk.person_id("engineer")
        self.desk.now = FRIDAY

    def offer(self, number: str, *team: str) -> int:
        """An offer of that number with these people on its team since the beginning of the month."""

        def work(session: Session) -> int:
            owner = self.desk.person(session, "sales lead")
            given: dict[str, Any] = {"tender": None, "client_name": None, "owner": owner, "now": MONDAY}
            offer = open_offer(session, title=f"Offer {number}", opened_on=date(2026, 11, 2), **given)
            offer.number = number
            for name in team:
                member = self.desk.person(session, name)
                session.add(
                    TeamMember(
                        offer_id=offer.id,
                        person_id=member.id,
                        role=TeamRole.CONTRIBUTOR,
                        joined_on=date(2026, 11, 2),
                    )
                )
            session.flush()
            return offer.id

        return self.desk.write(work)

    def before(self, week_on: date, **worked: float) -> None:
        """Hours the engineer entered in an earlier week, on S580 (``first``) and S581 (``second``)."""
        values: hours.Values = {(getattr(self, name), None): round(number * 4) for name, number in worked.items()}

        def work(session: Session) -> None:
            engineer = self.desk.person(session, "engineer")
            hours.save(
                session,
                engineer.id,
                week_on,
                values,
                actor=engineer,
                now=self.desk.now,
                company=self.desk.around.company,
                final=True,
            )

        self.desk.write(work)

    async def shown(self, week: str = WEEK, by: str = "engineer") -> dict[str, Any]:
        """The engineer's week."""
        return await self.desk.card(by, Verb.HOURS_SHOW, self.engineer, q=week)

    async def press(self, verb: Verb, card: dict[str, Any], by: str = "engineer", **typed: str) -> dict[str, Any]:
        """Press a button of that card, with everything that stands in its inputs, changed where it is typed."""
        data = button(card, verb)
        inputs = {name: str(value) for name, value in values_of(card).items()} | typed
        return await self.desk.card(by, verb, int(data.pop("id")), **{**inputs, **without_verb(data)})

    def week(self, week_on: date = date(2026, 11, 23)) -> HoursWeek | None:
        """The engineer's row."""
        return self.desk.read(
            lambda session: session.scalars(
                sa.select(HoursWeek).where(HoursWeek.person_id == self.engineer, HoursWeek.week_on == week_on)
            ).one_or_none()
        )

    def entered(self, week_on: date = date(2026, 11, 23)) -> dict[int, float]:
        """Hours by offer in a week."""

        def work(session: Session) -> dict[int, float]:
            rows = session.execute(
                sa.select(HoursEntry.offer_id, sa.func.sum(HoursEntry.quarters))
                .where(HoursEntry.part_on >= week_on, HoursEntry.part_on < week_on + timedelta(days=7))
                .group_by(HoursEntry.offer_id)
            )
            return {offer_id: int(quarters) / 4 for offer_id, quarters in rows if quarters}

        return self.desk.read(work)

    def inputs(self, **typed: str) -> dict[str, str]:
        """Input ids of the two offers."""
        return {f"h_{getattr(self, name)}": text for name, text in typed.items()}


def without_verb(data: dict[str, Any]) -> dict[str, Any]:
    """What a button carries besides its verb."""
    return {name: value for name, value in data.items() if name not in {"verb", "msteams"}}


def button(card: Any, verb: Verb) -> dict[str, Any]:  # noqa: ANN401
    """What the button of that verb carries."""
    found: list[dict[str, Any]] = []

    def walk(node: Any) -> None:  # noqa: ANN401
        if isinstance(node, dict):
            data = node.get("data")
            if isinstance(data, dict) and data.get("verb") == verb.value:
                found.append(data)
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(card)
    assert found, f"no button {verb}"
    return dict(found[0])


@pytest.fixture
def timesheet(desk: Desk) -> Timesheet:
    """In both languages."""
    return Timesheet(desk)


@pytest.fixture
def frenchsheet(french: Desk) -> Timesheet:
    """Where the language makes no difference."""
    return Timesheet(french)


async def test_the_same_as_last_week_is_one_click(timesheet: Timesheet) -> None:
    desk = timesheet.desk
    timesheet.before(LAST_WEEK, first=7, second=4.5)
    card = await timesheet.shown()
    half = "4,5" if desk.language == "fr" else "4.5"
    assert values_of(card)[f"h_{timesheet.first}"] == "7"
    assert values_of(card)[f"h_{timesheet.second}"] == half
    sent = desk.activities
    answered = await timesheet.press(Verb.HOURS_SAME, card)
    assert desk.activities == sent + 1
    assert timesheet.entered() == {timesheet.first: 7, timesheet.second: 4.5}
    week = timesheet.week()
    assert week is not None
    assert week.final
    total = "11,5 h enregistrées" if desk.language == "fr" else "11.5 h saved"
    assert total in text_of(answered)
    assert verbs_of(answered) >= {"hours.undo", "hours.reopen", "hours.show"}


async def test_the_first_button_says_the_same_when_nothing_changed(frenchsheet: Timesheet) -> None:
    frenchsheet.before(LAST_WEEK, first=7, second=4.5)
    card = await frenchsheet.shown()
    assert card["actions"][0]["data"]["verb"] == "hours.final"
    await frenchsheet.press(Verb.HOURS_FINAL, card)
    assert frenchsheet.entered() == {frenchsheet.first: 7, frenchsheet.second: 4.5}


async def test_changed_numbers_take_one_press_besides_the_typing(timesheet: Timesheet) -> None:
    desk = timesheet.desk
    timesheet.before(LAST_WEEK, first=7, second=4.5)
    card = await timesheet.shown()
    sent = desk.activities
    await timesheet.press(Verb.HOURS_FINAL, card, **timesheet.inputs(first="3h30", second="0,75"))
    assert desk.activities == sent + 1
    assert timesheet.entered() == {timesheet.first: 3.5, timesheet.second: 0.75}


async def test_no_hours_is_an_answer_in_one_click(timesheet: Timesheet) -> None:
    card = await timesheet.shown()
    assert "hours.same" not in verbs_of(card)
    answered = await timesheet.press(Verb.HOURS_NONE, card)
    week = timesheet.week()
    assert week is not None
    assert week.final
    assert week.quarters == 0
    assert ("Aucune heure" if timesheet.desk.language == "fr" else "No hours") in text_of(answered)


async def test_saved_for_later_stays_open(timesheet: Timesheet) -> None:
    card = await timesheet.press(Verb.HOURS_LATER, await timesheet.shown(), **timesheet.inputs(first="2", second=""))
    week = timesheet.week()
    assert week is not None
    assert not week.final
    assert timesheet.entered() == {timesheet.first: 2}
    assert values_of(card)[f"h_{timesheet.first}"] == "2"
    assert verbs_of(card) >= {"hours.final", "hours.later"}
    assert not verbs_of(card) & {"hours.same", "hours.none"}
    await timesheet.press(Verb.HOURS_FINAL, card)
    assert timesheet.entered() == {timesheet.first: 2}


async def test_a_wrong_number_stands_at_its_input_and_nothing_typed_is_lost(timesheet: Timesheet) -> None:
    card = await timesheet.press(
        Verb.HOURS_FINAL, await timesheet.shown(), **timesheet.inputs(first="3.4", second="lots")
    )
    assert timesheet.entered() == {}
    assert values_of(card)[f"h_{timesheet.first}"] == "3.4"
    assert values_of(card)[f"h_{timesheet.second}"] == "lots"
    french = timesheet.desk.language == "fr"
    assert ("3,25 ou 3,5" if french else "3.25 or 3.5") in text_of(card)
    assert "lots" in text_of(card)
    again = await timesheet.desk.again()
    assert isinstance(again, CardReply)
    assert again.card == card
    await timesheet.press(Verb.HOURS_FINAL, card, **timesheet.inputs(first="3,5", second="1"))
    assert timesheet.entered() == {timesheet.first: 3.5, timesheet.second: 1}


@pytest.mark.parametrize(("first", "second", "told"), [("79", "2", "81 h"), ("81", "", "81 h")])
async def test_more_than_a_week_holds_is_said(frenchsheet: Timesheet, first: str, second: str, told: str) -> None:
    card = await frenchsheet.press(
        Verb.HOURS_FINAL, await frenchsheet.shown(), **frenchsheet.inputs(first=first, second=second)
    )
    assert told in text_of(card)
    assert "80 h" in text_of(card)
    assert values_of(card)[f"h_{frenchsheet.first}"] == first
    assert frenchsheet.entered() == {}


async def test_an_answer_is_taken_back_and_pressed_twice_is_taken_back_once(timesheet: Timesheet) -> None:
    timesheet.before(LAST_WEEK, first=7)
    answered = await timesheet.press(Verb.HOURS_SAME, await timesheet.shown())
    back = await timesheet.press(Verb.HOURS_UNDO, answered)
    assert timesheet.entered() == {}
    assert values_of(back)[f"h_{timesheet.first}"] == "7"
    assert "hours.same" in verbs_of(back)
    await timesheet.press(Verb.HOURS_UNDO, answered)
    assert timesheet.entered() == {}
    assert timesheet.desk.count(HoursEntry) == 3


async def test_too_late_to_take_back_is_said(frenchsheet: Timesheet) -> None:
    answered = await frenchsheet.press(Verb.HOURS_FINAL, await frenchsheet.shown(), **frenchsheet.inputs(first="1"))
    frenchsheet.desk.later(minutes=6)
    data = button(answered, Verb.HOURS_UNDO)
    reply = await frenchsheet.desk.press("engineer", Verb.HOURS_UNDO, data["id"], q=data["q"], rev=data["rev"])
    assert isinstance(reply, TextReply)
    assert "ne peut plus être annulée" in reply.text
    assert "hours.undo" not in verbs_of(await frenchsheet.shown())


async def test_change_asks_again_with_the_numbers(frenchsheet: Timesheet) -> None:
    answered = await frenchsheet.press(Verb.HOURS_FINAL, await frenchsheet.shown(), **frenchsheet.inputs(first="1"))
    card = await frenchsheet.press(Verb.HOURS_REOPEN, answered)
    assert values_of(card)[f"h_{frenchsheet.first}"] == "1"
    await frenchsheet.press(Verb.HOURS_FINAL, card, **frenchsheet.inputs(first="1,5"))
    assert frenchsheet.entered() == {frenchsheet.first: 1.5}


async def test_every_press_delivered_again_changes_nothing_more(frenchsheet: Timesheet) -> None:
    desk = frenchsheet.desk
    frenchsheet.before(LAST_WEEK, first=7)
    card = await frenchsheet.shown()
    answered = await frenchsheet.press(Verb.HOURS_SAME, card)
    first = desk.last
    assert first is not None
    again = await desk.again()
    assert isinstance(again, CardReply)
    assert again.card == answered
    await frenchsheet.press(Verb.HOURS_UNDO, answered)
    undone = desk.count(HoursEntry)
    # The first press arrives once more, late.
    await desk.send(first)
    assert desk.count(HoursEntry) == undone
    assert frenchsheet.entered() == {}


async def test_a_double_press_of_final_answers_the_same(frenchsheet: Timesheet) -> None:
    card = await frenchsheet.shown()
    typed = frenchsheet.inputs(first="2", second="3")
    once = await frenchsheet.press(Verb.HOURS_FINAL, card, **typed)
    twice = await frenchsheet.press(Verb.HOURS_FINAL, card, **typed)
    assert once == twice
    assert frenchsheet.desk.count(HoursEntry) == 2


async def test_an_out_of_date_card_replaces_nothing_and_keeps_what_was_typed(timesheet: Timesheet) -> None:
    stale = await timesheet.shown()
    current = await timesheet.press(Verb.HOURS_LATER, stale, **timesheet.inputs(first="3"))
    card = await timesheet.press(Verb.HOURS_FINAL, stale, **timesheet.inputs(first="", second="1"))
    assert timesheet.entered() == {timesheet.first: 3}
    assert values_of(card)[f"h_{timesheet.first}"] == "3"
    assert "« 1 »" in text_of(card) or "“1”" in text_of(card)
    week = timesheet.week()
    assert week is not None
    assert not week.final
    await timesheet.press(Verb.HOURS_FINAL, card, **timesheet.inputs(second="1"))
    assert timesheet.entered() == {timesheet.first: 3, timesheet.second: 1}
    assert current != card


async def test_one_click_never_replaces_hours_that_were_entered(frenchsheet: Timesheet) -> None:
    frenchsheet.before(LAST_WEEK, first=7)
    untouched = await frenchsheet.shown()
    await frenchsheet.press(Verb.HOURS_LATER, untouched, **frenchsheet.inputs(first="3", second="1"))
    for verb in (Verb.HOURS_SAME, Verb.HOURS_NONE):
        card = await frenchsheet.press(verb, untouched)
        assert "déjà saisies" in text_of(card)
    assert frenchsheet.entered() == {frenchsheet.first: 3, frenchsheet.second: 1}


async def test_nothing_to_take_over_is_said_and_answers_nothing(frenchsheet: Timesheet) -> None:
    card = await frenchsheet.desk.card("engineer", Verb.HOURS_SAME, frenchsheet.engineer, q=WEEK)
    assert "pas d’heures à reprendre" in text_of(card)
    assert frenchsheet.week() is None


async def test_another_offer_is_picked_on_the_card(timesheet: Timesheet) -> None:
    other = timesheet.offer("S590")
    card = await timesheet.shown()
    assert f"h_{other}" not in values_of(card)
    card = await timesheet.press(
        Verb.HOURS_LATER, card, **timesheet.inputs(first="1"), add_offer=str(other), add_hours="2,5"
    )
    assert values_of(card)[f"h_{other}"] == ("2,5" if timesheet.desk.language == "fr" else "2.5")
    assert values_of(card)["add_offer"] == ""
    assert timesheet.entered() == {timesheet.first: 1, other: 2.5}


@pytest.mark.parametrize(
    ("offer", "typed", "wrong"),
    [
        ("", "2", "Choisissez l’offre"),
        ("999", "2", "Choisissez l’offre"),
        ("x", "2", "Choisissez l’offre"),
        ("other", "", "Tapez les heures"),
        ("other", "two", "n’est pas un nombre"),
        ("first", "2", "déjà dans la liste"),
    ],
)
async def test_half_an_added_offer_is_asked_for(frenchsheet: Timesheet, offer: str, typed: str, wrong: str) -> None:
    known = {"other": frenchsheet.offer("S590"), "first": frenchsheet.first}
    picked = str(known.get(offer, offer))
    card = await frenchsheet.press(
        Verb.HOURS_FINAL, await frenchsheet.shown(), **frenchsheet.inputs(first="1"), add_offer=picked, add_hours=typed
    )
    assert wrong in text_of(card)
    assert values_of(card)["add_hours"] == typed
    assert values_of(card)[f"h_{frenchsheet.first}"] == "1"
    assert frenchsheet.entered() == {}


async def test_weeks_are_leafed_through_up_to_this_one(timesheet: Timesheet) -> None:
    card = await timesheet.shown()
    assert button(card, Verb.HOURS_SHOW)["q"] == "2026-11-16"
    previous = await timesheet.shown("2026-11-16")
    assert '"q": "2026-11-23"' in text_of(previous)
    reply = await timesheet.desk.press("engineer", Verb.HOURS_SHOW, timesheet.engineer, q="2026-11-30")
    assert isinstance(reply, TextReply)
    assert ("pas encore commencé" if timesheet.desk.language == "fr" else "not begun") in reply.text


async def test_without_a_day_it_is_this_week_and_ones_own(frenchsheet: Timesheet) -> None:
    card = await frenchsheet.desk.card("engineer", Verb.HOURS_SHOW)
    assert "Vos heures du 23 au 29 nov." in text_of(card)


@pytest.mark.parametrize("q", ["2026-11-24", "monday", "1999-12-27", "9999-12-27", "2026-11-23T00", "\u0662"])
async def test_a_forged_week_is_refused(frenchsheet: Timesheet, q: str) -> None:
    for verb in (Verb.HOURS_SHOW, Verb.HOURS_FINAL, Verb.HOURS_NONE):
        reply = await frenchsheet.desk.press("engineer", verb, frenchsheet.engineer, q=q)
        assert isinstance(reply, TextReply), reply
    assert frenchsheet.desk.count(HoursEntry) == 0


async def test_forged_numbers_change_nothing(frenchsheet: Timesheet) -> None:
    numbers = {"h_999999": "3", f"h_{frenchsheet.first}_2026-11-24": "3", f"h_{frenchsheet.first}": "-3"}
    for name, value in numbers.items():
        forged: dict[str, Any] = {"q": WEEK, name: value}
        await frenchsheet.desk.press("engineer", Verb.HOURS_FINAL, frenchsheet.engineer, **forged)
    assert frenchsheet.desk.count(HoursEntry) == 0


async def test_only_the_key_user_enters_somebody_elses_hours(timesheet: Timesheet) -> None:
    desk = timesheet.desk
    for verb in (Verb.HOURS_SHOW, Verb.HOURS_FINAL, Verb.HOURS_SAME, Verb.HOURS_NONE, Verb.HOURS_REOPEN):
        typed: dict[str, Any] = timesheet.inputs(first="1")
        reply = await desk.press("project manager", verb, timesheet.engineer, q=WEEK, **typed)
        assert isinstance(reply, TextReply)
    assert timesheet.week() is None
    card = await timesheet.shown(by="key user")
    assert "engineer" in text_of(card)
    answered = await timesheet.press(Verb.HOURS_FINAL, card, by="key user", **timesheet.inputs(first="6"))
    assert timesheet.entered() == {timesheet.first: 6}
    said = "Saisi par key user" if desk.language == "fr" else "Entered by key user"
    assert said in text_of(answered)
    assert said in text_of(await timesheet.shown())


async def test_the_sent_card_is_drawn_and_marked_stale_by_every_press(timesheet: Timesheet) -> None:
    desk = timesheet.desk
    card = await timesheet.shown()
    await timesheet.press(Verb.HOURS_LATER, card, **timesheet.inputs(first="1"))
    week = timesheet.week()
    assert week is not None
    target = person_target(timesheet.engineer)
    desk.write(lambda session: want(session, Kind.HOURS_CARD, week.id, now=desk.now, target=target))

    def wanted() -> int:
        return desk.ledger()["hours_card", week.id, target].wanted_version

    before = wanted()
    answered = await timesheet.press(Verb.HOURS_FINAL, await timesheet.shown(), **timesheet.inputs(first="2"))
    assert wanted() > before

    def drawn(session: Session) -> dict[str, Any] | None:
        engineer = session.get_one(Person, timesheet.engineer)
        return DRAW[Kind.HOURS_CARD](session, week.id, engineer, reader_of(engineer, desk.now), desk.around)

    assert desk.read(drawn) == answered


async def test_a_partly_locked_week_takes_numbers_for_its_open_part_alone(timesheet: Timesheet) -> None:
    desk = timesheet.desk
    desk.now = IN_DECEMBER
    timesheet.before(date(2026, 11, 30), first=5)
    desk.now = AFTER_NOVEMBERS_LOCK
    card = await timesheet.press(Verb.HOURS_REOPEN, await timesheet.shown(STRADDLING))
    opened = f"h_{timesheet.first}_2026-12-01"
    assert set(values_of(card)) == {opened, f"h_{timesheet.second}_2026-12-01", "add_offer", "add_hours"}
    assert values_of(card)[opened] == "4"
    assert ("novembre : 1 h, verrouillé" if desk.language == "fr" else "November: 1 h, locked") in text_of(
        card
    ).replace("\u00a0", " ")
    await timesheet.press(Verb.HOURS_FINAL, card, **{opened: "6"})
    assert timesheet.entered(date(2026, 11, 30)) == {timesheet.first: 7}


async def test_what_a_lock_held_back_is_said_until_it_is_corrected(timesheet: Timesheet) -> None:
    desk = timesheet.desk
    desk.now = IN_DECEMBER
    card = await timesheet.shown(STRADDLING)
    desk.now = AFTER_NOVEMBERS_LOCK
    answered = await timesheet.press(Verb.HOURS_FINAL, card, **timesheet.inputs(first="10"))
    assert timesheet.entered(date(2026, 11, 30)) == {timesheet.first: 8}
    words = "Pas enregistré" if desk.language == "fr" else "Not saved"
    assert words in text_of(answered)
    assert words in text_of(await timesheet.shown(STRADDLING))
    data = button(answered, Verb.HOURS_CORRECT_OPEN)
    form = await desk.form("engineer", Verb.HOURS_CORRECT_OPEN, data["id"], q=data["q"])
    locked = f"h_{timesheet.first}_2026-11-30"
    assert values_of(form)[locked] == "2"
    said = await desk.closed(
        "engineer", Verb.HOURS_CORRECT, data["id"], q=data["q"], reason="Card drawn before", **{locked: "2"}
    )
    assert "10 h" in said
    assert timesheet.entered(date(2026, 11, 30)) == {timesheet.first: 10}
    assert words not in text_of(await timesheet.shown(STRADDLING))


async def test_a_locked_week_is_corrected_with_a_reason(timesheet: Timesheet) -> None:
    desk = timesheet.desk
    timesheet.before(date(2026, 11, 23), first=5)
    other = timesheet.offer("S590")
    desk.now = MARCH
    card = await timesheet.shown()
    assert values_of(card) == {}
    assert "hours.correct_open" in verbs_of(card)
    assert not verbs_of(card) & {"hours.reopen", "hours.final"}
    field = f"h_{timesheet.first}_{WEEK}"
    sent: dict[str, Any] = {"q": WEEK, field: "5,5", "add_offer": str(other), "add_hours": "1"}
    form = await desk.form("engineer", Verb.HOURS_CORRECT, timesheet.engineer, **sent)
    assert values_of(form)[field] == "5,5"
    assert values_of(form)["add_offer"] == str(other)
    assert ("Dites pourquoi" if desk.language == "fr" else "Say why") in text_of(form)
    said = await desk.closed("engineer", Verb.HOURS_CORRECT, timesheet.engineer, reason="The call on Friday", **sent)
    assert ("6,5 h" if desk.language == "fr" else "6.5 h") in said.replace("\u00a0", " ")
    assert timesheet.entered() == {timesheet.first: 5.5, other: 1}
    assert desk.count(HoursEntry, reason="The call on Friday", kind="correction") == 2
    await desk.again()
    assert timesheet.entered() == {timesheet.first: 5.5, other: 1}
    again = await desk.closed(
        "engineer", Verb.HOURS_CORRECT, timesheet.engineer, reason="Once more", q=WEEK, **{field: "5,5"}
    )
    assert ("Rien n’a changé" if desk.language == "fr" else "Nothing changed") in again


async def test_a_correction_has_the_limits_of_a_week(frenchsheet: Timesheet) -> None:
    desk = frenchsheet.desk
    desk.now = MARCH
    fields = {f"h_{offer}_{WEEK}": "41" for offer in (frenchsheet.first, frenchsheet.second)}
    given: dict[str, Any] = {"q": WEEK, "reason": "Why", **fields}
    form = await desk.form("engineer", Verb.HOURS_CORRECT, frenchsheet.engineer, **given)
    assert "82 h" in text_of(form)
    assert values_of(form)[f"h_{frenchsheet.first}_{WEEK}"] == "41"
    reply = await desk.press("project manager", Verb.HOURS_CORRECT, frenchsheet.engineer, **given)
    assert not isinstance(reply, DialogReply)
    assert desk.count(HoursEntry) == 0


async def test_a_locked_week_is_not_opened_again(frenchsheet: Timesheet) -> None:
    frenchsheet.before(date(2026, 11, 23), first=5)
    frenchsheet.desk.now = MARCH
    reply = await frenchsheet.desk.press("engineer", Verb.HOURS_REOPEN, frenchsheet.engineer, q=WEEK)
    assert isinstance(reply, TextReply)
    assert "verrouillé depuis le mar. 8 déc. 2026" in reply.text.replace("\u00a0", " ")
    assert "novembre" in reply.text
    week = frenchsheet.week()
    assert week is not None
    assert week.final


async def test_an_ended_offer_keeps_its_hours_and_its_row(frenchsheet: Timesheet) -> None:
    frenchsheet.before(date(2026, 11, 23), first=5)
    frenchsheet.desk.write(lambda session: session.execute(sa.update(Offer).values(ended_on=date(2026, 11, 20))))
    frenchsheet.desk.write(lambda session: session.execute(sa.update(Offer).values(outcome="lost")))
    card = await frenchsheet.press(Verb.HOURS_REOPEN, await frenchsheet.shown())
    assert values_of(card)[f"h_{frenchsheet.first}"] == "5"
    assert f"h_{frenchsheet.second}" not in values_of(card)


async def test_the_clock_of_the_person_says_which_week_it_is(frenchsheet: Timesheet) -> None:
    desk = frenchsheet.desk
    desk.now = datetime(2026, 11, 29, 23, 30, tzinfo=UTC)
    assert "30 nov. au 6 déc." in text_of(await desk.card("engineer", Verb.HOURS_SHOW)).replace("\u00a0", " ")

    def move(session: Session) -> None:
        session.execute(sa.update(Person).where(Person.id == frenchsheet.engineer).values(time_zone="America/Cayenne"))

    desk.write(move)
    assert "du 23 au 29 nov." in text_of(await desk.card("engineer", Verb.HOURS_SHOW)).replace("\u00a0", " ")
