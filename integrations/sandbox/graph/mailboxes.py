"""Calendars: events that are made once per transaction, with Teams links. No HTTP."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from integrations.sandbox.graph.refusals import RefusedError

Json = dict[str, Any]

_CHANGEABLE = frozenset({"subject", "body", "start", "end", "attendees"})
WRITABLE = _CHANGEABLE | {"isOnlineMeeting", "onlineMeetingProvider", "transactionId"}
"""What of an event a client may give; everything else is Outlook's."""

_LONGEST_SUBJECT = 255
_MOST_ATTENDEES = 500


class Mailboxes:
    """The calendars of whoever is asked for."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """``now`` gives aware UTC."""
        self._now = now
        self._made = 0
        self._asked: dict[tuple[str, str], tuple[Json, str]] = {}
        self.events: dict[str, Json] = {}
        self.owners: dict[str, str] = {}
        self.cancelled: list[Json] = []

    def create(self, user_id: str, wanted: Json) -> Json:
        """Make an event; the same transaction with the same content gives the one that is there."""
        _check(wanted, WRITABLE)
        _check_times(wanted)
        transaction = wanted.get("transactionId")
        before = self._asked.get((user_id, str(transaction))) if transaction is not None else None
        if before is not None:
            return self._repeated(before, wanted)
        event = self._new(user_id, wanted)
        if transaction is not None:
            self._asked[user_id, str(transaction)] = (wanted, event["id"])
        return event

    def get(self, user_id: str, event_id: str) -> Json:
        """Give an event; refuses one that is not, or no longer, in this calendar."""
        event = self.events.get(event_id)
        if event is None or self.owners[event_id] != user_id.casefold():
            raise _gone()
        return event

    def change(self, user_id: str, event_id: str, wanted: Json) -> Json:
        """Change an event. A body without the Teams link takes the online meeting away, as in Outlook."""
        event = self.get(user_id, event_id)
        _check(wanted, _CHANGEABLE)
        both = {name: event[name] for name in ("start", "end")} | wanted
        _check_times(both)
        fresh = dict(wanted) | {name: _in_utc(both[name]) for name in ("start", "end")}
        if "attendees" in wanted:
            fresh["attendees"] = _invited(wanted["attendees"])
        event |= fresh
        if (
            "body" in wanted
            and event["onlineMeeting"]
            and event["onlineMeeting"]["joinUrl"] not in event["body"]["content"]
        ):
            event |= {"isOnlineMeeting": False, "onlineMeetingProvider": "unknown", "onlineMeeting": None}
        self._stamp(event)
        return event

    def cancel(self, user_id: str, event_id: str, comment: str) -> None:
        """Cancel an event: it leaves the calendar and its attendees are told."""
        event = self.get(user_id, event_id)
        del self.events[event_id]
        self.cancelled.append({**event, "isCancelled": True, "comment": comment})

    def delete(self, user_id: str, event_id: str) -> None:
        """Delete an event."""
        self.get(user_id, event_id)
        del self.events[event_id]

    def _repeated(self, before: tuple[Json, str], wanted: Json) -> Json:
        content, event_id = before
        if content != wanted or event_id not in self.events:
            raise RefusedError(
                409,
                "ErrorDuplicateTransactionId",
                "The TransactionId specified in the request has already been used to create a different event.",
            )
        return self.events[event_id]

    def _new(self, user_id: str, wanted: Json) -> Json:
        self._made += 1
        digest = hashlib.blake2b(f"event {self._made}".encode(), digest_size=45).digest()
        event_id = f"AAMk{base64.urlsafe_b64encode(digest).decode()}AAA="
        online = wanted.get("isOnlineMeeting") is True
        join = f"https://teams.microsoft.com/l/meetup-join/{digest.hex()[:32]}" if online else None
        body = dict(wanted.get("body") or {"contentType": "html", "content": ""})
        if join:
            body["content"] += f'<p><a href="{join}">Microsoft Teams</a></p>'
        event = {
            "id": event_id,
            "createdDateTime": _precise(self._now()) + "Z",
            "subject": wanted.get("subject", ""),
            "body": body,
            "start": _in_utc(wanted["start"]),
            "end": _in_utc(wanted["end"]),
            "originalStartTimeZone": wanted["start"]["timeZone"],
            "originalEndTimeZone": wanted["end"]["timeZone"],
            "attendees": _invited(wanted.get("attendees", [])),
            "isCancelled": False,
            "isOrganizer": True,
            "isOnlineMeeting": online,
            "onlineMeetingProvider": "teamsForBusiness" if online else "unknown",
            "onlineMeeting": {"joinUrl": join} if join else None,
            "transactionId": wanted.get("transactionId"),
            "webLink": f"https://outlook.office365.com/owa/?itemid={event_id}",
        }
        self._stamp(event)
        self.events[event_id] = event
        self.owners[event_id] = user_id.casefold()
        return event

    def _stamp(self, event: Json) -> None:
        event["lastModifiedDateTime"] = _precise(self._now()) + "Z"
        version = int(event.get("@odata.etag", 'W/"0"')[3:-1]) + 1
        event["@odata.etag"] = f'W/"{version}"'


def _check(wanted: Json, allowed: frozenset[str]) -> None:
    for name in wanted.keys() - allowed:
        raise RefusedError(400, "RequestBodyRead", f"The property '{name}' cannot be written.")
    subject, body = wanted.get("subject", ""), wanted.get("body", {"contentType": "html", "content": ""})
    if not isinstance(subject, str) or len(subject) > _LONGEST_SUBJECT:
        raise _invalid("subject")
    if not _has(body, contentType=str, content=str) or body["contentType"].lower() not in {"html", "text"}:
        raise _invalid("body")
    _invited(wanted.get("attendees", []))
    if not isinstance(wanted.get("isOnlineMeeting", False), bool):
        raise _invalid("isOnlineMeeting")
    if wanted.get("onlineMeetingProvider", "teamsForBusiness") != "teamsForBusiness":
        raise _invalid("onlineMeetingProvider")
    if not isinstance(wanted.get("transactionId", ""), str):
        raise _invalid("transactionId")


def _check_times(wanted: Json) -> None:
    if _moment(wanted.get("end")) < _moment(wanted.get("start")):
        raise RefusedError(400, "ErrorCalendarEndDateIsEarlierThanStartDate", "The end is before the start.")


def _moment(value: object) -> datetime:
    """A dateTimeTimeZone as a moment. IANA names are understood; of the Windows names only UTC."""
    if not isinstance(value, dict) or not _has(value, dateTime=str, timeZone=str):
        raise _invalid("start or end")
    try:
        zone = ZoneInfo(value["timeZone"])
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise RefusedError(400, "TimeZoneNotSupportedException", "The time zone is not supported.") from None
    try:
        moment = datetime.fromisoformat(value["dateTime"])
    except ValueError:
        raise _invalid("start or end") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _in_utc(value: object) -> Json:
    return {"dateTime": f"{_precise(_moment(value))}", "timeZone": "UTC"}


def _precise(moment: datetime) -> str:
    """Outlook writes seven digits after the second."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}0"


