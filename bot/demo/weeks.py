"""Four weeks of hours: five people, one of them on holiday, one who forgets, one who corrects after the lock.

The story keeps its own account of who said what; at the end the bot must show the same sums.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from bot.demo.cast import counts_hours, eventually, expect, inputs_of, offers, shows, verbs_with, words_of
from bot.demo.life import offer_card
from cards import fields
from cards.fields import Field
from cards.verbs import Verb

if TYPE_CHECKING:
    from datetime import date

    from bot.demo.cast import Json, Person
    from bot.demo.story import Story

TEAMS = {
    "S580": ("sales_lead", "project_manager", "engineer"),
    "S581": ("sales_lead", "cto", "engineer"),
    "S582": ("sales_lead", "project_manager", "cpo"),
}
"""Five people on three offers."""
WEEK = timedelta(days=7)
FIRST_MONDAY = datetime(2026, 11, 23, tzinfo=UTC).date()
FIRST: dict[str, dict[str, str]] = {
    "sales_lead": {"S580": "6", "S581": "4,5", "S582": "2"},
    "project_manager": {"S580": "12", "S582": "3"},
    "engineer": {"S580": "20,25", "S581": "10"},
    "cto": {"S581": "3"},
    "cpo": {"S582": "2,5"},
}
"""What everybody types in the first week."""
AWAY, FORGETFUL, CORRECTING = "project_manager", "cpo", "engineer"
ABROAD = "engineer"
"""In London."""


@dataclass(slots=True)
class Account:
    """Hours by person, offer and week, as they were said."""

    said: dict[tuple[str, str, date], Decimal] = field(default_factory=dict)

    def say(self, key: str, monday: date, numbers: dict[str, Decimal]) -> None:
        """These are somebody's hours of that week."""
        for number, worked in numbers.items():
            self.said[key, number, monday] = worked

    def week(self, key: str, monday: date) -> dict[str, Decimal]:
        """Somebody's hours of a week by offer."""
        return {number: worked for (who, number, on), worked in self.said.items() if (who, on) == (key, monday)}

    def by_offer(self) -> dict[str, Decimal]:
        """The sum of each offer."""
        found: dict[str, Decimal] = defaultdict(Decimal)
        for (_who, number, _on), worked in self.said.items():
            found[number] += worked
        return dict(found)


async def name_teams(story: Story) -> None:
    """The second and third offer get their teams too; who joins is told."""
    sales_lead = story.person("sales_lead")
    for number in ("S581", "S582"):
        dialog = await sales_lead.opens(await offer_card(sales_lead, number), Verb.TEAM_OPEN)
        members = [story.person(key).object_id for key in TEAMS[number]]
        chosen: Json = {fields.row(Field.MEMBER, place): person for place, person in enumerate(members, 1)}
        await sales_lead.submits(dialog, Verb.TEAM_SAVE, chosen)
    for key, number in (("cto", "S581"), ("cpo", "S582")):
        await story.person(key).sees(f"that they joined {number}", partial(_names_offer, number=number))
    story.tell("S581 and S582 have their teams; everybody who joined was told")


async def play_weeks(story: Story) -> dict[str, str]:
    """Play the four weeks; returns the hours of each offer for the summary."""
    account = Account()
    await first_week(story, account)
    await second_week(story, account)
    await third_week(story, account)
    await fourth_week(story, account)
    sums = await same_sums(story, account)
    return {number: str(worked) for number, worked in sorted(sums.items())}


async def first_week(story: Story, account: Account) -> None:
    """Everybody types their numbers and says that is all."""
    await _friday(story, 0, 14)
    await _week_card(story.person("sales_lead"), 0)
    await _has_no_card(story.person(ABROAD), 0)
    await _friday(story, 0)
    for key, numbers in FIRST.items():
        card = await _week_card(story.person(key), 0)
        await _final(story, account, key, card, 0, numbers)
    story.tell("Friday 14:00, in London an hour later: five people got their card of the week and filled it in")


