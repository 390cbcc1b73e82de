"""What was typed as it is seen: a form that shows a stored text and gets it back untouched must find it unchanged.

The cards leave out what cannot be seen, so that is left out before it is stored, too. Pure.
"""

from __future__ import annotations

import json
import re
import unicodedata

_MARKS = re.compile(r"([\u0300-\u036f]{3})[\u0300-\u036f]+")
_BLANK = re.compile(r"[ \t\u00a0]+")
_NEWLINES = re.compile(r"\n{3,}")
_JOINERS = frozenset({"\u200d", "\u2060"})
_UNSEEN = frozenset({"Cc", "Cs", "Co", "Cn", "Cf"})
_BLANKS = frozenset({"Zs", "Zl", "Zp"})


def seen(text: str, *, lines: bool = False) -> str:
    """``text`` without control characters and direction marks, with single blanks, accents composed; one line, or with
    ``lines`` as many as were typed, at most one empty one in a row.
    """
    broken = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = broken if broken.isascii() and broken.replace("\n", "").isprintable() else _visible(broken)
    if not lines:
        return " ".join(kept.split())
    return _NEWLINES.sub("\n\n", "\n".join(_BLANK.sub(" ", line).rstrip() for line in kept.split("\n"))).strip()


def as_shown(text: str) -> str:
    """A stored text as its input shows it, and gives it back untouched."""
    return "\n".join(line.strip() for line in seen(text, lines=True).split("\n"))


def _visible(text: str) -> str:
    composed = _MARKS.sub(r"\1", unicodedata.normalize("NFC", text))
    return "".join(_shown(character) for character in composed)


def _shown(character: str) -> str:
    if character == "\n" or character in _JOINERS:
        return character
    category = unicodedata.category(character)
    if category in _BLANKS or character == "\t":
        return " "
    return "" if category in _UNSEEN else character


def weight(text: str) -> int:
    """Bytes of the text in a card, which has a size that Teams refuses to exceed."""
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", "replace")) - 2
