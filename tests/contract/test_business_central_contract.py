"""The client's requests, the stand-in's answers and the real contract of API v2.0 agree."""

from __future__ import annotations

import inspect
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import orjson
import pytest

from integrations.business_central import (
    Attachment,
    BusinessCentral,
    Capabilities,
    Company,
    Contact,
    Customer,
    Opportunity,
    OpportunityChanges,
    OpportunityStatus,
    OpportunityWrite,
    PresalesOpportunityChanges,
    PresalesProjectChanges,
    Project,
    ProjectChanges,
    ProjectWrite,
    Salesperson,
    Subscription,
    Subscriptions,
    parse_notifications,
    read_metadata,
)
from integrations.business_central.odata import encode_enum
from integrations.sandbox.business_central.edmx import document
from integrations.sandbox.business_central.schema import PRESALES, STANDARD
from tests.unit.sandbox_business_central.stage import CONTACT, SALESPERSON, Said, Stage, on_stage

HOOK = "http://127.0.0.1:3978/webhooks/business-central"
FOLDER = "https://supplier.example/S580"
SET = re.compile(r"/api/(?P<root>v2\.0|offerdesk/presales/v1\.0)/(?P<rest>.*)$")
READERS: Mapping[str, Any] = {
    "Edm.Guid": UUID,
    "Edm.Date": date.fromisoformat,
    "Edm.DateTimeOffset": datetime.fromisoformat,
}
PYTHON: Mapping[str, type | tuple[type, ...]] = {
    "Edm.String": str,
    "Edm.Decimal": (int, float),
    "Edm.Int32": int,
    "Edm.Int64": int,
}


@dataclass(frozen=True)
class Property:
    type: str
    nullable: bool
    length: int | None


@dataclass(frozen=True)
class Contract:
    """One `$metadata` document, read without the code under test."""

    properties: dict[str, dict[str, Property]]
    enums: dict[str, set[str]]
    verbs: dict[str, dict[str, bool]]

    @classmethod
    def of(cls, text: str) -> Contract:
        root = ET.fromstring(text)  # noqa: S314 - a file of the repository's surroundings, or our own
        for element in root.iter():
            element.tag = element.tag.rpartition("}")[2]
        types = {entity.attrib["Name"]: _properties(entity) for entity in root.iter("EntityType")}
        sets = list(root.iter("EntitySet"))
        return cls(
            {one.attrib["Name"]: types[one.attrib["EntityType"].rpartition(".")[2]] for one in sets},
            {
                enum.attrib["Name"]: {member.attrib["Name"] for member in enum.iter("Member")}
                for enum in root.iter("EnumType")
            },
            {one.attrib["Name"]: _verbs(one) for one in sets},
        )

    def problems(self, entity_set: str, row: Mapping[str, object]) -> list[str]:
        known = self.properties[entity_set]
        found = [f"{entity_set}.{name} is unknown" for name in row if name not in known]
        return found + [
            f"{entity_set}.{name} holds {value!r}"
            for name, value in row.items()
            if name in known and not self._fits(known[name], value)
        ]

    def _fits(self, known: Property, value: object) -> bool:
        if known.type in READERS:
            return isinstance(value, str) and bool(READERS[known.type](value))
        if known.type == "Edm.Boolean":
            return isinstance(value, bool)
        if known.type in PYTHON:
            right = isinstance(value, PYTHON[known.type]) and not isinstance(value, bool)
            return right and (known.length is None or len(str(value)) <= known.length)
        return value in self.enums[known.type.rpartition(".")[2]]


def _properties(entity: ET.Element) -> dict[str, Property]:
    return {
        one.attrib["Name"]: Property(
            one.attrib["Type"],
            one.attrib.get("Nullable") != "false",
            int(one.attrib["MaxLength"]) if "MaxLength" in one.attrib else None,
        )
        for one in entity.iter("Property")
    }