def _invited(value: object) -> list[Json]:
    if not isinstance(value, list) or len(value) > _MOST_ATTENDEES:
        raise _invalid("attendees")
    return [_attendee(one) for one in value]


def _attendee(value: object) -> Json:
    if not isinstance(value, dict) or value.keys() - {"emailAddress", "type"}:
        raise _invalid("attendees")
    person = value.get("emailAddress")
    if not isinstance(person, dict) or person.keys() - {"address", "name"} or "@" not in str(person.get("address")):
        raise _invalid("attendees")
    if value.get("type", "required") not in {"required", "optional", "resource"}:
        raise _invalid("attendees")
    return {
        "type": value.get("type", "required"),
        "emailAddress": {"name": person.get("name", person["address"]), "address": person["address"]},
        "status": {"response": "none", "time": "0001-01-01T00:00:00Z"},
    }


def _has(value: object, **types: type) -> bool:
    return (
        isinstance(value, Mapping)
        and value.keys() == types.keys()
        and all(isinstance(value[name], kind) for name, kind in types.items())
    )


def _invalid(name: str) -> RefusedError:
    return RefusedError(400, "ErrorInvalidProperty", f"The property {name} is not valid.")


def _gone() -> RefusedError:
    return RefusedError(404, "ErrorItemNotFound", "The specified object was not found in the store.")
