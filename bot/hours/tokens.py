"""What stands in a typed text about hours, piece by piece: hours, offers, days, commas, other words. Texts only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from bot.offers.rules import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 400
"""Characters; a message about hours is shorter."""
MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "janvier january janv jan",
            "fevrier february fevr feb fev",
            "mars march",
            "avril april avr apr",
            "mai may",
            "juin june jun",
            "juillet july juil jul",
            "aout august aug",
            "septembre september sept sep",
            "octobre october oct",
            "novembre november nov",
            "decembre december dec",
        ),
        start=1,
    )
    for name in names.split()
}
"""By name without accents. ``mar`` is missing: it is a Tuesday as well."""
WEEKDAYS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "lundi monday lun mon",
            "mardi tuesday tues tue",
            "mercredi wednesday mer wed",
            "jeudi thursday jeu thurs thur thu",
            "vendredi friday ven fri",
            "samedi saturday sam sat",
            "dimanche sunday dim sun",
        )
    )
    for name in names.split()
}
"""Monday is 0."""
POSSESSIVE = "mon"
"""French for "my", English for Monday."""


class TokenKind(StrEnum):
    """What a piece of text is."""

    AMOUNT = "amount"
    NUMBER = "number"
    """An offer's number or reference."""
    DAY = "day"
    BREAK = "break"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Token:
    """One piece. ``rule`` says which kind of day it is; ``bare``: a number of hours without a unit."""

    kind: TokenKind
    text: str
    rule: str = ""
    place: int = 0
    bare: bool = False


def tokens(text: str, language: str) -> list[Token]:
    """Cut a text into pieces; what is not one of them is a word."""
    pieces: list[Token] = []
    for found in _scanner(language).finditer(_plain(text)):
        rule = found.lastgroup or ""
        kind = _KINDS.get(rule, TokenKind.DAY)
        said = found.group()
        if kind is TokenKind.AMOUNT:
            said = _amount(rule, said)
        elif kind is TokenKind.NUMBER:
            said = said.replace(" ", "").upper()
        pieces.append(Token(kind, said, rule, len(pieces), rule == "bare"))
    return pieces


def _plain(text: str) -> str:
    written = text.replace("\u2019", "'").replace("\u2212", "-")
    for sign, decimals in (("½", ",5"), ("¼", ",25"), ("¾", ",75")):
        written = re.sub(rf"(\d)\s?{sign}", rf"\g<1>{decimals}", written).replace(sign, f"0{decimals}")
    return fold(re.sub(r"\s*[\n;]\s*", " ; ", written))


def _amount(rule: str, said: str) -> str:
    """Hours in words as hours in figures; figures as they are."""
    if rule == "half_hour":
        return "0,5"
    if rule == "quarter_hour":
        return "0,25"
    if rule == "one_hour":
        return "1"
    if rule == "and_half":
        return f"{said.partition(' ')[0].rstrip(_LETTERS)},5"
    return said


_LETTERS = "abcdefghijklmnopqrstuvwxyz."
_H, _M = r"(?:heures?|hours?|hrs?|h)\b\.?", r"(?:minutes?|mins?|mn|m)\b\.?"
_MONTH = "(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b\.?"
_NEW = r"(?<!\w)"
_NOT_MORE = r"(?![\w/]|[.,:]\d|-\d)"
_KINDS = {
    "mixed_date": TokenKind.WORD,
    "half_hour": TokenKind.AMOUNT,
    "quarter_hour": TokenKind.AMOUNT,
    "one_hour": TokenKind.AMOUNT,
    "and_half": TokenKind.AMOUNT,
    "clock": TokenKind.AMOUNT,
    "spaced": TokenKind.AMOUNT,
    "unit": TokenKind.AMOUNT,
    "minutes": TokenKind.AMOUNT,
    "bare": TokenKind.AMOUNT,
    "offer": TokenKind.NUMBER,
    "reference": TokenKind.NUMBER,
    "break": TokenKind.BREAK,
    "word": TokenKind.WORD,
}


