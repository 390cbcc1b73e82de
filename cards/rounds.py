"""The Go/No-Go vote as a card: shared, personal and decided are one card that says who is asked for what."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from adaptive_cards.types import ActionStyle, FontSize, Spacing

from cards.ballots import TONES, choice_of, choice_word, seats, waiting_roles
from cards.buttons import link, more, press, show
from cards.buyers import buyer_name
from cards.envelope import Card, Part, Refresh, at, finish
from cards.escape import escape, plain
from cards.formats import deadline, hours, listed, money, say, when, word
from cards.pieces import band, columns, facts, footer, headline, kicker, label, paragraph, small, subtitle, text
from cards.texts import texts
from cards.verbs import Verb
from cards.words import (
    Choice,
    DefaultOutcome,
    Language,
    RiskKind,
    RiskLevel,
    Role,
    RoundOutcome,
    RoundState,
    Rule,
    Tone,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from cards.views import Mine, Reader, Risk, RoundView
    from cards.views.reader import Money

ROUNDS: Final = 1024
"""Of so many rounds the parts that stay the same while people vote are remembered: a card is drawn at every vote, and
for every voter again.
"""

RISK_TONES = {RiskLevel.LOW: Tone.GOOD, RiskLevel.MEDIUM: Tone.WARNING, RiskLevel.HIGH: Tone.ATTENTION}


def round_card(view: RoundView, reader: Reader) -> Card:
    """The vote on one offer. With ``view.mine`` it is the reader's own card and shows what the reader may do."""
    body = [
        *_head(view, reader),
        *_asks(view, reader),
        *_warnings(view, reader),
        *([text(escape(view.summary, 280), spacing=Spacing.MEDIUM)] if view.summary else []),
        *_risks(view.risks, reader),
        *_facts(view, reader),
        *seats(view, reader),
        *(_history(view, reader) if view.show_history else []),
        *footer(view.last_change, reader),
    ]
    return finish(
        body,
        _buttons(view, reader),
        summary=_summary(view, reader),
        refresh=Refresh(Verb.REFRESH_ROUND, view.round_id, view.revision, view.refresh_user_ids),
        mentions=view.mentions,
    )


def _head(view: RoundView, reader: Reader) -> tuple[Part, ...]:
    state, tone = _state(view, reader)
    names = (view.offer_number, view.reference, view.title, view.client, view.owner)
    return _titled(names, view.round_number, state, tone, reader.language)


@lru_cache(ROUNDS)
def _titled(
    names: tuple[str, str, str, str, str], round_number: int, state: str, tone: Tone, language: Language
) -> tuple[Part, ...]:
    """Kicker, headline and subtitle, from the offer's number, the tender's, the title, the client and the owner."""
    t = texts(language)
    offer_number, reference, title, client, owner = names
    again = t("decisions.round_number", n=round_number) if round_number > 1 else ""
    said = (
        escape(buyer_name(client), 80),
        escape(reference, 60) if offer_number else "",
        t("decisions.owner", name=escape(owner, 80)) if owner else "",
    )
    return (
        kicker(t("decisions.kind"), " · ".join(filter(None, (offer_number or reference, again))), state, tone),
        headline(title),
        *subtitle(said),
    )


def _running(view: RoundView) -> bool:
    return view.state is not RoundState.CLOSED


def _state(view: RoundView, reader: Reader) -> tuple[str, Tone]:
    t = texts(reader.language)
    if view.replaced_by is not None:
        return t("decisions.state_replaced"), Tone.DEFAULT
    if view.outcome is RoundOutcome.GO:
        number = plain(view.offer_number, 20)
        return t("decisions.state_go", number=number) if number else word(RoundOutcome.GO, reader.language), Tone.GOOD
    if view.outcome is RoundOutcome.NO_GO:
        return word(RoundOutcome.NO_GO, reader.language), Tone.ATTENTION
    return word(view.state, reader.language), Tone.WARNING


