"""The pages the stand-in serves.

Facts from the published `$metadata` of API v2.0 and from the tables behind it. The presales pages are ours; their
contract stands in integrations/business_central/README.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from integrations.sandbox.business_central.properties import Property

STANDARD_NAMESPACE = "Microsoft.NAV"


@dataclass(frozen=True, slots=True)
class Page:
    """An entity set over a table; ``collections`` are the sets below one of its records."""

    entity_set: str
    entity: str
    table: str
    properties: Mapping[str, Property]
    insertable: bool = True
    updatable: bool = True
    deletable: bool = True
    key: str = "id"
    collections: tuple[str, ...] = field(default=())

    @property
    def shown(self) -> tuple[Property, ...]:
        """The properties that stand in an answer; a stream has its own address."""
        return tuple(known for known in self.properties.values() if known.kind != "Stream")


def _properties(lines: str) -> Mapping[str, Property]:
    found = [Property.of(line) for line in lines.strip().splitlines()]
    return MappingProxyType({known.name: known for known in found})


_COMPANIES = Page(
    "companies",
    "company",
    "companies",
    _properties("""
        id Guid required
        systemVersion Text
        timestamp BigInteger
        name Text[30]
        displayName Text[250]
        businessProfileId Text[250]
        systemCreatedAt DateTime
        systemCreatedBy Guid
        systemModifiedAt DateTime
        systemModifiedBy Guid
    """),
    insertable=False,
    updatable=False,
    deletable=False,
)
_OPPORTUNITIES = Page(
    "opportunities",
    "opportunity",
    "opportunities",
    _properties("""
        id Guid required
        number Code[20] write
        contactNumber Code[20] write
        contactName Text[100]
        contactCompanyName Text[100]
        salespersonCode Code[20] write
        description Text[100] write
        status opportunityStatus
        closed Boolean
        creationDate Date
        dateClosed Date
        calculatedCurrentValue Decimal
        chancesOfSuccessPrc Decimal
        completedPrc Decimal
        estimatedClosingDate Date
        estimatedValue Decimal
        systemCreatedAt DateTime
        lastModifiedDateTime DateTime
    """),
)
_PROJECTS = Page(
    "projects",
    "project",
    "projects",
    _properties("""
        id Guid required
        number Code[20] write
        displayName Text[100] write
        lastModifiedDateTime DateTime
    """),
    collections=("documentAttachments",),
)
_CONTACTS = Page(
    "contacts",
    "contact",
    "contacts",
    _properties("""
        id Guid required
        number Code[20] write
        type contactType write
        displayName Text[100] write required
        jobTitle Text[30] write required
        companyNumber Code[20] write
        companyName Text[100] write
        contactBusinessRelation contactBusinessRelation
        addressLine1 Text[100] write
        addressLine2 Text[50] write
        city Text[30] write
        state Text[30] write
        country Code[10] write
        postalCode Code[20] write
        phoneNumber Text[30] write
        mobilePhoneNumber Text[30] write
        email Text[80] write
        website Text[80] write
        searchName Code[100] write
        privacyBlocked Boolean write
        taxRegistrationNumber Text write
        lastInteractionDate Date
        lastModifiedDateTime DateTime
    """),
)
_CUSTOMERS = Page(
    "customers",
    "customer",
    "customers",
    _properties("""
        id Guid required
        number Code[20] write
        displayName Text[100] write required
        type contactType write
        addressLine1 Text[100] write
        addressLine2 Text[50] write
        city Text[30] write
        state Text[30] write
        country Code[10] write
        postalCode Code[20] write
        phoneNumber Text[30] write
        email Text[80] write
        website Text[80] write
        salespersonCode Code[20] write
        balanceDue Decimal
        creditLimit Decimal write
        taxLiable Boolean write
        taxAreaId Guid write
        taxAreaDisplayName Text
        taxRegistrationNumber Text write
        currencyId Guid write
        currencyCode Text write
        paymentTermsId Guid write
        shipmentMethodId Guid write
        paymentMethodId Guid write
        blocked customerBlocked write
        lastModifiedDateTime DateTime
    """),
)
_SALESPEOPLE = Page(
    "salespeoplePurchasers",
    "salespersonPurchaser",
    "salespeople",
    _properties("""
        id Guid required
        code Code[20] write required
        displayName Text[50] write
        email Text[80] write
        email2 Text[80] write
        phoneNo Text[30] write
        jobTitle Text[30] write
        commisionPercent Decimal write
        privacyBlocked Boolean write
        blocked Boolean write
        lastModifiedDateTime DateTime
    """),
)
_ATTACHMENTS = Page(
    "documentAttachments",
    "documentAttachment",
    "attachments",
    _properties("""
        id Guid required
        fileName Text[250] write
        byteSize Integer
        attachmentContent Stream write
        parentType attachmentEntityBufferDocumentType write
        parentId Guid write required
        lineNumber Integer write
        documentFlowSales Boolean write
        documentFlowPurchase Boolean write
        lastModifiedDateTime DateTime
    """),
)
_SUBSCRIPTIONS = Page(
    "subscriptions",
    "subscriptions",
    "subscriptions",
    _properties("""
        subscriptionId Text[150] required
        notificationUrl Text write required
        resource Text write required
        timestamp BigInteger
        userId Guid
        lastModifiedDateTime DateTime
        clientState Text[2048] write
        expirationDateTime DateTime
        systemCreatedAt DateTime
        systemCreatedBy Guid
        systemModifiedAt DateTime
        systemModifiedBy Guid
    """),
    key="subscriptionId",
)
_PRESALES_OPPORTUNITIES = Page(
    "presalesOpportunities",
    "presalesOpportunity",
    "opportunities",
    _properties("""
        id Guid required
        number Code[20]
        estimatedValue Decimal write
        estimatedClosingDate Date write
        outcome presalesOutcome write
        dateClosed Date write
        closeOpportunityCode Code[10] write
        lastModifiedDateTime DateTime
    """),
    insertable=False,
    deletable=False,
)
_PRESALES_PROJECTS = Page(
    "presalesProjects",
    "presalesProject",
    "projects",
    _properties("""
        id Guid required
        number Code[20]
        customerNumber Code[20] write
        opportunityNumber Code[20] write
        globalDimension1Code Code[20] write
        globalDimension2Code Code[20] write
        lastModifiedDateTime DateTime
    """),
    insertable=False,
    deletable=False,
)


def _by_set(*pages: Page) -> Mapping[str, Page]:
    return MappingProxyType({page.entity_set: page for page in pages})


STANDARD = _by_set(
    _COMPANIES, _OPPORTUNITIES, _PROJECTS, _CONTACTS, _CUSTOMERS, _SALESPEOPLE, _ATTACHMENTS, _SUBSCRIPTIONS
)
PRESALES = _by_set(_PRESALES_OPPORTUNITIES, _PRESALES_PROJECTS)
WATCHABLE = frozenset({"opportunities", "projects", "contacts", "customers"})
"""The sets webhooks are served for: pages over real tables with a single key."""
