"""Draws every sample card with Microsoft's renderer and the Teams-like host configuration of the simulator's page.

``python -m tests.browser.gallery [--only NAME …] [--widths 320 …] [--out build/cards]`` writes
``<card>-<language>-<theme>-<width>.png`` and an ``index.html`` that shows them side by side.
"""

from __future__ import annotations

import argparse
import html
import json
import os
import sys
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image
from playwright.sync_api import sync_playwright

from cards.samples import NOW, SAMPLES
from cards.views import Reader
from cards.words import Language

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from playwright.sync_api import FloatRect, Page, Route, ViewportSize

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "integrations" / "sandbox" / "teams" / "page"
ORIGIN: Final = "http://gallery.invalid"
CHROMIUM: Final = os.environ.get("OFFERDESK_CHROMIUM") or "/usr/bin/chromium"
ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDTHS: Final = {"320": 320, "480": 480, "full": 900}
THEMES: Final = ("light", "dark")
SCALE: Final = 1.5
ROOM: Final = 16
SHEET_WIDTH: Final = 4800
FILES: Final = {
    "adaptivecards.js": PAGE / "node_modules" / "adaptivecards" / "dist" / "adaptivecards.min.js",
    "markdown-it.js": PAGE / "node_modules" / "markdown-it" / "dist" / "browser" / "markdown-it.umd.min.js",
    "cards.js": PAGE / "cards.js",
    "charts.js": PAGE / "charts.js",
    "host-config.js": PAGE / "host-config.js",
    "style.css": PAGE / "style.css",
}
SHELL: Final = """<!doctype html><html lang="{language}" data-theme="{theme}"><meta charset="utf-8">
<link rel="stylesheet" href="style.css"><script src="adaptivecards.js"></script><script src="markdown-it.js"></script>
<style>html,body{{height:auto}}body{{padding:8px;display:flex;flex-wrap:wrap;gap:16px;align-items:flex-start}}
.card{{margin:0;max-width:none;width:{width}px}}</style>
<body><script type="module">
import {{ draw }} from "./cards.js";
const cards = {cards};
for (const [name, content] of Object.entries(cards)) {{
  const holder = document.createElement("div");
  holder.className = "card";
  holder.id = name;
  holder.append(draw(content, {{ theme: "{theme}", people: [], narrow: {narrow}, onPress() {{}} }}));
  document.body.append(holder);
}}
document.body.dataset.drawn = "yes";
</script></body></html>"""

BOXES: Final = """() => Object.fromEntries([...document.querySelectorAll(".card")].map((card) => {
  const { x, y, width, height } = card.getBoundingClientRect();
  return [card.id, { x, y: y + scrollY, width, height, wide: card.scrollWidth > card.clientWidth + 1 }];
}))"""


@dataclass(frozen=True)
class Sheet:
    """All cards in one language, theme and width."""

    language: Language
    theme: str
    width: str

    @property
    def columns(self) -> int:
        """How many cards stand side by side."""
        return SHEET_WIDTH // (WIDTHS[self.width] + ROOM)

    def html(self, names: Iterable[str]) -> str:
        """The page that draws them."""
        reader = Reader(self.language, "Europe/Paris", NOW, shared=True)
        drawn = json.dumps({name: SAMPLES[name](reader) for name in names}, ensure_ascii=False).replace("</", "<\\/")
        narrow = json.dumps(WIDTHS[self.width] < 400)
        return SHELL.format(
            language=self.language, theme=self.theme, width=WIDTHS[self.width], narrow=narrow, cards=drawn
        )


def sheets(widths: Iterable[str] = WIDTHS) -> Iterator[Sheet]:
    """Every combination of language and theme with these widths."""
    chosen = tuple(widths)
    for language in Language:
        for theme in THEMES:
            for width in chosen:
                yield Sheet(language, theme, width)


