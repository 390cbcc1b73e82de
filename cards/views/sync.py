"""Views of the other systems: how each stands, what waits for somebody, and two values to choose between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from cards.verbs import Verb
from cards.views.reader import Sentence
from cards.words import SyncState

if TYPE_CHECKING:
    from cards.views.reader import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncStep:
    """Something a person can settle at once: ``label`` (raw) names it, touching it does ``verb``."""

    label: str
    verb: Verb
    id: int
    q: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemLine:
    """One record or message outside: ``system`` is the product's name, ``record`` says which one where it has several.

    ``since``: of that state. ``why`` it is not fine, in words; ``detail``: technical words (raw). ``url`` opens it.
    ``steps``: what is missing, or to choose. ``by_hand``: (caption, value) that somebody enters over there.
    ``row_id`` names it in the ledger; ``may_retry`` and ``may_fill``: what the reader may do.
    """

    system: str
    state: SyncState
    detail: str = ""
    record: Sentence | None = None
    since: datetime | None = None
    why: Sentence | None = None
    url: str = ""
    steps: tuple[SyncStep, ...] = ()
    by_hand: tuple[tuple[str, str], ...] = ()
    row_id: int = 0
    may_retry: bool = False
    may_fill: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncEntry:
    """What is not fine. ``title``: number and title of the offer (raw), or what the message is."""

    title: str | Sentence
    line: SystemLine
    offer_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncGroup:
    """What is not fine in one system. ``total`` counts all pages; ``waiting``: on its way, which is nobody's matter.

    ``paused_since``: nothing is sent there until somebody lets it go on. ``may_retry``: something of it is stuck.
    """

    code: str
    name: str
    entries: tuple[SyncEntry, ...] = ()
    total: int = 0
    waiting: int = 0
    paused_since: datetime | None = None
    may_retry: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncPageView:
    """Everything that is not fine. ``page`` counts from 0; ``last_at``: when something was last written outside.

    ``said``: what the press just did.
    """

    groups: tuple[SyncGroup, ...] = ()
    page: int = 0
    pages: int = 1
    last_at: datetime | None = None
    said: Sentence | None = None
    recognised: int = 0
    """How many of ours a rule recognised in Business Central."""

    @property
    def total(self) -> int:
        """How many things are not fine."""
        return sum(group.total for group in self.groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferSyncView:
    """How one offer (number and title, raw) stands outside. ``said``: what the press just did."""

    offer_id: int
    offer: str
    number: str = ""
    lines: tuple[SystemLine, ...] = ()
    said: Sentence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictView:
    """Two values of one field. ``field``: its name in the reader's words; values None where nothing stands.

    ``kept_ours``: None until somebody chose; then ``by`` and ``at`` say who and when.
    """

    conflict_id: int
    offer_id: int
    offer: str
    number: str
    system: str
    field: str
    found_at: datetime
    ours: Value | None = None
    theirs: Value | None = None
    their_name: str = ""
    their_at: datetime | None = None
    kept_ours: bool | None = None
    by: str = ""
    at: datetime | None = None
    may_choose: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchLine:
    """One of ours that a rule recognised. ``ours`` and ``theirs`` (raw): what it is called on either side; ``code``:
    its number or code there; ``why``: the rule. ``id`` and ``subject`` (``client``, ``contact``, ``person``) name it.
    """

    id: int
    subject: str
    ours: str
    code: str
    theirs: str
    why: Sentence
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchesView:
    """Who was recognised in Business Central, newest first; ``total`` counts all pages. ``undone``: what the press just
    undid, and may be redone.
    """

    lines: tuple[MatchLine, ...] = ()
    total: int = 0
    page: int = 0
    pages: int = 1
    undone: MatchLine | None = None
