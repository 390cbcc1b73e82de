"""The locked requirement files are whole: each pin hashed, nothing missing on any supported Python."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from pathlib import Path

PYTHONS = ("3.11", "3.12", "3.13")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)( ; [^\\]+)? \\$", re.MULTILINE)
OPTION = re.compile(r"^-", re.MULTILINE)


def _pins(path: Path) -> dict[str, str]:
    return {canonicalize_name(name): version for name, version, _ in PIN.findall(path.read_text())}


def _needed(distribution: str, python: str) -> set[str]:
    """The names a locked distribution needs on one Python, extras left out (the lock lists what they add by name)."""
    environment = {"python_version": python, "python_full_version": f"{python}.0", "extra": ""}
    requirements = map(Requirement, metadata.requires(distribution) or ())
    return {
        canonicalize_name(each.name)
        for each in requirements
        if each.marker is None or each.marker.evaluate(dict(environment))
    }


@pytest.mark.parametrize("name", ["runtime.txt", "dev.txt", "bench.txt"])
def test_every_pin_is_hashed_and_no_index_is_named(root: Path, name: str) -> None:
    text = (root / "requirements" / name).read_text()
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text)
    assert len(blocks) > 1
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert OPTION.search(text) is None
    assert "://" not in text


def test_what_the_product_declares_is_locked(root: Path) -> None:
    declared = tomllib.loads((root / "pyproject.toml").read_text())["project"]["dependencies"]
    pins = _pins(root / "requirements" / "runtime.txt")
    for requirement in map(Requirement, declared):
        name = canonicalize_name(requirement.name)
        assert name in pins, f"{name} is not locked: run `make lock`"
        assert requirement.specifier.contains(pins[name]), f"{name} {pins[name]} is outside {requirement.specifier}"


def test_development_runs_on_what_is_deployed(root: Path) -> None:
    runtime, development = (_pins(root / "requirements" / name) for name in ("runtime.txt", "dev.txt"))
    assert {name: version for name, version in runtime.items() if development.get(name) != version} == {}


@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_is_complete_on_every_supported_python(root: Path, python: str) -> None:
    """The files are compiled on the oldest Python; a package only a newer one needs would be missing there."""
    pins = _pins(root / "requirements" / "dev.txt")
    missing = {name: _needed(name, python) - pins.keys() for name in pins if _installed(name)}
    assert {name: names for name, names in missing.items() if names} == {}


def _installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True
