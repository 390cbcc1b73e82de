"""The Teams app package: what a company's Teams administrator uploads."""

from __future__ import annotations

from manifest.build import DEFAULT_SCHEMA, Developer, ManifestError, build_package

__all__ = ["DEFAULT_SCHEMA", "Developer", "ManifestError", "build_package"]