async def second_week(story: Story, account: Account) -> None:
    """The week between two months: one is away, one forgets, three answer with one click."""
    away = story.person(AWAY)
    await _declare_absence(away)
    await _friday(story, 1)
    for key in ("sales_lead", "engineer", "cto"):
        await _same(story, account, key, await _week_card(story.person(key), 1), 1)
    await _has_no_card(away, 1)
    story.tell("One week later three answered with one click: same as last week; who is on holiday was not asked")
    forgetful = story.person(FORGETFUL)
    await _week_card(forgetful, 1)
    await story.cast.wait_until(_paris(FIRST_MONDAY + 2 * WEEK, 9))
    await _reminder(forgetful, 1)
    await story.cast.wait_until(_paris(FIRST_MONDAY + 2 * WEEK + timedelta(days=1), 8, 5))
    second = await _reminder(forgetful, 2)
    answered = await _same(story, account, FORGETFUL, second, 1)
    # Since midnight November is locked, and with it one day of that week: its fifth of 2.5 h is held back.
    expect(counts_hours(answered, Decimal("0.5")), f"the card says what was not saved, not {words_of(answered)}")
    account.say(FORGETFUL, FIRST_MONDAY + WEEK, {"S582": Decimal(2)})
    await _has_no_reminder(story.person("sales_lead"))
    story.tell("Who forgot was reminded on Monday 9:00 and 23 h later, and answered in the reminder with one click")
    story.tell("November was locked by then: the half hour that fell into it was held back, and the card said so")


async def third_week(story: Story, account: Account) -> None:
    """November is locked: it is corrected with a reason; the others change one number."""
    await _friday(story, 2)
    correcting = story.person(CORRECTING)
    card = await _week_card(correcting, 2)
    for week in (1, 0):
        card = await correcting.looks(card, Verb.HOURS_SHOW, (FIRST_MONDAY + week * WEEK).isoformat())
    dialog = await correcting.opens(card, Verb.HOURS_CORRECT_OPEN)
    place = inputs_of(dialog["card"], "S580")
    await correcting.submits(dialog, Verb.HOURS_CORRECT, {place: "22,25", Field.REASON: "Essai de lundi oublié."})
    account.say(CORRECTING, FIRST_MONDAY, {"S580": Decimal("22.25")})
    story.tell("November is locked: the engineer corrected it, with a reason")
    changed = {"sales_lead": {"S580": "8"}, AWAY: {"S580": "10", "S582": "4"}, CORRECTING: {"S581": "12"}}
    for week in (1, 2):
        card = await correcting.looks(card, Verb.HOURS_SHOW, (FIRST_MONDAY + week * WEEK).isoformat())
    for key, numbers in changed.items():
        await _final(story, account, key, await _week_card(story.person(key), 2), 2, numbers)
    for key in ("cto", FORGETFUL):
        await _same(story, account, key, await _week_card(story.person(key), 2), 2)
    story.tell("Third week: who changed one number needed two clicks, who changed none needed one")


async def fourth_week(story: Story, account: Account) -> None:
    """Hours by chat, none at all, and one undone."""
    await _friday(story, 3)
    cto, engineer = story.person("cto"), story.person("engineer")
    none = await cto.click(await _week_card(cto, 3), Verb.HOURS_NONE)
    expect(none["outcome"] == "card" and offers(none, Verb.HOURS_UNDO), "no hours is an answer that can be undone")
    account.say("cto", FIRST_MONDAY + 3 * WEEK, {"S581": Decimal(0)})
    logged = await engineer.asks("log 3.5 S581", "that the hours are in", lambda seen: offers(seen, Verb.HOURS_UNDO))
    expect(shows(logged, "S581", "3.5"), f"the answer says what was added, not {words_of(logged)}")
    card = await engineer.sees(
        "the hours on the card of the week", lambda seen: _is_week(seen, 3) and shows(seen, "3.5")
    )
    await _final(story, account, "engineer", card, 3, {"S580": "5", "S581": "3.5"})
    for key in ("sales_lead", AWAY, FORGETFUL):
        await _same(story, account, key, await _week_card(story.person(key), 3), 3)
    story.tell("Fourth week: one logged hours in chat, one had none, the others worked the same as the week before")


