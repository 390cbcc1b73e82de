"""Fail when a file seems to hold a secret; a line that only looks like one ends in `pragma: allowlist secret`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Hashes of packages, thousands of them; a lock file is written by its tool alone.
LOCKS = r"(^|/)(package-lock\.json|requirements/[a-z]+\.txt)$"


def main() -> int:
    """Scan what git tracks or would track; the scanner prints file, line and kind, never the secret itself."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 -- git is where PATH says
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    names = [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    scanner = Path(sys.executable).with_name("detect-secrets-hook")
    found = subprocess.run([scanner, "--no-verify", "--exclude-files", LOCKS, *names], cwd=ROOT, check=False)
    if found.returncode == 0:
        print(f"secrets: none in {len(names)} files")
    return found.returncode


if __name__ == "__main__":
    sys.exit(main())
