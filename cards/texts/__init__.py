"""Every word a user reads, in French and English: gettext files ``texts/<language>/<domain>.po`` whose ids are keys.

``texts(language)("decisions.vote_before", when="…")`` looks up ``vote_before`` in ``decisions.po``, read once.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

from cards.words import Language

FOLDER = Path(__file__).parent
_BEFORE = re.compile(r" (?=[:;?»%])")
_AFTER = re.compile(r"« ")
_MONTH_STOP = re.compile(r"\b(janv|févr|avr|juil|sept|oct|nov|déc)\.\.(?!\.)")


class MissingTextError(LookupError):
    """A text key that no catalogue has, or a value its sentence needs and did not get."""


class Texts:
    """The texts of one language. A lookup is one dictionary read and, with values, one ``str.format``."""

    __slots__ = ("_plural", "_single", "language")

    def __init__(self, language: Language, single: dict[str, str], plural: dict[str, tuple[str, str]]) -> None:
        """Take the finished tables; ``texts`` is what makes them."""
        self.language = language
        self._single = single
        self._plural = plural

    def __call__(self, key: str, /, **values: str | int) -> str:
        """Return the sentence with its values put in.

        Raises:
            MissingTextError: no such key, or a value is missing.
        """
        try:
            text = self._single[key]
            return _one_stop(text.format_map(values)) if values else text
        except KeyError as error:
            raise MissingTextError(key, self.language, *error.args) from error

    def n(self, key: str, count: int, /, **values: str | int) -> str:
        """Return the sentence for ``count`` things; ``{n}`` is the count. French: 0 and 1 are singular.

        Raises:
            MissingTextError: no such key, or a value is missing.
        """
        one = count in {0, 1} if self.language is Language.FR else count == 1
        try:
            return _one_stop(self._plural[key][0 if one else 1].format_map({"n": count, **values}))
        except KeyError as error:
            raise MissingTextError(key, self.language, *error.args) from error

    def __contains__(self, key: object) -> bool:
        """Tell whether there is a sentence or a pair of plural forms of that key."""
        return key in self._single or key in self._plural

    def sources(self) -> dict[str, tuple[str, ...]]:
        """Return every key with its wording, singular and plural, for checks."""
        return {**{key: (text,) for key, text in self._single.items()}, **self._plural}


@cache
def texts(language: Language | str) -> Texts:
    """Return the texts of a language, read from its files the first time.

    Raises:
        ValueError: a language Offerdesk does not speak.
    """
    chosen = Language(language)
    typeset = _french if chosen is Language.FR else _apostrophes
    single: dict[str, str] = {}
    plural: dict[str, tuple[str, str]] = {}
    for file in sorted((FOLDER / chosen).glob("*.po")):
        with file.open("rb") as stream:
            catalog = read_po(stream, locale=chosen.value, abort_invalid=True)
        for message in catalog:
            if not message.id:
                continue
            if isinstance(message.id, str):
                single[f"{file.stem}.{message.id}"] = typeset(str(message.string))
            else:
                one, many = (typeset(str(form)) for form in message.string or ())
                plural[f"{file.stem}.{message.id[0]}"] = (one, many)
    return Texts(chosen, single, plural)


def _one_stop(text: str) -> str:
    """A French month is abbreviated with a stop, which at the end of a sentence is the sentence's own."""
    return _MONTH_STOP.sub(r"\1.", text) if ".." in text else text


def _apostrophes(text: str) -> str:
    return text.replace("'", "’")


def _french(text: str) -> str:
    """Set no-break spaces, so that whoever writes a sentence types ordinary ones."""
    return _BEFORE.sub("\u00a0", _AFTER.sub("«\u00a0", _apostrophes(text)))
