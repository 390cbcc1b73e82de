"""Every card drawn by Microsoft's renderer: light and dark, two languages, three widths (in CI the narrowest)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cards.samples import SAMPLES
from tests.browser.gallery import WIDTHS, sheets

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
OUT = ROOT / "build" / "cards"
DRAWN = ["320"] if os.environ.get("CI") else list(WIDTHS)
"""A card that fits a phone fits every width; the others are there to be looked at."""


def test_every_card_is_drawn_and_fits_its_room() -> None:
    # Its own process: this one may already hold a browser, and Playwright allows one per thread.
    drawn = subprocess.run(
        [sys.executable, "-m", "tests.browser.gallery", "--out", str(OUT), "--widths", *DRAWN],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert drawn.returncode == 0, drawn.stdout + drawn.stderr
    assert (OUT / "index.html").exists()
    for name in SAMPLES:
        for sheet in sheets(DRAWN):
            assert (OUT / f"{name}-{sheet.language}-{sheet.theme}-{sheet.width}.png").stat().st_size > 2000
