"""Reading the portal's texts: folding for search, tender numbers, the procurement clause, the budget. Pure."""

from __future__ import annotations

import re
import unicodedata

_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "’": "'"})
_SPACE = re.compile(r"\s+")
_CLAUSE = re.compile(r"Procurement\s*Policy\s*:\s*C\s?\(?([1-4])\)?", re.IGNORECASE)
_NUMBER = re.compile(r"^(?:(?:AO|RFP|RFQ|ITT|IITT)\s*/?\s*)?(\d)\s?-\s?(\d{4,6})(?:[/\s].*)?$", re.IGNORECASE)
_EMITS_NUMBER = re.compile(r"^AO\s?/?\s?(\d{4,6})(?:/.*)?$", re.IGNORECASE)
_AMOUNT = r"\d[\d.,\u00a0\u202f ]{0,14}\s?(?:k|m|thousand|million)?\s?(?:eur(?:os?)?|€)\b"
_BUDGET = re.compile(
    r"(?:budget|price|ceiling|maximum|up to|not exceed\w*|value)[^.;\n]{0,60}?"
    rf"((?:up to |max(?:imum)? |between |from )?{_AMOUNT}(?:\s?(?:and|to|-|–)\s?{_AMOUNT})?)",
    re.IGNORECASE,
)
_BAND = re.compile(r"(\d[\d.,]*)\s*(?:-|–|to)?\s*(\d[\d.,]*)?\s*(k|m)?\s*(?:eur|€)", re.IGNORECASE)
_SCANNED = 20_000
"""Characters of a description that are looked through: a bound on work, far above what the portal was seen to print."""


def fold(text: str) -> str:
    """Lower case, without accents and with single spaces: how texts and searches are compared."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
        text = "".join(character for character in text if not unicodedata.combining(character))
    return _SPACE.sub(" ", text.lower()).strip()


def tender_number(text: str | None) -> str | None:
    """The number as the portal writes it today, from any form people meet; None when ``text`` is none.

    ``AO/1-13692/26/NL/IB/ov``, ``AO 1-13692`` and ``1-13692`` give ``1-13692``; ``AO9038`` of the old portal gives
    ``1-9038``, as the portal prints it today. Other numbers, such as ``16.BAES.001``, come back trimmed, in capitals.
    """
    cleaned = _SPACE.sub(" ", text or "").strip()
    if not cleaned:
        return None
    if found := _NUMBER.match(cleaned):
        return f"{found[1]}-{found[2]}"
    if found := _EMITS_NUMBER.match(cleaned):
        return f"1-{found[1]}"
    return cleaned.upper()


def procurement_clause(description: str) -> str | None:
    """``C1`` … ``C4`` when the text names an industrial policy clause, which the portal gives nowhere else."""
    found = _CLAUSE.search(description[:_SCANNED])
    return f"C{found[1]}" if found else None


def budget(description: str) -> str | None:
    """The words about money in the text (``up to 1,000 kEuro``), as they stand; at most 60 characters."""
    found = _BUDGET.search(description[:_SCANNED])
    return _SPACE.sub(" ", found[1]).strip()[:60] if found else None


def highest_keuro(price_range: str | None) -> int | None:
    """The upper end of a price range in thousands of euros: 500 for ``200-500 KEURO``; None when it names no amount.

    An open range (``> 500 KEURO``) has no upper end; its lower end counts, as the least that is sure.
    """
    found = _BAND.search(price_range or "")
    if found is None:
        return None
    digits = re.sub(r"[.,](?=\d{3}\b)", "", found[2] or found[1]).replace(",", ".").rstrip(".")
    try:
        amount = float(digits)
    except ValueError:
        return None
    unit = (found[3] or "").lower()
    return round(amount * 1000 if unit == "m" else amount if unit == "k" else amount / 1000)


def clean(text: str, *, lines: bool = False) -> str:
    """``text`` without what a database or a reader cannot take: control characters and halves of characters.

    Line breaks become spaces unless ``lines``; blanks around are taken off.
    """
    if (
        text.isprintable()
    ):  # nearly all are, and the walk through every character is what a first run spends its time on
        return text.strip() if lines else _SPACE.sub(" ", text).strip()
    whole = text.encode("utf-8", "ignore").decode("utf-8")
    kept = "".join(
        character if character.isprintable() else "\n" if lines and character == "\n" else " " for character in whole
    )
    return kept.strip() if lines else _SPACE.sub(" ", kept).strip()
