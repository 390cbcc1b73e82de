"""The floor: aiohttp reads the JSON and answers, without a token, an SDK or a database."""

from __future__ import annotations

from aiohttp import web
from arguments import echo, peer_arguments


async def answer(request: web.Request) -> web.Response:
    activity = await request.json()
    return web.json_response(
        {
            "statusCode": 200,
            "type": "application/vnd.microsoft.activity.message",
            "value": echo(activity["value"]["action"]["data"]),
        },
    )


def main() -> None:
    given = peer_arguments()
    app = web.Application()
    app.router.add_post("/api/messages", answer)
    web.run_app(app, host="127.0.0.1", port=given.port, access_log=None, print=None)


if __name__ == "__main__":
    main()
