"""Every request the Pipedrive client makes, and every answer the stand-in gives it, held against Pipedrive's own
OpenAPI files. Requests are held against a stricter copy, because the live API is stricter than its files say.
"""

from __future__ import annotations

import copy
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import Headers, ImmutableMultiDict

from integrations import pipedrive as pd
from integrations.pipedrive import account, activities, contacts, deals, leads, notes, subscriptions
from integrations.pipedrive.channel import Operation
from integrations.sandbox.pipedrive.world import API_USER
from tests.unit.sandbox_pipedrive.account import TOKEN, open_account

Json = dict[str, Any]
_HOSTS = {"v1": ("/v1", "https://api.pipedrive.com/v1"), "v2": ("/api/v2", "https://api.pipedrive.com/api/v2")}
_MODULES = (account, activities, contacts, deals, leads, notes, subscriptions)

# Null in answers of the live service, by its webhook samples and its own client, though the files do not say so.
_NULL_IN_ANSWERS = frozenset(
    {
        "next_cursor", "person_id", "org_id", "deal_id", "lead_id", "archive_time", "won_time", "lost_time",
        "close_time", "expected_close_date", "address", "job_title",
    }
)  # fmt: skip


def _operations() -> Iterator[Operation]:
    for module in _MODULES:
        yield from (value for value in vars(module).values() if isinstance(value, Operation))


def _version(path: str) -> tuple[str, str]:
    """The file a path belongs to, and the path as that file has it."""
    version = "v2" if path.startswith("/api/v2/") else "v1"
    return version, path.removeprefix(_HOSTS[version][0])


def _body_schema(operation: Json) -> Json | None:
    schema: Json | None = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return schema


def _make_strict(path: str, operation: Json, *, v2: bool) -> None:
    schema = _body_schema(operation)
    if schema is None or "allOf" in schema:
        return
    if v2:
        schema.setdefault("additionalProperties", False)
    if path in {"/deals", "/deals/{id}"}:
        schema["properties"]["status"]["enum"] = ["open", "won", "lost"]
        schema["properties"]["visible_to"]["enum"] = [1, 3, 5, 7]
        schema["properties"]["channel_id"] = {"type": "string", "nullable": True}


def _allow_nulls(schema: Any) -> None:  # noqa: ANN401 - a tree of JSON
    if isinstance(schema, list):
        for part in schema:
            _allow_nulls(part)
    if not isinstance(schema, dict):
        return
    for name, part in schema.get("properties", {}).items():
        if name in _NULL_IN_ANSWERS and isinstance(part, dict):
            part["nullable"] = True
    for key, part in schema.items():
        if key not in {"example", "examples", "enum"}:
            _allow_nulls(part)


def _derived(source: Json, wanted: Iterable[tuple[str, str]], version: str) -> Json:
    """The file with only the operations that are used, strict about requests, and with the known nulls in answers."""
    paths: Json = {}
    for path, method in wanted:
        operation = copy.deepcopy(source["paths"][path][method])
        _make_strict(path, operation, v2=version == "v2")
        for answer in operation["responses"].values():
            _allow_nulls(answer)
        paths.setdefault(path, {})[method] = operation
    return {**source, "paths": paths, "servers": [{"url": _HOSTS[version][1]}]}


