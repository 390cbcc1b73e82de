"""Deliveries over HTTP, from a stand-in that is mounted below another application, as in the demonstration."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from integrations.http import new_client
from integrations.pipedrive import DealWrite, Pipedrive, PipedriveSettings, WebhookWrite, parse_webhook
from integrations.sandbox.pipedrive import PipedriveSandbox
from integrations.sandbox.pipedrive.deliveries import post_over_http
from tests.unit.integrations.doubles import VirtualTime
from tests.unit.sandbox_pipedrive.account import TOKEN


async def test_a_mounted_stand_in_reaches_its_subscriber(virtual_time: VirtualTime) -> None:
    got: list[bytes] = []

    async def hook(request: web.Request) -> web.Response:
        got.append(await request.read())
        return web.Response()

    sandbox = PipedriveSandbox(virtual_time.now, api_token=TOKEN)
    app = web.Application()
    app.add_subapp("/pipedrive", sandbox.application())
    app.router.add_post("/hook", hook)
    async with TestServer(app) as server, new_client() as client:
        url = str(server.make_url("")).rstrip("/")
        pipedrive = Pipedrive(PipedriveSettings(f"{url}/pipedrive", TOKEN), client, virtual_time.clock())
        await pipedrive.create_webhook(
            WebhookWrite(
                subscription_url=f"{url}/hook", event_action="create", event_object="deal", name="Offerdesk",
                http_auth_user="pipedrive", http_auth_password="made-up",  # pragma: allowlist secret
            )
        )  # fmt: skip
        await pipedrive.create_deal(DealWrite(title="S580"))
        await sandbox.settle()
    (event,) = [parse_webhook(body) for body in got]
    assert event.deal is not None
    assert event.deal.title == "S580"
    assert sandbox.state()["deliveries"][0]["status"] == 200


async def test_a_subscriber_who_is_not_there_is_a_failure() -> None:
    with pytest.raises(OSError, match="Connect"):
        await post_over_http(f"http://127.0.0.1:{unused_port()}/hook", {}, b"{}")


@pytest.fixture
def virtual_time() -> VirtualTime:
    return VirtualTime()
