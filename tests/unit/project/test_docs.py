"""The documents say what is there: commands, settings, links."""

from __future__ import annotations

import re
import subprocess
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from bot.config import default
from bot.duties import Duties
from bot.settings import PREFIX, Settings
from bot.teams.commands import Command
from bot.tenders.models import Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SETTING = re.compile(r"\bOFFERDESK_[A-Z][A-Z_]*[A-Z]\b")
# Read by the tests, not by the product.
TEST_SETTINGS = {"OFFERDESK_TEST_POSTGRES_URL", "OFFERDESK_SPECS", "OFFERDESK_DATA", "OFFERDESK_CHROMIUM"}
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def _documents(root: Path) -> list[Path]:
    return [root / "README.md", root / "CHANGELOG.md", *sorted((root / "docs").rglob("*.md"))]


def _anchors(document: Path) -> set[str]:
    """The anchors a reader of the Markdown can jump to: headings in lower case, words joined by hyphens."""
    headings = HEADING.findall(FENCE.sub("", document.read_text()))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _broken_links(document: Path) -> Iterator[str]:
    for target in LINK.findall(FENCE.sub("", document.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (document.parent / name) if name else document
        if not path.exists() or (anchor and path.suffix == ".md" and anchor not in _anchors(path)):
            yield f"{document.name}: {target}"


def test_the_documents_are_there(root: Path) -> None:
    expected = {"architecture", "settings", "configuration", "cards", "decisions", "operations", "performance"}
    expected |= {"offers", "sage-x3"}
    assert expected - {path.stem for path in (root / "docs").glob("*.md")} == set()
    assert [path.name for path in _documents(root) if not path.is_file()] == []


def test_links_inside_the_project_resolve(root: Path) -> None:
    documents = [path for path in _documents(root) if path.is_file()]
    assert documents
    assert [broken for document in documents for broken in _broken_links(document)] == []


def test_every_make_command_is_in_the_readme(root: Path) -> None:
    shown = subprocess.run(["make", "help"], cwd=root, check=True, capture_output=True, text=True).stdout
    commands = re.findall(r"^make ([\w-]+)", shown, re.MULTILINE)
    assert {"setup", "demo", "test", "test-browser", "check", "bench", "help"} <= set(commands)
    readme = (root / "README.md").read_text()
    assert [command for command in commands if not re.search(rf"make {command}(?![\w-])", readme)] == []


def test_every_setting_is_documented_with_its_default(root: Path) -> None:
    text = (root / "docs" / "settings.md").read_text()
    rows = {
        name: line for line in text.splitlines() for name in SETTING.findall(line.partition("|")[2].partition("|")[0])
    }
    assert {PREFIX + name.upper() for name in Settings.model_fields} - rows.keys() == set()
    for name, field in Settings.model_fields.items():
        row = rows[PREFIX + name.upper()]
        if isinstance(field.default, str | int | float) and field.default != "":
            assert f"`{field.default}`" in row, f"{name}: the default is {field.default}"
        if "SecretStr" in str(field.annotation):
            assert re.search(r"secret", row, re.IGNORECASE), f"{name}: not marked as a secret"


def test_no_document_names_a_setting_that_is_gone(root: Path) -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | TEST_SETTINGS
    known |= {f"{name}_FILE" for name in known}
    named = {name for path in _documents(root) if path.is_file() for name in SETTING.findall(path.read_text())}
    assert named - known == set()


def test_every_command_in_chat_is_in_the_readme(root: Path) -> None:
    readme = (root / "README.md").read_text()
    assert [command for command in Command if not re.search(rf"`{command}(?: \w+)?`", readme)] == []


def test_every_tick_is_in_the_operations_manual(root: Path) -> None:
    nothing: Any = None
    sources: Any = [SimpleNamespace(source=source) for source in (Source.ESA, Source.ESA_NON_ESA)]
    duties = Duties(
        nothing,
        nothing,
        sources,
        settings=Settings.model_construct(esa_poll_minutes=30.0),
        company=default(),
        rules=nothing,
        now=nothing,
        changed=nothing,
    )
    manual = (root / "docs" / "operations.md").read_text()
    named = set(re.findall(r"`([a-z._]+)`", manual))
    assert {tick.id for tick in duties.ticks()} - named == set()


def test_the_life_of_an_offer_names_every_stage_with_its_type(root: Path) -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| [^|]+ \|$", (root / "docs" / "offers.md").read_text(), re.MULTILINE)
    named = {
        (label.strip().casefold(), kind.strip(" `"))
        for labels, kinds in rows
        for label, kind in zip(labels.split(","), kinds.split(",") * len(labels.split(",")), strict=False)
    }
    assert {
        (stage.label.en.partition(" (")[0].casefold(), stage.type.value) for stage in default().stages.stage
    } - named == set()
