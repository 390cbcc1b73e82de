"""Names of outside buyers as people write them: the portal prints them in capital letters."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_WORD: Final = re.compile(r"[^\W\d_]+")
_JOINING: Final = re.compile(
    r"a|al|and|as|at|by|d|da|das|de|degli|dei|del|della|der|des|di|do|dos|du|e|el|en|et|for|für|gli|i|il|im|in|l|la|las"
    r"|le|les|los|o|of|on|per|pour|sur|the|und|van|vom|von|y|zu|zum|zur"
)
"""Short words that stay small inside a name."""
_WRITTEN: Final = {"gmbh": "GmbH", "ltd": "Ltd", "inc": "Inc", "spa": "SpA", "oyj": "Oyj", "plc": "plc", "kft": "Kft"}
"""Forms of companies that are neither words nor acronyms."""
_ACRONYMS: Final = re.compile(
    r"cira|cnes|ecmwf|esac|esoc|esrin|estec|eumetsat|euspa|iabg|inaf|inta|isro|jaxa|nasa|onera|sarl"
)
"""Longer than three letters and with vowels, but no words."""
_SHORT: Final = 3
_VOWELS: Final = frozenset("aeiouyàâäéèêëîïôöùûü")


@lru_cache(1024)
def buyer_name(name: str) -> str:
    """Return ``Example Defence and Space Ltd`` for ``EXAMPLE DEFENCE AND SPACE LTD``.

    Acronyms, and short words that may be some, stay capital; a name with a small letter was written for people and is
    returned as it is.
    """
    if name.upper() != name:
        return name
    return _WORD.sub(lambda found: _written(found[0], name[: found.start()], name[found.end() :]), name)


def _written(word: str, before: str, after: str) -> str:
    key = word.lower()
    if key in _WRITTEN:
        return _WRITTEN[key]
    # A letter by itself is an initial, unless an apostrophe ties it to the next word.
    if _JOINING.fullmatch(key) and (len(word) > 1 or after[:1] in {"'", "’"}):
        return key if before else key.capitalize()
    if len(word) <= _SHORT or _ACRONYMS.fullmatch(key) or not _VOWELS.intersection(key):
        return word
    return word[0] + key[1:]