@pytest.fixture(scope="session")
def sources(shared_specs: Path) -> Mapping[str, Json]:
    """Both files as they are."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return {
        version: yaml.load((shared_specs / "pipedrive" / f"pipedrive-{version}.yaml").read_bytes(), Loader=loader)  # noqa: S506 - both loaders are safe ones
        for version in _HOSTS
    }


@pytest.fixture(scope="session")
def contracts(sources: Mapping[str, Json]) -> Mapping[str, OpenAPI]:
    """Both files, derived as above."""
    wanted: dict[str, list[tuple[str, str]]] = {version: [] for version in _HOSTS}
    for operation in _operations():
        version, path = _version(operation.path)
        wanted[version].append((path, operation.method.lower()))
    # The files themselves were checked by whoever published them; checking all of both would take minutes.
    config = Config(spec_validator_cls=None)
    return {version: OpenAPI.from_dict(_derived(sources[version], wanted[version], version), config=config)
            for version in _HOSTS}  # fmt: skip


@dataclass
class _Asked:
    """A request as the validator wants it, on the host the file names."""

    host_url: str
    path: str
    method: str
    parameters: RequestParameters
    body: bytes | None
    content_type: str = "application/json"


@dataclass
class _Answered:
    data: bytes | None
    status_code: int
    headers: Mapping[str, Any]
    content_type: str = "application/json"


@dataclass
class _Recorder:
    exchanges: list[tuple[_Asked, _Answered]] = field(default_factory=list)

    async def hear(self, response: httpx.Response) -> None:
        await response.aread()
        request = response.request
        asked = _Asked(
            host_url="https://api.pipedrive.com",
            path=request.url.path,
            method=request.method.lower(),
            parameters=RequestParameters(
                query=ImmutableMultiDict(request.url.params.multi_items()),
                header=Headers(list(request.headers.items())),
            ),
            body=request.content or None,
        )
        self.exchanges.append((asked, _Answered(response.content, response.status_code, dict(response.headers))))


async def _drain(rows: AsyncIterator[Any]) -> list[Any]:
    return [row async for row in rows]


async def _everything(pipedrive: pd.Pipedrive, pause: Any) -> None:  # noqa: ANN401 - a method of the clock
    """Call every method once, and the writing ones with every key they know."""
    assert (await pipedrive.me()).id == API_USER
    users, pipelines = await pipedrive.users(), await pipedrive.pipelines()
    stages = await pipedrive.stages(pipelines[0].id)
    number = await pipedrive.create_deal_field("Offer number", "varchar")
    hours = await pipedrive.create_deal_field("Offer hours", "double")
    site = await pipedrive.create_deal_field("Site", "enum", ["North", "South"])
    budget = await pipedrive.create_deal_field("Budget", "monetary")
    assert len(await pipedrive.deal_fields()) > 4
    assert site.options
    custom = {
        number.field_code: "S580", hours.field_code: Decimal("37.5"), site.field_code: site.options[0].id,
        budget.field_code: {"value": Decimal("1000.10"), "currency": "EUR"},
    }  # fmt: skip
    company = await pipedrive.create_organization(
        pd.OrganizationWrite(name="Payload house", address=pd.NewAddress(value="Toulouse"), website="payload.example")
    )
    buyer = await pipedrive.create_person(
        pd.PersonWrite(
            name="Head of procurement", org_id=company.id, emails=(pd.NewReach(value="buyer@payload.example"),),
            phones=(pd.NewReach(value="+33 1 00 00 00 00"),), job_title="Buyer",
        )
    )  # fmt: skip
    deal = await pipedrive.create_deal(
        pd.DealWrite(
            title="S580 Thermal straps", org_id=company.id, person_id=buyer.id, owner_id=users[1].id,
            stage_id=stages[2].id, value=Decimal("125000.50"), currency="EUR", probability=40,
            expected_close_date=date(2026, 12, 15), label_ids=(1,), channel_id="offerdesk:42", custom_fields=custom,
        )
    )  # fmt: skip
    pause(5)
    await pipedrive.update_deal(deal.id, pd.DealChanges(custom_fields={number.field_code: None}, probability=None))
    await pipedrive.update_deal(deal.id, pd.DealChanges(status="lost", lost_reason="Price"))
    await pipedrive.update_deal(deal.id, pd.DealChanges(status="open", custom_fields={number.field_code: "S581"}))
    assert (await pipedrive.get_deal(deal.id, [number.field_code])).custom_fields == {number.field_code: "S581"}
    pause(5)
    assert len(await pipedrive.find_deals(number.field_code, "S581", [hours.field_code])) == 1
    since = deal.add_time
    assert len(await _drain(pipedrive.deals(since, custom_fields=[number.field_code], org_id=company.id))) == 1
    assert not await _drain(pipedrive.deals(status=pd.DealStatus.WON))
    note = await pipedrive.create_note(deal.id, "<p>S580</p>", pinned=True)
    await pipedrive.update_note(note.id, "<p>S581</p>")
    assert len(await _drain(pipedrive.notes(deal.id))) == 1
    await pipedrive.add_follower(deal.id, users[2].id)
    assert len(await pipedrive.followers(deal.id)) == 1
    await pipedrive.remove_follower(deal.id, users[2].id)
    assert await _drain(pipedrive.deal_changes(deal.id))
    await _contacts(pipedrive, company.id, buyer.id)
    await _activities_and_webhooks(pipedrive, deal.id, buyer.id)
    await _leads(pipedrive, company.id, stages[0].id, custom, pause)


async def _contacts(pipedrive: pd.Pipedrive, company_id: int, buyer_id: int) -> None:
    company, buyer = await pipedrive.get_organization(company_id), await pipedrive.get_person(buyer_id)
    assert company.name == "Payload house"
    assert len(await _drain(pipedrive.organizations(company.add_time))) >= 1
    assert len(await _drain(pipedrive.persons(buyer.add_time, org_id=company_id))) == 1
    assert await pipedrive.find_organizations("payload HOUSE") == (company,)
    assert await pipedrive.find_persons("BUYER@payload.example") == (buyer,)


async def _activities_and_webhooks(pipedrive: pd.Pipedrive, deal_id: int, buyer_id: int) -> None:
    call = await pipedrive.create_activity(
        pd.ActivityWrite(
            subject="Clarification call", type="call", deal_id=deal_id, due_date=date(2026, 12, 1),
            duration=timedelta(hours=1, minutes=30), note="Questions 1 to 4",
            participants=(pd.Participant(person_id=buyer_id, primary=True),),
        )
    )  # fmt: skip
    await pipedrive.update_activity(call.id, pd.ActivityChanges(done=True))
    assert [row.done for row in await _drain(pipedrive.activities(deal_id))] == [True]
    assert (await pipedrive.get_activity(call.id)).subject == "Clarification call"
    await pipedrive.delete_activity(call.id)
    assert not await _drain(pipedrive.activities(deal_id))
    webhook = await pipedrive.create_webhook(
        pd.WebhookWrite(
            subscription_url="https://offerdesk.example/webhooks/pipedrive", event_action="*", event_object="deal",
            name="Offerdesk", user_id=API_USER, http_auth_user="pipedrive", http_auth_password="made-up",
        )
    )  # fmt: skip
    assert [row.id for row in await pipedrive.webhooks()] == [webhook.id]
    await pipedrive.delete_webhook(webhook.id)


async def _leads(pipedrive: pd.Pipedrive, company_id: int, stage_id: int, custom: Json, pause: Any) -> None:  # noqa: ANN401
    value = pd.LeadAmount(amount=Decimal(90_000), currency="EUR")
    lead = await pipedrive.create_lead(
        pd.LeadWrite(
            title="Met at a fair", organization_id=company_id, value=value, expected_close_date=date(2027, 3, 1),
            origin_id="offerdesk:7", visible_to="3", custom_fields=custom,
        )
    )  # fmt: skip
    await pipedrive.update_lead(lead.id, pd.LeadChanges(title="Met at the fair", value=None))
    assert (await pipedrive.get_lead(lead.id)).value is None
    assert [row.id for row in await _drain(pipedrive.leads(lead.add_time))] == [lead.id]
    conversion = await pipedrive.convert_lead(lead.id, stage_id)
    assert (await pipedrive.conversion(lead.id, conversion)).status is pd.ConversionStatus.RUNNING
    done = await pipedrive.conversion(lead.id, conversion)
    assert done.deal_id is not None
    pause(2)
    assert (await pipedrive.get_deal(done.deal_id)).title == "Met at the fair"


async def test_requests_and_answers_keep_to_the_contract(contracts: Mapping[str, OpenAPI]) -> None:
    recorder = _Recorder()
    async with open_account(hooks={"response": [recorder.hear]}) as world:
        await _everything(world.pipedrive, world.time.pass_by)
    for asked, answered in recorder.exchanges:
        contract = contracts[_version(asked.path)[0]]
        contract.validate_request(asked)
        contract.validate_response(asked, answered)
    seen = {(asked.method.upper(), asked.path) for asked, _ in recorder.exchanges}
    assert not [op for op in _operations() if not any(_fits(op, method, path) for method, path in seen)]
    assert all(answered.status_code < 300 for _, answered in recorder.exchanges)


def _fits(operation: Operation, method: str, path: str) -> bool:
    pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(operation.path))
    return operation.method == method and re.fullmatch(pattern, path) is not None


@pytest.mark.parametrize("operation", list(_operations()), ids=lambda op: f"{op.method} {op.path}")
def test_the_cost_of_a_call_is_the_published_one(operation: Operation, sources: Mapping[str, Json]) -> None:
    version, path = _version(operation.path)
    assert sources[version]["paths"][path][operation.method.lower()]["x-token-cost"] == operation.cost


@pytest.mark.parametrize(
    "body",
    [
        {"title": "S580", "offer_number": "S580"},
        {"title": "S580", "status": "cancelled"},
        {"title": "S580", "visible_to": 2},
        {"title": "S580", "value": "125000"},
        {"title": "S580", "expected_close_date": "15/12/2026"},
        {"value": 1},
    ],
)
async def test_what_the_strict_contract_refuses_the_stand_in_refuses_too(
    body: Json, contracts: Mapping[str, OpenAPI]
) -> None:
    recorder = _Recorder()
    async with open_account(hooks={"response": [recorder.hear]}) as world:
        answer = await world.raw("POST", "/api/v2/deals", body)
    assert answer.status_code == 400
    assert answer.json()["code"] == "ERR_SCHEMA_VALIDATION_FAILED"
    with pytest.raises(OpenAPIError) as refused:
        contracts["v2"].validate_request(recorder.exchanges[0][0])
    assert TOKEN not in str(refused.value)
