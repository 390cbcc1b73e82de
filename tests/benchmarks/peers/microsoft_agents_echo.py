"""An echo on microsoft-agents-hosting-aiohttp with its own JWT check; outbound tokens cost it nothing."""

from __future__ import annotations

from aiohttp import web
from arguments import echo, peer_arguments
from microsoft_agents.activity import AdaptiveCardInvokeResponse, AdaptiveCardInvokeValue
from microsoft_agents.hosting.aiohttp import CloudAdapter, jwt_authorization_middleware
from microsoft_agents.hosting.core import ActivityHandler, TurnContext
from microsoft_agents.hosting.core.authorization import (
    AccessTokenProviderBase,
    AgentAuthConfiguration,
    ConnectionManager,
    _entra_issuers,
)


class FreeToken(AccessTokenProviderBase):
    """Gives a token at once, so that only the SDK's own work is measured."""

    def __init__(self, configuration: AgentAuthConfiguration) -> None:
        self._configuration = configuration

    @property
    def configuration(self) -> AgentAuthConfiguration:
        return self._configuration

    async def get_access_token(self, resource_url: str, scopes: list[str], force_refresh: bool = False) -> str:  # noqa: FBT001, FBT002 - the SDK's signature
        return "token"

    def get_token_credential(self) -> None:
        return None


class EchoAgent(ActivityHandler):
    async def on_adaptive_card_invoke(
        self,
        turn_context: TurnContext,
        invoke_value: AdaptiveCardInvokeValue,
    ) -> AdaptiveCardInvokeResponse:
        return AdaptiveCardInvokeResponse(
            status_code=200,
            type="application/vnd.microsoft.activity.message",
            value=echo(invoke_value.action.data),
        )


def main() -> None:
    given = peer_arguments()
    keys_url = given.openid_url.replace("/openidconfiguration", "/keys")
    _entra_issuers.BOTFRAMEWORK_JWKS_URIS[_entra_issuers.BOTFRAMEWORK_PUBLIC_ISSUER] = keys_url
    configuration = AgentAuthConfiguration(
        client_id=given.app_id,
        tenant_id=given.tenant_id,
        client_secret="not-a-secret",  # pragma: allowlist secret
    )
    connections = ConnectionManager(FreeToken, {"SERVICE_CONNECTION": configuration})
    adapter = CloudAdapter(connection_manager=connections)
    agent = EchoAgent()

    async def messages(request: web.Request) -> web.Response:
        answer: web.Response = await adapter.process(request, agent)
        return answer

    app = web.Application(middlewares=[jwt_authorization_middleware])
    app["agent_configuration"] = connections.get_default_connection_configuration()
    app.router.add_post("/api/messages", messages)
    web.run_app(app, host="127.0.0.1", port=given.port, access_log=None, print=None)


if __name__ == "__main__":
    main()
