"""Files into folders: small ones in one request, larger ones in pieces."""

from __future__ import annotations

from http import HTTPStatus

from integrations.errors import Drift, DriftReason, OutcomeUnknown, Permanent
from integrations.http import Answer, Call
from integrations.microsoft_graph import addresses
from integrations.microsoft_graph.base import GraphClient
from integrations.microsoft_graph.connection import absent
from integrations.microsoft_graph.items import DriveItem, UploadSession

LARGEST_SMALL_FILE = 4_000_000
"""Bytes that every version of the documentation allows in one request."""
LARGEST_FILE = 250_000_000
"""Bytes this client sends at all: a file is held in memory."""
_PIECE = 10 * 320 * 1024  # every piece but the last must be a multiple of 320 KiB


class Uploads(GraphClient):
    """Writes files into the library; see `Library` for what is raised by all methods."""

    async def upload(self, parent_id: str | None, name: str, content: bytes, *, replace: bool = True) -> DriveItem:
        """Write a file of any size up to `LARGEST_FILE`, in the way its size asks for; else as `upload_small`."""
        if len(content) <= LARGEST_SMALL_FILE:
            return await self.upload_small(parent_id, name, content, replace=replace)
        return await self._upload_in_pieces(parent_id, name, content, replace=replace)

    async def upload_small(
        self, parent_id: str | None, name: str, content: bytes, *, replace: bool = True
    ) -> DriveItem:
        """Write a file of at most 4 MB into a folder; with ``replace`` a file of the same name gets a new version.

        Raises:
            Conflict: the name is taken, by a folder or, without ``replace``, by a file.
            OutcomeUnknown: without ``replace``, the answer was lost: see what is there before sending again.
            ValueError: the content is larger than 4 MB.
        """
        if len(content) > LARGEST_SMALL_FILE:
            raise ValueError(f"larger than {LARGEST_SMALL_FILE} bytes; upload() sends it in pieces")
        address = f"{addresses.below(self._drive_id, parent_id, [name])}:/content"
        answer = await self._connection.send_bytes(
            address,
            content,
            params={"@microsoft.graph.conflictBehavior": _behaviour(replace=replace)},
            repeatable=replace,
        )
        return self._connection.read(DriveItem, answer)

    async def _upload_in_pieces(self, parent_id: str | None, name: str, content: bytes, *, replace: bool) -> DriveItem:
        if len(content) > LARGEST_FILE:
            raise ValueError(f"larger than {LARGEST_FILE} bytes")
        address = f"{addresses.below(self._drive_id, parent_id, [name])}:/createUploadSession"
        wanted = {"item": {"@microsoft.graph.conflictBehavior": _behaviour(replace=replace)}}
        # A session that nobody uses expires and leaves nothing behind, so asking twice does no harm.
        answer = await self._connection.send_json("POST", address, wanted, repeatable=True)
        session = self._connection.read(UploadSession, answer)
        if not session.url:
            raise self._strange("the answer holds no upload URL")
        answer = await self._send_piece(session, content, 0)
        start = 0
        while answer.status not in {HTTPStatus.OK, HTTPStatus.CREATED} or b'"nextExpectedRanges"' in answer.body:
            following = self._missing_from(answer)
            if not start < following < len(content):
                raise self._strange("the upload does not advance")
            start = following
            answer = await self._send_piece(session, content, start)
        return self._connection.read(DriveItem, answer)

    async def _send_piece(self, session: UploadSession, content: bytes, start: int) -> Answer:
        piece = content[start : start + _PIECE]
        span = f"bytes {start}-{start + len(piece) - 1}/{len(content)}"
        headers = {"Content-Range": span, "Content-Type": "application/octet-stream"}
        try:
            return await self._connection.send_bare(Call("PUT", session.url, headers=headers, content=piece))
        except Permanent as error:
            if error.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                # The piece had arrived and its answer was lost.
                return await self._connection.send_bare(Call("GET", session.url))
            if absent(error) and start + len(piece) == len(content):
                raise OutcomeUnknown(
                    self._connection.service, "the upload ended without an answer", status=error.status
                ) from None
            raise

    def _missing_from(self, answer: Answer) -> int:
        missing = self._connection.read(UploadSession, answer).missing
        first = missing[0].partition("-")[0] if missing else ""
        if not first.isdecimal():
            raise self._strange("the answer does not say what is missing")
        return int(first)

    def _strange(self, what: str) -> Drift:
        return Drift(self._connection.service, what, reason=DriftReason.KEYS_GONE)


def _behaviour(*, replace: bool) -> str:
    return "replace" if replace else "fail"
