"""Hours typed in chat: entering them, asking what is not sure, one's own week, the hours of an offer."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from bot.errors import NotFound, Refused
from bot.hours import saying
from bot.hours.rules import MOST_QUARTERS, monday_of
from bot.hours.saying import Doubt, Meant, Question
from bot.hours.service import Worked, today_of
from bot.hours.spoken import Asked, understand_hours, wants_to_log
from bot.teams.answers import Answer, Show
from bot.teams.commands import Command, Understood, understand
from bot.teams.context import Payload, Turn
from bot.teams.dialogs.listing import to_read
from bot.teams.handlers.hours import show_week
from bot.teams.inbound import ConversationKind as Place
from bot.teams.presenters.hours_chat import offer_hours_view, question_view, said_view
from bot.teams.typed import FIRST_YEAR, LAST_YEAR
from cards import words
from cards.hours_offer import hours_question_card, hours_said_card, offer_hours_card
from cards.notices import notice_card
from cards.verbs import FormCode, Verb
from cards.views.notices import FollowUp, NoticeView
from cards.views.reader import sentence

if TYPE_CHECKING:
    from bot.hours.spoken import Spoken

PARTS = 3
"""What a choice's button carries: quarter hours, the day, whose they are."""


class NotYourHours(Refused):
    """These hours belong to whoever wrote them. Write your own, for example log 3.5 S580."""

    key = "hours_chat.error_not_yours"


def is_log(text: str) -> bool:
    """True when a text gives hours to enter. Words looked for may look like hours and are none."""
    if not wants_to_log(text):
        return False
    understood = understand(text)
    return not (isinstance(understood, Understood) and understood.command is Command.FIND)


def log(turn: Turn) -> Meant:
    """Enter what was typed, or find what has to be asked."""
    return saying.log_text(turn.session, turn.inbound.text, person=turn.person, now=turn.now, company=turn.company)


def show_logged(turn: Turn, meant: Meant | None) -> Answer:
    """What was entered, or the question; a repeated delivery is told what the first one entered."""
    found = meant
    if found is None:
        found = saying.meant_by(turn.session, turn.inbound.text, person=turn.person, now=turn.now)
    return _answer(turn, found)


def pick(turn: Turn) -> Meant:
    """Enter the one answer of a question that was pressed."""
    return saying.pick(
        turn.session,
        _picked(turn),
        turn.payload(Payload).rev,
        person=turn.person,
        now=turn.now,
        company=turn.company,
    )


def show_picked(turn: Turn, meant: Meant | None) -> Answer:
    """What was entered; the same again on a repeated delivery."""
    return _answer(turn, meant if meant is not None else (_picked(turn),))


def _picked(turn: Turn) -> Worked:
    """What the button says; only for the person who was asked."""
    payload = turn.payload(Payload)
    parts = payload.q.split("/")
    try:
        quarters, day, person_id = int(parts[0]), date.fromisoformat(parts[1]), int(parts[2])
    except (ValueError, IndexError) as error:
        raise NotFound from error
    if len(parts) != PARTS or not 0 < quarters <= MOST_QUARTERS or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise NotFound
    if person_id != turn.person.id:
        raise NotYourHours
    return Worked(payload.id, day, quarters)


def _answer(turn: Turn, meant: Meant) -> Answer:
    private = turn.inbound.conversation_kind is Place.PERSONAL
    if isinstance(meant, Question):
        return Show(hours_question_card, question_view(turn, meant, private=private), turn.reader)
    return Show(hours_said_card, said_view(turn, meant, private=private), turn.reader)


def hours(turn: Turn, typed: str) -> Answer:
    """My week, or the hours of the offer that was named."""
    return _spoken(turn, f"{Command.HOURS} {typed}")


def ask_to_log(turn: Turn, typed: str) -> Answer:
    """The button of the dialog; hours in a command that was misspelt, or pressed, are entered by one more click."""
    return _spoken(turn, f"{Command.LOG} {typed}")


def _spoken(turn: Turn, text: str) -> Answer:
    spoken = understand_hours(text, today_of(turn.person, turn.now), turn.person.language)
    if spoken is None:
        return _answer(turn, Question(Doubt.PAIRS, Asked.LOG))
    if spoken.asked is Asked.LOG:
        return _answer(turn, saying.confirmed(turn.session, text, person=turn.person, now=turn.now))
    if spoken.asked is Asked.WEEK:
        return _my_week(turn, spoken)
    found = saying.offer_meant(turn.session, spoken, person=turn.person, now=turn.now)
    if isinstance(found, Question):
        return _answer(turn, found)
    return _form(turn, found) if spoken.asked is Asked.FORM else show_offer_hours(turn, found.offer_id)


def _my_week(turn: Turn, spoken: Spoken) -> Answer:
    """One's own week; in a channel everybody would read it."""
    if turn.inbound.conversation_kind is not Place.PERSONAL:
        title, text = sentence("hours_chat.private_title"), sentence("hours_chat.private_text")
        return Show(notice_card, NoticeView(tone=words.Tone.ACCENT, title=title, text=text), turn.reader)
    return show_week(turn, turn.person, spoken.week_on or monday_of(today_of(turn.person, turn.now)))


def _form(turn: Turn, offer: saying.Named) -> Answer:
    """A typed command cannot open a dialog in Teams; it gets the button that does."""
    view = NoticeView(
        tone=words.Tone.ACCENT,
        title=sentence("hours_chat.form_one"),
        subject=f"{offer.number} {offer.title}".strip(),
        text=sentence("hours_chat.form_one_text", offer=offer.number or "S580"),
        follow_ups=(
            FollowUp(
                label="offers.do_hours_log", verb=Verb.FORM_OPEN, id=offer.offer_id, words=FormCode.HOURS_LOG.value
            ),
        ),
    )
    return Show(notice_card, view, turn.reader)


def show_offer_hours(turn: Turn, offer_id: int) -> Answer:
    """The hours of an offer, for any colleague."""
    return Show(offer_hours_card, offer_hours_view(turn, to_read(turn, offer_id)), turn.reader)


def show_of_button(turn: Turn, _result: object) -> Answer:
    """The hours of an offer, by button."""
    return show_offer_hours(turn, turn.payload(Payload).id)
