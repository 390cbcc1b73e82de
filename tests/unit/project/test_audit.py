"""The dependency audit fails on everything but an unreachable service; the secret scan finds a planted secret."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

CLEAN = {"name": "aiohttp", "version": "3.14.0", "vulns": []}
FOUND = {"name": "aiohttp", "version": "3.9.0", "vulns": [{"id": "PYSEC-0000-1", "fix_versions": ["3.9.2"]}]}
UNKNOWN = {"name": "made-up", "skip_reason": "Dependency not found"}


def _program(root: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    specification = importlib.util.spec_from_file_location(f"ci_{name}", root / ".ci" / f"{name}.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    monkeypatch.setitem(sys.modules, specification.name, module)  # dataclasses look their module up
    specification.loader.exec_module(module)
    return module


def _run(code: int, packages: list[dict[str, Any]] | None, error: str = "") -> Callable[..., object]:
    """A stand-in for `subprocess.run` that gives pip-audit's answer."""
    output = "" if packages is None else json.dumps({"dependencies": packages})
    return lambda *_args, **_kwargs: subprocess.CompletedProcess([], code, output, error)


@pytest.mark.parametrize(
    ("code", "packages", "error", "expected"),
    [
        pytest.param(0, [CLEAN], "", 0, id="nothing found"),
        pytest.param(1, [CLEAN, FOUND], "", 1, id="a finding"),
        pytest.param(0, [CLEAN, UNKNOWN], "", 1, id="a package the service does not know"),
        pytest.param(0, [UNKNOWN], "", 0, id="a mirror without advisories"),
        pytest.param(1, None, "requests.exceptions.ConnectionError: refused", 0, id="no network"),
        pytest.param(1, None, "the lock file cannot be read", 1, id="a broken audit"),
        pytest.param(2, [CLEAN], "internal error", 1, id="an odd exit code"),
    ],
)
def test_the_audit_has_one_excuse(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    packages: list[dict[str, Any]] | None,
    error: str,
    expected: int,
) -> None:
    audit = _program(root, "audit", monkeypatch)
    monkeypatch.setattr(subprocess, "run", _run(code, packages, error))
    assert audit.main(root / "requirements" / "dev.txt") == expected


def test_an_audit_of_nothing_says_so(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    audit = _program(root, "audit", monkeypatch)
    monkeypatch.setattr(subprocess, "run", _run(1, None, "NameResolutionError"))
    audit.main(root / "requirements" / "dev.txt")
    assert "NOTHING WAS AUDITED" in capsys.readouterr().out


@pytest.mark.parametrize(("line", "expected"), [("key = 'nothing here'\n", 0), ("PRIVATE", 1)])
def test_the_secret_scan_finds_a_key(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, expected: int
) -> None:
    scan = _program(root, "secret_scan", monkeypatch)
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    text = line.replace("PRIVATE", f"-----BEGIN RSA {'PRIVATE'} KEY-----\n")
    (tmp_path / "settings.py").write_text(text)
    monkeypatch.setattr(scan, "ROOT", tmp_path)
    assert scan.main() == expected
