"""Pure rules of the client tree: what stands under what, how a way is written, what is searched."""

from __future__ import annotations

import re
from enum import StrEnum

from bot.offers.rules import fold


class Level(StrEnum):
    """Where a client stands in its tree: group, subsidiary, department."""

    CLIENT = "client"
    ENTITY = "entity"
    DEPARTMENT = "department"


SEPARATOR = " › "
LEVELS = tuple(Level)
"""From the top down."""
NAME_LIMIT = 200
CODE_LIMIT = 40
PHONE_LIMIT = 40
SHOWN_LIMIT = 200
"""What an offer repeats of its client's path."""

_COUNTRY = re.compile(r"[A-Z]{2}")
_EMAIL = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>.]+")


def level_under(parent: Level | None) -> Level | None:
    """The level of what stands under ``parent`` (None: of what stands at the top); None when nothing may."""
    depth = 0 if parent is None else LEVELS.index(parent) + 1
    return LEVELS[depth] if depth < len(LEVELS) else None


def fits(parent: Level | None, height: int) -> bool:
    """Whether a tree of ``height`` levels, at least one, has room under ``parent``."""
    depth = 0 if parent is None else LEVELS.index(parent) + 1
    return depth + height <= len(LEVELS)


def path_under(parent_path: str, name: str) -> str:
    """``Group › Entity`` from ``Group`` and ``Entity``; a name alone at the top."""
    return f"{parent_path}{SEPARATOR}{name}" if parent_path else name


def client_text(path: str, code: str | None) -> str:
    """What a search for a client looks through."""
    return fold(f"{path} {code or ''}")


def contact_text(name: str, email: str | None, position: str | None) -> str:
    """What a search for a contact looks through, beside their client's own text."""
    return fold(f"{name} {email or ''} {position or ''}")


def shown_name(path: str) -> str:
    """The path as an offer repeats it; of a very long one the end, which says most."""
    return path if len(path) <= SHOWN_LIMIT else f"…{path[1 - SHOWN_LIMIT :]}"


def is_country(text: str) -> bool:
    """Whether it is written as an ISO code is, ``FR``."""
    return bool(_COUNTRY.fullmatch(text))


def is_email(text: str) -> bool:
    """Whether it can be an address; only a message sent there tells more."""
    return bool(_EMAIL.fullmatch(text))
