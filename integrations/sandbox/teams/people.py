"""What a person does in Teams: write, press, fill in, search, add and remove the app."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from integrations.sandbox.teams import activities
from integrations.sandbox.teams.cards import Scalar, press
from integrations.sandbox.teams.delivery import ONCE, Answer, Delivery, Repetition
from integrations.sandbox.teams.errors import RefusedError
from integrations.sandbox.teams.shapes import AnswerError, card_answer, choices_answer, search_answer, task_answer, walk
from integrations.sandbox.teams.world import Conversation, Json, Message, Note, World, join_thread, split_thread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrations.sandbox.teams.personas import Persona


DIRECTORY = "graph.microsoft.com/"
"""Data sets that Teams answers by itself."""


@dataclass(frozen=True, slots=True)
class Press:
    """A press of a button: see `cards.press` for `action` and `inputs`.

    `old_client` presses the Action.Submit fallback of an Action.Execute, as clients without Universal Actions do.
    """

    action: str | Json
    inputs: Mapping[str, Scalar]
    repetition: Repetition = ONCE
    old_client: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Where somebody types: an open dialog, or else the card of a message."""

    dialog: str | None = None
    message: str | None = None


@dataclass(slots=True)
class People:
    """The hands of the personas."""

    world: World
    delivery: Delivery

    @property
    def envelope(self) -> activities.Envelope:
        """Builds activities with the service URL of the moment."""
        return activities.Envelope(self.world, self.delivery.service_url)

    async def say(self, persona: Persona, where: str, text: str, repetition: Repetition = ONCE) -> Json:
        """Write a message; in a channel only a mention of the bot reaches it."""
        conversation, root = self._place(persona, where)
        activity = activities.said(self.envelope, persona, conversation, text, root)
        message = self.world.post(conversation, persona.key, activity, root)
        activity["id"] = message.id
        outcome: Json = {"outcome": "sent", "message": message.id, "reached_bot": False}
        if not conversation.installed or (conversation.kind == "channel" and not activities.mentions_bot(activity)):
            return outcome
        if conversation.kind == "channel" and root is None:
            # In a channel the conversation of a new post already names its own thread.
            activity["conversation"]["id"] = join_thread(conversation.id, message.id)
        answer = await self.delivery.deliver(activity, persona.key, repetition)
        self.world.show_note(message, persona, None if answer.ok else _failed(answer))
        return outcome | {"reached_bot": True} if answer.ok else _error(answer)

    async def share(self, persona: Persona, where: str, attachment: Json) -> Json:
        """Post a search result as the person's own message; the bot is not told."""
        conversation, root = self._place(persona, where)
        activity = activities.text_and_cards([attachment])
        return {"outcome": "sent", "message": self.world.post(conversation, persona.key, activity, root).id}

    async def click(self, persona: Persona, message_id: str, pressed: Press) -> Json:
        """Press a button of a card as this person sees it."""
        message = self.world.message_for(persona, message_id)
        card = message.card_for(persona)
        if card is None:
            raise RefusedError(422, "NoCard", "The message has no card.")
        action, data = press(card, pressed.action, pressed.inputs)
        if pressed.old_client and isinstance(action.get("fallback"), dict):
            action = action["fallback"]
            data = {**data, **(action.get("data") or {})}
        self.world.show_note(message, persona, None)
        match str(action["type"]):
            case "Action.Execute":
                return await self.execute(persona, message, action, data, "manual", pressed.repetition)
            case "Action.Submit":
                return await self._submit(persona, message, data, pressed.repetition)
            case "Action.OpenUrl":
                return {"outcome": "open", "url": action.get("url")}
        raise RefusedError(422, "ActionOfClient", f"{action['type']} does not leave the client.")

    async def execute(
        self,
        persona: Persona,
        message: Message,
        action: Json,
        data: Json,
        trigger: str,
        repetition: Repetition = ONCE,
    ) -> Json:
        """Send `adaptiveCard/action` and apply the answer to this person's view alone."""
        conversation, root = self._home(message)
        self._needs_app(conversation)
        value = activities.execute_value(action, data, trigger)
        activity = activities.invoke(
            self.envelope, "adaptiveCard/action", persona, conversation, value, root=root, reply_to=message.id
        )
        answer = await self.delivery.deliver(activity, persona.key, repetition)
        message.invoked_at[persona.key] = self.world.now()
        if not answer.ok:
            return self._show_failure(message, persona, answer, quiet=trigger == "automatic")
        try:
            kind, content = card_answer(answer.body)
        except AnswerError as wrong:
            return self._show_failure(message, persona, Answer(answer.status, failure=str(wrong)))
        if kind == "card":
            self.world.show_view(message, persona, content)
            return {"outcome": "card", "card": content}
        self.world.show_note(message, persona, Note(kind, content))
        return {"outcome": kind, "text": content}

    async def _submit(self, persona: Persona, message: Message, data: Json, repetition: Repetition) -> Json:
        conversation, root = self._home(message)
        teams = data.get("msteams") if isinstance(data.get("msteams"), dict) else {}
        kind = (teams or {}).get("type")
        where = join_thread(conversation.id, root)
        if kind == "imBack":
            return await self.say(persona, where, str((teams or {}).get("value", "")), repetition)
        self._needs_app(conversation)
        if kind == "task/fetch":
            return await self._open_dialog(persona, message, data, repetition)
        activity = activities.submitted(self.envelope, persona, conversation, root, message.id, data)
        if kind == "messageBack":
            activity |= {"text": (teams or {}).get("text", ""), "value": (teams or {}).get("value", {})}
        answer = await self.delivery.deliver(activity, persona.key, repetition)
        if not answer.ok:
            return self._show_failure(message, persona, answer)
        hidden = ((teams or {}).get("feedback") or {}).get("hide", False)
        return {"outcome": "sent", "message": activity["id"], "reached_bot": True, "feedback": not hidden}

    async def _open_dialog(self, persona: Persona, message: Message, data: Json, repetition: Repetition) -> Json:
        conversation, root = self._home(message)
        value = activities.task_value(data, persona.theme)
        activity = activities.invoke(
            self.envelope, "task/fetch", persona, conversation, value, root=root, reply_to=message.id
        )
        answer = await self.delivery.deliver(activity, persona.key, repetition)
        outcome = self._task_outcome(answer, {"persona": persona.key, "message": message.id})
        if outcome["outcome"] == "error":
            self.world.show_note(message, persona, Note("error", outcome["text"]))
        return outcome

    async def submit_dialog(self, persona: Persona, dialog_id: str, pressed: Press) -> Json:
        """Send `task/submit`; a further card goes on in the same dialog, everything else closes it, errors keep it."""
        dialog = self._dialog(persona, dialog_id)
        action, data = press(dialog["card"], pressed.action, pressed.inputs)
        if action["type"] != "Action.Submit":
            raise RefusedError(422, "ActionNotInDialog", "In a dialog only Action.Submit is sent.")
        message = self.world.messages[dialog["message"]]
        conversation, root = self._home(message)
        value = activities.task_value(data, persona.theme)
        activity = activities.invoke(
            self.envelope, "task/submit", persona, conversation, value, root=root, reply_to=message.id
        )
        answer = await self.delivery.deliver(activity, persona.key, pressed.repetition)
        outcome = self._task_outcome(answer, {"persona": persona.key, "message": dialog["message"]})
        if outcome["outcome"] != "error":
            self.world.dialogs.pop(dialog_id, None)
        return outcome

    def close_dialog(self, persona: Persona, dialog_id: str) -> Json:
        """Close a dialog with its cross; the bot is not told."""
        dialog = self.world.dialogs.get(dialog_id)
        if dialog is not None and dialog["persona"] == persona.key:
            del self.world.dialogs[dialog_id]
        return {"outcome": "closed"}

    def _task_outcome(self, answer: Answer, owner: Json) -> Json:
        if not answer.ok:
            return _error(answer)
        try:
            kind, content = task_answer(answer.body)
        except AnswerError as wrong:
            return _error(Answer(answer.status, failure=str(wrong)))
        if kind == "dialog":
            identifier = self.world.new_dialog(owner | content)
            return {"outcome": "dialog", "dialog": {"id": identifier, **content}}
        return {"outcome": kind} if content is None else {"outcome": kind, "text": content}

    async def search(self, persona: Persona, where: str, command: str, parameter: str, text: str) -> Json:
        """Ask the message extension; time-outs are tried twice more, as Teams does."""
        conversation, root = self._place(persona, where)
        value = activities.query_value(command, parameter, text)
        activity = activities.invoke(self.envelope, "composeExtension/query", persona, conversation, value, root=root)
        answer = await self.delivery.deliver(activity, persona.key, Repetition(retry=True))
        if not answer.ok:
            return _error(answer)
        try:
            return {"outcome": "results", "results": search_answer(answer.body)}
        except AnswerError as wrong:
            return _error(Answer(answer.status, failure=str(wrong)))

    async def suggest(self, persona: Persona, source: Source, field: str, text: str) -> Json:
        """Type into an input that looks through one of the bot's data sets; gives the choices it would show."""
        message, card = self._shown(persona, source)
        dataset = _dataset(card, field)
        conversation, root = self._home(message)
        self._needs_app(conversation)
        value = activities.typeahead_value(dataset, text)
        activity = activities.invoke(
            self.envelope, "application/search", persona, conversation, value, root=root, reply_to=message.id
        )
        answer = await self.delivery.deliver(activity, persona.key)
        if not answer.ok:
            return _error(answer)
        try:
            return {"outcome": "choices", "choices": choices_answer(answer.body)[: activities.MOST_CHOICES]}
        except AnswerError as wrong:
            return _error(Answer(answer.status, failure=str(wrong)))

    def _shown(self, persona: Persona, source: Source) -> tuple[Message, Json]:
        """The message and the card, or the open dialog's card, that this person has before them."""
        if source.dialog is not None:
            dialog = self._dialog(persona, source.dialog)
            return self.world.messages[dialog["message"]], dialog["card"]
        message = self.world.message_for(persona, source.message or "")
        card = message.card_for(persona)
        if card is None:
            raise RefusedError(422, "NoCard", "The message has no card.")
        return message, card

    def _dialog(self, persona: Persona, dialog_id: str) -> Json:
        dialog = self.world.dialogs.get(dialog_id)
        if dialog is None or dialog["persona"] != persona.key:
            raise RefusedError(404, "DialogNotFound", "This dialog is not open.")
        return dialog

    async def set_installed(self, persona: Persona, where: str, *, installed: bool) -> Json:
        """Add the app to a personal chat or (from any channel) to the whole team, or remove it."""
        conversation, _ = self._place(persona, where)
        homes = [conversation]
        if conversation.kind == "channel":
            # The team is told through its General channel.
            conversation = self.world.conversations[self.world.team_id]
            homes = [known for known in self.world.conversations.values() if known.kind == "channel"]
        for home in homes:
            home.installed = installed
        self.world.changed()
        answer = Answer(200)
        for activity in activities.membership(self.envelope, persona, conversation, added=installed):
            answer = await self.delivery.deliver(activity, persona.key)
        return {"outcome": "sent", "reached_bot": True} if answer.ok else _error(answer)

    async def rename(self, persona: Persona, where: str, name: str, *, team: bool = False) -> Json:
        """Give a channel, or the team, another name."""
        conversation, _ = self._place(persona, where)
        if conversation.kind != "channel":
            raise RefusedError(422, "NotAChannel", "Only channels and teams have names to change.")
        if team:
            self.world.team_name = name
        else:
            conversation.name = name
        self.world.changed()
        answer = await self.delivery.deliver(
            activities.renamed(self.envelope, persona, conversation, team=team), persona.key
        )
        return {"outcome": "sent", "reached_bot": True} if answer.ok else _error(answer)

    def _place(self, persona: Persona, where: str) -> tuple[Conversation, str | None]:
        conversation = self.world.conversation(where)
        if persona.key not in conversation.members:
            raise RefusedError(403, "NotAMember", "This person is not in the conversation.")
        root = split_thread(where)[1]
        if root is not None:
            self.world.message(root)
        return conversation, root

    def _home(self, message: Message) -> tuple[Conversation, str | None]:
        conversation = self.world.conversations[message.conversation]
        return conversation, (message.root or message.id) if conversation.kind == "channel" else None

    def _needs_app(self, conversation: Conversation) -> None:
        if not conversation.installed:
            raise RefusedError(403, "AppNotInstalled", "The app is not installed here.")

    def _show_failure(self, message: Message, persona: Persona, answer: Answer, *, quiet: bool = False) -> Json:
        # An automatic refresh that fails leaves the shared card standing, without a word.
        if not quiet:
            self.world.show_note(message, persona, _failed(answer))
        return _error(answer)


def _dataset(card: Json, field: str) -> str:
    """What an input looks through. People pickers ask Teams itself, so they are none of the bot's."""
    for element in walk(card):
        query = element.get("choices.data")
        if element.get("id") == field and isinstance(query, dict) and query.get("type") == "Data.Query":
            dataset = str(query.get("dataset") or "")
            if dataset and not dataset.startswith(DIRECTORY):
                return dataset
    raise RefusedError(422, "InputNotSearched", f"The card has no input {field!r} that asks the bot for choices.")


def _failed(answer: Answer) -> Note:
    return Note("error", _why(answer))


def _why(answer: Answer) -> str:
    return answer.failure or f"HTTP {answer.status}"


def _error(answer: Answer) -> Json:
    return {"outcome": "error", "status": answer.status, "text": _why(answer)}
