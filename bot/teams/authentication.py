"""Who may speak to us: Bot Framework's channel service, for Teams, about our tenant. No switch turns this off.

The rules are Microsoft's ("Authentication with the Bot Connector API", connector to bot) plus our own: only Teams, only
our tenants, only service URLs our token may be sent to. Emulator and skill tokens, which botbuilder also accepts, are
refused.
"""

from __future__ import annotations

import hmac
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
from botbuilder.schema import Activity
from botframework.connector.auth import (
    AuthenticateRequestResult,
    BotFrameworkAuthentication,
    ClaimsIdentity,
    ConnectorFactory,
)
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from jwt.utils import base64url_decode

from bot.teams.connector import Connector
from bot.teams.hosts import ServiceHosts
from bot.teams.reading import tenant_of
from bot.teams.turn_connector import TurnConnectorFactory
from bot.tokens.bearer import LEEWAY_SECONDS, Refused, bearer, key_of
from bot.tokens.keys import Keys, SigningKey
from integrations.pacing import Time

CHANNEL = "msteams"
_AUDIENCE_OF_REPLIES = "https://api.botframework.com"
_REQUIRED = ("exp", "iss", "aud", "nbf")
_MOST_TOKENS = 64
"""How many accepted tokens stay taken apart. Teams sends one for about an hour, per service URL."""
_PADDING, _HASH = PKCS1v15(), SHA256()


@dataclass(frozen=True, slots=True)
class _Accepted:
    """A token that PyJWT accepted, taken apart: what it says depends on its text alone, so it is read once.

    Whether it is still good is asked at every request: the signature over these bytes with the key of today, whom the
    token is for, who made it, and its times.
    """

    key: SigningKey
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    claims: dict[str, Any] = field(repr=False)
    valid_from: int
    """Seconds since 1970: the later one of `nbf` and `iat`."""
    expires: int

    def is_signed_by(self, key: SigningKey) -> bool:
        """Whether this key, which must be the one PyJWT saw, made the signature."""
        if key is not self.key:
            return False
        try:
            key.public.verify(self.signature, self.signed, _PADDING, _HASH)
        except InvalidSignature:
            return False
        return True

    def is_valid_at(self, seconds: float) -> bool:
        """Whether it is neither too early nor too late, give or take `LEEWAY_SECONDS`."""
        return self.valid_from <= seconds + LEEWAY_SECONDS and self.expires > seconds - LEEWAY_SECONDS