def _verbs(entity_set: ET.Element) -> dict[str, bool]:
    values = {one.attrib["Property"]: one.attrib.get("Bool") for one in entity_set.iter("PropertyValue")}
    return {verb: values.get(verb, "true") == "true" for verb in ("Insertable", "Updatable", "Deletable")}


@pytest.fixture(scope="session")
def specs(shared_specs: Path) -> Path:
    return shared_specs / "business-central"


@pytest.fixture(scope="session")
def real(specs: Path) -> Contract:
    return Contract.of((specs / "bc-v2.0-metadata.xml").read_text(encoding="utf-8-sig"))


@pytest.fixture(scope="session")
def writable(specs: Path) -> dict[str, dict[str, int | None]]:
    """By entity set: the properties the pages' source says can be written, with the lengths of their fields."""
    entities = orjson.loads((specs / "bc-v2.0-entities-derived.json").read_bytes())["entities"]
    return {
        entity["entitySet"]: {one["name"]: one["maxLength"] for one in entity["properties"] if one["writable"]}
        for entity in entities.values()
    }


@pytest.fixture
async def played() -> AsyncIterator[Stage]:
    """Every method of the client has run."""
    async with on_stage(presales_pages=True) as stage:
        called = await play(stage)
        assert called == public_methods(BusinessCentral) | public_methods(Subscriptions)
        yield stage


ASKS = (inspect.iscoroutinefunction, inspect.isasyncgenfunction)


def public_methods(kind: type) -> set[str]:
    found = [member for asks in ASKS for member in inspect.getmembers(kind, asks)]
    return {name for name, _ in found if not name.startswith("_")}


class Calls:
    """Calls methods and remembers their names."""

    def __init__(self, target: object) -> None:
        self.target = target
        self.names: set[str] = set()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the target has
        self.names.add(name)
        return getattr(self.target, name)


async def play(stage: Stage) -> set[str]:
    bc, hooks = Calls(stage.bc), Calls(stage.bc.subscriptions)
    await bc.companies()
    offered = await bc.capabilities()
    made = await bc.create_opportunity(
        OpportunityWrite(number="S580", contact_number=CONTACT, salesperson_code=SALESPERSON, description="Buoy")
    )
    changed = OpportunityChanges(contact_number="CT000020", salesperson_code="LEAD2", description="Bell")
    await bc.update_opportunity(made.id, made.etag, changed)
    await bc.opportunity("S580")
    await bc.opportunities(stage.time.now())
    project = await bc.create_project(ProjectWrite(number="S580P", display_name="Buoy"))
    await bc.update_project(project.id, project.etag, ProjectChanges(display_name="Bell"))
    await bc.project("S580P")
    await bc.project_by_id(project.id)
    await bc.salespeople()
    for name, one in (("contacts", "contact_by_id"), ("customers", "customer_by_id")):
        found = [record async for page in getattr(bc, name)(beyond="A") for record in page]
        await getattr(bc, one)(found[0].id)
    await bc.opportunity_by_id(made.id)
    await bc.contact(CONTACT)
    await bc.add_link_file(project.id, "S580 folder.url", FOLDER)
    await bc.attachments(project.id)
    row, second = await bc.presales_opportunity("S580"), await bc.presales_project("S580P")
    value = PresalesOpportunityChanges(estimated_value=Decimal("1.5"), estimated_closing_date=date(2027, 1, 1))
    await bc.write_presales(row.id, row.etag, value, offered)
    customer = PresalesProjectChanges(customer_number="C00010", opportunity_number="S580", global_dimension1_code="A")
    await bc.write_presales(second.id, second.etag, customer, offered)
    subscription = await hooks.create("opportunities", HOOK, "state")
    renewed = await hooks.renew(subscription, "state")
    await hooks.all()
    await hooks.delete(renewed)
    return bc.names | hooks.names


def place(said: Said) -> tuple[str, str, str]:
    """The API root, the entity set and what follows the last record's key."""
    found = SET.search(said.path)
    assert found is not None, said.path
    rest = re.sub(r"^companies\([^)]*\)/", "", found["rest"])
    names = re.sub(r"\([^)]*\)", "", rest).split("/")
    stream = names[-1] == "attachmentContent"
    return found["root"], names[-2] if stream else names[-1], "content" if stream else ""


