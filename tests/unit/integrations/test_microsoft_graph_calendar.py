"""Meetings are made once, stay as people changed them, and end quietly."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from integrations.errors import Conflict, Drift, Permanent
from integrations.microsoft_graph import Attendee, EventChange, EventWrite, refusal
from tests.unit.sandbox_graph.stage import USER, Stage, open_stage

PARIS = ZoneInfo("Europe/Paris")
STARTS = datetime(2026, 12, 1, 9, 30, tzinfo=PARIS)
HOUR = timedelta(hours=1)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with open_stage() as opened:
        yield opened


def review(**changes: Any) -> EventWrite:  # noqa: ANN401 - any field
    fields: dict[str, Any] = {
        "transaction_id": "review-580-1",
        "subject": "S580 – revue d’offre",
        "body_html": "<p>Ordre du jour</p>",
        "starts_at": STARTS,
        "ends_at": STARTS + HOUR,
        "time_zone": "Europe/Paris",
        "attendees": (Attendee(address="cto@supplier.example", name="CTO"), Attendee(address="pm@supplier.example")),
    }
    return EventWrite.model_validate(fields | changes)


async def test_a_meeting_with_a_teams_link(stage: Stage) -> None:
    event = await stage.graph.create_event(USER, review())
    assert (event.starts_at, event.ends_at) == (STARTS, STARTS + HOUR)
    assert event.starts_at.tzinfo is UTC
    assert event.join_url is not None
    assert event.join_url.startswith("https://teams.microsoft.com/")
    assert (event.subject, event.transaction_id, event.is_cancelled) == ("S580 – revue d’offre", "review-580-1", False)
    assert await stage.graph.event(USER, event.id) == event
    sent = stage.asked("POST")[0]["body"]
    assert sent["start"] == {"dateTime": "2026-12-01T09:30:00", "timeZone": "Europe/Paris"}
    assert [one["type"] for one in sent["attendees"]] == ["required", "required"]


async def test_a_meeting_without_a_link(stage: Stage) -> None:
    event = await stage.graph.create_event(USER, review(attendees=()), online=False)
    assert event.join_url is None
    assert "isOnlineMeeting" not in stage.asked("POST")[0]["body"]


async def test_a_meeting_is_made_once(stage: Stage) -> None:
    stage.fault(method="POST", lose_response=True)
    first = await stage.graph.create_event(USER, review())
    assert await stage.graph.create_event(USER, review()) == first
    assert len(stage.stand_in.state()["events"]) == 1


async def test_another_meeting_of_the_same_transaction_is_a_conflict(stage: Stage) -> None:
    await stage.graph.create_event(USER, review())
    with pytest.raises(Conflict) as caught:
        await stage.graph.create_event(USER, review(subject="Other"))
    assert refusal(caught.value).code == "ErrorDuplicateTransactionId"


async def test_a_change_leaves_the_rest(stage: Stage) -> None:
    event = await stage.graph.create_event(USER, review())
    later = EventChange(starts_at=STARTS + HOUR, ends_at=STARTS + 2 * HOUR, time_zone="Europe/Paris")
    moved = await stage.graph.update_event(USER, event.id, later)
    assert (moved.starts_at, moved.join_url, moved.subject) == (STARTS + HOUR, event.join_url, event.subject)
    renamed = await stage.graph.update_event(USER, event.id, EventChange(subject="S580 – revue 2", attendees=()))
    assert (renamed.subject, renamed.starts_at) == ("S580 – revue 2", STARTS + HOUR)
    assert stage.stand_in.state()["events"][0]["attendees"] == []


async def test_a_whole_meeting_as_a_change_keeps_the_link(stage: Stage) -> None:
    event = await stage.graph.create_event(USER, review())
    changed = await stage.graph.update_event(USER, event.id, review(subject="New", body_html="<p>New</p>"))
    assert (changed.subject, changed.join_url) == ("New", event.join_url)


async def test_a_cancelled_meeting_is_gone(stage: Stage) -> None:
    event = await stage.graph.create_event(USER, review())
    stage.fault(method="POST", lose_response=True)
    await stage.graph.cancel_event(USER, event.id, "No-Go")
    assert await stage.graph.event(USER, event.id) is None
    assert [gone["comment"] for gone in stage.stand_in.state()["cancelled"]] == ["No-Go"]
    with pytest.raises(Permanent):
        await stage.graph.update_event(USER, event.id, EventChange(subject="Too late"))


async def test_a_refused_cancellation_is_told(stage: Stage) -> None:
    event = await stage.graph.create_event(USER, review())
    stage.fault(status=403, body={"error": {"code": "ErrorAccessDenied"}})
    with pytest.raises(Permanent) as caught:
        await stage.graph.cancel_event(USER, event.id)
    assert refusal(caught.value).code == "ErrorAccessDenied"
    stage.fault(status=403)
    with pytest.raises(Permanent):
        await stage.graph.event(USER, event.id)
    with pytest.raises(ValueError, match="comment"):
        await stage.graph.cancel_event(USER, event.id, "x" * 10_001)


@pytest.mark.parametrize("fold", [0, 1])
async def test_the_hour_that_comes_twice_is_not_confused(stage: Stage, fold: int) -> None:
    starts = datetime(2027, 10, 31, 2, 30, tzinfo=PARIS, fold=fold)
    wanted = review(starts_at=starts.astimezone(UTC), ends_at=starts.astimezone(UTC) + HOUR)
    event = await stage.graph.create_event(USER, wanted)
    assert event.starts_at == starts.astimezone(UTC)
    assert event.ends_at - event.starts_at == HOUR


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": ""},
        {"subject": "x" * 256},
        {"transaction_id": ""},
        {"starts_at": STARTS.replace(tzinfo=None)},
        {"ends_at": STARTS},
        {"time_zone": "Europe/Nowhere"},
        {"time_zone": "../etc/passwd"},
        {"attendees": [{"address": "nobody"}]},
        {"attendees": [{"address": "a@b.example"}] * 501},
        {"is_cancelled": True},
    ],
)
def test_what_outlook_would_refuse_is_not_sent(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        review(**changes)


def test_a_start_comes_with_an_end() -> None:
    with pytest.raises(ValidationError, match="come together"):
        EventChange(starts_at=STARTS)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"id": "x", "start": {"dateTime": "2026-12-01T09:30:00", "timeZone": "Romance Standard Time"}, "end": {}},
    ],
)
async def test_what_is_no_event_is_drift(stage: Stage, body: dict[str, Any]) -> None:
    stage.fault(body=body)
    with pytest.raises(Drift):
        await stage.graph.event(USER, "x")
