"""Tender cards: one tender in each of its states, a digest of many new ones, a paged list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adaptive_cards.types import ActionStyle, Spacing

from cards.buttons import link, more, press
from cards.buyers import buyer_name
from cards.envelope import Card, Part, Refresh, finish
from cards.escape import escape, plain
from cards.formats import clock, days_left, deadline, listed, when, word
from cards.pieces import band, facts, footer, group, headline, kicker, paragraph, small, subtitle, text
from cards.texts import texts
from cards.verbs import Verb
from cards.words import Source, TenderState, TenderStatus, TenderType, Tone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cards.views import Reader, TenderDigestView, TenderLine, TenderListView, TenderView

EXCERPT: Final = 900
LINES: Final = 10
COUNTRIES: Final = 6

TONES: Final = {
    TenderState.NEW: Tone.ACCENT,
    TenderState.EVALUATING: Tone.ACCENT,
    TenderState.VOTING: Tone.WARNING,
    TenderState.GO: Tone.GOOD,
    TenderState.NO_GO: Tone.ATTENTION,
    TenderState.DISMISSED: Tone.DEFAULT,
    TenderState.CANCELLED: Tone.ATTENTION,
    TenderState.REISSUED: Tone.WARNING,
    TenderState.CLOSED: Tone.DEFAULT,
}


def tender_card(view: TenderView, reader: Reader) -> Card:
    """One tender, from its publication to the decision."""
    t = texts(reader.language)
    state = word(view.state, reader.language)
    if view.state is TenderState.GO and view.offer_number:
        state = f"{state} · {plain(view.offer_number, 20)}"
    body = [
        kicker(_kind(view.source, reader), view.number, state, TONES[view.state]),
        headline(view.title),
        *subtitle(_subtitle(view, reader)),
        _where_it_stands(view, reader),
        *facts(_facts(view, reader)),
        *footer(view.last_change, reader),
    ]
    key = "tenders.notify_new" if view.state is TenderState.NEW else "tenders.notify"
    closes = days_left(view.closes_at, reader) if view.closes_at else t("tenders.no_date")
    return finish(
        body,
        _buttons(view, reader),
        summary=t(key, number=plain(view.number, 40), title=plain(view.title, 90), state=state, closes=closes),
        refresh=Refresh(Verb.REFRESH_TENDER, view.tender_id, view.revision, view.refresh_user_ids),
    )


def digest_card(view: TenderDigestView, reader: Reader) -> Card:
    """Many new tenders of one poll in one message."""
    t = texts(reader.language)
    body: list[Part] = [
        kicker(t("tenders.kind_digest"), word(view.source, reader.language), t("words.tender_state_new"), Tone.ACCENT),
        headline(t.n("tenders.digest_title", view.total)),
        band(t("tenders.digest_ask"), Tone.ACCENT),
        *_lines(view.lines[:LINES], reader),
    ]
    hidden = view.total - len(view.lines[:LINES])
    if hidden > 0:
        body.append(small(t.n("tenders.digest_hidden", hidden)))
    if view.kept:
        body.append(small(t.n("tenders.digest_kept", view.kept)))
    body.extend(footer(None, reader))
    return finish(
        body, [press(t("tenders.button_list"), Verb.TENDER_LIST, 0)], summary=t.n("tenders.notify_digest", view.total)
    )


def tender_list_card(view: TenderListView, reader: Reader) -> Card:
    """A page of the tenders that are open to us."""
    t = texts(reader.language)
    head = [kicker(t("tenders.kind_list"), "", _page(view.page, view.pages, reader))]
    if not view.lines:
        following = _next_deadline(view.next_deadline, reader)
        body = [*head, headline(t("tenders.list_empty")), text(following or t("tenders.list_empty_hint"))]
    else:
        body = [*head, headline(t.n("tenders.list_title", view.total)), *_lines(view.lines, reader)]
    body.extend(footer(None, reader))
    actions = page_buttons(Verb.TENDER_LIST, view.page, view.pages, reader)
    summary = t.n("tenders.list_title", view.total) if view.lines else t("tenders.list_empty")
    return finish(body, actions, summary=summary)


def page_buttons(verb: Verb, page: int, pages: int, reader: Reader, words: str = "") -> list[Part]:
    """Back and forth through a list, or nothing on a single page."""
    t = texts(reader.language)
    actions: list[Part] = []
    if page + 1 < pages:
        actions.append(press(t("frame.next_page"), verb, page + 1, q=words))
    if page > 0:
        actions.append(press(t("frame.previous_page"), verb, page - 1, q=words))
    return actions


def tender_line(line: TenderLine, reader: Reader) -> Part:
    """One tender as two lines that open it: title, then number, deadline and state."""
    t = texts(reader.language)
    closes = t("tenders.closes", when=deadline(line.closes_at, reader, year=False)) if line.closes_at else ""
    state = "" if line.state is TenderState.NEW else word(line.state, reader.language)
    buyer = escape(buyer_name(line.entity), 60)
    quiet = " · ".join(part for part in (escape(line.number, 40), buyer, closes, state) if part)
    tap = press(t("frame.open"), Verb.TENDER_SHOW, line.tender_id)
    return group([text(escape(line.title, 120), bold=True), small(quiet, spacing=Spacing.NONE)], tap=tap)


def _page(page: int, pages: int, reader: Reader) -> str:
    return texts(reader.language)("frame.page", page=page + 1, pages=pages) if pages > 1 else ""


def _lines(lines: Iterable[TenderLine], reader: Reader) -> list[Part]:
    return [tender_line(line, reader) for line in lines]


def _next_deadline(line: TenderLine | None, reader: Reader) -> str:
    if line is None or line.closes_at is None:
        return ""
    return texts(reader.language)(
        "frame.next_deadline",
        what=escape(line.number or line.title, 80),
        when=deadline(line.closes_at, reader, year=False),
    )


def _kind(source: Source, reader: Reader) -> str:
    return texts(reader.language)("tenders.kind_client" if source is Source.CLIENT else "tenders.kind")


def _subtitle(view: TenderView, reader: Reader) -> Iterable[str]:
    portal = "" if view.source is Source.CLIENT else word(view.source, reader.language)
    yield escape(buyer_name(view.entity), 80) or portal
    if view.type is not TenderType.UNKNOWN:
        yield word(view.type, reader.language)
    if view.status in {TenderStatus.INTENDED, TenderStatus.ISSUED}:
        yield word(view.status, reader.language)
    yield from (escape(tag, 30) for tag in view.tags)


def _where_it_stands(view: TenderView, reader: Reader) -> Part:
    t = texts(reader.language)
    state = view.state
    since = when(view.since, reader, year=False) if view.since else ""
    more_lines: list[str] = []
    if state is TenderState.NEW:
        words = _new(view, reader)
    elif state is TenderState.EVALUATING:
        words = t("tenders.evaluating", actor=escape(view.actor, 80), since=since)
        more_lines = [t(_next_step(view))]
    elif state is TenderState.DISMISSED:
        words = t("tenders.dismissed", actor=escape(view.actor, 80), since=since)
        more_lines = [_reasons(view), t("tenders.undo_hint", when=_clock(view, reader)) if view.undo_until else ""]
    elif state is TenderState.GO:
        words = t("tenders.go", number=escape(view.offer_number, 20))
    elif state is TenderState.REISSUED:
        words = t("tenders.reissued", number=escape(view.reissued_as, 40))
    else:
        words = t(f"tenders.{state.value}")
        more_lines = [_reasons(view)]
    return band(words, TONES[state], more_lines)


def _reasons(view: TenderView) -> str:
    return " · ".join(escape(reason, 200) for reason in view.reasons)


def _next_step(view: TenderView) -> str:
    if view.evaluation_done:
        return "tenders.next_vote"
    return "tenders.next_evaluation" if view.evaluation_required else "tenders.next_summary"


def _clock(view: TenderView, reader: Reader) -> str:
    return clock(view.undo_until, reader) if view.undo_until else ""


def _new(view: TenderView, reader: Reader) -> str:
    t = texts(reader.language)
    if view.closes_at is not None:
        return t("tenders.ask_until", when=deadline(view.closes_at, reader, year=False))
    return t("tenders.ask_intended" if view.status is TenderStatus.INTENDED else "tenders.ask")


def _facts(view: TenderView, reader: Reader) -> Iterable[tuple[str, str]]:
    t = texts(reader.language)
    # A new tender's ask already names its closing date.
    if view.closes_at is not None and view.state is not TenderState.NEW:
        yield t("tenders.fact_closes"), deadline(view.closes_at, reader)
    clarification = deadline(view.clarification_at, reader) if view.clarification_at else ""
    yield t("tenders.fact_clarification"), clarification
    if view.opens_at and view.opens_at > reader.now:
        yield t("tenders.fact_opens"), deadline(view.opens_at, reader)
    yield t("tenders.fact_price"), escape(view.price_range, 60)
    yield t("tenders.fact_clause"), _clause(view.clause, reader)
    yield t("tenders.fact_why"), listed(tuple(escape(why, 40) for why in view.why_matched[:4]), reader.language)
    yield t("tenders.fact_countries"), _countries(view.countries, reader)


def _countries(countries: tuple[str, ...], reader: Reader) -> str:
    """The first few, and how many more: a list that stops without saying so reads as if the others were shut out."""
    first = escape(", ".join(countries[:COUNTRIES]), 120)
    hidden = len(countries) - COUNTRIES
    return f"{first} {texts(reader.language).n('tenders.countries_hidden', hidden)}" if hidden > 0 else first


def _clause(clause: str, reader: Reader) -> str:
    t = texts(reader.language)
    key = f"tenders.clause_{clause.lower()}"
    return f"{escape(clause, 10)} · {t(key)}" if clause and key in t else escape(clause, 60)


def _details(view: TenderView, reader: Reader) -> list[Part]:
    t = texts(reader.language)
    rows = [
        (t("tenders.fact_published"), when(view.published_at, reader) if view.published_at else ""),
        (t("tenders.fact_opens"), when(view.opens_at, reader) if view.opens_at else ""),
        (t("tenders.fact_source"), word(view.source, reader.language)),
        (t("tenders.fact_countries"), escape(", ".join(view.countries), 200)),
        (t("tenders.fact_number"), escape(view.number, 60)),
    ]
    why = listed(tuple(escape(word_found, 40) for word_found in view.why_matched), reader.language)
    return [
        *paragraph(t("tenders.detail_excerpt"), escape(view.excerpt, EXCERPT, lines=True)),
        *(paragraph(t("tenders.fact_why"), why) if len(view.why_matched) > 4 else []),  # noqa: PLR2004 - more than the fact shows
        *facts(rows),
    ]


def _buttons(view: TenderView, reader: Reader) -> list[Part]:
    t = texts(reader.language)
    portal = link(t("tenders.button_portal"), view.portal_url)
    first: list[Part] = []
    rest: list[Part] = []
    rev = view.revision
    if view.state is TenderState.NEW:
        first = [
            press(
                t("tenders.button_evaluate"), Verb.TENDER_EVALUATE, view.tender_id, style=ActionStyle.POSITIVE, rev=rev
            ),
            press(t("tenders.button_dismiss"), Verb.TENDER_DISMISS_OPEN, view.tender_id, rev=rev),
        ]
    elif view.state is TenderState.EVALUATING and view.offer_id is not None:
        first, rest = _evaluating_buttons(view, view.offer_id, reader)
    elif view.state is TenderState.VOTING and view.round_id is not None:
        first = [press(t("tenders.button_vote"), Verb.ROUND_SHOW, view.round_id, style=ActionStyle.POSITIVE)]
    elif view.state in {TenderState.GO, TenderState.NO_GO} and view.offer_id is not None:
        first = [press(t("tenders.button_offer"), Verb.OFFER_SHOW, view.offer_id)]
    elif view.state is TenderState.DISMISSED and view.undo_until and view.undo_until > reader.now:
        first = [press(t("frame.undo"), Verb.TENDER_RESTORE, view.tender_id, rev=rev)]
    elif view.state is TenderState.REISSUED and view.reissued_id is not None:
        first = [press(t("tenders.button_new_version"), Verb.TENDER_SHOW, view.reissued_id)]
    return [*first, *portal, *more(reader, _details(view, reader), rest)]


def _evaluating_buttons(view: TenderView, offer: int, reader: Reader) -> tuple[list[Part], list[Part]]:
    t = texts(reader.language)
    fill = "offers.button_evaluation" if view.evaluation_required else "offers.button_summary"
    form_style = None if view.evaluation_done else ActionStyle.POSITIVE
    form = press(t(fill), Verb.EVALUATION_OPEN, offer, style=form_style)
    vote = press(t("offers.button_open_round"), Verb.ROUND_OPEN, offer, style=ActionStyle.POSITIVE)
    dismiss = press(t("tenders.button_dismiss"), Verb.TENDER_DISMISS_OPEN, view.tender_id, rev=view.revision)
    return ([vote, form] if view.evaluation_done else [form]), [dismiss]