def exchanges(stage: Stage, root: str) -> list[tuple[Said, str]]:
    """What was said about entity sets below one root."""
    spoken = [(said, place(said)) for said in stage.said if "/login/" not in said.path]
    return [
        (said, name) for said, (where, name, below) in spoken if where == root and not below and name != "$metadata"
    ]


def rows_of(said: Said) -> list[dict[str, Any]]:
    if said.status == 204:
        return []
    body = orjson.loads(said.answer)
    rows = body.get("value", [body])
    return [{name: value for name, value in row.items() if not name.startswith("@odata.")} for row in rows]


async def test_every_request_is_one_the_real_service_takes(
    played: Stage, real: Contract, writable: Mapping[str, Mapping[str, int | None]]
) -> None:
    bodies = 0
    for said, entity_set in exchanges(played, "v2.0"):
        verb = {"POST": "Insertable", "PATCH": "Updatable", "DELETE": "Deletable"}.get(said.method)
        assert verb is None or real.verbs[entity_set][verb], (said.method, entity_set)
        assert ("if-match" in said.headers) == (said.method in {"PATCH", "DELETE"})
        if not said.request:
            continue
        bodies += 1
        sent = orjson.loads(said.request)
        assert real.problems(entity_set, sent) == []
        if entity_set in writable:
            assert sent.keys() <= writable[entity_set].keys()
            lengths = {name: writable[entity_set][name] for name in sent}
            assert all(limit is None or len(sent[name]) <= limit for name, limit in lengths.items())
    assert bodies == 7


async def test_content_of_files_goes_to_a_stream_property(played: Stage, real: Contract) -> None:
    (said,) = [said for said in played.said if said.path.endswith("/attachmentContent")]
    assert real.properties["documentAttachments"]["attachmentContent"].type == "Edm.Stream"
    assert (said.method, said.status, said.headers["content-type"]) == ("PATCH", 204, "application/octet-stream")


async def test_every_answer_is_one_the_real_service_could_give(played: Stage, real: Contract) -> None:
    rows = 0
    for said, entity_set in exchanges(played, "v2.0"):
        assert said.status == {"POST": 201, "DELETE": 204}.get(said.method, 200)
        selected = entity_set in {"contacts", "customers"}
        whole = {name for name, known in real.properties[entity_set].items() if known.type != "Edm.Stream"}
        for row in rows_of(said):
            rows += 1
            assert real.problems(entity_set, row) == []
            assert row.keys() <= whole if selected else row.keys() == whole
            assert all(value is not None for value in row.values())
    assert rows >= 25


async def test_whole_contacts_and_customers_have_the_real_shape(played: Stage, real: Contract) -> None:
    for entity_set in ("contacts", "customers"):
        answer = await played.raw("GET", f"{played.company}/{entity_set}")
        for row in answer.json()["value"]:
            del row["@odata.etag"]
            assert row.keys() == real.properties[entity_set].keys()
            assert real.problems(entity_set, row) == []


async def test_the_custom_pages_keep_their_own_contract(played: Stage) -> None:
    own = Contract.of(document(PRESALES))
    seen = exchanges(played, "offerdesk/presales/v1.0")
    assert {entity_set for _, entity_set in seen} == {"presalesOpportunities", "presalesProjects"}
    for said, entity_set in seen:
        for row in rows_of(said):
            assert own.problems(entity_set, row) == []
            assert row.keys() == own.properties[entity_set].keys()
        if said.request:
            assert own.problems(entity_set, orjson.loads(said.request)) == []


