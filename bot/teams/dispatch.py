"""One table from what was asked to what is done: verb -> action, command -> action, event -> action.

An action is ``do`` (the change, run once however often Teams delivers it) and ``show`` (what the person sees). Both
run in one transaction; cards are drawn after it. A dialog's action has a ``form``, drawn to open it and again, with the
errors and everything typed, when its input is refused.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from sqlalchemy.exc import IntegrityError

from bot import crash
from bot.errors import Invalid, NotFound, OfferdeskError, Refused
from bot.people import conversations
from bot.people import service as people
from bot.people.identity import identify
from bot.teams import places
from bot.teams.answers import Again, Answer, Open, Say, worded
from bot.teams.context import Surroundings, Turn, words_roles
from bot.teams.inbound import InboundKind
from bot.teams.replies import ErrorReply, Reply
from bot.teams.typed import shown_again
from cards import words
from cards.verbs import DIALOG_OPENERS, Verb
from cards.views.forms import FieldError, Typed
from cards.views.reader import Month, Reader, Sentence, sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.database import Database
    from bot.teams.inbound import Inbound

log = structlog.get_logger()

KNOWN_LIMIT = 4096
"""How many people's last-seen data are remembered, so that a click of a known person needs no write of the profile."""

KNOWN_FOR = timedelta(minutes=15)
"""After that a person and the place they write from are stored again, in case the place was given up meanwhile."""

_VERBS = {verb.value: verb for verb in Verb}

DIALOGS = frozenset({InboundKind.DIALOG_OPEN, InboundKind.DIALOG_SUBMIT})

Errors = tuple[FieldError, ...]
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Action:
    """What a verb, command or event does.

    ``show`` gets the turn and what ``do`` returned: None when the delivery is a repeat, unless the action is
    ``repeatable``, which means that ``do`` finds its own earlier result. ``unnamed`` is what an event does when Teams
    does not say who caused it.
    """

    show: Callable[[Turn, Any], Answer]
    do: Callable[[Turn], Any] | None = None
    form: Callable[[Turn, Typed, Errors], Open] | None = None
    repeatable: bool = False
    unnamed: Callable[[Session, Inbound, datetime], object] | None = None


@dataclass(frozen=True, slots=True)
class _Contact:
    """What a person's last activity in a conversation said about them, and when it was stored."""

    seen: tuple[str, str, str, str, str | None]
    stored_at: datetime


class Dispatcher:
    """Works on one inbound activity at a time; safe to use concurrently."""

    def __init__(
        self,
        database: Database,
        around: Surroundings,
        *,
        actions: Mapping[Verb, Action],
        events: Mapping[InboundKind, Action],
        message: Callable[[Inbound], Action],
        now: Callable[[], datetime],
        committed: Callable[[], None],
    ) -> None:
        """Keep the tables and collaborators.

        ``message`` chooses the action for a typed text; ``committed`` is called after each change (it wakes the
        reconciler).
        """
        self._database = database
        self._around = around
        self._actions = actions
        self._events = events
        self._message = message
        self._now = now
        self._committed = committed
        self._contacts: OrderedDict[tuple[str, str, str], _Contact] = OrderedDict()
        self._readers: OrderedDict[tuple[str, str], tuple[str, str]] = OrderedDict()

    async def turn(self, inbound: Inbound) -> Reply | None:
        """The answer to one activity. Refusals are answers too; only defects raise."""
        action = self._action_for(inbound)
        if action is None:
            silent = inbound.kind is InboundKind.OTHER and not inbound.is_invoke
            return None if silent else ErrorReply(400, self._word(inbound, sentence("errors.old_card")))
        if inbound.entra_object_id is None:
            return await self._without_identity(inbound, action)
        try:
            answer = await self._answer(inbound, action)
        except Refused as refusal:
            answer = self._refusal(inbound, refused(refusal))
        except OfferdeskError as failure:
            log.warning("turn.failed", error=type(failure).__name__)
            return ErrorReply(500, self._word(inbound, refused(failure)))
        return answer.reply()

    def _action_for(self, inbound: Inbound) -> Action | None:
        if inbound.kind is InboundKind.MESSAGE:
            return self._message(inbound)
        if inbound.kind in self._events:
            return self._events[inbound.kind]
        verb = _VERBS.get(inbound.verb)
        if verb is None or (verb in DIALOG_OPENERS and inbound.kind is not InboundKind.DIALOG_OPEN):
            # Only ``task/fetch`` can be answered with a dialog.
            return None
        return self._actions.get(verb)

    async def _without_identity(self, inbound: Inbound, action: Action) -> Reply | None:
        if action.unnamed is None:
            return self._refusal(inbound, sentence("errors.no_identity")).reply()
        unnamed, now = action.unnamed, self._now()
        await self._database.write(lambda session: unnamed(session, inbound, now))
        self._committed()
        return None

    async def _answer(self, inbound: Inbound, action: Action) -> Answer:
        now = self._now()
        first = False if self._is_known(inbound, now) else await self._meet(inbound, now)
        try:
            return await self._run(inbound, action, now, first_contact=first)
        except Invalid as refusal:
            if action.form is None or inbound.kind not in DIALOGS:
                raise
            return await self._form_again(inbound, action.form, refusal)

    async def _run(self, inbound: Inbound, action: Action, now: datetime, *, first_contact: bool) -> Answer:
        changes = action.do is not None and not _opens(inbound, action)
        unit = self._database.write if changes else self._database.read
        answer, person = await unit(
            lambda session: self._work(session, inbound, action, now, first_contact=first_contact)
        )
        if changes:
            crash.reach("vote.after_commit")
            self._committed()
        _keep(self._readers, _who(inbound), person)
        return answer

    def _work(
        self, session: Session, inbound: Inbound, action: Action, now: datetime, *, first_contact: bool
    ) -> tuple[Answer, tuple[str, str]]:
        """The whole turn inside one transaction; gives the answer, and the person's language and time zone."""
        turn = self._begin(session, inbound, now, first_contact=first_contact)
        if action.form is not None and _opens(inbound, action):
            answer: Answer = action.form(turn, (), ())
        elif action.do is None:
            answer = action.show(turn, None)
        else:
            answer = _change(turn, action, action.do)
        return answer, (turn.profile.language, turn.profile.time_zone)

    def _begin(self, session: Session, inbound: Inbound, now: datetime, *, first_contact: bool = False) -> Turn:
        who = identify(session, inbound.tenant_id, str(inbound.entra_object_id))
        if who is None:
            raise NotFound
        return Turn(
            session=session, inbound=inbound, who=who, now=now, around=self._around, first_contact=first_contact
        )

    async def _meet(self, inbound: Inbound, now: datetime) -> bool:
        """Store the person and the place, whatever comes of the turn; True on first contact."""

        def meet(session: Session) -> tuple[bool, tuple[str, str]]:
            object_id = str(inbound.entra_object_id)
            person, first = people.register(
                session,
                tenant_id=inbound.tenant_id,
                entra_object_id=object_id,
                name=inbound.name,
                teams_user_id=inbound.teams_user_id,
                locale=inbound.locale,
                time_zone=inbound.time_zone,
                now=now,
            )
            if object_id in self._around.admins:
                people.grant_first_admins(session, inbound.tenant_id, (object_id,), now)
            places.meet(session, inbound, person, now)
            return first, (person.language, person.time_zone)

        try:
            first, reader = await self._database.write(meet)
        except IntegrityError:
            # Two first messages at one moment: the other one stored the person or the place.
            first, reader = await self._database.write(meet)
        _keep(self._contacts, _key(inbound), _Contact(_seen(inbound), now))
        _keep(self._readers, _who(inbound), reader)
        self._committed()
        return first

    def _is_known(self, inbound: Inbound, now: datetime) -> bool:
        contact = self._contacts.get(_key(inbound))
        return contact is not None and contact.seen == _seen(inbound) and now - contact.stored_at < KNOWN_FOR

    async def _form_again(
        self, inbound: Inbound, form: Callable[[Turn, Typed, Errors], Open], refusal: Invalid
    ) -> Answer:
        """The same dialog with the errors at their fields and everything that was typed."""
        now = self._now()
        typed: Typed = shown_again(inbound.data, refusal)
        errors = tuple(
            FieldError(field=field, what=worded_error(key, params)) for field, (key, params) in refusal.fields.items()
        )
        return await self._database.read(lambda session: form(self._begin(session, inbound, now), typed, errors))

    def _refusal(self, inbound: Inbound, what: Sentence) -> Answer:
        return Say(what, self._reader(inbound), closes_dialog=inbound.kind in DIALOGS)

    def _reader(self, inbound: Inbound) -> Reader:
        language, zone = self._readers.get(_who(inbound)) or (
            people.language_of(inbound.locale, self._around.language),
            people.time_zone_of(inbound.time_zone),
        )
        return Reader(language=words.Language(language), time_zone=zone, now=self._now())

    def _word(self, inbound: Inbound, what: Sentence) -> str:
        return worded(what, self._reader(inbound))


