"""Stock botbuilder-integration-aiohttp with the one defect patched that makes every invoke answer 500.

4.17 serialises the body of an invoke answer twice; the second time fails on the dict. Nothing else is changed: the
token is verified by the SDK with the keys of the OpenID server.
"""

from __future__ import annotations

import logging
from typing import Any

from aiohttp import web
from arguments import PeerArguments, echo, peer_arguments
from botbuilder.core import ActivityHandler, TurnContext
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication
from botbuilder.integration.aiohttp import cloud_adapter as cloud_adapter_module
from botbuilder.schema import AdaptiveCardInvokeResponse, AdaptiveCardInvokeValue
from botframework.connector.auth import ChannelValidation

_serialise_once_more = cloud_adapter_module.serializer_helper


def _serialise(body: object) -> Any:  # noqa: ANN401 - whatever the SDK makes of it
    return body if isinstance(body, dict) else _serialise_once_more(body)


cloud_adapter_module.serializer_helper = _serialise


class EchoBot(ActivityHandler):
    async def on_adaptive_card_invoke(
        self,
        turn_context: TurnContext,
        invoke_value: AdaptiveCardInvokeValue,
    ) -> AdaptiveCardInvokeResponse:
        return AdaptiveCardInvokeResponse(
            status_code=200,
            type="application/vnd.microsoft.activity.message",
            value={"text": echo(invoke_value.action["data"])},  # the SDK takes no plain sentence here
        )


class Configuration:
    def __init__(self, given: PeerArguments) -> None:
        self.APP_TYPE = "SingleTenant"
        self.APP_ID = given.app_id
        self.APP_PASSWORD = "not-a-secret"  # pragma: allowlist secret
        self.APP_TENANTID = given.tenant_id


def main() -> None:
    given = peer_arguments()
    # It warns about `trigger` with every press; the benchmark is not about writing logs.
    logging.getLogger("msrest.serialization").setLevel(logging.ERROR)
    ChannelValidation.open_id_metadata_endpoint = given.openid_url
    adapter = CloudAdapter(ConfigurationBotFrameworkAuthentication(Configuration(given)))
    bot = EchoBot()

    async def messages(request: web.Request) -> web.Response:
        answer: web.Response = await adapter.process(request, bot)
        return answer

    app = web.Application()
    app.router.add_post("/api/messages", messages)
    web.run_app(app, host="127.0.0.1", port=given.port, access_log=None, print=None)


if __name__ == "__main__":
    main()
