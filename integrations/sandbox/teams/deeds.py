"""What a caller of the API may ask for, one model per deed."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from integrations.sandbox.teams.cards import Scalar
from integrations.sandbox.teams.delivery import Repetition

# The names the manifest gives to the search command; a caller may send others.
SEARCH_COMMAND, SEARCH_PARAMETER = "find", "query"


class Asked(BaseModel):
    """An object without unknown keys."""

    model_config = ConfigDict(extra="forbid")


class Repeated(Asked):
    """See `delivery.Repetition`."""

    retry: bool = False
    copies: int = Field(default=1, ge=1, le=50)
    new_id: bool = False

    def repetition(self) -> Repetition:
        """The same for the delivery."""
        return Repetition(self.retry, self.copies, self.new_id)


class Say(Repeated):
    """`conversation` may carry `;messageid=` to answer in a thread."""

    conversation: str
    text: str = Field(min_length=1, max_length=20_000)


class Click(Repeated):
    """See `cards.press` for what `action` may be."""

    message: str
    action: str | dict[str, Any]
    inputs: dict[str, Scalar] = Field(default_factory=dict)
    old_client: bool = False


class Submit(Repeated):
    """A button inside an open dialog."""

    dialog: str
    action: str | dict[str, Any]
    inputs: dict[str, Scalar] = Field(default_factory=dict)


class Close(Asked):
    """The cross of a dialog."""

    dialog: str


class OfMessage(Asked):
    """One message."""

    message: str


class Search(Asked):
    """Words for the message extension; `conversation` defaults to the personal chat."""

    text: str = Field(default="", max_length=1000)
    conversation: str | None = None
    command: str = SEARCH_COMMAND
    parameter: str = SEARCH_PARAMETER


class Suggest(Asked):
    """Words typed into an input that looks through a data set, in an open dialog or on the card of a message."""

    input: str
    text: str = Field(default="", max_length=1000)
    dialog: str | None = None
    message: str | None = None


class Share(Asked):
    """A search result to post."""

    conversation: str
    attachment: dict[str, Any]


class Place(Asked):
    """A conversation; None is the personal chat."""

    conversation: str | None = None


class Rename(Asked):
    """Another name for a channel, or for its team."""

    conversation: str
    name: str = Field(min_length=1, max_length=100)
    team: bool = False
