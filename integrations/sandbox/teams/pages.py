"""The files of the page. Microsoft's renderer comes from `page/node_modules` (`npm ci`), never from elsewhere."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

PAGE = Path(__file__).parent / "page"
_OWN = ("app.js", "cards.js", "charts.js", "host-config.js", "tab-host.js", "words.js", "style.css")
_VENDOR = {
    "adaptivecards.js": "adaptivecards/dist/adaptivecards.min.js",
    "markdown-it.js": "markdown-it/dist/browser/markdown-it.umd.min.js",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_FRAMING = _POLICY.replace("connect-src", "frame-src 'self'; connect-src")
"""The page around a tab shows one of our own addresses in a frame."""
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class Pages:
    """Serves one fixed list of files."""

    def __init__(self, folder: Path = PAGE) -> None:
        """`folder` holds the page and its `node_modules`."""
        self._folder = folder

    def routes(self) -> list[web.RouteDef]:
        """The start page and, with `?persona=`, the page of a person are the same file."""
        return [
            web.get("/", self._index),
            web.get("/tab", self._tab_host),
            web.get("/static/{name}", self._file),
        ]

    @property
    def is_complete(self) -> bool:
        """Whether the packages of the page are installed."""
        return all((self._folder / "node_modules" / path).is_file() for path in _VENDOR.values())

    async def _index(self, _request: web.Request) -> web.FileResponse:
        if not self.is_complete:
            return web.FileResponse(self._folder / "missing.html", status=503, headers=_HEADERS)
        return web.FileResponse(self._folder / "index.html", headers=_HEADERS)

    async def _tab_host(self, _request: web.Request) -> web.FileResponse:
        """What Teams is around a personal tab; it needs no package."""
        headers = {**_HEADERS, "Content-Security-Policy": _FRAMING}
        return web.FileResponse(self._folder / "tab-host.html", headers=headers)

    async def _file(self, request: web.Request) -> web.FileResponse:
        name = request.match_info["name"]
        if name in _OWN:
            return web.FileResponse(self._folder / name, headers=_HEADERS)
        if name in _VENDOR and self.is_complete:
            return web.FileResponse(self._folder / "node_modules" / _VENDOR[name], headers=_HEADERS)
        raise web.HTTPNotFound
