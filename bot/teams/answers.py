"""What a handler gives back: a view and the card function that draws it.

Drawn after the transaction, outside the database's time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.teams.replies import (
    CardReply,
    ChoicesReply,
    DialogClosed,
    DialogReply,
    Preview,
    Reply,
    SearchReply,
    Size,
    TextReply,
)
from cards.escape import plain
from cards.formats import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from cards.inputs import Dialog
    from cards.views.reader import Reader, Sentence


CHOICE_LIMIT = 120
"""Characters of a choice, as in ``cards.inputs``."""


@dataclass(frozen=True, slots=True)
class Show:
    """A card in the place of the pressed one, or as an answer to a message."""

    draw: Callable[[Any, Reader], dict[str, Any]]
    view: Any
    reader: Reader

    def reply(self) -> Reply:
        """Draw it."""
        return CardReply(self.draw(self.view, self.reader))


@dataclass(frozen=True, slots=True)
class Open:
    """A dialog."""

    draw: Callable[[Any, Reader], Dialog]
    view: Any
    reader: Reader

    def reply(self) -> Reply:
        """Draw it."""
        dialog = self.draw(self.view, self.reader)
        return DialogReply(dialog.title, dialog.card, height=_size(dialog.height), width=_size(dialog.width))


@dataclass(frozen=True, slots=True)
class Say:
    """One sentence: in a dialog it closes the dialog, elsewhere it stands beside the card."""

    what: Sentence
    reader: Reader
    closes_dialog: bool = False

    def reply(self) -> Reply:
        """Word it."""
        text = worded(self.what, self.reader)
        return DialogClosed(text) if self.closes_dialog else TextReply(text)


@dataclass(frozen=True, slots=True)
class Again:
    """The sentence a repeated delivery was answered with the first time, as it was worded then."""

    text: str
    closes_dialog: bool

    def reply(self) -> Reply:
        """The same answer."""
        return DialogClosed(self.text) if self.closes_dialog else TextReply(self.text)


@dataclass(frozen=True, slots=True)
class Found:
    """Results of a search: ``(draw, view, preview title, preview text)`` each."""

    results: tuple[tuple[Callable[[Any, Reader], dict[str, Any]], Any, str, str], ...]
    reader: Reader

    def reply(self) -> Reply:
        """Draw every card."""
        return SearchReply(
            tuple((draw(view, self.reader), Preview(title, text)) for draw, view, title, text in self.results)
        )


@dataclass(frozen=True, slots=True)
class Offered:
    """Choices for an input that is searched while typing: ``(value, title)`` each, titles as they are stored."""

    choices: tuple[tuple[str, str], ...]

    def reply(self) -> Reply:
        """Make each title one harmless line."""
        return ChoicesReply(tuple((value, plain(title, CHOICE_LIMIT)) for value, title in self.choices))


@dataclass(frozen=True, slots=True)
class Silent:
    """Nothing to say."""

    def reply(self) -> Reply | None:
        """Nothing."""
        return None


Answer = Show | Open | Say | Again | Found | Offered | Silent


def worded(what: Sentence, reader: Reader) -> str:
    """A sentence in the reader's language, as plain text: these places show no Markdown."""
    return say(what, reader, markdown=False)


def _size(name: str) -> Size:
    """A dialog's size as Teams names it; medium for anything else."""
    if name == "small":
        return "small"
    return "large" if name == "large" else "medium"
