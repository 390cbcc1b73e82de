"""Readable titles: the portal prints capital letters and appends codes; people read sentences. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from bot.tenders.wording import fold

_CAPITALS_SHARE = 0.7
"""A title with a smaller share of capital letters was written for people; only its codes are taken out."""


@dataclass(frozen=True, slots=True)
class Title:
    """``text`` in readable case; ``tags`` are the codes that were taken out, in the order found.

    ``reissue_of``: the number of the tender that this one repeats, when the title names it.
    """

    text: str
    tags: tuple[str, ...] = ()
    reissue_of: str | None = None


_ARTES = (
    r"ARTES(?:\s+(?:AT|4\.0|C&G|SPL|4S|5G/6G|SCYLIGHT|OPTICAL|NEXT|PARTNER|COMPETITIVENESS|&|GROWTH))*"
    r"(?:\s+\d[A-Z]\.\d{3})?"
)
_CODES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"\(?\bEXPRO\s?(?:\+|PLUS\b)\)?"), lambda _: "EXPRO+"),
    (re.compile(r"\(?\bEXPRO\b\)?"), lambda _: "EXPRO"),
    (re.compile(r"\(?\bRE-?ISSUED?\b(?:\s+OF)?\)?(?:\s*\(?(\d-\d{4,6})\)?)?"), lambda _: "RE-ISSUE"),
    (re.compile(r"\(?\bON DELEGATION REQUEST\b\)?"), lambda _: "ON DELEGATION REQUEST"),
    (re.compile(rf"\(({_ARTES})\)|^({_ARTES}\s+\d[A-Z]\.\d{{3}})\b"), lambda found: found[1] or found[2]),
    (re.compile(r"^(T\d{3}-\d{3}[A-Z]{2})\b|\((T\d{3}-\d{3}[A-Z]{2})\)"), lambda found: found[1] or found[2]),
    (re.compile(r"^(E\dEX-\d{3})\b|\((E\dEX-\d{3})\)"), lambda found: found[1] or found[2]),
    (re.compile(r"^(HE-[A-Z]{3}-\d{2,3}[A-Z]?)\b"), lambda found: found[1]),
)
_SPACE = re.compile(r"\s+")
_EDGES = re.compile(r"^[\s\-–—:,;.]+|[\s\-–—:,;]+$")
_HOLES = re.compile(r"\(\s*\)|(?<=\s)[-–](?:\s+[-–])+(?=\s)")
_TOKEN = re.compile(r"\d+(?:-[A-Z0-9]+){2,}|[^\W_]+(?:['’][^\W_]+)*\+?")
_GLUED = re.compile(r"\b([A-Z]{5,}(?:TIONS|QUES|GIES|MENTS|TEMS|SORS|IALS))(FOR|OF|IN|AND|TO|WITH)\b")
"""The portal loses spaces; only after endings that no longer word has is the seam certain."""
_LONGEST = 1000
_ROMAN = re.compile(r"^(?:X{0,3})(?:IX|IV|V?I{1,3}|V|X)$")
_ENUMERATING = frozenset(
    {"phase", "stage", "class", "element", "mission", "type", "lot", "part", "option", "level", "annex"}
)
_BY_LETTERS = frozenset("aeiouy")
_IN_BRACKETS_LIMIT = 6

_ACRONYMS = (
    "ESA ESRIN ESTEC ESOC ESAC ESERO ECSAT EUSPA EUMETSAT EGNOS ARTES NAVISP PECS ECSS EU UK USA ISS IOD IOV ITT "
    "AIT AIV AO GNC AOCS ADCS TTC RF PCDU GNSS GPS EGSE MGSE FPGA ASIC MIMO OBC SAR LEO MEO GEO HEO GTO AI CDSE "
    "EO ERS ESCA ISRU UV IR EMC EMI ESD EEE TDE GSTP ITU ISO API UAV RAAN CAD CAE TID NEO ICT IP IOS OISL EPS UHF "
    "VHF SWIR MWIR LWIR AIS ADS VDES LISA JUICE INSAR"
)
ACRONYMS = frozenset(_ACRONYMS.lower().split())
"""Words with vowels that stay in capitals, folded; a word without vowels is one by itself."""

_PROPER = (
    "Europe European Europeans Africa African America Asia Canada Canadian Malta Lithuania Cyprus Slovakia "
    "Slovenia Latvia Bulgaria Croatia Estonia Hungary Romania Poland Portugal Spain Italy France French Germany "
    "German Greece Greek Ireland Norway Sweden Finland Denmark Austria Belgium Switzerland Swiss Netherlands "
    "Czech Luxembourg Kourou Guiana Darmstadt Noordwijk Frascati Moon Mars Martian Earth Sun Venus Jupiter "
    "Mercury Phobos Moonlight Argonaut Alpstar Galileo Copernicus Ariane Vega Sentinel Rydberg Kalman Doppler "
    "Peltier Stirling Faraday Biomass Gaia Euclid Plato Hera Proba Aeolus Rosetta Celeste Kelvin Bayesian "
    "Gaussian Carlo Ethernet SpaceWire SpaceFibre PhD IoT GaN SiGe MHz GHz kW Ka Ku"
)
PROPER = {name.lower(): name for name in _PROPER.split()}
"""Names, by their folded form."""


def readable_title(raw: str, acronyms: AbstractSet[str] = frozenset()) -> Title:
    """The title as a person would write it, its codes apart. ``acronyms``: further folded words that stay capitals."""
    text = _SPACE.sub(" ", raw[:_LONGEST]).strip()
    tags: list[str] = []
    reissue_of: str | None = None
    for pattern, name in _CODES:
        while found := pattern.search(text):
            tags.append(_SPACE.sub(" ", name(found)))
            if tags[-1] == "RE-ISSUE":
                reissue_of = found[1] or reissue_of
            text = _SPACE.sub(" ", _HOLES.sub(" ", f"{text[: found.start()]} {text[found.end() :]}"))
            text = _EDGES.sub("", text)
    kept = tuple(dict.fromkeys(tags))
    if not text:
        return Title(_SPACE.sub(" ", raw).strip(), (), reissue_of)
    return Title(_sentence(text, acronyms) if _shouts(text) else text, kept, reissue_of)


def _shouts(text: str) -> bool:
    letters = [character for character in text if character.isalpha()]
    return sum(character.isupper() for character in letters) >= _CAPITALS_SHARE * len(letters)


def _sentence(text: str, acronyms: AbstractSet[str]) -> str:
    known = (
        ACRONYMS
        | acronyms
        | {fold(word) for word in re.findall(r"\(([^\W\d_]{2,6})\)", text) if fold(word) not in PROPER}
    )
    text = _GLUED.sub(r"\1 \2", text)
    before = ""

    def cased(found: re.Match[str]) -> str:
        nonlocal before
        word = found[0]
        glued = text[max(found.start() - 1, 0) : found.start()] + text[found.end() : found.end() + 1]
        result = _cased(word, before, glued, known)
        before = fold(word)
        return result

    return _capital_first(_TOKEN.sub(cased, text))


def _cased(word: str, before: str, glued: str, known: AbstractSet[str]) -> str:
    """One word: ``before`` is the word in front of it, ``glued`` the characters that touch it."""
    key = fold(word)
    if key in PROPER:
        return PROPER[key]
    if key.rstrip("+") in known or any(character.isdigit() for character in word):
        return word.upper()
    if len(key) == 1:
        article = key == "a" and not set("/-+&") & set(glued) and before not in _ENUMERATING
        return key if article else word.upper()
    if not _BY_LETTERS & set(key) or _ROMAN.match(word.upper()):
        plural = len(key) > 3 and key.endswith("s") and key not in known  # noqa: PLR2004  TWTS, but not the S of TDS
        return word[:-1].upper() + "s" if plural else word.upper()
    if key.endswith("s") and key[:-1] in known:
        return word[:-1].upper() + "s"
    return word.lower()


def _capital_first(text: str) -> str:
    for index, character in enumerate(text):
        if character.isalpha():
            return text[:index] + character.upper() + text[index + 1 :]
        if character.isdigit():
            break
    return text
