"""A tenant as Business Central delivers it, and one with the custom pages."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.unit.sandbox_business_central.stage import Stage, on_stage


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with on_stage() as running:
        yield running


@pytest.fixture
async def extended() -> AsyncIterator[Stage]:
    async with on_stage(presales_pages=True) as running:
        yield running
