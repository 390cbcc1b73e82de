"""An echo on microsoft-teams-apps (FastAPI, uvicorn) with its own JWT check; outbound tokens cost it nothing."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import uvicorn
from arguments import echo, peer_arguments
from microsoft_teams.api import AdaptiveCardActionMessageResponse, AdaptiveCardInvokeActivity
from microsoft_teams.api.auth.cloud_environment import PUBLIC, with_overrides
from microsoft_teams.apps import ActivityContext, App
from microsoft_teams.apps.http import FastAPIAdapter

if TYPE_CHECKING:
    from fastapi import FastAPI


def main() -> None:
    given = peer_arguments()
    logging.disable(logging.INFO)

    def server(app: FastAPI) -> uvicorn.Server:
        return uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=given.port, log_level="warning", access_log=False),
        )

    app = App(
        client_id=given.app_id,
        tenant_id=given.tenant_id,
        token=lambda *_: "token",
        cloud=with_overrides(PUBLIC, openid_metadata_url=given.openid_url),
        http_server_adapter=FastAPIAdapter(server_factory=server),
    )

    @app.on_card_action
    async def answer(ctx: ActivityContext[AdaptiveCardInvokeActivity]) -> AdaptiveCardActionMessageResponse:
        return AdaptiveCardActionMessageResponse(value=echo(ctx.activity.value.action.data))

    asyncio.run(app.start(given.port))


if __name__ == "__main__":
    main()
