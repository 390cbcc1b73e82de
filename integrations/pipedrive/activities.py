"""Activities on deals: appointments, calls, tasks, hours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, time, timedelta
from typing import Annotated, Self

from pydantic import Field, PlainSerializer, StringConstraints, TypeAdapter, model_validator

from integrations.errors import Permanent
from integrations.pipedrive.channel import Channel, Operation
from integrations.pipedrive.values import Day, Id, Moment, Record, Title, Writing

CREATE_ACTIVITY = Operation("POST", "/api/v2/activities", 5)
UPDATE_ACTIVITY = Operation("PATCH", "/api/v2/activities/{id}", 5)
GET_ACTIVITY = Operation("GET", "/api/v2/activities/{id}", 1)
DELETE_ACTIVITY = Operation("DELETE", "/api/v2/activities/{id}", 3)
LIST_ACTIVITIES = Operation("GET", "/api/v2/activities", 10)

_NOT_FOUND = 404

_MINUTE = timedelta(minutes=1)


def _hours_and_minutes(length: timedelta) -> str:
    hours, minutes = divmod(length // _MINUTE, 60)
    return f"{hours:02d}:{minutes:02d}"


Duration = Annotated[
    timedelta,
    Field(ge=timedelta(0), lt=timedelta(hours=100)),
    PlainSerializer(_hours_and_minutes, return_type=str),
]
"""A length below a hundred hours; sent in whole minutes, rounded down."""

ClockTime = Annotated[time, PlainSerializer(lambda value: value.strftime("%H:%M"), return_type=str)]
"""A time of day in UTC; sent in whole minutes."""

Text = Annotated[str, StringConstraints(max_length=10_000)]


class Activity(Record):
    """An activity; ``due_time`` and ``duration`` are texts of hours and minutes, empty when there is none."""

    id: int
    subject: str
    type: str
    deal_id: int | None = None
    owner_id: int | None = None
    due_date: Day = None
    due_time: str | None = None
    duration: str | None = None
    done: bool = False
    note: str | None = None
    is_deleted: bool = False
    add_time: Moment | None = None
    update_time: Moment | None = None


class Participant(Writing):
    """A person (not a user) who takes part; the first one should be primary."""

    person_id: Id
    primary: bool = False


class ActivityChanges(Writing):
    """What to change; keys that are not given stay as they are, and nothing can be cleared."""

    subject: Title | None = None
    type: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    deal_id: Id | None = None
    owner_id: Id | None = None
    due_date: date | None = None
    due_time: ClockTime | None = None
    duration: Duration | None = None
    done: bool | None = None
    note: Text | None = None
    participants: tuple[Participant, ...] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("nothing to write")
        if stuck := [name for name in sorted(self.model_fields_set) if getattr(self, name) is None]:
            raise ValueError(f"cannot be cleared: {', '.join(stuck)}")
        return self


class ActivityWrite(ActivityChanges):
    """A new activity; ``type`` is a key such as ``call``, ``meeting`` or ``task``, which an account may change."""

    subject: Title
    type: Annotated[str, StringConstraints(min_length=1, max_length=64)]


_ACTIVITY = TypeAdapter(Activity)


class ActivityCalls(Channel):
    """Activities."""

    async def create_activity(self, activity: ActivityWrite) -> Activity:
        """Create an activity (5 tokens). Never sent twice."""
        return await self._data(_ACTIVITY, CREATE_ACTIVITY, payload=activity.body())

    async def update_activity(self, activity_id: int, changes: ActivityChanges) -> Activity:
        """Change an activity (5 tokens)."""
        return await self._data(_ACTIVITY, UPDATE_ACTIVITY, activity_id, payload=changes.body())

    async def get_activity(self, activity_id: int) -> Activity:
        """Read an activity (1 token). Deleted ones may still be given, with ``is_deleted``."""
        return await self._data(_ACTIVITY, GET_ACTIVITY, activity_id)

    async def delete_activity(self, activity_id: int) -> None:
        """Delete an activity (3 tokens); it is no error when it is gone already."""
        try:
            await self._ask(DELETE_ACTIVITY, activity_id)
        except Permanent as error:
            if error.status != _NOT_FOUND:
                raise

    async def activities(self, deal_id: int) -> AsyncIterator[Activity]:
        """Walk the activities of a deal (10 tokens per 500)."""
        async for activity in self._cursor_pages(_ACTIVITY, LIST_ACTIVITIES, params={"deal_id": str(deal_id)}):
            yield activity
