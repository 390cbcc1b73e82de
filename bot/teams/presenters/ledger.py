"""How an offer stands in each system, as its card and the list of what is not fine show it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.errors import NotAllowed
from bot.sync import attention, conflicts
from bot.sync.business_central.by_hand import left_by_hand
from bot.sync.differences import Memory
from bot.sync.models import CHANNEL, DEAL_RECORD, RECORD, SYSTEM_OF, Kind, LedgerRow, LedgerState, System
from bot.sync.reconciler import Incomplete
from cards import words
from cards.texts import texts
from cards.verbs import FormCode, Verb
from cards.views.reader import Sentence, sentence
from cards.views.sync import SyncStep, SystemLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from bot.offers.models import Offer
    from bot.people.models import Person
    from bot.teams.context import Surroundings
    from cards.views.reader import Reader

NAMES = {
    System.TEAMS: "Teams",
    System.PIPEDRIVE: "Pipedrive",
    System.BUSINESS_CENTRAL: "Business Central",
    System.SHAREPOINT: "SharePoint",
    System.CALENDAR: "Outlook",
}
MEETINGS = (Kind.REVIEW_MEETING, Kind.KICK_OFF_MEETING)
ORDER = (Kind.SHARED_CARD, Kind.DEAL, Kind.ACTIVITIES, Kind.OPPORTUNITY, Kind.PROJECT, Kind.FOLDER, *MEETINGS)
RECORDS = {
    Kind.DEAL: "sync.record_deal",
    Kind.ACTIVITIES: "sync.record_activities",
    Kind.OPPORTUNITY: "sync.record_opportunity",
    Kind.PROJECT: "sync.record_project",
    Kind.FOLDER: "sync.record_folder",
    Kind.REVIEW_MEETING: "sync.record_review_meeting",
    Kind.KICK_OFF_MEETING: "sync.record_kick_off",
}
FIELDS = {
    Kind.DEAL: "deal",
    Kind.OPPORTUNITY: "opportunity",
    Kind.PROJECT: "project",
    **dict.fromkeys(MEETINGS, "meeting"),
}
WHY = {
    "Transient": "sync.why_away",
    "Authentication": "sync.why_not_accepted",
    "Configuration": "sync.why_settings",
    "OutcomeUnknown": "sync.why_unknown",
    "Conflict": "sync.why_overtaken",
    "Permanent": "sync.why_refused",
    "Drift": "sync.why_drift",
}
"""By the class of the error; any other is a defect of ours."""
FAILED = frozenset({LedgerState.RETRYING, LedgerState.MANUAL})
MISSING_IN_BC = "bc: "
ABSENT = {"gone": "sync.why_gone", "deal": "sync.why_no_deal"}
"""What waits for something that no dialog of an offer can give."""
FILLS = {"title": FormCode.IDENTITY, "salesperson": FormCode.BC_SALESPERSON, "contact": FormCode.BC_CONTACT}
"""The dialog that takes what is missing; any other name is an axis, which stands in the qualification."""
OF_KEEPERS = frozenset({FormCode.BC_SALESPERSON, FormCode.BC_CONTACT})


@dataclass(frozen=True, slots=True)
class Rights:
    """``fill``: may say what Business Central is told. ``part``: works on the offer, or sees to all records."""

    fill: bool = True
    part: bool = True


def rights_of(session: Session, offer: Offer, person: Person | None, reader: Reader) -> Rights:
    """What a person may do about an offer's records; everybody on a shared card, where the services refuse."""
    if person is None:
        return Rights()
    checks = (attention.require_fill, attention.require_look)
    return Rights(*(_passes(check, session, offer, person, reader) for check in checks))


def _passes(check: Any, session: Session, offer: Offer, person: Person, reader: Reader) -> bool:  # noqa: ANN401
    try:
        check(session, offer, person, reader.now)
    except NotAllowed:
        return False
    return True


