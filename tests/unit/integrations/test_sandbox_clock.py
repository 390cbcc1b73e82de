"""The stand-ins' clock goes forward on request, is shared through a file, and leaves tokens in the real time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import jwt
from aiohttp.test_utils import TestClient, TestServer

from integrations.sandbox.app import Sandbox, SandboxSettings
from integrations.sandbox.clock import ShiftedClock
from integrations.sandbox.login import new_key

if TYPE_CHECKING:
    from pathlib import Path

REAL = datetime(2026, 11, 23, 8, tzinfo=UTC)
FRIDAY = datetime(2026, 11, 27, 13, tzinfo=UTC)


def real() -> datetime:
    return REAL


def test_two_clocks_share_a_file(tmp_path: Path) -> None:
    first, second = (ShiftedClock(tmp_path / "clock", real) for _ in range(2))
    assert first() == second() == REAL
    assert first.move_to(FRIDAY)
    assert second() == FRIDAY
    assert not second.move_to(FRIDAY - timedelta(seconds=1))
    assert first() == FRIDAY
    assert [path.name for path in tmp_path.iterdir()] == ["clock"]


def test_a_story_may_begin_in_the_past() -> None:
    clock = ShiftedClock(real=real)
    clock.begin_at(REAL - timedelta(days=300))
    assert (clock(), clock.shift) == (REAL - timedelta(days=300), timedelta(days=-300))


async def test_the_clock_is_put_forward_over_http_and_tokens_keep_the_real_time() -> None:
    key = new_key()
    clock = ShiftedClock(real=real)
    sandbox = Sandbox(SandboxSettings(now=clock, signing_key=key, login_key=key))
    async with TestClient(TestServer(sandbox.application())) as client:
        moved = await client.post("/_clock", json={"to": "2026-11-27T14:00:00+01:00"})
        told = await client.get("/_clock")
        assert (moved.status, datetime.fromisoformat((await told.json())["now"])) == (200, FRIDAY)
        for wrong, status in (({"to": "2026-11-26T14:00+01:00"}, 409), ({"to": "2026-11-28T14:00"}, 400), ([], 400)):
            assert (await client.post("/_clock", json=wrong)).status == status
    assert sandbox.teams.world.now() == FRIDAY
    claims = jwt.decode(sandbox.signer.sign({}), options={"verify_signature": False})
    assert claims["iat"] == REAL.timestamp()
