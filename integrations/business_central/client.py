"""The client: each method is one question or one change."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from integrations.business_central.capabilities import (
    PRESALES_OPPORTUNITIES,
    PRESALES_PROJECTS,
    Capabilities,
    EntitySet,
    read_metadata,
)
from integrations.business_central.connection import Connection
from integrations.business_central.odata import above, equals, modified_after
from integrations.business_central.records import (
    Attachment,
    Company,
    Contact,
    Customer,
    Opportunity,
    PresalesOpportunity,
    PresalesProject,
    Project,
    Salesperson,
)
from integrations.business_central.refusals import RecordMissing
from integrations.business_central.settings import BusinessCentralSettings
from integrations.business_central.subscriptions import Subscriptions
from integrations.business_central.writes import (
    LinkFile,
    OpportunityChanges,
    OpportunityWrite,
    PresalesOpportunityChanges,
    PresalesProjectChanges,
    ProjectChanges,
    ProjectWrite,
)
from integrations.entra import EntraTokens
from integrations.http import Transport


@dataclass(frozen=True, slots=True)
class PresalesResult:
    """What came of a write through the custom pages.

    ``record`` is the row afterwards, ``None`` when nothing was sent; ``not_offered`` names the properties the tenant's
    page lacks, which were left out.
    """

    record: PresalesOpportunity | PresalesProject | None
    not_offered: tuple[str, ...]


class BusinessCentral:
    """One company in Business Central.

    Every method raises the errors of `integrations.errors`; refusals come as `Refused` with Business Central's code.
    Reads are repeated by themselves. Writes are not: a lost answer raises `OutcomeUnknown`, and the number finds out
    what happened.
    """

    def __init__(self, transport: Transport, settings: BusinessCentralSettings, tokens: EntraTokens) -> None:
        """``transport`` should have the policy of `policy`; ``tokens`` the scope `SCOPE`."""
        self._connection = Connection(transport, settings, tokens)
        self._settings = settings
        self.subscriptions = Subscriptions(self._connection)

    async def companies(self) -> list[Company]:
        """The companies of the environment; also the harmless call that shows that everything is set up."""
        return await self._connection.read(Company, f"{self._settings.api_url}/companies")

    async def capabilities(self) -> Capabilities:
        """What this tenant offers. A tenant without the custom pages has an empty ``presales``."""
        try:
            presales = await self._metadata(self._settings.presales_url)
        except RecordMissing:
            presales = {}
        return Capabilities(await self._metadata(self._settings.api_url), presales)

    async def opportunities(self, modified_since: datetime | None = None) -> list[Opportunity]:
        """Opportunities changed after a time (aware), or all. A new value alone does not count as a change there."""
        url = self._connection.company_url("opportunities")
        return await self._connection.read(Opportunity, url, filter_by=modified_after(modified_since))

    async def opportunity(self, number: str) -> Opportunity | None:
        """The opportunity of this number."""
        url = self._connection.company_url("opportunities")
        return await self._connection.one(Opportunity, url, filter_by=equals("number", number.upper()))

    async def create_opportunity(self, opportunity: OpportunityWrite) -> Opportunity:
        """Make an opportunity.

        Raises:
            KeyTaken: its number exists already.
            RelationMissing: its contact or its salesperson does not exist.
            OutcomeUnknown: read `opportunity` before sending again.
        """
        url = self._connection.company_url("opportunities")
        return await self._connection.create(Opportunity, url, opportunity.body())

    async def update_opportunity(self, opportunity_id: UUID, etag: str, changes: OpportunityChanges) -> Opportunity:
        """Change an opportunity, if ``etag`` is still its state; else `ChangedMeanwhile`."""
        url = self._connection.record_url("opportunities", opportunity_id)
        return await self._connection.change(Opportunity, url, etag, changes.body())

    async def project(self, number: str) -> Project | None:
        """The project of this number."""
        url = self._connection.company_url("projects")
        return await self._connection.one(Project, url, filter_by=equals("number", number.upper()))

    async def create_project(self, project: ProjectWrite) -> Project:
        """Make a project; raises as `create_opportunity` does."""
        return await self._connection.create(Project, self._connection.company_url("projects"), project.body())

    async def update_project(self, project_id: UUID, etag: str, changes: ProjectChanges) -> Project:
        """Change a project, if ``etag`` is still its state; else `ChangedMeanwhile`."""
        url = self._connection.record_url("projects", project_id)
        return await self._connection.change(Project, url, etag, changes.body())

    async def contacts(
        self, modified_since: datetime | None = None, *, beyond: str = ""
    ) -> AsyncIterator[list[Contact]]:
        """Contacts changed after a time (aware), or all, page by page in the order of their numbers. ``beyond``: only
        those with higher numbers, to go on where a reading ended.
        """
        url = self._connection.company_url("contacts")
        async for page in self._connection.pages(
            Contact, url, filter_by=_news(modified_since, beyond), select=True, order_by="number"
        ):
            yield page

    async def contact(self, number: str) -> Contact | None:
        """The contact of this number."""
        url = self._connection.company_url("contacts")
        return await self._connection.one(Contact, url, filter_by=equals("number", number.upper()), select=True)

    async def contact_by_id(self, record_id: UUID) -> Contact | None:
        """The contact that a notification is about; None when it is gone."""
        return await self._connection.kept(Contact, self._connection.record_url("contacts", record_id))

    async def customer_by_id(self, record_id: UUID) -> Customer | None:
        """The customer that a notification is about; None when it is gone."""
        return await self._connection.kept(Customer, self._connection.record_url("customers", record_id))

    async def opportunity_by_id(self, record_id: UUID) -> Opportunity | None:
        """The opportunity that a notification is about; None when it is gone."""
        return await self._connection.kept(Opportunity, self._connection.record_url("opportunities", record_id))

    async def project_by_id(self, record_id: UUID) -> Project | None:
        """The project that a notification is about; None when it is gone."""
        return await self._connection.kept(Project, self._connection.record_url("projects", record_id))

    async def customers(
        self, modified_since: datetime | None = None, *, beyond: str = ""
    ) -> AsyncIterator[list[Customer]]:
        """Customers, as :meth:`contacts`."""
        url = self._connection.company_url("customers")
        async for page in self._connection.pages(
            Customer, url, filter_by=_news(modified_since, beyond), select=True, order_by="number"
        ):
            yield page

    async def salespeople(self) -> list[Salesperson]:
        """All salespeople and purchasers (Business Central 26 and later)."""
        return await self._connection.read(Salesperson, self._connection.company_url("salespeoplePurchasers"))

    async def attachments(self, project_id: UUID) -> list[Attachment]:
        """The files on a project's Attachments pane."""
        url = self._connection.record_url("projects", project_id)
        return await self._connection.read(Attachment, f"{url}/documentAttachments")

    async def add_link_file(self, project_id: UUID, name: str, target_url: str) -> Attachment:
        """Put a file on a project that opens ``target_url`` (http or https, percent-encoded); ``name`` ends in .url.

        A file of this name that is there already is kept when it opens the same page and overwritten when not, so the
        call may be repeated after any failure. It takes two writes: the file, then its content.

        Raises:
            pydantic.ValidationError: the name or the address cannot be used.
            OutcomeUnknown: call again; the file is found by its name.
        """
        link = LinkFile(name=name, target_url=target_url)
        file = await self._file_named(project_id, link.name) or await self._connection.create(
            Attachment,
            self._connection.company_url("documentAttachments"),
            {"parentType": "Job", "parentId": str(project_id), "fileName": link.name},
        )
        await self._fill(file, link.content())
        return await self._file_named(project_id, link.name) or file

    async def presales_opportunity(self, number: str) -> PresalesOpportunity | None:
        """The row of the custom page for an opportunity; `RecordMissing` when the tenant has no such page."""
        url = self._presales_url(PRESALES_OPPORTUNITIES)
        return await self._connection.one(PresalesOpportunity, url, filter_by=equals("number", number.upper()))

    async def presales_project(self, number: str) -> PresalesProject | None:
        """The row of the custom page for a project; `RecordMissing` when the tenant has no such page."""
        url = self._presales_url(PRESALES_PROJECTS)
        return await self._connection.one(PresalesProject, url, filter_by=equals("number", number.upper()))

    async def write_presales(
        self,
        record_id: UUID,
        etag: str,
        changes: PresalesOpportunityChanges | PresalesProjectChanges,
        capabilities: Capabilities,
    ) -> PresalesResult:
        """Change what only the custom pages can change, as far as the tenant offers it.

        ``record_id`` is the id of the opportunity or project (the same on both pages); ``etag`` that of its row on the
        custom page.
        """
        entity_set, model = _presales_page(changes)
        body = changes.body()
        absent = tuple(name for name in body if not capabilities.offers(entity_set, name))
        offered = {name: value for name, value in body.items() if name not in absent}
        if not offered:
            return PresalesResult(None, absent)
        url = self._connection.record_url(entity_set, record_id, root=self._settings.presales_url)
        return PresalesResult(await self._connection.change(model, url, etag, offered), absent)

    def _presales_url(self, entity_set: str) -> str:
        return self._connection.company_url(entity_set, root=self._settings.presales_url)

    async def _metadata(self, root: str) -> Mapping[str, EntitySet]:
        answer = await self._connection.send("GET", f"{root}/$metadata", headers={"Accept": "application/xml"})
        return read_metadata(self._connection.service, answer.body)

    async def _file_named(self, project_id: UUID, name: str) -> Attachment | None:
        files = await self.attachments(project_id)
        return next((file for file in files if file.file_name.casefold() == name.casefold()), None)

    async def _fill(self, file: Attachment, content: bytes) -> None:
        url = f"{self._connection.record_url('documentAttachments', file.id)}/attachmentContent"
        if file.byte_size and (await self._connection.send("GET", url, headers={"Accept": "*/*"})).body == content:
            return
        # Files live in a table made for each request, so their etags say little; Microsoft's own calls send the star.
        headers = {"Content-Type": "application/octet-stream", "If-Match": "*"}
        await self._connection.send("PATCH", url, headers=headers, content=content)


def _news(modified_since: datetime | None, beyond: str) -> str | None:
    terms = (modified_after(modified_since), above("number", beyond) if beyond else None)
    return " and ".join(term for term in terms if term is not None) or None


def _presales_page(changes: PresalesOpportunityChanges | PresalesProjectChanges) -> tuple[str, Any]:
    if isinstance(changes, PresalesOpportunityChanges):
        return PRESALES_OPPORTUNITIES, PresalesOpportunity
    return PRESALES_PROJECTS, PresalesProject
