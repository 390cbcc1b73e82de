"""Which tenders interest us, and why: the watch rules against one tender. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from bot.tenders.wording import fold, highest_keuro

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.config import Watch, WatchRule

_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
_LITTLE_WORDS = (
    "for|of|the|and|on|in|to|with|by|from|via|an|at|as|is|are|or|under|using|into|that|"
    "de|des|du|la|le|les|pour|et|en|sur|par|dans|avec"
)
"""What the portal glues to its neighbours most: ``basedon``, ``TECHNIQUESFOR``."""

_SHORT = 4
"""Letters up to which a word must stand alone, or ``RF`` would be found in ``surface``."""
_LONG = 8
"""Letters from which anything may be glued behind a word. Not in front of it: ``infrastructure`` is no structure."""


class Described(Protocol):
    """What the rules look at; a portal record and a stored tender both have it."""

    @property
    def raw_title(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def type_id(self) -> int | None: ...
    @property
    def countries(self) -> Sequence[str]: ...
    @property
    def products(self) -> Sequence[int]: ...
    @property
    def technologies(self) -> Sequence[int]: ...
    @property
    def price_range(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Reason:
    """One met rule: ``kind`` is its telling criterion, ``found`` what of it was found, as the rule writes it."""

    rule: str
    kind: str
    found: str
    weight: int

    def stored(self) -> dict[str, Any]:
        """As the database keeps it."""
        return {"rule": self.rule, "kind": self.kind, "found": self.found, "weight": self.weight}


@dataclass(frozen=True, slots=True)
class Match:
    """The verdict. ``reasons``: heaviest first."""

    matched: bool
    score: int
    reasons: tuple[Reason, ...]


def match(watch: Watch, tender: Described, source: str) -> Match:
    """Hold the rules against a tender of ``source``. A client's RFP never comes here: a person wanted it."""
    title = fold(tender.raw_title)
    text = f"{title} \n {fold(tender.description)}"
    squeezed = _NOT_LETTERS.sub("", text)
    met = [reason for rule in watch.rule if (reason := _met(rule, tender, source, text, squeezed))]
    score = sum(reason.weight for reason in met)
    met.sort(key=lambda reason: -reason.weight)
    return Match(bool(met) and score >= watch.threshold, score, tuple(met))


def _met(rule: WatchRule, tender: Described, source: str, text: str, squeezed: str) -> Reason | None:
    """The rule's reason when every criterion that it names is met."""
    if rule.sources and source not in rule.sources:
        return None
    if rule.price_keuro is not None and (highest_keuro(tender.price_range) or 0) < rule.price_keuro:
        return None
    found: list[tuple[str, str]] = []
    for kind, wanted, present in (
        ("technology", rule.technologies, tender.technologies),
        ("product", rule.products, tender.products),
        ("country", rule.countries, tender.countries),
        ("type", rule.types, () if tender.type_id is None else (tender.type_id,)),
    ):
        if wanted:
            hit = next((one for one in wanted if one in present), None)
            if hit is None:
                return None
            found.append((kind, str(hit)))
    if rule.words:
        words = [word for word in rule.words if _found(word, text, squeezed)]
        if not words:
            return None
        found.insert(0, ("word", ", ".join(words[:3])))
    if not found:
        found.append(("price", tender.price_range or "") if rule.price_keuro is not None else ("source", source))
    kind, what = found[0]
    return Reason(rule.code, kind, what, rule.weight)


def _found(word: str, text: str, squeezed: str) -> bool:
    # The search for the bare letters is a hundred times faster than the expression and rules out nearly everything.
    letters, pattern = _compiled(word)
    return letters in squeezed and pattern.search(text) is not None


@lru_cache(maxsize=4096)
def _compiled(word: str) -> tuple[str, re.Pattern[str]]:
    """The letters of a watch word and the expression that finds it."""
    parts = [part for part in _NOT_LETTERS.split(fold(word)) if part]
    letters = "".join(parts)
    body = r"[^a-z0-9]*".join(parts)
    if not parts:
        return "\0", re.compile(r"(?!)")
    if len(letters) <= _SHORT:
        return letters, re.compile(rf"(?<![a-z0-9]){body}s?(?![a-z0-9])")
    left = rf"(?<![a-z0-9])(?:{_LITTLE_WORDS})?"
    right = rf"(?:e?s)?(?:{_LITTLE_WORDS}|(?![a-z0-9]))"
    if len(letters) < _LONG:
        return letters, re.compile(f"{left}{body}{right}")
    return letters, re.compile(f"{left}{body}")
