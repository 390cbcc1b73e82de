"""Views of short notes: refusals, confirmations, troubles an admin must know, replies in a thread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cards.verbs import Verb
from cards.views.reader import Sentence
from cards.words import Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A button under a note. ``label``: a text key (three words at most). ``words``: the ``q`` that some verbs need."""

    label: str
    verb: Verb
    id: int = 0
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """One note to one person or channel. ``title`` says what happened, ``text`` what comes next or who may.

    ``undo``: shown with ``undo_until`` as its end. ``subject``: number and title of what it is about.
    ``link``: an https address that the first button opens; ``link_label``: its text key.
    """

    tone: Tone
    title: Sentence
    text: Sentence | None = None
    subject: str = ""
    link: str = ""
    link_label: str = "answers.button_sheet"
    follow_ups: tuple[FollowUp, ...] = ()
    undo: FollowUp | None = None
    undo_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminNoticeView:
    """A trouble (or its end) that an admin should know once. ``detail``: technical words, shown small, bounded."""

    tone: Tone
    title: Sentence
    text: Sentence
    since: datetime
    detail: str = ""
    follow_ups: tuple[FollowUp, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadReplyView:
    """A reply under a tender or round card for a real change: decision made, deadline moved, cancelled, re-issued.

    ``old``/``new``: the moved date (aware UTC). ``mentions``: (Teams id, name) of those who must act now.
    """

    tone: Tone
    title: Sentence
    number: str
    subject: str
    text: Sentence | None = None
    old: datetime | None = None
    new: datetime | None = None
    follow_ups: tuple[FollowUp, ...] = ()
    mentions: tuple[tuple[str, str], ...] = ()
