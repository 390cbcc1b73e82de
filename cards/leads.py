"""Leads: the card of one, and the list of the open ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adaptive_cards.types import ActionStyle, Spacing

from cards.buttons import link, more, press
from cards.envelope import Card, Part, finish
from cards.escape import escape, plain
from cards.formats import day, local, money, say, when, word
from cards.pieces import band, facts, footer, group, headline, kicker, paragraph, small, text
from cards.tenders import page_buttons
from cards.texts import texts
from cards.verbs import FormCode, Verb
from cards.words import LeadOver, Tone

if TYPE_CHECKING:
    from cards.views.leads import LeadLine, LeadListView, LeadView
    from cards.views.reader import Reader

NAME_LIMIT: Final = 120
NOTE_LIMIT: Final = 1500
FACTS: Final = 7
"""A lead has few facts of each kind; those that are there are all wanted."""
PIPEDRIVE: Final = "Pipedrive"
MINE, ALL = "mine", "open"
"""Which leads a list shows: what its buttons ask for."""


def lead_card(view: LeadView, reader: Reader) -> Card:
    """A lead: what it is, whether anybody works on it, and what can be done with it."""
    t = texts(reader.language)
    state, tone = _state(view, reader)
    source = PIPEDRIVE if view.made_there else ""
    body: list[Part] = [kicker(t("leads.kind"), source, state, tone), headline(view.title)]
    if view.said is not None:
        body.append(band(say(view.said, reader)))
    body += _where_it_stands(view, reader)
    body += facts(_facts(view, reader), FACTS)
    body += paragraph(t("leads.field_note"), escape(view.note, NOTE_LIMIT, lines=True))
    body += footer(None, reader)
    name = plain(view.title, NAME_LIMIT)
    key = "leads.notify_new" if view.made_there and _is_open(view) else "leads.notify"
    return finish(body, _actions(view, reader), summary=t(key, title=name, state=state))


def _is_open(view: LeadView) -> bool:
    return not view.offer_id and view.dropped_at is None and view.over is LeadOver.OPEN


def _state(view: LeadView, reader: Reader) -> tuple[str, Tone]:
    t = texts(reader.language)
    if view.offer_id:
        return t("leads.state_offer"), Tone.GOOD
    if view.dropped_at is not None:
        return t("leads.state_dropped"), Tone.DEFAULT
    return word(view.over, reader.language), Tone.ACCENT if view.over is LeadOver.OPEN else Tone.WARNING


def _where_it_stands(view: LeadView, reader: Reader) -> list[Part]:
    """Who decided what; else how it stands in Pipedrive; else what is asked."""
    t = texts(reader.language)
    said: list[Part] = []
    if view.said is None and (view.offer_id or view.dropped_at is not None):
        name, at = escape(view.decided_by, NAME_LIMIT), view.decided_at or view.created_at
        key, why = ("leads.picked_up_by", "") if view.offer_id else ("leads.dropped_by", view.dropped_why)
        said.append(text(t(key, name=name, when=when(at, reader, year=False), why=escape(why, NOTE_LIMIT))))
    if view.over is not LeadOver.OPEN and view.dropped_at is None:
        at = view.over_at or view.created_at
        return [*said, band(t(f"leads.over_{view.over.value}", when=when(at, reader, year=False)), Tone.WARNING)]
    if view.offer_id or view.dropped_at is not None:
        return said
    if not _named(view):
        return [text(t("leads.ask_client"), tone=Tone.WARNING)]
    return [band(t("leads.ask"))] if view.may_write else []


def _named(view: LeadView) -> bool:
    return bool(view.client or view.contact)


def _facts(view: LeadView, reader: Reader) -> list[tuple[str, str]]:
    t = texts(reader.language)
    closing = view.expected_closing_on
    return [
        (t("leads.field_origin"), t(f"record.origin_{view.origin}")),
        (t("leads.field_client_id"), escape(view.client, NAME_LIMIT)),
        (t("leads.field_contact_id"), escape(view.contact, NAME_LIMIT)),
        (t("leads.field_campaign"), escape(view.campaign, NAME_LIMIT)),
        (t("leads.field_amount"), money(view.amount, reader.language) if view.amount is not None else ""),
        (t("leads.field_expected_closing_on"), day(closing, reader) if closing is not None else ""),
        (t("leads.field_owner_id"), escape(view.owner, NAME_LIMIT)),
        (t("leads.entered"), when(view.created_at, reader, year=False)),
        (t("leads.offer"), escape(view.offer, NAME_LIMIT)),
    ]


def _actions(view: LeadView, reader: Reader) -> list[Part]:
    t = texts(reader.language)
    there = link(t("leads.button_deal" if view.over is LeadOver.CONVERTED else "leads.button_there"), view.url)
    if view.offer_id:
        return [press(t("leads.button_offer"), Verb.OFFER_SHOW, view.offer_id, style=ActionStyle.POSITIVE), *there]
    if not view.may_write:
        return there
    if view.dropped_at is not None:
        return [press(t("leads.button_restore"), Verb.LEAD_RESTORE, view.lead_id), *there]
    evaluate = press(t("leads.button_evaluate"), Verb.LEAD_EVALUATE, view.lead_id, style=ActionStyle.POSITIVE)
    main = None if _named(view) else ActionStyle.POSITIVE
    edit = press(t("leads.button_edit"), Verb.FORM_OPEN, view.lead_id, q=FormCode.LEAD_EDIT.value, style=main)
    drop = press(t("leads.button_drop"), Verb.FORM_OPEN, view.lead_id, q=FormCode.LEAD_DROP.value)
    if view.made_there:
        return [evaluate if _named(view) else edit, drop, *there, *more(reader, (), [edit] if _named(view) else [])]
    return [*([evaluate] if _named(view) else []), edit, drop, *more(reader, (), there)]


def lead_list_card(view: LeadListView, reader: Reader) -> Card:
    """The open leads, those that wait longest first; without any, what to do."""
    t = texts(reader.language)
    some, none = ("leads.list_mine", "leads.empty_mine") if view.mine else ("leads.list_title", "leads.empty")
    title = t.n(some, view.total) if view.total else t(none)
    page = t("frame.page", page=view.page + 1, pages=view.pages) if view.pages > 1 else ""
    body: list[Part] = [kicker(t("leads.list_kind"), "", page), headline(title)]
    if not view.lines:
        body.append(text(t("leads.empty_hint" if view.may_write else "leads.empty_read")))
    body += [_line(line, reader) for line in view.lines]
    if view.from_before:
        body.append(small(t.n("leads.from_before", view.from_before), spacing=Spacing.MEDIUM))
    return finish(body, _list_actions(view, reader), summary=title)


def _list_actions(view: LeadListView, reader: Reader) -> list[Part]:
    t = texts(reader.language)
    kept = MINE if view.mine else ALL
    leafing = page_buttons(Verb.LEAD_LIST, view.page, view.pages, reader, kept)
    key, other = ("leads.button_all", ALL) if view.mine else ("leads.button_mine", MINE)
    others = press(t(key), Verb.LEAD_LIST, 0, q=other)
    if not view.may_write:
        return [*leafing, others]
    style = None if view.lines else ActionStyle.POSITIVE
    new = press(t("leads.button_new"), Verb.FORM_OPEN, 0, q=FormCode.LEAD_ADD.value, style=style)
    return [*leafing, new, *more(reader, (), [others])] if len(leafing) > 1 else [*leafing, new, others]


def _line(line: LeadLine, reader: Reader) -> Part:
    t = texts(reader.language)
    days = (local(reader.now, reader).date() - local(line.created_at, reader).date()).days
    age = t.n("leads.age", days) if days > 0 else t("leads.age_today")
    source = PIPEDRIVE if line.made_there else ""
    told = (escape(line.client, NAME_LIMIT), t(f"record.origin_{line.origin}"), escape(line.owner, NAME_LIMIT))
    quiet = " · ".join(part for part in (*told, age, source) if part)
    amount = money(line.amount, reader.language) if line.amount is not None else ""
    tap = press(t("frame.open"), Verb.LEAD_SHOW, line.lead_id)
    said = [text(escape(line.title, NAME_LIMIT), bold=True), small(quiet, spacing=Spacing.NONE)]
    return group([*said, *([text(amount, spacing=Spacing.NONE)] if amount else [])], tap=tap)
