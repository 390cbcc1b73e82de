"""The review as a card: in every state, for a reviewer and for whoever asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from cards.check import check
from cards.envelope import nodes, size
from cards.reviews import review_card
from cards.samples import NOW
from cards.verbs import FormCode, Verb
from cards.views import Condition, Money, Press, Reader
from cards.views.reviews import Opinion, ReviewKind, ReviewMine, ReviewSeat, ReviewState, ReviewView
from cards.words import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cards.envelope import Card

HOSTILE = "[Click](https://evil.example) <at>CEO</at> **bold** \u202e"
CTO = ReviewSeat(role=Role.CTO, principal="The CTO")
CEO = ReviewSeat(role=Role.CEO, principal="The CEO", deputy="The project manager")
SENT = Press(label="reviews.button_sent", verb=Verb.FORM_OPEN, id=7, q=FormCode.QUOTE_SENT.value, main=True)
AGAIN = Press(label="reviews.button_ask", verb=Verb.FORM_OPEN, id=7, q=FormCode.REVIEW_ASK.value)
WAIVE = Press(label="reviews.button_waive", verb=Verb.FORM_OPEN, id=7, q=FormCode.REVIEW_WAIVE.value)
VIEW = ReviewView(
    review_id=3,
    revision=4,
    offer_id=7,
    offer="S580",
    title="Thermal protection for a lander",
    client="Agency",
    kind=ReviewKind.SENDING,
    state=ReviewState.OPEN,
    asked_by="The sales lead",
    opened_at=NOW - timedelta(hours=3),
    due_at=NOW + timedelta(days=1),
    meeting_at=NOW + timedelta(hours=20),
    seats=(CTO, CEO),
    question="Is the price right?",
    version=2,
    price=Money(Decimal(125000)),
    margin=Money(Decimal(21000)),
    submission_due_at=NOW + timedelta(days=5),
    document_url="https://share.example/q2",
    conditions=(Condition(text="A partner for the bench", owner="The CTO", due=date(2026, 12, 4)),),
    mine=ReviewMine(role=Role.CTO),
)
READY = replace(CTO, opinion=Opinion.READY, by="The CTO")
ASKED = replace(
    CEO, opinion=Opinion.CHANGES, by="The project manager", for_principal="The CEO", note="Name the test bench"
)
CLOSED: dict[str, Any] = {"closed_at": NOW - timedelta(hours=1), "closed_by": "The sales lead"}
VIEWS: dict[str, ReviewView] = {
    "asked": VIEW,
    "asked for a deputy": replace(VIEW, mine=ReviewMine(role=Role.CEO, acting_for="The CEO")),
    "asked before signature": replace(VIEW, kind=ReviewKind.SIGNATURE, price=None, estimated=Money(Decimal(90000))),
    "asked without a day": replace(VIEW, due_at=None, meeting_at=None, conditions=(), question=""),
    "answered": replace(VIEW, seats=(READY, CEO), mine=ReviewMine(role=Role.CTO, opinion=Opinion.READY)),
    "waiting": replace(VIEW, seats=(READY, CEO), mine=None, steps=(WAIVE, AGAIN)),
    "vacant": replace(VIEW, seats=(CTO, ReviewSeat(role=Role.CEO)), mine=None),
    "ready": replace(VIEW, state=ReviewState.READY, seats=(READY, READY), mine=None, steps=(SENT,), **CLOSED),
    "changes": replace(
        VIEW, state=ReviewState.CHANGES, seats=(READY, ASKED), mine=None, steps=(AGAIN, WAIVE), **CLOSED
    ),
    "waived": replace(VIEW, state=ReviewState.WAIVED, waiver="The portal closes at noon", steps=(SENT,), **CLOSED),
    "late": replace(VIEW, state=ReviewState.READY, mine=ReviewMine(role=Role.CTO, late=True), **CLOSED),
    "replaced": replace(VIEW, state=ReviewState.REPLACED, replaced_by=9, **CLOSED),
    "changes, asked again": replace(VIEW, state=ReviewState.CHANGES, seats=(READY, ASKED), replaced_by=9, **CLOSED),
    "hostile": replace(
        VIEW,
        title=HOSTILE,
        client=HOSTILE,
        asked_by=HOSTILE,
        question=HOSTILE,
        offer=HOSTILE,
        document_url="javascript:alert(1)",
        seats=(replace(ASKED, note=HOSTILE, by=HOSTILE), replace(CEO, principal=HOSTILE)),
        conditions=(Condition(text=HOSTILE, owner=HOSTILE),),
    ),
    "full": replace(
        VIEW,
        title="word " * 200,
        question="word " * 400,
        seats=tuple(replace(ASKED, role=role, note="word " * 200) for role in (Role.CTO, Role.CPO, Role.CEO)),
        conditions=tuple(Condition(text="word " * 100, owner="The CTO", due=date(2026, 12, 4)) for _ in range(15)),
        waiver="word " * 200,
        state=ReviewState.WAIVED,
        steps=(AGAIN, WAIVE, SENT),
        **CLOSED,
    ),
}


def words_of(card: Card) -> str:
    return " ".join(str(node["text"]) for node in nodes(card) if "text" in node)


def buttons(card: Card) -> list[tuple[str, str]]:
    """The verbs and words of the buttons in sight."""
    shown = (one.get("data", {}) for one in card["actions"])
    return [(data["verb"], data.get("q", "")) for data in shown if "verb" in data]


@pytest.mark.parametrize("name", VIEWS)
def test_keeps_our_rules_and_the_official_schema(
    name: str, reader: Reader, official_schema: Callable[[Card], Iterable[str]]
) -> None:
    card = review_card(VIEWS[name], reader)
    assert check(card, official_schema) == []
    assert size(card) < 24 * 1024


@pytest.mark.parametrize("name", VIEWS)
def test_french_and_english_differ(name: str, french: Reader, english: Reader) -> None:
    assert review_card(VIEWS[name], french)["body"] != review_card(VIEWS[name], english)["body"]


def test_a_reviewer_is_asked_by_when_and_answers_with_one_press(english: Reader) -> None:
    card = review_card(VIEW, english)
    said = words_of(card)
    assert "Say whether the offer is ready to be sent, before" in said
    assert "Is the price right?" in said
    assert "A partner for the bench · The CTO" in said
    values = {fact["title"]: fact["value"] for node in nodes(card) for fact in node.get("facts", ())}
    assert values["Price"] == "€125,000 (version 2)"
    assert values["Margin"] == "€21,000"
    assert buttons(card)[:2] == [("review.ready", "cto"), ("form.open", "review.changes")]
    assert card["fallbackText"].startswith("Review needed: S580 Thermal protection for a lander, before")


def test_who_said_ready_may_still_ask_for_changes(english: Reader) -> None:
    card = review_card(VIEWS["answered"], english)
    assert "Your answer: Ready" in words_of(card)
    assert "Waiting for: CEO" in words_of(card)
    assert buttons(card) == [("form.open", "review.changes")]


def test_who_asked_sees_what_to_change_and_the_next_step(english: Reader) -> None:
    card = review_card(VIEWS["changes"], english)
    said = words_of(card)
    assert "Name the test bench" in said
    assert "The project manager for The CEO" in said
    assert buttons(card)[:2] == [("form.open", "review.ask"), ("form.open", "review.waive")]
    ready = review_card(VIEWS["ready"], english)
    assert "Everybody agrees: the quote can be sent" in words_of(ready)
    assert buttons(ready)[0] == ("form.open", "quote.sent")


def test_a_waiver_says_who_and_why(english: Reader) -> None:
    said = words_of(review_card(VIEWS["waived"], english))
    assert "The sales lead went on without this review" in said
    assert "The portal closes at noon" in said
    assert "No answer" in said, "nobody is waited for any more"
    assert "Awaited" not in said
    assert "Asked by" not in words_of(review_card(replace(VIEWS["waived"], asked_by=""), english))


@pytest.mark.parametrize("name", ["replaced", "changes, asked again"])
def test_one_that_is_no_longer_current_leads_to_the_one_that_is(name: str, english: Reader) -> None:
    card = review_card(VIEWS[name], english)
    assert "A newer review took its place." in words_of(card)
    assert (card["actions"][0]["data"]["verb"], card["actions"][0]["data"]["id"]) == ("review.show", 9)
    assert not {"review.ready", "form.open"} & {verb for verb, _q in buttons(card)}


def test_a_late_answer_is_told_that_it_changed_nothing(english: Reader) -> None:
    card = review_card(VIEWS["late"], english)
    assert "This review was already closed: your answer changed nothing." in words_of(card)
    assert "review.ready" not in {verb for verb, _q in buttons(card)}


def test_outside_text_stays_text(english: Reader) -> None:
    card = review_card(VIEWS["hostile"], english)
    said = words_of(card)
    assert "](https://" not in said
    assert "<at>" not in said
    assert "**bold**" not in said
    assert not [node for node in nodes(card) if node["type"] == "Action.OpenUrl"]
