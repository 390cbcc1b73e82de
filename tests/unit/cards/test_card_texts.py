"""The two catalogues say the same things, and everything they say is said somewhere."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from string import Formatter

import pytest

from bot.teams.dialogs.table import DIALOGS
from cards import words
from cards.texts import MissingTextError, texts
from cards.words import Language

ROOT = Path(__file__).parents[3]
FRENCH, ENGLISH = texts("fr"), texts("en")


def test_both_languages_have_the_same_keys() -> None:
    assert FRENCH.sources().keys() == ENGLISH.sources().keys()


@pytest.mark.parametrize("key", sorted(FRENCH.sources()))
def test_both_languages_name_the_same_values_and_say_something(key: str) -> None:
    french, english = FRENCH.sources()[key], ENGLISH.sources()[key]
    assert len(french) == len(english)
    assert _values(french) == _values(english)
    assert all(form.strip() for form in (*french, *english))


@pytest.mark.parametrize("key", sorted(FRENCH.sources()))
def test_keeps_the_manners_of_the_house(key: str) -> None:
    for form in FRENCH.sources()[key]:
        assert "!" not in form
        assert not re.search(r"\b(tu|ton|ta|tes)\b", form, re.IGNORECASE)
        assert not re.search(r" [:;?»]|« ", form), "French punctuation takes a no-break space"
    for form in (*FRENCH.sources()[key], *ENGLISH.sources()[key]):
        assert "'" not in form, "typographic apostrophe"


def test_every_member_of_a_closed_list_has_a_word() -> None:
    missing = []
    for name, kind in vars(words).items():
        if isinstance(kind, type) and issubclass(kind, StrEnum) and kind not in {StrEnum, words.Tone}:
            snake = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
            missing += [
                f"words.{snake}_{member.value}"
                for member in kind
                if f"words.{snake}_{member.value}" not in FRENCH and kind is not words.DefaultOutcome
            ]
    assert missing == []


def test_every_text_is_used() -> None:
    code = "\n".join(
        file.read_text(encoding="utf-8")
        for pattern in ("cards/**/*.py", "bot/**/*.py", "bot/web/tab/templates/*.html")
        for file in ROOT.glob(pattern)
    )
    # Keys made of a fixed part and a member: f"forms.risk_{kind}", f"tenders.{state}" …
    made = [
        r"history\.\w+_deputy",
        *(re.escape(found).replace(r"\{\}", r"\w+") for found in _made(code)),
        *_of_dialogs(code),
    ]
    unused = [
        key
        for key in FRENCH.sources()
        if not key.startswith("words.")
        and f'"{key}"' not in code
        and f"'{key}'" not in code
        and not any(re.fullmatch(pattern, key) for pattern in made)
    ]
    assert unused == []


def _of_dialogs(code: str) -> list[str]:
    """What the dialogs of an offer say: title and button as declared, labels, hints and choices by the field's name."""
    names = set(re.findall(r'FieldSpec\(\s*name="(\w+)"', code))
    codes = set(re.findall(r'^    [A-Z_]+ = "(\w+)"$', code, re.MULTILINE))
    field, member = "|".join(sorted(names)), "|".join(sorted(codes))
    made = []
    for dialog in DIALOGS.values():
        said = rf"{dialog.title}|{dialog.button}|(field|hint)_({field})|({field})_({member})"
        made.append(rf"{dialog.domain}\.({said})")
    return made


def test_counts_as_each_language_does() -> None:
    assert FRENCH.n("chat.find_title", 0, words="x").startswith("0 résultat ")
    assert ENGLISH.n("chat.find_title", 0, words="x").startswith("0 results ")
    assert FRENCH.n("chat.find_title", 1, words="x").startswith("1 résultat ")
    assert ENGLISH.n("chat.find_title", 2, words="x").startswith("2 results ")


def test_an_abbreviated_month_ends_its_sentence_with_one_stop() -> None:
    assert FRENCH("offers.ended_on", when="dim. 22 nov.") == "Terminée le dim. 22 nov."
    assert FRENCH("offers.ended_on", when="mar. 2 juin") == "Terminée le mar. 2 juin."


def test_says_which_text_or_value_is_missing() -> None:
    with pytest.raises(MissingTextError, match=r"chat\.nothing"):
        FRENCH("chat.nothing")
    with pytest.raises(MissingTextError, match="name"):
        ENGLISH("chat.welcome", nobody="x")
    with pytest.raises(MissingTextError, match=r"chat\.welcome"):
        ENGLISH.n("chat.welcome", 2)
    with pytest.raises(ValueError, match="de"):
        texts("de")


def test_is_read_once() -> None:
    assert texts(Language.FR) is texts(Language.FR)
    assert "frame.more" in FRENCH
    assert "frame.days" in FRENCH
    assert "frame.nothing" not in FRENCH


def _values(forms: tuple[str, ...]) -> set[str]:
    return {name for form in forms for _, name, _, _ in Formatter().parse(form) if name}


def _made(code: str) -> set[str]:
    return {
        re.sub(r"\{[^}]*\}", "{}", found)
        for found in re.findall(r'f["\']([a-z_]+\.[^"\']*\{[^"\']*)["\']', code)
        if not found.startswith("words.")
    }
