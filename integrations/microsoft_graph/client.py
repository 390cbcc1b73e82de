"""The client of Microsoft Graph."""

from __future__ import annotations

from integrations.microsoft_graph.calendar import Calendar
from integrations.microsoft_graph.library import Library
from integrations.microsoft_graph.uploads import Uploads


class MicrosoftGraph(Library, Uploads, Calendar):
    """Folders, files and meetings, over one polite and authorised connection."""
