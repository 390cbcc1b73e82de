"""What one dialog on an offer is made of, and how its fields become inputs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.records import service as records
from bot.records.fields import FieldKind, FieldSpec
from bot.sync.business_central.records import TheirKind
from cards.texts import texts
from cards.views.records import InputKind, InputView, RecordFormView

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.teams.context import Turn
    from cards.verbs import FormCode
    from cards.views.forms import FieldError, Typed
    from cards.views.reader import Sentence

INPUTS = {
    FieldKind.WORDS: InputKind.WORDS,
    FieldKind.LINES: InputKind.LINES,
    FieldKind.AMOUNT: InputKind.NUMBER,
    FieldKind.PERCENT: InputKind.NUMBER,
    FieldKind.WHOLE: InputKind.NUMBER,
    # A number input drops "7,5" on a client set to English.
    FieldKind.HOURS: InputKind.WORDS,
    FieldKind.DAY: InputKind.DAY,
    FieldKind.TIME: InputKind.WORDS,
    FieldKind.CHOICE: InputKind.CHOICE,
    FieldKind.YES_NO: InputKind.YES_NO,
    FieldKind.LINK: InputKind.WORDS,
    FieldKind.CURRENCY: InputKind.WORDS,
    FieldKind.PERSON: InputKind.PERSON,
    FieldKind.CLIENT: InputKind.SEARCHED,
    FieldKind.CONTACT: InputKind.SEARCHED,
    FieldKind.OFFER: InputKind.SEARCHED,
}
DATASETS = {FieldKind.CLIENT: "clients", FieldKind.CONTACT: "contacts", FieldKind.OFFER: "offers"}
BC_DATASETS = {TheirKind.CONTACT: "bc_contacts", TheirKind.SALESPERSON: "bc_salespeople"}
CURRENCY_LIMIT, TIME_LIMIT, LINK_LIMIT, HOURS_LIMIT = 3, 5, 2000, 12
LIMITS = {
    FieldKind.CURRENCY: CURRENCY_LIMIT,
    FieldKind.TIME: TIME_LIMIT,
    FieldKind.LINK: LINK_LIMIT,
    FieldKind.HOURS: HOURS_LIMIT,
}
UNITS = {FieldKind.PERCENT: "%", FieldKind.HOURS: "h"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a dialog starts from: the offer's line over it, the values and the revision it stands on.

    ``more`` names the fields that are folded away; ``currency`` is the unit of its amounts; ``choices`` adds the first
    choices of searched inputs by field (the picked one among them). ``datasets`` names what a field of words is picked
    from instead of typed.
    """

    offer: str
    values: Mapping[str, str] = field(default_factory=dict)
    revision: int = 0
    notes: tuple[Sentence, ...] = ()
    warning: Sentence | None = None
    currency: str = ""
    choices: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    datasets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferDialog:
    """One dialog. ``domain`` is the catalogue of its words: ``<domain>.field_<name>`` labels an input,
    ``<domain>.<name>_<code>`` a choice, ``<domain>.hint_<name>`` a hint if there is one.

    - ``fields``: what can be typed, for this turn (choices may come from the company's configuration)
    - ``opened``: checks that the person may, and gives what the form shows; the second argument is the id it edits
    - ``save``: does it; gets the id, the typed texts and the revision the dialog was opened on
    - ``said``: the sentence that closes the dialog, from what ``save`` returned (None on a repeated delivery)
    """

    domain: str
    title: str
    button: str
    fields: Callable[[Turn, int], Sequence[FieldSpec]]
    opened: Callable[[Turn, int], Opened]
    save: Callable[[Turn, int, Mapping[str, str], int], Any]
    said: Callable[[Turn, Any], Sentence]
    more: frozenset[str] = frozenset()
    height: str = "medium"


def form_view(
    turn: Turn, code: FormCode, dialog: OfferDialog, subject_id: int, typed: Typed, errors: tuple[FieldError, ...]
) -> RecordFormView:
    """The dialog as it is drawn: with what was typed, or with what is stored.

    A form that comes back keeps the revision it was opened on, unless the refusal moved it to the newest one.
    """
    opened = dialog.opened(turn, subject_id)
    specs = dialog.fields(turn, subject_id)
    given = dict(typed)
    revision = given.get("rev", "")
    names = {spec.name for spec in specs}
    values = {name: text for name, text in given.items() if name in names} if typed else dict(opened.values)
    drawn = [_input(turn, dialog, spec, opened, values) for spec in specs]
    return RecordFormView(
        code=code,
        id=subject_id,
        revision=int(revision) if revision.isdecimal() else opened.revision,
        title=f"{dialog.domain}.{dialog.title}",
        button=f"{dialog.domain}.{dialog.button}",
        offer=opened.offer,
        inputs=tuple(one for one in drawn if one.field not in dialog.more),
        more=tuple(one for one in drawn if one.field in dialog.more),
        notes=opened.notes,
        warning=opened.warning,
        height=dialog.height,
        values=tuple(values.items()),
        errors=errors,
    )


def _input(turn: Turn, dialog: OfferDialog, spec: FieldSpec, opened: Opened, values: Mapping[str, str]) -> InputView:
    words = texts(turn.reader.language)
    label, hint = f"{dialog.domain}.field_{spec.name}", f"{dialog.domain}.hint_{spec.name}"
    label = "" if spec.label else label
    unit = opened.currency if spec.kind is FieldKind.AMOUNT else UNITS.get(spec.kind, "")
    labelled = dict(spec.choice_labels)
    choices = [(code, labelled.get(code) or words(f"{dialog.domain}.{spec.name}_{code}")) for code in spec.codes]
    first, value = opened.choices.get(spec.name, ()), values.get(spec.name, "")
    dataset = opened.datasets.get(spec.name, DATASETS.get(spec.kind, ""))
    if spec.kind in DATASETS:
        choices = _searched(turn, spec, first, value)
    elif dataset:
        # What is stored may be gone over there; a person decides what takes its place.
        choices = [*first] if not value or value in dict(first) else [*first, (value, value)]
    return InputView(
        field=spec.name,
        kind=InputKind.SEARCHED if dataset else INPUTS[spec.kind],
        label=label,
        hint=hint if hint in words else "",
        required=spec.required,
        limit=LIMITS.get(spec.kind, spec.limit),
        choices=tuple(choices),
        dataset=dataset,
        unit=unit,
        shown_label=spec.label,
    )


def _searched(turn: Turn, spec: FieldSpec, first: Sequence[tuple[str, str]], picked: str) -> list[tuple[str, str]]:
    """The first choices, and the picked one even if it is not among them."""
    if not picked or any(value == picked for value, _ in first):
        return list(first)
    known = records.read_reference(turn.session, spec.kind, picked)
    return [*first, (picked, records.name_of(turn.session, spec, picked))] if known is not None else list(first)


def defaults(specs: Sequence[FieldSpec], **values: str) -> dict[str, str]:
    """What an empty form shows."""
    return {spec.name: spec.default for spec in specs if spec.default} | values
