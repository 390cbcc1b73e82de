"""Reading a dialog, keeping what was typed, and merging it with what others changed meanwhile.

A dialog names the revision it was opened on. The audit trail tells what changed since: a field only they changed keeps
their value, a field only this person changed gets the new one, and a field both changed is shown with both values for
this person to decide. Nothing is overwritten silently.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import sqlalchemy as sa

from bot import audit
from bot.audit import AuditEvent
from bot.clients.models import Client, Contact
from bot.errors import Invalid, NotFound
from bot.offers.models import Offer
from bot.people.models import Person
from bot.records.fields import REFERENCES, FieldKind, FieldSpec, Problems, as_text, in_order, parse
from bot.records.wording import as_shown
from bot.sync.outside import offer_changed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

REVISION = "revision"
NUMBERED: dict[FieldKind, type[Client | Contact | Offer]] = {
    FieldKind.CLIENT: Client,
    FieldKind.CONTACT: Contact,
    FieldKind.OFFER: Offer,
}
LARGEST_ID = 2**31 - 1
ID_LENGTH = 64

R = TypeVar("R", bound="Record")


class Record(Protocol):
    """What can be edited: an offer or a record that hangs on one."""

    id: Any
    revision: Any
    updated_at: Any


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody else did to one field since a revision: the text before the first change, and who did the last."""

    before: str
    actor: str
    at: datetime


def read(
    session: Session,
    specs: Sequence[FieldSpec],
    typed: Mapping[str, str],
    actor: Person,
    check: Callable[[Mapping[str, Any]], Problems] | None = None,
) -> dict[str, Any]:
    """Every field as its value, None where nothing was typed. Raises :class:`Invalid` with all problems at once.

    ``check`` adds the problems of a dialog's own rules; it is asked only when each field can be read.
    """
    values: dict[str, Any] = {}
    problems: Problems = {}
    for spec in specs:
        value, problem = parse(spec, typed.get(spec.name, ""))
        if problem is None and value is not None and spec.kind in REFERENCES:
            value = read_reference(session, spec.kind, value, actor.tenant_id)
            problem = None if value is not None else (f"errors.unknown_{spec.kind}", {})
        values[spec.name] = value
        if problem is not None:
            problems[spec.name] = problem
    problems = problems or in_order(specs, values) or (check(values) if check else {})
    if problems:
        raise Invalid(problems)
    return values


def read_reference(session: Session, kind: FieldKind, text: str, tenant_id: str = "") -> int | None:
    """The id of the row that a picker's text names, or None. People are looked up in ``tenant_id``."""
    if kind is FieldKind.PERSON:
        statement = sa.select(Person.id).where(
            Person.tenant_id == tenant_id, Person.entra_object_id == text[:ID_LENGTH].lower()
        )
        return session.scalar(statement)
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(LARGEST_ID)) or int(text) > LARGEST_ID:
        return None
    model = NUMBERED[kind]
    return session.scalar(sa.select(model.id).where(model.id == int(text)))


def texts_of(session: Session, record: object, specs: Sequence[FieldSpec]) -> dict[str, str]:
    """The record as the texts its form shows."""
    return {spec.name: text_of(session, spec, getattr(record, spec.name)) for spec in specs}


def text_of(session: Session, spec: FieldSpec, value: object) -> str:
    """One stored value as the text its input shows; a person as the Entra object id that the picker uses."""
    if spec.kind is FieldKind.PERSON and value is not None:
        person = session.get(Person, value)
        return person.entra_object_id if person is not None else ""
    return as_text(value)


def name_of(session: Session, spec: FieldSpec, text: str) -> str:
    """The text of a field as people read it: a person's, client's, contact's or offer's name, a choice's label."""
    if not text or spec.kind not in REFERENCES:
        return dict(spec.choice_labels).get(text, text)
    if spec.kind is FieldKind.PERSON:
        return session.scalar(sa.select(Person.name).where(Person.entra_object_id == text)) or text
    row = session.get(NUMBERED[spec.kind], int(text))
    if isinstance(row, Client):
        return row.path
    if isinstance(row, Offer):
        return " ".join(part for part in (row.number, row.title) if part)
    return row.name if isinstance(row, Contact) else text


