"""The audit trail in chat: who did what, when, and on which facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adaptive_cards.types import FontSize, Spacing

from cards.buttons import press
from cards.envelope import Card, Part, finish
from cards.escape import escape, plain
from cards.formats import hours, money, say, when, word
from cards.pieces import group, heading, small, text
from cards.texts import texts
from cards.verbs import Verb

if TYPE_CHECKING:
    from cards.views.audit import AuditFacts, AuditLine, AuditView
    from cards.views.reader import Reader

NAME: Final = 80
WORDS: Final = 60


def audit_card(view: AuditView, reader: Reader) -> Card:
    """One page of events; without any, what can be asked."""
    t = texts(reader.language)
    said = escape(view.words, WORDS)
    title = t("audit.title_of", words=said) if said else t("audit.title")
    if not view.lines:
        body: list[Part] = [heading(t("audit.none"), FontSize.LARGE), text(t("audit.hint"))]
        return finish(body, [press(t("chat.button_help"), Verb.HELP_SHOW, 0)], summary=t("audit.none"))
    body = [heading(title, FontSize.LARGE), *(_line(line, reader) for line in view.lines)]
    if not view.words and not view.page:
        body.append(small(t("audit.hint"), spacing=Spacing.MEDIUM))
    sought = plain(view.words, WORDS)
    actions = []
    if view.more:
        actions.append(press(t("frame.next_page"), Verb.AUDIT_SHOW, view.page + 1, q=sought))
    if view.page:
        actions.append(press(t("frame.previous_page"), Verb.AUDIT_SHOW, view.page - 1, q=sought))
    return finish(body, actions, summary=t("audit.title_of", words=sought) if sought else t("audit.title"))


def _line(line: AuditLine, reader: Reader) -> Part:
    t = texts(reader.language)
    what = say(line.what, reader) if line.what is not None else escape(line.action, NAME)
    name = escape(line.by, NAME) or "Offerdesk"
    if line.on_behalf_of:
        name = t("audit.for", name=name, principal=escape(line.on_behalf_of, NAME))
    thing = f"offers.thing_{line.thing}"
    lines = [text(f"{t(thing)} · {what}" if thing in t else what, bold=True)]
    if line.offer:
        lines.append(small(escape(line.offer, NAME), spacing=Spacing.NONE))
    lines.append(small(f"{when(line.at, reader)} · {name}", spacing=Spacing.NONE))
    if line.facts is not None:
        lines.append(small(_facts(line.facts, reader), spacing=Spacing.SMALL))
    return group(lines)


def _facts(facts: AuditFacts, reader: Reader) -> str:
    """``On version 2 of the evaluation · 125,000 € · 180 h · risks: high, low``."""
    t = texts(reader.language)
    parts = []
    if facts.evaluation is not None:
        parts.append(t("audit.evaluation", version=facts.evaluation))
    if facts.quote is not None:
        parts.append(t("audit.quote", version=facts.quote))
    if facts.amount is not None:
        parts.append(money(facts.amount, reader.language))
    if facts.hours is not None:
        parts.append(hours(facts.hours, reader.language))
    if facts.risks:
        parts.append(t("audit.risks", risks=", ".join(word(risk, reader.language) for risk in facts.risks)))
    return " · ".join(parts)
