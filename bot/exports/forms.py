"""The forms of a file, and one way to write each: a table goes in piece by piece, bytes come out."""

from __future__ import annotations

from enum import StrEnum
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.exports.tables import Table


class Form(StrEnum):
    """How a file is written; the value is the ending of its name."""

    CSV = "csv"
    PARQUET = "parquet"
    XLSX = "xlsx"


MEDIA_TYPES = {
    Form.CSV: "text/csv; charset=utf-8",
    Form.PARQUET: "application/vnd.apache.parquet",
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def write(form: Form, table: Table, file: IO[bytes], told: Callable[[int], None], *, marked: bool = False) -> int:
    """Write a table and return how many rows it had; ``told`` hears that number now and then. ``marked``: a CSV file
    begins with the mark by which spreadsheet programs know UTF-8.
    """
    # Each form loads its own library, and only when it is asked for.
    if form is Form.CSV:
        from bot.exports.csv_file import write_csv  # noqa: PLC0415

        return write_csv(table, file, told, marked=marked)
    if form is Form.PARQUET:
        from bot.exports.parquet_file import write_parquet  # noqa: PLC0415

        return write_parquet(table, file, told)
    from bot.exports.workbook_file import write_workbook  # noqa: PLC0415

    return write_workbook(table, file, told)
