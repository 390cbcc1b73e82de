"""A bearer token as it arrives: bounded, of the one kind we believe, with the id of its key."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import orjson
from jwt.utils import base64url_decode

from bot.tokens.keys import KeysUnavailable

if TYPE_CHECKING:
    from bot.tokens.keys import Keys, SigningKey

LEEWAY_SECONDS = 300
"""Clock skew that Microsoft asks to forgive."""
_MOST_CHARACTERS = 16_384


class Refused(Exception):
    """The request is turned away. ``reason`` is a fixed word for logs and counters, never a part of the request."""

    def __init__(self, status: int, reason: str) -> None:
        """``status`` is the HTTP status of the answer."""
        super().__init__(reason)
        self.status = status
        self.reason = reason


def bearer(authorization: str | None) -> str:
    """The token of an ``Authorization`` header; raises :class:`Refused`."""
    scheme, _, token = (authorization or "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Refused(401, "token_missing")
    if len(token) > _MOST_CHARACTERS or not token.isascii():
        raise Refused(401, "token_malformed")
    return token


async def key_of(token: str, keys: Keys) -> SigningKey:
    """The key that a token says it is signed with.

    Raises:
        Refused: 401 when there is none; 503 when no key could be fetched yet, so nobody can be judged.
    """
    kid = _kid_of(token.partition(".")[0])
    if kid is None:
        raise Refused(401, "token_header")
    try:
        key = await keys.find(kid)
    except KeysUnavailable:
        raise Refused(503, "keys_unavailable") from None
    if key is None:
        raise Refused(401, "key_unknown")
    return key


@lru_cache(maxsize=256)
def _kid_of(header: str) -> str | None:
    """The key id in a token's header; None unless it says RS256. Cached: Teams' tokens share few headers."""
    try:
        read = orjson.loads(base64url_decode(header))
    except ValueError:
        return None
    if not isinstance(read, dict) or read.get("alg") != "RS256" or not isinstance(read.get("kid"), str):
        return None
    return str(read["kid"])
