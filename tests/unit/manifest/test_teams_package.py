"""The Teams package against Microsoft's own schemas, in every version we claim, and as pictures."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from PIL import Image

from bot.teams.commands import Understood, understand
from bot.web.tab.drawing import HOME
from bot.web.tab.signin import audiences
from manifest import Developer, ManifestError, build_package
from manifest.icons import color_icon, outline_icon, small_color_icon

APP_ID = "00000000-0000-4000-8000-0000000000a1"
HOST = "offers.example.com"
SCHEMAS = ("1.19", "1.25", "1.30")
LOCALISED = re.compile(r"^(name|description|title|short|full)$")


def contents(package: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(package) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def manifest_of(package: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(contents(package)["manifest.json"])
    return manifest


def shown_texts(node: object, path: str = "") -> set[str]:
    """The paths of every text Teams shows, in the spelling of a localisation file."""
    if isinstance(node, dict):
        found: set[str] = set()
        for key, value in node.items():
            inner = f"{path}.{key}" if path else key
            shown = LOCALISED.match(key) and isinstance(value, str)
            found |= {inner} if shown else shown_texts(value, inner)
        return found
    if isinstance(node, list):
        return {text for at, value in enumerate(node) for text in shown_texts(value, f"{path}[{at}]")}
    return set()


@pytest.mark.parametrize("schema", SCHEMAS)
def test_manifest_is_valid_in_each_schema_version(tmp_path: Path, shared_specs: Path, schema: str) -> None:
    manifest = manifest_of(build_package(APP_ID, HOST, tmp_path / "app.zip", schema=schema))

    rules = json.loads((shared_specs / f"teams-manifest/v{schema}/MicrosoftTeams.schema.json").read_text("utf-8"))
    jsonschema_rs.Draft4Validator(rules).validate(manifest)
    assert manifest["manifestVersion"] == schema
    assert f"/v{schema}/" in manifest["$schema"]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_english_file_is_valid_in_each_schema_version(tmp_path: Path, shared_specs: Path, schema: str) -> None:
    english = json.loads(contents(build_package(APP_ID, HOST, tmp_path / "app.zip", schema=schema))["en.json"])

    file = shared_specs / f"teams-manifest/v{schema}/MicrosoftTeams.Localization.schema.json"
    jsonschema_rs.Draft4Validator(json.loads(file.read_text("utf-8"))).validate(english)


def test_a_broken_manifest_fails_the_same_schema(tmp_path: Path, shared_specs: Path) -> None:
    manifest = manifest_of(build_package(APP_ID, HOST, tmp_path / "app.zip"))
    rules = json.loads((shared_specs / "teams-manifest/v1.25/MicrosoftTeams.schema.json").read_text("utf-8"))

    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.Draft4Validator(rules).validate(manifest | {"surprise": 1})


def test_every_shown_text_has_its_english_and_nothing_more(tmp_path: Path) -> None:
    files = contents(build_package(APP_ID, HOST, tmp_path / "app.zip"))
    manifest, english = json.loads(files["manifest.json"]), json.loads(files["en.json"])

    shown = shown_texts(
        {key: manifest[key] for key in ("name", "description", "bots", "staticTabs", "composeExtensions")}
    )
    parameter_names = {path for path in shown if re.search(r"parameters\[\d\]\.name$", path)}
    assert set(english) - {"$schema"} == shown - parameter_names
    assert manifest["localizationInfo"]["defaultLanguageTag"] == "fr"


def test_texts_speak_without_exclamation_marks_and_stay_short(tmp_path: Path) -> None:
    files = contents(build_package(APP_ID, HOST, tmp_path / "app.zip"))

    assert b"!" not in files["manifest.json"] + files["en.json"]
    for command_list in json.loads(files["manifest.json"])["bots"][0]["commandLists"]:
        assert 0 < len(command_list["commands"]) <= 12
        titles = [command["title"] for command in command_list["commands"]]
        assert len(titles) == len(set(titles))


def test_the_same_command_has_the_same_words_in_both_lists(tmp_path: Path) -> None:
    files = contents(build_package(APP_ID, HOST, tmp_path / "app.zip"))
    english = json.loads(files["en.json"])
    pairs: dict[str, set[str]] = {}
    for at, command_list in enumerate(json.loads(files["manifest.json"])["bots"][0]["commandLists"]):
        for position, command in enumerate(command_list["commands"]):
            translated = english[f"bots[0].commandLists[{at}].commands[{position}].title"]
            pairs.setdefault(command["title"], set()).add(translated)

    assert all(len(translations) == 1 for translations in pairs.values()), pairs
    assert pairs["aide"] == {"help"}
    assert pairs["publier ici"] == {"post here"}


def test_bot_and_search_belong_to_the_given_app(tmp_path: Path) -> None:
    manifest = manifest_of(build_package(APP_ID.upper(), HOST.upper(), tmp_path / "app.zip", version="2.3.4"))

    assert manifest["id"] == manifest["bots"][0]["botId"] == manifest["composeExtensions"][0]["botId"] == APP_ID
    assert manifest["bots"][0]["scopes"] == ["personal", "team"]
    assert manifest["validDomains"] == [HOST]
    assert manifest["version"] == "2.3.4"


def test_the_tab_stands_on_our_host_and_signs_in_for_our_app(tmp_path: Path) -> None:
    manifest = manifest_of(build_package(APP_ID.upper(), HOST.upper(), tmp_path / "app.zip"))
    own = manifest["staticTabs"][0]

    assert own["contentUrl"] == own["websiteUrl"] == f"https://{HOST}{HOME}"
    assert own["scopes"] == ["personal"]
    assert manifest["webApplicationInfo"]["id"] == APP_ID
    assert manifest["webApplicationInfo"]["resource"] in audiences(APP_ID, f"https://{HOST}")
    assert [tab["entityId"] for tab in manifest["staticTabs"][1:]] == ["conversations", "about"]


def test_channel_features_and_small_icon_only_where_the_schema_knows_them(tmp_path: Path) -> None:
    old = build_package(APP_ID, HOST, tmp_path / "old.zip", schema="1.19")
    new = build_package(APP_ID, HOST, tmp_path / "new.zip", schema="1.25")

    assert "supportsChannelFeatures" not in manifest_of(old)
    assert manifest_of(new)["supportsChannelFeatures"] == "tier1"
    assert "color32x32.png" not in contents(old)
    assert manifest_of(new)["icons"]["color32x32"] in contents(new)


def test_every_file_the_manifest_names_is_in_the_package(tmp_path: Path) -> None:
    package = build_package(APP_ID, HOST, tmp_path / "deep" / "app.zip")
    manifest = manifest_of(package)

    named = {*manifest["icons"].values(), manifest["localizationInfo"]["additionalLanguages"][0]["file"]}
    assert set(contents(package)) == named | {"manifest.json"}
    assert [path.name for path in package.parent.iterdir()] == ["app.zip"]


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    first = build_package(APP_ID, HOST, tmp_path / "first.zip")
    second = build_package(APP_ID, HOST, tmp_path / "second.zip")

    assert first.read_bytes() == second.read_bytes()


def test_developer_values_cannot_break_out_of_their_field(tmp_path: Path) -> None:
    sly = Developer('"}, "x": "${app_id}', "https://a.example", "https://b.example", "https://c.example")
    manifest = manifest_of(build_package(APP_ID, HOST, tmp_path / "app.zip", developer=sly))

    assert manifest["developer"]["name"] == sly.name
    assert "x" not in manifest


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"app_id": "S580"}, "GUID"),
        ({"public_host": "https://offers.example.com"}, "without https://"),
        ({"public_host": "offers.example.com:443"}, "without https://"),
        ({"public_host": "*.example.com"}, "without https://"),
        ({"public_host": "localhost"}, "without https://"),
        ({"version": "1.0"}, "1.2.3"),
        ({"schema": "1.18"}, "1.19 to 1.30"),
        ({"schema": "1.31"}, "1.19 to 1.30"),
        ({"schema": "../1.25"}, "1.19 to 1.30"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_expected(tmp_path: Path, wrong: dict[str, str], said: str) -> None:
    given = {"app_id": APP_ID, "public_host": HOST, "version": "0.1.0", "schema": "1.25"} | wrong

    with pytest.raises(ManifestError, match=re.escape(said)):
        build_package(given["app_id"], given["public_host"], tmp_path / "app.zip", given["version"], given["schema"])
    assert not (tmp_path / "app.zip").exists()


@pytest.mark.parametrize("field", ["website_url", "privacy_url", "terms_url"])
def test_an_address_without_https_is_refused(tmp_path: Path, field: str) -> None:
    urls = dict.fromkeys(("website_url", "privacy_url", "terms_url"), "https://a.example") | {field: "http://a.example"}

    with pytest.raises(ManifestError, match="https://"):
        build_package(APP_ID, HOST, tmp_path / "app.zip", developer=Developer("Offerdesk", **urls))


def picture(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGBA")


def test_color_icon_fills_its_square_and_keeps_the_mark_in_the_middle() -> None:
    icon = picture(color_icon())

    assert icon.size == (192, 192)
    assert icon.getchannel("A").getextrema() == (255, 255)
    # Teams wants the symbol well inside: an outer frame of 30 pixels is plain.
    frame = [icon.getpixel((x, y)) for x in range(192) for y in (0, 15, 29, 162, 191)]
    assert len(set(frame)) == 1
    assert icon.getpixel((96, 96)) is not None
    assert len(icon.getcolors(maxcolors=192 * 192) or []) > 10


def test_outline_icon_is_white_on_transparent_only() -> None:
    icon = picture(outline_icon())

    assert icon.size == (32, 32)
    seen = {colour for _, colour in icon.getcolors(maxcolors=32 * 32) or [] if isinstance(colour, tuple)}
    assert {colour[:3] for colour in seen if colour[3]} == {(255, 255, 255)}
    assert {0, 255} <= {colour[3] for colour in seen}


def test_small_color_icon_has_two_colours_on_transparent() -> None:
    icon = picture(small_color_icon())

    assert icon.size == (32, 32)
    assert icon.getpixel((0, 0)) == (255, 255, 255, 0)
    opaque = [colour for _, colour in icon.getcolors(maxcolors=32 * 32) or [] if isinstance(colour, tuple)]
    assert (0x3D, 0x7B, 0xE0, 255) in opaque
    assert (0xFF, 0xB9, 0x38, 255) in opaque


@pytest.mark.parametrize(("language", "at"), [("fr", 0), ("en", 1)])
def test_the_bot_understands_every_command_it_lists(tmp_path: Path, language: str, at: int) -> None:
    files = contents(build_package(APP_ID, HOST, tmp_path / "app.zip"))
    english = json.loads(files["en.json"])
    for list_at, command_list in enumerate(json.loads(files["manifest.json"])["bots"][0]["commandLists"]):
        for position, command in enumerate(command_list["commands"]):
            titles = command["title"], english[f"bots[0].commandLists[{list_at}].commands[{position}].title"]
            meant = understand(titles[1])
            # What Teams puts into the message box is the title in the reader's language.
            assert isinstance(meant, Understood), titles
            assert understand(titles[at]) == Understood(meant.command), (language, titles)