def _asks(view: RoundView, reader: Reader) -> Iterable[Part]:
    t = texts(reader.language)
    if view.mentions and _running(view):
        yield text(" ".join(at(name) for _, name in view.mentions), size=FontSize.SMALL)
    if view.mine is not None and view.mine.late:
        yield band(t("decisions.late"), Tone.WARNING, [t("decisions.late_next")])
    if view.replaced_by is not None:
        yield band(t("decisions.replaced"), Tone.WARNING)
    elif view.outcome is not None:
        yield _result(view, view.outcome, reader)
    else:
        yield _ask(view, reader)
    if view.mine is not None:
        yield from _mine(view, view.mine, reader)


def _ask(view: RoundView, reader: Reader) -> Part:
    if view.state is RoundState.ESCALATED:
        t = texts(reader.language)
        return band(t("decisions.escalated"), Tone.WARNING, [t("decisions.escalated_why")])
    by = deadline(view.closes_at, reader, year=False)
    roles = waiting_roles(view)
    mine = view.mine
    if mine is not None and mine.ballot is not None:
        choice = choice_of(mine.ballot)
        return _voted(choice, by, roles, len(view.seats), mine.can_vote, reader.language)
    return _asked(by, roles, len(view.seats), reader.language)


@lru_cache(256)
def _asked(by: str, waiting: tuple[str, ...], seats_in_all: int, language: Language) -> Part:
    progress = _progress(waiting, seats_in_all, language) if waiting and len(waiting) < seats_in_all else ""
    return band(texts(language)("decisions.vote_before", when=by), Tone.ACCENT, [progress])


@lru_cache(256)
def _voted(
    choice: Choice,
    by: str,
    waiting: tuple[str, ...],
    seats_in_all: int,
    changeable: bool,  # noqa: FBT001
    language: Language,
) -> Part:
    t = texts(language)
    until = t("decisions.changeable" if changeable else "decisions.wait_until", when=by)
    words = t("decisions.your_vote", choice=word(choice, language))
    progress = _progress(waiting, seats_in_all, language) if waiting else ""
    return band(words, TONES[choice], [until, progress])


def _progress(waiting: tuple[str, ...], seats_in_all: int, language: Language) -> str:
    done = seats_in_all - len(waiting)
    return texts(language)("decisions.progress", done=done, all=seats_in_all, waiting=listed(waiting, language))


def _result(view: RoundView, outcome: RoundOutcome, reader: Reader) -> Part:
    t = texts(reader.language)
    at_time = when(view.decided_at, reader, year=False) if view.decided_at else ""
    if outcome is RoundOutcome.GO:
        number = escape(view.offer_number, 20)
        words = t("decisions.go", number=number) if number else t("decisions.go_plain")
        next_step = "" if view.team_named else t("decisions.next_team")
        return band(words, Tone.GOOD, [t("decisions.decided_at", when=at_time), next_step])
    reasons = [escape(reason, 200) for reason in view.outcome_reasons]
    return band(t("decisions.no_go"), Tone.ATTENTION, [*reasons, t("decisions.decided_at", when=at_time)])


def _mine(view: RoundView, mine: Mine, reader: Reader) -> Iterable[Part]:
    t = texts(reader.language)
    if mine.ballot is not None and not _running(view):
        yield small(t("decisions.your_vote", choice=choice_word(mine.ballot, reader)))
    if mine.acting_for and not mine.late:
        yield small(t("decisions.acting_for", name=escape(mine.acting_for, 80), role=word(mine.role, reader.language)))


def _warnings(view: RoundView, reader: Reader) -> Iterable[Part]:
    t = texts(reader.language)
    if view.edited_after_opening and view.evaluation_version:
        yield text(
            t("decisions.edited", version=view.evaluation_version), tone=Tone.WARNING, size=FontSize.SMALL, bold=True
        )
    again = view.reopened_from
    if again is not None:
        yield small(
            t("decisions.reopened", n=again.round_number, by=escape(again.by, 80), reason=escape(again.reason, 200))
        )


