"""The client against the stand-in: what it writes, what it reads, how it survives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID, uuid4

import httpx
import pytest

from integrations.business_central import (
    SCOPE,
    BusinessCentral,
    BusinessCentralSettings,
    Capabilities,
    ChangedMeanwhile,
    Contact,
    KeyTaken,
    NotAccepted,
    OpportunityChanges,
    OpportunityStatus,
    OpportunityWrite,
    Outcome,
    PresalesOpportunity,
    PresalesOpportunityChanges,
    PresalesProject,
    PresalesProjectChanges,
    ProjectChanges,
    ProjectWrite,
    RecordMissing,
    Refused,
    RelationMissing,
)
from integrations.entra import EntraTokens
from integrations.errors import Configuration, Conflict, Drift, DriftReason, OutcomeUnknown, Transient
from integrations.http import Policy, Transport
from integrations.sandbox.business_central import COMPANY_ID
from tests.unit.integrations.doubles import VirtualTime
from tests.unit.sandbox_business_central.stage import CONTACT, SALESPERSON, Stage, on_stage

Record = TypeVar("Record")
NEW = OpportunityWrite(
    number="s580", contact_number=CONTACT, salesperson_code=SALESPERSON, description="S580 Mooring buoy"
)
FOLDER = "https://supplier.example/sites/Bids/S580%20Mooring%20buoy"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with on_stage() as running:
        yield running


@pytest.fixture
async def extended() -> AsyncIterator[Stage]:
    """A tenant whose partner installed the custom pages."""
    async with on_stage(presales_pages=True) as running:
        yield running


async def test_an_opportunity_is_made_read_and_changed(stage: Stage) -> None:
    assert await stage.bc.opportunity("S580") is None
    made = await stage.bc.create_opportunity(NEW)
    assert (made.number, made.status, made.estimated_value) == ("S580", OpportunityStatus.NOT_STARTED, Decimal(0))
    assert (made.contact_company_name, made.creation_date) == ("Prime contractor A", date(2026, 11, 23))
    assert (made.date_closed, made.estimated_closing_date) == (None, None)
    assert await stage.bc.opportunity("s580") == made
    changed = await stage.bc.update_opportunity(made.id, made.etag, OpportunityChanges(description="Revision C"))
    assert (changed.description, changed.salesperson_code) == ("Revision C", SALESPERSON)
    assert changed.etag != made.etag


async def test_only_what_changes_is_sent(stage: Stage) -> None:
    made = await stage.bc.create_opportunity(NEW)
    await stage.bc.update_opportunity(made.id, made.etag, OpportunityChanges(description="C"))
    assert stage.said[-1].request == b'{"description":"C"}'
    assert stage.said[-1].headers["if-match"] == made.etag
    assert stage.said[-1].headers["accept-language"] == "en-US"


async def test_a_change_upon_another_persons_change_is_a_conflict(stage: Stage) -> None:
    made = await stage.bc.create_opportunity(NEW)
    stage.edit("opportunities", "S580", description="By hand")
    with pytest.raises(ChangedMeanwhile) as caught:
        await stage.bc.update_opportunity(made.id, made.etag, OpportunityChanges(description="By bot"))
    assert isinstance(caught.value, Conflict)
    assert (caught.value.code, caught.value.status) == ("Request_EntityChanged", 409)
    assert caught.value.correlation_id is not None
    assert str(UUID(caught.value.correlation_id)) == caught.value.correlation_id
    assert "CorrelationId" not in caught.value.detail
    now = await stage.bc.opportunity("S580")
    assert now is not None
    assert now.description == "By hand"


async def test_a_number_that_exists_is_recognised(stage: Stage) -> None:
    await stage.bc.create_opportunity(NEW)
    with pytest.raises(KeyTaken) as caught:
        await stage.bc.create_opportunity(NEW)
    assert caught.value.code == "Internal_EntityWithSameKeyExists"


@pytest.mark.parametrize(
    "write",
    [
        OpportunityWrite(number="S581", contact_number="NOBODY"),
        OpportunityWrite(number="S581", salesperson_code="NOBODY"),
    ],
)
async def test_a_contact_or_salesperson_must_exist(stage: Stage, write: OpportunityWrite) -> None:
    with pytest.raises(RelationMissing):
        await stage.bc.create_opportunity(write)
    assert await stage.bc.opportunity("S581") is None


async def test_typed_numbers_may_be_forbidden(stage: Stage) -> None:
    stage.sandbox.rules.numbering.manual["opportunities"] = False
    with pytest.raises(Refused) as caught:
        await stage.bc.create_opportunity(NEW)
    assert caught.value.code == "Application_DialogException"
    assert "Manual Nos." in caught.value.detail
    assert "Manual Nos." not in str(caught.value)


async def test_a_project_is_made_read_and_renamed(stage: Stage) -> None:
    made = await stage.bc.create_project(ProjectWrite(number="S580P", display_name="Mooring buoy"))
    assert await stage.bc.project("s580p") == made
    changed = await stage.bc.update_project(made.id, made.etag, ProjectChanges(display_name="Mooring buoy EQM"))
    assert changed.display_name == "Mooring buoy EQM"
    assert await stage.bc.project("S999P") is None


async def every(pages: AsyncIterator[list[Record]]) -> list[Record]:
    return [one async for page in pages for one in page]


async def test_pages_come_in_the_order_of_numbers_and_go_on_beyond_one(stage: Stage) -> None:
    stage.sandbox.pages.page_size = 3
    numbers = [[one.number for one in page] async for page in stage.bc.contacts()]
    assert numbers == [sorted(page) for page in numbers]
    assert [len(page) for page in numbers] == [3, 3, 2]
    rest = [one.number for one in await every(stage.bc.contacts(beyond=numbers[0][-1]))]
    assert rest == numbers[1] + numbers[2]
    filters = [said.path for said in stage.said if "contacts" in said.path]
    assert len(filters) == 5


async def test_a_record_that_is_gone_is_nothing_and_a_page_that_is_missing_is_an_error(stage: Stage) -> None:
    known = (await every(stage.bc.contacts()))[0]
    assert await stage.bc.contact_by_id(known.id) == await stage.bc.contact(known.number)
    for read in (
        stage.bc.contact_by_id,
        stage.bc.customer_by_id,
        stage.bc.opportunity_by_id,
        stage.bc.project_by_id,
    ):
        assert await read(UUID(int=7)) is None
    with pytest.raises(RecordMissing):
        await stage.bc._connection.kept(Contact, stage.bc._connection.record_url("leads", known.id))


async def test_contacts_customers_and_salespeople_are_read_over_many_pages(stage: Stage) -> None:
    stage.sandbox.pages.page_size = 3
    contacts = await every(stage.bc.contacts())
    assert len(contacts) == 8
    assert len({contact.id for contact in contacts}) == 8
    assert {contact.type for contact in contacts} == {"Company", "Person"}
    assert {contact.contact_business_relation for contact in contacts} == {"Customer", "None", ""}
    assert [customer.blocked for customer in await every(stage.bc.customers())] == ["", "", ""]
    assert [person.code for person in await stage.bc.salespeople()] == ["LEAD1", "LEAD2", "BID"]
    found = await stage.bc.contact("ct000011")
    assert found is not None
    assert (found.display_name, found.company_number) == ("Procurement officer, Prime contractor A", CONTACT)


async def test_only_what_changed_since_is_read(stage: Stage) -> None:
    stage.time.pass_by(60)
    since = stage.time.now()
    stage.time.pass_by(60)
    stage.edit("contacts", CONTACT, city="Kiel")
    stage.edit("customers", "C00020", city="Bremen")
    await stage.bc.create_opportunity(NEW)
    assert [contact.number for contact in await every(stage.bc.contacts(since))] == [CONTACT]
    assert [customer.number for customer in await every(stage.bc.customers(since))] == ["C00020"]
    assert [opportunity.number for opportunity in await stage.bc.opportunities(since)] == ["S580"]
    assert await stage.bc.opportunities(stage.time.now()) == []


async def test_a_time_without_a_zone_is_refused_before_anything_is_sent(stage: Stage) -> None:
    with pytest.raises(ValueError, match="zone"):
        await every(stage.bc.contacts(datetime(2026, 11, 23, 8, 0)))  # noqa: DTZ001 - the mistake under test
    assert stage.said == []


async def test_quotes_in_a_number_stay_inside_the_filter(stage: Stage) -> None:
    assert await stage.bc.contact("x' or number ne '") is None


async def test_a_persons_new_value_does_not_move_the_etag(stage: Stage) -> None:
    made = await stage.bc.create_opportunity(NEW)
    stage.edit("opportunities", "S580", estimatedValue=250000, estimatedClosingDate="2027-03-01")
    now = await stage.bc.opportunity("S580")
    assert now is not None
    assert (now.estimated_value, now.estimated_closing_date) == (Decimal(250000), date(2027, 3, 1))
    assert now.etag == made.etag
    stage.edit("opportunities", "S580", status="Won")
    now = await stage.bc.opportunity("S580")
    assert now is not None
    assert (now.status, now.closed, now.date_closed) == (OpportunityStatus.WON, True, date(2026, 11, 23))
    assert now.etag != made.etag


async def test_a_link_file_is_put_on_the_project_once(stage: Stage) -> None:
    project = await stage.bc.create_project(ProjectWrite(number="S580P"))
    file = await stage.bc.add_link_file(project.id, "S580 folder.url", FOLDER)
    again = await stage.bc.add_link_file(project.id, "S580 FOLDER.url", FOLDER)
    assert again == file
    assert file.byte_size == len(f"[InternetShortcut]\r\nURL={FOLDER}\r\n")
    assert [found.file_name for found in await stage.bc.attachments(project.id)] == ["S580 folder.url"]
    moved = await stage.bc.add_link_file(project.id, "S580 folder.url", FOLDER.replace("buoy", "bell"))
    assert (moved.id, moved.byte_size) == (file.id, file.byte_size)
    assert moved.etag != file.etag
    (row,) = stage.sandbox.store.tables["attachments"].values()
    assert row.content == f"[InternetShortcut]\r\nURL={FOLDER.replace('buoy', 'bell')}\r\n".encode()


async def test_a_file_whose_content_was_lost_is_filled_later(stage: Stage) -> None:
    project = await stage.bc.create_project(ProjectWrite(number="S580P"))
    await stage.raw(
        "POST",
        f"{stage.company}/documentAttachments",
        {"parentType": "Job", "parentId": str(project.id), "fileName": "S580 folder.url"},
    )
    file = await stage.bc.add_link_file(project.id, "S580 folder.url", FOLDER)
    assert file.byte_size > 0
    assert len(await stage.bc.attachments(project.id)) == 1


async def test_attachments_of_an_unknown_project(stage: Stage) -> None:
    with pytest.raises(RecordMissing) as caught:
        await stage.bc.attachments(uuid4())
    assert caught.value.code == "Internal_RecordNotFound"


async def test_a_standard_tenant_says_what_it_lacks(stage: Stage) -> None:
    offered = await stage.bc.capabilities()
    assert offered.missing() == ()
    assert offered.presales == {}
    assert not offered.opportunity_value
    assert not offered.opportunity_close
    assert not offered.project_customer
    assert not offered.project_dimensions
    assert offered.standard["opportunities"].lengths["description"] == 100
    assert not offered.standard["companies"].insertable
    made = await stage.bc.create_opportunity(NEW)
    requests = len(stage.said)
    result = await stage.bc.write_presales(
        made.id, made.etag, PresalesOpportunityChanges(estimated_value=Decimal(10)), offered
    )
    assert (result.record, result.not_offered) == (None, ("estimatedValue",))
    assert len(stage.said) == requests
    with pytest.raises(RecordMissing):
        await stage.bc.presales_opportunity("S580")


async def test_an_extended_tenant_takes_value_and_outcome(extended: Stage) -> None:
    offered = await extended.bc.capabilities()
    assert offered.opportunity_value
    assert offered.opportunity_close
    made = await extended.bc.create_opportunity(NEW)
    row = await extended.bc.presales_opportunity("S580")
    assert row is not None
    assert (row.id, row.outcome, row.estimated_closing_date) == (made.id, "", None)
    value = PresalesOpportunityChanges(estimated_value=Decimal("250000.50"), estimated_closing_date=date(2027, 3, 1))
    result = await extended.bc.write_presales(row.id, row.etag, value, offered)
    assert isinstance(result.record, PresalesOpportunity)
    assert (result.record.estimated_value, result.not_offered) == (Decimal("250000.5"), ())
    running = await extended.bc.opportunity("S580")
    assert running is not None
    assert running.status is OpportunityStatus.IN_PROGRESS
    won = PresalesOpportunityChanges(outcome=Outcome.WON, close_opportunity_code="price")
    await extended.bc.write_presales(row.id, result.record.etag, won, offered)
    closed = await extended.bc.opportunity("S580")
    assert closed is not None
    assert (closed.status, closed.closed, closed.date_closed) == (OpportunityStatus.WON, True, date(2026, 11, 23))
    with pytest.raises(Refused) as caught:
        await extended.bc.update_opportunity(closed.id, closed.etag, OpportunityChanges(salesperson_code="LEAD2"))
    assert caught.value.code == "Application_DialogException"


async def test_an_extended_tenant_takes_customer_and_dimensions(extended: Stage) -> None:
    offered = await extended.bc.capabilities()
    assert offered.project_customer
    assert offered.project_dimensions
    project = await extended.bc.create_project(ProjectWrite(number="S580P"))
    row = await extended.bc.presales_project("S580P")
    assert row is not None
    changes = PresalesProjectChanges(customer_number="c00010", global_dimension1_code="space")
    result = await extended.bc.write_presales(project.id, row.etag, changes, offered)
    assert isinstance(result.record, PresalesProject)
    assert (result.record.customer_number, result.record.global_dimension1_code) == ("C00010", "SPACE")
    with pytest.raises(ChangedMeanwhile):
        await extended.bc.write_presales(project.id, row.etag, changes, offered)


async def test_a_page_that_lacks_a_property_gets_the_rest(extended: Stage) -> None:
    offered = await extended.bc.capabilities()
    page = offered.presales["presalesOpportunities"]
    types = {name: kind for name, kind in page.types.items() if name != "estimatedClosingDate"}
    older = Capabilities(offered.standard, {page.name: type(page)(page.name, types, page.lengths)})
    assert not older.opportunity_value
    made = await extended.bc.create_opportunity(NEW)
    changes = PresalesOpportunityChanges(estimated_value=Decimal(1), estimated_closing_date=date(2027, 1, 1))
    result = await extended.bc.write_presales(made.id, made.etag, changes, older)
    assert result.not_offered == ("estimatedClosingDate",)
    assert isinstance(result.record, PresalesOpportunity)
    assert (result.record.estimated_value, result.record.estimated_closing_date) == (Decimal(1), None)


async def test_the_pace_is_kept(stage: Stage) -> None:
    await asyncio.gather(*[stage.bc.companies() for _ in range(46)])
    assert stage.time.seconds >= 3


async def test_a_token_that_is_not_accepted_is_renewed_once(stage: Stage) -> None:
    await stage.bc.companies()
    stage.login._issuer.rotate(keep_old=False)
    assert [company.id for company in await stage.bc.companies()] == [UUID(COMPANY_ID)]
    assert stage.login.state()["counts"]["issued"] == 2


async def test_an_unknown_company_is_said_to_be_missing() -> None:
    async with on_stage(company_id=str(uuid4())) as stage:
        with pytest.raises(RecordMissing):
            await stage.bc.opportunity("S580")
        assert len(await stage.bc.companies()) == 1


class Script:
    """Answers like a Business Central that a test makes up; tokens are always given."""

    def __init__(self) -> None:
        self.answers: list[httpx.Response | Exception] = []
        self.requests: list[httpx.Request] = []
        self.at_once = self.most_at_once = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "login.test":
            return httpx.Response(200, json={"access_token": "top-secret-token", "expires_in": 3600})
        self.requests.append(request)
        answer = self.answers.pop(0)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        for _ in range(10):
            await asyncio.sleep(0)
        self.at_once -= 1
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
async def scripted(script: Script, virtual_time: VirtualTime) -> AsyncIterator[BusinessCentral]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(script)) as client:
        transport = Transport("business_central", client, Policy(attempts=2), virtual_time.clock())
        tokens = EntraTokens(
            transport,
            login_url="https://login.test",
            tenant_id="t",
            client_id="c",
            secret="s",
            scope=SCOPE,
            now=virtual_time.now,
        )
        settings = BusinessCentralSettings("t", "Production", UUID(COMPANY_ID), base_url="https://bc.test/v2.0/")
        yield BusinessCentral(transport, settings, tokens)


async def test_at_most_four_requests_at_once(scripted: BusinessCentral, script: Script) -> None:
    script.answers = [httpx.Response(200, json={"value": []}) for _ in range(20)]
    await asyncio.gather(*[scripted.companies() for _ in range(20)])
    assert script.most_at_once == 4


async def test_addresses_and_filters_are_spelled_without_plus_signs(scripted: BusinessCentral, script: Script) -> None:
    script.answers = [httpx.Response(200, json={"value": []})]
    await scripted.opportunities(datetime(2026, 11, 23, 8, 0, 0, 123456, tzinfo=UTC))
    request = script.requests[0]
    assert (
        request.url.raw_path
        == (
            f"/v2.0/t/Production/api/v2.0/companies({COMPANY_ID})/opportunities"
            "?$filter=lastModifiedDateTime%20gt%202026-11-23T08%3A00%3A00.123Z"
        ).encode()
    )
    assert request.headers["Prefer"] == "odata.maxpagesize=1000"


async def test_a_post_whose_answer_is_lost_is_not_sent_again(scripted: BusinessCentral, script: Script) -> None:
    for lost in (httpx.ReadTimeout("late"), httpx.Response(504), httpx.Response(408)):
        script.answers, script.requests = [lost], []
        with pytest.raises(OutcomeUnknown):
            await scripted.create_project(ProjectWrite(number="S580P"))
        assert len(script.requests) == 1


async def test_a_busy_business_central_is_asked_again(scripted: BusinessCentral, script: Script) -> None:
    script.answers = [httpx.Response(503, headers={"Retry-After": "2"}), httpx.Response(200, json={"value": []})]
    assert await scripted.companies() == []
    script.answers = [httpx.Response(429), httpx.Response(429)]
    with pytest.raises(Transient):
        await scripted.create_project(ProjectWrite(number="S580P"))


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.test/v2.0/next",
        "http://bc.test/v2.0/next",
        "https://bc.test:8443/next",
        "https://user@bc.test/next",
        "https://[broken",
        "https://bc.test:port/next",
        7,
    ],
)
async def test_a_next_page_elsewhere_is_not_followed(scripted: BusinessCentral, script: Script, link: object) -> None:
    script.answers = [httpx.Response(200, json={"value": [], "@odata.nextLink": link})]
    with pytest.raises(Drift):
        await scripted.companies()
    assert len(script.requests) == 1


async def test_a_list_without_end_is_given_up(
    scripted: BusinessCentral, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.business_central.connection._MOST_PAGES", 3)
    script.answers = [
        httpx.Response(200, json={"value": [], "@odata.nextLink": f"https://bc.test/{page}"}) for page in range(5)
    ]
    with pytest.raises(Drift) as caught:
        await scripted.companies()
    assert caught.value.reason is DriftReason.TOO_LARGE
    assert len(script.requests) == 3


@pytest.mark.parametrize(
    "body", [{"value": [{"name": "x"}]}, {"value": [7]}, {"value": {}}, [], {"value": [{"id": "7", "name": "x"}]}]
)
async def test_another_shape_is_drift(scripted: BusinessCentral, script: Script, body: object) -> None:
    script.answers = [httpx.Response(200, json=body)]
    with pytest.raises(Drift):
        await scripted.companies()


async def test_an_app_that_is_not_enabled_is_refused_after_a_second_try(
    scripted: BusinessCentral, script: Script
) -> None:
    body = {"error": {"code": "Authentication_InvalidCredentials", "message": "No."}}
    script.answers = [httpx.Response(401, json=body), httpx.Response(401, json=body)]
    with pytest.raises(NotAccepted) as caught:
        await scripted.companies()
    assert "top-secret-token" not in f"{caught.value!s}{caught.value!r}{vars(scripted)}"


async def test_settings_take_only_safe_addresses() -> None:
    with pytest.raises(Configuration):
        BusinessCentralSettings("t", "Production", UUID(COMPANY_ID), base_url="http://bc.example/v2.0")
