"""A small Microsoft Graph: one document library, and calendars with Teams links."""

from __future__ import annotations

from integrations.sandbox.graph.drive import Item, Library
from integrations.sandbox.graph.mailboxes import Mailboxes
from integrations.sandbox.graph.service import AUDIENCE, GraphSandbox

__all__ = ["AUDIENCE", "GraphSandbox", "Item", "Library", "Mailboxes"]
