"""Every card drawn by Microsoft's renderer: light and dark, two languages, three widths."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cards.samples import SAMPLES
from tests.browser.gallery import THEMES, WIDTHS

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
OUT = ROOT / "build" / "cards"


def test_every_card_is_drawn_and_fits_its_room() -> None:
    # Its own process: this one may already hold a browser, and Playwright allows one per thread.
    drawn = subprocess.run(
        [sys.executable, "-m", "tests.browser.gallery", "--out", str(OUT)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert drawn.returncode == 0, drawn.stdout + drawn.stderr
    assert (OUT / "index.html").exists()
    for name in SAMPLES:
        for theme in THEMES:
            for width in WIDTHS:
                assert (OUT / f"{name}-fr-{theme}-{width}.png").stat().st_size > 2000
