"""Our own token for the Bot Connector: client credentials of the single tenant, renewed in the background.

botbuilder makes a new MSAL application per turn and asks for a token synchronously inside the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import httpx
import orjson
import structlog
from pydantic import SecretStr

from bot.tokens.addresses import secure_or_loopback
from integrations.errors import Authentication, Drift, DriftReason, Permanent, ServiceError
from integrations.http import Call, Policy, Transport
from integrations.pacing import Time

log = structlog.get_logger()

SCOPE = "https://api.botframework.com/.default"
MARGIN_SECONDS = 300.0
"""A token is used no longer than until this long before its end."""
EARLY_SECONDS = 900.0
"""The background renews a token this long before its end, so no sender ever waits for one."""
RETRY_SECONDS = 30.0
"""After a failure; a refused secret is asked about again, because an operator may be mending it."""

_SERVICE = "microsoft_login"
_LONGEST_LIFE_SECONDS = 24 * 3600.0
_SHORTEST_LIFE_SECONDS = 60.0
POLICY = Policy(connect_s=3, read_s=5, total_s=5, max_bytes=256 * 1024, attempts=1)


@dataclass(frozen=True, slots=True)
class _Token:
    value: SecretStr
    usable_until: float
    renew_at: float


class Credentials:
    """Who we are towards the Bot Connector."""

    def __init__(
        self,
        app_id: str,
        secret: SecretStr,
        *,
        tenant_id: str,
        login_url: str,
        client: httpx.AsyncClient,
        clock: Time | None = None,
    ) -> None:
        """``login_url`` without the tenant; ``client`` stays open.

        Raises:
            ConfigurationError: the login URL is neither https nor on this machine.
        """
        base = secure_or_loopback(login_url, "OFFERDESK_LOGIN_URL").rstrip("/")
        self._url = f"{base}/{quote(tenant_id, safe='')}/oauth2/v2.0/token"
        self._app_id = app_id
        self._secret = secret
        self._clock = clock or Time()
        self._transport = Transport(_SERVICE, client, POLICY, self._clock)
        self._token: _Token | None = None
        self._flight: asyncio.Task[_Token] | None = None
        self._background: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to fetch and renew; returns at once."""
        if self._background is None:
            self._background = asyncio.create_task(self._keep_fresh(), name="bot-token")

    async def stop(self) -> None:
        """Stop renewing and forget the token."""
        tasks = [task for task in (self._background, self._flight) if task is not None]
        self._background = self._flight = self._token = None
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, ServiceError):
                await task

    async def token(self) -> SecretStr:
        """A token that is valid for at least five more minutes.

        Raises:
            Authentication: the login refuses our app id, secret or tenant; the message names Microsoft's error number.
            Transient: the login cannot be reached.
        """
        token = self._token
        if token is None or self._clock.monotonic() >= token.usable_until:
            token = await self._renew()
        return token.value

    def forget(self, refused: SecretStr) -> None:
        """Use this token no more: the Connector answered 401 to it."""
        if self._token is not None and self._token.value == refused:
            self._token = None

    async def _renew(self) -> _Token:
        if self._flight is None:
            self._flight = asyncio.create_task(self._fetch_once(), name="bot-token-fetch")
        return await asyncio.shield(self._flight)

    async def _keep_fresh(self) -> None:
        while True:
            try:
                token = await self._renew()
                waiting = max(RETRY_SECONDS, token.renew_at - self._clock.monotonic())
            except ServiceError as error:
                log.warning("teams.token_not_fetched", error=str(error))
                waiting = RETRY_SECONDS
            await self._clock.sleep(waiting)

    async def _fetch_once(self) -> _Token:
        try:
            self._token = await self._fetch()
            return self._token
        finally:
            self._flight = None

    async def _fetch(self) -> _Token:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._app_id,
            "client_secret": self._secret.get_secret_value(),
            "scope": SCOPE,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        asked_at = self._clock.monotonic()
        try:
            call = Call("POST", self._url, headers=headers, content=urlencode(form).encode(), repeatable=True)
            answer = (await self._transport.send(call)).json()
        except Permanent as error:
            raise Authentication(_SERVICE, _refusal(error), status=error.status) from None
        value = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(value, str) or not value:
            raise Drift(_SERVICE, "the answer holds no access_token", reason=DriftReason.KEYS_GONE)
        life = _life_seconds(answer.get("expires_in"))
        return _Token(
            SecretStr(value),
            usable_until=asked_at + max(life - MARGIN_SECONDS, life / 2),
            renew_at=asked_at + max(life - EARLY_SECONDS, life / 4),
        )


def _life_seconds(expires_in: object) -> float:
    if isinstance(expires_in, str) and expires_in.isdecimal():
        expires_in = int(expires_in)
    if isinstance(expires_in, bool) or not isinstance(expires_in, int | float):
        return _SHORTEST_LIFE_SECONDS
    return min(max(float(expires_in), _SHORTEST_LIFE_SECONDS), _LONGEST_LIFE_SECONDS)


def _refusal(error: Permanent) -> str:
    """Say why, by Microsoft's error number alone: its sentences repeat ids."""
    try:
        body = orjson.loads(error.body)
    except orjson.JSONDecodeError:
        body = None
    codes = body.get("error_codes") if isinstance(body, dict) else None
    numbers = [f"AADSTS{code}" for code in codes if isinstance(code, int)] if isinstance(codes, list) else []
    return f"our app id, secret or tenant is refused ({', '.join(numbers) or error.status})"
