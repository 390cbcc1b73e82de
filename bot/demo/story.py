"""The story of two offers and one that was not for us, told by pressing the buttons that people press.

Every step is checked by what the stand-ins hold afterwards: the channel, each person's own view, edits, answers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

import httpx

from bot.demo.cast import choices_of, counts_hours, expect, id_behind, link_in, offers, shows, words_of
from bot.demo.elsewhere import compare, disagree, name_for_accounts
from bot.demo.endings import LOST, REOPENED, lose, reopen
from bot.demo.leads import pick_a_lead_up
from bot.demo.life import keep_the_record, play_life
from bot.demo.prologue import prepare
from bot.demo.weeks import name_teams, play_weeks
from cards import fields
from cards.fields import Field
from cards.verbs import Verb

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.demo.cast import Cast, Json, Person

BEGINS = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
"""A Monday, 9:00 in Paris. The four weeks that follow have no public holiday, and one straddles two months."""
FIRST_NUMBER = "S580"
APPROVERS = ("cto", "cpo", "ceo")
RUSH = 3
"""How often one click is delivered when Teams is nervous."""
MOST_EDITS = 35
"""Of one message in its whole life, which is how often the first offer changes in this story: a card is redrawn for
what changed, not for every click.
"""
SERVER_ERROR = 500
VETO_REASON = "Prix plafond trop bas."
EVALUATION: Json = {
    Field.SUMMARY: "Notre protection thermique convient; le démonstrateur ouvre le marché des étages réutilisables.",
    Field.BUDGET: "125 000",
    Field.EFFORT_HOURS: "180",
    Field.RISK_TECHNICAL_LEVEL: "high",
    Field.RISK_TECHNICAL_TEXT: "La soufflerie à plasma n'est réservable qu'en mai.",
    Field.RISK_COMMERCIAL_LEVEL: "medium",
    Field.RISK_COMMERCIAL_TEXT: "Deux concurrents établis.",
    Field.RISK_FINANCIAL_LEVEL: "low",
    Field.RISK_FINANCIAL_TEXT: "Paiement à l'avancement.",
    Field.RESOURCES: "Un ingénieur thermique, un chef de projet.",
    Field.CONDITIONS: "Clause C(1): réservé aux non-primes.",
}


@dataclass(frozen=True, slots=True)
class Story:
    """Who acts, and where the lines go."""

    cast: Cast
    tell: Callable[[str], None]

    def person(self, key: str) -> Person:
        """Somebody of the cast."""
        return self.cast.person(key)

    def day(self, after: int) -> str:
        """A day counted from the story's today, as a form sends it."""
        return (self.cast.now + timedelta(days=after)).date().isoformat()

    async def in_channel(self, what: str, test: Callable[[Json], bool]) -> Json:
        """The newest message of the channel that passes the test, as the project manager sees it, who has no view of an
        own.
        """
        person = self.person("project_manager")
        return await person.sees(what, test, person.channel)


async def play(cast: Cast, tell: Callable[[str], None]) -> dict[str, object]:
    """Play everything; returns what to put into the summary. Raises :class:`~bot.demo.cast.StoryBroken`."""
    story = Story(cast, tell)
    await prepare(cast)
    tell("Offerdesk is in the team and in every chat; the key user chose the channel Tenders")
    card = await new_tender(story)
    await evaluate(story, card)
    await open_vote(story, card)
    await strangers_are_refused(story, card)
    await vote_go(story, card)
    await sign_off(story, card)
    await choose_team(story)
    await not_for_us(story)
    await veto(story)
    await go_ahead(story, LOST, "1-20901", "ABLATIVE THERMAL PROTECTION TILES - EXPRO")
    await go_ahead(story, REOPENED, "1-20902", "THERMAL PROTECTION FOR SMALL RE-ENTRY PROBES - EXPRO")
    await name_teams(story)
    hours = await play_weeks(story)
    await keep_the_record(story)
    await name_for_accounts(story)
    await play_life(story)
    await lose(story)
    await reopen(story)
    await disagree(story)
    await pick_a_lead_up(story)
    await chat(story)
    await report(story, hours)
    held = await compare(story, hours)
    return {**await summary(cast), "hours": hours, "systems": held}


