"""Finding the line of a key, against texts that hold every trap of TOML."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from bot.config.lines import Path, line_of, lines

TEXT = '''top = 1
long = """
[not.a.table]
key = 3
"""  # end
single = \'\'\'[x] = " \'\'\'
list = [
  1, "]",  # [
  [2,
   3],
]
after = { a = 1, b = "}" }
"quoted key" = 1
dotted.key.deep = 2

[table]  # comment
key = "#[["
[table.sub]
x = 1
[[array]]
n = 0
[array.child]
c = 0
[[array]]
n = 1
[[array.inner]]
i = 0
[[array.inner]]
i = 1
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("top",), 1),
        (("long",), 2),
        (("single",), 6),
        (("list",), 7),
        (("list", 2, 1), 7),
        (("after",), 12),
        (("quoted key",), 13),
        (("dotted",), 14),
        (("dotted", "key", "deep"), 14),
        (("table",), 16),
        (("table", "key"), 17),
        (("table", "sub", "x"), 19),
        (("array", 0, "n"), 21),
        (("array", 0, "child", "c"), 23),
        (("array", 1), 24),
        (("array", 1, "n"), 25),
        (("array", 1, "inner", 0, "i"), 27),
        (("array", 1, "inner", 1, "i"), 29),
        (("array", 1, "missing"), 24),
        (("nowhere",), None),
        ((), None),
    ],
)
def test_line_of(path: Path, line: int | None) -> None:
    assert line_of(TEXT, path) == line


def test_every_key_that_the_parser_sees_has_a_line() -> None:
    known = lines(TEXT)

    def walk(node: Any, path: Path) -> None:  # noqa: ANN401
        if isinstance(node, dict):
            for key, value in node.items():
                if path != ("after",):
                    assert (*path, key) in known or isinstance(value, list), (*path, key)
                walk(value, (*path, key))
        elif isinstance(node, list) and node and isinstance(node[0], dict):
            for index, value in enumerate(node):
                assert (*path, index) in known
                walk(value, (*path, index))

    walk(tomllib.loads(TEXT), ())
    assert ("not", "a", "table") not in known
