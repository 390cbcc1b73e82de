"""The review of an offer as a card: for the reviewers, and for whoever asked them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adaptive_cards.types import ActionStyle, Spacing

from cards.buttons import link, more, press
from cards.envelope import Card, Part, finish
from cards.escape import escape, plain
from cards.formats import day, deadline, listed, money, when, word
from cards.pieces import band, bullets, facts, headline, kicker, label, sides, small, subtitle, text
from cards.texts import texts
from cards.verbs import FormCode, ListCode, Verb
from cards.views.reviews import Opinion, ReviewState
from cards.words import Tone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cards.views.reader import Reader
    from cards.views.reviews import ReviewMine, ReviewSeat, ReviewView
    from cards.views.rounds import Condition

TONES: Final = {
    ReviewState.OPEN: Tone.WARNING,
    ReviewState.READY: Tone.GOOD,
    ReviewState.CHANGES: Tone.ATTENTION,
    ReviewState.WAIVED: Tone.WARNING,
    ReviewState.REPLACED: Tone.DEFAULT,
}
OPINION_TONES: Final = {Opinion.READY: Tone.GOOD, Opinion.CHANGES: Tone.ATTENTION}
SIGNS: Final = {Opinion.READY: "✓", Opinion.CHANGES: "✕"}
CONDITIONS: Final = 5
"""Conditions in sight; a Go seldom has more, and the round's own card has all of them."""


def review_card(view: ReviewView, reader: Reader) -> Card:
    """One review. With ``view.mine`` it is a reviewer's own card; ``view.steps`` are for whoever goes on with it."""
    t = texts(reader.language)
    body: list[Part] = [
        kicker(t(f"reviews.kind_{view.kind}"), view.offer, t(f"reviews.state_{view.state}"), TONES[view.state]),
        headline(view.title),
        *subtitle(_subtitle(view, reader)),
        *_asks(view, reader),
        *_paragraph(t("reviews.look_at"), view.question),
        *facts(_facts(view, reader)),
        *_conditions(view.conditions, reader),
        *_seats(view, reader),
    ]
    return finish(body, _buttons(view, reader), summary=_summary(view, reader))


def _subtitle(view: ReviewView, reader: Reader) -> Iterable[str]:
    yield escape(view.client, 80)
    if view.asked_by:
        yield texts(reader.language)("reviews.asked_by", name=escape(view.asked_by, 80))


def _paragraph(name: str, words: str) -> list[Part]:
    return [label(name), text(escape(words, 1200, lines=True), spacing=Spacing.NONE)] if words else []


def _asks(view: ReviewView, reader: Reader) -> Iterable[Part]:
    t = texts(reader.language)
    if view.mine is not None and view.mine.late:
        yield band(t("reviews.late"), Tone.WARNING)
    if view.state is ReviewState.OPEN:
        yield _open(view, reader)
    elif view.replaced_by:
        yield band(t("reviews.replaced"), Tone.WARNING)
    else:
        yield _closed(view, reader)
    if view.mine is not None and view.mine.acting_for and view.state is ReviewState.OPEN:
        role = word(view.mine.role, reader.language)
        yield small(t("reviews.acting_for", name=escape(view.mine.acting_for, 80), role=role))


def _open(view: ReviewView, reader: Reader) -> Part:
    t = texts(reader.language)
    by = deadline(view.due_at, reader, year=False) if view.due_at else ""
    waits = t("reviews.waits_for", roles=_waiting(view, reader))
    mine = view.mine
    if mine is None:
        return band(waits, Tone.ACCENT, [t("reviews.until", when=by) if by else ""])
    if mine.opinion is not None:
        said = t("reviews.your_answer", opinion=t(f"reviews.opinion_{mine.opinion}"))
        return band(said, OPINION_TONES[mine.opinion], [waits])
    ask = t(f"reviews.ask_{view.kind}", when=by) if by else t("reviews.ask")
    return band(ask, Tone.ACCENT)


def _waiting(view: ReviewView, reader: Reader) -> str:
    roles = tuple(word(seat.role, reader.language) for seat in view.seats if seat.opinion is None)
    return listed(roles, reader.language)


def _closed(view: ReviewView, reader: Reader) -> Part:
    t = texts(reader.language)
    at = when(view.closed_at, reader, year=False) if view.closed_at else ""
    tone = TONES[view.state]
    if view.state is ReviewState.READY:
        return band(t(f"reviews.ready_{view.kind}"), tone, [t("reviews.closed_at", when=at)])
    if view.state is ReviewState.WAIVED:
        who = t("reviews.waived", name=escape(view.closed_by, 80))
        return band(who, tone, [escape(view.waiver, 1000, lines=True), t("reviews.closed_at", when=at)])
    return band(t("reviews.changes"), tone, [t("reviews.closed_at", when=at)])


