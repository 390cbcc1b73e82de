"""Every text the bot names exists in both languages, also those whose key is put together."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import bot
from bot.decisions.models import RoundOutcome
from bot.records.fields import REFERENCES
from bot.tenders.rules import REPLIED
from bot.tenders.words import ChangeKind
from cards.texts import texts

ROOMS = "errors|answers|notices|history|changes|chat"
"""Those of the Teams edge; the others are checked where they are used."""
KEY = re.compile(rf'(f?)"((?:{ROOMS})\.[a-z_][a-z_0-9.{{}}]*)"')
SOURCES = sorted(path for path in Path(bot.__file__).parent.rglob("*.py") if "node_modules" not in path.parts)
NOTICES = ("source_failing", "source_back", "unreadable_records", "no_ceo", "delivery_failed", "delivery_unknown")
DIALOGS = ("new_rfp", "roles", "deputy", "profile")
MADE = {
    "errors.unknown_{spec.kind}": tuple(kind.value for kind in REFERENCES),
    "answers.{key}": DIALOGS,
    "answers.{key}_text": DIALOGS,
    "answers.{key}_button": DIALOGS,
    "changes.{change.kind.value}": tuple(kind.value for kind in ChangeKind if kind is not ChangeKind.PUBLISHED),
    "history.decided_{standing.outcome.value}": tuple(outcome.value for outcome in RoundOutcome),
    "notices.{kind}": tuple(kind.value for kind in REPLIED),
    "notices.{notice.kind}": NOTICES,
    "notices.{notice.kind}_text": NOTICES,
}


def keys() -> set[str]:
    """Every key in the sources."""
    found: set[str] = set()
    for path in SOURCES:
        for made, key in KEY.findall(path.read_text("utf-8")):
            if made and "{" in key:
                pattern = re.sub(r"\{[^}]*\}", "{}", key)
                found.update(pattern.format(value) for value in MADE[key])
            elif not key.endswith((".py", ".toml", ".po")):
                found.add(key)
    return found


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_text_exists(language: str) -> None:
    known = texts(language)
    found = keys()
    assert len(found) > 50
    missing = {key for key in found if key not in known}
    assert missing == set()


def test_the_admin_notices_are_those_that_are_told() -> None:
    told = {
        kind
        for path in SOURCES
        for kind in re.findall(r'tell_admins\(\s*session,\s*"([a-z_]+)"', path.read_text("utf-8"))
    }
    assert told <= set(NOTICES)
