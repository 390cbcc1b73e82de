"""Every request of the client, and every answer of the stand-in, against tables of Microsoft Graph's resources.

Microsoft publishes no machine-readable contract small enough to keep beside this repository. The tables below are
written from its public documentation of driveItem, drive, uploadSession, event and error: which properties there are,
of which type, which are always there, and which a client may not write.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import orjson
import pytest

from integrations.errors import Permanent
from integrations.microsoft_graph import Attendee, EventChange, EventWrite
from tests.unit.sandbox_graph.stage import USER, Stage, open_stage

Shape = Mapping[str, "Property"]


@dataclass(frozen=True)
class Property:
    """One property: its type (or the shape of what it holds), always there or not, writable or not."""

    kind: type | str
    required: bool = False
    read_only: bool = False
    many: bool = False
    pattern: str = ""
    nullable: bool = False


def _given(kind: type | str = str, *, required: bool = True, pattern: str = "", nullable: bool = False) -> Property:
    return Property(kind, required=required, read_only=True, pattern=pattern, nullable=nullable)


STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z"
LOCAL = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?"
URL = r"https?://\S+"

SHAPES: Mapping[str, Shape] = {
    "drive": {
        "id": _given(),
        "name": _given(),
        "driveType": _given(pattern="personal|business|documentLibrary"),
        "webUrl": _given(pattern=URL),
    },
    "driveItem": {
        "id": _given(),
        "name": Property(str, required=True),
        "webUrl": _given(pattern=URL),
        "eTag": _given(),
        "cTag": _given(required=False),
        "size": _given(int),
        "createdDateTime": _given(required=False, pattern=STAMP),
        "lastModifiedDateTime": _given(required=False, pattern=STAMP),
        "parentReference": Property("itemReference"),
        "folder": Property("folder"),
        "file": _given("file", required=False),
        "root": _given("root", required=False),
        "@microsoft.graph.conflictBehavior": Property(str, pattern="fail|replace|rename"),
    },
    "driveItemChange": {"name": Property(str), "parentReference": Property("itemReference")},
    "itemReference": {
        "id": Property(str),
        "driveId": Property(str),
        "driveType": _given(required=False),
        "path": _given(required=False, pattern="/drives/.+/root:.*"),
    },
    "folder": {"childCount": _given(int, required=False)},
    "file": {"mimeType": _given()},
    "root": {},
    "page": {
        "value": Property("driveItem", required=True, many=True),
        "@odata.nextLink": Property(str, pattern=URL),
    },
    "uploadRequest": {"item": Property("uploadable")},
    "uploadable": {
        "@microsoft.graph.conflictBehavior": Property(str, pattern="fail|replace|rename"),
        "name": Property(str),
        "fileSize": Property(int),
    },
    "uploadSession": {
        "uploadUrl": _given(required=False, pattern=URL),
        "expirationDateTime": _given(pattern=STAMP),
        "nextExpectedRanges": Property(str, required=True, read_only=True, many=True, pattern=r"\d+-\d*"),
    },
    "event": {
        "@odata.etag": _given(),
        "id": _given(),
        "createdDateTime": _given(pattern=STAMP),
        "lastModifiedDateTime": _given(pattern=STAMP),
        "subject": Property(str),
        "body": Property("itemBody"),
        "start": Property("dateTimeTimeZone", required=True),
        "end": Property("dateTimeTimeZone", required=True),
        "originalStartTimeZone": _given(required=False),
        "originalEndTimeZone": _given(required=False),
        "attendees": Property("attendee", many=True),
        "isCancelled": _given(bool),
        "isOrganizer": _given(bool),
        "isOnlineMeeting": Property(bool),
        "onlineMeetingProvider": Property(str, pattern="unknown|teamsForBusiness"),
        "onlineMeeting": _given("onlineMeetingInfo", required=False, nullable=True),
        "transactionId": Property(str, nullable=True),
        "webLink": _given(pattern=URL),
    },
    "eventChange": {
        "subject": Property(str),
        "body": Property("itemBody"),
        "start": Property("dateTimeTimeZone"),
        "end": Property("dateTimeTimeZone"),
        "attendees": Property("attendee", many=True),
    },
    "itemBody": {
        "contentType": Property(str, required=True, pattern="html|text"),
        "content": Property(str, required=True),
    },
    "dateTimeTimeZone": {
        "dateTime": Property(str, required=True, pattern=LOCAL),
        "timeZone": Property(str, required=True),
    },
    "attendee": {
        "emailAddress": Property("emailAddress", required=True),
        "type": Property(str, pattern="required|optional|resource"),
        "status": _given("responseStatus", required=False),
    },
    "emailAddress": {"address": Property(str, required=True), "name": Property(str)},
    "responseStatus": {"response": _given(), "time": _given(pattern=STAMP)},
    "onlineMeetingInfo": {"joinUrl": _given(pattern=URL)},
    "cancellation": {"comment": Property(str)},
    "error": {"error": Property("errorDetail", required=True)},
    "errorDetail": {
        "code": Property(str, required=True),
        "message": Property(str, required=True),
        "innerError": Property("innerError"),
    },
    "innerError": {
        "code": Property(str),
        "date": Property(str, required=True, pattern=LOCAL),
        "request-id": Property(str, required=True),
        "client-request-id": Property(str),
    },
}

DRIVE = r"/graph/v1\.0/drives/[^/:]+"
ITEM = rf"{DRIVE}/(root|items/[^/:]+)"
PATH = r":/[^:]+"
EVENTS = r"/graph/v1\.0/users/[^/]+/events"


@dataclass(frozen=True)
class Route:
    """One call of Graph: what may be sent and what comes back, by status; ``None`` is no JSON."""

    method: str
    path: str
    query: frozenset[str]
    sent: str | None
    answers: Mapping[int, str | None]
    headers: Mapping[str, str] = field(default_factory=dict)


SELECT = frozenset({"$select"})
NOTHING: frozenset[str] = frozenset()
ROUTES = (
    Route("GET", DRIVE, SELECT, None, {200: "drive"}),
    Route("GET", f"{ITEM}({PATH})?", SELECT, None, {200: "driveItem"}),
    Route("GET", f"{ITEM}/children", SELECT | {"$top", "$skiptoken"}, None, {200: "page"}),
    Route("POST", f"{ITEM}/children", NOTHING, "driveItem", {201: "driveItem"}),
    Route("PATCH", ITEM, NOTHING, "driveItemChange", {200: "driveItem"}, {"If-Match": '".+"'}),
    Route(
        "PUT",
        f"{ITEM}{PATH}:/content",
        frozenset({"@microsoft.graph.conflictBehavior"}),
        None,
        {200: "driveItem", 201: "driveItem"},
    ),
    Route("POST", f"{ITEM}{PATH}:/createUploadSession", NOTHING, "uploadRequest", {200: "uploadSession"}),
    Route(
        "PUT",
        "/graph/upload",
        frozenset({"tempauth"}),
        None,
        {200: "driveItem", 201: "driveItem", 202: "uploadSession"},
        {"Content-Range": r"bytes \d+-\d+/\d+"},
    ),
    Route("GET", "/graph/upload", frozenset({"tempauth"}), None, {200: "uploadSession"}),
    Route("POST", EVENTS, NOTHING, "event", {201: "event"}),
    Route("GET", f"{EVENTS}/[^/]+", NOTHING, None, {200: "event"}),
    Route("PATCH", f"{EVENTS}/[^/]+", NOTHING, "eventChange", {200: "event"}),
    Route("POST", f"{EVENTS}/[^/]+/cancel", NOTHING, "cancellation", {202: None}),
)


def problems(value: object, shape_name: str, where: str, *, sent: bool) -> list[str]:
    """What of a value is not as the table says; ``sent`` is the client's side."""
    shape = SHAPES[shape_name]
    if not isinstance(value, dict):
        return [f"{where}: not an object"]
    found = [f"{where}.{name}: not of a {shape_name}" for name in value.keys() - shape.keys()]
    for name, prop in shape.items():
        here = f"{where}.{name}"
        if name not in value:
            if prop.required and not (sent and prop.read_only):
                found.append(f"{here}: missing")
        elif sent and prop.read_only:
            found.append(f"{here}: read-only")
        elif value[name] is None:
            found += [] if prop.nullable else [f"{here}: null"]
        else:
            found += _value_problems(value[name], prop, here, sent=sent)
    return found


