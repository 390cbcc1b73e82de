"""What every test may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def _shared(folder: str, variable: str) -> Path:
    """The folder of third-party contracts or data beside the checkout; skipped without it, except where `CI` is set."""
    path = Path(os.environ.get(variable) or ROOT.parent / "shared" / folder)
    if not path.is_dir():
        reason = f"{path} is absent: set {variable} to the folder that holds it"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@pytest.fixture(scope="session")
def shared_specs() -> Path:
    """Machine-readable contracts of the real services (`OFFERDESK_SPECS`, else `../shared/specs`)."""
    return _shared("specs", "OFFERDESK_SPECS")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real answers of the outside world (`OFFERDESK_DATA`, else `../shared/data`)."""
    return _shared("data", "OFFERDESK_DATA")


pytest_plugins = ["tests.databases"]
