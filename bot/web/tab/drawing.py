"""From a page to HTML. Everything is escaped; every word comes from the catalogue."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from cards import formats
from cards.escape import plain
from cards.portfolio import history_said
from cards.texts import texts
from cards.views.reader import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Environment

    from cards.views.reader import Reader, Value

FOLDER = Path(__file__).parent / "templates"
HOME = "/tab"
DATA = "/tab/data"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415  only who opens the tab needs it

    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update(page_address=page_address)
    return made


def draw(template: str, reader: Reader, values: Mapping[str, Any]) -> str:
    """The HTML of a template in the reader's words."""
    return _environment().get_template(template).render(**_words(reader), **values)


def draw_both(template: str, values: Mapping[str, Any]) -> str:
    """The HTML of a page for somebody whose language nobody knows: ``t`` takes the language first."""
    both = {"t": lambda language, key, **more: texts(language)(key, **more), "languages": ("fr", "en")}
    return _environment().get_template(template).render(**both, **values)


def _words(reader: Reader) -> dict[str, Any]:
    t = texts(reader.language)
    return {
        "t": t,
        "tn": t.n,
        "reader": reader,
        "say": lambda what: say(what, reader),
        "value": lambda what: _value(what, reader),
        "day": lambda what: formats.day(what, reader),
        "when": lambda what: formats.when(what, reader, year=False),
        "deadline": lambda what: formats.deadline(what, reader, year=False),
        "money": lambda what: formats.money(what, reader.language),
        "hours": lambda what: formats.hours(what, reader.language),
        "number": lambda what: formats.number(what, reader.language),
        "word": lambda what: formats.word(what, reader.language),
        "plain": partial(plain, lines=True),
        "happened": lambda entry: history_said(entry, reader, markdown=False),
    }


def say(what: Sentence | str, reader: Reader) -> str:
    """A sentence in the reader's words; a text as it is."""
    return formats.say(what, reader, markdown=False) if isinstance(what, Sentence) else plain(what)


def _value(what: Value | None, reader: Reader) -> str:
    return "–" if what is None else formats.shown(what, reader, markdown=False)


def page_address(path: str, query: Mapping[str, Any] | None = None, **changes: object) -> str:
    """The address of a page with its filters, those that say nothing left out."""
    wanted = {**(query or {}), **changes}
    kept = {name: str(value) for name, value in wanted.items() if value not in {"", None, False}}
    return HOME + path + (f"?{urlencode(kept)}" if kept else "")
