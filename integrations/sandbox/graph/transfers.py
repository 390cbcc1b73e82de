"""Uploads in pieces, and downloads: their URLs are rights in themselves and refuse a bearer token."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from integrations.sandbox.graph.asking import VERSION
from integrations.sandbox.graph.drive import Behaviour, Item, Library
from integrations.sandbox.graph.refusals import RefusedError, bad, name_taken, not_found

_UNIT = 320 * 1024
_SESSION_LIFE = timedelta(days=1)
_LINK_LIFE = timedelta(hours=1)
_SPAN = re.compile(r"bytes (\d{1,12})-(\d{1,12})/(\d{1,12})")


@dataclass(slots=True)
class _Upload:
    parent: Item
    name: str
    behaviour: Behaviour
    expires_at: datetime
    received: bytearray = field(default_factory=bytearray, repr=False)


class Transfers:
    """The files on their way in, and the links on the way out."""

    def __init__(self, library: Library, now: Callable[[], datetime]) -> None:
        """``now`` gives aware UTC."""
        self._library = library
        self._now = now
        self._uploads: dict[str, _Upload] = {}
        self._links: dict[str, tuple[str, datetime]] = {}
        self._given = 0

    @property
    def open_uploads(self) -> int:
        """How many files are on their way."""
        return len(self._uploads)

    def begin(self, request: web.Request, parent: Item, name: str, behaviour: Behaviour) -> dict[str, Any]:
        """Open a session for a file; nothing shows in the folder before its last byte."""
        if behaviour == "fail" and self._library.child(parent, name) is not None:
            raise name_taken()
        ticket = self._ticket()
        upload = self._uploads[ticket] = _Upload(parent, name, behaviour, self._now() + _SESSION_LIFE)
        return {"uploadUrl": _url(request, "upload", ticket), **_progress(upload)}

    def download_url(self, request: web.Request, item: Item) -> str:
        """Give a link to the content that is good for an hour."""
        ticket = self._ticket()
        self._links[ticket] = (item.id, self._now() + _LINK_LIFE)
        return _url(request, "download", ticket)

    async def upload(self, request: web.Request) -> web.Response:
        """Take a piece (PUT), say what is missing (GET), or give up (DELETE)."""
        ticket, upload = self._upload_of(request)
        if request.method == "DELETE":
            del self._uploads[ticket]
            return web.Response(status=204)
        if request.method == "PUT":
            total = _take(upload, request.headers.get("Content-Range", ""), await request.read())
            if len(upload.received) == total:
                del self._uploads[ticket]
                content = bytes(upload.received)
                item, is_new = self._library.put_file(upload.parent, upload.name, content, upload.behaviour)
                return web.json_response(self._library.resource(item), status=201 if is_new else 200)
            return web.json_response(_progress(upload), status=202)
        return web.json_response(_progress(upload))

    async def download(self, request: web.Request) -> web.Response:
        """Give a file's bytes."""
        item_id, expires_at = self._links.get(_ticket_in(request), ("", self._now()))
        if self._now() >= expires_at:
            raise not_found()
        content = self._library.get(item_id).content
        return web.Response(body=content, content_type="application/octet-stream")

    def _upload_of(self, request: web.Request) -> tuple[str, _Upload]:
        ticket = _ticket_in(request)
        upload = self._uploads.get(ticket)
        if upload is None or self._now() >= upload.expires_at:
            raise not_found()
        return ticket, upload

    def _ticket(self) -> str:
        self._given += 1
        return hashlib.blake2b(f"{self._library.drive_id}#{self._given}".encode(), digest_size=16).hexdigest()


def _take(upload: _Upload, content_range: str, piece: bytes) -> int:
    """Add a piece; give the size of the whole file."""
    span = _SPAN.fullmatch(content_range)
    if span is None:
        raise bad("The Content-Range header is missing or malformed.")
    first, last, total = (int(number) for number in span.groups())
    if last - first + 1 != len(piece) or last >= total:
        raise bad("The Content-Range header does not fit the body.")
    if first != len(upload.received):
        overlap = "fragmentOverlap" if first < len(upload.received) else "fragmentOutOfOrder"
        raise RefusedError(416, "invalidRange", "The piece is not the next one.", inner_code=overlap)
    if last + 1 < total and len(piece) % _UNIT:
        raise bad("Every piece but the last is a multiple of 320 KiB.", inner_code="invalidFragmentLength")
    upload.received += piece
    return total


def _progress(upload: _Upload) -> dict[str, Any]:
    return {
        "expirationDateTime": f"{upload.expires_at:%Y-%m-%dT%H:%M:%SZ}",
        "nextExpectedRanges": [f"{len(upload.received)}-"],
    }


def _url(request: web.Request, what: str, ticket: str) -> str:
    prefix = request.rel_url.raw_path.partition(VERSION)[0]
    return f"{request.url.origin()}{prefix}/{what}?tempauth={ticket}"


def _ticket_in(request: web.Request) -> str:
    if "Authorization" in request.headers:
        raise RefusedError(401, "unauthenticated", "This URL takes no Authorization header.")
    return request.query.get("tempauth", "")
