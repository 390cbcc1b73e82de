"""The library of public holidays, with the countries that are asked for and no others."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any


@cache
def library() -> Any:  # noqa: ANN401  the module ``holidays``
    """The module ``holidays``; slow to import, so it is when somebody first asks.

    It finds each country in a module of its own, but its package ``holidays.countries`` imports all 250 of them when it
    is imported itself: 9 MB for one country's dates. An empty package with the same path will do.
    """
    import holidays  # noqa: PLC0415

    if "holidays.countries" not in sys.modules:
        package = ModuleType("holidays.countries")
        package.__path__ = [str(Path(holidays.__file__).with_name("countries"))]
        sys.modules[package.__name__] = package
    return holidays