async def new_tender(story: Story, **draft: str | int) -> Json:
    """A tender comes out and is posted; without a draft, the portal's next one."""
    item = await story.cast.publish(**draft)
    number = str(item["tanumber"])
    card = await story.in_channel(
        f"tender {number}",
        lambda seen: seen["root"] is None and shows(seen, number) and offers(seen, Verb.TENDER_EVALUATE),
    )
    story.tell(f"Tender {number} came out on the portal and stands in the channel")
    return card


async def evaluate(story: Story, card: Json) -> None:
    """The sales lead picks the tender up and fills the sign-off evaluation in."""
    sales_lead = story.person("sales_lead")
    picked = await sales_lead.click(card, Verb.TENDER_EVALUATE)
    expect(picked["outcome"] == "card", f"Evaluate answers with a card, not {picked}")
    await story.in_channel("who evaluates", lambda seen: _is(seen, card) and offers(seen, Verb.EVALUATION_OPEN))
    dialog = await sales_lead.opens(card, Verb.EVALUATION_OPEN)
    await sales_lead.submits(dialog, Verb.EVALUATION_SUBMIT, EVALUATION)
    story.tell("The sales lead picked it up and filled the evaluation in: 125 000 €, one high risk, 180 h")


async def open_vote(story: Story, card: Json) -> None:
    """The vote opens; every approver is asked privately."""
    sales_lead = story.person("sales_lead")
    await story.in_channel(
        "that the vote can be opened", lambda seen: _is(seen, card) and offers(seen, Verb.ROUND_OPEN)
    )
    opened = await sales_lead.click(card, Verb.ROUND_OPEN)
    expect(opened["outcome"] == "card", f"opening the vote answers with a card, not {opened}")
    await story.in_channel("the vote", lambda seen: _is(seen, card) and offers(seen, Verb.ROUND_GO))
    for key in APPROVERS:
        await _ballot_paper(story.person(key))
    story.tell("The vote is open in the channel, and CTO, CPO and CEO have a card of their own")


async def _ballot_paper(person: Person) -> Json:
    """The newest card that asks this person alone for a vote."""
    return await person.sees("the card that asks for a vote", lambda seen: offers(seen, Verb.ROUND_GO))


async def strangers_are_refused(story: Story, card: Json) -> None:
    """Who holds no approver's role changes nothing, whatever the payload claims."""
    before = words_of(await story.in_channel("the vote", lambda seen: _is(seen, card)))
    seen_by_all = await story.in_channel("the vote", lambda seen: _is(seen, card))
    round_id = id_behind(seen_by_all, Verb.ROUND_GO)
    cto = story.person("cto").object_id
    claims = {"verb": Verb.ROUND_GO, "id": round_id, "seat": "cto", "actor": cto, "person": cto, "role": "cto"}
    for key in ("engineer", "guest"):
        answer = await story.person(key).forges(card, claims)
        expect(answer["outcome"] in {"message", "error"}, f"the {key} may not vote, but got {answer}")
    unknown = await story.person("engineer").forges(card, {"verb": "round.declare_go", "id": round_id})
    expect(unknown["outcome"] in {"message", "error"}, f"an invented action is refused, but got {unknown}")
    after = words_of(await story.in_channel("the vote", lambda seen: _is(seen, card)))
    expect(before == after, "the vote is untouched by forged payloads")
    story.tell("An engineer and a guest sent forged votes in the CTO's name: refused, nothing changed")


async def vote_go(story: Story, card: Json) -> None:
    """Three votes, one delivered three times, one with conditions; the number is given once."""
    cto, cpo, ceo = (story.person(key) for key in APPROVERS)
    voted = await cto.click(await _ballot_paper(cto), Verb.ROUND_GO, copies=RUSH)
    expect(voted["outcome"] == "card", f"the CTO's vote answers with a card, not {voted}")
    story.tell(f"The CTO voted Go; Teams delivered the click {RUSH} times, it counted once")
    dialog = await cpo.opens(await _ballot_paper(cpo), Verb.ROUND_CONDITIONS_OPEN)
    await cpo.submits(dialog, Verb.ROUND_GO_WITH_CONDITIONS, _condition(dialog))
    story.tell("The CPO voted Go, if the wind tunnel is booked")
    decided = await ceo.click(card, Verb.ROUND_GO)
    expect(
        decided["outcome"] == "card" and FIRST_NUMBER in str(decided["card"]), f"the CEO sees {FIRST_NUMBER} at once"
    )
    shared = await story.in_channel(FIRST_NUMBER, lambda seen: _is(seen, card) and shows(seen, FIRST_NUMBER))
    expect(not offers(shared, Verb.ROUND_GO), "a decided card no longer asks for votes")
    await story.in_channel(
        "the decision in the thread", lambda seen: seen["root"] == card["id"] and shows(seen, FIRST_NUMBER)
    )
    story.tell(f"The CEO voted Go: the offer is {FIRST_NUMBER}, on the card and in the thread")


