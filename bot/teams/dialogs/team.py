"""Who is on an offer, with planned and spent hours; and the offer's own plan."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bot.hours import effort
from bot.hours.rules import QUARTERS_PER_HOUR
from bot.offers import record, team
from bot.offers.fields import MEMBER_FIELDS, NEW_MEMBER_FIELDS, PLAN_FIELDS
from bot.people import service as people
from bot.people.service import today_of
from bot.records import service as records
from bot.teams.dialogs.base import OfferDialog, Opened, defaults
from bot.teams.dialogs.listing import form, may_write, page_of, to_read, to_write
from cards.formats import hours
from cards.verbs import FormCode, ListCode, Verb
from cards.views.reader import Sentence, sentence
from cards.views.records import Press, RecordLine, RecordListView
from cards.words import Tone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.hours.effort import Plan
    from bot.offers.models import Offer, TeamMember
    from bot.people.models import Person
    from bot.records.fields import FieldSpec
    from bot.teams.context import Turn

Member = tuple["TeamMember", "Person"]
ALONE = 1


def _shown_hours(turn: Turn, quarters: int) -> str:
    """Quarter hours in the person's writing."""
    return hours(Decimal(quarters) / QUARTERS_PER_HOUR, turn.reader.language)


def _as_typed(turn: Turn, values: dict[str, str]) -> dict[str, str]:
    """The stored texts with planned hours as the person would type them: ``7,5`` instead of ``7.50``."""
    plain = values["planned_hours"].rstrip("0").rstrip(".") if "." in values["planned_hours"] else ""
    return values | {"planned_hours": plain.replace(".", ",") if turn.reader.language == "fr" else plain}


# Adding and editing


def _new_fields(_turn: Turn, _number: int) -> tuple[FieldSpec, ...]:
    return NEW_MEMBER_FIELDS


def _fields(_turn: Turn, _number: int) -> tuple[FieldSpec, ...]:
    return MEMBER_FIELDS


def _open_add(turn: Turn, offer_id: int) -> Opened:
    offer = to_write(turn, offer_id, team=False)
    today = today_of(turn.person, turn.now).isoformat()
    return Opened(offer=offer.full_name, values=defaults(NEW_MEMBER_FIELDS, joined_on=today))


def _add(turn: Turn, offer_id: int, typed: Mapping[str, str], _rev: int) -> TeamMember:
    return team.add(turn.session, offer_id, NEW_MEMBER_FIELDS, typed, actor=turn.person, now=turn.now)


def _said_added(turn: Turn, stay: TeamMember | None) -> Sentence:
    if stay is None:
        return sentence("team.said_kept")
    name = people.by_id(turn.session, stay.person_id).name
    if stay.gone:
        return sentence("team.said_past", name=name)
    size = _size(team.members_of(turn.session, stay.offer_id))
    if size > turn.company.rules.hours.team_hint_above:
        return sentence("team.said_added_many", name=name, size=size)
    return sentence("team.said_added", name=name)


def _open_edit(turn: Turn, member_id: int) -> Opened:
    stay = team.by_id(turn.session, member_id)
    offer = to_write(turn, stay.offer_id, team=False)
    name = people.by_id(turn.session, stay.person_id).name
    return Opened(
        offer=offer.full_name,
        values=_as_typed(turn, records.texts_of(turn.session, stay, MEMBER_FIELDS)),
        revision=stay.revision,
        notes=(sentence("team.note_member", name=name),),
    )


def _edit(turn: Turn, member_id: int, typed: Mapping[str, str], rev: int) -> TeamMember:
    stay, _names = team.edit(turn.session, member_id, MEMBER_FIELDS, typed, base=rev, actor=turn.person, now=turn.now)
    return stay


def _said_edited(turn: Turn, stay: TeamMember | None) -> Sentence:
    if stay is None:
        return sentence("team.said_kept")
    name = people.by_id(turn.session, stay.person_id).name
    return sentence("team.said_past" if stay.gone else "team.said_edited", name=name)


# The plan


def _plan_fields(_turn: Turn, _number: int) -> tuple[FieldSpec, ...]:
    return PLAN_FIELDS


def _open_plan(turn: Turn, offer_id: int) -> Opened:
    offer = to_write(turn, offer_id)
    values = _as_typed(turn, records.texts_of(turn.session, offer, PLAN_FIELDS))
    return Opened(
        offer=offer.full_name,
        values=values,
        revision=offer.revision,
        notes=(_estimate(turn, offer),),
    )


def _estimate(turn: Turn, offer: Offer) -> Sentence:
    """What counts while the field is empty."""
    estimated = effort.estimate_of(turn.session, offer.id)
    if estimated is None:
        return sentence("team.note_no_estimate")
    return sentence("team.note_estimate", hours=_shown_hours(turn, estimated))


def _plan(turn: Turn, offer_id: int, typed: Mapping[str, str], base: int) -> Offer:
    offer, _names = record.save(
        turn.session,
        offer_id,
        PLAN_FIELDS,
        typed,
        base=base,
        actor=turn.person,
        now=turn.now,
        company=turn.company,
    )
    return offer


def _said_planned(turn: Turn, offer: Offer | None) -> Sentence:
    plan = effort.plan_of(turn.session, offer) if offer is not None else None
    return sentence("team.said_kept") if plan is None else _planned(turn, plan)


def _planned(turn: Turn, plan: Plan) -> Sentence:
    return sentence(f"team.plan_{plan.source.value}", hours=_shown_hours(turn, plan.quarters))


# The list


