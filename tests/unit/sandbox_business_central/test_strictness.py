"""The stand-in refuses what Business Central refuses, with its codes."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from integrations.sandbox.business_central import COMPANY_ID
from tests.unit.sandbox_business_central.stage import CONTACT, TENANT, Stage

ANY = {"If-Match": "*"}


async def made(stage: Stage, entity_set: str = "opportunities", **values: object) -> dict[str, Any]:
    answer = await stage.raw("POST", f"{stage.company}/{entity_set}", values)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"].endswith(f"({answer.json()['id']})")
    row: dict[str, Any] = answer.json()
    return row


async def test_only_a_token_of_this_login_for_this_audience_enters(stage: Stage) -> None:
    login = stage.login._issuer
    wrong = login.sign({"aud": "https://graph.microsoft.com", "appid": "x"})
    foreign = stage.login.signer.sign({"aud": "https://api.businesscentral.dynamics.com"})
    for header in (
        {},
        {"Authorization": "Basic x"},
        *({"Authorization": f"Bearer {t}"} for t in ("x", wrong, foreign)),
    ):
        answer = await stage.http.get(f"{stage.api}/companies", headers=header)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "Authentication_InvalidCredentials")
    stage.time.pass_by(3601)
    assert (await stage.raw("GET", f"{stage.api}/companies")).status_code == 200


async def test_addresses_that_are_not_there(stage: Stage) -> None:
    root = stage.api.removesuffix("/api/v2.0")
    elsewhere = stage.api.replace("/Sandbox/", "/Production/")
    assert await stage.refusal("GET", f"{elsewhere}/companies") == (404, "BadRequest_NotFound")
    assert await stage.refusal("GET", f"{stage.api.replace(TENANT, 'x')}/companies") == (404, "BadRequest_NotFound")
    stranger = f"{stage.api}/companies({uuid4()})/projects"
    assert await stage.refusal("GET", stranger) == (404, "Internal_RecordNotFound")
    for path in ("things", f"companies({COMPANY_ID})/things", f"companies({COMPANY_ID})/companies", "companies(7)"):
        assert await stage.refusal("GET", f"{stage.api}/{path}") == (404, "BadRequest_ResourceNotFound")
    record = f"{stage.company}/opportunities({uuid4()})"
    assert await stage.refusal("GET", record) == (404, "Internal_RecordNotFound")
    assert await stage.refusal("GET", f"{root}/api/offerdesk/presales/v1.0/$metadata") == (
        404,
        "BadRequest_ResourceNotFound",
    )
    contact = next(iter(stage.sandbox.store.tables["contacts"]))
    below = f"{stage.company}/contacts({contact})/documentAttachments"
    assert await stage.refusal("GET", below) == (404, "BadRequest_ResourceNotFound")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"colour": "red"}, "BadRequest"),
        ({"number": "S1", "estimatedValue": 5}, "BadRequest_InvalidOperation"),
        ({"number": "S1", "status": "Won"}, "BadRequest_InvalidOperation"),
        ({"id": str(uuid4())}, "BadRequest_InvalidOperation"),
        ({"number": "N" * 21}, "Application_StringExceededLength"),
        ({"description": "d" * 101}, "Application_StringExceededLength"),
        ({"number": 580}, "BadRequest"),
        ({"number": None}, "BadRequest"),
        ({"contactNumber": "NOBODY"}, "Internal_InvalidTableRelation"),
        ({"salespersonCode": "NOBODY"}, "Internal_InvalidTableRelation"),
        ([], "BadRequest"),
    ],
)
async def test_a_wrong_body_is_refused_and_nothing_is_made(stage: Stage, body: object, code: str) -> None:
    assert await stage.refusal("POST", f"{stage.company}/opportunities", body) == (400, code)
    assert stage.sandbox.state()["opportunities"] == []


async def test_a_body_that_is_not_json(stage: Stage) -> None:
    token = await stage.tokens().header()
    url = f"{stage.company}/projects"
    answer = await stage.http.post(url, content=b"{", headers={**token, "Content-Type": "application/json"})
    assert answer.status_code == 400
    answer = await stage.http.post(url, content=b"{}", headers={**token, "Content-Type": "text/plain"})
    assert answer.status_code == 415


async def test_codes_are_upper_case_and_unique(stage: Stage) -> None:
    row = await made(stage, number="s580", contactNumber=CONTACT.lower(), salespersonCode="lead1")
    assert (row["number"], row["salespersonCode"], row["status"]) == ("S580", "LEAD1", "Not_x0020_Started")
    twice = await stage.refusal("POST", f"{stage.company}/opportunities", {"number": "S580"})
    assert twice == (409, "Internal_EntityWithSameKeyExists")
    other = await made(stage, number="S581")
    renamed = await stage.refusal(
        "PATCH", f"{stage.company}/opportunities({other['id']})", {"number": "s580"}, headers=ANY
    )
    assert renamed == (409, "Internal_EntityWithSameKeyExists")


async def test_numbers_are_drawn_when_none_is_given_and_may_have_to_be(stage: Stage) -> None:
    assert (await made(stage))["number"] == "OP000010"
    assert (await made(stage, "projects"))["number"] == "PR000010"
    control = f"{stage.url}/business_central/_control/manual_numbers"
    answer = await stage.http.post(control, json={"projects": False})
    assert answer.json() == {"opportunities": True, "projects": False}
    assert await stage.refusal("POST", f"{stage.company}/projects", {"number": "S580P"}) == (
        400,
        "Application_DialogException",
    )
    assert (await made(stage, "projects"))["number"] == "PR000020"
    assert (await stage.http.post(control, json={"colours": False})).status_code == 400


async def test_a_change_needs_the_current_etag(stage: Stage) -> None:
    row = await made(stage, number="S580")
    url = f"{stage.company}/opportunities({row['id']})"
    body = {"description": "new"}
    assert await stage.refusal("PATCH", url, body) == (400, "BadRequest_InvalidToken")
    assert await stage.refusal("PATCH", url, body, headers={"If-Match": "7"}) == (400, "BadRequest_InvalidToken")
    first = await stage.raw("PATCH", url, body, headers={"If-Match": row["@odata.etag"]})
    assert (first.status_code, first.json()["description"]) == (200, "new")
    stale = await stage.refusal("PATCH", url, body, headers={"If-Match": row["@odata.etag"]})
    assert stale == (409, "Request_EntityChanged")
    assert (await stage.raw("PATCH", url, body, headers=ANY)).status_code == 200


async def test_closed_and_active_opportunities_are_guarded(stage: Stage) -> None:
    row = await made(stage, number="S580", contactNumber=CONTACT)
    url = f"{stage.company}/opportunities({row['id']})"
    stage.edit("opportunities", "S580", status="In Progress")
    assert await stage.refusal("DELETE", url) == (400, "Application_DialogException")
    stage.edit("opportunities", "S580", status="Lost")
    moved = await stage.refusal("PATCH", url, {"contactNumber": "CT000020"}, headers=ANY)
    assert moved == (400, "Application_DialogException")
    assert (await stage.raw("PATCH", url, {"description": "x"}, headers=ANY)).status_code == 200
    assert await stage.refusal("DELETE", url, headers={"If-Match": row["@odata.etag"]}) == (
        409,
        "Request_EntityChanged",
    )
    assert (await stage.raw("DELETE", url)).status_code == 204
    assert (await stage.raw("GET", url)).status_code == 404


async def test_verbs_a_page_does_not_have(stage: Stage, extended: Stage) -> None:
    not_allowed = (405, "BadRequest_MethodNotAllowed")
    assert await stage.refusal("POST", f"{stage.api}/companies", {}) == not_allowed
    assert await stage.refusal("PATCH", stage.company, {}, headers=ANY) == not_allowed
    assert await stage.refusal("DELETE", f"{stage.company}/projects") == not_allowed
    assert await stage.refusal("PUT", f"{stage.api}/subscriptions") == not_allowed
    custom = extended.company.replace("/api/v2.0/", "/api/offerdesk/presales/v1.0/")
    assert await extended.refusal("POST", f"{custom}/presalesOpportunities", {}) == not_allowed


async def test_files_need_a_parent_and_a_name(stage: Stage) -> None:
    url = f"{stage.company}/documentAttachments"
    project = await made(stage, "projects", number="S580P")
    for body in ({}, {"parentType": "Item", "parentId": project["id"], "fileName": "a.url"}):
        assert await stage.refusal("POST", url, body) == (400, "BadRequest")
    assert await stage.refusal("POST", url, {"parentType": "Opportunity", "fileName": "a"}) == (400, "BadRequest")
    lost = {"parentType": "Job", "parentId": str(uuid4()), "fileName": "a.url"}
    assert await stage.refusal("POST", url, lost) == (404, "Internal_RecordNotFound")
    file = await made(stage, "documentAttachments", parentType="Job", parentId=project["id"], fileName="a.url")
    assert (file["byteSize"], "attachmentContent" in file) == (0, False)
    content = f"{url}({file['id']})/attachmentContent"
    assert await stage.refusal("PATCH", content) == (400, "BadRequest_InvalidToken")
    assert await stage.refusal("DELETE", content) == (405, "BadRequest_MethodNotAllowed")


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("$filter=number eq 'ct000010'", ["CT000010"]),
        ("$filter=number eq 'CT000010' or number eq 'CT000020'", ["CT000010", "CT000020"]),
        ("$filter=type eq 'Person' and country eq 'DE'", ["CT000021"]),
        ("$filter=displayName eq 'Prime contractor B'&$select=number", ["CT000020"]),
        ("$filter=lastModifiedDateTime gt 2026-11-23T08:00:00.000Z", []),
        ("$filter=lastModifiedDateTime le 2026-11-23T08:00:00Z and number ge 'CT000040'", ["CT000040", "CT000041"]),
        ("$filter=displayName eq 'O''Neil'", []),
    ],
)
async def test_filters(stage: Stage, query: str, numbers: list[str]) -> None:
    answer = await stage.raw("GET", f"{stage.company}/contacts?{query}")
    assert [row["number"] for row in answer.json()["value"]] == numbers
    if "$select" in query:
        assert [set(row) for row in answer.json()["value"]] == [{"@odata.etag", "number"}]


@pytest.mark.parametrize(
    "query",
    [
        "$filter=number eq 'a' or displayName eq 'b'",
        "$filter=colour eq 'red'",
        "$filter=number eq CT000010",
        "$filter=number like 'x'",
        "$filter=number eq 'a' nor number eq 'b'",
        "$filter=lastModifiedDateTime gt 'yesterday'",
        "$filter=lastModifiedDateTime gt yesterday",
        "$select=colour",
        "$top=5",
        "$skiptoken=x",
    ],
)
async def test_filters_that_are_refused(stage: Stage, query: str) -> None:
    status, code = await stage.refusal("GET", f"{stage.company}/contacts?{query}")
    assert (status, code.startswith("BadRequest")) == (400, True)


async def test_pages_are_the_servers(stage: Stage) -> None:
    url = f"{stage.company}/contacts?$filter=country eq 'FR'"
    first = (await stage.raw("GET", url, headers={"Prefer": "odata.maxpagesize=3"})).json()
    assert len(first["value"]) == 3
    rest = (await stage.raw("GET", first["@odata.nextLink"])).json()
    assert (len(rest["value"]), "@odata.nextLink" in rest) == (1, False)


async def test_six_thousand_requests_in_five_minutes_are_the_limit(stage: Stage) -> None:
    stage.sandbox._arrivals.extend([stage.time.now()] * 6000)
    assert (await stage.raw("GET", f"{stage.api}/companies")).status_code == 429
    stage.time.pass_by(300)
    assert (await stage.raw("GET", f"{stage.api}/companies")).status_code == 200


async def test_the_custom_pages_have_rules_too(extended: Stage) -> None:
    row = await made(extended, number="S580")
    custom = extended.company.replace("/api/v2.0/", "/api/offerdesk/presales/v1.0/")
    url = f"{custom}/presalesOpportunities({row['id']})"
    for body, code in (
        ({"outcome": "Won", "closeOpportunityCode": "PRICE"}, "Application_DialogException"),
        ({"outcome": "Lost"}, "Application_DialogException"),
        ({"outcome": "Open"}, "BadRequest"),
        ({"estimatedValue": True}, "BadRequest"),
        ({"estimatedClosingDate": "20270101"}, "BadRequest"),
        ({"number": "S581"}, "BadRequest_InvalidOperation"),
    ):
        assert await extended.refusal("PATCH", url, body, headers=ANY) == (400, code)
    body = {"outcome": "Lost", "closeOpportunityCode": "price", "dateClosed": "2026-11-20"}
    lost = (await extended.raw("PATCH", url, body, headers=ANY)).json()
    assert (lost["outcome"], lost["closeOpportunityCode"], lost["dateClosed"]) == ("Lost", "PRICE", "2026-11-20")
    project = await made(extended, "projects", number="S580P")
    assert await extended.refusal(
        "PATCH", f"{custom}/presalesProjects({project['id']})", {"customerNumber": "NOBODY"}, headers=ANY
    ) == (400, "Internal_InvalidTableRelation")


async def test_a_person_edits_by_the_control_route(stage: Stage) -> None:
    await made(stage, number="S580")
    control = f"{stage.url}/business_central/_control/edit"
    edit = {"entity_set": "opportunities", "number": "s580", "values": {"status": "In Progress", "estimatedValue": 5}}
    answer = await stage.http.post(control, json=edit)
    assert (answer.json()["status"], answer.json()["estimatedValue"]) == ("In_x0020_Progress", 5)
    for change, status in (
        ({"number": "S999"}, 404),
        ({"entity_set": "things"}, 400),
        ({"values": {"colour": "red"}}, 400),
        ({"values": {"id": "x"}}, 400),
        ({"values": {"lastModifiedDateTime": "2026-01-01T00:00:00Z"}}, 400),
        ({"values": {"estimatedClosingDate": "soon"}}, 400),
    ):
        assert (await stage.http.post(control, json=edit | change)).status_code == status


async def test_new_contacts_and_customers_need_a_name(stage: Stage) -> None:
    for entity_set in ("contacts", "customers"):
        refused = await stage.refusal("POST", f"{stage.company}/{entity_set}", {"number": "X1"})
        assert refused == (400, "Application_DialogException")
    row = await made(stage, "customers", number="c00099", displayName="Prime contractor C", blocked="_x0020_")
    assert (row["number"], row["blocked"], row["currencyId"]) == (
        "C00099",
        "_x0020_",
        "00000000-0000-0000-0000-000000000000",
    )
    assert await stage.refusal("POST", f"{stage.company}/customers", {"displayName": "D", "taxAreaId": "x"}) == (
        400,
        "BadRequest",
    )


async def test_the_state_shows_everything_but_secrets(stage: Stage) -> None:
    await made(stage, number="S580")
    await stage.bc.subscriptions.create("opportunities", "http://127.0.0.1:1/hook", "hush-hush")
    state = stage.sandbox.state()
    assert [row["number"] for row in state["opportunities"]] == ["S580"]
    assert (len(state["contacts"]), len(state["customers"]), len(state["salespeoplePurchasers"])) == (8, 3, 3)
    assert state["subscriptions"][0]["notificationUrl"] == "http://127.0.0.1:1/hook"
    assert "hush-hush" not in str(state)