def _value_problems(value: object, prop: Property, here: str, *, sent: bool) -> list[str]:
    if prop.many:
        if not isinstance(value, list):
            return [f"{here}: not a list"]
        return [line for number, one in enumerate(value) for line in _one(one, prop, f"{here}[{number}]", sent=sent)]
    return _one(value, prop, here, sent=sent)


def _one(value: object, prop: Property, here: str, *, sent: bool) -> list[str]:
    if isinstance(prop.kind, str):
        return problems(value, prop.kind, here, sent=sent)
    if type(value) is not prop.kind:
        return [f"{here}: {type(value).__name__} instead of {prop.kind.__name__}"]
    if prop.pattern and not re.fullmatch(prop.pattern, str(value), re.IGNORECASE):
        return [f"{here}: {value!r}"]
    return []


def exchange_problems(request: httpx.Request, response: httpx.Response) -> list[str]:
    """What of one request and its answer is not as documented."""
    path = request.url.raw_path.decode().partition("?")[0]
    where = f"{request.method} {path}"
    route = next((r for r in ROUTES if r.method == request.method and re.fullmatch(r.path, path)), None)
    if route is None:
        return [f"{where}: no such call"]
    found = [f"{where}?{name}" for name in request.url.params.keys() - route.query]
    for name, pattern in route.headers.items():
        if not re.fullmatch(pattern, request.headers.get(name, "")):
            found.append(f"{where}: header {name}")
    if ("authorization" in request.headers) == (path == "/graph/upload"):
        found.append(f"{where}: the token is there or not as it should be")
    if route.sent is not None:
        if request.headers["content-type"] != "application/json":
            found.append(f"{where}: not JSON")
        found += problems(orjson.loads(request.content), route.sent, f"{where} body", sent=True)
    answer = "error" if response.status_code >= 400 else route.answers.get(response.status_code, "")
    if answer == "":
        found.append(f"{where}: {response.status_code} is not documented")
    elif answer is not None:
        found += problems(orjson.loads(response.content), answer, f"{where} answer", sent=False)
    return found


