"""Notes on deals (API v1; there is no other)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, TypeAdapter

from integrations.pipedrive.channel import Channel, Operation
from integrations.pipedrive.values import Id, Moment, Record, Writing

CREATE_NOTE = Operation("POST", "/v1/notes", 10)
UPDATE_NOTE = Operation("PUT", "/v1/notes/{id}", 10)
LIST_NOTES = Operation("GET", "/v1/notes", 20)

_MOST_CHARACTERS = 90_000


class Note(Record):
    """A note; ``content`` is HTML as the service keeps it, which need not be what was sent."""

    id: int
    content: str
    deal_id: int | None = None
    user_id: int | None = None
    pinned_to_deal_flag: bool = False
    add_time: Moment | None = None
    update_time: Moment | None = None


_Html = Annotated[str, StringConstraints(min_length=1, max_length=_MOST_CHARACTERS)]


class _NewNote(Writing):
    content: _Html
    deal_id: Id
    pinned_to_deal_flag: Literal[0, 1] = Field(default=0)


class _NoteText(Writing):
    content: _Html


_NOTE = TypeAdapter(Note)


class NoteCalls(Channel):
    """Notes. ``html`` is at most 90,000 characters (the service takes about 100 KB); escape what people typed."""

    async def create_note(self, deal_id: int, html: str, *, pinned: bool = False) -> Note:
        """Write a note on a deal (10 tokens). Never sent twice: after `OutcomeUnknown` look with `notes`."""
        note = _NewNote(content=html, deal_id=deal_id, pinned_to_deal_flag=1 if pinned else 0)
        return await self._data(_NOTE, CREATE_NOTE, payload=note.body())

    async def update_note(self, note_id: int, html: str) -> Note:
        """Replace the text of a note (10 tokens)."""
        return await self._data(_NOTE, UPDATE_NOTE, note_id, payload=_NoteText(content=html).body())

    async def notes(self, deal_id: int) -> AsyncIterator[Note]:
        """Walk the notes of a deal (20 tokens per 500)."""
        async for note in self._offset_pages(_NOTE, LIST_NOTES, params={"deal_id": str(deal_id)}):
            yield note
