"""The activities of an offer, in our words and in Pipedrive's. Pure: no database, no network.

All of them are compared as one record whose fields are called ``3.subject``: the number of the activity on its offer,
and what of it.
"""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from html import escape, unescape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.config.models import Company
    from bot.sync.differences import Value
    from bot.sync.pipedrive.activity_facts import ActivityFacts, OfferActivities
    from bot.sync.pipedrive.values import Names
    from integrations.pipedrive import Activity

OPEN, DONE = "open", "done"
"""How an activity stands, as it is compared and shown."""
LONGEST_MINUTES = 99 * 60 + 59
"""What Pipedrive keeps of a length."""
_TAG = re.compile(r"<[^>]*>")
_BREAK = "<br>"
_UTC = " UTC"


def field_of(number: int, name: str) -> str:
    """What a value of an activity is called among those of all."""
    return f"{number}.{name}"


def number_of(field: str) -> int:
    """The activity that a field belongs to."""
    return int(field.partition(".")[0])


def values_of(values: Mapping[str, Value], number: int) -> dict[str, Value]:
    """Those of one activity, with the names they have among those of all."""
    return {field: value for field, value in values.items() if number_of(field) == number}


def marker_of(offer: OfferActivities, number: int) -> str:
    """What an activity of ours is recognised by; it stands at the end of its note."""
    return f"Offerdesk OD-{offer.chrono}/{number}"


def marked(note: str | None, marker: str) -> bool:
    """Whether a note over there ends with this mark."""
    return plain(note).endswith(marker)


def wanted_of(offer: OfferActivities, company: Company, names: Names) -> dict[str, Value]:
    """What we want of all activities; of an owner without a seat over there nothing is wanted."""
    return {
        field_of(one.number, name): value
        for one in offer.activities
        for name, value in _wanted(one, offer, company, names).items()
    }


def _wanted(facts: ActivityFacts, offer: OfferActivities, company: Company, names: Names) -> dict[str, Value]:
    seat = names.number(f"person:{facts.owner.id}")
    wanted: dict[str, Value] = {
        "subject": " ".join(facts.subject.split()),
        "type": getattr(company.systems.pipedrive.activities, facts.kind.value),
        "due": _due(facts),
        "minutes": min(facts.minutes, LONGEST_MINUTES) if facts.minutes else None,
        "state": DONE if facts.done else OPEN,
        "note": plain(note_html(facts, marker_of(offer, facts.number))),
    }
    return wanted | ({"owner": names.shown("owner", seat)} if seat is not None else {})


def _due(facts: ActivityFacts) -> str | None:
    if facts.at is not None:
        return f"{facts.at:%Y-%m-%d %H:%M}{_UTC}"
    return facts.day.isoformat() if facts.day is not None else None


def note_html(facts: ActivityFacts, marker: str) -> str:
    """What somebody wrote, where it is and what it links to, and the mark."""
    lines = [*facts.note.splitlines(), *([f"Place: {facts.place}"] if facts.place else []), *_linked(facts.link)]
    return _BREAK.join([*(escape(line) for line in lines), f"<i>{escape(marker)}</i>"])


def _linked(link: str) -> list[str]:
    return [f"Link: {link}"] if link else []


def plain(html: str | None) -> str:
    """The words of a note: the service may keep other HTML than was sent."""
    return " ".join(unescape(_TAG.sub(" ", html or "")).split())


def theirs_of(activity: Activity, number: int, names: Names) -> dict[str, Value]:
    """An activity as it stands over there, in our words."""
    theirs: dict[str, Value] = {
        "subject": activity.subject,
        "type": activity.type,
        "due": _their_due(activity),
        "minutes": _minutes(activity.duration),
        "state": DONE if activity.done else OPEN,
        "note": plain(activity.note),
        "owner": names.shown("owner", activity.owner_id) if activity.owner_id is not None else None,
    }
    return {field_of(number, name): value for name, value in theirs.items()}


def _their_due(activity: Activity) -> str | None:
    if activity.due_date is None:
        return None
    clock = (activity.due_time or "")[:5]
    return f"{activity.due_date} {clock}{_UTC}" if clock else activity.due_date.isoformat()


def _minutes(duration: str | None) -> int | None:
    """``01:30`` in minutes; nothing and no length are the same."""
    parts = (duration or "").split(":")
    return (int(parts[0]) * 60 + int(parts[1]) or None) if len(parts) > 1 else None


def loses_its_time(ours: str | None, theirs: str | None) -> bool:
    """Whether an activity becomes one of a whole day, from both ``due`` values: no call takes a time away."""
    return _UTC in (theirs or "") and _UTC not in (ours or "")


def writing_of(
    changes: Mapping[str, Value], facts: ActivityFacts, offer: OfferActivities, names: Names
) -> dict[str, Any]:
    """The keys of an `ActivityChanges` or `ActivityWrite` for changes of one activity."""
    body: dict[str, Any] = {}
    for field, value in changes.items():
        match field.partition(".")[2]:
            case "due" if value is not None:
                body["due_date"] = date.fromisoformat(value[:10])
                body |= {"due_time": time.fromisoformat(value[11:16])} if value.endswith(_UTC) else {}
            case "minutes":
                body["duration"] = timedelta(minutes=value or 0)
            case "state":
                body["done"] = value == DONE
            case "note":
                body["note"] = note_html(facts, marker_of(offer, facts.number))
            case "owner":
                body["owner_id"] = names.number(f"person:{facts.owner.id}")
            case "subject" | "type" as name:
                body[name] = value
    return body
