"""What no file of the project may hold."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# Written so that these lines do not match themselves.
MACHINE_PATH = re.compile(r"(?<![\w/.])/(?:[w]ork|[f]arm|[h]ome/\w+|[U]sers/\w+)/")
INDEX_HOST = re.compile(r"\b(?:[\w-]+\.)?(?:py[p]i|python[h]osted|np[m]js|yarn[p]kg)\.(?:org|com|io)\b", re.IGNORECASE)
LARGEST = 1_000_000  # bytes; a checkout stays small, pictures included


def _texts(paths: tuple[Path, ...]) -> list[tuple[Path, str]]:
    found = []
    for path in paths:
        content = path.read_bytes()
        if b"\0" not in content[:8192]:
            found.append((path, content.decode()))
    return found


def test_no_file_names_a_path_of_one_machine(project_files: tuple[Path, ...], root: Path) -> None:
    found = [str(path.relative_to(root)) for path, text in _texts(project_files) if MACHINE_PATH.search(text)]
    assert found == []


def test_no_file_names_a_package_index(project_files: tuple[Path, ...], root: Path) -> None:
    found = [str(path.relative_to(root)) for path, text in _texts(project_files) if INDEX_HOST.search(text)]
    assert found == []


def test_npm_lock_files_hold_hashes_and_no_addresses(project_files: tuple[Path, ...]) -> None:
    locks = [path for path in project_files if path.name == "package-lock.json"]
    assert locks, "the simulator's page has a lock file"
    for lock in locks:
        packages = json.loads(lock.read_text())["packages"]
        fetched = {name: package for name, package in packages.items() if name}
        assert fetched
        assert [name for name, package in fetched.items() if "resolved" in package] == []
        assert [name for name, package in fetched.items() if "integrity" not in package] == []


def test_files_are_small(project_files: tuple[Path, ...], root: Path) -> None:
    assert [str(path.relative_to(root)) for path in project_files if path.stat().st_size > LARGEST] == []


def test_what_is_built_or_secret_is_never_tracked(project_files: tuple[Path, ...], root: Path) -> None:
    names = {str(path.relative_to(root)) for path in project_files}
    unwanted = re.compile(
        r"(^|/)(\.env|\.venv/.*|\.bench/.*|build/.*|node_modules/.*|__pycache__/.*|.*\.(db|pyc|pem|key))$"
    )
    assert [name for name in sorted(names) if unwanted.search(name)] == []