def _opens(inbound: Inbound, action: Action) -> bool:
    """True when a dialog is asked for, which changes nothing."""
    return inbound.kind is InboundKind.DIALOG_OPEN and action.form is not None


def _change(turn: Turn, action: Action, do: Callable[[Turn], Any]) -> Answer:
    """Do it once. A repeated delivery is answered with what was said the first time, or shown what is.

    A repeatable action needs no claim of the activity: it knows its own earlier result.
    """
    if action.repeatable:
        return action.show(turn, do(turn))
    inbound = turn.inbound
    key, activity = inbound.conversation_key, inbound.activity_id
    turn.repeated = not conversations.first_time(turn.session, key, activity, turn.now)
    if turn.repeated:
        said = conversations.earlier_answer(turn.session, key, activity)
        return action.show(turn, None) if said is None else Again(said, closes_dialog=inbound.kind in DIALOGS)
    answer = action.show(turn, do(turn))
    if isinstance(answer, Say):
        conversations.remember_answer(turn.session, key, activity, worded(answer.what, answer.reader))
    return answer


def _keep(store: OrderedDict[K, V], key: K, value: V) -> None:
    """Remember the newest; the oldest are forgotten."""
    store[key] = value
    store.move_to_end(key)
    if len(store) > KNOWN_LIMIT:
        store.popitem(last=False)


def _who(inbound: Inbound) -> tuple[str, str]:
    return inbound.tenant_id, str(inbound.entra_object_id)


def _key(inbound: Inbound) -> tuple[str, str, str]:
    return *_who(inbound), inbound.conversation_key


def _seen(inbound: Inbound) -> tuple[str, str, str, str, str | None]:
    return inbound.name, inbound.teams_user_id, inbound.locale, inbound.service_url, inbound.time_zone


def refused(failure: OfferdeskError) -> Sentence:
    """An error of ours as a sentence."""
    return worded_error(failure.key, failure.params)


def worded_error(key: str, params: Mapping[str, Any]) -> Sentence:
    """A text key and its parameters as a sentence; roles and months become the words of the cards."""
    values: dict[str, Any] = {name: WORDED.get(name, _as_it_is)(value) for name, value in params.items()}
    return sentence(key, **values)


def _as_it_is(value: object) -> object:
    return value


WORDED: dict[str, Callable[[Any], object]] = {"roles": words_roles, "month": Month}
"""Parameters of errors that are not shown as they are, by name."""
