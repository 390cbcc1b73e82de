"""The page around all pages: public, without any data, the same for everybody. What is shown in it needs a token."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from bot.web.tab.drawing import HOME, draw_both

FOLDER = Path(__file__).parent / "page"
OWN = ("tab.css", "tab.js", "charts.js", "own-server.js")
VENDOR = {
    "teams.js": "@microsoft/teams-js/dist/umd/MicrosoftTeams.min.js",
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "chart.js": "chart.js/dist/chart.umd.min.js",
}
TEAMS_HOSTS = (
    "https://teams.microsoft.com",
    "https://*.teams.microsoft.com",
    "https://*.cloud.microsoft",
    "https://*.microsoft365.com",
    "https://*.office.com",
    "https://outlook.office365.com",
    "https://gov.teams.microsoft.us",
    "https://dod.teams.microsoft.us",
)
"""Where Microsoft shows tabs. ``'self'`` beside them lets a stand-in of Teams on our own address do so."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    f"base-uri 'none'; form-action 'none'; frame-ancestors 'self' {' '.join(TEAMS_HOSTS)}"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-cache",
}


class Shell:
    """The shell at every address of a page, so that a reload and a link work, and the files it loads."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """``folder`` holds our own files and ``node_modules``."""
        self._folder = folder

    def routes(self) -> list[web.RouteDef]:
        """Nothing here needs a token; the routes of data come before these."""
        return [
            web.get(HOME + "/static/{name}", self._file),
            web.get(HOME, self._shell),
            web.get(HOME + "/{page:.*}", self._shell),
        ]

    @property
    def is_complete(self) -> bool:
        """Whether the packages of the page are installed."""
        return all((self._folder / "node_modules" / path).is_file() for path in VENDOR.values())

    async def _shell(self, _: web.Request) -> web.Response:
        template, status = ("shell.html", 200) if self.is_complete else ("missing.html", 503)
        return web.Response(text=draw_both(template, {}), content_type="text/html", status=status, headers=HEADERS)

    async def _file(self, request: web.Request) -> web.FileResponse:
        name = request.match_info["name"]
        if name in OWN:
            return web.FileResponse(self._folder / name, headers=HEADERS)
        if name in VENDOR and self.is_complete:
            return web.FileResponse(self._folder / "node_modules" / VENDOR[name], headers=HEADERS)
        raise web.HTTPNotFound
