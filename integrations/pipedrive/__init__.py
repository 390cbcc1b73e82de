"""Pipedrive: deals, leads, notes, contacts and webhooks of one company account, over API v2 and, where that has
nothing, v1.

    async with new_client() as client:
        pipedrive = Pipedrive(PipedriveSettings("https://company.pipedrive.com", api_token), client)
        deal = await pipedrive.create_deal(DealWrite(title="S580", value=Decimal("125000.50"), currency="EUR"))

See README.md for what the service does and how this client copes.
"""

from __future__ import annotations

from integrations.pipedrive.account import DealField, FieldOption, FieldType, Me, Pipeline, Stage, User
from integrations.pipedrive.activities import Activity, ActivityChanges, ActivityWrite, Participant
from integrations.pipedrive.client import Pipedrive
from integrations.pipedrive.contacts import (
    Address,
    NewAddress,
    NewReach,
    Organization,
    OrganizationWrite,
    Person,
    PersonWrite,
    Reach,
)
from integrations.pipedrive.deals import Deal, DealChange, DealChanges, DealStatus, DealWrite, Follower
from integrations.pipedrive.errors import Blocked, BudgetExhausted, Refusal, read_refusal
from integrations.pipedrive.events import WebhookEvent, parse_webhook
from integrations.pipedrive.leads import (
    Conversion,
    ConversionStatus,
    Lead,
    LeadAmount,
    LeadChanges,
    LeadValue,
    LeadWrite,
)
from integrations.pipedrive.notes import Note
from integrations.pipedrive.settings import PipedriveSettings
from integrations.pipedrive.subscriptions import Webhook, WebhookWrite

__all__ = [
    "Activity",
    "ActivityChanges",
    "ActivityWrite",
    "Address",
    "Blocked",
    "BudgetExhausted",
    "Conversion",
    "ConversionStatus",
    "Deal",
    "DealChange",
    "DealChanges",
    "DealField",
    "DealStatus",
    "DealWrite",
    "FieldOption",
    "FieldType",
    "Follower",
    "Lead",
    "LeadAmount",
    "LeadChanges",
    "LeadValue",
    "LeadWrite",
    "Me",
    "NewAddress",
    "NewReach",
    "Note",
    "Organization",
    "OrganizationWrite",
    "Participant",
    "Person",
    "PersonWrite",
    "Pipedrive",
    "PipedriveSettings",
    "Pipeline",
    "Reach",
    "Refusal",
    "Stage",
    "User",
    "Webhook",
    "WebhookEvent",
    "WebhookWrite",
    "parse_webhook",
    "read_refusal",
]
