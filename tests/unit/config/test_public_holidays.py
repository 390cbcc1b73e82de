"""The library of public holidays finds every country by itself, without loading the others."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest

from bot.config.public_holidays import library

LOADED = """
import sys
from bot.config.public_holidays import library
library().country_holidays("DE", subdiv="HE", years=2026)
print(*sorted(name for name in sys.modules if name.startswith("holidays.countries.")))
"""


def test_one_country_is_loaded_alone() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["holidays.countries.germany"]


@pytest.mark.parametrize("country", ["FR", "BE", "GF", "GB", "JP", "US"])
def test_countries_have_their_new_year(country: str) -> None:
    """French Guiana is one that inherits from another country's module."""
    assert date(2026, 1, 1) in library().country_holidays(country, years=2026)


def test_an_unknown_country_is_told() -> None:
    with pytest.raises(NotImplementedError):
        library().country_holidays("XX", years=2026)