def _condition(dialog: Json) -> Json:
    owner = fields.row(Field.CONDITION_OWNER, 1)
    return {
        fields.row(Field.CONDITION_TEXT, 1): "Soufflerie à plasma réservée",
        owner: choices_of(dialog["card"], owner)[-1],
        fields.row(Field.CONDITION_DUE, 1): "2030-05-31",
    }


async def sign_off(story: Story, card: Json) -> None:
    """The history has each ballot once; the decision sheet can be fetched once."""
    sales_lead = story.person("sales_lead")
    told = await sales_lead.click(card, Verb.ROUND_SHOW_HISTORY)
    ballots = [line for line in words_of(told).splitlines() if re.search(r" · (CTO|CPO|CEO), ", line)]
    expect(len(ballots) == len(APPROVERS), f"the history has one ballot of each approver, not {ballots}")
    given = await sales_lead.click(card, Verb.ROUND_SHEET)
    link = link_in(given)
    document = await story.cast.fetch(link)
    expect(document.is_success and document.content.startswith(b"PK"), f"the sheet is a Word file, not {document}")
    again = await story.cast.fetch(link)
    expect(again.status_code == httpx.codes.NOT_FOUND, f"the link works once, but then gave {again.status_code}")
    story.tell(f"The decision sheet of {FIRST_NUMBER} was fetched as a Word file; its link worked once")


async def choose_team(story: Story) -> None:
    """The sales lead is told and names the team."""
    sales_lead = story.person("sales_lead")
    told = await sales_lead.sees("the result", lambda seen: offers(seen, Verb.TEAM_OPEN) and shows(seen, FIRST_NUMBER))
    dialog = await sales_lead.opens(told, Verb.TEAM_OPEN)
    members = [story.person(key).object_id for key in ("sales_lead", "project_manager", "engineer")]
    chosen: Json = {fields.row(Field.MEMBER, place): person for place, person in enumerate(members, 1)}
    await sales_lead.submits(dialog, Verb.TEAM_SAVE, chosen)
    answer = await sales_lead.asks(f"offer {FIRST_NUMBER}", FIRST_NUMBER, lambda seen: shows(seen, FIRST_NUMBER))
    names = [story.person(key).name for key in ("project_manager", "engineer")]
    expect(shows(answer, *names), f"the offer's card names its team, not {words_of(answer)}")
    story.tell("The sales lead chose the team: project manager and engineer")


async def not_for_us(story: Story) -> None:
    """A tender is put aside with a reason, and taken back."""
    card = await new_tender(story)
    sales_lead = story.person("sales_lead")
    dialog = await sales_lead.opens(card, Verb.TENDER_DISMISS_OPEN)
    await sales_lead.submits(dialog, Verb.TENDER_DISMISS, _dismissal(dialog))
    await story.in_channel("the undo", lambda seen: _is(seen, card) and offers(seen, Verb.TENDER_RESTORE))
    restored = await sales_lead.click(card, Verb.TENDER_RESTORE)
    expect(restored["outcome"] == "card", f"the undo answers with a card, not {restored}")
    await story.in_channel("the tender again", lambda seen: _is(seen, card) and offers(seen, Verb.TENDER_EVALUATE))
    story.tell("The sales lead put a tender aside with a reason, and took that back")


def _dismissal(dialog: Json) -> Json:
    """The first reason of the list, and a note."""
    choices = choices_of(dialog["card"], Field.REASON)
    return {Field.NOTE: "Pas notre métier.", **({Field.REASON: choices[0]} if choices else {})}


