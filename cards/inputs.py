"""Inputs of dialogs: a label, the value typed so far, and what is wrong with it right under it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from adaptive_cards import card as ac
from adaptive_cards.types import ChoiceInputStyle, FontSize, Spacing

from cards.envelope import Card, Part, part, with_number, with_people, with_search
from cards.escape import plain
from cards.formats import say
from cards.pieces import band, text
from cards.texts import texts
from cards.words import Language, Tone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cards.views import FieldError, Reader
    from cards.views.forms import Typed

NUMBER_BOUND: Final = 10.0**15
"""Beyond it clients no longer show every digit, so such a value is left out instead of shown changed."""
PERSON_ID: Final = 64
"""Characters of a picked person's id; Entra's have 36."""


@dataclass(frozen=True)
class Dialog:
    """A finished form and its window's title; ``height`` and ``width`` as Teams takes them: small, medium, large."""

    title: str
    card: Card
    height: str = "medium"
    width: str = "medium"

    def as_task(self) -> dict[str, Any]:
        """The answer to ``task/fetch``, or to a ``task/submit`` that must show the form again."""
        content = {"contentType": "application/vnd.microsoft.card.adaptive", "content": self.card}
        value = {"title": self.title, "height": self.height, "width": self.width, "card": content}
        return {"task": {"type": "continue", "value": value}}


class Form:
    """Makes the inputs of one form with the values and errors it has now."""

    language: Language

    def __init__(self, reader: Reader, values: Typed, errors: tuple[FieldError, ...]) -> None:
        """Remember what was typed and what was wrong with it."""
        self.language = reader.language
        self._t = texts(reader.language)
        self._values = dict(values)
        self._errors = {error.field: say(error.what, reader) for error in errors}

    def value(self, field: str) -> str:
        """What stands in an input now, harmless and bounded."""
        return plain(self._values.get(field, ""), 8000, lines=True)

    def filled(self) -> set[str]:
        """Inputs that hold something or are wrong."""
        return {field for field, value in self._values.items() if value} | set(self._errors)

    def problems(self) -> list[Part]:
        """The line over a form that came back: how much is to be corrected. Nothing that was typed is lost."""
        if not self._errors:
            return []
        return [band(self._t.n("forms.problems", len(self._errors)), Tone.ATTENTION)]

    def error(self, field: str) -> list[Part]:
        """What is wrong with the form as a whole, kept under a name that no input has."""
        wrong = self._errors.get(field)
        return [text(wrong, tone=Tone.ATTENTION, bold=True)] if wrong is not None else []

    def words(
        self,
        field: str,
        label: str,
        *,
        required: bool = False,
        error: str = "forms.error_text",
        hint: str = "",
        lines: bool = False,
        limit: int = 1000,
        shown_label: str = "",
    ) -> list[Part]:
        """A text input. ``label``, ``error`` and ``hint`` are text keys."""
        return self._with_error(
            field,
            part(
                ac.InputText,
                id=field,
                label=shown_label or self._t(label),
                is_required=required or None,
                error_message=self._t(error) if required else None,
                placeholder=self._t(hint) if hint else None,
                is_multiline=lines or None,
                max_length=limit,
                value=plain(self._values.get(field, ""), limit, lines=True) or None,
            ),
        )

    def number(
        self, field: str, label: str, *, required: bool = False, shown_label: str = "", **values: str
    ) -> list[Part]:
        """A number input without bounds: the service checks them, because some clients refuse an empty bounded one."""
        made = part(
            ac.InputNumber,
            id=field,
            label=shown_label or self._t(label, **values),
            is_required=required or None,
            error_message=self._t("forms.error_number") if required else None,
        )
        return self._with_error(field, with_number(made, _number(self.value(field))))

    def yes_no(self, field: str, label: str) -> list[Part]:
        """A switch; it sends ``true`` or ``false``."""
        value = "true" if self.value(field) == "true" else "false"
        title = self._t("records.yes")
        return self._with_error(
            field, part(ac.InputToggle, id=field, label=self._t(label), title=title, value=value, wrap=True)
        )

    def searched(
        self, field: str, label: str, choices: Iterable[tuple[str, str]], dataset: str, *, required: bool = False
    ) -> list[Part]:
        """One out of many, found while typing in ``dataset``; ``choices`` stand there from the beginning, and serve
        alone where a client cannot search.
        """
        (drawn, *error) = self.choice(field, label, choices, required=required, filtered=True)
        return [with_search(drawn, dataset), *error]

    def date(self, field: str, label: str, *, required: bool = False, shown_label: str = "") -> list[Part]:
        """A date input; values are ``YYYY-MM-DD``, and what is no such day is left out."""
        return self._with_error(
            field,
            part(
                ac.InputDate,
                id=field,
                label=shown_label or self._t(label),
                is_required=required or None,
                error_message=self._t("forms.error_date") if required else None,
                value=_day(self.value(field)),
            ),
        )

    def choice(
        self,
        field: str,
        label: str,
        choices: Iterable[tuple[str, str]],
        *,
        required: bool = False,
        expanded: bool = False,
        filtered: bool = False,
        default: str = "",
        shown_label: str = "",
    ) -> list[Part]:
        """One out of a list of (value, finished label); a value that the list does not offer is left out."""
        style = ChoiceInputStyle.EXPANDED if expanded else ChoiceInputStyle.FILTERED if filtered else None
        listed = [ac.InputChoice(value=value, title=plain(title, 120)) for value, title in choices]
        known = {one.value for one in listed}
        picked = next((value for value in (self.value(field), default) if value in known), None)
        return self._with_error(
            field,
            part(
                ac.InputChoiceSet,
                id=field,
                label=shown_label or self._t(label),
                style=style,
                choices=listed,
                wrap=True,
                is_required=required or None,
                error_message=self._t("forms.error_choice") if required else None,
                placeholder=None if expanded else self._t("forms.choose"),
                value=picked,
            ),
        )

    def person(self, field: str, label: str, *, required: bool = False, shown_label: str = "") -> list[Part]:
        """One person out of the company's directory, by typing a name."""
        return self._with_error(
            field,
            with_people(
                part(
                    ac.InputChoiceSet,
                    id=field,
                    label=shown_label or self._t(label),
                    choices=[],
                    is_required=required or None,
                    error_message=self._t("forms.error_person") if required else None,
                    placeholder=self._t("forms.search_person"),
                    value=self._picked(field),
                )
            ),
        )

    def _picked(self, field: str) -> str | None:
        """The id of a picked person; what is too long to be one is left out, not cut into somebody else's."""
        picked = self.value(field)
        return picked if picked and len(picked) <= PERSON_ID else None

    def _with_error(self, field: str, made: Part) -> list[Part]:
        wrong = self._errors.get(field)
        if wrong is None:
            return [made]
        return [made, text(wrong, tone=Tone.ATTENTION, size=FontSize.SMALL, bold=True, spacing=Spacing.NONE)]


def _number(typed: str) -> float | None:
    """What was typed as a number, in French or English writing; None when it is none or too large to show."""
    plainly = "".join(typed.split()).replace(",", ".").replace("\u2212", "-")
    try:
        number = float(plainly)
    except ValueError:
        return None
    return number if abs(number) < NUMBER_BOUND else None


def _day(typed: str) -> str | None:
    """A day as a calendar takes it, or None."""
    try:
        return date.fromisoformat(typed).isoformat()
    except ValueError:
        return None
