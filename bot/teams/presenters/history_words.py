"""What each action of the audit trail is called in a history. A test finds every action that the program writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sync.models import Kind, System
from bot.teams.presenters.ledger import NAMES, field_word
from bot.teams.presenters.offers import stage_label
from cards import words
from cards.views.reader import sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.offers.trail import Happening
    from bot.teams.context import Surroundings
    from cards.views.reader import Reader, Sentence

PLAIN = {
    "lead.added": "history.lead_added",
    "lead.edited": "history.lead_edited",
    "lead.arrived": "history.lead_arrived",
    "lead.restored": "history.lead_restored",
    "lead.picked_up": "history.lead_picked_up",
    "lead.opened_there": "history.lead_opened_there",
    "lead.archived_there": "history.lead_archived_there",
    "lead.deleted_there": "history.lead_deleted_there",
    "lead.converted_there": "history.lead_converted_there",
    "round.opened": "history.round_opened",
    "round.escalated": "history.round_escalated",
    "ballot.cast": "history.ballot_cast",
    "ballot.late": "history.ballot_came_late",
    "offer.post_award": "history.post_award",
    "review.asked": "history.review_asked",
    "review.closed": "history.review_closed",
    "handover.proposed": "history.handover_proposed",
    "handover.accepted": "history.handover_accepted",
    "handover.returned": "history.handover_returned",
    "budget.moved": "history.budget_moved",
    "checklist_item.ticked": "history.ticked",
    "checklist_item.unticked": "history.unticked",
    "hours.entered_for": "history.hours_entered_for",
    "hours.corrected": "history.hours_corrected",
    "hours.reminded": "history.hours_reminded",
    "hours.imported": "history.hours_imported",
    "rate.corrected": "history.rate_corrected",
    "rate.withdrawn": "history.rate_withdrawn",
    "absence.declared": "history.absence_declared",
    "absence.withdrawn": "history.absence_withdrawn",
    "person.registered": "history.person_registered",
    "person.profile": "history.person_profile",
    "person.roles": "history.person_roles",
    "role.given": "history.role_given",
    "role.taken": "history.role_taken",
    "deputy.declared": "history.deputy_declared",
    "deputy.withdrawn": "history.deputy_withdrawn",
    "channel.chosen": "history.channel_chosen",
    "tender.entered": "history.tender_entered",
    "tender.evaluating": "history.tender_evaluating",
    "tender.dismissed": "history.tender_dismissed",
}
"""Actions that need no value to be understood."""
VERBS = {
    "added": "offers.event_added",
    "edited": "offers.event_edited",
    "removed": "offers.event_removed",
    "restored": "offers.event_restored",
    "sent": "offers.event_sent",
    "answered": "offers.event_answered",
    "reopened": "offers.event_reopened",
    "submitted": "offers.event_submitted",
}
"""What may happen to any record, by the last word of the action."""
STAGED = frozenset({"offer.stage", "offer.opened"})
SETTLED = "sync.settled"
COMPARED = {
    System.PIPEDRIVE: Kind.DEAL,
    System.BUSINESS_CENTRAL: Kind.OPPORTUNITY,
    System.CALENDAR: Kind.REVIEW_MEETING,
}
"""The record whose fields are compared in each system."""
NOTHING = "–"
SAID: dict[str, Callable[[Happening], Sentence]] = {
    "offer.outcome": lambda event: sentence("offers.event_outcome", outcome=words.Outcome(event.after["outcome"])),
    "round.decided": lambda event: sentence("offers.event_decided", outcome=words.RoundOutcome(event.after["outcome"])),
    "offer.numbered": lambda event: sentence("offers.event_number", number=str(event.after.get("number", ""))),
    "offer.project_numbered": lambda event: sentence(
        "offers.event_number", number=str(event.after.get("project_number", ""))
    ),
    "offer.team": lambda event: sentence("offers.event_team", count=len(event.after)),
    "lead.dropped": lambda event: sentence("history.lead_dropped", reason=str(event.after.get("reason") or "")),
    "sync.code": lambda event: sentence("history.sync_code", code=_listed(event.after.values())),
    "sync.matched": lambda event: sentence("history.sync_matched", code=str(event.after.get("code") or "")),
    "sync.unmatched": lambda event: sentence("history.sync_unmatched", code=str(event.before.get("code") or "")),
    "sync.done_by_hand": lambda event: sentence("history.sync_by_hand", what=_listed(event.after)),
}
"""Actions that say more than their name."""


def said(event: Happening, around: Surroundings, reader: Reader) -> Sentence:
    """What happened, in a sentence."""
    if event.action in STAGED:
        return sentence("offers.event_stage", stage=stage_label(around, str(event.after.get("stage", "")), reader))
    if event.action == SETTLED:
        return _settled(event, reader)
    if event.action in SAID:
        return SAID[event.action](event)
    return sentence(PLAIN.get(event.action) or VERBS.get(event.action.rpartition(".")[2], "offers.event_other"))


def is_known(action: str) -> bool:
    """Whether an action has a sentence of its own, or one of its last word."""
    return action in STAGED | {SETTLED} | SAID.keys() | PLAIN.keys() or action.rpartition(".")[2] in VERBS


def _settled(event: Happening, reader: Reader) -> Sentence:
    """Which of two values somebody chose."""
    told = event.before
    system = System(told.get("system", System.PIPEDRIVE))
    return sentence(
        "history.sync_ours" if event.after.get("kept") == "ours" else "history.sync_theirs",
        system=NAMES[system],
        field=field_word(COMPARED.get(system, Kind.DEAL), str(told.get("field", "")), reader),
        ours=_shown(told.get("ours")),
        theirs=_shown(told.get("theirs")),
    )


def _shown(value: object) -> str:
    return NOTHING if value in (None, "", []) else ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _listed(values: Iterable[object]) -> str:
    return ", ".join(str(value) for value in values if value)
