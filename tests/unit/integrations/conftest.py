"""A clock that only moves when told, a sandbox on a real loopback port, and a maker of portal items."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from integrations.http import new_client
from integrations.sandbox.app import SANDBOX, SandboxSettings, build_sandbox
from integrations.sandbox.login import new_key
from tests.unit.integrations.doubles import MakeItem, RunningSandbox, VirtualTime


@pytest.fixture
def virtual_time() -> VirtualTime:
    return VirtualTime()


@pytest.fixture(scope="session")
def rsa_keys() -> tuple[RSAPrivateKey, RSAPrivateKey]:
    return new_key(), new_key()


@pytest.fixture
async def running(
    virtual_time: VirtualTime, rsa_keys: tuple[RSAPrivateKey, RSAPrivateKey]
) -> AsyncIterator[RunningSandbox]:
    settings = SandboxSettings(
        now=virtual_time.now,
        sleep=virtual_time.sleep,
        signing_key=rsa_keys[0],
        login_key=rsa_keys[1],
        clients={"other-client": "other-secret"},
    )
    app = build_sandbox(settings)
    async with TestServer(app) as server, new_client() as client:
        yield RunningSandbox(str(server.make_url("")).rstrip("/"), app[SANDBOX], client)


@pytest.fixture
def portal_item() -> MakeItem:
    """Makes an item as the ESA listing has it; keyword arguments replace fields."""

    def make(number: int = 300_500, **fields: object) -> dict[str, Any]:
        return {
            "activityNumber": "1000099001",
            "closingDate": "2026-12-14T13:00:00",
            "clarificationRequestDeadline": "2026-11-30T13:00:00",
            "description": "Objective: To test a reader.",
            "eraVersion": 1,
            "extensionRequestDeadline": None,
            "firstPublicationDate": "2026-10-01T09:54:07",
            "id": number,
            "idEra": 30_500,
            "isArchived": False,
            "isCancelled": False,
            "isReissued": False,
            "isToBeReissued": False,
            "openDate": "2026-10-05T10:00:00",
            "stageNumber": None,
            "tanumber": "1-20500",
            "title": "READER TEST BENCH - EXPRO+",
            "countries": [{"id": 12}, {"id": 2}],
            "products": [{"id": 94}],
            "technologies": [{"id": 199}, {"id": 161}],
            "status": {"id": 2},
            "tenderType": {"id": 5},
            "isFavourite": False,
            "isNew": False,
            "isUpdated": False,
        } | fields

    return make
