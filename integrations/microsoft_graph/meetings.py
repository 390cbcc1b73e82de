"""Meetings as this client writes and reads them. Only what may be written can be written; lengths are checked here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

_LONGEST_SUBJECT = 255
_LONGEST_BODY = 1_000_000
_MOST_ATTENDEES = 500
_Address = Annotated[str, StringConstraints(pattern=r"^[^\s@<>]+@[^\s@<>]+$", max_length=254)]
_Subject = Annotated[str, StringConstraints(min_length=1, max_length=_LONGEST_SUBJECT)]


class _Write(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Attendee(_Write):
    """Somebody to invite."""

    address: _Address
    name: Annotated[str, StringConstraints(max_length=256)] = ""
    required: bool = True

    def payload(self) -> dict[str, Any]:
        """Give Graph's ``attendee``."""
        person = {"address": self.address, "name": self.name} if self.name else {"address": self.address}
        return {"emailAddress": person, "type": "required" if self.required else "optional"}


class EventChange(_Write):
    """What of a meeting becomes different; ``None`` stays as it is.

    ``starts_at`` and ``ends_at`` are aware and come together; ``time_zone`` (IANA) is the one people see. The body
    cannot be changed: Outlook keeps the Teams link in it, and a new body would take the link away.
    """

    subject: _Subject | None = None
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    time_zone: str = "UTC"
    attendees: Annotated[tuple[Attendee, ...], Field(max_length=_MOST_ATTENDEES)] | None = None

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, OSError):
            raise ValueError("not an IANA time zone") from None
        return name

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if (self.starts_at is None) != (self.ends_at is None):
            raise ValueError("starts_at and ends_at come together")
        if self.starts_at is not None and self.ends_at is not None and self.ends_at <= self.starts_at:
            raise ValueError("a meeting ends after it starts")
        return self

    def payload(self) -> dict[str, Any]:
        """Give the properties of Graph's ``event`` that are wanted."""
        wanted: dict[str, Any] = {}
        if self.subject is not None:
            wanted["subject"] = self.subject
        if self.starts_at is not None and self.ends_at is not None:
            wanted["start"] = _moment(self.starts_at, self.time_zone)
            wanted["end"] = _moment(self.ends_at, self.time_zone)
        if self.attendees is not None:
            wanted["attendees"] = [attendee.payload() for attendee in self.attendees]
        return wanted


class EventWrite(EventChange):
    """A meeting to be made. The same ``transaction_id`` makes it once, however often it is sent to one calendar."""

    transaction_id: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    subject: _Subject
    body_html: Annotated[str, StringConstraints(max_length=_LONGEST_BODY)] = ""
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    attendees: Annotated[tuple[Attendee, ...], Field(max_length=_MOST_ATTENDEES)] = ()

    def creation(self, *, online: bool) -> dict[str, Any]:
        """Give Graph's ``event`` to be created; ``online`` gives it a Teams link."""
        wanted = self.payload() | {
            "transactionId": self.transaction_id,
            "body": {"contentType": "html", "content": self.body_html},
        }
        if online:
            wanted |= {"isOnlineMeeting": True, "onlineMeetingProvider": "teamsForBusiness"}
        return wanted


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Moment(_Read):
    moment: datetime = Field(validation_alias="dateTime")
    zone: str = Field(validation_alias="timeZone", pattern="^UTC$")

    @property
    def aware(self) -> datetime:
        return self.moment.replace(tzinfo=UTC) if self.moment.tzinfo is None else self.moment.astimezone(UTC)


class _OnlineMeeting(_Read):
    join_url: str | None = Field(default=None, validation_alias="joinUrl")


class _EmailAddress(_Read):
    address: str = ""
    name: str = ""


class _Invited(_Read):
    email: _EmailAddress = Field(validation_alias="emailAddress")


class Event(_Read):
    """A meeting in a calendar; ``web_link`` opens it in Outlook."""

    id: str = Field(min_length=1)
    subject: str | None = None
    web_link: str = Field(default="", validation_alias="webLink")
    is_cancelled: bool = Field(default=False, validation_alias="isCancelled")
    transaction_id: str | None = Field(default=None, validation_alias="transactionId")
    start: _Moment = Field(repr=False)
    end: _Moment = Field(repr=False)
    attendees: tuple[_Invited, ...] = Field(default=(), repr=False)
    online_meeting: _OnlineMeeting | None = Field(default=None, validation_alias="onlineMeeting", repr=False)

    @property
    def starts_at(self) -> datetime:
        """When it begins, aware, in UTC."""
        return self.start.aware

    @property
    def ends_at(self) -> datetime:
        """When it ends, aware, in UTC."""
        return self.end.aware

    @property
    def invited(self) -> tuple[tuple[str, str], ...]:
        """Address (in small letters) and name of everybody who is invited."""
        return tuple((one.email.address.casefold(), one.email.name) for one in self.attendees if one.email.address)

    @property
    def join_url(self) -> str | None:
        """The Teams link; ``None`` when the meeting has none (yet)."""
        return None if self.online_meeting is None else self.online_meeting.join_url


def _moment(moment: datetime, time_zone: str) -> dict[str, str]:
    local = moment.astimezone(ZoneInfo(time_zone))
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        # The hour that the clock shows twice in autumn: only UTC says which one is meant.
        local, time_zone = moment.astimezone(UTC), "UTC"
    return {"dateTime": local.replace(tzinfo=None).isoformat(timespec="seconds"), "timeZone": time_zone}
