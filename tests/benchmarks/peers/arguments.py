"""What every peer is told on its command line."""

from __future__ import annotations

import argparse
from dataclasses import dataclass


@dataclass(frozen=True)
class PeerArguments:
    """Where to listen (loopback), where the OpenID metadata stands, and whose tokens to accept."""

    port: int
    openid_url: str
    app_id: str
    tenant_id: str


def peer_arguments() -> PeerArguments:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--openid-url", required=True)
    parser.add_argument("--app-id", required=True)
    parser.add_argument("--tenant-id", required=True)
    given = parser.parse_args()
    return PeerArguments(given.port, given.openid_url, given.app_id, given.tenant_id)


def echo(data: object) -> str:
    """The sentence every peer answers with, so that all of them do the same work."""
    return f"echo {data}"