def system_lines(
    session: Session, offer: Offer, around: Surroundings, reader: Reader, person: Person | None
) -> tuple[SystemLine, ...]:
    """One line for each record of an offer in a system that is configured, and for its message in the channel."""
    rows = _rows(session, offer, around)
    if not rows:
        return ()
    rights = rights_of(session, offer, person, reader)
    lines = [line_of(session, row, offer, around, reader, rights) for row in rows]
    return tuple(lines) if person is not None else tuple(_shared(line) for line in lines if _tells(line))


def _tells(line: SystemLine) -> bool:
    return line.state is not words.SyncState.PENDING or bool(line.url)


def _shared(line: SystemLine) -> SystemLine:
    """A shared card is not drawn again when a write has arrived: what is on its way would stay so for ever."""
    arriving = line.state is words.SyncState.PENDING and bool(line.url)
    return replace(line, state=words.SyncState.OK, since=None) if arriving else line


def _rows(session: Session, offer: Offer, around: Surroundings) -> list[LedgerRow]:
    """Nothing is looked for that cannot be there: most offers of a list have no number."""
    found: list[LedgerRow] = []
    if offer.tender_id is not None:
        message = sa.select(LedgerRow).where(
            LedgerRow.system == System.TEAMS,
            LedgerRow.kind == Kind.SHARED_CARD,
            LedgerRow.subject_id == offer.tender_id,
            LedgerRow.target == CHANNEL,
        )
        found += session.scalars(message)
    kinds = [kind for kind, system in SYSTEM_OF.items() if system in around.systems and kind in RECORDS]
    if offer.number is not None and kinds:
        records = sa.select(LedgerRow).where(
            LedgerRow.system.in_({SYSTEM_OF[kind] for kind in kinds}),
            LedgerRow.kind.in_(kinds),
            LedgerRow.subject_id == offer.id,
            LedgerRow.target == RECORD,
        )
        found += session.scalars(records)
    return sorted(found, key=lambda row: ORDER.index(row.kind))


def line_of(
    session: Session, row: LedgerRow, offer: Offer | None, around: Surroundings, reader: Reader, rights: Rights
) -> SystemLine:
    """How one row stands. ``offer``: None for a message that is about something else."""
    state = state_of(row)
    memory = Memory.of(row.remote) if row.kind in SYSTEM_OF else None
    stuck = state in {words.SyncState.RETRYING, words.SyncState.INCOMPLETE, words.SyncState.MANUAL}
    why, detail, steps = _why(session, row, offer, around, reader, rights)
    return SystemLine(
        system=NAMES[row.system],
        state=state,
        record=sentence(RECORDS[row.kind]) if row.kind in RECORDS else None,
        since=row.updated_at if state is words.SyncState.OK else row.first_tried_at or row.updated_at,
        why=why,
        detail=detail,
        url=(memory.url or "") if memory is not None else "",
        steps=steps,
        by_hand=tuple(left_by_hand(memory).items()) if memory is not None and row.kind is Kind.OPPORTUNITY else (),
        row_id=row.id,
        may_retry=stuck and rights.part and row.done_version < row.wanted_version,
        may_fill=rights.fill,
    )


def state_of(row: LedgerRow) -> words.SyncState:
    """What a row's state means to people: what is missing waits for them from the first look on."""
    if row.state is LedgerState.RETRYING and row.error_class == Incomplete.__name__:
        return words.SyncState.INCOMPLETE
    if row.state is LedgerState.OK and row.done_version < row.wanted_version:
        return words.SyncState.PENDING
    return words.SyncState(row.state.value)


def _why(
    session: Session, row: LedgerRow, offer: Offer | None, around: Surroundings, reader: Reader, rights: Rights
) -> tuple[Sentence | None, str, tuple[SyncStep, ...]]:
    """Why it is not fine, technical words of it, and what settles it."""
    state, error = state_of(row), row.error or ""
    if state is words.SyncState.CONFLICT:
        return _differing(session, row, reader)
    if state is words.SyncState.INCOMPLETE:
        return _incomplete(row, offer, around, reader, rights)
    if row.state in FAILED:
        return sentence(WHY.get(row.error_class or "", "sync.why_defect")), error, ()
    return None, "", ()


