"""Everything that can be asked of a Pipedrive account."""

from __future__ import annotations

from integrations.pipedrive.account import AccountCalls
from integrations.pipedrive.activities import ActivityCalls
from integrations.pipedrive.contacts import ContactCalls
from integrations.pipedrive.deals import DealCalls
from integrations.pipedrive.leads import LeadCalls
from integrations.pipedrive.notes import NoteCalls
from integrations.pipedrive.subscriptions import WebhookCalls


class Pipedrive(AccountCalls, DealCalls, NoteCalls, ContactCalls, LeadCalls, ActivityCalls, WebhookCalls):
    """A Pipedrive account, asked with one user's token.

    Every call may raise what `integrations.errors` draws, and `BudgetExhausted` or `Blocked`, both transient with
    ``retry_after`` in seconds. Why the service refused is read with `read_refusal`.
    """
