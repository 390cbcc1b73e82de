"""Whoever ends processes and connections has a database to himself."""

from __future__ import annotations

import gc
import os
import warnings
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def database_url(fresh_database_url: str) -> str:
    """The URL of a migrated database that no other test ever sees."""
    return fresh_database_url


@pytest.fixture(autouse=True)
def _unmeasured_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that are killed leave no measurement behind; without one they start several times faster."""
    for name in [name for name in os.environ if name.startswith("COVERAGE_PROCESS_")]:
        monkeypatch.delenv(name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """Sweep up behind each test: a task that is killed while the HTTP library closes connections leaves a socket to the
    collector, which would complain of it in the middle of some later test.
    """
    try:
        return (yield)
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