async def test_refusals_have_the_real_shape(played: Stage) -> None:
    code, status = "Internal_EntityWithSameKeyExists", 409
    answer = await played.raw("POST", f"{played.company}/projects", {"number": "S580P"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert re.search(r"CorrelationId:\s+[0-9a-f-]{36}\.$", answer.json()["error"]["message"])


def test_the_stand_ins_metadata_is_a_part_of_the_real_one(real: Contract) -> None:
    own = Contract.of(document(STANDARD))
    for entity_set, properties in own.properties.items():
        assert properties == real.properties[entity_set]
        assert own.verbs[entity_set] == real.verbs[entity_set]
    for name, members in own.enums.items():
        assert members <= real.enums[name]


def test_the_stand_in_lets_nothing_be_written_that_is_read_only(
    writable: Mapping[str, Mapping[str, int | None]],
) -> None:
    for entity_set, page in STANDARD.items():
        if entity_set in writable:
            allowed = {name for name, known in page.properties.items() if known.writable}
            assert allowed <= writable[entity_set].keys()


@pytest.mark.parametrize(
    ("entity_set", "write", "changes"),
    [("opportunities", OpportunityWrite, OpportunityChanges), ("projects", ProjectWrite, ProjectChanges)],
)
def test_the_write_models_hold_exactly_what_is_writable(
    writable: Mapping[str, Mapping[str, int | None]],
    entity_set: str,
    write: type[OpportunityWrite | ProjectWrite],
    changes: type[OpportunityChanges | ProjectChanges],
) -> None:
    names = {field.alias: name for name, field in write.model_fields.items()}
    assert names.keys() == writable[entity_set].keys()
    assert {field.alias for field in changes.model_fields.values()} == writable[entity_set].keys() - {"number"}
    for alias, limit in writable[entity_set].items():
        assert limit is not None
        fits = {"number": "N", names[alias]: "N" * limit}
        assert getattr(write(**fits), names[alias]) == "N" * limit
        with pytest.raises(ValueError, match=f"longer than {limit}"):
            write(**{**fits, names[alias]: "N" * (limit + 1)})


@pytest.mark.parametrize(
    ("entity_set", "model"),
    [
        ("companies", Company),
        ("opportunities", Opportunity),
        ("projects", Project),
        ("contacts", Contact),
        ("customers", Customer),
        ("salespeoplePurchasers", Salesperson),
        ("documentAttachments", Attachment),
        ("subscriptions", Subscription),
    ],
)
def test_whatever_is_read_exists(real: Contract, entity_set: str, model: type[Opportunity]) -> None:
    names = {str(field.alias) for field in model.model_fields.values()} - {"@odata.etag"}
    assert names <= real.properties[entity_set].keys()


def test_every_status_is_known(real: Contract) -> None:
    known = {encode_enum(status.value) for status in OpportunityStatus} - {"Unknown"}
    assert {name.lower() for name in known} == {name.lower() for name in real.enums["opportunityStatus"]}


def test_the_real_metadata_is_read_and_lacks_nothing(specs: Path, real: Contract) -> None:
    sets = read_metadata("business_central", (specs / "bc-v2.0-metadata.xml").read_bytes())
    assert Capabilities(sets, {}).missing() == ()
    assert sets.keys() == real.properties.keys()
    for name, found in sets.items():
        assert dict(found.types) == {one: known.type for one, known in real.properties[name].items()}
        assert found.insertable == real.verbs[name]["Insertable"]


def test_recorded_answers_are_read(specs: Path) -> None:
    samples = specs / "samples"
    companies = orjson.loads((samples / "companies.json").read_bytes())["value"]
    assert [Company.model_validate(row).name for row in companies] == [row["name"] for row in companies]
    row = orjson.loads((samples / "customer.json").read_bytes())
    customer = Customer.model_validate(row)
    assert (customer.number, customer.blocked, customer.etag) == (row["number"], "", row["@odata.etag"])
    row = orjson.loads((samples / "subscription.json").read_bytes())
    assert Subscription.model_validate(row).subscription_id == row["subscriptionId"]
    body = (samples / "notifications.json").read_bytes()
    state = orjson.loads(body)["value"][0]["clientState"]
    read = parse_notifications(body, {"items": state, "salesInvoices": state})
    assert (read.accepted[0].entity_set, read.accepted[0].change, read.refused) == ("items", "updated", 0)
