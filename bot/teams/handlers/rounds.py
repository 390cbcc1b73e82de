"""Opening a round, voting, reopening, and looking at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.decisions import ballots, results, rounds, tickets
from bot.decisions import service as decisions
from bot.decisions.models import Choice, RoundOutcome
from bot.decisions.tickets import SheetKind
from bot.errors import Invalid, NotAllowed, NotFound
from bot.offers import service as offers
from bot.people.models import Person
from bot.teams.answers import Answer, Open, Say, Show
from bot.teams.context import LARGEST_ID, Payload, Turn
from bot.teams.presenters.rounds import round_view, vote_form_view
from bot.teams.typed import Problems, at_rows, chosen, day
from cards import fields, words
from cards.fields import CONDITION_ROWS, Field
from cards.forms import reopen_form, vote_form
from cards.notices import notice_card
from cards.rounds import round_card
from cards.views.forms import ReopenFormView
from cards.views.notices import NoticeView
from cards.views.reader import sentence

if TYPE_CHECKING:
    from bot.decisions.ballots import CastResult
    from bot.decisions.models import Round
    from bot.teams.dispatch import Errors
    from cards.views.forms import Typed


ID_DIGITS = 10


class NotAVoter(NotAllowed):
    """Only {roles} vote here. You can comment in the thread; write "find {what}" to see the offer."""

    key = "errors.not_a_voter"


class VotePayload(Payload):
    """A ballot's words."""

    reason: str = ""
    note: str = ""
    question: str = ""


def open_round(turn: Turn) -> Round:
    """Ask the approvers."""
    return rounds.open_round(turn.session, turn.payload(Payload).id, turn.person, turn.now, turn.around.rules)


def show_opened(turn: Turn, _result: Round | None) -> Answer:
    """The round that was opened, or the newest one of the offer."""
    newest = decisions.round_of(turn.session, turn.payload(Payload).id)
    if newest is None:
        raise NotFound
    return show_round_id(turn, newest)


def cast(turn: Turn, choice: Choice, *, reason: str = "", conditions: tuple[ballots.Condition, ...] = ()) -> CastResult:
    """Write one ballot."""
    payload = turn.payload(Payload)
    try:
        return ballots.cast(
            turn.session,
            payload.id,
            turn.who,
            choice,
            request_key=turn.request_key,
            now=turn.now,
            rules=turn.around.rules,
            seat=payload.q or None,
            reason=reason or None,
            conditions=conditions,
        )
    except NotAllowed as refusal:
        _say_who_votes(turn, refusal)
        raise


def _say_who_votes(turn: Turn, refusal: NotAllowed) -> None:
    """Everybody sees the buttons of the shared card: who may not vote reads who may, and what they can do instead.

    Raises :class:`NotAVoter` where the refusal names roles.
    """
    if refusal.params["roles"]:
        facts = results.lock(turn.session, turn.payload(Payload).id)
        offer = offers.by_id(turn.session, facts.offer_id)
        raise NotAVoter(**refusal.params, what=offer.short_name) from refusal


def go(turn: Turn) -> CastResult:
    """Go, one click."""
    return cast(turn, Choice.GO)


def abstain(turn: Turn) -> CastResult:
    """Abstain, one click."""
    return cast(turn, Choice.ABSTAIN)


def no_go(turn: Turn) -> CastResult:
    """No-Go with its reason: one of the list, a note, or both."""
    payload = turn.payload(VotePayload)
    known = {reason.code: reason.label.of(turn.around.language) for reason in turn.company.reasons.no_go}
    problems: Problems = {}
    if known:
        chosen(Field.REASON, payload.reason, known, problems)
    if problems:
        raise Invalid(problems)
    label = known.get(payload.reason, "")
    return cast(turn, Choice.NO_GO, reason=" – ".join(part for part in (label, payload.note) if part))


def need_info(turn: Turn) -> CastResult:
    """A question to the owner."""
    return cast(turn, Choice.NEED_INFO, reason=turn.payload(VotePayload).question)


def go_with_conditions(turn: Turn) -> CastResult:
    """Go, under the conditions of the form."""
    listed = _conditions(turn)
    try:
        return cast(turn, Choice.GO, conditions=tuple(listed.values()))
    except Invalid as refusal:
        raise at_rows(refusal, tuple(listed)) from refusal