class Authenticator(BotFrameworkAuthentication):
    """Checks tokens against activities; also what botbuilder asks for connectors."""

    def __init__(
        self,
        *,
        app_id: str,
        issuer: str,
        tenant_ids: frozenset[str],
        service_hosts: ServiceHosts,
        keys: Keys,
        connector: Connector,
        clock: Time | None = None,
    ) -> None:
        """``tenant_ids`` are Entra ids; upper and lower case count as the same. ``clock`` tells the wall time."""
        self._app_id = app_id
        self._issuer = issuer
        self._tenant_ids = frozenset(tenant.lower() for tenant in tenant_ids)
        self._service_hosts = service_hosts
        self._keys = keys
        self._connector = connector
        self._wall = (clock or Time()).wall
        self._accepted: OrderedDict[str, _Accepted] = OrderedDict()

    async def check(self, authorization: str | None, body: Mapping[str, Any]) -> AuthenticateRequestResult:
        """Believe the request, or refuse it, and give what botbuilder wants to know; raises as `verify` does."""
        return self.believed(await self.verify(authorization, body), tenant_of(body))

    async def verify(self, authorization: str | None, body: Mapping[str, Any]) -> dict[str, Any]:
        """Believe the request, or refuse it; gives the claims of its token, which nobody may change.

        Raises:
            Refused: 401 whatever is wrong with it; 503 when no key could be fetched yet, so nobody can be judged.
        """
        token = bearer(authorization)
        key = await key_of(token, self._keys)
        claims = self._claims_of(token, key)
        service_url, channel = body.get("serviceUrl"), body.get("channelId")
        if channel != CHANNEL:
            raise Refused(401, "channel")
        if channel not in key.endorsements:
            raise Refused(401, "endorsement")
        if not isinstance(service_url, str) or not _same(claims.get("serviceurl"), service_url):
            raise Refused(401, "service_url_claim")
        if not self._service_hosts.allow(service_url):
            raise Refused(401, "service_url_host")
        if tenant_of(body).lower() not in self._tenant_ids:
            raise Refused(401, "tenant")
        return claims

    async def authenticate_request(self, activity: Activity, auth_header: str) -> AuthenticateRequestResult:
        """Do for botbuilder what `check` does; the tenant must stand in the activity's channel data."""
        channel_data = activity.channel_data if isinstance(activity.channel_data, dict) else {}
        body = {
            "serviceUrl": activity.service_url,
            "channelId": activity.channel_id,
            "channelData": channel_data,
        }
        return await self.check(auth_header, body)

    async def authenticate_streaming_request(
        self,
        auth_header: str,  # noqa: ARG002  botbuilder's signature
        channel_id_header: str,  # noqa: ARG002
    ) -> AuthenticateRequestResult:
        """Refuse: Teams opens no streaming connection.

        Raises:
            Refused: always.
        """
        raise Refused(401, "streaming")

    def create_connector_factory(self, claims_identity: ClaimsIdentity) -> ConnectorFactory:  # noqa: ARG002
        """A factory of connectors that send with our own client."""
        return TurnConnectorFactory(self._connector, "")

    async def create_user_token_client(self, claims_identity: ClaimsIdentity) -> None:  # noqa: ARG002
        """None: nobody signs in through the bot, and the stock client costs most of a turn."""
        return

    def _claims_of(self, token: str, key: SigningKey) -> dict[str, Any]:
        accepted = self._accepted.get(token)
        if accepted is None or not accepted.is_signed_by(key):
            accepted = self._read(token, key)
        claims = accepted.claims
        if claims["aud"] != self._app_id or claims["iss"] != self._issuer:
            raise Refused(401, "token_other")
        if not accepted.is_valid_at(self._wall().timestamp()):
            self._accepted.pop(token, None)
            raise Refused(401, "token_time")
        return claims

    def _read(self, token: str, key: SigningKey) -> _Accepted:
        """Let PyJWT decide about a token, and keep it taken apart. What is refused is not kept."""
        claims = self._decode(token, key)
        signed, _, signature = token.rpartition(".")
        accepted = self._accepted[token] = _Accepted(
            key=key,
            signed=signed.encode(),
            signature=base64url_decode(signature),
            claims=claims,
            valid_from=max(int(claims["nbf"]), int(claims.get("iat", 0))),
            expires=int(claims["exp"]),
        )
        if len(self._accepted) > _MOST_TOKENS:
            self._accepted.popitem(last=False)
        return accepted

    def _decode(self, token: str, key: SigningKey) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key.public,
                algorithms=["RS256"],
                audience=self._app_id,
                issuer=self._issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": list(_REQUIRED), "strict_aud": True},
            )
        except jwt.PyJWTError as error:
            raise Refused(401, f"token_{type(error).__name__}") from None
        return claims

    def believed(self, claims: dict[str, Any], tenant_id: str) -> AuthenticateRequestResult:
        """What botbuilder wants to know of a request that `verify` believed."""
        result = AuthenticateRequestResult()
        result.claims_identity = ClaimsIdentity(dict(claims), is_authenticated=True)
        result.audience = _AUDIENCE_OF_REPLIES
        result.connector_factory = TurnConnectorFactory(self._connector, tenant_id)
        return result


def _same(claim: object, service_url: str) -> bool:
    return isinstance(claim, str) and hmac.compare_digest(claim.encode(), service_url.encode())
