"""Outside text stays text."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cards.escape import WORD_JOINER, cut, escape, plain

MARKDOWN = MarkdownIt("commonmark", {"breaks": True}).enable(["strikethrough", "table"])


def drawn(markdown: str) -> str:
    """What a Markdown renderer makes of it, without the paragraph around it."""
    return str(MARKDOWN.render(markdown)).strip()


def read(markdown: str) -> str:
    """The words a reader sees."""
    shown = re.sub(r"</?p>|<br ?/?>", "", drawn(markdown))
    assert not re.search(r"<[a-zA-Z/]", shown), shown
    return html.unescape(shown).replace(WORD_JOINER, "")


@pytest.mark.parametrize(
    "text",
    [
        "*bold* _it_ **b** __u__ ~~gone~~ `code`",
        "[link](https://example.org) ![image](x)",
        "<b>x</b> <at>CTO</at> &lt;b&gt; &#42;",
        "# heading",
        "> quote",
        "- item",
        "+ item",
        "1. item",
        "2) item",
        "=== ---",
        "a | b",
        "C:\\path\\*",
        "Budget < 5 % & > 2 %",
        "R&D of x_y_z (phase 2), 100% [TBC]",
    ],
)
def test_reads_exactly_as_written(text: str) -> None:
    assert read(escape(text)) == text


@given(st.text(max_size=60))
def test_any_text_is_only_text(text: str) -> None:
    assert read(escape(text)).split() == plain(text).replace(WORD_JOINER, "").split()


@given(st.text(alphabet=st.sampled_from("*_`[]()<>&#!~|-+=.1 \n\\a:/"), max_size=40))
def test_any_mixture_of_signs_is_only_text(text: str) -> None:
    shown = read(escape(text, lines=True))
    assert shown.split() == plain(text, lines=True).replace(WORD_JOINER, "").split()


def test_breaks_mentions_and_addresses_without_showing_it() -> None:
    assert "<at>" not in escape("<at>CTO</at>")
    assert "://" not in escape("see https://evil.example/x")
    assert "www." not in escape("see www.evil.example")
    assert escape("javascript:x") == f"javascript:{WORD_JOINER}x"
    assert escape("Thermal protection, phase 2") == "Thermal protection, phase 2"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\u202eb\u202c", "ab"),
        ("a\u2066b\u2069\u200b\u00adc", "abc"),
        ("a\x00\x07b", "ab"),
        ("a\ud800b", "ab"),
        ("  a \t b\r\nc ", "a b c"),
        ("e\u0301te\u0301", "été"),
        ("a" + "\u0336" * 9, "a" + "\u0336" * 3),
        ("Lancement 🚀", "Lancement 🚀"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("123 km\u2003×\u2009h", "123 km × h"),
    ],
)
def test_takes_out_what_cannot_be_seen(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_a_right_to_left_title_turns_nothing_around_it() -> None:
    assert plain("שלום") == "\u2068שלום\u2069"
    assert plain("\u202e") == ""


def test_keeps_lines_where_asked() -> None:
    assert plain("a\n\n\n\n b ", lines=True) == "a\n\nb"
    assert escape("a\n# b\n- c", lines=True) == "a\n\\# b\n\\- c"


def test_cuts_at_a_word_and_says_so() -> None:
    assert cut("short", 20) == "short"
    assert cut("thermal protection of capsules", 22) == "thermal protection of…"
    assert cut("a" * 30, 10) == "a" * 9 + "…"
    assert len(plain("word " * 100, 50)) <= 50
