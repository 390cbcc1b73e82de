"""Business Central (API v2.0): opportunities, projects, and what they refer to.

    bc = BusinessCentral(Transport("business_central", client, policy()), settings, tokens)
    opportunity = await bc.opportunity("S580")

See README.md for what Business Central can be told, and for the custom pages that let it be told more.
"""

from __future__ import annotations

from integrations.business_central.capabilities import Capabilities, EntitySet, read_metadata
from integrations.business_central.client import BusinessCentral, PresalesResult
from integrations.business_central.records import (
    Attachment,
    Company,
    Contact,
    Customer,
    Opportunity,
    OpportunityStatus,
    PresalesOpportunity,
    PresalesProject,
    Project,
    Salesperson,
    Subscription,
)
from integrations.business_central.refusals import (
    ChangedMeanwhile,
    KeyTaken,
    NotAccepted,
    NotAllowed,
    RecordMissing,
    Refused,
    RelationMissing,
)
from integrations.business_central.settings import SCOPE, SERVICE, BusinessCentralSettings, policy
from integrations.business_central.subscriptions import (
    MOST_BYTES,
    ChangeType,
    Notification,
    Notifications,
    Subscriptions,
    parse_notifications,
)
from integrations.business_central.writes import (
    CLOSE_CODE_LENGTH,
    CODE_LENGTH,
    DESCRIPTION_LENGTH,
    FILE_NAME_LENGTH,
    NUMBER_LENGTH,
    PROJECT_NAME_LENGTH,
    LinkFile,
    OpportunityChanges,
    OpportunityWrite,
    Outcome,
    PresalesOpportunityChanges,
    PresalesProjectChanges,
    ProjectChanges,
    ProjectWrite,
    al_length,
)

__all__ = [
    "CLOSE_CODE_LENGTH",
    "CODE_LENGTH",
    "DESCRIPTION_LENGTH",
    "FILE_NAME_LENGTH",
    "MOST_BYTES",
    "NUMBER_LENGTH",
    "PROJECT_NAME_LENGTH",
    "SCOPE",
    "SERVICE",
    "Attachment",
    "BusinessCentral",
    "BusinessCentralSettings",
    "Capabilities",
    "ChangeType",
    "ChangedMeanwhile",
    "Company",
    "Contact",
    "Customer",
    "EntitySet",
    "KeyTaken",
    "LinkFile",
    "NotAccepted",
    "NotAllowed",
    "Notification",
    "Notifications",
    "Opportunity",
    "OpportunityChanges",
    "OpportunityStatus",
    "OpportunityWrite",
    "Outcome",
    "PresalesOpportunity",
    "PresalesOpportunityChanges",
    "PresalesProject",
    "PresalesProjectChanges",
    "PresalesResult",
    "Project",
    "ProjectChanges",
    "ProjectWrite",
    "RecordMissing",
    "Refused",
    "RelationMissing",
    "Salesperson",
    "Subscription",
    "Subscriptions",
    "al_length",
    "parse_notifications",
    "policy",
    "read_metadata",
]