def _risks(risks: tuple[Risk, ...], reader: Reader) -> tuple[Part, ...]:
    return _risk_strip(tuple((risk.kind, risk.level) for risk in risks[:3]), reader.language) if risks else ()


@lru_cache(128)
def _risk_strip(risks: tuple[tuple[RiskKind, RiskLevel], ...], language: Language) -> tuple[Part, ...]:
    strip = [
        (
            "stretch",
            [
                small(word(kind, language), spacing=Spacing.NONE),
                text(word(level, language), tone=RISK_TONES[level], bold=True, spacing=Spacing.NONE),
            ],
        )
        for kind, level in risks
    ]
    return label(texts(language)("decisions.risks")), columns(strip, spacing=Spacing.SMALL)


def _facts(view: RoundView, reader: Reader) -> tuple[Part, ...]:
    closes = deadline(view.tender_closes_at, reader) if view.tender_closes_at else ""
    rule = _rule(view, reader) if _running(view) else ""
    return _fact_rows(view.budget, view.effort_hours, closes, rule, reader.language)


@lru_cache(128)
def _fact_rows(
    budget: Money | None, effort_hours: Decimal | None, closes: str, rule: str, language: Language
) -> tuple[Part, ...]:
    t = texts(language)
    return tuple(
        facts(
            (
                (t("decisions.fact_budget"), money(budget, language) if budget else ""),
                (t("decisions.fact_effort"), hours(effort_hours, language) if effort_hours else ""),
                (t("decisions.fact_tender_closes"), closes),
                (t("decisions.fact_rule"), rule),
            )
        )
    )


def _rule(view: RoundView, reader: Reader) -> str:
    return _rule_words(view.rule, view.quorum, view.veto_role, reader.language)


@lru_cache(128)
def _rule_words(rule: Rule, quorum: int, veto_role: Role | None, language: Language) -> str:
    t = texts(language)
    parts = [word(rule, language), t("decisions.quorum", n=quorum)]
    if veto_role is not None:
        parts.append(t("decisions.veto", role=word(veto_role, language)))
    return ", ".join(parts)


def _details(view: RoundView, reader: Reader) -> list[Part]:
    default = view.default_outcome if _running(view) else None
    version = view.evaluation_version
    details = [*_evaluation(view.risks, view.conditions, view.resources, default, version, reader.language)]
    if view.history and not view.show_history:
        details.extend(_history(view, reader))
    return details


@lru_cache(256)
def _evaluation(
    risks: tuple[Risk, ...],
    conditions: str,
    resources: str,
    default: DefaultOutcome | None,
    version: int | None,
    language: Language,
) -> tuple[Part, ...]:
    """The details that stay the same while people vote, and are long."""
    t = texts(language)
    out: list[Part] = []
    for risk in risks:
        name = f"{word(risk.kind, language)} · {word(risk.level, language)}"
        out.extend(paragraph(name, escape(risk.text, 400, lines=True)))
    out.extend(paragraph(t("decisions.detail_conditions"), escape(conditions, 400, lines=True)))
    out.extend(paragraph(t("decisions.detail_resources"), escape(resources, 300, lines=True)))
    if default is not None:
        key = "default_escalate" if default is DefaultOutcome.ESCALATE else "default_no_go"
        out.extend(paragraph(t("decisions.detail_default"), t(f"decisions.{key}")))
    if version:
        out.append(small(t("decisions.evaluation_version", version=version)))
    return tuple(out)


def _history(view: RoundView, reader: Reader) -> list[Part]:
    if not view.history:
        return []
    lines = [f"{when(line.at, reader, year=False)} · {say(line.what, reader)}" for line in view.history[-12:]]
    return [
        label(texts(reader.language)("decisions.history")),
        *[small(line, spacing=Spacing.NONE) for line in lines],
    ]


def _seat_of(view: RoundView) -> str:
    """Which seat a personal card's buttons vote for: somebody may hold one and stand in for another."""
    return str(view.mine.role) if view.mine is not None else ""


