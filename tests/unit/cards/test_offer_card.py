"""The one card of an offer: what is next, what decides, what is missing, and only the buttons that make sense."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from cards.check import MAX_BYTES, check
from cards.envelope import Card, Part, nodes, size
from cards.offers import offer_card
from cards.portfolio import offer_history_card, offer_list_card
from cards.samples import NOW, OFFER, OFFERS
from cards.verbs import FormCode, ListCode, Verb
from cards.views import (
    Counts,
    HistoryEntry,
    Money,
    OfferHistoryView,
    OfferLine,
    OfferListView,
    OfferView,
    Reader,
    sentence,
)
from cards.views.offers import Handover, Missing, Review
from cards.words import Outcome, Role

LONG = "Ω*[x](y)<at>z</at> " * 60


def spaced(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def shown(card: Card) -> str:
    return "\n".join(spaced(str(node.get("text", ""))) for node in nodes(card["body"]))


def band(card: Card) -> tuple[str, list[str]]:
    """The colour of the one thing that is next, and its sentences."""
    found = next(
        node for node in card["body"] if node["type"] == "Container" and "selectAction" not in node and "style" in node
    )
    return found["style"], [spaced(item["text"]) for item in found["items"]]


def facts(card: Card) -> dict[str, str]:
    return {fact["title"]: spaced(fact["value"]) for node in card["body"] for fact in node.get("facts", ())}


def in_sight(card: Card) -> list[str]:
    return [action["title"] for action in card["actions"]]


def asked(value: object) -> set[str]:
    """What the buttons open or do, folded ones too: ``form.open won``."""
    return {
        f"{node['data']['verb']} {node['data'].get('q', '')}".strip()
        for node in nodes(value)
        if node["type"].startswith("Action.") and isinstance(node.get("data"), dict) and "verb" in node["data"]
    }


def form(code: FormCode) -> str:
    return f"{Verb.FORM_OPEN} {code}"


def test_before_sending_the_due_date_is_next(english: Reader, french: Reader) -> None:
    view = OFFERS["offer-prepared"]
    assert band(offer_card(view, english)) == (
        "accent",
        ["To be sent before Fri 18 Dec 13:00 (25 days)", "Next step: ask for the review."],
    )
    assert band(offer_card(view, french))[1][0] == "À remettre avant ven. 18 déc. 13:00 (25 j)"
    assert in_sight(offer_card(view, english)) == ["Ask for review", "Offer sent", "Clarification", "More…"]


def test_a_due_date_that_passed_draws_attention(english: Reader) -> None:
    late = replace(OFFERS["offer-prepared"], closes_at=NOW - timedelta(hours=1))
    style, said = band(offer_card(late, english))
    assert (style, said[0]) == ("attention", "To be sent before Mon 23 Nov 09:12 (past)")


def test_without_a_team_the_team_comes_first(english: Reader) -> None:
    card = offer_card(OFFERS["offer-incomplete"], english)
    assert band(card)[1][0] == "Next step: choose the team."
    assert in_sight(card)[0] == "Choose the team"
    named = offer_card(OFFERS["offer-prepared"], english)
    assert "Choose the team" not in str(named)
    assert "'Team (3)'" in str(named)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("offer-reviewed", "Review under way: waiting for CTO and CEO"),
        ("offer-changes", "Review: changes are asked for. Make them, then ask again."),
        ("offer-passed", "To be sent before Fri 18 Dec 13:00 (25 days)"),
        ("offer-sent", "Sent on Fri 20 Nov"),
        ("offer-clarified", "Clarification 3: answer due Tue 24 Nov (tomorrow)"),
        ("offer-negotiated", "Negotiation: 12 open points, 63 days"),
        ("offer-settled", "Negotiation: all points are settled. Record the signature."),
        ("offer-won", "Won on Mon 23 Nov"),
        ("offer-abandoned", "Closed: Abandoned."),
    ],
)
def test_the_band_says_the_one_thing_that_is_next(name: str, first: str, english: Reader) -> None:
    assert band(offer_card(OFFERS[name], english))[1][0] == first


def test_who_waits_is_said(english: Reader) -> None:
    negotiated = OFFERS["offer-negotiated"]
    assert band(offer_card(negotiated, english)) == (
        "attention",
        ["Negotiation: 12 open points, 63 days", "Our move.", "Clarification 31: answer due Fri 20 Nov (past)"],
    )
    theirs = replace(negotiated, our_move=False, next_clarification=None)
    assert band(offer_card(theirs, english)) == (
        "accent",
        ["Negotiation: 12 open points, 63 days", "The client’s move."],
    )
    one = replace(theirs, negotiation_days=1, counts=Counts(points=1, open_points=1))
    assert band(offer_card(one, english))[1][0] == "Negotiation: 1 open point, 1 day"
    first = replace(theirs, counts=Counts())
    assert band(offer_card(first, english))[1] == ["In negotiation. Add the first point."]


@pytest.mark.parametrize(
    ("handover", "said"),
    [
        (Handover.NONE, "Next step: propose the hand-over to Project manager."),
        (Handover.PROPOSED, "The hand-over waits for Project manager."),
        (Handover.RETURNED, "Hand-over returned by Project manager: complete it."),
        (Handover.ACCEPTED, "Hand-over accepted by Project manager."),
    ],
)
def test_a_won_offer_says_where_the_hand_over_is(handover: Handover, said: str, english: Reader) -> None:
    card = offer_card(replace(OFFERS["offer-won"], handover=handover), english)
    assert band(card)[1] == ["Won on Mon 23 Nov", said, "Checklist: 2 of 5."]
    proposes = handover in {Handover.NONE, Handover.RETURNED}
    assert in_sight(card)[0] == ("Propose hand-over" if proposes else "See the hand-over")
    assert in_sight(card)[1:] == ["Checklist (2/5)", "Amendment", "More…"]
    assert "S580P" in shown(card)


def test_an_end_says_its_day_and_reason(english: Reader) -> None:
    card = offer_card(OFFERS["offer-abandoned"], english)
    assert band(card)[1] == ["Closed: Abandoned.", "Ended on Mon 23 Nov.", "Budget cancelled by the client"]
    assert in_sight(card)[:2] == ["Reopen", "Lessons learned"]
    assert form(FormCode.WON) not in asked(card)


def test_at_most_five_facts_stand_in_sight_and_the_rest_behind_more(english: Reader) -> None:
    card = offer_card(OFFERS["offer-prepared"], english)
    assert facts(card) == {
        "Due": "Fri 18 Dec 2026 13:00 (25 days)",
        "Estimate": "€420,000 · weighted €126,000",
        "Probability": "launch 60% · success 50%",
        "Hours": "180 h planned",
        "Decision": "Go · Mon 23 Nov 2026 10:12",
    }
    assert "Expected closing" in str(card["actions"][-1])


def test_the_submitted_price_takes_the_place_of_the_estimate(english: Reader, french: Reader) -> None:
    found = facts(offer_card(OFFERS["offer-sent"], english))
    assert found["Price submitted"] == "€402,500.50 · 2 quotes"
    assert found["Probability"] == "launch 60% · success 50% · weighted €126,000"
    assert "Estimate" not in found
    assert "Due" not in found
    assert facts(offer_card(OFFERS["offer-sent"], french))["Prix remis"] == "402 500,50 € · 2 devis"
    assert facts(offer_card(OFFERS["offer-sent"], french))["Marge"] == "18,5 %"
    folded = {
        fact["title"]: spaced(fact["value"])
        for node in nodes(offer_card(OFFERS["offer-sent"], french)["actions"])
        for fact in node.get("facts", ())
    }
    assert folded["Envoi"] == "ven. 20 nov."


def test_hours_stand_against_the_plan_once_there_are_some(english: Reader, french: Reader) -> None:
    sent = offer_card(OFFERS["offer-sent"], english)
    assert "**Hours** 96.25 h of 180 h planned (53%)" in shown(sent)
    bar = next(node for node in nodes(sent["body"]) if node["type"] == "ProgressBar")
    assert (bar["value"], bar["max"], bar["color"]) == (96.25, 180, "Accent")
    taps = [node["selectAction"]["data"] for node in nodes(sent["body"]) if "selectAction" in node]
    assert {"verb": Verb.HOURS_OFFER.value, "id": 12} in taps
    won = offer_card(OFFERS["offer-won"], french)
    assert "34,5 h de plus que prévu" in shown(won)
    bar = next(node for node in nodes(won["body"]) if node["type"] == "ProgressBar")
    assert (bar["value"], bar["max"], bar["color"]) == (180, 180, "Warning")
    unplanned = offer_card(replace(OFFERS["offer-sent"], planned_hours=None), french)
    assert "**Heures** 96,25 h" in shown(unplanned)
    assert not [node for node in nodes(unplanned) if node["type"] == "ProgressBar"]


def test_hours_can_be_entered_from_the_card_by_who_works_on_it(english: Reader) -> None:
    passed = offer_card(OFFERS["offer-passed"], english)
    assert in_sight(passed)[:3] == ["Offer sent", "Clarification", "Log hours"]
    negotiated = offer_card(OFFERS["offer-negotiated"], english)
    assert "Log hours" not in in_sight(negotiated)
    assert form(FormCode.HOURS_LOG) in asked(negotiated)
    assert form(FormCode.HOURS_LOG) in asked(offer_card(OFFERS["offer-won"], english))
    assert form(FormCode.HOURS_LOG) not in asked(offer_card(OFFERS["offer-read-only"], english))


def test_before_the_go_the_evaluation_decides(english: Reader) -> None:
    evaluating = replace(OFFER, number="", decision=None, round_id=None, team=())
    assert set(facts(offer_card(evaluating, english))) == {"Due", "Questions", "Budget", "Effort"}


def test_each_missing_thing_opens_the_dialog_that_takes_it(english: Reader) -> None:
    card = offer_card(OFFERS["offer-incomplete"], english)
    taps = [node["selectAction"] for node in nodes(card["body"]) if "selectAction" in node]
    opened = {tap["title"]: (tap["data"]["verb"], tap["data"].get("q")) for tap in taps}
    assert opened == {
        "Client": (Verb.FORM_OPEN, FormCode.THIRD_PARTY),
        "Contact": (Verb.FORM_OPEN, FormCode.THIRD_PARTY),
        "Category": (Verb.FORM_OPEN, FormCode.QUALIFICATION),
        "Team": (Verb.TEAM_OPEN, None),
        "Amount": (Verb.FORM_OPEN, FormCode.MONEY),
        "Due date": (Verb.FORM_OPEN, FormCode.QUALIFICATION),
    }
    assert all(tap["data"]["msteams"] == {"type": "task/fetch"} for tap in taps)
    reading = offer_card(replace(OFFERS["offer-incomplete"], works=False, steers=False), english)
    assert "Missing: Client, Contact, Category, Team, Amount and Due date" in shown(reading)
    assert not [node for node in nodes(reading["body"]) if "selectAction" in node]


def test_who_may_not_sees_no_button_for_it(english: Reader) -> None:
    reading = asked(offer_card(OFFERS["offer-read-only"], english))
    assert not {one for one in reading if one.startswith(Verb.FORM_OPEN)}
    assert not reading & {Verb.EVALUATION_OPEN, Verb.TEAM_OPEN}
    assert f"{Verb.RECORDS_SHOW} {ListCode.QUOTES}" in reading
    assert Verb.ROUND_SHOW in reading
    working = asked(offer_card(replace(OFFERS["offer-sent"], steers=False), english))
    assert form(FormCode.CLARIFICATION_ADD) in working
    assert not working & {form(code) for code in (FormCode.WON, FormCode.LOST, FormCode.ABANDON, FormCode.STAGE)}
    steering = asked(offer_card(OFFERS["offer-sent"], english))
    assert {form(code) for code in (FormCode.WON, FormCode.LOST, FormCode.ABANDON, FormCode.STAGE)} <= steering


def test_every_list_and_every_edit_can_be_reached(english: Reader) -> None:
    reached = asked(offer_card(OFFERS["offer-won"], english))
    assert {f"{Verb.RECORDS_SHOW} {code}" for code in ListCode} <= reached
    assert Verb.OFFER_HISTORY in reached
    edits = {FormCode.IDENTITY, FormCode.THIRD_PARTY, FormCode.QUALIFICATION, FormCode.MONEY, FormCode.ORIGIN}
    assert {form(code) for code in edits | {FormCode.CLIENT_ADD, FormCode.CONTACT_ADD}} <= reached
    assert {Verb.ROUND_SHOW, Verb.ROUND_SHOW_HISTORY, Verb.ROUND_SHEET} <= reached


@pytest.mark.parametrize("name", OFFERS)
def test_no_dialog_and_no_list_has_two_buttons(name: str, english: Reader) -> None:
    card = offer_card(OFFERS[name], english)
    folded = card["actions"][-1]["card"]
    buttons = [*card["actions"][:-1], *folded.get("actions", ())]
    buttons += [button for part in folded["body"] for button in part.get("actions", ())]
    data = [
        str(button["data"]) for button in buttons if button.get("data", {}).get("verb") not in {None, Verb.ROUND_SHOW}
    ]
    assert len(data) == len(set(data))


def test_counts_stand_on_their_buttons(english: Reader) -> None:
    more = str(offer_card(OFFERS["offer-negotiated"], english)["actions"][-1])
    for title in ("Quotes (2)", "Clarifications (40)", "Negotiation (30)", "Partner quotes (3)", "Documents (14)"):
        assert title in more
    assert "17 open clarifications · 12 open points · 1 partner quote awaited · 2 planned activities" in more
    assert "(0)" not in more


def test_the_decision_stays_visible_after_the_go(english: Reader) -> None:
    for name in ("offer-prepared", "offer-sent", "offer-won"):
        card = offer_card(OFFERS[name], english)
        assert "Decision" in facts(card) or "Decision" in str(card["actions"][-1])
        assert Verb.ROUND_SHOW in asked(card)


@pytest.mark.parametrize("name", OFFERS)
def test_the_longest_words_stay_small_and_harmless(name: str, reader: Reader) -> None:
    view: OfferView = replace(
        OFFERS[name],
        title=LONG,
        client=LONG,
        contact=LONG,
        owner=LONG,
        manager=LONG,
        reference=LONG,
        end_reason=LONG,
        conditions=(LONG,) * 8,
        missing=tuple(Missing),
        review_waits_for=tuple(Role)[:3],
        team=tuple(replace(member, name=LONG) for member in OFFER.team),
    )
    for drawn in (reader, replace(reader, shared=True)):
        card = offer_card(view, drawn)
        assert check(card) == []
        assert "<at>" not in str((card["body"], card["actions"]))


def test_forty_clarifications_and_thirty_points_stay_far_below_the_limit(reader: Reader) -> None:
    counts = OFFERS["offer-negotiated"].counts
    assert (counts.clarifications, counts.points) == (40, 30)
    assert size(offer_card(OFFERS["offer-negotiated"], reader)) < MAX_BYTES * 2 // 3


def test_a_waived_review_lets_it_go(english: Reader) -> None:
    card = offer_card(replace(OFFERS["offer-prepared"], review=Review.PASSED, review_wanted=False), english)
    assert band(card)[1][1] == "The review has passed: the offer can go."
    assert in_sight(card)[0] == "Offer sent"


def lines(count: int) -> tuple[OfferLine, ...]:
    return tuple(
        OfferLine(
            offer_id=number,
            title=LONG,
            stage=LONG,
            outcome=Outcome.OPEN,
            number=f"S{number}",
            reference=LONG,
            owner=LONG,
            client=LONG,
            amount=Money(Decimal("9999999999999.99")),
            due_at=NOW + timedelta(days=number),
        )
        for number in range(count)
    )


def page(view: OfferListView, reader: Reader) -> Card:
    card = offer_list_card(view, reader)
    assert check(card) == []
    return card


def a_list(**more: object) -> OfferListView:
    given: dict[str, object] = {
        "kind": "NEG",
        "title": sentence("offers.list_stage_title", count=14, stage="Negotiation"),
        "empty": sentence("offers.list_stage_none", stage="Negotiation"),
        "hint": sentence("offers.list_stage_hint"),
    }
    return OfferListView(**(given | more))  # type: ignore[arg-type]


def test_a_line_says_what_one_chooses_by(english: Reader) -> None:
    line = OfferLine(
        offer_id=3,
        title="Heat shield",
        stage="Sent",
        outcome=Outcome.OPEN,
        number="S580",
        client="ESA",
        amount=Money(Decimal(1200)),
        due_at=NOW + timedelta(days=1),
    )
    said = shown(page(a_list(lines=(line,)), english))
    for words in ("Negotiation: 14 offers", "S580 · Heat shield", "ESA · Sent", "Tue 24 Nov 10:12 (tomorrow) · €1,200"):
        assert words in said
    ended = replace(line, outcome=Outcome.LOST)
    said = shown(page(a_list(lines=(ended,)), english))
    assert "Lost" in said
    assert "tomorrow" not in said


def test_pages_of_a_list_ask_for_the_same_list(reader: Reader) -> None:
    card = page(a_list(lines=lines(6), page=1, pages=3), reader)
    assert [action["data"] for action in card["actions"]] == [
        {"verb": Verb.OFFER_LIST, "id": 2, "q": "NEG"},
        {"verb": Verb.OFFER_LIST, "id": 0, "q": "NEG"},
    ]


def test_an_empty_list_says_what_to_do(english: Reader) -> None:
    card = page(a_list(), english)
    assert "Negotiation: no offer" in shown(card)
    assert "Write “offers” to see all open ones." in shown(card)
    assert asked(card) == {Verb.TENDER_LIST, f"{Verb.OFFER_LIST} open"}
    assert asked(page(a_list(kind="open"), english)) == {Verb.TENDER_LIST}


def history(*entries: HistoryEntry, **more: int) -> OfferHistoryView:
    return OfferHistoryView(offer_id=12, offer="S580 Heat shield", entries=entries, **more)


def test_a_history_says_who_changed_what_from_what_to_what(english: Reader) -> None:
    entry = HistoryEntry(
        at=NOW,
        by="Sales *lead*",
        thing="quote",
        what=sentence("offers.event_edited"),
        changes=(("x", "", "new"), ("y", "old", "new"), ("z", "old", ""), ("a", "1200.00", "2026-12-24")),
    )
    said = shown(offer_history_card(history(entry), english))
    assert "Quote · change" in said
    assert "Mon 23 Nov 10:12 · Sales \\*lead\\*" in said
    assert said.count("new") == 2
    assert "old → new" in said
    assert "old → empty" in said
    assert "1,200 → Thu 24 Dec 2026" in said


def test_a_history_has_pages_and_a_way_back(english: Reader) -> None:
    one: Part = offer_history_card(history(page=1, pages=3), english)
    assert check(one) == []
    assert [(action["data"]["verb"], action["data"].get("q")) for action in one["actions"]] == [
        (Verb.OFFER_HISTORY, "2"),
        (Verb.OFFER_HISTORY, "0"),
        (Verb.OFFER_SHOW, None),
    ]
    assert "Nothing has changed yet." in shown(offer_history_card(history(), english))


def test_a_long_history_page_stays_small(reader: Reader) -> None:
    entry = HistoryEntry(
        at=NOW, by=LONG, what=sentence("offers.event_edited"), changes=tuple((LONG, LONG, LONG) for _ in range(6))
    )
    assert check(offer_history_card(history(*(entry for _ in range(8)), pages=2), reader)) == []


def test_days_are_counted_in_the_readers_zone(english: Reader) -> None:
    view = replace(OFFERS["offer-clarified"], next_clarification_on=date(2026, 11, 24))
    late = replace(english, now=NOW.replace(hour=23, minute=30))
    assert "(today)" in band(offer_card(view, late))[1][0], "it is already Tuesday in Paris"
