"""What the parts of the client share."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from integrations.microsoft_graph.connection import Connection

if TYPE_CHECKING:
    from integrations.http import Transport
    from integrations.microsoft_graph.connection import GraphSettings, Tokens

# Outlook answers at most four requests of an app to one mailbox at a time.
_MAILBOX_REQUESTS = 4


class GraphClient:
    """A connection, the one library, and the narrow door to mailboxes."""

    def __init__(self, transport: Transport, settings: GraphSettings, tokens: Tokens) -> None:
        """``transport`` is made with ``settings.policy()``; ``tokens`` are for the scope of Graph.

        Raises:
            Configuration: the base URL is neither https nor on this machine.
        """
        self._connection = Connection(transport, settings, tokens)
        self._drive_id = settings.drive_id
        self._mailboxes = asyncio.Semaphore(_MAILBOX_REQUESTS)
