"""Everything as a file, for the key user: one list, and a button for each form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adaptive_cards.types import ActionStyle

from cards.buttons import press
from cards.envelope import Card, Part, finish
from cards.inputs import Form
from cards.pieces import headline, kicker, text
from cards.texts import texts
from cards.verbs import Verb

if TYPE_CHECKING:
    from cards.views.exports import ExportView
    from cards.views.reader import Reader

TABLE: Final = "table"
"""The input that names the table."""


def export_card(view: ExportView, reader: Reader) -> Card:
    """Choose a table, then press how it shall be written."""
    t = texts(reader.language)
    form = Form(reader, ((TABLE, view.chosen),), ())
    listed = [(name, t(key)) for name, key in view.tables]
    body: list[Part] = [
        kicker(t("exports.kind"), ""),
        headline(t("exports.title")),
        text(t("exports.text")),
        *form.choice(TABLE, "exports.field_table", listed, default=listed[0][0]),
    ]
    actions = [
        press(t("exports.button_xlsx"), Verb.EXPORT_FILE, 0, style=ActionStyle.POSITIVE, q="xlsx"),
        press(t("exports.button_csv"), Verb.EXPORT_FILE, 0, q="csv"),
        press(t("exports.button_parquet"), Verb.EXPORT_FILE, 0, q="parquet"),
    ]
    return finish(body, actions, summary=t("exports.title"))
