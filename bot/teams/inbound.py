"""What Teams sent, as one typed value; `bot.teams.reading` makes it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, NamedTuple

Scalar = str | int | float | bool | None


class BadActivity(Exception):
    """The body is no activity that can be worked on; the message says what is wrong with it, without its content."""


class InboundKind(StrEnum):
    """What happened."""

    MESSAGE = "message"
    """Somebody typed something."""
    CARD_ACTION = "card_action"
    """An Action.Execute was pressed, or a card refreshed itself (`adaptiveCard/action`)."""
    CARD_SUBMIT = "card_submit"
    """An Action.Submit outside a dialog was pressed: a message with a value."""
    DIALOG_OPEN = "dialog_open"
    """`task/fetch`."""
    DIALOG_SUBMIT = "dialog_submit"
    """`task/submit`."""
    SEARCH = "search"
    """`composeExtension/query`."""
    TYPEAHEAD = "typeahead"
    """`application/search`: somebody types into an input that looks through a data set."""
    INSTALL = "install"
    UNINSTALL = "uninstall"
    MEMBERS_ADDED = "members_added"
    RENAMED = "renamed"
    """A channel or team got another name, was made, deleted, archived or restored; `event` says which."""
    OTHER = "other"
    """Anything else; an invoke of this kind is answered with 501."""


class ConversationKind(StrEnum):
    """Where it happened."""

    PERSONAL = "personal"
    GROUP_CHAT = "groupChat"
    CHANNEL = "channel"


class Trigger(StrEnum):
    """Why a card action came."""

    MANUAL = "manual"
    AUTOMATIC = "automatic"


class Inbound(NamedTuple):
    """One activity from Teams.

    `tenant_id` and `service_url` were checked against the token and the allow-lists before anybody sees this value;
    `entra_object_id` may be believed for that reason. `verb`, `data`, `text` and `name` are a stranger's words.
    """

    kind: InboundKind
    activity_id: str
    tenant_id: str
    service_url: str
    bot_id: str
    teams_user_id: str
    """`29:…`, differs from bot to bot."""
    entra_object_id: str | None
    """Lower case; None for anonymous and some federated people, who therefore have no role."""
    name: str
    locale: str
    """As sent, for example `fr-FR`; empty when absent."""
    time_zone: str | None
    """An IANA name this machine knows, or None."""
    conversation_id: str
    """In full: in a channel with `;messageid=…`, so that sending to it answers in the thread."""
    conversation_key: str
    """Without `;messageid=…`: the channel or chat itself."""
    thread_id: str | None
    """The root message of the thread, in channels only."""
    conversation_kind: ConversationKind
    team_id: str | None = None
    team_name: str | None = None
    channel_id: str | None = None
    channel_name: str | None = None
    """None also for the General channel, which Teams leaves without a name."""
    reply_to_id: str | None = None
    """The message that holds the pressed card."""
    invoke_name: str = ""
    """Empty when the activity is no invoke; an invoke always wants an answer."""
    event: str = ""
    """`channelRenamed`, `teamDeleted`, … for RENAMED; `add-upgrade`, … for INSTALL and UNINSTALL."""
    text: str = ""
    """What was typed, without the bot's own mention; for SEARCH and TYPEAHEAD, the words looked for (empty at the first
    opening)."""
    verb: str = ""
    """The `verb` of the button; for SEARCH, the command id; for TYPEAHEAD, the data set."""
    data: Mapping[str, Scalar] = MappingProxyType({})
    """Button data merged with the inputs: flat, `verb` and `msteams` left out. For SEARCH, `skip` and `count`;
    for TYPEAHEAD, `skip` and `top`."""
    trigger: Trigger = Trigger.MANUAL
    is_targeted: bool = False
    """Only this person saw the message that this answers."""
    members_added: tuple[str, ...] = ()
    """Teams user ids; holds `bot_id` when the bot itself was added."""

    @property
    def is_invoke(self) -> bool:
        """Whether the HTTP answer carries the reply."""
        return bool(self.invoke_name)

    @property
    def language(self) -> Literal["fr", "en"] | None:
        """The language of the client, where it said so: French, or English for everybody else."""
        if not self.locale:
            return None
        return "fr" if self.locale[:2].lower() == "fr" else "en"