def save(  # noqa: PLR0913  one dialog: what, on which record, from which revision, by whom
    session: Session,
    record: Record,
    subject: str,
    specs: Sequence[FieldSpec],
    typed: Mapping[str, str],
    *,
    base: int,
    actor: Person,
    now: datetime,
    check: Callable[[Mapping[str, Any]], Problems] | None = None,
) -> tuple[str, ...]:
    """Write what was typed into a locked record, merged with what changed since revision ``base``; returns the changed
    fields.

    Raises :class:`Invalid`: at fields that cannot be read, and at fields that somebody else changed too, whose values
    are then shown to be decided on.
    """
    values = read(session, specs, typed, actor, check)
    theirs = changes_since(session, subject, record.id, base) if base < record.revision else {}
    stored = texts_of(session, record, specs)
    mine = {spec.name: text_of(session, spec, values[spec.name]) for spec in specs}
    wanted, clashes = {}, []
    for spec in specs:
        name = spec.name
        untouched = _given_back(mine[name], stored[name])
        if untouched or (name in theirs and _given_back(mine[name], theirs[name].before)):
            continue
        if name in theirs:
            clashes.append(spec)
        wanted[name] = values[name]
    if clashes:
        raise _clash(session, record, clashes, wanted, stored, theirs)
    return change(session, record, subject, wanted, actor=actor, now=now, specs=specs)


def _given_back(mine: str, shown: str) -> bool:
    """Whether a text is what the form showed: what came from elsewhere is shown without what cannot be seen."""
    return mine in {shown, as_shown(shown)}


def _clash(
    session: Session,
    record: Record,
    clashes: Sequence[FieldSpec],
    wanted: Mapping[str, Any],
    stored: Mapping[str, str],
    theirs: Mapping[str, Change],
) -> Invalid:
    """Both values at each field; the form then stands on the newest revision, so that saving again decides."""
    fields: Problems = {}
    for spec in clashes:
        value, change = name_of(session, spec, stored[spec.name]), theirs[spec.name]
        key = "errors.changed_meanwhile" if value else "errors.emptied_meanwhile"
        fields[spec.name] = (key, {"name": change.actor, "at": change.at, **({"value": value} if value else {})})
    kept = {name: text for name, text in stored.items() if name not in wanted}
    return Invalid(fields, shown={**kept, "rev": str(record.revision)})


def changes_since(
    session: Session, subject: str, subject_id: int, base: int, *, action: str | None = None
) -> dict[str, Change]:
    """What changed in a record after its revision ``base``, by field: through dialogs, or through ``action``."""
    statement = (
        sa.select(AuditEvent, Person.name)
        .outerjoin(Person, Person.id == AuditEvent.actor_id)
        .where(AuditEvent.subject == subject, AuditEvent.subject_id == subject_id)
        .where(AuditEvent.action == (action or f"{subject}.edited"))
        .order_by(AuditEvent.id)
    )
    found: dict[str, Change] = {}
    for event, name in session.execute(statement):
        after, before = event.after or {}, event.before or {}
        if int(after.get(REVISION, 0)) <= base:
            continue
        for field in after:
            if field != REVISION:
                first = found[field].before if field in found else str(before.get(field) or "")
                found[field] = Change(first, name or "", event.at)
    return found


def change(
    session: Session,
    record: Record,
    subject: str,
    values: Mapping[str, Any],
    *,
    actor: Person | None,
    now: datetime,
    specs: Sequence[FieldSpec] = (),
) -> tuple[str, ...]:
    """Set fields of a record and write the trail that :func:`save` merges by; returns what really changed.

    Each field that a dialog edits is changed here or in :func:`save`, also by automation; ``actor`` None: a deadline
    did it. ``specs`` says how people are written in the trail; fields without one are written as they are.
    """
    known = {spec.name: spec for spec in specs}
    before, after = {}, {}
    for name, value in values.items():
        spec = known.get(name, FieldSpec(name=name))
        old = text_of(session, spec, getattr(record, name))
        new = text_of(session, spec, value)
        if old != new:
            before[name], after[name] = old, new
            setattr(record, name, value)
    if not after:
        return ()
    record.revision += 1
    record.updated_at = now
    if hasattr(record, "updated_by_id"):
        record.updated_by_id = actor.id if actor else None
    session.flush()
    _mark_outside(session, record, now)
    audit.record(
        session,
        now=now,
        action=f"{subject}.edited",
        subject=subject,
        subject_id=record.id,
        actor_id=actor.id if actor else None,
        before=before,
        after={**after, REVISION: record.revision},
    )
    return tuple(after)


def _mark_outside(session: Session, record: Record, now: datetime) -> None:
    """What the other systems hold of the offer, or of the offer this record hangs on, is stale."""
    offer_id = getattr(record, "offer_id", None)
    offer = record if isinstance(record, Offer) else session.get(Offer, offer_id) if offer_id is not None else None
    if offer is not None:
        offer_changed(session, offer, now=now)


def locked(session: Session, model: type[R], record_id: int) -> R:
    """The record, which nobody else changes until this transaction ends; raises :class:`NotFound`, also when it was
    removed.
    """
    record = session.get(model, record_id, populate_existing=True, with_for_update=True)
    if record is None or getattr(record, "removed_at", None) is not None:
        raise NotFound
    return record
