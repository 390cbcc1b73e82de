"""Lists of offers, and what happened to one."""

from __future__ import annotations

import contextlib
import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from adaptive_cards.types import FontSize, Spacing

from cards.buttons import press
from cards.envelope import Card, Part, finish
from cards.escape import escape, plain
from cards.formats import day, number, say, when
from cards.offers import offer_line
from cards.pieces import group, heading, headline, kicker, small, text
from cards.tenders import page_buttons
from cards.texts import texts
from cards.verbs import Verb

if TYPE_CHECKING:
    from cards.views import HistoryEntry, OfferHistoryView, OfferListView, Reader

VALUE = 80
"""Characters of an old or a new value."""
OFFER, OFFER_WORDS = "offer", "record"
DAY = re.compile(r"\d{4}-\d\d-\d\d")
AMOUNT = re.compile(r"-?\d{1,13}\.\d\d")
"""As the trail writes days and amounts."""
MORE_OFFER_WORDS = ("ending", "clients", "handover", "team")
"""Catalogues of dialogs that also write fields of the offer itself."""
DOMAINS = {
    "quote": "quotes",
    "partner_quote": "partner_quotes",
    "competitor": "competitors",
    "clarification": "clarifications",
    "negotiation_point": "negotiations",
    "activity": "activities",
    "document": "documents",
    "amendment": "amendments",
    "review": "reviews",
    "handover": "handover",
    "round": "decisions",
    "team_member": "team",
    "lead": "leads",
}
"""What hangs on an offer, and the catalogue with the words of its fields."""


def offer_list_card(view: OfferListView, reader: Reader) -> Card:
    """One page of offers; an empty one says what to do next."""
    t = texts(reader.language)
    title = say(view.title, reader)
    if not view.lines:
        body: list[Part] = [heading(say(view.empty, reader), FontSize.LARGE), text(say(view.hint, reader))]
        actions = [
            press(t("tenders.button_list"), Verb.TENDER_LIST, 0),
            *([press(t("offers.button_all"), Verb.OFFER_LIST, 0, q="open")] if view.kind != "open" else []),
        ]
        return finish(body, actions, summary=say(view.empty, reader, markdown=False))
    body = [heading(title, FontSize.LARGE), *(offer_line(line, reader) for line in view.lines)]
    if view.pages > 1:
        body.append(small(t("frame.page", page=view.page + 1, pages=view.pages), spacing=Spacing.MEDIUM))
    actions = page_buttons(Verb.OFFER_LIST, view.page, view.pages, reader, view.kind)
    return finish(body, actions, summary=say(view.title, reader, markdown=False))


def offer_history_card(view: OfferHistoryView, reader: Reader) -> Card:
    """Who changed what on an offer, and when; the newest first."""
    t = texts(reader.language)
    title = t("offers.list_history")
    body: list[Part] = [kicker(title, ""), headline(view.offer)]
    body += [_entry(entry, reader) for entry in view.entries] or [text(t("offers.history_none"))]
    if view.pages > 1:
        body.append(small(t("frame.page", page=view.page + 1, pages=view.pages), spacing=Spacing.MEDIUM))
    actions: list[Part] = []
    if view.page + 1 < view.pages:
        actions.append(press(t("frame.next_page"), Verb.OFFER_HISTORY, view.offer_id, q=str(view.page + 1)))
    if view.page:
        actions.append(press(t("frame.previous_page"), Verb.OFFER_HISTORY, view.offer_id, q=str(view.page - 1)))
    actions.append(press(t("offers.button_offer"), Verb.OFFER_SHOW, view.offer_id))
    return finish(body, actions, summary=t("records.notify", what=plain(view.offer, 100), title=title))


def history_said(entry: HistoryEntry, reader: Reader, *, markdown: bool = True) -> tuple[str, tuple[str, ...]]:
    """What happened, and each change as ``Title: old → new``; ``markdown`` False for places without it."""
    domain = DOMAINS.get(entry.thing, OFFER_WORDS)
    thing = entry.thing if entry.thing in DOMAINS else OFFER
    name = texts(reader.language)(f"offers.thing_{thing}")
    changes = tuple(_change(domain, change, reader, markdown=markdown) for change in entry.changes)
    return f"{name} · {say(entry.what, reader, markdown=markdown)}", changes


def _entry(entry: HistoryEntry, reader: Reader) -> Part:
    who = " · ".join(part for part in (when(entry.at, reader, year=False), escape(entry.by, 80)) if part)
    said, changes = history_said(entry, reader)
    lines = [text(said, bold=True), small(who, spacing=Spacing.NONE)]
    return group([*lines, *(small(change, spacing=Spacing.SMALL) for change in changes)])


def _change(domain: str, change: tuple[str, str, str], reader: Reader, *, markdown: bool) -> str:
    """``Title: old → new``, with the words that the dialog of that field uses."""
    t, made_safe = texts(reader.language), escape if markdown else plain
    field, old, new = change
    domain = next((one for one in (domain, *MORE_OFFER_WORDS) if f"{one}.field_{field}" in t), domain)
    label = f"{domain}.field_{field}"
    name = made_safe(t(label), VALUE) if label in t else ""
    before, after = (_value(f"{domain}.{field}_{value}", value, reader, markdown=markdown) for value in (old, new))
    key = "offers.history_set" if not before else "offers.history_changed" if after else "offers.history_emptied"
    said = t(key, old=before, new=after)
    return f"{name} · {said}" if name else said


def _value(key: str, value: str, reader: Reader, *, markdown: bool) -> str:
    """A code by its word, a day and an amount as they are written here, everything else as it was typed."""
    t = texts(reader.language)
    if value and key in t:
        return t(key)
    if DAY.fullmatch(value):
        with contextlib.suppress(ValueError):  # somebody typed such a text where no day is asked for
            return day(date.fromisoformat(value), reader)
    if AMOUNT.fullmatch(value):
        return number(Decimal(value), reader.language)
    return (escape if markdown else plain)(value, VALUE)
