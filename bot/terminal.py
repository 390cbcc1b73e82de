"""What the command line writes: tables and sentences for people, one JSON value with ``--json``. Results on stdout, the
rest on stderr.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
import typer

from bot.exit_codes import FAILED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where a command writes. ``json`` is what ``--json`` said."""

    json: bool = False

    def result(self, sentence: str, data: object) -> None:
        """The outcome: the sentence, or the data as JSON."""
        typer.echo(_json(data) if self.json else sentence)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
        """Rows under a heading, ``empty`` when there are none; as JSON a list of objects."""
        if self.json:
            typer.echo(_json([dict(zip(columns, row, strict=True)) for row in rows]))
        elif not rows:
            typer.echo(empty)
        else:
            _draw(columns, rows)

    def note(self, sentence: str) -> None:
        """Something beside the result."""
        typer.echo(sentence, err=True)

    def fail(self, sentence: str, data: object = None) -> typer.Exit:
        """Say why; ``raise`` what this returns."""
        if self.json and data is not None:
            typer.echo(_json(data))
        else:
            typer.echo(sentence, err=True)
        return typer.Exit(FAILED)

    @contextmanager
    def progress(self, what: str) -> Iterator[Callable[[str], None]]:
        """Show that something is going on; the function changes the words. Silent with ``--json`` or without a
        terminal.
        """
        from rich.console import Console  # noqa: PLC0415  `serve` starts faster without rich

        console = Console(stderr=True)
        if self.json or not console.is_terminal:
            yield lambda _words: None
            return
        with console.status(what) as status:
            yield status.update


def _draw(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    from rich.console import Console  # noqa: PLC0415  see above
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        # As Text: what comes from outside is no markup.
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    Console(soft_wrap=False).print(table)


def _json(data: object) -> str:
    return orjson.dumps(data, default=_plain).decode()


def _plain(value: Any) -> str:  # noqa: ANN401  whatever orjson does not know
    return str(value)