def _facts(view: ReviewView, reader: Reader) -> Iterable[tuple[str, str]]:
    t = texts(reader.language)
    price = money(view.price, reader.language) if view.price else ""
    yield t("reviews.fact_price"), t("reviews.price_version", price=price, n=view.version) if price else ""
    estimated = money(view.estimated, reader.language) if view.estimated and not price else ""
    yield t("reviews.fact_estimated"), estimated
    yield t("reviews.fact_margin"), money(view.margin, reader.language) if view.margin else ""
    yield t("reviews.fact_submission"), deadline(view.submission_due_at, reader) if view.submission_due_at else ""
    yield t("reviews.fact_meeting"), deadline(view.meeting_at, reader) if view.meeting_at else ""


def _conditions(conditions: tuple[Condition, ...], reader: Reader) -> list[Part]:
    t = texts(reader.language)
    if not conditions:
        return []
    lines = [
        " · ".join(
            part
            for part in (
                escape(one.text, 200),
                escape(one.owner, 60),
                day(one.due, reader, year=False) if one.due else "",
            )
            if part
        )
        for one in conditions[:CONDITIONS]
    ]
    if len(conditions) > CONDITIONS:
        lines.append(t.n("reviews.more_conditions", len(conditions) - CONDITIONS))
    return [label(t("reviews.conditions")), text(bullets(lines), spacing=Spacing.NONE)]


def _seats(view: ReviewView, reader: Reader) -> Iterable[Part]:
    t = texts(reader.language)
    yield label(t("reviews.seats"))
    for seat in view.seats:
        yield from _seat(seat, reader, waits=view.state is ReviewState.OPEN)


def _seat(seat: ReviewSeat, reader: Reader, *, waits: bool) -> Iterable[Part]:
    t = texts(reader.language)
    role = word(seat.role, reader.language)
    who = escape(seat.by or seat.principal, 80) or t("reviews.vacant")
    if seat.for_principal:
        who = t("reviews.for_principal", name=who, principal=escape(seat.for_principal, 80))
    elif seat.deputy and seat.opinion is None:
        who = t("reviews.or_deputy", name=who, deputy=escape(seat.deputy, 80))
    said, tone = t("reviews.awaited" if waits else "reviews.no_answer"), Tone.DEFAULT
    if seat.opinion is not None:
        said = f"{SIGNS[seat.opinion]} {t(f'reviews.opinion_{seat.opinion}')}"
        tone = OPINION_TONES[seat.opinion]
    yield sides(
        text(f"{role} · {who}", spacing=Spacing.NONE),
        text(said, tone=tone, bold=seat.opinion is not None, right=True),
        spacing=Spacing.SMALL,
    )
    if seat.note:
        yield text(escape(seat.note, 1000, lines=True), spacing=Spacing.NONE, subtle=True)


def _buttons(view: ReviewView, reader: Reader) -> list[Part]:
    t = texts(reader.language)
    offer = press(t("reviews.button_offer"), Verb.OFFER_SHOW, view.offer_id)
    history = press(t("reviews.button_history"), Verb.RECORDS_SHOW, view.offer_id, q=ListCode.REVIEWS.value)
    document = [
        *link(t("reviews.button_meeting"), view.meeting_url),
        *link(t("reviews.button_document"), view.document_url),
    ]
    if view.replaced_by:
        current = press(t("reviews.button_current"), Verb.REVIEW_SHOW, view.replaced_by)
        return [current, offer, *more(reader, [], [*document, history])]
    if view.state is ReviewState.OPEN and view.mine is not None:
        return [
            *_answers(view, view.mine, reader),
            *more(reader, [], [*document, offer, *_steps(view, reader), history]),
        ]
    steps = _steps(view, reader)
    return [*steps[:2], offer, *more(reader, [], [*steps[2:], *document, history])]


def _answers(view: ReviewView, mine: ReviewMine, reader: Reader) -> list[Part]:
    t = texts(reader.language)
    ready = press(
        t("reviews.button_ready"),
        Verb.REVIEW_READY,
        view.review_id,
        style=ActionStyle.POSITIVE,
        rev=view.revision,
        q=mine.role.value,
    )
    changes = press(t("reviews.button_changes"), Verb.FORM_OPEN, view.review_id, q=FormCode.REVIEW_CHANGES.value)
    # A seat that said ready has nothing left to press but the other answer.
    return [changes] if mine.opinion is Opinion.READY else [ready, changes]


def _steps(view: ReviewView, reader: Reader) -> list[Part]:
    t = texts(reader.language)
    style = ActionStyle.POSITIVE
    return [
        press(t(step.label), step.verb, step.id, q=step.q, style=style if step.main else None) for step in view.steps
    ]


def _summary(view: ReviewView, reader: Reader) -> str:
    t = texts(reader.language)
    what = plain(" ".join(part for part in (view.offer, view.title) if part), 110)
    if view.state is ReviewState.OPEN and view.mine is not None and view.mine.opinion is None:
        by = when(view.due_at, reader, year=False) if view.due_at else ""
        return t("reviews.notify_ask", what=what, when=by) if by else t("reviews.notify_asked", what=what)
    return t("reviews.notify", what=what, state=t(f"reviews.state_{view.state}"))
