"""Tokens of Microsoft Entra for an app that acts as itself (client credentials), one object per scope.

    tokens = EntraTokens(transport, login_url="https://login.microsoftonline.com", tenant_id=…, client_id=…, secret=…,
                         scope="https://graph.microsoft.com/.default", now=now)
    headers = await tokens.header()

The numbers of the refusals are Microsoft's published AADSTS codes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import orjson

from integrations.errors import Authentication, Configuration, Drift, DriftReason, Permanent, Transient
from integrations.http import Answer, Call, Transport

_RENEW_AFTER = 0.8
_SHORTEST_LIFE_S = 60
_LONGEST_LIFE_S = 24 * 3600
_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class LoginProblem(StrEnum):
    """What an administrator has to mend."""

    SECRET_EXPIRED = "secret_expired"  # noqa: S105 - a name, not a secret  # pragma: allowlist secret
    SECRET_WRONG = "secret_wrong"  # noqa: S105  # pragma: allowlist secret
    APP_UNKNOWN = "app_unknown"
    OTHER = "other"


_PROBLEMS = {
    7000222: LoginProblem.SECRET_EXPIRED,
    7000215: LoginProblem.SECRET_WRONG,
    700016: LoginProblem.APP_UNKNOWN,
}


class LoginRefused(Authentication):
    """Entra gives this app no token. ``problem`` says why; ``codes`` are the AADSTS numbers of the answer."""

    def __init__(self, service: str, codes: tuple[int, ...], *, status: int | None = None) -> None:
        """Make the message from the numbers alone: Microsoft's sentences repeat ids."""
        self.codes = codes
        self.problem = next((_PROBLEMS[code] for code in codes if code in _PROBLEMS), LoginProblem.OTHER)
        numbers = ", ".join(f"AADSTS{code}" for code in codes) or f"status {status}"
        super().__init__(service, f"the login gives this app no token: {self.problem} ({numbers})", status=status)


@dataclass(frozen=True, slots=True)
class _Token:
    value: str = field(repr=False)
    renew_at: datetime
    ends_at: datetime


class EntraTokens:
    """The current token of one app for one scope, fetched when first needed and renewed at 80 % of its life."""

    def __init__(
        self,
        transport: Transport,
        *,
        login_url: str,
        tenant_id: str,
        client_id: str,
        secret: str,
        scope: str,
        now: Callable[[], datetime],
    ) -> None:
        """``login_url`` without the tenant; ``scope`` ends in ``/.default``; ``now`` gives aware UTC.

        Raises:
            Configuration: the login URL is neither https nor on this machine.
        """
        base = secure_url(transport.service, login_url)
        self._url = f"{base}/{quote(tenant_id, safe='')}/oauth2/v2.0/token"
        self._transport = transport
        self._form = urlencode(
            {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret, "scope": scope}
        ).encode()
        self._now = now
        self._lock = asyncio.Lock()
        self._token: _Token | None = None

    async def header(self) -> dict[str, str]:
        """Give ``{"Authorization": "Bearer …"}``; callers at the same time share one fetch.

        Raises:
            LoginRefused: the app, its secret or the tenant is refused.
            Transient: the login cannot be reached and the token at hand is over.
            Drift: the answer holds no token.
        """
        async with self._lock:
            if self._token is None or self._now() >= self._token.renew_at:
                self._token = await self._renewed(self._token)
            return {"Authorization": f"Bearer {self._token.value}"}

    def forget(self) -> None:
        """Use this token no more: the service answered 401 to it."""
        self._token = None

    async def _renewed(self, old: _Token | None) -> _Token:
        try:
            return await self._fetch()
        except Transient:
            if old is not None and self._now() < old.ends_at:
                return old
            raise

    async def _fetch(self) -> _Token:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        asked_at = self._now()
        try:
            answer = await self._transport.send(
                Call("POST", self._url, headers=headers, content=self._form, repeatable=True)
            )
        except Permanent as error:
            raise self._refusal(error) from None
        return self._read(answer, asked_at)

    def _read(self, answer: Answer, asked_at: datetime) -> _Token:
        body = answer.json()
        value = body.get("access_token") if isinstance(body, dict) else None
        if not isinstance(value, str) or not value:
            raise Drift(self._transport.service, "the answer holds no access_token", reason=DriftReason.KEYS_GONE)
        life = _life_s(body.get("expires_in"))
        return _Token(value, asked_at + timedelta(seconds=life * _RENEW_AFTER), asked_at + timedelta(seconds=life))

    def _refusal(self, error: Permanent) -> LoginRefused | Transient:
        body = _json_object(error.body)
        if body.get("error") == "temporarily_unavailable":
            return Transient(self._transport.service, "the login is busy", status=error.status)
        codes = body.get("error_codes")
        numbers = tuple(code for code in codes if isinstance(code, int)) if isinstance(codes, list) else ()
        return LoginRefused(self._transport.service, numbers, status=error.status)


def secure_url(service: str, url: str) -> str:
    """Give ``url`` without a slash at its end, if secrets may be sent to it: https, or http on this machine.

    Raises:
        Configuration: neither.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise Configuration(service, "a URL in the settings is unusable") from None
    loopback = parsed.scheme == "http" and parsed.host in _LOOPBACK_HOSTS
    if not parsed.host or parsed.userinfo or not (parsed.scheme == "https" or loopback):
        raise Configuration(service, "a URL in the settings is neither https nor on this machine")
    return url.rstrip("/")


def _life_s(expires_in: object) -> int:
    if isinstance(expires_in, str) and expires_in.isdecimal():
        expires_in = int(expires_in)
    if isinstance(expires_in, bool) or not isinstance(expires_in, int):
        return _SHORTEST_LIFE_S
    return min(max(expires_in, _SHORTEST_LIFE_S), _LONGEST_LIFE_S)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        read = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return read if isinstance(read, dict) else {}
