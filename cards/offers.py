"""One offer as a card: where it stands, what decides next, who is on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adaptive_cards.types import ActionStyle, Spacing

from cards.buttons import link, more, press
from cards.buyers import buyer_name
from cards.envelope import Card, Part, Refresh, finish
from cards.escape import escape, plain
from cards.formats import deadline, hours, money, when, word
from cards.pieces import band, bullets, facts, footer, group, headline, kicker, label, paragraph, small, subtitle, text
from cards.texts import texts
from cards.verbs import Verb
from cards.words import Outcome, RoundOutcome, SyncState, Tone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cards.views import OfferLine, OfferView, Reader

OUTCOME_TONES: Final = {
    Outcome.WON: Tone.GOOD,
    Outcome.LOST: Tone.ATTENTION,
    Outcome.NO_GO: Tone.ATTENTION,
    Outcome.ABANDONED: Tone.DEFAULT,
}
SYNC_SIGNS: Final = {
    SyncState.OK: "✓",
    SyncState.PENDING: "○",
    SyncState.RETRYING: "↻",
    SyncState.CONFLICT: "⚠",
    SyncState.INCOMPLETE: "⚠",
    SyncState.MANUAL: "⚠",
    SyncState.OFF: "–",
}


def offer_card(view: OfferView, reader: Reader) -> Card:
    """One offer with what comes next first."""
    t = texts(reader.language)
    ended = view.outcome is not Outcome.OPEN
    state = word(view.outcome, reader.language) if ended else escape(view.stage, 40)
    tone = OUTCOME_TONES[view.outcome] if ended else view.stage_tone
    body = [
        kicker(t("offers.kind"), view.number or view.reference, state, tone),
        headline(view.title),
        *subtitle(_subtitle(view, reader)),
        _where_it_stands(view, reader),
        *facts(_facts(view, reader)),
        *_team(view, reader),
        *_systems(view, reader),
        *footer(view.last_change, reader),
    ]
    what = plain(" ".join(part for part in (view.number or view.reference, view.title) if part), 120)
    return finish(
        body,
        _buttons(view, reader),
        summary=t("offers.notify", what=what, state=state),
        refresh=Refresh(Verb.REFRESH_OFFER, view.offer_id, view.revision, ()),
    )


def offer_line(line: OfferLine, reader: Reader) -> Part:
    """One offer as two lines that open it."""
    state = escape(line.stage, 40) if line.outcome is Outcome.OPEN else word(line.outcome, reader.language)
    quiet = " · ".join(part for part in (escape(line.reference, 40), state, escape(line.owner, 60)) if part)
    title = " · ".join(part for part in (line.number, line.title) if part)
    tap = press(texts(reader.language)("frame.open"), Verb.OFFER_SHOW, line.offer_id)
    return group([text(escape(title, 120), bold=True), small(quiet, spacing=Spacing.NONE)], tap=tap)


def _subtitle(view: OfferView, reader: Reader) -> Iterable[str]:
    yield escape(buyer_name(view.client), 80)
    if view.number:
        yield escape(view.reference, 60)
    if view.owner:
        yield texts(reader.language)("decisions.owner", name=escape(view.owner, 80))


def _where_it_stands(view: OfferView, reader: Reader) -> Part:
    t = texts(reader.language)
    if view.outcome is Outcome.NO_GO or view.decision is RoundOutcome.NO_GO:
        return band(t("decisions.no_go"), Tone.ATTENTION)
    if view.outcome is not Outcome.OPEN:
        return band(t("offers.ended", outcome=word(view.outcome, reader.language)), OUTCOME_TONES[view.outcome])
    if view.round_open:
        return band(t("tenders.voting"), Tone.WARNING)
    if view.number:
        if not view.team:
            return band(t("decisions.next_team"), Tone.ACCENT)
        due = t("offers.send_before", when=deadline(view.closes_at, reader, year=False)) if view.closes_at else ""
        return band(due or t("offers.preparing"), Tone.ACCENT)
    return band(t("tenders.next_vote" if view.evaluation_done else "tenders.next_evaluation"), Tone.ACCENT)


def _facts(view: OfferView, reader: Reader) -> Iterable[tuple[str, str]]:
    t = texts(reader.language)
    yield t("offers.fact_due"), deadline(view.closes_at, reader) if view.closes_at else ""
    clarification = deadline(view.clarification_at, reader) if view.clarification_at else ""
    yield t("tenders.fact_clarification"), clarification
    yield t("decisions.fact_budget"), money(view.budget, reader.language) if view.budget else ""
    yield t("decisions.fact_effort"), hours(view.effort_hours, reader.language) if view.effort_hours else ""
    if view.decision is not None and view.decided_at is not None:
        decided = f"{word(view.decision, reader.language)} · {when(view.decided_at, reader)}"
        yield t("offers.fact_decision"), decided


def _team(view: OfferView, reader: Reader) -> list[Part]:
    if not view.team:
        return []
    t = texts(reader.language)
    lines = [f"**{word(member.role, reader.language)}** {escape(member.name, 80)}" for member in view.team]
    return [
        label(t("offers.team")),
        *[text(line, spacing=Spacing.NONE) for line in lines],
    ]


def _systems(view: OfferView, reader: Reader) -> list[Part]:
    if not view.systems:
        return []
    parts = []
    for line in view.systems:
        detail = f" ({escape(line.detail, 80)})" if line.detail else ""
        parts.append(f"{SYNC_SIGNS[line.state]} {escape(line.system, 40)} {word(line.state, reader.language)}{detail}")
    return [small(" · ".join(parts), spacing=Spacing.MEDIUM)]


def _buttons(view: OfferView, reader: Reader) -> list[Part]:
    t = texts(reader.language)
    evaluation = press(t("offers.button_evaluation"), Verb.EVALUATION_OPEN, view.offer_id)
    naming = "offers.button_team_change" if view.team else "offers.button_team"
    team = press(t(naming), Verb.TEAM_OPEN, view.offer_id)
    first: list[Part] = []
    rest: list[Part] = []
    if view.round_open and view.round_id is not None:
        first = [
            press(t("tenders.button_vote"), Verb.ROUND_SHOW, view.round_id, style=ActionStyle.POSITIVE),
            evaluation,
        ]
    elif view.can_open_round:
        opening = press(t("offers.button_open_round"), Verb.ROUND_OPEN, view.offer_id, style=ActionStyle.POSITIVE)
        first = [opening, evaluation]
    elif view.number:
        first = [team]
        rest = [evaluation]
    elif view.outcome is Outcome.OPEN:
        first = [evaluation]
    if view.round_id is not None and not view.round_open:
        first.append(press(t("decisions.button_show"), Verb.ROUND_SHOW, view.round_id))
    details = paragraph(t("decisions.conditions"), bullets(escape(one, 200) for one in view.conditions))
    return [*first, *link(t("tenders.button_portal"), view.portal_url), *more(reader, details, rest)]
