"""The routes of the login sandbox: what login.botframework.com and login.microsoftonline.com answer, error codes
included.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from integrations.sandbox.login.tokens import LIFETIME_S, TokenSigner

_FORM = "application/x-www-form-urlencoded"
_SCOPE_END = "/.default"
BOT_CONNECTOR = "https://api.botframework.com"
TEAMS_WEB_CLIENT = "5e3ce6c0-2b1f-4285-8d4b-75ee78787346"
"""The client id of Teams in a browser, as Microsoft publishes it."""


class LoginSandbox:
    """One tenant with its registered clients, and the keys of the channel.

    ``signer`` signs what the channel sends to the bot; tokens handed out to clients are signed with another key, as in
    reality, so neither can be used as the other.
    """

    def __init__(
        self,
        signer: TokenSigner,
        now: Callable[[], datetime],
        *,
        tenant_id: str,
        clients: Mapping[str, str],
        key: RSAPrivateKey | None = None,
    ) -> None:
        """``clients`` maps client ids to their secrets."""
        self.signer = signer
        self._tenant_id = tenant_id
        self._clients = dict(clients)
        self._issuer = TokenSigner(now, app_id="", issuer=f"https://sts.windows.net/{tenant_id}/", key=key)
        self._counts: Counter[str] = Counter()

    def application(self) -> web.Application:
        """Give the routes, to be mounted at ``/login``."""
        app = web.Application(client_max_size=64 * 1024)
        app.router.add_get("/v1/.well-known/openidconfiguration", self._metadata)
        app.router.add_get("/v1/.well-known/keys", self._keys)
        app.router.add_post("/_control/rotate", self._rotate)
        app.router.add_post("/{tenant}/oauth2/v2.0/token", self._token)
        app.router.add_get("/{tenant}/v2.0/.well-known/openid-configuration", self._tenant_metadata)
        app.router.add_get("/{tenant}/discovery/v2.0/keys", self._tenant_keys)
        return app

    def person_token(self, object_id: str, *, audience: str, tenant_id: str | None = None, **claims: Any) -> str:  # noqa: ANN401 - a claim is any JSON value
        """Issue what a Teams client gets for whoever sits in front of it: a delegated token of version 1 for
        ``audience``, the application id URI. ``claims`` replaces single claims; one given as ``None`` is left out.
        """
        tenant = tenant_id or self._tenant_id
        whole: dict[str, Any] = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{tenant}/",
            "tid": tenant,
            "oid": object_id,
            "appid": TEAMS_WEB_CLIENT,
            "scp": "access_as_user",
            "ver": "1.0",
        }
        return self._issuer.sign({**whole, **claims})

    def state(self) -> dict[str, Any]:
        """Say what was asked for so far; secrets and tokens are not among it."""
        return {
            "tenant": self._tenant_id,
            "clients": sorted(self._clients),
            "signing_key": self.signer.kid,
            "published_keys": [key["kid"] for key in self.signer.jwks()["keys"]],
            "counts": dict(self._counts),
        }

    def verify(self, token: str, *, audience: str = BOT_CONNECTOR) -> bool:
        """Say whether this login issued the bearer token for ``audience`` and it is still valid."""
        return self.client_of(token, audience=audience) is not None

    def client_of(self, token: str, *, audience: str = BOT_CONNECTOR) -> str | None:
        """Give the client id a valid bearer token was issued to, else ``None``."""
        claims = self._issuer.claims_of(token, audience=audience)
        return None if claims is None else str(claims.get("appid"))

    async def _metadata(self, request: web.Request) -> web.Response:
        self._counts["metadata"] += 1
        return web.json_response(
            {
                "issuer": self.signer.issuer,
                "authorization_endpoint": "https://invalid.botframework.com",
                "jwks_uri": f"{request.url.origin()}{request.path.rsplit('/', 1)[0]}/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            }
        )

    async def _keys(self, _: web.Request) -> web.Response:
        self._counts["keys"] += 1
        return web.json_response(self.signer.jwks())

    async def _tenant_metadata(self, request: web.Request) -> web.Response:
        tenant = self._known_tenant(request)
        base = str(request.url.origin()) + request.path.partition(f"/{tenant}/")[0]
        return web.json_response(
            {"issuer": f"{base}/{tenant}/v2.0", "jwks_uri": f"{base}/{tenant}/discovery/v2.0/keys"}
        )

    async def _tenant_keys(self, request: web.Request) -> web.Response:
        self._known_tenant(request)
        return web.json_response(self._issuer.jwks())

    def _known_tenant(self, request: web.Request) -> str:
        tenant = request.match_info["tenant"]
        if tenant != self._tenant_id:
            raise web.HTTPBadRequest(text=f"AADSTS90002: Tenant '{tenant[:64]}' not found.")
        return tenant

    async def _rotate(self, request: web.Request) -> web.Response:
        try:
            asked = await request.json() if request.can_read_body else {}
        except ValueError:
            raise web.HTTPBadRequest(text="The body is not JSON.") from None
        keep_old = asked.get("keep_old", True) if isinstance(asked, dict) else True
        return web.json_response({"kid": self.signer.rotate(keep_old=keep_old is not False)})

    async def _token(self, request: web.Request) -> web.Response:
        self._counts["token"] += 1
        if request.content_type != _FORM:
            return _refused("invalid_request", "AADSTS900144: The request body must be a form.")
        form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        problem = self._problem(request.match_info["tenant"], form)
        if problem is not None:
            return problem
        audience = form["scope"].removesuffix(_SCOPE_END)
        token = self._issuer.sign({"aud": audience, "appid": form["client_id"], "tid": self._tenant_id})
        self._counts["issued"] += 1
        return web.json_response(
            {
                "token_type": "Bearer",
                "expires_in": LIFETIME_S - 1,
                "ext_expires_in": LIFETIME_S - 1,
                "access_token": token,
            }
        )

    def _problem(self, tenant: str, form: Mapping[str, str]) -> web.Response | None:
        for name in ("grant_type", "client_id", "client_secret", "scope"):
            if not form.get(name):
                return _refused("invalid_request", f"AADSTS900144: The request body must contain '{name}'.")
        if form["grant_type"] != "client_credentials":
            return _refused("unsupported_grant_type", "AADSTS70003: The grant type is not supported.")
        if tenant != self._tenant_id:
            return _refused("invalid_request", f"AADSTS90002: Tenant '{tenant[:64]}' not found.")
        if not form["scope"].endswith(_SCOPE_END) or " " in form["scope"]:
            return _refused("invalid_scope", "AADSTS1002012: The scope must be one resource with '/.default'.")
        return self._client_problem(form["client_id"], form["client_secret"])

    def _client_problem(self, client_id: str, given_secret: str) -> web.Response | None:
        secret = self._clients.get(client_id)
        if secret is None:
            return _refused("unauthorized_client", "AADSTS700016: The application was not found in the directory.")
        if not hmac.compare_digest(secret.encode(), given_secret.encode()):
            return _refused("invalid_client", "AADSTS7000215: Invalid client secret provided.", HTTPStatus.UNAUTHORIZED)
        return None


def _refused(error: str, description: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> web.Response:
    code = int(description.split(":", 1)[0].removeprefix("AADSTS"))
    return web.json_response(
        {"error": error, "error_description": description, "error_codes": [code]}, status=status.value
    )
