"""Pure rules of offers: how a number is written, how words are compared."""

from __future__ import annotations

import unicodedata

DEFAULT_PATTERN = "S{number}"
DEFAULT_FIRST_NUMBER = 580


def fold(text: str) -> str:
    """``text`` for comparing: lower case, no accents, single spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).split())


def format_number(pattern: str, number: int) -> str:
    """``S580`` from ``S{number}`` and 580."""
    return pattern.format(number=number)


def like_pattern(word: str) -> str:
    """``word`` as a LIKE pattern that finds it anywhere; the escape character is a backslash."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