def _vote_buttons(view: RoundView, reader: Reader) -> list[Part]:
    t = texts(reader.language)
    rev, seat = view.revision, _seat_of(view)
    good, bad = ActionStyle.POSITIVE, ActionStyle.DESTRUCTIVE
    return [
        press(t("decisions.button_go"), Verb.ROUND_GO, view.round_id, style=good, rev=rev, q=seat),
        press(t("decisions.button_conditions"), Verb.ROUND_CONDITIONS_OPEN, view.round_id, rev=rev, q=seat),
        press(t("decisions.button_no_go"), Verb.ROUND_NO_GO_OPEN, view.round_id, style=bad, rev=rev, q=seat),
    ]


def _other_votes(view: RoundView, reader: Reader) -> list[Part]:
    t = texts(reader.language)
    rev, seat = view.revision, _seat_of(view)
    return [
        press(t("decisions.button_abstain"), Verb.ROUND_ABSTAIN, view.round_id, rev=rev, q=seat),
        press(t("decisions.button_need_info"), Verb.ROUND_NEED_INFO_OPEN, view.round_id, rev=rev, q=seat),
    ]


def _buttons(view: RoundView, reader: Reader) -> list[Part]:
    t = texts(reader.language)
    details = _details(view, reader)
    evaluation = press(t("decisions.button_evaluation"), Verb.EVALUATION_OPEN, view.offer_id)
    history = press(t("decisions.button_history"), Verb.ROUND_SHOW_HISTORY, view.round_id)
    portal = link(t("tenders.button_portal"), view.portal_url)
    if view.replaced_by is not None:
        return [
            press(t("decisions.button_current"), Verb.ROUND_SHOW, view.replaced_by),
            *more(reader, details, [history]),
        ]
    if not _running(view):
        return _decided_buttons(view, reader, [history, *portal], details)
    if view.mine is not None and not view.mine.can_vote:
        return [evaluation, *more(reader, details, [history, *portal])]
    votes, others = _vote_buttons(view, reader), _other_votes(view, reader)
    if view.mine is not None and view.mine.ballot is not None:
        change = show(t("decisions.button_change"), [text(t("decisions.change_hint"))], [*votes, *others])
        return [change, evaluation, *more(reader, details, [history, *portal])]
    return [*votes, *more(reader, details, [*others, evaluation, history, *portal])]


def _decided_buttons(view: RoundView, reader: Reader, rest: list[Part], details: list[Part]) -> list[Part]:
    t = texts(reader.language)
    first: list[Part] = []
    if view.outcome is RoundOutcome.GO and not view.team_named:
        first.append(press(t("offers.button_team"), Verb.TEAM_OPEN, view.offer_id, style=ActionStyle.POSITIVE))
    first.append(press(t("offers.button_offer"), Verb.OFFER_SHOW, view.offer_id))
    first.append(press(t("decisions.button_sheet"), Verb.ROUND_SHEET, view.round_id))
    reopen = press(t("decisions.button_reopen"), Verb.ROUND_REOPEN_OPEN, view.round_id, rev=view.revision)
    return [*first, *more(reader, details, [*rest, reopen])]


def _summary(view: RoundView, reader: Reader) -> str:
    t = texts(reader.language)
    what = plain(" ".join(part for part in (view.offer_number or view.reference, view.title) if part), 110)
    if view.outcome is RoundOutcome.GO:
        return t("decisions.notify_go", what=what, number=view.offer_number)
    if view.outcome is RoundOutcome.NO_GO:
        return t("decisions.notify_no_go", what=what)
    if view.state is RoundState.ESCALATED:
        return t("decisions.notify_escalated", what=what)
    by = when(view.closes_at, reader, year=False)
    if view.mine is not None and view.mine.ballot is not None:
        return t("decisions.notify_voted", what=what, choice=choice_word(view.mine.ballot, reader), when=by)
    return t("decisions.notify_vote", what=what, when=by)
