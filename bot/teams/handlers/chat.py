"""Answers to what people type. Unknown input never gets silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.offers import service as offers
from bot.people import conversations
from bot.people.models import APPROVERS, Role
from bot.teams import places
from bot.teams.answers import Answer, Show
from bot.teams.commands import Command, NotUnderstood, understand
from bot.teams.context import Payload, Turn
from bot.teams.dialogs.listing import to_read
from bot.teams.handlers import audit, digests, exports, hours_chat, leads, reports, sync
from bot.teams.handlers.absences import show_absences
from bot.teams.handlers.lists import MINE, offer_kind, show_found, show_list, show_offers
from bot.teams.handlers.suggestions import suggested
from bot.teams.inbound import ConversationKind as Place
from bot.teams.presenters.chat import pending_view, who_view
from bot.teams.presenters.deadlines import deadlines_answer
from bot.teams.presenters.offers import offer_view
from cards import words
from cards.chat import help_card, pending_card, welcome_card, who_card
from cards.notices import notice_card
from cards.offers import offer_card
from cards.verbs import Verb
from cards.views.chat import HelpView, WelcomeView
from cards.views.notices import FollowUp, NoticeView
from cards.views.reader import sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.people.models import Conversation


def answer(turn: Turn, _result: object) -> Answer:
    """Do what the typed text asks for."""
    return _run(turn, turn.inbound.text)


def change_of_button(turn: Turn) -> Conversation | None:
    """A "did you mean" button may ask for the one command that changes something."""
    return choose_channel(turn) if is_post_here(turn.payload(Payload).q) else None


def run_button(turn: Turn, result: Conversation | None) -> Answer:
    """Do what a "did you mean" button says."""
    asked = turn.payload(Payload).q
    return show_channel(turn, result) if is_post_here(asked) else _run(turn, asked)


def _run(turn: Turn, text: str) -> Answer:
    understood = understand(text)
    if isinstance(understood, NotUnderstood):
        return _unknown(turn, understood)
    return COMMANDS[understood.command](turn, understood.words)


def _unknown(turn: Turn, missed: NotUnderstood) -> Answer:
    view = HelpView(
        roles=_roles(turn),
        in_channel=turn.inbound.conversation_kind is Place.CHANNEL,
        unknown=missed.text,
        suggestions=tuple(suggested(guess, missed.text, turn.person.language) for guess in missed.guesses),
    )
    return Show(help_card, view, turn.reader)


def _roles(turn: Turn) -> tuple[words.Role, ...]:
    return tuple(words.Role(role.value) for role in Role if role in turn.roles)


def help_(turn: Turn, _words: str = "") -> Answer:
    """What can be done here, by role; a welcome on first contact."""
    in_channel = turn.inbound.conversation_kind is Place.CHANNEL
    if turn.first_contact and not in_channel:
        view = WelcomeView(name=turn.person.name, is_admin=Role.ADMIN in turn.roles)
        return Show(welcome_card, view, turn.reader)
    return Show(help_card, HelpView(roles=_roles(turn), in_channel=in_channel), turn.reader)


def show_help(turn: Turn, _result: object) -> Answer:
    """Help, by button."""
    return help_(turn)


def rfps(turn: Turn, _words: str) -> Answer:
    """Open tenders."""
    return show_list(turn, 0)


def offer(turn: Turn, typed: str) -> Answer:
    """One offer by its number, or a search when there is none of that number."""
    if not typed:
        return help_(turn)
    found = offers.find_by_number(turn.session, typed)
    return show_offer(turn, found.id) if found is not None else show_found(turn, typed)


def several(turn: Turn, typed: str) -> Answer:
    """Open offers, or those of the stage or the end that was named; other words are searched for."""
    kind = offer_kind(turn, typed)
    return show_offers(turn, kind) if kind is not None else show_found(turn, typed)


def my_offers(turn: Turn, _words: str = "") -> Answer:
    """The open offers this person owns or works on."""
    return show_offers(turn, MINE)


def deadlines(turn: Turn, _words: str = "") -> Answer:
    """What is due soon or overdue, everybody's."""
    return deadlines_answer(turn, 0, mine=False)


def my_deadlines(turn: Turn, _words: str = "") -> Answer:
    """What this person has to see to."""
    return deadlines_answer(turn, 0, mine=True)


def show_offer(turn: Turn, offer_id: int) -> Answer:
    """An offer's card."""
    found = to_read(turn, offer_id)
    view = offer_view(turn.session, found, turn.around, turn.reader, person=turn.person)
    return Show(offer_card, view, turn.reader)


