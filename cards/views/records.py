"""Views of an offer's records: the dialog that edits one, and the list of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cards.verbs import FormCode, ListCode, Verb
from cards.views.forms import FieldError, Typed
from cards.views.reader import Sentence
from cards.words import Tone


class InputKind(StrEnum):
    """How an input is drawn."""

    WORDS = "words"
    LINES = "lines"
    NUMBER = "number"
    DAY = "day"
    CHOICE = "choice"
    YES_NO = "yes_no"
    PERSON = "person"
    SEARCHED = "searched"
    """One out of many, found while typing; ``choices`` are the ones to begin with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputView:
    """One input. ``label`` and ``hint`` are text keys; ``choices`` are (value, finished label).

    ``shown_label`` (raw) replaces the label where a company names the field. ``unit`` (raw) stands after the label.
    ``dataset`` names what a SEARCHED input looks through: ``clients``, ``contacts`` or ``offers``. Few choices (up to
    4) are drawn as buttons, more as a list.
    """

    field: str
    kind: InputKind
    label: str
    hint: str = ""
    required: bool = False
    limit: int = 200
    choices: tuple[tuple[str, str], ...] = ()
    dataset: str = ""
    unit: str = ""
    shown_label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFormView:
    """A dialog on an offer or on one of its records.

    ``title``, ``button`` are text keys. ``id`` and ``revision``: what it edits, as the submit button carries them.
    ``offer``: number and title, raw. ``notes``: sentences over the inputs. ``more``: inputs folded away behind a
    button until one of them holds something.
    """

    code: FormCode
    id: int
    revision: int
    title: str
    button: str
    offer: str
    inputs: tuple[InputView, ...]
    more: tuple[InputView, ...] = ()
    notes: tuple[Sentence, ...] = ()
    warning: Sentence | None = None
    height: str = "medium"
    values: Typed = ()
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button: ``label`` is a text key, ``q`` the words its verb needs."""

    label: str
    verb: Verb
    id: int
    q: str = ""
    main: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLine:
    """One record: what it says (raw), where it stands as a coloured word, quiet sentences under it, and its buttons.

    ``tap`` is what touching the line does; ``link`` a document to open.
    """

    title: str
    state: Sentence | None = None
    tone: Tone = Tone.DEFAULT
    lines: tuple[Sentence, ...] = ()
    text: str = ""
    """More words of it (raw), cut to a few lines."""
    tap: Press | None = None
    buttons: tuple[Press, ...] = ()
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordListView:
    """The records of one kind on one offer. ``page`` counts from 0; ``summary``: where they stand as a whole;
    ``notes``: quiet sentences under it.
    """

    code: ListCode
    offer_id: int
    offer: str
    title: str
    empty: str
    lines: tuple[RecordLine, ...]
    total: int
    page: int = 0
    pages: int = 1
    summary: Sentence | None = None
    summary_tone: Tone = Tone.ACCENT
    notes: tuple[Sentence, ...] = ()
    buttons: tuple[Press, ...] = ()
