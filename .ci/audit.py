"""Ask the advisory services about every locked package: fail on a finding, and on everything else but one cause.

The one cause is that no service can be reached (no internet, or an index mirror without advisories). Then nothing
was audited, which is said loudly, and the result is left to a run that has the network.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SERVICES = ("pypi", "osv")
UNREACHABLE = re.compile(
    r"NameResolutionError|ConnectionError|ConnectTimeout|ReadTimeout|NewConnectionError|ProxyError|Could not connect"
)


@dataclass(frozen=True)
class Answer:
    """What one advisory service said about the locked packages."""

    audited: int
    skipped: tuple[str, ...]
    findings: tuple[str, ...]


class NoAnswerError(Exception):
    """The audit itself failed for another reason than an unreachable service."""


def ask(service: str, requirements: Path) -> Answer | None:
    """The service's answer, or None when it cannot be reached or knows no package at all.

    Raises `NoAnswerError` when the audit fails for any other reason.
    """
    program = Path(sys.executable).with_name("pip-audit")
    options = ["--vulnerability-service", service, "--format", "json", "--progress-spinner", "off", "--timeout", "30"]
    options += ["--require-hashes", "--disable-pip", "--requirement", str(requirements)]
    run = subprocess.run([program, *options], check=False, capture_output=True, text=True)
    try:
        packages = json.loads(run.stdout)["dependencies"]
    except (ValueError, KeyError) as error:
        if UNREACHABLE.search(run.stderr):
            return None
        raise NoAnswerError(run.stderr.strip()) from error
    answer = read(packages)
    if run.returncode not in {0, 1} or (run.returncode == 1 and not answer.findings):
        raise NoAnswerError(run.stderr.strip())
    return answer if answer.audited else None


def read(packages: list[dict[str, Any]]) -> Answer:
    """Sort pip-audit's list into audited, skipped and found."""
    findings = tuple(
        f"{package['name']} {package['version']}: {found['id']}, fixed in {found['fix_versions'] or 'no version yet'}"
        for package in packages
        for found in package.get("vulns", ())
    )
    skipped = tuple(package["name"] for package in packages if "skip_reason" in package)
    return Answer(len(packages) - len(skipped), skipped, findings)


def main(requirements: Path) -> int:
    """0 when every package was audited and nothing found, or when no service could be reached; else 1."""
    for service in SERVICES:
        try:
            answer = ask(service, requirements)
        except NoAnswerError as error:
            print(f"audit: {service} failed\n{error}")
            return 1
        if answer is None:
            print(f"audit: advisory service {service} cannot be reached from here")
            continue
        for line in answer.findings:
            print(f"audit: {line}")
        for name in answer.skipped:
            print(f"audit: {service} does not know {name}")
        print(f"audit: {answer.audited} packages audited by {service}, {len(answer.findings)} findings")
        return 1 if answer.findings or answer.skipped else 0
    print(
        "!!! audit: NOTHING WAS AUDITED, no advisory service can be reached. Run `make check` where there is network."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