def draw(names: list[str], out: Path, chosen: Iterable[Sheet]) -> dict[str, list[str]]:
    """Write the pictures. Returns what was wrong per sheet: script errors, and cards wider than their room."""
    out.mkdir(parents=True, exist_ok=True)
    problems: dict[str, list[str]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        for sheet in chosen:
            viewport: ViewportSize = {"width": sheet.columns * (WIDTHS[sheet.width] + ROOM) + ROOM, "height": 900}
            page = browser.new_page(viewport=viewport, device_scale_factor=SCALE)
            problems[f"{sheet.language}-{sheet.theme}-{sheet.width}"] = _sheet(page, sheet, names, out)
            page.close()
        browser.close()
    return problems


def _sheet(page: Page, sheet: Sheet, names: list[str], out: Path) -> list[str]:
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.route(f"{ORIGIN}/**", lambda route: _serve(route, sheet, names))
    page.goto(f"{ORIGIN}/")
    page.wait_for_selector("body[data-drawn]", timeout=60_000)
    boxes: dict[str, dict[str, float]] = page.evaluate(BOXES)
    wrong.extend(f"{name}: wider than {sheet.width}" for name, box in boxes.items() if box["wide"])
    for start in range(0, len(names), sheet.columns):
        _row(page, sheet, {name: boxes[name] for name in names[start : start + sheet.columns]}, out)
    return wrong


def _row(page: Page, sheet: Sheet, boxes: dict[str, dict[str, float]], out: Path) -> None:
    """One picture of a whole row, cut into cards: a picture takes half a second whatever its size."""
    top = min(box["y"] for box in boxes.values())
    height = max(box["y"] + box["height"] for box in boxes.values()) - top
    clip: FloatRect = {"x": 0, "y": top, "width": sheet.columns * (WIDTHS[sheet.width] + ROOM) + ROOM, "height": height}
    with Image.open(BytesIO(page.screenshot(full_page=True, clip=clip))) as row:
        for name, box in boxes.items():
            left, upper = box["x"], box["y"] - top
            edges = (left, upper, left + box["width"], upper + box["height"])
            card = row.crop(tuple(round(edge * SCALE) for edge in edges))  # type: ignore[arg-type]
            # Packed lightly: what is looked at once need not be small, and packing took most of the time.
            card.save(out / f"{name}-{sheet.language}-{sheet.theme}-{sheet.width}.png", compress_level=1)


def _serve(route: Route, sheet: Sheet, names: list[str]) -> None:
    asked = route.request.url.removeprefix(f"{ORIGIN}/")
    if not asked:
        route.fulfill(body=sheet.html(names), content_type="text/html; charset=utf-8")
    elif asked in FILES:
        route.fulfill(path=FILES[asked])
    else:
        route.fulfill(status=404)


def index(names: Iterable[str], out: Path, chosen: Iterable[Sheet]) -> Path:
    """Write the page that shows the pictures."""
    drawn = tuple(chosen)
    rows = []
    for name in names:
        pictures = "".join(
            f'<figure><img loading="lazy" width="{WIDTHS[sheet.width]}" alt="{html.escape(name)}"'
            f' src="{name}-{sheet.language}-{sheet.theme}-{sheet.width}.png">'
            f"<figcaption>{sheet.language} · {sheet.theme} · {sheet.width}</figcaption></figure>"
            for sheet in drawn
        )
        rows.append(f'<h2 id="{name}">{html.escape(name)}</h2><div>{pictures}</div>')
    page = out / "index.html"
    page.write_text(
        "<!doctype html><meta charset='utf-8'><title>Offerdesk cards</title>"
        "<style>body{font:14px sans-serif;background:#888}"
        "div{display:flex;gap:12px;overflow-x:auto;align-items:start}figure{margin:0}figcaption{font-size:12px}</style>"
        + "".join(rows),
        encoding="utf-8",
    )
    return page


def main(arguments: list[str] | None = None) -> int:
    """Draw the gallery; exit code 1 when a card could not be drawn or is wider than its room."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=None, help="names of cards (default: all)")
    parser.add_argument("--widths", nargs="+", choices=WIDTHS, default=list(WIDTHS), help="default: all")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "cards")
    given = parser.parse_args(arguments)
    missing = [str(file) for file in FILES.values() if not file.exists()]
    if missing:
        sys.stderr.write(f"Run `make page` first; missing: {', '.join(missing)}\n")
        return 1
    names = [name for name in SAMPLES if given.only is None or name in given.only]
    chosen = list(sheets(given.widths))
    problems = draw(names, given.out, chosen)
    page = index(names, given.out, chosen)
    wrong = [f"{sheet}: {problem}" for sheet, found in problems.items() for problem in found]
    sys.stdout.write("\n".join([*wrong, f"{len(names)} cards, see {page}", ""]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
