"""A Word file that stands on its own: headings, facts, tables and a foot."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from cards.escape import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from docx.document import Document

AUTHOR = "Offerdesk"


class WordFile:
    """One document being written. Texts are finished words; what Word cannot hold was taken out by ``plain``."""

    def __init__(self, title: str, now: datetime) -> None:
        """Begin with the title. ``now`` (aware, UTC) is when it is drawn up."""
        import docx  # noqa: PLC0415  slow to load, and only documents need it

        self._document: Document = docx.Document()
        properties = self._document.core_properties
        properties.title, properties.author = title, AUTHOR
        properties.created = properties.modified = now.replace(tzinfo=None)
        self._document.add_heading(title, level=0)

    def heading(self, text: str) -> None:
        """A section begins."""
        self._document.add_heading(text, level=1)

    def paragraph(self, text: str, *, bold: bool = False) -> None:
        """A paragraph."""
        self._document.add_paragraph().add_run(text).bold = bold or None

    def facts(self, facts: Iterable[tuple[str, str]]) -> None:
        """Two columns without a head; facts without a value are left out, and without any there is no table."""
        given = [(label, value) for label, value in facts if value]
        if not given:
            return
        table = self._document.add_table(rows=0, cols=2)
        table.style = "Light List"
        for label, value in given:
            cells = table.add_row().cells
            cells[0].paragraphs[0].add_run(label).bold = True
            cells[1].text = value

    def table(self, head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
        """A table under its head."""
        table = self._document.add_table(rows=1, cols=len(head))
        table.style = "Light Grid"
        for cell, text in zip(table.rows[0].cells, head, strict=True):
            cell.text = text
        for row in rows:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text

    def foot(self, text: str) -> None:
        """What stands at the foot of each page."""
        self._document.sections[0].footer.paragraphs[0].text = text

    def content(self) -> bytes:
        """The finished DOCX file."""
        file = io.BytesIO()
        self._document.save(file)
        return file.getvalue()


def file_name(*parts: str | int) -> str:
    """A file name for downloads in plain ASCII, without folder."""
    name = re.sub(r"[^A-Za-z0-9.-]+", "-", "-".join(str(part) for part in parts)).strip("-.")
    return f"{name}.docx"


def lines(text: str) -> str:
    """Outside text with its line breaks; what Word cannot hold is gone."""
    return plain(text, lines=True)
