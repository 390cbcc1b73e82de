"""The hours report as a workbook: one sheet for each breakdown, who is missing, the entries, and the picture."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from bot.reports.figures import NOTHING, ORDER, Grouping, Spent, all_for_nothing_per_won, lost_per_won
from bot.reports.pictures import picture
from cards.escape import plain
from cards.formats import word
from cards.texts import texts
from cards.words import Language, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.reports.contents import Contents
    from bot.reports.hours import GroupLine, OfferSpent

TEXT_LIMIT = 32_000
"""A cell holds 32,767 characters."""
HOURS, MONEY, DAY = "#,##0.00", "#,##0.00", "yyyy-mm-dd"
WIDE, NARROW = 34, 14
PICTURE_WIDTH = 560
"""Pixels on the sheet."""
Value: TypeAlias = str | int | Decimal | date | None


def workbook(contents: Contents, language: str) -> bytes:
    """An XLSX file in ``fr`` or ``en``. Numbers and days are typed, each sheet has a fixed heading and a filter, each
    breakdown a total; no text becomes a formula.
    """
    return _Workbook(contents, Language(language)).content()


class _Workbook:
    """One file being written, row by row."""

    def __init__(self, contents: Contents, language: Language) -> None:
        # Only who asks for a workbook waits for its library.
        from openpyxl import Workbook  # noqa: PLC0415

        self._contents = contents
        self._language = language
        self._t = texts(language)
        self._book: Any = Workbook(write_only=True)

    def content(self) -> bytes:
        self._summary()
        for grouping, report in self._contents.reports.items():
            if grouping is not Grouping.OFFER:
                self._groups(grouping, report.lines)
        self._offers()
        self._missing()
        self._entries()
        file = io.BytesIO()
        self._book.save(file)
        return file.getvalue()

    def _sheet(self, key: str, columns: Sequence[tuple[str, int]]) -> Any:  # noqa: ANN401  openpyxl's sheet
        """A sheet with its headings (text keys) and their widths; what is fixed must be said before the first row."""
        from openpyxl.styles import Font  # noqa: PLC0415
        from openpyxl.utils import get_column_letter  # noqa: PLC0415

        sheet = self._book.create_sheet(self._t(f"reports.sheet_{key}"))
        sheet.freeze_panes = "A2"
        for place, (_heading, width) in enumerate(columns, start=1):
            sheet.column_dimensions[get_column_letter(place)].width = width
        headings = [self._cell(sheet, self._t(f"reports.{heading}")) for heading, _width in columns]
        for heading in headings:
            heading.font = Font(bold=True)
        sheet.append(headings)
        return sheet

    def _fill(self, sheet: Any, rows: Iterable[Sequence[Value]], formats: Sequence[str]) -> None:  # noqa: ANN401
        """Rows with the number format of each column, and the filter over them."""
        from openpyxl.utils import get_column_letter  # noqa: PLC0415

        count = 1
        for row in rows:
            sheet.append([self._cell(sheet, value, form) for value, form in zip(row, formats, strict=True)])
            count += 1
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(formats))}{count}"

    def _total(self, sheet: Any, values: Sequence[Value], formats: Sequence[str]) -> None:  # noqa: ANN401
        """The last row, outside the filter."""
        from openpyxl.styles import Font  # noqa: PLC0415

        cells = [self._cell(sheet, value, form) for value, form in zip(values, formats, strict=True)]
        for cell in cells:
            cell.font = Font(bold=True)
        sheet.append(cells)

    @staticmethod
    def _cell(sheet: Any, value: Value, form: str = "") -> Any:  # noqa: ANN401
        from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415

        if not isinstance(value, str):
            number: Any = value
            cell = WriteOnlyCell(sheet, value=number)
            if form and value is not None:
                cell.number_format = form
            return cell
        cell = WriteOnlyCell(sheet, value=plain(value, TEXT_LIMIT))
        # A text that begins like a formula stays a text.
        cell.data_type = "s"
        return cell

    def _money(self, spent: Spent) -> tuple[Value, ...]:
        return (spent.cost, spent.unrated_hours) if self._contents.has_cost else ()

    def _money_columns(self) -> list[tuple[str, int]]:
        return [("column_cost_in", NARROW), ("column_unrated", NARROW)] if self._contents.has_cost else []

    def _money_formats(self) -> list[str]:
        return [MONEY, HOURS] if self._contents.has_cost else []

    def _summary(self) -> None:
        """By outcome, the two ratios, and the picture."""
        from openpyxl.drawing.image import Image  # noqa: PLC0415

        contents, t = self._contents, self._t
        sheet = self._sheet("summary", [("by_outcome", WIDE), ("column_hours", NARROW), *self._money_columns()])
        formats = ["", HOURS, *self._money_formats()]
        rows = []
        for outcome in ORDER:
            spent = contents.outcomes.get(outcome, NOTHING)
            rows.append((self._word(outcome), spent.hours, *self._money(spent)))
        self._fill(sheet, rows, formats)
        whole = next(iter(contents.reports.values())).whole
        self._total(sheet, (t("reports.total"), whole.hours, *self._money(whole)), formats)
        for key, value in (
            ("per_won_name", all_for_nothing_per_won(contents.outcomes)),
            ("lost_per_won_name", lost_per_won(contents.outcomes)),
        ):
            if value is not None:
                sheet.append([self._cell(sheet, t(f"reports.{key}")), self._cell(sheet, value, HOURS)])
        period = str(contents.year) if contents.year else t("reports.all_years")
        sheet.append([self._cell(sheet, t("reports.period", period=period))])
        if contents.has_cost:
            sheet.append([self._cell(sheet, t("reports.currency", currency=contents.currency))])
        image = Image(io.BytesIO(picture(contents, self._language.value)))
        image.height = round(image.height * PICTURE_WIDTH / image.width)
        image.width = PICTURE_WIDTH
        sheet.add_image(image, "G2")

    def _word(self, outcome: Outcome | Any) -> str:  # noqa: ANN401  the bot's and the cards' are two closed lists
        return word(Outcome(outcome.value), self._language)

    def _groups(self, grouping: Grouping, lines: Sequence[GroupLine]) -> None:
        """Hours of each group by outcome, together, and their cost."""
        outcomes = [(f"hours_{outcome.value}", NARROW) for outcome in ORDER]
        columns = [(f"by_{grouping.value}", WIDE), *outcomes, ("column_hours", NARROW), *self._money_columns()]
        sheet = self._sheet(grouping.value, columns)
        formats = ["", *[HOURS] * (len(ORDER) + 1), *self._money_formats()]
        rows = (self._group(self._name(grouping, line.name), line.spent, line.whole) for line in lines)
        self._fill(sheet, rows, formats)
        report = self._contents.reports[grouping]
        self._total(sheet, self._group(self._t("reports.total"), report.outcomes, report.whole), formats)

    def _name(self, grouping: Grouping, name: str) -> str:
        return self._contents.categories.get(name, name) or self._t(f"reports.none_{grouping.value}")

    def _group(self, name: str, spent: Any, whole: Spent) -> tuple[Value, ...]:  # noqa: ANN401  by outcome
        return (name, *(spent.get(outcome, NOTHING).hours for outcome in ORDER), whole.hours, *self._money(whole))

    def _offers(self) -> None:
        """Planned against spent."""
        columns = [
            ("column_number", NARROW),
            ("column_title", WIDE),
            ("column_client", WIDE),
            ("by_outcome", NARROW),
            ("column_hours", NARROW),
            ("column_ever", NARROW),
            ("column_plan", NARROW),
            *self._money_columns(),
        ]
        sheet = self._sheet("offer", columns)
        formats = ["", "", "", "", HOURS, HOURS, HOURS, *self._money_formats()]
        report = self._contents.reports[Grouping.OFFER]
        self._fill(sheet, map(self._offer, report.offers), formats)
        ever = sum((one.ever for one in report.offers), NOTHING).hours
        total = (self._t("reports.total"), None, None, None, report.whole.hours, ever, None, *self._money(report.whole))
        self._total(sheet, total, formats)

    def _offer(self, one: OfferSpent) -> tuple[Value, ...]:
        hours = (one.spent.hours, one.ever.hours, one.planned)
        return (one.number, one.title, one.client, self._word(one.outcome), *hours, *self._money(one.spent))

    def _missing(self) -> None:
        """Who has not answered for which week."""
        columns = [("by_person", WIDE), ("column_week", NARROW), ("column_offers", NARROW), ("column_locked", NARROW)]
        sheet = self._sheet("missing", columns)
        yes, no = self._t("reports.yes"), self._t("reports.no")
        rows = ((one.person, one.week_on, one.offers, yes if one.locked else no) for one in self._contents.missing)
        self._fill(sheet, rows, ["", DAY, "0", ""])

    def _entries(self) -> None:
        """What everything was counted from."""
        columns = [
            ("by_person", WIDE),
            ("column_number", NARROW),
            ("column_title", WIDE),
            ("by_outcome", NARROW),
            ("column_client", WIDE),
            ("column_week", NARROW),
            ("column_part", NARROW),
            ("column_hours", NARROW),
            ("column_kind", NARROW),
            ("column_reason", WIDE),
            *([("column_cost_in", NARROW)] if self._contents.has_cost else []),
        ]
        sheet = self._sheet("entries", columns)
        formats = ["", "", "", "", "", DAY, DAY, HOURS, "", "", *([MONEY] if self._contents.has_cost else [])]
        self._fill(sheet, self._entry_rows(), formats)
        left_out = self._contents.entry_count - len(self._contents.entries)
        if left_out > 0:
            sheet.append([self._cell(sheet, self._t.n("reports.entries_left_out", left_out))])

    def _entry_rows(self) -> Iterator[Sequence[Value]]:
        for line in self._contents.entries:
            row: list[Value] = [
                line.person,
                line.offer,
                line.title,
                self._word(line.outcome),
                line.client,
                line.week_on,
            ]
            row += [line.part_on, line.hours, self._t(f"reports.entry_{line.kind.value}"), line.reason]
            yield [*row, line.cost] if self._contents.has_cost else row
