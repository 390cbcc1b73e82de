"""How notifications leave the stand-in: to this machine only."""

from __future__ import annotations

from http import HTTPStatus

import aiohttp
from yarl import URL

_LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
_TIMEOUT_S = 10.0
_LONGEST_TEXT = 4096


async def send_to_this_machine(url: str, body: bytes | None) -> tuple[int, str]:
    """Post a notification, or the handshake when there is no body.

    Gives status and the beginning of the answer's text; status 0 when nothing answered, 403 when the address is not on
    this machine.
    """
    address = URL(url, encoded=True)
    if address.host not in _LOOPBACK_NAMES:
        return HTTPStatus.FORBIDDEN, ""
    headers = {"Content-Type": "application/json"} if body is not None else {}
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S)) as session,
            session.post(address, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            text = await answer.content.read(_LONGEST_TEXT)
            return answer.status, text.decode(errors="replace")
    except (aiohttp.ClientError, TimeoutError):
        return 0, ""
