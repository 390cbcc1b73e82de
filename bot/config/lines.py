"""Where a key of a TOML text stands, for messages that name the line.

``tomllib`` checks the text but forgets the lines, so this scanner reads the text a second time: it knows headers
(``[round]``, ``[[rule]]``), keys, strings and brackets, and nothing else. It is only asked about texts that ``tomllib``
accepted, so it need not find errors.
"""

from __future__ import annotations

import re
import tomllib
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[|\[)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_TOKEN = re.compile(r'"""|\'\'\'|"(?:\\.|[^"\\])*"|\'[^\']*\'|#.*|[\[\]{}]')


def line_of(text: str, path: Path) -> int | None:
    """The line, counted from 1, where ``path`` (``("rule", 2, "weight")``) or its nearest parent stands.

    None when the path has no place of its own, as the whole file.
    """
    known = lines(text)
    for length in range(len(path), 0, -1):
        if path[:length] in known:
            return known[path[:length]]
    return None


def lines(text: str) -> dict[Path, int]:
    """The line of every header and key."""
    known: dict[Path, int] = {}
    tables: dict[Path, int] = {}
    table: Path = ()
    depth, quote = 0, ""
    for number, line in enumerate(text.splitlines(), start=1):
        if not depth and not quote:
            if header := _HEADER.match(line):
                table = _enter(header, tables)
                known.setdefault(table, number)
                continue
            if key := _KEY.match(line):
                for length in range(1, len(parts := _parts(key[1])) + 1):
                    known.setdefault((*table, *parts[:length]), number)
        depth, quote = _rest(line, depth, quote)
    return known


def syntax_line(error: tomllib.TOMLDecodeError) -> int | None:
    """The line a syntax error names in its message."""
    found = re.search(r"at line (\d+)", str(error))
    return int(found[1]) if found else None


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _enter(header: re.Match[str], tables: dict[Path, int]) -> Path:
    """The path that a header opens; an array of tables adds its index, a header below one goes to its last entry."""
    path: Path = ()
    parts = _parts(header[2])
    for part in parts[:-1]:
        path = (*path, part)
        if path in tables:
            path = (*path, tables[path])
    path = (*path, parts[-1])
    if header[1] == "[[":
        tables[path] = tables.get(path, -1) + 1
        path = (*path, tables[path])
    return path


def _rest(line: str, depth: int, quote: str) -> tuple[int, str]:
    """How many brackets and which long string stay open at the end of the line."""
    position = 0
    while position < len(line):
        if quote:
            end = line.find(quote, position)
            if end < 0:
                return depth, quote
            position, quote = end + 3, ""
            continue
        token = _TOKEN.search(line, position)
        if token is None:
            break
        position = token.end()
        if token[0] in {'"""', "'''"}:
            quote = token[0]
        elif token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
    return depth, quote