def _list(turn: Turn, offer_id: int, page: int) -> RecordListView:
    offer = to_read(turn, offer_id)
    found = team.members_of(turn.session, offer_id)
    listed = page_of(found, page)
    spent = effort.spent_by(turn.session, offer_id)
    steers = may_write(turn, offer, team=False)
    buttons: tuple[Press, ...] = (form("team.button_add", FormCode.MEMBER_ADD, offer_id, main=True),) if steers else ()
    if may_write(turn, offer):
        buttons += (form("team.button_plan", FormCode.PLAN, offer_id),)
    return RecordListView(
        code=ListCode.TEAM,
        offer_id=offer_id,
        offer=offer.full_name,
        title="team.list_title",
        empty="team.empty",
        lines=tuple(_line(turn, one, found, spent, steers=steers) for one in listed.items),
        total=listed.total,
        page=listed.number,
        pages=listed.pages,
        summary=_summary(turn, offer, sum(spent.values())),
        notes=tuple(note for note in (_difference(turn, offer, found), _hint(turn, found)) if note is not None),
        buttons=buttons,
    )


def _summary(turn: Turn, offer: Offer, spent: int) -> Sentence:
    """The plan and what is spent of it, saying which plan it is."""
    plan = effort.plan_of(turn.session, offer)
    if plan is None:
        return sentence("team.summary_unplanned", spent=_shown_hours(turn, spent))
    planned = _shown_hours(turn, plan.quarters)
    return sentence(f"team.summary_{plan.source.value}", spent=_shown_hours(turn, spent), planned=planned)


def _difference(turn: Turn, offer: Offer, found: Sequence[Member]) -> Sentence | None:
    """What the people's plans add up to, where that is not the offer's."""
    plan = effort.plan_of(turn.session, offer)
    people_s = effort.planned_for(stay for stay, _person in found)
    if people_s is None or plan is None or people_s == plan.quarters:
        return None
    key = "team.people_more" if people_s > plan.quarters else "team.people_less"
    apart = _shown_hours(turn, abs(people_s - plan.quarters))
    return sentence(key, planned=_shown_hours(turn, people_s), difference=apart)


def _hint(turn: Turn, found: Sequence[Member]) -> Sentence | None:
    """Whether the team is unusually small or large; both are allowed."""
    size, limit = _size(found), turn.company.rules.hours.team_hint_above
    if size > limit:
        return sentence("team.hint_large", size=size, limit=limit)
    return sentence("team.hint_alone") if size == ALONE else None


def _size(found: Sequence[Member]) -> int:
    """How many are on the team now."""
    return sum(not stay.gone for stay, _person in found)


def _line(turn: Turn, one: Member, found: Sequence[Member], spent: Mapping[int, int], *, steers: bool) -> RecordLine:
    stay, person = one
    newest = next(other for other, who in found if who.id == person.id)
    said = [_stay(stay)]
    # Hours belong to the person, not to one of several stays: they stand at the newest.
    if newest.id == stay.id or stay.planned_hours is not None:
        said.append(_effort(turn, stay, spent.get(person.id, 0)))
    return RecordLine(
        title=person.name,
        state=sentence("team.state_gone") if stay.gone else sentence(f"team.role_{stay.role.value}"),
        tone=Tone.DEFAULT if stay.gone else Tone.ACCENT,
        lines=tuple(said),
        buttons=_buttons(turn, stay, found, steers=steers),
    )


def _stay(stay: TeamMember) -> Sentence:
    if stay.left_on is None:
        return sentence("team.line_since", day=stay.joined_on)
    return sentence("team.line_until", first=stay.joined_on, last=stay.left_on)


def _effort(turn: Turn, stay: TeamMember, spent: int) -> Sentence:
    said = _shown_hours(turn, spent)
    if stay.planned_hours is None:
        return sentence("team.line_spent", spent=said)
    planned = _shown_hours(turn, effort.quarters_of(stay.planned_hours))
    return sentence("team.line_planned", spent=said, planned=planned)


def _buttons(turn: Turn, stay: TeamMember, found: Sequence[Member], *, steers: bool) -> tuple[Press, ...]:
    buttons: tuple[Press, ...] = (form("records.edit", FormCode.MEMBER_EDIT, stay.id),) if steers else ()
    # The offer rides along: a repeated press is answered with its list.
    where = f"{ListCode.TEAM.value}/{stay.offer_id}"
    if not stay.gone and (steers or stay.person_id == turn.person.id):
        buttons += (Press(label="team.button_leave", verb=Verb.RECORD_REMOVE, id=stay.id, q=where),)
    there = any(other.person_id == stay.person_id and not other.gone for other, _person in found)
    newest = next(other for other, _person in found if other.person_id == stay.person_id)
    if steers and not there and newest.id == stay.id:
        buttons += (Press(label="team.button_back", verb=Verb.RECORD_RESTORE, id=stay.id, q=where),)
    return buttons


def _take(turn: Turn, member_id: int, away: bool) -> int:  # noqa: FBT001  as the table calls it
    move = team.leave if away else team.come_back
    return move(turn.session, member_id, actor=turn.person, now=turn.now).offer_id


DIALOGS = {
    FormCode.MEMBER_ADD: OfferDialog(
        domain="team",
        title="add_title",
        button="add_button",
        fields=_new_fields,
        opened=_open_add,
        save=_add,
        said=_said_added,
    ),
    FormCode.MEMBER_EDIT: OfferDialog(
        domain="team",
        title="edit_title",
        button="save",
        fields=_fields,
        opened=_open_edit,
        save=_edit,
        said=_said_edited,
    ),
    FormCode.PLAN: OfferDialog(
        domain="team",
        title="plan_title",
        button="save",
        fields=_plan_fields,
        opened=_open_plan,
        save=_plan,
        said=_said_planned,
    ),
}
LISTS = {ListCode.TEAM: _list}
REMOVABLE = {ListCode.TEAM: _take}
