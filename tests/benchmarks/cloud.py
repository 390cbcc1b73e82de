"""A made-up outside world on loopback: OpenID keys, login tokens, a Bot Connector that takes everything, and a tender
portal that has nothing new.

Started as a process of its own, so that its work is never counted as a bot's. Reads the key set from standard input.
"""

from __future__ import annotations

import argparse
import itertools
import sys

import orjson
from aiohttp import web

from tests.benchmarks import portal


def cloud_app(base_url: str, jwks: bytes) -> web.Application:
    """Build the server; ``jwks`` is the finished JSON of the key set."""
    numbers = itertools.count(1)
    first_page = portal.answer(portal.PAGE, total=portal.PUBLISHED)

    async def metadata(_: web.Request) -> web.Response:
        return web.json_response(
            {"issuer": "https://api.botframework.com", "jwks_uri": f"{base_url}/v1/.well-known/keys"},
        )

    async def keys(_: web.Request) -> web.Response:
        return web.Response(body=jwks, content_type="application/json")

    async def token(_: web.Request) -> web.Response:
        return web.json_response({"token_type": "Bearer", "expires_in": 86399, "access_token": "benchmark"})

    async def connector(request: web.Request) -> web.Response:
        await request.read()
        number = str(next(numbers))
        return web.json_response({"id": number, "activityId": number}, status=201 if request.method == "POST" else 200)

    async def esa(_: web.Request) -> web.Response:
        return web.Response(body=first_page, content_type="application/json")

    async def other_entities(_: web.Request) -> web.Response:
        return web.json_response({"total": 0, "items": []})

    app = web.Application(client_max_size=1 << 20)
    app.router.add_get("/v1/.well-known/openidconfiguration", metadata)
    app.router.add_get("/v1/.well-known/keys", keys)
    app.router.add_post("/{tenant}/oauth2/v2.0/token", token)
    app.router.add_route("*", "/v3/{rest:.*}", connector)
    app.router.add_get("/api/tenderAction/{rest:.*}", esa)
    app.router.add_get("/api/nonESATA/{rest:.*}", other_entities)
    return app


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    jwks = sys.stdin.buffer.read()
    orjson.loads(jwks)
    app = cloud_app(f"http://127.0.0.1:{given.port}", jwks)
    web.run_app(app, host="127.0.0.1", port=given.port, access_log=None, print=None)


if __name__ == "__main__":
    main()
