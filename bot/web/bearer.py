"""Who asks with a token."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp import web
    from pydantic import SecretStr


def bears(request: web.Request, token: SecretStr | None) -> bool:
    """Whether the request carries ``Authorization: Bearer`` with this token; never where there is none. Takes as long
    for a wrong token as for a nearly right one.
    """
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if token is None or scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(given.strip().encode("utf-8", "replace"), token.get_secret_value().encode())
