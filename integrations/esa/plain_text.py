"""Readable plain text from what the portal stores: tags, entities, tabs and stray control characters."""

from __future__ import annotations

import html
import re

LONGEST_TEXT = 20_000
LONGEST_LINE = 1_000

_DROPPED = re.compile(r"<(script|style)\b[^<>]{0,500}>.{0,20000}?</\1\s{0,10}>", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<(?:br|/?p|/?div|/?li|/?ul|/?ol|/?tr|/?h[1-6])\b[^<>]{0,500}>", re.IGNORECASE)
# A tag starts with a letter right after "<", so "mass < 5 kg and length > 3 m" stays.
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,500}>|<!--.{0,2000}?-->", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2028\u2029\ufeff\ud800-\udfff]")
_BLANKS = re.compile(r"[^\S\n]+")
_AROUND_BREAK = re.compile(r" ?\n ?")
_MANY_BREAKS = re.compile(r"\n{3,}")


def tidy_text(text: str) -> str:
    """Strip tags, unescape entities, tidy white space; paragraphs stay. At most `LONGEST_TEXT` characters."""
    text = _untagged(text[: 4 * LONGEST_TEXT])
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _AROUND_BREAK.sub("\n", _BLANKS.sub(" ", text))
    return _MANY_BREAKS.sub("\n\n", text).strip()[:LONGEST_TEXT].rstrip()


def tidy_line(text: str) -> str:
    """Do the same for a title or a name: one line of at most `LONGEST_LINE` characters."""
    return " ".join(tidy_text(text[: 4 * LONGEST_LINE]).split())[:LONGEST_LINE].rstrip()


def tidy_title(text: str) -> str:
    """Do the same, but keep a title that looks like nothing but tags: it is the only name the tender has."""
    return tidy_line(text) or " ".join(_CONTROL.sub("", text[:LONGEST_LINE]).split())


def _untagged(text: str) -> str:
    if "<" in text:
        text = _TAG.sub("", _BREAK.sub("\n", _DROPPED.sub("", text)))
    if "&" in text:
        text = html.unescape(text)
        if "<" in text:  # tags that were escaped once more on their way
            text = _TAG.sub("", _BREAK.sub("\n", _DROPPED.sub("", text)))
    return text
