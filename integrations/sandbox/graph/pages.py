"""The library as a person sees it in the browser: what ``webUrl`` opens, when the web root leads here."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING
from urllib.parse import quote

from aiohttp import web

from integrations.sandbox.graph.refusals import RefusedError

if TYPE_CHECKING:
    from integrations.sandbox.graph.drive import Item, Library

_HEADERS = {"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff"}


class Pages:
    """Shows folders and hands out files; nobody is asked who they are."""

    def __init__(self, library: Library) -> None:
        """Show one library."""
        self._library = library

    async def show(self, request: web.Request) -> web.Response:
        """Give the page of a folder, or a file's bytes."""
        names = [name for name in request.match_info.get("path", "").split("/") if name]
        try:
            item = self._library.at(self._library.root, names)
        except RefusedError:
            raise web.HTTPNotFound(text="There is nothing here (any more).") from None
        if item.content is not None:
            headers = {**_HEADERS, "Content-Disposition": f"attachment; filename*=UTF-8''{quote(item.name, safe='')}"}
            return web.Response(body=item.content, content_type="application/octet-stream", headers=headers)
        here = request.rel_url.raw_path.rstrip("/")
        lines = "".join(_line(here, child) for child in self._library.children(item))
        title = html.escape(" / ".join(names) or "Documents")
        page = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        body = f"<body><h1>{title}</h1><ul>{lines}</ul></body></html>"
        return web.Response(text=page + body, content_type="text/html", headers=_HEADERS)


def _line(here: str, item: Item) -> str:
    link = html.escape(f"{here}/{quote(item.name, safe='')}")
    return f'<li><a href="{link}">{html.escape(item.name)}{"/" if item.is_folder else ""}</a></li>'
