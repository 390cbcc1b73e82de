"""The files of the page: complete, closed to the outside, in both languages."""

from __future__ import annotations

import json
import re
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from integrations.sandbox.teams.pages import PAGE, Pages


async def _client(folder: Path) -> TestClient[web.Request, web.Application]:
    app = web.Application()
    app.add_routes(Pages(folder).routes())
    return TestClient(TestServer(app))


def _copy(target: Path, *, complete: bool) -> Path:
    for file in PAGE.iterdir():
        if file.is_file():
            (target / file.name).write_bytes(file.read_bytes())
    if complete:
        for path in ("adaptivecards/dist/adaptivecards.min.js", "markdown-it/dist/browser/markdown-it.umd.min.js"):
            vendor = target / "node_modules" / path
            vendor.parent.mkdir(parents=True)
            vendor.write_text("// drawn elsewhere")
    return target


async def test_the_page_is_served_with_a_strict_policy(tmp_path: Path) -> None:
    async with await _client(_copy(tmp_path, complete=True)) as client:
        async with client.get("/?persona=cto") as response:
            assert response.status == 200
            policy = response.headers["Content-Security-Policy"]
            assert "script-src 'self'" in policy
            assert "unsafe" not in policy
            html = await response.text()
        for source in re.findall(r'(?:src|href)="(static/[^"]+)"', html):
            async with client.get(f"/{source}") as response:
                assert response.status == 200, source


async def test_missing_packages_are_explained(tmp_path: Path) -> None:
    async with await _client(_copy(tmp_path, complete=False)) as client:
        async with client.get("/") as response:
            assert response.status == 503
            assert "npm" in await response.text()
        async with client.get("/static/adaptivecards.js") as response:
            assert response.status == 404
        async with client.get("/static/style.css") as response:
            assert response.status == 200


async def test_only_the_files_of_the_page_are_served(tmp_path: Path) -> None:
    async with await _client(_copy(tmp_path, complete=True)) as client:
        for path in ("/static/package.json", "/static/..%2Fpages.py", "/static/.npmrc"):
            async with client.get(path) as response:
                assert response.status == 404, path


def test_the_page_names_no_other_host_and_holds_no_inline_script() -> None:
    for file in PAGE.iterdir():
        if file.suffix in {".html", ".css", ".js"}:
            text = file.read_text().replace("http://www.w3.org/2000/svg", "")
            assert not re.search(r"https?://", text), file.name
            assert not re.search(r"<script(?![^>]*src=)|\son\w+=\"|<style|\sstyle=\"", text), file.name


def test_every_word_stands_in_both_languages_and_is_used() -> None:
    french, english = (PAGE / "words.js").read_text().split("  en: {")
    keys = [set(re.findall(r"^    (\w+):", part, re.MULTILINE)) for part in (french, english)]
    assert keys[0] == keys[1]
    code = (PAGE / "app.js").read_text() + (PAGE / "cards.js").read_text()
    assert set(re.findall(r"\bwords\.(\w+)", code)) == keys[0] | {"js"}


def test_the_lock_file_names_no_index() -> None:
    lock = json.loads((PAGE / "package-lock.json").read_text())
    assert all("resolved" not in package for package in lock["packages"].values())
    assert all("integrity" in package for path, package in lock["packages"].items() if path)
