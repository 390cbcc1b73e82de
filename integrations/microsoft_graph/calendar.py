"""Meetings in people's Outlook calendars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrations.errors import Permanent
from integrations.microsoft_graph import addresses
from integrations.microsoft_graph.base import GraphClient
from integrations.microsoft_graph.connection import absent
from integrations.microsoft_graph.meetings import Event, EventChange, EventWrite

if TYPE_CHECKING:
    from integrations.http import Answer

# Immutable ids stay when somebody moves the meeting to another calendar folder.
_PREFER = {"Prefer": 'outlook.timezone="UTC", IdType="ImmutableId"'}
_LONGEST_COMMENT = 10_000


class Calendar(GraphClient):
    """Writes meetings into calendars; ``user_id`` is the organiser's Entra object id or user principal name.

    Every method raises what `integrations.http.Transport.send` does, and `Drift` for an answer that is no event.
    """

    async def create_event(self, user_id: str, event: EventWrite, *, online: bool = True) -> Event:
        """Make a meeting, with a Teams link if ``online``; Outlook sends the invitations.

        Calling it again with the same ``transaction_id`` and content gives the same meeting.

        Raises:
            Conflict: another meeting was made with this ``transaction_id`` (``ErrorDuplicateTransactionId``).
        """
        return self._read(await self._send("POST", addresses.events(user_id), event.creation(online=online)))

    async def update_event(self, user_id: str, event_id: str, change: EventChange) -> Event:
        """Change a meeting; Outlook tells the attendees. Only what ``change`` names is touched."""
        return self._read(await self._send("PATCH", addresses.event(user_id, event_id), change.payload()))

    async def cancel_event(self, user_id: str, event_id: str, comment: str = "") -> None:
        """Cancel a meeting and tell its attendees why; one that is gone already is no error.

        Raises:
            ValueError: the comment is longer than 10,000 characters.
        """
        if len(comment) > _LONGEST_COMMENT:
            raise ValueError(f"a comment has at most {_LONGEST_COMMENT} characters")
        try:
            await self._send("POST", f"{addresses.event(user_id, event_id)}/cancel", {"comment": comment})
        except Permanent as error:
            if not absent(error):
                raise

    async def may_read(self, user_id: str) -> None:
        """Look at somebody's calendar, which tells whether the application may and whether there is one.

        Raises:
            Permanent: 403 where it may not, 404 where there is no such mailbox.
        """
        async with self._mailboxes:
            await self._connection.get(addresses.calendar(user_id))

    async def event(self, user_id: str, event_id: str) -> Event | None:
        """Give a meeting, or ``None`` when it is no longer in the calendar."""
        try:
            async with self._mailboxes:
                answer = await self._connection.get(addresses.event(user_id, event_id), headers=_PREFER)
        except Permanent as error:
            if absent(error):
                return None
            raise
        return self._read(answer)

    async def _send(self, method: str, address: str, payload: object) -> Answer:
        """Every write here may be repeated: creations carry their transaction, a change and a cancellation end the
        same.
        """
        async with self._mailboxes:
            return await self._connection.send_json(method, address, payload, headers=_PREFER, repeatable=True)

    def _read(self, answer: Answer) -> Event:
        return self._connection.read(Event, answer)