async def same_sums(story: Story, account: Account) -> dict[str, Decimal]:
    """What the bot shows for each offer is what the five people said."""
    manager = story.person("sales_lead")
    sums = account.by_offer()
    for number, worked in sorted(sums.items()):
        shown = await manager.asks(f"heures {number}", f"the hours of {number}", partial(_names, number=number))
        expect(counts_hours(shown, worked), f"{number} shows {worked} h, not {words_of(shown)}")
    said = ", ".join(f"{number} {worked} h" for number, worked in sorted(sums.items()))
    story.tell(f"After four weeks the sums are what was said: {said}")
    return sums


def _names(seen: Json, number: str) -> bool:
    return shows(seen, number)


def _names_offer(seen: Json, number: str) -> bool:
    return offers(seen, Verb.OFFER_SHOW) and shows(seen, number)


def _paris(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment in Paris in winter."""
    return datetime(day.year, day.month, day.day, hour - 1, minute, tzinfo=UTC)


async def _friday(story: Story, week: int, hour: int = 15) -> None:
    """Friday of the week counted from 0; at 15:00 in Paris it is 14:00 in London too."""
    await story.cast.wait_until(_paris(FIRST_MONDAY + week * WEEK + timedelta(days=4), hour))


def _is_week(seen: Json, week: int) -> bool:
    monday = (FIRST_MONDAY + week * WEEK).isoformat()
    return monday in verbs_with(seen, Verb.HOURS_FINAL)


async def _week_card(person: Person, week: int) -> Json:
    """The card that asks somebody for that week."""
    return await person.sees(f"the card of week {week + 1}", lambda seen: _is_week(seen, week))


async def _final(story: Story, account: Account, key: str, card: Json, week: int, numbers: dict[str, str]) -> None:
    """Change these numbers, leave the prefilled ones, and press Final: one click per number, and one."""
    monday = FIRST_MONDAY + week * WEEK
    inputs = {inputs_of(card["card"], number): worked for number, worked in numbers.items()}
    pressed = await story.person(key).click(card, Verb.HOURS_FINAL, inputs)
    expect(
        pressed["outcome"] == "card" and offers(pressed, Verb.HOURS_UNDO),
        f"the week of {key} is saved, not {words_of(pressed)}",
    )
    before = account.week(key, monday - WEEK)
    account.say(key, monday, before | {number: Decimal(worked.replace(",", ".")) for number, worked in numbers.items()})


async def _same(story: Story, account: Account, key: str, card: Json, week: int) -> Json:
    """One click."""
    monday = FIRST_MONDAY + week * WEEK
    pressed = await story.person(key).click(card, Verb.HOURS_SAME)
    expect(
        pressed["outcome"] == "card" and offers(pressed, Verb.HOURS_UNDO),
        f"the week of {key} is saved, not {words_of(pressed)}",
    )
    account.say(key, monday, account.week(key, monday - WEEK))
    return pressed


async def _declare_absence(person: Person) -> None:
    """Somebody says in chat that they are away for the second week."""
    card = await person.asks("absences", "their absences", lambda seen: offers(seen, Verb.FORM_OPEN))
    dialog = await person.opens(card, Verb.FORM_OPEN)
    first = FIRST_MONDAY + WEEK
    days = {"starts_on": first.isoformat(), "ends_on": (first + timedelta(days=4)).isoformat()}
    await person.submits(dialog, Verb.FORM_SAVE, days)


async def _has_no_card(person: Person, week: int) -> None:
    expect(not any(_is_week(seen, week) for seen in await person.messages()), f"{person.name} is not asked")


async def _reminder(person: Person, number: int) -> Json:
    """The reminder of that number, which names what is missing."""

    async def look() -> Json | None:
        found = [seen for seen in await person.messages() if _is_reminder(seen)]
        return found[number - 1] if len(found) >= number else None

    return await eventually(f"{person.name} gets reminder {number}", look)


async def _has_no_reminder(person: Person) -> None:
    expect(not any(map(_is_reminder, await person.messages())), f"{person.name} missed nothing and is not reminded")


def _is_reminder(seen: Json) -> bool:
    said = offers(seen, Verb.HOURS_SAME) and offers(seen, Verb.HOURS_SHOW) and not offers(seen, Verb.HOURS_FINAL)
    return said and re.search(r"S58\d", words_of(seen)) is not None