@dataclass
class Recorded:
    """A stage, and everything that went over the wire."""

    stage: Stage
    exchanges: list[tuple[httpx.Request, httpx.Response]] = field(default_factory=list)


@pytest.fixture
async def recorded() -> AsyncIterator[Recorded]:
    async with open_stage() as stage:
        recording = Recorded(stage)

        async def keep(response: httpx.Response) -> None:
            await response.aread()
            if response.request.url.path.startswith("/graph/"):
                recording.exchanges.append((response.request, response))

        stage.http.event_hooks = {"response": [keep]}
        yield recording


async def files(stage: Stage) -> None:
    graph = stage.graph
    await graph.drive()
    tree = await graph.ensure_tree("S580 #1 100 % «étude»", ["01 Tender", "02 Offer/Annexes"])
    await graph.ensure_tree("S580 #1 100 % «étude»", ["01 Tender", "03 Reviews"])
    await graph.item(None)
    await graph.item_at("")
    await graph.item_at("S580 #1 100 % «étude»/02 Offer")
    await graph.item("01GONE")
    await graph.children(tree.root.id)
    renamed = await graph.rename(tree.root.id, "S580", tree.root.etag)
    with pytest.raises(Permanent):
        await graph.rename(tree.root.id, "S581", tree.root.etag)
    stage.fault(method="POST", lose_response=True)
    await graph.ensure_folder(renamed.id, "04 Project")
    await graph.upload_small(renamed.id, "offer.docx", b"rA")
    await graph.upload(renamed.id, "offer.docx", b"rB")
    stage.fault(method="PUT", lose_response=True)
    await graph.upload(renamed.id, "drawing.step", bytes(7_000_000))
    await graph.upload(renamed.id, "drawing.step", bytes(7_000_001), replace=True)


async def pages(stage: Stage) -> None:
    library = stage.stand_in.library
    for number in range(201):  # with the offer, two more than a page holds
        library.add_folder(library.root, f"S{number:03}", "fail")
    assert len(await stage.graph.children(None)) == 202


async def meetings(stage: Stage) -> None:
    starts_at = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
    review = EventWrite(
        transaction_id="review-1",
        subject="S580",
        body_html="<p>Agenda</p>",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        time_zone="Europe/Paris",
        attendees=(Attendee(address="cto@supplier.example", name="CTO", required=False),),
    )
    event = await stage.graph.create_event(USER, review)
    await stage.graph.create_event(USER, review.model_copy(update={"transaction_id": "review-2"}), online=False)
    await stage.graph.event(USER, event.id)
    await stage.graph.update_event(USER, event.id, EventChange(subject="S580 moved"))
    await stage.graph.update_event(USER, event.id, review)
    await stage.graph.cancel_event(USER, event.id, "No-Go")
    await stage.graph.cancel_event(USER, event.id)


async def test_every_request_and_answer_is_as_documented(recorded: Recorded) -> None:
    await files(recorded.stage)
    await pages(recorded.stage)
    await meetings(recorded.stage)
    assert [line for request, response in recorded.exchanges for line in exchange_problems(request, response)] == []
    used = {
        (route.method, route.path)
        for request, _ in recorded.exchanges
        for route in ROUTES
        if route.method == request.method and re.fullmatch(route.path, request.url.raw_path.decode().partition("?")[0])
    }
    assert used == {(route.method, route.path) for route in ROUTES}
    assert {response.status_code for _, response in recorded.exchanges} >= {200, 201, 202, 404, 409, 412, 416}


@pytest.mark.parametrize(
    ("value", "shape", "sent", "problem"),
    [
        ({"name": "x", "folder": {}, "id": "1"}, "driveItem", True, "x.id: read-only"),
        ({"name": "x", "folder": {}, "colour": 1}, "driveItem", True, "x.colour: not of a driveItem"),
        ({"folder": {}}, "driveItem", True, "x.name: missing"),
        ({"name": 7}, "driveItem", True, "x.name: int instead of str"),
        ({"name": "x", "folder": {"childCount": 1}}, "driveItem", True, "x.folder.childCount: read-only"),
        ({"value": {}}, "page", False, "x.value: not a list"),
        ({"comment": None}, "cancellation", True, "x.comment: null"),
        ({"contentType": "markdown", "content": ""}, "itemBody", True, "x.contentType: 'markdown'"),
        ([], "drive", False, "x: not an object"),
    ],
)
def test_the_tables_would_notice(value: object, shape: str, sent: bool, problem: str) -> None:  # noqa: FBT001 - a table
    assert problems(value, shape, "x", sent=sent) == [problem]
