"""Who opened the tab: the token that Teams gets for this person from Entra. No cookie, no session, no way around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import jwt

from bot.tokens.bearer import LEEWAY_SECONDS, Refused, bearer, key_of
from bot.tokens.keys import ENTRA, Keys

if TYPE_CHECKING:
    import httpx

    from bot.tokens.keys import SigningKey

SCOPE = "access_as_user"
"""The scope that the app registration exposes. A token without it was given to a program, not to a person."""
V1_ISSUER = "https://sts.windows.net/{tenant}/"
V2_ISSUER = "{login}/{tenant}/v2.0"
METADATA = "{login}/{tenant}/v2.0/.well-known/openid-configuration"
_REQUIRED = ("exp", "nbf", "iss", "aud", "tid", "oid", "ver")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody Entra vouches for. Both ids are lower case."""

    tenant_id: str
    object_id: str


class SignIn:
    """Believes tokens of one tenant for one application, of version 1 and 2."""

    def __init__(self, *, app_id: str, tenant_id: str, login_url: str, public_url: str | None, keys: Keys) -> None:
        """``public_url`` names the host in the application id URI; without it only tokens for the bare id count."""
        login = login_url.rstrip("/")
        self._keys = keys
        self._tenant_id = tenant_id.lower()
        self._audiences = audiences(app_id, public_url)
        self._issuers = {
            "1.0": V1_ISSUER.format(tenant=tenant_id).lower(),
            "2.0": V2_ISSUER.format(login=login, tenant=tenant_id).lower(),
        }

    async def who(self, authorization: str | None) -> SignedIn:
        """The person behind an ``Authorization`` header.

        Raises:
            Refused: 401 whatever is wrong with it; 503 when no key could be fetched yet, so nobody can be judged.
        """
        self._keys.start()  # Fetched as soon as somebody opens the tab, and kept fresh from then on.
        token = bearer(authorization)
        claims = self._claims(token, await key_of(token, self._keys))
        if str(claims["aud"]).lower() not in self._audiences:
            raise Refused(401, "token_audience")
        if str(claims["iss"]).lower() != self._issuers.get(str(claims["ver"])):
            raise Refused(401, "token_issuer")
        if str(claims["tid"]).lower() != self._tenant_id:
            raise Refused(401, "token_tenant")
        if SCOPE not in str(claims.get("scp", "")).split():
            raise Refused(401, "token_scope")
        return SignedIn(self._tenant_id, str(claims["oid"]).lower())

    def _claims(self, token: str, key: SigningKey) -> dict[str, Any]:
        options: Any = {"require": list(_REQUIRED), "verify_aud": False}
        try:
            claims: dict[str, Any] = jwt.decode(
                token, key.public, algorithms=["RS256"], leeway=LEEWAY_SECONDS, options=options
            )
        except jwt.PyJWTError as error:
            raise Refused(401, f"token_{type(error).__name__}") from None
        return claims


def audiences(app_id: str, public_url: str | None) -> frozenset[str]:
    """Whom a token may be for, in lower case: the application's id, and its URI in both forms that Teams documents."""
    own = app_id.lower()
    host = urlsplit(public_url or "").netloc.lower()
    return frozenset({own, f"api://{host}/{own}", f"api://{host}/botid-{own}"} if host else {own})


def entra_keys(login_url: str, tenant_id: str, client: httpx.AsyncClient) -> Keys:
    """The keys of the tenant's login; raises :class:`~bot.errors.ConfigurationError` unless it is https or loopback."""
    metadata = METADATA.format(login=login_url.rstrip("/"), tenant=tenant_id)
    return Keys(metadata, client, issuer=ENTRA, variable="OFFERDESK_LOGIN_URL")
