"""Parquet with typed columns: exact decimals, days, times in UTC."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from bot.reports.star_columns import PLACES, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.exports.tables import Heading, Table

GROUP = 50_000
"""Rows of a row group: what is held in memory, and what a reader may skip at once."""


def write_parquet(table: Table, file: IO[bytes], told: Callable[[int], None]) -> int:
    """Write a table, compressed; returns how many rows there were."""
    import pyarrow as pa  # noqa: PLC0415  only who asks for it waits for the library
    from pyarrow import parquet  # noqa: PLC0415

    schema = pa.schema([(column.name, _type(column.kind)) for column in table.columns])
    written, held, waiting = 0, 0, list[Any]()
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for piece in filter(None, table.pieces):
            # At once, because a row takes ten times more room in Python than in a column.
            waiting.append(_batch(piece, table.columns, schema))
            held += len(piece)
            if held >= GROUP:
                writer.write_table(pa.Table.from_batches(waiting, schema), row_group_size=held)
                written, held = written + held, 0
                waiting.clear()
                told(written)
        if held:
            writer.write_table(pa.Table.from_batches(waiting, schema), row_group_size=held)
    return written + held


def _type(kind: Kind) -> Any:  # noqa: ANN401  pyarrow's type
    import pyarrow as pa  # noqa: PLC0415

    if kind in PLACES:
        return pa.decimal128(*PLACES[kind])
    return {
        Kind.KEY: pa.int64(),
        Kind.WHOLE: pa.int32(),
        Kind.PERCENT: pa.int32(),
        Kind.NUMBER: pa.float64(),
        Kind.DAY: pa.date32(),
        Kind.MOMENT: pa.timestamp("us", tz="UTC"),
        Kind.FLAG: pa.bool_(),
    }.get(kind, pa.string())


def _batch(rows: Sequence[tuple[Any, ...]], columns: tuple[Heading, ...], schema: Any) -> Any:  # noqa: ANN401  pyarrow's
    import pyarrow as pa  # noqa: PLC0415

    values = zip(*rows, strict=True)
    arrays = [
        pa.array([_fit(cell, column.kind) for cell in cells], type=field.type)
        for cells, column, field in zip(values, columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _fit(cell: Any, kind: Kind) -> Any:  # noqa: ANN401  a cell
    """A text without what UTF-8 cannot write; a number of a report as a floating-point number."""
    if cell is None:
        return None
    if kind is Kind.TEXT:
        return cell if cell.isprintable() else cell.encode("utf-8", "replace").decode()
    if kind in PLACES:
        return round(cell, PLACES[kind][1])
    return float(cell) if kind is Kind.NUMBER else cell
