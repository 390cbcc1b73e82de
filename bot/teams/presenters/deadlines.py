"""What is due, as a list and as the reminders of a morning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.deadlines import service as deadlines
from bot.deadlines.models import DueKind, Occasion
from bot.people import service as people
from bot.teams.answers import Answer, Show
from bot.teams.context import Payload, Turn
from bot.teams.dialogs.listing import PAGE, require_colleague
from cards.deadlines import MINE, deadlines_card
from cards.deadlines import morning_card as draw_morning
from cards.verbs import FormCode, ListCode, Verb
from cards.views.deadlines import DeadlineGroup, DeadlineLine, DeadlinesView, MorningView
from cards.views.reader import sentence
from cards.views.records import Press

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from bot.people.models import Person
    from bot.teams.context import Surroundings
    from cards.views.reader import Reader

DAYS = 30
"""How far ahead the list looks."""
WEEK = 7
MOST_PAGES = 200
SHOWN = 6
"""Lines of a morning's group; the rest waits in the list."""
FORMS = {
    DueKind.CLARIFICATION: FormCode.CLARIFICATION_ANSWER,
    DueKind.POINT: FormCode.POINT_EDIT,
    DueKind.PARTNER_QUOTE: FormCode.PARTNER_QUOTE_EDIT,
    DueKind.APPOINTMENT: FormCode.ACTIVITY_EDIT,
    DueKind.CALL: FormCode.ACTIVITY_EDIT,
    DueKind.TASK: FormCode.ACTIVITY_EDIT,
    DueKind.DEBRIEF: FormCode.LESSONS,
    DueKind.CLOSING: FormCode.QUALIFICATION,
}
OCCASIONS = {Occasion.OVERDUE: "deadlines.overdue", Occasion.COMING: "deadlines.coming"}


def deadlines_answer(turn: Turn, page: int, mine: bool) -> Answer:  # noqa: FBT001  what the command says
    """One page of what is overdue or due soon: the person's own, or everybody's."""
    require_colleague(turn)
    person_id = turn.person.id if mine else None
    today = people.today_of(turn.person, turn.now)
    time_zone = turn.company.holidays.time_zone
    page = min(max(page, 0), MOST_PAGES)
    found = deadlines.coming(
        turn.session,
        person_id=person_id,
        today=today,
        days=DAYS,
        limit=PAGE,
        offset=page * PAGE,
        time_zone=time_zone,
    )
    if page and not found.lines:
        return deadlines_answer(turn, 0, mine)
    following = None
    if not found.lines:
        following = deadlines.next_of(turn.session, person_id=person_id, today=today, time_zone=time_zone)
    view = DeadlinesView(
        groups=_by_day(found.lines, today, turn.person),
        mine=mine,
        total=found.total,
        days=DAYS,
        page=page,
        pages=min(max(1, -(-found.total // PAGE)), MOST_PAGES + 1),
        next=_line(following, turn.person) if following is not None else None,
    )
    return Show(deadlines_card, view, turn.reader)


def show_page(turn: Turn, _result: object) -> Answer:
    """The page that a button asks for."""
    payload = turn.payload(Payload)
    return deadlines_answer(turn, payload.id, payload.q == MINE)


def _by_day(lines: Sequence[deadlines.DueLine], today: date, person: Person) -> tuple[DeadlineGroup, ...]:
    late = [line for line in lines if line.due_on < today]
    soon = [line for line in lines if 0 <= (line.due_on - today).days <= WEEK]
    later = [line for line in lines if (line.due_on - today).days > WEEK]
    titled = (("deadlines.overdue", late), ("deadlines.week", soon), ("deadlines.later", later))
    return tuple(_group(title, group, person) for title, group in titled if group)


def _group(title: str, lines: Iterable[deadlines.DueLine], person: Person) -> DeadlineGroup:
    return DeadlineGroup(title=title, lines=tuple(_line(line, person) for line in lines))


def _line(line: deadlines.DueLine, person: Person) -> DeadlineLine:
    own = line.owner_id == person.id
    return DeadlineLine(
        what=sentence(f"deadlines.kind_{line.kind}"),
        title=line.title,
        offer=" ".join(part for part in (line.number, line.offer_title) if part),
        due_on=line.due_on,
        due_at=line.due_at,
        time=line.time,
        owner="" if own else line.owner,
        tap=_tap(line) if own else _offer(line),
    )


def _tap(line: deadlines.DueLine) -> Press:
    """What its owner does with it: the dialog that settles it, or the card that shows it."""
    form = FORMS.get(line.kind)
    if form is not None:
        return Press(label="frame.open", verb=Verb.FORM_OPEN, id=line.subject_id, q=form.value)
    if line.kind is DueKind.REVIEW:
        return Press(label="frame.open", verb=Verb.REVIEW_SHOW, id=line.subject_id)
    if line.kind is DueKind.KICK_OFF:
        return Press(label="frame.open", verb=Verb.HANDOVER_SHOW, id=line.offer_id)
    if line.kind is DueKind.VALIDITY:
        return Press(label="frame.open", verb=Verb.RECORDS_SHOW, id=line.offer_id, q=ListCode.QUOTES.value)
    return _offer(line)


def _offer(line: deadlines.DueLine) -> Press:
    return Press(label="frame.open", verb=Verb.OFFER_SHOW, id=line.offer_id)


def morning_card(
    session: Session, morning_id: int, person: Person | None, reader: Reader, around: Surroundings
) -> dict[str, Any] | None:
    """What is still to be said of a morning's reminders; nothing when everything was done meanwhile."""
    if person is None:
        return None
    found = deadlines.of_morning(session, morning_id, time_zone=around.company.holidays.time_zone)
    groups = tuple(
        _group(title, found[occasion][:SHOWN], person) for occasion, title in OCCASIONS.items() if found.get(occasion)
    )
    if not groups:
        return None
    hidden = sum(max(len(lines) - SHOWN, 0) for lines in found.values())
    return draw_morning(MorningView(groups=groups, hidden=hidden), reader)