def _incomplete(
    row: LedgerRow, offer: Offer | None, around: Surroundings, reader: Reader, rights: Rights
) -> tuple[Sentence | None, str, tuple[SyncStep, ...]]:
    error = row.error or ""
    if error in ABSENT:
        return sentence(ABSENT[error]), "", ()
    if error.startswith(MISSING_IN_BC) and row.target == DEAL_RECORD:
        return _deal_lacks(row, error, around, reader)
    if not error.startswith(MISSING_IN_BC) or offer is None:
        return sentence("sync.why_incomplete"), error, ()
    names = _names_in(error)
    what = ", ".join(_missing_word(name, around, reader) for name in names)
    steps = tuple(step for name in names for step in _step(name, offer, around, reader, rights))
    return sentence("sync.why_missing", system=NAMES[row.system], what=what), "", steps


def _names_in(error: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in error.removeprefix(MISSING_IN_BC).split(",") if name.strip())


def _deal_lacks(
    row: LedgerRow, error: str, around: Surroundings, reader: Reader
) -> tuple[Sentence | None, str, tuple[SyncStep, ...]]:
    """What a deal made by hand lacks; all of it but the title is filled in on one form."""
    names = _names_in(error)
    words_of = {name: _missing_word(name, around, reader) for name in names}
    steps = tuple(
        SyncStep(label=words_of[name], verb=Verb.FORM_OPEN, id=row.subject_id, q=FormCode.DEAL_FILL.value)
        for name in names
        if name != "title"
    )
    what = ", ".join(words_of.values())
    return sentence("sync.why_missing", system=NAMES[row.system], what=what), "", steps


def _differing(session: Session, row: LedgerRow, reader: Reader) -> tuple[Sentence | None, str, tuple[SyncStep, ...]]:
    waiting = conflicts.open_on(session, row.id)
    if not waiting:
        return None, "", ()
    named = [(one.id, field_word(row.kind, one.field, reader, row)) for one in waiting]
    steps = tuple(SyncStep(label=name, verb=Verb.CONFLICT_SHOW, id=number) for number, name in named)
    return sentence("sync.why_conflict", what=", ".join(name for _number, name in named)), "", steps


def field_word(kind: Kind, field: str, reader: Reader, row: LedgerRow | None = None) -> str:
    """What a field of a record is called; Business Central's keep their English captions. Its bare name if unknown. A
    field of an activity (``3.subject``) says whose it is, by its subject where its ``row`` is given.
    """
    record, word = FIELDS.get(kind, ""), texts(reader.language)
    number, dot, name = field.partition(".")
    if dot:
        memory = Memory.of(row.remote) if row is not None else None
        subject = memory.agreed.get(f"{number}.subject") if memory is not None else None
        return word("sync.of_activity", what=word(f"sync.of_activity_{name}"), subject=subject or f"#{number}")
    key = f"sync.of_{record}_{field}"
    return word(key) if key in word else field


def _step(name: str, offer: Offer, around: Surroundings, reader: Reader, rights: Rights) -> Sequence[SyncStep]:
    code = FILLS.get(name, FormCode.QUALIFICATION)
    if name == "contact" and offer.contact_id is None and offer.client_id is None:
        code = FormCode.THIRD_PARTY
    if not (rights.fill if code in OF_KEEPERS else rights.part):
        return ()
    label = _missing_word(name, around, reader)
    return (SyncStep(label=label, verb=Verb.FORM_OPEN, id=offer.id, q=code.value),)


def _missing_word(name: str, around: Surroundings, reader: Reader) -> str:
    key, word = f"sync.missing_{name}", texts(reader.language)
    labels = {axis.code: axis.label.of(reader.language) for axis in around.company.lists.axes}
    return labels.get(name) or (word(key) if key in word else name)
