"""Outside text made harmless: what a portal, a client or a colleague typed must stay text on a card.

Cards read a Markdown subset, turn bare addresses into links and ``<at>…</at>`` into mentions. ``plain`` is for places
without Markdown (button titles, labels, input values, notification text), ``escape`` for places with it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

WORD_JOINER = "\u2060"
"""Invisible and of no width: breaks ``<at>``, ``&lt;`` and ``https://`` without changing what one reads."""

_SHORT = 300
"""Characters. Texts are remembered, because a card is drawn many times; of long ones few, or they fill memory."""

_ORDINARY = re.compile(r"[ -~\u00a0-\u00ac\u00ae-\u02ff\u2013\u2014\u2018-\u201d\u2026\u20ac]*")
_KEPT_FORMAT = {"\u200d", WORD_JOINER}
_MARKS = re.compile(r"([\u0300-\u036f]{3})[\u0300-\u036f]+")
_BLANK = re.compile(r"[ \t\u00a0]+")
_NEWLINES = re.compile(r"\n{3,}")
_SPECIAL = re.compile(r"[\\`*_\[\]~|]")
_SUSPECT = re.compile(r"[\\`*_\[\]~|<&:]|[wW]{3}\.|(?:^|\n)\s*(?:[#>+=-]|\d+[.)])")
_LINE_START = re.compile(r"(?m)^([ \t]*)([#>+=-])")
_NUMBERED = re.compile(r"(?m)^([ \t]*\d+)([.)])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_ADDRESS = re.compile(r"(?i)(\w):(?=//)|\b(mailto|tel|javascript|data):")
_WWW = re.compile(r"(?i)\b(www)\.")


def plain(text: str, limit: int = 0, *, lines: bool = False) -> str:
    """Return ``text`` without control characters, direction overrides and odd blanks, cut at ``limit`` characters.

    ``lines`` keeps line breaks (at most one empty line in a row). A limit of 0 cuts nothing.
    """
    return (_short_plain if len(text) <= _SHORT else _plain)(text, limit, lines)


def _plain(text: str, limit: int, lines: bool) -> str:  # noqa: FBT001  lru_cache is quicker so
    kept = text if _ORDINARY.fullmatch(text) else _without_controls(text, lines=lines)
    if lines:
        kept = _NEWLINES.sub("\n\n", "\n".join(_BLANK.sub(" ", line).strip() for line in kept.split("\n"))).strip()
    else:
        kept = _BLANK.sub(" ", kept).strip()
    return cut(kept, limit) if limit else kept


_short_plain = lru_cache(2048)(_plain)


def cut(text: str, limit: int) -> str:
    """Return ``text``, or its first words up to ``limit`` characters with an ellipsis."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    space = head.rfind(" ")
    if text[limit - 1] != " " and space > limit * 2 // 3:
        head = head[:space]
    return head.rstrip(" ,;:.-\u200d") + "…"


def escape(text: str, limit: int = 0, *, lines: bool = False) -> str:
    """Return ``text`` as Markdown that reads exactly like it: no emphasis, link, list, heading, tag or mention."""
    return (_short_escape if len(text) <= _SHORT else _long_escape)(text, limit, lines)


def _escape(text: str, limit: int, lines: bool) -> str:  # noqa: FBT001  lru_cache is quicker so
    kept = _plain(text, limit, lines)
    if not _SUSPECT.search(kept):
        return kept
    kept = _SPECIAL.sub(lambda match: "\\" + match.group(), kept)
    kept = _LINE_START.sub(r"\1\\\2", kept)
    kept = _NUMBERED.sub(r"\1\\\2", kept)
    kept = kept.replace("<", "<" + WORD_JOINER)
    kept = _ENTITY.sub("&" + WORD_JOINER, kept)
    kept = _ADDRESS.sub(lambda match: (match.group(1) or match.group(2)) + ":" + WORD_JOINER, kept)
    return _WWW.sub(r"\1" + WORD_JOINER + ".", kept)


_short_escape = lru_cache(2048)(_escape)
_long_escape = lru_cache(128)(_escape)


def _without_controls(text: str, *, lines: bool) -> str:
    composed = _MARKS.sub(r"\1", unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")))
    out: list[str] = []
    right_to_left = False
    for character in composed:
        category = unicodedata.category(character)
        if character == "\n":
            out.append("\n" if lines else " ")
        elif category in {"Zs", "Zl", "Zp"} or character == "\t":
            out.append(" ")
        elif category in {"Cc", "Cs", "Co", "Cn"} or (category == "Cf" and character not in _KEPT_FORMAT):
            continue
        else:
            right_to_left = right_to_left or unicodedata.bidirectional(character) in {"R", "AL"}
            out.append(character)
    kept = "".join(out)
    # A title written right to left must not turn the words around it; the isolate ends with the text.
    return f"\u2068{kept.strip()}\u2069" if right_to_left and kept.strip() else kept
