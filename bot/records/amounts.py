"""Amounts as people type them, in French and in English."""

from __future__ import annotations

import re
from decimal import Decimal

_SPACES = re.compile(r"[\s\u00a0\u202f\u2009']+")
_UNITS = re.compile(r"(€|eur(?:os?)?|h(?:eures?|ours?|rs?)?\.?)$")
_SCALES = {"k": Decimal(1000), "m": Decimal(1_000_000)}
_PLAIN = re.compile(r"\d{1,13}(\.\d{1,2})?")
_GROUPED = re.compile(r"\d{1,3}(?:(?:\.\d{3})+|(?:,\d{3})+)")


def parse_amount(text: str) -> Decimal | None:
    """The number in ``125 000,50``, ``125,000.50``, ``€125k``, ``1,5 M€`` or ``80 h``; None when it cannot be read
    for certain.

    A single separator before exactly three digits groups thousands (``125,000``, ``125.000``): amounts and hours
    have at most two decimals.
    """
    rest = _SPACES.sub("", text.casefold()).removeprefix("€").removeprefix("eur")
    rest = _UNITS.sub("", rest)
    scale = _SCALES.get(rest[-1:], Decimal(1))
    if scale != 1:
        rest = rest[:-1]
    if scale == 1 and _GROUPED.fullmatch(rest):
        rest = rest.replace(",", "").replace(".", "")
    elif "," in rest and "." in rest:
        rest = _decimal_last(rest)
    else:
        rest = rest.replace(",", ".")
    if not _PLAIN.fullmatch(rest):
        return None
    return (Decimal(rest) * scale).quantize(Decimal("0.01"))


def _decimal_last(text: str) -> str:
    """Both separators are there: the last one is the decimal one, the other one groups thousands."""
    decimal, grouping = (",", ".") if text.rfind(",") > text.rfind(".") else (".", ",")
    whole, _, decimals = text.rpartition(decimal)
    if not _GROUPED.fullmatch(whole) or decimal in whole:
        return text
    return f"{whole.replace(grouping, '')}.{decimals}"
