"""Microsoft Graph: folders and files of one SharePoint library, and meetings in Outlook calendars.

    settings = GraphSettings(base_url="https://graph.microsoft.com/v1.0", drive_id=…)
    transport = Transport("graph", client, settings.policy())
    graph = MicrosoftGraph(transport, settings, tokens)
    tree = await graph.ensure_tree(folder_name("S580 Mooring buoy: study"), ["01 Tender", "02 Offer"])

See README.md for the permissions it needs and how it copes with lost answers.
"""

from __future__ import annotations

from integrations.microsoft_graph.client import MicrosoftGraph
from integrations.microsoft_graph.connection import GraphSettings, Tokens
from integrations.microsoft_graph.items import Drive, DriveItem, FolderTree
from integrations.microsoft_graph.meetings import Attendee, Event, EventChange, EventWrite
from integrations.microsoft_graph.names import check_name, folder_name
from integrations.microsoft_graph.refusals import Refusal, refusal

__all__ = [
    "Attendee",
    "Drive",
    "DriveItem",
    "Event",
    "EventChange",
    "EventWrite",
    "FolderTree",
    "GraphSettings",
    "MicrosoftGraph",
    "Refusal",
    "Tokens",
    "check_name",
    "folder_name",
    "refusal",
]