async def veto(story: Story) -> None:
    """The CEO says No-Go with a reason: the round ends at once, without a number."""
    card = await new_tender(story)
    await evaluate(story, card)
    await open_vote(story, card)
    ceo = story.person("ceo")
    dialog = await ceo.opens(card, Verb.ROUND_NO_GO_OPEN)
    choices = choices_of(dialog["card"], Field.REASON)
    reason: Json = {Field.NOTE: VETO_REASON, **({Field.REASON: choices[0]} if choices else {})}
    await ceo.submits(dialog, Verb.ROUND_NO_GO, reason)
    shared = await story.in_channel("the No-Go", lambda seen: _is(seen, card) and shows(seen, "No-Go", VETO_REASON))
    expect(not offers(shared, Verb.ROUND_GO), "a decided card no longer asks for votes")
    expect("S581" not in words_of(shared), "a No-Go takes no number")
    await story.in_channel(
        "the decision in the thread", lambda seen: seen["root"] == card["id"] and shows(seen, "No-Go")
    )
    story.tell("The CEO vetoed another offer with a reason: No-Go at once, no number used")


async def go_ahead(story: Story, number: str, tanumber: str, title: str) -> None:
    """Another tender gets its Go: the CEO could veto it, so all three vote."""
    text = "Objective: To design, manufacture and test a thermal protection for a re-entry vehicle."
    card = await new_tender(story, tanumber=tanumber, title=title, text=text, closes_in_days=60)
    await evaluate(story, card)
    await open_vote(story, card)
    for key in APPROVERS:
        await story.person(key).click(card, Verb.ROUND_GO)
    await story.in_channel(number, lambda seen: _is(seen, card) and shows(seen, number))
    story.tell(f"Another tender got its Go: {number}")


async def chat(story: Story) -> None:
    """What can be asked in chat is answered, in the language of the person, typing errors and all."""
    sales_lead, engineer = story.person("sales_lead"), story.person("engineer")
    questions = (
        (sales_lead, "aide", "the commands", "en attente"),
        (sales_lead, "appels d'offres", "the open tenders", "1-2"),
        (sales_lead, "cherche thermal", "what was found", FIRST_NUMBER),
        (sales_lead, "en attente", "what waits", ""),
        (sales_lead, "offres", "the open offers", "S582"),
        (sales_lead, "offres perdues", "the lost offers", "S581"),
        (sales_lead, "échéances", "what is due", "S582"),
        (engineer, f"ofer {FIRST_NUMBER.lower()}", "the offer", FIRST_NUMBER),
        (engineer, "pending", "what waits", ""),
        (engineer, "who", "the roles", "CEO"),
        (engineer, "xyzzy", "a friendly answer", ""),
    )
    for person, text, what, said in questions:
        await person.asks(text, what, partial(_says, words=said))
    results = await engineer.searches("thermal")
    expect(results, "the search box finds the offer")
    story.tell(f"{len(questions)} questions in chat and the search box were answered, in French and English")


async def report(story: Story, hours: dict[str, str]) -> None:
    """What the won and the lost offer cost, for the key user alone."""
    key_user, engineer = story.person("key_user"), story.person("engineer")
    shown = await key_user.asks("rapport heures", "the report", lambda seen: offers(seen, Verb.REPORT_SHOW))
    for worked in hours.values():
        expect(counts_hours(shown, Decimal(worked)), f"the report counts {worked} h, not {words_of(shown)}")
    await key_user.looks(shown, Verb.REPORT_PICTURE)
    refused = await engineer.asks("report hours", "a refusal", lambda seen: bool(words_of(seen).strip()))
    expect(not offers(refused, Verb.REPORT_SHOW), f"only the key user reads the report, not {words_of(refused)}")
    story.tell(f"The key user's report: the won offer took {hours['S580']} h, the lost one {hours['S581']} h")


async def summary(cast: Cast) -> dict[str, object]:
    """What passed, counted by the stand-ins."""
    state = (await cast.state("teams"))["state"]
    refused = [call for call in state["activities"] if call["status"] >= SERVER_ERROR]
    expect(not refused, f"no activity is answered with a server error, but {refused[:3]}")
    posted = [message for message in state["messages"] if message["author"] == "bot"]
    most = max((message["edits"] for message in posted), default=0)
    expect(most <= MOST_EDITS, f"no message is edited more than {MOST_EDITS} times, but {most}")
    return {
        "offer": FIRST_NUMBER,
        "activities": len(state["activities"]),
        "messages": len(posted),
        "edits": state["edits"],
    }


def _says(message: Json, words: str) -> bool:
    return bool(words_of(message).strip()) and shows(message, words)


def _is(seen: Json, card: Json) -> bool:
    return bool(seen["id"] == card["id"])