def show_offer_of_button(turn: Turn, _result: object) -> Answer:
    """An offer's card, by button."""
    return show_offer(turn, turn.payload(Payload).id)


def pending(turn: Turn, _words: str = "") -> Answer:
    """What waits for me."""
    return Show(pending_card, pending_view(turn.session, turn.person, turn.now, turn.company), turn.reader)


def show_pending(turn: Turn, _result: object) -> Answer:
    """What waits for me, by button."""
    return pending(turn)


def find(turn: Turn, typed: str) -> Answer:
    """Search; without words, what is open."""
    return show_found(turn, typed) if typed else show_list(turn, 0)


def who(turn: Turn, _words: str = "") -> Answer:
    """Who holds which role."""
    return Show(who_card, who_view(turn), turn.reader)


def show_who(turn: Turn, _result: object) -> Answer:
    """Who holds which role, by button."""
    return who(turn)


def absences(turn: Turn, _words: str = "") -> Answer:
    """When I am away; everybody, for who may declare it for others."""
    return show_absences(turn)


def _offer_dialog(key: str, verb: Verb, *allowed: Role) -> Callable[[Turn, str], Answer]:
    """A typed command cannot open a dialog in Teams; it gets the button that does."""

    def show(turn: Turn, _words: str) -> Answer:
        if allowed:
            turn.require(*allowed)
        view = NoticeView(
            tone=words.Tone.ACCENT,
            title=sentence(f"answers.{key}"),
            text=sentence(f"answers.{key}_text"),
            follow_ups=(FollowUp(label=f"answers.{key}_button", verb=verb),),
        )
        return Show(notice_card, view, turn.reader)

    return show


def choose_channel(turn: Turn) -> Conversation | None:
    """``post here``: make this channel the one for tenders."""
    if turn.inbound.conversation_kind is not Place.CHANNEL:
        return None
    here = places.meet(turn.session, turn.inbound, turn.person, turn.now)
    conversations.post_here(turn.session, here, turn.person, turn.now)
    return here


def show_channel(turn: Turn, result: Conversation | None) -> Answer:
    """What happens in this channel from now on, or where the command belongs."""
    if result is None and turn.inbound.conversation_kind is not Place.CHANNEL:
        view = NoticeView(
            tone=words.Tone.WARNING,
            title=sentence("answers.not_a_channel"),
            text=sentence("answers.not_a_channel_text"),
        )
        return Show(notice_card, view, turn.reader)
    view = NoticeView(
        tone=words.Tone.GOOD,
        title=sentence("answers.channel_chosen"),
        text=sentence("answers.channel_chosen_text"),
        follow_ups=(FollowUp(label="answers.button_list", verb=Verb.TENDER_LIST),),
    )
    return Show(notice_card, view, turn.reader)


def is_post_here(text: str) -> bool:
    """True when a text asks for the tender channel."""
    understood = understand(text)
    return not isinstance(understood, NotUnderstood) and understood.command is Command.POST_HERE


COMMANDS: dict[Command, Callable[[Turn, str], Answer]] = {
    Command.HELP: help_,
    Command.RFPS: rfps,
    Command.OFFER: offer,
    Command.OFFERS: several,
    Command.MY_OFFERS: my_offers,
    Command.DEADLINES: deadlines,
    Command.MY_DEADLINES: my_deadlines,
    Command.PENDING: pending,
    Command.FIND: find,
    Command.NEW_RFP: _offer_dialog("new_rfp", Verb.RFP_OPEN),
    Command.NEW_LEAD: leads.new,
    Command.LEADS: leads.listed,
    Command.MY_LEADS: leads.own,
    Command.WHO: who,
    Command.ROLES: _offer_dialog("roles", Verb.ROLES_OPEN, Role.ADMIN),
    Command.DEPUTY: _offer_dialog("deputy", Verb.DEPUTY_OPEN, *APPROVERS),
    Command.ABSENCE: absences,
    Command.PROFILE: _offer_dialog("profile", Verb.PROFILE_OPEN),
    Command.REPORT: reports.report,
    Command.DIGEST: digests.digest,
    Command.EXPORT: exports.export,
    Command.RATES: reports.hourly_rates,
    Command.HOURS: hours_chat.hours,
    Command.LOG: hours_chat.ask_to_log,
    Command.SYNC: sync.command,
    Command.AUDIT: audit.search,
}
"""What only reads. ``post here`` and typed hours change something and are actions of their own."""