def _conditions(turn: Turn) -> dict[int, ballots.Condition]:
    """The filled rows of the form, by their number; raises :class:`Invalid` at what cannot be read."""
    found: dict[int, ballots.Condition] = {}
    problems: Problems = {}
    for number in range(1, CONDITION_ROWS + 1):
        text, owner, due = (
            str(turn.inbound.data.get(fields.row(field, number)) or "").strip()
            for field in (Field.CONDITION_TEXT, Field.CONDITION_OWNER, Field.CONDITION_DUE)
        )
        if text or owner or due:
            due_on = day(fields.row(Field.CONDITION_DUE, number), due, problems)
            found[number] = ballots.Condition(text, _name(turn, owner), due_on)
    if problems:
        raise Invalid(problems)
    if not found:
        raise Invalid({fields.row(Field.CONDITION_TEXT, 1): ("errors.required", {})})
    return found


def _name(turn: Turn, value: str) -> str:
    """The chosen person's name: the list sends a person id, an old client free text."""
    if value.isdecimal() and int(value[:ID_DIGITS]) <= LARGEST_ID:
        person = turn.session.get(Person, int(value[:ID_DIGITS]))
        return person.name if person else value
    return value


def show_cast(turn: Turn, result: CastResult | None) -> Answer:
    """The round as the voter sees it now."""
    late = result is not None and result.late
    return show_round_id(turn, turn.payload(Payload).id, late=late)


def said_cast(turn: Turn, result: CastResult | None) -> Answer:
    """Close the dialog with what happened."""
    if result is not None and result.late:
        what = sentence("answers.vote_late")
    elif result is not None and result.declared:
        key = "answers.vote_go" if result.outcome is RoundOutcome.GO else "answers.vote_no_go"
        what = sentence(key, number=result.number or "")
    else:
        what = sentence("answers.vote_recorded")
    return Say(what, turn.reader, closes_dialog=True)


def show_round_id(turn: Turn, round_id: int, *, late: bool = False, history: bool = False) -> Answer:
    """A round, drawn for the person who asked."""
    view = round_view(turn.session, round_id, turn.around, turn.now, person=turn.who, late=late, history=history)
    return Show(round_card, view, turn.reader)


def show(turn: Turn, _result: object) -> Answer:
    """The round of the button."""
    return show_round_id(turn, turn.payload(Payload).id)


def show_history(turn: Turn, _result: object) -> Answer:
    """The round with its history unfolded."""
    return show_round_id(turn, turn.payload(Payload).id, history=True)


def _form(turn: Turn, choice: words.Choice, typed: Typed, errors: Errors) -> Open:
    try:
        view = vote_form_view(turn, turn.payload(Payload).id, choice, typed, errors)
    except NotAllowed as refusal:
        _say_who_votes(turn, refusal)
        raise
    return Open(vote_form, view, turn.reader)


def no_go_form(turn: Turn, typed: Typed, errors: Errors) -> Open:
    """Why not?"""
    return _form(turn, words.Choice.NO_GO, typed, errors)


def conditions_form(turn: Turn, typed: Typed, errors: Errors) -> Open:
    """Under which conditions?"""
    return _form(turn, words.Choice.GO_WITH_CONDITIONS, typed, errors)


def need_info_form(turn: Turn, typed: Typed, errors: Errors) -> Open:
    """What is missing?"""
    return _form(turn, words.Choice.NEED_INFO, typed, errors)


def reopen(turn: Turn) -> Round:
    """Vote again."""
    payload = turn.payload(VotePayload)
    return rounds.reopen(
        turn.session, payload.id, turn.person, payload.reason or payload.note, turn.now, turn.around.rules
    )


def said_reopened(turn: Turn, _result: Round | None) -> Answer:
    """Close the dialog."""
    return Say(sentence("answers.reopened"), turn.reader, closes_dialog=True)


def reopen_dialog(turn: Turn, typed: Typed, errors: Errors) -> Open:
    """Why vote again?"""
    facts = results.lock(turn.session, turn.payload(Payload).id)
    view = ReopenFormView(
        round_id=facts.id,
        revision=facts.revision,
        title=facts.title,
        offer_number=facts.number or "",
        values=typed,
        errors=errors,
    )
    return Open(reopen_form, view, turn.reader)


def sheet(turn: Turn) -> str:
    """A ticket for the decision sheet."""
    round_id = turn.payload(Payload).id
    facts = results.lock(turn.session, round_id)
    offers.require_part(turn.session, offers.by_id(turn.session, facts.offer_id), turn.person, turn.now, team=True)
    return tickets.issue_ticket(
        turn.session, SheetKind.DECISION, round_id, turn.person.language, turn.now, turn.around.token()
    )


def show_sheet(turn: Turn, path: str | None) -> Answer:
    """A link to the sheet, or what to do where no public address is configured."""
    ready = path is not None and turn.around.public_url is not None
    view = NoticeView(
        tone=words.Tone.GOOD if ready else words.Tone.WARNING,
        title=sentence("answers.sheet_ready" if ready else "answers.sheet_no_url"),
        link=f"{turn.around.public_url}{path}" if ready else "",
    )
    return Show(notice_card, view, turn.reader)
