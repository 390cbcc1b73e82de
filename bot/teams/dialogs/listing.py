"""What the lists of an offer's records share: who may read and write, one page of them, names, buttons, and taking back
what was just removed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

import sqlalchemy as sa

from bot.errors import NotAllowed
from bot.offers import entries
from bot.offers import service as offers
from bot.people.models import Person
from bot.records.models import Entry
from cards.formats import money
from cards.verbs import FormCode, ListCode, Verb
from cards.views.reader import Money, sentence
from cards.views.records import Press, RecordLine
from cards.words import Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from decimal import Decimal

    from bot.offers.models import Offer
    from bot.teams.context import Turn

PAGE = 8
"""Records per page: what stays readable and, with every button, under the size of a card."""
UNDO = timedelta(minutes=5)
UNDOABLE = 2
"""How many of the records that were just removed a list still shows."""

T = TypeVar("T")
E = TypeVar("E", bound=Entry)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page; ``number`` counts from 0."""

    items: tuple[T, ...]
    number: int
    pages: int
    total: int


def page_of(found: Sequence[T], number: int) -> Page[T]:
    """A page of what was found; the last one when there are fewer pages than asked for."""
    pages = max(1, -(-len(found) // PAGE))
    number = min(max(number, 0), pages - 1)
    return Page(tuple(found[number * PAGE : (number + 1) * PAGE]), number, pages, len(found))


def require_colleague(turn: Turn) -> None:
    """Raise :class:`NotAllowed` for a guest."""
    if turn.person.guest:
        raise NotAllowed(roles=("colleague",))


def to_read(turn: Turn, offer_id: int) -> Offer:
    """The offer, for any colleague; raises as :func:`require_colleague`, and :class:`~bot.errors.NotFound`."""
    require_colleague(turn)
    return offers.by_id(turn.session, offer_id)


def to_write(turn: Turn, offer_id: int, *, team: bool = True) -> Offer:
    """The offer, for who works on it or steers offers; without ``team`` for its owner and those who steer.

    Raises :class:`NotAllowed`, :class:`~bot.errors.NotFound`.
    """
    offer = offers.by_id(turn.session, offer_id)
    offers.require_part(turn.session, offer, turn.person, turn.now, team=team)
    return offer


def record_to_write(turn: Turn, model: type[E], record_id: int) -> tuple[E, Offer]:
    """A record that a dialog shows, and its offer; raises as :func:`to_write`, also when it was removed."""
    record = entries.by_id(turn.session, model, record_id)
    return record, to_write(turn, record.offer_id)


def may_write(turn: Turn, offer: Offer, *, team: bool = True) -> bool:
    """Whether the person sees the buttons that change something: as :func:`to_write`."""
    try:
        offers.require_part(turn.session, offer, turn.person, turn.now, team=team)
    except NotAllowed:
        return False
    return True


def names_of(turn: Turn, people: Iterable[int | None]) -> dict[int, str]:
    """Names by person."""
    ids = {one for one in people if one is not None}
    rows = turn.session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {row.id: row.name for row in rows}


def name_of(turn: Turn, person_id: int | None) -> str:
    """A person's name, for a sentence."""
    person = turn.session.get(Person, person_id) if person_id is not None else None
    return person.name if person is not None else ""


def amount(turn: Turn, value: Decimal, currency: str) -> str:
    """Money in the person's writing."""
    return money(Money(value, currency), turn.reader.language)


def form(label: str, code: FormCode, number: int, *, main: bool = False) -> Press:
    """A button that opens a dialog."""
    return Press(label=label, verb=Verb.FORM_OPEN, id=number, q=code.value, main=main)


def remove(code: ListCode, number: int) -> Press:
    """The button that takes a record away."""
    return Press(label="records.remove", verb=Verb.RECORD_REMOVE, id=number, q=code.value)


def edit_buttons(code: FormCode, listed: ListCode, record_id: int) -> tuple[Press, ...]:
    """Edit and remove."""
    return form("records.edit", code, record_id), remove(listed, record_id)


def removed_lines(
    turn: Turn, model: type[E], offer_id: int, code: ListCode, removed: str, named: Callable[[E], str]
) -> tuple[RecordLine, ...]:
    """The last records this person took away in the last minutes, each with the button that takes it back.

    ``removed`` is the text key of the word that says so, ``named`` gives the words that name a record.
    """
    statement = sa.select(model).where(
        model.offer_id == offer_id, model.removed_at > turn.now - UNDO, model.updated_by_id == turn.person.id
    )
    found = turn.session.scalars(statement.order_by(model.removed_at.desc(), model.id.desc()).limit(UNDOABLE))
    return tuple(
        RecordLine(
            title=named(one),
            state=sentence(removed),
            tone=Tone.WARNING,
            buttons=(Press(label="records.restore", verb=Verb.RECORD_RESTORE, id=one.id, q=code.value),),
        )
        for one in found
    )
