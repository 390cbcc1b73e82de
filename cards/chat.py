"""Answers in chat: help, welcome, what waits for me, search results, who does what."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from adaptive_cards.types import ActionStyle, FontSize, Spacing

from cards.buttons import action_set, more, press
from cards.envelope import Card, Part, finish
from cards.escape import escape, plain
from cards.formats import day, deadline, say, word
from cards.offers import offer_line
from cards.pieces import bullets, columns, group, heading, headline, kicker, sides, small, text
from cards.tenders import page_buttons, tender_line
from cards.texts import texts
from cards.verbs import Verb
from cards.words import Language, Role, Tone

if TYPE_CHECKING:
    from cards.views import FindView, HelpView, PendingItem, PendingView, Reader, WelcomeView, WhoView

ROWS: Final = 10
APPROVERS: Final = (Role.CTO, Role.CPO, Role.CEO)
_COMMANDS: Final = (
    "rfps",
    "pending",
    "offers",
    "deadlines",
    "offer",
    "find",
    "new_rfp",
    "new_lead",
    "leads",
    "who",
    "hours",
    "log",
    "absence",
)
_OF_ROLE: Final = {
    **dict.fromkeys(APPROVERS, ("digest",)),
    Role.KEY_USER: ("report", "digest", "export", "rates", "sync", "audit"),
    Role.ADMIN: ("post_here", "roles", "sync", "audit"),
}


def help_card(view: HelpView, reader: Reader) -> Card:
    """What one can say here. Words that were not understood are answered with what was probably meant."""
    t = texts(reader.language)
    body: list[Part] = [kicker(t("chat.kind_help"), "", "", Tone.DEFAULT)]
    actions: list[Part] = []
    if view.unknown:
        title = t("chat.unknown", words=escape(view.unknown, 60))
        body.extend([heading(title), text(_commands(view.roles, reader.language, short=True), spacing=Spacing.SMALL)])
        if view.suggestions:
            body.append(text(t("chat.did_you_mean"), bold=True))
        actions.extend(
            press(plain(command, 40), Verb.COMMAND_RUN, 0, q=plain(command, 80)) for command in view.suggestions[:3]
        )
    else:
        commands = _commands(view.roles, reader.language)
        where = f"\n\n{t('chat.in_channel')}" if view.in_channel else ""
        body.extend([headline(t("chat.help_title")), text(_for_roles(view, reader)), text(commands + where)])
        actions.extend(
            [
                press(t("chat.button_pending"), Verb.PENDING_SHOW, 0, style=ActionStyle.POSITIVE),
                press(t("tenders.button_list"), Verb.TENDER_LIST, 0),
                press(t("leads.button_list"), Verb.LEAD_LIST, 0),
                *more(reader, (), [press(t("chat.button_profile"), Verb.PROFILE_OPEN, 0)]),
            ]
        )
    return finish(body, actions, summary=t("chat.notify_unknown" if view.unknown else "chat.help_title"))


def _for_roles(view: HelpView, reader: Reader) -> str:
    t = texts(reader.language)
    lines = []
    if any(role in APPROVERS for role in view.roles):
        lines.append(t("chat.role_approver"))
    if Role.SALES_LEAD in view.roles:
        lines.append(t("chat.role_sales_lead"))
    if Role.ADMIN in view.roles:
        lines.append(t("chat.role_admin"))
    return " ".join(lines) or t("chat.role_none")


@lru_cache(64)
def _commands(roles: tuple[Role, ...], language: Language, *, short: bool = False) -> str:
    """What somebody with these roles can write; remembered, because whoever asks for help reads the same."""
    t = texts(language)
    own = dict.fromkeys(name for role, more in _OF_ROLE.items() if role in roles for name in more)
    names = [*_COMMANDS, *own]
    if short:
        return t("chat.commands_short", commands=", ".join(t(f"chat.command_{name}") for name in names))
    return bullets(f"**{t(f'chat.command_{name}')}** · {t(f'chat.about_{name}')}" for name in names)


def welcome_card(view: WelcomeView, reader: Reader) -> Card:
    """First contact: what this is, and the one thing to do now."""
    t = texts(reader.language)
    if view.in_channel:
        title, lines = t("chat.welcome_channel"), t("chat.welcome_channel_text")
    else:
        title = t("chat.welcome", name=escape(view.name, 60)) if view.name else t("chat.welcome_plain")
        lines = t("chat.welcome_admin" if view.is_admin else "chat.welcome_text")
    actions: list[Part] = []
    if not view.in_channel and view.is_admin:
        actions.append(press(t("chat.button_roles"), Verb.ROLES_OPEN, 0, style=ActionStyle.POSITIVE))
    if not view.in_channel:
        actions.append(press(t("chat.button_profile"), Verb.PROFILE_OPEN, 0))
    actions.append(press(t("chat.button_help"), Verb.HELP_SHOW, 0))
    return finish([heading(title, FontSize.LARGE), text(lines)], actions, summary=plain(title.replace("\\", "")))


def pending_card(view: PendingView, reader: Reader) -> Card:
    """What waits for the reader, soonest first."""
    t = texts(reader.language)
    if not view.items:
        nothing = t("chat.pending_none")
        following = _next(view, reader)
        body: list[Part] = [headline(nothing), text(following or t("chat.pending_none_hint"))]
        actions: list[Part] = [press(t("tenders.button_list"), Verb.TENDER_LIST, 0)]
        return finish(body, actions, summary=nothing)
    title = t.n("chat.pending_title", len(view.items))
    body = [headline(title), *[_pending(item, reader) for item in view.items[:ROWS]]]
    hidden = len(view.items) - ROWS
    if hidden > 0:
        body.append(small(t.n("chat.pending_hidden", hidden)))
    return finish(body, summary=title)


def _next(view: PendingView, reader: Reader) -> str:
    if not view.next_title or view.next_due is None:
        return ""
    by = deadline(view.next_due, reader, year=False)
    return texts(reader.language)("frame.next_deadline", what=escape(view.next_title, 80), when=by)


def _pending(item: PendingItem, reader: Reader) -> Part:
    t = texts(reader.language)
    title = escape(" · ".join(part for part in (item.number, item.title) if part), 120)
    lines: list[Part] = [text(title, bold=True)]
    due = t("chat.before", when=deadline(item.due, reader, year=False)) if item.due else ""
    lines.append(small(" · ".join(part for part in (say(item.what, reader), due) if part), spacing=Spacing.NONE))
    button = action_set([press(t("frame.open"), item.verb, item.id, q=item.q)])
    return group([columns((("stretch", lines), ("auto", [button])))])


def find_card(view: FindView, reader: Reader) -> Card:
    """Search results, offers first."""
    t = texts(reader.language)
    body: list[Part] = []
    if not view.offers and not view.tenders:
        body.extend([heading(t("chat.find_none", words=escape(view.words, 60))), text(t("chat.find_none_hint"))])
    else:
        body.append(heading(t.n("chat.find_title", view.total, words=escape(view.words, 60))))
        body.extend(offer_line(line, reader) for line in view.offers)
        body.extend(tender_line(line, reader) for line in view.tenders)
    actions = page_buttons(Verb.FIND_SHOW, view.page, view.pages, reader, plain(view.words, 100))
    summary = t.n("chat.find_title", view.total, words=plain(view.words, 60))
    return finish(body, actions, summary=summary)


def who_card(view: WhoView, reader: Reader) -> Card:
    """Who holds which role, and who stands in."""
    t = texts(reader.language)
    body: list[Part] = [headline(t("chat.who_title"))]
    for index, line in enumerate(view.lines):
        holders = ", ".join(escape(name, 60) for name in line.holders)
        right = text(holders or t("decisions.seat_vacant"), tone=Tone.DEFAULT if holders else Tone.WARNING)
        left = text(word(line.role, reader.language), bold=True)
        body.append(sides(left, right, spacing=Spacing.SMALL, separator=index > 0))
        if line.deputy:
            until = day(line.deputy_until, reader) if line.deputy_until else ""
            key = "chat.deputy_until" if until else "chat.deputy"
            body.append(small(t(key, name=escape(line.deputy, 60), when=until), spacing=Spacing.NONE))
    actions: list[Part] = [press(t("chat.button_deputy"), Verb.DEPUTY_OPEN, 0)]
    if view.may_edit:
        actions.insert(0, press(t("chat.button_roles"), Verb.ROLES_OPEN, 0))
    return finish(body, actions, summary=t("chat.who_title"))
