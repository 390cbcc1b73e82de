"""Builds the Teams app package, a zip with the manifest, its languages and the icons.

Microsoft's description of the manifest: JSON Schema draft 04, one per version, ``additionalProperties: false``. What
stands in ``template.json`` is valid in every version from 1.19 to 1.30; what only the newer ones know is added here.
French is the default language, English the additional one.
"""

from __future__ import annotations

import json
import re
import string
import uuid
import zipfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from manifest import icons

DEFAULT_SCHEMA = "1.25"
_OLDEST_SCHEMA, _NEWEST_SCHEMA = (1, 19), (1, 30)
# From this version on the schema knows the small colour icon and the declaration for private and shared channels.
_CHANNEL_FEATURES_SCHEMA = (1, 25)

_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_VERSION = re.compile(r"\d{1,5}\.\d{1,5}\.\d{1,5}")
_SCHEMA = re.compile(r"(\d)\.(\d{1,2})")

# A zip stores a time with each file; a fixed one makes the same input give the same bytes.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_READABLE_FILE = 0o644 << 16
_UNIX = 3


class ManifestError(ValueError):
    """A value given for the Teams package cannot stand in a manifest; the text says which and what is expected."""


@dataclass(frozen=True)
class Developer:
    """Who answers for the app in the eyes of Teams: a name of at most 32 characters and three https addresses."""

    name: str
    website_url: str
    privacy_url: str
    terms_url: str


def build_package(
    app_id: str,
    public_host: str,
    out: Path,
    version: str = "0.1.0",
    schema: str = DEFAULT_SCHEMA,
    developer: Developer | None = None,
) -> Path:
    """Write the Teams package and give back its path; the same input gives the same bytes.

    Args:
        app_id: the application (client) id of the Azure Bot, a GUID; it names the app and its bot.
        public_host: the host Teams reaches Offerdesk at, without scheme or port, such as ``offers.example.com``.
        out: the zip file to write; its folder is made when missing.
        version: the version of the app, ``major.minor.patch``; Teams takes an update only under a higher one.
        schema: the version of the manifest schema, ``1.19`` to ``1.30``.
        developer: who answers for the app; by default Offerdesk, with pages on ``public_host``.

    Raises:
        ManifestError: a value that cannot stand in a manifest.

    """
    files = package_files(app_id, public_host, version, schema, developer)
    out.parent.mkdir(parents=True, exist_ok=True)
    # Written beside and moved: whoever looks never finds half a package.
    unfinished = out.with_name(out.name + ".part")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = _READABLE_FILE
            entry.create_system = _UNIX
            package.writestr(entry, content)
    unfinished.replace(out)
    return out


def package_files(
    app_id: str,
    public_host: str,
    version: str,
    schema: str,
    developer: Developer | None,
) -> dict[str, bytes]:
    """Give the content of each file of the package by its name. Raises ``ManifestError`` as ``build_package`` does."""
    number = _schema_number(schema)
    host = _checked_host(public_host)
    if not _VERSION.fullmatch(version):
        raise ManifestError(f"The version must look like 1.2.3, not {version!r}.")
    answerable = developer or Developer(
        name="Offerdesk",
        website_url=f"https://{host}/",
        privacy_url=f"https://{host}/privacy",
        terms_url=f"https://{host}/terms",
    )
    values = {
        "schema": f"{number[0]}.{number[1]}",
        "version": version,
        "app_id": _checked_guid(app_id),
        "public_host": host,
        "accent_color": icons.ACCENT_COLOUR,
        "developer_name": answerable.name,
        "website_url": _checked_url(answerable.website_url),
        "privacy_url": _checked_url(answerable.privacy_url),
        "terms_url": _checked_url(answerable.terms_url),
    }
    manifest = _filled("template.json", values)
    files = {"color.png": icons.color_icon(), "outline.png": icons.outline_icon()}
    if number >= _CHANNEL_FEATURES_SCHEMA:
        manifest["supportsChannelFeatures"] = "tier1"
        manifest["icons"]["color32x32"] = "color32x32.png"
        files["color32x32.png"] = icons.small_color_icon()
    english = _filled("languages/en.json", values)
    return {"manifest.json": _json(manifest), "en.json": _json(english), **files}


def _filled(name: str, values: dict[str, str]) -> dict[str, Any]:
    """Read a JSON file of this package and put the values into its texts, after parsing: no value can break out."""
    text = resources.files("manifest").joinpath(name).read_text(encoding="utf-8")
    filled: dict[str, Any] = json.loads(
        text,
        object_hook=lambda found: {key: _substituted(value, values) for key, value in found.items()},
    )
    return filled


def _substituted(value: object, values: dict[str, str]) -> object:
    if isinstance(value, str):
        return string.Template(value).substitute(values)
    if isinstance(value, list):
        return [_substituted(each, values) for each in value]
    return value


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def _schema_number(schema: str) -> tuple[int, int]:
    found = _SCHEMA.fullmatch(schema)
    number = (int(found[1]), int(found[2])) if found else (0, 0)
    if not _OLDEST_SCHEMA <= number <= _NEWEST_SCHEMA:
        raise ManifestError(f"The manifest schema must be 1.19 to 1.30, not {schema!r}.")
    return number


def _checked_guid(app_id: str) -> str:
    try:
        return str(uuid.UUID(app_id))
    except ValueError as error:
        raise ManifestError(f"The app id must be a GUID as Azure shows it, not {app_id!r}.") from error


def _checked_host(public_host: str) -> str:
    host = public_host.strip().lower()
    if not _HOST.fullmatch(host):
        raise ManifestError(
            f"The public host must be a name like offers.example.com, without https:// and port, not {public_host!r}.",
        )
    return host


def _checked_url(url: str) -> str:
    if not url.startswith("https://"):
        raise ManifestError(f"An address in the manifest must begin with https://, not {url!r}.")
    return url
