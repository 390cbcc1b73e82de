"""The other systems as cards: lines of an offer, the list of what is not fine, two values."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cards.check import check
from cards.envelope import nodes, size
from cards.formats import word
from cards.offers import offer_card
from cards.samples import NOW, OFFERS, SAMPLES
from cards.sync import conflict_card, offer_sync_card, sync_page_card
from cards.sync_samples import LINES
from cards.texts import texts
from cards.verbs import FormCode, Verb
from cards.views.reader import sentence
from cards.views.sync import ConflictView, OfferSyncView, SyncEntry, SyncGroup, SyncPageView, SyncStep, SystemLine
from cards.words import SyncState

if TYPE_CHECKING:
    from cards.envelope import Card
    from cards.views import Reader

HOSTILE = "[Click](https://evil.example) <at>CEO</at> **bold** \u202e"
LINE = SystemLine(system="Pipedrive", record=sentence("sync.record_deal"), state=SyncState.OK, since=NOW, row_id=7)
CONFLICT = ConflictView(
    conflict_id=4,
    offer_id=12,
    offer="Hatch",
    number="S580",
    system="Pipedrive",
    field="Title",
    found_at=NOW,
    ours="Hatch",
    theirs="Door",
    may_choose=True,
)


def verbs(card: Card) -> list[str]:
    """The verbs of its buttons, fallbacks left out."""
    return [node["data"]["verb"] for node in nodes(card) if node["type"] == "Action.Execute"]


def shown(card: Card) -> str:
    """Every word of it."""
    return json.dumps(card["body"], ensure_ascii=False)


def page(*entries: SyncEntry, total: int = 6) -> SyncPageView:
    """The second of three pages, with one group."""
    group = SyncGroup(code="pipedrive", name="Pipedrive", entries=entries, total=total, may_retry=True)
    return SyncPageView(groups=(group,), page=1, pages=3)


@pytest.mark.parametrize("state", list(SyncState))
def test_each_state_is_a_word_with_a_sign(state: SyncState, reader: Reader) -> None:
    card = offer_sync_card(OfferSyncView(offer_id=12, offer="Hatch", lines=(replace(LINE, state=state),)), reader)
    assert word(state, reader.language) in shown(card)
    assert check(card) == []
    assert word(state, reader.language) in shown(SAMPLES["offer-systems-fine"](reader)) or state is not SyncState.OK


def test_a_line_opens_the_record_and_only_by_a_harmless_address(reader: Reader) -> None:
    for url, opens in (("https://x.example/1", True), ("javascript:alert(1)", False), ("", False)):
        view = replace(OFFERS["offer-prepared"], systems=(replace(LINE, url=url),))
        tapped = [node for node in nodes(offer_card(view, reader)) if node.get("selectAction", {}).get("url")]
        assert bool(tapped) == opens


def test_what_is_fine_needs_no_details(reader: Reader) -> None:
    assert Verb.SYNC_SHOW.value not in json.dumps(SAMPLES["offer-systems-fine"](reader))
    for name in ("offer-systems-waiting", "offer-systems-open", "offer-systems-by-hand"):
        assert Verb.SYNC_SHOW.value in json.dumps(SAMPLES[name](reader))


def test_nothing_is_shown_where_no_system_is(reader: Reader) -> None:
    card = offer_card(replace(OFFERS["offer-prepared"], systems=()), reader)
    assert texts(reader.language)("sync.systems") not in shown(card)


def test_who_may_not_fill_sees_what_to_enter_and_no_button(reader: Reader) -> None:
    line = replace(LINE, by_hand=(("Estimated Value", "1.00 EUR"),))
    for may in (True, False):
        card = offer_sync_card(OfferSyncView(offer_id=12, offer="Hatch", lines=(replace(line, may_fill=may),)), reader)
        assert "Estimated Value 1.00 EUR" in shown(card)
        assert (Verb.SYNC_BY_HAND.value in verbs(card)) == may


def test_a_full_page_of_long_and_hostile_words_stays_a_card(reader: Reader) -> None:
    step = SyncStep(label=HOSTILE, verb=Verb.FORM_OPEN, id=12, q=FormCode.BC_CONTACT.value)
    bad = replace(
        LINE,
        state=SyncState.MANUAL,
        why=sentence("sync.why_refused"),
        detail=HOSTILE * 20,
        steps=(step,) * 9,
        by_hand=((HOSTILE, HOSTILE),) * 4,
        may_retry=True,
        may_fill=True,
        url="https://x.example/" + "a" * 300,
    )
    card = sync_page_card(page(*[SyncEntry(title=HOSTILE * 4, line=bad, offer_id=12)] * 6), reader)
    assert check(card) == [], size(card)
    assert "](https" not in shown(card).replace("\\\\](", "")
    assert "<at>" not in shown(card)


def test_the_pages_are_leafed_through_and_the_buttons_know_theirs(reader: Reader) -> None:
    entry = SyncEntry(title="S580", line=replace(LINE, state=SyncState.RETRYING, may_retry=True), offer_id=12)
    card = sync_page_card(page(entry, total=13), reader)
    data = [node["data"] for node in nodes(card) if node["type"] == "Action.Execute"]
    assert {"verb": "sync.retry", "id": 7, "q": "page/1"} in data
    assert {"verb": "sync.retry_all", "id": 0, "q": "pipedrive"} in data
    assert [one["id"] for one in data if one["verb"] == "sync.list"] == [2, 0]
    assert texts(reader.language).n("sync.title", 13) in shown(card)


def test_two_values_and_what_each_choice_does(reader: Reader) -> None:
    card = conflict_card(CONFLICT, reader)
    assert verbs(card) == [Verb.CONFLICT_OURS.value, Verb.CONFLICT_THEIRS.value, Verb.OFFER_SHOW.value]
    facts = {fact["value"] for node in nodes(card) for fact in node.get("facts", ())}
    assert {"Hatch", "Door"} <= facts
    assert texts(reader.language)("sync.ours_means", system="Pipedrive") in shown(card)


@pytest.mark.parametrize("kept", [True, False])
def test_once_chosen_it_says_what_and_by_whom_and_asks_no_more(kept: bool, reader: Reader) -> None:  # noqa: FBT001
    card = conflict_card(replace(CONFLICT, kept_ours=kept, by="The sales lead", at=NOW), reader)
    assert verbs(card) == [Verb.OFFER_SHOW.value]
    assert "The sales lead" in shown(card)
    assert texts(reader.language)("sync.kept_ours" if kept else "sync.kept_theirs", system="Pipedrive") in shown(card)


def test_the_samples_hold_every_state() -> None:
    assert {line.state for lines in LINES.values() for line in lines} == set(SyncState) - {SyncState.OFF}
