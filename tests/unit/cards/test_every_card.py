"""Every card in every state, in both languages, for a channel and for one person."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable

import pytest

from cards.check import check
from cards.envelope import Card, nodes
from cards.samples import SAMPLES
from cards.verbs import DIALOG_OPENERS, DIALOG_SUBMITS, Verb
from cards.views import Reader

IN_BOTH = {"Go", "No-Go"}


@pytest.mark.parametrize("name", SAMPLES)
def test_keeps_our_rules(name: str, reader: Reader, channel: Reader) -> None:
    assert check(SAMPLES[name](reader)) == []
    assert check(SAMPLES[name](channel)) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_keeps_the_official_schema(
    name: str, channel: Reader, official_schema: Callable[[Card], Iterable[str]]
) -> None:
    assert check(SAMPLES[name](channel), official_schema) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_is_plain_json_and_the_same_every_time(name: str, reader: Reader) -> None:
    first = json.dumps(SAMPLES[name](reader))
    for other in SAMPLES.values():
        other(reader)
    assert json.dumps(SAMPLES[name](reader)) == first


@pytest.mark.parametrize("name", SAMPLES)
def test_leaves_no_placeholder_and_no_enum_name(name: str, reader: Reader) -> None:
    shown = " ".join(_words(SAMPLES[name](reader)))
    assert not re.search(r"\{\w*\}", shown)
    assert not re.search(r"\b(None|Decimal|datetime|TenderState|RoundState)\b|\w+\.[A-Z]{2}", shown)
    assert "!" not in shown


@pytest.mark.parametrize("name", SAMPLES)
def test_carries_only_a_known_verb_and_short_opaque_values(name: str, reader: Reader) -> None:
    for node in nodes(SAMPLES[name](reader)):
        if node["type"] not in {"Action.Execute", "Action.Submit"}:
            continue
        data = dict(node["data"])
        teams = data.pop("msteams", None)
        verb = Verb(data.pop("verb"))
        assert set(data) <= {"id", "rev", "q"}
        assert isinstance(data["id"], int)
        assert len(str(data.get("q", ""))) <= 100
        assert (teams == {"type": "task/fetch"}) == (verb in DIALOG_OPENERS)
        if node["type"] == "Action.Execute":
            assert node["verb"] == verb.value
            assert verb not in DIALOG_OPENERS | DIALOG_SUBMITS
            assert node.get("fallback", {}).get("data", node["data"]) == node["data"]


@pytest.mark.parametrize("name", SAMPLES)
def test_french_and_english_differ(name: str, french: Reader, english: Reader) -> None:
    assert SAMPLES[name](french)["body"] != SAMPLES[name](english)["body"]


def _words(card: Card) -> Iterable[str]:
    for node in nodes(card):
        for key in ("text", "title", "label", "placeholder", "errorMessage", "fallbackText"):
            if isinstance(node.get(key), str):
                yield node[key]
        for fact in node.get("facts", ()):
            yield f"{fact['title']} {fact['value']}"
        for choice in node.get("choices", ()):
            yield choice["title"]
