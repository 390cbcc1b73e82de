"""The hand-over card: who is asked what, in sections, and small enough however much an offer holds."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from cards.check import check
from cards.envelope import nodes, size
from cards.handover import handover_card
from cards.samples import NOW
from cards.verbs import Verb
from cards.views.handover import HandoverState, HandoverView, Section
from cards.views.reader import Change, Money, Reader, sentence
from cards.words import Language, TeamRole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cards.envelope import Card

CLAUSE = sentence("handover.line_clause", clause="Liability", text="Capped at the price of the contract.")
VIEW = HandoverView(
    offer_id=12,
    handover_id=3,
    revision=2,
    number="S580P",
    title="Deployable thermal protection for small re-entry capsules",
    state=HandoverState.PROPOSED,
    manager="Project manager",
    owner="Sales lead",
    client="A group › Its entity",
    signed_on=date(2026, 11, 20),
    first_order="PO-4711",
    kick_off_on=date(2026, 12, 7),
    budget=Money(Decimal(125000)),
    effort_hours=Decimal(180),
    checklist_done=2,
    checklist_total=6,
    note="The bench is booked until March.",
    scope="Heat shield from our woven composite.",
    sections=(
        Section(title="handover.section_clauses", total=12, lines=(CLAUSE, CLAUSE, CLAUSE)),
        Section(title="handover.section_promises", total=0, lines=()),
        Section(
            title="handover.section_deadlines",
            total=1,
            lines=(sentence("handover.due_kick_off", day=date(2026, 12, 7), text="–"),),
        ),
    ),
    folded=(
        Section(
            title="handover.section_team",
            total=1,
            lines=(sentence("handover.line_member", name="Engineer", role=TeamRole.CONTRIBUTOR),),
        ),
    ),
    last_change=Change(sentence("handover.change_proposed"), NOW - timedelta(hours=1), "Sales lead"),
)


def words_of(card: Card) -> str:
    """Every word on a card."""
    return json.dumps(card, ensure_ascii=False).replace("\u00a0", " ").replace("\u202f", " ")


def verbs_of(card: Card) -> list[str]:
    """The verbs of the buttons in sight."""
    return [str(action.get("data", {}).get("verb", action["type"])) for action in card["actions"]]


@pytest.mark.parametrize("state", HandoverState)
@pytest.mark.parametrize("mine", [True, False], ids=["mine", "others"])
def test_keeps_our_rules_and_the_official_schema(
    state: HandoverState, reader: Reader, official_schema: Callable[[Card], Iterable[str]], *, mine: bool
) -> None:
    view = replace(VIEW, state=state, may_answer=mine, may_propose=mine)
    assert check(handover_card(view, reader), official_schema) == []


def test_the_project_manager_sees_what_is_asked_and_can_answer(english: Reader, french: Reader) -> None:
    card = handover_card(replace(VIEW, may_answer=True), english)
    assert verbs_of(card)[:3] == [Verb.HANDOVER_ACCEPT, Verb.FORM_OPEN, Verb.HANDOVER_SHEET]
    text = words_of(card)
    for expected in (
        "Accept the hand-over, or tell Sales lead what is missing.",
        "€125,000",
        "180 h",
        "2 / 6",
        "Negotiated clauses (12)",
        "… and 9 more in the full sheet",
        "Mon 7 Dec 2026",
        "The bench is booked until March.",
    ):
        assert expected in text, expected
    assert "Conditions of the Go" not in text
    assert "Acceptez la passation, ou dites à Sales lead ce qui manque." in words_of(
        handover_card(replace(VIEW, may_answer=True), french)
    )


def test_others_read_who_is_to_answer_and_have_no_button_for_it(english: Reader) -> None:
    card = handover_card(VIEW, english)
    assert verbs_of(card) == [Verb.HANDOVER_SHEET, "Action.ShowCard"]
    assert "Project manager has to answer." in words_of(card)


@pytest.mark.parametrize(
    ("state", "button"), [(HandoverState.NONE, "Propose hand-over"), (HandoverState.RETURNED, "Propose again")]
)
def test_the_sales_lead_proposes(state: HandoverState, button: str, english: Reader) -> None:
    card = handover_card(replace(VIEW, state=state, may_propose=True, answer="Who pays the bench?"), english)
    assert card["actions"][0]["title"] == button
    assert card["actions"][0]["data"]["q"] == "handover.propose"
    assert card["actions"][0]["data"]["id"] == VIEW.offer_id
    assert "Who pays the bench?" in words_of(card)


@pytest.mark.parametrize("state", [HandoverState.ACCEPTED, HandoverState.OVER])
def test_when_it_is_settled_nothing_is_asked(state: HandoverState, english: Reader) -> None:
    card = handover_card(replace(VIEW, state=state, may_answer=True, may_propose=True), english)
    assert verbs_of(card) == [Verb.HANDOVER_SHEET, "Action.ShowCard"]


def test_the_longest_hand_over_stays_small(official_schema: Callable[[Card], Iterable[str]]) -> None:
    long = "é" * 140
    lines = tuple(sentence("handover.line_question", number=one, text=long, answer=long) for one in range(3))
    section = Section(title="handover.section_questions", total=40, lines=lines)
    view = replace(
        VIEW,
        title="é" * 400,
        client="é" * 600,
        note="é" * 4000,
        answer="é" * 4000,
        scope="é" * 4000,
        sections=(section, section, section),
        folded=(section,) * 5,
        may_answer=True,
    )
    card = handover_card(view, Reader(Language.FR, "Europe/Paris", NOW))
    assert check(card, official_schema) == []
    assert size(card) < 24 * 1024


def test_outside_words_stay_words(english: Reader) -> None:
    hostile = "<at>CEO</at> **now** [pay](https://bad.example)"
    card = handover_card(
        replace(VIEW, title=hostile, client=hostile, note=hostile, scope=hostile, first_order=hostile, owner=hostile),
        english,
    )
    said: list[Any] = [node.get("text", "") for node in nodes(card)]
    assert not any("<at>" in text or "**now**" in text or "[pay](" in text for text in said)