def _rules(language: str) -> Iterator[tuple[str, str]]:
    """Each rule by its name; the first one that fits wins."""
    days = sorted(set(WEEKDAYS) - ({POSSESSIVE} if language == "fr" else set()), key=len, reverse=True)
    weekday = "(?:" + "|".join(days) + r")\b\.?"
    yield "iso", rf"\d{{4}}-\d{{1,2}}-\d{{1,2}}{_NOT_MORE}"
    yield "half_hour", rf"(?:(?:une )?demi[- ]?heure|half an? hour|half hour|1/2 ?{_H})"
    yield "quarter_hour", r"(?:un )?quart d'heure|quarter of an hour|a quarter hour"
    yield "one_hour", r"\b(?:une heure|one hour|an hour)\b"
    yield "and_half", rf"\d{{1,3}} ?{_H} ?(?:et demie?|1/2|and a half)\b"
    yield "date", rf"\d{{1,2}}/\d{{1,2}}(?:/(?:\d{{4}}|\d{{2}}))?{_NOT_MORE}"
    yield "date_with_year", rf"\d{{1,2}}[.-]\d{{1,2}}[.-](?:\d{{4}}|\d{{2}}){_NOT_MORE}"
    yield "mixed_date", rf"\d{{1,2}} {_MONTH} ?\d{{1,2}}(?!\w| ?{_H}|[.,:]\d)"
    yield "day_month", rf"(?:\b(?:le|the) )?\d{{1,2}}(?:er|st|nd|rd|th)? (?:of )?{_MONTH}(?: \d{{4}}\b)?"
    yield "month_day", rf"\b{_MONTH} (?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?{_NOT_MORE}"
    yield (
        "day_of_month",
        rf"\b(?:le|the) \d{{1,2}}(?:er|st|nd|rd|th)?(?! ?{_H}){_NOT_MORE}|\d{{1,2}}(?:er|st|nd|rd|th)\b",
    )
    yield "ago", r"\bil y a \d{1,2} jours?\b|\d{1,2} days? ago\b"
    yield "two_before", r"\bavant[- ]hier\b|\b(?:the )?day before yesterday\b"
    yield "one_before", r"\bhier(?: (?:matin|soir|apres-midi))?\b|\byesterday(?: (?:morning|afternoon|evening))?\b"
    yield (
        "now",
        (r"\b(?:aujourd'?hui|auj|today|tonight|ce matin|ce soir|cet apres-midi|this (?:morning|afternoon|evening))\b"),
    )
    yield "one_after", r"\b(?:demain|tomorrow)\b"
    yield "last_week", r"\b(?:la )?semaine (?:derniere|passee)\b|\blast week\b"
    yield "this_week", r"\bcette semaine\b|\bthis week\b"
    yield "week", r"\b(?:semaine|week) \d{1,2}\b"
    yield "weekday_before", rf"\b(?:last|past) {weekday}|\b{weekday} (?:dernier|passe)\b"
    yield "weekday_after", rf"\bnext {weekday}|\b{weekday} prochain\b"
    yield "weekday", rf"\b(?:(?:ce|this|on) )?{weekday}"
    yield "offer", r"\b[a-z]{1,4}\d{2,6}[a-z]?(?!\w)|\bs \d{3,6}\b"
    yield "clock", rf"{_NEW}-?\d{{1,4}}(?: ?(?:heures?|hours?|hrs?|h)\.?|:)\d{{1,2}}(?: ?{_M})?{_NOT_MORE}"
    yield (
        "reference",
        (
            r"\b\d-\d{4,6}(?:/[\w./-]*\w)?|\b(?=[\w./-]*[a-z])(?=[\w./-]*\d)(?!\d{1,4}(?:[.,]\d+)?[a-z]+\b)[a-z\d][\w./-]*\w"
        ),
    )
    yield "spaced", (rf"{_NEW}-?\d{{1,4}} {_H} ?(?:\d{{1,2}} ?{_M}|(?:00|15|30|45)(?! ?{_MONTH}| ?{_H}){_NOT_MORE})")
    yield "unit", rf"{_NEW}-?(?:\d{{1,6}}(?:[.,]\d{{1,4}})?|[.,]\d{{1,4}}) ?{_H}"
    yield "minutes", rf"{_NEW}-?\d{{1,4}} ?{_M}"
    yield "bare", rf"{_NEW}-?(?:\d{{1,6}}(?:[.,]\d{{1,4}})?|[.,]\d{{1,4}})(?![\w/]|[.,:]\d)"
    yield "break", r"[,;+&]|\b(?:et|and|puis|then)\b"
    yield "word", r"[^\W_]+(?:['-][^\W_]+)*"


@cache
def _scanner(language: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{name}>{rule})" for name, rule in _rules(language)))
