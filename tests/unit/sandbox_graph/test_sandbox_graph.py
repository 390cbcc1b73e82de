"""The stand-in is strict about what it is asked, and keeps what it was given."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from integrations.sandbox.graph import AUDIENCE
from tests.unit.sandbox_graph.stage import DRIVE, USER, WEB_ROOT, Stage, open_stage

ROOT = f"/v1.0/drives/{DRIVE}/root"
EVENTS = f"/v1.0/users/{USER}/events"
FAIL = {"@microsoft.graph.conflictBehavior": "fail"}
RENAME = {"@microsoft.graph.conflictBehavior": "rename"}
START = {"dateTime": "2026-12-01T09:30:00", "timeZone": "Europe/Paris"}
END = {"dateTime": "2026-12-01T10:30:00", "timeZone": "Europe/Paris"}


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with open_stage() as opened:
        yield opened


async def folder(stage: Stage, name: str = "S580", parent: str = "", **more: object) -> dict[str, Any]:
    answer = await stage.call("POST", f"{ROOT}{parent}/children", json={"name": name, "folder": {}, **FAIL, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def refused(stage: Stage, method: str, address: str, **more: Any) -> tuple[int, str]:  # noqa: ANN401 - as httpx
    answer = await stage.call(method, address, **more)
    error = answer.json()["error"]
    assert error["message"]
    assert error["innerError"]["request-id"] == answer.headers["request-id"]
    return answer.status_code, error["code"]


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer x", "Basic x"])
async def test_a_token_is_asked_for(stage: Stage, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = await stage.http.get(f"{stage.url}/graph{ROOT}", headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    assert "WWW-Authenticate" in answer.headers


async def test_a_token_for_something_else_is_refused(stage: Stage) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": "graph-client",
        "client_secret": "graph-secret",  # pragma: allowlist secret
        "scope": "https://api.businesscentral.dynamics.com/.default",
    }
    tenant = stage.sandbox.settings.tenant_id
    token = (await stage.http.post(f"{stage.url}/login/{tenant}/oauth2/v2.0/token", data=form)).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert (await stage.http.get(f"{stage.url}/graph{ROOT}", headers=headers)).status_code == 401
    assert AUDIENCE == "https://graph.microsoft.com"


@pytest.mark.parametrize(
    ("method", "address", "body", "status", "code"),
    [
        ("GET", "/v1.0/drives/other/root", None, 404, "itemNotFound"),
        ("GET", f"{ROOT}:/absent", None, 404, "itemNotFound"),
        ("GET", f"{ROOT}?$select=id,colour", None, 400, "invalidRequest"),
        ("GET", f"{ROOT}?$filter=x", None, 400, "invalidRequest"),
        ("GET", f"{ROOT}/children?$top=0", None, 400, "invalidRequest"),
        ("GET", f"{ROOT}/children?$top=x", None, 400, "invalidRequest"),
        ("GET", f"{ROOT}/content", None, 400, "invalidRequest"),
        ("GET", f"{ROOT}/thumbnails", None, 405, "methodNotAllowed"),
        ("GET", "/v1.0/drives/", None, 400, "BadRequest"),
        ("GET", f"{ROOT}/a/b", None, 400, "BadRequest"),
        ("GET", f"{ROOT}:a", None, 400, "BadRequest"),
        ("GET", "/v1.0/me", None, 404, "BadRequest"),
        ("PUT", ROOT, {}, 405, "methodNotAllowed"),
        ("PUT", f"{ROOT}/content", {}, 400, "invalidRequest"),
        ("PATCH", ROOT, {"name": "x"}, 403, "accessDenied"),
        ("DELETE", ROOT, None, 403, "accessDenied"),
        ("POST", f"{ROOT}/children", {"name": "x"}, 400, "invalidRequest"),
        ("POST", f"{ROOT}/children", {"name": "x", "folder": {"childCount": 1}}, 400, "invalidRequest"),
        ("POST", f"{ROOT}/children", {"name": "x", "folder": {}, "id": "1"}, 400, "invalidRequest"),
        ("POST", f"{ROOT}/children", {"name": "x", "folder": {}, "webUrl": "1"}, 400, "invalidRequest"),
        ("POST", f"{ROOT}/children", {"folder": {}}, 400, "invalidRequest"),
        ("POST", f"{ROOT}/children", [], 400, "invalidRequest"),
        (
            "POST",
            f"{ROOT}/children",
            {"name": "x", "folder": {}, "@microsoft.graph.conflictBehavior": "merge"},
            400,
            "invalidRequest",
        ),
        (
            "POST",
            f"{ROOT}/children",
            {"name": "x", "folder": {}, "@microsoft.graph.conflictBehavior": "replace"},
            400,
            "invalidRequest",
        ),
    ],
)
async def test_refusals(stage: Stage, method: str, address: str, body: object, status: int, code: str) -> None:
    more = {} if body is None else {"json": body}
    assert await refused(stage, method, address, **more) == (status, code)
    assert stage.paths == []


async def test_a_body_must_be_json(stage: Stage) -> None:
    address = f"{ROOT}/children"
    assert (await refused(stage, "POST", address, content=b"{}"))[0] == 415
    headers = {"Content-Type": "application/json"}
    assert (await refused(stage, "POST", address, content=b"{", headers=headers))[0] == 400


@pytest.mark.parametrize(
    "name", ["a:b", "a/b", 'a"', "a|b", "CON", "lpt7", ".lock", "desktop.ini", "a_VTI_b", "~$a", "~a", " a", "a ", "a.",
             "Forms", "a\x01", "x" * 256],
)  # fmt: skip
async def test_illegal_names_are_refused(stage: Stage, name: str) -> None:
    body = {"name": name, "folder": {}}
    assert await refused(stage, "POST", f"{ROOT}/children", json=body) == (400, "invalidRequest")


async def test_a_reserved_name_of_the_root_is_free_below(stage: Stage) -> None:
    await folder(stage)
    await folder(stage, "Forms", parent=":/S580:")
    assert stage.paths == ["S580", "S580/Forms"]


async def test_a_path_has_a_limit(stage: Stage) -> None:
    await folder(stage, "x" * 250)
    body = {"name": "y" * 150, "folder": {}}
    answer = await stage.call("POST", f"{ROOT}:/{'x' * 250}:/children", json=body)
    assert answer.json()["error"]["innerError"]["code"] == "pathIsTooLong"


async def test_a_taken_name_is_refused_or_numbered(stage: Stage) -> None:
    await folder(stage)
    body = {"name": "s580", "folder": {}}
    assert await refused(stage, "POST", f"{ROOT}/children", json=body) == (409, "nameAlreadyExists")
    assert (await folder(stage, "S580", **RENAME))["name"] == "S580 1"


async def test_an_id_survives_renaming_and_moving(stage: Stage) -> None:
    made, other = await folder(stage), await folder(stage, "Archive")
    inside = await folder(stage, "01", parent=":/S580:")
    item = f"/v1.0/drives/{DRIVE}/items/{made['id']}"
    moved = await stage.call("PATCH", item, json={"name": "S580 New", "parentReference": {"id": other["id"]}})
    assert (moved.json()["id"], moved.json()["webUrl"]) == (made["id"], f"{WEB_ROOT}/Archive/S580%20New")
    assert moved.json()["eTag"] != made["eTag"]
    below = await stage.call("GET", f"/v1.0/drives/{DRIVE}/items/{inside['id']}")
    assert below.json()["parentReference"]["path"] == f"/drives/{DRIVE}/root:/Archive/S580%20New"
    address = f"/v1.0/drives/{DRIVE}/items/{other['id']}"
    into_itself = {"parentReference": {"id": inside["id"]}}
    assert await refused(stage, "PATCH", address, json=into_itself) == (400, "invalidRequest")


async def test_an_item_may_change_the_case_of_its_own_name(stage: Stage) -> None:
    made = await folder(stage, "s580")
    renamed = await stage.call("PATCH", f"/v1.0/drives/{DRIVE}/items/{made['id']}", json={"name": "S580"})
    assert renamed.json()["name"] == "S580"


async def test_an_old_version_is_refused(stage: Stage) -> None:
    made = await folder(stage)
    item = f"/v1.0/drives/{DRIVE}/items/{made['id']}"
    stale = {"If-Match": made["eTag"]}
    assert (await stage.call("PATCH", item, json={"name": "S581"}, headers=stale)).status_code == 200
    for method, more in (("PATCH", {"json": {"name": "S582"}}), ("DELETE", {})):
        assert await refused(stage, method, item, headers=stale, **more) == (412, "resourceModified")
    assert (await stage.call("DELETE", item, headers={"If-Match": "*"})).status_code == 204
    assert stage.paths == []


async def test_a_folder_goes_with_everything_in_it(stage: Stage) -> None:
    await folder(stage)
    await folder(stage, "01", parent=":/S580:")
    assert (await stage.call("DELETE", f"{ROOT}:/S580")).status_code == 204
    assert stage.paths == []


async def test_children_page_by_page(stage: Stage) -> None:
    for number in range(5):
        await folder(stage, f"S{number}")
    address: str | None = f"{stage.url}/graph{ROOT}/children?$select=name&$top=2"
    pages = []
    while address is not None:
        page = (await stage.http.get(address, headers=await stage.tokens.header())).json()
        pages.append([item["name"] for item in page["value"]])
        assert all(item.keys() == {"name"} for item in page["value"])
        address = page.get("@odata.nextLink")
    assert pages == [["S0", "S1"], ["S2", "S3"], ["S4"]]


async def test_content_comes_back(stage: Stage) -> None:
    put = await stage.call("PUT", f"{ROOT}:/offer.txt:/content", content=b"Offer")
    assert (put.status_code, put.json()["file"], put.json()["size"]) == (201, {"mimeType": "text/plain"}, 5)
    again = await stage.call("PUT", f"/v1.0/drives/{DRIVE}/items/{put.json()['id']}/content", content=b"Offer rB")
    assert (again.status_code, again.json()["id"]) == (200, put.json()["id"])
    found = await stage.call("GET", f"{ROOT}:/offer.txt:/content")
    assert found.status_code == 302
    link = found.headers["Location"]
    assert (await stage.http.get(link)).content == b"Offer rB"
    with_token = await stage.http.get(link, headers=await stage.tokens.header())
    assert with_token.status_code == 401
    stage.time.pass_by(timedelta(hours=1).total_seconds())
    assert (await stage.http.get(link)).status_code == 404


async def test_a_file_has_no_children(stage: Stage) -> None:
    await stage.call("PUT", f"{ROOT}:/offer.txt:/content", content=b"Offer")
    body = {"name": "x", "folder": {}}
    assert await refused(stage, "POST", f"{ROOT}:/offer.txt:/children", json=body) == (400, "invalidRequest")
    numbered = await stage.call("PUT", f"{ROOT}:/offer.txt:/content", content=b"x", params=RENAME)
    assert numbered.json()["name"] == "offer.txt 1"


@pytest.mark.parametrize(
    ("span", "size", "status"),
    [
        ("", 10, 400),
        ("bytes 0-9/10", 9, 400),
        ("bytes 0-10/10", 11, 400),
        ("bytes 5-9/10", 5, 416),
        ("bytes 0-9/20", 10, 400),
        ("bytes 0-327679/327680", 327_680, 201),
        ("bytes 0-327679/327681", 327_680, 202),
    ],
)
async def test_pieces_must_fit(stage: Stage, span: str, size: int, status: int) -> None:
    begun = await stage.call("POST", f"{ROOT}:/a.bin:/createUploadSession", json={})
    assert begun.json()["nextExpectedRanges"] == ["0-"]
    url = begun.json()["uploadUrl"]
    answer = await stage.http.put(url, content=bytes(size), headers={"Content-Range": span})
    assert answer.status_code == status
    assert stage.paths == (["a.bin"] if status == 201 else [])


async def test_an_upload_can_be_asked_about_and_given_up(stage: Stage) -> None:
    url = (await stage.call("POST", f"{ROOT}:/a.bin:/createUploadSession", json={})).json()["uploadUrl"]
    assert (await stage.http.get(url)).json()["nextExpectedRanges"] == ["0-"]
    assert (await stage.http.get(url, headers=await stage.tokens.header())).status_code == 401
    assert (await stage.http.delete(url)).status_code == 204
    assert (await stage.http.get(url)).status_code == 404


async def test_an_upload_expires(stage: Stage) -> None:
    url = (await stage.call("POST", f"{ROOT}:/a.bin:/createUploadSession", json={})).json()["uploadUrl"]
    stage.time.pass_by(timedelta(days=1).total_seconds())
    assert (await stage.http.get(url)).status_code == 404


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"subject": "x" * 256}, "ErrorInvalidProperty"),
        ({"body": "text"}, "ErrorInvalidProperty"),
        ({"body": {"contentType": "markdown", "content": ""}}, "ErrorInvalidProperty"),
        ({"start": "2026-12-01"}, "ErrorInvalidProperty"),
        ({"start": {"dateTime": "tomorrow", "timeZone": "UTC"}}, "ErrorInvalidProperty"),
        ({"start": {"dateTime": "2026-12-01T09:30:00", "timeZone": "Mars"}}, "TimeZoneNotSupportedException"),
        ({"start": END, "end": START}, "ErrorCalendarEndDateIsEarlierThanStartDate"),
        ({"attendees": "all"}, "ErrorInvalidProperty"),
        ({"attendees": [{"emailAddress": {"address": "nobody"}}]}, "ErrorInvalidProperty"),
        ({"attendees": [{"mail": "x"}]}, "ErrorInvalidProperty"),
        ({"attendees": [{"emailAddress": {"address": "a@b.example"}, "type": "maybe"}]}, "ErrorInvalidProperty"),
        ({"isOnlineMeeting": "yes"}, "ErrorInvalidProperty"),
        ({"onlineMeetingProvider": "other"}, "ErrorInvalidProperty"),
        ({"transactionId": 7}, "ErrorInvalidProperty"),
        ({"webLink": "x"}, "invalidRequest"),
    ],
)
async def test_events_that_outlook_refuses(stage: Stage, changes: dict[str, Any], code: str) -> None:
    body = {"subject": "Review", "start": START, "end": END} | changes
    assert await refused(stage, "POST", EVENTS, json=body) == (400, code)
    assert stage.stand_in.state()["events"] == []


async def test_an_event_lives(stage: Stage) -> None:
    wanted = {"subject": "Review", "start": START, "end": END, "isOnlineMeeting": True}
    made = (await stage.call("POST", EVENTS, json=wanted)).json()
    assert made["start"] == {"dateTime": "2026-12-01T08:30:00.0000000", "timeZone": "UTC"}
    address = f"{EVENTS}/{made['id']}"
    assert (await stage.call("GET", address)).json() == made
    assert await refused(stage, "PATCH", address, json={"transactionId": "x"}) == (400, "RequestBodyRead")
    body = {"body": {"contentType": "html", "content": "no link"}}
    changed = (await stage.call("PATCH", address, json=body)).json()
    assert (changed["isOnlineMeeting"], changed["onlineMeeting"]) == (False, None)
    assert changed["@odata.etag"] != made["@odata.etag"]
    other = f"/v1.0/users/someone@supplier.example/events/{made['id']}"
    assert await refused(stage, "GET", other) == (404, "ErrorItemNotFound")
    assert await refused(stage, "POST", f"{address}/cancel", json={"comment": 7}) == (400, "invalidRequest")
    assert (await stage.call("DELETE", address)).status_code == 204
    assert await refused(stage, "GET", address) == (404, "ErrorItemNotFound")


async def test_a_transaction_is_used_once_per_calendar(stage: Stage) -> None:
    wanted = {"subject": "Review", "start": START, "end": END, "transactionId": "t"}
    first = (await stage.call("POST", EVENTS, json=wanted)).json()
    assert (await stage.call("POST", EVENTS, json=wanted)).json() == first
    other = (await stage.call("POST", "/v1.0/users/someone@supplier.example/events", json=wanted)).json()
    assert other["id"] != first["id"]
    await stage.call("POST", f"{EVENTS}/{first['id']}/cancel", json={"comment": ""})
    assert await refused(stage, "POST", EVENTS, json=wanted) == (409, "ErrorDuplicateTransactionId")


async def test_a_person_renames_and_deletes(stage: Stage) -> None:
    made = await folder(stage)
    control = f"{stage.url}/graph/_control"
    renamed = await stage.http.post(f"{control}/rename", json={"path": "S580", "name": "S580 New"})
    assert (renamed.json()["id"], renamed.json()["path"]) == (made["id"], "S580 New")
    assert (await stage.http.post(f"{control}/rename", json={"path": "S580", "name": "x"})).status_code == 404
    assert (await stage.http.post(f"{control}/rename", json={"path": "S580 New"})).status_code == 400
    assert (await stage.http.post(f"{control}/delete", json={"path": "S580 New"})).json()["id"] == made["id"]
    assert stage.paths == []


async def test_the_state_holds_the_tree_and_no_token(stage: Stage) -> None:
    made = await folder(stage)
    whole = await stage.http.get(f"{stage.url}/_state/graph")
    line = whole.json()["state"]["tree"][0]
    assert line == {
        "path": "S580",
        "id": made["id"],
        "is_folder": True,
        "size": 0,
        "etag": made["eTag"],
        "web_url": f"{WEB_ROOT}/S580",
    }
    assert "eyJ" not in whole.text


async def test_a_person_opens_the_library_in_the_browser(stage: Stage) -> None:
    await folder(stage, "S580 #1 100% é")
    await folder(stage, "v1.0", parent=":/S580%20%231%20100%25%20%C3%A9:")
    await stage.call("PUT", f"{ROOT}:/S580%20%231%20100%25%20%C3%A9/v1.0/R&D.html:/content", content=b"<b>Offer</b>")
    page = await stage.http.get(f"{stage.url}/graph/library")
    assert page.headers["Content-Security-Policy"] == "default-src 'none'"
    assert '<a href="/graph/library/S580%20%231%20100%25%20%C3%A9">S580 #1 100% é/</a>' in page.text
    below = await stage.http.get(f"{stage.url}/graph/library/S580%20%231%20100%25%20%C3%A9/v1.0/")
    assert ">R&amp;D.html</a>" in below.text
    file = await stage.http.get(f"{stage.url}/graph/library/S580%20%231%20100%25%20%C3%A9/v1.0/R%26D.html")
    assert (file.content, file.headers["Content-Type"]) == (b"<b>Offer</b>", "application/octet-stream")
    assert (await stage.http.get(f"{stage.url}/graph/library/v1.0/gone")).status_code == 404
