"""Short notes: what happened and what comes next, who may, what is broken, and replies in a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adaptive_cards.types import ActionStyle, FontSize, Spacing

from cards.buttons import link, press
from cards.envelope import Card, Part, at, finish
from cards.escape import escape, plain
from cards.formats import clock, deadline, say, when
from cards.pieces import TITLE_LIMIT, facts, footer, heading, kicker, small, text
from cards.texts import texts
from cards.words import Tone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cards.views import AdminNoticeView, FollowUp, NoticeView, Reader, ThreadReplyView

SIGNS: Final = {Tone.GOOD: "✓ ", Tone.WARNING: "⚠ ", Tone.ATTENTION: "✕ ", Tone.ACCENT: "", Tone.DEFAULT: ""}


def notice_card(view: NoticeView, reader: Reader) -> Card:
    """A refusal, an answer or a confirmation; an undo stands as long as undoing is harmless."""
    t = texts(reader.language)
    body: list[Part] = [_title(say(view.title, reader), view.tone)]
    if view.subject:
        body.append(small(escape(view.subject, 160), spacing=Spacing.NONE))
    if view.text is not None:
        body.append(text(say(view.text, reader), spacing=Spacing.SMALL))
    actions: list[Part] = link(t(view.link_label), view.link)
    if view.undo is not None and view.undo_until is not None and view.undo_until > reader.now:
        actions.append(_follow(view.undo, reader))
        body.append(small(t("frame.undo_until", when=clock(view.undo_until, reader))))
    actions.extend(_follow_all(view.follow_ups, reader, first=not actions))
    return finish(body, actions, summary=_summary(say(view.title, reader, markdown=False), view.subject))


def admin_notice_card(view: AdminNoticeView, reader: Reader) -> Card:
    """Something an admin should look at, told once; and once more when it is over."""
    t = texts(reader.language)
    body: list[Part] = [
        kicker(t("notices.kind_admin"), ""),
        _title(say(view.title, reader), view.tone),
        text(say(view.text, reader), spacing=Spacing.SMALL),
        *facts([(t("notices.since"), when(view.since, reader))]),
    ]
    if view.detail:
        body.append(text(escape(view.detail, 400), size=FontSize.SMALL, subtle=True, code=True))
    actions = _follow_all(view.follow_ups, reader, first=True)
    return finish(body, actions, summary=_summary(say(view.title, reader, markdown=False), ""))


def thread_reply_card(view: ThreadReplyView, reader: Reader) -> Card:
    """A reply under a card, only for a real change: what changed, from when to when, and who must act."""
    t = texts(reader.language)
    rows: list[tuple[str, str]] = []
    if view.new is not None:
        rows.append((t("notices.new_date"), deadline(view.new, reader)))
    if view.old is not None:
        rows.append((t("notices.old_date"), when(view.old, reader)))
    body: list[Part] = [
        _title(say(view.title, reader), view.tone),
        small(escape(" · ".join(part for part in (view.number, view.subject) if part), 200), spacing=Spacing.NONE),
    ]
    if view.mentions:
        body.append(text(" ".join(at(name) for _, name in view.mentions), spacing=Spacing.SMALL))
    if view.text is not None:
        body.append(text(say(view.text, reader), spacing=Spacing.SMALL))
    # The footer names the zone of the times above it; without a time there is nothing to name.
    body.extend([*facts(rows), *(footer(None, reader) if rows else [])])
    actions = _follow_all(view.follow_ups, reader, first=True)
    summary = _summary(say(view.title, reader, markdown=False), f"{view.number} {view.subject}".strip())
    return finish(body, actions, summary=summary, mentions=view.mentions)


def _summary(title: str, subject: str) -> str:
    return f"{title} · {plain(subject, 100)}" if subject else title


def _title(words: str, tone: Tone) -> Part:
    return heading(f"{SIGNS[tone]}{words}"[:TITLE_LIMIT], tone=tone)


def _follow(follow: FollowUp, reader: Reader, style: ActionStyle | None = None) -> Part:
    return press(texts(reader.language)(follow.label), follow.verb, follow.id, style=style, q=follow.words)


def _follow_all(follow_ups: Iterable[FollowUp], reader: Reader, *, first: bool) -> list[Part]:
    styles = [ActionStyle.POSITIVE if first else None]
    return [
        _follow(one, reader, styles[0] if index == 0 else None)
        for index, one in enumerate(follow_ups)
        if index < 3  # noqa: PLR2004
    ]
