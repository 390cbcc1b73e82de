"""Tender cards, lists, notes and search results."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from cards.chat import find_card, help_card, pending_card
from cards.envelope import Card, nodes
from cards.notices import notice_card
from cards.offers import offer_card
from cards.samples import NOW, OFFER, SAMPLES, TENDER, TENDERS
from cards.search import offer_preview, tender_preview
from cards.tenders import tender_card, tender_list_card
from cards.verbs import Verb
from cards.views import (
    FindView,
    FollowUp,
    HelpView,
    NoticeView,
    PendingItem,
    PendingView,
    Reader,
    TenderListView,
    sentence,
)
from cards.words import Outcome, SyncState, TenderState, TenderStatus, TenderType, Tone


def shown(card: Card) -> str:
    return "\n".join(
        str(node.get("text", "")).replace("\u00a0", " ").replace("\u202f", " ") for node in nodes(card["body"])
    )


def facts(card: Card) -> dict[str, str]:
    return {fact["title"]: fact["value"] for node in nodes(card["body"]) for fact in node.get("facts", ())}


def actions(card: Card) -> list[Any]:
    return [(action["title"], action.get("data", {}).get("verb")) for action in card.get("actions", [])]


def test_a_new_tender_asks_for_a_choice_with_its_date(french: Reader) -> None:
    card = tender_card(TENDER, french)
    assert "À évaluer ou à écarter. Clôture ven. 18 déc. 13:00 (25 j)." in shown(card)
    assert [title for title, _ in actions(card)] == ["Évaluer", "Pas pour nous…", "Voir le portail", "Plus…"]
    assert card["actions"][0]["data"] == {"verb": "tender.evaluate", "id": 41, "rev": 3}
    assert card["fallbackText"].startswith("Nouvel appel d’offres 1-14207")


def test_the_facts_say_whether_we_may_bid_and_why_it_is_shown(french: Reader) -> None:
    found = facts(tender_card(TENDER, french))
    assert found["Clause"] == "C2 · part notable de non-primes"
    assert found["Intérêt"] == "thermal protection, composite et re-entry"
    assert len(found) <= 5
    assert facts(tender_card(replace(TENDER, clause="C9"), french))["Clause"] == "C9"


def test_an_intended_tender_says_so_and_when_it_opens(english: Reader) -> None:
    card = tender_card(TENDERS["tender-intended"], english)
    assert "Intended, not issued yet." in shown(card)
    assert "Opens" in facts(card)
    undated = replace(TENDER, closes_at=None, type=TenderType.UNKNOWN, status=TenderStatus.UNKNOWN, last_change=None)
    assert "Evaluate it or set it aside." in shown(tender_card(undated, english))


def test_each_state_offers_its_next_step(english: Reader) -> None:
    first = {name: (actions(tender_card(view, english)) or [(None, None)])[0][1] for name, view in TENDERS.items()}
    assert first == {
        "tender-new": Verb.TENDER_EVALUATE,
        "tender-intended": Verb.TENDER_EVALUATE,
        "tender-evaluating": Verb.EVALUATION_OPEN,
        "tender-evaluated": Verb.ROUND_OPEN,
        "tender-voting": Verb.ROUND_SHOW,
        "tender-dismissed": Verb.TENDER_RESTORE,
        "tender-go": Verb.OFFER_SHOW,
        "tender-no-go": Verb.OFFER_SHOW,
        "tender-cancelled": None,
        "tender-reissued": Verb.TENDER_SHOW,
        "tender-closed": None,
        "tender-client": Verb.TENDER_EVALUATE,
    }


def test_a_summary_is_enough_when_nothing_is_required(english: Reader) -> None:
    view = replace(TENDERS["tender-evaluating"], evaluation_required=False)
    assert "a one-line summary is enough" in shown(tender_card(view, english))
    assert actions(tender_card(view, english))[0][0] == "Write summary"


def test_undo_stands_for_as_long_as_it_says(english: Reader) -> None:
    view = TENDERS["tender-dismissed"]
    assert "Can be undone until 10:16" in shown(tender_card(view, english))
    later = replace(english, now=NOW + timedelta(minutes=5))
    assert Verb.TENDER_RESTORE not in [verb for _, verb in actions(tender_card(view, later))]


def test_outside_text_cannot_dress_up(english: Reader) -> None:
    bad = "**Approved** [click](https://evil.example) <at>CEO</at>"
    view = replace(
        TENDER, title=bad, number=bad, entity=bad, excerpt=bad, tags=(bad,), why_matched=(bad,) * 6, countries=(bad,)
    )
    card = tender_card(view, english)
    marked = [node["text"] for node in nodes(card) if node["type"] == "TextBlock"]
    marked += [fact["value"] for node in nodes(card) for fact in node.get("facts", ())]
    for words in marked:
        assert "[click](" not in words
        assert "<at>" not in words
        assert "**Approved**" not in words


def test_an_unsafe_link_is_no_button(english: Reader) -> None:
    card = tender_card(replace(TENDER, portal_url="javascript:alert(1)"), english)
    assert "Open portal" not in [title for title, _ in actions(card)]


def test_lists_page_and_open_on_touch(english: Reader) -> None:
    card = SAMPLES["list"](english)
    assert actions(card) == [("Next", Verb.TENDER_LIST)]
    taps = [node["selectAction"]["data"] for node in nodes(card) if "selectAction" in node]
    assert taps[0] == {"verb": "tender.show", "id": 40}
    empty = tender_list_card(TenderListView(lines=(), page=0, pages=1, total=0), english)
    assert "as soon as the portal publishes them" in shown(empty)


def test_a_digest_says_what_it_leaves_out(english: Reader) -> None:
    assert "and 5 more in the list" in shown(SAMPLES["digest"](english))
    assert "31 more without a watch word" in shown(SAMPLES["digest"](english))


def test_find_pages_keep_the_words(english: Reader) -> None:
    view = FindView(words="a*b", total=3, page=1, pages=3, tenders=(), offers=())
    card = find_card(view, english)
    assert [action["data"].get("q") for action in card["actions"]] == ["a*b", "a*b"]
    assert "Nothing found for “a\\*b”" in shown(card)


def test_did_you_mean_runs_the_whole_command(english: Reader) -> None:
    card = SAMPLES["unknown"](english)
    assert card["actions"][1]["data"] == {"verb": "command.run", "id": 0, "q": "find pendign"}
    assert "Did you mean" not in shown(help_card(HelpView(unknown="xyz"), english))


def test_pending_shows_ten_and_counts_the_rest(english: Reader) -> None:
    item = PendingItem(what=sentence("chat.pending_vote"), title="x", verb=Verb.ROUND_SHOW, id=1)
    card = pending_card(PendingView(items=(item,) * 12), english)
    assert "and 2 more later" in shown(card)
    assert "12 things wait for you" in shown(card)
    nothing = pending_card(PendingView(items=()), english)
    assert "Votes and questions for you will arrive here." in shown(nothing)


def test_an_offer_says_what_comes_next(english: Reader) -> None:
    assert "To be sent before Fri 18 Dec 13:00 (25 days)" in shown(offer_card(OFFER, english))
    assert "The offer is in preparation." in shown(offer_card(replace(OFFER, closes_at=None), english))
    assert "Next step: choose the team." in shown(offer_card(replace(OFFER, team=()), english))
    assert "Closed: Lost." in shown(offer_card(replace(OFFER, outcome=Outcome.LOST), english))
    odd = replace(OFFER.systems[0], state=SyncState.INCOMPLETE, detail="no channel")
    assert "⚠ **Teams** incomplete\nno channel" in shown(offer_card(replace(OFFER, systems=(odd,)), english))
    ended = offer_card(replace(OFFER, number="", outcome=Outcome.ABANDONED, decision=None), english)
    assert Verb.EVALUATION_OPEN not in [verb for _, verb in actions(ended)]


def test_a_note_offers_an_undo_only_while_it_counts(english: Reader) -> None:
    view = NoticeView(
        tone=Tone.GOOD,
        title=sentence("answers.saved"),
        link="https://offerdesk.example/sheet",
        undo=FollowUp(label="frame.undo", verb=Verb.TENDER_RESTORE, id=41),
        undo_until=NOW + timedelta(minutes=1),
    )
    assert "Undo" in [title for title, _ in actions(notice_card(view, english))]
    assert notice_card(view, english)["actions"][0]["type"] == "Action.OpenUrl"
    later = replace(english, now=NOW + timedelta(minutes=2))
    assert "Undo" not in [title for title, _ in actions(notice_card(view, later))]


def test_what_a_search_lists_is_two_lines(english: Reader) -> None:
    title, said = tender_preview(TENDER, english)
    assert title.startswith("1-14207 ")
    assert said.replace("\u00a0", " ") == "New · closes Fri 18 Dec 13:00 (25 days)"
    title, said = offer_preview(OFFER, english)
    assert title.startswith("S580 ")
    assert said.replace("\u00a0", " ") == "In preparation · closes Fri 18 Dec 13:00 (25 days) · ESA · Sales lead"
    assert "Lost" in offer_preview(replace(OFFER, outcome=Outcome.LOST), english)[1]


def test_a_closed_tender_is_told(english: Reader) -> None:
    view = replace(TENDER, state=TenderState.CLOSED, closes_at=NOW - timedelta(days=1))
    assert "past" in facts(tender_card(view, english))["Closes"]
