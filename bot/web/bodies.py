"""What other systems send, read only as far as it may be."""

from __future__ import annotations

from aiohttp import web


async def bounded_body(request: web.Request, most_bytes: int) -> bytes:
    """The body of a request.

    Raises:
        HTTPRequestEntityTooLarge: it has more than ``most_bytes``; what is above is not read.
        HTTPBadRequest: it cannot be read.
    """
    body = bytearray()
    try:
        if (request.content_length or 0) <= most_bytes:
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > most_bytes:
                    break
            else:
                return bytes(body)
    except web.RequestPayloadError:
        raise web.HTTPBadRequest(text="The body cannot be read.") from None
    raise web.HTTPRequestEntityTooLarge(most_bytes, request.content_length or len(body))
