"""A clock that can be put forward: real time plus a shift that several processes share through a small file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def real_time() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)


class ShiftedClock:
    """Call it for the time: aware UTC. Tokens and time limits of requests keep the real time, see :attr:`real`."""

    def __init__(self, file: Path | None = None, real: Callable[[], datetime] = real_time) -> None:
        """``file`` holds the shift in seconds and is read again whenever it changed; without one the shift is kept here
        alone.
        """
        self.real = real
        self._file = file
        self._seen = -1
        self._shift = timedelta()

    def __call__(self) -> datetime:
        """The shifted time."""
        return self.real() + self.shift

    @property
    def shift(self) -> timedelta:
        """How far it is ahead of the real time."""
        if self._file is not None and self._file.exists() and (changed := self._file.stat().st_mtime_ns) != self._seen:
            self._seen, self._shift = changed, timedelta(seconds=float(self._file.read_text("ascii")))
        return self._shift

    def begin_at(self, moment: datetime) -> None:
        """Make it that moment now, before anybody has looked."""
        self._shift = moment - self.real()
        if self._file is not None:
            fresh = self._file.with_suffix(".new")
            fresh.write_text(str(self._shift.total_seconds()), "ascii")
            # In one step: another process never reads half a number.
            fresh.replace(self._file)

    def move_to(self, moment: datetime) -> bool:
        """Make it that moment now; False, and nothing happens, when that lies in the past."""
        forward = moment > self()
        if forward:
            self.begin_at(moment)
        return forward

    def add_routes(self, app: web.Application) -> None:
        """``GET /_clock`` tells the time, ``POST /_clock {"to": "2026-11-27T14:00+01:00"}`` puts it forward."""
        app.router.add_get("/_clock", self._tell)
        app.router.add_post("/_clock", self._move)

    async def _tell(self, _: web.Request) -> web.Response:
        return web.json_response({"now": self().isoformat()})

    async def _move(self, request: web.Request) -> web.Response:
        try:
            moment = datetime.fromisoformat((await request.json())["to"])
        except (ValueError, KeyError, TypeError) as error:
            raise web.HTTPBadRequest(text='Send {"to": a time with its zone}.') from error
        if moment.tzinfo is None:
            raise web.HTTPBadRequest(text="The time needs its zone.")
        if not self.move_to(moment):
            raise web.HTTPConflict(text="The clock only goes forward.")
        return await self._tell(request)
