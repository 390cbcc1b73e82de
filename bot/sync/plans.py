"""What the other systems should hold for an offer. Pure: facts and configuration in, values ready for JSON out.

The values are ours: a stage is our code, a person our id. The gateway of each system puts its own ids in their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.offers.models import OriginKind, Outcome
from bot.sync.models import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.config.models import Company
    from bot.sync.differences import Value
    from bot.sync.facts import OfferFacts

QUARTERS_PER_HOUR = 4
DESCRIPTION_LENGTH = 100
"""Characters that Business Central keeps of a description or a project's name."""
REASON_LENGTH = 150
DEAL_STATUS = {Outcome.OPEN: "open", Outcome.WON: "won"}
"""Every other outcome is lost over there."""
CUSTOM_FIELDS: dict[str, tuple[str, str]] = {
    "bid_ref": ("Bid ref", "varchar"),
    "offer_number": ("Offer number", "varchar"),
    "project_number": ("Project number", "varchar"),
    "offer_team": ("Offer team", "text"),
    "offer_hours": ("Offer hours", "double"),
    "submission_due": ("Submission due", "date"),
    "decision": ("Go/No-Go", "varchar"),
    "folder": ("Folder", "varchar"),
    "origin": ("Origin", "varchar"),
}
"""Pipedrive's custom fields: our name, the name people read, and the type. A deal is found by its ``bid_ref``."""


ORIGINS = {kind.value: kind.value.replace("_", " ").capitalize() for kind in OriginKind} | {
    OriginKind.WORKSHOP.value: "Technical workshop",
    OriginKind.ESA_PORTAL.value: "ESA portal",
    OriginKind.MANUAL.value: "Entered by hand",
}
"""Where a chance came from, in English, as the screens over there are."""


OFFER_REF = "OD-"
LEAD_REF = "OL-"


def lead_ref(lead_id: int) -> str:
    """What a lead is found by, and the deal that Pipedrive makes of it."""
    return f"{LEAD_REF}{lead_id}"


def bid_ref(facts: OfferFacts) -> str:
    """What a deal is found by, whatever else changes: our own sequence."""
    return f"{OFFER_REF}{facts.chrono}"


def title_of(facts: OfferFacts) -> str:
    """``S580 Title``, on one line."""
    return " ".join(f"{facts.number} {facts.title}".split())


def deal(facts: OfferFacts, company: Company) -> dict[str, Value]:
    """The deal. ``stage`` is our code and left out where an offer has ended; ``value`` is in ``currency``."""
    zone = company.holidays.time_zone
    wanted: dict[str, Value] = {
        "title": title_of(facts),
        "value": float(facts.amount) if facts.amount is not None else 0.0,
        "currency": facts.currency,
        "status": DEAL_STATUS.get(facts.outcome, "lost"),
        "expected_close_date": facts.expected_closing_on.isoformat() if facts.expected_closing_on else None,
        "bid_ref": bid_ref(facts),
        "offer_number": facts.number,
        "project_number": facts.project_number,
        "offer_team": ", ".join(dict.fromkeys(member.name for member in (facts.owner, *facts.team))),
        "offer_hours": facts.quarters / QUARTERS_PER_HOUR,
        "submission_due": _day(facts.submission_due_at, zone),
        "decision": _decision(facts, zone),
        "folder": facts.urls.get(Kind.FOLDER),
        "origin": ORIGINS[facts.origin],
    }
    if facts.outcome is Outcome.OPEN and facts.stage in company.systems.pipedrive.stages:
        wanted["stage"] = facts.stage
    if wanted["status"] == "lost":
        wanted["lost_reason"] = _reason(facts, company)[:REASON_LENGTH]
    return wanted


def _day(moment: datetime | None, zone: str) -> str | None:
    return moment.astimezone(ZoneInfo(zone)).date().isoformat() if moment is not None else None


def _decision(facts: OfferFacts, zone: str) -> str | None:
    if facts.decision is None:
        return None
    name = {"go": "Go", "no_go": "No-Go"}.get(facts.decision.value, facts.decision.value)
    return " ".join(part for part in (name, _day(facts.decided_at, zone)) if part)


def _reason(facts: OfferFacts, company: Company) -> str:
    """Why it ended, in English, as the screens over there are: the configured reason, and what somebody wrote."""
    labels = {reason.code: reason.label.en for stage in company.stages.stage for reason in stage.reasons}
    outcome = {Outcome.LOST: "Lost", Outcome.ABANDONED: "Abandoned", Outcome.NO_GO: "No-Go"}.get(facts.outcome, "")
    reason = labels.get(facts.end_reason or "", facts.end_reason or "")
    note = " ".join((facts.end_note or "").split())
    return ": ".join(part for part in (outcome, " – ".join(part for part in (reason, note) if part)) if part)


def opportunity(facts: OfferFacts, mapped: Mapping[str, str]) -> dict[str, Value]:
    """Business Central's opportunity: the fields its standard web service lets be written."""
    return {
        "number": facts.number,
        "description": " ".join(facts.title.split())[:DESCRIPTION_LENGTH],
        "contactNumber": contact_number(facts, mapped),
        "salespersonCode": mapped.get(f"person:{facts.owner.id}"),
    }


def contact_number(facts: OfferFacts, mapped: Mapping[str, str]) -> str | None:
    """The contact over there: of the person at the client, else of the nearest node of the client's tree."""
    names = [f"contact:{facts.contact_id}"] if facts.contact_id is not None else []
    names += [f"client:{client_id}" for client_id in reversed(facts.client_path)]
    return next((mapped[name] for name in names if name in mapped), None)


def missing(facts: OfferFacts, mapped: Mapping[str, str], company: Company) -> tuple[str, ...]:
    """What must be known before anything is written to Business Central: ``contact``, ``salesperson``, ``title``,
    ``category`` (a value of any axis), or the code of one axis.
    """
    known = {
        "contact": contact_number(facts, mapped),
        "salesperson": mapped.get(f"person:{facts.owner.id}"),
        "title": facts.title.strip(),
        "category": next(iter(facts.categories.values()), ""),
        **facts.categories,
    }
    return tuple(one for one in company.systems.business_central.mandatory if not known.get(one))


def by_hand(facts: OfferFacts) -> dict[str, str]:
    """What the standard web service cannot write: the English caption of each field, and the exact value."""
    values = {"Estimated Value": f"{facts.amount:.2f} {facts.currency}" if facts.amount is not None else ""}
    values["Estimated Closing Date"] = facts.expected_closing_on.isoformat() if facts.expected_closing_on else ""
    if facts.outcome is not Outcome.OPEN:
        values["Status"] = "Won" if facts.outcome is Outcome.WON else "Lost"
        values["Date Closed"] = facts.ended_on.isoformat() if facts.ended_on else ""
    return {caption: value for caption, value in values.items() if value}


def project(facts: OfferFacts) -> dict[str, Value]:
    """Business Central's project of a won offer."""
    return {
        "number": facts.project_number,
        "displayName": " ".join(facts.title.split())[:DESCRIPTION_LENGTH],
    }


@dataclass(frozen=True, slots=True)
class FolderPlan:
    """``name`` of the offer's folder, before what SharePoint forbids is taken out, and the folders in it."""

    name: str
    folders: tuple[str, ...]


def folder(facts: OfferFacts, company: Company) -> FolderPlan:
    """The folder tree of an offer."""
    return FolderPlan(title_of(facts), company.systems.sharepoint.folders)
